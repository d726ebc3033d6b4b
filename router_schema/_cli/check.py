"""``router-schema check``."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from typing import Any, get_args

from ..converter import dumps, loads
from ..errors import RouterSchemaError
from ..logs import Report, compare
from ..logs.matches import suggest_schema
from ..logs.processes import STDIN, check_here, check_in_processes, expand, total_size
from ..logs.rows import By
from ..logs.work import Options, Progress
from .arguments import MisuseError, add_change_arguments, add_schema_arguments, change_rule, positive
from .outputs import OUTPUTS, Findings, add_output_arguments, require_output
from .streams import complain, terminal_for

_OK, _INVALID, _FAILED, _INTERRUPTED = 0, 1, 2, 130

_EPILOG = """\
exit status: 0 all bodies are valid, 1 a body is not, 2 misuse or a file that cannot be read, 130 interrupted.
With --since: 1 if a change fails, 0 otherwise. A change fails if its share rose by more than chance (Fisher's exact
test), and by enough, as the options say.
"""


def add_parser(commands: Any) -> None:
    """Add the command to those of the parser."""
    parser = commands.add_parser(
        "check",
        help="read bodies and report how many are valid, what is wrong where, and what they hold",
        description="Read bodies and report how many are valid, what is wrong where, and what they hold.",
        epilog=_EPILOG,
    )
    parser.set_defaults(run=_run)
    add = parser.add_argument
    add(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a .json file of one body or an array of them; an .sse file of recorded streams, each event a body; JSON "
        "Lines, one body a line; each of them also compressed with gzip or zstd; a folder of such files; a pattern; or "
        "- for standard input",
    )
    add_output_arguments(parser)
    add("--save", metavar="FILE", help="write the report to FILE, as JSON")
    add("--since", metavar="FILE", help="report what changed since the report in FILE; fail on what is new and bad")
    add("--by", choices=get_args(By), help="group bodies by model, source (file), or hour or day of created")
    add("--max-errors", type=positive, metavar="N", help="stop after N bodies that are not valid")
    add("--jobs", type=positive, default=1, metavar="N", help="read in N processes (default 1)")
    add("--scheduler", metavar="ADDRESS", help="read on the Dask cluster at ADDRESS, such as tcp://host:8786")
    add_change_arguments(parser)
    add_schema_arguments(parser)


def _run(arguments: argparse.Namespace) -> int:
    require_output(sys.stdout, arguments.format, arguments.table, arguments.since is not None)
    rule = change_rule(arguments)
    older = None if arguments.since is None else _load(arguments.since)
    options = Options(arguments.model, arguments.forbid_extra_keys, arguments.max_errors, arguments.by)
    progress, interrupted = Progress(), False
    try:
        _read(arguments, options, progress)
    except KeyboardInterrupt:
        interrupted = True
        complain("interrupted: this is the report of what was read")
    except TypeError as error:  # the class has a field of a type that is not supported
        raise MisuseError(str(error)) from None
    report, failures = progress.done.report, progress.done.failures
    for path, reason in failures:
        complain(f"{path}: {reason}")
    if progress.is_full(options):
        bodies = "1 body that is" if progress.not_valid == 1 else f"{progress.not_valid:,} bodies that are"
        complain(f"stopped after {bodies} not valid")
    changes = None if older is None else compare(older, report, rule)
    if report.bodies or not failures:
        suggestion = "" if interrupted or arguments.scheduler else suggest_schema(arguments.paths, options, report)
        findings = Findings(report, changes, arguments.since, arguments.rows or None, suggestion, arguments.table)
        OUTPUTS[arguments.format](sys.stdout, findings)
    if interrupted:
        return _INTERRUPTED
    if failures:
        return _FAILED
    if arguments.save is not None:
        _save(arguments.save, report)
    if changes is not None:
        return _INVALID if any(change.fails for change in changes) else _OK
    return _OK if report.ok else _INVALID


def _read(arguments: argparse.Namespace, options: Options, progress: Progress) -> None:
    if arguments.scheduler is not None:
        _read_on_cluster(arguments, options, progress)
        return
    paths = list(expand(arguments.paths, lambda path: complain(f"{path}: skipped, not a regular file")))
    if not paths:
        raise MisuseError("there are no files in " + ", ".join(arguments.paths))
    here = [path for path in paths if arguments.jobs == 1 or path == STDIN]
    elsewhere = [path for path in paths if not (arguments.jobs == 1 or path == STDIN)]
    terminal = terminal_for(sys.stderr)
    with terminal.progress_bar(sys.stderr, total_size(paths)) if terminal else nullcontext() as advance:
        check_here(here, options, progress, advance)
        if elsewhere and not progress.is_full(options):
            check_in_processes(elsewhere, options, progress, arguments.jobs, advance)


def _read_on_cluster(arguments: argparse.Namespace, options: Options, progress: Progress) -> None:
    try:
        from ..logs import dask

        with dask.connect(arguments.scheduler) as client:
            dask.check_on(client, arguments.paths, options, progress)
    except (ImportError, OSError) as error:
        raise MisuseError(str(error)) from None


def _load(path: str) -> Report:
    try:
        with open(path, "rb") as file:
            return loads(file.read(), Report)
    except OSError as error:
        raise MisuseError(f"{path}: {error.strerror}") from None
    except RouterSchemaError as error:
        summary = str(error).splitlines()[0]
        raise MisuseError(f"{path} is not a report: {summary}") from None


def _save(path: str, report: Report) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(dumps(report) + "\n")
    except OSError as error:
        raise MisuseError(f"{path}: {error.strerror}") from None
