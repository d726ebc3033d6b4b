"""A server to try the gateway with: it answers with the sample bodies, good ones and broken ones, also word by word."""

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

#: Seconds from word to word.
PAUSE = 0.05


def create_upstream() -> Starlette:
    """
    An upstream that answers with the line of the samples that the request's ``seed`` names, else with the first.

    A sample that is a completion is streamed, where the request asks for that.
    """
    lines = SAMPLES.read_bytes().splitlines()

    async def complete(request: Request) -> Response:
        question = json.loads(await request.body())
        line = lines[(question.get("seed") or 0) % len(lines)]
        if question.get("stream") and line.startswith(b'{"id"') and line.endswith(b"}"):
            return StreamingResponse(word_by_word(json.loads(line)), media_type="text/event-stream")
        return Response(line, 404 if line.startswith(b'{"error"') else 200, media_type="application/json")

    return Starlette(routes=[Route("/v1/completions", complete, methods=["POST"])])


async def word_by_word(body: dict[str, Any]) -> AsyncIterator[str]:
    """The events of a completion."""
    for choice in body["choices"]:
        for word in re.findall(r"\s*\S+", choice["text"]):
            yield event(body, [{**choice, "text": word, "finish_reason": None}])
            await asyncio.sleep(PAUSE)
        yield event(body, [{**choice, "text": ""}])
    yield event(body, [], usage=body.get("usage"))
    yield "data: [DONE]\n\n"


def event(body: dict[str, Any], choices: list[Any], usage: Any = None) -> str:
    """A chunk of *body* as an event."""
    return f"data: {json.dumps({**body, 'choices': choices, 'usage': usage})}\n\n"
