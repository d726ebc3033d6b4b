"""A floor: msgspec to dicts, with nothing checked."""

import msgspec

from benchmarks.peers._peer import Peer

_decode = msgspec.json.Decoder().decode

peer = Peer(
    label="msgspec to dict",
    kind="floor",
    distributions=("msgspec",),
    imports="import msgspec",
    decode=_decode,
    encode=msgspec.json.Encoder().encode,
    decode_official=_decode,
)
