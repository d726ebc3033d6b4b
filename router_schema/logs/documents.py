"""
A JSON document to its bodies: the items of an array, piece by piece, or the document itself.

The items of an array are found by their brackets and strings. Whether an item is JSON is left to the parser.
"""

from __future__ import annotations

import errno
import itertools
import re
from collections.abc import Generator, Iterable, Iterator

from ..errors import DecodeError
from ..streams._recognise import WHITE_SPACE
from . import lines
from .decode import STRING

#: Up to the next bracket; between the items of the array, also up to a comma.
_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|%s)*+' % STRING.pattern, re.DOTALL)
_TO_MARK = re.compile(rb'(?:[^"\[\]{},]++|%s)*+' % STRING.pattern, re.DOTALL)

#: How many brackets an item may have. An item with more values than that would be rejected anyway.
_MAX_BRACKETS = 2**21


def is_document(name: str) -> bool:
    """Whether a file is one JSON text, by its name, rather than JSON Lines."""
    return name.removesuffix(".gz").removesuffix(".zst").endswith(".json")


def read_items(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """
    The texts of the bodies in a JSON document: those of the items of an array, or the document itself.

    Args:
        pieces: The bytes of the document, in pieces that may end anywhere.

    Raises:
        DecodeError: The array is not JSON, or an item is too long; raised after the items before the fault.
        OSError: A document that is not an array is too long.
    """
    pieces = iter(pieces)
    data = b""
    while not data and (piece := next(pieces, None)) is not None:
        data = piece.lstrip(WHITE_SPACE)
    if not data.startswith(b"["):
        limit = f"a JSON document of more than {lines.MAX_LINE // 2**20} MiB"
        too_long = OSError(errno.EFBIG, f"{limit}: write its bodies as JSON Lines, one per line")
        yield _not_blank(lines.join(itertools.chain([data], pieces), too_long))
        return
    rest = yield from _items(data[1:], pieces)
    if any(part.strip(WHITE_SPACE) for part in itertools.chain([rest], pieces)):
        raise DecodeError("not JSON: text after the value")


def _items(data: bytes, pieces: Iterator[bytes]) -> Generator[bytes, None, bytes]:
    """The items of an array, from behind its opening bracket; returns what follows the closing one."""
    at, is_first = 0, True
    while True:
        end = _end_of_item(data, at)
        while end is None:
            data, at = data[at:], 0
            if len(data) > lines.MAX_LINE:
                raise DecodeError(f"an item of more than {lines.MAX_LINE // 2**20} MiB")
            more = _read(pieces, len(data))
            if not more:
                yield _not_blank(data)
                raise DecodeError("not JSON: Expecting ',' delimiter")
            data += more
            end = _end_of_item(data, at)
        item, mark, at = data[at:end], data[end : end + 1], end + 1
        if is_first and mark == b"]" and not item.strip(WHITE_SPACE):
            return data[at:]
        yield _not_blank(item)
        is_first = False
        if mark != b",":
            if mark == b"}":
                raise DecodeError("not JSON: Expecting ',' delimiter")
            return data[at:]


def _not_blank(item: bytes) -> bytes:
    if not item.strip(WHITE_SPACE):
        raise DecodeError("not JSON: Expecting value")
    return item


def _read(pieces: Iterator[bytes], size: int) -> bytes:
    """Read at least so many bytes: a long item must not be searched again for every piece."""
    parts, read = [], 0
    for piece in pieces:
        parts.append(piece)
        read += len(piece)
        if read >= size:
            break
    return b"".join(parts)


def _end_of_item(data: bytes, at: int) -> int | None:
    """
    The place of the comma or bracket behind the item at *at*; None if the data end before.

    Raises:
        DecodeError: The item has too many brackets, each of which takes time.
    """
    depth = 0
    for _ in range(_MAX_BRACKETS):
        at = (_TO_BRACKET if depth else _TO_MARK).match(data, at).end()  # type: ignore[union-attr]
        mark = data[at : at + 1]
        if mark in (b"", b'"'):  # the end, or a string that does not end
            return None
        if mark in (b"[", b"{"):
            depth += 1
        elif depth == 0:
            return at
        else:
            depth -= 1
        at += 1
    raise DecodeError(f"an item of more than {_MAX_BRACKETS:,} brackets")
