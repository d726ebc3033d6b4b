"""The shipped schemas under their short names, and which of them bodies follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from .converter import RouterConverter
from .errors import DecodeError
from .models import RouterCompletionsResponseBody
from .openai import Completion, CompletionChunk
from .orq import CreateCompletionResponseBody, CreateCompletionRouterCompletionsResponseBody

#: What ``--model`` calls the shipped schemas, the strictest first.
SCHEMAS: dict[str, type[Any]] = {
    "router": RouterCompletionsResponseBody,
    "orq": CreateCompletionResponseBody,
    "openai": Completion,
}

# The model reference describes no stream.
_EVENTS: dict[Any, type[Any]] = {
    RouterCompletionsResponseBody: CompletionChunk,
    CreateCompletionResponseBody: CreateCompletionRouterCompletionsResponseBody,
    Completion: CompletionChunk,
}


def event_class(cl: Any) -> Any:
    """The class of an event's data where a whole body is a *cl*: another one for shipped bodies, else *cl* itself."""
    return _EVENTS.get(cl, cl)


def qualified_name(cl: type[Any]) -> str:
    """A shipped class as documents write it: ``orq.CreateCompletionResponseBody``."""
    module = cl.__module__.rpartition(".")[2]
    return cl.__name__ if module == "models" else f"{module}.{cl.__name__}"


@attrs.frozen
class Matches:
    """
    How many bodies each shipped schema accepts.

    Attributes:
        bodies: How many bodies there were.
        counts: How many of them each schema accepts, by its short name.
    """

    bodies: int
    counts: Mapping[str, int]


def count_matches(bodies: Iterable[Any], converter: RouterConverter) -> Matches:
    """
    Hold bodies to every shipped schema.

    Args:
        bodies: Parsed JSON.
        converter: The converter that validates.
    """
    total, counts = 0, dict.fromkeys(SCHEMAS, 0)
    for body in bodies:
        total += 1
        for name, cl in SCHEMAS.items():
            try:
                converter.structure(body, cl)
            except DecodeError:
                continue
            counts[name] += 1
    return Matches(total, counts)


def suggestion(cl: Any, matches: Matches) -> str:
    """
    A line that names the shipped schemas that accept more bodies than *cl*, if *cl* accepts less than half of them.

    Returns:
        The line; empty if there is nothing to suggest, or *cl* is not shipped.
    """
    bodies, counts = matches.bodies, matches.counts
    valid = next((counts[name] for name, shipped in SCHEMAS.items() if shipped is cl), None)
    if valid is None or 2 * valid >= bodies:
        return ""
    others = [
        f"{counts[name]:,} match {qualified_name(other)}: try --model {name}"
        for name, other in SCHEMAS.items()
        if counts[name] > valid
    ]
    return "; ".join([f"{valid:,} of {bodies:,} valid", *others]) if others else ""
