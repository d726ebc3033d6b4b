"""From lines to instances: `iter_jsonl`."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import gzip
import io
import pickle
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from log_lines import line, logs, open_files, write

from router_schema import (
    DecodeError,
    ReadError,
    RouterConverter,
    ValidationError,
    aiter_jsonl,
    check,
    iter_jsonl,
    loads,
    make_converter,
    openai,
)
from router_schema.logs import checker as checker_module
from router_schema.logs import decode as decode_module
from router_schema.logs import lines as lines_module
from router_schema.logs import scan as scan_module
from router_schema.logs.checker import Checker
from router_schema.logs.decode import decode_line
from router_schema.logs.verdicts import Validator

IDS = [f"cmpl-{number}" for number in range(5)]
GOOD = [line(id=name) for name in IDS]


def ids(bodies: Any) -> list[str]:
    """The ids of bodies."""
    return [body.id for body in bodies]


# --- sources ---


@pytest.mark.parametrize("separator", [b"\n", b"\r\n", b"\n\n", b"\n \t\r\n"])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n  "])
def test_lines_end_in_any_way(tmp_path: Path, separator: bytes, end: bytes) -> None:
    """Carriage returns, blank lines and a last line without newline change nothing."""
    path = write(tmp_path / "log.jsonl", separator.join(GOOD) + end)

    assert ids(iter_jsonl(path)) == IDS


def test_empty_sources_have_no_bodies(tmp_path: Path) -> None:
    """An empty file is not an error, even if it is compressed."""
    plain, packed = write(tmp_path / "a", b""), write(tmp_path / "b", gzip.compress(b""))

    assert list(iter_jsonl(plain)) == list(iter_jsonl(packed)) == list(iter_jsonl([])) == []


def test_sources_of_every_kind(tmp_path: Path) -> None:
    """Paths, binary and text file objects and iterables of lines give the same bodies."""
    data = b"\n".join(GOOD)
    with open_files(tmp_path, data) as files:
        sources: list[Any] = [
            *(*files, io.BytesIO(data), io.StringIO(data.decode())),
            *(iter(GOOD), [line.decode() for line in GOOD], map(bytearray, GOOD)),
        ]

        assert [ids(iter_jsonl(source)) for source in sources] == [IDS] * len(sources)


def test_errors_of_reading_pass(tmp_path: Path) -> None:
    """A missing file is the FileNotFoundError that open raises, when the first line is asked for."""
    bodies = iter_jsonl(tmp_path / "missing.jsonl")

    with pytest.raises(FileNotFoundError):
        next(bodies)


def test_bodies_before_damage_are_decoded(tmp_path: Path) -> None:
    """A truncated file gives the bodies before its end, then a ReadError."""
    packed = gzip.compress(b"\n".join(line(id=f"cmpl-{number * 7919**3}") for number in range(5000)))
    bodies = iter_jsonl(write(tmp_path / "log.gz", packed[: len(packed) // 2]))
    read: list[Any] = []
    with pytest.raises(ReadError):
        read.extend(bodies)

    assert len(read) > 100


# --- bodies ---


@given(logs(max_size=8))
def test_bodies_and_errors_are_those_of_loads(lines: list[bytes]) -> None:
    """Each line becomes what `loads` returns; each rejected line has the error of `loads`, and its number."""
    expected: list[Any] = []
    for number, text in enumerate(lines, 1):
        try:
            expected += [loads(text)] if text else []
        except DecodeError as error:
            error.line_number = number
            expected.append(str(error))
    found: list[Any] = []
    for body in iter_jsonl(lines, on_error=lambda number, error: found.append(str(error))):
        found.append(body)

    assert found == expected


def test_class_and_converter_are_honoured() -> None:
    """Lines are decoded to the class that is asked for, by the converter that is passed."""

    @attrs.frozen
    class Small:
        id: str

    strict = make_converter(forbid_extra_keys=True)

    assert list(iter_jsonl([b'{"id": "a", "more": 1}'], Small)) == [Small("a")]
    with pytest.raises(ValidationError, match="unexpected key"):
        list(iter_jsonl([b'{"id": "a", "more": 1}'], Small, converter=strict))


# --- errors ---


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


def test_rejected_lines_leave_no_garbage() -> None:
    """The error of a line goes when it was handled, and its text with it, without waiting for the garbage collector."""

    def refuse(line: bytes) -> Any:
        raise DecodeError("no")

    def decode_some() -> None:
        for _ in range(100):
            with pytest.raises(DecodeError):
                decode_line(b"{", refuse)

    decode_some()
    gc.collect()
    gc.disable()
    try:
        decode_some()

        assert gc.collect() < 100
    finally:
        gc.enable()


def test_errors_are_skipped() -> None:
    """With on_error="skip" the lines that are rejected are left out."""
    assert ids(iter_jsonl([b"{", GOOD[0], b"null", GOOD[1]], on_error="skip")) == IDS[:2]


def test_errors_are_passed_to_a_function() -> None:
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

    with pytest.raises(KeyError) as caught:
        list(iter_jsonl([b"{"], on_error=stop))

    assert caught.value.__context__ is None


def test_unknown_on_error_is_rejected_at_once() -> None:
    """An unknown word is rejected before anything is read."""
    with pytest.raises(ValueError, match="on_error must be"):
        iter_jsonl([], on_error="ignore")  # type: ignore[call-overload]


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", "\ufeff"])
def test_byte_order_mark_is_named(mark: Any) -> None:
    """The error of a line that starts with a byte order mark says so."""
    good: Any = GOOD[0] if isinstance(mark, bytes) else GOOD[0].decode()
    with pytest.raises(DecodeError, match="byte order mark") as first:
        list(iter_jsonl([mark + good]))
    with pytest.raises(DecodeError, match="byte order mark") as second:
        list(iter_jsonl([good, mark + good]))

    assert (first.value.line_number, first.value.column) == (1, 1)
    assert (second.value.line_number, second.value.column) == (2, 1)


BROKEN = [b'{"a', b'{"a": "b', b'{"a": 1', b"{\x00", b"nul", '{"é": é}'.encode(), b"[1, 2", b'"\\', b"\t{", b"1 2"]


@pytest.mark.parametrize("text", BROKEN)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
def test_every_source_gives_the_same_error(tmp_path: Path, text: bytes, end: bytes) -> None:
    """A broken line has one error, with one position, from a path, an open file, a text file and a list of lines."""
    seen: list[tuple[Any, ...]] = []
    with open_files(tmp_path, text + end) as files:
        for source in [*files, [text], [text.decode()]]:
            list(iter_jsonl(source, on_error=lambda _, error: seen.append((*error.args, error.line_number))))

    assert seen == [seen[0]] * 9


@pytest.mark.parametrize("text", BROKEN)
def test_every_source_gives_the_same_problem(tmp_path: Path, text: bytes) -> None:
    """A broken line is one problem in the report, whatever the source."""
    with open_files(tmp_path, text + b"\r\n") as files:
        found = {problem.actual for source in files for problem in check(source).problems}

    assert len(found) == 1


# --- limits ---

LIMIT = 2**16
LONG = LIMIT + 10


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small limit, and blocks that are smaller."""
    monkeypatch.setattr(lines_module, "MAX_LINE", LIMIT)
    monkeypatch.setattr(lines_module, "_BLOCK", 2**12)


