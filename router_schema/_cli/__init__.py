"""The command line: ``router-schema check PATH...`` and ``router-schema schema``."""

from __future__ import annotations

import argparse
import importlib
import io
import json
import os
import platform
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from importlib import metadata
from typing import Any, TextIO

import attrs

from .. import __version__
from .._json_schema import json_schema
from ..converter import default_converter, dumps, loads, make_converter
from ..errors import RouterSchemaError
from ..logs.compare import Change, changes_between
from ..logs.processes import STDIN, Options, Run, check_here, check_in_processes, expand, total_size
from ..logs.report import Report
from ..models import RouterCompletionsResponseBody
from .tables import changes_table, headline, tables_of, write_markdown, write_text

#: What `--version` tells of, beside the library itself.
_PACKAGES = ("attrs", "cattrs", "ujson", "msgspec")

_OK, _INVALID, _FAILED, _INTERRUPTED = 0, 1, 2, 130

_EPILOG = """\
exit status: 0 all bodies are valid, 1 a body is not, 2 misuse or a file that cannot be read, 130 interrupted.
With --since: 1 where there is a new problem, or more of one, or a field that was always there began to go missing, or
a new finish reason; 0 otherwise.
"""


class _MisuseError(Exception):
    """What the user asked for cannot be done; says why."""


def main(argv: list[str] | None = None) -> int:
    """
    Run the command.

    Args:
        argv: The arguments, without the name of the program; those of the process where it is None.

    Returns:
        The exit status: 0 all valid, 1 something is not, 2 misuse or an unreadable file, 130 interrupted.
    """
    # A stream that was closed when the process began is None.
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        _complain("standard output is closed")
        return _FAILED
    try:
        status = _run(argv)
        sys.stdout.flush()  # when the interpreter ends, it is too late to say what is wrong
    except BrokenPipeError:  # what read our output has seen enough
        status = _INVALID
        _abandon(sys.stdout)
    except OSError as error:
        status = _FAILED
        _abandon(sys.stdout)
        _complain(str(error))
    try:
        sys.stderr.flush()
    except OSError:  # there is no one to tell; the status does
        _abandon(sys.stderr)
    return status


def _run(argv: list[str] | None) -> int:
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse has printed why
        return int(stop.code or 0)
    try:
        status: int = arguments.run(arguments)
        return status
    except _MisuseError as error:
        _complain(str(error))
        return _FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="router-schema", description="Check the completions of LLM routers against their schema."
    )
    parser.add_argument("--version", action=_Version, help="print the versions of what is installed")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="read bodies and report what is valid, what is wrong where, and what they hold",
        description="Read bodies and report what is valid, what is wrong where, and what they hold.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.set_defaults(run=_check)
    add = check.add_argument
    add(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a .json file of one body or an array of them; JSON Lines, one body a line; either compressed with gzip "
        "or zstd; a folder of such; a pattern; or - for standard input",
    )
    add("--format", choices=("text", "json", "markdown"), default="text", help="how the report is printed")
    add("--rows", type=_count, default=20, metavar="N", help="print N rows of each table (default 20, 0 for all)")
    add("--save", metavar="FILE", help="write the report to FILE, as JSON")
    add("--since", metavar="FILE", help="say what changed since the report in FILE, and fail on what is new and bad")
    add("--max-errors", type=_positive, metavar="N", help="stop after N bodies that are not valid")
    add("--jobs", type=_positive, default=1, metavar="N", help="read in N processes (default 1)")
    add("--scheduler", metavar="ADDRESS", help="read on the Dask cluster at ADDRESS, such as tcp://host:8786")
    schema = commands.add_parser(
        "schema",
        help="print the JSON Schema of a body",
        description="Print the JSON Schema (draft 2020-12) of a body.",
    )
    schema.set_defaults(run=_schema)
    for command in (check, schema):
        command.add_argument(
            "--forbid-extra-keys", action="store_true", help="take keys that the schema does not name as problems"
        )
        command.add_argument(
            "--model",
            type=_model,
            default=RouterCompletionsResponseBody,
            metavar="MODULE:CLASS",
            help="what a body should be, in place of the shipped class",
        )
    return parser


def _schema(arguments: argparse.Namespace) -> int:
    converter = make_converter(forbid_extra_keys=arguments.forbid_extra_keys)
    try:
        schema = json_schema(arguments.model, converter=converter)
    except TypeError as error:  # the class has a field of a type that is not supported
        raise _MisuseError(str(error)) from None
    print(json.dumps(schema, indent=2))
    return _OK


