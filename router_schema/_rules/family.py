"""How a family of types registers itself, and what it may ask of cattrs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from .base import Rule

if TYPE_CHECKING:
    from .classes import ClassRule


class UnsupportedTypeError(TypeError):
    """A type that no rule covers. Raised when a hook is built; names the class and field that have the type."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where


class Resolver(Protocol):
    """From a type to its rule, in one direction, with the options and hooks of one converter."""

    def rule_for(self, cl: Any) -> Rule:
        """The rule of *cl*: a strict one, or that of the hook that the user registered."""

    def hook_rule(self, cl: Any) -> Rule | None:
        """The rule of a hook that the user registered for exactly the union *cl*."""

    def class_rule(self, cl: type[attrs.AttrsInstance]) -> ClassRule:
        """The rule of an attrs class, made once however often the types under construction refer to it."""

    def when_complete(self, check: Callable[[], Any]) -> None:
        """Call *check* once all classes under construction have their fields."""


@attrs.frozen
class Family:
    """
    A kind of type.

    Attributes:
        accepts: Whether a type is of this kind.
        make: Makes the rule of such a type.
    """

    accepts: Callable[[Any], bool]
    make: Callable[[Any, Resolver], Rule]
