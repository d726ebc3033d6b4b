"""The native profiler: what it counts, where it stops, and which descriptions it rejects."""

from __future__ import annotations

import gc
import json
import math
from collections import Counter
from typing import Any

import attrs
import pytest
from plans import PLACES, make_profiler
from test_memory import blocks_left

from router_schema import check, make_converter
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


def lines_scanned(*lines: Any, **options: Any) -> int:
    """How many lines are counted before the first one that is stepped aside from."""
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return make_profiler(**options).scan(b"\n".join(texts), 0, 0)[1]


@pytest.mark.parametrize("text", ["a" * 99, "a" * 100, "a" * 101, "é" * 60, "é" * 100, "é" * 101, "€" * 99 + "xy"])
def test_texts_are_clipped(text: str) -> None:
    """Of a text, the first 100 characters are counted."""
    profiler = make_profiler()
    profiler.scan(json.dumps({"model": text}, ensure_ascii=False).encode(), 0, 0)

    assert [row[1] for row in profiler.take()[1]] == [text[:100]]


def test_long_choices() -> None:
    """A choice of 400 bytes is counted as a whole; a longer one is left to Python."""
    spelled = [f'{{"choices": [{{"finish_reason": "{"é" * 200}{more}"}}]}}'.encode() for more in ("", "x")]

    assert lines_scanned(*spelled) == 1


def test_long_keys() -> None:
    """An unknown key of 4,096 bytes is counted; a longer one is left to Python."""
    assert lines_scanned({"k" * 4096: 1}, {"k" * 4097: 1}) == 1


def test_long_lines() -> None:
    """A line of the longest length is scanned; a longer one is left to Python."""
    profiler = make_profiler()
    block = b"{}" + b" " * (2**20 - 2) + b"\n"

    assert profiler.scan(block, 0, 0)[:2] == (2**20 + 1, 1)
    assert profiler.scan(b" " + block, 0, 0)[:2] == (0, 0)


@pytest.mark.parametrize("forbid", [False, True])
def test_types(forbid: bool) -> None:
    """The value of a key, known or unknown, is counted by its JSON type."""
    profiler = make_profiler(forbid_extra_keys=forbid)
    values = ["x", 1, 1.5, True, None, [1], {"a": 1}, 2e30, False]
    profiler.scan(b"\n".join(json.dumps({"id": value, "odd": value}).encode() for value in values), 0, 0)
    shapes, _, keys, combinations = profiler.take()
    expected = [(1, 1), (2, 1), (3, 2), (4, 2), (5, 1), (6, 1), (7, 1)]

    assert [(types[0], count) for _, types, _, count in shapes] == expected
    assert [(key, [row[:2] for row in rows]) for _, key, rows in keys] == [("odd", expected)]
    assert {len(facts) for facts, *_ in combinations} == {1 + forbid}


@pytest.mark.parametrize(
    "line",
    [
        *(b"x", b"7 8", b"{1: 2}", b'{"odd" 1}', b'{"odd"', b'{"odd": 01}', b'{"odd": nul}', b'{"id": tru}'),
        *(b'{"created": 01}', b'{"created": -}', b'{"created": 1e400}', b'{"choices": [1 2]}', b'{"choices": [x]}'),
        *(b'{"odd": 1, "odd": 2}', b'{"id": 1, "id": 2}', b'{"o\\n": 1}', b'{"o\xff": 1}', b'{"id": "\xff"}'),
        *(b'{"model": "\xff"}', b'{"model": "\\ud800"}', b'{"model": "x', b'{"choices": {}, "choices": 1}'),
    ],
)
def test_lines_that_python_must_read(line: bytes) -> None:
    """Text that is not JSON, a key twice or with an escape, and values that Python cannot hold stop the scan."""
    assert lines_scanned(b"{}", line, b"{}") == 1


