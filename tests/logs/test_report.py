"""Reports and their rows: they merge, and go through JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_lines import line, logs

import router_schema.logs
from router_schema import Report, RouterCompletionsResponseBody, check, dumps, loads
from router_schema.logs import (
    FieldUse,
    Group,
    LeftOut,
    Place,
    Problem,
    Seen,
    TypeCounts,
    UnknownKey,
    UsageTotals,
    ValueCount,
    report,
)
from router_schema.logs.checker import Checker
from router_schema.logs.verdicts import Validator


@pytest.mark.parametrize("name", router_schema.logs.__all__)
def test_public_names_are_documented(name: str) -> None:
    """Each public name of the logs package exists and says what it is."""
    assert getattr(router_schema.logs, name).__doc__


def test_names_of_the_package_are_those_of_the_library() -> None:
    """Names exported from the top of the package are the same objects."""
    for name in ("check", "iter_jsonl", "Report", "ReadError"):
        assert getattr(router_schema, name) is getattr(router_schema.logs, name)


# --- rows ---


@pytest.mark.parametrize(
    ("left", "right", "both"),
    [
        (
            Seen(1, 5.0, 7.0, Place("b", 1)),
            Seen(2, 6.0, 9.0, Place("a", 3)),
            Seen(3, 5.0, 9.0, Place("a", 3)),
        ),
        (Seen(), Seen(2, 6.0, 9.0, Place("a", 3)), Seen(2, 6.0, 9.0, Place("a", 3))),
        (Seen(1, None, None, Place("a", 1)), Seen(1, 2.0, 2.0, Place("a", 2)), Seen(2, 2.0, 2.0, Place("a", 1))),
        (
            TypeCounts(Seen(1), Seen(2)),
            TypeCounts(Seen(1), missing=Seen(3)),
            TypeCounts(Seen(2), Seen(2), missing=Seen(3)),
        ),
        (UsageTotals(1, 2, 3, 4), UsageTotals(5, 6, 7, 8), UsageTotals(6, 8, 10, 12)),
        (LeftOut(1, 2, 3, 4, 5, 6, 7), LeftOut(7, 6, 5, 4, 3, 2, 1), LeftOut(8, 8, 8, 8, 8, 8, 8)),
        (
            ValueCount("x", 1, 3.0, 3.0, Place("b", 1)),
            ValueCount("x", 2, 1.0, 2.0, Place("a", 2)),
            ValueCount("x", 3, 1.0, 3.0, Place("a", 2)),
        ),
        (
            UnknownKey("$.x", 1, TypeCounts(Seen(1)), 3.0, 3.0, Place("b", 1)),
            UnknownKey("$.x", 2, TypeCounts(Seen(2)), 1.0, 2.0, Place("a", 2)),
            UnknownKey("$.x", 3, TypeCounts(Seen(3)), 1.0, 3.0, Place("a", 2)),
        ),
        (
            FieldUse("$.x", 3, 1, TypeCounts(Seen(1))),
            FieldUse("$.x", 2, 2, TypeCounts(Seen(0), Seen(2))),
            FieldUse("$.x", 5, 3, TypeCounts(Seen(1), Seen(2))),
        ),
        (
            Group("model", "m", 3, 2, 4, UsageTotals(1, 2, 3, 0), 5.0, 6.0),
            Group("model", "m", 1, 1, 0, UsageTotals(1, 0, 0, 1), 4.0, 4.0),
            Group("model", "m", 4, 3, 4, UsageTotals(2, 2, 3, 1), 4.0, 6.0),
        ),
        (
            Problem("$.x", "type", "a", "b", 9, (Place("b", 1), Place("b", 3), Place("b", 4)), 2.0, 3.0),
            Problem("$.x", "type", "a", "b", 2, (Place("a", 7), Place("b", 2))),
            Problem("$.x", "type", "a", "b", 11, (Place("a", 7), Place("b", 1), Place("b", 2)), 2.0, 3.0),
        ),
    ],
    ids=lambda row: type(row).__name__,
)
def test_rows_add_up(left: Any, right: Any, both: Any) -> None:
    """Counts are added, field by field, and of places the first three are kept, in either order."""
    assert left + right == right + left == both


def test_keys_tell_rows_apart() -> None:
    """The key of a row is everything but its counts and places."""
    assert Problem("$.x", "type", "a", "b", 9, ()).key == ("$.x", "type", "a", "b")
    assert UnknownKey("$.x", 1, TypeCounts()).key == FieldUse("$.x", 1, 1, TypeCounts()).key == ("$.x",)
    assert ValueCount("x", 1).key == ("x",)


def test_messages_of_problems() -> None:
    """A problem says what was expected and found, a missing key only what was expected, a malformed text its reason."""
    assert Problem("$.x", "type", "string", "null", 1, ()).message == "expected string, got null"
    assert Problem("$.x", "missing", "string", "nothing", 1, ()).message == "expected string"
    assert Problem("$", "malformed", "JSON", "not JSON: Expecting value", 1, ()).message == "not JSON: Expecting value"


def test_types_seen_are_ranked() -> None:
    """The types that occur, the most frequent first."""
    assert list(TypeCounts(string=Seen(1), null=Seen(3), array=Seen(2), missing=Seen(9)).seen().items()) == [
        ("null", 3),
        ("array", 2),
        ("string", 1),
    ]


# --- merging ---


@given(st.lists(logs(max_size=4), max_size=5), st.randoms())
def test_any_split_in_any_order_merges_to_the_whole(parts: list[list[bytes]], random: Any) -> None:
    """Reports merge in any order and grouping to the report of everything."""
    whole = Checker("a", Validator(RouterCompletionsResponseBody))
    reports = [Report()]
    for lines in parts:
        checker = Checker("a", Validator(RouterCompletionsResponseBody))
        checker.lines = whole.lines
        checker.add_lines(lines)
        whole.add_lines(lines)
        reports.append(checker.report())
    while len(reports) > 1:
        random.shuffle(reports)
        reports.append(reports.pop() | reports.pop())

    assert reports[0] == whole.report()


def test_full_tables_keep_the_most_frequent_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows beyond the limit are counted in ``left_out``, those left out before included; fields are kept by path."""
    monkeypatch.setattr(report, "MAX_ROWS", 2)
    left = Report(models=(ValueCount("a", 5), ValueCount("b", 2)), left_out=LeftOut(models=1))
    right = Report(models=(ValueCount("c", 4), ValueCount("b", 1)), left_out=LeftOut(models=10, objects=1))
    fields = [Report(fields=(FieldUse(path, count, 0, TypeCounts()),)) for path, count in (("$.b", 9), ("$.a", 1))]

    assert (left | right).models == (ValueCount("a", 5), ValueCount("c", 4))
    assert (left | right).left_out == LeftOut(models=14, objects=1)
    assert [field.path for field in (fields[0] | fields[1]).fields] == ["$.a", "$.b"]


