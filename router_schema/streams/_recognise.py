"""Recognising bytes and events: the end of a stream, an error, or no stream at all."""

from __future__ import annotations

import re
from typing import Any

from ..converter import default_converter
from ..errors import DecodeError, ErrorBody
from ._sse import BYTE_ORDER_MARK

#: The data of the event that ends a stream of completions.
DONE_DATA = b"[DONE]"

#: White space in JSON. An event whose data holds nothing else only keeps the connection open.
WHITE_SPACE = b" \t\r\n"

_FIELDS = (b"data", b"event", b"id", b"retry")

#: How many bytes tell a stream from other input: a byte order mark, the longest field name and a colon.
MAX_HEAD = 9


def reported_error(data: bytes) -> ErrorBody | None:
    """The error that *data* reports in place of a completion, or beside one."""
    return error_in(_parse(data))


def error_in(value: Any) -> ErrorBody | None:
    """The error that the parsed data of an event reports in place of a completion, or beside one."""
    if isinstance(value, dict) and (value.get("error") or value.get("object") == "error"):
        return ErrorBody.recognise(value)
    return None


def error_of(data: bytes) -> ErrorBody:
    """The error that *data*, of an event of the type ``error``, reports in whatever form."""
    value = _parse(data)
    error = value if isinstance(value, dict | str) else data.decode("utf-8", "replace")
    return ErrorBody.recognise(value) or ErrorBody.recognise({"error": error}) or ErrorBody()


def _parse(data: bytes) -> Any:
    try:
        return default_converter.loads(data, Any)
    except DecodeError:
        return None


def may_begin_stream(head: bytes) -> bool:
    """Whether an event stream may begin with *head*, the first `MAX_HEAD` bytes or fewer."""
    name = re.split(b"[:\r\n]", head.removeprefix(BYTE_ORDER_MARK))[0]
    return BYTE_ORDER_MARK.startswith(head) or any(field.startswith(name) for field in _FIELDS)
