"""
The streams in ``data/streams``: bytes as servers send them, each beside its expected outcome.

Their shapes are those of recorded streams; ids, models and texts are our own. LiteLLM's proxy (1.106.2) sends those
named ``litellm``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import attrs
import pytest
from support import DATA

from router_schema import RouterSchemaError
from router_schema.streams import Assembler, iter_stream


@attrs.frozen
class Sample:
    """A stream and its expected outcome."""

    name: str
    data: bytes
    expected: dict[str, Any]


def load(name: str) -> Sample:
    """Load the sample of that name."""
    path = DATA / "streams" / f"{name}.sse"
    return Sample(name, path.read_bytes(), json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8")))


SAMPLES = [load(path.stem) for path in sorted((DATA / "streams").glob("*.sse"))]

each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


@attrs.define
class Reading:
    """The outcome of reading a stream."""

    chunks: list[Any] = attrs.Factory(list)
    error: RouterSchemaError | None = None
    done: bool = False
    comments: int = 0

    @property
    def assembler(self) -> Assembler:
        """An assembler to which the chunks were added."""
        assembler = Assembler()
        for chunk in self.chunks:
            assembler.add(chunk)
        return assembler


def read(pieces: Iterable[bytes], *args: Any, **options: Any) -> Reading:
    """Read a stream to its end, or to its error."""
    reading = Reading()
    stream = iter_stream(pieces, *args, **options)
    try:
        for chunk in stream:
            reading.chunks.append(chunk)
    except RouterSchemaError as error:
        reading.error = error
    reading.done, reading.comments = stream.done, stream.comments
    return reading


def cut(data: bytes, size: int) -> list[bytes]:
    """Pieces of *size* bytes."""
    return [data[start : start + size] for start in range(0, len(data), size)]
