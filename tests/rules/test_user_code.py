"""What user code gets: JSON values only, and no stand-in for one that Python cannot hold."""

import decimal
import json
from typing import Annotated, Any

import attrs
import pytest
from cattrs import override
from support import converter_for, problems, spelled

from router_schema import DecodeError, EncodeError, RouterConverter, ValidationError

#: Values that no JSON text means, or no Python value holds, and the kind of their problem.
NOT_JSON = [
    (float("nan"), "value"),
    (float("inf"), "value"),
    (-float("inf"), "value"),
    (10**4300, "value"),
    ("a\ud800", "value"),
    ({"a\ud800": 1}, "value"),
    ({1: 1}, "type"),
    ({1}, "type"),
    (b"x", "type"),
    (object(), "type"),
]


class Seen:
    """A type that JSON does not have."""


def with_hook(engine: str, seen: list[Any]) -> tuple[RouterConverter, Any]:
    """A converter with a hook that remembers its values, and a class with a field of the hook's type."""
    converter = converter_for(engine)
    converter.register_structure_hook(Seen, lambda value, _: seen.append(value) or value)
    return converter, attrs.make_class("Holder", {"x": attrs.field(type=Seen)})


def with_preferred_converter(engine: str, seen: list[Any]) -> tuple[RouterConverter, Any]:
    """A converter that leaves fields to their attrs converters, and a class with one that remembers its values."""

    def remember(value: Any) -> Any:
        seen.append(value)
        return value

    cl: Any = attrs.make_class("Holder", {"x": attrs.field(type=int, converter=remember)})
    return converter_for(engine, prefer_attrib_converters=True), cl


def with_converter(engine: str, seen: list[Any]) -> tuple[RouterConverter, Any]:
    """A converter, and a class with an attrs converter on a field of any type that remembers its values."""

    def remember(value: Any) -> Any:
        seen.append(value)
        return value

    cl: Any = attrs.make_class("Holder", {"x": attrs.field(type=Any, converter=remember)})
    return converter_for(engine), cl


def with_override(engine: str, seen: list[Any]) -> tuple[RouterConverter, Any]:
    """A converter, and a class with a hook in the annotation that remembers its values."""

    def remember(value: Any, _: Any) -> Any:
        seen.append(value)
        return value

    cl: Any = attrs.make_class("Holder", {"x": attrs.field(type=Annotated[int, override(struct_hook=remember)])})
    return converter_for(engine), cl


each_kind_of_user_code = pytest.mark.parametrize(
    "make", [with_hook, with_preferred_converter, with_converter, with_override], ids=lambda make: make.__name__
)


@each_kind_of_user_code
@pytest.mark.parametrize("spelling", ["7" * 4301, "-" + "7" * 4301, "1e400", "-1e400", r'"a\ud800"'])
def test_text_without_a_value_does_not_reach_user_code(make: Any, spelling: str, engine: str) -> None:
    """A number or string that no field can hold is a problem of kind value before user code sees it."""
    seen: list[Any] = []
    converter, cl = make(engine, seen)
    for template, path in (("@", "$.x"), ("[@]", "$.x[0]"), ('{"a":[1,@]}', "$.x.a[1]")):
        with pytest.raises(ValidationError) as caught:
            converter.loads(f'{{"x":{template.replace("@", spelling)}}}', cl)

        assert problems(caught.value) == [(path, "value")]
    assert seen == []


@each_kind_of_user_code
@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_constants_do_not_reach_user_code(make: Any, constant: str, engine: str) -> None:
    """NaN and Infinity raise DecodeError on every engine before user code sees them."""
    seen: list[Any] = []
    converter, cl = make(engine, seen)
    for text in (f'{{"x":{constant}}}', f'{{"x":[{{"a":{constant}}}]}}'):
        with pytest.raises(DecodeError):
            converter.loads(text, cl)

    assert seen == []


