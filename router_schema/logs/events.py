"""
Recorded streams: bytes to events, and the totals of each stream.

The checker needs to know whether a stream is complete and what it used, but not its text. So its memory is
bounded, and a valid event is not decoded a second time, into an instance for an `Assembler`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from .._schemas import EVENTS
from ..errors import DecodeError
from ..streams import Event, SSEDecoder
from ..streams._assembler import index_key
from ..streams._recognise import MAX_HEAD, WHITE_SPACE, may_begin_stream
from . import lines
from .counts import TOKENS, whole
from .rows import UsageTotals

#: How many choices of a stream are tracked at most. A stream with more counts as incomplete.
_MAX_CHOICES = 10_000


def is_stream(name: str) -> bool:
    """Whether a file holds recorded streams, rather than bodies."""
    return name.removesuffix(".gz").removesuffix(".zst").endswith(".sse")


def class_for(name: str, cl: Any) -> Any:
    """The class of the bodies in a file: *cl*, or for streams the class of its events where *cl* is shipped."""
    return EVENTS.get(cl, cl) if is_stream(name) else cl


def read_events(pieces: Iterable[bytes]) -> Iterator[Event]:
    """
    The events of a file. A whole JSON text in place of a stream is one event.

    Raises:
        DecodeError: An event or a whole body is too long, or the file is not an event stream; raised after the events
            before it.
    """
    pieces = iter(pieces)
    decoder = SSEDecoder(max_event_size=lines.MAX_LINE)
    head, has_events = b"", False
    for piece in pieces:
        if len(head) < MAX_HEAD:
            head = (head + (piece if head else piece.lstrip(WHITE_SPACE)))[:MAX_HEAD]
            if head.startswith(b"<"):
                raise DecodeError("not an event stream, but HTML or XML")
            if head.startswith((b"{", b"[")):
                too_long = DecodeError(f"not an event stream, but a body of more than {lines.MAX_LINE:,} bytes")
                yield Event("message", lines.join(itertools.chain([piece], pieces), too_long), "")
                return
        for event in decoder.feed(piece):
            has_events = True
            yield event
    decoder.close()
    if head and not (has_events or decoder.comments or may_begin_stream(head)):
        raise DecodeError("not an event stream")


class StreamTotals:
    """
    Counts streams, by the parsed data of their events, valid or not.

    `router_schema.streams.Assembler` says what complete means, and which of several usages counts.
    """

    def __init__(self) -> None:
        self._events = self._streams = self._incomplete = 0
        self._begin()

    def _begin(self) -> None:
        self._is_empty = True
        self._is_broken = False  # by an error, or too many choices
        self._has_finished: dict[float | str, bool] = {}  # by the index of the choice
        self._usages: dict[float | str | None, tuple[Any, ...]] = {}
        self._has_running_usage = False

    def add(self, body: Any) -> None:
        """Add an event."""
        self._events += 1
        self._is_empty = False
        if type(body) is not dict:
            return
        items = body.get("choices")
        choices = [item for item in items if type(item) is dict] if type(items) is list else []
        for choice in choices:
            self._add_choice(choice)
        if type(usage := body.get("usage")) is dict:
            self._add_usage(choices, usage)

    def add_error(self) -> None:
        """Add an event that reports an error."""
        self.add(None)
        self._is_broken = True

    def end(self) -> UsageTotals:
        """End a stream; returns its usage."""
        self._streams += 1
        # Without any choice, a stream is not complete either.
        is_complete = not self._is_broken and self._has_finished and all(self._has_finished.values())
        self._incomplete += not is_complete
        sums = [sum(whole(usage[i]) for usage in self._usages.values() if usage[i] is not None) for i in range(3)]
        has_tokens = any(number is not None for usage in self._usages.values() for number in usage)
        self._begin()
        return UsageTotals(sums[0], sums[1], sums[2], int(not has_tokens))

    @property
    def has_ended(self) -> bool:
        """Whether the file may end here. A file holds at least one stream, even if that has no event."""
        return self._is_empty and self._streams > 0

    def counters(self) -> dict[str, Any]:
        """The fields of the report that count streams."""
        return {"events": self._events, "streams": self._streams, "incomplete_streams": self._incomplete}

    def _add_choice(self, choice: dict[str, Any]) -> None:
        index, reason = _index(choice), choice.get("finish_reason")
        if index in self._has_finished or len(self._has_finished) < _MAX_CHOICES:
            self._has_finished[index] = (type(reason) is str and reason != "") or self._has_finished.get(index, False)
        else:
            self._is_broken = True

    def _add_usage(self, choices: list[dict[str, Any]], usage: dict[str, Any]) -> None:
        index = _index(choices[0]) if len(choices) == 1 and choices[0].get("finish_reason") else None
        if index is None or index in self._usages or len(self._usages) >= _MAX_CHOICES:
            self._has_running_usage = True
        if self._has_running_usage:
            self._usages.clear()
        self._usages[index] = tuple(_number(usage.get(name)) for name in TOKENS)


def _index(choice: dict[str, Any]) -> float | str:
    """What stands for the index of a choice; the empty string for all that have none."""
    index = _number(choice.get("index"))
    return "" if index is None else index_key(index)


def _number(value: Any) -> float | None:
    return value if type(value) in (int, float) else None
