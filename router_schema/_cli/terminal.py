"""The terminal: a coloured report and a progress bar. Needs rich (the extra ``cli``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich import progress
from rich.console import Console

from ..logs.present.tables import Table
from ..logs.present.terminal import renderables


def write_report(out: TextIO, head: Sequence[str], tables: Sequence[Table], ok: bool) -> None:
    """Write a report to a terminal, as wide as that is."""
    console = Console(file=out, highlight=False, emoji=False, markup=False)
    for part in renderables(head, tables, ok, console.width):
        console.print(part)


@contextmanager
def progress_bar(err: TextIO, total: int | None) -> Iterator[Callable[[int], object]]:
    """Show bytes, rate and time left while the block runs; yields a function that moves the bar on by some bytes."""
    shown = progress.BarColumn, progress.DownloadColumn, progress.TransferSpeedColumn, progress.TimeRemainingColumn
    columns = [progress.SpinnerColumn(), *(column() for column in shown)]
    with progress.Progress(*columns, console=Console(file=err), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda moved: bar.update(task, advance=moved)
