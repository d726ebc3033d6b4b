"""The outputs of the command, by their names in ``--format``: one file each."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TextIO

from ...logs.present.records import RECORDS
from ..arguments import MisuseError, count
from . import csv, github, html, json, markdown, parquet, text
from .findings import Findings

OUTPUTS: dict[str, Callable[[TextIO, Findings], None]] = {
    "text": text.write,
    "json": json.write,
    "markdown": markdown.write,
    "html": html.write,
    "csv": csv.write,
    "parquet": parquet.write,
    "github": github.write,
}

__all__ = ["OUTPUTS", "Findings", "add_output_arguments", "require_output"]


def add_output_arguments(parser: argparse.ArgumentParser, table: str = "problems") -> None:
    """The options that say how to print a report; *table* is the default of ``--table``."""
    parser.add_argument(
        "--format",
        choices=tuple(OUTPUTS),
        default="text",
        metavar="NAME",
        help="how to print the report: text (the default), markdown for a ticket, html as a page with plots, json for "
        "programs, csv or parquet for one table, github for annotations of GitHub Actions",
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
        help="print N rows of each table that grows with the log (default 20, 0 for all); of the fields of the schema, "
        "all are printed",
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
