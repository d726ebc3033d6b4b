"""What holds whatever the input is: limits, processes, memory, and the end of the interpreter."""

from __future__ import annotations

import copy
import gc
import inspect
import multiprocessing
import pickle
import subprocess
import sys
import tracemalloc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from support import converter_for, outcome, problems

from router_schema import (
    DecodeError,
    EncodeError,
    RouterCompletionsResponseBody,
    RouterConverter,
    ValidationError,
    dumps,
    loads,
)
from router_schema.streams import iter_stream

GOOD = (
    b'{"id":"cmpl-1","choices":[{"finish_reason":"stop","index":0,"text":"x"}],"created":1760000000,"model":"m",'
    b'"system_fingerprint":"fp","object":"text_completion","usage":{"total_tokens":3}}'
)


def with_extra(extra: bytes) -> bytes:
    """A good body with one more key, whose value is *extra*."""
    return GOOD[:-1] + b',"extra":' + extra + b"}"


def with_tokens(tokens: bytes) -> bytes:
    """A good body with another count of tokens."""
    return GOOD.replace(b":3}", b":" + tokens + b"}")


def call_at_depth(depth: int, call: Callable[[], Any]) -> Any:
    """Call *call* below *depth* more frames."""
    return call() if depth <= 0 else call_at_depth(depth - 1, call)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("place", [with_extra, with_tokens])
def test_deep_nesting_near_the_recursion_limit(opening: bytes, place: Any, converter: RouterConverter) -> None:
    """Nesting without end raises DecodeError, however little of the stack is left."""
    converter.loads(GOOD)
    closing = b"".join({ord("["): b"]", ord("{"): b"}"}.get(char, b"") for char in reversed(opening))
    here = len(inspect.stack(0))
    for left in range(15, 400, 20):
        depth = 100_000 if left == 15 else 5_000  # the deepest takes long to parse
        data = place(opening * depth + b"1" + closing * depth)
        with pytest.raises(DecodeError):
            call_at_depth(sys.getrecursionlimit() - here - left, lambda: converter.loads(data))  # noqa: B023


@pytest.mark.parametrize("digits", [5_000, 1_000_000])
@pytest.mark.parametrize("sign", [b"", b"-"])
def test_huge_integers_have_one_verdict(digits: int, sign: bytes, converter: RouterConverter) -> None:
    """An integer of any length is ignored in an unknown field, and a rejected value in a known one."""
    number = sign + b"9" * digits

    assert converter.loads(with_extra(number)) == loads(GOOD)
    with pytest.raises(ValidationError) as caught:
        converter.loads(with_tokens(number))
    assert problems(caught.value) == [("$.usage.total_tokens", "value")]
    assert outcome(converter.loads, with_tokens(number)) == outcome(converter_for("ujson").loads, with_tokens(number))


@pytest.mark.parametrize(
    "data",
    [
        GOOD.replace(b'"stop"', b'"' + b"s" * 10**6 + b'"'),
        GOOD.replace(b'"choices"', b'"' + b"c" * 10**6 + b'"'),
        GOOD.replace(b'"choices":[', b'"choices":["' + b"x" * 10**6 + b'",'),
        GOOD[:-1] + b"x" * 10**6,
    ],
    ids=["enum", "key", "item", "garbage"],
)
def test_a_megabyte_of_anything_does_not_end_up_in_a_message(engine: str, data: bytes) -> None:
    """The text of an error is short, whatever is wrong."""
    with pytest.raises(DecodeError) as caught:
        converter_for(engine, forbid_extra_keys=True).loads(data)

    assert len(str(caught.value)) + len(repr(caught.value)) + len(pickle.dumps(caught.value)) < 5_000


def test_a_body_of_nothing_but_errors_is_counted_to_the_end(converter: RouterConverter) -> None:
    """The first 100 problems are listed, and all are counted."""
    choice = b'{"finish_reason":"odd","index":0,"text":1}'
    data = GOOD.replace(b'{"finish_reason":"stop","index":0,"text":"x"}', b",".join([choice] * 20_000))

    with pytest.raises(ValidationError) as caught:
        converter.loads(data)

    assert caught.value.error_count == 40_000
    assert len(caught.value.errors) == 100
    assert caught.value.errors[99].path == "$.choices[49].text"


