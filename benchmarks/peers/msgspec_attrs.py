"""msgspec straight into plain attrs classes."""

import msgspec

from benchmarks.peers._attrs_models import Body
from benchmarks.peers._peer import Peer

peer = Peer(
    label="msgspec on attrs",
    kind="library",
    distributions=("msgspec", "attrs"),
    imports="import attrs, msgspec",
    decode=msgspec.json.Decoder(Body).decode,
    encode=msgspec.json.Encoder().encode,
    structure=lambda parsed: msgspec.convert(parsed, Body),
)
