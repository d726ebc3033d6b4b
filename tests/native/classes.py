"""Classes that the native engine's tests decode and encode."""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal

import attrs

Words = Enum("Words", {f"W{n}": f"word {n}" for n in range(40)}, type=str)  # type: ignore[misc]


class Color(Enum):
    """An enum whose members are not strings."""

    RED = "red"
    GREEN = 'gr"een'
    BLUE = "bleu é"


@attrs.frozen
class Scalars:
    """A field of each scalar type."""

    text: str
    real: float
    whole: int
    flag: bool
    anything: Any


@attrs.frozen
class Containers:
    """A field of each container, all with defaults."""

    items: list[int] = attrs.field(factory=list)
    pairs: tuple[str, ...] = ()
    table: dict[str, float] = attrs.field(factory=dict)
    color: Color = Color.RED
    mode: Literal["on", "off"] = "on"
    maybe: float | None = None


@attrs.frozen
class Node:
    """A class that contains itself."""

    name: str
    children: tuple[Node, ...] = ()
    next: Node | None = None


@attrs.define(slots=False)
class Loose:
    """A class whose instances keep their attributes in a dict."""

    name: str
    size: float = 1.5


@attrs.frozen
class Half(Loose):
    """Slots below a class without: instances have both."""

    extra: str | None = None


@attrs.frozen
class Renamed:
    """Keys that are not the attributes' names."""

    plain: int = attrs.field(metadata={"key": "clé €"})
    quoted: int = attrs.field(metadata={"key": 'a"\\\n'})
    hidden: int = attrs.field(default=7, metadata={"key": None})


@attrs.frozen
class Empty:
    """A class without fields."""


@attrs.frozen
class Weak:
    """A class with a slot for weak references, which is not a field."""

    value: str


Wide = attrs.make_class("Wide", {f"field_{n}": attrs.field(type=int) for n in range(150)}, frozen=True, slots=True)
