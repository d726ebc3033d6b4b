"""Errors: what they say, what they do not, and that they travel."""

import copy
import pickle
from typing import Any

import attrs
import pytest
from support import body, choice, problems

from router_schema import (
    DecodeError,
    EncodeError,
    FieldError,
    RouterConverter,
    RouterSchemaError,
    ValidationError,
    dumps,
    loads,
    make_converter,
    structure,
)
from router_schema.errors import ErrorBody, format_path, shown


def validation_error(value: Any, **options: Any) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        make_converter(**options).structure(value)
    return caught.value


def encode_error() -> EncodeError:
    with pytest.raises(EncodeError) as caught:
        dumps(attrs.evolve(structure(body()), id=5, created=float("nan")))
    return caught.value


def decode_error(data: bytes | str = b'{"id": 1,\n "x" }') -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        loads(data)
    return caught.value


def test_hierarchy() -> None:
    """One base for all, below ValueError; a ValidationError is a DecodeError."""
    assert issubclass(RouterSchemaError, ValueError)
    assert DecodeError.__bases__ == EncodeError.__bases__ == (RouterSchemaError,)
    assert ValidationError.__bases__ == (DecodeError,)


def test_validation_error_text() -> None:
    """The text counts the problems, names the class, and has a line for each."""
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
    """One problem is not *problems*."""
    error = validation_error(body(id=5))

    assert str(error).startswith("1 problem in ")
    assert repr(error) == "<ValidationError: 1 problem in RouterCompletionsResponseBody>"


def test_field_error() -> None:
    """A problem holds its path, kind, expected, actual and message, is frozen and prints as one line."""
    (problem,) = validation_error(body(created="now")).errors

    assert problem == FieldError("$.created", "type", "number", "string", "expected number, got string")
    assert str(problem) == "$.created: expected number, got string"
    assert hash(problem) == hash(attrs.evolve(problem))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        problem.path = "$"  # type: ignore[misc]


@pytest.mark.parametrize("count", [99, 100, 101, 1500])
def test_at_most_100_problems(count: int) -> None:
    """The first 100 problems are listed, the true number is told."""
    error = validation_error(body(choices=[choice(index=None) for _ in range(count)]))

    assert len(error.errors) == min(count, 100)
    assert error.error_count == count
    assert isinstance(error.errors, tuple)
    assert problems(error)[-1] == (f"$.choices[{min(count, 100) - 1}].index", "type")
    assert (f"  … and {count - 100:,} more" in str(error)) == (count > 100)
    assert f"{count:,} problems" in str(error)


def test_order_is_that_of_the_schema() -> None:
    """Problems come in the order of the fields, whatever the order of the keys, and extra keys last."""
    value = dict(reversed(list(body(id=1, created="x", object=None).items())))
    error = validation_error({"zzz": 1, "aaa": 2, **value}, forbid_extra_keys=True)

    assert problems(error) == [
        ("$.id", "type"),
        ("$.created", "type"),
        ("$.object", "type"),
        ("$.zzz", "extra"),
        ("$.aaa", "extra"),
    ]


def test_unknown_enum_value_is_shown_but_cut() -> None:
    """A refused enum value is shown up to 40 characters."""
    (short,) = validation_error(body(choices=[choice(finish_reason="x" * 40)])).errors
    (long,) = validation_error(body(choices=[choice(finish_reason="x" * 41)])).errors

    assert "'" + "x" * 40 + "'" in short.message
    assert "x" * 40 in long.message
    assert "x" * 41 not in long.message


def test_enum_value_is_printable() -> None:
    """A refused enum value is shown on one line, and can be written to any stream."""
    (problem,) = validation_error(body(choices=[choice(finish_reason="a\n\x1b[31m\ud800")])).errors

    assert problem.message.isprintable()
    assert problem.message.encode()


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
        (b'{"a":\n "\xff"}', 2, 3, 8),
        ('{"a": "\ud800"}', 1, 8, 7),
    ],
)
def test_decode_error_says_where(
    data: bytes | str, line: int, column: int, offset: int, converter: RouterConverter
) -> None:
    """Line and column count characters from 1, the offset counts the input's own units from 0."""
    with pytest.raises(DecodeError) as caught:
        converter.loads(data)
    error = caught.value

    assert type(error) is DecodeError
    assert (error.line, error.column, error.offset) == (line, column, offset)
    assert str(error).endswith(f": line {line} column {column} (offset {offset})")


def test_decode_error_without_place() -> None:
    """Text that is nested too deeply has no place."""
    error = decode_error(b"[" * 200_000)

    assert str(error) == "nested too deeply"
    assert (error.line, error.column, error.offset) == (None, None, None)


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
    """Every error comes out of a pickle as it went in."""
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


def test_encode_error_text() -> None:
    """An EncodeError tells paths and Python types, and no value."""
    error = encode_error()

    assert problems(error) == [("$.id", "type"), ("$.created", "value")]
    assert str(error).splitlines()[:2] == [
        "2 problems in RouterCompletionsResponseBody",
        "  $.id: expected str, got int",
    ]
    assert repr(error) == "<EncodeError: 2 problems in RouterCompletionsResponseBody>"
    assert error.model == "RouterCompletionsResponseBody"


