"""
What must hold for any bytes.

Each target takes bytes and raises AssertionError where a promise is broken; any exception that is not the library's own
is a finding as well.
"""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable
from typing import Any

from router_schema import (
    DecodeError,
    RouterCompletionsResponseBody,
    RouterConverter,
    ValidationError,
    make_converter,
)
from router_schema._rules import judge_structure
from router_schema.openai import Completion

UJSON = make_converter(engine="ujson")
MSGSPEC = make_converter(engine="msgspec")
STRICT = make_converter(engine="msgspec", forbid_extra_keys=True)

MODELS: tuple[type[Any], ...] = (RouterCompletionsResponseBody, Completion)


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


def structure(data: bytes) -> None:
    """`structure` of any parsed JSON gives what the judge gives."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    for cl in MODELS:
        rule = UJSON.get_structure_hook(cl).rule
        try:
            result = UJSON.structure(value, cl)
        except ValidationError as error:
            check_error(error, data)
            try:
                judge_structure(rule, value)
            except ValidationError as again:
                assert again.errors == error.errors
            else:
                raise AssertionError("the hook refuses what the judge takes") from None
        except DecodeError:
            continue  # nested too deeply
        else:
            assert repr(result) == repr(judge_structure(rule, value))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "loads-ujson": loads(UJSON),
    "loads-msgspec": loads(MSGSPEC),
    "engines-agree": engines_agree,
    "structure": structure,
}
