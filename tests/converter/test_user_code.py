"""User code that raises: validators, converters, constructors, factories and hooks."""

import datetime
from decimal import Decimal
from typing import Any

import attrs
import pytest
from foreign_classes import WHEN, Stamped
from internals import structure_rule, validate_structure
from support import converter_for, problems, rejected, text
from user_classes import Validated

from router_schema import DecodeError, EncodeError, RouterConverter, ValidationError


def test_validators_reject(converter: RouterConverter) -> None:
    """What a validator raises is a problem of kind value at its field; all validators run, and none is quoted."""
    error = rejected(converter, {"name": "secret", "count": 100, "tags": [""]}, Validated)

    assert [(p.path, p.kind, p.expected, p.actual) for p in error.errors] == [
        ("$.name", "value", "a value that its validator accepts", "string"),
        ("$.count", "value", "a value that its validator accepts", "integer"),
        ("$.tags", "value", "a value that its validator accepts", "array"),
    ]
    assert error.errors[0].message == "rejected by its validator (ValueError)"
    assert "secret" not in str(error)
    assert (error.__cause__, error.__context__) == (None, None)


def test_validators_are_not_run_where_a_type_is_wrong(converter: RouterConverter) -> None:
    """An object with a wrong type is not constructed, so its validators do not run."""
    assert problems(rejected(converter, {"name": "secret", "count": "1"}, Validated)) == [("$.count", "type")]


def test_validators_switched_off(converter: RouterConverter) -> None:
    """Validators that attrs has disabled reject nothing."""
    with attrs.validators.disabled():
        assert converter.loads('{"name": "too long"}', Validated).name == "too long"


@pytest.mark.parametrize("exception", [ValueError, KeyError, ZeroDivisionError, AssertionError, UnicodeDecodeError])
def test_converters_reject(exception: type[Exception], converter: RouterConverter) -> None:
    """Whatever a converter raises is a problem of kind value at its field, and is not quoted."""

    def convert(value: Any) -> Any:
        raise (
            exception("utf-8", b"secret", 0, 1, value)
            if exception is UnicodeDecodeError
            else exception(f"secret {value}")
        )

    @attrs.frozen
    class Odd:
        name: str = attrs.field(converter=convert)
        other: int = 0

    error = rejected(converter, [{"name": "secret"}], list[Odd])

    assert problems(error) == [("$[0].name", "value")]
    assert error.errors[0].message == f"rejected by its converter ({exception.__name__})"
    assert "secret" not in str(error)


def test_converters_with_self_and_field(converter: RouterConverter) -> None:
    """Converters that ask attrs for the instance and the field receive both."""

    def convert(value: str, instance: Any, field: Any) -> str:
        if value == "bad":
            raise ValueError
        return f"{field.name}={value}{instance.first}"

    @attrs.frozen
    class Odd:
        first: int
        name: str = attrs.field(converter=attrs.Converter(convert, takes_self=True, takes_field=True))

    assert converter.loads('{"first": 1, "name": "a"}', Odd).name == "name=a1"
    assert problems(rejected(converter, {"first": 1, "name": "bad"}, Odd)) == [("$.name", "value")]


@pytest.mark.parametrize("where", ["__attrs_post_init__", "__attrs_pre_init__", "__init__"])
def test_constructors_reject(where: str, converter: RouterConverter) -> None:
    """What construction itself raises is a problem of the whole object."""

    def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
        raise ValueError(f"secret {args} {kwargs}")

    base = type("Base", (), {where: refuse})
    cl: Any = attrs.make_class("Odd", {"name": attrs.field(type=str)}, bases=(base,), init=where != "__init__")
    error = rejected(converter, {"x": {"name": "secret"}}, dict[str, cl])

    assert problems(error) == [("$.x", "value")]
    assert error.errors[0].message == "rejected by its constructor (ValueError)"


def test_factories_that_raise(converter: RouterConverter) -> None:
    """What a default's factory raises is a problem of kind value."""

    @attrs.frozen
    class Odd:
        name: str
        made: int = attrs.Factory(lambda self: int(self.name), takes_self=True)
        plain: int = attrs.field(default=0, validator=attrs.validators.ge(0))

    assert converter.loads('{"name": "5"}', Odd).made == 5
    assert converter.loads('{"name": "secret", "made": 1}', Odd).made == 1
    error = rejected(converter, {"name": "secret"}, Odd)
    assert [kind for _, kind in problems(error)] == ["value"]
    assert "secret" not in str(error)


def test_plain_factories_that_raise(converter: RouterConverter) -> None:
    """What a factory raises is a problem also in a class that is filled without its constructor."""

    def fail() -> int:
        raise KeyError("secret")

    @attrs.frozen
    class Odd:
        name: str
        made: int = attrs.Factory(fail)

    assert converter.loads('{"name": "a", "made": 1}', Odd).made == 1
    assert [kind for _, kind in problems(rejected(converter, {"name": "a"}, Odd))] == ["value"]


# --- the field that is at fault ---


