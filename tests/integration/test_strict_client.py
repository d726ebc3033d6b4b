"""A client with typed classes, as clients in Rust, Go or Java have them, against the gateway."""

from __future__ import annotations

import json

import httpx
import pydantic
import pytest
from flaky_upstream import good


class Strict(pydantic.BaseModel):
    """The base of a client that rejects ``26.0`` for an integer, and unknown keys."""

    model_config = pydantic.ConfigDict(strict=True, extra="forbid")


class StrictUsage(Strict):
    completion_tokens: int
    prompt_tokens: int
    total_tokens: int


class StrictChoice(Strict):
    finish_reason: str
    index: int
    text: str


class StrictCompletion(Strict):
    id: str
    choices: list[StrictChoice]
    created: int
    model: str
    system_fingerprint: str
    object: str
    usage: StrictUsage


def test_it_takes_our_numbers(gateway: str) -> None:
    """Numbers that are integral go out as integers, though the router's schema calls them floats."""
    question = {"model": "acme/writer-7b", "prompt": "good", "seed": 9}
    answer = httpx.post(f"{gateway}/v1/completions", json=question, timeout=30)
    completion = StrictCompletion.model_validate_json(answer.content)

    assert completion.usage == StrictUsage(completion_tokens=4, prompt_tokens=9, total_tokens=13)
    assert (completion.created, completion.choices[0].index) == (1760000000, 0)


def test_it_refuses_what_plain_json_would_send() -> None:
    """The same body written by the standard library, as ``13.0``, is rejected: the test above can fail."""
    plain = json.dumps(good(9, usage={"completion_tokens": 4.0, "prompt_tokens": 9.0, "total_tokens": 13.0}))

    with pytest.raises(pydantic.ValidationError, match=r"usage\.total_tokens"):
        StrictCompletion.model_validate_json(plain)
