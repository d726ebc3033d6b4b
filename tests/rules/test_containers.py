"""Arrays, objects with any keys, and `Any`."""

import collections
import json
import math
from typing import Annotated, Any, NewType

import attrs
import pytest
from support import converter_for, problems
from user_classes import Inner, Level

from router_schema import EncodeError, RouterConverter, ValidationError
from rules.rows import (
    accepts,
    each,
    holder,
    is_not_nullable,
    is_required,
    keeps_back,
    keeps_back_inside,
    rejects,
    rejects_inside,
    structure_rejects,
    structures,
    writes,
)

NAN = math.nan
SURROGATE = "a\ud800"
HUGE = "7" * 5000


# --- from JSON ---


@each(
    "tp text expected",
    [
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
        (Any, "null", None),
        (Any, "1", 1),
        (Any, "1.0", 1.0),
        (Any, '{"a":[true,"b",{}]}', {"a": [True, "b", {}]}),
    ],
)
def test_accepted(tp: Any, text: str, expected: Any, converter: RouterConverter) -> None:
    """An array becomes the declared sequence, an object a dict, and `Any` what a JSON parser makes."""
    accepts(converter, tp, text, expected)


@each(
    "tp text kind expected actual",
    [
        (tuple[int, ...], "{}", "type", "array", "object"),
        (tuple[int, ...], '"ab"', "type", "array", "string"),
        (tuple[int, ...], "null", "type", "array", "null"),
        (tuple[int, ...], "1", "type", "array", "integer"),
        (list[str], "{}", "type", "array", "object"),
        (list[str], '"ab"', "type", "array", "string"),
        (list[str], "null", "type", "array", "null"),
        (dict[str, int], "[]", "type", "object", "array"),
        (dict[str, int], '"a"', "type", "object", "string"),
        (dict[str, int], "null", "type", "object", "null"),
        (Any, "1e400", "value", "a number that fits a double", "number"),
        (Any, r'"\ud800"', "value", "a string without lone surrogates", "string"),
        (Any, HUGE, "value", "an integer of at most 4,300 digits", "integer"),
    ],
)
def test_rejected(tp: Any, text: str, kind: str, expected: str, actual: str, converter: RouterConverter) -> None:
    """Any other JSON type is one problem; `Any` rejects only what no Python value holds."""
    rejects(converter, tp, text, kind, expected, actual)


@each(
    "tp text expected",
    [
        (tuple[int, ...], '[1,"2",3.0]', [("$.x[1]", "type"), ("$.x[2]", "type")]),
        (list[Level], '["low","x"]', [("$.x[1]", "value")]),
        (dict[str, int], '{"a":1,"b c":"2"}', [("$.x['b c']", "type")]),
        (dict[str, int], r'{"\ud800":1}', [(r"$.x['\ud800']", "value")]),
        (dict[str, Any], r'{"\ud800":1}', [(r"$.x['\ud800']", "value")]),
        (Any, r'{"a":[{"\udc00":1},"\ud800"]}', [(r"$.x.a[0]['\udc00']", "value"), ("$.x.a[1]", "value")]),
    ],
)
def test_rejected_inside(tp: Any, text: str, expected: list[tuple[str, str]], converter: RouterConverter) -> None:
    """Every problem inside a container is reported, at its own path."""
    rejects_inside(converter, tp, text, expected)


CONTAINERS = [tuple[int, ...], tuple[float | None, ...], tuple, list[str], list, dict[str, float], dict, Any]


@pytest.mark.parametrize("tp", CONTAINERS, ids=str)
def test_a_key_is_required(tp: Any, converter: RouterConverter) -> None:
    """A field without a default needs its key, also where any value will do."""
    is_required(converter, tp)


@pytest.mark.parametrize("tp", [list[int], dict[str, int]])
def test_a_default_does_not_allow_null(tp: Any, converter: RouterConverter) -> None:
    """A default makes a key optional, not nullable."""
    is_not_nullable(converter, tp)


@each(
    "tp value expected",
    [
        (list[int], (1, 2), [1, 2]),
        (tuple[int, ...], (1, 2), (1, 2)),
        (dict[str, int], collections.OrderedDict(a=1), {"a": 1}),
    ],
)
def test_structure_accepts_subclasses(tp: Any, value: Any, expected: Any, converter: RouterConverter) -> None:
    """`structure` accepts a tuple for an array and a subclass of dict for an object."""
    structures(converter, tp, value, expected)


