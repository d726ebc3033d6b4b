"""The shipped schemas by name, and the suggestion of another one."""

import json
from importlib import resources
from typing import Any

import pytest
from support import CORPUS, body, converter_for, needs_corpus

from router_schema import RouterCompletionsResponseBody, json_schema
from router_schema._schemas import SCHEMAS
from router_schema.logs.suggestions import count_matches, qualified_name, suggestion
from router_schema.openai import Completion
from router_schema.orq import CreateCompletionResponseBody

LOOSE = body(system_fingerprint=...)
ODD = body(system_fingerprint=..., choices=[{"finish_reason": "eos", "index": 0, "text": ""}])


def test_names() -> None:
    """Each shipped schema has a short name, and one that says where to import it from."""
    assert {name: qualified_name(cl) for name, cl in SCHEMAS.items()} == {
        "router": "RouterCompletionsResponseBody",
        "orq": "orq.CreateCompletionResponseBody",
        "openai": "openai.Completion",
    }


@pytest.mark.parametrize("cl", SCHEMAS.values())
def test_shipped_file_is_what_the_generator_writes(cl: Any) -> None:
    """The package has a JSON Schema file of each shipped schema, as `router-schema schema` writes it."""
    file = resources.files("router_schema") / "schemas" / f"{cl.__name__}.json"

    assert file.read_text("utf-8") == json.dumps(json_schema(cl), indent=2) + "\n"


def test_matches_are_counted(engine: str) -> None:
    """Every body is checked with every schema; anything else matches none."""
    bodies = [body(), LOOSE, LOOSE, ODD, {}, None, {"error": {"message": "m"}}]

    assert count_matches(bodies, converter_for(engine)) == (7, {"router": 1, "orq": 3, "openai": 4})


def test_the_converter_decides() -> None:
    """A converter that forbids extra keys counts fewer matches."""
    bodies = [body(provider="acme"), LOOSE]

    assert count_matches(bodies, converter_for("ujson", forbid_extra_keys=True)) == (
        2,
        {"router": 0, "orq": 1, "openai": 1},
    )


@pytest.mark.parametrize(
    ("cl", "bodies", "counts", "expected"),
    [
        (
            RouterCompletionsResponseBody,
            4360,
            {"router": 41, "orq": 4200, "openai": 41},
            "41 of 4,360 valid; 4,200 match orq.CreateCompletionResponseBody: try --model orq",
        ),
        (
            CreateCompletionResponseBody,
            10,
            {"router": 0, "orq": 4, "openai": 5},
            "4 of 10 valid; 5 match openai.Completion: try --model openai",
        ),
        (
            Completion,
            3,
            {"router": 3, "orq": 3, "openai": 1},
            "1 of 3 valid; 3 match RouterCompletionsResponseBody: try --model router; "
            "3 match orq.CreateCompletionResponseBody: try --model orq",
        ),
        (RouterCompletionsResponseBody, 10, {"router": 5, "orq": 10, "openai": 10}, ""),
        (RouterCompletionsResponseBody, 10, {"router": 4, "orq": 4, "openai": 3}, ""),
        (RouterCompletionsResponseBody, 0, {"router": 0, "orq": 0, "openai": 0}, ""),
    ],
)
def test_suggestions(cl: Any, bodies: int, counts: dict[str, int], expected: str) -> None:
    """Where a shipped schema accepts less than half of the bodies, those that accept more are suggested."""
    assert suggestion(cl, bodies, counts) == expected


@needs_corpus
def test_the_recorded_bodies() -> None:
    """The counts of the recorded bodies lead from the model reference to today's schema and to the official one."""
    bodies = [json.loads(line) for line in (CORPUS / "completions.jsonl").read_bytes().splitlines()]
    matches = count_matches(bodies, converter_for("ujson"))

    assert suggestion(RouterCompletionsResponseBody, *matches) == (
        "41 of 436 valid; 420 match orq.CreateCompletionResponseBody: try --model orq; "
        "424 match openai.Completion: try --model openai"
    )
    assert suggestion(CreateCompletionResponseBody, *matches) == ""
