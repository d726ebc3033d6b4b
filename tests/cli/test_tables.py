"""A report as tables."""

from __future__ import annotations

import pytest
from log_lines import line
from support import choice

from router_schema import Report, check
from router_schema._cli.tables import Column, Table, changes_table, headline, tables_of
from router_schema.logs import Change, LeftOut, Place, Problem, UsageTotals, ValueCount


def table_of(report: Report, title: str, max_rows: int | None = None) -> Table:
    """The table of that title."""
    return next(table for table in tables_of(report, max_rows) if table.title == title)


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (Report(), "no bodies"),
        (Report(bodies=1, valid=1), "1 body: 1 valid (100%), 0 invalid, 0 malformed"),
        (
            Report(bodies=2_002, valid=2_001, invalid=1, error_bodies=1),
            "2,002 bodies: 2,001 valid (>99.9%), 1 invalid (1 of them error bodies), 0 malformed",
        ),
        (Report(bodies=2_000, valid=1, malformed=1_999), "2,000 bodies: 1 valid (<0.1%), 0 invalid, 1,999 malformed"),
        (Report(bodies=3, malformed=3), "3 bodies: 0 valid (0%), 0 invalid, 3 malformed"),
    ],
)
def test_headlines(report: Report, text: str) -> None:
    """The headline counts bodies; rounding shows 0 % and 100 % only where they are exact."""
    assert headline(report) == text


def test_each_question_has_a_table() -> None:
    """Tables that are not empty stand in one order."""
    report = check([line(provider="x"), line(id=1)])

    assert tables_of(Report(), None) == []
    assert [table.title for table in tables_of(report, None)] == [
        "Problems",
        "Keys that the schema does not name",
        "Fields of the schema",
        "Values of finish_reason",
        "Values of object",
        "Values of model",
        "Usage",
    ]
    assert all(len(row) == len(table.columns) for table in tables_of(report, None) for row in table.rows)


def test_problems_of_one_file_have_lines() -> None:
    """Lines say enough if problems come from one file; else each has its file's name."""
    problem = Problem("$.id", "type", "string", "null", 5, (Place("a.jsonl", 1_234),))
    other = Problem("$.id", "missing", "string", "nothing", 1, (Place("b.jsonl", 2),))
    one = table_of(Report(bodies=10, problems=(problem,)), "Problems")
    two = table_of(Report(bodies=10, problems=(problem, other)), "Problems")

    assert one.columns[-1] == Column("line", is_number=True)
    assert one.rows == [("5", "50.0%", "$.id", "type", "expected string, got null", "1,234")]
    assert two.columns[-1] == Column("first at")
    assert [row[-2:] for row in two.rows] == [
        ("expected string, got null", "a.jsonl:1234"),
        ("expected string", "b.jsonl:2"),
    ]


def test_fields_show_presence_and_nulls() -> None:
    """A field that is never present has no share of nulls."""
    report = check([line(system_fingerprint=None), line(usage={"total_tokens": None}), line(usage={})])
    rows = {row[0]: row[1:] for row in table_of(report, "Fields of the schema", 1).rows}

    assert rows["$.system_fingerprint"] == ("100%", "33.3%", "string, null")
    assert rows["$.usage.total_tokens"] == ("66.7%", "50.0%", "integer, null")
    assert table_of(check([line(usage={})]), "Fields of the schema").rows[-1] == ("$.usage.total_tokens", "0%", "-", "")


def test_values_show_their_share() -> None:
    """The share of a value is that of all values in the table; an empty one is shown as such."""
    report = Report(models=(ValueCount("m", 3_000), ValueCount("", 1_000)))

    assert table_of(report, "Values of model").rows == [("3,000", "75.0%", "m"), ("1,000", "25.0%", '""')]


def test_long_tables_are_cut() -> None:
    """A cut table says how many rows it lacks, and what the report had no room for; fields are never cut."""
    models = tuple(ValueCount(f"m{number}", 1) for number in range(30))
    report = Report(models=models, left_out=LeftOut(models=7))
    cut, exact, full = (table_of(report, "Values of model", rows) for rows in (20, 30, None))

    assert len(cut.rows) == 20
    assert cut.note == "… and 10 more (--rows 0 shows all); the report had no room for 7 more"
    assert exact == full
    assert (len(full.rows), full.note) == (30, "the report had no room for 7 more")
    assert len(table_of(check([line()]), "Fields of the schema", 1).rows) == 13


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1760000123.0, "2025-10-09 08:55:23 UTC"),
        (-1e300, "-1000000"),
        (1e300, "1000000"),
        (-1.0, "1969-12-31 23:59:59"),
    ],
)
def test_usage_shows_sums_and_times(seconds: float, text: str) -> None:
    """Token sums, and the first and last time, also one that no calendar has."""
    report = Report(bodies=1, usage=UsageTotals(1, 2_000, 3, 4), created_min=seconds, created_max=seconds)
    rows = dict(table_of(report, "Usage").rows)

    assert [*rows.values()][:4] == ["2,000", "1", "3", "4"]
    assert rows["first created"].startswith(text)
    assert rows["first created"] == rows["last created"]
    assert "first created" not in dict(table_of(Report(bodies=1), "Usage").rows)


def test_changes_are_a_table() -> None:
    """What breaks is marked, and shares are before and after; without changes, the table says so."""
    changes = (Change("new problem", "$.id", 0.0, 0.0004, True), Change("share", "model 'm'", 0.5, 1.0, False))
    table, cut, none = (
        changes_table(found, "old.json", rows) for found, rows in ((changes, None), (changes, 1), ((), 1))
    )

    assert table.title == cut.title == none.title == "Changes since old.json"
    assert table.rows == [
        ("!", "new problem", "$.id", "0%", "<0.1%"),
        ("", "share", "model 'm'", "50.0%", "100%"),
    ]
    assert (table.note, cut.note) == ("", "… and 1 more (--rows 0 shows all)")
    assert (none.rows, none.note) == ([], "none")


def test_rejected_finish_reasons_are_shown() -> None:
    """The values of an enum are shown, also those that it lacks."""
    report = check([line(choices=[choice(finish_reason="eos"), choice(), choice()])])

    assert table_of(report, "Values of finish_reason").rows == [("2", "66.7%", "stop"), ("1", "33.3%", "eos")]


def test_groups_have_a_table() -> None:
    """Groups are listed by size, but hours and days in their order; a group without a name is a dash."""
    lines = [line(model="a", created=90_000), line(created=0), line(created=1, id=1), b"{"]
    models, days = (table_of(check(lines, by=by), "Groups") for by in ("model", "day"))
    both = table_of(check(lines, by="model") | check(lines, by="day"), "Groups")

    assert [column.head for column in models.columns] == [
        *("model", "bodies", "valid", "problems", "prompt", "completion", "total tokens")
    ]
    assert models.rows == [
        ("granary/rye-1b", "2", "50.0%", "1", "24", "14", "38"),
        ("-", "1", "0%", "1", "0", "0", "0"),
        ("a", "1", "100%", "0", "12", "7", "19"),
    ]
    assert [row[0] for row in days.rows] == ["-", "1970-01-01", "1970-01-02"]
    assert both.columns[0].head == "group"
    assert len(both.rows) == 6