@each(
    "tp value kind actual",
    [
        (list[int], {1}, "type", "set"),
        (dict[str, int], Inner(1.0), "type", "Inner"),
        (Any, NAN, "value", "number"),
        (Any, {1}, "type", "set"),
        (Any, b"x", "type", "bytes"),
    ],
)
def test_structure_rejects(tp: Any, value: Any, kind: str, actual: str, converter: RouterConverter) -> None:
    """`structure` rejects values that JSON does not have, by the name of their Python type."""
    structure_rejects(converter, tp, value, kind, actual)


@pytest.mark.parametrize("tp", [dict[str, int], dict[str, Any], dict, Any])
def test_structure_rejects_keys_that_are_not_text(tp: Any, converter: RouterConverter) -> None:
    """A key that is not a string is a problem of kind type."""
    with pytest.raises(ValidationError) as caught:
        converter.structure({"x": {1: 1}}, holder(tp))

    assert problems(caught.value) == [("$.x[1]", "type")]


# --- to JSON ---


@each(
    "tp value text",
    [
        (tuple[int, ...], (1, 2), "[1,2]"),
        (tuple[int, ...], (), "[]"),
        (list[float], [1.0, 2.5], "[1,2.5]"),
        (dict[str, float], {"é": 1.0}, '{"é":1}'),
        (dict[str, float], {}, "{}"),
        (Any, {"a": [1.0, 2.5, None, True, "x", [1]]}, '{"a":[1,2.5,null,true,"x",[1]]}'),
        (Any, 2**70, str(2**70)),
    ],
)
def test_written(tp: Any, value: Any, text: str, converter: RouterConverter) -> None:
    """Containers are written compactly, and come back equal."""
    writes(converter, tp, value, text)


@each(
    "tp value kind expected actual",
    [
        (tuple[int, ...], [1], "type", "tuple", "list"),
        (tuple[int, ...], None, "type", "tuple", "None"),
        (list[int], (1,), "type", "list", "tuple"),
        (dict[str, int], [], "type", "dict", "list"),
        (Any, object(), "type", "a JSON value", "object"),
        # These would not come back equal.
        (Any, {1}, "type", "a JSON value", "set"),
        (Any, (1,), "type", "a JSON value", "tuple"),
        (Any, Inner(1.0), "type", "a JSON value", "Inner"),
        (Any, NAN, "value", "a number that fits a double", "float"),
        (Any, SURROGATE, "value", "a string without lone surrogates", "str"),
    ],
)
def test_kept_back(tp: Any, value: Any, kind: str, expected: str, actual: str, converter: RouterConverter) -> None:
    """What would not come back equal raises EncodeError."""
    keeps_back(converter, tp, value, kind, expected, actual)


@each(
    "tp value expected",
    [
        (tuple[int, ...], (1, "2", 3.0), [("$.x[1]", "type"), ("$.x[2]", "type")]),
        (dict[str, int], {"a": "1", "odd key": 1.0}, [("$.x.a", "type"), ("$.x['odd key']", "type")]),
        (dict[str, int], {1: 1}, [("$.x[1]", "type")]),
        (dict[str, int], {SURROGATE: 1}, [(r"$.x['a\ud800']", "value")]),
        (dict[str, Any], {"a": {SURROGATE: 1}}, [(r"$.x.a['a\ud800']", "value")]),
        (Any, [1, {"a": NAN}, {2: 3}], [("$.x[1].a", "value"), ("$.x[2][2]", "type")]),
    ],
)
def test_kept_back_inside(tp: Any, value: Any, expected: list[tuple[str, str]], converter: RouterConverter) -> None:
    """Every problem inside a container is reported, at its own path."""
    keeps_back_inside(converter, tp, value, expected)


# --- subclasses of dict and list, and keys, wherever they stand ---


class Words(list[str]):
    pass


#: Python values that count as JSON of the builtin they derive from, and what they become.
DERIVED: list[tuple[Any, Any]] = [
    (collections.OrderedDict(left=1), {"left": 1}),
    (collections.defaultdict(int, left=1), {"left": 1}),
    (collections.Counter(left=1), {"left": 1}),
]


@each("value expected", DERIVED)
def test_structure_has_one_rule_for_subclasses_of_dict(value: Any, expected: Any, converter: RouterConverter) -> None:
    """`structure` accepts a subclass of dict for a class, a dict, `Any`, and inside `Any`, as the dict that it is."""
    structures(converter, Inner, value, Inner(1.0))
    structures(converter, dict[str, int], value, expected)
    structures(converter, Any, value, expected)
    structures(converter, Any, [value], [expected])
    structures(converter, dict[str, Any], {"a": value}, {"a": expected})


