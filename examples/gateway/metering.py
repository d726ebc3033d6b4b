"""The gateway's counters, for Prometheus."""

from __future__ import annotations

from typing import Protocol

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, ProcessCollector, generate_latest
from starlette.responses import Response

#: No answer has more tokens. A larger count is an error of upstream's that would spoil the sum for good: 1e308 twice
#: makes infinity, and above 2**53 a counter loses small increments.
MAX_TOKENS = 10**9


class Usage(Protocol):
    """The counts of an answer, `float` in the router's classes and `int` in the official ones."""

    @property
    def prompt_tokens(self) -> float | None: ...
    @property
    def completion_tokens(self) -> float | None: ...


class Meter:
    """The gateway's counters."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        labels = ["model", "kind"]
        self._answers = Counter("gateway_answers", "Answers to clients.", ["status"], registry=self.registry)
        self._streams = Counter("gateway_streams", "Streams to clients, by their end.", ["end"], registry=self.registry)
        self._tokens = Counter("gateway_tokens", "Tokens of whole answers.", labels, registry=self.registry)
        self._partial = Counter(
            "gateway_partial_tokens", "Tokens of streams that were not whole.", labels, registry=self.registry
        )

    def answer(self, status: int) -> None:
        """Count an answer by its status."""
        self._answers.labels(status).inc()

    def stream(self, end: str) -> None:
        """Count a stream by its end: ``complete``, ``broken`` (upstream) or ``left`` (the client)."""
        self._streams.labels(end).inc()

    def tokens(self, model: str, usage: Usage, *, partial: bool = False) -> None:
        """Add the tokens of an answer. Ignore counts that are absent, negative or larger than `MAX_TOKENS`."""
        counter = self._partial if partial else self._tokens
        for kind, count in (("prompt", usage.prompt_tokens), ("completion", usage.completion_tokens)):
            counter.labels(model, kind).inc(count if count is not None and 0 <= count <= MAX_TOKENS else 0)

    def read(self) -> Response:
        """Return all counters."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)
