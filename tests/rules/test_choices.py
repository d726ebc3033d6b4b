"""Enums and `Literal`: one of some values."""

import enum
from typing import Any, Literal

import attrs
import pytest
from support import problems
from user_classes import Level, Plain, Size

from router_schema import FinishReason, RouterConverter, ValidationError
from rules.rows import (
    accepts,
    each,
    holder,
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


# --- enums with a will of their own ---


class Lenient(str, enum.Enum):
    A = "a"

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, str):
            raise TypeError(f"secret {value}")
        match value:
            case "A":
                return cls.A
            case "wrong":
                return 5
            case "key":
                raise KeyError(value)
            case "runtime":
                raise RuntimeError(value)
        return None


def test_an_enum_may_know_more_values(converter: RouterConverter) -> None:
    """What an enum's own ``_missing_`` finds is accepted."""
    assert converter.loads('{"x": "A"}', holder(Lenient)).x is Lenient.A


@pytest.mark.parametrize("value", ["b", "wrong", "key", "runtime"])
def test_an_enum_may_refuse_in_its_own_way(value: str, converter: RouterConverter) -> None:
    """Whatever an enum's own ``_missing_`` raises or returns wrongly, the value is rejected."""
    with pytest.raises(ValidationError) as caught:
        converter.loads(f'{{"x": "{value}"}}', holder(Lenient))

    assert problems(caught.value) == [("$.x", "value")]
    assert caught.value.__context__ is None


class Mixed(enum.Enum):
    """A boolean and integers, some of which are equal in Python."""

    YES = True
    CODE = 7
    WORD = "word"
    ZERO = 0

    @classmethod
    def _missing_(cls, value: object) -> Any:
        return cls.CODE if value == "seven" else None


@pytest.mark.parametrize(
    ("text", "member"), [("true", Mixed.YES), ("7", Mixed.CODE), ("0", Mixed.ZERO), ('"seven"', Mixed.CODE)]
)
def test_enums_of_several_types(text: str, member: Mixed, converter: RouterConverter) -> None:
    """A JSON value finds a member of its own type only, though ``True == 1`` in Python."""
    cl: Any = attrs.make_class("Holder", {"mixed": attrs.field(type=Mixed)})

    assert converter.loads(f'{{"mixed":{text}}}', cl).mixed is member
    for wrong in ("1", "false", '"7"'):
        with pytest.raises(ValidationError):
            converter.loads(f'{{"mixed":{wrong}}}', cl)


def test_enum_aliases(converter: RouterConverter) -> None:
    """An alias in an enum is the member itself."""

    class Aliased(enum.Enum):
        ONE = "one"
        EINS = "one"  # noqa: PIE796

    assert converter.loads('{"x": "one"}', holder(Aliased)).x is Aliased.ONE
    assert converter.dumps(holder(Aliased)(Aliased.EINS)) == '{"x":"one"}'
