"""Looking into a file: whether it holds JSON Lines, and whether its last line is unfinished."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..converter import default_converter
from ..errors import DecodeError
from ..streams._recognise import WHITE_SPACE
from .lines import ReadError, is_compressed, read_pieces

#: What a report says about the last line of a file that is still being written.
UNFINISHED = "an unfinished last line, without a newline"

#: Parses JSON text; raises DecodeError.
Parse = Callable[[bytes], Any]

#: How much of a file is looked at to recognise JSON Lines, in bytes.
_MAX_HEAD = 2**22

#: The longest line that is recognised as unfinished, in bytes. A longer one is malformed like any other.
_MAX_UNFINISHED = 2**20


def begins_with_line(file: io.BufferedReader) -> bool:
    """
    Whether *file*, at its beginning, holds JSON Lines: an object in one line, and more in the next.

    Looks at the first 4 MiB; of a file that can't seek, at what is buffered. Leaves the position where it is.
    """
    if not file.seekable():
        return begins_with_line(io.BufferedReader(io.BytesIO(file.peek())))
    position = file.tell()
    head, end, has_more = bytearray(), -1, False
    with suppress(ReadError):  # whoever reads the file meets it again
        for piece in read_pieces(file):
            start = len(head)  # pieces may be tiny: what was searched before is not searched again
            head += piece if head else piece.lstrip(WHITE_SPACE)
            end = head.find(b"\n", start) if end < 0 else end
            has_more = end >= 0 and head[max(end + 1, start) :].strip() != b""
            if has_more or not head.startswith(b"{") or len(head) > _MAX_HEAD:
                break
    file.seek(position)
    return has_more and head.startswith(b"{") and _is_json(bytes(head[:end]), default_converter.parse)


def find_unfinished_line(file: io.BufferedReader, end: int | None, parse: Parse) -> int | None:
    """
    The unfinished last line of a plain file of this machine, unless it is long. Leaves the position where it is.

    Args:
        file: The file.
        end: The end of the range that is to be read; None for the end of the file.
        parse: Parses JSON text; raises DecodeError.

    Returns:
        The first byte of a last line that has no newline and is not JSON; None if there is none.
    """
    # Nothing appends to a file in a store or an archive, and seeking there may be slow.
    if not (isinstance(file.raw, io.FileIO) and file.seekable()):
        return None
    position = file.tell()
    size = file.seek(0, os.SEEK_END)
    is_near = end is None or size - end <= _MAX_UNFINISHED
    found = _last_line(file, position, size, parse) if is_near and size > position else None
    file.seek(position)
    return None if found is None or is_compressed(file) else found


def _last_line(file: io.BufferedReader, first: int, size: int, parse: Parse) -> int | None:
    file.seek(size - 1)
    if file.read(1) == b"\n":
        return None
    start = max(first, size - _MAX_UNFINISHED)
    file.seek(start)
    block = file.read(size - start)
    newline = block.rfind(b"\n")
    line = block[newline + 1 :]
    is_whole = newline >= 0 or start == first
    if not is_whole or not line.strip() or _is_json(line, parse):
        return None
    return start + newline + 1


def _is_json(line: bytes, parse: Parse) -> bool:
    try:
        parse(line)
    except DecodeError:
        return False
    return True
