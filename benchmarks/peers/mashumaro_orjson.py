"""mashumaro with its orjson mixin."""

from dataclasses import dataclass

from mashumaro.mixins.orjson import DataClassORJSONMixin

from benchmarks.peers._finish_reason import FinishReason
from benchmarks.peers._peer import Peer


@dataclass(frozen=True)
class Usage(DataClassORJSONMixin):
    """Token counts; routers leave any of them out."""

    completion_tokens: float | None = None
    prompt_tokens: float | None = None
    total_tokens: float | None = None


@dataclass(frozen=True)
class Choice(DataClassORJSONMixin):
    """One generated text."""

    finish_reason: FinishReason
    index: float
    text: str


@dataclass(frozen=True)
class Body(DataClassORJSONMixin):
    """The body of a completions answer."""

    id: str
    choices: tuple[Choice, ...]
    created: float
    model: str
    system_fingerprint: str
    object: str
    usage: Usage


peer = Peer(
    label="mashumaro (orjson)",
    kind="library",
    distributions=("mashumaro", "orjson"),
    imports="from mashumaro.mixins.orjson import DataClassORJSONMixin",
    decode=Body.from_json,
    encode=Body.to_jsonb,
    structure=Body.from_dict,
)
