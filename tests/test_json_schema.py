"""The JSON Schema of a class, held to `loads` by a validator that knows nothing of this library."""

from __future__ import annotations

import functools
import json
from enum import Enum
from importlib import resources
from typing import Annotated, Any

import attrs
import cattrs
import pytest
from cattrs import override
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from support import CORPUS, INVALID, VALID, Case, body, choice, json_of, mutants
from user_classes import ALL, Converted, Node, Renamed, Validated

from router_schema import (
    DecodeError,
    RouterCompletionsResponseBody,
    ValidationError,
    configure_converter,
    json_schema,
    loads,
    make_converter,
)
from router_schema.openai import Completion

CONVERTERS = {forbid: make_converter(engine="ujson", forbid_extra_keys=forbid) for forbid in (False, True)}

#: What is expected where `loads` refuses values that JSON Schema has no means to refuse.
INEXPRESSIBLE = (
    "a string without lone surrogates",
    "a number that a double holds",
    "an integer of at most 4,300 digits",
    "a value that its validator accepts",
    "a value that its converter accepts",
)


@functools.cache
def referee_of(cl: Any, forbid: bool) -> Draft202012Validator:
    return Draft202012Validator(json_schema(cl, converter=CONVERTERS[forbid]))


def refused_beyond_schema(error: ValidationError) -> bool:
    """Whether all that is wrong is of the kinds that JSON Schema cannot say; to it, ``1.0`` is an integer."""
    return all(
        (problem.kind == "value" and problem.expected in INEXPRESSIBLE)
        or (problem.kind == "type" and problem.actual == "number" and problem.expected != "string")
        for problem in error.errors
    )


def parsed(text: bytes | str) -> Any:
    """*text* parsed by the standard library, which by default converts no integer of more than 4,300 digits."""
    return json.loads(text, parse_int=lambda digits: int(digits[:4000]))


def hold_to_referee(text: bytes | str, cl: Any, forbid: bool) -> str:
    """Hold `loads` to the validator on one text; returns what became of it."""
    refused = None
    try:
        CONVERTERS[forbid].loads(text, cl)
    except ValidationError as error:
        refused = error
    except DecodeError:
        return "not JSON"
    if referee_of(cl, forbid).is_valid(parsed(text)):
        assert refused is None or refused_beyond_schema(refused)
    else:
        assert refused is not None
    return "accepted" if refused is None else "refused"


each_class = pytest.mark.parametrize("cl", [*ALL, Completion], ids=lambda cl: cl.__name__)
each_way = pytest.mark.parametrize("forbid", [False, True], ids=["ignoring", "forbidding"])


@each_way
@each_class
@given(data=st.data())
def test_referee_agrees_on_mutants(cl: Any, forbid: bool, data: st.DataObject) -> None:
    """On bodies with up to three things changed, loads and an independent validator say the same, for every class."""
    hold_to_referee(data.draw(mutants(json_of(cl))), cl, forbid)


@each_way
@pytest.mark.parametrize("case", [*VALID, *INVALID], ids=lambda case: case.name)
def test_referee_agrees_on_samples(case: Case, forbid: bool) -> None:
    """On every sample, valid and invalid, loads and the validator say the same."""
    hold_to_referee(case.data, case.cl, forbid)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the recorded bodies are not at hand")
@each_way
@pytest.mark.parametrize("cl", [RouterCompletionsResponseBody, Completion])
def test_referee_agrees_on_the_corpus(cl: Any, forbid: bool) -> None:
    """On every recorded body, loads and the validator say the same."""
    outcomes = [
        hold_to_referee(line, cl, forbid)
        for name in ("completions.jsonl", "errors.jsonl")
        for line in (CORPUS / name).read_bytes().splitlines()
    ]

    assert {"accepted", "refused"} == set(outcomes)


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
    """The schema tells the declared types of fields whose validators or converters may refuse more."""
    assert json_schema(cl)["$defs"][cl.__name__]["properties"]["name"] == {"type": "string"}


# --- what it says ---


