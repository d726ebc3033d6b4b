"""
The HTML standard's rules for event streams, as slow and simple as they are written there.

The decoder reads the whole stream at once, byte by byte, with none of the shortcuts of the one under test.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs


@attrs.define
class Outcome:
    """The outcome of a stream: its events as (type, data, id), its comments, and its settings."""

    events: list[tuple[str, bytes, str]] = attrs.Factory(list)
    comments: list[bytes] = attrs.Factory(list)
    retry: int | None = None
    last_event_id: str = ""


def lines_of(stream: bytes) -> Iterator[bytes]:
    """The lines of a stream that have an end: CRLF, LF or CR."""
    line = bytearray()
    position = 0
    while position < len(stream):
        byte = stream[position : position + 1]
        position += 1
        if byte not in (b"\n", b"\r"):
            line += byte
            continue
        if byte == b"\r" and stream[position : position + 1] == b"\n":
            position += 1
        yield bytes(line)
        line.clear()


def decode(stream: bytes) -> Outcome:
    """Interpret a whole stream."""
    if stream[:3] == b"\xef\xbb\xbf":
        stream = stream[3:]
    outcome = Outcome()
    data_buffer, type_buffer, id_buffer = b"", "", ""
    for line in lines_of(stream):
        if line == b"":
            outcome.last_event_id = id_buffer
            if data_buffer != b"":
                outcome.events.append((type_buffer or "message", data_buffer[:-1], id_buffer))
            data_buffer, type_buffer = b"", ""
            continue
        if line[:1] == b":":
            outcome.comments.append(line[1:])
            continue
        colon = line.find(b":")
        field, value = (line, b"") if colon < 0 else (line[:colon], line[colon + 1 :])
        if value[:1] == b" ":
            value = value[1:]
        if field == b"event":
            type_buffer = value.decode("utf-8", "replace")
        elif field == b"data":
            data_buffer += value + b"\n"
        elif field == b"id" and b"\0" not in value:
            id_buffer = value.decode("utf-8", "replace")
        elif field == b"retry" and value and all(byte in b"0123456789" for byte in value):
            outcome.retry = int(value.lstrip(b"0") or b"0")
    return outcome
