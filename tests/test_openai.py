"""The official completion, and its way into the router's body."""

import json
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_schema import (
    FinishReason,
    RouterCompletionsUsage,
    ValidationError,
    dumps,
    loads,
    make_converter,
    structure,
    unstructure,
)
from router_schema._rules import validate_structure
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

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"


def completion(**changes):
    """A plain upstream body with *changes*; a change to ... takes the key away."""
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


def choice(**changes):
    """A plain upstream choice with *changes*."""
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
def test_what_servers_send_is_read_by_every_engine(engine, changes):
    """What servers leave out or send as null is taken, and is the same through judge, hook and engine."""
    converter = make_converter(engine=engine)
    body = completion(**changes)

    read = converter.loads(json.dumps(body), Completion)

    assert read == converter.structure(body, Completion)
    assert read == validate_structure(converter.get_structure_hook(Completion).rule, body)
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
def test_a_wrong_type_is_refused_at_its_path(engine, changes, path, kind):
    """Presence is a server's choice, but a wrong type is an error."""
    with pytest.raises(ValidationError) as caught:
        make_converter(engine=engine).loads(json.dumps(completion(**changes)), Completion)

    assert [(error.path, error.kind) for error in caught.value.errors] == [(path, kind)]


def test_dumps_leaves_out_what_was_absent_or_null(engine):
    """Optional fields that are None are not written; what has a value is, in the schema's order."""
    body = completion(system_fingerprint=None, choices=[choice(finish_reason=None, logprobs=LOGPROBS)])

    text = make_converter(engine=engine).dumps(loads(json.dumps(body), Completion))

    assert text == (
        '{"id":"cmpl-1","choices":[{"finish_reason":null,"index":0,"logprobs":{"tokens":["Rain","."],'
        '"token_logprobs":[null,-9.1e-6],"top_logprobs":[null,{".":-9.1e-6,"!":-11.5}],"text_offset":[0,4]},'
        '"text":"Rain."}],"created":1760000000,"model":"acme/writer-7b","object":"text_completion",'
        '"usage":{"completion_tokens":2,"prompt_tokens":3,"total_tokens":5}}'
    )


def test_to_router_keeps_order_index_and_counts():
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


def test_to_router_prefers_what_upstream_sent_but_for_the_model():
    """Fingerprint and usage fill gaps only; the model's name is replaced."""
    upstream = structure(completion(system_fingerprint="fp_up"), Completion)
    given = RouterCompletionsUsage(total_tokens=99.0)

    body = to_router(upstream, system_fingerprint="fp_x", usage=given, model="fast")

    assert (body.system_fingerprint, body.model, body.usage.total_tokens) == ("fp_up", "fast", 5.0)


def test_to_router_takes_what_the_caller_gives_for_what_is_missing():
    """A missing fingerprint or usage is the caller's to give."""
    given = RouterCompletionsUsage(total_tokens=7.0)

    body = to_router(structure(completion(usage=...), Completion), system_fingerprint="fp_x", usage=given)

    assert (body.system_fingerprint, body.usage) == ("fp_x", given)


def test_to_router_refuses_what_nobody_gave():
    """All that is missing is said at once, with the paths of the router's body."""
    upstream = structure(
        completion(usage=None, choices=[choice(finish_reason="odd"), choice(finish_reason=None)]), Completion
    )

    with pytest.raises(ValidationError) as caught:
        to_router(upstream)

    assert [(error.path, error.kind) for error in caught.value.errors] == [
        ("$.choices[0].finish_reason", "value"),
        ("$.choices[1].finish_reason", "type"),
        ("$.system_fingerprint", "missing"),
        ("$.usage", "missing"),
    ]


def test_to_router_maps_finish_reasons_by_the_callers_table():
    """The table can be extended, also with null, and replaced."""
    upstream = structure(
        completion(choices=[choice(finish_reason=None), choice(finish_reason="eos_token")]), Completion
    )

    body = to_router(upstream, system_fingerprint="fp_x", finish_reasons=FINISH_REASONS | {None: FinishReason.LENGTH})

    assert [item.finish_reason for item in body.choices] == [FinishReason.LENGTH, FinishReason.STOP]
    with pytest.raises(ValidationError):
        to_router(upstream, system_fingerprint="fp_x", finish_reasons={None: FinishReason.LENGTH})


def test_the_default_table_cannot_be_changed():
    """The default table is shared, so it is read-only."""
    with pytest.raises(TypeError):
        FINISH_REASONS["odd"] = FinishReason.STOP


def test_the_upstream_classes_are_frozen():
    """Nothing of a completion can be changed in place."""
    read = structure(completion(), Completion)

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        read.id = "other"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        read.choices[0].text = "other"


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
counts = st.integers(0, 2**53) | st.none()
numbers = st.floats(allow_nan=False, allow_infinity=False)
logprobs = st.builds(
    Logprobs,
    tokens=st.none() | st.lists(texts, max_size=4).map(tuple),
    token_logprobs=st.none() | st.lists(st.none() | numbers, max_size=4).map(tuple),
    top_logprobs=st.none() | st.lists(st.none() | st.dictionaries(texts, numbers, max_size=3), max_size=3).map(tuple),
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


@given(completions)
def test_both_laws_hold_for_completions(engine, read):
    """What is written reads back equal, from text and from builtins, in one spelling for all engines."""
    converter = make_converter(engine=engine)
    text = converter.dumps(read)

    assert converter.loads(text, Completion) == read
    assert converter.structure(converter.unstructure(read), Completion) == read
    assert text == make_converter(engine="ujson").dumps(read)
    assert json.loads(text) == unstructure(read)


@given(completions)
def test_to_router_gives_a_body_or_says_why_not(read):
    """A completion becomes a body that passes strict loads, or is refused with paths."""
    try:
        body = to_router(read, system_fingerprint="fp_x")
    except ValidationError as error:
        assert {item.path.split("[")[0] for item in error.errors} <= {"$.usage", "$.choices"}  # noqa: PT017
    else:
        assert loads(dumps(body)) == body
        assert [item.text for item in body.choices] == [item.text for item in read.choices]


def modelled(body, instance):
    """The part of the parsed *body* that the class of *instance* has fields for, nulls and absences left out."""
    if attrs.has(type(instance)):
        return {
            field.name: modelled(body[field.name], value)
            for field in attrs.fields(type(instance))
            if (value := getattr(instance, field.name)) is not None
        }
    if isinstance(instance, tuple):
        return [modelled(item, value) for item, value in zip(body, instance, strict=True)]
    return body


@pytest.mark.skipif(not CORPUS.exists(), reason="the recorded bodies are not here")
def test_the_corpus_decodes_without_loss(engine):
    """Recorded bodies decode, all but those that lack a required field, and dumps gives every modelled value back."""
    converter = make_converter(engine=engine)
    refused = []
    for line in (CORPUS / "completions.jsonl").read_bytes().splitlines():
        try:
            read = converter.loads(line, Completion)
        except ValidationError as error:
            refused.append({item.kind for item in error.errors})
            continue
        written = json.loads(converter.dumps(read))
        for item, value in zip(written["choices"], read.choices, strict=True):
            if value.finish_reason is None:
                del item["finish_reason"]  # required, so it is written as null
        assert written == modelled(json.loads(line), read)

    assert refused == [{"missing"}] * 12
