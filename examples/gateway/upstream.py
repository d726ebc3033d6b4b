"""A server to try the gateway with: it sends the sample bodies, good and broken ones, whole or word by word."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

SAMPLES = Path(__file__).parents[1] / "bodies.jsonl"

#: The seconds from word to word.
PAUSE = 0.05


def create_upstream() -> Starlette:
    """
    Create an upstream that sends the line of the samples that the request's ``seed`` names, or the first.

    It streams samples that are completions if the request says ``"stream": true``.
    """
    lines = SAMPLES.read_bytes().splitlines()

    async def complete(request: Request) -> Response:
        question = json.loads(await request.body())
        seed = question.get("seed")
        line = lines[seed % len(lines) if isinstance(seed, int) else 0]
        if question.get("stream") and line.startswith(b'{"id"') and line.endswith(b"}"):
            return StreamingResponse(word_by_word(json.loads(line)), media_type="text/event-stream")
        return Response(line, 404 if line.startswith(b'{"error"') else 200, media_type="application/json")

    return Starlette(routes=[Route("/v1/completions", complete, methods=["POST"])])


async def word_by_word(body: dict[str, Any]) -> AsyncIterator[str]:
    """Iterate over the events of a completion."""
    for choice in body["choices"]:
        for word in re.findall(r"\s*\S+", choice["text"]):
            yield event(body, [{**choice, "text": word, "finish_reason": None}])
            await asyncio.sleep(PAUSE)
        yield event(body, [{**choice, "text": ""}])
    yield event(body, [], usage=body.get("usage"))
    yield "data: [DONE]\n\n"


def event(body: dict[str, Any], choices: list[Any], usage: Any = None) -> str:
    """Encode a chunk of *body* as an event."""
    return f"data: {json.dumps({**body, 'choices': choices, 'usage': usage})}\n\n"
