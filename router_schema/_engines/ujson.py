"""The engine that is always available: ujson parses, and a compiled function builds the object."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import ujson

from .._rules.base import Rule
from .._rules.runner import fast_else_slow, validate_structure
from .._rules.source import FastPath, compile_structure, compile_unstructure
from .base import Engine
from .strict import MAX_DEPTH, Data, as_bytes, exceeds_depth, is_surely_shallow

#: ujson accepts 1,024 levels and has no option to change that, so the text is wrapped in all but `MAX_DEPTH` of them.
_SPARE_LEVELS = 1024 - MAX_DEPTH
_OPENING, _CLOSING = b"[" * _SPARE_LEVELS, b"]" * _SPARE_LEVELS


class UjsonEngine(Engine):
    """See the module."""

    name = "ujson"

    def parse(self, data: Data) -> Any:
        if type(data) is not bytes:
            data = as_bytes(data)
        # The only invalid UTF-8 that ujson accepts is an encoded surrogate. It starts with the byte 0xed, which is rare
        # elsewhere.
        if 0xED in data:
            str(data, "utf-8")
        return ujson.loads(data) if is_surely_shallow(data) else _parse_limited(data)

    def encode(self, value: Any) -> str:
        return ujson.dumps(value, ensure_ascii=False, escape_forward_slashes=False)

    def make_loads(self, rule: Rule) -> Callable[[Data], Any]:
        fast = compile_structure(rule)
        if fast.calls_user_code:  # which may have changed what it received: the slow path parses again
            return fast_else_slow(FastPath(self.then(fast.function), True), self.explain(rule))
        return self.then(fast_else_slow(fast, functools.partial(validate_structure, rule)))

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


def _parse_limited(data: bytes) -> Any:
    """Parse a text of many containers: faster than finding out how deeply they nest."""
    value = ujson.loads(_OPENING + data + _CLOSING)
    for _ in range(_SPARE_LEVELS):
        (value,) = value  # ValueError: the text held several values
    return value


def make_engine() -> Engine:
    """The engine."""
    return UjsonEngine()
