"""The engines: choosing one, what each takes as JSON, and where they may differ."""

import array
import builtins
import re
import sys
from typing import Any

import attrs
import pytest
from support import body, outcome, strictly
from user_classes import Anything, Node, Scalars

from router_schema import (
    DecodeError,
    EncodeError,
    RouterCompletionsResponseBody,
    RouterConverter,
    ValidationError,
    loads,
    make_converter,
)
from router_schema._engines import UJSON, get_engine, parse_strictly

TEXT = UJSON.encode(body())
assert isinstance(TEXT, str)


def with_created(spelling: str) -> str:
    return str(TEXT).replace("1760000123", spelling)


def with_ignored(spelling: str) -> str:
    return f'{str(TEXT)[:-1]},"ignored":{spelling}}}'


# --- choosing ---


def test_engine_by_name(engine: str) -> None:
    """A converter has the engine that was asked for."""
    assert make_converter(engine=engine).engine == engine  # type: ignore[arg-type]


def test_unknown_engine() -> None:
    """An engine that does not exist is a ValueError that names those that do."""
    with pytest.raises(ValueError, match=r"engine must be one of auto, ujson, msgspec, not 'orjson'"):
        make_converter(engine="orjson")  # type: ignore[arg-type]


def test_auto_is_msgspec_where_it_is_installed() -> None:
    """``auto``, the default, is msgspec if that can be imported."""
    pytest.importorskip("msgspec")

    assert make_converter().engine == make_converter(engine="auto").engine == "msgspec"
    assert get_engine("auto").name == "msgspec"


