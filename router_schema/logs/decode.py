"""A line to a body: `iter_jsonl` decodes lines to instances, the checker parses them to builtins."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Literal, TypeVar, overload

from ..converter import RouterConverter, converter_or_default
from ..errors import DecodeError
from ..models import RouterCompletionsResponseBody
from ..streams._recognise import WHITE_SPACE
from . import lines
from .lines import Source

T = TypeVar("T")

#: What happens if a line is rejected: its error is raised, it is skipped, or the user's function is called.
OnError = Literal["raise", "skip"] | Callable[[int, DecodeError], object]

#: Stands for the body of a blank line.
BLANK: Any = object()

#: The values of a longer line, in bytes, are counted before it is parsed.
LONG = 2**22

#: How many values a long line may hold: each of them takes up to 200 bytes, however short it is.
_MAX_VALUES = 2**20

#: The message for a line with more.
TOO_MUCH = f"a line of more than {_MAX_VALUES:,} values"

#: A string in JSON text.
STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


@overload
def iter_jsonl(
    source: Source, *, on_error: OnError = "raise", converter: RouterConverter | None = None
) -> Iterator[RouterCompletionsResponseBody]: ...


@overload
def iter_jsonl(
    source: Source, cl: type[T], *, on_error: OnError = "raise", converter: RouterConverter | None = None
) -> Iterator[T]: ...


def iter_jsonl(
    source: Source,
    cl: Any = RouterCompletionsResponseBody,
    *,
    on_error: OnError = "raise",
    converter: RouterConverter | None = None,
) -> Iterator[Any]:
    """
    Decode JSON Lines, one instance per line, in memory that does not grow with the source.

    Blank lines are skipped. Lines end with a newline, with or without a carriage return before it; the last line may
    lack it. A line of more than 64 MiB is rejected.

    Args:
        source: A path, or an open binary file, plain or compressed with gzip or zstd (the extra
            ``router-schema[zstd]``; compression is recognised by the file's first bytes); or any iterable of lines,
            such as a text file.
        cl: The class of a line: any attrs class.
        on_error: What to do with a line that can't be decoded: ``"raise"`` its error, ``"skip"`` the line, or call a
            function with the line's number, from 1, and its error, and then skip the line.
        converter: The converter that decodes; None means the default converter.

    Raises:
        DecodeError: A line is not JSON. Its ``line_number`` is set; its ``offset`` counts bytes, also in lines of text.
        ValidationError: A line is valid JSON that doesn't match *cl*. Its ``line_number`` is set.
        ReadError: A compressed file is damaged or ends too early; raised after the lines before the damage.
        OSError: The file can't be read.
        ImportError: The file is compressed with zstd and the extra is not installed.
        TypeError: *converter* is not a `router_schema.RouterConverter`.
        ValueError: *on_error* is none of the above.
    """
    return _read(source, _LineDecoder(cl, on_error, converter))


def _read(source: Source, decoder: _LineDecoder) -> Iterator[Any]:
    if lines.is_file(source):
        with lines.open_source(source) as file:
            for block in lines.read_blocks(file):
                yield from decoder.decode_block(block)
    else:
        yield from decoder.decode_lines(lines.encoded_lines(source))


@overload
def aiter_jsonl(
    source: AsyncIterable[bytes], *, on_error: OnError = "raise", converter: RouterConverter | None = None
) -> AsyncIterator[RouterCompletionsResponseBody]: ...


@overload
def aiter_jsonl(
    source: AsyncIterable[bytes], cl: type[T], *, on_error: OnError = "raise", converter: RouterConverter | None = None
) -> AsyncIterator[T]: ...


def aiter_jsonl(
    source: AsyncIterable[bytes],
    cl: Any = RouterCompletionsResponseBody,
    *,
    on_error: OnError = "raise",
    converter: RouterConverter | None = None,
) -> AsyncIterator[Any]:
    """
    Decode JSON Lines as they arrive: `iter_jsonl` for asynchronous code.

    Args:
        source: Bytes that may be cut anywhere, such as ``response.aiter_bytes()`` of httpx. They are not decompressed.
            An asynchronous generator is closed at the end.
        cl: See `iter_jsonl`.
        on_error: See `iter_jsonl`.
        converter: See `iter_jsonl`.

    Raises:
        DecodeError: A line is not JSON. Its ``line_number`` is set; its ``offset`` counts bytes.
        ValidationError: A line is valid JSON that doesn't match *cl*. Its ``line_number`` is set.
        TypeError: *converter* is not a `router_schema.RouterConverter`.
        ValueError: *on_error* is none of the above.
    """
    return _read_asynchronously(source, _LineDecoder(cl, on_error, converter))


async def _read_asynchronously(source: AsyncIterable[bytes], decoder: _LineDecoder) -> AsyncIterator[Any]:
    buffer = lines.LineBuffer()
    try:
        async for piece in source:
            for body in decoder.decode_block(buffer.feed(lines.as_bytes(piece))):
                yield body
        for body in decoder.decode_block(buffer.rest()):
            yield body
    finally:
        # If the garbage collector closed the generator, its cleanup would run in another task.
        if isinstance(source, AsyncGenerator):
            await source.aclose()


class _LineDecoder:
    """
    Decodes the lines of one source, in order.

    Args:
        cl: The class of a line.
        on_error: What to do with a line that is rejected.
        converter: The converter that decodes; None means the default converter.

    Raises:
        TypeError: *converter* is not a `router_schema.RouterConverter`.
        ValueError: *on_error* is none of the above.
    """

    def __init__(self, cl: Any, on_error: OnError, converter: RouterConverter | None) -> None:
        if on_error not in ("raise", "skip") and not callable(on_error):
            raise ValueError(f"on_error must be 'raise', 'skip' or a function, not {on_error!r}")
        self._on_error = on_error
        self._loads = converter_or_default(converter).get_loads_hook(cl)
        self._number = 0
        # The native engine's hooks have it: decodes the lines of a block from a position on, up to one that it steps
        # aside from, and returns the bodies, the number of lines, and the position.
        self._native_lines = getattr(self._loads, "lines", None)

    def decode_lines(self, source: Iterable[bytes]) -> Iterator[Any]:
        """The bodies of lines without their newline."""
        for line in source:
            if (body := self._decode(line)) is not BLANK:
                yield body

    def decode_block(self, block: bytes) -> Iterator[Any]:
        """The bodies of a block of whole lines; the last one may lack its newline."""
        if self._native_lines is None or len(block) > lines.MAX_LINE:  # the first line may be too long
            yield from self.decode_lines(lines.split(block))
            return
        at = 0
        while at < len(block):
            bodies, count, at = self._native_lines(block, at)
            yield from bodies
            self._number += count
            if at < len(block):
                end = block.find(b"\n", at) + 1 or len(block)
                yield from self.decode_lines([block[at:end].removesuffix(b"\n")])
                at = end

    def _decode(self, line: bytes) -> Any:
        self._number += 1
        try:
            return decode_line(line, self._loads)
        except DecodeError as error:
            problem = error
        problem.line_number = self._number
        # Outside the except block: an error raised within it would be its own context.
        try:
            if callable(self._on_error):
                self._on_error(self._number, problem)
            elif self._on_error == "raise":
                raise problem
        finally:
            del problem  # its traceback holds this frame: a cycle for each rejected line
        return BLANK


def decode_line(line: bytes, decode: Callable[[bytes], Any]) -> Any:
    """
    What *decode* returns for a line; `BLANK` for one that holds nothing but JSON white space.

    Args:
        line: The line, without its newline.
        decode: A function from JSON text to a body, which raises DecodeError.

    Raises:
        DecodeError: The line is too long, or *decode* rejects it.
    """
    if not line:
        return BLANK
    try:
        if len(line) > lines.MAX_LINE:
            raise DecodeError(f"a line of more than {lines.MAX_LINE // 2**20} MiB")
        return decode(line.removesuffix(b"\r"))
    except DecodeError:
        if len(line) > lines.MAX_LINE or line.strip(WHITE_SPACE):
            raise
        return BLANK


def holds_too_much(line: bytes) -> bool:
    """
    Whether a long line holds so many values that they would take much more memory than the longest line.

    Each value but the first follows a comma or an opening bracket outside of strings: count these marks.
    """
    if _count_marks(line, 0, len(line)) <= _MAX_VALUES:
        return False
    marks = at = 0
    while marks <= _MAX_VALUES and at < len(line):
        quote = line.find(b'"', at)
        quote = len(line) if quote < 0 else quote
        marks += _count_marks(line, at, quote)
        string = STRING.match(line, quote)
        at = string.end() if string else len(line)
    return marks > _MAX_VALUES


def _count_marks(text: bytes, start: int, end: int) -> int:
    return text.count(b",", start, end) + text.count(b"[", start, end) + text.count(b"{", start, end)