@each_kind_of_user_code
@pytest.mark.parametrize(("value", "kind"), NOT_JSON, ids=lambda _: "")
def test_builtins_that_are_not_json_do_not_reach_user_code(make: Any, value: Any, kind: str, engine: str) -> None:
    """`structure` rejects values that JSON does not have, at their own place, before user code sees them."""
    seen: list[Any] = []
    converter, cl = make(engine, seen)
    for whole, path in ((value, "$.x"), ([value], "$.x[0]")):
        with pytest.raises(ValidationError) as caught:
            converter.structure({"x": whole}, cl)

        assert [found for _, found in problems(caught.value)] == [kind]
        assert caught.value.errors[0].path.startswith(path)
    assert seen == []


@each_kind_of_user_code
@pytest.mark.parametrize(
    "value", [None, True, 5, 7 * (10**4300 // 9), 1.5, 1e308, "é", [1, [None]], {"a": {"b": 2.5}}], ids=lambda _: ""
)
def test_json_values_reach_user_code(make: Any, value: Any, engine: str) -> None:
    """Every JSON value reaches user code as it is, from text and from builtins, perhaps more than once."""
    seen: list[Any] = []
    converter, cl = make(engine, seen)
    converter.loads(json.dumps({"x": value}), cl)
    converter.structure({"x": value}, cl)

    assert len(seen) >= 2
    assert [spelled(item) for item in seen] == [spelled(value)] * len(seen)


def test_the_decimal_hook_of_the_documentation(engine: str) -> None:
    """A hook for Decimal makes finite numbers only, whatever the text."""
    converter = converter_for(engine)
    converter.register_structure_hook(decimal.Decimal, lambda value, _: decimal.Decimal(str(value)))
    cl: Any = attrs.make_class("Price", {"amount": attrs.field(type=decimal.Decimal)})

    assert converter.loads('{"amount": 1.50}', cl).amount == decimal.Decimal("1.5")
    for spelling in ("NaN", "Infinity", "-Infinity", "1e400", "7" * 5000):
        with pytest.raises(DecodeError):
            converter.loads(f'{{"amount": {spelling}}}', cl)


class Unequal:
    """A value that can't be compared, like an array of NumPy."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("SECRET")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("number", [1, "bad"])
@pytest.mark.parametrize("is_null", [False, True])
def test_values_that_cannot_be_compared_with_their_default(number: Any, is_null: bool, engine: str) -> None:
    """A comparison with a default that raises is a problem of the field; None is compared by identity."""

    @attrs.frozen(eq=False)
    class Holder:
        number: int
        value: Unequal | None = None if is_null else attrs.Factory(Unequal)

    converter = converter_for(engine, omit_if_default=True)
    converter.register_unstructure_hook(Unequal, lambda value: "x")
    instance = Holder(number, Unequal())
    expected = ([("$.number", "type")] if number == "bad" else []) + ([] if is_null else [("$.value", "value")])
    if not expected:
        assert converter.dumps(instance) == '{"number":1,"value":"x"}'
        return
    for call in (converter.dumps, converter.unstructure):
        with pytest.raises(EncodeError) as caught:
            call(instance)
        assert problems(caught.value) == expected
        assert "SECRET" not in str(caught.value)


def test_a_rejected_value_is_not_compared_with_its_default(engine: str) -> None:
    """A value of a wrong type is one problem, and is not asked whether it equals the default."""

    @attrs.frozen(eq=False)
    class Holder:
        number: float = 0.0

    converter = converter_for(engine, omit_if_default=True)
    wrong: Any = Unequal()

    for call in (converter.dumps, converter.unstructure):
        with pytest.raises(EncodeError) as caught:
            call(Holder(wrong))
        assert problems(caught.value) == [("$.number", "type")]


def test_a_factory_that_raises_runs_twice(engine: str) -> None:
    """A default's factory runs on the fast path and once more on the slow one, and what it raises is a problem."""
    calls = []

    def fail() -> int:
        calls.append(1)
        raise ValueError("SECRET")

    holder: Any = attrs.make_class("Holder", {"value": attrs.field(type=int, factory=fail)})
    converter = converter_for(engine)
    with pytest.raises(ValidationError) as caught:
        converter.loads("{}", holder)

    assert problems(caught.value) == [("$.value", "value")]
    assert "SECRET" not in str(caught.value)
    assert len(calls) == 2
