"""Tables on a terminal, with rich (the extra ``cli``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import attrs
from rich import box
from rich.cells import cell_len
from rich.console import RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from .tables import Column, Table

_STYLES = {"path": "cyan", "kind": "yellow", "change": "yellow", "first at": "dim", "types": "dim", "why": "dim"}

#: Between two columns: the padding of one, and the box's own.
_GAP = 2

#: Longer words may be broken.
_MAX_WORD = 40


@attrs.frozen
class _Cell:
    """
    A cell.

    Attributes:
        text: Its text.
        what: The most important detail, on a separate line.
        details: The other details, as many in a line as fit.
    """

    text: str
    what: str = ""
    details: tuple[str, ...] = ()

    def width(self) -> int:
        return max(map(cell_len, (self.text, self.what, *self.details)))

    def longest_word(self) -> int:
        return max(cell_len(word) for word in f"{self.text} {self.what} -".split())

    def rendered(self, width: int) -> Text:
        text = Text(self.text, style="bold red" if self.text == "!" else "")
        for lines, style in (([self.what], "default"), (_filled(self.details, width), "default dim")):
            for line in filter(None, lines):
                text.append(f"\n{line}", style=style)
        return text


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
    columns, rows = list(table.columns), [list(map(_Cell, row)) for row in table.rows]
    if _total(_natural_widths(columns, rows)) > width:
        columns, rows = _without_details(table)
    widths = _fitting_widths(columns, rows, width)
    grid = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True, header_style="dim")
    for column, column_width in zip(columns, widths, strict=True):
        justify: Literal["left", "right"] = "right" if column.is_number else "left"
        style = _STYLES.get(column.head, "")
        grid.add_column(column.head, justify=justify, style=style, width=column_width, overflow="fold")
    for row in rows:
        grid.add_row(*(cell.rendered(column_width) for cell, column_width in zip(row, widths, strict=True)))
    return grid


def _filled(parts: Iterable[str], width: int) -> list[str]:
    """The parts with commas between, in as few lines of that width as they need."""
    lines: list[str] = []
    for part in parts:
        if lines and cell_len(lines[-1]) + cell_len(part) + 2 <= width:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return lines


def _without_details(table: Table) -> tuple[list[Column], list[list[_Cell]]]:
    """The columns and cells of a table, with the details below its main column."""
    kept = [index for index, column in enumerate(table.columns) if not column.detail]
    main = table.main

    def cell(row: tuple[str, ...], index: int) -> _Cell:
        if index != main:
            return _Cell(row[index])
        details = [(column.detail, text) for column, text in zip(table.columns, row, strict=True) if column.detail]
        what = ", ".join(text for form, text in details if form == "{}")
        return _Cell(row[index], what, tuple(form.format(text) for form, text in details if text and form != "{}"))

    return [table.columns[index] for index in kept], [[cell(row, index) for index in kept] for row in table.rows]


def _total(widths: list[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _natural_widths(columns: list[Column], rows: list[list[_Cell]]) -> list[int]:
    return [max(len(column.head), *(row[index].width() for row in rows)) for index, column in enumerate(columns)]


def _fitting_widths(columns: list[Column], rows: list[list[_Cell]], width: int) -> list[int]:
    """The width of each column: the one with the most to spare is made narrower until all of them fit."""
    widths = _natural_widths(columns, rows)
    least = [_least_width(column, index, rows, widths[index], width) for index, column in enumerate(columns)]
    while _total(widths) > width and max(widths) > 1:
        spare = [have - need for have, need in zip(widths, least, strict=True)]
        by = spare if max(spare) > 0 else widths
        widths[by.index(max(by))] -= 1
    return widths


def _least_width(column: Column, index: int, rows: list[list[_Cell]], natural: int, width: int) -> int:
    """How narrow a column may be. Words are not broken, nor paths, which people copy; numbers and kinds are short."""
    if column.is_number or column.head in ("", "kind", "change"):
        return natural
    if column.head == "path":
        paths = max(cell_len(row[index].text) for row in rows)
        return paths if paths <= width // 2 - 10 else 10
    return min(max(len(column.head), *(row[index].longest_word() for row in rows)), _MAX_WORD)
