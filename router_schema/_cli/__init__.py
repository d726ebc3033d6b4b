"""The command line, ``router-schema``: its parser, its exit status, and standard streams that are closed or full."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import traceback
from typing import Any

from .. import __version__
from ..converter import default_converter
from ..logs.present.tables import printable
from ..logs.work import ENDED
from . import check, diff, merge, schema
from .arguments import MisuseError
from .reports import FAILED, INTERRUPTED, OK
from .stdio import abandon, complain

#: The environment variable that prints the traceback of an unexpected error.
_TRACEBACK = "ROUTER_SCHEMA_TRACEBACK"

#: The packages that ``--version`` lists: the dependencies, and those of the extras.
_PACKAGES = ("attrs", "cattrs", "ujson", "rich", "backports.zstd", "distributed", "fsspec", "pyarrow")


def main(argv: list[str] | None = None) -> int:
    """
    Run the command.

    Args:
        argv: The arguments, without the name of the program; None means those of the process.

    Returns:
        The exit status: 0 all valid, 1 a body or a change fails, 2 no verdict (misuse, an unreadable file, a lost
        cluster, any error), 130 interrupted.
    """
    # A stream that was closed when the process began is None.
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        complain("standard output is closed")
        return FAILED
    status = OK
    try:
        status = _run(argv)
        sys.stdout.flush()  # the interpreter flushes too late for a message
    except BrokenPipeError:  # the reader closed the pipe, as `head` does
        abandon(sys.stdout)
    except KeyboardInterrupt:
        status = INTERRUPTED
        complain("interrupted")
    except OSError as error:
        status = FAILED
        abandon(sys.stdout)
        complain(str(error))
    except Exception as error:
        status = FAILED
        _report_unexpected(error)
    try:
        sys.stderr.flush()
    except OSError:  # nobody reads messages; only the status matters
        abandon(sys.stderr)
    return status


def _run(argv: list[str] | None) -> int:
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:  # argparse has printed why
        return int(stop.code or OK)
    try:
        status: int = arguments.run(arguments)
        return status
    except MisuseError as error:
        complain(str(error))
    except SystemExit:
        complain(ENDED)
    return FAILED


def _report_unexpected(error: Exception) -> None:
    """Report an unexpected error. Its message may quote a body, so only the traceback shows it, on request."""
    if os.environ.get(_TRACEBACK, "0") not in ("", "0"):
        traceback.print_exception(error)
        return
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    complain(f"unexpected {type(error).__name__} at {place}; {_TRACEBACK}=1 prints the traceback")


class _Parser(argparse.ArgumentParser):
    """A parser whose messages can't control the terminal: they quote arguments."""

    def error(self, message: str) -> Any:
        super().error(printable(message))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="router-schema", description="Check the completions of LLM routers against their schema.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the engine and the package versions")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in (check, diff, merge, schema):
        command.add_parser(commands)
    return parser


class _Version(argparse.Action):
    """Prints the versions that matter in a bug report, one per line."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib import metadata  # imported here: it would slow the start of every other command by a tenth

        print(f"router-schema {__version__}, engine {default_converter.engine}")
        print(f"Python {platform.python_version()}")
        for name in _PACKAGES:
            try:
                print(f"{name} {metadata.version(name)}")
            except metadata.PackageNotFoundError:
                print(f"{name} not installed")
        parser.exit()
