"""
The completion as OpenAI-compatible servers send it, and its conversion to the router's body.

A gateway decodes what upstream servers send, which roughly follows the official OpenAI schema, and answers with the
router's body. `Completion` describes what they send. It is strict about types, but a field may be absent or null if the
official schema or real servers allow it. `to_router` converts it to the router's body, and invents no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, overload

import attrs
from cattrs import override

from .converter import structure, unstructure
from .errors import ErrorBody
from .models import FinishReason, RouterCompletionsResponseBody, RouterCompletionsUsage
from .orq import CreateCompletionUsage

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

T = TypeVar("T")


@attrs.frozen(weakref_slot=False)
class Logprobs:
    """
    Log probabilities of a choice's tokens: lists of equal length, each of which a server may omit.

    GooseAI sends no ``token_logprobs`` and no ``top_logprobs``, Together no ``top_logprobs`` and no ``text_offset``,
    OpenAI a null ``top_logprobs`` where only the chosen token was asked for.

    Attributes:
        tokens: The tokens.
        token_logprobs: The log probability of each token; null for the first token of an echoed prompt.
        top_logprobs: For each token, the likeliest alternatives and their log probabilities; null likewise (Azure).
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
            also says ``eos_token`` and ``stop_sequence``, Together ``eos``. OpenAI's older models sent null, and TGI
            sends an empty string for null in its streams.
        index: Index of the choice. It may differ from the position in the list: TGI sends choices out of order.
        logprobs: Log probabilities, null or absent unless the request asks for them.
        text: The generated text.
    """

    finish_reason: str | None
    index: int
    logprobs: Logprobs | None = attrs.field(default=None, kw_only=True)
    text: str


@attrs.frozen(weakref_slot=False)
class CompletionTokensDetails:
    """
    A breakdown of the completion's tokens. The official schema makes every count optional.

    Attributes:
        accepted_prediction_tokens: Predicted tokens that appeared in the completion.
        audio_tokens: Audio tokens.
        reasoning_tokens: Tokens generated for reasoning.
        rejected_prediction_tokens: Predicted tokens that did not appear in it; they are billed too.
        text_tokens: Text tokens.
    """

    accepted_prediction_tokens: int | None = None
    audio_tokens: int | None = None
    reasoning_tokens: int | None = None
    rejected_prediction_tokens: int | None = None
    text_tokens: int | None = None


@attrs.frozen(weakref_slot=False)
class PromptTokensDetails:
    """
    A breakdown of the prompt's tokens. The official schema makes every count optional.

    Attributes:
        audio_tokens: Audio tokens.
        cached_tokens: Tokens read from a cache.
        cache_write_tokens: Tokens written to a cache.
        image_tokens: Image tokens.
        text_tokens: Text tokens.
    """

    audio_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    image_tokens: int | None = None
    text_tokens: int | None = None


@attrs.frozen(weakref_slot=False)
class CompletionUsage:
    """
    Usage statistics for the request.

    The official schema requires the three counts. OpenAI omits ``completion_tokens`` if nothing was generated, and
    PaddleNLP's server sends nulls.

    Attributes:
        completion_tokens: Tokens in the generated completion.
        prompt_tokens: Tokens in the prompt.
        total_tokens: Tokens in the request: prompt + completion.
        completion_tokens_details: A breakdown of the completion's tokens. vLLM and servers built on it send null.
        prompt_tokens_details: A breakdown of the prompt's tokens. vLLM and servers built on it send null.
    """

    completion_tokens: int | None = None
    prompt_tokens: int | None = None
    total_tokens: int | None = None
    completion_tokens_details: CompletionTokensDetails | None = None
    prompt_tokens_details: PromptTokensDetails | None = None


@attrs.frozen(weakref_slot=False)
class Completion:
    """
    A completion as the official OpenAI schema defines it.

    Attributes:
        id: A unique identifier for the completion. TGI sends an empty string.
        choices: The completion choices the model generated for the input prompt.
        created: Unix timestamp (seconds) of when the completion was created.
        model: The model used for the completion.
        object: The object type, officially ``text_completion``. Together sends ``text.completion``.
        system_fingerprint: The backend configuration that the model runs with. Most servers omit it or send null.
        usage: Usage statistics. OpenAI's engines endpoint and some small servers omit it.
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
        usage: Usage statistics: absent or null except in the last event, or running totals in every event.
    """

    id: str
    object: str
    created: int
    model: str
    choices: tuple[CompletionChunkChoice, ...]
    system_fingerprint: str | None = None
    usage: CompletionUsage | None = None


# --- conversion to the router's body ---

#: How `to_router` maps the router's own finish reasons, TGI's (``eos_token``, ``stop_sequence``) and Together's
#: (``eos``). Extend it with ``FINISH_REASONS | {...}``.
FINISH_REASONS: Mapping[str | None, FinishReason] = MappingProxyType(
    {
        **{reason.value: reason for reason in FinishReason},
        **dict.fromkeys(("eos", "eos_token", "stop_sequence"), FinishReason.STOP),
    }
)


@overload
def to_router(
    completion: Completion,
    *,
    system_fingerprint: str | None = None,
    model: str | None = None,
    usage: RouterCompletionsUsage | CreateCompletionUsage | None = None,
    finish_reasons: Mapping[str | None, FinishReason] = FINISH_REASONS,
) -> RouterCompletionsResponseBody: ...


@overload
def to_router(
    completion: Completion,
    cl: type[T],
    *,
    system_fingerprint: str | None = None,
    model: str | None = None,
    usage: RouterCompletionsUsage | CreateCompletionUsage | None = None,
    finish_reasons: Mapping[str | None, FinishReason] = FINISH_REASONS,
) -> T: ...


def to_router(
    completion: Completion,
    cl: Any = RouterCompletionsResponseBody,
    *,
    system_fingerprint: str | None = None,
    model: str | None = None,
    usage: RouterCompletionsUsage | CreateCompletionUsage | None = None,
    finish_reasons: Mapping[str | None, FinishReason] = FINISH_REASONS,
) -> Any:
    """
    Convert an upstream *completion* to the router's body.

    Log probabilities are dropped, because the router's schemas have no field for them. The class of the model reference
    also drops usage details, and requires a fingerprint and a usage. Today's class,
    `router_schema.orq.CreateCompletionResponseBody`, keeps the details and requires neither. Everything else is kept,
    and the choices keep their order and their indexes.

    Args:
        completion: What the upstream server sent.
        cl: The class of the body: one of the two, or any attrs class with fields of these names.
        system_fingerprint: Used if the completion has none.
        model: Replaces the completion's model. Routers answer with the name that the client requested.
        usage: Used if the completion has none.
        finish_reasons: Maps upstream's finish reasons to the router's. A null, or an empty string, is rejected unless
            the mapping has the key ``None``.

    Raises:
        ValidationError: *cl* requires something that neither the completion nor an argument provides, or a finish
            reason is not in the mapping. The error lists every problem, with the paths of the router's body.
    """
    body: dict[str, Any] = unstructure(completion)
    supplied = {"usage": None if usage is None else unstructure(usage), "system_fingerprint": system_fingerprint}
    for name, value in supplied.items():
        if body.get(name) is None:  # a class of the user may write null
            body[name] = value
        if body[name] is None:
            del body[name]
    if model is not None:
        body["model"] = model
    for choice in body["choices"]:
        choice["finish_reason"] = _finish_reason(choice.get("finish_reason"), finish_reasons)
    details = body.get("usage", {}).get("prompt_tokens_details")
    if details and "cache_write_tokens" in details:
        details["cache_creation_tokens"] = details["cache_write_tokens"]  # the router's name
    return structure(body, cl)


def _finish_reason(reason: str | None, table: Mapping[str | None, FinishReason]) -> str | None:
    """The word for what *table* says *reason* means, or *reason*, which is then rejected."""
    if reason == "" and "" not in table:
        return _finish_reason(None, table) or ""
    return table[reason].value if reason in table else reason
