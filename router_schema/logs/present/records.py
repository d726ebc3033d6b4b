"""
The tables of a report as records: flat rows of numbers and text, for spreadsheets and databases.

The columns are the attributes of the row classes. An attribute that is an attrs class itself is one column for each of
its attributes; of several places, only the first has columns.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from ..compare import Change
from ..report import TABLES, Report
from ..rows import Place, Seen

#: The names of the tables: the totals of the report in one row, its tables, and what changed.
RECORDS = ("totals", *TABLES, "changes")

#: The columns of these attributes have no prefix.
_BARE = ("types", "usage", "place", "places")


@attrs.frozen
class Field:
    """
    A column of records.

    Attributes:
        name: Its name.
        type: The type of its values, which may be None as well: str, int, float or bool.
        get: Its value in a row.
    """

    name: str
    type: type
    get: Callable[[Any], Any]


@attrs.frozen
class Records:
    """
    A table of plain values.

    Attributes:
        fields: Its columns.
        rows: Its rows, a value for each column.
    """

    fields: tuple[Field, ...]
    rows: list[tuple[Any, ...]]


def records_of(report: Report, changes: Sequence[Change] | None, name: str) -> Records:
    """The table of that name, of `RECORDS`."""
    if name == "totals":
        return _records(Report, [report])
    if name == "changes":
        return _records(Change, changes or ())
    row_class = get_args(get_type_hints(Report)[name])[0]
    return _records(row_class, getattr(report, name))


def _records(cl: Any, rows: Iterable[Any]) -> Records:
    fields = _fields(cl)
    return Records(fields, [tuple(field.get(row) for field in fields) for row in rows])


@functools.cache
def _fields(cl: Any) -> tuple[Field, ...]:
    hints = get_type_hints(cl)
    return tuple(field for attribute in attrs.fields(cl) for field in _columns(attribute.name, hints[attribute.name]))


def _columns(name: str, hint: Any) -> list[Field]:
    """The columns of the attribute of that name; none for a table."""
    hint = _plain(hint)
    if hint in (str, int, float, bool):
        return [Field(name, hint, lambda row: getattr(row, name))]
    if hint is Seen:  # when and where would be four columns for each type
        return [Field(name, int, lambda row: getattr(row, name).count)]
    if get_origin(hint) is tuple:
        first = get_args(hint)[0]
        return _inner_columns(name, first, lambda row: next(iter(getattr(row, name)), None)) if first is Place else []
    return _inner_columns(name, hint, lambda row: getattr(row, name))


def _inner_columns(name: str, cl: Any, get: Callable[[Any], Any]) -> list[Field]:
    prefix = "" if name in _BARE else f"{name}_"
    return [Field(prefix + field.name, field.type, _within(get, field.get)) for field in _fields(cl)]


def _within(outer: Callable[[Any], Any], inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def get(row: Any) -> Any:
        value = outer(row)
        return None if value is None else inner(value)

    return get


def _plain(hint: Any) -> Any:
    """*hint* without None; a literal is text."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    return str if get_origin(hint) is Literal else hint
