"""The engine that is always available: ujson parses, and a compiled function builds the object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ujson

from .._rules.base import Rule
from .._rules.runner import fast_else_slow
from .._rules.source import FastPath, compile_rule
from .base import Engine
from .strict import MAX_DEPTH, Data, as_bytes, exceeds_depth, is_surely_shallow

#: A text of up to so many bytes has too few brackets to nest more than `MAX_DEPTH` levels deep.
_SHORT = 2 * MAX_DEPTH

#: ujson accepts 1,024 levels and has no option to change that, so the text is wrapped in all but `MAX_DEPTH` of them.
_SPARE_LEVELS = 1024 - MAX_DEPTH
_OPENING, _CLOSING = b"[" * _SPARE_LEVELS, b"]" * _SPARE_LEVELS


class UjsonEngine(Engine):
    name = "ujson"

    def parse(self, data: Data) -> Any:
        if type(data) is not bytes:
            data = as_bytes(data)
        # The only invalid UTF-8 that ujson accepts is an encoded surrogate. It starts with the byte 0xed, which is rare
        # elsewhere.
        if 0xED in data:
            str(data, "utf-8")
        if len(data) <= _SHORT or is_surely_shallow(data):
            return ujson.loads(data)
        return _parse_limited(data)

    def encode(self, value: Any) -> str:
        return ujson.dumps(value, ensure_ascii=False, escape_forward_slashes=False)

    def make_loads(self, rule: Rule) -> Callable[[Data], Any]:
        # The slow path parses again, as on every engine: user code may have changed what it received.
        fast, slow = compile_rule(rule, "structure"), self.explain(rule)
        if fast.calls_user_code:
            return fast_else_slow(FastPath(self.then(fast.function), True), slow)
        parse, build = self.parse, fast.function

        def loads(data: Data) -> Any:  # what `then` and `fast_else_slow` do, without the cost of calling both
            try:
                result = build(parse(data))
            except Exception:
                result = None
            return slow(data) if result is None else result

        return loads

    def make_dumps(self, rule: Rule) -> Callable[[Any], str]:
        fast, encode = compile_rule(rule, "unstructure"), self.encode
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


ENGINE = UjsonEngine()
