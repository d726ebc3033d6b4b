"""``router-schema check``."""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, get_args

from ..logs import SavedReport, interrupts, save_report
from ..logs.processes import check_here, check_in_processes
from ..logs.rows import By
from ..logs.sources import STDIN, find_files, total_size
from ..logs.suggestions import suggest
from ..logs.work import FileRange, Options, Progress, StoppedError
from .arguments import MisuseError, add_change_arguments, add_schema_arguments, change_rule, positive
from .outputs import add_output_arguments, require_output
from .reports import FAILED, INTERRUPTED, OK, conclude, load_saved, refuse_to_overwrite
from .stdio import complain, terminal_for

_EPILOG = """\
exit status: 0 all bodies are valid, 1 a body is not valid, 130 interrupted, 2 no verdict: wrong usage, a file that
cannot be read, a lost worker or cluster, any other error (ROUTER_SCHEMA_TRACEBACK=1 prints its traceback).
With --since: 1 if a change fails, 0 otherwise. A change fails if its share rose by more than chance (Fisher's exact
test) and by enough, as set by the options above.
"""


def add_parser(commands: Any) -> None:
    """Add the command to those of the parser."""
    parser = commands.add_parser(
        "check",
        help="read bodies and report how many are valid, what is wrong where, and what they contain",
        description="Read bodies and report how many are valid, what is wrong where, and what they contain.",
        epilog=_EPILOG,
    )
    parser.set_defaults(run=_run)
    add = parser.add_argument
    add(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a .json file of one body or an array of them; an .sse file of recorded streams, each event a body; JSON "
        "Lines, one body per line; any of these compressed with gzip or zstd; a folder of such files; a pattern; an "
        "address such as s3://bucket/log.jsonl (needs the extra remote); or - for standard input",
    )
    add_output_arguments(parser)
    add("--save", metavar="FILE", help="write the report to FILE, as JSON; not if the run is interrupted or fails")
    add("--save-partial", action="store_true", help="also save an interrupted or failed run, marked as partial")
    add("--since", metavar="FILE", help="report what changed since the report in FILE, or - for standard input")
    add("--by", choices=get_args(By), help="group bodies by model, source (file), or hour or day of created")
    add("--max-errors", type=positive, metavar="N", help="stop after N bodies that are not valid")
    add("--jobs", type=positive, default=1, metavar="N", help="read in N processes (default 1)")
    add("--scheduler", metavar="ADDRESS", help="read on the Dask cluster at ADDRESS, such as tcp://host:8786")
    add_change_arguments(parser)
    add(
        "--timeout",
        type=positive,
        default=60,
        metavar="SECONDS",
        help="give up after SECONDS without workers on the cluster (default 60)",
    )
    add_schema_arguments(
        parser, ". For streams, orq selects orq.CreateCompletionData, and router and openai openai.CompletionChunk"
    )


def _run(arguments: argparse.Namespace) -> int:
    require_output(sys.stdout, arguments.format, arguments.table, arguments.since is not None)
    rule = change_rule(arguments)
    if arguments.since == STDIN and STDIN in arguments.paths:
        raise MisuseError("standard input can't be both the log and the older report")
    older = None if arguments.since is None else load_saved(arguments.since).report
    options = _options(arguments)
    files = _files(arguments.paths)
    if arguments.save is None:
        if arguments.save_partial:
            raise MisuseError("--save-partial needs --save")
    else:
        refuse_to_overwrite(arguments.save, (file.name for file in files))
    progress = Progress(options)
    stopped = _read(arguments, files, progress)
    report, failures = progress.report, progress.failures
    for path, reason in failures:
        complain(f"{path}: {reason}")
    if progress.is_full:
        bodies = "1 body that is" if progress.not_valid == 1 else f"{progress.not_valid:,} bodies that are"
        complain(f"stopped after {bodies} not valid")
    status = stopped or (FAILED if failures else OK)
    found = SavedReport(report, partial=status != OK or progress.is_full)
    if arguments.save is not None:
        if status == OK or arguments.save_partial:
            saved = _save(arguments.save, found)
            status = status or saved
        else:
            complain(f"{arguments.save}: not written, because the report is partial (--save-partial writes it)")
    if report.bodies or status in (OK, INTERRUPTED):
        suggestion = "" if stopped or arguments.scheduler else suggest(arguments.paths, options, report)
        verdict = conclude(arguments, found, older, rule, suggestion)
        return status or verdict
    return status


def _options(arguments: argparse.Namespace) -> Options:
    options = Options(arguments.model, arguments.forbid_extra_keys, arguments.max_errors, arguments.by)
    try:
        options.checker("")
    except TypeError as error:  # the class has a field of a type that is not supported
        raise MisuseError(str(error)) from None
    return options


def _files(paths: Sequence[str]) -> list[FileRange]:
    if "" in paths:
        raise MisuseError("a path is empty")
    try:
        files = list(find_files(paths, _skip))
    except (ImportError, OSError) as error:
        raise MisuseError(str(error)) from None
    if not files:
        raise MisuseError("there are no files in " + ", ".join(paths))
    return files


def _skip(path: str) -> None:
    complain(f"{path}: skipped, {'a link to another folder' if os.path.isdir(path) else 'not a regular file'}")


def _read(arguments: argparse.Namespace, files: list[FileRange], progress: Progress) -> int:
    """Read the files into *progress*; returns the exit status if that was stopped, else 0."""
    try:
        with _handling_signals():
            _read_all(arguments, files, progress)
    except KeyboardInterrupt:
        complain("interrupted: this is the report of what was read")
        return INTERRUPTED
    except StoppedError as error:
        complain(str(error))
        return FAILED
    return OK


@contextmanager
def _handling_signals() -> Iterator[None]:
    """
    Let a termination signal, such as a scheduler of jobs sends, do what Ctrl-C does.

    Raises:
        KeyboardInterrupt: A signal arrived; not while counts are added up.
    """
    if threading.current_thread() is not threading.main_thread():  # which alone can handle signals
        yield
        return
    numbers = signal.SIGINT, signal.SIGTERM
    before = [signal.signal(number, interrupts.handle) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _read_all(arguments: argparse.Namespace, files: list[FileRange], progress: Progress) -> None:
    is_parallel = arguments.jobs > 1 or arguments.scheduler is not None
    terminal = terminal_for(sys.stderr)
    with terminal.progress_bar(sys.stderr, total_size(files)) if terminal else nullcontext() as advance:
        # In the order of the files, which matters to --max-errors.
        for is_here, group in itertools.groupby(files, lambda file: not is_parallel or file.name == STDIN):
            if progress.is_full:
                return
            if is_here:
                check_here(list(group), progress, advance)
            elif arguments.scheduler is not None:
                _read_on_cluster(arguments, list(group), progress, advance)
            else:
                check_in_processes(list(group), progress, arguments.jobs, advance)


def _read_on_cluster(arguments: argparse.Namespace, files: list[FileRange], progress: Progress, advance: Any) -> None:
    try:
        from ..logs import dask
    except ImportError as error:
        raise MisuseError(str(error)) from None
    with dask.connect(arguments.scheduler) as client:
        dask.check_on(client, files, progress, timeout=arguments.timeout, advance=advance, tell=complain)


def _save(path: str, found: SavedReport) -> int:
    try:
        save_report(found.report, path, partial=found.partial)
    except OSError as error:
        complain(f"{path}: {error.strerror}")
        return FAILED
    return OK
