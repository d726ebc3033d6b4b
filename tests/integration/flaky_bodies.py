"""Completions, and the HTTP around them, whole or broken."""

from __future__ import annotations

import json
from typing import Any

#: In every body that is broken, and so in nothing that the gateway says.
SECRET = "Rosebud"

#: The longest body that the tests' gateways accept, and about the length of a long one.
MAX_BYTES = 100_000
LONG = 80_000


def good(number: int, **changes: Any) -> dict[str, Any]:
    """A completion of *number* prompt tokens and 4 completion tokens, with *changes*."""
    body = {
        "id": f"cmpl-{number}",
        "object": "text_completion",
        "created": 1760000000,
        "model": "upstream/writer",
        "choices": [{"text": SECRET, "index": 0, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": number, "completion_tokens": 4, "total_tokens": number + 4},
    }
    return body | changes


def choice(**changes: Any) -> list[dict[str, Any]]:
    """The choices of a completion: one, with *changes*."""
    return [{"text": SECRET, "index": 0, "finish_reason": "stop", **changes}]


def http(body: Any, status: int = 200, *, headers: str = "", length: int | None = None) -> bytes:
    """An HTTP answer; *length* is what it says its length is, where that is a lie."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = f"HTTP/1.1 {status} Whatever\r\ncontent-type: application/json\r\n{headers}"
    return f"{head}content-length: {len(data) if length is None else length}\r\n\r\n".encode() + data


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """An HTTP answer in chunks."""
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end
