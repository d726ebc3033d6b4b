"""The engines, and the profiles of the property tests."""

# ruff: noqa: E402 (pytest rewrites the asserts of helpers only if it learns of them before they are imported)
from __future__ import annotations

import gc
import signal

import pytest

pytest.register_assert_rewrite("agreement", "rules.rows", "support")

from hypothesis import HealthCheck, settings
from support import converter_for, needs_native

from router_schema import RouterConverter

# A shell that starts a command in the background makes it and its children ignore interrupts; the tests send some.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Times on shared machines say nothing about the code, so no example has a deadline.
settings.register_profile(
    "default", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.register_profile("thorough", parent=settings.get_profile("default"), max_examples=20_000)
settings.load_profile("default")  # another: pytest --hypothesis-profile=thorough


@pytest.fixture(scope="module", autouse=True)
def _settled() -> None:
    """Exempt what is alive from garbage collection: it would visit all tests and libraries whenever a test collects."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", params=["ujson", pytest.param("native", marks=needs_native)])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of each engine that can be used here."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def converter(engine: str) -> RouterConverter:
    """A converter of each engine; shared, so a test that registers hooks makes its own."""
    return converter_for(engine)
