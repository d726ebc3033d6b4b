"""Tables on a terminal, with rich (the extra ``cli``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from rich import box
from rich.console import RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from .tables import Column, Table

_STYLES = {"path": "cyan", "kind": "yellow", "change": "yellow", "first at": "dim", "types": "dim", "why": "dim"}

#: Between two columns: the padding of both, and the box's own.
_GAP = 3

#: Longer words may be broken.
_MAX_WORD = 40


#: The cells of a row; details are further lines of a cell.
_Row = tuple[str, ...]


def renderables(head: Sequence[str], tables: Sequence[Table], ok: bool, width: int) -> Iterator[RenderableType]:
    """What rich prints of a report, at most so many characters wide: its first lines in the colour of the verdict."""
    for line in head:
        yield Text(line, style="bold green" if ok else "bold red")
    for table in tables:
        yield ""
        yield Text(table.title, style="bold")
        if table.rows:
            yield _grid(table, width)
        if table.note:
            yield Text(f" {table.note}", style="dim")


def _grid(table: Table, width: int) -> RichTable:
    columns, rows = list(table.columns), list(table.rows)
    if _total(_natural_widths(columns, rows)) > width:
        columns, rows = _without_details(columns, rows)
    grid = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    for column, column_width in zip(columns, _fitting_widths(columns, rows, width), strict=True):
        justify: Literal["left", "right"] = "right" if column.is_number else "left"
        style = _STYLES.get(column.head, "")
        grid.add_column(column.head, justify=justify, style=style, width=column_width, overflow="fold")
    for row in rows:
        grid.add_row(*map(_text, row))
    return grid


def _text(cell: str) -> Text:
    first, *below = cell.split("\n")
    text = Text(first, style="bold red" if first == "!" else "")
    for line, style in zip(below, ("default", "default dim"), strict=False):
        if line:
            text.append(f"\n{line}", style=style)
    return text


def _without_details(columns: list[Column], rows: list[_Row]) -> tuple[list[Column], list[_Row]]:
    """The same cells with the details as further lines of the widest column of text."""
    kept = [index for index, column in enumerate(columns) if not column.detail]
    details = [index for index, column in enumerate(columns) if column.detail]
    widths = _natural_widths(columns, rows)
    widest = max((index for index in kept if not columns[index].is_number), key=widths.__getitem__)

    def cell(row: _Row, index: int) -> str:
        if index != widest:
            return row[index]
        shown = [(columns[detail].detail, row[detail]) for detail in details if row[detail]]
        what = ", ".join(cell for detail, cell in shown if detail == "{}")
        when = ", ".join(detail.format(cell) for detail, cell in shown if detail != "{}")
        return f"{row[index]}\n{what}\n{when}"

    return [columns[index] for index in kept], [tuple(cell(row, index) for index in kept) for row in rows]


def _total(widths: list[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _natural_widths(columns: list[Column], rows: list[_Row]) -> list[int]:
    cells = zip(*(tuple(column.head for column in columns), *rows), strict=True)
    return [max(len(line) for cell in column for line in cell.split("\n")) for column in cells]


def _fitting_widths(columns: list[Column], rows: list[_Row], width: int) -> list[int]:
    """The width of each column: the one with the most to spare is made narrower until all of them fit."""
    widths = _natural_widths(columns, rows)
    least = [_least_width(column, index, rows, widths[index], width) for index, column in enumerate(columns)]
    while _total(widths) > width and max(widths) > 1:
        spare = [have - need for have, need in zip(widths, least, strict=True)]
        by = spare if max(spare) > 0 else widths
        widths[by.index(max(by))] -= 1
    return widths


def _least_width(column: Column, index: int, rows: list[_Row], natural: int, width: int) -> int:
    """How narrow a column may be: people copy paths, numbers and kinds are short, and words are not broken."""
    if column.head == "path":
        return natural if natural <= width // 2 - 10 else 10
    if column.is_number or column.head in ("", "kind", "change"):
        return natural
    return min(max(len(word) for row in rows for word in [column.head, *row[index].split()]), _MAX_WORD)