def _check(arguments: argparse.Namespace) -> int:
    older = None if arguments.since is None else _load(arguments.since)
    options = Options(arguments.model, arguments.forbid_extra_keys, arguments.max_errors)
    run, interrupted = Run(), False
    try:
        _read(arguments, options, run)
    except KeyboardInterrupt:
        interrupted = True
        _complain("interrupted: this is the report of what was read")
    except TypeError as error:  # the class has a field of a type that is not supported
        raise _MisuseError(str(error)) from None
    for path, reason in run.done.failures:
        _complain(f"{path}: {reason}")
    if run.is_full(options):
        bodies = "1 body that is" if run.not_valid == 1 else f"{run.not_valid:,} bodies that are"
        _complain(f"stopped after {bodies} not valid")
    changes = () if older is None else changes_between(older, run.report)
    if run.report.bodies or not run.done.failures:
        _print(arguments, run.report, changes)
    if interrupted:
        return _INTERRUPTED
    if run.done.failures:
        return _FAILED
    if arguments.save is not None:
        _save(arguments.save, run.report)
    if older is not None:
        return _INVALID if any(change.breaks for change in changes) else _OK
    return _OK if run.report.ok else _INVALID


def _read(arguments: argparse.Namespace, options: Options, run: Run) -> None:
    if arguments.scheduler is not None:
        _read_on_cluster(arguments, options, run)
        return
    paths = list(expand(arguments.paths))
    if not paths:
        raise _MisuseError("there are no files in " + ", ".join(arguments.paths))
    here = [path for path in paths if arguments.jobs == 1 or path == STDIN]
    elsewhere = [path for path in paths if not (arguments.jobs == 1 or path == STDIN)]
    with _progress(total_size(paths)) as advance:
        if here:
            check_here(here, options, run, advance)
        if elsewhere and not run.is_full(options):
            check_in_processes(elsewhere, options, run, arguments.jobs, advance)


def _read_on_cluster(arguments: argparse.Namespace, options: Options, run: Run) -> None:
    try:
        from ..logs import dask

        with dask.connect(arguments.scheduler) as client:
            dask.check_on(client, arguments.paths, options, run)
    except (ImportError, OSError) as error:
        raise _MisuseError(str(error)) from None


def _screen_for(stream: TextIO) -> Any:
    """The module that draws on terminals, where *stream* is one and rich is installed; or None."""
    if not stream.isatty():
        return None
    try:
        from . import terminal as _screen
    except ImportError:
        return None
    return _screen


def _progress(total: int | None) -> AbstractContextManager[Callable[[int], object] | None]:
    """A progress bar on standard error, where that can be drawn on."""
    screen = _screen_for(sys.stderr)
    return nullcontext() if screen is None else screen.progress(sys.stderr, total)


def _print(arguments: argparse.Namespace, report: Report, changes: tuple[Change, ...]) -> None:
    out = sys.stdout
    if isinstance(out, io.TextIOWrapper):  # names may hold what the terminal's encoding does not
        out.reconfigure(errors="backslashreplace")
    if arguments.format == "json":
        text = dumps(report)
        if arguments.since is not None:
            text = f'{{"report":{text},"changes":{json.dumps([attrs.asdict(change) for change in changes])}}}'
        out.write(text + "\n")
        return
    max_rows = arguments.rows or None
    tables = tables_of(report, max_rows)
    if arguments.since is not None:
        tables.append(changes_table(changes, arguments.since, max_rows))
    if arguments.format == "markdown":
        write_markdown(out, headline(report), tables)
    elif (screen := _screen_for(out)) is not None:
        screen.write_screen(out, headline(report), tables, report.ok)
    else:
        write_text(out, headline(report), tables)


def _load(path: str) -> Report:
    try:
        with open(path, "rb") as file:
            return loads(file.read(), Report)
    except OSError as error:
        raise _MisuseError(f"{path}: {error.strerror}") from None
    except RouterSchemaError as error:
        raise _MisuseError(f"{path} is not a report: {error}") from None


def _save(path: str, report: Report) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(dumps(report) + "\n")
    except OSError as error:
        raise _MisuseError(f"{path}: {error.strerror}") from None


def _model(text: str) -> Any:
    """The class that ``module:Class`` names, of a module in the current folder or an installed one."""
    module, _, name = text.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        cl = getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:  # what a module does when it is imported is up to its author
        raise argparse.ArgumentTypeError(f"{text!r} cannot be imported ({error})") from None
    if not (isinstance(cl, type) and attrs.has(cl)):
        raise argparse.ArgumentTypeError(f"{text!r} is not an attrs class")
    return cl


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def _positive(text: str) -> int:
    if _count(text) == 0:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def _complain(message: str) -> None:
    with suppress(OSError):
        print(f"router-schema: {message}", file=sys.stderr)


def _abandon(stream: TextIO) -> None:
    """Let what *stream* still holds, and cannot be written, go nowhere: the interpreter would try it again."""
    with suppress(OSError), open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())


class _Version(argparse.Action):
    """Prints the versions of everything that matters in a bug report, one a line."""

    def __init__(self, **options: Any) -> None:
        super().__init__(nargs=0, **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(f"router-schema {__version__}, engine {default_converter.engine}")
        print(f"Python {platform.python_version()}")
        for name in _PACKAGES:
            print(f"{name} {_version(name)}")
        parser.exit()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
