"""Bodies recorded from real servers, where they are at hand."""

import json
from typing import Any

import pytest
from support import CORPUS, outcome

from router_schema import RouterCompletionsResponseBody, RouterConverter, ValidationError
from router_schema.openai import Completion

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the recorded bodies are not at hand")


def lines(name: str) -> list[bytes]:
    return (CORPUS / name).read_bytes().splitlines() if CORPUS.is_dir() else []


def test_the_router_schema_in_the_field(converter: RouterConverter) -> None:
    """Some recorded bodies are of the router's schema; most lack only its fingerprint."""
    outcomes = [outcome(converter.loads, line) for line in lines("completions.jsonl")]
    only_fingerprint = [
        result
        for result in outcomes
        if result[0] is ValidationError and {problem.path for problem in result[2]} == {"$.system_fingerprint"}
    ]

    assert len(outcomes) == 436
    assert sum(result[0] == "returned" for result in outcomes) == 41
    assert len(only_fingerprint) == 399 - 41


def test_the_official_schema_in_the_field(converter: RouterConverter) -> None:
    """Nearly all recorded bodies are official completions."""
    outcomes = [outcome(converter.loads, line, Completion) for line in lines("completions.jsonl")]

    assert sum(result[0] == "returned" for result in outcomes) >= 424


@pytest.mark.parametrize("cl", [RouterCompletionsResponseBody, Completion])
def test_engines_agree_on_each(cl: Any) -> None:
    """All engines say the same of each recorded body."""
    from test_differential import agree

    for name in ("completions.jsonl", "errors.jsonl"):
        for line in lines(name):
            agree(line, cl)


def test_error_bodies_are_recognised(converter: RouterConverter) -> None:
    """Each recorded error is known for one, with its type and code."""
    for line in lines("errors.jsonl"):
        with pytest.raises(ValidationError) as caught:
            converter.loads(line)
        body = json.loads(line)
        error = body.get("error", body)

        assert caught.value.error_body is not None
        assert caught.value.error_body.type == error.get("type")
        assert caught.value.error_body.code == error.get("code")
        assert caught.value.error_body.message == error["message"]
        assert str(caught.value).startswith("an error body")
        assert len(error["message"]) < 5 or error["message"] not in str(caught.value)
