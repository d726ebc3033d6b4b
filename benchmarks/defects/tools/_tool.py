"""
What a tool is.

Like `benchmarks.peers.Peer`, the lightest class there is, since the processes that measure memory import it.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

OBJECTS = {
    "$": ("id", "object", "created", "model", "system_fingerprint", "provider", "choices", "usage"),
    "$.choices[*]": ("index", "text", "logprobs", "finish_reason"),
    "$.usage": ("prompt_tokens", "completion_tokens", "total_tokens"),
}
"""The keys of a sound body, ``provider`` and ``logprobs`` included, for tools that have to name unknown keys."""

FINISH_REASONS = ("stop", "length", "content_filter", "tool_calls")


class Tool(NamedTuple):
    """A way to look for defects in a log, set up as its own documentation advises, as strict as it gets."""

    label: str
    distributions: tuple[str, ...]
    """The packages whose versions are printed."""
    inspect: Callable[[Path], Counter[str]]
    """
    Read a log; return what the tool lets a reader see, and in how many bodies. It raises whatever the tool raises if
    it can't read on.
    """


def read(path: Path) -> Iterator[bytes]:
    """Read the lines of a log, without the newline: some tools report it in place of a text that breaks off."""
    with path.open("rb") as file:
        yield from map(bytes.rstrip, file)


def without_positions(message: str) -> str:
    """Fold a message that has line, column or index, so that equal problems can be counted."""
    return re.sub(r"\d+", "N", message)