@pytest.mark.parametrize(
    ("text", "read"),
    [
        *((text, True) for text in (rb"\n\"", rb"\u00e9", rb"\ud83d\ude00", rb"\uD7FF\uE000", "é\\t".encode())),
        *((text, False) for text in (rb"\x", rb"\u12", rb"\ud83d", rb"\ud83d------", rb"\ud83d\n", rb"\ud83d\n----")),
        *((text, False) for text in (rb"\ude00", rb"\ud83d\ud83d", rb"\ud83d\ue000", rb"\ud83d\u0041", b"\\n\xff")),
    ],
)
def test_escapes_in_strings_that_are_skipped(text: bytes, read: bool) -> None:
    """A string that no report shows may have escapes, but it must be Unicode text."""
    assert lines_scanned(b'{"id": "' + text + b'"}') == read
    assert lines_scanned(b'{"id": "' + b"x" * 40 + text + b'"}') == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        *(({"error": value}, False) for value in ("x", {})),
        *(({"error": value}, True) for value in (None, 1, [], False)),
        *(({"object": value}, True) for value in ("x", None, 1)),
        *(({"object": value}, False) for value in ("error", "err\nor")),
        *(({"message": "x", key: value}, False) for key in ("code", "details") for value in (1, None)),
        *(({"message": "x", "code": 1, "choices": value}, True) for value in ([], None)),
        *((value, True) for value in ({"message": 1, "code": 1}, {"message": "x"}, {"code": 1})),
        *(({"usage": value}, True) for value in ({"error": "x"}, {"message": "x", "code": 1})),
    ],
)
def test_what_may_be_an_error_body(value: Any, read: bool) -> None:
    """A line that may be an error body, by its outermost keys, is left to Python."""
    assert lines_scanned(value) == read


@pytest.mark.parametrize("forbid", [False, True])
def test_many_unknown_keys(forbid: bool) -> None:
    """A body of 4,096 facts is counted; with more it is left to Python. Its shape is one, and forbidden keys are."""
    for count, read in ((4095, True), (4096, not forbid)):
        body = dict.fromkeys(map(str, range(count)), 1)
        assert lines_scanned(body, forbid_extra_keys=forbid, most=5000) == read


def test_many_shapes() -> None:
    """A body of 4,096 shapes is counted; one with more is left to Python."""
    for count, read in ((4095, True), (4096, False)):
        body = {"choices": [{"finish_reason": str(number)} for number in range(count)]}
        assert lines_scanned(body, most=5000) == read


def test_unknown_keys_that_are_not_ascii() -> None:
    """An unknown key is reported as it is, whatever its characters."""
    profiler = make_profiler()
    profiler.scan('{"cl\u00e9 \u20ac": 1}'.encode(), 0, 0)

    assert [row[1] for row in profiler.take()[2]] == ["cl\u00e9 \u20ac"]


def test_an_unknown_key_of_many_objects() -> None:
    """An unknown key is counted in each object, and is one fact for each type."""
    profiler = make_profiler(forbid_extra_keys=True)
    profiler.scan(json.dumps({"choices": [{"odd": 1}, {"odd": 2}, {"odd": ""}]}).encode(), 0, 0)
    _, _, keys, combinations = profiler.take()

    assert [[row[:2] for row in rows] for _, _, rows in keys] == [[(1, 1), (2, 2)]]
    assert combinations[0][0] == (0, 1, 2, 8)


def test_what_is_in_place_of_an_object() -> None:
    """A number in an array differs from an object with one field, whose shape is as long."""
    profiler = make_profiler(((("a", *FIELD[1:6], 1),), (FIELD,)), group_field=-1)
    profiler.scan(b'{"a": [7, {"a": 7}, {}]}', 0, 0)

    assert profiler.take()[0] == [(1, b"", (), 1), (1, b"\2", (), 1), (1, b"\0", (), 1), (0, b"\6", (), 1)]


def test_texts_without_groups() -> None:
    """Texts are counted where no text names the group."""
    profiler = make_profiler(group_field=-1)
    profiler.scan(FIRST, 0, 0)

    assert [row[1] for row in profiler.take()[1]] == ["m", "stop"]


def test_many_times_in_a_body() -> None:
    """The first and the last time are those of all fields that hold times, in any order."""
    fields = tuple((key, False, False, True, -1, -1, -1) for key in "abc")
    for times in ((5, 3, 9), (9, 3, 5), (3, 9, 5), (5, 9, 3)):
        profiler = make_profiler((fields,), group_field=-1)
        profiler.scan(json.dumps(dict(zip("abc", times, strict=True))).encode(), 0, 0)
        assert profiler.take()[3][0][4:6] == (3, 9)


def test_numbers_that_are_no_counts_of_tokens() -> None:
    """Negative numbers, fractions and very large numbers are not summed."""
    profiler = make_profiler()
    values = (-1, 2.5, 2**53, 1e300, 3, 4.0)
    profiler.scan(b"\n".join(json.dumps({"usage": {"total_tokens": value}}).encode() for value in values), 0, 0)

    assert sum(row[6][2] for row in profiler.take()[3]) == 7


