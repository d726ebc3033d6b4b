"""msgspec straight into plain attrs classes."""

import msgspec

from benchmarks.peers._attrs_models import Body
from benchmarks.peers._peer import Peer


def structure(parsed: object) -> Body:
    """Convert parsed JSON, with the strictness of decoding."""
    return msgspec.convert(parsed, Body)


peer = Peer(
    label="msgspec on attrs",
    kind="library",
    distributions=("msgspec", "attrs"),
    imports="import attrs, msgspec",
    decode=msgspec.json.Decoder(Body).decode,
    encode=msgspec.json.Encoder().encode,
    structure=structure,
)
