"""
Classes to fuzz with: user code that calls the library, enums of every kind, and classes built from bytes.

Where bytes make something, each byte is one choice.
"""

from __future__ import annotations

import abc
import datetime
import enum
import json
import math
import types
import typing
from collections.abc import Iterator, Sequence
from typing import Any, Generic, Literal, TypeVar

import attrs

from router_schema import (
    RouterCompletionsResponseBody,
    RouterCompletionsUsage,
    RouterConverter,
    dumps,
    loads,
    structure,
)
from router_schema.openai import Completion, CompletionUsage

T = TypeVar("T")
Steps = Iterator[int]


def pick(steps: Steps, options: Sequence[Any]) -> Any:
    """One of the options."""
    return options[next(steps, 0) % len(options)]


# --- enums ---


class Level(str, enum.Enum):
    """Closed."""

    LOW = "low"
    HIGH = "high"


class Open(str, enum.Enum):
    """Makes a member of any short text."""

    KNOWN = "known"

    @classmethod
    def _missing_(cls, value: object) -> Open | None:
        return cls.make(value) if isinstance(value, str) and len(value) < 5 else None

    @classmethod
    def make(cls, value: str) -> Open:
        """A member of any text, which `loads` may reject."""
        member = str.__new__(cls, value)
        member._name_, member._value_ = "UNKNOWN", value
        return member


class Aliasing(enum.Enum):
    """Accepts other words for its members, and fails on some."""

    YES = "yes"
    NO = "no"
    MANY = 2

    @classmethod
    def _missing_(cls, value: object) -> Aliasing | None:
        return {"y": cls.YES, "stop": cls.NO, 1: cls.MANY, "": "no member"}[value]  # type: ignore[index, return-value]


class Loud(enum.Enum):
    """Overrides ``value``, which is not what JSON holds."""

    A = "a"
    B = "b"

    @property
    def value(self) -> str:  # type: ignore[override]
        return self._value_.upper()


@attrs.frozen
class Enums:
    """Fields of every kind of enum."""

    open: Open
    aliasing: Aliasing
    loud: Loud
    level: Level | None = None
    member: Literal[Loud.A, "b", 1, None] = None
    opens: tuple[Open, ...] = ()
    by_key: dict[str, Aliasing] = attrs.Factory(dict)


# --- user code that calls the library ---

#: How often user code was called; targets reset it.
calls = 0


def structure_node(value: Any) -> Node:
    """A converter that calls the library."""
    global calls
    calls += 1
    return structure(value, Node)


