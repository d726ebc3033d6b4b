"""
Streams as servers send them: well, or badly in each way that servers do.

The ``user`` of a request names a test that counts its requests.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from flaky_bodies import MAX_BYTES, SECRET, good, http

#: The gateway's status for each kind of stream, and the end of a stream that has begun.
STREAMS: dict[str, tuple[int, str | None]] = {
    "good": (200, "complete"),
    "without usage": (200, "complete"),
    "TGI": (200, "complete"),
    "comments and CRLF": (200, "complete"),
    "body": (200, "complete"),
    "body as event": (200, "complete"),
    "cut": (200, "broken"),
    "cut, usage running": (200, "broken"),
    "cut, DONE": (200, "broken"),
    "reset": (200, "broken"),
    "truncated": (200, "broken"),
    "error event": (200, "broken"),
    "error beside choices": (200, "broken"),
    "wrong types": (200, "broken"),
    "not JSON": (200, "broken"),
    "finish reason unknown": (200, "broken"),
    "oversized": (200, "broken"),
    "stalled": (200, "broken"),
    "error first": (429, None),
    "error body with status 200": (502, None),
    "nothing": (502, None),
    "HTML": (502, None),
    "wrong types first": (502, None),
    "oversized first": (502, None),
    "compressed": (502, None),
    "reset first": (502, None),
    "comments only": (504, None),
    "hung": (504, None),
    "error": (404, None),
    "overloaded": (503, None),
}

#: The generated text, in pieces; 4 completion tokens.
PIECES = ["Ro", "se", "bud"]

#: The number of requests, by their ``user``.
REQUESTS: Counter[str] = Counter()

#: The number of bytes sent in streams without an end, and of such streams that the gateway ended, by ``user``.
SENT: Counter[str] = Counter()
ENDED: Counter[str] = Counter()

#: A test sets it after it has read the piece before.
GO_ON = threading.Event()


def chunk(number: int, text: str | None = None, finish_reason: str | None = None, **changes: Any) -> dict[str, Any]:
    """Return a chunk with *changes*; without a text it has no choices."""
    choices = [] if text is None else [{"index": 0, "text": text, "logprobs": None, "finish_reason": finish_reason}]
    names = {"id": f"cmpl-{number}", "object": "text_completion", "created": 1760000000, "model": "upstream/writer"}
    return names | {"choices": choices} | changes


def event(data: Any, space: bytes = b" ") -> bytes:
    """Encode *data*, bytes or JSON, as an event."""
    return b"data:" + space + (data if isinstance(data, bytes) else json.dumps(data).encode()) + b"\n\n"


def events(kind: str, number: int, with_usage: bool) -> list[bytes]:
    """Return the pieces of a stream of that *kind*."""
    usage = {"prompt_tokens": number, "completion_tokens": 4, "total_tokens": number + 4}
    first = [event(chunk(number, text)) for text in PIECES[:2]]
    last = event(chunk(number, PIECES[2], "stop"))
    whole = [*first, last, *([event(chunk(number, usage=usage))] if with_usage else []), event(b"[DONE]")]
    secret = event({"id": SECRET, "choices": SECRET})
    error = {"message": "The model broke.", "type": "server_error", "param": None, "code": "broken"}
    kinds: dict[str, Callable[[], list[bytes]]] = {
        "good": lambda: whole,
        "paced": lambda: whole,
        "without usage": lambda: [*first, last, event(b"[DONE]")],
        "TGI": lambda: [
            *(event(chunk(number, text, "", usage=None), b"") for text in PIECES[:2]),
            event(chunk(number, PIECES[2], "eos_token", usage=usage), b""),
        ],
        "comments and CRLF": lambda: [b": hm\r\n\r\n" + piece.replace(b"\n", b"\r\n") for piece in whole],
        "body": lambda: [json.dumps(good(number), indent=1).encode()],
        "body as event": lambda: [event(good(number))],
        "cut": lambda: first,
        "cut, usage running": lambda: [
            event(chunk(number, text, usage=usage | {"completion_tokens": tokens}))
            for tokens, text in enumerate(PIECES[:2], 1)
        ],
        "cut, DONE": lambda: [*first, event(b"[DONE]")],
        "reset": lambda: first,
        "truncated": lambda: first,
        "error event": lambda: [*first, event({"error": error}), event(b"[DONE]")],
        "error beside choices": lambda: [*first, event(chunk(number, "", "error", error=error))],
        "wrong types": lambda: [*first, secret],
        "not JSON": lambda: [*first, event(SECRET.encode())],
        "finish reason unknown": lambda: [*first, event(chunk(number, "", SECRET)), event(b"[DONE]")],
        "oversized": lambda: [*first, event(chunk(number, SECRET * (MAX_BYTES // 5)))],
        "stalled": lambda: first,
        "error first": lambda: [event({"error": error | {"code": "429"}})],
        "error body with status 200": lambda: [json.dumps({"error": error}).encode()],
        "nothing": list,
        "HTML": lambda: [f"<html>{SECRET}</html>".encode()],
        "wrong types first": lambda: [secret],
        "oversized first": lambda: [b"data: " + SECRET.encode() * (MAX_BYTES // 5)],
        "compressed": lambda: [gzip.compress(whole[0])],
        "reset first": list,
        "comments only": list,
        "hung": list,
    }
    return kinds[kind]()


async def stream(question: dict[str, Any], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Answer a request for a stream; return whether the connection stays usable."""
    kind, number, user = question["prompt"], question.get("seed", 9), question.get("user", "")
    if kind in ("error", "overloaded"):
        body = {"error": {"message": "Not now.", "type": "invalid_request_error", "param": None, "code": kind}}
        writer.write(http(body, STREAMS[kind][0], headers="retry-after-ms: 1\r\n" if kind == "overloaded" else ""))
        return True
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    if kind in ("endless", "flood"):
        await send_without_end(kind, user, number, writer)
    for piece in events(kind, number, bool((question.get("stream_options") or {}).get("include_usage"))):
        await send(piece, writer)
        while kind == "paced" and not GO_ON.is_set():
            await asyncio.sleep(0.005)
        GO_ON.clear()
    while kind in ("stalled", "comments only") and not reader.at_eof():
        await send(b": hm\n", writer)
        await asyncio.sleep(0.02)
    if kind == "hung":
        await reader.read()
    if kind in ("reset", "reset first"):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if kind in ("reset", "reset first", "truncated", "stalled", "comments only", "hung"):
        return False
    writer.write(b"0\r\n\r\n")
    return True


async def send(piece: bytes, writer: asyncio.StreamWriter) -> None:
    """Send a piece as an HTTP chunk."""
    writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
    await writer.drain()


async def send_without_end(kind: str, user: str, number: int, writer: asyncio.StreamWriter) -> None:
    """Send chunks until the gateway hangs up: ``endless`` one every 5 ms, ``flood`` as many as the gateway reads."""
    tokens = 0
    try:
        while True:
            tokens += 1
            usage = {"prompt_tokens": number, "completion_tokens": tokens, "total_tokens": number + tokens}
            piece = event(chunk(number, SECRET if kind == "endless" else SECRET * 1000, usage=usage))
            await send(piece, writer)
            SENT[user] += len(piece)
            if kind == "endless":
                await asyncio.sleep(0.005)
    finally:
        ENDED[user] += 1
