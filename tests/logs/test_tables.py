"""A report as tables."""

from __future__ import annotations

import pytest
from log_lines import change, line
from support import choice

from router_schema import Report, check
from router_schema.logs import Group, LeftOut, Place, Problem, UsageTotals, ValueCount, compare
from router_schema.logs.present.tables import Table, changes_table, headline, tables_of


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
        "Created",
    ]
    assert all(len(row) == len(table.columns) for table in tables_of(report, None) for row in table.rows)


def test_problems_have_places() -> None:
    """Each problem names the file and the line where it was first met."""
    problem = Problem("$.id", "type", "string", "null", 5, (Place("a.jsonl", 1_234), Place("a.jsonl", 1_235)))
    other = Problem("$.id", "missing", "string", "nothing", 1, (Place("b.jsonl", 2),))

    assert table_of(Report(bodies=10, problems=(problem, other)), "Problems").rows == (
        ("5", "50.0%", "$.id", "type", "expected string, got null", "a.jsonl:1234"),
        ("1", "10.0%", "$.id", "missing", "expected string", "b.jsonl:2"),
    )


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

    assert table_of(report, "Values of model").rows == (("3,000", "75.0%", "m"), ("1,000", "25.0%", '""'))


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
        (-1e300, "-1e+300"),
        (1e300, "1e+300"),
        (-1.0, "1969-12-31 23:59:59"),
    ],
)
def test_usage_shows_sums_and_times(seconds: float, text: str) -> None:
    """Token sums, and the first and last time, also one that no calendar has."""
    report = Report(bodies=1, usage=UsageTotals(1, 2_000, 3, 4), created_min=seconds, created_max=seconds)
    created = dict(table_of(report, "Created").rows)

    assert [total for _, total in table_of(report, "Usage").rows] == ["2,000", "1", "3", "4"]
    assert created["first"].startswith(text)
    assert created["first"] == created["last"]
    assert "Created" not in [table.title for table in tables_of(Report(bodies=1), None)]


def test_changes_are_a_table() -> None:
    """What fails is marked, rates are before and after, with a reason; without changes, the table says so."""
    changes = (change("'a'", (0, 10), (4, 100_000), fails=True), change("'b'", (5, 10), (99_999, 100_000)))
    table, cut, none = (
        changes_table(found, "old.json", rows) for found, rows in ((changes, None), (changes, 1), ((), 1))
    )

    assert table.title == cut.title == none.title == "Changes since old.json"
    assert table.rows == (
        ("!", "new", "model", "'a'", "0%", "0.004%", "more than chance"),
        ("", "new", "model", "'b'", "50.0%", ">99.9%", "may be chance"),
    )
    assert (table.note, cut.note) == ("", "… and 1 more (--rows 0 shows all)")
    assert (none.rows, none.note) == ((), "none")


def test_tables_are_printable() -> None:
    """Control characters in values and in titles are escapes."""
    assert (
        table_of(Report(models=(ValueCount("a\x1b\n\u202e", 1),)), "Values of model").rows[0][2] == "a\\x1b\\n\\u202e"
    )
    assert changes_table((), "\x1b", None).title == "Changes since \\x1b"


def test_rejected_finish_reasons_are_shown() -> None:
    """The values of an enum are shown, also those that it lacks."""
    report = check([line(choices=[choice(finish_reason="eos"), choice(), choice()])])

    assert [row[:3] for row in table_of(report, "Values of finish_reason").rows] == [
        ("2", "66.7%", "stop"),
        ("1", "33.3%", "eos"),
    ]


def test_rows_say_when_and_where() -> None:
    """Problems, keys, values and changes have columns for the first and last time and the first place, if known."""
    older = check([line()] * 9)
    report = check(
        [line(), line(a=1, id=1, model="m", created=1.76e9), line(a=1, id=1, model="m", created=1.76e9 + 60)]
    )
    tables = {table.title: table for table in tables_of(report, None)}
    tables["changes"] = changes_table(compare(older, report), "old", None)
    seen = ("line 2", "2025-10-09 08:53", "2025-10-09 08:54")

    for title in ("Problems", "Keys that the schema does not name", "Values of model", "changes"):
        assert [column.head for column in tables[title].columns[-3:]] == ["first at", "first (UTC)", "last (UTC)"]
        assert seen in [row[-3:] for row in tables[title].rows]
    bare = Report(bodies=1, models=(ValueCount("m", 1),))
    assert [column.head for column in table_of(bare, "Values of model").columns] == ["times", "share", "value"]


def test_groups_are_a_table() -> None:
    """Groups have their bodies, problems and tokens: the largest first, or the newest if they are times."""
    groups = (
        Group("day", "2026-01-01", 2_000, 1_000, 1_001, UsageTotals(1_000, 2, 3)),
        Group("day", "2026-01-02", 10, 10),
        Group("day", "", 1),
    )
    table = table_of(Report(bodies=2_011, groups=groups, left_out=LeftOut(groups=5)), "Groups", 2)
    mixed = table_of(Report(bodies=3, groups=(Group("hour", "a", 1), Group("model", "m", 2))), "Groups")

    assert [column.head for column in table.columns][:3] == ["day", "bodies", "valid"]
    assert table.rows == (
        ("2026-01-02", "10", "100%", "0", "0", "0", "0"),
        ("2026-01-01", "2,000", "50.0%", "1,001", "2", "1,000", "3"),
    )
    assert table.note == "… and 1 more (--rows 0 shows all); the report had no room for 5 more"
    assert [(row[0], row[1]) for row in mixed.rows] == [("m", "2"), ("a", "1")]
    assert mixed.columns[0].head == "group"


def test_unexpected_keys_are_called_that() -> None:
    """The problem of a key that is forbidden says so, with the type of its value."""
    assert Problem("$.x", "extra", "nothing", "null", 1, (Place("a", 1),)).message == "unexpected key (null)"
