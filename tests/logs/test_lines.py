"""Reading JSON Lines."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import pickle
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import body

from router_schema import (
    DecodeError,
    ReadError,
    RouterConverter,
    ValidationError,
    _check,
    check,
    iter_jsonl,
    loads,
    make_converter,
)
from router_schema import _jsonl as module


def line(**changes: Any) -> bytes:
    return json.dumps(body(**changes)).encode()


GOOD = [line(id=f"cmpl-{number}") for number in range(5)]


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def ids(bodies: Any) -> list[str]:
    return [body.id for body in bodies]


IDS = [f"cmpl-{number}" for number in range(5)]


@pytest.mark.parametrize("separator", [b"\n", b"\r\n", b"\n\n", b"\n \t\r\n"])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n  "])
def test_lines_end_in_any_way(tmp_path: Path, separator: bytes, end: bytes) -> None:
    """Carriage returns, blank lines and a last line without newline change nothing."""
    path = write(tmp_path / "log.jsonl", separator.join(GOOD) + end)

    assert ids(iter_jsonl(path)) == IDS


def test_empty_sources_have_no_bodies(tmp_path: Path) -> None:
    """An empty file, also a compressed one, is no error."""
    plain, packed = write(tmp_path / "a", b""), write(tmp_path / "b", gzip.compress(b""))

    assert list(iter_jsonl(plain)) == list(iter_jsonl(packed)) == list(iter_jsonl([])) == []


def test_sources_of_every_kind(tmp_path: Path) -> None:
    """Paths, binary and text file objects and iterables of lines give the same bodies."""
    path = write(tmp_path / "log.jsonl", b"\n".join(GOOD))

    assert ids(iter_jsonl(path)) == ids(iter_jsonl(str(path))) == IDS
    assert ids(iter_jsonl(io.BytesIO(path.read_bytes()))) == IDS
    assert ids(iter_jsonl(io.StringIO(path.read_text()))) == IDS
    assert ids(iter_jsonl(iter(GOOD))) == IDS
    assert ids(iter_jsonl(line.decode() for line in GOOD)) == IDS


def test_bodies_are_what_loads_gives(converter: RouterConverter) -> None:
    """A line becomes what `loads` of the same converter makes of it."""
    assert list(iter_jsonl(GOOD, converter=converter)) == [loads(text) for text in GOOD]


def test_class_and_converter_are_honoured() -> None:
    """Lines are decoded to the class that is asked for, by the converter that is given."""

    @attrs.frozen
    class Small:
        id: str

    strict = make_converter(forbid_extra_keys=True)

    assert list(iter_jsonl([b'{"id": "a", "more": 1}'], Small)) == [Small("a")]
    with pytest.raises(ValidationError, match="unexpected key"):
        list(iter_jsonl([b'{"id": "a", "more": 1}'], Small, converter=strict))


@pytest.mark.parametrize("suffix", ["gz", "zst", "jsonl"])
def test_compressed_files_are_told_by_their_first_bytes(tmp_path: Path, suffix: str) -> None:
    """Compression is seen whatever the name says, in an open file too."""
    zstd = pytest.importorskip("backports.zstd")
    data = b"\n".join(GOOD)

    assert ids(iter_jsonl(write(tmp_path / f"a.{suffix}", gzip.compress(data)))) == IDS
    assert ids(iter_jsonl(write(tmp_path / f"b.{suffix}", gzip.compress(data[:99]) + gzip.compress(data[99:])))) == IDS
    assert ids(iter_jsonl(write(tmp_path / f"c.{suffix}", zstd.compress(data)))) == IDS
    assert ids(iter_jsonl(write(tmp_path / f"d.{suffix}", data))) == IDS
    for name in "abcd":
        with open(tmp_path / f"{name}.{suffix}", "rb") as file:
            assert ids(iter_jsonl(file)) == IDS


def test_zstd_without_its_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing extra is told with the command that installs it."""
    monkeypatch.setitem(sys.modules, "backports", None)
    path = write(tmp_path / "log.zst", b"\x28\xb5\x2f\xfd....")

    with pytest.raises(ImportError, match=r"pip install 'router-schema\[zstd\]'"):
        list(iter_jsonl(path))


