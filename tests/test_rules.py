"""The strictness table, row by row, both sides of every rule, in both directions."""

import collections
import enum
import math
from typing import Any, Literal, Optional

import attrs
import pytest
from support import problems, spelled
from user_classes import Inner, Level, Plain, Size

from router_schema import EncodeError, FinishReason, RouterConverter, ValidationError
from router_schema._rules import json_type
from router_schema._rules.base import HugeInteger


def holder(tp: Any) -> Any:
    """A class with one field, ``x``, of the type *tp*."""
    return attrs.make_class("Holder", {"x": attrs.field(type=tp)}, frozen=True, slots=True, weakref_slot=False)


NAN, INF = math.nan, math.inf
SURROGATE = "a\ud800"
HUGE = "7" * 5000

#: Declared type, JSON text, and what it becomes.
ACCEPTED: list[tuple[Any, str, Any]] = [
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
    (tuple[int, ...], "[]", ()),
    (tuple[int, ...], "[1,2]", (1, 2)),
    (tuple[float | None, ...], "[1,null]", (1.0, None)),
    (tuple, '[1,"a"]', (1, "a")),
    (list[str], "[]", []),
    (list[str], '["a"]', ["a"]),
    (list, "[1,[null]]", [1, [None]]),
    (dict[str, float], "{}", {}),
    (dict[str, float], '{"a":1,"":2.5}', {"a": 1.0, "": 2.5}),
    (dict, '{"a":[1]}', {"a": [1]}),
    (str | None, "null", None),
    (str | None, '"a"', "a"),
    (Optional[float], "3", 3.0),  # noqa: UP045
    (Optional[float], "null", None),  # noqa: UP045
    (Inner, '{"left":1}', Inner(1.0)),
    (Inner | None, "null", None),
    (Inner | None, '{"left":1,"right":"r"}', Inner(1.0, "r")),
    (Any, "null", None),
    (Any, "1", 1),
    (Any, "1.0", 1.0),
    (Any, '{"a":[true,"b",{}]}', {"a": [True, "b", {}]}),
]

LEVELS = "one of 'low', 'high'"

#: Declared type, JSON text, and the kind, expected and actual of the problem.
REFUSED: list[tuple[Any, str, str, str, str]] = [
    *(
        (str, text, "type", "string", actual)
        for text, actual in (
            ("1", "integer"),
            ("1.0", "number"),
            ("true", "boolean"),
            ("null", "null"),
            ("[]", "array"),
            ("{}", "object"),
        )
    ),
    (str, r'"a\ud800"', "value", "a string without lone surrogates", "string"),
    (str, r'"\udc00\ud800"', "value", "a string without lone surrogates", "string"),
    *(
        (float, text, "type", "number", actual)
        for text, actual in (
            ('"1"', "string"),
            ("true", "boolean"),
            ("null", "null"),
            ("[1]", "array"),
            ("{}", "object"),
        )
    ),
    (float, "1e309", "value", "a number that a double holds", "number"),
    (float, "-1e309", "value", "a number that a double holds", "number"),
    (float, "1" + "0" * 309, "value", "a number that a double holds", "integer"),
    (float, HUGE, "value", "a number that a double holds", "integer"),
    *(
        (int, text, "type", "integer", actual)
        for text, actual in (
            ("1.0", "number"),
            ("1e2", "number"),
            ("-0.0", "number"),
            ("1e400", "number"),
            ('"1"', "string"),
            ("true", "boolean"),
            ("false", "boolean"),
            ("null", "null"),
            ("[]", "array"),
        )
    ),
    (int, HUGE, "value", "an integer of at most 4,300 digits", "integer"),
    (int, "-" + HUGE, "value", "an integer of at most 4,300 digits", "integer"),
    *(
        (bool, text, "type", "boolean", actual)
        for text, actual in (
            ("0", "integer"),
            ("1", "integer"),
            ("1.0", "number"),
            ('"true"', "string"),
            ("null", "null"),
        )
    ),
    *(
        (Level, text, "type", LEVELS, actual)
        for text, actual in (("1", "integer"), ("null", "null"), ("[]", "array"), ("{}", "object"), ("true", "boolean"))
    ),
    *((Level, text, "value", LEVELS, "string") for text in ('"HIGH"', '"high "', '""', '"Level.HIGH"', r'"\ud800"')),
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
    (Literal[1, True], "false", "value", "one of 1, True", "boolean"),
    (Literal[True], "1", "type", "one of True", "integer"),
    *(
        (tuple[int, ...], text, "type", "array", actual)
        for text, actual in (("{}", "object"), ('"ab"', "string"), ("null", "null"), ("1", "integer"))
    ),
    *(
        (list[str], text, "type", "array", actual)
        for text, actual in (("{}", "object"), ('"ab"', "string"), ("null", "null"))
    ),
    *(
        (dict[str, int], text, "type", "object", actual)
        for text, actual in (("[]", "array"), ('"a"', "string"), ("null", "null"))
    ),
    (str | None, "1", "type", "string or null", "integer"),
    (float | None, '"1"', "type", "number or null", "string"),
    (float | None, "1e400", "value", "a number that a double holds", "number"),
    (Level | None, "1", "type", f"{LEVELS} or null", "integer"),
    (Inner, "[]", "type", "object", "array"),
    (Inner, "null", "type", "object", "null"),
    (Inner, '"x"', "type", "object", "string"),
    (Inner | None, "[]", "type", "object or null", "array"),
    (Any, "1e400", "value", "a number that a double holds", "number"),
    (Any, r'"\ud800"', "value", "a string without lone surrogates", "string"),
    (Any, HUGE, "value", "an integer of at most 4,300 digits", "integer"),
]

