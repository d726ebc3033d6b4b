"""The official completion, and its way into the router's body."""

import json
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from internals import structure_rule, validate_structure
from strategies import reals, texts
from support import converter_for, problems

from router_schema import (
    FinishReason,
    RouterCompletionsUsage,
    RouterConverter,
    ValidationError,
    dumps,
    loads,
    structure,
    unstructure,
)
from router_schema.openai import (
    FINISH_REASONS,
    Completion,
    CompletionChoice,
    CompletionTokensDetails,
    CompletionUsage,
    Logprobs,
    PromptTokensDetails,
    to_router,
)


def completion(**changes: Any) -> dict[str, Any]:
    """A plain upstream body with some keys changed; ``...`` drops one."""
    body = {
        "id": "cmpl-1",
        "object": "text_completion",
        "created": 1760000000,
        "model": "acme/writer-7b",
        "choices": [{"text": "Rain.", "index": 0, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }
    body.update(changes)
    return {key: value for key, value in body.items() if value is not ...}


def choice(**changes: Any) -> dict[str, Any]:
    """A plain upstream choice with some keys changed."""
    return {"text": "Rain.", "index": 0, "finish_reason": "stop", **changes}


LOGPROBS = {
    "tokens": ["Rain", "."],
    "token_logprobs": [None, -9.1e-06],
    "top_logprobs": [None, {".": -9.1e-06, "!": -11.5}],
    "text_offset": [0, 4],
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"system_fingerprint": None},
        {"system_fingerprint": "fp_1"},
        {"id": ""},
        {"object": "text.completion"},
        {"usage": ...},
        {"usage": None},
        {"usage": {"prompt_tokens": 3, "total_tokens": 3}},
        {"usage": {"prompt_tokens": None, "completion_tokens": None, "total_tokens": None}},
        {"usage": {"prompt_tokens": 3, "prompt_tokens_details": {"cached_tokens": 1, "audio_tokens": None}}},
        {"usage": {"prompt_tokens": 3, "completion_tokens_details": {"reasoning_tokens": 0}}},
        {"choices": [choice(finish_reason=None)]},
        {"choices": [choice(finish_reason="eos_token", index=1), choice(index=0)]},
        {"choices": [choice(logprobs=LOGPROBS)]},
        {"choices": [choice(logprobs={"tokens": ["Rain"], "text_offset": [0]})]},
        {"choices": [choice(logprobs={**LOGPROBS, "top_logprobs": None})]},
        {"choices": [choice(stop_reason=None, prompt_logprobs=None)], "kv_transfer_params": None},
    ],
)
def test_what_servers_send_is_accepted(changes: dict[str, Any], converter: RouterConverter) -> None:
    """What servers leave out or send as null is accepted, the same by rule, hook and engine."""
    body = completion(**changes)

    read = converter.loads(json.dumps(body), Completion)

    assert read == converter.structure(body, Completion)
    assert read == validate_structure(structure_rule(Completion, converter), body)
    assert converter.loads(converter.dumps(read), Completion) == read


@pytest.mark.parametrize(
    ("changes", "path", "kind"),
    [
        ({"id": None}, "$.id", "type"),
        ({"id": ...}, "$.id", "missing"),
        ({"created": 1.5}, "$.created", "type"),
        ({"model": ...}, "$.model", "missing"),
        ({"object": ...}, "$.object", "missing"),
        ({"system_fingerprint": 1}, "$.system_fingerprint", "type"),
        ({"usage": []}, "$.usage", "type"),
        ({"usage": {"total_tokens": 5.0}}, "$.usage.total_tokens", "type"),
        ({"choices": ...}, "$.choices", "missing"),
        ({"choices": [{"text": "", "index": 0}]}, "$.choices[0].finish_reason", "missing"),
        ({"choices": [choice(index=0.0)]}, "$.choices[0].index", "type"),
        ({"choices": [choice(text=None)]}, "$.choices[0].text", "type"),
        ({"choices": [choice(logprobs={"tokens": [None]})]}, "$.choices[0].logprobs.tokens[0]", "type"),
        ({"choices": [choice(logprobs={"text_offset": [0.5]})]}, "$.choices[0].logprobs.text_offset[0]", "type"),
        (
            {"choices": [choice(logprobs={"top_logprobs": [{"a b": "x"}]})]},
            "$.choices[0].logprobs.top_logprobs[0]['a b']",
            "type",
        ),
    ],
)
def test_what_is_not_a_completion_is_rejected(
    changes: dict[str, Any], path: str, kind: str, converter: RouterConverter
) -> None:
    """A wrong type is an error, and so is the absence of a key that OpenAI requires."""
    with pytest.raises(ValidationError) as caught:
        converter.loads(json.dumps(completion(**changes)), Completion)

    assert problems(caught.value) == [(path, kind)]


def test_dumps_leaves_out_what_was_absent_or_null(converter: RouterConverter) -> None:
    """Optional fields that are None are not written, all others in the schema's order."""
    body = completion(system_fingerprint=None, choices=[choice(finish_reason=None, logprobs=LOGPROBS)])

    text = converter.dumps(loads(json.dumps(body), Completion))

    assert text == (
        '{"id":"cmpl-1","choices":[{"finish_reason":null,"index":0,"logprobs":{"tokens":["Rain","."],'
        '"token_logprobs":[null,-9.1e-6],"top_logprobs":[null,{".":-9.1e-6,"!":-11.5}],"text_offset":[0,4]},'
        '"text":"Rain."}],"created":1760000000,"model":"acme/writer-7b","object":"text_completion",'
        '"usage":{"completion_tokens":2,"prompt_tokens":3,"total_tokens":5}}'
    )


