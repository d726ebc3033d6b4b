"""A report as tables of text, which each output lays out in its own way; and as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from ..compare import Change
    from ..report import Report
    from ..rows import Place, ValueCount


def printable(text: str) -> str:
    """*text* with unprintable characters as escapes: names of keys and files may hold terminal control sequences."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _printable_rows(rows: Iterable[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(printable, row)) for row in rows)


@attrs.frozen
class Column:
    """
    A column of a table.

    Attributes:
        head: Its heading.
        is_number: Whether it holds numbers, which are aligned at the right.
        detail: How an output without room for the column shows its cells below the others: ``"first at {}"``. Nothing
            if it must be a column; ``"{}"`` for what a narrow terminal shows in a line of its own, and HTML as a
            column.
    """

    head: str
    is_number: bool = False
    detail: str = ""


@attrs.frozen
class Table:
    """
    One table of a report, in printable text.

    Attributes:
        title: What it shows.
        columns: Its columns.
        rows: Its cells.
        note: The line below it: how many rows it omits, or a total; or nothing.
    """

    title: str = attrs.field(converter=printable)
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...] = attrs.field(converter=_printable_rows)
    note: str = ""

    @property
    def main(self) -> int:
        """The index of the column with the most room below its cells: the widest text column."""
        texts = [index for index, column in enumerate(self.columns) if not (column.is_number or column.detail)]
        return max(texts, key=lambda index: max((len(row[index]) for row in self.rows), default=0))


def as_lines(head: Iterable[str], tables: Iterable[Table]) -> list[str]:
    """Plain text: the lines of *head*, and of each table, with its columns aligned."""
    lines = [*head]
    for table in tables:
        lines += ["", *_lines_of(table)]
    return lines


def _lines_of(table: Table) -> list[str]:
    rows = [tuple(column.head for column in table.columns), *table.rows]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = ["".join(map(_aligned, row, widths, table.columns)).rstrip() for row in rows] if table.rows else []
    return [table.title, *lines, *([f"  {table.note}"] if table.note else [])]


def _aligned(cell: str, width: int, column: Column) -> str:
    return "  " + (cell.rjust(width) if column.is_number else cell.ljust(width))


def headline(report: Report) -> str:
    """How many bodies are valid, invalid and malformed, in a line."""
    if not report.bodies:
        return "no events" if report.streams else "no bodies"
    parts = [f"{report.invalid:,} invalid", f"{report.malformed:,} malformed"]
    if report.error_bodies:
        parts[0] += f" ({report.error_bodies:,} of them error bodies)"
    one, many = _unit(report)
    bodies = counted(report.bodies, one, many)
    return f"{bodies}: {report.valid:,} valid ({percent(report.valid, report.bodies)}), {', '.join(parts)}"


def counted(number: int, one: str, many: str) -> str:
    """So many of something: ``1 event``, ``2 events``."""
    return f"{number:,} {one if number == 1 else many}"


def _unit(report: Report) -> tuple[str, str]:
    """The words for one body and for several."""
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
        _created_table(report),
    ]
    return [table for table in tables if table.rows]


def changes_table(changes: Sequence[Change], since: str, max_rows: int | None) -> Table:
    """What changed since the report of that name."""
    heads = Column(""), Column("change"), Column("kind"), Column("what"), Column("before", True), Column("after", True)
    columns = *heads, Column("why", detail="{}")
    rows = [
        (
            *("!" if change.fails else "", change.trend, change.kind, change.what),
            *(precise(change.before.share), precise(change.after.share)),
            change.reason,
        )
        for change in changes
    ]
    table = _located(f"Changes since {since}", columns, rows, changes)
    return _cut(table, max_rows, 0) if rows else attrs.evolve(table, note="none")


def _streams_table(report: Report) -> Table:
    columns = Column("what"), Column("count", True), Column("share", True)
    complete = report.streams - report.incomplete_streams
    rows = [
        (name, f"{count:,}", percent(count, report.streams))
        for name, count in (("complete", complete), ("incomplete", report.incomplete_streams))
    ]
    note = f"{counted(report.streams, 'stream', 'streams')}, {counted(report.events, 'event', 'events')}"
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
            percent(group.valid, group.count),
            f"{group.problems:,}",
            f"{group.usage.prompt_tokens:,}",
            f"{group.usage.completion_tokens:,}",
            f"{group.usage.total_tokens:,}",
        )
        for group in [*others, *sorted(by_time, key=lambda group: group.name, reverse=True)]  # the newest first
    ]
    return Table("Groups", columns, rows)