def test_auto_is_ujson_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without msgspec ``auto`` is ujson, and asking for msgspec says what to install."""
    monkeypatch.setitem(sys.modules, "msgspec", None)
    converter = make_converter()

    assert converter.engine == "ujson"
    assert converter.loads(TEXT) == loads(TEXT)
    with pytest.raises(ImportError, match=re.escape("pip install 'router-schema[fast]'")):
        make_converter(engine="msgspec")


# --- what is text ---


@pytest.mark.parametrize("data", [None, 5, 1.5, ["{}"], {"id": 1}, object(), array.array("B", b"{}")])
def test_what_is_no_text_is_a_type_error(data: Any, converter: RouterConverter) -> None:
    """Anything but bytes, bytearray, memoryview and str is a TypeError that names what it is."""
    with pytest.raises(TypeError, match=r"^data must be bytes, bytearray, memoryview or str, not "):
        converter.loads(data)


def test_a_memoryview_need_not_be_contiguous(converter: RouterConverter) -> None:
    """Any memoryview of bytes is read."""
    spread = memoryview(b"".join(bytes([byte, 0]) for byte in TEXT.encode()))[::2]

    assert converter.loads(spread) == converter.loads(TEXT)


def test_subclasses_of_text(converter: RouterConverter) -> None:
    """Subclasses of bytes and str are text too."""

    class MyStr(str):
        __slots__ = ()

    class MyBytes(bytes):
        pass

    assert converter.loads(MyStr(TEXT)) == converter.loads(MyBytes(TEXT.encode())) == converter.loads(TEXT)


# --- what is JSON ---

#: Malformed spellings of a number that ujson takes, and all it takes: nothing but these.
LENIENT_NUMBERS = ["-", "01", "-01", "00", "2.", "2.e3", "-2.", "1.e-2", "-.5"]
OTHER_NUMBERS = [
    "+1",
    ".5",
    "1e",
    "1e+",
    "1.5e",
    "0x10",
    "1_000",
    "1,0",
    "--1",
    "1-",
    "1e5.5",
    "e5",
    "Inf",
    "nan",
    "infinity",
    "-NaN",
    "\u0661",
    "1 2",
]
CONSTANTS = ["NaN", "Infinity", "-Infinity"]
RAW = [chr(code) for code in range(1, 32)]


@pytest.mark.parametrize("spelling", LENIENT_NUMBERS)
def test_lenient_numbers(spelling: str, engine: str, converter: RouterConverter) -> None:
    """Ujson takes these malformed numbers, in known and in ignored fields; msgspec does not."""
    for text in (with_created(spelling), with_ignored(spelling)):
        result = outcome(converter.loads, text)

        assert result[0] == "returned" if engine == "ujson" else result[0] is DecodeError


@pytest.mark.parametrize("spelling", OTHER_NUMBERS)
def test_malformed_numbers(spelling: str, converter: RouterConverter) -> None:
    """No engine takes any other malformed number, and all say the same of it."""
    for text in (with_created(spelling), with_ignored(spelling)):
        with pytest.raises(ValueError):  # noqa: PT011
            strictly(text)

        assert outcome(converter.loads, text) == outcome(parse_strictly, text)
        assert outcome(converter.loads, text)[0] is DecodeError


@pytest.mark.parametrize("spelling", CONSTANTS)
def test_constants_in_known_fields(spelling: str, converter: RouterConverter) -> None:
    """NaN and Infinity in a known field are refused by every engine."""
    with pytest.raises(DecodeError):
        converter.loads(with_created(spelling))


@pytest.mark.parametrize("spelling", CONSTANTS)
def test_constants_in_ignored_fields(spelling: str, engine: str, converter: RouterConverter) -> None:
    """NaN and Infinity in a field that is ignored pass with ujson only."""
    result = outcome(converter.loads, with_ignored(spelling))

    assert result[0] == "returned" if engine == "ujson" else result[0] is DecodeError


@pytest.mark.parametrize("spelling", CONSTANTS)
def test_constants_have_a_place(spelling: str) -> None:
    """The error says where the constant stands, and is not misled by one inside a string."""
    text = '{"NaN": "-Infinity \\" NaN",\n "x": ' + spelling + "}"
    with pytest.raises(DecodeError) as caught:
        parse_strictly(text)

    assert str(caught.value) == f"not JSON: {spelling}: line 2 column 7 (offset {text.index(chr(10)) + 7})"


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: f"U+{ord(raw):04X}")
def test_raw_control_characters(raw: str, engine: str, converter: RouterConverter) -> None:
    """Raw control characters in a string pass with ujson only."""
    result = outcome(converter.loads, with_ignored(f'"a{raw}b"'))

    assert result[0] == "returned" if engine == "ujson" else result[0] is DecodeError


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "}",
        "[",
        "nul",
        "nulll",
        "tru",
        "truefalse",
        '"',
        '"\\"',
        "{]",
        "[}",
        '{"a"}',
        '{"a":}',
        '{"a":1,}',
        "[1,]",
        "[,1]",
        "[1 2]",
        "{,}",
        "{1:2}",
        "{a:1}",
        "'a'",
        "//",
        "/**/{}",
        "{}/**/",
        "\ufeff{}",
        "{}\0",
        "\0{}",
        "\u00a0{}",
        "{}\u2028",
        "\v{}",
        "\f{}",
        '"\\x41"',
        '"\\u12"',
        '"\\u12g4"',
        '"\\U0041"',
        '"\\\n"',
        "TRUE",
        "None",
        "undefined",
        "[1]]",
        "{}{}",
        "{} []",
        "<html>",
        "data: {}",
    ],
)
def test_malformed_texts(text: str, converter: RouterConverter) -> None:
    """No engine takes these, at the top or inside a field, and all say the same of them."""
    for whole in (text, with_ignored(text)):
        assert outcome(converter.loads, whole) == outcome(parse_strictly, whole)
        assert outcome(converter.loads, whole)[0] is DecodeError


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
    """Bytes that are not UTF-8 are not JSON, wherever they stand."""
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


def test_a_str_with_a_lone_surrogate_is_no_text(converter: RouterConverter) -> None:
    """A str that cannot be encoded is not JSON, also where the surrogate is ignored."""
    for text in (with_ignored('"\ud800"'), with_created('"\ud800"'), '{"\udfff":1}'):
        with pytest.raises(DecodeError, match=r"^not Unicode text: a lone surrogate: line 1 column "):
            converter.loads(text)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "utf-7"])
def test_other_encodings(encoding: str, converter: RouterConverter) -> None:
    """JSON is UTF-8: nothing is guessed."""
    with pytest.raises(DecodeError):
        converter.loads(TEXT.encode(encoding) if encoding != "utf-7" else b"+AHs-")


# --- numbers that are no fun ---


@pytest.mark.parametrize("digits", [19, 20, 21, 309, 310, 4299, 4300, 4301, 5000, 1_000_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_long_integers(digits: int, sign: str, converter: RouterConverter) -> None:
    """An integer of any length gets the verdict of its field, whatever the engine."""
    number = sign + "7" * digits
    ignored = converter.loads(with_ignored(number))
    known = outcome(converter.loads, with_created(number))
    as_any = outcome(converter.loads, f'{{"first": {number}}}', Anything)
    as_int = outcome(converter.loads, f'{{"text": "", "real": 1, "whole": {number}, "truth": true}}', Scalars)

    assert ignored == converter.loads(TEXT)
    assert (known[0] == "returned") == (digits <= 308)
    assert (as_any[0] == "returned") == (as_int[0] == "returned") == (digits <= 4300)


def test_the_interpreters_own_limit(converter: RouterConverter) -> None:
    """Where the interpreter is told to convert fewer digits, more are a refused value."""
    if not hasattr(sys, "set_int_max_str_digits"):
        pytest.skip("this Python has no limit")
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        ignored = outcome(converter.loads, with_ignored("7" * 1000))
        known = outcome(converter.loads, f'{{"first": {"7" * 1000}}}', Anything)
    finally:
        sys.set_int_max_str_digits(before)

    assert ignored[0] == "returned"
    assert known[0] is ValidationError


# --- nesting ---


@pytest.mark.parametrize("depth", [10, 100, 300])
def test_nesting(depth: int, converter: RouterConverter) -> None:
    """A few hundred levels are read, in known and in ignored fields."""
    arrays, objects = "[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth

    assert converter.loads(with_ignored(arrays)) == converter.loads(with_ignored(objects)) == converter.loads(TEXT)
    assert strictly(arrays) == converter.loads(f'{{"first": {arrays}}}', Anything).first
    assert strictly(objects) == converter.loads(f'{{"first": {objects}}}', Anything).first


# In between it depends on the engine and the interpreter, as docs/reliability.md says.
@pytest.mark.parametrize("depth", [300, 20_000])
@pytest.mark.parametrize("field", ["ignored", "any", "recursive"])
def test_all_engines_read_the_same_depth(depth: int, field: str) -> None:
    """How deep a text may be does not depend on the engine."""
    pytest.importorskip("msgspec")
    arrays = "[" * depth + "]" * depth
    text, cl = {
        "ignored": (with_ignored(arrays), RouterCompletionsResponseBody),
        "any": (f'{{"first": {arrays}}}', Anything),
        "recursive": ('{"name":"","children":[' * depth + "]}" * depth, Node),
    }[field]
    verdicts = []
    for engine in ("ujson", "msgspec"):
        try:
            make_converter(engine=engine).loads(text, cl)  # type: ignore[arg-type]
            verdicts.append("accepted")
        except DecodeError as error:
            verdicts.append(str(error))

    assert verdicts[0] == verdicts[1]


@pytest.mark.parametrize("depth", [20_000, 100_000])
@pytest.mark.parametrize("unit", ["[", '{"a":', '[{"a":'])
def test_too_deep_nesting(depth: int, unit: str, converter: RouterConverter) -> None:
    """Text that is nested too deeply, closed or not, is a DecodeError and nothing worse."""
    closed = unit * depth + "1" + "".join({"[": "]", "{": "}"}.get(char, "") for char in reversed(unit * depth))
    for text in (unit * depth, closed, with_ignored(closed), with_created(closed), f'{{"first": {closed}}}'):
        with pytest.raises(DecodeError) as caught:
            converter.loads(text, Anything if "first" in text else RouterCompletionsResponseBody)

        assert type(caught.value) is DecodeError
        assert caught.value.__context__ is None


@pytest.mark.parametrize("spelling", ["1760000123", '"now"', "x"])
def test_too_deep_for_the_stack_that_is_left(spelling: str, converter: RouterConverter) -> None:
    """Near the recursion limit a body gets its verdict, or is a DecodeError."""
    text = with_created(spelling)
    verdict = outcome(converter.loads, text)

    def at_depth(n: int) -> Any:
        return at_depth(n - 1) if n else outcome(converter.loads, text)

    limit = sys.getrecursionlimit()
    results = []
    for n in [*range(0, limit - 150, 50), *range(limit - 150, limit)]:
        try:
            results.append(at_depth(n))
        except RecursionError:  # the call itself, or its first few frames, had no room
            break

    assert results[0] == verdict
    assert {result[:2] for result in results if result != verdict} <= {(DecodeError, "nested too deeply")}


def bottomless() -> tuple[list[Any], list[Any]]:
    """A value that is nested very deeply, and one that contains itself."""
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    circular: list[Any] = []
    circular.append(circular)
    return value, circular


def test_structure_too_deep(converter: RouterConverter) -> None:
    """`structure` refuses builtins that are nested too deeply, or contain themselves, with a DecodeError."""
    for first in bottomless():
        with pytest.raises(DecodeError, match=r"^nested too deeply$"):
            converter.structure({"first": first}, Anything)


def test_dumps_too_deep(converter: RouterConverter) -> None:
    """What is nested too deeply to be written, or contains itself, is an EncodeError."""
    for first in bottomless():
        for leave in (converter.dumps, converter.unstructure):
            with pytest.raises(EncodeError, match="nested too deeply") as caught:
                leave(Anything(first))

            assert caught.value.error_count == 1
            assert caught.value.__context__ is None


def test_too_deep_for_the_encoder(converter: RouterConverter) -> None:
    """A recursion limit beyond what the encoder takes does not change that."""
    value: list[Any] = []
    for _ in range(2000):
        value = [value]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with pytest.raises(EncodeError, match="nested too deeply") as caught:
            converter.dumps(Anything(value))
    finally:
        sys.setrecursionlimit(limit)

    assert caught.value.__context__ is None


# --- the standard library's part ---


def test_parsing_does_not_depend_on_what_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that refuses, for whatever reason, is overruled by the standard library."""

    def refuse(data: Any) -> Any:
        raise RuntimeError(data)

    broken = attrs.evolve(UJSON, parse=refuse)

    assert broken.parse_or_explain(TEXT) == body()
    with pytest.raises(DecodeError) as caught:
        broken.parse_or_explain("{")
    assert caught.value.__context__ is None


def test_msgspec_is_imported_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine ujson needs no msgspec."""
    real_import = builtins.__import__

    def guard(name: str, *args: Any, **kwargs: Any) -> Any:
        assert not name.startswith("msgspec")
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", guard)

    assert make_converter(engine="ujson").loads(TEXT) == loads(TEXT)
