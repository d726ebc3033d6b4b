"""
Forwards a stream from upstream to the client: validates chunk by chunk, and meters once, at the end.

One task reads from upstream and writes to the client, so a client that reads slowly slows upstream down and no buffer
grows. When the client leaves, Starlette cancels that task.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, suppress

import anyio
import attrs
import httpx
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from router_schema.openai import FINISH_REASONS, CompletionChunk, CompletionChunkChoice
from router_schema.streams import DONE, Assembler, AsyncStream, encode_event

from .metering import Meter
from .problems import UPSTREAM_ERRORS, UnknownReasonError, upstream_problem

#: Keep proxies from buffering events.
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


@attrs.frozen
class Source:
    """
    The bytes of a response. `aiter_stream` does not close this iterator, so `finish` can read what follows ``[DONE]``.

    Attributes:
        pieces: ``response.aiter_raw()``.
    """

    pieces: AsyncIterator[bytes]

    def __aiter__(self) -> Source:
        return self

    async def __anext__(self) -> bytes:
        return await anext(self.pieces)

    async def finish(self, timeout: float = 1.0) -> None:
        """Read the response to its end, so that httpx can reuse the connection."""
        with suppress(httpx.TransportError), anyio.move_on_after(timeout):
            async for _ in self.pieces:
                pass


@attrs.frozen
class Rewrite:
    """
    Turns upstream's chunks into the client's events.

    Attributes:
        model: The model that the client named; it replaces upstream's name.
        with_usage: Whether the client requested the usage, as the gateway always does.
    """

    model: str
    with_usage: bool

    def encode(self, chunk: CompletionChunk) -> bytes:
        """Return the event for the client; no bytes if nothing is left for it."""
        usage = chunk.usage if self.with_usage else None
        if usage is None and not chunk.choices:
            return b""
        choices = tuple(map(routed, chunk.choices))
        fingerprint = chunk.system_fingerprint or "fp_gateway"
        return encode_event(
            attrs.evolve(chunk, model=self.model, choices=choices, system_fingerprint=fingerprint, usage=usage)
        )


def routed(choice: CompletionChunkChoice) -> CompletionChunkChoice:
    """Replace the finish reason by one of the router's schema, or by null."""
    if choice.finish_reason is None:
        return choice
    reason = FINISH_REASONS.get(choice.finish_reason)
    if choice.finish_reason and reason is None:
        raise UnknownReasonError
    return attrs.evolve(choice, finish_reason=reason and reason.value)


class Relay(StreamingResponse):
    """
    The answer to a request for a stream.

    Args:
        first: The first chunk. The gateway sends no status before it.
        rest: The chunks after it.
        source: The bytes of these chunks.
        upstream: Closes upstream's response.
        assembler: Collects the usage, and knows whether the completion is whole.
        rewrite: Turns each chunk into the client's event.
        meter: Counts the stream and its tokens.
        timeout: The seconds that each chunk may take. Keep-alives are not chunks.
    """

    def __init__(
        self,
        first: CompletionChunk,
        rest: AsyncStream[CompletionChunk],
        *,
        source: Source,
        upstream: AsyncExitStack,
        assembler: Assembler,
        rewrite: Rewrite,
        meter: Meter,
        timeout: float,
    ) -> None:
        self.rest, self.source, self.upstream, self.timeout = rest, source, upstream, timeout
        self.assembler, self.rewrite, self.meter = assembler, rewrite, meter
        self.end = "left"
        self.events = self.relay(first)
        super().__init__(self.events, headers=HEADERS, media_type="text/event-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream. At every kind of end, close upstream's response and count."""
        async with self.upstream:
            try:
                await super().__call__(scope, receive, send)
            finally:
                await self.events.aclose()
                self.count()

    async def relay(self, chunk: CompletionChunk | None) -> AsyncGenerator[bytes]:
        """Iterate over the events for the client."""
        try:
            while chunk is not None:
                self.assembler.add(chunk)
                if event := self.rewrite.encode(chunk):
                    yield event
                with anyio.fail_after(self.timeout):
                    chunk = await anext(self.rest, None)
            self.assembler.completion()  # raises if the stream is not complete
        except UPSTREAM_ERRORS as error:
            self.end = "broken"
            yield upstream_problem(error).event()
        else:
            self.end = "complete"
            yield DONE
            await self.source.finish()

    def count(self) -> None:
        """Count the stream, and the usage if upstream sent one."""
        self.meter.stream(self.end)
        usage = self.assembler.partial().usage
        if usage is not None:
            self.meter.tokens(self.rewrite.model, usage, partial=self.end != "complete")
