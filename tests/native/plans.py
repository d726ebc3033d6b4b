"""Plans for the native engine, written from type annotations alone: no rules, no converter."""

import types
import typing
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

import attrs
import pytest

try:
    from router_schema._native import Decoder, Encoder, Profiler
except ImportError:  # The folder of the C sources alone is an empty namespace package.
    pytest.skip("the native engine is not built", allow_module_level=True)

SCALARS = {str: "str", float: "float", int: "int", bool: "bool", Any: "any"}
REQUIRED, VALUE, FACTORY = range(3)


class Plan:
    """
    Nodes in the making.

    Attributes:
        nodes: What `Decoder` and `Encoder` take.
        forbid_extra_keys: Whether the nodes of classes say so.
        omit: Whether the fields of classes with a default are left out where they equal it.
    """

    def __init__(self, *, forbid_extra_keys: bool = False, omit: bool = True) -> None:
        self.nodes: list[Any] = []
        self.forbid_extra_keys, self.omit = forbid_extra_keys, omit
        self._classes: dict[type, int] = {}

    def add(self, *node: Any) -> int:
        """Append a node; returns its index."""
        self.nodes.append(node)
        return len(self.nodes) - 1

    def type(self, cl: Any) -> int:
        """Append the nodes of a type; returns the index of its root."""
        if cl in SCALARS:
            return self.add(SCALARS[cl])
        if attrs.has(cl):
            return self._class(cl)
        if isinstance(cl, type) and issubclass(cl, Enum):
            return self.add("choice", {member.value: member for member in cl})
        origin, args = get_origin(cl), get_args(cl)
        if origin is Literal:
            return self.add("choice", {value: value for value in args})
        if origin in (Union, types.UnionType):
            return self.add("optional", self.type(next(arg for arg in args if arg is not types.NoneType)))
        return self.add(origin.__name__, self.type(args[-1] if origin is dict else args[0]))

    def _class(self, cl: Any) -> int:
        if cl not in self._classes:
            self._classes[cl] = index = self.add()
            types_ = typing.get_type_hints(cl)
            fields = tuple(self._field(cl, attribute, types_[attribute.name]) for attribute in attrs.fields(cl))
            self.nodes[index] = ("class", cl, fields, self.forbid_extra_keys)
        return self._classes[cl]

    def _field(self, cl: Any, attribute: Any, type_: Any) -> tuple[Any, ...]:
        kind, default = REQUIRED, None
        if isinstance(attribute.default, attrs.Factory):  # type: ignore[arg-type]
            kind, default = FACTORY, attribute.default.factory
        elif attribute.default is not attrs.NOTHING:
            kind, default = VALUE, attribute.default
        slot = getattr(cl, attribute.name, None) if attrs.inspect(cl).is_slotted else None
        key = attribute.metadata.get("key", attribute.name)
        return (key, attribute.name, self.type(type_), slot, kind, default, self.omit)


@attrs.frozen
class Aside:
    """What a coder returns when it steps aside: the argument that its slow path was called with."""

    argument: Any


def decoder(cl: Any, **options: bool) -> Decoder:
    """A decoder of *cl* whose slow path is `Aside`."""
    plan = Plan(**options)
    return Decoder(plan.nodes, plan.type(cl), Aside)


def encoder(cl: Any, **options: bool) -> Encoder:
    """An encoder of *cl* whose slow path is `Aside`."""
    plan = Plan(**options)
    return Encoder(plan.nodes, plan.type(cl), Aside)  # type: ignore[arg-type]


# --- profilers ---

#: The places of the router's body: its own fields, those of its choices and those of its usage.
PLACES: Any = (
    (
        ("id", False, False, False, -1, -1, -1),
        ("choices", False, False, False, -1, -1, 1),
        ("created", False, False, True, -1, -1, -1),
        ("model", True, False, False, -1, -1, -1),
        ("object", True, False, False, -1, -1, -1),
        ("usage", False, False, False, -1, 2, -1),
    ),
    (("finish_reason", False, True, False, -1, -1, -1), ("index", False, False, False, -1, -1, -1)),
    (("total_tokens", False, False, False, 2, -1, -1),),
)


def make_profiler(
    places: Any = PLACES, forbid_extra_keys: bool = True, group_field: int = 3, seconds: int = 0, most: int = 1000
) -> Profiler:
    """A profiler."""
    return Profiler(places, forbid_extra_keys, group_field, seconds, 2**20, most)
