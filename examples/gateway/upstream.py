"""A server to try the gateway with: it answers with the sample bodies, good ones and broken ones."""

from __future__ import annotations

import json
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SAMPLES = Path(__file__).parents[1] / "bodies.jsonl"


def create_upstream() -> Starlette:
    """An upstream that answers with the line of the samples that the request's ``seed`` names, else with the first."""
    lines = SAMPLES.read_bytes().splitlines()

    async def complete(request: Request) -> Response:
        seed = json.loads(await request.body()).get("seed") or 0
        line = lines[seed % len(lines)]
        return Response(line, 404 if line.startswith(b'{"error"') else 200, media_type="application/json")

    return Starlette(routes=[Route("/v1/completions", complete, methods=["POST"])])
