"""What mypy and pyright see. Checked, never run: each ``assert_type`` holds, each ignored error is one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import attrs
import cattrs

import router_schema
from router_schema import (
    DecodeError,
    EncodeError,
    FieldError,
    FinishReason,
    Report,
    RouterCompletionsChoices,
    RouterCompletionsResponseBody,
    RouterCompletionsUsage,
    RouterConverter,
    RouterSchemaError,
    ValidationError,
    aiter_jsonl,
    check,
    configure_converter,
    dumps,
    iter_jsonl,
    json_schema,
    loads,
    make_converter,
    structure,
    unstructure,
)
from router_schema.openai import Completion, CompletionChunk, to_router
from router_schema.orq import (
    CreateCompletionPromptTokensDetails,
    CreateCompletionResponseBody,
    CreateCompletionRouterCompletionsResponseBody,
    CreateCompletionUsage,
)
from router_schema.streams import (
    Assembler,
    AsyncStream,
    Event,
    SSEDecoder,
    Stream,
    aiter_stream,
    encode_event,
    iter_stream,
)

MYPY = False  #: mypy takes it for true

if TYPE_CHECKING:
    from typing import TypeVar, assert_type

    T = TypeVar("T")

    @attrs.frozen
    class Mine(RouterCompletionsResponseBody):
        """A class of the user's."""

        provider: str | None = None

    def applied(function: Callable[[bytes], T], data: bytes) -> T:
        return function(data)

    async def check_functions_as_arguments(data: bytes, pool: ThreadPoolExecutor) -> None:
        assert_type(await asyncio.to_thread(loads, data), RouterCompletionsResponseBody)
        assert_type(pool.submit(loads, data).result(), RouterCompletionsResponseBody)
        assert_type(next(iter(pool.map(loads, [data]))), RouterCompletionsResponseBody)
        assert_type(next(map(loads, [data])), RouterCompletionsResponseBody)
        assert_type(next(map(make_converter().loads, [data])), RouterCompletionsResponseBody)
        assert_type(next(map(structure, [data])), RouterCompletionsResponseBody)
        assert_type(applied(loads, data), RouterCompletionsResponseBody)

    def check_functions(data: bytes, view: memoryview, array: bytearray, text: str) -> None:
        assert_type(loads(data), RouterCompletionsResponseBody)
        assert_type(loads(view), RouterCompletionsResponseBody)
        assert_type(loads(array), RouterCompletionsResponseBody)
        assert_type(loads(text, Mine), Mine)
        assert_type(loads(text, cl=Mine).provider, str | None)
        assert_type(loads(text, list[Mine]), list[Mine])
        assert_type(structure({}), RouterCompletionsResponseBody)
        assert_type(structure([], list[Mine]), list[Mine])
        assert_type(json_schema(Mine), dict[str, Any])
        assert_type(next(iter_jsonl("bodies.jsonl")), RouterCompletionsResponseBody)
        assert_type(next(iter_jsonl("bodies.jsonl", Mine)), Mine)
        assert_type(check("bodies.jsonl") | Report(), Report)
        assert_type(dumps(loads(data)), str)
        assert_type(unstructure(loads(data)), dict[str, Any])
        dumps([loads(data)], unstructure_as=list[Mine])

    def check_models(body: RouterCompletionsResponseBody) -> None:
        assert_type(body.id, str)
        assert_type(body.choices, tuple[RouterCompletionsChoices, ...])
        assert_type(body.choices[0].finish_reason, FinishReason)
        assert_type(body.choices[0].index, float)
        assert_type(body.created, float)
        assert_type(body.usage, RouterCompletionsUsage)
        assert_type(body.usage.total_tokens, float | None)

    @attrs.frozen
    class Tagged(CreateCompletionResponseBody):
        """Today's body with a field more."""

        provider: str | None = None

    def check_todays_body(data: bytes) -> None:
        body = loads(data, CreateCompletionResponseBody)
        assert_type(body.created, str | float | None)
        assert_type(body.usage, CreateCompletionUsage | None)
        assert_type(body.choices[0].finish_reason, FinishReason)
        if body.usage is not None:
            assert_type(body.usage.total_tokens, float | None)
            assert_type(body.usage.prompt_tokens_details, CreateCompletionPromptTokensDetails | None)
        event = loads(data, CreateCompletionRouterCompletionsResponseBody)
        if event.data is not None:
            same: CreateCompletionResponseBody = event.data
            print(same)
        assert_type(loads(data, Tagged).provider, str | None)

    def check_to_router(completion: Completion, usage: CreateCompletionUsage) -> None:
        assert_type(to_router(completion, system_fingerprint="fp"), RouterCompletionsResponseBody)
        assert_type(to_router(completion, CreateCompletionResponseBody, usage=usage), CreateCompletionResponseBody)
        assert_type(to_router(completion, cl=Tagged, model="m"), Tagged)
        to_router(completion, usage={"total_tokens": 1})  # type: ignore[call-overload]

    def check_streams(pieces: Iterable[bytes]) -> None:
        stream = iter_stream(pieces)
        assert_type(stream, Stream[CompletionChunk])
        assert_type(next(stream), CompletionChunk)
        assert_type(next(iter_stream(pieces, Mine, on_error="skip")), Mine)
        assert_type(SSEDecoder().feed(b""), list[Event])
        assembler = Assembler()
        assembler.add(next(stream))
        assert_type(assembler.completion(), Completion)
        assert_type(assembler.partial(), Completion)
        assert_type(encode_event(next(stream)), bytes)
        iter_stream("text")  # type: ignore[arg-type]

    async def check_asynchronous_streams(pieces: AsyncIterable[bytes]) -> None:
        assert_type(aiter_stream(pieces), AsyncStream[CompletionChunk])
        async for chunk in aiter_stream(pieces, Mine):
            assert_type(chunk, Mine)
        async for body in aiter_jsonl(pieces):
            assert_type(body, RouterCompletionsResponseBody)
        async for mine in aiter_jsonl(pieces, Mine, on_error="skip"):
            assert_type(mine, Mine)

    def check_converter() -> None:
        converter = make_converter(engine="ujson", forbid_extra_keys=True, omit_if_default=True)
        assert_type(converter, RouterConverter)
        assert_type(converter.loads(b""), RouterCompletionsResponseBody)
        assert_type(converter.loads(b"", Mine), Mine)
        assert_type(converter.structure({}), RouterCompletionsResponseBody)
        assert_type(converter.structure({}, Mine), Mine)
        assert_type(converter.get_loads_hook(Mine)(b""), Mine)
        assert_type(converter.engine, str)
        assert_type(converter.copy(), RouterConverter)
        assert_type(converter.dumps(Mine), str)
        configure_converter(cattrs.Converter())
        configure_converter(converter)
        as_callable: Callable[[bytes], RouterCompletionsResponseBody] = loads
        as_callable(b"")

    def check_errors(error: ValidationError, encode: EncodeError, decode: DecodeError) -> None:
        assert_type(error.errors, tuple[FieldError, ...])
        assert_type(error.errors[0].path, str)
        assert_type(error.error_count, int)
        assert_type(decode.line, int | None)
        assert_type(encode.errors, tuple[FieldError, ...])
        base: list[RouterSchemaError] = [error, encode, decode]
        not_json: DecodeError = error
        value_error: ValueError = base[0]
        print(not_json, value_error)

    def check_wrong_uses(body: RouterCompletionsResponseBody) -> None:
        loads(5)  # type: ignore[call-overload]
        loads(b"", 5)  # type: ignore[call-overload]
        loads(None, Mine)  # type: ignore[call-overload]
        make_converter("ujson")  # type: ignore[call-arg]
        make_converter(engine="orjson")  # type: ignore[arg-type]
        body.id = "x"  # type: ignore[misc]
        body.choices.append(None)  # type: ignore[attr-defined]
        RouterCompletionsUsage("1")  # type: ignore[arg-type]
        print(router_schema.brand_new)  # type: ignore[attr-defined]
        if MYPY:  # attrs tells other checkers that everything is an instance of an attrs class
            dumps({"id": "x"})  # type: ignore[call-overload]
            unstructure(5)  # type: ignore[call-overload]
