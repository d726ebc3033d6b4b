"""Asynchronous streams, on asyncio and on trio: the same chunks, nothing read ahead, nothing left open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import aclosing
from typing import Any

import anyio
import attrs
import pytest
from samples import Reading, Sample, cut, each_sample, load, read

from router_schema import DecodeError, RouterSchemaError, ValidationError, make_converter
from router_schema.streams import StreamError, aiter_stream

Run = Callable[[Callable[[], Coroutine[Any, Any, Any]]], Any]

OPENAI = load("openai").data


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a coroutine function in an event loop."""
    return lambda function: anyio.run(function, backend=request.param)


async def source(pieces: list[bytes]) -> AsyncIterator[bytes]:
    """Yield pieces, with a step of the event loop before each."""
    for piece in pieces:
        await anyio.lowlevel.checkpoint()
        yield piece


class Source:
    """A source that is not a generator and counts its pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self.pieces = pieces
        self.read = 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self.read == len(self.pieces):
            raise StopAsyncIteration
        self.read += 1
        return self.pieces[self.read - 1]


@each_sample
@pytest.mark.parametrize("size", [1, 100])
def test_it_reads_what_the_other_reads(sample: Sample, size: int, run: Run) -> None:
    """Chunks, errors and attributes equal those of `iter_stream`."""
    expected = read(cut(sample.data, size))

    async def main() -> None:
        reading = Reading()
        stream = aiter_stream(source(cut(sample.data, size)))
        try:
            async for chunk in stream:
                reading.chunks.append(chunk)
        except RouterSchemaError as error:
            reading.error = error
        reading.done, reading.comments = stream.done, stream.comments

        assert getattr(reading.error, "__context__", None) is None
        assert (repr(reading.error), str(reading.error)) == (repr(expected.error), str(expected.error))
        assert attrs.evolve(reading, error=None) == attrs.evolve(expected, error=None)

    run(main)


def test_nothing_is_read_ahead(run: Run) -> None:
    """The stream reads a piece after the consumer has read the chunks before it, and none after [DONE]."""

    async def main() -> None:
        pieces = Source([*OPENAI.removesuffix(b"\n\n").split(b"\n\n"), b"never read"])
        pieces.pieces = [piece + b"\n\n" for piece in pieces.pieces]
        stream = aiter_stream(pieces)
        number = 0
        async for _ in stream:
            number += 1
            assert pieces.read == number
        assert (number, pieces.read, stream.events, stream.done) == (7, 8, 8, True)

    run(main)


def test_it_can_be_stepped_through(run: Run) -> None:
    """The built-in anext returns chunk after chunk, then the end."""

    async def main() -> None:
        stream = aiter_stream(source([OPENAI]))
        texts = [(await anext(stream)).choices[0].text for _ in range(7)]
        assert texts == [" Rye", " is", " sown", " in", " autumn", ".", ""]
        assert await anext(stream, None) is None

    run(main)


@pytest.mark.parametrize("ending", ["close", "done", "error", "cancelled"])
def test_a_generator_is_closed_in_the_same_task(ending: str, run: Run) -> None:
    """At every kind of end, the stream closes the generator that feeds it before the consumer continues."""
    closed = []
    data = {"error": b'data: {"error": {"message": "x"}}\n\n'}.get(ending, OPENAI)

    async def pieces() -> AsyncIterator[bytes]:
        try:
            yield data
            if ending == "cancelled":
                await anyio.sleep_forever()
            yield b"data: never read\n\n"
        finally:
            closed.append(ending)

    async def main() -> None:
        if ending == "cancelled":
            with anyio.move_on_after(0.01):
                async for _ in aiter_stream(source_without_done()):
                    pass
        elif ending == "error":
            with pytest.raises(StreamError):
                await anext(aiter_stream(pieces()))
        else:
            async with aclosing(aiter_stream(pieces())) as stream:
                async for _ in stream:
                    if ending == "close":
                        break
        assert closed == [ending]

    async def source_without_done() -> AsyncIterator[bytes]:
        async with aclosing(pieces()) as found:
            async for piece in found:
                yield piece.replace(b"[DONE]", b"")

    run(main)


def test_a_source_that_is_no_generator_is_left_alone(run: Run) -> None:
    """A source that is not a generator stays open, and the rest of it can be read."""

    async def main() -> None:
        pieces = Source([OPENAI, b"rest"])
        async with aclosing(aiter_stream(pieces)) as stream:
            await anext(stream)
        assert [piece async for piece in pieces] == [b"rest"]

    run(main)


def test_options_are_those_of_the_other(run: Run) -> None:
    """Class, converter, on_error and bound have the same meaning."""

    @attrs.frozen
    class Piece:
        value: str

    async def main() -> None:
        data = b'data: {"value": "rye", "more": 1}\n\ndata: {}\n\n'
        numbers: list[int] = []
        stream = aiter_stream(source([data]), Piece, on_error=lambda number, error: numbers.append(number))
        assert [piece async for piece in stream] == [Piece("rye")]
        assert numbers == [2]
        assert [piece async for piece in aiter_stream(source([data]), Piece, on_error="skip")] == [Piece("rye")]
        with pytest.raises(ValidationError, match="unexpected key"):
            await anext(aiter_stream(source([data]), Piece, converter=make_converter(forbid_extra_keys=True)))
        with pytest.raises(DecodeError, match="more than 10 bytes"):
            await anext(aiter_stream(source([data]), Piece, max_event_size=10))

    run(main)
    with pytest.raises(ValueError, match="on_error must be"):
        aiter_stream(Source([]), on_error="ignore")  # type: ignore[call-overload]


def test_an_idle_timeout_sees_no_progress_in_comments(run: Run) -> None:
    """Keep-alives do not reset a limit on the time from chunk to chunk."""

    async def pieces() -> AsyncIterator[bytes]:
        yield OPENAI[: OPENAI.index(b"\n\n") + 2]
        while True:
            await anyio.sleep(0.001)
            yield b": still here\n\n"

    async def main() -> None:
        stream = aiter_stream(pieces())
        await anext(stream)
        with pytest.raises(TimeoutError), anyio.fail_after(0.05):
            await anext(stream)
        assert stream.comments > 1

    run(main)
