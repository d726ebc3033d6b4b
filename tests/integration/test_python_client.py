"""The official openai client for Python, against the gateway."""

from __future__ import annotations

import json
from collections.abc import Iterator

import openai
import pytest
from flaky_upstream import SECRET


@pytest.fixture
def client(gateway: str) -> Iterator[openai.OpenAI]:
    """The client, pointed at the gateway; it does not try again."""
    with openai.OpenAI(base_url=f"{gateway}/v1", api_key="none", max_retries=0, timeout=30) as client:
        yield client


def test_it_reads_every_field(client: openai.OpenAI) -> None:
    """Each field has the value and the type that the client's own classes declare."""
    completion = client.completions.create(model="acme/writer-7b", prompt="good", seed=9)
    (choice,) = completion.choices
    usage = completion.usage
    assert usage is not None
    numbers = (completion.created, choice.index, usage.completion_tokens, usage.prompt_tokens, usage.total_tokens)

    assert (completion.id, completion.object) == ("cmpl-9", "text_completion")
    assert (completion.model, completion.system_fingerprint) == ("acme/writer-7b", "fp_gateway")
    assert (choice.text, choice.finish_reason, choice.logprobs) == (SECRET, "stop", None)
    assert numbers == (1760000000, 0, 4, 9, 13)
    assert {type(number) for number in numbers} == {int}


def test_its_own_model_takes_the_answer_strictly(client: openai.OpenAI) -> None:
    """The client builds its classes without checking; checked strictly, they take the answer too."""
    answer = client.completions.with_raw_response.create(model="acme/writer-7b", prompt="good", seed=9)
    completion = openai.types.Completion.model_validate_json(answer.text, strict=True)

    assert completion.model_extra == {}
    assert completion.model_dump(exclude_unset=True) == json.loads(answer.text)


MESSAGES = {
    "error": "No such model.",
    "wrong types": "$.created (type, expected integer)",
    "truncated": "The upstream server broke off.",
    "hung": "The upstream server took too long.",
}


@pytest.mark.parametrize(
    ("prompt", "error"),
    [
        ("error", openai.NotFoundError),
        ("wrong types", openai.InternalServerError),
        ("truncated", openai.InternalServerError),
        ("hung", openai.InternalServerError),
    ],
)
def test_an_error_is_raised_as_its_own(client: openai.OpenAI, prompt: str, error: type[openai.APIStatusError]) -> None:
    """What went wrong is raised as the error that the client has for the status, with the gateway's message."""
    with pytest.raises(error) as caught:
        client.completions.create(model="acme/writer-7b", prompt=prompt)

    assert SECRET not in str(caught.value)
    assert MESSAGES[prompt] in str(caught.value)


def test_the_code_of_an_error_body_arrives(client: openai.OpenAI) -> None:
    """The ``code`` and ``type`` of upstream's error body are there for the client's user."""
    with pytest.raises(openai.NotFoundError) as caught:
        client.completions.create(model="acme/writer-7b", prompt="error")

    assert (caught.value.code, caught.value.type) == ("model_not_found", "invalid_request_error")