# --- processes and copies ---


def work(data: bytes) -> RouterCompletionsResponseBody:
    """The task of a worker process."""
    return loads(data)


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_bodies_and_errors_cross_processes(method: str) -> None:
    """Worker processes return bodies and raise errors, however they were started."""
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.apply(work, (GOOD,)) == loads(GOOD)
        with pytest.raises(ValidationError) as invalid:
            pool.apply(work, (with_tokens(b'"x"'),))
        with pytest.raises(DecodeError) as malformed:
            pool.apply(work, (GOOD[:20],))

    assert invalid.value.errors[0].path == "$.usage.total_tokens"
    assert malformed.value.offset == outcome_offset(GOOD[:20])


def outcome_offset(data: bytes) -> int | None:
    """The offset at which *data* stops being JSON."""
    with pytest.raises(DecodeError) as caught:
        loads(data)
    return caught.value.offset


def test_bodies_can_be_copied() -> None:
    """A copied body is equal; ``test_errors`` copies errors."""
    body = loads(GOOD)

    assert copy.deepcopy(body) == copy.copy(body) == body


# --- memory, and the end ---


def test_nothing_is_left_behind(converter: RouterConverter) -> None:
    """Five hundred bodies and errors, in and out, leave neither objects nor memory: under ten bytes each."""
    bad = [with_tokens(b'"x"'), GOOD[:-1], b"[]", b"\xff", with_extra(b"[" * 2000)]
    wrong = RouterCompletionsResponseBody(*[None] * 7)  # type: ignore[list-item]
    rounds = 500

    def round_trip(times: int) -> None:
        for i in range(times):
            converter.dumps(converter.loads(GOOD))
            with pytest.raises(DecodeError):
                converter.loads(bad[i % len(bad)])
            with pytest.raises(EncodeError):
                converter.dumps(wrong)

    round_trip(200)
    gc.collect()
    objects = len(gc.get_objects())
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    round_trip(rounds)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert len(gc.get_objects()) - objects < rounds / 50
    assert grown < 10 * rounds


def read_stream(converter: RouterConverter, data: bytes | str) -> list[Any]:
    """The body of a stream whose one event is *data*."""
    event = b"data: " + (data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data) + b"\n\n"
    return list(iter_stream([event], RouterCompletionsResponseBody, converter=converter))


@pytest.mark.parametrize("read", [RouterConverter.loads, read_stream], ids=["loads", "stream"])
@pytest.mark.parametrize(
    "data", [b"{", b"NaN", b"1 2", b"\xff", "\ud800", b"[" * 500, b"{}", with_tokens(b'"x"')], ids=range(8)
)
def test_errors_are_in_no_cycle(read: Any, data: Any, converter: RouterConverter) -> None:
    """An error is freed with its last reference, traceback and all, without the garbage collector."""

    def fail() -> weakref.ref[DecodeError]:
        try:
            read(converter, data)
        except DecodeError as error:
            return weakref.ref(error)
        raise AssertionError("accepted")

    gc.disable()
    try:
        assert fail()() is None
    finally:
        gc.enable()


def test_it_works_while_the_interpreter_shuts_down() -> None:
    """An object that decodes while the interpreter finalizes it does no harm."""
    script = f"""
import atexit, router_schema
class Late:
    def __del__(self, loads=router_schema.loads, dumps=router_schema.dumps):
        dumps(loads({GOOD!r}))
        try:
            loads(b"{{}}")
        except router_schema.ValidationError:
            print("late")
late = Late()
atexit.register(lambda: print(router_schema.loads({GOOD!r}).id))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["cmpl-1", "late"]


def test_dumps_is_the_inverse_at_the_edge_of_doubles(converter: RouterConverter) -> None:
    """Numbers at the edges of what a double or an exact integer holds come back equal, in one spelling."""
    for number in (b"9007199254740991", b"9007199254740992", b"1e308", b"5e-324", b"-0.0", b"1e22", b"1e-7"):
        body = converter.loads(with_tokens(number))

        assert body.usage.total_tokens == float(number)
        assert converter.loads(converter.dumps(body)) == body
        assert dumps(body) == converter.dumps(body)
