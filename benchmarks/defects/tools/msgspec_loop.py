"""A loop of msgspec into Struct classes, strict, with unknown keys forbidden. An error reports the first problem."""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.defects.tools._tool import Tool, read, without_positions
from benchmarks.peers._models import make_models

_models = make_models(msgspec.Struct, frozen=True, forbid_unknown_fields=True)


class _Choice(_models.Choice, frozen=True, forbid_unknown_fields=True):
    logprobs: Any = None


class _Body(_models.Body, frozen=True, forbid_unknown_fields=True):
    choices: tuple[_Choice, ...]
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
