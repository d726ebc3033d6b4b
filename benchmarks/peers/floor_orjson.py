"""A floor: orjson to dicts, with nothing checked."""

import orjson

from benchmarks.peers._peer import Peer

peer = Peer(
    label="orjson to dict",
    kind="floor",
    distributions=("orjson",),
    imports="import orjson",
    decode=orjson.loads,
    encode=orjson.dumps,
    decode_official=orjson.loads,
)
