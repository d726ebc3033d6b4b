"""What changed between two reports: whether a router began to send something else, and what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import attrs

from .report import FieldUse, Problem, Report, ValueCount

#: A share that moved by less than this is not worth a line.
_MIN_SHIFT = 0.01

#: Nor is one that may have moved by chance, in standard errors: small samples must not cry wolf.
_MIN_SIGMAS = 4.0


@attrs.frozen
class Change:
    """
    One difference between an older report and a newer one.

    Attributes:
        kind: ``"new problem"``, ``"more of a problem"``, ``"began to go missing"``, ``"new finish reason"``, ``"new
            unknown key"``, ``"new type"``, ``"new object"``, ``"new model"``, ``"share"`` or ``"problem gone"``.
        what: The path or value that it is about, and what about it.
        before: The share in the older report, from 0 to 1.
        after: The share in the newer one.
        breaks: Whether it is a reason to stop and look: one of the first four kinds.
    """

    kind: str
    what: str
    before: float
    after: float
    breaks: bool


def changes_between(older: Report, newer: Report) -> tuple[Change, ...]:
    """
    What changed from *older* to *newer*; first what breaks, then what is good to know.

    Where a table of the older report was full, nothing is called new: it may have been left out.
    """
    found = [
        *_problem_changes(older, newer),
        *_field_changes(older, newer),
        *_value_changes(
            "finish reason", older.finish_reasons, newer.finish_reasons, older.left_out.finish_reasons, True
        ),
        *_value_changes("object", older.objects, newer.objects, older.left_out.objects, False),
        *_value_changes("model", older.models, newer.models, older.left_out.models, False),
        *_key_changes(older, newer),
        *_body_changes(older, newer),
    ]
    return tuple(sorted(found, key=lambda change: not change.breaks))


def describe(problem: Problem) -> str:
    """What is wrong, in a phrase without the path."""
    got = "" if problem.kind == "missing" else f", got {problem.actual}"
    return f"expected {problem.expected}{got}"


def _problem_changes(older: Report, newer: Report) -> Iterator[Change]:
    known = {problem.key: problem for problem in older.problems}
    for problem in newer.problems:
        before = known.pop(problem.key, None)
        what = f"{problem.path} {problem.kind}: {describe(problem)}"
        after = _share(problem.count, newer.bodies)
        if before is not None:
            if _shifted(before.count, older.bodies, problem.count, newer.bodies):
                share = _share(before.count, older.bodies)
                more = after > share
                yield Change("more of a problem" if more else "share", what, share, after, more)
        elif not older.left_out.problems:
            yield Change("new problem", what, 0.0, after, True)
    if not newer.left_out.problems and newer.bodies:
        for gone in known.values():
            if _shifted(gone.count, older.bodies, 0, newer.bodies):
                what = f"{gone.path} {gone.kind}: {describe(gone)}"
                yield Change("problem gone", what, _share(gone.count, older.bodies), 0.0, False)


def _field_changes(older: Report, newer: Report) -> Iterator[Change]:
    known = {field.path: field for field in older.fields}
    told = {(problem.path, problem.kind) for problem in newer.problems}
    for field in newer.fields:
        before = known.get(field.path)
        if before is None:
            continue
        yield from _presence_changes(before, field, (field.path, "missing") in told)
        for name, count in field.types.seen().items():
            earlier = getattr(before.types, name)
            if not earlier:
                yield Change("new type", f"{field.path} {name}", 0.0, _share(count, field.present), False)
            elif _shifted(earlier, before.present, count, field.present):
                shares = _share(earlier, before.present), _share(count, field.present)
                yield Change("share", f"{field.path} {name}", *shares, False)


def _presence_changes(before: FieldUse, after: FieldUse, is_problem: bool) -> Iterator[Change]:
    if is_problem:  # told as such
        return
    shares = _share(before.present, before.count), _share(after.present, after.count)
    if before.present == before.count and after.present < after.count:
        yield Change("began to go missing", after.path, *shares, True)
    elif _shifted(before.present, before.count, after.present, after.count):
        yield Change("share", f"{after.path} present", *shares, False)


def _value_changes(
    name: str, older: tuple[ValueCount, ...], newer: tuple[ValueCount, ...], left_out: int, breaks: bool
) -> Iterator[Change]:
    known = {row.value: row.count for row in older}
    total_before, total_after = _total(older) + left_out, _total(newer)
    for row in newer:
        before, what = known.get(row.value, 0), f"{name} {row.value!r}"
        shares = _share(before, total_before), _share(row.count, total_after)
        if not before:
            if not left_out:
                yield Change(f"new {name}", repr(row.value), *shares, breaks)
        elif _shifted(before, total_before, row.count, total_after):
            yield Change("share", what, *shares, False)


def _key_changes(older: Report, newer: Report) -> Iterator[Change]:
    if older.left_out.unknown_keys:
        return
    known = {key.path for key in older.unknown_keys}
    for key in newer.unknown_keys:
        if key.path not in known:
            what = f"{key.path} ({', '.join(key.types.seen())})"
            yield Change("new unknown key", what, 0.0, _share(key.count, newer.bodies), False)


def _body_changes(older: Report, newer: Report) -> Iterator[Change]:
    for name in ("valid", "malformed", "error_bodies"):
        before, after = getattr(older, name), getattr(newer, name)
        if _shifted(before, older.bodies, after, newer.bodies):
            shares = _share(before, older.bodies), _share(after, newer.bodies)
            yield Change("share", f"bodies that are {name.replace('_', ' ')}", *shares, False)


def _total(rows: Iterable[ValueCount]) -> int:
    return sum(row.count for row in rows)


def _share(count: int, total: int) -> float:
    return min(count / total, 1.0) if total else 0.0


def _shifted(before: int, total_before: int, after: int, total_after: int) -> bool:
    """Whether a share moved, by enough to matter and by more than chance."""
    if not total_before or not total_after:
        return False
    shift = abs(_share(before, total_before) - _share(after, total_after))
    pooled = (before + after) / (total_before + total_after)
    error = math.sqrt(max(pooled * (1 - pooled), 0.0) * (1 / total_before + 1 / total_after))
    return shift >= _MIN_SHIFT and shift > _MIN_SIGMAS * error