def test_the_router_body() -> None:
    """The schema has the classes' names, their fields in order, what is required, and the docstrings' descriptions."""
    schema = json_schema()
    whole = schema["$defs"]["RouterCompletionsResponseBody"]

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$ref"] == "#/$defs/RouterCompletionsResponseBody"
    assert list(schema["$defs"]) == [
        "RouterCompletionsResponseBody",
        "RouterCompletionsChoices",
        "FinishReason",
        "RouterCompletionsUsage",
    ]
    assert (
        list(whole["properties"])
        == whole["required"]
        == [field.name for field in attrs.fields(RouterCompletionsResponseBody)]
    )
    assert whole["description"].startswith("A completion response.")
    assert whole["properties"]["created"] == {
        "type": "number",
        "description": "Unix timestamp (seconds) of when the completion was created.",
    }
    assert schema["$defs"]["FinishReason"] == {
        "title": "FinishReason",
        "type": "string",
        "enum": ["stop", "length", "content_filter", "tool_calls"],
    }
    assert schema["$defs"]["RouterCompletionsUsage"]["properties"]["total_tokens"] == {
        "anyOf": [{"type": "number"}, {"type": "null"}],
        "description": "Tokens in the request: prompt + completion.",
        "default": None,
    }
    assert "required" not in schema["$defs"]["RouterCompletionsUsage"]


@pytest.mark.parametrize("cl", [RouterCompletionsResponseBody, Completion])
def test_every_shipped_field_is_described(cl: Any) -> None:
    """No class or field of the shipped models lacks a description."""
    for name, schema in json_schema(cl)["$defs"].items():
        assert "enum" in schema or schema["description"], name
        assert all(field["description"] for field in schema.get("properties", {}).values()), name


@pytest.mark.parametrize("cl", [RouterCompletionsResponseBody, Completion])
def test_shipped_file_is_what_the_generator_writes(cl: Any) -> None:
    """The schema files in the package are those of the shipped classes; `router-schema schema` writes them anew."""
    file = resources.files("router_schema") / "schemas" / f"{cl.__name__}.json"

    assert json.loads(file.read_text("utf-8")) == json_schema(cl)


@each_class
def test_schema_is_one(cl: Any) -> None:
    """What is written is a schema itself, by the meta-schema of its draft."""
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


def test_keys_are_those_of_the_converter() -> None:
    """Renamed keys, aliases and forbidden extra keys of the converter are in its schema."""
    assert set(json_schema(Renamed)["$defs"]["Renamed"]["properties"]) == {"finishReason", "odd key", "in"}
    assert "additionalProperties" not in json_schema(Node)["$defs"]["Node"]
    assert json_schema(Node, converter=CONVERTERS[True])["$defs"]["Node"]["additionalProperties"] is False


def test_own_cattrs_converter() -> None:
    """The schema of a cattrs converter that was made strict honours its options."""
    mine = cattrs.Converter(forbid_extra_keys=True)
    configure_converter(mine)

    assert json_schema(Node, converter=mine) == json_schema(Node, converter=CONVERTERS[True])


def test_class_that_contains_itself() -> None:
    """A recursive class refers to its own definition."""
    node = json_schema(Node)["$defs"]["Node"]

    assert node["properties"]["children"] == {"type": "array", "items": {"$ref": "#/$defs/Node"}}


def test_type_with_a_hook_is_anything() -> None:
    """Only a hook knows what it takes, so its schema takes anything."""
    converter = make_converter()
    converter.register_structure_hook(complex, lambda value, _: complex(value))

    @attrs.frozen
    class Signal:
        value: complex
        values: dict[str, complex]

    properties = json_schema(Signal, converter=converter)["$defs"]["Signal"]["properties"]

    assert properties == {"value": {}, "values": {"type": "object", "additionalProperties": {}}}


def test_unsupported_type_is_a_type_error() -> None:
    """A type that loads would not take has no schema."""

    @attrs.frozen
    class Signal:
        value: complex

    with pytest.raises(TypeError, match="complex is not supported"):
        json_schema(Signal)


def test_types_that_are_no_class() -> None:
    """A list of bodies has a schema, and so has a scalar, which needs no definitions."""
    assert json_schema(list[Node])["items"] == {"$ref": "#/$defs/Node"}
    assert json_schema(str) == {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "string"}


