"""Instances to bytes on the wire: how a gateway answers with a stream."""

from __future__ import annotations

from typing import Any

from ..converter import RouterConverter, default_converter

#: The event that ends a stream of completions.
DONE = b"data: [DONE]\n\n"


def encode_event(chunk: Any, *, converter: RouterConverter | None = None) -> bytes:
    """
    An instance as one server-sent event.

    Args:
        chunk: An instance of an attrs class, such as a `router_schema.openai.CompletionChunk`.
        converter: The converter to encode with.

    Raises:
        EncodeError: *chunk* holds what its schema does not allow.
        TypeError: Its class has a field of a type that is not supported.
    """
    # JSON text has no line ends (they are escaped in strings), so the data is one line.
    return f"data: {(converter or default_converter).dumps(chunk)}\n\n".encode()