@each(
    "value expected",
    [(Words(["a"]), ["a"]), (("a",), ["a"]), (collections.namedtuple("Pair", "a b")("a", "b"), ["a", "b"])],
)
def test_structure_has_one_rule_for_sequences(value: Any, expected: Any, converter: RouterConverter) -> None:
    """`structure` accepts a tuple and a subclass of list for an array, `Any`, and inside `Any`, as a list."""
    structures(converter, list[str], value, expected)
    structures(converter, tuple[str, ...], value, tuple(expected))
    structures(converter, Any, value, expected)
    structures(converter, Any, {"a": value}, {"a": expected})


@each("value", [(value,) for value, _ in DERIVED])
def test_subclasses_of_dict_are_kept_back(value: Any, converter: RouterConverter) -> None:
    """A subclass of dict would come back as a dict, so that neither a dict nor `Any` lets it leave."""
    keeps_back(converter, dict[str, int], value, "type", "dict", type(value).__name__)
    keeps_back(converter, Any, value, "type", "a JSON value", type(value).__name__)


class Unprintable:
    """A key that raises whatever one asks of it."""

    def __repr__(self) -> str:
        raise RuntimeError("secret")

    __str__ = __repr__

    def __hash__(self) -> int:
        return 1


@each(
    "key word",
    [(10**5000, "int"), (Unprintable(), "Unprintable"), (None, "NoneType"), (b"a", "bytes"), ((1,), "tuple")],
)
@pytest.mark.parametrize("tp", [dict[str, int], dict, Any, list[Any]], ids=str)
def test_keys_that_are_not_text(tp: Any, key: Any, word: str, converter: RouterConverter) -> None:
    """Any key but a string is one problem of kind type, in both directions, whatever its repr does."""
    value = [{key: 1}] if tp == list[Any] else {key: 1}
    with pytest.raises(ValidationError) as rejected:
        converter.structure({"x": value}, holder(tp))
    with pytest.raises(EncodeError) as kept_back:
        converter.dumps(holder(tp)(value))
    with pytest.raises(EncodeError) as not_unstructured:
        converter.unstructure(holder(tp)(value))

    for error in (rejected.value, kept_back.value, not_unstructured.value):
        assert [(problem.kind, problem.expected, problem.actual) for problem in error.errors] == [
            ("type", "string", word)
        ]
        assert len(str(error)) < 1_000
        assert "secret" not in str(error)
        assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize("key", [10**5000, Unprintable()], ids=["int", "unprintable"])
def test_extra_keys_that_are_not_text(key: Any, engine: str) -> None:
    """A key that is not a string is an unknown key of a class: ignored, or a problem of kind extra."""
    value = {"left": 1, key: 1}

    assert converter_for(engine).structure(value, Inner) == Inner(1.0)
    with pytest.raises(ValidationError) as caught:
        converter_for(engine, forbid_extra_keys=True).structure(value, Inner)
    assert [problem.kind for problem in caught.value.errors] == ["extra"]
    assert len(str(caught.value)) < 1_000


class Word(str):
    """A str subclass."""


@pytest.mark.parametrize("key", [Word("a"), Level.LOW], ids=repr)
def test_keys_become_str(key: Any, converter: RouterConverter) -> None:
    """A key of a str subclass becomes a str, in both directions and on every engine."""
    name = str.__str__(key)
    for plain in (converter.structure({key: 1}, dict[str, int]), converter.unstructure({key: 1}, dict[str, int])):
        assert plain == {name: 1}
        assert [type(found) for found in plain] == [str]
    for tp in (dict[str, int], Any):
        assert converter.dumps({key: 1}, tp) == f'{{"{name}":1}}'


Name = NewType("Name", str | None)


@pytest.mark.parametrize(
    "tp", [Name | None, Annotated[str | None, "doc"] | None, Annotated[str | int | None, "doc"] | None], ids=str
)
def test_an_optional_of_an_optional(tp: Any, converter: RouterConverter) -> None:
    """Null beside a type that allows it already is one null."""
    holder: Any = attrs.make_class("Holder", {"x": attrs.field(type=tp)})
    for value in (None, "a"):
        assert converter.loads(json.dumps({"x": value}), holder) == holder(value)
        assert converter.loads(converter.dumps(value, tp), tp) == value
    with pytest.raises(ValidationError, match=r"\$\.x: expected string( or integer)? or null, got array"):
        converter.loads('{"x":[]}', holder)
