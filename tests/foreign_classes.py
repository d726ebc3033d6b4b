"""Types that the library supports only with a hook, and a hook for one of them."""

import datetime
import typing
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict, TypeVar

import attrs

T = TypeVar("T")


class Pair(NamedTuple):
    """A named tuple."""

    left: int


class Keys(TypedDict):
    """A dict with known keys."""

    left: int


@dataclass
class Data:
    """A dataclass."""

    left: int


@attrs.frozen
class Box(typing.Generic[T]):
    """A generic attrs class."""

    item: T


@attrs.frozen
class Stamped:
    """Points in time, which JSON has no type for."""

    when: datetime.datetime
    also: tuple[datetime.datetime, ...] = ()


def from_timestamp(value: Any, _: Any) -> datetime.datetime:
    """A structure hook for seconds since 1970."""
    return datetime.datetime.fromtimestamp(value, datetime.UTC)


WHEN = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
SECONDS = WHEN.timestamp()