def test_to_router_keeps_order_index_and_counts() -> None:
    """Choices keep their order and index, and counts become the router's numbers."""
    upstream = structure(completion(choices=[choice(index=1), choice(index=0, finish_reason="length")]), Completion)

    body = to_router(upstream, system_fingerprint="fp_x")

    assert [item.index for item in body.choices] == [1.0, 0.0]
    assert [item.finish_reason for item in body.choices] == [FinishReason.STOP, FinishReason.LENGTH]
    assert body.usage == RouterCompletionsUsage(completion_tokens=2.0, prompt_tokens=3.0, total_tokens=5.0)
    assert (body.id, body.created, body.model, body.object) == (
        "cmpl-1",
        1760000000.0,
        "acme/writer-7b",
        "text_completion",
    )
    assert loads(dumps(body)) == body


def test_to_router_prefers_what_upstream_sent_but_for_the_model() -> None:
    """Fingerprint and usage fill gaps only; the model's name is replaced."""
    upstream = structure(completion(system_fingerprint="fp_up"), Completion)
    given = RouterCompletionsUsage(total_tokens=99.0)

    body = to_router(upstream, system_fingerprint="fp_x", usage=given, model="fast")

    assert (body.system_fingerprint, body.model, body.usage.total_tokens) == ("fp_up", "fast", 5.0)


def test_to_router_fills_what_is_missing() -> None:
    """The caller's fingerprint and usage replace missing ones."""
    given = RouterCompletionsUsage(total_tokens=7.0)

    body = to_router(structure(completion(usage=...), Completion), system_fingerprint="fp_x", usage=given)

    assert (body.system_fingerprint, body.usage) == ("fp_x", given)


def test_to_router_rejects_what_is_missing() -> None:
    """Everything missing is reported at once, with the paths of the router's body."""
    upstream = structure(
        completion(usage=None, choices=[choice(finish_reason="odd"), choice(finish_reason=None)]), Completion
    )

    with pytest.raises(ValidationError) as caught:
        to_router(upstream)

    assert problems(caught.value) == [
        ("$.choices[0].finish_reason", "value"),
        ("$.choices[1].finish_reason", "type"),
        ("$.system_fingerprint", "missing"),
        ("$.usage", "missing"),
    ]


def test_to_router_maps_finish_reasons_by_the_callers_table() -> None:
    """The caller may extend the table, null included, or replace it."""
    upstream = structure(
        completion(choices=[choice(finish_reason=None), choice(finish_reason="eos_token")]), Completion
    )

    body = to_router(upstream, system_fingerprint="fp_x", finish_reasons=FINISH_REASONS | {None: FinishReason.LENGTH})

    assert [item.finish_reason for item in body.choices] == [FinishReason.LENGTH, FinishReason.STOP]
    with pytest.raises(ValidationError) as caught:
        to_router(upstream, system_fingerprint="fp_x", finish_reasons={None: FinishReason.LENGTH})
    assert problems(caught.value) == [("$.choices[1].finish_reason", "value")]


def test_the_default_table_cannot_be_changed() -> None:
    """The default table is shared, so it is read-only."""
    with pytest.raises(TypeError):
        FINISH_REASONS["odd"] = FinishReason.STOP


def test_the_upstream_classes_are_frozen() -> None:
    """No field of a completion can be changed in place."""
    read = structure(completion(), Completion)

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        read.id = "other"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        read.choices[0].text = "other"


counts = st.integers(0, 2**53) | st.none()
logprobs = st.builds(
    Logprobs,
    tokens=st.none() | st.lists(texts, max_size=4).map(tuple),
    token_logprobs=st.none() | st.lists(st.none() | reals, max_size=4).map(tuple),
    top_logprobs=st.none() | st.lists(st.none() | st.dictionaries(texts, reals, max_size=3), max_size=3).map(tuple),
    text_offset=st.none() | st.lists(st.integers(0, 10**6), max_size=4).map(tuple),
)
choices = st.builds(
    CompletionChoice,
    finish_reason=st.none() | st.sampled_from(["stop", "length", "eos_token", "odd"]),
    index=st.integers(0, 100),
    text=texts,
    logprobs=st.none() | logprobs,
)
usages = st.builds(
    CompletionUsage,
    counts,
    counts,
    counts,
    st.none() | st.builds(CompletionTokensDetails, counts, counts, counts, counts),
    st.none() | st.builds(PromptTokensDetails, counts, counts),
)
completions = st.builds(
    Completion,
    id=texts,
    choices=st.lists(choices, max_size=4).map(tuple),
    created=st.integers(0, 2**40),
    model=texts,
    object=texts,
    system_fingerprint=st.none() | texts,
    usage=st.none() | usages,
)


UJSON = converter_for("ujson")


@given(completions)
def test_both_laws_hold_for_completions(converter: RouterConverter, read: Completion) -> None:
    """What is written comes back equal, from text and from builtins, in one spelling for all engines."""
    text = converter.dumps(read)

    assert converter.loads(text, Completion) == read
    assert converter.structure(converter.unstructure(read), Completion) == read
    assert text == UJSON.dumps(read)
    assert json.loads(text) == unstructure(read)


@given(completions)
def test_to_router_returns_a_body_or_says_why_not(read: Completion) -> None:
    """A completion becomes a body that strict `loads` accepts, or is rejected with paths."""
    try:
        body = to_router(read, system_fingerprint="fp_x")
    except ValidationError as error:
        assert {item.path.split("[")[0] for item in error.errors} <= {"$.usage", "$.choices"}  # noqa: PT017
    else:
        assert loads(dumps(body)) == body
        assert [item.text for item in body.choices] == [item.text for item in read.choices]
