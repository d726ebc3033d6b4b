"""The router's schema as plain frozen, slotted attrs classes, for the peers that decode into attrs classes."""

from attrs import frozen

from benchmarks.peers._finish_reason import FinishReason


@frozen
class Usage:
    """Token counts; routers leave any of them out."""

    completion_tokens: float | None = None
    prompt_tokens: float | None = None
    total_tokens: float | None = None


@frozen
class Choice:
    """One generated text."""

    finish_reason: FinishReason
    index: float
    text: str


@frozen
class Body:
    """The body of a completions answer."""

    id: str
    choices: tuple[Choice, ...]
    created: float
    model: str
    system_fingerprint: str
    object: str
    usage: Usage
