"""The fuzz targets: they hold on the inputs of earlier findings, and they fail where a promise is broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import body

from fuzz import classes, targets
from router_schema import RouterCompletionsResponseBody, RouterConverter, ValidationError

REGRESSIONS = Path(__file__).parents[1] / "fuzz" / "regressions"
INPUTS = sorted(path for path in REGRESSIONS.glob("*/*"))


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_regressions(path: Path) -> None:
    """No input of an earlier finding breaks a promise again."""
    targets.TARGETS[path.parent.name](path.read_bytes())


def test_each_target_has_regressions() -> None:
    """Every target has inputs of earlier findings, and no input is left of a target that is gone."""
    assert {path.parent.name for path in INPUTS} == set(targets.TARGETS)


class Careless(RouterConverter):
    """A converter that breaks promises: it ignores what *broken* names."""

    broken = ""

    def loads(self, data: Any, cl: Any = RouterCompletionsResponseBody) -> Any:
        instance = super().loads(data, cl)
        if self.broken == "id":
            object.__setattr__(instance, "id", "another")
        return instance

    def dumps(self, obj: Any, unstructure_as: Any = None) -> str:
        text = super().dumps(obj, unstructure_as)
        return text.replace(":", ": ") if self.broken == "compact" else text


@pytest.mark.parametrize("broken", ["id", "compact"])
def test_engine_that_differs_is_found(broken: str) -> None:
    """A value other than that of the rules, or a text other than that of the first engine, fails a target."""
    careless = Careless(engine="ujson")
    converters = [targets.PLAIN[-1], careless]
    data = classes.as_json(body())

    assert targets.decode_alike(data, RouterCompletionsResponseBody, converters)[0] == "valid"

    careless.broken = broken
    with pytest.raises(AssertionError):
        targets.decode_alike(data, RouterCompletionsResponseBody, converters)


def test_error_that_quotes_another_is_found() -> None:
    """An error with a context fails every target, since that context may quote the payload."""
    error = ValidationError("RouterCompletionsResponseBody", (), 0)
    targets.check_error(error)

    error.__context__ = KeyError("payload")
    with pytest.raises(AssertionError):
        targets.check_error(error)


def test_class_that_should_be_rejected_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A type that JSON does not have, but that an engine accepts, fails the target."""
    any_class = (REGRESSIONS / "any-class" / "bytes").read_bytes()
    monkeypatch.setattr(classes, "REJECTED", (str,))

    with pytest.raises(AssertionError, match="get_loads_hook accepts"):
        targets.any_class(any_class)


def test_user_code_called_too_often_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """User code that runs more than twice for each value fails the target."""
    data = (REGRESSIONS / "user-code" / "bad-value-six-converters-deep").read_bytes()
    targets.user_code(data)

    monkeypatch.setattr(targets, "count_values", lambda value: 1)
    with pytest.raises(AssertionError):
        targets.user_code(data)
