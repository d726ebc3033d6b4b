"""``router-schema merge``."""

from __future__ import annotations

import argparse
import functools
import operator
from typing import Any

from ..logs import Report, save_report
from ..logs.saved import to_text
from ..logs.sources import STDIN
from .arguments import MisuseError
from .reports import OK, load_saved, refuse_to_overwrite
from .stdio import ascii_json, write_out


def add_parser(commands: Any) -> None:
    """Add the command to those of the parser."""
    parser = commands.add_parser(
        "merge",
        help="merge saved reports",
        description="Merge saved reports into one that covers all their bodies. It is partial if any of them is.",
        epilog="exit status: 0 the report was written, 2 a file is not a saved report or cannot be written.",
    )
    parser.set_defaults(run=_run)
    parser.add_argument(
        "paths", nargs="+", metavar="REPORT", help="a report that check --save wrote, or - for standard input"
    )
    parser.add_argument(
        "-o", "--output", default=STDIN, metavar="FILE", help="the file to write (default -, standard output)"
    )


def _run(arguments: argparse.Namespace) -> int:
    to_stdout = arguments.output == STDIN
    if not to_stdout:
        refuse_to_overwrite(arguments.output, arguments.paths)
    saved = [load_saved(path) for path in arguments.paths]
    report = functools.reduce(operator.or_, (part.report for part in saved), Report())
    partial = any(part.partial for part in saved)
    if to_stdout:
        write_out(lambda out: out.write(ascii_json(to_text(report, partial=partial)) + "\n"))
        return OK
    try:
        save_report(report, arguments.output, partial=partial)
    except OSError as error:
        raise MisuseError(f"{arguments.output}: {error.strerror}") from None
    return OK
