"""The tables of a report as records."""

from __future__ import annotations

from typing import Any

import pytest
from log_lines import line

from router_schema import Report, check
from router_schema.logs import compare
from router_schema.logs.present.records import RECORDS, records_of
from router_schema.logs.report import TABLES

REPORT = check([line(), line(id=1, a=None), b"{", line(model="m", created=1.5)])
CHANGES = compare(check([line()] * 9), REPORT)


def dicts(name: str, report: Report = REPORT) -> list[dict[str, Any]]:
    """The records of that name, each as a dict."""
    records = records_of(report, CHANGES, name)
    return [dict(zip((field.name for field in records.fields), row, strict=True)) for row in records.rows]


def test_every_table_has_records() -> None:
    """There are records of the totals, of each table of a report, and of changes."""
    assert ("totals", *TABLES, "changes") == RECORDS


@pytest.mark.parametrize("name", RECORDS)
def test_records_are_flat(name: str) -> None:
    """Each value has the type of its column or is None, and each column has a unique name."""
    for records in (records_of(REPORT, CHANGES, name), records_of(Report(), None, name)):
        names = [field.name for field in records.fields]

        assert len(names) == len({*names}) > 0
        assert all(len(row) == len(names) for row in records.rows)
        for row in records.rows:
            assert all(
                value is None or type(value) is field.type for field, value in zip(records.fields, row, strict=True)
            )
    assert len(records_of(REPORT, CHANGES, name).rows) == {"totals": 1, "changes": len(CHANGES)}.get(
        name, len(getattr(REPORT, name, ()))
    )


def test_totals_are_one_row() -> None:
    """The totals have the counts of bodies and the sums of tokens."""
    (totals,) = dicts("totals")

    assert (totals["bodies"], totals["valid"], totals["invalid"], totals["malformed"]) == (4, 2, 1, 1)
    assert (totals["total_tokens"], totals["created_min"], totals["left_out_problems"]) == (3 * 19, 1.5, 0)


def test_problems_have_their_first_place() -> None:
    """Of the places of a problem the first has columns, and its times have too."""
    first = next(row for row in dicts("problems") if row["path"] == "$.id")

    assert (first["kind"], first["expected"], first["actual"], first["count"]) == ("type", "string", "integer", 1)
    assert (first["source"], first["line"], first["first"]) == ("-", 2, 1760000123.0)
    malformed = next(row for row in dicts("problems") if row["kind"] == "malformed")
    assert (malformed["line"], malformed["first"]) == (3, None)


def test_types_are_columns() -> None:
    """A field and an unknown key have a column of counts for each JSON type."""
    (key,) = dicts("unknown_keys")
    created = next(row for row in dicts("fields") if row["path"] == "$.created")

    assert (key["path"], key["null"], key["string"], key["line"]) == ("$.a", 1, 0, 2)
    assert (created["count"], created["present"], created["integer"], created["number"]) == (3, 3, 2, 1)


def test_changes_have_counts_and_shares() -> None:
    """Both rates of a change are counts, totals and shares."""
    change = next(row for row in dicts("changes") if row["kind"] == "model")

    assert (change["trend"], change["what"], change["fails"], change["reason"]) == (
        "new",
        "'m'",
        False,
        "not in fail_on",
    )
    assert (change["before_count"], change["before_total"], change["before_share"]) == (0, 9, 0.0)
    assert (change["after_count"], change["after_total"], change["after_share"]) == (1, 3, 1 / 3)
    assert (change["source"], change["line"]) == ("-", 4)


def test_a_place_that_is_unknown_has_no_value() -> None:
    """Where a row has no place, its columns are None."""
    change = next(row for row in dicts("changes") if row["what"] == "bodies that are not valid")

    assert (change["source"], change["line"], change["first"]) == (None, None, None)
