"""The openai SDK as its client decodes an answer: the standard library's parser, then `construct`, no validation."""

import json
from typing import Any

from openai.types import Completion

from benchmarks.peers._peer import Peer


def structure(parsed: dict[str, Any]) -> Completion:
    """Fill the model without looking at the values."""
    return Completion.construct(**parsed)


def decode(data: bytes) -> Completion:
    """Decode the bytes of an HTTP answer."""
    return structure(json.loads(data))


def encode(completion: Completion) -> str:
    """Write compact JSON; the default is indented."""
    return completion.to_json(indent=None)


peer = Peer(
    label="openai (construct)",
    kind="sdk",
    distributions=("openai", "pydantic"),
    imports="from openai.types import Completion",
    decode=decode,
    encode=encode,
    structure=structure,
    decode_official=decode,
)
