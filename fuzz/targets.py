"""
What must hold for any bytes.

Each target takes bytes and raises AssertionError where a promise is broken; any exception that is not the library's own
is a finding as well.
"""

from __future__ import annotations

import json
import math
import tempfile
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from router_schema import (
    DecodeError,
    EncodeError,
    ReadError,
    RouterCompletionsChoices,
    RouterCompletionsResponseBody,
    RouterCompletionsUsage,
    RouterConverter,
    ValidationError,
    iter_jsonl,
    make_converter,
)
from router_schema._rules import judge_structure
from router_schema.openai import Completion, CompletionChoice, CompletionUsage, Logprobs
from router_schema.streams import Assembler, SSEDecoder, StreamError, iter_stream

UJSON = make_converter(engine="ujson")
MSGSPEC = make_converter(engine="msgspec")
STRICT = make_converter(engine="msgspec", forbid_extra_keys=True)

MODELS: tuple[type[Any], ...] = (RouterCompletionsResponseBody, Completion)
PARTS: tuple[type[Any], ...] = (
    *(RouterCompletionsChoices, RouterCompletionsUsage, CompletionChoice, CompletionUsage, Logprobs),
    *MODELS,
)


def outcome(converter: RouterConverter, data: bytes, cl: type[Any]) -> tuple[Any, ...]:
    """What *data* comes to: an instance, or the error's data. repr tells 26 from 26.0, which == does not."""
    try:
        instance = converter.loads(data, cl)
    except ValidationError as error:
        check_error(error, data)
        return "invalid", error.errors, error.error_count, repr(error.error_body)
    except DecodeError as error:
        check_error(error, data)
        return "malformed", error.line, error.column, error.offset
    return "valid", instance, repr(instance)


def check_error(error: DecodeError, data: bytes) -> None:
    """An error is bounded and alone, and quotes no longer run of the input but keys, enum values and type and code."""
    text = "".join(traceback.format_exception_only(type(error), error))

    assert error.__cause__ is None
    assert error.__context__ is None
    assert len(text) < 100_000
    assert len(getattr(error, "errors", ())) <= 100


def loads(converter: RouterConverter) -> Callable[[bytes], None]:
    """`loads` gives an instance that obeys both laws, or an error of the library."""

    def target(data: bytes) -> None:
        for cl in MODELS:
            result = outcome(converter, data, cl)
            if result[0] == "valid":
                text = converter.dumps(result[1])
                assert converter.loads(text, cl) == result[1]
                assert text == UJSON.dumps(result[1])
                assert json.loads(text) == converter.unstructure(result[1])

    return target


def engines_agree(data: bytes) -> None:
    """What msgspec takes for JSON has one outcome on every engine, and it is the judge's."""
    for cl in MODELS:
        result = outcome(MSGSPEC, data, cl)
        if result[0] == "malformed":
            continue
        assert outcome(UJSON, data, cl) == result
        if result[0] == "valid":
            rule = MSGSPEC.get_structure_hook(cl).rule
            assert repr(judge_structure(rule, json.loads(data))) == result[2]
            assert outcome(STRICT, data, cl)[0] in ("valid", "invalid")


KEYS = (*dict.fromkeys(name for cl in (*MODELS, *PARTS) for name in attrs.fields_dict(cl)), "error", "extra")
SCALARS = ("", "stop", "eos_token", "\ud800", "é", 0, 1, -1, 2**53 + 1, 10**400, 1.5, -0.0, 1e308, math.inf, True, None)


def shaped(steps: Iterator[int], depth: int = 0) -> Any:
    """A JSON value that is more like a body than random text parses to: each byte is one choice."""
    kind = next(steps, 0) % (4 if depth < 5 else 1)
    if kind == 1:
        return {KEYS[next(steps, 0) % len(KEYS)]: shaped(steps, depth + 1) for _ in range(next(steps, 0) % 8)}
    if kind == 2:
        return [shaped(steps, depth + 1) for _ in range(next(steps, 0) % 4)]
    if kind == 3:  # an object that has all the keys of a class
        return {name: shaped(steps, depth + 1) for name in attrs.fields_dict(PARTS[next(steps, 0) % len(PARTS)])}
    return SCALARS[next(steps, 0) % len(SCALARS)]


