"""
An upstream server that answers as it is asked to: well, or badly in each way that servers do.

It writes to the socket itself, since no framework lets one break HTTP. The prompt of a request names the kind of the
answer, and the request's ``seed`` becomes the number of prompt tokens. Where it asks for a stream, it gets one.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flaky_bodies import LONG, MAX_BYTES, SECRET, choice, chunked, good, http
from flaky_streams import REQUESTS, stream

__all__ = ["HEADS", "MAX_BYTES", "SECRET", "STATUS", "good", "serve", "serving_flaky_upstream"]

#: The head of the last request of each user.
HEADS: dict[str, bytes] = {}

#: What the gateway makes of each kind of answer.
STATUS = {
    "good": 200,
    "long": 200,
    "negative usage": 200,
    "absurd usage": 200,
    "not JSON": 502,
    "cut JSON": 502,
    "wrong types": 502,
    "wrong log probabilities": 502,
    "no usage": 502,
    "finish reason unknown": 502,
    "good with status 500": 502,
    "error with status 200": 502,
    "error": 404,
    "flat error": 503,
    "status 700": 502,
    "compressed": 502,
    "oversized": 502,
    "oversized in chunks": 502,
    "truncated": 502,
    "truncated chunks": 502,
    "not HTTP": 502,
    "closed": 502,
    "reset": 502,
    "hung": 504,
    "trickle": 504,
}


def answer(kind: str, number: int) -> bytes:
    """What is sent for a *kind*, all of it or until the connection breaks."""
    body = good(number)
    text = json.dumps(body).encode()
    error = {"message": "No such model.", "type": "invalid_request_error", "param": None, "code": "model_not_found"}
    large = good(number, choices=choice(text=SECRET * (MAX_BYTES // 5)))
    answers: dict[str, Callable[[], bytes]] = {
        "good": lambda: http(body),
        "long": lambda: http(good(number, choices=choice(text=SECRET * (LONG // len(SECRET))))),
        "negative usage": lambda: http(good(number, usage={"prompt_tokens": -7, "completion_tokens": None})),
        "absurd usage": lambda: http(good(number, usage={"prompt_tokens": 10**308, "completion_tokens": 10**9 + 1})),
        "not JSON": lambda: http(f"<html>{SECRET}</html>".encode()),
        "cut JSON": lambda: http(text[: text.index(b"logprobs")]),
        "wrong types": lambda: http(good(number, created=SECRET, model=[SECRET], choices=choice(index=SECRET))),
        "wrong log probabilities": lambda: http(
            good(number, choices=choice(logprobs={"top_logprobs": [{SECRET: "high", f"a {SECRET}": None}]}))
        ),
        "no usage": lambda: http({key: value for key, value in body.items() if key != "usage"}),
        "finish reason unknown": lambda: http(good(number, choices=choice(finish_reason=SECRET))),
        "good with status 500": lambda: http(body, 500),
        "error with status 200": lambda: http({"error": error | {"message": SECRET}}),
        "error": lambda: http({"error": error}, 404),
        "flat error": lambda: http(error | {"object": "error", "code": 503}, 503),
        "status 700": lambda: http({"error": error}, 700),
        "compressed": lambda: http(gzip.compress(text), headers="content-encoding: gzip\r\n"),
        "oversized": lambda: http(large),
        "oversized in chunks": lambda: chunked(*[json.dumps(large).encode()] * 3),
        "truncated": lambda: http(text[:-20], length=len(text)),
        "truncated chunks": lambda: chunked(text[:-20], end=b""),
        "not HTTP": lambda: b"SSH-2.0-OpenSSH_9.6\r\n",
        "closed": lambda: b"",
        "reset": lambda: http(text[:-20], length=len(text)),
        "hung": lambda: b"",
        "trickle": lambda: http(text)[:-5],
    }
    return answers[kind]()


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            question = json.loads(await reader.readexactly(int(lengths[0].split(b":")[1])))
            REQUESTS[question.get("user", "")] += 1
            HEADS[question.get("user", "")] = head
            if question.get("stream"):
                if await stream(question, reader, writer):
                    continue
                break
            kind = question["prompt"]
            data = answer(kind, question.get("seed", 9))
            if kind == "trickle":
                for byte in data:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await asyncio.sleep(0.05)
            writer.write(data)
            await writer.drain()
            if kind in ("hung", "trickle"):
                await reader.read()  # until the gateway hangs up
            if kind == "reset":
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if kind in ("truncated", "truncated chunks", "not HTTP", "closed", "reset", "hung", "trickle"):
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # the gateway hung up
    finally:
        writer.close()


@contextmanager
def serving_flaky_upstream() -> Iterator[str]:
    """Serve in a thread, on a free port, and give the address."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(serve, "127.0.0.1", 0, backlog=1000))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield "http://{}:{}".format(*server.sockets[0].getsockname())
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


async def stop(server: asyncio.Server) -> None:
    """Take no more connections, and end those that are open."""
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
