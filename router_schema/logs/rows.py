"""The rows of a report, and how two of them merge: numbers are added, places and times keep the first and the last."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar

import attrs
from cattrs import override

#: How many places a problem lists: the first ones.
MAX_PLACES = 3

#: What bodies can be grouped by: their ``model``, the file, or the hour or day of ``created``.
By = Literal["model", "source", "hour", "day"]

# People read saved reports too: omit zero counts and unknown times from the JSON.
Count = Annotated[int, override(omit_if_default=True)]
Time = Annotated[float | None, override(omit_if_default=True)]


def as_text(value: str) -> str:
    """*value*, with lone surrogates written as escapes: a report must be text that can be saved."""
    return value.encode("utf-8", "backslashreplace").decode()


# --- merging ---


def merged(left: Any, right: Any) -> Any:
    """Two instances of an attrs class as one, field by field: numbers are added, unless a field says otherwise."""
    cl: Any = type(left)
    return cl(*(merge(getattr(left, name), getattr(right, name)) for name, merge in merges(cl)))


@functools.cache
def merges(cl: Any) -> tuple[tuple[str, Callable[[Any, Any], Any]], ...]:
    """The name of each field, and the function that merges two of its values."""
    return tuple((field.name, field.metadata.get("merge", operator.add)) for field in attrs.fields(cl))


@functools.cache
def _key_names(cl: Any) -> tuple[str, ...]:
    return tuple(name for name, merge in merges(cl) if merge is _same)


def _same(value: str, _: str) -> str:
    return value


def _first_places(left: tuple[Place, ...], right: tuple[Place, ...]) -> tuple[Place, ...]:
    return tuple(sorted({*left, *right})[:MAX_PLACES])


def _known(choose: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    return lambda *values: choose((value for value in values if value is not None), default=None)


def _ranked(left: tuple[Row, ...], right: tuple[Row, ...]) -> tuple[Row, ...]:
    rows: dict[Any, Row] = {}
    for row in (*left, *right):  # each may have two with the same key: long ones are cut
        known = rows.get(row.key)
        rows[row.key] = row if known is None else known + row
    return tuple(sorted(rows.values(), key=lambda row: row.rank))


_KEY, _PLACES, TABLE = ({"merge": merge} for merge in (_same, _first_places, _ranked))
FIRST, LAST = ({"merge": _known(choose)} for choose in (min, max))


class BaseRow:
    """A row of a table. Rows with equal keys are merged, and the rank orders them."""

    __slots__ = ()
    __add__ = merged
    count: int

    @property
    def key(self) -> tuple[str, ...]:
        """The fields that identify the row."""
        cl: Any = type(self)
        return tuple([getattr(self, name) for name in _key_names(cl)])

    @property
    def rank(self) -> tuple[Any, ...]:
        return -self.count, self.key


Row = TypeVar("Row", bound="BaseRow")


# --- rows ---


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


_FirstPlace = Annotated[Place | None, override(omit_if_default=True)]


@attrs.frozen
class Seen:
    """
    How often and when something was seen, and where first.

    Attributes:
        count: How often.
        first: The earliest ``created`` of the bodies that have it, in seconds since 1970; None if none has one.
        last: The latest ``created`` of these bodies.
        place: The first of these bodies; None if the count is 0.
    """

    __add__ = merged

    count: Count = 0
    first: Time = attrs.field(default=None, metadata=FIRST)
    last: Time = attrs.field(default=None, metadata=LAST)
    place: _FirstPlace = attrs.field(default=None, metadata=FIRST)


_Seen = Annotated[Seen, override(omit_if_default=True)]


@attrs.frozen
class TypeCounts:
    """
    How often a value had each JSON type. An integer is a number without fraction or exponent.

    Attributes:
        missing: How often the key was missing. Always 0 for an unknown key.
    """

    __add__ = merged

    string: _Seen = Seen()
    integer: _Seen = Seen()
    number: _Seen = Seen()
    boolean: _Seen = Seen()
    null: _Seen = Seen()
    array: _Seen = Seen()
    object: _Seen = Seen()
    missing: _Seen = Seen()

    def seen(self) -> dict[str, int]:
        """The counts that are not zero, by JSON type, the most frequent first."""
        counts = {name: getattr(self, name).count for name in JSON_TYPES}
        return {name: count for name, count in sorted(counts.items(), key=lambda item: -item[1]) if count}


#: The JSON types, as `TypeCounts` has them.
JSON_TYPES = tuple(field.name for field in attrs.fields(TypeCounts) if field.name != "missing")


@attrs.frozen
class Problem(BaseRow):
    """
    One problem that bodies have.

    Attributes:
        path: Where in the body: ``$.choices[*].finish_reason``. Indexes, and keys that no class declares, are ``[*]``;
            an unknown key of a class keeps its name.
        kind: See `router_schema.FieldError`; or ``"malformed"`` (not JSON) or ``"error body"``.
        expected: What was expected, in a few words.
        actual: What was found: a JSON type; why a text is not JSON; or the rejected value of an enum whose values the
            report counts, in quotes and cut at 100 characters.
        count: How many bodies have it.
        places: The first three of these bodies.
        first: Their earliest ``created``, in seconds since 1970; None if none has one.
        last: Their latest ``created``.
    """

    path: str = attrs.field(metadata=_KEY)
    kind: str = attrs.field(metadata=_KEY)
    expected: str = attrs.field(metadata=_KEY)
    actual: str = attrs.field(metadata=_KEY)
    count: int
    places: tuple[Place, ...] = attrs.field(metadata=_PLACES)
    first: Time = attrs.field(default=None, metadata=FIRST)
    last: Time = attrs.field(default=None, metadata=LAST)

    @property
    def place(self) -> Place:
        """The first of its places."""
        return self.places[0]

    @property
    def message(self) -> str:
        """The problem as a phrase, without the path."""
        if self.kind == "malformed":
            return self.actual
        if self.kind == "extra":
            return f"unexpected key ({self.actual})"
        return f"expected {self.expected}" if self.kind == "missing" else f"expected {self.expected}, got {self.actual}"


@attrs.frozen
class UnknownKey(BaseRow):
    """
    A key that the schema does not name.

    Attributes:
        path: Where in the body: ``$.choices[*].logprobs``.
        count: How often it was present.
        types: The JSON types of its values.
        first: The earliest ``created`` of the bodies that have it, in seconds since 1970; None if none has one.
        last: Their latest ``created``.
        place: The first of these bodies.
    """

    path: str = attrs.field(metadata=_KEY)
    count: int
    types: TypeCounts
    first: Time = attrs.field(default=None, metadata=FIRST)
    last: Time = attrs.field(default=None, metadata=LAST)
    place: _FirstPlace = attrs.field(default=None, metadata=FIRST)


@attrs.frozen
class FieldUse(BaseRow):
    """
    How a field of the schema is used.

    Attributes:
        path: Where in the body: ``$.usage.total_tokens``.
        count: How many objects of its class there are.
        present: How many of them have it, null included.
        types: The JSON types of its values, and how often it is missing.
    """

    path: str = attrs.field(metadata=_KEY)
    count: int
    present: int
    types: TypeCounts

    @property
    def rank(self) -> tuple[Any, ...]:
        return self.key


@attrs.frozen
class ValueCount(BaseRow):
    """
    A value of a field.

    Attributes:
        value: The text, cut at 100 characters.
        count: How often it was present.
        first: The earliest ``created`` of the bodies that have it, in seconds since 1970; None if none has one.
        last: Their latest ``created``.
        place: The first of these bodies.
    """

    value: str = attrs.field(metadata=_KEY)
    count: int
    first: Time = attrs.field(default=None, metadata=FIRST)
    last: Time = attrs.field(default=None, metadata=LAST)
    place: _FirstPlace = attrs.field(default=None, metadata=FIRST)


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

    __add__ = merged

    completion_tokens: int = 0
    prompt_tokens: int = 0
    total_tokens: int = 0
    bodies_without: int = 0


@attrs.frozen
class Group(BaseRow):
    """
    The bodies with the same model, source, hour or day.

    Attributes:
        by: The criterion: ``"model"``, ``"source"``, ``"hour"`` or ``"day"``.
        name: The model, cut at 100 characters; the file; the hour (``2026-01-31 09:00``) or the day of ``created``, in
            UTC. Empty for bodies without it, such as those that are not JSON.
        count: How many bodies.
        valid: How many of them are valid.
        problems: How many problems they have: the sum over the bodies.
        usage: Their token totals.
        first: Their earliest ``created``, in seconds since 1970; None if none has one.
        last: Their latest ``created``.
    """

    by: str = attrs.field(metadata=_KEY)
    name: str = attrs.field(metadata=_KEY)
    count: int
    valid: int = 0
    problems: int = 0
    usage: UsageTotals = attrs.Factory(UsageTotals)
    first: Time = attrs.field(default=None, metadata=FIRST)
    last: Time = attrs.field(default=None, metadata=LAST)


@attrs.frozen
class LeftOut:
    """By table, the sum of the counts of the rows that did not fit."""

    __add__ = merged

    problems: Count = 0
    unknown_keys: Count = 0
    fields: Count = 0
    objects: Count = 0
    finish_reasons: Count = 0
    models: Count = 0
    groups: Count = 0
