"""
What must hold for any bytes.

Each target takes bytes and raises AssertionError where a promise is broken. An exception that the library does not
document is a finding as well.
"""

from __future__ import annotations

import json
import linecache
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs

from fuzz import classes
from fuzz.classes import as_json, make_class, register_hooks, shaped, value_for
from router_schema import (
    DecodeError,
    EncodeError,
    ReadError,
    RouterCompletionsChoices,
    RouterCompletionsResponseBody,
    RouterCompletionsUsage,
    RouterConverter,
    ValidationError,
    check,
    iter_jsonl,
    make_converter,
)
from router_schema._cattrs import structure_rule, unstructure_rule
from router_schema._engines import parse_strictly
from router_schema._rules.runner import validate_structure, validate_unstructure
from router_schema.errors import MAX_ERRORS
from router_schema.openai import Completion, CompletionChoice, CompletionUsage, Logprobs
from router_schema.streams import Assembler, SSEDecoder, StreamError, iter_stream

MODELS: tuple[type[Any], ...] = (RouterCompletionsResponseBody, Completion)
PARTS: tuple[type[Any], ...] = (
    *(RouterCompletionsChoices, RouterCompletionsUsage, CompletionChoice, CompletionUsage, Logprobs),
    *MODELS,
)


def make_converters(**options: Any) -> list[RouterConverter]:
    """A converter of each engine that is here."""
    converters = []
    for engine in ("native", "ujson"):
        try:
            converters.append(make_converter(engine=engine, **options))  # type: ignore[arg-type]
        except ImportError:
            assert engine == "native"
    return converters


PLAIN = make_converters()
FORBIDDING = make_converters(forbid_extra_keys=True)
WITH_HOOKS = [register_hooks(converter) for converter in make_converters()]


# --- outcomes ---


def outcome(function: Callable[..., Any], *arguments: Any) -> tuple[Any, ...]:
    """What a call returns, or what its error says. repr distinguishes 26 from 26.0, and 0.0 from -0.0."""
    try:
        value = function(*arguments)
    except (ValidationError, EncodeError) as error:
        check_error(error)
        return "invalid", error.errors, error.error_count, repr(getattr(error, "error_body", None))
    except DecodeError as error:
        check_error(error)
        return "malformed", error.line, error.column, error.offset
    return "valid", repr(value), value


def check_error(error: DecodeError | EncodeError) -> None:
    """An error is bounded, and has no cause and no context."""
    text = "".join(traceback.format_exception_only(type(error), error))

    assert error.__cause__ is None
    assert error.__context__ is None
    assert len(text) < 100_000
    assert len(getattr(error, "errors", ())) <= 100


