"""The example gateway, in front of an upstream that does everything that servers do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from flaky_bodies import LONG
from flaky_upstream import HEADS, MAX_BYTES, SECRET, STATUS, serve
from prometheus_client.parser import text_string_to_metric_families

from router_schema import loads

ROOT = Path(__file__).parents[2]

#: How many requests the load test makes, and how many at a time.
REQUESTS = int(os.environ.get("ROUTER_SCHEMA_LOAD_REQUESTS", "600"))
CONCURRENCY = 50

#: How long the gateway waits for an upstream that hangs: longer than any other answer takes on a busy machine.
PATIENCE = 10

#: The clients speak no TLS; making a context for it takes longer than a request.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

RESIDENT, FILES = ("process_resident_memory_bytes",), ("process_open_fds",)  # not there outside Linux

Numbers = dict[tuple[str, ...], float]


@pytest.fixture
def gateway_for(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """From a kind of answer to the gateway that is asked for it: one that gives up early if upstream never answers."""
    return lambda kind: request.getfixturevalue("impatient_gateway" if STATUS[kind] == 504 else "gateway")


def ask(url: str, prompt: str, **more: object) -> httpx.Response:
    """The gateway's answer to a *prompt*."""
    question = {"model": "acme/writer-7b", "prompt": prompt, **more}
    return httpx.post(f"{url}/v1/completions", json=question, timeout=30, verify=NO_TLS)


def metrics(url: str) -> Numbers:
    """The samples of ``/metrics``, by name and values of the labels, which are in alphabetical order."""
    text = httpx.get(f"{url}/metrics", timeout=30, verify=NO_TLS).text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value for sample in samples}


