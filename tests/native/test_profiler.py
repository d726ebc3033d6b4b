"""The native profiler: what it counts, where it stops, and which descriptions it rejects."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

import pytest
from plans import PLACES, make_profiler
from test_memory import blocks_left

from router_schema._native import Profiler

NO_GROUP = -(2**63)

FIRST = b'{"id": "a", "model": "m", "created": 9, "choices": [{"finish_reason": "stop", "odd": 1}, 7]}'
SECOND = b'{"model": "n", "created": 4.5, "id": "b", "choices": [], "usage": {"total_tokens": 3}}'


def test_lines_are_counted() -> None:
    """Shapes, texts, unknown keys and combinations are counted with their first line and their times."""
    profiler = make_profiler(forbid_extra_keys=False)
    block = b"\n".join([FIRST, b" ", FIRST, SECOND])
    end, lines, new, full = profiler.scan(block, 0, 10)
    shapes, texts, keys, combinations = profiler.take()

    assert (end, lines, full) == (len(block), 14, False)
    assert new == [((0, 8, 16), 0, len(FIRST)), ((24, 32), len(block) - len(SECOND), len(block))]
    assert shapes == [
        (1, bytes([1, 0]), (2,), 2),
        (1, b"", (), 2),
        (0, bytes([1, 6, 2, 1, 0, 0]), (), 2),
        (2, bytes([2]), (), 1),
        (0, bytes([1, 6, 3, 1, 0, 7]), (), 1),
    ]
    assert texts == [(3, "m", 2, 11, 9, 9), (6, "stop", 0, 0, 0, 0), (3, "n", 1, 14, 4.5, 4.5)]
    assert keys == [(1, "odd", [(2, 2, 11, 9, 9)])]
    assert combinations == [
        ((0, 8, 16), 0, 2, [11, 13], 9, 9, (0, 0, 0)),
        ((24, 32), 2, 1, [14], 4.5, 4.5, (0, 0, 3)),
    ]
    assert profiler.take() == ([], [], [], [])


def test_unknown_keys_are_facts_where_they_are_forbidden() -> None:
    """A combination holds unknown keys with their types, if they are forbidden."""
    profiler = make_profiler(forbid_extra_keys=True)
    profiler.scan(FIRST, 0, 0)

    assert profiler.take()[3][0][0] == (0, 2, 8, 16)


def test_groups_by_time() -> None:
    """The group of a body is the number of the hour, rounded down; bodies without a time have the least number."""
    profiler = make_profiler(group_field=2, seconds=3600)
    times = [0, 3599.9, 3600, -1, -3600, -3600.5, "x", 1e15, 1e300]
    profiler.scan(b"\n".join(json.dumps({"created": time}).encode() for time in times), 0, 0)
    groups = Counter[int]()
    for _, group, count, *_ in profiler.take()[3]:
        groups[group] += count

    assert groups == {NO_GROUP: 3, -2: 1, -1: 2, 0: 2, 1: 1}


def test_times_may_be_unknown() -> None:
    """The first time of bodies without one is above the last."""
    profiler = make_profiler(group_field=-1)
    profiler.scan(b"{}", 0, 0)

    assert profiler.take()[3] == [((0,), NO_GROUP, 1, [1], math.inf, -math.inf, (0, 0, 0))]


def test_scanning_stops_at_a_line_that_python_must_read() -> None:
    """A line that is stepped aside from leaves no trace."""
    profiler = make_profiler()
    block = b"\n".join([FIRST, FIRST[:-1], SECOND])

    assert profiler.scan(block, 0, 0)[:2] == (len(FIRST) + 1, 1)
    assert profiler.scan(block, 2 * len(FIRST) + 1, 2)[1] == 3
    assert [row[2] for row in profiler.take()[3]] == [1, 1]


def test_scanning_stops_where_a_table_is_full() -> None:
    """A full table stops the scan before the line that needs an entry, until it is taken."""
    profiler = make_profiler(most=3)
    block = FIRST + b"\n" + SECOND

    assert profiler.scan(block, 0, 0)[1::2] == (1, True)
    assert profiler.scan(block, len(FIRST) + 1, 1)[:2] == (len(FIRST) + 1, 1)
    profiler.take()
    assert profiler.scan(block, len(FIRST) + 1, 1)[1::2] == (2, False)


def described(**changes: Any) -> Any:
    """The arguments of a profiler, some of them changed."""
    arguments = {
        "places": PLACES,
        "group_field": -1,
        "seconds": 0,
        "longest": 9,
        "most": 9,
        "seed": bytes(16),
        **changes,
    }
    return lambda: Profiler(forbid_extra_keys=False, **arguments)


FIELD = ("a", False, False, False, -1, -1, -1)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"places": []}, TypeError),
        ({"places": ()}, ValueError),
        ({"places": ([],)}, TypeError),
        ({"places": (([],),)}, TypeError),
        ({"places": ((FIELD[:-1],),)}, TypeError),
        ({"places": ((FIELD, (1, *FIELD[1:])),)}, TypeError),
        ({"places": (("\ud800", *FIELD[1:]),)}, TypeError),
        ({"places": ((("\ud800", *FIELD[1:]),),)}, ValueError),
        ({"places": (((*FIELD[:4], 3, -1, -1),),)}, ValueError),
        ({"places": (((*FIELD[:4], -2, -1, -1),),)}, ValueError),
        ({"places": (((*FIELD[:5], 1, -1),),)}, ValueError),
        ({"places": (((*FIELD[:5], -1, -2),),)}, ValueError),
        ({"group_field": 6}, ValueError),
        ({"seconds": -1}, ValueError),
        ({"most": 2**25}, ValueError),
        ({"seed": b"short"}, ValueError),
        ({"seed": "x"}, TypeError),
    ],
)
def test_wrong_descriptions_are_rejected(changes: Any, error: type[Exception]) -> None:
    """A description that is malformed raises, whatever was made of it before."""
    assert described()()
    with pytest.raises(error):
        described(**changes)()


def test_wrong_calls_are_rejected() -> None:
    """A block is bytes, and the start is in it."""
    profiler = make_profiler()
    for start in (-1, 3):
        with pytest.raises(ValueError, match="start is outside of the block"):
            profiler.scan(b"{}", start, 0)
    with pytest.raises(TypeError):
        profiler.scan("{}", 0, 0)  # type: ignore[arg-type]


def test_keys_that_need_escapes() -> None:
    """A key of the schema that JSON spells with an escape is left to Python; the others are read."""
    profiler = make_profiler(((('a"b', *FIELD[1:]), ("\u20ac", *FIELD[1:])),), group_field=-1)

    assert profiler.scan(json.dumps({'a"b': 1}).encode(), 0, 0)[1] == 0
    assert profiler.scan('{"\u20ac": 1}'.encode(), 0, 0)[1] == 1


def test_profilers_leak_nothing() -> None:
    """Neither making one, nor scanning, taking and failing leave memory behind."""
    profiler = make_profiler()
    block = b"\n".join([FIRST, b'{"model": "st\\u00e9"}', SECOND, b"{", b'{"model": "\\ud800"}'])

    def scan_and_take() -> None:
        profiler.scan(block, 0, 0)
        profiler.scan(block[len(block) - 30 :], 0, 0)
        profiler.take()

    def fail() -> None:
        with pytest.raises(ValueError, match="refers to what does not exist"):
            described(places=((FIELD, (*FIELD[:5], 1, -1)),))()

    for function in (make_profiler, scan_and_take, fail):
        assert blocks_left(function) < 20


def test_a_key_is_compared_and_not_only_its_hash() -> None:
    """Very many keys, with many lengths, are told apart."""
    profiler = make_profiler(most=20_000)
    keys = [f"{'k' * (number % 40)}{number}" for number in range(10_000)]
    profiler.scan(b"\n".join(json.dumps({key: 1}).encode() for key in keys), 0, 0)

    assert [key for _, key, _ in profiler.take()[2]] == keys
