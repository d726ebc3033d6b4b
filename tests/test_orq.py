"""The router's body as its API sends it today, and the error bodies of its platform."""

from __future__ import annotations

import json
import pickle
from typing import Any

import attrs
import pytest
from agreement import agree, agree_on_the_way_out
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from strategies import json_of, mutated, randoms
from support import CORPUS, choice, needs_corpus, outcome, problems
from test_json_schema_referee import hold_to_referee

from router_schema import (
    FinishReason,
    RouterCompletionsResponseBody,
    RouterConverter,
    ValidationError,
    check,
    json_schema,
    loads,
)
from router_schema.errors import ErrorBody
from router_schema.orq import (
    CreateCompletionChoices,
    CreateCompletionCompletionTokensDetails,
    CreateCompletionData,
    CreateCompletionPromptTokensDetails,
    CreateCompletionResponseBody,
    CreateCompletionRouterCompletionsResponseBody,
    CreateCompletionUsage,
)

BODY = CreateCompletionResponseBody
EVENT = CreateCompletionRouterCompletionsResponseBody


def body(**changes: Any) -> dict[str, Any]:
    """A body with nothing but what is required, as parsed JSON, with some keys changed; ``...`` drops one."""
    fields = {"id": "cmpl-1", "choices": [choice()], "model": "acme/rye-1b", "object": "text_completion", **changes}
    return {key: value for key, value in fields.items() if value is not ...}


USAGE = {
    "completion_tokens": 7,
    "prompt_tokens": 12,
    "total_tokens": 19.0,
    "prompt_tokens_details": {"cached_tokens": 4, "cache_creation_tokens": None, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 2, "rejected_prediction_tokens": 0.5, "audio_tokens": 1},
}


# --- the body ---


def test_whole_body(converter: RouterConverter) -> None:
    """Every field is read into its class, and written in the schema's order."""
    value = body(created="2026-01-02", system_fingerprint="fp", usage=USAGE)
    read = converter.loads(json.dumps(value), BODY)

    assert read == BODY(
        "cmpl-1",
        (CreateCompletionChoices(FinishReason.STOP, 0.0, "Rye."),),
        "acme/rye-1b",
        "text_completion",
        "2026-01-02",
        "fp",
        CreateCompletionUsage(
            7.0,
            12.0,
            19.0,
            CreateCompletionPromptTokensDetails(4, None, 0),
            CreateCompletionCompletionTokensDetails(2.0, None, 0.5, 1),
        ),
    )
    assert converter.dumps(read) == (
        '{"id":"cmpl-1","choices":[{"finish_reason":"stop","index":0,"text":"Rye."}],"model":"acme/rye-1b",'
        '"object":"text_completion","created":"2026-01-02","system_fingerprint":"fp","usage":{"completion_tokens":7,'
        '"prompt_tokens":12,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":0},'
        '"completion_tokens_details":{"reasoning_tokens":2,"rejected_prediction_tokens":0.5,"audio_tokens":1}}}'
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"created": None, "system_fingerprint": None, "usage": None},
        {"created": 1760000000},
        {"created": 1760000000.5},
        {"created": "yesterday"},
        {"usage": {}},
        {"usage": {"total_tokens": None, "prompt_tokens_details": None, "completion_tokens_details": None}},
        {"usage": {"prompt_tokens_details": {}, "completion_tokens_details": {}}},
        {"choices": []},
        {"provider": "acme"},
    ],
)
def test_accepted(changes: dict[str, Any], converter: RouterConverter) -> None:
    """What the API may leave out or send as null is accepted, and ``created`` as text or number."""
    read = converter.loads(json.dumps(body(**changes)), BODY)

    assert read.created == changes.get("created")
    assert converter.loads(converter.dumps(read), BODY) == read


