"""``--format github``: annotations of a GitHub Actions run, by its workflow commands."""

from __future__ import annotations

import re
from typing import TextIO

from ...logs import Change, Place, Problem
from ...logs.documents import is_document
from ...logs.events import is_stream
from ...logs.present.tables import percent, place_text, precise, printable
from ..stdio import write_lines
from .findings import Findings


def write(out: TextIO, findings: Findings) -> None:
    """
    Write the headline, and a workflow command for each change and each problem.

    An annotation is an error if it fails the run: with an older report, a change that fails; otherwise, each problem.
    """
    report, changes, end = findings.report, findings.changes, findings.max_rows
    level = "error" if changes is None else "warning"
    lines = [*findings.head(), *map(_change, (changes or ())[:end])]
    write_lines(out, lines + [_problem(problem, level, report.bodies) for problem in report.problems[:end]])


def _change(change: Change) -> str:
    level = "error" if change.fails else "notice"
    rates = f"{precise(change.before.share)} before, {precise(change.after.share)} now ({change.reason})"
    return _command(level, {"title": f"{change.trend} {change.kind}"}, f"{change.what}: {rates}")


def _problem(problem: Problem, level: str, total: int) -> str:
    place = problem.places[0]
    share = percent(problem.count, total)
    message = f"{problem.message}, in {problem.count:,} of {total:,} ({share}), first at {place_text(place)}"
    return _command(level, {**_location(place), "title": f"{problem.path} {problem.kind}"}, message)


def _location(place: Place) -> dict[str, str]:
    if place.source == "-" or "://" in place.source:
        return {}
    if is_document(place.source) or is_stream(place.source):  # the places are items or events, not lines
        return {"file": place.source}
    return {"file": place.source, "line": str(place.line)}


def _command(level: str, properties: dict[str, str], message: str) -> str:
    named = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{level} {named}::{_escaped(message)}"


def _escaped(text: str, special: str = "") -> str:
    """*text*, with the characters that have a meaning in workflow commands as percent escapes."""
    return re.sub(f"[%{special}]", lambda match: f"%{ord(match[0]):02X}", printable(text))
