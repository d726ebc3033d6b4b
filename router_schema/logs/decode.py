"""A line to a body. Written once: `iter_jsonl` decodes lines to instances, the checker parses them to builtins."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeVar, overload

from ..converter import RouterConverter, default_converter
from ..errors import DecodeError
from ..models import RouterCompletionsResponseBody
from . import lines
from .lines import Source

T = TypeVar("T")

#: What happens with a line that is rejected: its error is raised, it is skipped, or a function of the user is called.
OnError = Literal["raise", "skip"] | Callable[[int, DecodeError], object]

#: Stands for the body of a blank line.
BLANK: Any = object()

#: Of a line that is longer, in bytes, the values are counted before it is parsed.
LONG = 2**22

#: How many values a long line may hold: each of them takes up to 200 bytes, however short it is.
_MAX_VALUES = 2**20

#: Why a line with more is rejected.
TOO_MUCH = f"a line of more than {_MAX_VALUES:,} values"

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


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
    Decode JSON Lines, one instance a line, in memory that does not grow with the source.

    Blank lines are skipped. Lines end with a newline, with or without a carriage return before it; the last line may
    lack it. A line of more than 64 MiB is rejected.

    Args:
        source: A path, or a file from ``open(path, "rb")``, plain or compressed with gzip or zstd (the extra
            ``router-schema[zstd]``; compression is recognised by the file's first bytes); or any iterable of lines,
            such as a text file or one from ``gzip.open``.
        cl: The class of a line: any attrs class.
        on_error: What to do with a line that *cl* rejects: ``"raise"`` its error, ``"skip"`` the line, or call a
            function with the line's number, from 1, and its error, and then skip the line.
        converter: The converter that decodes; None means the default converter.

    Raises:
        DecodeError: A line is not JSON. Its ``line_number`` is set; its ``offset`` counts bytes, also in lines of text.
        ValidationError: A line is valid JSON that doesn't match *cl*. Its ``line_number`` is set.
        ReadError: A compressed file is damaged or ends too early; raised after the lines before the damage.
        OSError: The file can't be read.
        ImportError: The file is compressed with zstd and the extra is not installed.
        ValueError: *on_error* is none of the above.
    """
    if on_error not in ("raise", "skip") and not callable(on_error):
        raise ValueError(f"on_error must be 'raise', 'skip' or a function, not {on_error!r}")
    return _decode_lines(source, (converter or default_converter).get_loads_hook(cl), on_error)


def _decode_lines(source: Source, loads: Callable[[bytes], Any], on_error: OnError) -> Iterator[Any]:
    def decode(line: bytes, number: int) -> Any:
        try:
            return decode_line(line, number, loads)
        except DecodeError as error:
            problem = error
        # Outside the except block: an error raised within it would be its own context.
        if callable(on_error):
            on_error(number, problem)
        elif on_error == "raise":
            raise problem
        return BLANK

    decode_block = getattr(loads, "lines", None)  # the native engine's hooks have it
    if decode_block is not None and lines.is_file(source):
        yield from _decode_blocks(lines.read_blocks(source), decode_block, decode)
        return
    for number, line in enumerate(lines.read_lines(source), 1):
        if (body := decode(line, number)) is not BLANK:
            yield body


def _decode_blocks(
    blocks: Iterator[bytes],
    decode_block: Callable[[bytes, int], tuple[list[Any], int, int]],
    decode: Callable[[bytes, int], Any],
) -> Iterator[Any]:
    """
    Decode blocks of whole lines.

    Args:
        blocks: The blocks.
        decode_block: Decodes the lines of a block from a position on, up to one that it steps aside from: returns the
            bodies, the number of lines, and the position.
        decode: Decodes a single line.
    """
    number = 0
    for block in blocks:
        at = 0
        while at < len(block):
            if len(block) <= lines.MAX_LINE:  # in a longer one, the first line may be too long
                bodies, count, at = decode_block(block, at)
                yield from bodies
                number += count
                if at == len(block):
                    break
            end = block.find(b"\n", at) + 1 or len(block)
            number += 1
            if (body := decode(block[at:end].removesuffix(b"\n"), number)) is not BLANK:
                yield body
            at = end


def decode_line(line: bytes, number: int, decode: Callable[[bytes], Any]) -> Any:
    """
    What *decode* returns for a line; `BLANK` for one that holds nothing but JSON white space.

    Args:
        line: The line, without its newline.
        number: Its number, from 1.
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
    except DecodeError as error:
        problem = error
    if len(line) <= lines.MAX_LINE and not line.strip(b" \t\r\n"):
        return BLANK
    try:
        raise located(problem, number, line)
    finally:
        del problem  # its traceback holds this frame: a cycle for each rejected line


def holds_too_much(line: bytes) -> bool:
    """
    Whether a line, which is long, holds so many values that they would take much more memory than the longest line.

    Values are counted by the marks outside of strings that each but the first has: a comma, or an opening bracket.
    """
    if _count_marks(line, 0, len(line)) <= _MAX_VALUES:
        return False
    marks = at = 0
    while marks <= _MAX_VALUES and at < len(line):
        quote = line.find(b'"', at)
        quote = len(line) if quote < 0 else quote
        marks += _count_marks(line, at, quote)
        string = _STRING.match(line, quote)
        at = string.end() if string else len(line)
    return marks > _MAX_VALUES


def _count_marks(text: bytes, start: int, end: int) -> int:
    return text.count(b",", start, end) + text.count(b"[", start, end) + text.count(b"{", start, end)


def located(error: DecodeError, number: int, data: bytes) -> DecodeError:
    """*error* with the number of its line; a byte order mark at the start of the source replaces it."""
    if number == 1 and data.startswith(_BYTE_ORDER_MARK):
        error = DecodeError("not JSON: starts with a byte order mark", 1, 1, 0)
    error.line_number = number
    return error
