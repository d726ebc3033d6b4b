"""What is counted, and how it is read."""

from __future__ import annotations

from typing import Protocol

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, ProcessCollector, generate_latest
from starlette.responses import Response

#: No answer has more tokens. A larger count is a mistake of upstream's, and would spoil the sums for good: two of 1e308
#: make infinity, and beyond 2**53 a counter no longer counts.
MAX_TOKENS = 10**9


class Usage(Protocol):
    """The counts of an answer, however its class spells their types."""

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
        """Count an answer."""
        self._answers.labels(status).inc()

    def stream(self, end: str) -> None:
        """Count a stream that has ended: ``complete``, ``broken`` off by upstream, or ``left`` by the client."""
        self._streams.labels(end).inc()

    def tokens(self, model: str, usage: Usage, *, partial: bool = False) -> None:
        """Count what was used; counts that are absent, below zero or beyond `MAX_TOKENS` are none."""
        counter = self._partial if partial else self._tokens
        for kind, count in (("prompt", usage.prompt_tokens), ("completion", usage.completion_tokens)):
            counter.labels(model, kind).inc(count if count is not None and 0 <= count <= MAX_TOKENS else 0)

    def read(self) -> Response:
        """All counters, for Prometheus."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)
