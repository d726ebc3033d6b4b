"""
Right first, fast second: before a peer is timed, it decodes valid and invalid samples.

Values are compared as JSON values: 26 and 26.0 are the same number, true is not one, and an absent usage field equals
null. Only the keys of the router's schema count.
"""

import json
import math
from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from attrs import frozen

from benchmarks import data
from benchmarks.peers import Peer

_USAGE = {"completion_tokens": None, "prompt_tokens": None, "total_tokens": None}
_CHOICE = {"finish_reason": None, "index": None, "text": None}
ROUTER = {
    "id": None,
    "choices": [_CHOICE],
    "created": None,
    "model": None,
    "system_fingerprint": None,
    "object": None,
    "usage": _USAGE,
}
"""The keys of the router's schema; None stands for a value that is compared whole."""
OFFICIAL = {
    **ROUTER,
    "choices": [
        {
            **_CHOICE,
            "logprobs": {"text_offset": None, "token_logprobs": None, "tokens": None, "top_logprobs": None},
        }
    ],
}
"""The same with the logprobs of an official completion."""


_ELSEWHERE = ("user-", "extra-")
"""Prefixes of samples of other classes, or invalid only where unknown keys are forbidden: no peer forbids them."""


class Sample(NamedTuple):
    """A body that a peer should accept, or reject."""

    name: str
    data: bytes


@frozen
class Verdict:
    """How one peer did on the samples."""

    peer: str
    right: int
    """Valid samples decoded to the right values."""
    raised: tuple[str, ...]
    """Names of the valid samples that the peer raised on."""
    wrong: str | None
    """The first valid sample with a wrong value, if any; then no figure of this peer is shown."""
    rejected: int
    """Invalid samples that the peer raised on."""
    coerced: int
    """Invalid samples that the peer changed to other values."""
    accepted: int
    """Invalid samples that the peer accepted unchanged."""
    problems: int
    """How many of three problems in one body the peer's error reports; 0 where it accepts the body."""


def read_samples(folder: Path) -> list[Sample]:
    """
    Read the bodies of the router's schema in a folder, without their expected results (`x.problems.json`).

    Raises:
        SystemExit: There are none; a gate without samples would stop no peer.
    """
    paths = [path for path in sorted(folder.glob("*.json")) if path.suffixes == [".json"]]
    samples = [Sample(path.stem, path.read_bytes()) for path in paths if not path.name.startswith(_ELSEWHERE)]
    if not samples:
        raise SystemExit(f"benchmarks: no samples in {folder}; name their folder with --samples")
    return samples


def restrict(value: Any, shape: Any = ROUTER) -> Any:
    """Read a decoded value as a user would, by key or by attribute, into plain builtins with the shape's keys."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(shape, list) and isinstance(value, (list, tuple)):
        return [restrict(item, shape[0]) for item in value]
    if isinstance(shape, dict) and isinstance(value, dict):
        return {key: restrict(value.get(key), below) for key, below in shape.items()}
    if isinstance(shape, dict) and not isinstance(value, (str, int, float, list, tuple, type(None))):
        return {key: restrict(getattr(value, key, None), below) for key, below in shape.items()}
    return value


def same(one: Any, other: Any) -> bool:
    """Compare plain values as JSON does: numbers by value whatever their Python type, nothing else across types."""
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return _double(one) == _double(other)
    return bool(one == other)


def _double(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _read(text: bytes | str) -> Any:
    """Parse JSON with every number as the nearest double, however many digits it has."""
    return json.loads(text, parse_int=float)


def decodes_right(decode: Callable[[bytes], Any], body: bytes, shape: Any = ROUTER) -> bool:
    """Whether a decoder returns the values that are in the text."""
    return same(restrict(decode(body), shape), restrict(_read(body), shape))


def encodes_right(peer: Peer, body: bytes) -> bool:
    """Whether a peer writes the values that it read."""
    return decodes_right(lambda text: _read(peer.encode(peer.decode(text))), body)


def examine(peer: Peer, valid: list[Sample], invalid: list[Sample]) -> Verdict:
    """Have a peer decode every sample; any exception counts as a rejection."""
    right, raised, wrong = 0, [], None
    for sample in valid:
        try:
            if decodes_right(peer.decode, sample.data):
                right += 1
            else:
                wrong = wrong or sample.name
        except Exception:
            raised.append(sample.name)
    fates = [_fate(peer, sample) for sample in invalid]
    return Verdict(
        peer=peer.label,
        right=right,
        raised=tuple(raised),
        wrong=wrong,
        rejected=fates.count("rejected"),
        coerced=fates.count("coerced"),
        accepted=fates.count("accepted"),
        problems=_problems_reported(peer),
    )


def _fate(peer: Peer, sample: Sample) -> str:
    try:
        decoded = peer.decode(sample.data)
    except Exception:
        return "rejected"
    try:
        original = _read(sample.data)
    except ValueError:
        return "coerced"
    return "accepted" if same(restrict(decoded), restrict(original)) else "coerced"


def _problems_reported(peer: Peer) -> int:
    try:
        peer.decode(data.three_problems().data)
    except Exception as error:
        return peer.count_problems(error)
    return 0
