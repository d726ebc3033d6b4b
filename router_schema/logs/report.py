"""
What many bodies say about their schema: a `Report`, its rows, and how two of them merge.

Reports merge in any order and grouping to the same result, so bodies can be counted anywhere: by line ranges, in
several processes, on several machines, day by day. ``Report()`` is the report of no bodies.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import attrs
from cattrs import override

from .present.shown import Shown

#: How many rows each table holds at most; the most frequent are kept.
MAX_ROWS = 1000

#: How many places a problem lists: the first ones.
MAX_PLACES = 3

# People read saved reports too: omit zero counts from the JSON.
_Count = Annotated[int, override(omit_if_default=True)]


def as_text(value: str) -> str:
    """*value*, with lone surrogates written as escapes: a report must be text that can be saved."""
    return value.encode("utf-8", "backslashreplace").decode()


# --- merging ---


def _merged(left: Any, right: Any) -> Any:
    """Two instances of an attrs class as one, field by field: numbers are added, unless a field says otherwise."""
    cl: Any = type(left)
    return cl(*(merge(getattr(left, name), getattr(right, name)) for name, merge in _merges(cl)))


@functools.cache
def _merges(cl: Any) -> tuple[tuple[str, Callable[[Any, Any], Any]], ...]:
    return tuple((field.name, field.metadata.get("merge", operator.add)) for field in attrs.fields(cl))


def _same(value: str, _: str) -> str:
    return value


def _first_places(left: tuple[Place, ...], right: tuple[Place, ...]) -> tuple[Place, ...]:
    return tuple(sorted({*left, *right})[:MAX_PLACES])


def _known(choose: Callable[..., float | None]) -> Callable[[float | None, float | None], float | None]:
    return lambda *values: choose((value for value in values if value is not None), default=None)


def _ranked(left: tuple[Row, ...], right: tuple[Row, ...]) -> tuple[Row, ...]:
    rows = {row.key: row for row in left}
    for row in right:
        known = rows.get(row.key)
        rows[row.key] = row if known is None else known + row
    return tuple(sorted(rows.values(), key=lambda row: row.rank))


_KEY, _PLACES, _TABLE = ({"merge": merge} for merge in (_same, _first_places, _ranked))
_FIRST, _LAST = ({"merge": _known(choose)} for choose in (min, max))


class _Row:
    """A row of a table. Rows with equal keys are merged, and the rank orders them."""

    __slots__ = ()
    __add__ = _merged
    count: int

    @property
    def key(self) -> tuple[str, ...]:
        """The fields that identify the row."""
        cl: Any = type(self)
        return tuple(getattr(self, name) for name, merge in _merges(cl) if merge is _same)

    @property
    def rank(self) -> tuple[Any, ...]:
        return -self.count, self.key


Row = TypeVar("Row", bound=_Row)


# --- rows ---


@attrs.frozen
class TypeCounts:
    """How often a value had each JSON type. An integer is a number without fraction or exponent."""

    __add__ = _merged

    string: _Count = 0
    integer: _Count = 0
    number: _Count = 0
    boolean: _Count = 0
    null: _Count = 0
    array: _Count = 0
    object: _Count = 0

    def seen(self) -> dict[str, int]:
        """The counts that are not zero, by JSON type, the most frequent first."""
        counts = attrs.asdict(self)
        return {name: count for name, count in sorted(counts.items(), key=lambda item: -item[1]) if count}


@attrs.frozen(order=True)
class Place:
    """
    Where a body was read.

    Attributes:
        source: The name of the file, as it was passed.
        line: The line, from 1; in an array of bodies, the item; in a file of streams, the event.
    """

    source: str
    line: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line}"


@attrs.frozen
class Problem(_Row):
    """
    One problem that bodies have.

    Attributes:
        path: Where in the body: ``$.choices[*].finish_reason``. Indexes, and keys that no class declares, are ``[*]``;
            an unknown key of a class keeps its name.
        kind: As that of a `router_schema.FieldError`; or ``"malformed"`` (not JSON) or ``"error body"``.
        expected: What was expected, in a few words.
        actual: What was found: a JSON type, or why a text is not JSON.
        count: How many bodies have it.
        places: The first of these bodies.
    """

    path: str = attrs.field(metadata=_KEY)
    kind: str = attrs.field(metadata=_KEY)
    expected: str = attrs.field(metadata=_KEY)
    actual: str = attrs.field(metadata=_KEY)
    count: int
    places: tuple[Place, ...] = attrs.field(metadata=_PLACES)

    @property
    def message(self) -> str:
        """The problem as a phrase, without the path."""
        if self.kind == "malformed":
            return self.actual
        return f"expected {self.expected}" if self.kind == "missing" else f"expected {self.expected}, got {self.actual}"


@attrs.frozen
class UnknownKey(_Row):
    """
    A key that the schema does not name.

    Attributes:
        path: Where in the body: ``$.choices[*].logprobs``.
        count: How often it was present.
        types: The JSON types of its values.
    """

    path: str = attrs.field(metadata=_KEY)
    count: int
    types: TypeCounts


@attrs.frozen
class FieldUse(_Row):
    """
    How a field of the schema is used.

    Attributes:
        path: Where in the body: ``$.usage.total_tokens``.
        count: How many objects could have it: those of its class.
        present: How many of them have it, null included.
        types: The JSON types of its values.
    """

    path: str = attrs.field(metadata=_KEY)
    count: int
    present: int
    types: TypeCounts

    @property
    def rank(self) -> tuple[Any, ...]:
        return self.key


@attrs.frozen
class ValueCount(_Row):
    """
    A value of a field.

    Attributes:
        value: The text, cut at 100 characters.
        count: How often it was present.
    """

    value: str = attrs.field(metadata=_KEY)
    count: int


@attrs.frozen
class UsageTotals:
    """
    The sums of the bodies' usage. Only whole numbers from 0 to 2**53 are added. A stream counts as one body.

    Attributes:
        completion_tokens: Tokens in generated completions.
        prompt_tokens: Tokens in prompts.
        total_tokens: Tokens in requests.
        bodies_without: How many bodies have none of the three.
    """

    __add__ = _merged

    completion_tokens: int = 0
    prompt_tokens: int = 0
    total_tokens: int = 0
    bodies_without: int = 0


@attrs.frozen
class LeftOut:
    """
    What the tables had no room for: by table, the sum of the counts of the rows that were left out.

    A body with more problems than an error lists (100) counts once among the problems.
    """

    __add__ = _merged

    problems: _Count = 0
    unknown_keys: _Count = 0
    fields: _Count = 0
    objects: _Count = 0
    finish_reasons: _Count = 0
    models: _Count = 0


#: The names of the tables of a report.
TABLES = tuple(attribute.name for attribute in attrs.fields(LeftOut))


# --- the report ---


@attrs.frozen(repr=False, str=False)
class Report(Shown):
    """
    What bodies say about their schema.

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
        incomplete_streams: Streams that report an error, or in which a choice, or every choice, has no finish reason.
        problems: What is wrong, the most frequent first.
        unknown_keys: Keys that the schema does not name, the most frequent first.
        fields: How the schema's fields are used, by path.
        objects: The values of ``object``, the most frequent first.
        finish_reasons: The values of ``finish_reason``, the most frequent first.
        models: The values of ``model``, the most frequent first.
        usage: Token totals.
        created_min: The earliest ``created``, in seconds since 1970; None if there is none.
        created_max: The latest ``created``, in seconds since 1970; None if there is none.
        left_out: What the tables had no room for.
    """

    bodies: int = 0
    valid: int = 0
    invalid: int = 0
    malformed: int = 0
    error_bodies: int = 0
    events: _Count = 0
    streams: _Count = 0
    incomplete_streams: _Count = 0
    problems: tuple[Problem, ...] = attrs.field(default=(), metadata=_TABLE)
    unknown_keys: tuple[UnknownKey, ...] = attrs.field(default=(), metadata=_TABLE)
    fields: tuple[FieldUse, ...] = attrs.field(default=(), metadata=_TABLE)
    objects: tuple[ValueCount, ...] = attrs.field(default=(), metadata=_TABLE)
    finish_reasons: tuple[ValueCount, ...] = attrs.field(default=(), metadata=_TABLE)
    models: tuple[ValueCount, ...] = attrs.field(default=(), metadata=_TABLE)
    usage: UsageTotals = UsageTotals()
    created_min: float | None = attrs.field(default=None, metadata=_FIRST)
    created_max: float | None = attrs.field(default=None, metadata=_LAST)
    left_out: LeftOut = LeftOut()

    @property
    def ok(self) -> bool:
        """Whether every body is valid."""
        return self.valid == self.bodies

    def __or__(self, other: Report) -> Report:
        if not isinstance(other, Report):
            return NotImplemented
        whole: Report = _merged(self, other)
        tables = {name: getattr(whole, name) for name in TABLES}
        left_out = LeftOut(**{name: sum(row.count for row in rows[MAX_ROWS:]) for name, rows in tables.items()})
        kept = {name: rows[:MAX_ROWS] for name, rows in tables.items()}
        return attrs.evolve(whole, left_out=whole.left_out + left_out, **kept)

    def moved(self, lines: int) -> Report:
        """The same report with all places that many lines further down: it was of a part of a file."""
        problems = tuple(
            attrs.evolve(problem, places=tuple(Place(place.source, place.line + lines) for place in problem.places))
            for problem in self.problems
        )
        return attrs.evolve(self, problems=problems)