def require_small(instance: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """A validator that calls the library, both ways."""
    global calls
    calls += 1
    loads(dumps(Small(value)), Small)


@attrs.frozen
class Small:
    """What the validator uses."""

    size: int = attrs.field(validator=attrs.validators.lt(300))


@attrs.frozen
class Celsius:
    """What a registered hook makes of a number."""

    degrees: float


@attrs.frozen
class Node:
    """Contains itself, by way of a converter."""

    name: str
    size: int = attrs.field(default=0, validator=require_small)
    child: Any = attrs.field(default=None, converter=attrs.converters.optional(structure_node))


@attrs.define
class UserCode:
    """User code of every kind."""

    node: Node
    heat: Celsius | None = None
    nodes: list[Node] = attrs.Factory(list)
    raw: Any = None

    def __attrs_post_init__(self) -> None:
        if self.raw is not None:
            structure_node(self.raw)


def register_hooks(converter: RouterConverter) -> RouterConverter:
    """Register hooks that call the library; returns the converter."""

    def structure_celsius(value: Any, _: Any) -> Celsius:
        global calls
        calls += 1
        return Celsius(converter.structure(value, float))

    converter.register_structure_hook(Celsius, structure_celsius)
    converter.register_unstructure_hook(Celsius, lambda celsius: converter.unstructure(celsius.degrees, float))
    return converter


# --- classes that a tag tells apart ---


@attrs.frozen
class Cat:
    """A member of a union."""

    kind: Literal["cat"]
    name: str | None = None


@attrs.frozen
class Dog:
    """The other member, which has two tags."""

    name: str
    kind: Literal["dog", "wolf"]


# --- classes that must be rejected ---


@attrs.frozen
class Abstract(abc.ABC):
    """Cannot be instantiated."""

    id: str

    @abc.abstractmethod
    def method(self) -> None:
        """Is missing."""


class Undecorated(RouterCompletionsResponseBody):
    """A subclass that attrs does not know."""

    provider: str


@attrs.frozen
class Parametrized(Generic[T]):
    """Has a type variable."""

    item: T


class Surrogate(enum.Enum):
    """Has a value that UTF-8 cannot encode."""

    BAD = "\ud800"


class Mask(enum.Flag):
    """Its values combine."""

    A = 1


REJECTED: tuple[Any, ...] = (
    *(bytes, complex, object, set[str], tuple[int, str], dict[int, str], frozenset[int]),
    *(datetime.datetime, datetime.date, Abstract, Undecorated, Parametrized, Surrogate, Mask),
    *(list[int] | tuple[int, ...], str | Level, dict[str, int] | Celsius, Cat | Small, Cat | Dog | Completion),
)
ACCEPTED: tuple[Any, ...] = (
    *(str, int, float, bool, Any, Level, Open, Aliasing, Loud, Literal["a", 1, True, None], Small),
    *(list, dict, tuple, Completion, Enums, int | str, int | float, str | list[float] | bool | None),
    *(Cat | Dog, Cat | Dog | str, dict[str, int] | list[int]),
)


def make_type(steps: Steps, depth: int = 0) -> tuple[Any, bool]:
    """A type, and whether the library accepts it."""
    kind = next(steps, 0) % 8
    if depth > 2 or kind > 5:
        rejected = next(steps, 0) % 16 == 15
        return pick(steps, REJECTED if rejected else ACCEPTED), not rejected
    if kind == 5:
        return make_class(steps, depth + 1)
    inner, accepted = make_type(steps, depth + 1)
    outer = (inner, inner | None, tuple[inner, ...], list[inner], dict[str, inner])[kind]  # type: ignore[valid-type]
    return outer, accepted


def make_class(steps: Steps, depth: int = 0) -> tuple[type[Any], bool]:
    """An attrs class, and whether the library accepts it."""
    fields, accepted = {}, True
    for number in range(1 + next(steps, 0) % 4):
        tp, is_accepted = make_type(steps, depth)
        accepted &= is_accepted
        default = pick(steps, (attrs.NOTHING, None, attrs.Factory(dict)))
        fields[pick(steps, (f"field{number}", f"é{number}", f"_private{number}"))] = attrs.field(
            type=tp, default=default
        )
    made = attrs.make_class("Made", fields, frozen=next(steps, 0) % 2 == 0, slots=next(steps, 0) % 2 == 0, kw_only=True)
    return made, accepted


# --- values ---

KEYS = (
    *dict.fromkeys(
        name
        for cl in (RouterCompletionsResponseBody, Completion, Enums, UserCode, Node)
        for name in attrs.fields_dict(cl)
    ),
    *("error", "message", "extra", "é", "odd key"),
)
INTEGERS = (0, 1, -1, 2, 300, 2**53 + 1, 2**64, 10**400, 10**4299)
REALS = (1.5, -0.0, 1e308, 5e-324, math.inf, math.nan, 2.0**53)
HUGE = "an integer of 4,301 digits"  # `as_json` writes one
TEXTS = (HUGE, "", "stop", "a", "b", "y", "low", "yes", "known", "eos_token", "é", "🙂", "\ud800", "\x00", '"\\')
SCALARS = (*TEXTS, *INTEGERS, *REALS, True, False, None)
USUAL: dict[Any, Sequence[Any]] = {
    str: TEXTS,
    int: INTEGERS,
    float: INTEGERS + REALS,
    Celsius: REALS,
    bool: (True, False),
}


#: What an instance may hold, rightly or wrongly, that JSON does not.
OBJECTS = (
    *(Level.LOW, Open.KNOWN, Open.make("new"), Open.make("too long"), Open.make("\ud800")),
    *(Aliasing.MANY, Loud.A, Small(1), RouterCompletionsUsage(1.0), CompletionUsage(1)),
    *((), (1.0,), (Open.make("new"), Open.KNOWN), {"a": Aliasing.YES}, {1: 1}, {1}, b"x", object),
)


def as_json(value: Any) -> bytes:
    """The text of a value; NaN, infinities and lone surrogates included, as careless servers write them."""
    return json.dumps(value).replace(f'"{HUGE}"', "7" * 4301).encode()


def shaped(steps: Steps, depth: int = 0) -> Any:
    """Any JSON value; it is more like a body than what random text parses to."""
    kind = next(steps, 0) % (3 if depth < 5 else 1)
    if kind == 1:
        return {pick(steps, KEYS): shaped(steps, depth + 1) for _ in range(next(steps, 0) % 8)}
    if kind == 2:
        return [shaped(steps, depth + 1) for _ in range(next(steps, 0) % 4)]
    return pick(steps, SCALARS)


def value_for(tp: Any, steps: Steps, depth: int = 0) -> Any:
    """A JSON value that mostly matches the type."""
    if next(steps, 0) % 16 == 15 or depth > 16:
        return shaped(steps, depth)
    origin, arguments = typing.get_origin(tp) or tp, typing.get_args(tp)
    if origin in (typing.Union, types.UnionType):
        return value_for(pick(steps, arguments), steps, depth)
    if origin is Literal:
        return pick(steps, [value._value_ if isinstance(value, enum.Enum) else value for value in arguments])
    if isinstance(origin, type) and issubclass(origin, enum.Enum):
        return pick(steps, [*(member._value_ for member in origin), *TEXTS])
    if origin in (list, tuple):
        item = arguments[0] if arguments else Any
        return [value_for(item, steps, depth + 1) for _ in range(next(steps, 0) % 4)]
    if origin is dict:
        item = arguments[1] if arguments else Any
        return {pick(steps, KEYS): value_for(item, steps, depth + 1) for _ in range(next(steps, 0) % 4)}
    if origin in USUAL:
        return pick(steps, USUAL[origin])
    if attrs.has(origin):
        attrs.resolve_types(origin)
        return {
            field.name: value_for(Node if field.name in ("child", "raw") else field.type, steps, depth + 1)
            for field in attrs.fields(origin)
            if field.default is attrs.NOTHING or next(steps, 0) % 2
        }
    return shaped(steps, depth)
