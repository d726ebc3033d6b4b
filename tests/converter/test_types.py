"""Types that are not supported, and types that wrap others."""

import decimal
import enum
import json
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NewType, TypeVar

import attrs
import pytest
from cattrs import override
from foreign_classes import Box, Data, Keys, Pair
from support import problems, rejected, spelled, text
from typing_extensions import TypeAliasType
from user_classes import (
    Inner,
    Level,
    Mutable,
)

from router_schema import (
    RouterConverter,
)


class Color(enum.Flag):
    RED = 1


class Half(enum.Enum):
    HALF = 0.5


T = TypeVar("T")


UNSUPPORTED: list[Any] = [
    tuple[int, str],
    tuple[()],
    set[str],
    frozenset[int],
    dict[int, str],
    dict[Level, str],
    Sequence[str],
    Mapping[str, int],
    decimal.Decimal,
    complex,
    object,
    bytearray,
    Color,
    Half,
    Literal[0.5],
    Literal[b"x"],
    Pair,
    Keys,
    Data,
    Box[int],
    types.SimpleNamespace,
    T,
    typing.Callable[[], None],
    type[int],
    type,
]


@pytest.mark.parametrize("tp", UNSUPPORTED, ids=str)
@pytest.mark.parametrize(
    "wrap", [lambda tp: tp, lambda tp: list[tp], lambda tp: dict[str, tp]], ids=["bare", "list", "dict"]
)
def test_unsupported_types(tp: Any, wrap: Any, converter: RouterConverter) -> None:
    """An unsupported type is a TypeError that names class and field, before any data is read."""
    cl: Any = attrs.make_class("Odd", {"fine": attrs.field(type=str), "wrong": attrs.field(type=wrap(tp))})
    for call in (
        lambda: converter.get_loads_hook(cl),
        lambda: converter.loads("not even JSON", cl),
        lambda: converter.structure(None, cl),
        lambda: converter.dumps(object.__new__(cl)),
        lambda: converter.unstructure(object.__new__(cl)),
    ):
        with pytest.raises(TypeError, match=r"^Odd\.wrong: .* not supported") as caught:
            call()

        assert not isinstance(caught.value, ValueError)
        assert caught.value.__cause__ is None


def test_ambiguous_unions(converter: RouterConverter) -> None:
    """A union that JSON cannot tell apart is a TypeError that names class and field; ``rules/test_unions`` has more."""
    cl: Any = attrs.make_class("Odd", {"wrong": attrs.field(type=Inner | Mutable)})

    with pytest.raises(TypeError, match=r"^Odd\.wrong: Inner and Mutable cannot be told apart"):
        converter.get_loads_hook(cl)


def test_unsupported_types_deep_down(converter: RouterConverter) -> None:
    """The TypeError names the innermost class and field."""

    @attrs.frozen
    class Deep:
        wrong: set[str]

    @attrs.frozen
    class Outer:
        deep: dict[str, tuple[Deep | None, ...]]

    with pytest.raises(TypeError, match=r"Deep\.wrong: "):
        converter.get_loads_hook(Outer)


def test_annotations_that_cannot_be_resolved(converter: RouterConverter) -> None:
    """An annotation that names nothing is a TypeError that names the class."""
    cl: Any = attrs.make_class("Odd", {"wrong": attrs.field(type="Nowhere")})

    with pytest.raises(TypeError, match=r"Odd: cannot resolve its annotations.*Nowhere"):
        converter.get_loads_hook(cl)


def test_impossible_overrides(converter: RouterConverter) -> None:
    """An override that contradicts its field is a TypeError that names class and field."""

    @attrs.frozen
    class NoDefault:
        name: Annotated[str, override(omit=True)]

    @attrs.frozen
    class NotTaken:
        name: Annotated[str, override(omit=False)] = attrs.field(init=False, default="")

    @attrs.frozen
    class Twice:
        name: str
        other: Annotated[str, override(rename="name")]

    for cl, words in (
        (NoDefault, "NoDefault.name: omitted, but"),
        (NotTaken, "NotTaken.name: not omitted, but"),
        (Twice, "Twice.other: another field has the key 'name'"),
    ):
        with pytest.raises(TypeError, match=words):
            converter.get_loads_hook(cl)


# --- wrappers ---


def test_wrappers_of_types(converter: RouterConverter) -> None:
    """`Annotated`, `NewType` and `Final` mean what they wrap."""
    Name = NewType("Name", str)

    @attrs.frozen
    class Wrapped:
        name: Name
        count: Final[int]
        real: Annotated[float, "seconds"]
        maybe: Annotated[Name | None, "x"] = None
        many: tuple[Annotated[Name, 1], ...] = ()

    value = {"name": "a", "count": 1, "real": 2, "maybe": "b", "many": ["c"]}
    instance = converter.loads(text(value), Wrapped)

    assert spelled(instance) == spelled(Wrapped(Name("a"), 1, 2.0, Name("b"), (Name("c"),)))
    assert json.loads(converter.dumps(instance)) == value
    assert problems(rejected(converter, {"name": 1, "count": 1.0, "real": "2", "maybe": 1, "many": [1]}, Wrapped)) == [
        ("$.name", "type"),
        ("$.count", "type"),
        ("$.real", "type"),
        ("$.maybe", "type"),
        ("$.many[0]", "type"),
    ]


def test_type_aliases(converter: RouterConverter) -> None:
    """The name of a type statement means the type it stands for."""
    names = TypeAliasType("names", list[str])  # what ``type names = list[str]`` makes from Python 3.12 on
    cl: Any = attrs.make_class("Aliased", {"names": attrs.field(type=names)})

    assert converter.loads('{"names":["a"]}', cl).names == ["a"]
    assert converter.dumps(cl(["a"])) == '{"names":["a"]}'
    assert problems(rejected(converter, {"names": [1]}, cl)) == [("$.names[0]", "type")]
