"""
The tables of a report as records: flat rows of numbers and text, for spreadsheets and databases.

The columns are the attributes of the row classes. An attribute that is an attrs class itself is one column for each of
its attributes; of several places, only the first has columns.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import attrs

from ..compare import Change
from ..report import TABLES, Report
from ..rows import Place, Seen

#: The names of the tables: the totals of the report in one row, its tables, and what changed.
RECORDS = ("totals", *TABLES, "changes")

#: The columns of these attributes have no prefix.
_BARE = ("types", "usage", "place", "places")


_hints = functools.cache(get_type_hints)


class Field(NamedTuple):
    """
    A column of records.

    Attributes:
        name: Its name.
        type: The type of its values, which may be None as well: str, int, float or bool.
    """

    name: str
    type: type


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
    row_class = get_args(_hints(Report)[name])[0]
    return _records(row_class, getattr(report, name))


def _records(cl: Any, rows: Iterable[Any]) -> Records:
    fields = tuple(field for field, _ in _cells(cl, None))
    return Records(fields, [tuple(value for _, value in _cells(cl, row)) for row in rows])


def _cells(cl: Any, row: Any, prefix: str = "") -> Iterator[tuple[Field, Any]]:
    """The columns of a class, each with its value in *row*, an instance; None for all if that is None."""
    for attribute in attrs.fields(cl):
        name, hint = attribute.name, _plain(_hints(cl)[attribute.name])
        value = None if row is None else getattr(row, name)
        if get_origin(hint) is tuple:
            if get_args(hint)[0] is not Place:  # a table
                continue
            hint, value = Place, next(iter(value or ()), None)
        if hint in (str, int, float, bool):
            yield Field(prefix + name, hint), value
        elif hint is Seen:  # when and where would be four columns for each type
            yield Field(prefix + name, int), None if value is None else value.count
        else:
            yield from _cells(hint, value, prefix if name in _BARE else f"{prefix}{name}_")


def _plain(hint: Any) -> Any:
    """*hint* without None; a literal is text."""
    if get_origin(hint) in (Union, UnionType):
        (hint,) = (part for part in get_args(hint) if part is not NoneType)
    return str if get_origin(hint) is Literal else hint
