"""
Failing allocations are survived.

`test_failing_allocations.py` runs this file in a separate process: `set_nomemory` fails the allocations of all
threads.
"""

import gc
import importlib.util
import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from classes import Color, Renamed, Scalars, Weak
from plans import Aside, Decoder, Encoder, Plan, decoder, encoder, make_profiler
from texts import TEXTS

from router_schema import RouterCompletionsResponseBody, _native
from router_schema._native import Profiler, parse


def failing(call: Callable[[], Any], expected: Any) -> list[Any]:
    """The results of *call* with the first allocation failing, with the second, ... until all of them succeed."""
    testcapi = pytest.importorskip("_testcapi")
    if not hasattr(testcapi, "set_nomemory"):
        pytest.skip("allocations cannot be made to fail")
    results: list[Any] = []
    gc.disable()  # It would report what it cannot do.
    while results[-9:] != [expected] * 9:
        result: Any = None
        testcapi.set_nomemory(len(results), len(results) + 1)
        try:
            result = call()
        except MemoryError:
            result = MemoryError
        finally:
            testcapi.remove_mem_hooks()
        results.append(result)
    gc.enable()
    return results


@pytest.mark.parametrize(("cl", "text"), TEXTS)
def test_failing_decoding(cl: Any, text: str) -> None:
    """A decoder without memory steps aside, whichever allocation fails, and decodes again afterwards."""
    plan = Plan()
    decode = Decoder(plan.nodes, plan.type(cl), len)
    expected = decode(text)

    for argument in (text, text.encode()):
        results = failing(lambda argument=argument: decode(argument), expected)
        assert all(result in (expected, len(argument), MemoryError) for result in results)
        assert len(argument) in results


@pytest.mark.parametrize(("cl", "text"), TEXTS)
def test_failing_encoding(cl: Any, text: str) -> None:
    """An encoder without memory steps aside, whichever allocation fails, and encodes again afterwards."""
    plan = Plan()
    encode = Encoder(plan.nodes, plan.type(list[cl]), id)
    value = [decoder(cl)(text)] * 20

    results = failing(lambda: encode(value), encode(value))
    assert all(result in (results[-1], id(value), MemoryError) for result in results)
    assert id(value) in results


def test_failing_lines_and_parsing() -> None:
    """Lines without memory are left to the slow path or raise MemoryError; parsing raises."""
    decode = decoder(Weak)
    block = b'{"value":"\xe2\x82\xac"}\n' * 3

    lines = failing(lambda: decode.lines(block, 0), ([Weak("€")] * 3, 3, len(block)))
    assert all(result is MemoryError or result[1] <= 3 for result in lines)
    assert {result is MemoryError or result[1] for result in lines} >= {True, 0, 3}

    def parsed() -> Any:
        try:
            return parse(TEXTS[0][1])
        except ValueError:
            return ValueError

    assert ValueError in failing(parsed, parsed())


def test_failing_list() -> None:
    """Decoding and scanning lines raise MemoryError where not even an empty list can be made."""
    decode, profiler = decoder(Weak), make_profiler()
    for call, expected in (
        (lambda: decode.lines(b"", 0), ([], 0, 0)),
        (lambda: profiler.scan(b"", 0, 0), (0, 0, [], False)),
    ):

        def call_without_lists(call: Callable[[], Any] = call) -> Any:
            kept = [[] for _ in range(100)]  # or the list would be one of those that CPython keeps for this
            return call(), len(kept)

        results = failing(call_without_lists, (expected, 100))
        assert set(map(str, results)) == {str((expected, 100)), str(MemoryError)}


@pytest.mark.parametrize("length", range(4000, 4100, 7))
def test_growing_and_failing(length: int) -> None:
    """The text is complete wherever the buffer has to grow, and nothing is written if memory runs out."""
    plan = Plan(omit=False)
    encode = Encoder(plan.nodes, plan.type(list[Scalars | None]), id)
    item = Scalars('"', 0.1, 1234, True, [None, 1.5, "é", {"a": 10**30}])
    for more in range(8):
        value = [
            Scalars("x" * (length + more), 1.0, 1, True, None),
            item,
            None,
            Scalars("x" * 40, 1e-7, -(2**63), False, {}),
        ]
        expected = json.dumps([attrs.asdict(item) if item else None for item in value], ensure_ascii=False)

        results = failing(lambda value=value: encode(value), encode(value))
        assert json.loads(results[-1]) == json.loads(expected)
        assert set(results) == {id(value), results[-1]}


@pytest.mark.parametrize("value", ["", "é", "\n", "x"])
def test_growing_with_short_strings(value: str) -> None:
    """A buffer that is full to the last byte grows."""
    encode = encoder(list[str])
    for more in range(6):
        values = ["x" * more, *[value] * 1400]
        results = failing(lambda values=values: encode(values), encode(values))
        assert json.loads(results[-1]) == values
        assert results[0] == Aside(values)