@pytest.mark.parametrize(
    "long",
    [
        GOOD[0] + b" " * LONG + b"GARBAGE{",
        b" " * LONG + GOOD[0] + b"x",
        b" " * LONG,
        b"\r" * LONG,
        line(id="x" * LONG),
        line(id="x" * LONG)[:-1],
    ],
    ids=["body, then more", "spaces, then more", "blank", "returns", "valid", "cut off"],
)
def test_long_lines_are_rejected_whatever_is_in_them(tmp_path: Path, converter: RouterConverter, long: bytes) -> None:
    """A line past the limit is rejected from every source, by reading and checking, also if its beginning is good."""
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


def test_the_limit_itself_is_accepted(tmp_path: Path) -> None:
    """A body of exactly the limit is decoded, and so is a blank line skipped; one byte more is rejected."""
    exact = GOOD[0] + b" " * (LIMIT - len(GOOD[0]))
    for source in ([exact], write(tmp_path / "log", exact + b"\n")):
        assert ids(iter_jsonl(source)) == IDS[:1]
        assert check(source).ok
    assert list(iter_jsonl([b" " * LIMIT])) == []
    for past in ([exact + b" "], [b" " * (LIMIT + 1)], write(tmp_path / "long", exact + b" \n")):
        with pytest.raises(DecodeError, match="a line of more than"):
            list(iter_jsonl(past))
        assert check(past).malformed == 1


@pytest.mark.parametrize("space", ["\u00a0", "\u2028", "\u0085", "\u001c", "\v", "\f", " \f "])
def test_blank_is_what_json_calls_white_space(converter: RouterConverter, space: str) -> None:
    """A line of other white space than JSON's is not blank, neither as text nor as bytes."""
    sources: list[Any] = [[space], [space.encode()]]
    for source in sources:
        with pytest.raises(DecodeError):
            list(iter_jsonl(source, converter=converter))

        assert check(source, converter=converter).malformed == 1
    assert list(iter_jsonl([" \t\r\n", b" \t\r\n"], converter=converter)) == []  # type: ignore[list-item]


# --- lines with very many values ---


