"""The example gateway's streams, in front of an upstream that does everything that servers do."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import uvicorn
from flaky_streams import ENDED, GO_ON, SENT, STREAMS
from flaky_upstream import MAX_BYTES, SECRET, serve
from test_gateway import CONCURRENCY, FILES, RESIDENT, Numbers, metrics, running_gateway

from router_schema import structure
from router_schema.streams import Assembler, StreamError, iter_stream

#: How long the load lasts, in seconds.
LOAD_SECONDS = float(os.environ.get("ROUTER_SCHEMA_LOAD_SECONDS", "5"))


@pytest.fixture
def gateway(fresh_gateway: str) -> str:
    """A new gateway for each test, because tests read its counters."""
    return fresh_gateway


def ask(url: str, prompt: str, **more: Any) -> httpx.Response:
    """Request a stream and read the gateway's answer to its end."""
    question = {"model": "acme/writer-7b", "prompt": prompt, "stream": True, **more}
    return httpx.post(f"{url}/v1/completions", json=question, timeout=30)


def eventually(url: str, condition: Callable[[Numbers], bool]) -> Numbers:
    """Return the counters once they meet the condition."""
    for _ in range(200):
        if condition(numbers := metrics(url)):
            break
        time.sleep(0.05)
    return numbers


@pytest.mark.parametrize("kind", STREAMS)
def test_every_kind_of_stream_ends_as_it_should(gateway: str, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """For each kind of stream, the client receives the right status, the chunks before a problem, and the right end."""
    caplog.set_level(logging.DEBUG, "examples")
    status, end = STREAMS[kind]
    answer = ask(gateway, kind)
    counted = metrics(gateway)

    assert answer.status_code == status
    assert counted["gateway_answers_total", str(status)] == 1
    assert {key[1]: value for key, value in counted.items() if key[0] == "gateway_streams_total"} == (
        {end: 1.0} if end else {}
    )
    assert SECRET not in caplog.text
    if end is None:
        assert answer.headers["content-type"] == "application/json"
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
        assert SECRET not in answer.text
        return
    assembler = Assembler()
    stream = iter_stream([answer.content])
    error = None
    try:
        for chunk in stream:
            assembler.add(chunk)
    except StreamError as caught:
        error = caught.error_body

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert error is None if end == "complete" else error is not None
    assert stream.done == assembler.complete == (end == "complete")
    assert "".join(choice.text for choice in assembler.partial().choices) == (SECRET if error is None else "Rose")
    if error is not None:
        assert SECRET not in str(error.message)


def test_chunks_are_the_routers(gateway: str) -> None:
    """Chunks have the requested model, a fingerprint, and finish reasons of the router's schema."""
    first, second, third = iter_stream([ask(gateway, "TGI", seed=9).content])

    assert (first.id, first.model, first.system_fingerprint) == ("cmpl-9", "acme/writer-7b", "fp_gateway")
    assert [chunk.choices[0].finish_reason for chunk in (first, second, third)] == [None, None, "stop"]


@pytest.mark.parametrize("kind", ["good", "TGI", "body", "body as event"])
@pytest.mark.parametrize("options", [{}, {"stream_options": {"include_usage": True}}, {"stream_options": None}])
def test_usage_goes_to_who_asks_and_is_metered_anyway(gateway: str, kind: str, options: dict[str, Any]) -> None:
    """The gateway always requests and counts the usage, and forwards it only to clients that request it."""
    chunks = list(iter_stream([ask(gateway, kind, seed=7, model="acme/a", **options).content]))
    counted = metrics(gateway)

    assert [chunk.usage.prompt_tokens for chunk in chunks if chunk.usage] == (
        [7] if options.get("stream_options") else []
    )
    assert all(chunk.choices or chunk.usage for chunk in chunks)
    assert counted["gateway_tokens_total", "prompt", "acme/a"] == 7
    assert counted["gateway_tokens_total", "completion", "acme/a"] == 4


def test_a_chunk_goes_out_before_the_next_one_comes(gateway: str) -> None:
    """The client receives each chunk before upstream sends the next one."""
    GO_ON.clear()
    question = {"model": "acme/writer-7b", "prompt": "paced", "stream": True}
    texts = []
    with httpx.stream("POST", f"{gateway}/v1/completions", json=question, timeout=10) as response:
        for chunk in iter_stream(response.iter_raw()):
            texts.append(chunk.choices[0].text)
            GO_ON.set()
            if len(texts) == 3:  # the usage and [DONE] wait too
                break
    GO_ON.set()

    assert texts == ["Ro", "se", "bud"]


def test_what_arrived_is_metered_where_upstream_breaks_off(gateway: str) -> None:
    """The gateway counts the running totals of a broken stream apart from the totals of whole streams."""
    ask(gateway, "cut, usage running", seed=7, model="acme/a")
    ask(gateway, "cut", seed=7, model="acme/a")
    counted = metrics(gateway)

    assert counted["gateway_partial_tokens_total", "prompt", "acme/a"] == 7
    assert counted["gateway_partial_tokens_total", "completion", "acme/a"] == 2
    assert ("gateway_tokens_total", "prompt", "acme/a") not in counted
    assert counted["gateway_streams_total", "broken"] == 2


def test_a_client_that_leaves_a_stream(gateway: str) -> None:
    """When the client hangs up, the gateway closes upstream's response and counts the usage so far once."""
    user = "leaves"
    question = {"model": "acme/a", "prompt": "endless", "stream": True, "seed": 7, "user": user}
    question["stream_options"] = {"include_usage": True}
    with httpx.stream("POST", f"{gateway}/v1/completions", json=question, timeout=10) as response:
        chunks = [chunk for chunk, _ in zip(iter_stream(response.iter_raw()), range(3), strict=False)]
    counted = eventually(gateway, lambda numbers: ("gateway_streams_total", "left") in numbers)
    for _ in range(100):
        if ENDED[user]:
            break
        time.sleep(0.05)

    assert [chunk.usage.completion_tokens for chunk in chunks if chunk.usage] == [1, 2, 3]
    assert counted["gateway_streams_total", "left"] == 1
    assert counted["gateway_partial_tokens_total", "prompt", "acme/a"] == 7
    assert 3 <= counted["gateway_partial_tokens_total", "completion", "acme/a"] < 1000
    assert counted["gateway_answers_total", "200"] == 1
    assert ENDED[user] == 1


def test_a_client_that_reads_slowly_slows_upstream_down(gateway: str) -> None:
    """While the client does not read, upstream can send no more than the buffers in between hold."""
    user = "slow"
    host, port = gateway.removeprefix("http://").split(":")
    question = json.dumps({"model": "acme/a", "prompt": "flood", "stream": True, "user": user}).encode()
    with socket.create_connection((host, int(port)), timeout=10) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.sendall(b"POST /v1/completions HTTP/1.1\r\nhost: gateway\r\ncontent-length: %d\r\n\r\n" % len(question))
        client.sendall(question)
        assert client.recv(15) == b"HTTP/1.1 200 OK"
        sent, before = SENT[user], -1
        while sent != before:  # until it has stopped
            time.sleep(0.3)
            sent, before = SENT[user], sent
        assert 0 < sent < 30 * 2**20
        received = 0
        while received < 2 * sent and (data := client.recv(2**20)):
            received += len(data)
        assert SENT[user] > sent  # and it goes on when the client does
    counted = eventually(gateway, lambda numbers: ("gateway_streams_total", "left") in numbers)

    assert counted["gateway_streams_total", "left"] == 1


def test_several_choices_have_to_come(gateway: str) -> None:
    """A stream with fewer choices than requested ends with an error."""
    one = ask(gateway, "good")
    two = ask(gateway, "good", n=2)

    assert one.content.endswith(b"data: [DONE]\n\n")
    assert b"upstream_broke_off" in two.content


@pytest.mark.parametrize(
    ("question", "choices"),
    [
        ({"prompt": "Rain?"}, 1),
        ({"prompt": "Rain?", "n": 3}, 3),
        ({"prompt": ["Rain?", "Snow?"], "n": 2}, 4),
        ({"prompt": [1, 2, 3]}, 1),
        ({"prompt": [[1, 2], [3]], "n": 2}, 4),
        ({"prompt": [], "n": 0}, 1),
        ({}, 1),
    ],
)
def test_how_many_choices_a_question_asks_for(question: dict[str, Any], choices: int) -> None:
    """Each prompt has n choices; a list of numbers is one prompt."""
    from examples.gateway.app import Question

    assert structure({"model": "acme/a", **question}, Question).choices == choices


def test_the_embedded_upstream_streams() -> None:
    """``make gateway`` streams the first sample word by word, and forwards errors."""
    with running_gateway() as url:
        good = list(iter_stream([ask(url, "Rain?").content]))
        error = ask(url, "Rain?", seed=20)

    assert "".join(chunk.choices[0].text for chunk in good) == "Sample answer number 0."
    assert len(good) == 5
    assert (error.status_code, error.json()["error"]["code"]) == (404, "model_not_found")


def test_nothing_is_left_behind() -> None:
    """After streams of every kind, complete, broken and left, no task of theirs remains."""

    async def main() -> tuple[set[str], int]:
        from examples.gateway.app import create_app

        upstream = await asyncio.start_server(serve, "127.0.0.1", 0)
        host, port = upstream.sockets[0].getsockname()
        app = create_app(f"http://{host}:{port}", timeout=0.5, max_bytes=MAX_BYTES)
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning")
        server = uvicorn.Server(config)
        with config.bind_socket() as listening:
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            while not server.started:
                await asyncio.sleep(0.01)
            before = asyncio.all_tasks()
            url = "http://{}:{}".format(*listening.getsockname())
            async with httpx.AsyncClient(base_url=url, timeout=30) as client:
                await asyncio.gather(*(stream_once(client, kind) for kind in STREAMS))
                await asyncio.gather(*(stream_once(client, "endless", leave_after=3) for _ in range(5)))
            for _ in range(100):
                left = {repr(task.get_coro()) for task in asyncio.all_tasks() - before}
                # Idle connections to upstream are kept, each with a task of the upstream server's in this loop.
                left = {task for task in left if "serve" not in task}
                if not left:
                    break
                await asyncio.sleep(0.05)
            server.should_exit = True
            await serving
        upstream.close()
        return left, len(server.server_state.tasks)

    left, tasks = asyncio.run(main())

    assert left == set()
    assert tasks == 0


async def stream_once(client: httpx.AsyncClient, kind: str, leave_after: int | None = None) -> bytes:
    """Read the answer to one request, or some pieces of it."""
    question = {"model": "acme/a", "prompt": kind, "stream": True, "seed": 1}
    data = b""
    async with client.stream("POST", "/v1/completions", json=question) as response:
        pieces = 0
        async for piece in response.aiter_raw():
            data += piece
            pieces += 1
            if pieces == leave_after:
                break
    return data


# --- load ---

BROKEN = ("cut", "wrong types", "truncated", "not JSON", "error event", "reset", "oversized", "finish reason unknown")


def test_many_streams_and_a_fifth_broken_in_the_middle() -> None:
    """Under load every stream has the right end, the counters are exact, and memory stays flat."""
    ends, tokens, early, late = asyncio.run(load())
    grown = late.get(RESIDENT, 0) - early.get(RESIDENT, 0)
    print(f"{ends}, {tokens}, {early.get(RESIDENT)} bytes resident, {grown} more at the end")  # shown by -rP

    assert ends["complete"] > CONCURRENCY
    assert ends["broken"] > CONCURRENCY / 10
    assert {key[1]: value for key, value in late.items() if key[0] == "gateway_streams_total"} == ends
    assert {key[1:]: value for key, value in late.items() if key[0] == "gateway_tokens_total"} == tokens
    assert late["gateway_answers_total", "200"] == ends.total()
    assert grown < 12 * 2**20
    assert late.get(FILES, 0) < CONCURRENCY


async def load() -> tuple[Counter[str], Counter[tuple[str, str]], Numbers, Numbers]:
    """
    Keep `CONCURRENCY` streams open for `LOAD_SECONDS`, a fifth of them to be broken in the middle.

    Gives how the streams ended, the tokens that the gateway has to count, and what ``/metrics`` said when a quarter of
    the time was over (pools, caches and arenas are full by then) and at the end.
    """
    numbers = itertools.count()
    ends: Counter[str] = Counter()
    tokens: Counter[tuple[str, str]] = Counter()
    no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    async def work(url: str, end: float) -> None:
        async with httpx.AsyncClient(base_url=url, timeout=120, verify=no_tls) as client:
            while time.monotonic() < end:
                number = next(numbers)
                kind = BROKEN[number // 5 % len(BROKEN)] if number % 5 == 0 else "good"
                model = f"acme/{number % 3}"
                question = {"model": model, "prompt": kind, "seed": number % 1000, "stream": True}
                answer = await client.post("/v1/completions", json=question)
                text, found = read(answer.content)
                ends[found] += 1
                assert (found, text) == (("complete", SECRET) if kind == "good" else ("broken", "Rose"))
                if kind == "good":
                    tokens["prompt", model] += number % 1000
                    tokens["completion", model] += 4

    # Upstream runs in this loop: in a thread, it would wait for the interpreter's lock at every step.
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1000)
    host, port = server.sockets[0].getsockname()
    options = ("--upstream", f"http://{host}:{port}", "--timeout", "10", "--max-bytes", str(MAX_BYTES))
    with running_gateway(*options) as url:
        working = asyncio.gather(*(work(url, time.monotonic() + LOAD_SECONDS) for _ in range(CONCURRENCY)))
        await asyncio.sleep(LOAD_SECONDS / 4)
        early = await asyncio.to_thread(metrics, url)
        await working
        late = await asyncio.to_thread(metrics, url)
    server.close()
    return ends, tokens, early, late


def read(data: bytes) -> tuple[str, str]:
    """Return the text of a stream, and how it ended."""
    assembler = Assembler()
    try:
        for chunk in iter_stream([data]):
            assembler.add(chunk)
    except StreamError:
        end = "broken"
    else:
        end = "complete" if assembler.complete and data.endswith(b"data: [DONE]\n\n") else "odd"
    return "".join(choice.text for choice in assembler.partial().choices), end
