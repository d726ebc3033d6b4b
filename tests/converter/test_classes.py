"""Attrs classes of every make: how instances are built, names that clash, and classes that share classes."""

import gc
import json
import unittest.mock
from typing import Any

import attrs
import pytest
from future_classes import Future, Later
from internals import structure_rule, validate_structure
from support import converter_for, problems, rejected, spelled, text
from user_classes import (
    Accented,
    CachedHash,
    Converted,
    Dicted,
    Empty,
    Factories,
    FrozenDicted,
    Inner,
    KwOnly,
    Mutable,
    Node,
    OwnInit,
    OwnMeta,
    OwnNew,
    PartlyKwOnly,
    PostInit,
    PreInit,
    Shouting,
    Unannotated,
)

from router_schema import RouterConverter


def hash_or_none(value: object) -> int | None:
    """The hash of *value*; None where it is mutable or holds something mutable."""
    try:
        return hash(value)
    except TypeError:
        return None


@pytest.mark.parametrize(
    ("cl", "value", "expected"),
    [
        (Mutable, {"name": "a", "tags": ["b"]}, Mutable("a", ["b"])),
        (Dicted, {"name": "a", "inner": [{"left": 1}]}, Dicted("a", 0.5, (Inner(1.0),))),
        (FrozenDicted, {"name": "a", "more": {"b": {"left": 1}}}, FrozenDicted("a", more={"b": Inner(1.0)})),
        (KwOnly, {"second": "a", "third": None}, KwOnly(second="a", third=None)),
        (
            PartlyKwOnly,
            {"first": None, "third": True, "second": {"left": 1}},
            PartlyKwOnly(None, True, second=Inner(1.0)),
        ),
        (Factories, {"name": "a"}, Factories("a", (1, 2), "A", {})),
        (CachedHash, {"name": "a", "inner": None}, CachedHash("a")),
        (PostInit, {"name": "abc", "count": 2}, PostInit("abc", 2)),
        (PreInit, {"name": "a"}, PreInit("a")),
        (OwnInit, {"name": "a"}, OwnInit("a")),
        (OwnInit, {"name": "a", "count": 5}, OwnInit("a", 5)),
        (Node, {"name": "a", "next": {"name": "b"}, "children": [{"name": "c"}]}, Node("a", (Node("c"),), Node("b"))),
        (Converted, {"name": " a ", "count": -3}, Converted("a", 3, "none")),
        (Empty, {"x": 1}, Empty()),
        (Shouting, {"name": "a"}, Shouting("A")),
        (OwnMeta, {"name": "a"}, OwnMeta("a")),
        (Accented, {"clé": 1, "über": "a", "日": 2}, Accented(1, "a", 2.0)),
        (OwnNew, {"name": "a"}, OwnNew("a")),
        (Unannotated, {"first": [1.0]}, Unannotated([1.0], 0)),
        (
            Future,
            {"name": "a", "later": {"count": 1}, "re-named": [{"count": 2, "back": None}]},
            Future("a", Later(1), None, (Later(2),)),
        ),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_makes_of_classes(cl: Any, value: Any, expected: Any, converter: RouterConverter) -> None:
    """For every kind of class the result equals the constructor's, with the same types and the same hash."""
    for instance in (converter.loads(text(value), cl), converter.structure(value, cl)):
        assert spelled(instance) == spelled(expected)
        assert instance == expected
        assert hash_or_none(instance) == hash_or_none(expected)


def test_factories_are_called_for_each(converter: RouterConverter) -> None:
    """A factory is called for each instance."""
    first, second = (converter.loads('{"name":"a"}', Mutable) for _ in range(2))
    first.tags.append("x")

    assert second.tags == []


def test_frozen_stays_frozen_and_mutable_mutable(converter: RouterConverter) -> None:
    """Instances of frozen classes are frozen, others are not."""
    mutable = converter.loads('{"name":"a"}', Mutable)
    mutable.name = "b"
    frozen = converter.loads('{"left":1}', Inner)

    assert mutable == Mutable("b")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        frozen.left = 2.0  # type: ignore[misc]


def test_validators_run_on_later_assignment(converter: RouterConverter) -> None:
    """A mutable class validates later assignments, as attrs classes do."""

    @attrs.define
    class Checked:
        count: int = attrs.field(validator=attrs.validators.ge(0))

    instance = converter.loads('{"count": 1}', Checked)

    with pytest.raises(ValueError, match="must be >= 0"):
        instance.count = -1


def test_exceptions_as_classes(converter: RouterConverter) -> None:
    """An attrs class that is an exception is decoded and rejected like any other."""

    @attrs.define
    class FailureError(Exception):
        code: int = attrs.field(validator=attrs.validators.ge(400))
        reason: str = "unknown"
        seen: bool = attrs.field(init=False, default=False)

    slowly = validate_structure(structure_rule(FailureError, converter), {"code": 404})
    for error in (converter.loads('{"code": 404}', FailureError), slowly):
        assert (error.code, error.reason, error.seen) == (404, "unknown", False)
        assert error.args == (404, "unknown")
    assert problems(rejected(converter, {"code": 1}, FailureError)) == [("$.code", "value")]


def test_get_source(converter: RouterConverter) -> None:
    """`get_source` shows both functions that are compiled for a class."""
    source = converter.get_source(Inner)

    assert source.count("def structure_Inner(value):") == 1
    assert source.count("def unstructure_Inner(value):") == 1


# --- names ---


def test_classes_with_the_same_name(converter: RouterConverter) -> None:
    """Classes of one name, nested in each other, are kept apart."""
    first: Any = attrs.make_class("Same", {"x": attrs.field(type=int)})
    second: Any = attrs.make_class("Same", {"x": attrs.field(type=str), "inner": attrs.field(type=first)})
    third: Any = attrs.make_class("Same", {"inner": attrs.field(type=second), "x": attrs.field(type=list[second])})
    value = {"inner": {"x": "a", "inner": {"x": 1}}, "x": [{"x": "b", "inner": {"x": 2}}] * 2}

    assert converter.unstructure(converter.structure(value, third)) == value
    assert json.loads(converter.dumps(converter.loads(text(value), third))) == value


@pytest.mark.parametrize(
    "name",
    [
        "value",
        "inf",
        "plain",
        "is_text",
        "embed",
        "type",
        "str",
        "float",
        "tuple",
        "dict",
        "list",
        "Exception",
        "OverflowError",
        "len",
        "x_",
        "value_",
        "é",
    ],
)
@pytest.mark.parametrize("slots", [True, False])
def test_classes_with_awkward_names(name: str, slots: bool, converter: RouterConverter) -> None:
    """A class may have the name of anything that its compiled function uses."""
    inner: Any = attrs.make_class(
        name, {"x": attrs.field(type=float), "value": attrs.field(type=tuple[str, ...], default=())}, slots=slots
    )
    cl: Any = attrs.make_class(name, {"x": attrs.field(type=inner), "inner": attrs.field(type=dict[str, inner])})
    value = {"x": {"x": 1, "value": ["é"]}, "inner": {"a": {"x": 2.5, "value": []}}}

    assert converter.unstructure(converter.structure(value, cl)) == value
    assert json.loads(converter.dumps(converter.loads(text(value), cl))) == value
    assert problems(rejected(converter, {"x": {"x": 1, "value": [1]}, "inner": {}}, cl)) == [("$.x.value[0]", "type")]
    assert converter.loads(text([value]), list[cl]) == [converter.structure(value, cl)]


@pytest.mark.parametrize("name", ["structure_Holder", "unstructure_Holder", "structure_value", "unstructure_value"])
def test_classes_with_the_names_of_functions(name: str, converter: RouterConverter) -> None:
    """A class may have the name of a compiled function, and a field that of its parameter."""
    inner: Any = attrs.make_class(name, {"value": attrs.field(type=Any)}, slots=False)
    holder: Any = attrs.make_class("Holder", {"part": attrs.field(type=inner)})
    value = {"part": {"value": {"part": {"value": 1}}}}

    assert converter.loads(text(value), holder) == holder(inner(value["part"]["value"]))
    assert converter.dumps(holder(inner(1))) == '{"part":{"value":1}}'
    assert converter.loads('[{"value":[]}]', list[inner]) == [inner([])]
    assert converter.dumps([inner(1)], list[inner]) == '[{"value":1}]'


@pytest.mark.parametrize(
    "name", ["class_", "value", "type", "x_y", "__class__x", "cls", "é", "arguments", "float_", "attr_dict", "None_"]
)
def test_fields_with_awkward_names(name: str, converter: RouterConverter) -> None:
    """A field may have the name of anything that its compiled function uses."""
    cl: Any = attrs.make_class(
        "Odd", {name: attrs.field(type=Inner), f"{name}_": attrs.field(type=str | None, default=None)}
    )
    value = {name: {"left": 1}, f"{name}_": "a"}

    assert converter.unstructure(converter.structure(value, cl)) == value
    assert json.loads(converter.dumps(converter.loads(text(value), cl))) == value
    assert problems(rejected(converter, {f"{name}_": 1}, cl))[0][1] == "missing"


# --- classes that refer to classes ---


def test_classes_that_share_classes(engine: str) -> None:
    """A class that 2**40 ways lead to is looked at once."""
    cl: Any = Inner
    for level in range(40):
        fields = {name: attrs.field(type=cl | None, default=None) for name in ("left", "right")}
        cl = attrs.make_class(f"Level{level}", fields)
    converter = converter_for(engine)

    assert converter.dumps(converter.loads('{"left":{"right":{}}}', cl)) == '{"left":{"right":{}}}'


def test_classes_that_refer_to_one_another(engine: str) -> None:
    """Where building one class fails, none that refers to it is kept half built."""

    @attrs.frozen
    class Broken:
        inner: Inner
        wrong: set[str]

    @attrs.frozen
    class Whole:
        inner: Inner

    converter = converter_for(engine)
    for _ in range(2):
        with pytest.raises(TypeError, match=r"Broken\.wrong"):
            converter.loads("{}", Broken)
    assert converter.loads('{"inner":{"left":1}}', Whole) == Whole(Inner(1.0))


@pytest.mark.parametrize("options", [{"slots": False}, {"slots": True}, {"weakref_slot": False}], ids=str)
def test_a_property_in_place_of_a_field(options: Any, converter: RouterConverter) -> None:
    """A property that replaces an attribute after attrs made the class runs on every store and every read."""

    @attrs.define(**options)
    class Account:
        balance: int

    stored: dict[int, int] = {}
    Account.balance = property(  # type: ignore[assignment]
        lambda self: stored[id(self)] + 1, lambda self, value: stored.update({id(self): value * 10})
    )
    instance = converter.loads('{"balance": 5}', Account)

    assert stored[id(instance)] == 50
    assert converter.dumps(instance) == '{"balance":51}'
    assert converter.unstructure(instance) == {"balance": 51}


@pytest.mark.parametrize("slots", [True, False])
def test_classes_with_a_destructor(slots: bool, converter: RouterConverter) -> None:
    """``__del__`` runs on whole instances only, whatever is rejected."""
    ended: list[tuple[int, str]] = []

    @attrs.frozen(slots=slots)
    class Resource:
        left: int
        right: str

        def __del__(self) -> None:
            ended.append((self.left, self.right))

    for data in ("{}", '{"left":1}', '{"left":1,"right":2}', '{"right":"a"}'):
        rejected(converter, json.loads(data), Resource)
    assert ended == []
    loaded = converter.loads('{"left":1,"right":"a"}', Resource)
    assert json.loads(converter.dumps(loaded)) == {"left": 1, "right": "a"}
    del loaded
    gc.collect()

    assert ended == [(1, "a")]


def test_classes_whose_new_was_patched(converter: RouterConverter) -> None:
    """A class whose ``__new__`` was patched and restored is encoded, though CPython's slot for it stays changed."""

    @attrs.frozen
    class Patched:
        name: str

    instance = Patched("a")
    with unittest.mock.patch.object(Patched, "__new__", create=True):
        pass

    assert converter.dumps(instance) == '{"name":"a"}'


@pytest.mark.parametrize("frozen", [True, False])
def test_a_field_behind_the_slot_of_a_parent(frozen: bool, converter: RouterConverter) -> None:
    """Attrs stores it where nothing finds it if the class is frozen: such a class is a TypeError."""
    field: Any = {"left": attrs.field(type=float)}
    parent = attrs.make_class("Slotted", field, frozen=frozen, slots=True)
    same: Any = attrs.make_class("Same", {}, bases=(parent,), frozen=frozen, slots=False)
    again: Any = attrs.make_class("Again", field, bases=(parent,), frozen=frozen, slots=False)

    assert converter.loads('{"left": 1}', same).left == 1
    if frozen:
        with pytest.raises(TypeError, match=r"^Again\.left: a parent has a slot for it"):
            converter.get_loads_hook(again)
    else:
        assert converter.loads('{"left": 1}', again).left == 1
