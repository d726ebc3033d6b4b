"""
The strict parser: the standard library's, restricted to RFC 8259, UTF-8 and this library's limits.

It runs when an engine steps aside, and decides whether a text is JSON, so all engines agree on
RFC 8259 text. It is the only parser that finds the position of a mistake.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

from .._rules.base import MAX_DIGITS, HugeInteger
from ..errors import DecodeError

#: JSON text.
Data = bytes | bytearray | memoryview | str

#: How deeply arrays and objects may nest in a text, on every engine. Completions nest far less.
MAX_DEPTH = 200


class _NotJSONError(Exception):
    """A constant such as NaN, which the standard library accepts and JSON does not have."""


def _refuse_constant(name: str) -> Any:
    raise _NotJSONError(name)


def _parse_int(digits: str) -> Any:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        return HugeInteger()
    try:
        return int(digits)
    except ValueError:  # the interpreter's own limit may be lower
        return HugeInteger()


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_parse_int)


def parse_strictly(data: Data) -> Any:
    """
    JSON text to builtins.

    Raises:
        DecodeError: *data* is not JSON; says where.
        TypeError: *data* is neither bytes nor str.
    """
    data = str.__str__(data) if isinstance(data, str) else as_bytes(data)
    # The standard library's errors quote the payload, so none of them may become the context of ours.
    text, problem = _as_text(data)
    value: Any = None
    if problem is None:
        value, problem = _parse(text, data)
    if problem is None:
        return value
    try:
        raise problem
    finally:
        del problem  # its traceback refers to this frame, which would keep it until the garbage collector runs


def as_bytes(data: Data) -> bytes:
    """
    JSON text as bytes.

    Raises:
        TypeError: *data* is neither bytes nor str.
        UnicodeError: It is a str with a lone surrogate.
    """
    if isinstance(data, str):
        return str.encode(data)  # a subclass may have an encode of its own, or, of bytes, a __bytes__
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError(f"data must be bytes, bytearray, memoryview or str, not {type(data).__name__}")
    return data if type(data) is bytes else bytes(memoryview(data))


def _as_text(data: bytes | str) -> tuple[str, DecodeError | None]:
    if isinstance(data, str):
        try:
            data.encode()
        except UnicodeEncodeError as error:
            return "", _decode_error("not Unicode text: a lone surrogate", data, error.start, data)
        return data, None
    try:
        return str(data, "utf-8"), None
    except UnicodeDecodeError as error:
        start = error.start
    before = str(data[:start], "utf-8")
    return "", _decode_error("not UTF-8", before, len(before), data)


def _parse(text: str, data: bytes | str) -> tuple[Any, DecodeError | None]:
    if text.startswith("\ufeff"):
        return None, _decode_error("not JSON: starts with a byte order mark", text, 0, data)
    if exceeds_depth(text.encode()):
        return None, DecodeError(f"nested more than {MAX_DEPTH} levels deep")
    try:
        start = len(text) - len(text.lstrip(" \t\n\r"))
        value, end = _decoder.raw_decode(text, start)
        rest = text[end:].lstrip(" \t\n\r")
    except json.JSONDecodeError as error:
        return None, _decode_error(f"not JSON: {_reason(error.msg)}", text, error.pos, data)
    except _NotJSONError as error:
        name = str(error)
        return None, _decode_error(f"not JSON: {name}", text, _position_of_constant(text), data)
    except RecursionError:  # the interpreter's stack is nearly full already
        return None, DecodeError("nested too deeply")
    if rest:
        return None, _decode_error("not JSON: text after the value", text, len(text) - len(rest), data)
    return value, None


def _reason(message: str) -> str:
    """The standard library's message, without the words that lead up to a position."""
    return message.removesuffix(" at").removesuffix(" starting")


def _decode_error(reason: str, text: str, position: int, data: bytes | str) -> DecodeError:
    """The error at the character *position* of *text*; its offset counts in units of *data*."""
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    offset = position if isinstance(data, str) else _size_of(text, position)
    return DecodeError(reason, line, column, offset)


def _size_of(text: str, position: int) -> int:
    """How many bytes of UTF-8 the text has before *position*. In pieces: a long str can take four times its bytes."""
    step = 2**16
    return sum(len(text[start : min(start + step, position)].encode()) for start in range(0, position, step))


def _position_of_constant(text: str) -> int:
    """Where the first NaN or Infinity stands that is not inside a string. Strings match as a whole."""
    matches = re.finditer(r'"[^"\\]*(?:\\.[^"\\]*)*"|NaN|-?Infinity', text, re.DOTALL)
    return next(match.start() for match in matches if match[0][0] != '"')


# --- the limit on nesting ---

_NOT_STRUCTURE = bytes(set(range(256)) - set(b'[]{}"'))
_STRING = re.compile(rb'"[^"]*"')
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1, ord('"'): 0}

#: Most texts are broad, not deep: this many innermost levels are removed first, which is fast.
_PEELED = 4


def is_surely_shallow(data: bytes) -> bool:
    """
    Whether *data* has too few brackets to nest more than `MAX_DEPTH` levels deep.

    ``bytes.replace`` finds a byte by memchr and stops after so many: `bytes.count` takes up to ten times as long.
    """
    arrays = len(data) - len(data.replace(b"[", b"", MAX_DEPTH + 1))
    objects = len(data) - len(data.replace(b"{", b"", MAX_DEPTH + 1))
    return arrays + objects <= MAX_DEPTH


def exceeds_depth(data: bytes) -> bool:
    """Whether *data*, if it is JSON, nests more than `MAX_DEPTH` levels deep."""
    if is_surely_shallow(data):
        return False
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")  # in this order; no other escape matters to structure
    brackets = data.translate(None, _NOT_STRUCTURE).replace(b'""', b"")
    if b'"' in brackets:
        brackets = _STRING.sub(b"", brackets)
    for _ in range(_PEELED):
        brackets = brackets.replace(b"[]", b".").replace(b"{}", b".").replace(b".", b"")
    return _PEELED + max(itertools.accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH
