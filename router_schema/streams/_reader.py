"""
Streams of completions: bytes to instances. `Reader` does no I/O; `iter_stream` and `aiter_stream` feed it.

A response with status 200 is not always a stream: servers that cannot stream send a whole body, others an error body,
and proxies an HTML page. The first byte that is not white space tells them apart. An event stream does not begin with
``{``, ``[`` or ``<``: its decoder would ignore that line.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Generator, Iterable, Iterator
from typing import Any, Generic, Literal, TypeVar, overload

from ..converter import RouterConverter, converter_or_default
from ..errors import DecodeError, StreamError
from ..openai import CompletionChunk
from ._recognise import DONE_DATA, MAX_HEAD, WHITE_SPACE, error_of, may_begin_stream, reported_error
from ._sse import MAX_EVENT_SIZE, SSEDecoder

T = TypeVar("T")

#: What happens with an event that does not match the schema: raise its error, skip it, or call a function with it.
OnError = Literal["raise", "skip"] | Callable[[int, DecodeError], object]

_ERROR = b'"error"'  # matches whole JSON strings only, because quotes inside a string are escaped


class Reader(SSEDecoder, Generic[T]):
    """
    A decoder that also decodes the data of the events, into instances of *cl*.

    Attributes:
        events: The number of events so far.
        done: Whether ``[DONE]`` arrived.
    """

    events: int
    done: bool

    def __init__(self, cl: type[T], on_error: OnError, converter: RouterConverter, max_event_size: int) -> None:
        if on_error not in ("raise", "skip") and not callable(on_error):
            raise ValueError(f"on_error must be 'raise', 'skip' or a function, not {on_error!r}")
        super().__init__(max_event_size=max_event_size)
        self.events = 0
        self.done = False
        self._loads = converter.get_loads_hook(cl)
        self._on_error = on_error
        self._is_recognised = False  # as an event stream
        self._head = b""  # the first bytes that are not white space
        self._body: list[bytes] | None = None  # the pieces of a body that is not an event stream
        self._body_size = 0

    def read(self, data: bytes) -> Iterable[T]:
        """
        Iterate over the instances that *data* completes. Each is decoded when the iterator reaches it.

        Raises what `iter_stream` raises.
        """
        if not self._is_recognised:
            data = self._recognise(data)
            if self._body is not None:
                self._collect(self._body, data)
                return ()
        text = self._lines(data)
        if text:
            payloads = self._plain(text)
            if payloads is None:
                return self._decode_events(self._interpret(text, False))
            return self._decode(payloads, text.find(_ERROR) >= 0)
        if self._is_too_long:
            raise self._too_long()
        return ()

    def end(self) -> Iterator[T]:
        """
        End the input, and iterate over the instance that it completes: that of a whole body.

        Raises what `iter_stream` raises.
        """
        if self._body is None:
            self.close()
            if not (self.events or self.comments or may_begin_stream(self._head)):
                raise DecodeError("not an event stream")
            return
        body = b"".join(self._body)
        if (error_body := reported_error(body)) is not None:
            raise StreamError(error_body)
        yield self._loads(body)

    def _decode(self, payloads: Iterable[bytes], may_report: bool) -> Iterator[T]:
        """Decode the data of events without a type. *may_report* says whether one of them may report an error."""
        loads = self._loads
        for payload in payloads:
            self.events += 1
            if payload == DONE_DATA:
                self.done = True
                return
            if may_report and (error_body := reported_error(payload)) is not None:
                raise StreamError(error_body, self.events)
            try:
                instance = loads(payload)
            except DecodeError as error:
                problem = error
            else:
                yield instance
                continue
            try:
                self._handle(problem, payload)  # outside the except block: its error must have no __context__
            finally:
                del problem  # its traceback refers to this frame
            if self.done:
                return

    def _decode_events(self, events: Iterable[Any]) -> Iterator[T]:
        for name, payload, _ in events:
            if name == "error":
                self.events += 1
                raise StreamError(error_of(payload), self.events)
            yield from self._decode((payload,), _ERROR in payload)
            if self.done:
                return
        if self._is_too_long:
            raise self._too_long()

    def _handle(self, problem: DecodeError, payload: bytes) -> None:
        """Handle an event whose data is not an instance."""
        text = payload.strip(WHITE_SPACE)
        if text == DONE_DATA:
            self.done = True
        elif text:  # an empty event only keeps the connection open
            problem.event_number = self.events
            if callable(self._on_error):
                self._on_error(self.events, problem)
            elif self._on_error == "raise":
                try:
                    raise problem
                finally:
                    del problem

    # --- input that is not an event stream ---

    def _recognise(self, data: bytes) -> bytes:
        """Tell an event stream from other input. Return *data*, without the white space before a body."""
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"the stream must consist of bytes, not {type(data).__name__}")
        data = bytes(data)
        if self._body is not None:
            return data
        text = data if self._head else data.lstrip(WHITE_SPACE)
        head = self._head = (self._head + text)[:MAX_HEAD]
        if head.startswith(b"<"):
            raise DecodeError("not an event stream, but HTML or XML")
        if head.startswith(b"\x1f\x8b"):
            raise DecodeError("not an event stream, but compressed (gzip)")
        if head.startswith((b"{", b"[")):
            self._body = []
            return text
        self._is_recognised = len(head) == MAX_HEAD
        return data

    def _collect(self, body: list[bytes], data: bytes) -> None:
        body.append(data)
        self._body_size += len(data)
        if self._body_size > self.max_event_size:
            raise DecodeError(f"not an event stream, but a body of more than {self.max_event_size:,} bytes")


class _Counts:
    """How far a stream was read."""

    _reader: Reader[Any]

    @property
    def events(self) -> int:
        return self._reader.events

    @property
    def comments(self) -> int:
        return self._reader.comments

    @property
    def done(self) -> bool:
        return self._reader.done


class Stream(_Counts, Iterator[T]):
    """
    An iterator over the instances of one stream, returned by `iter_stream`.

    Attributes:
        events: The number of events so far.
        comments: The number of comments so far.
        done: Whether ``[DONE]`` arrived. That does not mean success, nor does its absence mean failure: a completion is
            whole when its choices have finish reasons (`Assembler.complete`).
    """

    def __init__(self, reader: Reader[T], chunks: Iterable[bytes]) -> None:
        self._reader = reader
        self._instances = _read(reader, chunks)

    def __iter__(self) -> Iterator[T]:
        return self._instances  # a for loop then resumes the generator without calling __next__

    def __next__(self) -> T:
        return next(self._instances)

    def close(self) -> None:
        """End the stream early."""
        self._instances.close()


class AsyncStream(_Counts, AsyncIterator[T]):
    """
    An asynchronous iterator over the instances of one stream, returned by `aiter_stream`.

    Attributes:
        events: The number of events so far.
        comments: The number of comments so far.
        done: See `Stream`.
    """

    def __init__(self, reader: Reader[T], chunks: AsyncIterable[bytes]) -> None:
        self._reader = reader
        self._instances = _aread(reader, chunks)

    def __aiter__(self) -> AsyncIterator[T]:
        return self._instances

    async def __anext__(self) -> T:
        return await anext(self._instances)

    async def aclose(self) -> None:
        """End the stream early."""
        await self._instances.aclose()


def _read(reader: Reader[T], chunks: Iterable[bytes]) -> Generator[T, None, None]:
    for data in chunks:
        yield from reader.read(data)
        if reader.done:
            return
    yield from reader.end()


async def _aread(reader: Reader[T], chunks: AsyncIterable[bytes]) -> AsyncGenerator[T, None]:
    try:
        async for data in chunks:
            for instance in reader.read(data):
                yield instance
            if reader.done:
                return
        for instance in reader.end():
            yield instance
    finally:
        # If the garbage collector closed the generator, its cleanup would run in another task.
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()


@overload
def iter_stream(
    chunks: Iterable[bytes],
    *,
    on_error: OnError = "raise",
    converter: RouterConverter | None = None,
    max_event_size: int = MAX_EVENT_SIZE,
) -> Stream[CompletionChunk]: ...


@overload
def iter_stream(
    chunks: Iterable[bytes],
    cl: type[T],
    *,
    on_error: OnError = "raise",
    converter: RouterConverter | None = None,
    max_event_size: int = MAX_EVENT_SIZE,
) -> Stream[T]: ...


def iter_stream(
    chunks: Iterable[bytes],
    cl: Any = CompletionChunk,
    *,
    on_error: OnError = "raise",
    converter: RouterConverter | None = None,
    max_event_size: int = MAX_EVENT_SIZE,
) -> Stream[Any]:
    """
    Decode a stream of server-sent events: one instance per event, each as soon as its last byte arrives.

    The iterator ends at ``[DONE]``, after which it reads nothing more, or with *chunks*. A whole body in place of a
    stream, as JSON or as the only event, yields one instance.

    Args:
        chunks: The bytes, however they are cut: ``response.iter_bytes()`` of httpx, ``iter_content(None)`` of
            requests, an open binary file, a list.
        cl: The class of an event's data.
        on_error: How to handle an event that can't be decoded: ``"raise"`` raises its error, ``"skip"`` skips it,
            and a function is called with the event's number, from 1, and the error, and then the event is skipped.
        converter: The converter that decodes the events; by default the library's own.
        max_event_size: The longest event, and the longest whole body, in bytes.

    Raises:
        StreamError: The server reported an error, in an event or in place of the stream.
        ValidationError: The data of an event is JSON that does not match *cl*. The error has its ``event_number``.
        DecodeError: The data of an event is not JSON, an event is too long, or the input is not an event stream.
        TypeError: *chunks* yields anything other than bytes, *cl* has a field of an unsupported type, or *converter* is
            no `router_schema.RouterConverter`.
        ValueError: *on_error* is neither one of the two words nor a function.
    """
    return Stream(Reader(cl, on_error, converter_or_default(converter), max_event_size), chunks)


@overload
def aiter_stream(
    chunks: AsyncIterable[bytes],
    *,
    on_error: OnError = "raise",
    converter: RouterConverter | None = None,
    max_event_size: int = MAX_EVENT_SIZE,
) -> AsyncStream[CompletionChunk]: ...


@overload
def aiter_stream(
    chunks: AsyncIterable[bytes],
    cl: type[T],
    *,
    on_error: OnError = "raise",
    converter: RouterConverter | None = None,
    max_event_size: int = MAX_EVENT_SIZE,
) -> AsyncStream[T]: ...


def aiter_stream(
    chunks: AsyncIterable[bytes],
    cl: Any = CompletionChunk,
    *,
    on_error: OnError = "raise",
    converter: RouterConverter | None = None,
    max_event_size: int = MAX_EVENT_SIZE,
) -> AsyncStream[Any]:
    """
    Decode a stream as `iter_stream` does, from an asynchronous source such as httpx's ``response.aiter_bytes()``.

    It works on any event loop and reads nothing ahead of the consumer. When the stream ends, it closes a source that is
    an asynchronous generator. A consumer that leaves early must close the stream (``contextlib.aclosing``).

    Args:
        chunks: See `iter_stream`.
        cl: See `iter_stream`.
        on_error: See `iter_stream`.
        converter: See `iter_stream`.
        max_event_size: See `iter_stream`.

    Raises:
        RouterSchemaError: See `iter_stream`.
    """
    return AsyncStream(Reader(cl, on_error, converter_or_default(converter), max_event_size), chunks)
