"""The terminal: a coloured report and a progress bar. The only module that needs rich (the extra ``cli``)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table as RichTable
from rich.text import Text

from .tables import Table, printable


def write_screen(out: TextIO, title: str, tables: Iterable[Table], ok: bool) -> None:
    """Write a report to a terminal, as wide as that is."""
    console = Console(file=out, highlight=False, emoji=False, markup=False)
    console.print(Text(printable(title), style="bold green" if ok else "bold red"))
    for table in tables:
        console.print()
        console.print(Text(printable(table.title), style="bold"))
        console.print(_grid(table, console.width))
        if table.note:
            console.print(Text(f" {table.note}", style="dim"))


def _grid(table: Table, console_width: int) -> RichTable:
    grid = RichTable(
        box=box.SIMPLE_HEAD, show_edge=False, show_header=any(table.columns), pad_edge=False, header_style="dim"
    )
    for index, column in enumerate(table.columns):
        name = column.lstrip(">")
        longest = max(len(printable(text)) for text in (name, *(row[index] for row in table.rows)))
        # Numbers and kinds are short, and paths are what people copy: other text folds first.
        in_one_line = (
            column.startswith(">") or name in ("", "kind") or (name == "path" and longest <= console_width // 2 - 10)
        )
        grid.add_column(
            name,
            justify="right" if column.startswith(">") else "left",
            style=_STYLES.get(name, ""),
            no_wrap=in_one_line,
            overflow="fold",
        )
    for row in table.rows:
        grid.add_row(*(Text(printable(cell), style="bold red" if cell == "!" else "") for cell in row))
    return grid


_STYLES = {"path": "cyan", "kind": "yellow", "change": "yellow", "first at": "dim", "types": "dim"}


@contextmanager
def progress(err: TextIO, total: int | None) -> Iterator[Callable[[int], object]]:
    """A progress bar of bytes, rate and time left, while the block runs; gives what moves it on."""
    columns = SpinnerColumn(), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(file=err), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda moved: bar.update(task, advance=moved)