def test_encode_error_is_bounded() -> None:
    """An instance with many problems lists 100, and counts them all."""
    good = structure(body(choices=[choice()] * 300))
    bad = attrs.evolve(good, choices=tuple(attrs.evolve(item, index="x") for item in good.choices))
    with pytest.raises(EncodeError) as caught:
        dumps(bad)

    assert len(caught.value.errors) == 100
    assert caught.value.error_count == 300
    assert str(caught.value).endswith("  … and 200 more")


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
        ([5, True], "$[5][True]"),
    ],
)
def test_paths(steps: list[Any], path: str) -> None:
    """Paths are JSON's own key names, with indexes, odd keys quoted and long ones cut."""
    walked = None
    for step in steps:
        walked = walked, step

    assert format_path(walked) == path


def test_long_paths_are_cut() -> None:
    """A path of any depth stays short, and keeps both its ends."""
    walked: Any = None
    for step in ["first", *["x" * 30] * 1000, "last"]:
        walked = walked, step
    path = format_path(walked)

    assert len(path) <= 301
    assert path.startswith("$.first.x")
    assert path.endswith("x.last")
    assert "…" in path


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        (5, "5"),
        (None, "None"),
        (True, "True"),
        (10**40, "a huge integer"),
        (10**6000, "a huge integer"),
        (10**39, str(10**39)),
    ],
    ids=lambda _: "",
)
def test_shown(value: object, text: str) -> None:
    """Values are shown as they are, unless they are long."""
    assert shown(value) == text


# --- what a hostile body can do to an error ---


def sizes(error: Any) -> tuple[int, int, int]:
    return len(str(error)), len(repr(error)), len(pickle.dumps(error))


@pytest.mark.parametrize("length", [50_000, 500_000])
@pytest.mark.parametrize(
    "hostile",
    [
        lambda long, many: body(id=[long] * many),
        lambda long, many: body(choices=[choice(finish_reason=long)] * many),
        lambda long, many: body(**{f"{i}{long}": 1 for i in range(many)}),
        lambda long, many: {"error": {"message": long, "type": long, "param": long, "code": long}},
        lambda long, many: {"error": long},
        lambda long, many: {"object": "error", "message": long, "type": long, "code": "1" * len(long)},
        lambda long, many: {"error": {"code": 10 ** min(len(long), 100_000)}},
        lambda long, many: body(usage={"total_tokens": long}),
    ],
    ids=["value", "enum", "keys", "error-body", "error-text", "bare-error-body", "error-code", "count"],
)
def test_errors_are_bounded(hostile: Any, length: int) -> None:
    """No body can make an error large, in text or pickled."""
    error = validation_error(hostile("x" * length, 200), forbid_extra_keys=True)

    assert max(sizes(error)) < 100_000


# --- error bodies ---


def test_error_body_comes_first() -> None:
    """The text says that an error body came, with its type and code, before anything else."""
    error = validation_error(
        {"error": {"message": "Secret.", "type": "invalid_request_error", "param": "model", "code": "model_not_found"}}
    )

    assert str(error).splitlines()[0] == (
        "an error body (type 'invalid_request_error', code 'model_not_found') in place of a "
        "RouterCompletionsResponseBody; 7 problems in RouterCompletionsResponseBody"
    )
    assert error.error_body == ErrorBody("Secret.", "invalid_request_error", "model", "model_not_found")
    assert "Secret" not in f"{error}{error!r}{error.error_body!r}"


@pytest.mark.parametrize(
    ("value", "expected", "text"),
    [
        ({"error": "Secret."}, ErrorBody(message="Secret."), "an error body in place"),
        ({"error": {}}, ErrorBody(), "an error body in place"),
        ({"error": {"code": 404}}, ErrorBody(code=404), "an error body (code 404) in place"),
        ({"error": {"code": 4.5}}, ErrorBody(code=4.5), "an error body (code 4.5) in place"),
        ({"error": {"code": True, "type": 1, "message": None, "param": ["p"]}}, ErrorBody(), "an error body in place"),
        ({"error": {"type": "t" * 50}}, ErrorBody(type="t" * 50), f"an error body (type '{'t' * 40}…') in place"),
        ({"object": "error", "type": "t"}, ErrorBody(type="t"), "an error body (type 't') in place"),
        ({"object": "error", "error": None, "code": "c"}, ErrorBody(code="c"), "an error body (code 'c') in place"),
    ],
)
def test_error_bodies(value: Any, expected: ErrorBody, text: str) -> None:
    """Error bodies of each make are recognised, and read tolerantly."""
    error = validation_error(value)

    assert str(error).startswith(text)
    assert type(error.error_body) is ErrorBody
    assert (error.error_body.code, error.error_body.message, error.error_body.param) == (
        expected.code,
        expected.message,
        expected.param,
    )


@pytest.mark.parametrize(
    "value",
    [{}, {"error": None}, {"error": 1}, {"error": []}, {"object": "text_completion"}, [{"error": "x"}], "error", None],
)
def test_no_error_body(value: Any) -> None:
    """What is no error body is not taken for one."""
    error = validation_error(value)

    assert error.error_body is None
    assert str(error).split(" ")[1] in ("problem", "problems")


def test_a_class_with_an_error_field_has_no_error_body(converter: RouterConverter) -> None:
    """Where the class itself declares ``error``, a body with one is not the wrong thing."""

    @attrs.frozen
    class Failed:
        error: str
        id: str

    with pytest.raises(ValidationError) as caught:
        converter.loads(b'{"error": "x"}', Failed)

    assert caught.value.error_body is None


def test_a_valid_body_with_an_error_is_accepted(converter: RouterConverter) -> None:
    """An error beside all that the schema requires is an unknown key like any other."""
    assert converter.structure(body(error={"message": "x"})) == converter.structure(body())
