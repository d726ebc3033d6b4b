"""Error bodies in place of a completion."""

from typing import Any, Literal

import attrs
import pytest
from support import body, validation_error

from router_schema import RouterConverter, ValidationError
from router_schema.errors import ErrorBody


def test_error_body_comes_first() -> None:
    """The text says first that an error body arrived, with its type and code, and quotes no more of it."""
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
        ({"error": "\ud83d!"}, ErrorBody(message="?!"), "an error body in place"),
        ({"object": "error", "type": "t"}, ErrorBody(type="t"), "an error body (type 't') in place"),
        ({"object": "error", "error": None, "code": "c"}, ErrorBody(code="c"), "an error body (code 'c') in place"),
        ({"object": "error", "error": {}, "choices": [], "code": "c"}, ErrorBody(code="c"), "an error body (code 'c')"),
    ],
)
def test_error_bodies(value: Any, expected: ErrorBody, text: str) -> None:
    """Error bodies of each make are recognised; fields of other types are None."""
    error = validation_error(value)

    assert str(error).startswith(text)
    assert error.error_body == expected


@pytest.mark.parametrize(
    "value",
    [
        *({}, {"error": None}, {"error": 1}, {"error": []}, {"object": "text_completion"}, [{"error": "x"}], "error"),
        None,
        *({"choices": [], "error": ""}, {"choices": [], "error": {}}),
    ],
)
def test_other_values_are_not_error_bodies(value: Any) -> None:
    """Other values are not taken for error bodies."""
    error = validation_error(value)

    assert error.error_body is None
    assert str(error).split(" ")[1] in ("problem", "problems")


@attrs.frozen
class Failed:
    error: str
    id: str


@attrs.frozen
class TaggedFailure:
    kind: Literal["failed"]
    error: str
    id: str


@attrs.frozen
class Passed:
    kind: Literal["passed"]


@pytest.mark.parametrize(
    ("cl", "name"),
    [
        (Failed, "Failed"),
        (Failed | None, "Failed or null"),
        (Failed | list[int], "Failed or array"),
        (Passed | TaggedFailure, "Passed or TaggedFailure"),
    ],
)
def test_a_class_with_an_error_field_has_no_error_body(cl: Any, name: str, converter: RouterConverter) -> None:
    """A schema that declares `error` itself has no error bodies, wherever the class stands in it."""
    with pytest.raises(ValidationError) as caught:
        converter.loads(b'{"kind": "failed", "error": "x"}', cl)

    assert caught.value.error_body is None
    assert caught.value.model == name


@pytest.mark.parametrize("cl", [Passed, Passed | None, Passed | list[int], list[Passed]])
def test_other_classes_have_error_bodies(cl: Any, converter: RouterConverter) -> None:
    """A schema without such a field has error bodies, also if it is no class."""
    with pytest.raises(ValidationError) as caught:
        converter.loads(b'{"error": "x"}', cl)

    assert caught.value.error_body == ErrorBody(message="x")


def test_a_valid_body_with_an_error_is_accepted(converter: RouterConverter) -> None:
    """An error beside everything the schema requires is an ignored key."""
    assert converter.structure(body(error={"message": "x"})) == converter.structure(body())


def test_a_mapping_has_no_error_body(converter: RouterConverter) -> None:
    """In a ``dict[str, X]``, ``error`` is a key like any other."""
    with pytest.raises(ValidationError) as caught:
        converter.loads(b'{"error": "x"}', dict[str, int])

    assert caught.value.error_body is None


def test_the_repr_of_an_error_body_is_bounded() -> None:
    """The repr cuts texts as messages do."""
    assert len(repr(ErrorBody(type="t" * 9_000, code="c" * 9_000))) < 200
