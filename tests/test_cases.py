"""The texts in ``data``, each with its outcome beside it, on every engine."""

import json
from typing import Any

import attrs
import pytest
from support import DATA, INVALID, VALID, Case, converter_for, each_invalid, each_valid, outcome, spelled, strictly

from router_schema import DecodeError, RouterConverter, ValidationError

FORBIDDING = [case for case in INVALID if "forbid_extra_keys" in case.expected]


def test_there_are_cases() -> None:
    """The folders are found and not empty, and every file in them has its counterpart."""
    files = sorted(path.name for folder in ("valid", "invalid") for path in (DATA / folder).iterdir())

    assert len(VALID) > 40
    assert len(INVALID) > 150
    assert len(files) == 2 * len(VALID) + 2 * len(INVALID)
    assert {"user"} == {case.name[:4] for case in VALID + INVALID if case.cl.__name__ == "UserBody"}


# --- valid ---


@each_valid
def test_valid_is_accepted(case: Case, converter: RouterConverter) -> None:
    """A valid text becomes an instance, which is written as the text beside it."""
    instance = converter.loads(case.data, case.cl)

    assert type(instance) is case.cl
    assert converter.dumps(instance) == case.expected


def test_valid_has_the_declared_types(converter: RouterConverter) -> None:
    """The text beside a valid one becomes an equal instance, whose own text has the same types all the way down."""
    for case in VALID:
        instance, again = converter.loads(case.data, case.cl), converter.loads(case.expected, case.cl)

        assert again == instance, case.name
        assert spelled(converter.loads(converter.dumps(again), case.cl)) == spelled(again), case.name


def test_valid_in_every_input_type(converter: RouterConverter) -> None:
    """bytes, bytearray, memoryview and str give the same result."""
    for case in VALID:
        expected = spelled(converter.loads(case.data, case.cl))

        for data in (bytearray(case.data), memoryview(case.data), case.data.decode()):
            assert spelled(converter.loads(data, case.cl)) == expected, (case.name, type(data))


def test_valid_structures_alike(converter: RouterConverter) -> None:
    """What the standard library parses is structured to the same instance."""
    convertible = [case for case in VALID if "huge-integers" not in case.name]  # those are too long for `int`

    assert len(convertible) == len(VALID) - 1
    for case in convertible:
        structured = converter.structure(json.loads(case.data), case.cl)
        assert spelled(structured) == spelled(converter.loads(case.data, case.cl)), case.name


# --- invalid ---


def refusal(case: Case, converter: RouterConverter) -> DecodeError:
    """The error of an invalid text."""
    with pytest.raises(DecodeError) as caught:
        converter.loads(case.data, case.cl)
    return caught.value


def place_in_standard_library(data: bytes) -> dict[str, int | None]:
    """Where this Python's own parser stops; nowhere if it runs out of stack."""
    try:
        strictly(data)
    except json.JSONDecodeError as error:
        return {"line": error.lineno, "column": error.colno, "offset": len(error.doc[: error.pos].encode())}
    except RecursionError:
        pass
    return {"line": None, "column": None, "offset": None}


@each_invalid
def test_invalid_is_rejected(case: Case, converter: RouterConverter) -> None:
    """An invalid text raises an error with the problems, or the position, beside it."""
    expected: dict[str, Any] = json.loads(case.expected)
    if expected.pop("forbid_extra_keys", False):
        converter = converter_for(converter.engine, forbid_extra_keys=True)
    error = refusal(case, converter)

    if "not_json" in expected:
        # An empty position is one on which the parsers of different Pythons differ.
        place = expected["not_json"] or place_in_standard_library(case.data)
        assert type(error) is DecodeError
        assert {name: getattr(error, name) for name in ("line", "column", "offset")} == place
    else:
        assert isinstance(error, ValidationError)
        names = ("path", "kind", "expected", "actual")
        assert [{name: getattr(problem, name) for name in names} for problem in error.errors] == expected["errors"]
        assert error.error_count == expected["error_count"]
        # The files name a doc_url only where there is one: few servers send it.
        listed = {"doc_url": None, **expected["error_body"]} if "error_body" in expected else None
        assert (error.error_body and attrs.asdict(error.error_body)) == listed


def test_invalid_in_every_input_type(converter: RouterConverter) -> None:
    """bytes, bytearray and memoryview are rejected with equal errors, and so is the str where its offsets agree."""
    for case in INVALID:
        expected = outcome(converter.loads, case.data, case.cl)
        ascii_only = [case.data.decode()] if case.data.isascii() else []

        for data in (bytearray(case.data), memoryview(case.data), *ascii_only):
            assert outcome(converter.loads, data, case.cl) == expected, (case.name, type(data))


@pytest.mark.parametrize("case", FORBIDDING, ids=lambda case: case.name)
def test_extra_keys_are_ignored_by_default(case: Case, converter: RouterConverter) -> None:
    """Unless they are forbidden, extra keys are not problems, and all other problems remain."""
    others = [problem for problem in json.loads(case.expected)["errors"] if problem["kind"] != "extra"]
    result = outcome(converter.loads, case.data, case.cl)
    reported = [] if result[0] == "returned" else [(problem.path, problem.kind) for problem in result[2]]

    assert reported == [(problem["path"], problem["kind"]) for problem in others]


def test_extra_keys_come_alone_and_with_other_problems() -> None:
    """Some of the samples with extra keys are valid without them, and some are not."""
    kinds = {
        case.name: {problem["kind"] for problem in json.loads(case.expected)["errors"]} == {"extra"}
        for case in FORBIDDING
    }

    assert set(kinds.values()) == {True, False}
