"""The how-tos of the page on streams do what it says. They need the dependency group ``integration``, and aiohttp."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from types import ModuleType
from typing import Any

import anyio
import pytest
from samples import cut, load
from support import ROOT, code_blocks

from router_schema.streams import Assembler, IncompleteStreamError, aiter_stream, iter_stream

PAGE = ROOT / "docs" / "streams.md"
GOOD, CUT = load("openai-usage").data, load("cut-between-events").data
TEXT = " Rye is sown in autumn."
QUESTION = {"model": "granary/rye-1b", "prompt": "Rye?"}


def recipe(heading: str, *libraries: str) -> Any:
    """Import the Python blocks below a heading as a module; skip if a library is not installed."""
    for library in libraries:
        pytest.importorskip(library, reason=f"{library} is not installed")
    _, found, rest = PAGE.read_text(encoding="utf-8").partition(f"### {heading}\n")
    assert found, heading
    section = re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    module = ModuleType("recipe")
    exec(
        compile("\n".join(code_blocks(section, "python")), f"{PAGE.name}: {heading}", "exec", dont_inherit=True),
        module.__dict__,
    )
    return module


def test_every_how_to_is_tested() -> None:
    """Each section with a Python block has a test here."""
    sections = re.split(r"^### ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    with_code = {section.partition("\n")[0] for section in sections if "```python" in section}
    tested = set(re.findall(r'recipe\("([^"]+)"', (ROOT / "tests" / "streams" / "test_streams_page.py").read_text()))

    assert with_code == tested


def test_httpx() -> None:
    """Both functions yield the texts; the synchronous one reads the response to its end."""
    module = recipe("Read a stream with httpx", "httpx")
    import httpx

    left: list[bytes] = [*cut(GOOD, 50), b"after the end"]

    class Pieces(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            while left:
                yield left.pop(0)

    transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=Pieces()))
    with httpx.Client(transport=transport, base_url="http://router") as client:
        assert "".join(module.stream_text(client, QUESTION)) == TEXT
    assert left == []

    async def main() -> None:
        transport = httpx.MockTransport(lambda request: httpx.Response(200, content=GOOD))
        async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
            assert "".join([text async for text in module.stream_words(client, QUESTION)]) == TEXT

    anyio.run(main)


@pytest.mark.parametrize("complete", [True, False])
def test_aiohttp(complete: bool) -> None:
    """A whole stream becomes a completion; one that breaks off raises."""
    module = recipe("Read a stream with aiohttp", "aiohttp")
    from aiohttp import ClientSession, web

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for piece in cut(GOOD if complete else CUT, 50):
            await response.write(piece)
        return response

    async def main() -> None:
        app = web.Application()
        app.router.add_post("/v1/completions", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        async with ClientSession() as session:
            url = f"http://{host}:{port}/v1/completions"
            if complete:
                assert (await module.complete(session, url, QUESTION)).choices[0].text == TEXT
            else:
                with pytest.raises(IncompleteStreamError):
                    await module.complete(session, url, QUESTION)
        await runner.cleanup()

    anyio.run(main)


def test_the_official_client() -> None:
    """The official client sends the request, and the library decodes the bytes."""
    module = recipe("Keep the official client, and skip its decoding", "openai")
    import openai

    http = openai.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0]  # httpx, or its successor
    library = pytest.importorskip(http)
    transport = library.MockTransport(lambda request: library.Response(200, content=GOOD))
    with openai.OpenAI(
        base_url="http://router/v1", api_key="none", http_client=library.Client(transport=transport)
    ) as client:
        completion = module.complete(client, **QUESTION)

    assert (completion.choices[0].text, completion.usage.total_tokens) == (TEXT, 19)


@pytest.mark.parametrize(
    ("answer", "end"),
    [(GOOD, "[DONE]"), (CUT, "server broke off."), (b"<html>", "server failed.")],
    ids=lambda x: x[:6],
)
def test_fastapi(answer: bytes, end: str) -> None:
    """The endpoint forwards chunks and ends a broken stream with an error event."""
    module = recipe("Answer with a stream from FastAPI", "fastapi", "httpx")
    import httpx

    async def main() -> None:
        transport = httpx.MockTransport(lambda request: httpx.Response(200, content=answer))
        module.upstream = httpx.AsyncClient(transport=transport, base_url="http://upstream")
        asgi = httpx.ASGITransport(module.app)
        async with module.upstream, httpx.AsyncClient(transport=asgi, base_url="http://gateway") as client:
            response = await client.post("/v1/completions", json=QUESTION)
        assert response.headers["content-type"].startswith("text/event-stream")
        assert end in response.text.strip().splitlines()[-1]
        stream = iter_stream([response.content.partition(b'data: {"error"')[0]])
        texts = [choice.text for chunk in stream for choice in chunk.choices]
        assert "".join(texts) == (TEXT if answer != b"<html>" else "")

    anyio.run(main)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_idle_timeout(backend: str) -> None:
    """A busy stream is read to its end; one that only sends comments raises TimeoutError."""
    impatient = recipe("Give up on a server that stalls").impatient

    async def pieces(data: bytes, stalls: bool) -> AsyncIterator[bytes]:
        yield data
        while stalls:
            await anyio.sleep(0.001)
            yield b": still here\n\n"

    async def main() -> None:
        assembler = Assembler()
        async for chunk in impatient(aiter_stream(pieces(GOOD, False)), 10):
            assembler.add(chunk)
        assert assembler.complete
        seen = []
        with pytest.raises(TimeoutError):
            await collect(impatient(aiter_stream(pieces(CUT, True)), 0.05), seen.append)
        assert len(seen) == 6

    anyio.run(main, backend=backend)


async def collect(chunks: AsyncIterator[Any], add: Callable[[Any], Any]) -> None:
    async for chunk in chunks:
        add(chunk)
