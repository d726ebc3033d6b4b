"""The engines, and the profiles of the property tests."""

from __future__ import annotations

import importlib.util
import signal

import pytest
from hypothesis import HealthCheck, settings

from router_schema import RouterConverter, make_converter

# A shell that starts a command in the background has it ignore interrupts, and so its children: the tests send some.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Times on shared machines say nothing about the code, so no example has a deadline.
settings.register_profile(
    "default", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.register_profile("thorough", parent=settings.get_profile("default"), max_examples=20_000)
settings.load_profile("default")  # another: pytest --hypothesis-profile=thorough


def _param(engine: str) -> object:
    missing = engine == "msgspec" and importlib.util.find_spec("msgspec") is None
    return pytest.param(engine, marks=pytest.mark.skipif(missing, reason=f"{engine} is not installed"))


@pytest.fixture(scope="session", params=[_param("ujson"), _param("msgspec")])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of each engine that is installed."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def converter(engine: str) -> RouterConverter:
    """A converter of each engine; shared, so a test that registers hooks makes its own."""
    return make_converter(engine=engine)  # type: ignore[arg-type]
