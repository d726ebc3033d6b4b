"""The engine of the C extension: text straight into the slots of attrs classes, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._native import Decoder, Encoder, parse
from .._rules.base import Rule
from .._rules.plan import Plan
from .._rules.runner import fast_else_slow
from .._rules.source import Direction, FastPath
from .base import Engine
from .strict import Data

_ANY = [("any",)]


def _step_aside(_: Any) -> None:
    return None


class NativeEngine(Engine):
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
        return _make(Decoder, rule, "structure", self.explain(rule))

    def make_dumps(self, rule: Rule) -> Callable[[Any], str]:
        return _make(Encoder, rule, "unstructure", self.encode_or_explain(rule))


def _make(
    coder: type[Decoder | Encoder], rule: Rule, direction: Direction, slow: Callable[[Any], Any]
) -> Callable[[Any], Any]:
    """The function that follows *rule* natively, as far as possible, and otherwise calls *slow*."""
    try:
        return _with_slow_path(coder, Plan(rule, direction), slow)
    except TypeError:  # the extension declines the layout of a class
        return _with_slow_path(coder, Plan(rule, direction, in_python=True), slow)


def _with_slow_path(coder: type[Decoder | Encoder], plan: Plan, slow: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The native function of *plan*, which calls *slow* itself unless user code is involved."""
    if plan.calls_user_code:
        return fast_else_slow(FastPath(coder(plan.nodes, plan.root, _step_aside), True), slow)
    return coder(plan.nodes, plan.root, slow)


ENGINE = NativeEngine()
