"""
What bodies contain and how they differ from their schema: a `Report`, and how two of them merge.

Reports merge in any order and grouping to the same result, so bodies can be counted anywhere: by line ranges, in
several processes, on several machines, day by day. ``Report()`` is the report of no bodies.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from .present.tables import as_lines, headline, tables_of
from .rows import (
    FIRST,
    LAST,
    TABLE,
    Count,
    FieldUse,
    Group,
    LeftOut,
    Place,
    Problem,
    UnknownKey,
    UsageTotals,
    ValueCount,
    merged,
)

#: How many rows each table holds at most; the most frequent are kept.
MAX_ROWS = 1000

#: The names of the tables of a report.
TABLES = tuple(attribute.name for attribute in attrs.fields(LeftOut))


#: How many rows of a table are shown by `print`, on a rich console and in a notebook.
_MAX_SHOWN = 20


@attrs.frozen
class Report:
    """
    What bodies contain, and how they differ from their schema.

    ``a | b`` is the report of the bodies of both: commutative, associative, with ``Report()`` as its identity. This is
    exact as long as no table is full (1,000 rows); from then on the most frequent rows are kept and the others only
    counted. ``dumps(report)`` writes a report and ``loads(text, Report)`` reads it. The only text from bodies in it is
    the names of unknown keys of classes and the values of ``object``, ``finish_reason`` and ``model``, cut at 100
    characters.

    Attributes:
        bodies: How many bodies were read: valid, invalid and malformed.
        valid: Bodies that match the schema.
        invalid: JSON that doesn't match the schema.
        malformed: Not JSON.
        error_bodies: Errors that a server sent in place of a completion; part of the invalid. Each counts as one
            problem, and in none of the tables below.
        events: The bodies that are events of streams.
        streams: Recorded streams, each up to its ``[DONE]`` or the end of its file.
        incomplete_streams: Streams that report an error, have no choice, or have a choice without a finish reason.
        problems: What is wrong, the most frequent first.
        unknown_keys: Keys that the schema does not name, the most frequent first.
        fields: How the schema's fields are used, by path.
        objects: The values of ``object``, the most frequent first.
        finish_reasons: The values of ``finish_reason``, the most frequent first.
        models: The values of ``model``, the most frequent first.
        groups: The bodies by model, source, hour or day, the largest groups first; empty unless requested.
        usage: Token totals.
        created_min: The earliest ``created``, in seconds since 1970; None if there is none.
        created_max: The latest ``created``, in seconds since 1970; None if there is none.
        left_out: The counts of rows that did not fit into the tables.
    """

    bodies: int = 0
    valid: int = 0
    invalid: int = 0
    malformed: int = 0
    error_bodies: int = 0
    events: Count = 0
    streams: Count = 0
    incomplete_streams: Count = 0
    problems: tuple[Problem, ...] = attrs.field(default=(), metadata=TABLE)
    unknown_keys: tuple[UnknownKey, ...] = attrs.field(default=(), metadata=TABLE)
    fields: tuple[FieldUse, ...] = attrs.field(default=(), metadata=TABLE)
    objects: tuple[ValueCount, ...] = attrs.field(default=(), metadata=TABLE)
    finish_reasons: tuple[ValueCount, ...] = attrs.field(default=(), metadata=TABLE)
    models: tuple[ValueCount, ...] = attrs.field(default=(), metadata=TABLE)
    groups: tuple[Group, ...] = attrs.field(default=(), metadata=TABLE)
    usage: UsageTotals = attrs.Factory(UsageTotals)
    created_min: float | None = attrs.field(default=None, metadata=FIRST)
    created_max: float | None = attrs.field(default=None, metadata=LAST)
    left_out: LeftOut = attrs.Factory(LeftOut)

    @property
    def ok(self) -> bool:
        """Whether every body is valid."""
        return self.valid == self.bodies

    def __repr__(self) -> str:
        return f"<Report: {headline(self)}>"

    def __str__(self) -> str:
        return "\n".join(as_lines([headline(self)], tables_of(self, _MAX_SHOWN)))

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        from .present.terminal import renderables

        return renderables([headline(self)], tables_of(self, _MAX_SHOWN), self.ok, options.max_width)

    def _repr_html_(self) -> str:
        from .present.html import fragment

        return fragment(self, tables_of(self, _MAX_SHOWN))

    def __or__(self, other: Report) -> Report:
        if not isinstance(other, Report):
            return NotImplemented
        whole: Report = merged(self, other)
        tables = {name: getattr(whole, name) for name in TABLES}
        left_out = LeftOut(**{name: sum(row.count for row in rows[MAX_ROWS:]) for name, rows in tables.items()})
        kept = {name: rows[:MAX_ROWS] for name, rows in tables.items()}
        return attrs.evolve(whole, left_out=whole.left_out + left_out, **kept)

    def moved(self, lines: int) -> Report:
        """The same report, with all places moved down by so many lines: it covers a later part of a file."""
        moved: Report = self if lines == 0 else _moved(self, lines)
        return moved


def _moved(value: Any, lines: int) -> Any:
    """A part of a report, with its places moved down by so many lines."""
    if isinstance(value, tuple):
        return tuple(_moved(item, lines) for item in value)
    if isinstance(value, Place):
        return Place(value.source, value.line + lines)
    if attrs.has(type(value)):
        return type(value)(*(_moved(getattr(value, field.name), lines) for field in attrs.fields(type(value))))
    return value


def most_frequent(counts: Mapping[Any, int]) -> tuple[list[Any], int]:
    """
    The keys for which a table has room, the most frequent first, and the sum of the counts of the others.

    Making a row takes much longer than counting, and a body may hold a million different keys.
    """
    kept = heapq.nsmallest(MAX_ROWS, counts, key=lambda key: (-counts[key], key))
    return kept, sum(counts.values()) - sum(counts[key] for key in kept)
