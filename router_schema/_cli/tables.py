"""A report as people read it: its tables, and these as plain text or Markdown. A terminal gets them from `_screen`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from typing import TextIO

import attrs

from ..logs.compare import Change, describe
from ..logs.report import Report, ValueCount


@attrs.frozen
class Table:
    """
    One table of a report.

    Attributes:
        title: What it shows.
        columns: The heads of its columns; one that starts with ``>`` holds numbers.
        rows: Its cells, as text.
        note: What it does not show, or nothing.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


def headline(report: Report) -> str:
    """How many bodies are what, in a line."""
    if not report.bodies:
        return "no bodies"
    parts = [f"{report.invalid:,} invalid", f"{report.malformed:,} malformed"]
    if report.error_bodies:
        parts[0] += f" ({report.error_bodies:,} of them error bodies)"
    bodies = "1 body" if report.bodies == 1 else f"{report.bodies:,} bodies"
    return f"{bodies}: {report.valid:,} valid ({_percent(report.valid, report.bodies)}), {', '.join(parts)}"


def tables_of(report: Report, max_rows: int | None) -> list[Table]:
    """The tables of a report that are not empty, each cut at *max_rows*."""
    firsts = [problem.places[0] for problem in report.problems]
    one_source = len({place.source for place in firsts}) == 1
    problems = [
        (
            f"{problem.count:,}",
            _percent(problem.count, report.bodies),
            problem.path,
            problem.kind,
            describe(problem),
            f"{first.line:,}" if one_source else str(first),
        )
        for problem, first in zip(report.problems, firsts, strict=True)
    ]
    fields = [
        (
            field.path,
            _percent(field.present, field.count),
            _percent(field.types.null, field.present),
            ", ".join(field.types.seen()),
        )
        for field in report.fields
    ]
    keys = [(f"{key.count:,}", key.path, ", ".join(key.types.seen())) for key in report.unknown_keys]
    tables = [
        Table(
            "Problems", (">bodies", ">share", "path", "kind", "what", ">line" if one_source else "first at"), problems
        ),
        Table("Keys that the schema does not name", (">times", "path", "types"), keys),
        Table("Fields of the schema", ("path", ">present", ">null", "types"), fields),
        _values_table("finish_reason", report.finish_reasons),
        _values_table("object", report.objects),
        _values_table("model", report.models),
        Table("Usage", ("what", ">sum"), _usage_rows(report)),
    ]
    left_out = attrs.asdict(report.left_out)
    names = ("problems", "unknown_keys", "fields", "finish_reasons", "objects", "models", "")
    # How many fields there are is up to the schema, so they are few.
    cut = [
        _cut(table, None if name in ("fields", "") else max_rows, left_out.get(name, 0))
        for table, name in zip(tables, names, strict=True)
    ]
    return [table for table in cut if table.rows]


def changes_table(changes: Sequence[Change], since: str, max_rows: int | None) -> Table:
    """What changed since the report of that name."""
    rows = [
        ("!" if change.breaks else "", change.kind, change.what, _share(change.before), _share(change.after))
        for change in changes
    ]
    table = Table(f"Changes since {since}", ("", "change", "what", ">before", ">after"), rows)
    return _cut(table, max_rows, 0) if rows else Table(table.title, ("",), [("none",)])


def write_text(out: TextIO, title: str, tables: Iterable[Table]) -> None:
    """Write plain text."""
    lines = [printable(title)]
    for table in tables:
        lines += ["", *_plain(table)]
    out.write("\n".join(lines) + "\n")


def write_markdown(out: TextIO, title: str, tables: Iterable[Table]) -> None:
    """Write Markdown, as of a CI job's summary."""
    lines = [f"**{_escaped(title)}**"]
    for table in tables:
        lines += ["", f"### {_escaped(table.title)}", ""]
        lines.append(f"| {' | '.join(column.lstrip('>') for column in table.columns)} |")
        lines.append(f"| {' | '.join('--:' if column.startswith('>') else '---' for column in table.columns)} |")
        lines += [f"| {' | '.join(map(_escaped, row))} |" for row in table.rows]
        if table.note:
            lines += ["", table.note]
    out.write("\n".join(lines) + "\n")


def printable(text: str) -> str:
    """*text* with escapes in place of what would not print: names come from bodies, and could steer a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def _plain(table: Table) -> list[str]:
    heads = [column.lstrip(">") for column in table.columns]
    rows = [heads, *([printable(cell) for cell in row] for row in table.rows)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(heads))]
    right = [column.startswith(">") for column in table.columns]
    lines = [
        "  " + "  ".join(cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(row, widths, right, strict=True))
        for row in rows
    ]
    if not any(heads):
        lines = lines[1:]
    return [table.title, *(line.rstrip() for line in lines), *([f"  {table.note}"] if table.note else [])]


def _escaped(text: str) -> str:
    """*text* so that Markdown shows it as it is."""
    special = "\\`*_|<>[]"
    return "".join(f"\\{char}" if char in special else char for char in printable(text))


def _values_table(name: str, values: tuple[ValueCount, ...]) -> Table:
    total = sum(row.count for row in values)
    rows = [(f"{row.count:,}", _percent(row.count, total), row.value or '""') for row in values]
    return Table(f"Values of {name}", (">times", ">share", "value"), rows)


def _usage_rows(report: Report) -> list[tuple[str, ...]]:
    if not report.bodies:
        return []
    usage = report.usage
    rows: list[tuple[str, ...]]
    rows = [(name, f"{getattr(usage, name):,}") for name in ("prompt_tokens", "completion_tokens", "total_tokens")]
    rows.append(("bodies without any of these", f"{usage.bodies_without:,}"))
    if report.created_min is not None and report.created_max is not None:
        rows += [("first created", _time(report.created_min)), ("last created", _time(report.created_max))]
    return rows


def _time(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):  # no date that a calendar has
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
    """A percentage; nothing that is not all or nothing looks like it."""
    if 0 < share < 0.001:
        return "<0.1%"
    if 0.999 < share < 1:
        return ">99.9%"
    return f"{share:.0%}" if share in (0, 1) else f"{share:.1%}"
