"""
What many bodies say about their schema: a `Report`, and how two of them become one.

Reports merge in any order and grouping to the same result, so bodies can be counted anywhere: by line ranges, on
several processes or machines, day by day. ``Report()`` is the report of nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

import attrs
from cattrs import override

__all__ = ["Report"]

#: How many rows each table holds at most; of more, the commonest are kept.
MAX_ROWS = 1000

#: How many places a problem names: the first ones.
MAX_PLACES = 3

# A report of a few hundred rows is read by people too: counts that are zero would hide the others.
_Count = Annotated[int, override(omit_if_default=True)]


class _Row:
    """A row of a table: rows of the same key become one, and the rank says which of them come first."""

    __slots__ = ()
    count: int

    @property
    def key(self) -> tuple[str, ...]:
        raise NotImplementedError

    @property
    def rank(self) -> tuple[Any, ...]:
        return -self.count, self.key

    def __add__(self, other: Any) -> Any:
        raise NotImplementedError


Row = TypeVar("Row", bound=_Row)


@attrs.frozen
class TypeCounts:
    """How often a value was of each JSON type. An integer is a number without fraction or exponent."""

    string: _Count = 0
    integer: _Count = 0
    number: _Count = 0
    boolean: _Count = 0
    null: _Count = 0
    array: _Count = 0
    object: _Count = 0

    def __add__(self, other: TypeCounts) -> TypeCounts:
        return TypeCounts(*(getattr(self, name) + getattr(other, name) for name in JSON_TYPES))

    def seen(self) -> dict[str, int]:
        """The counts that are not zero, by JSON type, the commonest first."""
        counts = {name: getattr(self, name) for name in JSON_TYPES}
        return {name: count for name, count in sorted(counts.items(), key=lambda item: -item[1]) if count}


#: The names of the JSON types.
JSON_TYPES = tuple(attribute.name for attribute in attrs.fields(TypeCounts))


@attrs.frozen(order=True)
class Place:
    """
    Where a body was read.

    Attributes:
        source: The name of the file, as it was asked for.
        line: The line, from 1; in an array of bodies, the item.
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
        path: Where in the body, indexes folded: ``$.choices[*].finish_reason``.
        kind: As that of a `router_schema.FieldError`; or ``"malformed"`` (not JSON) or ``"error body"``.
        expected: What was expected, in a few words.
        actual: What was there: a JSON type, or why a text is no JSON.
        count: How many bodies have it.
        places: The first of these bodies.
    """

    path: str
    kind: str
    expected: str
    actual: str
    count: int
    places: tuple[Place, ...]

    @property
    def key(self) -> tuple[str, ...]:
        return self.path, self.kind, self.expected, self.actual

    def __add__(self, other: Problem) -> Problem:
        places = tuple(sorted({*self.places, *other.places})[:MAX_PLACES])
        return attrs.evolve(self, count=self.count + other.count, places=places)


@attrs.frozen
class UnknownKey(_Row):
    """
    A key that the schema does not name.

    Attributes:
        path: Where in the body, indexes folded: ``$.choices[*].logprobs``.
        count: How often it was there.
        types: The JSON types of its values.
    """

    path: str
    count: int
    types: TypeCounts

    @property
    def key(self) -> tuple[str, ...]:
        return (self.path,)

    def __add__(self, other: UnknownKey) -> UnknownKey:
        return UnknownKey(self.path, self.count + other.count, self.types + other.types)


@attrs.frozen
class FieldUse(_Row):
    """
    How a field of the schema is used.

    Attributes:
        path: Where in the body, indexes folded: ``$.usage.total_tokens``.
        count: How many objects could have had it: those that it is a field of.
        present: How many of them had it, null included.
        types: The JSON types of its values.
    """

    path: str
    count: int
    present: int
    types: TypeCounts

    @property
    def key(self) -> tuple[str, ...]:
        return (self.path,)

    @property
    def rank(self) -> tuple[Any, ...]:
        return self.key

    def __add__(self, other: FieldUse) -> FieldUse:
        return FieldUse(self.path, self.count + other.count, self.present + other.present, self.types + other.types)


@attrs.frozen
class ValueCount(_Row):
    """
    A value of a field.

    Attributes:
        value: The text, cut at 100 characters.
        count: How often it was there.
    """

    value: str
    count: int

    @property
    def key(self) -> tuple[str, ...]:
        return (self.value,)

    def __add__(self, other: ValueCount) -> ValueCount:
        return ValueCount(self.value, self.count + other.count)


@attrs.frozen
class UsageTotals:
    """
    What the bodies say was used. Only whole numbers of 0 or more are added up.

    Attributes:
        completion_tokens: Sum of the tokens in generated completions.
        prompt_tokens: Sum of the tokens in prompts.
        total_tokens: Sum of the tokens in requests.
        bodies_without: How many bodies give none of the three.
    """

    completion_tokens: int = 0
    prompt_tokens: int = 0
    total_tokens: int = 0
    bodies_without: int = 0

    def __add__(self, other: UsageTotals) -> UsageTotals:
        return UsageTotals(
            self.completion_tokens + other.completion_tokens,
            self.prompt_tokens + other.prompt_tokens,
            self.total_tokens + other.total_tokens,
            self.bodies_without + other.bodies_without,
        )


@attrs.frozen
class LeftOut:
    """
    What the tables had no room for: by table, the sum of the counts of the rows that were left out.

    A body with more problems than an error lists (100) counts once among the problems.
    """

    problems: _Count = 0
    unknown_keys: _Count = 0
    fields: _Count = 0
    objects: _Count = 0
    finish_reasons: _Count = 0
    models: _Count = 0

    def __add__(self, other: LeftOut) -> LeftOut:
        return LeftOut(*(getattr(self, name) + getattr(other, name) for name in TABLES))


#: The names of the tables of a report.
TABLES = tuple(attribute.name for attribute in attrs.fields(LeftOut))


@attrs.frozen
class Report:
    """
    What bodies say about their schema.

    ``a | b`` is the report of the bodies of both: commutative, associative, with ``Report()`` as its identity. That is
    exact as long as no table is full (1,000 rows); from then on the commonest rows are kept, the others only counted.
    It is written and read with ``dumps(report)`` and ``loads(text, Report)``. The only text in it that comes from
    bodies is the names of unknown keys and the values of ``object``, ``finish_reason`` and ``model``, cut at 100
    characters.

    Attributes:
        bodies: Documents read: those valid, invalid and malformed.
        valid: Bodies of the schema.
        invalid: JSON, but not of the schema.
        malformed: Not JSON.
        error_bodies: Errors that a server sent in place of a completion; part of the invalid. They count as one problem
            each, and in none of the tables below.
        problems: What is wrong, the commonest first.
        unknown_keys: Keys that the schema does not name, the commonest first.
        fields: How the schema's fields are used, by path.
        objects: The values of ``object``, the commonest first.
        finish_reasons: The values of ``finish_reason``, the commonest first.
        models: The values of ``model``, the commonest first.
        usage: Token totals.
        created_min: The earliest ``created``, in seconds since 1970; None where there is none.
        created_max: The latest ``created``, in seconds since 1970; None where there is none.
        left_out: What the tables had no room for.
    """

    bodies: int = 0
    valid: int = 0
    invalid: int = 0
    malformed: int = 0
    error_bodies: int = 0
    problems: tuple[Problem, ...] = ()
    unknown_keys: tuple[UnknownKey, ...] = ()
    fields: tuple[FieldUse, ...] = ()
    objects: tuple[ValueCount, ...] = ()
    finish_reasons: tuple[ValueCount, ...] = ()
    models: tuple[ValueCount, ...] = ()
    usage: UsageTotals = UsageTotals()
    created_min: float | None = None
    created_max: float | None = None
    left_out: LeftOut = LeftOut()

    @property
    def ok(self) -> bool:
        """Whether every body is valid."""
        return self.valid == self.bodies

    def __or__(self, other: Report) -> Report:
        if not isinstance(other, Report):
            return NotImplemented
        tables = {name: _merged(getattr(self, name), getattr(other, name)) for name in TABLES}
        return Report(
            bodies=self.bodies + other.bodies,
            valid=self.valid + other.valid,
            invalid=self.invalid + other.invalid,
            malformed=self.malformed + other.malformed,
            error_bodies=self.error_bodies + other.error_bodies,
            usage=self.usage + other.usage,
            created_min=min(_known(self.created_min, other.created_min), default=None),
            created_max=max(_known(self.created_max, other.created_max), default=None),
            left_out=self.left_out
            + other.left_out
            + LeftOut(**{name: left_out for name, (_, left_out) in tables.items()}),
            **{name: rows for name, (rows, _) in tables.items()},
        )

    def moved(self, lines: int) -> Report:
        """The same report, all its places that number of lines further down: it was of a part of a file."""
        if not lines:
            return self
        problems = (
            attrs.evolve(
                problem, places=tuple(attrs.evolve(place, line=place.line + lines) for place in problem.places)
            )
            for problem in self.problems
        )
        return attrs.evolve(self, problems=tuple(problems))


def _merged(left: tuple[Row, ...], right: tuple[Row, ...]) -> tuple[tuple[Row, ...], int]:
    """The rows of both tables, the first by rank; and the sum of the counts of those for which there is no room."""
    rows = {row.key: row for row in left}
    for row in right:
        known = rows.get(row.key)
        rows[row.key] = row if known is None else known + row
    ranked = sorted(rows.values(), key=lambda row: row.rank)
    return tuple(ranked[:MAX_ROWS]), sum(row.count for row in ranked[MAX_ROWS:])


def _known(*values: float | None) -> Iterable[float]:
    return [value for value in values if value is not None]


@attrs.frozen
class Part:
    """
    The report of consecutive lines of a file, its places counted from the first of them.

    Parts of a file are added in its order, in any grouping: ``(a + b) + c == a + (b + c)``.

    Attributes:
        lines: How many lines, blank ones included.
        report: Their report.
        failures: The files that could not be read to their end, and why.
    """

    lines: int = 0
    report: Report = Report()
    failures: tuple[tuple[str, str], ...] = ()

    def __add__(self, following: Part) -> Part:
        report = self.report | following.report.moved(self.lines)
        return Part(self.lines + following.lines, report, _both(self.failures, following.failures))

    def beside(self, other: Part) -> Part:
        """Two parts of different files as one, in any order; the lines of several files have no numbers."""
        return Part(0, self.report | other.report, _both(self.failures, other.failures))


def _both(left: tuple[tuple[str, str], ...], right: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    # Several parts of a file fail for one reason.
    return tuple(sorted({*left, *right}))