#: Declared type, JSON text, and paths with kinds of the problems inside.
REFUSED_INSIDE: list[tuple[Any, str, list[tuple[str, str]]]] = [
    (tuple[int, ...], '[1,"2",3.0]', [("$.x[1]", "type"), ("$.x[2]", "type")]),
    (list[Level], '["low","x"]', [("$.x[1]", "value")]),
    (dict[str, int], '{"a":1,"b c":"2"}', [("$.x['b c']", "type")]),
    (dict[str, int], r'{"\ud800":1}', [(r"$.x['\ud800']", "value")]),
    (dict[str, Any], r'{"\ud800":1}', [(r"$.x['\ud800']", "value")]),
    (Any, r'{"a":[{"\udc00":1},"\ud800"]}', [(r"$.x.a[0]['\udc00']", "value"), ("$.x.a[1]", "value")]),
    (Inner, '{"right":1}', [("$.x.left", "missing"), ("$.x.right", "type")]),
    (list[Inner | None], '[null,{},{"left":"1"}]', [("$.x[1].left", "missing"), ("$.x[2].left", "type")]),
    (dict[str, list[Inner]], '{"a":[{"left":null}]}', [("$.x.a[0].left", "type")]),
]


@pytest.mark.parametrize(("tp", "text", "expected"), ACCEPTED, ids=lambda _: "")
def test_accepted(tp: Any, text: str, expected: Any, converter: RouterConverter) -> None:
    """A JSON value that the row accepts becomes what the row says, in value and type."""
    cl = holder(tp)

    assert spelled(converter.loads(f'{{"x": {text}}}', cl).x) == spelled(expected)


@pytest.mark.parametrize(("tp", "text", "kind", "expected", "actual"), REFUSED, ids=lambda _: "")
def test_refused(tp: Any, text: str, kind: str, expected: str, actual: str, converter: RouterConverter) -> None:
    """A JSON value that the row refuses is one problem, of the right kind and words."""
    cl = holder(tp)
    with pytest.raises(ValidationError) as caught:
        converter.loads(f'{{"x": {text}}}', cl)
    (problem,) = caught.value.errors

    assert (problem.path, problem.kind, problem.expected, problem.actual) == ("$.x", kind, expected, actual)
    assert caught.value.error_count == 1
    assert "object at 0x" not in str(caught.value)
    assert "HugeInteger" not in str(caught.value)


@pytest.mark.parametrize(("tp", "text", "expected"), REFUSED_INSIDE)
def test_refused_inside(tp: Any, text: str, expected: list[tuple[str, str]], converter: RouterConverter) -> None:
    """Problems inside a container are told at their own places, all of them."""
    cl = holder(tp)
    with pytest.raises(ValidationError) as caught:
        converter.loads(f'{{"x": {text}}}', cl)

    assert problems(caught.value) == expected
    assert caught.value.error_count == len(expected)


@pytest.mark.parametrize("tp", sorted({row[0] for row in ACCEPTED}, key=str))
def test_a_missing_key_is_refused(tp: Any, converter: RouterConverter) -> None:
    """A key without a default must be there, also where null is allowed."""
    cl = holder(tp)
    with pytest.raises(ValidationError) as caught:
        converter.loads("{}", cl)

    assert problems(caught.value) == [("$.x", "missing")]
    assert caught.value.errors[0].actual == "nothing"