def many() -> bytes:
    return b"".join(line(id=f"cmpl-{number}-{number * 7919 % 1009}") + b"\n" for number in range(5000))


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_truncated_files_give_what_they_have(tmp_path: Path, packing: str) -> None:
    """A compressed file that ends too early gives the whole lines before that, and then says where."""
    pack = gzip.compress if packing == "gzip" else pytest.importorskip("backports.zstd").compress
    packed = pack(many())
    path = write(tmp_path / "log", packed[: len(packed) // 2])
    read: list[Any] = []
    with pytest.raises(ReadError) as caught:
        read.extend(iter_jsonl(path))

    assert len(read) > 100
    assert caught.value.line_number == len(read) + 1
    assert str(caught.value) == f"the compressed file ends too early, in line {len(read) + 1:,}"
    assert pickle.loads(pickle.dumps(caught.value)).line_number == len(read) + 1


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_damaged_files_say_so(tmp_path: Path, packing: str) -> None:
    """A compressed file with other bytes in its middle is an error, never wrong lines without a word."""
    pack = gzip.compress if packing == "gzip" else pytest.importorskip("backports.zstd").compress
    packed = bytearray(pack(many()))
    packed[len(packed) // 2 : len(packed) // 2 + 50] = b"\xff" * 50

    with pytest.raises((ReadError, DecodeError)):
        list(iter_jsonl(write(tmp_path / "log", bytes(packed))))
    with pytest.raises(ReadError, match="damaged"):
        list(iter_jsonl(write(tmp_path / "trailer", gzip.compress(GOOD[0]) + b"garbage")))


def test_errors_of_reading_pass(tmp_path: Path) -> None:
    """A missing file is the FileNotFoundError that open raises, when the first line is asked for."""
    bodies = iter_jsonl(tmp_path / "missing.jsonl")

    with pytest.raises(FileNotFoundError):
        next(bodies)


def test_other_errors_of_a_file_pass() -> None:
    """What is no damage is raised as it is."""

    class Broken:
        def read1(self, size: int) -> bytes:
            raise PermissionError(13, "no")

    with pytest.raises(PermissionError):
        list(module._blocks(Broken(), None))


def test_errors_carry_their_line() -> None:
    """A line that is not JSON, or not the schema, raises its error with the line's number, blank lines counted."""
    with pytest.raises(DecodeError) as malformed:
        list(iter_jsonl([GOOD[0], b"", b"{"]))
    with pytest.raises(ValidationError) as invalid:
        list(iter_jsonl([b"\n", line(id=1)]))

    assert malformed.value.line_number == 3
    assert invalid.value.line_number == 2
    assert invalid.value.errors[0].path == "$.id"
    assert malformed.value.__context__ is malformed.value.__cause__ is None
    assert pickle.loads(pickle.dumps(invalid.value)).line_number == 2


def test_errors_are_skipped() -> None:
    """With on_error="skip" the lines that are no bodies are left out."""
    assert ids(iter_jsonl([b"{", GOOD[0], b"null", GOOD[1]], on_error="skip")) == IDS[:2]


def test_errors_are_given_to_a_function() -> None:
    """A function is called with the line's number and its error, and the line is skipped."""
    seen: list[tuple[int, str]] = []
    bodies = iter_jsonl(
        [b"{", GOOD[0], b"null"], on_error=lambda number, error: seen.append((number, type(error).__name__))
    )

    assert ids(bodies) == IDS[:1]
    assert seen == [(1, "DecodeError"), (3, "ValidationError")]


def test_what_the_function_raises_passes() -> None:
    """A function that raises ends the reading with its own error."""

    def stop(number: int, error: DecodeError) -> None:
        raise KeyError(number)

    with pytest.raises(KeyError):
        list(iter_jsonl([b"{"], on_error=stop))


def test_unknown_on_error_is_refused_at_once() -> None:
    """A word that is no choice is refused before anything is read."""
    with pytest.raises(ValueError, match="on_error must be"):
        iter_jsonl([], on_error="ignore")  # type: ignore[call-overload]


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", "\ufeff"])
def test_byte_order_mark_is_named(mark: Any) -> None:
    """A byte order mark in line 1 is called that; elsewhere it is no JSON like any other."""
    good: Any = GOOD[0] if isinstance(mark, bytes) else GOOD[0].decode()
    with pytest.raises(DecodeError, match="byte order mark") as first:
        list(iter_jsonl([mark + good]))
    with pytest.raises(DecodeError) as second:
        list(iter_jsonl([good, mark + good]))

    assert (first.value.line_number, first.value.column) == (1, 1)
    assert "byte order mark" not in str(second.value)


def test_endless_lines_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line past the limit is refused and the next ones are read; of it, little more than the limit is kept."""
    monkeypatch.setattr(module, "MAX_LINE", 2**19)
    path = write(tmp_path / "log.jsonl", GOOD[0] + b"\n" + b"[" * 2**21 + b"\n" + GOOD[1])
    seen: list[tuple[int, str]] = []
    lines = list(module.read_lines(path))

    assert ids(iter_jsonl(path, on_error=lambda number, error: seen.append((number, str(error.args[0]))))) == IDS[:2]
    assert seen == [(2, "a line of more than 0 MiB")]
    assert len(lines[1]) <= 2**19 + module._BLOCK


LONG = 2**19 + 10


@pytest.mark.parametrize(
    "long",
    [
        GOOD[0] + b" " * LONG + b"GARBAGE{",
        b" " * LONG + GOOD[0] + b"x",
        b" " * LONG,
        line(id="x" * LONG),
        line(id="x" * LONG)[:-1],
    ],
    ids=["body, then more", "spaces, then more", "blank", "valid", "cut off"],
)
def test_long_lines_are_refused_whatever_is_in_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, converter: RouterConverter, long: bytes
) -> None:
    """A line past the limit is refused from every source, by reading and checking, also where its beginning is good."""
    monkeypatch.setattr(module, "MAX_LINE", 2**19)
    monkeypatch.setattr(_check, "MAX_LINE", 2**19)
    monkeypatch.setattr(module, "_BLOCK", 2**14)
    lines = [GOOD[0], long, GOOD[1]]
    path = write(tmp_path / "log.jsonl", b"\n".join(lines))
    sources: list[Any] = [path, lines, [text.decode() for text in lines]]
    for source in sources:
        seen: list[tuple[int, str]] = []

        def note(number: int, error: DecodeError, seen: list[tuple[int, str]] = seen) -> None:
            seen.append((number, str(error)))

        assert ids(iter_jsonl(source, on_error=note, converter=converter)) == IDS[:2]
        assert seen == [(2, "line 2: a line of more than 0 MiB")]

        report = check(source, converter=converter)

        assert (report.bodies, report.valid, report.malformed) == (3, 2, 1)
        assert report.problems[0].actual == "a line of more than 0 MiB"


@pytest.mark.parametrize("space", ["\u00a0", "\u2028", "\u0085", "\u001c", "\v", "\f", " \f "])
def test_blank_is_what_json_calls_white_space(converter: RouterConverter, space: str) -> None:
    """A line of other white space than JSON's is no blank line, neither as text nor as bytes."""
    sources: list[Any] = [[space], [space.encode()]]
    for source in sources:
        with pytest.raises(DecodeError):
            list(iter_jsonl(source, converter=converter))

        assert check(source, converter=converter).malformed == 1
    assert list(iter_jsonl([" \t\r\n", b" \t\r\n"], converter=converter)) == []  # type: ignore[list-item]


def test_advance_counts_the_bytes_of_the_file(tmp_path: Path) -> None:
    """The numbers given to `advance` add up to the size of the file, compressed or not."""
    data = many()
    for name, content in (("plain", data), ("packed", gzip.compress(data))):
        path = write(tmp_path / name, content)
        moved: list[int] = []
        with open(path, "rb") as file:
            lines = list(module.read_file(file, moved.append))

        assert len(lines) == 5000
        assert sum(moved) == path.stat().st_size


def test_advance_counts_what_a_pipe_gave() -> None:
    """Of a source that has no position, the bytes that were read are counted."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    moved: list[int] = []
    list(module.read_file(io.BufferedReader(Pipe(b"a\nb\n")), moved.append))

    assert moved == [4]


@given(
    st.lists(st.text("ab\r", max_size=6).map(str.encode), max_size=12),
    st.booleans(),
    st.lists(st.integers(0, 80), max_size=4),
)
def test_ranges_share_no_line_and_leave_none_out(texts: list[bytes], newline: bool, cuts: list[int]) -> None:
    """However a file is cut into byte ranges, their lines one after the other are its lines."""
    data = b"\n".join(texts) + b"\n" * newline
    bounds = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    ranges = itertools.pairwise(bounds)
    found = [
        text for start, end in ranges for text in module.read_range(io.BufferedReader(io.BytesIO(data)), start, end)
    ]

    assert found == list(module.read_file(io.BufferedReader(io.BytesIO(data))))
    assert [text for text in found if text] == [text for text in texts if text]


def test_ranges_in_long_lines(tmp_path: Path) -> None:
    """A range that lies inside a line has no lines; that of its start has all of it."""
    data = b"a" * (3 * module._BLOCK) + b"\nb"
    path = write(tmp_path / "log", data)

    def read(start: int, end: int) -> list[bytes]:
        with open(path, "rb") as file:
            return list(module.read_range(file, start, end))

    assert read(0, 10) == [data[:-2]]
    assert read(10, 20) == []
    assert read(10, len(data)) == [b"b"]
