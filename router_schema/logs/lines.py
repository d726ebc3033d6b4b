"""
JSON Lines: a source of lines to bodies. The only module that opens files.

A file is read in blocks and split here, which is faster than Python's own line by line reading of a gzip file, bounds
the memory that a file without newlines can take, and lets a process read just its byte range of a big file.
"""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, TypeVar, overload

from .._engines import Data
from ..converter import RouterConverter, _converter
from ..errors import DecodeError
from ..models import RouterCompletionsResponseBody

__all__ = ["ReadError", "iter_jsonl"]

T = TypeVar("T")

#: A path, a binary or text file object, or any other iterable of lines.
Source = str | os.PathLike[str] | Iterable[str] | Iterable[bytes]

#: What happens with a line that is no body: it is raised, left out, or given to a function of the user.
OnError = Literal["raise", "skip"] | Callable[[int, DecodeError], object]

#: Longer lines are refused, in bytes, or characters of a `str`: no body is as long, and a file without a newline must
#: not fill the memory. Of such a line of a file, its beginning is all that is kept.
MAX_LINE = 64 * 2**20

_BLOCK = 2**18
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", "\ufeff")


class ReadError(OSError):
    """
    A compressed file is damaged or ends too early. Everything before the damage was read.

    Attributes:
        line_number: The line that the damage is in, from 1.
    """

    reason: str
    line_number: int

    def __init__(self, reason: str, line_number: int = 1) -> None:
        super().__init__(reason)
        self.reason, self.line_number = reason, line_number

    def __str__(self) -> str:
        return f"{self.reason}, in line {self.line_number:,}"


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

    Blank lines are skipped. Lines end with a newline, with or without a carriage return before it; the last one may
    lack it. A line of more than 64 MiB is refused.

    Args:
        source: A path, or what ``open(path, "rb")`` gives, of a plain file or one compressed with gzip or zstd (the
            extra ``router-schema[zstd]``), which is told by its first bytes; or any iterable of lines, such as a text
            file or what ``gzip.open`` gives.
        cl: What a line holds: any attrs class.
        on_error: What happens with a line that is no *cl*: ``"raise"`` its error, ``"skip"`` the line, or a function
            that is called with the line's number, from 1, and its error, after which the line is skipped.
        converter: The converter to decode with; the default one where it is None.

    Raises:
        DecodeError: A line is not JSON; its ``line_number`` says which.
        ValidationError: A line is JSON, but no *cl*; its ``line_number`` says which.
        ReadError: A compressed file is damaged or ends too early; raised after the lines before the damage.
        OSError: The file cannot be read.
        ImportError: The file is compressed with zstd, and the extra is not installed.
        ValueError: *on_error* is none of the above.
    """
    if on_error not in ("raise", "skip") and not callable(on_error):
        raise ValueError(f"on_error must be 'raise', 'skip' or a function, not {on_error!r}")
    return _decode_lines(source, (converter or _converter).get_loads_hook(cl), on_error)


def _decode_lines(source: Source, loads: Callable[[Data], Any], on_error: OnError) -> Iterator[Any]:
    for number, line in enumerate(read_lines(source), 1):
        if not line:
            continue
        try:
            if len(line) > MAX_LINE:
                raise too_long()
            body = loads(line)
        except DecodeError as error:
            # Asked now only, since hardly any line is blank.
            if is_blank(line):
                continue
            problem = located(error, number, line)
        else:
            yield body
            continue
        # Out of the except block, or the error would be its own context.
        if callable(on_error):
            on_error(number, problem)
        elif on_error == "raise":
            raise problem


def is_blank(line: str | bytes) -> bool:
    """Whether a line is to be skipped. ``isspace`` would take more for white space than JSON does."""
    return len(line) <= MAX_LINE and not (line.strip(" \t\r\n") if isinstance(line, str) else line.strip(b" \t\r\n"))


def too_long() -> DecodeError:
    """The error of a line that is longer than `MAX_LINE`, whatever is in it."""
    return DecodeError(f"a line of more than {MAX_LINE // 2**20} MiB")


def located(error: DecodeError, number: int, line: str | bytes) -> DecodeError:
    """*error* with its line number; or a better one, where a byte order mark is the matter."""
    if number == 1 and line[: 3 if isinstance(line, bytes) else 1] in _BYTE_ORDER_MARKS:
        error = DecodeError("not JSON: starts with a byte order mark", 1, 1, 0)
    error.line_number = number
    return error


# --- sources to lines ---


def read_lines(source: Source) -> Iterator[str | bytes]:
    """The lines of *source*, with or without their newline."""
    if isinstance(source, str | os.PathLike):
        with open(source, "rb") as file:
            yield from read_file(file)
    elif isinstance(source, io.BufferedReader):
        yield from read_file(source)
    else:
        yield from source


def read_file(file: io.BufferedReader, advance: Callable[[int], object] | None = None) -> Iterator[bytes]:
    """
    The lines of an open binary file, without their newline.

    Args:
        file: The file; plain, gzip or zstd.
        advance: Is called, after each block, with the number of bytes by which the file moved on.
    """
    blocks = _blocks(_decompressed(file), None)
    return _split(blocks if advance is None else _counted(blocks, file, advance))


def read_range(file: io.BufferedReader, start: int, end: int) -> Iterator[bytes]:
    """The lines of a plain file whose first byte is in the range, so that ranges share no line and leave none out."""
    return _split(_range_blocks(file, start, end))


def read_whole(file: io.BufferedReader) -> bytes:
    """All of an open binary file; plain, gzip or zstd."""
    return b"".join(_blocks(_decompressed(file), None))


def is_compressed(file: io.BufferedReader) -> bool:
    """Whether *file*, at its beginning, is one that has to be read as a whole."""
    return file.peek(4).startswith((_GZIP, _ZSTD))


def _decompressed(file: io.BufferedReader) -> Any:
    head = file.peek(4)
    if head.startswith(_GZIP):
        return gzip.GzipFile(fileobj=file)
    if head.startswith(_ZSTD):
        return _zstd_file(file)
    return file


def _zstd_file(file: io.BufferedReader) -> Any:
    try:
        from backports import zstd
    except ImportError:
        raise ImportError("reading zstd needs an extra: pip install 'router-schema[zstd]'") from None
    return zstd.ZstdFile(file)


def _blocks(file: Any, limit: int | None) -> Iterator[bytes]:
    """Blocks of *file*: *limit* bytes, or all that there are."""
    while limit is None or limit > 0:
        try:
            # read1, since read would throw away what it has when it comes to the damage.
            block = file.read1(_BLOCK if limit is None else min(_BLOCK, limit))
        except EOFError:
            raise ReadError("the compressed file ends too early") from None
        except (zlib.error, gzip.BadGzipFile) as error:
            raise ReadError(f"the compressed file is damaged ({error})") from None
        except Exception as error:
            if type(error).__name__ != "ZstdError":  # its module need not be there
                raise
            raise ReadError(f"the compressed file is damaged ({error})") from None
        if not block:
            return
        if limit is not None:
            limit -= len(block)
        yield block


def _range_blocks(file: io.BufferedReader, start: int, end: int) -> Iterator[bytes]:
    """Blocks that hold the lines of *file* that start in the range."""
    if start > 0:
        # The line that covers the byte before belongs to another range, even where that byte is its newline.
        file.seek(start - 1)
        for _ in _rest_of_line(file):
            pass
        start = file.tell()
    last = b"\n"
    for last in _blocks(file, end - start):
        yield last
    if not last.endswith(b"\n"):
        yield from _rest_of_line(file)


def _rest_of_line(file: io.BufferedReader) -> Iterator[bytes]:
    while part := file.readline(_BLOCK):
        yield part
        if part.endswith(b"\n"):
            return


def _counted(blocks: Iterator[bytes], file: io.BufferedReader, advance: Callable[[int], object]) -> Iterator[bytes]:
    position = 0
    seekable = file.seekable()
    for block in blocks:
        yield block
        moved = file.tell() - position if seekable else len(block)
        position += moved
        advance(moved)


def _split(blocks: Iterator[bytes]) -> Iterator[bytes]:
    done = size = 0
    parts: list[bytes] = []  # of the line that the last block ended in
    try:
        for block in blocks:
            lines = block.split(b"\n")
            if size <= MAX_LINE:  # of a longer one, enough is kept to see that it is
                parts.append(lines[0])
                size += len(lines[0])
            if len(lines) > 1:
                lines[0] = b"".join(parts)
                parts = [lines.pop()]
                size = len(parts[0])
                done += len(lines)
                yield from lines
    except ReadError as error:
        error.line_number = done + 1
        raise
    if size:
        yield b"".join(parts)