@pytest.mark.parametrize("tp", [str, float, int, bool, Level, list[int], dict[str, int], Inner])
def test_null_is_refused_also_with_a_default(tp: Any, converter: RouterConverter) -> None:
    """A default makes a key optional, not nullable."""
    cl: Any = attrs.make_class("Holder", {"x": attrs.field(type=tp, default=None)})
    with pytest.raises(ValidationError) as caught:
        converter.loads('{"x": null}', cl)

    assert problems(caught.value) == [("$.x", "type")]
    assert converter.loads("{}", cl).x is None


class Text(str):
    __slots__ = ()


class Whole(int):
    pass


#: Declared type, Python value as no parser makes it, and what it becomes.
STRUCTURED: list[tuple[Any, Any, Any]] = [
    (str, Text("a"), "a"),
    (str, Level.HIGH, "high"),
    (int, Whole(5), 5),
    (float, Whole(5), 5.0),
    (list[int], (1, 2), [1, 2]),
    (tuple[int, ...], (1, 2), (1, 2)),
    (dict[str, int], collections.OrderedDict(a=1), {"a": 1}),
    (Level, Level.HIGH, Level.HIGH),
    (Inner, collections.defaultdict(int, left=1), Inner(1.0)),
]


@pytest.mark.parametrize(("tp", "value", "expected"), STRUCTURED)
def test_structure_takes_subclasses_of_builtins(tp: Any, value: Any, expected: Any, converter: RouterConverter) -> None:
    """`structure` takes a subclass of a JSON type as what it is, and gives the plain type."""
    cl = holder(tp)

    assert spelled(converter.structure({"x": value}, cl).x) == spelled(expected)


@pytest.mark.parametrize(
    ("tp", "value", "kind", "actual"),
    [
        (float, NAN, "value", "number"),
        (float, INF, "value", "number"),
        (float, -INF, "value", "number"),
        (Any, NAN, "value", "number"),
        (float, 10**400, "value", "integer"),
        (str, SURROGATE, "value", "string"),
        (str, b"bytes", "type", "bytes"),
        (float, 1j, "type", "complex"),
        (list[int], {1}, "type", "set"),
        (Any, {1}, "type", "set"),
        (Any, b"x", "type", "bytes"),
        (Inner, Inner(1.0), "type", "Inner"),
        (dict[str, int], Inner(1.0), "type", "Inner"),
        (Level, Plain.A, "type", "Plain"),
        (str, object, "type", "type"),
    ],
)
def test_structure_refuses_what_is_no_json(
    tp: Any, value: Any, kind: str, actual: str, converter: RouterConverter
) -> None:
    """`structure` refuses what no JSON parser makes, and names its Python type where JSON has no word."""
    cl = holder(tp)
    with pytest.raises(ValidationError) as caught:
        converter.structure({"x": value}, cl)
    (problem,) = caught.value.errors

    assert (problem.path, problem.kind, problem.actual) == ("$.x", kind, actual)


@pytest.mark.parametrize("tp", [dict[str, int], dict[str, Any], dict, Any])
def test_structure_refuses_keys_that_are_no_text(tp: Any, converter: RouterConverter) -> None:
    """A key that is no string cannot come from JSON."""
    cl = holder(tp)
    with pytest.raises(ValidationError) as caught:
        converter.structure({"x": {1: 1}}, cl)

    assert problems(caught.value) == [("$.x[1]", "type")]


# --- instances to JSON ---