def test_classes_of_one_name() -> None:
    """Classes of the same name, or of odd names, get definitions of their own, and a reference finds them."""

    def make(tp: Any, name: str = "Item") -> Any:
        return attrs.make_class(name, {"value": attrs.field(type=tp)})

    classes = [make(str), make(int), make(bool, "Item_2"), make(str, "It/em%25 ~"), make(int, "It em%25/~")]
    whole = attrs.make_class("Whole", {name: attrs.field(type=cl) for name, cl in zip("abcde", classes, strict=True)})
    schema = json_schema(whole)
    value = {name: {"value": value} for name, value in zip("abcde", ["x", 1, True, "x", 1], strict=True)}

    assert len(schema["$defs"]) == 6
    assert schema["$defs"]["Whole"]["properties"]["a"] == {"$ref": "#/$defs/Item"}
    assert Draft202012Validator(schema).is_valid(value)
    assert not any(Draft202012Validator(schema).is_valid({**value, name: {"value": None}}) for name in value)


class Colour(Enum):
    RED = "red"


class Lenient(Enum):
    A = "a"

    @classmethod
    def _missing_(cls, value: object) -> Any:
        return cls.A if value == "A" else None


class Nothing(Enum):
    pass


@attrs.frozen
class Enums:
    lenient: Lenient
    nothing: Nothing | None = None


def test_enums_of_odd_makes() -> None:
    """An enum that may know more than its values has its type alone for a schema; one without values takes nothing."""
    validator = Draft202012Validator(json_schema(Enums))

    Draft202012Validator.check_schema(json_schema(Enums))
    assert loads('{"lenient": "A"}', Enums).lenient is Lenient.A
    assert validator.is_valid({"lenient": "A"})
    assert not validator.is_valid({"lenient": 1})
    assert not validator.is_valid({"lenient": "a", "nothing": "x"})


def test_defaults_that_are_not_their_json() -> None:
    """A default that a converter or a hook makes is not told: the JSON for it is another."""
    converter = make_converter()
    converter.register_structure_hook(complex, lambda value, _: complex(value))
    cl = attrs.make_class(
        "Odd",
        {
            "converted": attrs.field(type=int, default="5", converter=int),
            "hooked": attrs.field(type=complex | None, default=1),
            "plain": attrs.field(type=int | None, default=1),
        },
    )
    properties = json_schema(cl, converter=converter)["$defs"]["Odd"]["properties"]

    assert [name for name, schema in properties.items() if "default" in schema] == ["plain"]


@attrs.frozen
class Documented:
    """
    A class that says
    what it is.

    And more that no schema needs.

    Attributes:
        first: Goes on
            over ``two`` lines.
        second (int): With its type.

    Examples:
        third: Not a field's description.
    """

    first: str
    second: int = 2
    third: Colour = Colour.RED
    fourth: float = float("inf")
    fifth: list[str] = attrs.Factory(list)


@attrs.frozen
class Inherited(Documented):
    sixth: Annotated[str, override(rename="6th")] = ""


@attrs.frozen
class Narrow(dict):  # type: ignore[type-arg]
    """

    Attributes:
      first: Indented by
        two.
    """

    first: str


def test_docstrings_of_other_shapes() -> None:
    """Entries may be indented by less, and a class has no description of a parent that is no attrs class."""
    schema = json_schema(Narrow)["$defs"]["Narrow"]

    assert "description" not in schema
    assert schema["properties"]["first"]["description"] == "Indented by two."


@pytest.mark.parametrize("cl", [Documented, Inherited])
def test_descriptions_and_defaults(cl: Any) -> None:
    """Descriptions are the docstring's, inherited ones too; defaults are told where they are plain scalars."""
    schema = json_schema(cl)["$defs"][cl.__name__]

    assert schema["description"] == "A class that says what it is."
    assert schema["required"] == ["first"]
    assert schema["properties"]["first"] == {"type": "string", "description": "Goes on over `two` lines."}
    assert schema["properties"]["second"] == {"type": "integer", "description": "With its type.", "default": 2}
    assert schema["properties"]["third"] == {"$ref": "#/$defs/Colour", "default": "red"}
    assert schema["properties"]["fourth"] == {"type": "number"}
    assert schema["properties"]["fifth"] == {"type": "array", "items": {"type": "string"}}


def test_choices_of_the_sample_are_referred_to() -> None:
    """A choice may be judged on its own by the definition in the whole schema."""
    schema = json_schema()
    of_choice = Draft202012Validator({**schema, "$ref": "#/$defs/RouterCompletionsChoices"})

    assert of_choice.is_valid(choice())
    assert not of_choice.is_valid(choice(index="0"))
