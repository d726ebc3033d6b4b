"""The gateway, and the upstream behind it, for as long as a test needs them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flaky_upstream import MAX_BYTES, serving_flaky_upstream

LIBRARIES = ("httpx", "openai", "prometheus_client", "pydantic", "starlette", "uvicorn")


def pytest_pycollect_makemodule() -> None:
    """Skip this folder where a library is missing."""
    missing = [name for name in LIBRARIES if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)} (dependency group: integration)")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep clients from asking the machine's proxy for this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    """The address of an upstream that answers as the prompt says."""
    with serving_flaky_upstream() as url:
        yield url


@contextmanager
def gateway_before(upstream: str, timeout: float) -> Iterator[str]:
    """Serve a gateway in front of *upstream*, and yield its address."""
    from examples.gateway.app import create_app
    from examples.gateway.serving import serving

    with serving(create_app(upstream, timeout=timeout, max_bytes=MAX_BYTES)) as url:
        yield url


@pytest.fixture(scope="session")
def gateway(upstream: str) -> Iterator[str]:
    """The address of a gateway that all tests share."""
    with gateway_before(upstream, timeout=10) as url:
        yield url


@pytest.fixture(scope="session")
def impatient_gateway(upstream: str) -> Iterator[str]:
    """The address of a gateway for upstreams that never finish: it waits a quarter of a second."""
    with gateway_before(upstream, timeout=0.25) as url:
        yield url


@pytest.fixture
def fresh_gateway(upstream: str) -> Iterator[str]:
    """The address of a gateway with counters at zero, which gives up after a second."""
    with gateway_before(upstream, timeout=1) as url:
        yield url


@pytest.fixture
def patient_gateway(upstream: str) -> Iterator[str]:
    """The address of a gateway with counters at zero, which waits for a minute."""
    with gateway_before(upstream, timeout=60) as url:
        yield url