#: Declared type, value, and its JSON text.
WRITTEN: list[tuple[Any, Any, str]] = [
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
    (float, 2**60, "1152921504606846976.0"),
    (int, 0, "0"),
    (int, -(2**70), str(-(2**70))),
    (int, 7 * (10**4300 // 9), "7" * 4300),
    (bool, True, "true"),
    (bool, False, "false"),
    (Level, Level.LOW, '"low"'),
    (Size, Size.LARGE, "2"),
    (Plain, Plain.A, '"a"'),
    (Literal["a"], "a", '"a"'),
    (Literal[1, True, None], True, "true"),
    (Literal[1, True, None], None, "null"),
    (Literal[Level.LOW], Level.LOW, '"low"'),
    (tuple[int, ...], (1, 2), "[1,2]"),
    (tuple[int, ...], (), "[]"),
    (list[float], [1.0, 2.5], "[1,2.5]"),
    (dict[str, float], {"é": 1.0}, '{"é":1}'),
    (dict[str, float], {}, "{}"),
    (str | None, None, "null"),
    (str | None, "x", '"x"'),
    (Inner, Inner(1.0), '{"left":1}'),
    (Inner | None, None, "null"),
    (Any, {"a": [1.0, 2.5, None, True, "x", [1]]}, '{"a":[1,2.5,null,true,"x",[1]]}'),
    (Any, 2**70, str(2**70)),
]


@pytest.mark.parametrize(("tp", "value", "text"), WRITTEN, ids=lambda _: "")
def test_written(tp: Any, value: Any, text: str, converter: RouterConverter) -> None:
    """A value of the declared type leaves as compact JSON, the same from every engine."""
    instance = holder(tp)(value)
    written = converter.dumps(instance)

    assert float(written[5:-1]) == float(text) if text.startswith("1152921504606846") else written == f'{{"x":{text}}}'
    assert converter.loads(written, type(instance)) == converter.loads(f'{{"x":{text}}}', type(instance))


#: Declared type, value that must not leave, and the kind, expected and actual of the problem.
KEPT_BACK: list[tuple[Any, Any, str, str, str]] = [
    (str, 5, "type", "str", "int"),
    (str, None, "type", "str", "None"),
    (str, b"x", "type", "str", "bytes"),
    (str, Text("a"), "type", "str", "Text"),
    (str, SURROGATE, "value", "a string without lone surrogates", "string"),
    (float, NAN, "value", "a number that a double holds", "number"),
    (float, INF, "value", "a number that a double holds", "number"),
    (float, -INF, "value", "a number that a double holds", "number"),
    (float, 10**400, "value", "a number that a double holds", "integer"),
    (float, 2**53 + 1, "value", "a number that a double holds", "int"),
    (float, True, "type", "float or int", "bool"),
    (float, "1", "type", "float or int", "str"),
    (float, None, "type", "float or int", "None"),
    (int, 1.0, "type", "int", "float"),
    (int, True, "type", "int", "bool"),
    (int, "1", "type", "int", "str"),
    (bool, 1, "type", "bool", "int"),
    (bool, None, "type", "bool", "None"),
    (Level, "low", "type", "Level", "str"),
    (Level, Plain.A, "type", "Level", "Plain"),
    (Level, None, "type", "Level", "None"),
    (Literal["a"], "b", "value", "one of 'a'", "str"),
    (Literal["a"], 1, "type", "str", "int"),
    (Literal[1], True, "type", "int", "bool"),
    (Literal[Level.LOW], Level.HIGH, "value", "one of 'low'", "Level"),
    (tuple[int, ...], [1], "type", "tuple", "list"),
    (tuple[int, ...], None, "type", "tuple", "None"),
    (list[int], (1,), "type", "list", "tuple"),
    (dict[str, int], [], "type", "dict", "list"),
    (str | None, 5, "type", "str or None", "int"),
    (Inner, None, "type", "Inner", "None"),
    (Inner, {"left": 1.0}, "type", "Inner", "dict"),
    (Inner | None, {}, "type", "Inner or None", "dict"),
    (Any, object(), "type", "a JSON value", "object"),
    # What comes back from JSON would not be equal: dumps may not let it go.
    (Any, {1}, "type", "a JSON value", "set"),
    (Any, (1,), "type", "a JSON value", "tuple"),
    (Any, Inner(1.0), "type", "a JSON value", "Inner"),
    (Any, NAN, "value", "a number that a double holds", "number"),
    (Any, SURROGATE, "value", "a string without lone surrogates", "string"),
]


@pytest.mark.parametrize(("tp", "value", "kind", "expected", "actual"), KEPT_BACK, ids=lambda _: "")
def test_kept_back(tp: Any, value: Any, kind: str, expected: str, actual: str, converter: RouterConverter) -> None:
    """A value that is not of the declared type does not leave, by `dumps` or by `unstructure`."""
    instance = holder(tp)(value)
    for leave in (converter.dumps, converter.unstructure):
        with pytest.raises(EncodeError) as caught:
            leave(instance)
        (problem,) = caught.value.errors

        assert (problem.path, problem.kind, problem.expected, problem.actual) == ("$.x", kind, expected, actual)


@pytest.mark.parametrize(
    ("tp", "value", "expected"),
    [
        (tuple[int, ...], (1, "2", 3.0), [("$.x[1]", "type"), ("$.x[2]", "type")]),
        (dict[str, int], {"a": "1", "odd key": 1.0}, [("$.x.a", "type"), ("$.x['odd key']", "type")]),
        (dict[str, int], {1: 1}, [("$.x[1]", "type")]),
        (dict[str, int], {SURROGATE: 1}, [(r"$.x['a\ud800']", "value")]),
        (dict[str, Any], {"a": {SURROGATE: 1}}, [(r"$.x.a['a\ud800']", "value")]),
        (Any, [1, {"a": NAN}, {2: 3}], [("$.x[1].a", "value"), ("$.x[2][2]", "type")]),
        (list[Inner], [Inner(1.0), Inner("1", 2)], [("$.x[1].left", "type"), ("$.x[1].right", "type")]),  # type: ignore[arg-type]
    ],
)
def test_kept_back_inside(tp: Any, value: Any, expected: list[tuple[str, str]], converter: RouterConverter) -> None:
    """Problems inside an instance are told at their own places, all of them."""
    instance = holder(tp)(value)
    for leave in (converter.dumps, converter.unstructure):
        with pytest.raises(EncodeError) as caught:
            leave(instance)

        assert problems(caught.value) == expected


@pytest.mark.parametrize("tp", [int, Any, list[int]])
def test_an_integer_past_the_limit_is_kept_back(tp: Any, converter: RouterConverter) -> None:
    """An integer of more digits than `loads` takes is an EncodeError with its path."""
    instance = holder(tp)([10**5000] if tp == list[int] else 10**5000)
    with pytest.raises(EncodeError) as caught:
        converter.dumps(instance)

    assert problems(caught.value) == [("$.x[0]" if tp == list[int] else "$.x", "value")]


@pytest.mark.parametrize(
    "number", [1e-5, 1.5e-5, 1e-7, 5e-324, 1e16, 1e17, 1e21, 1e22, 1.5e300, 123456789012345680.0, 0.0001, 0.00012]
)
@pytest.mark.parametrize("tp", [float, Any, float | None, tuple[float, ...]])
def test_numbers_are_spelled_alike(number: float, tp: Any, converter: RouterConverter) -> None:
    """Very small and very large numbers come back as they were, and have one spelling in all engines."""
    instance = holder(tp)((-number, number) if tp == tuple[float, ...] else number)
    text = converter.dumps(instance)

    assert converter.loads(text, type(instance)) == instance
    assert text == RouterConverter(engine="ujson").dumps(instance)


def test_an_attribute_that_is_not_set_is_missing(converter: RouterConverter) -> None:
    """An instance without one of its attributes does not leave."""
    instance = object.__new__(Inner)
    with pytest.raises(EncodeError) as caught:
        converter.dumps(instance)

    assert problems(caught.value) == [("$.left", "missing"), ("$.right", "missing")]


def test_a_subclass_does_not_leave_as_its_base(converter: RouterConverter) -> None:
    """A field holds exactly its declared class: a subclass would lose what it adds."""

    @attrs.frozen
    class More(Inner):
        more: int = 1

    with pytest.raises(EncodeError) as caught:
        converter.dumps(holder(Inner)(More(1.0)))

    assert problems(caught.value) == [("$.x", "type")]
    assert converter.dumps(More(1.0)) == '{"left":1,"more":1}'


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
    """What an enum's own ``_missing_`` knows is taken."""
    assert converter.loads('{"x": "A"}', holder(Lenient)).x is Lenient.A


@pytest.mark.parametrize("value", ["b", "wrong", "key", "runtime"])
def test_an_enum_may_refuse_in_its_own_way(value: str, converter: RouterConverter) -> None:
    """Whatever an enum's own ``_missing_`` raises is a refused value."""
    with pytest.raises(ValidationError) as caught:
        converter.loads(f'{{"x": "{value}"}}', holder(Lenient))

    assert problems(caught.value) == [("$.x", "value")]
    assert caught.value.__context__ is None


class Mixed(enum.Enum):
    """A bool and an integer that Python holds for equal to others."""

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
    """A value is a member of its own type only, whatever Python finds equal."""
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


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (None, "null"),
        (True, "boolean"),
        (1, "integer"),
        (1.0, "number"),
        ("", "string"),
        ([], "array"),
        ((), "array"),
        ({}, "object"),
        (HugeInteger(), "integer"),
        (Level.LOW, "string"),
        (Size.SMALL, "integer"),
        (collections.Counter(), "object"),
        (b"", "bytes"),
        (object(), "object"),
    ],
)
def test_json_type(value: object, word: str) -> None:
    """Values have JSON's word for their type, or the name of the Python type where it has none."""
    assert json_type(value) == word
