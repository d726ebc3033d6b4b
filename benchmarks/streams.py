"""
Streams: what each reader does with the bytes of an event stream.

The events are those of OpenAI's servers, 217 bytes each. A subject is a stream in pieces, as a connection delivers it.
"""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import httpx_sse._decoders as httpx_sse
import msgspec
import openai
import orq_ai_sdk

from router_schema import RouterConverter
from router_schema.openai import CompletionChunk
from router_schema.streams import DONE, Assembler, SSEDecoder, iter_stream

Pieces = list[bytes]

_PIECE, _SMALL_PIECE = 4096, 256
_BIG_TEXT = 2**20


def make_subjects(count: int) -> dict[str, Pieces]:
    """Make streams of *count* events: cut, an event a piece, with a finish reason in each; and one large event."""
    events = [_event(number) for number in range(count)]
    return {
        "4 KiB a piece": cut(events, _PIECE),
        "1 event a piece": events,
        "all finished": cut([_event(number, b'"stop"') for number in range(count)], _PIECE),
        "1 MB event": [_event(0, text=b"x" * _BIG_TEXT)],
    }


def cut(pieces: Pieces, size: int = _SMALL_PIECE) -> Pieces:
    """Cut the same bytes into pieces of one size."""
    whole = b"".join(pieces)
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def _event(number: int, reason: bytes = b"null", text: bytes = b" rain") -> bytes:
    return (
        b'data: {"id":"cmpl-9Ryg","object":"text_completion","created":1760000000,"choices":[{"text":"%s","index":0,'
        b'"logprobs":null,"finish_reason":%s}],"model":"gpt-3.5-turbo-instruct","system_fingerprint":"fp_12%05d"}\n\n'
    ) % (text, reason, number)


def chunks(converter: RouterConverter, pieces: Pieces) -> list[CompletionChunk]:
    """Decode a stream to chunks."""
    return list(iter_stream(pieces, converter=converter))


def assemble(decoded: list[CompletionChunk]) -> object:
    """Assemble chunks that are decoded already."""
    assembler = Assembler()
    for chunk in decoded:
        assembler.add(chunk)
    return assembler.partial()


def decode_events(pieces: Pieces) -> int:
    """Decode a stream to events, with our decoder."""
    decoder = SSEDecoder()
    return sum(len(decoder.feed(piece)) for piece in pieces)


def httpx_sse_events(pieces: Pieces) -> int:
    """Decode a stream to events, as httpx-sse does with the bytes of httpx."""
    return sum(1 for _ in _httpx_sse(pieces))


def httpx_sse_chunks(pieces: Pieces) -> list[Any]:
    """Decode a stream to events with httpx-sse, and their data to Structs."""
    return [_decode_struct(event.data) for event in _httpx_sse(pieces)]


def _httpx_sse(pieces: Pieces) -> Iterator[Any]:
    lines, decoder = httpx_sse.SSELineDecoder(), httpx_sse.SSEDecoder()
    for piece in pieces:
        for line in lines.decode(piece.decode()):
            event = decoder.decode(line)
            if event is not None:
                yield event


class _Logprobs(msgspec.Struct):
    tokens: list[str] | None = None
    token_logprobs: list[float | None] | None = None
    top_logprobs: list[dict[str, float] | None] | None = None
    text_offset: list[int] | None = None


class _Choice(msgspec.Struct):
    index: int
    text: str = ""
    logprobs: _Logprobs | None = None
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    completion_tokens: int | None = None
    prompt_tokens: int | None = None
    total_tokens: int | None = None


class _Chunk(msgspec.Struct):
    id: str
    object: str
    created: int
    model: str
    choices: list[_Choice]
    system_fingerprint: str | None = None
    usage: _Usage | None = None


_decode_struct = msgspec.json.Decoder(_Chunk).decode


class _Transport(httpx.BaseTransport):
    """Answers every request with the pieces of a stream, from memory."""

    def __init__(self) -> None:
        self.pieces: Pieces = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=iter([*self.pieces, DONE]))


def official_client() -> Callable[[Pieces], list[Any]]:
    """Read a stream with the official client, all of it but the network."""
    transport = _Transport()
    client = openai.OpenAI(base_url="http://upstream/v1", api_key="-", http_client=httpx.Client(transport=transport))

    def read(pieces: Pieces) -> list[Any]:
        transport.pieces = pieces
        return list(client.completions.create(model="m", prompt="p", stream=True))

    return read


def router_sdk() -> Callable[[Pieces], list[Any]]:
    """Read a stream with the router's SDK, all of it but the network."""
    transport = _Transport()
    client = orq_ai_sdk.Orq(api_key="-", client=httpx.Client(transport=transport))

    def read(pieces: Pieces) -> list[Any]:
        transport.pieces = pieces
        with client.router.completions.create(model="m", prompt="p", stream=True) as stream:
            return list(stream)

    return read
