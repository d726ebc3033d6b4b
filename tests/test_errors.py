"""Errors: what they say, and that they travel."""

import copy
import pickle
from typing import Any

import attrs
import pytest
from internals import format_path
from support import body, choice, problems, validation_error

from router_schema import (
    DecodeError,
    EncodeError,
    FieldError,
    RouterConverter,
    RouterSchemaError,
    ValidationError,
    dumps,
    loads,
    structure,
)


def encode_error() -> EncodeError:
    """The error of an instance with two problems."""
    with pytest.raises(EncodeError) as caught:
        dumps(attrs.evolve(structure(body()), id=5, created=float("nan")))
    return caught.value


def decode_error(data: bytes | str = b'{"id": 1,\n "x" }') -> DecodeError:
    """The error of a text that is not JSON."""
    with pytest.raises(DecodeError) as caught:
        loads(data)
    return caught.value


def test_hierarchy() -> None:
    """All errors have one base below ValueError, and a ValidationError is a DecodeError."""
    assert issubclass(RouterSchemaError, ValueError)
    assert DecodeError.__bases__ == EncodeError.__bases__ == (RouterSchemaError,)
    assert ValidationError.__bases__ == (DecodeError,)


def test_validation_error_text() -> None:
    """The text counts the problems, names the class, and has a line for each problem."""
    error = validation_error(body(id=5, choices=[choice(finish_reason="eos_token")], usage=...))

    assert str(error) == (
        "3 problems in RouterCompletionsResponseBody\n"
        "  $.id: expected string, got integer\n"
        "  $.choices[0].finish_reason: "
        "expected one of 'stop', 'length', 'content_filter', 'tool_calls', got 'eos_token'\n"
        "  $.usage: missing, expected object"
    )
    assert repr(error) == "<ValidationError: 3 problems in RouterCompletionsResponseBody>"
    assert error.model == "RouterCompletionsResponseBody"
    assert (error.line, error.column, error.offset) == (None, None, None)


def test_one_problem_is_singular() -> None:
    """One problem is written in the singular."""
    error = validation_error(body(id=5))

    assert str(error).startswith("1 problem in ")
    assert repr(error) == "<ValidationError: 1 problem in RouterCompletionsResponseBody>"


def test_field_error() -> None:
    """A FieldError holds path, kind, expected, actual and message, is frozen and prints as one line."""
    (problem,) = validation_error(body(created="now")).errors

    assert problem == FieldError("$.created", "type", "number", "string", "expected number, got string")
    assert str(problem) == "$.created: expected number, got string"
    assert hash(problem) == hash(attrs.evolve(problem))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        problem.path = "$"  # type: ignore[misc]


def test_order_is_that_of_the_schema() -> None:
    """Problems have the order of the fields, whatever that of the keys, and extra keys are last."""
    value = dict(reversed(list(body(id=1, created="x", object=None).items())))
    error = validation_error({"zzz": 1, "aaa": 2, **value}, forbid_extra_keys=True)

    assert problems(error) == [
        ("$.id", "type"),
        ("$.created", "type"),
        ("$.object", "type"),
        ("$.zzz", "extra"),
        ("$.aaa", "extra"),
    ]


def test_encode_error_text() -> None:
    """An EncodeError names paths and Python types, and quotes no value."""
    error = encode_error()

    assert problems(error) == [("$.id", "type"), ("$.created", "value")]
    assert str(error).splitlines()[:2] == [
        "2 problems in RouterCompletionsResponseBody",
        "  $.id: expected str, got int",
    ]
    assert repr(error) == "<EncodeError: 2 problems in RouterCompletionsResponseBody>"
    assert error.model == "RouterCompletionsResponseBody"


# --- positions ---


@pytest.mark.parametrize(
    ("data", "line", "column", "offset"),
    [
        (b"", 1, 1, 0),
        (b"\n\n  x", 3, 3, 4),
        (b'{"id": "a"\n"b"}', 2, 1, 11),
        ('{"é": x}', 1, 7, 6),
        ('{"é": x}'.encode(), 1, 7, 7),
        ('{"🍑": x}', 1, 7, 6),
        ('{"🍑": x}'.encode(), 1, 7, 9),
        (b'{"a": "\xc3\xa9\xff"}', 1, 9, 9),
        (f'["{"é" * 70_000}", x]'.encode(), 1, 70_006, 140_005),
        (b'{"a":\n "\xff"}', 2, 3, 8),
        ('{"a": "\ud800"}', 1, 8, 7),
    ],
)
def test_decode_error_says_where(
    data: bytes | str, line: int, column: int, offset: int, converter: RouterConverter
) -> None:
    """Line and column count characters from 1, the offset the input's own units from 0."""
    with pytest.raises(DecodeError) as caught:
        converter.loads(data)
    error = caught.value

    assert type(error) is DecodeError
    assert (error.line, error.column, error.offset) == (line, column, offset)
    assert str(error).endswith(f": line {line} column {column} (offset {offset})")


def test_decode_error_without_position() -> None:
    """Text that is nested too deeply has no position."""
    error = decode_error(b"[" * 200_000)

    assert str(error) == "nested more than 200 levels deep"
    assert (error.line, error.column, error.offset) == (None, None, None)


# --- pickles and copies ---


ERRORS = {
    "decode": decode_error,
    "validation": lambda: validation_error(body(id=5, choices=[choice(index=None)] * 200)),
    "error body": lambda: validation_error({"error": {"message": "m", "type": "t", "param": "p", "code": 3}}),
    "encode": encode_error,
    "too deep": lambda: decode_error(b"[" * 200_000),
    "base": lambda: RouterSchemaError("text"),
}


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_errors_pickle(name: str, protocol: int) -> None:
    """Every error survives pickling by each protocol, with all its attributes."""
    error: Any = ERRORS[name]()
    again = pickle.loads(pickle.dumps(error, protocol))

    assert type(again) is type(error)
    assert (str(again), repr(again), again.args, vars(again)) == (str(error), repr(error), error.args, vars(error))


@pytest.mark.parametrize("name", ERRORS)
def test_errors_copy(name: str) -> None:
    """Every error can be copied, shallow and deep."""
    error: Any = ERRORS[name]()

    for again in (copy.copy(error), copy.deepcopy(error)):
        assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


# --- paths ---


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        ([], "$"),
        (["choices", 0, "finish_reason"], "$.choices[0].finish_reason"),
        (["odd key"], "$['odd key']"),
        (["", "a.b", "a-b", "1a", "_a1"], "$['']['a.b']['a-b']['1a']._a1"),
        (["it's", '"', "a\nb", "\ud800", "é"], """$["it's"]['"']['a\\nb']['\\ud800']['é']"""),
        (["x" * 40], "$." + "x" * 40),
        (["x" * 41], "$['" + "x" * 40 + "…']"),
        ([5, True], "$[5][true]"),
    ],
)
def test_paths(steps: list[Any], path: str) -> None:
    """Paths have JSON's own key names and indexes; odd keys are quoted and long ones cut."""
    walked = None
    for step in steps:
        walked = walked, step

    assert format_path(walked) == path
