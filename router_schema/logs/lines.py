"""
A source of JSON Lines to lines, as bytes.

Files are read in blocks and split here: this is faster than Python's line-by-line reading of a gzip file, bounds the
memory that a file without newlines takes, and lets a process read only its byte range of a large file.
"""

from __future__ import annotations

import gzip
import importlib
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

#: A path, a binary or text file object, or any other iterable of lines.
Source = str | os.PathLike[str] | Iterable[str] | Iterable[bytes]

#: A function that is called with the number of bytes that were read.
Advance = Callable[[int], object]

#: The longest line, and the longest document, in bytes. A file without a newline must not fill the memory, so of a
#: longer line only the beginning is kept, which exceeds the limit.
MAX_LINE = 64 * 2**20

_BLOCK = 2**18

#: The first bytes of compressed files. One of zstd may begin with a skippable frame, of which there are 16 kinds.
_GZIP, _ZSTD = b"\x1f\x8b", (b"\x28\xb5\x2f\xfd", *(bytes([0x50 + kind, 0x2A, 0x4D, 0x18]) for kind in range(16)))
_ZSTD_MODULE = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"


class ReadError(OSError):
    """
    A compressed file is damaged or ends too early. Everything before the damage was read.

    Attributes:
        reason: What is wrong with the file.
        line_number: The line that holds the damage, from 1.
        filename: The path of the file; None if it was open already.
    """

    reason: str
    line_number: int

    def __init__(self, reason: str, line_number: int = 1, filename: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.line_number, self.filename = reason, line_number, filename

    def __reduce__(self) -> tuple[type[ReadError], tuple[str, int, str | None]]:
        return type(self), (self.reason, self.line_number, self.filename)

    def __str__(self) -> str:
        file = "" if self.filename is None else f"{self.filename}: "
        return f"{file}{self.reason}, in line {self.line_number:,}"


def is_file(source: Any) -> bool:
    """Whether *source* is a path or an open binary file, so that `open_source` can open it."""
    return isinstance(source, str | os.PathLike) or (hasattr(source, "read") and isinstance(source.read(0), bytes))


@contextmanager
def open_source(source: Any) -> Iterator[io.BufferedReader]:
    """Open a path; an open binary file stays open."""
    if isinstance(source, io.BufferedReader):
        yield source
    elif hasattr(source, "read"):
        yield io.BufferedReader(RawFile(source))
    else:
        with open(source, "rb") as file:
            try:
                yield file
            except ReadError as error:
                error.filename = os.fspath(source)
                raise


class RawFile(io.RawIOBase):
    """Any object with a method `read` that returns bytes, as a file, from its position on. It is not closed."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def read_lines(file: io.BufferedReader) -> Iterator[bytes]:
    """The lines of an open binary file, without their newline."""
    for block in read_blocks(file):
        yield from split(block)


def read_blocks(file: io.BufferedReader, advance: Advance | None = None, size: int | None = None) -> Iterator[bytes]:
    """What `read_pieces` yields, in blocks of whole lines. The last line may lack its newline."""
    return _whole_lines(read_pieces(file, advance, size))


def read_range_blocks(file: io.BufferedReader, start: int, end: int) -> Iterator[bytes]:
    """Blocks of the lines of a plain file that begin in the range, so that each line belongs to exactly one range."""
    return _whole_lines(_range_blocks(file, start, end))


def read_pieces(file: io.BufferedReader, advance: Advance | None = None, size: int | None = None) -> Iterator[bytes]:
    """
    The bytes of an open binary file, in pieces that may end anywhere.

    Args:
        file: The file; plain, gzip or zstd.
        advance: Is called after each piece.
        size: How many bytes of a plain file to read; None means all.
    """
    seekable, position = file.seekable(), 0
    for block in _content(file, size):
        yield block
        moved = file.tell() - position if seekable else len(block)
        position += moved
        if advance is not None:
            advance(moved)


def is_compressed(file: io.BufferedReader) -> bool:
    """Whether *file*, at its beginning, is compressed, so that it can't be read in ranges."""
    return file.peek(4).startswith((_GZIP, *_ZSTD))


def _content(file: io.BufferedReader, size: int | None) -> Iterator[bytes]:
    head = file.peek(4)
    if head.startswith(_GZIP):
        return _unpacked(gzip.GzipFile(fileobj=file), (zlib.error, gzip.BadGzipFile))
    if head.startswith(_ZSTD):
        try:
            zstd = importlib.import_module(_ZSTD_MODULE)
        except ImportError:
            raise ImportError("reading zstd needs an extra: pip install 'router-schema[zstd]'") from None
        return _unpacked(zstd.ZstdFile(file), (zstd.ZstdError,))
    return _blocks(file, size)


def _unpacked(reader: Any, damage: tuple[type[Exception], ...]) -> Iterator[bytes]:
    """Blocks of what *reader* unpacks; *damage* are the exceptions by which it reports damage."""
    newlines = 0
    try:
        for block in _blocks(reader):
            yield block
            newlines += block.count(b"\n")
    except EOFError:
        raise ReadError("the compressed file ends too early", newlines + 1) from None
    except damage as error:  # its text may quote the file
        is_large = "too much memory" in str(error)
        reason = "has a window of more than 128 MiB (zstd --long)" if is_large else "is damaged"
        raise ReadError(f"the compressed file {reason}", newlines + 1) from None


def _blocks(reader: Any, size: int | None = None) -> Iterator[bytes]:
    """Blocks of what *reader* reads: *size* bytes, or everything."""
    while size is None or size > 0:
        # `read` would discard the bytes before the damage.
        block = reader.read1(_BLOCK if size is None else min(_BLOCK, size))
        if not block:
            return
        if size is not None:
            size -= len(block)
        yield block


def _range_blocks(file: io.BufferedReader, start: int, end: int) -> Iterator[bytes]:
    """Blocks that hold the lines of *file* that start in the range."""
    if start > 0:
        # The line that covers the byte before belongs to another range, even if that byte is its newline.
        file.seek(start - 1)
        while (left := end - file.tell()) > 0:
            part = file.readline(min(_BLOCK, left))
            if not part or part.endswith(b"\n"):
                break
        start = file.tell()
    file.seek(start)
    last, beyond = b"\n", 0
    for last in _blocks(file, size=end - start):
        yield last
    # The rest of the last line; of one that is too long, only a part that exceeds the limit.
    while not last.endswith(b"\n") and beyond <= MAX_LINE and (last := file.readline(_BLOCK)):
        yield last
        beyond += len(last)


def join(pieces: Iterable[bytes], too_long: Exception) -> bytes:
    """All *pieces* as one; raises *too_long* if they are longer than the longest line."""
    parts, size = [], 0
    for piece in pieces:
        parts.append(piece)
        size += len(piece)
        if size > MAX_LINE:
            raise too_long
    return b"".join(parts)


def encoded_lines(source: Any) -> Iterator[bytes]:
    """The lines of an iterable of bytes or text, as bytes without their newline."""
    return (line.removesuffix(b"\n") for line in encoded(source))


def encoded(source: Any) -> Iterator[bytes]:
    """The items of an iterable of bytes or text, as bytes."""
    if isinstance(source, bytes | bytearray | memoryview) or not isinstance(source, Iterable):
        raise TypeError(f"source must be a path, a file or an iterable of lines, not {type(source).__name__}")
    for text in source:
        # A lone surrogate is encoded here, and reported as invalid UTF-8 as in a file.
        yield text.encode("utf-8", "surrogatepass") if isinstance(text, str) else as_bytes(text)


def as_bytes(data: Any) -> bytes:
    """
    A line, or a piece of a file.

    Raises:
        TypeError: It is anything else.
    """
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    raise TypeError(f"the source must consist of bytes, not {type(data).__name__}")


def split(block: bytes) -> list[bytes]:
    """The lines of a block of whole lines, without their newline."""
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return lines


def _whole_lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in blocks that end where a line ends. Of a line of more than `MAX_LINE`, only a beginning."""
    buffer = LineBuffer()
    for block in blocks:
        if whole := buffer.feed(block):
            yield whole
    if rest := buffer.rest():
        yield rest


class LineBuffer:
    """Joins pieces of bytes, cut anywhere, to blocks of whole lines."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []  # of the line that the last piece ended in
        self._size = 0

    def feed(self, piece: bytes) -> bytes:
        """The lines that *piece* completes. Of a line of more than `MAX_LINE`, only a beginning is kept."""
        end = piece.rfind(b"\n") + 1
        if self._size > MAX_LINE:
            piece = piece[piece.find(b"\n") :] if end else b""
            end = piece.rfind(b"\n") + 1
        whole = b""
        if end:
            whole = b"".join([*self._parts, piece[:end]])
            self._parts, self._size = [], 0
        if end < len(piece):
            self._parts.append(piece[end:])
            self._size += len(piece) - end
        return whole

    def rest(self) -> bytes:
        """The last line, which has no newline."""
        return b"".join(self._parts)
