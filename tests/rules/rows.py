"""How a row of the strictness table is checked: a class with one field of the declared type, in each direction."""

from typing import Any

import attrs
import pytest
from support import problems, spelled

from router_schema import EncodeError, RouterConverter, ValidationError


def holder(tp: Any) -> Any:
    """A class with one field, ``x``, of the type *tp*."""
    return attrs.make_class("Holder", {"x": attrs.field(type=tp)}, frozen=True, slots=True, weakref_slot=False)


def each(columns: str, rows: list[Any]) -> Any:
    """Run a test for each of *rows*, without their long values in its id."""
    return pytest.mark.parametrize(columns.split(), rows, ids=lambda _: "")


def accepts(converter: RouterConverter, tp: Any, text: str, expected: Any) -> None:
    """Hold `loads` to an accepted JSON text and its value, type by type."""
    assert spelled(converter.loads(f'{{"x": {text}}}', holder(tp)).x) == spelled(expected)


def rejects(converter: RouterConverter, tp: Any, text: str, kind: str, expected: str, actual: str) -> None:
    """Hold `loads` to a rejected JSON text and the words of its one problem."""
    with pytest.raises(ValidationError) as caught:
        converter.loads(f'{{"x": {text}}}', holder(tp))
    (problem,) = caught.value.errors

    assert (problem.path, problem.kind, problem.expected, problem.actual) == ("$.x", kind, expected, actual)
    assert caught.value.error_count == 1
    assert "object at 0x" not in str(caught.value)
    assert "HugeInteger" not in str(caught.value)


def rejects_inside(converter: RouterConverter, tp: Any, text: str, expected: list[tuple[str, str]]) -> None:
    """Hold `loads` to the paths and kinds of all problems inside a container."""
    with pytest.raises(ValidationError) as caught:
        converter.loads(f'{{"x": {text}}}', holder(tp))

    assert problems(caught.value) == expected
    assert caught.value.error_count == len(expected)


def structures(converter: RouterConverter, tp: Any, value: Any, expected: Any) -> None:
    """Hold `structure` to a Python value that no parser makes, and what it becomes."""
    assert spelled(converter.structure({"x": value}, holder(tp)).x) == spelled(expected)


def structure_rejects(converter: RouterConverter, tp: Any, value: Any, kind: str, actual: str) -> None:
    """Hold `structure` to a Python value that it rejects."""
    with pytest.raises(ValidationError) as caught:
        converter.structure({"x": value}, holder(tp))
    (problem,) = caught.value.errors

    assert (problem.path, problem.kind, problem.actual) == ("$.x", kind, actual)


def writes(converter: RouterConverter, tp: Any, value: Any, text: str) -> None:
    """Hold `dumps` to the text of a value, and `loads` to the value of that text."""
    instance = holder(tp)(value)

    assert converter.dumps(instance) == f'{{"x":{text}}}'
    assert converter.loads(f'{{"x":{text}}}', type(instance)) == instance


def keeps_back(converter: RouterConverter, tp: Any, value: Any, kind: str, expected: str, actual: str) -> None:
    """Hold `dumps` and `unstructure` to a value that they reject, and the words of its one problem."""
    instance = holder(tp)(value)
    for leave in (converter.dumps, converter.unstructure):
        with pytest.raises(EncodeError) as caught:
            leave(instance)
        (problem,) = caught.value.errors

        assert (problem.path, problem.kind, problem.expected, problem.actual) == ("$.x", kind, expected, actual)


def keeps_back_inside(converter: RouterConverter, tp: Any, value: Any, expected: list[tuple[str, str]]) -> None:
    """Hold `dumps` and `unstructure` to the paths and kinds of all problems inside a container."""
    instance = holder(tp)(value)
    for leave in (converter.dumps, converter.unstructure):
        with pytest.raises(EncodeError) as caught:
            leave(instance)

        assert problems(caught.value) == expected


def is_required(converter: RouterConverter, tp: Any) -> None:
    """Hold `loads` to a missing key of a type without a default."""
    with pytest.raises(ValidationError) as caught:
        converter.loads("{}", holder(tp))

    assert problems(caught.value) == [("$.x", "missing")]
    assert caught.value.errors[0].actual == "nothing"


def is_not_nullable(converter: RouterConverter, tp: Any) -> None:
    """Hold `loads` to a null for a type whose field has the default None."""
    cl: Any = attrs.make_class("Holder", {"x": attrs.field(type=tp, default=None)})
    with pytest.raises(ValidationError) as caught:
        converter.loads('{"x": null}', cl)

    assert problems(caught.value) == [("$.x", "type")]
    assert converter.loads("{}", cl).x is None
