"""The outputs of ``router-schema check``, by their names in ``--format``."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import TextIO

import attrs

from ..logs import Change, Report
from ..logs.saved import to_text
from .streams import ascii_json, printable, terminal_for
from .tables import Column, Table, changes_table, headline, tables_of


@attrs.frozen
class Findings:
    """
    What an output prints.

    Attributes:
        report: A report.
        changes: What changed since another one, if it was compared with one.
        since: The file of the other report.
        max_rows: How many rows of a table to print; None means all.
        suggestion: A line about other schemas, which programs need not read; or nothing.
    """

    report: Report
    changes: tuple[Change, ...] | None = None
    since: str = ""
    max_rows: int | None = None
    suggestion: str = ""

    def head(self) -> list[str]:
        return [headline(self.report), *([self.suggestion] if self.suggestion else [])]

    def tables(self) -> list[Table]:
        tables = tables_of(self.report, self.max_rows)
        if self.changes is not None:
            tables.append(changes_table(self.changes, self.since, self.max_rows))
        return tables


def write_text(out: TextIO, findings: Findings) -> None:
    """Write a coloured report to a terminal, if rich is installed; plain text otherwise."""
    title, tables = "\n".join(findings.head()), findings.tables()
    terminal = terminal_for(out)
    if terminal is not None:
        terminal.write_report(out, title, tables, findings.report.ok)
        return
    lines = [title]
    for table in tables:
        lines += ["", *_plain(table)]
    _write_lines(out, lines)


def write_markdown(out: TextIO, findings: Findings) -> None:
    """Write Markdown, as for the summary of a CI job."""
    title, *suggestion = map(_escaped, findings.head())
    lines = [f"**{title}**", *(line for text in suggestion for line in ("", text))]
    for table in findings.tables():
        lines += ["", f"### {_escaped(table.title)}", ""]
        lines.append(f"| {' | '.join(column.head for column in table.columns)} |")
        lines.append(f"| {' | '.join('--:' if column.is_number else '---' for column in table.columns)} |")
        lines += [f"| {' | '.join(map(_escaped, row))} |" for row in table.rows]
        if table.note:
            lines += ["", table.note]
    _write_lines(out, lines)


def write_json(out: TextIO, findings: Findings) -> None:
    """Write the report as it is saved, or an object of that and its changes."""
    text = to_text(findings.report)
    if findings.changes is not None:
        changes = json.dumps([attrs.asdict(change) for change in findings.changes])
        text = f'{{"report":{text},"changes":{changes}}}'
    _write_lines(out, [ascii_json(text)])


OUTPUTS: dict[str, Callable[[TextIO, Findings], None]] = {
    "text": write_text,
    "json": write_json,
    "markdown": write_markdown,
}


def _write_lines(out: TextIO, lines: list[str]) -> None:
    if isinstance(out, io.TextIOWrapper):  # names may hold characters that the stream's encoding lacks
        out.reconfigure(errors="backslashreplace")
    out.write("\n".join(lines) + "\n")


def _plain(table: Table) -> list[str]:
    rows = [tuple(column.head for column in table.columns), *(tuple(map(printable, row)) for row in table.rows)]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    lines = ["".join(map(_aligned, row, widths, table.columns)).rstrip() for row in rows] if table.rows else []
    return [printable(table.title), *lines, *([f"  {table.note}"] if table.note else [])]


def _aligned(cell: str, width: int, column: Column) -> str:
    return "  " + (cell.rjust(width) if column.is_number else cell.ljust(width))


def _escaped(text: str) -> str:
    """*text* so that Markdown shows it as it is."""
    special = "\\`*_|<>[]"
    return "".join(f"\\{char}" if char in special else char for char in printable(text))
