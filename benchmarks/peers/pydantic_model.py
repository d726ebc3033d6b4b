"""pydantic v2 with `model_validate_json`, which its performance page advises over parsing first."""

from pydantic import BaseModel, ConfigDict

from benchmarks.peers._finish_reason import FinishReason
from benchmarks.peers._peer import Peer


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Usage(_Frozen):
    """Token counts; routers leave any of them out."""

    completion_tokens: float | None = None
    prompt_tokens: float | None = None
    total_tokens: float | None = None


class Choice(_Frozen):
    """One generated text."""

    finish_reason: FinishReason
    index: float
    text: str


class Body(_Frozen):
    """The body of a completions answer."""

    id: str
    choices: tuple[Choice, ...]
    created: float
    model: str
    system_fingerprint: str
    object: str
    usage: Usage


class Logprobs(_Frozen):
    """The logprobs of an official completion."""

    text_offset: list[int] | None = None
    token_logprobs: list[float | None] | None = None
    tokens: list[str] | None = None
    top_logprobs: list[dict[str, float] | None] | None = None


class OfficialChoice(Choice):
    """A choice with its logprobs."""

    logprobs: Logprobs | None = None


class OfficialBody(Body):
    """An official completion."""

    choices: tuple[OfficialChoice, ...]


peer = Peer(
    label="pydantic",
    kind="library",
    distributions=("pydantic", "pydantic-core"),
    imports="import pydantic; pydantic.BaseModel",
    decode=Body.model_validate_json,
    encode=Body.model_dump_json,
    structure=Body.model_validate,
    decode_official=OfficialBody.model_validate_json,
    count_problems=lambda error: error.error_count(),
)