def test_a_converted_default_is_not_reported(converter: RouterConverter) -> None:
    """A converted default that is valid is not reported with another field."""

    @attrs.frozen
    class Odd:
        size: int = attrs.field(default="5", converter=int, validator=attrs.validators.instance_of(int))
        count: int = attrs.field(default=0, validator=attrs.validators.ge(0))

    assert converter.loads("{}", Odd) == Odd(5, 0)
    assert problems(rejected(converter, {"count": -1}, Odd)) == [("$.count", "value")]


def test_validators_may_read_fields_without_an_argument(converter: RouterConverter) -> None:
    """A validator may read a field that the constructor has no argument for."""

    @attrs.frozen
    class Odd:
        name: str = attrs.field()
        least: int = attrs.field(init=False, default=0)
        count: int = attrs.field(default=0, validator=attrs.validators.ge(0))

        @name.validator
        def _check(self, attribute: Any, value: str) -> None:
            if self.least > len(value):
                raise ValueError

    assert problems(rejected(converter, {"name": "a", "count": -1}, Odd)) == [("$.count", "value")]


def test_a_default_that_fails_its_validator(converter: RouterConverter) -> None:
    """A default that its own validator rejects is reported at its field."""

    @attrs.frozen
    class Odd:
        name: str
        count: int = attrs.field(default=-1, validator=attrs.validators.ge(0))

    assert problems(rejected(converter, {"name": "a"}, Odd)) == [("$.count", "value")]
    assert converter.loads('{"name": "a", "count": 1}', Odd) == Odd("a", 1)


def test_fields_without_a_key_are_reported_by_name(converter: RouterConverter) -> None:
    """A problem of a field that the JSON omits has the path of its name: of its factory, converter or validator."""

    @attrs.frozen
    class Odd:
        name: str
        made: int = attrs.field(init=False, default=attrs.Factory(lambda self: int(self.name), takes_self=True))
        turned: int = attrs.field(init=False, default="5", converter=lambda value: value + 1)

    @attrs.frozen
    class Checked:
        name: str
        made: int = attrs.field(init=False, default=-1, validator=attrs.validators.ge(0))

    assert problems(rejected(converter, {"name": "secret"}, Odd)) == [("$.made", "value"), ("$.turned", "value")]
    assert problems(rejected(converter, {"name": "secret"}, Checked)) == [("$.made", "value")]


def test_converters_see_no_value_that_is_missing(converter: RouterConverter) -> None:
    """A converter doesn't run where its field has no value, or where the default's factory raises."""
    seen: list[Any] = []

    def remember(value: Any) -> Any:
        seen.append(value)
        return value

    def fail() -> int:
        raise ValueError

    @attrs.frozen
    class Odd:
        unset: int = attrs.field(init=False, converter=remember)
        made: int = attrs.field(converter=remember, default=attrs.Factory(fail))

    assert problems(rejected(converter, {}, Odd)) == [("$.made", "value")]
    assert seen == []
    slowly = validate_structure(structure_rule(Odd, converter), {"made": 5})
    assert (slowly.made, hasattr(slowly, "unset"), seen) == (5, False, [5])


# --- user code that never returns ---


def test_user_code_that_recurses(converter: RouterConverter) -> None:
    """A converter that never returns raises DecodeError."""

    def convert(value: Any) -> Any:
        return convert(value)

    @attrs.frozen
    class Odd:
        name: str = attrs.field(converter=convert)

    with pytest.raises(DecodeError):
        converter.loads('{"name": "a"}', Odd)


def test_hooks_that_recurse(engine: str) -> None:
    """A hook that never returns raises DecodeError, or EncodeError on the way out."""

    def forever(value: Any) -> Any:
        return forever(value)

    converter = converter_for(engine)
    converter.register_structure_hook(datetime.datetime, lambda value, _: forever(value))
    converter.register_unstructure_hook(datetime.datetime, forever)

    with pytest.raises(DecodeError, match="nested too deeply"):
        converter.loads('{"when": 1}', Stamped)
    with pytest.raises(EncodeError, match="nested too deeply"):
        converter.dumps(Stamped(WHEN))


def test_hooks_and_converters_that_change_what_they_receive(engine: str) -> None:
    """User code may change what `loads` parsed for it: a problem elsewhere is still the only one."""

    @attrs.frozen
    class Popping:
        hooked: Decimal
        converted: Any = attrs.field(converter=lambda value: value.pop("of"))
        count: int

    converter = converter_for(engine)
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(value.pop("of")))
    value = {"hooked": {"of": "1.5"}, "converted": {"of": 2}, "count": 3}

    assert converter.loads(text(value), Popping) == Popping(Decimal("1.5"), {"of": 2}, 3)
    with pytest.raises(ValidationError) as caught:
        converter.loads(text({**value, "count": "3"}), Popping)
    assert problems(caught.value) == [("$.count", "type")]


def test_interrupts_pass(converter: RouterConverter) -> None:
    """KeyboardInterrupt passes through user code."""

    def convert(value: Any) -> Any:
        raise KeyboardInterrupt

    @attrs.frozen
    class Odd:
        name: str = attrs.field(converter=convert)

    with pytest.raises(KeyboardInterrupt):
        converter.loads('{"name": "a"}', Odd)
