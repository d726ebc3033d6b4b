"""The official openai client for Python, against the gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import openai
import pytest
from flaky_streams import REQUESTS
from flaky_upstream import SECRET

#: The prompts whose streams never end: the gateway in front of them gives up after a second.
ENDLESS = ("stalled", "comments only")


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Iterator[openai.OpenAI]:
    """The client, pointed at the gateway; it does not try again."""
    parameters = getattr(request.node, "callspec", None)
    is_endless = parameters is not None and parameters.params.get("prompt") in ENDLESS
    gateway = request.getfixturevalue("fresh_gateway" if is_endless else "gateway")
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
    ],
)
def test_an_error_is_raised_as_its_own(client: openai.OpenAI, prompt: str, error: type[openai.APIStatusError]) -> None:
    """What went wrong is raised as the error that the client has for the status, with the gateway's message."""
    with pytest.raises(error) as caught:
        client.completions.create(model="acme/writer-7b", prompt=prompt)

    assert SECRET not in str(caught.value)
    assert MESSAGES[prompt] in str(caught.value)


def test_a_timeout_is_raised_as_a_servers_error(impatient_gateway: str) -> None:
    """An upstream that never answers is raised as a server's error."""
    client = openai.OpenAI(base_url=f"{impatient_gateway}/v1", api_key="none", max_retries=0, timeout=30)
    with client, pytest.raises(openai.InternalServerError) as caught:
        client.completions.create(model="acme/writer-7b", prompt="hung")

    assert caught.value.status_code == 504
    assert SECRET not in str(caught.value)
    assert MESSAGES["hung"] in str(caught.value)


def test_the_code_of_an_error_body_arrives(client: openai.OpenAI) -> None:
    """The ``code`` and ``type`` of upstream's error body are there for the client's user."""
    with pytest.raises(openai.NotFoundError) as caught:
        client.completions.create(model="acme/writer-7b", prompt="error")

    assert (caught.value.code, caught.value.type) == ("model_not_found", "invalid_request_error")


# --- streams ---


@pytest.mark.parametrize("options", [{}, {"stream_options": {"include_usage": True}}, {"stream_options": {}}])
def test_it_reads_a_stream(client: openai.OpenAI, options: dict[str, object]) -> None:
    """Each chunk has the fields that the client's own classes declare; a usage arrives only on request."""
    chunks = list(client.completions.create(model="acme/writer-7b", prompt="good", seed=9, stream=True, **options))  # type: ignore[call-overload]
    choices = [choice for chunk in chunks for choice in chunk.choices]
    usages = [chunk.usage for chunk in chunks if chunk.usage is not None]

    assert [choice.text for choice in choices] == ["Ro", "se", "bud"]
    assert [choice.finish_reason for choice in choices] == [None, None, "stop"]
    assert {choice.logprobs for choice in choices} == {None}
    assert {(chunk.id, chunk.model, chunk.object, chunk.created) for chunk in chunks} == {
        ("cmpl-9", "acme/writer-7b", "text_completion", 1760000000)
    }
    assert [usage.total_tokens for usage in usages] == ([13] if options.get("stream_options") else [])


def test_an_async_client_reads_a_stream(gateway: str) -> None:
    """The asynchronous client reads the texts."""

    async def read() -> str:
        async with openai.AsyncOpenAI(base_url=f"{gateway}/v1", api_key="none", max_retries=0) as client:
            stream = await client.completions.create(model="acme/writer-7b", prompt="TGI", stream=True)
            return "".join([choice.text async for chunk in stream for choice in chunk.choices])

    assert asyncio.run(read()) == SECRET


@pytest.mark.parametrize(
    ("prompt", "code", "message"),
    [
        ("error event", "broken", "The model broke."),
        ("error beside choices", "broken", "The model broke."),
        ("cut", "upstream_broke_off", "The upstream server broke off."),
        ("cut, DONE", "upstream_broke_off", "The upstream server broke off."),
        ("reset", "upstream_broke_off", "The upstream server broke off."),
        ("stalled", "upstream_timeout", "The upstream server took too long."),
        ("wrong types", "upstream_invalid", "$.choices (type, expected array)"),
    ],
)
def test_an_error_in_a_stream_is_raised(client: openai.OpenAI, prompt: str, code: str, message: str) -> None:
    """An error event raises APIError with message and code, after the chunks before it."""
    texts = []
    stream = client.completions.create(model="acme/writer-7b", prompt=prompt, stream=True)

    def read() -> None:
        texts.extend(choice.text for chunk in stream for choice in chunk.choices)

    with pytest.raises(openai.APIError) as caught:
        read()

    assert texts == ["Ro", "se"]
    assert caught.value.code == code
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("prompt", "error"),
    [
        ("error", openai.NotFoundError),
        ("error first", openai.RateLimitError),
        ("HTML", openai.InternalServerError),
        ("comments only", openai.InternalServerError),
    ],
)
def test_an_error_before_a_stream_has_its_status(client: openai.OpenAI, prompt: str, error: type[Exception]) -> None:
    """A problem before the first chunk raises the client's error for the status."""
    with pytest.raises(error):
        client.completions.create(model="acme/writer-7b", prompt=prompt, stream=True)


@pytest.mark.parametrize(
    ("prompt", "stream", "requests"),
    [
        ("wrong types", False, 1),
        ("truncated", False, 1),
        ("wrong types first", True, 1),
        ("cut", True, 1),
        ("status 700", False, 3),
        ("overloaded", True, 3),
    ],
)
def test_it_retries_only_what_was_not_billed(gateway: str, prompt: str, stream: bool, requests: int) -> None:
    """The client, with its default of two retries, does not retry what upstream may have billed."""
    user = f"retries {prompt}"
    before = REQUESTS[user]

    def ask(client: openai.OpenAI) -> None:
        answer = client.completions.create(model="acme/writer-7b", prompt=prompt, stream=stream, user=user)  # type: ignore[call-overload]
        list(answer)

    with openai.OpenAI(base_url=f"{gateway}/v1", api_key="none", timeout=30) as client, pytest.raises(openai.APIError):
        ask(client)

    assert REQUESTS[user] - before == requests
