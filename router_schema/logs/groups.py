"""The names of the groups that bodies are counted in: their model, source, hour or day."""

from __future__ import annotations

import functools
import math
from datetime import UTC, datetime
from typing import Any

from .counts import MAX_VALUE, is_double
from .rows import By, as_text

#: The groups that are times, and how many seconds they last.
SECONDS = {"hour": 3600, "day": 86400}


def group_name(by: By, source: str, body: Any) -> str:
    """The name of the group of a parsed body; empty where it has none."""
    if by == "source":
        return source
    value = body.get("model" if by == "model" else "created") if type(body) is dict else None
    if by == "model":
        return as_text(value[:MAX_VALUE]) if type(value) is str else ""
    is_time = type(value) in (int, float) and is_double(value)  # type: ignore[arg-type]
    return time_name(by, math.floor(value) // SECONDS[by]) if is_time else ""  # type: ignore[arg-type]


@functools.lru_cache(1024)
def time_name(by: By, number: int) -> str:
    """The name of the hour or day with that number, from 1970; empty where the calendar has no such time."""
    try:
        moment = datetime.fromtimestamp(number * SECONDS[by], UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{moment.date().isoformat()} {moment.hour:02}:00" if by == "hour" else moment.date().isoformat()
