"""A loop of msgspec into Struct classes, strict, with unknown keys forbidden. An error reports the first problem."""

from collections import Counter
from pathlib import Path
from typing import Any, Literal

import msgspec

from benchmarks.defects.tools._tool import Tool, read, without_positions


class _Usage(msgspec.Struct, forbid_unknown_fields=True):
    completion_tokens: float | None = None
    prompt_tokens: float | None = None
    total_tokens: float | None = None


class _Choice(msgspec.Struct, forbid_unknown_fields=True):
    finish_reason: Literal["stop", "length", "content_filter", "tool_calls"]
    index: float
    text: str
    logprobs: Any = None


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    choices: list[_Choice]
    created: float
    model: str
    system_fingerprint: str
    object: str
    usage: _Usage
    provider: str | None = None


_decode = msgspec.json.Decoder(_Body, strict=True).decode


def _inspect(path: Path) -> Counter[str]:
    seen: Counter[str] = Counter()
    for line in read(path):
        try:
            _decode(line)
        except ValueError as error:
            seen[without_positions(str(error))] += 1
    return seen


tool = Tool("msgspec, a loop with a strict Struct", ("msgspec",), _inspect)
