"""The schema, written once: each peer makes its own kind of classes of it."""

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple


class FinishReason(str, Enum):
    """Why the model stopped."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    TOOL_CALLS = "tool_calls"


class Models(NamedTuple):
    """The classes of one peer."""

    Usage: type[Any]
    Choice: type[Any]
    Body: type[Any]


def make_models(base: type = object, decorate: Callable[[type], type] = lambda cl: cl, **keywords: Any) -> Models:
    """
    Make the router's classes.

    Args:
        base: What they inherit from.
        decorate: The decorator that they get.
        keywords: The keyword arguments of the class statements.
    """

    @decorate
    class Usage(base, **keywords):
        completion_tokens: float | None = None
        prompt_tokens: float | None = None
        total_tokens: float | None = None

    @decorate
    class Choice(base, **keywords):
        finish_reason: FinishReason
        index: float
        text: str

    @decorate
    class Body(base, **keywords):
        id: str
        choices: tuple[Choice, ...]
        created: float
        model: str
        system_fingerprint: str
        object: str
        usage: Usage

    return Models(Usage, Choice, Body)


def make_official_body(models: Models, base: type, **keywords: Any) -> type[Any]:
    """Make the body of an official completion, whose choices have logprobs, for a peer that needs no decorator."""

    class Logprobs(base, **keywords):
        text_offset: list[int] | None = None
        token_logprobs: list[float | None] | None = None
        tokens: list[str] | None = None
        top_logprobs: list[dict[str, float] | None] | None = None

    class OfficialChoice(models.Choice, **keywords):
        logprobs: Logprobs | None = None

    class OfficialBody(models.Body, **keywords):
        choices: tuple[OfficialChoice, ...]

    return OfficialBody
