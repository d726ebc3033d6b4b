"""The texts in ``data``, each with its outcome beside it, on every engine."""

import json
from typing import Any

import attrs
import pytest
from support import DATA, INVALID, VALID, Case, each_invalid, each_valid, outcome, spelled

from router_schema import DecodeError, RouterConverter, ValidationError, make_converter


def refusal(case: Case, converter: RouterConverter) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        converter.loads(case.data, case.cl)
    return caught.value


def test_there_are_cases() -> None:
    """The folders are found, not empty, and no file in them stands alone."""
    files = sorted(path.name for folder in ("valid", "invalid") for path in (DATA / folder).iterdir())

    assert len(VALID) > 40
    assert len(INVALID) > 150
    assert len(files) == 2 * len(VALID) + 2 * len(INVALID)
    assert {"user"} == {case.name[:4] for case in VALID + INVALID if case.cl.__name__ == "UserBody"}


@each_valid
def test_valid_is_accepted(case: Case, converter: RouterConverter) -> None:
    """A valid text becomes an instance, and leaves as the text beside it."""
    instance = converter.loads(case.data, case.cl)

    assert type(instance) is case.cl
    assert converter.dumps(instance) == case.expected


@each_valid
def test_valid_has_the_declared_types(case: Case, converter: RouterConverter) -> None:
    """Reading the expected text gives the same instance, with the same types all the way down."""
    instance = converter.loads(case.data, case.cl)
    again = converter.loads(case.expected, case.cl)

    assert again == instance
    assert spelled(converter.loads(converter.dumps(again), case.cl)) == spelled(again)


@each_valid
def test_valid_in_every_input_type(case: Case, converter: RouterConverter) -> None:
    """bytes, bytearray, memoryview and str are read alike."""
    expected = spelled(converter.loads(case.data, case.cl))

    assert spelled(converter.loads(bytearray(case.data), case.cl)) == expected
    assert spelled(converter.loads(memoryview(case.data), case.cl)) == expected
    assert spelled(converter.loads(case.data.decode(), case.cl)) == expected


@each_invalid
def test_invalid_is_refused(case: Case, converter: RouterConverter) -> None:
    """An invalid text raises an error with the problems, or the place, beside it."""
    expected: dict[str, Any] = json.loads(case.expected)
    if expected.pop("forbid_extra_keys", False):
        converter = make_converter(engine=converter.engine, forbid_extra_keys=True)  # type: ignore[arg-type]
    error = refusal(case, converter)

    if "not_json" in expected:
        place = {"line": error.line, "column": error.column, "offset": error.offset}
        assert type(error) is DecodeError
        assert place == expected["not_json"] or not expected["not_json"]
    else:
        assert isinstance(error, ValidationError)
        names = ("path", "kind", "expected", "actual")
        assert [{name: getattr(problem, name) for name in names} for problem in error.errors] == expected["errors"]
        assert error.error_count == expected["error_count"]
        assert (error.error_body and attrs.asdict(error.error_body)) == expected.get("error_body")


@each_invalid
def test_invalid_in_every_input_type(case: Case, converter: RouterConverter) -> None:
    """bytes, bytearray and memoryview are refused with equal errors; so is the str, at its own offset."""
    expected = outcome(converter.loads, case.data, case.cl)

    assert outcome(converter.loads, bytearray(case.data), case.cl) == expected
    assert outcome(converter.loads, memoryview(case.data), case.cl) == expected
    if case.data.isascii():
        assert outcome(converter.loads, case.data.decode(), case.cl) == expected


@pytest.mark.parametrize(
    "case", [case for case in INVALID if "forbid_extra_keys" in case.expected], ids=lambda case: case.name
)
def test_extra_keys_are_ignored_by_default(case: Case, converter: RouterConverter) -> None:
    """Keys that the schema does not name are no problem unless they are forbidden."""
    kinds = {problem["kind"] for problem in json.loads(case.expected)["errors"]}
    result = outcome(converter.loads, case.data, case.cl)

    assert result[0] == "returned" if kinds == {"extra"} else result[3] == 1


@each_valid
def test_valid_structures_alike(case: Case, converter: RouterConverter) -> None:
    """What the standard library parses is structured to the same instance."""
    if "huge-integers" in case.name:
        pytest.skip("the interpreter does not convert an integer of so many digits")
    parsed = json.loads(case.data)

    assert spelled(converter.structure(parsed, case.cl)) == spelled(converter.loads(case.data, case.cl))
