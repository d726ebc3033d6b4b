"""mashumaro with its orjson mixin."""

from dataclasses import dataclass

from mashumaro.mixins.orjson import DataClassORJSONMixin

from benchmarks.peers._models import make_models
from benchmarks.peers._peer import Peer

_Body = make_models(DataClassORJSONMixin, dataclass(frozen=True)).Body

peer = Peer(
    label="mashumaro (orjson)",
    kind="library",
    distributions=("mashumaro", "orjson"),
    imports="from mashumaro.mixins.orjson import DataClassORJSONMixin",
    decode=_Body.from_json,
    encode=_Body.to_jsonb,
    structure=_Body.from_dict,
)
