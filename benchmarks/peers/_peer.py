"""
What a peer is.

The lightest class of the standard library: the child processes that measure memory import it, and its weight would be
added to every peer.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple


def one_problem(error: Exception) -> int:
    """Count one problem, for a library whose errors report only the first."""
    return 1


class Peer(NamedTuple):
    """A way to decode a completions body, set up as its own documentation advises, with its coders built once."""

    label: str
    kind: Literal["ours", "library", "sdk", "floor"]
    distributions: tuple[str, ...]
    """The packages whose versions are printed."""
    imports: str
    """The statement that a program using this peer starts with; its cost is the import time."""
    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes | str]
    structure: Callable[[Any], Any] | None = None
    """Parsed JSON to an instance; None for what has no such step."""
    decode_official: Callable[[bytes], Any] | None = None
    """Decode with the logprobs of an official completion kept; None where only the router's fields are modelled."""
    count_problems: Callable[[Any], int] = one_problem
    """How many problems an error of this peer reports."""
