"""The reports that commands load and print, and the exit status that follows from what they print."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable

from ..logs import ChangeRule, Report, SavedReport, SavedReportError, compare
from ..logs.saved import from_text
from ..logs.sources import STDIN
from ..logs.work import open_stdin
from .arguments import MisuseError
from .outputs import OUTPUTS, Findings
from .stdio import complain, write_out

#: The exit statuses.
OK, INVALID, FAILED, INTERRUPTED = 0, 1, 2, 130


def load_saved(path: str) -> SavedReport:
    """A saved report, ``-`` for standard input. A partial one is used, and a message says that it is."""
    try:
        with open_stdin() if path == STDIN else open(path, "rb") as file:
            saved = from_text(file.read())
    except OSError as error:
        raise MisuseError(f"{path}: {error.strerror or error}") from None
    except SavedReportError as error:
        raise MisuseError(f"{path}: {error}") from None
    if saved.partial:
        complain(f"{path}: a partial report: that run did not read everything")
    return saved


def refuse_to_overwrite(path: str, inputs: Iterable[str]) -> None:
    """
    Raise MisuseError if one of *inputs* is the file at *path*, or if nothing can be written there.

    Call it before reading, which may take hours.
    """
    if not path:
        raise MisuseError("the name of the file to write is empty")
    if path == STDIN:
        raise MisuseError("-: not the name of a file")
    if os.path.isdir(path):
        raise MisuseError(f"{path}: Is a directory")
    if not os.path.isdir(os.path.dirname(os.path.realpath(path))):
        raise MisuseError(f"{path}: No such file or directory")
    if os.path.exists(path) and any(os.path.exists(name) and os.path.samefile(path, name) for name in inputs):
        raise MisuseError(f"{path}: not written, since it is one of the files to read")


def conclude(
    arguments: argparse.Namespace, saved: SavedReport, older: Report | None, rule: ChangeRule, suggestion: str = ""
) -> int:
    """Print a report, and what changed since the older one, that of ``--since``; returns the exit status."""
    report = saved.report
    changes = None if older is None else compare(older, report, rule)
    since, max_rows = arguments.since or "", arguments.rows or None
    findings = Findings(report, changes, since, max_rows, suggestion, arguments.table, saved.partial)
    write_out(lambda out: OUTPUTS[arguments.format].write(out, findings))
    if older is not None and not (older.bodies and report.bodies):
        complain(f"nothing was compared: {'the newer report' if older.bodies else since} has no bodies")
        return FAILED
    if changes is not None:
        return INVALID if any(change.fails for change in changes) else OK
    return OK if report.ok else INVALID