#: A type, a value of it of any length, and short values.
SHORT_VALUES: list[tuple[Any, Callable[[int], Any], Any]] = [
    (bool | None, lambda more: more % 2 == 0, [False, None, True]),
    (float, lambda more: 10**more, [0.1, -0.5]),
    (float, lambda more: 10**more, [1e-5, -1.5e-7, 1e300]),
    (int, lambda more: 10**more, [2**70]),
    (list[int], lambda more: [10**more], [[], [1]]),
    (tuple[int, ...], lambda more: (10**more,), [(), (1, 2)]),
    (dict[str, int], lambda more: {"k" * more: 1}, [{}, {"a": 1, "b": 2}]),
    (Weak, lambda more: Weak("x" * more), [Weak("")]),
    (Any, lambda more: "x" * more, [[], {}, {"a": [1, 2]}]),
]


@pytest.mark.parametrize(("cl", "first", "rest"), SHORT_VALUES)
def test_growing_with_short_values(cl: Any, first: Callable[[int], Any], rest: list[Any]) -> None:
    """A buffer grows wherever in a value it is full, or the encoder steps aside."""
    encode = encoder(list[cl])
    for more in range(12):
        count = 4060 // (len(encode([first(more)])) - 1)  # A buffer has 4,096 bytes at first.
        values = [*[first(more)] * count, *rest * 50]
        results = failing(lambda values=values: encode(values), encode(values))
        assert decoder(list[cl])(results[-1]) == values
        assert results[0] == Aside(values)


def test_failing_import() -> None:
    """A module that cannot be made for want of memory raises MemoryError."""
    spec = importlib.util.spec_from_file_location("router_schema._native", _native.__file__)
    modules = [importlib.util.module_from_spec(spec) for _ in range(2000)]

    def execute() -> Any:
        try:
            spec.loader.exec_module(modules.pop())
        except SystemError:  # CPython did not say why a type could not be made.
            raise MemoryError from None

    results = failing(execute, None)
    assert set(results) == {None, MemoryError}
    assert results.count(MemoryError) > 100


@pytest.mark.parametrize("coder", [Decoder, Encoder])
@pytest.mark.parametrize("cl", [RouterCompletionsResponseBody, Renamed, Color])
def test_failing_construction(coder: Any, cl: Any) -> None:
    """A coder that cannot be made for want of memory raises MemoryError."""
    plan = Plan()
    root = plan.type(cl)

    assert set(failing(lambda: type(coder(plan.nodes, root, len)), coder)) == {coder, MemoryError}


@pytest.mark.parametrize("coder", [Decoder, Encoder])
def test_failing_construction_of_unions(coder: Any) -> None:
    """A coder of a union or of a tag that cannot be made for want of memory raises MemoryError."""
    plan = Plan()
    node = plan.type(Weak)
    plan.add("union", {"object": node, "string": plan.type(str)})
    root = plan.add("tagged", "value", {"a": node})

    assert set(failing(lambda: type(coder(plan.nodes, root, len)), coder)) == {coder, MemoryError}


LOG = b"\n".join(
    json.dumps(value).encode()
    for value in (
        {"id": "a", "choices": [{"finish_reason": "st\top", "index": 1.5}, 7], "created": 5, "model": "m/é", "odd": 1},
        {"id": "b", "choices": [], "usage": {"total_tokens": 5}, "model": "x", "object": "y", "strange": [{}]},
        {"id": "a", "choices": [{"finish_reason": "x"}] * 70, "other": None},
        {f"unknown {number}": number for number in range(70)},
    )
)


def counts_of(profiler: Any) -> Any:
    """What a profiler makes of a log."""
    found = profiler.scan(LOG, 0, 0)
    return found, profiler.take()


def test_failing_scanning() -> None:
    """Without memory, a scanner steps aside from a line or raises MemoryError, and then counts what it read."""
    expected = counts_of(make_profiler())

    def scanned() -> Any:
        profiler = make_profiler()
        found = profiler.scan(LOG, 0, 0)
        return found, profiler.take()

    results = failing(scanned, expected)
    lines = {result[0][1] for result in results if result is not MemoryError}
    assert MemoryError in results
    assert lines <= {0, 1, 2, 3, 4}
    assert {0, 4} <= lines
    for result in results:
        if result is not MemoryError:
            (_, lines_read, _, _), (_, _, _, combinations) = result
            assert sum(combination[2] for combination in combinations) == lines_read


def test_failing_profilers() -> None:
    """A profiler that cannot be made for want of memory raises MemoryError."""
    assert set(failing(lambda: type(make_profiler()), Profiler)) == {Profiler, MemoryError}
