"""The shipped schemas, held to the types of the router's SDK and of the openai client."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, get_args

import pytest
from support import CORPUS, needs_corpus

from router_schema import json_schema, loads, openai, orq

# --- any JSON Schema, as plain data ---

Shape = Any


def shape_of(schema: dict[str, Any], root: dict[str, Any]) -> Shape:
    """
    What a JSON Schema accepts, without the words around it.

    It is a frozenset of alternatives, each the name of a type, ``("array", items)``, ``("values", ...)`` or
    ``("object", ((name, shape, is required), ...))``.
    """
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return frozenset[Any]().union(*(shape_of(member, root) for member in schema["anyOf"]))
    if schema.get("title") == "Unset":  # what the SDK's fields hold where nothing was sent
        return frozenset()
    if "enum" in schema or "const" in schema:
        return frozenset({("values", tuple(schema.get("enum", [schema.get("const")])))})
    if schema["type"] == "array":
        return frozenset({("array", shape_of(schema["items"], root))})
    if "properties" in schema:
        fields = ((name, shape_of(field, root)) for name, field in schema["properties"].items())
        required = schema.get("required", [])
        return frozenset({("object", tuple((name, shape, name in required) for name, shape in fields))})
    if schema["type"] == "object":
        return frozenset({("mapping", shape_of(schema["additionalProperties"], root))})
    return frozenset({schema["type"]})


def shape_of_class(cl: Any) -> Shape:
    """The shape of one of our classes, or of a pydantic model."""
    schema = cl.model_json_schema() if hasattr(cl, "model_json_schema") else json_schema(cl)
    return shape_of(schema, schema)


def field_of(shape: Shape, name: str) -> Shape:
    """The shape of a field of a class, or of the class whose instances an array holds."""
    for alternative in shape:
        if alternative[0] == "array":
            return field_of(alternative[1], name)
        if alternative[0] == "object":
            return next(inner for field, inner, _ in alternative[1] if field == name)
    raise LookupError(name)


# --- the router's SDK ---

CLASSES = [
    "CreateCompletionChoices",
    "CreateCompletionCompletionTokensDetails",
    "CreateCompletionData",
    "CreateCompletionPromptTokensDetails",
    "CreateCompletionResponseBody",
    "CreateCompletionRouterCompletionsResponseBody",
    "CreateCompletionUsage",
]


@pytest.fixture(scope="module")
def sdk() -> Any:
    """The models of the router's SDK."""
    return pytest.importorskip("orq_ai_sdk.models")


def test_every_class_is_compared() -> None:
    """The module has the compared classes, and beside them the names of two types."""
    assert sorted([*CLASSES, "CreateCompletionFinishReason", "Created"]) == sorted(orq.__all__)


@pytest.mark.parametrize("name", CLASSES)
def test_the_sdk_has_the_same_classes(name: str, sdk: Any) -> None:
    """Fields, their order, types and optionality are those of the SDK's class of the same name."""
    assert shape_of_class(getattr(orq, name)) == shape_of_class(getattr(sdk, name))


def test_the_sdk_has_the_same_names_of_types(sdk: Any) -> None:
    """The finish reasons are the SDK's."""
    assert [reason.value for reason in orq.CreateCompletionFinishReason] == list(
        get_args(sdk.CreateCompletionFinishReason)
    )
    assert orq.Created == sdk.Created.__value__


@pytest.mark.parametrize("part", ["Choices", "CompletionTokensDetails", "PromptTokensDetails", "Usage"])
def test_the_parts_of_a_stream_are_those_of_a_body(part: str, sdk: Any) -> None:
    """The SDK's second copy of each part has the same fields."""
    assert shape_of_class(getattr(orq, f"CreateCompletion{part}")) == shape_of_class(
        getattr(sdk, f"CreateCompletionRouterCompletions{part}")
    )


@needs_corpus
def test_the_sdk_accepts_the_same_bodies(sdk: Any) -> None:
    """The class accepts a recorded body if, and only if, the SDK's does."""
    lines = (CORPUS / "completions.jsonl").read_bytes().splitlines()
    ours = [is_accepted_by(lambda line: loads(line, orq.CreateCompletionResponseBody), line) for line in lines]
    theirs = [is_accepted_by(sdk.CreateCompletionResponseBody.model_validate_json, line) for line in lines]

    assert ours == theirs
    assert sum(ours) == 420


def is_accepted_by(decode: Callable[[bytes], object], line: bytes) -> bool:
    """Whether *decode* raises nothing; the errors of both libraries are ValueErrors."""
    try:
        decode(line)
    except ValueError:
        return False
    return True


# --- the openai client ---


def is_accepted(theirs: Shape, ours: Shape) -> bool:
    """Whether every value of the shape *theirs* is one of the shape *ours*."""
    return all(any(is_member(alternative, other) for other in ours) for alternative in theirs)


def is_member(theirs: Any, ours: Any) -> bool:
    """`is_accepted`, of one alternative each."""
    if theirs == ours or (theirs == "integer" and ours == "number"):
        return True
    if theirs[0] == "values":
        return ours == "string" and all(isinstance(value, str) for value in theirs[1])
    if theirs[0] in ("array", "mapping") and ours[0] == theirs[0]:
        return is_accepted(theirs[1], ours[1])
    if theirs[0] == "object" and ours[0] == "object":
        fields = {name: (shape, required) for name, shape, required in ours[1]}
        return {name for name, _, _ in theirs[1]} == set(fields) and all(
            is_accepted(shape, fields[name][0]) and (required or not fields[name][1])
            for name, shape, required in theirs[1]
        )
    return False


def test_the_openai_client_has_the_same_fields() -> None:
    """Completion has exactly the official fields, at every level, and accepts everything that their types allow."""
    official = pytest.importorskip("openai.types")

    assert is_accepted(shape_of_class(official.Completion), shape_of_class(openai.Completion))


def test_a_field_more_or_less_is_noticed() -> None:
    """The comparison finds a missing field, an additional one, a narrower type and a stricter presence."""

    def drawn(**fields: tuple[Any, bool]) -> Shape:
        return frozenset({("object", tuple((name, *rest) for name, rest in fields.items()))})

    string, number, maybe = frozenset({"string"}), frozenset({"number"}), frozenset({"string", "null"})
    theirs = drawn(a=(maybe, False), b=(number, True))

    assert is_accepted(theirs, theirs)
    assert is_accepted(theirs, drawn(a=(maybe, False), b=(number, False)))
    for ours in (
        drawn(a=(maybe, False)),
        drawn(a=(maybe, False), b=(number, True), c=(number, False)),
        drawn(a=(string, False), b=(number, True)),
        drawn(a=(maybe, True), b=(number, True)),
        drawn(a=(maybe, False), b=(string, True)),
    ):
        assert not is_accepted(theirs, ours)


@pytest.mark.parametrize(
    ("path", "looser"),
    [
        (("choices", "finish_reason"), {"string", "null"}),
        (("usage", "completion_tokens"), {"integer", "null"}),
        (("object",), {"string"}),
    ],
)
def test_where_completion_is_looser(path: tuple[str, ...], looser: set[str]) -> None:
    """Where servers in the field differ from the official schema, Completion accepts what they send."""
    assert functools.reduce(field_of, path, shape_of_class(openai.Completion)) == looser
