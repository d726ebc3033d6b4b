"""Enums and `Literal`: one of some values."""

from typing import Any, Literal

import pytest
from user_classes import Level, Plain, Size

from router_schema import FinishReason, RouterConverter
from rules.rows import (
    accepts,
    each,
    is_not_nullable,
    is_required,
    keeps_back,
    rejects,
    structure_rejects,
    structures,
    writes,
)

HUGE = "7" * 5000
LEVELS = "one of 'low', 'high'"


# --- from JSON ---


@each(
    "tp text expected",
    [
        (FinishReason, '"stop"', FinishReason.STOP),
        (Level, '"high"', Level.HIGH),
        (Size, "2", Size.LARGE),
        (Plain, '"b"', Plain.B),
        (Literal["a", "b"], '"b"', "b"),
        (Literal[1, 2], "2", 2),
        (Literal[1, True], "true", True),
        (Literal[1, True], "1", 1),
        (Literal["a", None], "null", None),
        (Literal[Level.LOW], '"low"', Level.LOW),
    ],
)
def test_accepted(tp: Any, text: str, expected: Any, converter: RouterConverter) -> None:
    """A listed value becomes its member, the very same one in type."""
    accepts(converter, tp, text, expected)


@each(
    "tp text kind expected actual",
    [
        (Level, "1", "type", LEVELS, "integer"),
        (Level, "null", "type", LEVELS, "null"),
        (Level, "[]", "type", LEVELS, "array"),
        (Level, "{}", "type", LEVELS, "object"),
        (Level, "true", "type", LEVELS, "boolean"),
        (Level, '"HIGH"', "value", LEVELS, "string"),
        (Level, '"high "', "value", LEVELS, "string"),
        (Level, '""', "value", LEVELS, "string"),
        (Level, '"Level.HIGH"', "value", LEVELS, "string"),
        (Level, r'"\ud800"', "value", LEVELS, "string"),
        (Size, "3", "value", "one of 1, 2", "integer"),
        (Size, HUGE, "value", "one of 1, 2", "integer"),
        (Size, "1.0", "type", "one of 1, 2", "number"),
        (Size, "true", "type", "one of 1, 2", "boolean"),
        (Size, '"1"', "type", "one of 1, 2", "string"),
        (Plain, '"A"', "value", "one of 'a', 'b'", "string"),
        (Literal["a", "b"], '"c"', "value", "one of 'a', 'b'", "string"),
        (Literal["a", "b"], "null", "type", "one of 'a', 'b'", "null"),
        (Literal[1, 2], "true", "type", "one of 1, 2", "boolean"),
        (Literal[1, 2], "1.0", "type", "one of 1, 2", "number"),
        (Literal[1, 2], "3", "value", "one of 1, 2", "integer"),
        (Literal[1, True], "false", "value", "one of 1, true", "boolean"),
        (Literal[True], "1", "type", "one of true", "integer"),
        (Level | None, "1", "type", f"{LEVELS} or null", "integer"),
    ],
)
def test_rejected(tp: Any, text: str, kind: str, expected: str, actual: str, converter: RouterConverter) -> None:
    """A value that is not listed is one problem: of kind type where no member has its JSON type, else of kind value."""
    rejects(converter, tp, text, kind, expected, actual)


LITERALS = [Literal["a", "b"], Literal[1, 2], Literal[1, True], Literal["a", None], Literal[Level.LOW]]


@pytest.mark.parametrize("tp", [FinishReason, Level, Size, Plain, *LITERALS], ids=str)
def test_a_key_is_required(tp: Any, converter: RouterConverter) -> None:
    """A field without a default needs its key, also where null is a choice."""
    is_required(converter, tp)


def test_a_default_does_not_allow_null(converter: RouterConverter) -> None:
    """A default makes a key optional, not nullable."""
    is_not_nullable(converter, Level)


def test_structure_accepts_members(converter: RouterConverter) -> None:
    """`structure` accepts a member of a str enum, which is a str."""
    structures(converter, Level, Level.HIGH, Level.HIGH)


def test_structure_rejects_members_of_others(converter: RouterConverter) -> None:
    """`structure` rejects a member of another enum, by the name of its class."""
    structure_rejects(converter, Level, Plain.A, "type", "Plain")


# --- to JSON ---


@each(
    "tp value text",
    [
        (Level, Level.LOW, '"low"'),
        (Size, Size.LARGE, "2"),
        (Plain, Plain.A, '"a"'),
        (Literal["a"], "a", '"a"'),
        (Literal[1, True, None], True, "true"),
        (Literal[1, True, None], None, "null"),
        (Literal[Level.LOW], Level.LOW, '"low"'),
    ],
)
def test_written(tp: Any, value: Any, text: str, converter: RouterConverter) -> None:
    """A member is written as its value, and comes back."""
    writes(converter, tp, value, text)


@each(
    "tp value kind expected actual",
    [
        (Level, "low", "type", "Level", "str"),
        (Level, Plain.A, "type", "Level", "Plain"),
        (Level, None, "type", "Level", "None"),
        (Literal["a"], "b", "value", "one of 'a'", "str"),
        (Literal["a"], 1, "type", "str", "int"),
        (Literal[1], True, "type", "int", "bool"),
        (Literal[Level.LOW], Level.HIGH, "value", "one of 'low'", "Level"),
    ],
)
def test_kept_back(tp: Any, value: Any, kind: str, expected: str, actual: str, converter: RouterConverter) -> None:
    """What is not a member raises EncodeError, a member's bare value included."""
    keeps_back(converter, tp, value, kind, expected, actual)
