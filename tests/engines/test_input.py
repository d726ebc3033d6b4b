"""What `loads` accepts as text: bytes, bytearray, memoryview and str, in UTF-8."""

import array
from typing import Any

import pytest
from user_classes import Inner

from engines.bodies import TEXT, with_created, with_ignored
from router_schema import DecodeError, RouterConverter


@pytest.mark.parametrize("data", [None, 5, 1.5, ["{}"], {"id": 1}, object(), array.array("B", b"{}")])
def test_other_types_are_a_type_error(data: Any, converter: RouterConverter) -> None:
    """Anything but bytes, bytearray, memoryview and str is a TypeError that names its type."""
    with pytest.raises(TypeError, match=r"^data must be bytes, bytearray, memoryview or str, not "):
        converter.loads(data)


def test_a_memoryview_need_not_be_contiguous(converter: RouterConverter) -> None:
    """A memoryview need not be contiguous."""
    spread = memoryview(b"".join(bytes([byte, 0]) for byte in TEXT.encode()))[::2]

    assert converter.loads(spread) == converter.loads(TEXT)


def test_subclasses_of_text(converter: RouterConverter) -> None:
    """Subclasses of bytes and str are accepted."""

    class MyStr(str):
        __slots__ = ()

    class MyBytes(bytes):
        pass

    assert converter.loads(MyStr(TEXT)) == converter.loads(MyBytes(TEXT.encode())) == converter.loads(TEXT)


@pytest.mark.parametrize(
    "bad",
    [
        b"\xff",
        b"\x80",
        b"\xc3",
        b"\xc3(",
        b"\xc0\xaf",
        b"\xe2\x82",
        b"\xed\xa0\x80",
        b"\xed\xb0\x80",
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\xf4\x90\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xfe",
    ],
    ids=lambda bad: bad.hex(),
)
@pytest.mark.parametrize(
    "template",
    [b'{"id":"@"}', b'{"ignored":"@"}', b'{"@":1}', b'{"ignored":{"@":["@"]}}', b'{"ignored":"\\n@"}', b'"@"', b"@"],
)
def test_invalid_utf_8(bad: bytes, template: bytes, converter: RouterConverter) -> None:
    """Bytes that are not UTF-8 are rejected with their offset, wherever they stand."""
    data = (
        TEXT.encode()[:-1] + b"," + template.replace(b"@", bad)[1:]
        if template[:1] == b"{"
        else template.replace(b"@", bad)
    )
    for spelling in (data, bytearray(data), memoryview(data)):
        with pytest.raises(DecodeError) as caught:
            converter.loads(spelling)

        assert type(caught.value) is DecodeError
        assert str(caught.value).startswith("not UTF-8: line 1 column ")
        assert caught.value.offset == data.index(bad)


def test_a_str_with_a_lone_surrogate(converter: RouterConverter) -> None:
    """A str with a lone surrogate is rejected, also where the surrogate is ignored."""
    for text in (with_ignored('"\ud800"'), with_created('"\ud800"'), '{"\udfff":1}'):
        with pytest.raises(DecodeError, match=r"^not Unicode text: a lone surrogate: line 1 column "):
            converter.loads(text)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7"])
def test_other_encodings(encoding: str, converter: RouterConverter) -> None:
    """Text in any encoding but UTF-8 is rejected."""
    with pytest.raises(DecodeError):
        converter.loads(TEXT.encode(encoding) if encoding != "utf-7" else b"+AHs-")


class Text(str):
    """A str with an encoding of its own."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:  # type: ignore[override]
        return b'{"left": 2}'


class Data(bytes):
    """Bytes that convert to others."""

    def __bytes__(self) -> bytes:
        return b'{"left": 2}'


@pytest.mark.parametrize("data", [Text('{"left": 1}'), Data(b'{"left": 1}')])
def test_methods_of_subclasses_are_not_called(data: Any, converter: RouterConverter) -> None:
    """The text of an instance of a subclass is that of str or bytes."""
    assert converter.loads(data, Inner) == converter.structure(converter.parse(data), Inner) == Inner(1.0)
