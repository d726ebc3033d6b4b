"""Instances to bytes on the wire: how a gateway answers with a stream."""

from __future__ import annotations

from typing import Any

from ..converter import RouterConverter, converter_or_default

#: The event that ends a stream of completions.
DONE = b"data: [DONE]\n\n"


def encode_event(chunk: Any, *, converter: RouterConverter | None = None) -> bytes:
    """
    Encode an instance as one server-sent event.

    Args:
        chunk: An instance of an attrs class, such as a `router_schema.openai.CompletionChunk`.
        converter: The converter that encodes it; by default the library's own.

    Raises:
        EncodeError: *chunk* holds a value that its schema does not allow.
        TypeError: The class of *chunk* has a field of an unsupported type, or *converter* is not a
            `router_schema.RouterConverter`.
    """
    # Compact JSON has no line ends, so one data line holds it.
    return f"data: {converter_or_default(converter).dumps(chunk)}\n\n".encode()
