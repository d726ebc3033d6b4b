"""
The gateway. Start your own from `whole`, `streamed` and ``relay.py``, the code around ``loads`` and
``aiter_stream``.

Whatever upstream does, the client receives the right status, and errors in the form of the official clients.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any

import anyio
import attrs
import httpx
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from router_schema import DecodeError, ValidationError, dumps, loads
from router_schema.openai import Completion, to_router
from router_schema.streams import Assembler, IncompleteStreamError, aiter_stream

from . import relay
from .metering import Meter
from .problems import (
    UPSTREAM_ERRORS,
    Problem,
    TooLargeError,
    invalid_request,
    reported,
    too_large,
    upstream_problem,
)

#: The headers of an error that the gateway forwards: whether to retry, and when.
RETRY_HEADERS = ("retry-after", "retry-after-ms", "x-should-retry")


@attrs.frozen
class StreamOptions:
    """The options of a stream that the gateway reads."""

    include_usage: bool | None = None


@attrs.frozen
class Question:
    """The fields of a request that the gateway reads. Upstream receives all of them."""

    model: str
    n: int | None = None
    prompt: Any = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    @property
    def choices(self) -> int:
        """The number of choices in the answer: ``n`` for each prompt. A list of numbers is one prompt."""
        prompts = self.prompt if isinstance(self.prompt, list) else [self.prompt]
        return max(1, self.n or 1) * max(1, sum(not isinstance(prompt, int) for prompt in prompts))


def create_app(upstream: str, *, timeout: float = 60.0, max_bytes: int = 10_000_000) -> Starlette:
    """
    The gateway as an ASGI application.

    Args:
        upstream: The address of an OpenAI-compatible server, without ``/v1``.
        timeout: The seconds that a whole answer may take, or each chunk of a stream.
        max_bytes: The longest request and the longest answer that the gateway accepts; in a stream, the longest event.
    """
    meter = Meter()
    # `fail_after` sets one deadline for connecting, waiting and reading, so that a trickle ends too. Few connections
    # are kept idle, since httpx's pool takes quadratic time in them: with 200, it took most of a request's time.
    limits = httpx.Limits(max_connections=1000, max_keepalive_connections=20)
    client = httpx.AsyncClient(base_url=upstream, timeout=None, limits=limits, trust_env=False)

    async def complete(request: Request) -> Response:
        try:
            data = await read(request.stream())
            question = loads(data, Question)
        except TooLargeError:
            return too_large().response()
        except DecodeError as error:
            return invalid_request(error).response()
        # Read answers without unpacking them: a compressed one could be of any size.
        headers = httpx.Headers({"content-type": "application/json", "accept-encoding": "identity"}, "latin-1")
        if "authorization" in request.headers:
            headers["authorization"] = request.headers["authorization"]
        try:
            return await while_connected(request, (streamed if question.stream else whole)(question, data, headers))
        except UPSTREAM_ERRORS as error:
            return upstream_problem(error).response()

    async def whole(question: Question, data: bytes, headers: httpx.Headers) -> Response:
        with anyio.fail_after(timeout):
            async with client.stream("POST", "/v1/completions", content=data, headers=headers) as response:
                answer = await read(response.aiter_raw())
        if response.status_code != 200:
            return upstream_error(response, answer)
        body = to_router(loads(answer, Completion), system_fingerprint="fp_gateway", model=question.model)
        text = dumps(body)
        meter.tokens(body.model, body.usage)
        return Response(text, media_type="application/json")

    async def streamed(question: Question, data: bytes, headers: httpx.Headers) -> Response:
        options = question.stream_options or StreamOptions()
        data = data if options.include_usage else asking_for_usage(data)
        async with AsyncExitStack() as stack:
            with anyio.fail_after(timeout):
                request = client.stream("POST", "/v1/completions", content=data, headers=headers)
                response = await stack.enter_async_context(request)
                source = relay.Source(response.aiter_raw())
                if response.status_code != 200:
                    return upstream_error(response, await read(source))
                chunks = await stack.enter_async_context(aclosing(aiter_stream(source, max_event_size=max_bytes)))
                first = await anext(chunks, None)
            if first is None:
                raise IncompleteStreamError(0, 0, question.choices)
            return relay.Relay(
                first,
                chunks,
                source=source,
                upstream=stack.pop_all(),
                assembler=Assembler(choices=question.choices),
                rewrite=relay.Rewrite(question.model, with_usage=bool(options.include_usage)),
                meter=meter,
                timeout=timeout,
            )

    async def read(chunks: AsyncIterator[bytes]) -> bytes:
        data = bytearray()
        async for chunk in chunks:
            data += chunk
            if len(data) > max_bytes:
                raise TooLargeError
        return bytes(data)

    async def metrics(_: Request) -> Response:
        return meter.read()

    async def counted(request: Request) -> Response:
        try:
            response = await complete(request)
        except ClientDisconnect:
            response = Response(status_code=499)  # no client reads it; nginx's number, for the counter
        meter.answer(response.status_code)
        return response

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    routes = [Route("/v1/completions", counted, methods=["POST"]), Route("/metrics", metrics)]
    return Starlette(routes=routes, lifespan=lifespan)


async def while_connected(request: Request, answer: Awaitable[Response]) -> Response:
    """
    Await the answer. If the client leaves before, cancel it, which ends the request to upstream.

    Raises:
        ClientDisconnect: The client left.
    """
    response = failure = None
    async with anyio.create_task_group() as tasks:

        async def watch() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            tasks.cancel_scope.cancel()

        tasks.start_soon(watch)
        try:
            response = await answer
        except Exception as error:  # raised below: the group would wrap it
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
    if response is None:
        raise ClientDisconnect
    return response


def asking_for_usage(data: bytes) -> bytes:
    """Add the request for usage to a request for a stream."""
    question = json.loads(data)
    question["stream_options"] = {**(question.get("stream_options") or {}), "include_usage": True}
    return json.dumps(question).encode()


def upstream_error(response: httpx.Response, answer: bytes) -> Response:
    """Answer the client after an upstream status other than 200."""
    status = response.status_code
    error_body = None
    try:
        loads(answer, Completion)
    except ValidationError as error:
        error_body = error.error_body
    except DecodeError:
        pass
    else:
        message = f"The upstream answer is a completion, but its status is {status}."
        return Problem(502, message, code="upstream_invalid", billed=True).response()
    if error_body is None or not 400 <= status <= 599:
        message = f"The upstream answer (status {status}) is not a completion."
        return Problem(502, message, code="upstream_invalid").response()
    headers = {name: response.headers[name] for name in RETRY_HEADERS if name in response.headers}
    return reported(error_body, status).response(headers)
