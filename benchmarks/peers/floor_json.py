"""A floor: the standard library's json to dicts, with nothing checked."""

import json

from benchmarks.peers._peer import Peer

peer = Peer(
    label="json to dict",
    kind="floor",
    distributions=(),
    imports="import json",
    decode=json.loads,
    encode=json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode,
    decode_official=json.loads,
)
