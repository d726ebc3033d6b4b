"""Tables as plain text."""

from __future__ import annotations

from collections.abc import Iterable

from .tables import Column, Table


def as_lines(head: Iterable[str], tables: Iterable[Table]) -> list[str]:
    """The lines of *head*, and of each table, with its columns aligned."""
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