@pytest.mark.parametrize(
    ("changes", "path", "kind"),
    [
        ({"id": ...}, "$.id", "missing"),
        ({"model": None}, "$.model", "type"),
        ({"object": ...}, "$.object", "missing"),
        ({"created": True}, "$.created", "type"),
        ({"created": []}, "$.created", "type"),
        ({"usage": []}, "$.usage", "type"),
        ({"usage": {"total_tokens": "7"}}, "$.usage.total_tokens", "type"),
        (
            {"usage": {"prompt_tokens_details": {"cached_tokens": 1.0}}},
            "$.usage.prompt_tokens_details.cached_tokens",
            "type",
        ),
        ({"usage": {"completion_tokens_details": 0}}, "$.usage.completion_tokens_details", "type"),
        ({"choices": [choice(finish_reason=None)]}, "$.choices[0].finish_reason", "type"),
        ({"choices": [choice(finish_reason="eos")]}, "$.choices[0].finish_reason", "value"),
        ({"choices": [choice(index=...)]}, "$.choices[0].index", "missing"),
    ],
)
def test_rejected(changes: dict[str, Any], path: str, kind: str, converter: RouterConverter) -> None:
    """What the SDK's class rejects is a problem at its path."""
    with pytest.raises(ValidationError) as caught:
        converter.loads(json.dumps(body(**changes)), BODY)

    assert problems(caught.value) == [(path, kind)]


def test_bodies_are_values() -> None:
    """Bodies are frozen all the way down, hashable, comparable and picklable, and have slots alone."""
    read = loads(json.dumps(body(usage=USAGE)), BODY)

    assert pickle.loads(pickle.dumps(read)) == read
    assert hash(read) == hash(loads(json.dumps(body(usage=USAGE)), BODY))
    assert read != attrs.evolve(read, created="x")
    for part in (read, read.choices[0], read.usage):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            part.id = "x"  # type: ignore[union-attr, misc]
        assert not hasattr(part, "__dict__")
        assert not hasattr(part, "__weakref__")


@given(json_of(BODY), randoms)
def test_engines_agree(value: Any, random: Any) -> None:
    """Every engine says of good and mutated bodies what the slow path says, and writes the same."""
    assert agree(json.dumps(value), BODY)[0] == "returned"
    assert agree_on_the_way_out(loads(json.dumps(value), BODY))[0] == "returned"
    for _ in range(4):
        agree(mutated(value, random), BODY)


# --- events of streams ---


def test_events(converter: RouterConverter) -> None:
    """The SDK's event has the fields of the body in ``data``, which may be absent."""
    text = json.dumps({"data": body(created=1)})

    assert converter.loads(text, EVENT).data == CreateCompletionData(
        "cmpl-1", (CreateCompletionChoices(FinishReason.STOP, 0.0, "Rye."),), "acme/rye-1b", "text_completion", 1.0
    )
    assert converter.loads(converter.dumps(converter.loads(text, EVENT)), EVENT) == converter.loads(text, EVENT)
    assert converter.loads("{}", EVENT) == EVENT(None)
    assert converter.dumps(EVENT(None)) == "{}"


def test_problems_of_an_event_have_its_path(converter: RouterConverter) -> None:
    """A problem below ``data`` has its path from the event."""
    with pytest.raises(ValidationError) as caught:
        converter.loads(json.dumps({"data": body(choices=[choice(text=1)])}), EVENT)

    assert problems(caught.value) == [("$.data.choices[0].text", "type")]


# --- JSON Schema ---


@given(json_of(BODY), st.booleans(), randoms)
def test_referee_agrees(value: Any, forbid: bool, random: Any) -> None:
    """A validator of JSON Schema accepts and rejects what `loads` does."""
    for _ in range(4):
        hold_to_referee(mutated(value, random), BODY, forbid)


@pytest.mark.parametrize("cl", [BODY, EVENT])
def test_json_schema(cl: Any) -> None:
    """The schema is valid, and describes every class and field."""
    Draft202012Validator.check_schema(json_schema(cl))
    for name, schema in json_schema(cl)["$defs"].items():
        assert "enum" in schema or schema["description"], name
        assert all(field["description"] for field in schema.get("properties", {}).values()), name


# --- recorded bodies ---


