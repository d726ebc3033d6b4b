"""What holds whatever the input is: limits, processes, memory, and the end of the interpreter."""

from __future__ import annotations

import copy
import gc
import multiprocessing
import pickle
import subprocess
import sys
import tracemalloc
from typing import Any

import pytest

from router_schema import (
    DecodeError,
    EncodeError,
    RouterCompletionsResponseBody,
    RouterSchemaError,
    ValidationError,
    dumps,
    loads,
    make_converter,
)

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


def outcome(converter: Any, data: bytes) -> Any:
    """What becomes of *data*, in a form that can be compared."""
    try:
        return converter.loads(data)
    except ValidationError as error:
        return error.errors
    except DecodeError as error:
        return str(error)


def call_at_depth(depth: int, call: Any) -> Any:
    """Call *call* with so many frames on the stack."""
    return call() if depth <= 0 else call_at_depth(depth - 1, call)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'])
@pytest.mark.parametrize("place", [with_extra, with_tokens])
def test_deep_nesting_is_a_decode_error_near_the_recursion_limit_too(engine: str, opening: bytes, place: Any) -> None:
    """Nesting without end is a DecodeError, however little of the stack is left."""
    converter = make_converter(engine=engine)  # type: ignore[arg-type]
    converter.loads(GOOD)
    closing = b"".join({ord("["): b"]", ord("{"): b"}"}.get(char, b"") for char in reversed(opening))
    data = place(opening * 100_000 + b"1" + closing * 100_000)

    here = len(__import__("inspect").stack())
    for left in range(15, 400, 20):
        with pytest.raises(DecodeError):
            call_at_depth(sys.getrecursionlimit() - here - left, lambda: converter.loads(data))


@pytest.mark.parametrize("digits", [5_000, 1_000_000])
@pytest.mark.parametrize("sign", [b"", b"-"])
def test_huge_integers_have_one_verdict(digits: int, sign: bytes) -> None:
    """An integer of any length is ignored where it is not known, and refused where it is, by every engine."""
    pytest.importorskip("msgspec")
    converters = [make_converter(engine="ujson"), make_converter(engine="msgspec")]
    number = sign + b"9" * digits

    ignored = [outcome(converter, with_extra(number)) for converter in converters]
    known = [outcome(converter, with_tokens(number)) for converter in converters]

    assert ignored == [loads(GOOD)] * 2
    assert known[0] == known[1]
    assert [(error.path, error.kind) for error in known[0]] == [("$.usage.total_tokens", "value")]


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
        make_converter(engine=engine, forbid_extra_keys=True).loads(data)  # type: ignore[arg-type]

    assert len(str(caught.value)) + len(repr(caught.value)) + len(pickle.dumps(caught.value)) < 5_000


def test_a_body_of_nothing_but_errors_is_counted_to_the_end(engine: str) -> None:
    """The hundred first problems are told, and all are counted."""
    choice = b'{"finish_reason":"odd","index":0,"text":1}'
    data = GOOD.replace(b'{"finish_reason":"stop","index":0,"text":"x"}', b",".join([choice] * 20_000))

    with pytest.raises(ValidationError) as caught:
        make_converter(engine=engine).loads(data)  # type: ignore[arg-type]

    assert caught.value.error_count == 40_000
    assert len(caught.value.errors) == 100
    assert caught.value.errors[99].path == "$.choices[49].text"


def work(data: bytes) -> RouterCompletionsResponseBody:
    """What a worker process does: it returns a body, or raises."""
    return loads(data)


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_bodies_and_errors_cross_processes(method: str) -> None:
    """Workers send bodies and errors home, however they were started."""
    with multiprocessing.get_context(method).Pool(1) as pool:
        assert pool.apply(work, (GOOD,)) == loads(GOOD)
        with pytest.raises(ValidationError) as invalid:
            pool.apply(work, (with_tokens(b'"x"'),))
        with pytest.raises(DecodeError) as malformed:
            pool.apply(work, (GOOD[:20],))

    assert invalid.value.errors[0].path == "$.usage.total_tokens"
    assert malformed.value.offset == outcome_offset(GOOD[:20])


def outcome_offset(data: bytes) -> int | None:
    """Where *data* stops being JSON."""
    with pytest.raises(DecodeError) as caught:
        loads(data)
    return caught.value.offset


def test_bodies_and_errors_can_be_copied() -> None:
    """Both copy and deepcopy give equals."""
    body = loads(GOOD)
    error: RouterSchemaError
    for data in (b"{}", b"{"):
        try:
            loads(data)
        except DecodeError as caught:
            error = caught
        assert str(copy.deepcopy(error)) == str(copy.copy(error)) == str(error)
        assert type(copy.deepcopy(error)) is type(error)

    assert copy.deepcopy(body) == copy.copy(body) == body


def test_nothing_is_left_behind(engine: str) -> None:
    """A hundred thousand bodies, good and bad, in and out, leave neither memory nor objects."""
    converter = make_converter(engine=engine)  # type: ignore[arg-type]
    bad = [with_tokens(b'"x"'), GOOD[:-1], b"[]", b"\xff", with_extra(b"[" * 2000)]
    wrong = RouterCompletionsResponseBody(*[None] * 7)  # type: ignore[list-item]

    def round_trip(times: int) -> None:
        for i in range(times):
            converter.dumps(converter.loads(GOOD))
            with pytest.raises(DecodeError):
                converter.loads(bad[i % len(bad)])
            with pytest.raises(EncodeError):
                converter.dumps(wrong)

    round_trip(500)
    gc.collect()
    objects = len(gc.get_objects())
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    round_trip(5_000)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert len(gc.get_objects()) - objects < 100
    assert grown < 50_000


def test_it_works_while_the_interpreter_shuts_down() -> None:
    """An object that decodes when it is finalized at the very end does no harm."""
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


def test_dumps_is_the_inverse_at_the_edge_of_doubles(engine: str) -> None:
    """Numbers at the edges of what a double or an exact integer holds come back equal."""
    converter = make_converter(engine=engine)  # type: ignore[arg-type]
    for number in (b"9007199254740991", b"9007199254740992", b"1e308", b"5e-324", b"-0.0", b"1e22", b"1e-7"):
        body = converter.loads(with_tokens(number))

        assert converter.loads(converter.dumps(body)) == body
    assert dumps(body) == converter.dumps(body)
