"""dataclasses-json with its mixin, told to ignore the keys that the schema does not name."""

from dataclasses import dataclass

from dataclasses_json import DataClassJsonMixin, Undefined, config

from benchmarks.peers._finish_reason import FinishReason
from benchmarks.peers._peer import Peer

_IGNORING = config(undefined=Undefined.EXCLUDE)["dataclasses_json"]


@dataclass(frozen=True)
class Usage(DataClassJsonMixin):
    """Token counts; routers leave any of them out."""

    dataclass_json_config = _IGNORING
    completion_tokens: float | None = None
    prompt_tokens: float | None = None
    total_tokens: float | None = None


@dataclass(frozen=True)
class Choice(DataClassJsonMixin):
    """One generated text."""

    dataclass_json_config = _IGNORING
    finish_reason: FinishReason
    index: float
    text: str


@dataclass(frozen=True)
class Body(DataClassJsonMixin):
    """The body of a completions answer."""

    dataclass_json_config = _IGNORING
    id: str
    choices: list[Choice]
    created: float
    model: str
    system_fingerprint: str
    object: str
    usage: Usage


def encode(body: Body) -> str:
    """Write compact JSON; the default has spaces."""
    return body.to_json(separators=(",", ":"))


peer = Peer(
    label="dataclasses-json",
    kind="library",
    distributions=("dataclasses-json",),
    imports="import dataclasses_json",
    decode=Body.from_json,
    encode=encode,
    structure=Body.from_dict,
)
