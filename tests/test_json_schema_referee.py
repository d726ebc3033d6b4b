"""The JSON Schema of a class, compared with `loads` by an independent validator."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from strategies import json_of, mutated, randoms
from support import CORPUS, INVALID, VALID, body, converter_for, needs_corpus
from user_classes import ALL, Converted, Validated

from router_schema import DecodeError, RouterCompletionsResponseBody, ValidationError, json_schema, make_converter
from router_schema.openai import Completion

CONVERTERS = {forbid: converter_for("ujson", forbid_extra_keys=forbid) for forbid in (False, True)}

#: What `loads` expects where it rejects values that JSON Schema has no means to reject.
INEXPRESSIBLE = (
    "a string without lone surrogates",
    "a number that fits a double",
    "an integer of at most 4,300 digits",
    "a value that its validator accepts",
    "a value that its converter accepts",
)


@functools.cache
def referee_of(cl: Any, forbid: bool) -> Draft202012Validator:
    """The validator of a class's schema."""
    return Draft202012Validator(json_schema(cl, converter=CONVERTERS[forbid]))


def rejected_beyond_schema(error: ValidationError) -> bool:
    """Whether JSON Schema can express none of the problems; to it, ``1.0`` is an integer."""
    return all(
        (problem.kind == "value" and problem.expected in INEXPRESSIBLE)
        or (problem.kind == "type" and problem.actual == "number" and problem.expected != "string")
        for problem in error.errors
    )


def parsed(text: bytes | str) -> Any:
    """*text* parsed by the standard library, which by default converts no integer of more than 4,300 digits."""
    return json.loads(text, parse_int=lambda digits: int(digits[:4000]))


def hold_to_referee(text: bytes | str, cl: Any, forbid: bool) -> str:
    """Hold `loads` to the validator on one text; returns its outcome."""
    rejected = None
    try:
        CONVERTERS[forbid].loads(text, cl)
    except ValidationError as error:
        rejected = error
    except DecodeError:
        return "not JSON"
    if referee_of(cl, forbid).is_valid(parsed(text)):
        assert rejected is None or rejected_beyond_schema(rejected), text
    else:
        assert rejected is not None, text
    return "accepted" if rejected is None else "rejected"


each_class = pytest.mark.parametrize("cl", [*ALL, Completion], ids=lambda cl: cl.__name__)


@each_class
@settings(max_examples=settings().max_examples // 4)
@given(data=st.data())
def test_referee_agrees_on_mutants(cl: Any, data: st.DataObject) -> None:
    """`loads` and the validator agree on values with up to three things changed, extra keys forbidden or ignored."""
    value = data.draw(json_of(cl))
    source = data.draw(randoms)
    for _ in range(5):  # drawing a value costs ten times what a mutant does
        text = mutated(value, source)
        for forbid in CONVERTERS:
            hold_to_referee(text, cl, forbid)


@pytest.mark.parametrize("forbid", CONVERTERS)
def test_referee_agrees_on_samples(forbid: bool) -> None:
    """`loads` and the validator agree on every sample, of which there are valid and invalid ones."""
    outcomes = {case.name: hold_to_referee(case.data, case.cl, forbid) for case in [*VALID, *INVALID]}

    assert set(outcomes.values()) == {"accepted", "rejected", "not JSON"}


@needs_corpus
@pytest.mark.parametrize("forbid", CONVERTERS)
@pytest.mark.parametrize("cl", [RouterCompletionsResponseBody, Completion])
def test_referee_agrees_on_the_corpus(cl: Any, forbid: bool) -> None:
    """`loads` and the validator agree on every recorded body, of which the schema accepts some."""
    outcomes = [
        hold_to_referee(line, cl, forbid)
        for name in ("completions.jsonl", "errors.jsonl")
        for line in (CORPUS / name).read_bytes().splitlines()
    ]

    assert set(outcomes) == {"accepted", "rejected"}


@pytest.mark.parametrize(
    ("changes", "cl"),
    [
        ({"id": "\ud800"}, RouterCompletionsResponseBody),
        ({"created": 10**400}, RouterCompletionsResponseBody),
        ({"created": 1.0}, Completion),
    ],
)
def test_what_json_schema_cannot_say(changes: dict[str, Any], cl: Any) -> None:
    """Lone surrogates, numbers too large and 1.0 for an integer pass the schema, and only the schema."""
    value = body(**changes)

    assert Draft202012Validator(json_schema(cl)).is_valid(value)
    with pytest.raises(ValidationError):
        make_converter().structure(value, cl)


@pytest.mark.parametrize("cl", [Validated, Converted])
def test_user_code_is_beyond_the_schema(cl: Any) -> None:
    """The schema has the declared types of fields whose validators or converters may reject more."""
    assert json_schema(cl)["$defs"][cl.__name__]["properties"]["name"] == {"type": "string"}


@each_class
def test_schema_is_one(cl: Any) -> None:
    """Every schema is valid by the meta-schema of its draft."""
    Draft202012Validator.check_schema(json_schema(cl))


@pytest.mark.parametrize("cl", [RouterCompletionsResponseBody, Completion])
def test_another_generator_agrees(cl: Any) -> None:
    """Annotations and the type of an enum aside, msgspec reads the same schema out of the shipped classes."""
    msgspec = pytest.importorskip("msgspec")

    def bare(schema: Any) -> Any:
        """Without annotations, and with what may be in any order sorted."""
        if isinstance(schema, list):
            return sorted((bare(item) for item in schema), key=str)
        if isinstance(schema, dict):
            return {
                key: {name: bare(item) for name, item in value.items()}
                if key in ("properties", "$defs")
                else bare(value)
                for key, value in schema.items()
                if key not in ("title", "description", "default", "$schema")
                and value != []
                and not (key == "type" and "enum" in schema)
            }
        return schema

    assert bare(json_schema(cl)) == bare(msgspec.json.schema(cl))
