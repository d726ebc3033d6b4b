"""The engine that is always there: ujson parses, and a compiled function builds the object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ujson

from .._rules import FastPath, Rule, compile_unstructure, fast_else_slow, structure_function
from .base import Engine
from .strict import Data, as_bytes, exceeds_depth


class UjsonEngine(Engine):
    """See the module."""

    name = "ujson"

    def parse(self, data: Data) -> Any:
        if type(data) is not bytes:
            data = as_bytes(data)
        # ujson lets surrogates pass that were encoded as if they were characters. Most bodies are ASCII, and asking
        # that first costs next to nothing.
        if not data.isascii():
            str(data, "utf-8")
        if exceeds_depth(data):
            raise ValueError
        return ujson.loads(data)

    def encode(self, value: Any) -> str:
        return ujson.dumps(value, ensure_ascii=False, escape_forward_slashes=False)

    def make_loads(self, rule: Rule) -> Callable[[Data], Any]:
        parse, structure = self.parse_or_explain, structure_function(rule)

        def loads(data: Data) -> Any:
            return structure(parse(data))

        return loads

    def make_dumps(self, rule: Rule) -> Callable[[Any], str]:
        fast, encode = compile_unstructure(rule), self.encode
        unstructure, may_nest_deeply = fast.function, fast.may_nest_deeply

        def dumps(obj: Any) -> str | None:
            value = unstructure(obj)
            if value is None:
                return None
            try:
                text = encode(value)
            except Exception:
                return None
            return None if may_nest_deeply and exceeds_depth(text.encode()) else text

        return fast_else_slow(FastPath(dumps, fast.calls_user_code), self.encode_or_explain(rule))


def make_engine() -> Engine:
    """The engine."""
    return UjsonEngine()
