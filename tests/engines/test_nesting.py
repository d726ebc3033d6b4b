"""Nesting, in both directions and near the recursion limit."""

import sys
from typing import Any

import pytest
from support import ENGINES, converter_for, needs_native, outcome, strictly
from user_classes import Anything, Node

from engines.bodies import TEXT, with_created, with_ignored
from router_schema import DecodeError, EncodeError, RouterCompletionsResponseBody, RouterConverter


@pytest.mark.parametrize("depth", [10, 100, 300])
def test_nesting(depth: int, converter: RouterConverter) -> None:
    """A few hundred levels are accepted, in known and in ignored fields."""
    arrays, objects = "[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth

    assert converter.loads(with_ignored(arrays)) == converter.loads(with_ignored(objects)) == converter.loads(TEXT)
    assert strictly(arrays) == converter.loads(f'{{"first": {arrays}}}', Anything).first
    assert strictly(objects) == converter.loads(f'{{"first": {objects}}}', Anything).first


# In between it depends on the engine and the interpreter, as docs/reliability.md says.
@needs_native
@pytest.mark.parametrize("depth", [300, 20_000])
@pytest.mark.parametrize("field", ["ignored", "any", "recursive"])
def test_all_engines_read_the_same_depth(depth: int, field: str) -> None:
    """How deep a text may be does not depend on the engine."""
    arrays = "[" * depth + "]" * depth
    text, cl = {
        "ignored": (with_ignored(arrays), RouterCompletionsResponseBody),
        "any": (f'{{"first": {arrays}}}', Anything),
        "recursive": ('{"name":"","children":[' * depth + "]}" * depth, Node),
    }[field]
    outcomes = [outcome(converter_for(engine).loads, text, cl)[:2] for engine in ENGINES]

    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize("depth", [20_000, 100_000])
@pytest.mark.parametrize("unit", ["[", '{"a":', '[{"a":'])
def test_too_deep_nesting(depth: int, unit: str, converter: RouterConverter) -> None:
    """Text that is nested too deeply, closed or not, raises DecodeError and nothing worse."""
    closed = unit * depth + "1" + "".join({"[": "]", "{": "}"}.get(char, "") for char in reversed(unit * depth))
    for text in (unit * depth, closed, with_ignored(closed), with_created(closed), f'{{"first": {closed}}}'):
        with pytest.raises(DecodeError) as caught:
            converter.loads(text, Anything if "first" in text else RouterCompletionsResponseBody)

        assert type(caught.value) is DecodeError
        assert caught.value.__context__ is None


@pytest.mark.parametrize("spelling", ["1760000123", '"now"', "x"])
def test_too_deep_for_the_stack_that_is_left(spelling: str, converter: RouterConverter) -> None:
    """Near the recursion limit a body gets its usual verdict or a DecodeError."""
    text = with_created(spelling)
    verdict = outcome(converter.loads, text)

    def at_depth(n: int) -> Any:
        return at_depth(n - 1) if n else outcome(converter.loads, text)

    limit = sys.getrecursionlimit()
    far, near = range(0, limit - 150, 50), range(limit - 150, limit)
    results = []
    for n in [*far, *near]:
        try:
            results.append(at_depth(n))
        except RecursionError:  # the call itself, or its first few frames, had no room
            break

    assert results[0] == verdict
    assert len(results) > len(far) + 10
    assert {result[:2] for result in results if result != verdict} <= {(DecodeError, "nested too deeply")}


# --- builtins and instances ---


def bottomless() -> tuple[list[Any], list[Any]]:
    """A value that is nested 100,000 levels deep, and one that contains itself."""
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    circular: list[Any] = []
    circular.append(circular)
    return value, circular


def test_structure_too_deep(converter: RouterConverter) -> None:
    """`structure` rejects builtins that are nested too deeply, or contain themselves, with DecodeError."""
    for first in bottomless():
        with pytest.raises(DecodeError, match=r"^nested too deeply$"):
            converter.structure({"first": first}, Anything)


def test_dumps_too_deep(converter: RouterConverter) -> None:
    """`dumps` and `unstructure` reject what is nested too deeply, or contains itself, with EncodeError."""
    for first in bottomless():
        for leave in (converter.dumps, converter.unstructure):
            with pytest.raises(EncodeError, match="nested too deeply") as caught:
                leave(Anything(first))

            assert caught.value.error_count == 1
            assert caught.value.__context__ is None


def test_too_deep_for_the_encoder(converter: RouterConverter) -> None:
    """A recursion limit beyond what the encoder can nest changes nothing."""
    value: list[Any] = []
    for _ in range(2000):
        value = [value]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with pytest.raises(EncodeError, match="nested too deeply") as caught:
            converter.dumps(Anything(value))
    finally:
        sys.setrecursionlimit(limit)

    assert caught.value.__context__ is None
