"""``--format markdown``: for a ticket, or the summary of a CI job."""

from __future__ import annotations

from typing import TextIO

from ..stdio import write_lines
from .findings import Findings

_SPECIAL = str.maketrans({char: f"\\{char}" for char in "\\`*_|<>[]&~"})


def write(out: TextIO, findings: Findings) -> None:
    """Write a heading and a table for each table of the report."""
    title, *suggestion = (line.translate(_SPECIAL) for line in findings.head())
    lines = [f"**{title}**", *(line for text in suggestion for line in ("", text))]
    for table in findings.tables():
        lines += ["", f"### {table.title.translate(_SPECIAL)}"]
        if table.rows:
            lines += ["", f"| {' | '.join(column.head for column in table.columns)} |"]
            lines.append(f"| {' | '.join('--:' if column.is_number else '---' for column in table.columns)} |")
            lines += [f"| {' | '.join(cell.translate(_SPECIAL) for cell in row)} |" for row in table.rows]
        if table.note:
            lines += ["", table.note]
    write_lines(out, lines)