def structure(data: bytes) -> None:
    """`structure` of any parsed JSON gives what the judge gives."""
    value = shaped(iter(data))
    for cl in (*MODELS, *PARTS):
        rule = UJSON.get_structure_hook(cl).rule
        try:
            result = UJSON.structure(value, cl)
        except ValidationError as error:
            check_error(error, data)
            try:
                judge_structure(rule, value)
            except ValidationError as again:
                assert again.errors == error.errors  # noqa: PT017
            else:
                raise AssertionError("the hook refuses what the judge takes") from None
        else:
            assert repr(result) == repr(judge_structure(rule, value))
            assert UJSON.dumps(result) == MSGSPEC.dumps(result)
            assert MSGSPEC.structure(MSGSPEC.unstructure(result), cl) == result


def unstructure(data: bytes) -> None:
    """`dumps` of an instance that holds anything gives what reads back equal, the same on every engine, or refuses."""
    steps = iter(data)
    for cl in PARTS:
        instance = cl.__new__(cl)
        for name in attrs.fields_dict(cl):
            object.__setattr__(instance, name, shaped(steps))
        outcomes = []
        for converter in (UJSON, MSGSPEC):
            try:
                outcomes.append(converter.dumps(instance))
            except EncodeError as error:
                outcomes.append(repr(error.errors))
            else:
                assert converter.loads(outcomes[-1], cl) == instance
        assert outcomes[0] == outcomes[1]


def json_lines(data: bytes) -> None:
    """The reader gives, line by line, what `loads` gives; a damaged gzip file is a ReadError."""
    expected, numbers = [], []
    for line in data.split(b"\n"):
        if line and not line.isspace():
            result = outcome(UJSON, line, RouterCompletionsResponseBody)
            if result[0] == "valid":
                expected.append(result[1])
    read = iter_jsonl(data.split(b"\n"), on_error=lambda number, error: numbers.append(number), converter=UJSON)
    assert list(read) == expected
    assert numbers == sorted(set(numbers))
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            from_file = list(iter_jsonl(file.name, on_error="skip", converter=UJSON))
        except (ReadError, ImportError):
            assert data.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd"))
        else:
            assert from_file == expected or data.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd"))


def streams(data: bytes) -> None:
    """A stream comes to the same however it is cut, and its events are what `loads` makes of their data."""
    size = data[0] % 64 + 1 if data else 1
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    whole, cut = SSEDecoder(), SSEDecoder()
    events = whole.feed(data)
    assert [event for piece in pieces for event in cut.feed(piece)] == events
    assert (cut.comments, cut.retry, cut.last_event_id) == (whole.comments, whole.retry, whole.last_event_id)
    outcomes = []
    for chunks in ([data], pieces):
        assembler = Assembler()
        error: Exception | None = None
        try:
            for number, chunk in enumerate(iter_stream(chunks, on_error="skip", converter=UJSON), 1):
                assembler.add(chunk)
                assert number <= max(1, len(events))
        except (DecodeError, StreamError) as caught:
            error = caught
        assert getattr(error, "__context__", None) is None
        assert len(str(error)) < 100_000
        partial = assembler.partial()
        assert assembler.complete == (bool(partial.choices) and all(choice.finish_reason for choice in partial.choices))
        outcomes.append((str(error), repr(partial)))
    assert outcomes[0] == outcomes[1]


TARGETS: dict[str, Callable[[bytes], None]] = {
    "loads-ujson": loads(UJSON),
    "loads-msgspec": loads(MSGSPEC),
    "engines-agree": engines_agree,
    "structure": structure,
    "unstructure": unstructure,
    "json-lines": json_lines,
    "streams": streams,
}
