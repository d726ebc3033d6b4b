"""
The completion as servers send it, and its way into the router's body.

A service that embeds a router stands on both sides: it takes what upstream servers send, which follows the official
OpenAI schema more or less, and answers with the router's body. `Completion` is the first, strict in type and honest in
presence: a field may be absent or null where the official schema says so, or where servers in the field do it.
`to_router` makes the second of it, and invents nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

import attrs
from cattrs import override

from .converter import structure, unstructure
from .errors import ErrorBody
from .models import FinishReason, RouterCompletionsResponseBody, RouterCompletionsUsage

__all__ = [
    "FINISH_REASONS",
    "Completion",
    "CompletionChoice",
    "CompletionChunk",
    "CompletionChunkChoice",
    "CompletionTokensDetails",
    "CompletionUsage",
    "ErrorBody",
    "Logprobs",
    "PromptTokensDetails",
    "to_router",
]


@attrs.frozen(weakref_slot=False)
class Logprobs:
    """
    Log probabilities of a choice's tokens: lists of equal length, each of which a server may leave out.

    GooseAI sends no ``token_logprobs`` and no ``top_logprobs``, Together no ``top_logprobs`` and no ``text_offset``,
    OpenAI a null ``top_logprobs`` where only the chosen token was asked for.

    Attributes:
        tokens: The tokens.
        token_logprobs: The log probability of each; null for the first token of an echoed prompt, which follows none.
        top_logprobs: For each token the likeliest ones, with their log probabilities; null likewise (Azure).
        text_offset: Where each token starts in the text, in characters.
    """

    tokens: tuple[str, ...] | None = None
    token_logprobs: tuple[float | None, ...] | None = None
    top_logprobs: tuple[dict[str, float] | None, ...] | None = None
    text_offset: tuple[int, ...] | None = None


@attrs.frozen(weakref_slot=False)
class CompletionChoice:
    """
    One completion that the model generated.

    Attributes:
        finish_reason: Why the model stopped. The official words are ``stop``, ``length`` and ``content_filter``; TGI
            also says ``eos_token``, and OpenAI's older models sent null.
        index: Index of the choice. TGI sends choices out of order, so this is not the place in the list.
        logprobs: Log probabilities, null or absent unless they were asked for.
        text: The generated text.
    """

    finish_reason: str | None
    index: int
    logprobs: Logprobs | None = attrs.field(default=None, kw_only=True)
    text: str


@attrs.frozen(weakref_slot=False)
class CompletionTokensDetails:
    """
    What the completion's tokens were, all of them optional (official schema).

    Attributes:
        accepted_prediction_tokens: Tokens of a prediction that appeared in the completion.
        audio_tokens: Audio tokens.
        reasoning_tokens: Tokens for reasoning.
        rejected_prediction_tokens: Tokens of a prediction that did not appear, and are billed all the same.
    """

    accepted_prediction_tokens: int | None = None
    audio_tokens: int | None = None
    reasoning_tokens: int | None = None
    rejected_prediction_tokens: int | None = None


@attrs.frozen(weakref_slot=False)
class PromptTokensDetails:
    """
    What the prompt's tokens were, all of them optional (official schema).

    Attributes:
        audio_tokens: Audio tokens.
        cached_tokens: Tokens that were read from a cache.
    """

    audio_tokens: int | None = None
    cached_tokens: int | None = None


@attrs.frozen(weakref_slot=False)
class CompletionUsage:
    """
    Usage statistics for the request.

    The official schema requires the three counts. OpenAI leaves ``completion_tokens`` out where nothing was generated,
    and PaddleNLP's server sends nulls.

    Attributes:
        completion_tokens: Tokens in the generated completion.
        prompt_tokens: Tokens in the prompt.
        total_tokens: Tokens in the request: prompt + completion.
        completion_tokens_details: What the completion's tokens were; vLLM and those built on it send null.
        prompt_tokens_details: What the prompt's tokens were; vLLM and those built on it send null.
    """

    completion_tokens: int | None = None
    prompt_tokens: int | None = None
    total_tokens: int | None = None
    completion_tokens_details: CompletionTokensDetails | None = None
    prompt_tokens_details: PromptTokensDetails | None = None


@attrs.frozen(weakref_slot=False)
class Completion:
    """
    A completion as the official OpenAI schema has it.

    Attributes:
        id: A unique identifier for the completion; TGI sends an empty one.
        choices: The completion choices the model generated for the input prompt.
        created: Unix timestamp (seconds) of when the completion was created.
        model: The model used for the completion.
        object: The object type: officially ``text_completion``; Together says ``text.completion``.
        system_fingerprint: The backend configuration that the model runs with. Most servers send none, or null.
        usage: Usage statistics. OpenAI's engines endpoint and some small servers send none.
    """

    id: str
    choices: tuple[CompletionChoice, ...]
    created: int
    model: str
    object: str
    system_fingerprint: str | None = None
    usage: CompletionUsage | None = None


# --- streams ---

# Write None as null instead of omitting it: clients read these keys in every chunk.
_WRITE_NULL = override(omit_if_default=False)

# The fields of a chunk have the order in which most servers write them.


@attrs.frozen(weakref_slot=False)
class CompletionChunkChoice:
    """
    The addition of one event to one choice.

    Attributes:
        index: Index of the choice. Servers interleave the events of several choices.
        text: The next piece of the text. LiteLLM omits it from the event that carries the finish reason.
        logprobs: Log probabilities of the piece's tokens, null or absent unless the request asks for them.
        finish_reason: Why the model stopped, once it has. Until then it is null (most servers), ``""`` (TGI) or absent
            (LiteLLM).
    """

    index: int
    text: str = ""
    logprobs: Annotated[Logprobs | None, _WRITE_NULL] = None
    finish_reason: Annotated[str | None, _WRITE_NULL] = None


@attrs.frozen(weakref_slot=False)
class CompletionChunk:
    """
    One event of a streamed completion.

    A whole completion is a valid chunk too: servers that cannot stream send it as their only event.

    Attributes:
        id: A unique identifier for the completion, the same in every chunk; TGI sends an empty one.
        object: The object type: officially ``text_completion``; some servers say ``text_completion.chunk``.
        created: Unix timestamp (seconds) of the completion, or, with some servers, of the chunk.
        model: The model used for the completion.
        choices: The additions to the choices; empty in an event that carries only the usage.
        system_fingerprint: The backend configuration that the model runs with. Most servers send none, or null.
        usage: Usage statistics: absent or null but for the last event, or running totals in every event.
    """

    id: str
    object: str
    created: int
    model: str
    choices: tuple[CompletionChunkChoice, ...]
    system_fingerprint: str | None = None
    usage: CompletionUsage | None = None


# --- the way into the router's body ---

#: How `to_router` reads the router's own finish reasons, and TGI's. Extend it with ``FINISH_REASONS | {...}``.
FINISH_REASONS: Mapping[str | None, FinishReason] = MappingProxyType(
    {**{reason.value: reason for reason in FinishReason}, "eos_token": FinishReason.STOP}
)


def to_router(
    completion: Completion,
    *,
    system_fingerprint: str | None = None,
    model: str | None = None,
    usage: RouterCompletionsUsage | None = None,
    finish_reasons: Mapping[str | None, FinishReason] = FINISH_REASONS,
) -> RouterCompletionsResponseBody:
    """
    The router's body of an upstream *completion*.

    The router's schema has no log probabilities and no details of the usage; all else is kept, the choices in their
    order and under their index. What upstream did not send has to be given.

    Args:
        completion: What upstream sent.
        system_fingerprint: Taken where upstream sent none.
        model: Takes the place of upstream's, since routers answer with the name that they were asked for.
        usage: Taken where upstream sent none.
        finish_reasons: What each finish reason of upstream means; null is refused unless it is in there as ``None``.

    Raises:
        ValidationError: Something that the router's schema requires is neither there nor given, or a finish reason is
            not in the table; the error lists everything that is wrong, with the paths of the router's body.
    """
    body: dict[str, Any] = unstructure(completion)
    body.setdefault("usage", None if usage is None else unstructure(usage))
    body.setdefault("system_fingerprint", system_fingerprint)
    for name in ("usage", "system_fingerprint"):
        if body[name] is None:
            del body[name]
    if model is not None:
        body["model"] = model
    for choice in body["choices"]:
        reason = choice["finish_reason"]
        choice["finish_reason"] = finish_reasons.get(reason, reason)
    return structure(body)
