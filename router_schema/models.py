"""
The body that an LLM router answers ``POST /completions`` with, as frozen attrs classes.

Class names, field names and their order are those of the router's published model reference, so code that uses the
router's SDK ports by changing an import. This module knows nothing about JSON: the converter reads and writes bodies.
"""

from __future__ import annotations

from enum import StrEnum

import attrs

__all__ = [
    "FinishReason",
    "RouterCompletionsChoices",
    "RouterCompletionsResponseBody",
    "RouterCompletionsUsage",
]


class FinishReason(StrEnum):
    """Why the model stopped generating tokens. A member is equal to its value, and its ``str`` is that value."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    TOOL_CALLS = "tool_calls"


# No slot for weak references: it costs every object 8 bytes and, on Python 3.11, the fast way of filling it.


@attrs.frozen(weakref_slot=False)
class RouterCompletionsChoices:
    """
    One completion that the model generated.

    Attributes:
        finish_reason: Why the model stopped generating tokens.
        index: Index of the choice in the list of choices.
        text: The generated text.
    """

    finish_reason: FinishReason
    index: float
    text: str


@attrs.frozen(weakref_slot=False)
class RouterCompletionsUsage:
    """
    Usage statistics for the completion request.

    A count that the router omits, or sends as null, is None.

    Attributes:
        completion_tokens: Tokens in the generated completion.
        prompt_tokens: Tokens in the prompt.
        total_tokens: Tokens in the request: prompt + completion.
    """

    completion_tokens: float | None = None
    prompt_tokens: float | None = None
    total_tokens: float | None = None


@attrs.frozen(weakref_slot=False)
class RouterCompletionsResponseBody:
    """
    A completion response.

    Frozen all the way down, so it can be hashed, compared, pickled and shared.

    Attributes:
        id: A unique identifier for the completion.
        choices: The completion choices the model generated for the input prompt.
        created: Unix timestamp (seconds) of when the completion was created.
        model: The model used for the completion.
        system_fingerprint: The backend configuration that the model runs with.
        object: The object type.
        usage: Usage statistics for the completion request.
    """

    id: str
    choices: tuple[RouterCompletionsChoices, ...]
    created: float
    model: str
    system_fingerprint: str
    object: str
    usage: RouterCompletionsUsage
