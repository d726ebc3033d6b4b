"""From an upstream completion to either body of the router."""

from __future__ import annotations

import json
from typing import Annotated, Any

import attrs
import pytest
from cattrs import override
from hypothesis import given
from hypothesis import strategies as st
from strategies import json_of
from support import CORPUS, choice, needs_corpus, problems

from router_schema import (
    FinishReason,
    RouterCompletionsResponseBody,
    RouterCompletionsUsage,
    ValidationError,
    dumps,
    loads,
    structure,
)
from router_schema.openai import (
    FINISH_REASONS,
    Completion,
    CompletionChoice,
    CompletionUsage,
    PromptTokensDetails,
    to_router,
)
from router_schema.orq import (
    CreateCompletionCompletionTokensDetails,
    CreateCompletionData,
    CreateCompletionPromptTokensDetails,
    CreateCompletionResponseBody,
    CreateCompletionUsage,
)

TODAY = CreateCompletionResponseBody

UPSTREAM = {"id": "1", "object": "text_completion", "created": 1760000000, "model": "m", "choices": []}


def completion(**changes: Any) -> Completion:
    """An upstream completion with nothing but what is required, with some keys changed."""
    return structure({**UPSTREAM, **changes}, Completion)


def test_nothing_has_to_be_supplied() -> None:
    """Today's body takes what upstream sent, and leaves absent what upstream left out."""
    body = to_router(completion(choices=[choice(index=1), choice(finish_reason="length")]), TODAY)

    assert body == TODAY(
        "1", body.choices, "m", "text_completion", created=1760000000.0, system_fingerprint=None, usage=None
    )
    assert [(item.index, item.finish_reason) for item in body.choices] == [(1.0, "stop"), (0.0, "length")]
    assert loads(dumps(body), TODAY) == body


def test_details_of_the_usage_are_kept() -> None:
    """The counts that today's body has are kept, with cache writes under the router's name for them."""
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 4,
        "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 2, "audio_tokens": 1, "text_tokens": 5},
        "completion_tokens_details": {
            "reasoning_tokens": 1,
            "accepted_prediction_tokens": 2,
            "rejected_prediction_tokens": 3,
            "audio_tokens": 4,
            "text_tokens": 5,
        },
    }

    assert to_router(completion(usage=usage), TODAY).usage == CreateCompletionUsage(
        4.0,
        9.0,
        13.0,
        CreateCompletionPromptTokensDetails(3, 2, 1),
        CreateCompletionCompletionTokensDetails(1.0, 2.0, 3.0, 4),
    )


def test_details_that_are_null() -> None:
    """Details that upstream sent as null, or without a count, stay None."""
    usage = {"prompt_tokens": 1, "prompt_tokens_details": None, "completion_tokens_details": {"audio_tokens": None}}

    assert to_router(completion(usage=usage), TODAY).usage == CreateCompletionUsage(
        prompt_tokens=1.0, completion_tokens_details=CreateCompletionCompletionTokensDetails()
    )


@attrs.frozen
class Usage(CompletionUsage):
    prompt_tokens_details: Annotated[PromptTokensDetails | None, override(omit_if_default=False)] = None


@attrs.frozen
class Mine(Completion):
    usage: Usage | None = None


@attrs.frozen(kw_only=True)
class Unfinished(CompletionChoice):
    finish_reason: str | None = None


@attrs.frozen(kw_only=True)
class Sparse(Completion):
    choices: tuple[Unfinished, ...]
    system_fingerprint: Annotated[str | None, override(omit_if_default=False)] = None
    usage: Annotated[CompletionUsage | None, override(omit_if_default=False)] = None


def test_what_a_class_omits_or_writes_as_null() -> None:
    """A completion of the user's own classes may omit finish reasons, and write as null what the caller supplies."""
    sparse = structure({**UPSTREAM, "choices": [{"index": 0, "text": "a"}]}, Sparse)
    usage = RouterCompletionsUsage(total_tokens=1.0)
    body = to_router(sparse, system_fingerprint="fp", usage=usage, finish_reasons={None: FinishReason.STOP})

    assert (body.system_fingerprint, body.usage, body.choices[0].finish_reason) == ("fp", usage, "stop")
    with pytest.raises(ValidationError) as caught:
        to_router(sparse)
    assert problems(caught.value) == [
        ("$.choices[0].finish_reason", "type"),
        ("$.system_fingerprint", "missing"),
        ("$.usage", "missing"),
    ]


def test_details_that_a_class_writes_as_null() -> None:
    """A completion of the user's own classes may write details as null."""
    mine = Mine(**attrs.asdict(completion(), recurse=False) | {"usage": Usage(prompt_tokens=1)})

    assert to_router(mine, TODAY).usage == CreateCompletionUsage(prompt_tokens=1.0)


