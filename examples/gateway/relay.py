"""
A stream on its way from upstream to the client: chunk by chunk, validated, metered once at its end.

One task reads from upstream and writes to the client, so a client that reads slowly slows upstream down, and nothing
piles up in between. When the client leaves, Starlette cancels that task.
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

#: So that proxies pass each event on at once.
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}


@attrs.frozen
class Source:
    """
    The bytes of a response. `aiter_stream` does not close it, so what follows ``[DONE]`` can be read.

    Attributes:
        pieces: ``response.aiter_raw()``.
    """

    pieces: AsyncIterator[bytes]

    def __aiter__(self) -> Source:
        return self

    async def __anext__(self) -> bytes:
        return await anext(self.pieces)

    async def finish(self, timeout: float = 1.0) -> None:
        """Read the end of the response: then its connection can be used again."""
        with suppress(httpx.TransportError), anyio.move_on_after(timeout):
            async for _ in self.pieces:
                pass


@attrs.frozen
class Rewrite:
    """
    Upstream's chunks to the client's events.

    Attributes:
        model: The name of the model that the client asked for, in place of upstream's.
        with_usage: Whether the client asked for the usage. The gateway always does.
    """

    model: str
    with_usage: bool

    def encode(self, chunk: CompletionChunk) -> bytes:
        """The event for the client; nothing where nothing is left for it."""
        usage = chunk.usage if self.with_usage else None
        if usage is None and not chunk.choices:
            return b""
        choices = tuple(map(routed, chunk.choices))
        fingerprint = chunk.system_fingerprint or "fp_gateway"
        return encode_event(
            attrs.evolve(chunk, model=self.model, choices=choices, system_fingerprint=fingerprint, usage=usage)
        )


def routed(choice: CompletionChunkChoice) -> CompletionChunkChoice:
    """*choice* with a finish reason of the router's schema, or null."""
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
        first: The first chunk: until it is there, the status is open.
        rest: The chunks after it.
        source: Where they come from.
        upstream: Closes upstream's response.
        assembler: Finds out what was used, and whether the completion is whole.
        rewrite: Makes the client's event of each chunk.
        meter: Counts the stream, and its tokens.
        timeout: Seconds that upstream has for each chunk; keep-alives are none.
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
        """Send the stream. However it ends, upstream is closed and what was used is counted."""
        async with self.upstream:
            try:
                await super().__call__(scope, receive, send)
            finally:
                await self.events.aclose()
                self.count()

    async def relay(self, chunk: CompletionChunk | None) -> AsyncGenerator[bytes]:
        """The events for the client."""
        try:
            while chunk is not None:
                self.assembler.add(chunk)
                if event := self.rewrite.encode(chunk):
                    yield event
                with anyio.fail_after(self.timeout):
                    chunk = await anext(self.rest, None)
            self.assembler.completion()  # raises where it is not whole
        except UPSTREAM_ERRORS as error:
            self.end = "broken"
            yield upstream_problem(error).event()
        else:
            self.end = "complete"
            yield DONE
            await self.source.finish()

    def count(self) -> None:
        """Count the stream and what was used, as far as upstream has said it."""
        self.meter.stream(self.end)
        usage = self.assembler.partial().usage
        if usage is not None:
            self.meter.tokens(self.rewrite.model, usage, partial=self.end != "complete")