@contextlib.contextmanager
def running_gateway(*options: str) -> Iterator[str]:
    """Run ``python -m examples.gateway`` on a free port, and yield its address."""
    command = [sys.executable, "-m", "examples.gateway", "--port", "0", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://[\d.:]+", process.stdout.readline())
            assert found, "the gateway did not start"
            wait_for(found[0])
            yield found[0]
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(url: str) -> None:
    """Return when there is a server at *url*, which is soon."""
    for _ in range(200):
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{url}/metrics", verify=NO_TLS)
            return
        time.sleep(0.05)
    raise TimeoutError(url)


@pytest.mark.parametrize("kind", STATUS)
def test_every_kind_of_answer_gets_its_status(
    gateway_for: Callable[[str], str], kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever upstream does, the client gets the right status, and only good answers say what was generated."""
    caplog.set_level(logging.DEBUG, "examples")
    answer = ask(gateway_for(kind), kind)

    assert answer.status_code == STATUS[kind]
    assert (SECRET in answer.text) == (answer.status_code == 200)
    assert SECRET not in caplog.text


def test_a_good_answer_is_the_routers_body(gateway: str) -> None:
    """A completion becomes the router's body, under the name of the model that was asked for."""
    answer = ask(gateway, "good", seed=9)
    body = loads(answer.content)

    assert answer.headers["content-type"] == "application/json"
    assert (body.id, body.model, body.system_fingerprint) == ("cmpl-9", "acme/writer-7b", "fp_gateway")
    assert body.choices[0].text == SECRET
    assert body.usage.total_tokens == 13


def test_an_error_is_handed_on(gateway: str) -> None:
    """An error body is passed on as it is, with its status."""
    answer = ask(gateway, "error")

    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]["code"] == "model_not_found"


@pytest.mark.parametrize(
    ("kind", "problems"),
    [
        ("wrong types", {"$.choices[0].index": "type", "$.created": "type", "$.model": "type"}),
        ("no usage", {"$.usage": "missing"}),
        ("finish reason unknown", {"$.choices[0].finish_reason": "value"}),
        ("wrong log probabilities", {"$.choices[0].logprobs": "type"}),
    ],
)
def test_an_error_lists_paths(gateway: str, kind: str, problems: dict[str, str]) -> None:
    """A body that does not match the schema becomes an error with paths, and is not worth a retry."""
    answer = ask(gateway, kind)
    error = answer.json()["error"]

    assert (answer.headers["content-type"], answer.headers["x-should-retry"]) == ("application/json", "false")
    assert (error["type"], error["code"], error["param"]) == ("upstream_error", "upstream_invalid", None)
    assert dict(re.findall(r"(\$\S+) \((\w+), expected", error["message"])) == problems


def test_text_that_is_not_json_is_reported_by_position(gateway: str) -> None:
    """A body that is not JSON becomes an error with the position of the mistake."""
    error = ask(gateway, "not JSON").json()["error"]

    assert "(line 1, column 1)" in error["message"]


@pytest.mark.parametrize(
    ("kind", "code", "retry"),
    [
        ("wrong types", "upstream_invalid", "false"),
        ("truncated", "upstream_broke_off", "false"),
        ("hung", "upstream_timeout", "false"),
        ("oversized", "upstream_too_large", "false"),
        ("good with status 500", "upstream_invalid", "false"),
        ("status 700", "upstream_invalid", None),
        ("error", "model_not_found", None),
        ("flat error", 503, None),
    ],
)
def test_an_error_says_whether_to_retry(
    gateway_for: Callable[[str], str], kind: str, code: object, retry: str | None
) -> None:
    """If upstream may have generated, and billed, clients must not ask again; otherwise they may."""
    answer = ask(gateway_for(kind), kind)

    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert (answer.json()["error"]["code"], answer.headers.get("x-should-retry")) == (code, retry)


def test_an_upstream_that_is_not_there() -> None:
    """If nothing listens at the upstream address, the answer is 502."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        host, port = free.getsockname()
    with running_gateway("--upstream", f"http://{host}:{port}") as url:
        answer = ask(url, "good")

    assert answer.status_code == 502
    assert "cannot be reached" in answer.json()["error"]["message"]
    assert "x-should-retry" not in answer.headers


@pytest.mark.parametrize(
    ("question", "status"),
    [
        (b'{"model": "acme/writer-7b"', 400),
        (b'{"prompt": "good"}', 400),
        (b'{"model": "acme/writer-7b", "prompt": "good", "stream": "true"}', 400),
        (b'{"model": "acme/writer-7b", "prompt": "good", "stream": true}', 200),
        (b'{"model": "acme/writer-7b", "prompt": "good", "stream": false}', 200),
        (b'{"model": "' + b"a" * MAX_BYTES + b'", "prompt": "good"}', 413),
    ],
    ids=["cut", "no model", "streamed?", "streamed", "not streamed", "too long"],
)
def test_the_question_is_checked(gateway: str, question: bytes, status: int) -> None:
    """The gateway rejects a request that it cannot forward before upstream sees it."""
    answer = httpx.post(f"{gateway}/v1/completions", content=question, timeout=30, verify=NO_TLS)

    assert answer.status_code == status


def test_a_credential_is_handed_on_as_it_is(gateway: str) -> None:
    """Upstream gets the client's authorization, also if that is not ASCII."""
    question = b'{"model": "acme/writer-7b", "prompt": "good", "user": "credential"}'
    headers = {"authorization": "Bearer \xfc".encode("latin-1")}
    answer = httpx.post(f"{gateway}/v1/completions", content=question, headers=headers, timeout=30, verify=NO_TLS)

    assert answer.status_code == 200
    assert b"authorization: bearer \xfc\r\n" in HEADS["credential"].lower()


def test_a_client_that_leaves(fresh_gateway: str) -> None:
    """A client that hangs up in the middle of its request is counted, and does not affect others."""
    host, port = fresh_gateway.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.sendall(b"POST /v1/completions HTTP/1.1\r\nhost: gateway\r\ncontent-length: 1000\r\n\r\n{")
    for _ in range(100):
        if ("gateway_answers_total", "499") in metrics(fresh_gateway):
            break
        time.sleep(0.05)

    assert metrics(fresh_gateway)["gateway_answers_total", "499"] == 1
    assert ask(fresh_gateway, "good").status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_does_not_wait(patient_gateway: str, stream: bool) -> None:
    """If the client leaves before the answer, or before the first chunk, the gateway stops waiting for upstream."""
    question = {"model": "acme/writer-7b", "prompt": "hung", "stream": stream}
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{patient_gateway}/v1/completions", json=question, timeout=0.5, verify=NO_TLS)
    for _ in range(100):
        if ("gateway_answers_total", "499") in metrics(patient_gateway):
            break
        time.sleep(0.05)

    assert metrics(patient_gateway)["gateway_answers_total", "499"] == 1


def test_usage_is_metered_by_model(fresh_gateway: str) -> None:
    """Each model has its sums of prompt and completion tokens; only good answers count."""
    for model, seed in (("acme/a", 1), ("acme/a", 20), ("acme/b", 300)):
        ask(fresh_gateway, "good", model=model, seed=seed)
    ask(fresh_gateway, "wrong types", model="acme/a")
    ask(fresh_gateway, "negative usage", model="acme/a")
    for _ in range(2):
        ask(fresh_gateway, "absurd usage", model="acme/a")  # the sum of two is infinite
    counted = metrics(fresh_gateway)

    assert counted["gateway_tokens_total", "prompt", "acme/a"] == 21
    assert counted["gateway_tokens_total", "completion", "acme/a"] == 8
    assert counted["gateway_tokens_total", "prompt", "acme/b"] == 300
    assert counted["gateway_answers_total", "200"] == 6
    assert counted["gateway_answers_total", "502"] == 1


def test_the_embedded_upstream() -> None:
    """``make gateway`` serves the samples: the greeting's first request is answered, its second one refused."""
    with running_gateway() as url:
        first, second = ask(url, "Rain?"), ask(url, "Rain?", seed=18)

    assert loads(first.content).choices[0].text == "Sample answer number 0."
    assert "$.created (type, expected integer)" in second.json()["error"]["message"]


def test_many_clients_and_a_fifth_of_the_answers_broken() -> None:
    """Under load every request gets its status, the counters are the sum of the good bodies, and memory is flat."""
    statuses, tokens, early, late = asyncio.run(load())
    grown = late.get(RESIDENT, 0) - early.get(RESIDENT, 0)
    print(f"{statuses}, {tokens}, {early.get(RESIDENT)} bytes resident, {grown} more at the end")  # shown by -rP

    assert sum(statuses.values()) == REQUESTS
    assert all(got == expected for expected, got in statuses), statuses
    assert {key[1:]: value for key, value in late.items() if key[0] == "gateway_tokens_total"} == tokens
    for _, status in statuses:
        assert late["gateway_answers_total", str(status)] == statuses[status, status]
    assert grown < (REQUESTS * 3 / 4) * (4 / 5) * LONG / 3
    assert late.get(FILES, 0) < CONCURRENCY


async def load() -> tuple[Counter[tuple[int, int]], Counter[tuple[str, str]], Numbers, Numbers]:
    """
    Make `REQUESTS` requests, `CONCURRENCY` at a time, a fifth of them to be answered badly.

    Returns the numbers of (expected status, status), the tokens that the gateway has to count, and ``/metrics`` after a
    quarter of the requests (pools, caches and arenas are full by then) and at the end. Good bodies are long, so that
    memory shows if a third of those after that is kept.
    """
    broken = ("wrong types", "truncated", "not JSON", "hung", "error", "cut JSON", "reset", "oversized", "flat error")
    kinds = {n: broken[n // 5 % len(broken)] if n % 5 == 0 else "long" for n in range(REQUESTS)}
    numbers = iter(sorted(kinds, key=lambda n: kinds[n] != "hung"))  # those that take longest are first
    statuses: Counter[tuple[int, int]] = Counter()
    tokens: Counter[tuple[str, str]] = Counter()
    a_quarter = asyncio.Event()

    async def work(url: str) -> None:
        # A client each: httpx's pool takes quadratic time in its connections, and they would wait for that.
        async with httpx.AsyncClient(base_url=url, timeout=120, verify=NO_TLS) as client:
            for number in numbers:
                kind, model = kinds[number], f"acme/{number % 3}"
                question = {"model": model, "prompt": kind, "seed": number % 1000}
                answer = await client.post("/v1/completions", json=question)
                statuses[STATUS[kind], answer.status_code] += 1
                if kind == "long":
                    assert answer.json().get("id", answer.text) == f"cmpl-{number % 1000}"
                    tokens["prompt", model] += number % 1000
                    tokens["completion", model] += 4
                if sum(statuses.values()) > REQUESTS / 4:
                    a_quarter.set()

    # Upstream runs in this loop: in a thread, it would wait for the interpreter's lock at every step.
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1000)
    host, port = server.sockets[0].getsockname()
    options = ("--upstream", f"http://{host}:{port}", "--timeout", str(PATIENCE), "--max-bytes", str(MAX_BYTES))
    with running_gateway(*options) as url:
        working = asyncio.gather(*(work(url) for _ in range(CONCURRENCY)))
        await a_quarter.wait()
        early = await asyncio.to_thread(metrics, url)
        await working
        late = await asyncio.to_thread(metrics, url)
    server.close()
    return statuses, tokens, early, late
