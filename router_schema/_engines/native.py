"""The engine of the C extension: text straight into the slots of attrs classes, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._native import Decoder, Encoder, parse
from .._rules import FastPath, Plan, Rule, fast_else_slow
from .base import Engine
from .strict import Data

_ANY = [("any",)]


def _step_aside(_: Any) -> None:
    return None


class NativeEngine(Engine):
    """See the module."""

    name = "native"

    def __init__(self) -> None:
        self._encode = Encoder(_ANY, 0, _step_aside)

    def parse(self, data: Data) -> Any:
        return parse(data)

    def encode(self, value: Any) -> str:
        text: str | None = self._encode(value)
        if text is None:
            raise ValueError
        return text

    def make_loads(self, rule: Rule) -> Callable[[Data], Any]:
        return _with_slow_path(Decoder, Plan(rule, "structure"), self.explain(rule))

    def make_dumps(self, rule: Rule) -> Callable[[Any], str]:
        return _with_slow_path(Encoder, Plan(rule, "unstructure"), self.encode_or_explain(rule))


def _with_slow_path(make: Callable[..., Any], plan: Plan, slow: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The native function of *plan*, which calls *slow* itself unless user code is involved."""
    if plan.calls_user_code:
        return fast_else_slow(FastPath(make(plan.nodes, plan.root, _step_aside), True), slow)
    function: Callable[[Any], Any] = make(plan.nodes, plan.root, slow)
    return function


def make_engine() -> Engine:
    """
    The engine.

    Raises:
        ImportError: The extension was not built.
    """
    return NativeEngine()
