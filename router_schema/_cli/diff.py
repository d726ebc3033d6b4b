"""``router-schema diff``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from .arguments import add_change_arguments, change_rule
from .outputs import add_output_arguments, require_output
from .reports import conclude, load_saved


def add_parser(commands: Any) -> None:
    """Add the command to those of the parser."""
    parser = commands.add_parser(
        "diff",
        help="report what changed between two saved reports",
        description="Report what changed between two saved reports, as check --since does.",
        epilog="exit status: 0 no change fails, 1 a change fails, 2 a file is not a saved report.",
    )
    parser.set_defaults(run=_run)
    parser.add_argument("since", metavar="OLD", help="a report that check --save wrote, or - for standard input")
    parser.add_argument("new", metavar="NEW", help="a later one")
    add_output_arguments(parser, table="changes")
    add_change_arguments(parser)


def _run(arguments: argparse.Namespace) -> int:
    require_output(sys.stdout, arguments.format, arguments.table, has_changes=True)
    rule = change_rule(arguments)
    older, newer = load_saved(arguments.since), load_saved(arguments.new)
    return conclude(arguments, newer, older.report, rule)
