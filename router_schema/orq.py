"""
The router's body as its API sends it today (``POST /v2/router/completions``), under the names of the router's own SDK.

The classes of `router_schema` itself follow the published model reference, which is from 2024. Today's API is
looser: ``created`` may be text, and ``created``, ``system_fingerprint`` and ``usage`` may be absent or null; the
usage has details. Classes and fields have the names, the order and the optionality of ``orq_ai_sdk.models``, so code
ports by changing an import. For streams the SDK has a second copy of the parts, with the same fields
(``CreateCompletionRouterCompletionsChoices``, ...); here the parts are the same classes.
"""

from __future__ import annotations

from typing import TypeAlias

import attrs

from .models import FinishReason

__all__ = [
    "CreateCompletionChoices",
    "CreateCompletionCompletionTokensDetails",
    "CreateCompletionData",
    "CreateCompletionFinishReason",
    "CreateCompletionPromptTokensDetails",
    "CreateCompletionResponseBody",
    "CreateCompletionRouterCompletionsResponseBody",
    "CreateCompletionUsage",
    "Created",
]

#: Why the model stopped generating tokens.
CreateCompletionFinishReason = FinishReason

#: A point in time as a Unix timestamp in seconds, or as text.
Created: TypeAlias = str | float


@attrs.frozen(weakref_slot=False)
class CreateCompletionChoices:
    """
    One completion that the model generated.

    Attributes:
        finish_reason: Why the model stopped generating tokens.
        index: Index of the choice in the list of choices.
        text: The generated text.
    """

    finish_reason: CreateCompletionFinishReason
    index: float
    text: str


@attrs.frozen(weakref_slot=False)
class CreateCompletionPromptTokensDetails:
    """
    A breakdown of the prompt's tokens.

    A count that the router omits, or sends as null, is None.

    Attributes:
        cached_tokens: Tokens that the provider read from its cache.
        cache_creation_tokens: Tokens that the provider wrote to its cache.
        audio_tokens: Audio tokens.
    """

    cached_tokens: int | None = None
    cache_creation_tokens: int | None = None
    audio_tokens: int | None = None


@attrs.frozen(weakref_slot=False)
class CreateCompletionCompletionTokensDetails:
    """
    A breakdown of the completion's tokens.

    A count that the router omits, or sends as null, is None.

    Attributes:
        reasoning_tokens: Tokens for reasoning.
        accepted_prediction_tokens: Tokens of a prediction that appeared in the completion.
        rejected_prediction_tokens: Tokens of a prediction that did not appear in the completion.
        audio_tokens: Audio tokens.
    """

    reasoning_tokens: float | None = None
    accepted_prediction_tokens: float | None = None
    rejected_prediction_tokens: float | None = None
    audio_tokens: int | None = None


@attrs.frozen(weakref_slot=False)
class CreateCompletionUsage:
    """
    Usage statistics for the completion request.

    A field that the router omits, or sends as null, is None.

    Attributes:
        completion_tokens: Tokens in the generated completion.
        prompt_tokens: Tokens in the prompt.
        total_tokens: Tokens in the request: prompt + completion.
        prompt_tokens_details: A breakdown of the prompt's tokens.
        completion_tokens_details: A breakdown of the completion's tokens.
    """

    completion_tokens: float | None = None
    prompt_tokens: float | None = None
    total_tokens: float | None = None
    prompt_tokens_details: CreateCompletionPromptTokensDetails | None = None
    completion_tokens_details: CreateCompletionCompletionTokensDetails | None = None


@attrs.frozen(weakref_slot=False)
class CreateCompletionResponseBody:
    """
    A completion response.

    Frozen all the way down, so it can be hashed, compared, pickled and shared.

    Attributes:
        id: A unique identifier for the completion.
        choices: The completion choices the model generated for the input prompt.
        model: The model used for the completion.
        object: The object type.
        created: When the completion was created: a Unix timestamp in seconds, or text.
        system_fingerprint: The backend configuration that the model runs with.
        usage: Usage statistics for the completion request.
    """

    id: str
    choices: tuple[CreateCompletionChoices, ...]
    model: str
    object: str
    created: Created | None = None
    system_fingerprint: str | None = None
    usage: CreateCompletionUsage | None = None


@attrs.frozen(weakref_slot=False)
class CreateCompletionData(CreateCompletionResponseBody):
    """The data of a stream's event: the fields of the body."""


@attrs.frozen(weakref_slot=False)
class CreateCompletionRouterCompletionsResponseBody:
    """
    An event of a stream as the SDK returns it. In the stream itself, the text after ``data:`` is a
    `CreateCompletionData`.

    Attributes:
        data: The data of the event.
    """

    data: CreateCompletionData | None = None