def _problems_table(report: Report) -> Table:
    columns = (
        Column(_unit(report)[1], True),
        *(Column("share", True), Column("path"), Column("kind"), Column("what", detail="{}")),
    )
    rows = [
        (
            f"{problem.count:,}",
            percent(problem.count, report.bodies),
            problem.path,
            problem.kind,
            problem.message,
        )
        for problem in report.problems
    ]
    return _located("Problems", columns, rows, report.problems)


def _keys_table(report: Report) -> Table:
    columns = Column("times", True), Column("path"), Column("types")
    rows = [(f"{key.count:,}", key.path, ", ".join(key.types.seen())) for key in report.unknown_keys]
    return _located("Keys that the schema does not name", columns, rows, report.unknown_keys)


def _fields_table(report: Report) -> Table:
    columns = Column("path"), Column("present", True), Column("null", True), Column("types")
    rows = [
        (
            field.path,
            percent(field.present, field.count),
            percent(field.types.null.count, field.present),
            ", ".join(field.types.seen()),
        )
        for field in report.fields
    ]
    return Table("Fields of the schema", columns, rows)


def _values_table(name: str, values: tuple[ValueCount, ...]) -> Table:
    total = sum(row.count for row in values)
    columns = Column("times", True), Column("share", True), Column("value")
    rows = [(f"{row.count:,}", percent(row.count, total), row.value or '""') for row in values]
    return _located(f"Values of {name}", columns, rows, values)


def _usage_table(report: Report) -> Table:
    usage = report.usage
    rows = [(name, f"{getattr(usage, name):,}") for name in ("prompt_tokens", "completion_tokens", "total_tokens")]
    without = "streams" if report.events == report.bodies else "bodies"  # a stream has one usage
    rows.append((f"{without} without any of these", f"{usage.bodies_without:,}"))
    return Table("Usage", (Column("what"), Column("total", True)), rows if report.bodies else [])


def _created_table(report: Report) -> Table:
    times = ("first", report.created_min), ("last", report.created_max)
    rows = [(name, time_text(seconds)) for name, seconds in times if seconds is not None]
    return Table("Created", (Column("which"), Column("when")), rows)


def _located(title: str, columns: Iterable[Column], rows: Iterable[tuple[str, ...]], seen: Sequence[Any]) -> Table:
    """A table with columns for when and where each row was seen, as far as that is known."""
    details = [
        (Column("first at", detail="first at {}"), [place_text(row.place) for row in seen]),
        (Column("first (UTC)", detail="from {}"), [_minutes(row.first) for row in seen]),
        (Column("last (UTC)", detail="to {} UTC"), [_minutes(row.last) for row in seen]),
    ]
    for column, cells in details:
        if any(cells):
            columns = *columns, column
            rows = [(*row, cell) for row, cell in zip(rows, cells, strict=True)]
    return Table(title, tuple(columns), rows)


def place_text(place: Place | None) -> str:
    """The file and the line. Standard input and sources that are not files have lines only."""
    if place is None:
        return ""
    return f"line {place.line:,}" if place.source == "-" else str(place)


def _minutes(seconds: float | None) -> str:
    return "" if seconds is None else re.sub(r":\d\d UTC$", "", time_text(seconds))


def time_text(seconds: float) -> str:
    """A time in UTC, or its number of seconds if no calendar has it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):  # not a date of the calendar
        return f"{seconds:g}"


def _cut(table: Table, max_rows: int | None, left_out: int) -> Table:
    more = len(table.rows) - max_rows if max_rows is not None else 0
    notes = [f"… and {more:,} more (--rows 0 shows all)"] if more > 0 else []
    if left_out:
        notes.append(f"the report had no room for {left_out:,} more")
    return attrs.evolve(table, rows=table.rows[:max_rows], note="; ".join(notes))


def percent(count: int, total: int) -> str:
    """A part of a total as a percentage. Rounding never shows 0 % or 100 % unless exact."""
    return share_text(count / total) if total else "-"


def share_text(share: float) -> str:
    """A share from 0 to 1 as a percentage, rounded like `percent`."""
    if 0 < share < 0.001:
        return "<0.1%"
    if 0.999 < share < 1:
        return ">99.9%"
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"


def precise(share: float) -> str:
    """A percentage with at least two digits: rates that are compared are often small."""
    return f"{100 * share:.2g}%" if 0 < share < 0.01 else share_text(share)