def equal(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether two outcomes are the same; instances by their repr, since some hold NaN or compare by identity."""
    return one[:2] == other[:2] if one[0] == "valid" else one == other


def decode_alike(data: bytes, cl: Any, converters: list[RouterConverter] = PLAIN) -> tuple[Any, ...]:
    """`loads` of each engine does what the rules do, but ujson may accept malformed text; returns what the rules do."""
    rule = structure_rule(cl, converters[-1])
    expected = outcome(lambda: validate_structure(rule, parse_strictly(data)))
    for converter in converters:
        found = outcome(converter.loads, data, cl)
        assert equal(found, expected) or (converter.engine == "ujson" and expected[0] == "malformed"), converter.engine
        if found[0] == "valid":
            encode_alike(found[2], cl, converters)
    return expected


def structure_alike(value: Any, cl: Any, converters: list[RouterConverter] = PLAIN) -> None:
    """`structure` of each engine does what the rules do."""
    rule = structure_rule(cl, converters[-1])
    expected = outcome(validate_structure, rule, value)
    for converter in converters:
        assert equal(outcome(converter.structure, value, cl), expected), converter.engine


def encode_alike(instance: Any, cl: Any, converters: list[RouterConverter] = PLAIN) -> None:
    """`unstructure` of each engine does what the rules do; `dumps` writes that, and `loads` reads it back equal."""
    expected = outcome(validate_unstructure, unstructure_rule(cl, converters[-1]), instance)
    texts = [outcome(converter.dumps, instance, cl) for converter in converters]
    for converter, text in zip(converters, texts, strict=True):
        assert equal(text, texts[0])
        assert equal(outcome(converter.unstructure, instance, cl), expected)
        if text[0] == "valid":
            assert converter.loads(text[2], cl) == instance
            assert json.loads(text[2]) == expected[2]
        else:  # or nested more deeply than a text may be
            assert text == expected or text[1][0].message == "nested too deeply"


def count_values(value: Any) -> int:
    """How many values there are in a JSON value, itself included."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(count_values, inner))


# --- targets ---


def decode(data: bytes) -> None:
    """`loads` gives an instance that obeys both laws, or an error of the library; engines and rules agree."""
    for cl in MODELS:
        decode_alike(data, cl)
        decode_alike(data, cl, FORBIDDING)


def structure(data: bytes) -> None:
    """`structure` of any parsed JSON, and `loads` of its text."""
    steps = iter(data)
    cl = classes.pick(steps, PARTS)
    value = value_for(cl, steps)

    structure_alike(value, cl)
    decode_alike(as_json(value), cl)


def encode(data: bytes) -> None:
    """`dumps` of an instance that holds anything."""
    steps = iter(data)
    cl = classes.pick(steps, (*PARTS, classes.Enums))
    good = outcome(PLAIN[-1].structure, value_for(cl, steps), cl)
    instance = cl.__new__(cl)
    for name in attrs.fields_dict(cl):
        kind = next(steps, 0) % 8
        if good[0] == "valid" and kind > 1:
            value = getattr(good[2], name)
        else:
            value = classes.pick(steps, classes.OBJECTS) if kind else shaped(steps)
        object.__setattr__(instance, name, value)
    encode_alike(instance, cl)


def enums(data: bytes) -> None:
    """Open enums, enums that accept other words, and enums that override ``value``."""
    value = value_for(classes.Enums, iter(data))

    structure_alike(value, classes.Enums)
    decode_alike(as_json(value), classes.Enums)


def user_code(data: bytes) -> None:
    """User code that calls the library is called at most twice for each value, however deeply it nests."""
    value = value_for(classes.UserCode, iter(data))
    most = 2 * count_values(value)
    for converter in WITH_HOOKS:
        classes.calls = 0
        outcome(converter.structure, value, classes.UserCode)
        assert classes.calls <= most

    structure_alike(value, classes.UserCode, WITH_HOOKS)
    decode_alike(as_json(value), classes.UserCode, WITH_HOOKS)


def any_class(data: bytes) -> None:
    """A class made at random: a type that JSON does not have is a TypeError before any text is read."""
    steps = iter(data)
    cl, accepted = make_class(steps)
    converters = make_converters(forbid_extra_keys=next(steps, 0) % 2 == 1)
    if accepted:
        value = value_for(cl, steps)
        structure_alike(value, cl, converters)
        decode_alike(as_json(value), cl, converters)
    else:
        for converter in converters:
            for reject in (converter.get_loads_hook, converter.get_structure_hook, converter.get_unstructure_hook):
                try:
                    reject(cl)
                except TypeError:
                    continue
                raise AssertionError(f"{reject.__name__} accepts {cl}")
    linecache.clearcache()  # attrs, cattrs and the compiler keep the source of every class there


def json_lines(data: bytes) -> None:
    """`iter_jsonl` yields, line by line, what `loads` returns; `check` counts it; damaged gzip is a ReadError."""
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    for converter in PLAIN:
        loads = converter.get_loads_hook(RouterCompletionsResponseBody)
        outcomes = [outcome(loads, line) for line in lines if line.strip(b" \t\r\n")]
        valid = [found[2] for found in outcomes if found[0] == "valid"]
        rejected: list[int] = []
        read = iter_jsonl(
            lines, on_error=lambda number, _, rejected=rejected: rejected.append(number), converter=converter
        )
        assert list(read) == valid
        assert rejected == sorted(set(rejected))
        assert len(rejected) == len(outcomes) - len(valid)
        check_alike(lines, outcomes, converter)
        read_file_alike(data, valid, converter)


def check_alike(lines: list[bytes], outcomes: list[tuple[Any, ...]], converter: RouterConverter) -> None:
    """`check` gives each line the verdict of `loads`, and lists the same problems."""
    report = check(lines, converter=converter)
    verdicts = [found[0] for found in outcomes]
    assert (report.bodies, report.valid) == (len(outcomes), verdicts.count("valid"))
    assert (report.invalid, report.malformed) == (verdicts.count("invalid"), verdicts.count("malformed"))
    expected = {
        _row(problem) for found in outcomes if found[0] == "invalid" and found[3] == "None" for problem in found[1]
    }
    listed = {_row(problem) for problem in report.problems if problem.kind not in ("malformed", "error body")}
    assert expected <= listed
    assert expected == listed or any(found[0] == "invalid" and found[2] > MAX_ERRORS for found in outcomes)


def _row(problem: Any) -> tuple[str, ...]:
    # A report shows some of the values that an error does not.
    return problem.kind, problem.expected, "" if problem.kind == "value" else problem.actual


def read_file_alike(data: bytes, valid: list[Any], converter: RouterConverter) -> None:
    """A file holds what its bytes hold, unless they are those of a compressed file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "file")
        file.write_bytes(data)
        try:
            from_file = list(iter_jsonl(file, on_error="skip", converter=converter))
        except (ReadError, ImportError):
            from_file = None
    assert from_file == valid or data.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd"))


def streams(data: bytes) -> None:
    """The result of a stream doesn't depend on how it is cut, and `loads` decodes its events to the same instances."""
    size = data[0] % 64 + 1 if data else 1
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    whole, cut = SSEDecoder(), SSEDecoder()
    events = whole.feed(data)
    assert [event for piece in pieces for event in cut.feed(piece)] == events
    assert (cut.comments, cut.retry, cut.last_event_id) == (whole.comments, whole.retry, whole.last_event_id)
    for converter in PLAIN:  # each by itself: ujson accepts some malformed text
        assert assembled([data], len(events), converter) == assembled(pieces, len(events), converter)


def assembled(chunks: list[bytes], most: int, converter: RouterConverter) -> tuple[str, str]:
    """The outcome of a stream: its error, and what was assembled before it."""
    assembler = Assembler()
    error: Exception | None = None
    try:
        for number, chunk in enumerate(iter_stream(chunks, on_error="skip", converter=converter), 1):
            assembler.add(chunk)
            assert number <= max(1, most)
    except (DecodeError, StreamError) as caught:
        error = caught
    assert getattr(error, "__context__", None) is None
    assert len(str(error)) < 100_000
    partial = assembler.partial()
    assert assembler.complete == (bool(partial.choices) and all(choice.finish_reason for choice in partial.choices))
    return str(error), repr(partial)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "decode": decode,
    "structure": structure,
    "encode": encode,
    "enums": enums,
    "user-code": user_code,
    "any-class": any_class,
    "json-lines": json_lines,
    "streams": streams,
}
