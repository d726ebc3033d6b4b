"""A rule that defines only how it structures and unstructures works everywhere: the rest has slow, correct defaults."""

import json
from typing import Any

import attrs
import pytest
from internals import Rule, register_family
from support import converter_for, problems, rejected

from router_schema import EncodeError, RouterConverter, check, iter_jsonl, json_schema


class Colour:
    """A type that no family of rules covers."""

    def __init__(self, red: int, green: int, blue: int) -> None:
        self.parts = (red, green, blue)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Colour) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)


class ColourRule(Rule):
    """``"#ff8000"``."""

    expected = "a colour"

    def build(self, value: Any, path: Any, errors: Any) -> Any:
        if not isinstance(value, str) or len(value) != 7:
            return errors.add(path, "value", self.expected, "something else")
        return Colour(*bytes.fromhex(value[1:]))

    def take_apart(self, value: Any, path: Any, errors: Any) -> Any:
        if not isinstance(value, Colour):
            return errors.add(path, "type", "Colour", type(value).__name__)
        return "#" + bytes(value.parts).hex()


@attrs.frozen
class Flag:
    """A class with colours in every kind of place."""

    first: Colour
    stripes: tuple[Colour, ...] = ()
    named: dict[str, Colour] = attrs.Factory(dict)
    border: Colour | None = None
    part: "Flag | None" = None


@pytest.fixture
def converter(engine: str, monkeypatch: pytest.MonkeyPatch) -> RouterConverter:
    """A converter of each engine that knows the rule."""
    register_family(monkeypatch, lambda cl: cl is Colour, ColourRule)
    return converter_for(engine)


ORANGE, TEAL = Colour(255, 128, 0), Colour(0, 128, 128)
VALUE = {
    "first": "#ff8000",
    "stripes": ["#008080", "#ff8000"],
    "named": {"sea": "#008080"},
    "border": "#008080",
    "part": {"first": "#008080", "stripes": [], "named": {}},
}
FLAG = Flag(ORANGE, (TEAL, ORANGE), {"sea": TEAL}, TEAL, Flag(TEAL))


def test_it_structures(converter: RouterConverter) -> None:
    """`loads` and `structure` accept what the rule accepts, in every kind of place."""
    assert converter.loads(json.dumps(VALUE), Flag) == FLAG
    assert converter.structure(VALUE, Flag) == FLAG
    assert converter.loads('"#ff8000"', Colour) == ORANGE
    assert converter.loads('["#ff8000"]', list[Colour]) == [ORANGE]


def test_it_reports_problems(converter: RouterConverter) -> None:
    """What the rule rejects is reported at its path, beside all other problems."""
    error = rejected(converter, {**VALUE, "first": 5, "stripes": ["#", "#008080"], "border": "?", "named": 1}, Flag)

    assert problems(error) == [
        ("$.first", "value"),
        ("$.stripes[0]", "value"),
        ("$.named", "type"),
        ("$.border", "value"),
    ]
    assert problems(rejected(converter, {}, Flag)) == [("$.first", "missing")]


def test_it_unstructures(converter: RouterConverter) -> None:
    """`dumps` and `unstructure` write what the rule emits, and raise EncodeError with the problems it finds."""
    assert converter.unstructure(FLAG) == VALUE
    assert converter.loads(converter.dumps(FLAG), Flag) == FLAG
    wrong: Any = attrs.evolve(FLAG, first="#ff8000", stripes=(TEAL, None))
    for leave in (converter.dumps, converter.unstructure):
        with pytest.raises(EncodeError) as caught:
            leave(wrong)

        assert problems(caught.value) == [("$.first", "type"), ("$.stripes[1]", "type")]


def test_its_schema_is_anything(converter: RouterConverter) -> None:
    """Its JSON Schema is ``{}``, which accepts anything."""
    properties = json_schema(Flag, converter=converter)["$defs"]["Flag"]["properties"]

    assert properties["first"] == {}
    assert properties["stripes"]["items"] == {}
    assert properties["named"]["additionalProperties"] == {}


def test_logs_of_it_are_read_and_checked(converter: RouterConverter) -> None:
    """`check` and `iter_jsonl` decide as `loads` does, and count the keys beside its values."""
    lines = [json.dumps(value) for value in (VALUE, {"first": "?"}, {"first": "#ff8000", "odd": 1}, VALUE)]
    report = check(lines, Flag, converter=converter)

    assert (report.bodies, report.valid, report.invalid) == (4, 3, 1)
    assert [(problem.path, problem.kind, problem.count) for problem in report.problems] == [("$.first", "value", 1)]
    assert [key.path for key in report.unknown_keys] == ["$.odd"]
    assert list(iter_jsonl([lines[0], lines[3]], Flag, converter=converter)) == [FLAG, FLAG]


def test_the_source_can_be_read(converter: RouterConverter) -> None:
    """`get_source` shows the functions of a class that holds it."""
    source = converter.get_source(Flag)

    assert source.count("def structure_Flag(value):") == source.count("def unstructure_Flag(value):") == 1