def test_the_class_of_the_reference_has_no_details() -> None:
    """The body of the model reference is the default; it needs a fingerprint, and has the three counts alone."""
    usage = {"total_tokens": 1, "prompt_tokens_details": {"cached_tokens": 1}}
    body = to_router(completion(usage=usage), system_fingerprint="fp")

    assert type(body) is RouterCompletionsResponseBody
    assert body.usage == RouterCompletionsUsage(total_tokens=1.0)
    assert to_router(completion(usage=usage), RouterCompletionsResponseBody, system_fingerprint="fp") == body
    with pytest.raises(ValidationError) as caught:
        to_router(completion(usage=usage))
    assert problems(caught.value) == [("$.system_fingerprint", "missing")]


@pytest.mark.parametrize("usage", [RouterCompletionsUsage(total_tokens=2.0), CreateCompletionUsage(total_tokens=2.0)])
def test_what_the_caller_supplies(usage: Any) -> None:
    """Fingerprint and usage of the caller fill gaps, a usage of either class; the model's name replaces upstream's."""
    body = to_router(completion(), TODAY, system_fingerprint="fp", usage=usage, model="fast")
    again = to_router(
        completion(system_fingerprint="up", usage={"total_tokens": 1}), TODAY, system_fingerprint="fp", usage=usage
    )

    assert (body.system_fingerprint, body.usage, body.model) == (
        "fp",
        CreateCompletionUsage(total_tokens=2.0),
        "fast",
    )
    assert (again.system_fingerprint, again.usage, again.model) == ("up", CreateCompletionUsage(total_tokens=1.0), "m")


def test_any_class_with_such_fields() -> None:
    """The class may be of the user, or the one of an event."""

    @attrs.frozen
    class Billed:
        model: str
        usage: RouterCompletionsUsage | None = None
        tier: str = "free"

    assert to_router(completion(usage={"total_tokens": 1}), Billed) == Billed(
        "m", RouterCompletionsUsage(None, None, 1)
    )
    assert type(to_router(completion(), CreateCompletionData)) is CreateCompletionData


# --- finish reasons ---


@pytest.mark.parametrize("reason", [*FinishReason, "eos", "eos_token", "stop_sequence"])
def test_known_finish_reasons(reason: str) -> None:
    """The router's own words stay, those of TGI and Together for a natural end mean stop."""
    expected = reason if reason in list(FinishReason) else FinishReason.STOP

    assert to_router(completion(choices=[choice(finish_reason=reason)]), TODAY).choices[0].finish_reason is expected


@pytest.mark.parametrize(("reason", "kind"), [(None, "type"), ("", "value"), ("abort", "value"), ("EOS", "value")])
def test_other_finish_reasons_are_rejected(reason: str | None, kind: str) -> None:
    """Null, an empty text and unknown words are problems at their path."""
    with pytest.raises(ValidationError) as caught:
        to_router(completion(choices=[choice(), choice(finish_reason=reason)]), TODAY)

    assert problems(caught.value) == [("$.choices[1].finish_reason", kind)]


def test_an_empty_finish_reason_is_null() -> None:
    """A table that has None reads an empty text as it; one that has the empty text reads it by itself."""
    upstream = completion(choices=[choice(finish_reason=None), choice(finish_reason="")])
    table = FINISH_REASONS | {None: FinishReason.LENGTH}

    for finish_reasons, expected in (
        (table, [FinishReason.LENGTH, FinishReason.LENGTH]),
        (table | {"": FinishReason.STOP}, [FinishReason.LENGTH, FinishReason.STOP]),
    ):
        body = to_router(upstream, TODAY, finish_reasons=finish_reasons)
        assert [item.finish_reason for item in body.choices] == expected


# --- every completion ---


@given(json_of(Completion), st.sampled_from([None, FinishReason.STOP]))
def test_every_completion_with_finish_reasons(value: dict[str, Any], default: FinishReason | None) -> None:
    """A completion becomes today's body unless a finish reason is unknown, which is then the only problem."""
    table = FINISH_REASONS if default is None else FINISH_REASONS | {None: default}
    upstream = structure(value, Completion)
    unknown = [
        f"$.choices[{i}].finish_reason"
        for i, item in enumerate(upstream.choices)
        if item.finish_reason not in table and not (item.finish_reason == "" and default is not None)
    ]
    if unknown:
        with pytest.raises(ValidationError) as caught:
            to_router(upstream, TODAY, finish_reasons=table)
        assert [problem.path for problem in caught.value.errors] == unknown
    else:
        body = to_router(upstream, TODAY, finish_reasons=table)
        assert loads(dumps(body), TODAY) == body
        assert [item.text for item in body.choices] == [item.text for item in upstream.choices]


@needs_corpus
def test_recorded_bodies() -> None:
    """Every recorded body that Completion accepts becomes today's body, except one without a finish reason."""
    lines = (CORPUS / "completions.jsonl").read_bytes().splitlines()
    made, rejected = 0, []
    for line in lines:
        try:
            upstream = loads(line, Completion)
        except ValidationError:
            continue
        try:
            body = to_router(upstream, TODAY)
        except ValidationError as error:
            rejected.append((json.loads(line)["choices"][1]["finish_reason"], problems(error)))
            continue
        made += 1
        assert [item.text for item in body.choices] == [item.text for item in upstream.choices]

    assert (made, rejected) == (423, [(None, [("$.choices[1].finish_reason", "type")])])
