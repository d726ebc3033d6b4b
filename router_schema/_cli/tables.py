"""A report as tables, which each output lays out in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import attrs

from ..logs import Change, Report, ValueCount
from ..logs.events import is_stream


@attrs.frozen
class Column:
    """A column of a table: its head, and whether it holds numbers, which are aligned at the right."""

    head: str
    is_number: bool = False


@attrs.frozen
class Table:
    """
    One table of a report.

    Attributes:
        title: What it shows.
        columns: Its columns.
        rows: Its cells, as text.
        note: What it does not show; or nothing.
    """

    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


def headline(report: Report) -> str:
    """How many bodies are valid, invalid and malformed, in a line."""
    if not report.bodies:
        return "no events" if report.streams else "no bodies"
    parts = [f"{report.invalid:,} invalid", f"{report.malformed:,} malformed"]
    if report.error_bodies:
        parts[0] += f" ({report.error_bodies:,} of them error bodies)"
    one, many = _unit(report)
    bodies = f"1 {one}" if report.bodies == 1 else f"{report.bodies:,} {many}"
    return f"{bodies}: {report.valid:,} valid ({_percent(report.valid, report.bodies)}), {', '.join(parts)}"


def _unit(report: Report) -> tuple[str, str]:
    """What the bodies are called: one, and several."""
    return ("event", "events") if report.bodies == report.events > 0 else ("body", "bodies")


def tables_of(report: Report, max_rows: int | None) -> list[Table]:
    """The tables of a report that are not empty, each cut at *max_rows* unless the schema bounds it."""
    left_out = report.left_out
    tables = [
        _streams_table(report),
        _cut(_groups_table(report), max_rows, left_out.groups),
        _cut(_problems_table(report), max_rows, left_out.problems),
        _cut(_keys_table(report), max_rows, left_out.unknown_keys),
        _cut(_fields_table(report), None, left_out.fields),
        _cut(_values_table("finish_reason", report.finish_reasons), max_rows, left_out.finish_reasons),
        _cut(_values_table("object", report.objects), max_rows, left_out.objects),
        _cut(_values_table("model", report.models), max_rows, left_out.models),
        _usage_table(report),
    ]
    return [table for table in tables if table.rows]


def changes_table(changes: Sequence[Change], since: str, max_rows: int | None) -> Table:
    """What changed since the report of that name."""
    columns = Column(""), Column("change"), Column("what"), Column("before", True), Column("after", True)
    rows = [
        ("!" if change.breaks else "", change.kind, change.what, _share(change.before), _share(change.after))
        for change in changes
    ]
    table = Table(f"Changes since {since}", columns, rows, note="none")
    return _cut(table, max_rows, 0) if rows else table


def _streams_table(report: Report) -> Table:
    columns = Column("what"), Column("count", True), Column("share", True)
    complete = report.streams - report.incomplete_streams
    rows = [
        (name, f"{count:,}", _percent(count, report.streams))
        for name, count in (("complete", complete), ("incomplete", report.incomplete_streams))
    ]
    note = f"{report.streams:,} in all, with {report.events:,} events"
    return Table("Streams", columns, rows if report.streams else [], note)


def _groups_table(report: Report) -> Table:
    kinds = {group.by for group in report.groups}
    columns = (
        Column(kinds.pop() if len(kinds) == 1 else "group"),
        *(Column(_unit(report)[1], True), Column("valid", True), Column("problems", True)),
        *(Column("prompt", True), Column("completion", True), Column("total tokens", True)),
    )
    by_time = [group for group in report.groups if group.by in ("hour", "day")]
    others = [group for group in report.groups if group.by not in ("hour", "day")]
    rows = [
        (
            group.name or "-",
            f"{group.count:,}",
            _percent(group.valid, group.count),
            f"{group.problems:,}",
            f"{group.usage.prompt_tokens:,}",
            f"{group.usage.completion_tokens:,}",
            f"{group.usage.total_tokens:,}",
        )
        for group in [*others, *sorted(by_time, key=lambda group: group.name)]
    ]
    return Table("Groups", columns, rows)


def _problems_table(report: Report) -> Table:
    firsts = [problem.places[0] for problem in report.problems]
    sources = {place.source for place in firsts}
    one_source = len(sources) == 1
    unit = "event" if all(map(is_stream, sources)) else "line"
    columns = (
        Column(_unit(report)[1], True),
        *(Column("share", True), Column("path"), Column("kind"), Column("what")),
        Column(unit, True) if one_source else Column("first at"),
    )
    rows = [
        (
            f"{problem.count:,}",
            _percent(problem.count, report.bodies),
            problem.path,
            problem.kind,
            problem.message,
            f"{first.line:,}" if one_source else str(first),
        )
        for problem, first in zip(report.problems, firsts, strict=True)
    ]
    return Table("Problems", columns, rows)


def _keys_table(report: Report) -> Table:
    columns = Column("times", True), Column("path"), Column("types")
    rows = [(f"{key.count:,}", key.path, ", ".join(key.types.seen())) for key in report.unknown_keys]
    return Table("Keys that the schema does not name", columns, rows)


def _fields_table(report: Report) -> Table:
    columns = Column("path"), Column("present", True), Column("null", True), Column("types")
    rows = [
        (
            field.path,
            _percent(field.present, field.count),
            _percent(field.types.null.count, field.present),
            ", ".join(field.types.seen()),
        )
        for field in report.fields
    ]
    return Table("Fields of the schema", columns, rows)


def _values_table(name: str, values: tuple[ValueCount, ...]) -> Table:
    total = sum(row.count for row in values)
    columns = Column("times", True), Column("share", True), Column("value")
    rows = [(f"{row.count:,}", _percent(row.count, total), row.value or '""') for row in values]
    return Table(f"Values of {name}", columns, rows)


def _usage_table(report: Report) -> Table:
    usage = report.usage
    rows = [(name, f"{getattr(usage, name):,}") for name in ("prompt_tokens", "completion_tokens", "total_tokens")]
    without = "streams" if report.events == report.bodies else "bodies"  # a stream has one usage
    rows.append((f"{without} without any of these", f"{usage.bodies_without:,}"))
    if report.created_min is not None and report.created_max is not None:
        rows += [("first created", _time(report.created_min)), ("last created", _time(report.created_max))]
    return Table("Usage", (Column("what"), Column("sum", True)), rows if report.bodies else [])


def _time(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):  # not a date of the calendar
        return f"{seconds:.0f}"


def _cut(table: Table, max_rows: int | None, left_out: int) -> Table:
    more = len(table.rows) - max_rows if max_rows is not None else 0
    notes = [f"… and {more:,} more (--rows 0 shows all)"] if more > 0 else []
    if left_out:
        notes.append(f"the report had no room for {left_out:,} more")
    return attrs.evolve(table, rows=table.rows[:max_rows], note="; ".join(notes))


def _percent(count: int, total: int) -> str:
    return _share(count / total) if total else "-"


def _share(share: float) -> str:
    """A percentage. Rounding never shows 0 % or 100 % unless exact."""
    if 0 < share < 0.001:
        return "<0.1%"
    if 0.999 < share < 1:
        return ">99.9%"
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"
