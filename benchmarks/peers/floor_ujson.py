"""A floor: ujson to dicts, with nothing checked."""

from typing import Any

import ujson

from benchmarks.peers._peer import Peer


def encode(body: Any) -> str:
    """Write UTF-8 text without escaped slashes."""
    return ujson.dumps(body, ensure_ascii=False, escape_forward_slashes=False)


peer = Peer(
    label="ujson to dict",
    kind="floor",
    distributions=("ujson",),
    imports="import ujson",
    decode=ujson.loads,
    encode=encode,
    decode_official=ujson.loads,
)
