"""msgspec into its own frozen Struct classes: the fastest typed decoding there is, and the reference of every table."""

import msgspec

from benchmarks.peers._finish_reason import FinishReason
from benchmarks.peers._peer import Peer


class Usage(msgspec.Struct, frozen=True):
    """Token counts; routers leave any of them out."""

    completion_tokens: float | None = None
    prompt_tokens: float | None = None
    total_tokens: float | None = None


class Choice(msgspec.Struct, frozen=True):
    """One generated text."""

    finish_reason: FinishReason
    index: float
    text: str


class Body(msgspec.Struct, frozen=True):
    """The body of a completions answer."""

    id: str
    choices: tuple[Choice, ...]
    created: float
    model: str
    system_fingerprint: str
    object: str
    usage: Usage


class Logprobs(msgspec.Struct, frozen=True):
    """The logprobs of an official completion."""

    text_offset: list[int] | None = None
    token_logprobs: list[float | None] | None = None
    tokens: list[str] | None = None
    top_logprobs: list[dict[str, float] | None] | None = None


class OfficialChoice(Choice, frozen=True):
    """A choice with its logprobs."""

    logprobs: Logprobs | None = None


class OfficialBody(Body, frozen=True):
    """An official completion."""

    choices: tuple[OfficialChoice, ...]


def structure(parsed: object) -> Body:
    """Convert parsed JSON, with the strictness of decoding."""
    return msgspec.convert(parsed, Body)


peer = Peer(
    label="msgspec Struct",
    kind="library",
    distributions=("msgspec",),
    imports="import msgspec",
    decode=msgspec.json.Decoder(Body).decode,
    encode=msgspec.json.Encoder().encode,
    structure=structure,
    decode_official=msgspec.json.Decoder(OfficialBody).decode,
)
