"""The gateway, and the upstream behind it, for as long as a test needs them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

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
    """Whatever proxy the machine has, it is not asked for this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    """The address of an upstream that answers as the prompt says."""
    with serving_flaky_upstream() as url:
        yield url


@pytest.fixture
def gateway(upstream: str) -> Iterator[str]:
    """The address of a gateway in front of it, with counters at zero."""
    from examples.gateway.app import create_app
    from examples.gateway.serving import serving

    with serving(create_app(upstream, timeout=2, max_bytes=MAX_BYTES)) as url:
        yield url
