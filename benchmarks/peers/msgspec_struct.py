"""msgspec into its own frozen Struct classes, the reference of every table."""

import msgspec

from benchmarks.peers._models import make_models, make_official_body
from benchmarks.peers._peer import Peer

_models = make_models(msgspec.Struct, frozen=True)
_Body = _models.Body
_decoder = msgspec.json.Decoder(_Body)

decode_lines = _decoder.decode_lines

peer = Peer(
    label="msgspec Struct",
    kind="library",
    distributions=("msgspec",),
    imports="import msgspec",
    decode=_decoder.decode,
    encode=msgspec.json.Encoder().encode,
    structure=lambda parsed: msgspec.convert(parsed, _Body),
    decode_official=msgspec.json.Decoder(make_official_body(_models, msgspec.Struct, frozen=True)).decode,
)
