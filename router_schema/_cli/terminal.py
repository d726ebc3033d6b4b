"""The terminal: a coloured report and a progress bar. The only module that needs rich (the extra ``cli``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich import box, progress
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from .streams import printable
from .tables import Column, Table

_STYLES = {"path": "cyan", "kind": "yellow", "change": "yellow", "first at": "dim", "types": "dim"}


def write_report(out: TextIO, title: str, tables: Iterable[Table], ok: bool) -> None:
    """Write a report to a terminal, as wide as that is."""
    console = Console(file=out, highlight=False, emoji=False, markup=False)
    console.print(Text(title, style="bold green" if ok else "bold red"))
    for table in tables:
        console.print()
        console.print(Text(printable(table.title), style="bold"))
        if table.rows:
            console.print(_grid(table, console.width))
        if table.note:
            console.print(Text(f" {table.note}", style="dim"))


def _grid(table: Table, console_width: int) -> RichTable:
    grid = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="dim")
    for index, column in enumerate(table.columns):
        longest = max(len(printable(row[index])) for row in table.rows)
        grid.add_column(
            column.head,
            justify="right" if column.is_number else "left",
            style=_STYLES.get(column.head, ""),
            no_wrap=_stays_in_one_line(column, longest, console_width),
            overflow="fold",
        )
    for row in table.rows:
        grid.add_row(*(Text(printable(cell), style="bold red" if cell == "!" else "") for cell in row))
    return grid


def _stays_in_one_line(column: Column, longest: int, console_width: int) -> bool:
    """Whether a column never folds: numbers and kinds are short, and people copy paths."""
    if column.head == "path":
        return longest <= console_width // 2 - 10
    return column.is_number or column.head in ("", "kind")


@contextmanager
def progress_bar(err: TextIO, total: int | None) -> Iterator[Callable[[int], object]]:
    """Show bytes, rate and time left while the block runs; yields a function that moves the bar on by some bytes."""
    shown = progress.BarColumn, progress.DownloadColumn, progress.TransferSpeedColumn, progress.TimeRemainingColumn
    columns = [progress.SpinnerColumn(), *(column() for column in shown)]
    with progress.Progress(*columns, console=Console(file=err), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda moved: bar.update(task, advance=moved)