@needs_corpus
def test_recorded_bodies(converter: RouterConverter) -> None:
    """Of 436 recorded bodies 420 are of today's schema, every one of the 41 of the model reference among them."""
    today, reference = [], []
    rejected: dict[tuple[str, str], int] = {}
    for line in (CORPUS / "completions.jsonl").read_bytes().splitlines():
        result = outcome(converter.loads, line, BODY)
        today.append(result[0] == "returned")
        reference.append(outcome(converter.loads, line, RouterCompletionsResponseBody)[0] == "returned")
        for problem in result[2] if result[0] is ValidationError else ():
            key = problem.path, problem.actual
            rejected[key] = rejected.get(key, 0) + 1

    assert (len(today), sum(today), sum(reference)) == (436, 420, 41)
    assert not any(old and not new for old, new in zip(reference, today, strict=True))
    assert rejected == {
        ("$.id", "nothing"): 10,
        ("$.model", "nothing"): 1,
        ("$.object", "nothing"): 1,
        ("$.choices[0].index", "nothing"): 2,
        ("$.choices[0].finish_reason", "nothing"): 1,
        ("$.choices[0].finish_reason", "string"): 3,
        ("$.choices[1].finish_reason", "null"): 1,
    }


# --- error bodies ---

DOC_URL = "https://docs.example/errors/invalid_api_key"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            {"error": {"code": "c", "message": "m", "param": None, "type": "t", "failures": []}},
            ErrorBody("m", "t", None, "c"),
        ),
        ({"error": {"code": None, "message": "m", "param": "p", "type": "t"}}, ErrorBody("m", "t", "p")),
        (
            {"error": {"code": "c", "message": "m", "doc_url": DOC_URL}},
            ErrorBody("m", code="c", doc_url=DOC_URL),
        ),
        ({"error": {"code": 401, "message": "m", "doc_url": DOC_URL}}, ErrorBody("m", code=401, doc_url=DOC_URL)),
        (
            {"code": "c", "message": "m", "request_id": "r", "doc_url": DOC_URL, "details": {}},
            ErrorBody("m", code="c", doc_url=DOC_URL),
        ),
        ({"code": 7, "message": "m", "details": []}, ErrorBody("m", code=7)),
        ({"code": None, "message": "m"}, ErrorBody("m")),
        ({"message": "m", "details": [{"path": "name"}]}, ErrorBody("m")),
    ],
)
def test_error_bodies(value: Any, expected: ErrorBody, converter: RouterConverter) -> None:
    """The platform's error bodies are recognised in each shape, integer codes and links included."""
    for cl in (BODY, RouterCompletionsResponseBody):
        with pytest.raises(ValidationError) as caught:
            converter.loads(json.dumps(value), cl)

        assert caught.value.error_body == expected
        assert str(caught.value).startswith("an error body")
        assert DOC_URL not in f"{caught.value}{caught.value!r}{caught.value.error_body!r}"


def test_reports_count_error_bodies() -> None:
    """A report counts each shape as an error body, and its fields among none."""
    bodies = [{"error": {"code": 401, "message": "m"}}, {"code": 7, "message": "m"}, {"message": "m", "details": []}]
    report = check([json.dumps(value).encode() for value in bodies], BODY)

    assert (report.bodies, report.invalid, report.error_bodies) == (3, 3, 3)
    assert report.fields == report.unknown_keys == ()


@pytest.mark.parametrize(
    "value",
    [
        {"message": "m"},
        {"message": 1, "code": 1},
        {"code": 401},
        {"message": "m", "code": 1, "choices": []},
        {"details": {}},
    ],
)
def test_other_objects_are_no_error_bodies(value: Any) -> None:
    """An object without the platform's keys, or with choices, is not taken for an error."""
    with pytest.raises(ValidationError) as caught:
        loads(json.dumps(value), BODY)

    assert caught.value.error_body is None


def test_a_class_with_a_message_has_no_bare_errors() -> None:
    """A class that has a field ``message`` itself rejects no bare error body, but still an ``error``."""

    @attrs.frozen
    class Line:
        message: str
        code: int
        level: int

    with pytest.raises(ValidationError) as bare:
        loads('{"message": "m", "code": 1}', Line)
    with pytest.raises(ValidationError) as wrapped:
        loads('{"error": {"message": "m"}, "message": "m", "code": 1}', Line)

    assert bare.value.error_body is None
    assert wrapped.value.error_body == ErrorBody("m")
