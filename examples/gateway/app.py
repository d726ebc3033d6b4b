"""
The gateway. What is worth copying is `complete`: the lines around ``loads``; all else serves it.

Whatever upstream does, the client gets an answer with the right status, and no answer says what a prompt or a
completion said: problems are told by path (RFC 9457).
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Literal

import anyio
import attrs
import httpx
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, ProcessCollector, generate_latest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from router_schema import DecodeError, RouterCompletionsResponseBody, ValidationError, dumps, loads
from router_schema.openai import Completion, to_router

logger = logging.getLogger(__name__)


@attrs.frozen
class Question:
    """What the gateway reads of a request; upstream gets the request as it is."""

    model: str
    stream: Literal[False] | None = None


class TooLargeError(Exception):
    """A body is longer than the gateway takes."""


def create_app(upstream: str, *, timeout: float = 60.0, max_bytes: int = 10_000_000) -> Starlette:
    """
    The gateway as an ASGI application.

    Args:
        upstream: The address of an OpenAI-compatible server, without ``/v1``.
        timeout: Seconds that upstream has for the whole answer.
        max_bytes: The longest body taken, of a request and of an answer.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    answers = Counter("gateway_answers", "Answers to clients.", ["status"], registry=registry)
    tokens = Counter("gateway_tokens", "Tokens that upstream counted.", ["model", "kind"], registry=registry)
    # `forward` sets one deadline for connecting, waiting and reading, so that a trickle ends too. Few connections are
    # kept idle, since httpx's pool takes quadratic time in them: with 200, it took most of a request's time.
    limits = httpx.Limits(max_connections=1000, max_keepalive_connections=20)
    client = httpx.AsyncClient(base_url=upstream, timeout=None, limits=limits, trust_env=False)

    async def complete(request: Request) -> Response:
        try:
            question = await read(request.stream())
            model = loads(question, Question).model
        except TooLargeError:
            return problem(413, f"The request is longer than {max_bytes} bytes.")
        except DecodeError as error:
            return problem(400, "The request is not one that this gateway takes.", error)
        try:
            status, data = await forward(request, question)
        except TooLargeError:
            return problem(502, f"The upstream answer is longer than {max_bytes} bytes.")
        except TimeoutError:
            return problem(504, f"The upstream answer took longer than {timeout:g} seconds.")
        except httpx.TransportError:
            return problem(502, "The upstream server cannot be reached, or broke off.")
        try:
            body = to_router(loads(data, Completion), system_fingerprint="fp_gateway", model=model)
        except DecodeError as error:
            if isinstance(error, ValidationError) and error.error_body is not None and 400 <= status <= 599:
                return Response(data, status, media_type="application/json")
            return problem(502, f"The upstream answer (status {status}) is not a completion.", error)
        if status != 200:
            return problem(502, f"The upstream answer is a completion, but its status is {status}.")
        answer = dumps(body)
        meter(body)
        return Response(answer, media_type="application/json")

    async def forward(request: Request, question: bytes) -> tuple[int, bytes]:
        headers = {name: request.headers[name] for name in ("authorization",) if name in request.headers}
        # An answer is read as it comes, never unpacked: a compressed one could be of any size.
        headers |= {"content-type": "application/json", "accept-encoding": "identity"}
        with anyio.fail_after(timeout):
            async with client.stream("POST", "/v1/completions", content=question, headers=headers) as response:
                return response.status_code, await read(response.aiter_raw())

    async def read(chunks: AsyncIterator[bytes]) -> bytes:
        data = bytearray()
        async for chunk in chunks:
            data += chunk
            if len(data) > max_bytes:
                raise TooLargeError
        return bytes(data)

    def meter(body: RouterCompletionsResponseBody) -> None:
        for kind, count in (("prompt", body.usage.prompt_tokens), ("completion", body.usage.completion_tokens)):
            # Upstream may not have counted; and a number below zero would pull the counter back.
            tokens.labels(body.model, kind).inc(max(0.0, count or 0.0))

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    async def counted(request: Request) -> Response:
        try:
            response = await complete(request)
        except ClientDisconnect:
            response = Response(status_code=499)  # nobody reads it; nginx's number, for the counter
        answers.labels(response.status_code).inc()
        return response

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    routes = [Route("/v1/completions", counted, methods=["POST"]), Route("/metrics", metrics)]
    return Starlette(routes=routes, lifespan=lifespan)


def problem(status: int, detail: str, error: DecodeError | None = None) -> Response:
    """A problem document (RFC 9457) that says where a body is wrong, and nothing of what it says."""
    title = HTTPStatus(status).phrase
    document: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if isinstance(error, ValidationError):
        errors = [{"path": public(e.path), "kind": e.kind, "expected": e.expected} for e in error.errors]
        document |= {"error_count": error.error_count, "errors": errors}
    elif error is not None:
        document |= {"line": error.line, "column": error.column}
    logger.warning("%s %s %s", status, detail, document.get("errors", ""))
    return JSONResponse(document, status, media_type="application/problem+json")


def public(path: str) -> str:
    """*path* without what follows ``logprobs``, where the keys are tokens: pieces of the text."""
    head, found, _ = path.partition(".logprobs.")
    return f"{head}.logprobs" if found else path