def test_a_sum_that_is_too_large_in_one_body() -> None:
    """A body whose own sum might soon overflow is left to Python."""
    places = ((("a", *FIELD[1:6], 1),), ((*FIELD[:4], 0, -1, -1),))
    for count, read in ((512, True), (513, False)):
        body = {"a": [{"a": 2**53 - 1}] * count}
        assert lines_scanned(body, places=places, group_field=-1) == read


def test_a_table_may_be_full_of_anything() -> None:
    """A table is full of entries, or of the bytes of their keys: 256 for each."""
    for body, most, read in (
        ({"choices": [1]}, 2, True),
        ({"choices": [1, ""]}, 2, False),
        ({"choices": [1, ""]}, 1, False),
        ({"k" * 508: 1}, 2, True),
        ({"k" * 509: 1}, 2, False),
    ):
        assert lines_scanned(body, most=most) == read


def test_large_sums_are_taken() -> None:
    """A sum that might soon overflow must be taken; a number of tokens of 2**53 or more is not summed."""
    profiler = make_profiler()
    line = b'{"usage": {"total_tokens": 9007199254740991}}\n'
    profiler.scan(b'{"usage": {"total_tokens": 9007199254740992}}', 0, 0)
    end, lines, _, full = profiler.scan(line * 600, 0, 0)

    assert (end, lines, full) == (512 * len(line) + len(line), 513, True)
    assert [row[6] for row in profiler.take()[3]] == [(0, 0, 513 * (2**53 - 1))]


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
        ({"places": (((*FIELD[:5], 0, -1),),)}, ValueError),
        ({"places": ((FIELD,), ((*FIELD[:5], -1, 0),))}, ValueError),
        ({"places": (((*FIELD[:5], -1, -2),),)}, ValueError),
        ({"group_field": 6}, ValueError),
        ({"seconds": -1}, ValueError),
        ({"most": 2**25}, ValueError),
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


def test_the_garbage_collector_may_use_the_profiler() -> None:
    """What the collector runs, such as a finalizer, may scan: that loses no count of a scan or take under way."""
    fields = (("a", True, False, False, -1, -1, -1),)
    profiler = make_profiler((fields,), group_field=-1, most=2**20)
    scanned: list[int] = []
    is_busy = False

    def scan(name: str) -> None:
        block = b"\n".join(b'{"a":"%s%d","%s%d":1}' % (name.encode(), i, name.encode(), i) for i in range(60))
        scanned.append(profiler.scan(block, 0, 0)[1])

    def collected(*_: Any) -> None:
        nonlocal is_busy
        if not is_busy and len(scanned) < 100:
            is_busy = True
            scan(f"s{len(scanned)}_")
            is_busy = False

    threshold = gc.get_threshold()
    gc.callbacks.append(collected)
    gc.set_threshold(1, 1, 1)
    try:
        scan("t")
        taken = [profiler.take(), profiler.take()]
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(collected)
    taken.append(profiler.take())

    assert gc.isenabled()
    assert sum(count for shapes, *_ in taken for *_, count in shapes) == sum(scanned) == 60 * len(scanned)


def test_keys_that_need_escapes() -> None:
    """A key of the schema that needs an escape is read in its usual spelling; others are left to Python."""
    profiler = make_profiler(((('a"b', *FIELD[1:]), ("\u20ac", *FIELD[1:])),), group_field=-1)

    assert profiler.scan(json.dumps({'a"b': 1}).encode(), 0, 0)[1] == 1
    assert profiler.scan(rb'{"a\u0022b": 1}', 0, 0)[1] == 0
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
    """A great many keys, of many lengths, are distinguished."""
    profiler = make_profiler(most=20_000)
    keys = [f"{'k' * (number % 40)}{number}" for number in range(10_000)]
    profiler.scan(b"\n".join(json.dumps({key: 1}).encode() for key in keys), 0, 0)

    assert [key for _, key, _ in profiler.take()[2]] == keys


def test_classes_without_fields_are_counted() -> None:
    """An object of a class without fields, and what is no object in its place, are told apart whatever follows."""
    empty: Any = attrs.make_class("Empty", {}, frozen=True)
    fields = {f"f{i}": attrs.field(type=int | None, default=None) for i in range(39)}
    cl: Any = attrs.make_class("Wide", {"e": attrs.field(type=list[empty], factory=list), **fields}, frozen=True)
    wide = [{f"f{j}": 1 for j in range(39) if (i + 1) >> j & 1} for i in range(92)]
    lines = [json.dumps(value).encode() for value in ({"e": []}, *wide, {"e": [{}]}, {"e": [1]})]

    assert check(lines, cl, converter=make_converter(engine="native")) == check(
        lines, cl, converter=make_converter(engine="ujson")
    )
