"""
Server-sent events: bytes to events, without I/O.

The decoder follows the HTML standard ("Parsing an event stream", "Interpreting an event stream"), with one difference:
the data of an event stays bytes. The standard replaces invalid UTF-8; here, decoding the data rejects it.

Decoding takes two steps: `_lines` turns bytes into whole lines, `_interpret` turns lines into events. Most events of
completion streams consist of one data line and a blank line. `_plain` splits text that holds only such events.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, overload

from ..errors import DecodeError

#: The longest event that a decoder accepts by default, in bytes.
MAX_EVENT_SIZE = 64 * 2**20

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MAX_RETRY_DIGITS = 18

# ``10 in data`` takes an eighth of the time of ``b"\n" in data``, which first tries to convert the bytes to a number.
_LF, _CR, _COLON = b"\n\r:"


class Event(NamedTuple):
    """
    One event. (A named tuple: creating one takes half the time of a frozen attrs class.)

    Attributes:
        event: The type: ``"message"`` unless the stream names another.
        data: The values of the ``data`` lines, joined by newlines.
        id: The last event ID that the stream set before it dispatched the event; ``""`` if none.
    """

    event: str
    data: bytes
    id: str


class Comment(NamedTuple):
    """
    A comment line. Servers send comments to keep an idle connection open.

    Attributes:
        text: The line after its leading colon.
    """

    text: bytes


class SSEDecoder:
    """
    A decoder for one event stream, without I/O: feed it bytes, and it returns the events that they complete.

    The events do not depend on how the bytes are cut, and the time is linear in their number.

    Args:
        max_event_size: The longest line, and the longest sum of the data lines of one event, in bytes. It bounds the
            memory that an endless line takes.

    Attributes:
        comments: The number of comments since the stream began.
        retry: The reconnection time that the server set last, in milliseconds, or None.
        last_event_id: What a client sends as ``Last-Event-ID`` when it reconnects.
    """

    last_event_id: str
    comments: int

    def __init__(self, *, max_event_size: int = MAX_EVENT_SIZE) -> None:
        self.max_event_size = max_event_size
        self.retry: int | None = None
        self.last_event_id = ""
        self.reset()

    def reset(self) -> None:
        """Begin another stream. As in the standard, ``retry`` and ``last_event_id`` survive."""
        self.comments = 0
        self._is_closed = self._is_too_long = False
        self._is_at_start = True  # a byte order mark may follow
        self._is_after_cr = False  # a newline that follows belongs to the same line end
        self._is_regular = False  # whether none of these four applies
        self._pending: list[bytes] = []  # pieces of a line whose end has not arrived
        self._pending_size = 0
        self._id = ""
        self._begin_event()

    def _begin_event(self) -> None:
        self._event = ""
        self._data: list[bytes] = []
        self._data_size = 0

    @overload
    def feed(self, data: bytes, *, comments: Literal[False] = False) -> list[Event]: ...

    @overload
    def feed(self, data: bytes, *, comments: bool) -> list[Event | Comment]: ...

    def feed(self, data: bytes, *, comments: bool = False) -> list[Event] | list[Event | Comment]:
        """
        Return the events that *data* completes, in order.

        Args:
            data: The next bytes of the stream.
            comments: Whether to return comments too, in their places among the events.

        Raises:
            DecodeError: An event is longer than ``max_event_size``. If *data* completes events before that one, this
                call returns them and the next call raises. Every further call raises too, until `reset`.
            TypeError: *data* is not bytes.
            ValueError: The decoder is closed.
        """
        text = self._lines(data)
        found: list[Any] = []
        if text:
            payloads = self._plain(text)
            if payloads is not None:
                return [Event("message", payload, self._id) for payload in payloads]
            found = self._interpret(text, comments)
        if self._is_too_long and not found:
            raise self._too_long()
        return found

    def close(self) -> None:
        """
        End the stream. As in the standard, an unfinished event is discarded.

        Raises:
            DecodeError: An event was longer than ``max_event_size``.
        """
        self._is_closed = True
        self._is_regular = False
        self._pending.clear()
        if self._is_too_long:
            raise self._too_long()

    def _too_long(self) -> DecodeError:
        return DecodeError(f"an event of more than {self.max_event_size:,} bytes")

    # --- bytes to lines ---

    def _lines(self, data: bytes) -> bytes:
        """Return the whole lines, with newlines for line ends, that *data* completes. Keep the rest."""
        if not (self._is_regular and type(data) is bytes and _CR not in data):
            data = self._normalized(data)
        elif not self._pending_size and data and data[-1] == _LF:
            return data
        text = b""
        if _LF in data:
            text, _, data = data.rpartition(b"\n")
            text = b"".join((*self._pending, text, b"\n"))
            self._drop_pending()
        if data:
            self._pending.append(data)
            self._pending_size += len(data)
            if self._pending_size >= self.max_event_size:
                self._stop()
        return text

    def _normalized(self, data: bytes) -> bytes:
        """Return *data* without a byte order mark, and with newlines for line ends."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"data must be bytes, not {type(data).__name__}")
        if self._is_too_long:
            raise self._too_long()
        if self._is_closed:
            raise ValueError("the decoder is closed: reset() begins another stream")
        data = self._without_carriage_returns(self._without_mark(bytes(data)))
        self._is_regular = not (self._is_at_start or self._is_after_cr)
        return data

    def _without_mark(self, data: bytes) -> bytes:
        """Remove the byte order mark at the start of the stream."""
        if not self._is_at_start:
            return data
        data = b"".join((*self._pending, data))
        self._drop_pending()
        # Part of a mark is kept until the rest arrives.
        self._is_at_start = len(data) < len(BYTE_ORDER_MARK) and BYTE_ORDER_MARK.startswith(data)
        return data.removeprefix(BYTE_ORDER_MARK)

    def _without_carriage_returns(self, data: bytes) -> bytes:
        """Replace each line end by a newline, also one that is cut in two."""
        if self._is_after_cr and data:
            data = data.removeprefix(b"\n")
            self._is_after_cr = False
        if _CR in data:
            self._is_after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return data

    def _drop_pending(self) -> None:
        self._pending.clear()
        self._pending_size = 0

    def _stop(self) -> None:
        """Refuse all further data: an event is too long."""
        self._is_too_long = True
        self._is_regular = False
        self._drop_pending()

    # --- lines to events ---

    def _plain(self, text: bytes) -> list[bytes] | None:
        """Return the data of each event if *text* holds only events of one data line and a blank line, else None."""
        if text[:6] != b"data: " or text[-2] != _LF or len(text) > self.max_event_size:
            return None
        if self._data or self._event:  # an event has begun
            return None
        payload = text[6:-2]
        payloads = [payload]
        if _LF in payload:
            payloads = payload.split(b"\n\ndata: ")
            if _LF in b"".join(payloads):
                return None
        self.last_event_id = self._id
        return payloads

    def _interpret(self, text: bytes, comments: bool) -> list[Event | Comment]:
        """Return the events that the lines of *text* complete."""
        found: list[Event | Comment] = []
        for line in text.split(b"\n")[:-1]:
            if len(line) >= self.max_event_size:
                self._stop()
                break
            if not line:
                self.last_event_id = self._id
                if self._data:
                    found.append(Event(self._event or "message", b"\n".join(self._data), self._id))
                self._begin_event()
            elif line[0] == _COLON:
                self.comments += 1
                if comments:
                    found.append(Comment(line[1:]))
            else:
                self._set_field(line)
                if self._data_size > self.max_event_size:
                    self._stop()
                    break
        return found

    def _set_field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
            self._data_size += len(line) + 1
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value.lstrip(b"0")) <= _MAX_RETRY_DIGITS:
            self.retry = int(value[-_MAX_RETRY_DIGITS:])  # Python refuses thousands of digits, zeros too
