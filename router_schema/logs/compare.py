"""What changed between two reports: whether a router began to send something else, and what."""

from __future__ import annotations

import math
from collections.abc import Iterator

import attrs

from .report import Report
from .rows import FieldUse

#: A share that moved by less is not worth a line.
_MIN_SHIFT = 0.01

#: Neither is one that may have moved by chance, in standard errors: small samples must not raise an alarm.
_MIN_SIGMAS = 4.0


@attrs.frozen
class Change:
    """
    One difference between an older report and a newer one.

    Attributes:
        kind: ``"new problem"``, ``"more of a problem"``, ``"began to go missing"``, ``"new finish reason"``, ``"new
            unknown key"``, ``"new type"``, ``"new object"``, ``"new model"``, ``"share"`` or ``"problem gone"``.
        what: The path or value that changed, and what about it.
        before: The share in the older report, from 0 to 1.
        after: The share in the newer report.
        breaks: Whether it is a reason to stop and look: one of the first four kinds.
    """

    kind: str
    what: str
    before: float
    after: float
    breaks: bool


def compare(older: Report, newer: Report) -> tuple[Change, ...]:
    """
    What changed from *older* to *newer*: first what breaks, then what is good to know.

    If a table of the older report was full, nothing is called new there: it may have been left out.
    """
    found = [
        *_problem_changes(older, newer),
        *_field_changes(older, newer),
        *_value_changes("finish reason", "finish_reasons", older, newer, breaks=True),
        *_value_changes("object", "objects", older, newer, breaks=False),
        *_value_changes("model", "models", older, newer, breaks=False),
        *_key_changes(older, newer),
        *_body_changes(older, newer),
    ]
    return tuple(sorted(found, key=lambda change: not change.breaks))


@attrs.frozen
class _Share:
    """A count as a part of a total."""

    count: int
    total: int

    def __float__(self) -> float:
        return min(self.count / self.total, 1.0) if self.total else 0.0

    def moved_to(self, after: _Share) -> bool:
        """Whether the share moved, by enough to matter and by more than chance."""
        if not self.total or not after.total:
            return False
        pooled = (self.count + after.count) / (self.total + after.total)
        error = math.sqrt(max(pooled * (1 - pooled), 0.0) * (1 / self.total + 1 / after.total))
        shift = abs(float(self) - float(after))
        return shift >= _MIN_SHIFT and shift > _MIN_SIGMAS * error


def _change(kind: str, what: str, before: _Share, after: _Share, breaks: bool = False) -> Change:
    return Change(kind, what, float(before), float(after), breaks)


def _problem_changes(older: Report, newer: Report) -> Iterator[Change]:
    known = {problem.key: problem for problem in older.problems}
    for problem in newer.problems:
        what = f"{problem.path} {problem.kind}: {problem.message}"
        old = known.pop(problem.key, None)
        before = _Share(old.count if old else 0, older.bodies)
        after = _Share(problem.count, newer.bodies)
        if old is None:
            if not older.left_out.problems:
                yield _change("new problem", what, before, after, breaks=True)
        elif before.moved_to(after):
            more = float(after) > float(before)
            yield _change("more of a problem" if more else "share", what, before, after, breaks=more)
    if newer.left_out.problems:
        return
    for gone in known.values():
        before, after = _Share(gone.count, older.bodies), _Share(0, newer.bodies)
        if before.moved_to(after):
            yield _change("problem gone", f"{gone.path} {gone.kind}: {gone.message}", before, after)


def _field_changes(older: Report, newer: Report) -> Iterator[Change]:
    known = {field.path: field for field in older.fields}
    missing = {problem.path for problem in newer.problems if problem.kind == "missing"}
    for field in newer.fields:
        old = known.get(field.path)
        if old is None:
            continue
        if field.path not in missing:  # else a problem already
            yield from _presence_changes(old, field)
        for name, count in field.types.seen().items():
            before, after = _Share(getattr(old.types, name).count, old.present), _Share(count, field.present)
            if not before.count:
                yield _change("new type", f"{field.path} {name}", before, after)
            elif before.moved_to(after):
                yield _change("share", f"{field.path} {name}", before, after)


def _presence_changes(old: FieldUse, new: FieldUse) -> Iterator[Change]:
    before, after = _Share(old.present, old.count), _Share(new.present, new.count)
    if before.count == before.total and after.count < after.total:
        yield _change("began to go missing", new.path, before, after, breaks=True)
    elif before.moved_to(after):
        yield _change("share", f"{new.path} present", before, after)


def _value_changes(name: str, table: str, older: Report, newer: Report, *, breaks: bool) -> Iterator[Change]:
    known = {row.value: row.count for row in getattr(older, table)}
    left_out = getattr(older.left_out, table)
    total_before = sum(known.values()) + left_out
    total_after = sum(row.count for row in getattr(newer, table)) + getattr(newer.left_out, table)
    for row in getattr(newer, table):
        before, after = _Share(known.get(row.value, 0), total_before), _Share(row.count, total_after)
        if not before.count:
            if not left_out:
                yield _change(f"new {name}", repr(row.value), before, after, breaks)
        elif before.moved_to(after):
            yield _change("share", f"{name} {row.value!r}", before, after)


def _key_changes(older: Report, newer: Report) -> Iterator[Change]:
    if older.left_out.unknown_keys:
        return
    known = {key.path for key in older.unknown_keys}
    for key in newer.unknown_keys:
        if key.path not in known:
            what = f"{key.path} ({', '.join(key.types.seen())})"
            yield _change("new unknown key", what, _Share(0, older.bodies), _Share(key.count, newer.bodies))


def _body_changes(older: Report, newer: Report) -> Iterator[Change]:
    for name in ("valid", "malformed", "error_bodies"):
        before = _Share(getattr(older, name), older.bodies)
        after = _Share(getattr(newer, name), newer.bodies)
        if before.moved_to(after):
            yield _change("share", f"bodies that are {name.replace('_', ' ')}", before, after)
    before, after = _Share(older.incomplete_streams, older.streams), _Share(newer.incomplete_streams, newer.streams)
    if before.moved_to(after):
        yield _change("share", "streams that are incomplete", before, after)
