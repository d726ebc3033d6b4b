"""Attrs classes as the type of a field. The makes of classes are in ``converter/test_classes.py``."""

import collections
from typing import Any

import attrs
import pytest
from support import problems
from user_classes import Inner

from router_schema import EncodeError, RouterConverter
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


@each(
    "tp text expected",
    [
        (Inner, '{"left":1}', Inner(1.0)),
        (Inner | None, "null", None),
        (Inner | None, '{"left":1,"right":"r"}', Inner(1.0, "r")),
    ],
)
def test_accepted(tp: Any, text: str, expected: Any, converter: RouterConverter) -> None:
    """An object becomes an instance, and null None where the class is optional."""
    accepts(converter, tp, text, expected)


@each(
    "tp text kind expected actual",
    [
        (Inner, "[]", "type", "object", "array"),
        (Inner, "null", "type", "object", "null"),
        (Inner, '"x"', "type", "object", "string"),
        (Inner | None, "[]", "type", "object or null", "array"),
    ],
)
def test_rejected(tp: Any, text: str, kind: str, expected: str, actual: str, converter: RouterConverter) -> None:
    """Any other JSON type is one problem."""
    rejects(converter, tp, text, kind, expected, actual)


@each(
    "tp text expected",
    [
        (Inner, '{"right":1}', [("$.x.left", "missing"), ("$.x.right", "type")]),
        (list[Inner | None], '[null,{},{"left":"1"}]', [("$.x[1].left", "missing"), ("$.x[2].left", "type")]),
        (dict[str, list[Inner]], '{"a":[{"left":null}]}', [("$.x.a[0].left", "type")]),
    ],
)
def test_rejected_inside(tp: Any, text: str, expected: list[tuple[str, str]], converter: RouterConverter) -> None:
    """Every problem of nested instances is reported, at its own path."""
    rejects_inside(converter, tp, text, expected)


@pytest.mark.parametrize("tp", [Inner, Inner | None])
def test_a_key_is_required(tp: Any, converter: RouterConverter) -> None:
    """A field without a default needs its key, also where it may be null."""
    is_required(converter, tp)


def test_a_default_does_not_allow_null(converter: RouterConverter) -> None:
    """A default makes a key optional, not nullable."""
    is_not_nullable(converter, Inner)


def test_structure_accepts_subclasses_of_dict(converter: RouterConverter) -> None:
    """`structure` accepts a subclass of dict for an object."""
    structures(converter, Inner, collections.defaultdict(int, left=1), Inner(1.0))


def test_structure_rejects_instances(converter: RouterConverter) -> None:
    """`structure` rejects what is an instance already: it is not parsed JSON."""
    structure_rejects(converter, Inner, Inner(1.0), "type", "Inner")


# --- to JSON ---


@each("tp value text", [(Inner, Inner(1.0), '{"left":1}'), (Inner | None, None, "null")])
def test_written(tp: Any, value: Any, text: str, converter: RouterConverter) -> None:
    """An instance is written without the fields that are None by default, and comes back equal."""
    writes(converter, tp, value, text)


@each(
    "tp value kind expected actual",
    [
        (Inner, None, "type", "Inner", "None"),
        (Inner, {"left": 1.0}, "type", "Inner", "dict"),
        (Inner | None, {}, "type", "Inner or None", "dict"),
    ],
)
def test_kept_back(tp: Any, value: Any, kind: str, expected: str, actual: str, converter: RouterConverter) -> None:
    """What is not an instance raises EncodeError."""
    keeps_back(converter, tp, value, kind, expected, actual)


def test_kept_back_inside(converter: RouterConverter) -> None:
    """Every problem of nested instances is reported, at its own path."""
    wrong: Any = [Inner(1.0), Inner("1", 2)]  # type: ignore[arg-type]

    keeps_back_inside(converter, list[Inner], wrong, [("$.x[1].left", "type"), ("$.x[1].right", "type")])


def test_an_attribute_that_is_not_set_is_missing(converter: RouterConverter) -> None:
    """An instance without one of its attributes raises EncodeError."""
    instance = object.__new__(Inner)
    with pytest.raises(EncodeError) as caught:
        converter.dumps(instance)

    assert [(p.path, p.kind, p.expected, p.actual) for p in caught.value.errors] == [
        ("$.left", "missing", "number", "nothing"),
        ("$.right", "missing", "string or null", "nothing"),
    ]


def test_a_subclass_does_not_leave_as_its_base(converter: RouterConverter) -> None:
    """A field holds exactly its declared class: written as its base, a subclass would lose what it adds."""

    @attrs.frozen
    class More(Inner):
        more: int = 1

    with pytest.raises(EncodeError) as caught:
        converter.dumps(holder(Inner)(More(1.0)))

    assert problems(caught.value) == [("$.x", "type")]
    assert converter.dumps(More(1.0)) == '{"left":1,"more":1}'
