"""Strings, numbers and booleans: what each accepts, rejects and writes."""

import math
from typing import Any, Optional

import pytest
from support import converter_for, problems
from user_classes import Level

from router_schema import EncodeError, RouterConverter
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

NAN, INF = math.nan, math.inf
SURROGATE = "a\ud800"
HUGE = "7" * 5000
SCALARS = [str, float, int, bool]


# --- from JSON ---


@each(
    "tp text expected",
    [
        (str, '"a"', "a"),
        (str, '""', ""),
        (str, r'"\ud83c\udf51 \u0000"', "🍑 \0"),
        (float, "1", 1.0),
        (float, "-0.0", -0.0),
        (float, "1.5", 1.5),
        (float, "1e3", 1000.0),
        (float, "9007199254740993", 9007199254740992.0),
        (float, "1" + "0" * 308, 1e308),
        (float, "1.7976931348623157e308", 1.7976931348623157e308),
        (float, "1e-400", 0.0),
        (float, "5e-324", 5e-324),
        (int, "0", 0),
        (int, "-5", -5),
        (int, "-0", 0),
        (int, "18446744073709551616", 2**64),
        (int, "-9223372036854775809", -(2**63) - 1),
        (int, "7" * 4300, 7 * (10**4300 // 9)),
        (bool, "true", True),
        (bool, "false", False),
        (str | None, "null", None),
        (str | None, '"a"', "a"),
        (Optional[float], "3", 3.0),  # noqa: UP045
        (Optional[float], "null", None),  # noqa: UP045
    ],
)
def test_accepted(tp: Any, text: str, expected: Any, converter: RouterConverter) -> None:
    """A JSON value of the right type becomes the Python value of the table, exactly and in type."""
    accepts(converter, tp, text, expected)


@each(
    "tp text kind expected actual",
    [
        (str, "1", "type", "string", "integer"),
        (str, "1.0", "type", "string", "number"),
        (str, "true", "type", "string", "boolean"),
        (str, "null", "type", "string", "null"),
        (str, "[]", "type", "string", "array"),
        (str, "{}", "type", "string", "object"),
        (str, r'"a\ud800"', "value", "a string without lone surrogates", "string"),
        (str, r'"\udc00\ud800"', "value", "a string without lone surrogates", "string"),
        (float, '"1"', "type", "number", "string"),
        (float, "true", "type", "number", "boolean"),
        (float, "null", "type", "number", "null"),
        (float, "[1]", "type", "number", "array"),
        (float, "{}", "type", "number", "object"),
        (float, "1e309", "value", "a number that fits a double", "number"),
        (float, "-1e309", "value", "a number that fits a double", "number"),
        (float, "1" + "0" * 309, "value", "a number that fits a double", "integer"),
        (float, HUGE, "value", "a number that fits a double", "integer"),
        (int, "1.0", "type", "integer", "number"),
        (int, "1e2", "type", "integer", "number"),
        (int, "-0.0", "type", "integer", "number"),
        (int, "1e400", "type", "integer", "number"),
        (int, '"1"', "type", "integer", "string"),
        (int, "true", "type", "integer", "boolean"),
        (int, "false", "type", "integer", "boolean"),
        (int, "null", "type", "integer", "null"),
        (int, "[]", "type", "integer", "array"),
        (int, HUGE, "value", "an integer of at most 4,300 digits", "integer"),
        (int, "-" + HUGE, "value", "an integer of at most 4,300 digits", "integer"),
        (bool, "0", "type", "boolean", "integer"),
        (bool, "1", "type", "boolean", "integer"),
        (bool, "1.0", "type", "boolean", "number"),
        (bool, '"true"', "type", "boolean", "string"),
        (bool, "null", "type", "boolean", "null"),
        (str | None, "1", "type", "string or null", "integer"),
        (float | None, '"1"', "type", "number or null", "string"),
        (float | None, "1e400", "value", "a number that fits a double", "number"),
    ],
)
def test_rejected(tp: Any, text: str, kind: str, expected: str, actual: str, converter: RouterConverter) -> None:
    """Any other JSON value is one problem, of the kind and words of the table."""
    rejects(converter, tp, text, kind, expected, actual)


@pytest.mark.parametrize("tp", [*SCALARS, str | None, float | None])
def test_a_key_is_required(tp: Any, converter: RouterConverter) -> None:
    """A field without a default needs its key, also where it may be null."""
    is_required(converter, tp)


@pytest.mark.parametrize("tp", SCALARS)
def test_a_default_does_not_allow_null(tp: Any, converter: RouterConverter) -> None:
    """A default makes a key optional, not nullable."""
    is_not_nullable(converter, tp)


class Text(str):
    __slots__ = ()


class Whole(int):
    pass


@each(
    "tp value expected",
    [(str, Text("a"), "a"), (str, Level.HIGH, "high"), (int, Whole(5), 5), (float, Whole(5), 5.0)],
)
def test_structure_accepts_subclasses(tp: Any, value: Any, expected: Any, converter: RouterConverter) -> None:
    """`structure` accepts a subclass of a builtin and returns the builtin itself."""
    structures(converter, tp, value, expected)


@each(
    "tp value kind actual",
    [
        (float, NAN, "value", "number"),
        (float, INF, "value", "number"),
        (float, -INF, "value", "number"),
        (float, 10**400, "value", "integer"),
        (int, 10**4300, "value", "integer"),
        (int, Whole(-(10**4300)), "value", "integer"),
        (int | float, 10**4300, "value", "integer"),
        (int | None, 10**4300, "value", "integer"),
        (Any, 10**4300, "value", "integer"),
        (Any, -(10**4300), "value", "integer"),
        (str, SURROGATE, "value", "string"),
        (str, b"bytes", "type", "bytes"),
        (float, 1j, "type", "complex"),
        (str, object, "type", "type"),
    ],
)
def test_structure_rejects(tp: Any, value: Any, kind: str, actual: str, converter: RouterConverter) -> None:
    """`structure` rejects values that JSON does not have, by the name of their Python type."""
    structure_rejects(converter, tp, value, kind, actual)


@pytest.mark.parametrize("tp", [int, int | float, int | None, Any])
@pytest.mark.parametrize("value", [10**4300 - 1, 1 - 10**4300], ids=["positive", "negative"])
def test_structure_accepts_4300_digits(tp: Any, value: int, converter: RouterConverter) -> None:
    """`structure` accepts integers up to the limit of `loads`."""
    structures(converter, tp, value, value)


# --- to JSON ---


@each(
    "tp value text",
    [
        (str, 'a/é\n"\\🍑\0\x7f\u2028', '"a/é\\n\\"\\\\🍑\\u0000\x7f\u2028"'),
        (float, 26.0, "26"),
        (float, 26, "26"),
        (float, -0.0, "0"),
        (float, 0.1, "0.1"),
        (float, 1e15, "1000000000000000"),
        (float, 2.0**53 - 1, "9007199254740991"),
        (float, -(2.0**53) + 1, "-9007199254740991"),
        (float, 2.0**53, "9007199254740992.0"),
        (float, 2**53, "9007199254740992.0"),
        (float, 2**60, "1.152921504606847e+18"),
        (int, 0, "0"),
        (int, -(2**70), str(-(2**70))),
        (int, 7 * (10**4300 // 9), "7" * 4300),
        (bool, True, "true"),
        (bool, False, "false"),
        (str | None, None, "null"),
        (str | None, "x", '"x"'),
    ],
)
def test_written(tp: Any, value: Any, text: str, converter: RouterConverter) -> None:
    """A value of the declared type has one spelling in all engines, and comes back equal."""
    writes(converter, tp, value, text)


@each(
    "tp value kind expected actual",
    [
        (str, 5, "type", "str", "int"),
        (str, None, "type", "str", "None"),
        (str, b"x", "type", "str", "bytes"),
        (str, Text("a"), "type", "str", "Text"),
        (str, SURROGATE, "value", "a string without lone surrogates", "str"),
        (float, NAN, "value", "a number that fits a double", "float"),
        (float, INF, "value", "a number that fits a double", "float"),
        (float, -INF, "value", "a number that fits a double", "float"),
        (float, 10**400, "value", "a number that fits a double", "int"),
        (float, 2**53 + 1, "value", "a number that fits a double", "int"),
        (float, True, "type", "float or int", "bool"),
        (float, "1", "type", "float or int", "str"),
        (float, None, "type", "float or int", "None"),
        (int, 1.0, "type", "int", "float"),
        (int, True, "type", "int", "bool"),
        (int, "1", "type", "int", "str"),
        (bool, 1, "type", "bool", "int"),
        (bool, None, "type", "bool", "None"),
        (str | None, 5, "type", "str or None", "int"),
    ],
)
def test_kept_back(tp: Any, value: Any, kind: str, expected: str, actual: str, converter: RouterConverter) -> None:
    """A value of another type, or one that JSON cannot say, raises EncodeError."""
    keeps_back(converter, tp, value, kind, expected, actual)


@pytest.mark.parametrize("tp", [int, Any, list[int]])
def test_an_integer_past_the_limit_is_kept_back(tp: Any, converter: RouterConverter) -> None:
    """An integer of more digits than `loads` accepts is an EncodeError with its path."""
    instance = holder(tp)([10**5000] if tp == list[int] else 10**5000)
    with pytest.raises(EncodeError) as caught:
        converter.dumps(instance)

    assert problems(caught.value) == [("$.x[0]" if tp == list[int] else "$.x", "value")]


@pytest.mark.parametrize(
    "number", [1e-5, 1.5e-5, 1e-7, 5e-324, 1e16, 1e17, 1e21, 1e22, 1.5e300, 123456789012345680.0, 0.0001, 0.00012]
)
@pytest.mark.parametrize("tp", [float, Any, float | None, tuple[float, ...]])
def test_numbers_are_spelled_alike(number: float, tp: Any, converter: RouterConverter) -> None:
    """Very small and very large numbers come back exactly, and have one spelling in all engines."""
    instance = holder(tp)((-number, number) if tp == tuple[float, ...] else number)
    written = converter.dumps(instance)

    assert converter.loads(written, type(instance)) == instance
    assert written == converter_for("ujson").dumps(instance)
