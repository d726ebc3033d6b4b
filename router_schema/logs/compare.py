"""What changed between two reports, and which changes fail."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from math import inf
from typing import Any, Literal, get_args

import attrs

from .chance import Rate, chance_of_rise
from .report import Report
from .rows import FieldUse, Place, TypeCounts

#: What may change: bodies with a problem, objects without a field, incomplete streams; then the JSON types of a field,
#: unknown keys, and values.
ChangeKind = Literal["problem", "missing", "stream", "type", "key", "finish_reason", "object", "model"]

#: These are wrong at any rate. The others describe contents: their rates change with the traffic.
_FAULTS = ("problem", "missing", "stream")

#: The tables of values, by kind.
_VALUES: dict[ChangeKind, str] = {"finish_reason": "finish_reasons", "object": "objects", "model": "models"}

#: The last key of a path, quoted as Python quotes text if it is not an identifier.
_LAST_KEY = re.compile(r"""(\.\w+|\[('([^'\\]|\\.)*'|"([^"\\]|\\.)*")\])$""")


def _as_tuple(kinds: ChangeKind | Iterable[ChangeKind]) -> tuple[ChangeKind, ...]:
    return (kinds,) if isinstance(kinds, str) else tuple(kinds)


def _known_kinds(_: Any, attribute: attrs.Attribute[Any], kinds: tuple[str, ...]) -> None:
    unknown = [kind for kind in kinds if kind not in get_args(ChangeKind)]
    if unknown:
        raise ValueError(f"{attribute.name}: {unknown[0]!r} is not one of {', '.join(get_args(ChangeKind))}")


def _from_0_to(limit: float) -> Any:
    """A validator, which also rejects values that are not numbers."""

    def validate(_: Any, attribute: attrs.Attribute[Any], value: float) -> None:
        if not 0 <= value <= limit:
            bounds = "at least 0" if limit == inf else f"from 0 to {limit}"
            raise ValueError(f"{attribute.name}: must be {bounds}, not {value}")

    return validate


@attrs.frozen(kw_only=True)
class ChangeRule:
    """
    When a change fails: if its rate rose by more than chance, and by enough to matter. Every kind has the same rule.

    A change of a kind in ``fail_on`` fails if all of this is true:

    - The newer count is at least ``min_count``.
    - The rate rose by at least ``min_share``, and by at least ``min_growth`` of the older rate.
    - Fisher's exact test (one-sided) gives two samples of equal rates a rise like this with a probability of at most
      ``level``, after Bonferroni's correction: the probability is multiplied by the number of rows of that kind.
    - It is a problem, a missing field or an incomplete stream; or else it is new: the older rate is 0, or less than
      ``min_share``. The rates of known values, keys and types change with the traffic.

    Attributes:
        fail_on: The kinds of changes that may fail.
        level: The probability with which equal logs may fail by chance, for each kind, from 0 to 1; 1 ignores chance.
        min_count: The least count in the newer report.
        min_share: The least rise of the rate, from 0 to 1: 0.001 is a tenth of a percentage point.
        min_growth: The least rise as a part of the older rate: 0.1 is a tenth.

    Raises:
        ValueError: If a setting is out of its range, or a kind does not exist.
    """

    fail_on: tuple[ChangeKind, ...] = attrs.field(
        default=("problem", "missing", "finish_reason"), converter=_as_tuple, validator=_known_kinds
    )
    level: float = attrs.field(default=0.01, validator=_from_0_to(1))
    min_count: int = attrs.field(default=2, validator=_from_0_to(inf))
    min_share: float = attrs.field(default=0.001, validator=_from_0_to(1))
    min_growth: float = attrs.field(default=0.1, validator=_from_0_to(inf))

    def excuse(self, kind: ChangeKind, before: Rate, after: Rate, chance: float) -> str:
        """Why a change does not fail, in a few words; nothing if it fails. *chance* is corrected."""
        rise = after.share - before.share
        if rise <= 0:
            return "fell"
        if kind not in self.fail_on:
            return "not in fail_on"
        if kind not in _FAULTS and before.count and before.share >= self.min_share:
            return "not new"
        if after.count < self.min_count:
            return f"fewer than {self.min_count:,}"
        if rise < self.min_share:
            return f"rose by less than {self.min_share:.2%}"
        if rise < self.min_growth * before.share:
            return f"grew by less than {self.min_growth:.0%}"
        return f"may be chance, {_probability(chance)}" if chance > self.level else ""

    def is_shift(self, before: Rate, after: Rate, chance: float) -> bool:
        """Whether a rate above 0 in both reports changed by enough to be listed, up or down."""
        low, high = sorted((before.share, after.share))
        return high - low >= max(self.min_share, self.min_growth * low) and chance <= self.level


@attrs.frozen
class Change:
    """
    One difference between an older report and a newer one.

    Attributes:
        kind: What changed: ``"problem"``, ``"missing"`` (a field that the schema does not require), ``"stream"``
            (incomplete ones), ``"type"``, ``"key"`` (one that the schema does not name), ``"finish_reason"``,
            ``"object"`` or ``"model"``.
        trend: ``"new"``, ``"more"``, ``"less"`` or ``"gone"``.
        what: The path or value that changed, and what about it.
        before: The rate in the older report.
        after: The rate in the newer report.
        chance: The probability of such a change between two samples of equal rates, times the number of rows of the
            kind: at most 1.
        fails: Whether it fails the comparison, by the `ChangeRule`.
        reason: Why it fails, or why it doesn't, in a few words.
        first: The earliest ``created`` of the newer bodies that have it, in seconds since 1970; of the older ones if it
            is gone. None if it is unknown.
        last: Their latest ``created``.
        place: The first of these bodies.
    """

    kind: ChangeKind
    trend: Literal["new", "more", "less", "gone"]
    what: str
    before: Rate
    after: Rate
    chance: float
    fails: bool
    reason: str
    first: float | None = None
    last: float | None = None
    place: Place | None = None


def compare(older: Report, newer: Report, rule: ChangeRule = ChangeRule()) -> tuple[Change, ...]:
    """
    List what changed from *older* to *newer*.

    The list has everything new, and any other rate that changed by more than chance and by enough, as *rule* says. It
    omits rows that a full table of one report may have left out. It is empty if a report has no bodies.

    Args:
        older: A report of the past.
        newer: The report to judge.
        rule: When a change fails.

    Returns:
        The changes that fail, then the others.
    """
    rows = list(_rows(older, newer))
    compared = Counter(row.kind for row in rows)
    changes = [change for row in rows if (change := _judge(row, compared[row.kind], rule)) is not None]
    return tuple(sorted(changes, key=lambda change: not change.fails))


def _probability(chance: float) -> str:
    return f"p={chance:.2g}" if chance >= 1e-6 else "p<1e-6"


@attrs.frozen
class _Row:
    """Something that both reports count, and when and where it was seen, if a report says so."""

    kind: ChangeKind
    what: str
    seen: Any
    before: Rate
    after: Rate


def _judge(row: _Row, compared: int, rule: ChangeRule) -> Change | None:
    before, after = row.before, row.after
    chance = min(1.0, compared * min(chance_of_rise(before, after), chance_of_rise(after, before)))
    if not before.count:
        trend: Literal["new", "more", "less", "gone"] = "new"
    elif not after.count:
        if chance > rule.level:
            return None
        trend = "gone"
    elif rule.is_shift(before, after, chance):
        trend = "more" if after.share > before.share else "less"
    else:
        return None
    excuse = rule.excuse(row.kind, before, after, chance)
    reason = excuse or (f"more than chance, {_probability(chance)}" if rule.level < 1 else "chance is ignored")
    when = (row.seen.first, row.seen.last, row.seen.place) if row.seen is not None else ()
    return Change(row.kind, trend, row.what, before, after, chance, not excuse, reason, *when)


def _rows(older: Report, newer: Report) -> Iterator[_Row]:
    """The rows that can be compared: seen in one of the reports, and possible in both."""
    found = [
        *_problem_rows(older, newer),
        *_missing_rows(older, newer),
        *_value_rows(older, newer),
        *_type_rows(older, newer),
        *_key_rows(older, newer),
    ]
    for row in found:
        if row.before.total and row.after.total and row.before.count + row.after.count:
            yield row


def _problem_rows(older: Report, newer: Report) -> Iterator[_Row]:
    totals = older.bodies, newer.bodies
    not_valid = (_rate(report.bodies - report.valid, report.bodies) for report in (older, newer))
    yield _Row("problem", "bodies that are not valid", None, *not_valid)
    incomplete = (_rate(report.incomplete_streams, report.streams) for report in (older, newer))
    yield _Row("stream", "streams that are incomplete", None, *incomplete)
    for rows in _pairs(older, newer, "problems"):
        row = _newest(rows)
        yield _Row("problem", f"{row.path} {row.kind}: {row.message}", row, *_rates(rows, totals))


def _missing_rows(older: Report, newer: Report) -> Iterator[_Row]:
    required = {row.path for report in (older, newer) for row in report.problems if row.kind == "missing"}
    for old, new in _common_fields(older, newer):
        if new.path not in required:  # else a problem already
            rates = (_rate(row.count - row.present, row.count) for row in (old, new))
            yield _Row("missing", new.path, _newest((old.types.missing, new.types.missing)), *rates)


def _type_rows(older: Report, newer: Report) -> Iterator[_Row]:
    for old, new in _common_fields(older, newer):
        for name in {**new.types.seen(), **old.types.seen()}:
            rates = (_rate(row.types.seen().get(name, 0), row.present) for row in (old, new))
            seen = _newest((getattr(old.types, name), getattr(new.types, name)))
            yield _Row("type", f"{new.path} {name}", seen, *rates)


def _value_rows(older: Report, newer: Report) -> Iterator[_Row]:
    for kind, table in _VALUES.items():
        totals = tuple(
            sum(row.count for row in getattr(report, table)) + getattr(report.left_out, table)
            for report in (older, newer)
        )
        for rows in _pairs(older, newer, table):
            row = _newest(rows)
            yield _Row(kind, repr(row.value), row, *_rates(rows, totals))


def _key_rows(older: Report, newer: Report) -> Iterator[_Row]:
    objects = [{_parent(row.path): row.count for row in report.fields} for report in (older, newer)]
    for rows in _pairs(older, newer, "unknown_keys"):
        row = _newest(rows)
        types = sum((row.types for row in rows if row is not None), TypeCounts())
        # Each object of a class could have the key, as it could have its fields.
        totals = [
            counts.get(_parent(row.path), report.bodies) for counts, report in zip(objects, (older, newer), strict=True)
        ]
        yield _Row("key", f"{row.path} ({', '.join(types.seen())})", row, *_rates(rows, totals))


def _pairs(older: Report, newer: Report, table: str) -> Iterator[tuple[Any, Any]]:
    """The rows of both reports with the same key; None for one that a report lacks. It must have had room for it."""
    old, new = ({row.key: row for row in getattr(report, table)} for report in (older, newer))
    old_is_full, new_is_full = (getattr(report.left_out, table) > 0 for report in (older, newer))
    for key in {**new, **old}:
        if (key in old or not old_is_full) and (key in new or not new_is_full):
            yield old.get(key), new.get(key)


def _newest(rows: tuple[Any, Any]) -> Any:
    """The row of the newer report if its count is not 0, else that of the older."""
    old, new = rows
    return old if new is None or not new.count else new


def _rates(rows: Iterable[Any], totals: Iterable[int]) -> Iterator[Rate]:
    for row, total in zip(rows, totals, strict=True):
        yield _rate(0 if row is None else row.count, total)


def _rate(count: int, total: int) -> Rate:
    """A rate from 0 to 1: a key may be in several objects of one body, and saved reports are edited."""
    return Rate(min(max(count, 0), total), total)


def _common_fields(older: Report, newer: Report) -> Iterator[tuple[FieldUse, FieldUse]]:
    for old, new in _pairs(older, newer, "fields"):
        if old is not None and new is not None:
            yield old, new


def _parent(path: str) -> str:
    """The path of the object that holds the last key of *path*."""
    return _LAST_KEY.sub("", path)
