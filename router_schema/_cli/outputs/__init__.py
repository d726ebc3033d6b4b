"""The outputs of the command, by their names in ``--format``: one file each."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple, TextIO

from ...logs.present.records import RECORDS
from ..arguments import MisuseError, count
from . import csv, github, html, json, markdown, parquet, text
from .findings import Findings


class Output(NamedTuple):
    """How to write an output, and what the help says of it."""

    write: Callable[[TextIO, Findings], None]
    words: str


OUTPUTS = {
    "text": Output(text.write, "the default"),
    "markdown": Output(markdown.write, "for a ticket"),
    "html": Output(html.write, "a page with plots"),
    "json": Output(json.write, "for programs"),
    "csv": Output(csv.write, "one table"),
    "parquet": Output(parquet.write, "one table"),
    "github": Output(github.write, "annotations of GitHub Actions"),
}

__all__ = ["OUTPUTS", "Findings", "add_output_arguments", "require_output"]


def add_output_arguments(parser: argparse.ArgumentParser, table: str = "problems") -> None:
    """The options that say how to print a report; *table* is the default of ``--table``."""
    parser.add_argument(
        "--format",
        choices=tuple(OUTPUTS),
        default="text",
        metavar="NAME",
        help="how to print the report: " + ", ".join(f"{name} ({output.words})" for name, output in OUTPUTS.items()),
    )
    parser.add_argument(
        "--table",
        choices=RECORDS,
        default=table,
        metavar="NAME",
        help=f"the table that csv and parquet print, all of its rows: {', '.join(RECORDS)} (default {table})",
    )
    parser.add_argument(
        "--rows",
        type=count,
        default=20,
        metavar="N",
        help="print N rows of each table that grows with the log (default 20, 0 for all); the table "
        "of the schema's fields is always complete",
    )


def require_output(out: TextIO, name: str, table: str, has_changes: bool) -> None:
    """
    Check that the output of that name can be written, before anything is read.

    Raises:
        MisuseError: If it can't be.
    """
    if table == "changes" and not has_changes:
        raise MisuseError("--table changes needs a report to compare with")
    if name == "parquet":
        parquet.require(out)
