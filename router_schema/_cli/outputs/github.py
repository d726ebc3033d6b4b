"""``--format github``: annotations of a GitHub Actions run, by its workflow commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from ...logs import Change, Place, Problem
from ...logs.present.tables import percent, place_text, precise, printable
from .findings import Findings
from .writing import write_lines

#: Files whose places are items or events, not lines.
_NOT_LINES = re.compile(r"\.(json|sse)(\.gz|\.zst)?$")


def write(out: TextIO, findings: Findings) -> None:
    """
    Write the headline, and a workflow command for each change and each problem.

    An annotation is an error if it fails the run: with an older report, a change that fails; otherwise, each problem.
    """
    lines = list(findings.head())
    if findings.changes is None:
        problems = "error"
    else:
        problems = "warning"
        lines += _cut((_change(change) for change in findings.changes), findings.max_rows)
    total = findings.report.bodies
    lines += _cut((_problem(problem, problems, total) for problem in findings.report.problems), findings.max_rows)
    write_lines(out, lines)


def _cut(lines: Iterator[str], max_rows: int | None) -> list[str]:
    return list(lines)[:max_rows]


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
    return (
        {"file": place.source} if _NOT_LINES.search(place.source) else {"file": place.source, "line": str(place.line)}
    )


def _command(level: str, properties: dict[str, str], message: str) -> str:
    named = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{level} {named}::{_escaped(message)}"


def _escaped(text: str, special: str = "") -> str:
    """*text*, with the characters that have a meaning in workflow commands as percent escapes."""
    return re.sub(f"[%{special}]", lambda match: f"%{ord(match[0]):02X}", printable(text))