@pytest.mark.parametrize(
    ("values", "too_much"),
    [
        (b"[]," * 60, True),
        (b'{"":' * 110 + b"1" + b"}" * 110 + b",", True),
        (b"1," * 101, True),
        (b"1," * 90, False),
        (b'"[,{",' * 90, False),
        (b'"\\",[,{",' * 90, False),
        (b'"' + b"," * 200, False),
    ],
)
def test_lines_with_very_many_values_are_rejected(
    monkeypatch: pytest.MonkeyPatch, converter: RouterConverter, values: bytes, too_much: bool
) -> None:
    """A long line with very many values is malformed before it is parsed; what strings hold does not count."""
    monkeypatch.setattr(checker_module, "LONG", 100)
    monkeypatch.setattr(decode_module, "_MAX_VALUES", 100)
    monkeypatch.setattr(scan_module, "_LONGEST", 100)
    reason = "a line of more than 1,048,576 values"
    data = b'{"id": [' + values + b"1]}"
    of_lines = check([data, b"[1" + b",1" * 20 + b"]"], converter=converter)
    events = Checker("a.sse", Validator(openai.CompletionChunk, converter))
    events.add_events([b"data: " + data + b"\n\n"])

    assert (reason in [problem.actual for problem in of_lines.problems]) is too_much
    assert (reason in [problem.actual for problem in events.report().problems]) is too_much
    assert of_lines.bodies == 2


# --- asynchronous sources ---


async def arriving(data: bytes, size: int) -> AsyncIterator[bytes]:
    """Bytes in pieces of one size, as a network delivers them."""
    for start in range(0, len(data), size):
        await asyncio.sleep(0)
        yield data[start : start + size]


@pytest.mark.parametrize("size", [1, 2, 7, 300, 10_000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_pieces_may_be_cut_anywhere(size: int, end: bytes, converter: RouterConverter) -> None:
    """`aiter_jsonl` decodes the same bodies as `iter_jsonl` from the same bytes, with the same line numbers."""
    data = b"\n".join([GOOD[0], b"", b"{", *GOOD[1:4], line(id=1), GOOD[4]]) + end
    rejected: list[int] = []

    async def decoded() -> list[Any]:
        pieces = arriving(data, size)
        bodies = aiter_jsonl(pieces, on_error=lambda number, _: rejected.append(number), converter=converter)
        return [body async for body in bodies]

    assert ids(asyncio.run(decoded())) == IDS
    assert rejected == [3, 7]


def test_bodies_are_yielded_with_the_piece_that_completes_them() -> None:
    """Nothing waits for the next piece."""
    pieces = [GOOD[0] + b"\n" + GOOD[1][:10], GOOD[1][10:] + b"\n"]
    read: list[int] = []

    async def source() -> AsyncIterator[bytes]:
        for number, piece in enumerate(pieces):
            read.append(number)
            yield piece

    async def pairs() -> list[tuple[str, int]]:
        return [(body.id, len(read)) async for body in aiter_jsonl(source())]

    assert asyncio.run(pairs()) == [(IDS[0], 1), (IDS[1], 2)]


def test_an_asynchronous_source_raises_what_a_file_raises() -> None:
    """A line that is rejected raises its error, with its number; a wrong on_error raises before anything is read."""

    async def decoded() -> list[Any]:
        return [body async for body in aiter_jsonl(arriving(GOOD[0] + b"\n" + line(id=1), 5))]

    with pytest.raises(ValidationError, match=r"line 2: 1 problem"):
        asyncio.run(decoded())
    with pytest.raises(ValueError, match="on_error must be"):
        aiter_jsonl(arriving(b"", 1), on_error="ignore")  # type: ignore[call-overload]


def test_closing_the_iterator_closes_the_source() -> None:
    """A source that is an asynchronous generator is closed with the iterator, at its end or before."""
    events: list[str] = []

    async def source() -> AsyncIterator[bytes]:
        try:
            for data in GOOD:
                yield data + b"\n"
        finally:
            events.append("closed")

    async def read(count: int) -> None:
        async with contextlib.aclosing(aiter_jsonl(source())) as bodies:  # type: ignore[type-var]
            for _ in range(count):
                await anext(bodies, None)
            events.append("read")

    asyncio.run(read(1))
    asyncio.run(read(len(GOOD) + 1))

    assert events == ["read", "closed", "closed", "read"]


def test_a_source_need_not_be_a_generator() -> None:
    """An asynchronous source may be any object that is iterated asynchronously."""

    class Source:
        def __init__(self) -> None:
            self.pieces = iter(GOOD)

        def __aiter__(self) -> AsyncIterator[bytes]:
            return self

        async def __anext__(self) -> bytes:
            for piece in self.pieces:
                return piece + b"\n"
            raise StopAsyncIteration

    async def decoded() -> list[Any]:
        return [body async for body in aiter_jsonl(Source())]

    assert ids(asyncio.run(decoded())) == IDS


def test_pieces_of_text_are_rejected() -> None:
    """An asynchronous source yields bytes; anything else is rejected by name."""

    async def read() -> None:
        async def texts() -> Any:
            yield "{}"

        async for _ in aiter_jsonl(texts()):
            pass

    with pytest.raises(TypeError, match="must consist of bytes, not str"):
        asyncio.run(read())
