"""The JSON Schema of a class: what it says."""

from __future__ import annotations

import json
import math
from enum import Enum
from importlib import resources
from typing import Annotated, Any

import attrs
import cattrs
import pytest
from cattrs import override
from jsonschema import Draft202012Validator
from support import choice, converter_for
from user_classes import Node, Renamed

from router_schema import RouterCompletionsResponseBody, configure_converter, json_schema, loads, make_converter
from router_schema.openai import Completion

# --- what it says ---


def test_the_router_body() -> None:
    """The schema names the classes, their fields in order and what is required, with the docstrings' descriptions."""
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
    """The schema files in the package are up to date; `router-schema schema` writes them."""
    file = resources.files("router_schema") / "schemas" / f"{cl.__name__}.json"

    assert json.loads(file.read_text("utf-8")) == json_schema(cl)


def test_keys_are_those_of_the_converter() -> None:
    """The schema has the converter's renamed keys and forbids extra keys where the converter does."""
    assert set(json_schema(Renamed)["$defs"]["Renamed"]["properties"]) == {"finishReason", "odd key", "in"}
    assert "additionalProperties" not in json_schema(Node)["$defs"]["Node"]
    assert (
        json_schema(Node, converter=converter_for("ujson", forbid_extra_keys=True))["$defs"]["Node"][
            "additionalProperties"
        ]
        is False
    )


def test_own_cattrs_converter() -> None:
    """The schema of a cattrs converter that was made strict follows that converter's options."""
    mine = cattrs.Converter(forbid_extra_keys=True)
    configure_converter(mine)

    assert json_schema(Node, converter=mine) == json_schema(
        Node, converter=converter_for("ujson", forbid_extra_keys=True)
    )


def test_class_that_contains_itself() -> None:
    """A recursive class refers to its own definition."""
    node = json_schema(Node)["$defs"]["Node"]

    assert node["properties"]["children"] == {"type": "array", "items": {"$ref": "#/$defs/Node"}}


def test_type_with_a_hook_is_anything() -> None:
    """A type with a hook has the schema `{}`: only the hook knows what it accepts."""
    converter = make_converter()
    converter.register_structure_hook(complex, lambda value, _: complex(value))

    @attrs.frozen
    class Signal:
        value: complex
        values: dict[str, complex]

    properties = json_schema(Signal, converter=converter)["$defs"]["Signal"]["properties"]

    assert properties == {"value": {}, "values": {"type": "object", "additionalProperties": {}}}


def test_unsupported_type_is_a_type_error() -> None:
    """A type that `loads` does not support is a TypeError."""

    @attrs.frozen
    class Signal:
        value: complex

    with pytest.raises(TypeError, match="complex is not supported"):
        json_schema(Signal)


def test_types_that_are_no_class() -> None:
    """A list of classes has a schema, and so has a scalar, which needs no definitions."""
    assert json_schema(list[Node])["items"] == {"$ref": "#/$defs/Node"}
    assert json_schema(str) == {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "string"}


def test_classes_of_one_name() -> None:
    """Classes with the same name, or with odd names, have separate definitions, which references find."""

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
    """An enum with a `_missing_` is described by its type alone, and one without members accepts nothing."""
    validator = Draft202012Validator(json_schema(Enums))

    Draft202012Validator.check_schema(json_schema(Enums))
    assert loads('{"lenient": "A"}', Enums).lenient is Lenient.A
    assert validator.is_valid({"lenient": "A"})
    assert not validator.is_valid({"lenient": 1})
    assert not validator.is_valid({"lenient": "a", "nothing": "x"})


def test_defaults_that_are_not_their_json() -> None:
    """The schema omits a default that a converter or a hook changes, or that the field itself rejects."""
    converter = make_converter()
    converter.register_structure_hook(complex, lambda value, _: complex(value))
    cl = attrs.make_class(
        "Odd",
        {
            "converted": attrs.field(type=int, default="5", converter=int),
            "hooked": attrs.field(type=complex | None, default=1),
            "wrong": attrs.field(type=int, default=None),
            "infinite": attrs.field(type=float, default=math.inf),
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
    """Entries may be indented by less, and a parent that is not an attrs class adds no description."""
    schema = json_schema(Narrow)["$defs"]["Narrow"]

    assert "description" not in schema
    assert schema["properties"]["first"]["description"] == "Indented by two."


@pytest.mark.parametrize("cl", [Documented, Inherited])
def test_descriptions_and_defaults(cl: Any) -> None:
    """Descriptions are those of the docstrings, inherited ones included; defaults that are plain scalars appear."""
    schema = json_schema(cl)["$defs"][cl.__name__]

    assert schema["description"] == "A class that says what it is."
    assert schema["required"] == ["first"]
    assert schema["properties"]["first"] == {"type": "string", "description": "Goes on over `two` lines."}
    assert schema["properties"]["second"] == {"type": "integer", "description": "With its type.", "default": 2}
    assert schema["properties"]["third"] == {"$ref": "#/$defs/Colour", "default": "red"}
    assert schema["properties"]["fourth"] == {"type": "number"}
    assert schema["properties"]["fifth"] == {"type": "array", "items": {"type": "string"}}


def test_choices_of_the_sample_are_referred_to() -> None:
    """A choice can be validated alone by its definition in the whole schema."""
    schema = json_schema()
    of_choice = Draft202012Validator({**schema, "$ref": "#/$defs/RouterCompletionsChoices"})

    assert of_choice.is_valid(choice())
    assert not of_choice.is_valid(choice(index="0"))