def test_ties_are_ranked_by_key() -> None:
    """Rows with equal counts are sorted by their keys."""
    both = Report(models=(ValueCount("b", 1),)) | Report(models=(ValueCount("a", 1), ValueCount("c", 2)))

    assert [row.value for row in both.models] == ["c", "a", "b"]


def test_the_range_of_created_spans_both() -> None:
    """The earliest and latest of both are kept, and None where neither has one."""
    both = Report(created_min=2.0, created_max=3.0) | Report() | Report(created_min=1.0, created_max=2.5)

    assert (both.created_min, both.created_max) == (1.0, 3.0)
    assert (Report() | Report()).created_max is None


def test_reports_merge_with_reports_only() -> None:
    """Anything else beside a report is a TypeError."""
    with pytest.raises(TypeError):
        Report() | 1  # type: ignore[operator]


def test_moved_reports_have_later_places() -> None:
    """The places of a part of a file move by the lines before it; nothing else changes."""
    found = check([line(extra=1), b"{"])

    assert found.moved(0) == found
    moved = found.moved(40)

    assert [place.line for place in moved.problems[0].places] == [42]
    assert moved.models[0].place == moved.fields[0].types.array.place == Place("-", 41)
    assert moved.unknown_keys[0].place == moved.unknown_keys[0].types.integer.place == Place("-", 41)
    assert moved.moved(-40) == found


# --- JSON ---


@given(logs(max_size=6))
def test_reports_go_through_json(lines: list[bytes]) -> None:
    """A report is written and read by this library's own dumps and loads, and can be hashed."""
    found = check(lines)

    assert loads(dumps(found), Report) == found
    assert hash(loads(dumps(found), Report)) == hash(found)


def test_zero_counts_are_omitted_from_the_json() -> None:
    """People read saved reports: of types and of what was left out, only counts that are not zero are written."""
    saved = json.loads(dumps(check([line(choices=[], usage={})])))
    types = {field["path"]: field["types"] for field in saved["fields"]}

    place = {"source": "-", "line": 1}
    assert types["$.created"] == {"integer": {"count": 1, "first": 1760000123, "last": 1760000123, "place": place}}
    assert types["$.usage.total_tokens"].keys() == {"missing"}
    assert saved["left_out"] == {}
    assert saved["malformed"] == 0
    assert json.loads(dumps(Report(left_out=LeftOut(models=3))))["left_out"] == {"models": 3}
