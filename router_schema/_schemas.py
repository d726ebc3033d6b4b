"""The shipped schemas under their short names, and which of them bodies follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .converter import RouterConverter
from .errors import DecodeError
from .models import RouterCompletionsResponseBody
from .openai import Completion
from .orq import CreateCompletionResponseBody

#: What ``--model`` calls the shipped schemas, the strictest first.
SCHEMAS: dict[str, type[Any]] = {
    "router": RouterCompletionsResponseBody,
    "orq": CreateCompletionResponseBody,
    "openai": Completion,
}


def qualified_name(cl: type[Any]) -> str:
    """A shipped class as documents write it: ``orq.CreateCompletionResponseBody``."""
    module = cl.__module__.rpartition(".")[2]
    return cl.__name__ if module == "models" else f"{module}.{cl.__name__}"


def count_matches(bodies: Iterable[Any], converter: RouterConverter) -> dict[str, int]:
    """
    How many bodies each shipped schema accepts.

    Args:
        bodies: Parsed JSON.
        converter: The converter that validates.

    Returns:
        The counts, by short name.
    """
    counts = dict.fromkeys(SCHEMAS, 0)
    for body in bodies:
        for name, cl in SCHEMAS.items():
            try:
                converter.structure(body, cl)
            except DecodeError:
                continue
            counts[name] += 1
    return counts


def suggestion(cl: Any, bodies: int, counts: Mapping[str, int]) -> str:
    """
    A line that names the shipped schemas which fit better than *cl*, where *cl* accepts less than half of the bodies.

    Args:
        cl: The class that the bodies were checked against.
        bodies: How many bodies were counted.
        counts: How many of them each shipped schema accepts, from `count_matches`.

    Returns:
        The line, empty where there is nothing to suggest: *cl* is not shipped, accepts enough, or no other does better.
    """
    valid = next((counts[name] for name, shipped in SCHEMAS.items() if shipped is cl), None)
    if valid is None or 2 * valid >= bodies:
        return ""
    better = [name for name in SCHEMAS if counts[name] > valid]
    if not better:
        return ""
    others = [f"{counts[name]:,} match {qualified_name(SCHEMAS[name])}: try --model {name}" for name in better]
    return "; ".join([f"{valid:,} of {bodies:,} valid", *others])
