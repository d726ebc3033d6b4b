"""dataclasses-json with its mixin, configured to ignore unknown keys."""

from dataclasses import dataclass
from typing import Any

from dataclasses_json import DataClassJsonMixin, Undefined, config

from benchmarks.peers._models import make_models
from benchmarks.peers._peer import Peer


class _Ignoring(DataClassJsonMixin):
    dataclass_json_config = config(undefined=Undefined.EXCLUDE)["dataclasses_json"]


_Body = make_models(_Ignoring, dataclass(frozen=True)).Body


def encode(body: Any) -> str:
    """Write compact JSON; the default has spaces."""
    return body.to_json(separators=(",", ":"))


peer = Peer(
    label="dataclasses-json",
    kind="library",
    distributions=("dataclasses-json",),
    imports="import dataclasses_json",
    decode=_Body.from_json,
    encode=encode,
    structure=_Body.from_dict,
)
