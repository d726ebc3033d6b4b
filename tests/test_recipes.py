"""The recipes of the documentation do what the page says. The libraries they need: dependency group ``integration``."""

from __future__ import annotations

import asyncio
import doctest
import io
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import attrs
import pytest
from support import ROOT, code_blocks

from router_schema import RouterCompletionsResponseBody, ValidationError, dumps, loads
from router_schema.openai import Completion

PAGE = ROOT / "docs" / "recipes.md"

BODY = loads(
    b'{"id":"cmpl-7","choices":[{"finish_reason":"stop","index":0,"text":"It is raining."}],"created":1760000000,'
    b'"model":"acme/writer-7b","system_fingerprint":"fp_2f5c","object":"text_completion",'
    b'"usage":{"completion_tokens":4,"prompt_tokens":9,"total_tokens":13}}'
)
TEXT = dumps(BODY)
BROKEN = TEXT.replace('"created":1760000000', '"created":"It is raining."')


def blocks(heading: str, language: str, page: Path = PAGE) -> str:
    """The code of all blocks of one *language* below a *heading* of a *page*."""
    _, found, rest = page.read_text(encoding="utf-8").partition(f"# {heading}\n")
    assert found, heading
    section = re.split(r"^#+ ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    return "\n".join(code_blocks(section, language))


def recipe(heading: str, *libraries: str) -> Any:
    """A recipe as a module; skips where it needs libraries that are not installed."""
    for library in libraries:
        need(library)
    module = sys.modules["recipe"] = ModuleType("recipe")  # Litestar looks for it there
    exec(compile(blocks(heading, "python"), f"{PAGE.name}: {heading}", "exec"), module.__dict__)
    return module


async def answering(question: Any) -> RouterCompletionsResponseBody:
    """Upstream answers with a body."""
    return attrs.evolve(BODY, model=question.model)


async def failing(question: Any) -> RouterCompletionsResponseBody:
    """Upstream answers with what is not a body."""
    return loads(BROKEN)


def need(library: str) -> None:
    """Skip where *library* is not installed."""
    pytest.importorskip(library, reason=f"{library} is not installed (dependency group: integration)")


def test_the_pages_examples_run() -> None:
    """What the page shows with a prompt is what happens."""
    examples = code_blocks(PAGE.read_text(encoding="utf-8"), "pycon")
    test = doctest.DocTestParser().get_doctest("\n".join(examples), {}, PAGE.name, str(PAGE), 0)
    said: list[str] = []
    doctest.DocTestRunner().run(test, out=said.append)

    assert len(test.examples) > 15
    assert not said, "".join(said)


@pytest.mark.parametrize("name", ["json_converter", "packing_converter"])
def test_preconfigured_converters_become_strict(name: str) -> None:
    """Cattrs' converter for each format round-trips bodies, and rejects what the schema rejects."""
    converter = getattr(recipe("orjson and msgpack", "orjson", "msgpack"), name)
    packed = converter.dumps(BODY)
    broken = converter.dumps({**converter.loads(packed, dict), "created": "1760000000"})

    assert isinstance(packed, bytes)
    assert converter.loads(packed, RouterCompletionsResponseBody) == BODY
    with pytest.raises(ValidationError, match=r"\$\.created: expected number, got string"):
        converter.loads(broken, RouterCompletionsResponseBody)


def test_the_httpx_hook_decodes_each_answer() -> None:
    """The hook leaves the body in ``extensions``, raises for what is not the schema, and lets errors pass."""
    decode = recipe("A hook on an httpx client", "httpx").decode
    import httpx

    answers = {
        "/good": httpx.Response(200, text=TEXT),
        "/broken": httpx.Response(200, text=BROKEN),
        "/error": httpx.Response(404, text='{"error": {}}'),
    }
    transport = httpx.MockTransport(lambda request: answers[request.url.path])
    with httpx.Client(transport=transport, base_url="http://router", event_hooks={"response": [decode]}) as client:
        good, error = client.get("/good"), client.get("/error")
        with pytest.raises(ValidationError, match=r"\$\.created"):
            client.get("/broken")

    assert good.extensions["completion"] == BODY
    assert error.status_code == 404


def test_a_fastapi_endpoint_returns_our_models() -> None:
    """The endpoint answers with what ``dumps`` writes: 400 and paths if the request is wrong, 502 if the answer is."""
    module = recipe("FastAPI", "fastapi", "httpx")
    import httpx

    module.answer = answering

    async def ask(content: bytes) -> httpx.Response:
        transport = httpx.ASGITransport(module.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            return await client.post("/v1/completions", content=content)

    good = asyncio.run(ask(b'{"model": "acme/a", "prompt": "Rain?"}'))
    refused = asyncio.run(ask(b'{"model": 1}'))
    cut = asyncio.run(ask(b'{"model'))
    module.answer = failing
    broken = asyncio.run(ask(b'{"model": "acme/a", "prompt": "Rain?"}'))

    assert (good.headers["content-type"], good.text) == ("application/json", dumps(attrs.evolve(BODY, model="acme/a")))
    assert refused.status_code == 400
    assert [error["path"] for error in refused.json()["errors"]] == ["$.model", "$.prompt"]
    assert (cut.status_code, cut.json()) == (400, {"errors": [{"path": "$", "kind": "malformed"}]})
    assert (broken.status_code, broken.json()) == (502, {"error_count": 1})


def test_a_litestar_endpoint_returns_our_models() -> None:
    """
    The endpoint answers with what ``dumps`` writes, and its OpenAPI document describes it: 400 and paths if the request
    is wrong, 502 if the answer is.
    """
    module = recipe("Litestar", "litestar")
    from litestar.testing import TestClient

    question = b'{"model": "acme/a", "prompt": "Rain?"}'
    with TestClient(module.app) as client:
        module.answer = answering
        answer = client.post("/v1/completions", content=question)
        refused = client.post("/v1/completions", content=b'{"model": 1}')
        cut = client.post("/v1/completions", content=b'{"model')
        module.answer = failing
        broken = client.post("/v1/completions", content=question)
        schema = client.get("/schema/openapi.json").json()

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.text == dumps(attrs.evolve(BODY, model="acme/a"))
    assert "RouterCompletionsResponseBody" in schema["components"]["schemas"]
    assert refused.status_code == 400
    assert [error["path"] for error in refused.json()["errors"]] == ["$.model", "$.prompt"]
    assert (cut.status_code, cut.json()) == (400, {"errors": [{"path": "$", "kind": "malformed"}]})
    assert (broken.status_code, broken.json()) == (502, {"error_count": 1})


def test_a_span_has_the_usage() -> None:
    """The current span gets id, model, finish reasons and the counts that were sent, or an error without the text."""
    traced = recipe("OpenTelemetry", "opentelemetry").traced
    from opentelemetry import trace

    class Span(trace.NonRecordingSpan):
        def __init__(self) -> None:
            super().__init__(trace.INVALID_SPAN_CONTEXT)
            self.attributes: dict[str, Any] = {}
            self.status: tuple[Any, ...] = ()

        def set_attribute(self, key: str, value: Any) -> None:
            self.attributes[key] = value

        def set_status(self, *status: Any) -> None:
            self.status = status

    uncounted = TEXT.replace('"completion_tokens":4,"prompt_tokens":9,', "")
    good, bare, bad = Span(), Span(), Span()
    with trace.use_span(good):
        body = traced(TEXT.encode())
    with trace.use_span(bare):
        traced(uncounted.encode())
    with trace.use_span(bad, record_exception=False, set_status_on_exception=False), pytest.raises(ValidationError):
        traced(BROKEN.encode())

    assert body == BODY
    assert good.attributes == {
        "gen_ai.response.id": "cmpl-7",
        "gen_ai.response.model": "acme/writer-7b",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 4,
    }
    assert {type(good.attributes[key]) for key in good.attributes if "usage" in key} == {int}
    assert (good.status, [key for key in bare.attributes if "usage" in key]) == ((), [])
    assert bad.attributes == {}
    assert bad.status[0] is trace.StatusCode.ERROR
    assert "$.created: expected number, got string" in bad.status[1]
    assert "raining" not in bad.status[1]


def test_a_cache_asks_once() -> None:
    """A second call is answered from the cache, and what lies there is checked."""
    cached = recipe("Kafka, Redis and other byte carriers", "redis", "fakeredis").cached
    import fakeredis

    cache = fakeredis.FakeRedis()
    asked: list[str] = []

    def ask() -> RouterCompletionsResponseBody:
        asked.append("asked")
        return BODY

    first, second = cached(cache, "key", ask), cached(cache, "key", ask)

    assert first == second == BODY
    assert asked == ["asked"]
    assert cache.get("key") == TEXT.encode()


@pytest.mark.parametrize("maker", ["to_pandas", "to_polars"])
def test_a_frame_is_made_of_an_iterator(maker: str) -> None:
    """Each choice is a row, counts that were not sent are null, and invalid lines are kept as they are."""
    make = getattr(recipe("pandas, polars and Parquet", "pandas", "polars"), maker)
    uncounted = TEXT.replace('"total_tokens":13', '"total_tokens":null')
    rejected = io.BytesIO()
    lines = [TEXT, BROKEN + "\r\n", uncounted + "\n", TEXT[:30]]
    frame = make((line.encode() for line in lines), rejected)

    assert frame.shape == (2, 7)
    assert list(frame["finish_reason"]) == ["stop", "stop"]
    assert frame["total_tokens"][0] == 13.0
    assert frame["total_tokens"].count() == 1
    assert rejected.getvalue().decode() == f"{BROKEN}\n{TEXT[:30]}\n"


def test_a_log_becomes_parquet(tmp_path: Path) -> None:
    """A log becomes one Parquet file for each batch of rows, and its invalid lines a file beside them."""
    to_parquet = recipe("pandas, polars and Parquet", "pandas", "polars").to_parquet
    import polars

    log, folder = tmp_path / "log.jsonl", tmp_path / "new" / "rows"
    log.write_text("".join(f"{line}\n" for line in [TEXT, BROKEN, TEXT, "", TEXT]))
    to_parquet(log, folder, batch=2)

    assert sorted(path.name for path in folder.iterdir()) == ["000000.parquet", "000001.parquet", "rejected.jsonl"]
    assert polars.scan_parquet(folder / "*.parquet").select("total_tokens").sum().collect().item() == 39.0
    assert (folder / "rejected.jsonl").read_text() == f"{BROKEN}\n"


def test_the_routers_sdk_has_the_same_fields() -> None:
    """A body read by the router's SDK has the values that ours has, under the same names."""
    need("orq_ai_sdk")
    from orq_ai_sdk.models import CreateCompletionResponseBody
    from orq_ai_sdk.utils.serializers import unmarshal_json

    theirs = unmarshal_json(TEXT, CreateCompletionResponseBody)
    pairs: list[tuple[attrs.AttrsInstance, Any]] = [
        (BODY, theirs),
        (BODY.choices[0], theirs.choices[0]),
        (BODY.usage, theirs.usage),
    ]

    for ours, their in pairs:
        names = {field.name for field in attrs.fields(type(ours))}
        assert names <= set(type(their).model_fields)
        for name in names - {"choices", "usage"}:
            assert getattr(ours, name) == getattr(their, name), name


def test_the_openai_clients_types_have_the_same_fields() -> None:
    """What the openai client made is a completion, field by field."""
    checked = recipe("From the openai client's types", "openai").checked
    import openai.types

    theirs = openai.types.Completion.model_validate_json(TEXT)

    assert checked(theirs) == loads(TEXT, Completion)
    assert {field.name for field in attrs.fields(Completion)} == set(openai.types.Completion.model_fields)


@pytest.mark.parametrize(
    ("page", "heading"),
    [("which-class.md", "Coming from `orq-ai-sdk`"), ("recipes.md", "From the openai client's types")],
)
def test_the_diffs_are_python(page: str, heading: str) -> None:
    """Both sides of each diff compile."""
    lines = blocks(heading, "diff", ROOT / "docs" / page).splitlines()

    for sign in "+-":
        compile("\n".join(line[1:] for line in lines if line[:1] in (sign, " ")), heading, "exec")
