"""Enums with user code: ``_missing_``, ``value``, members that are created while decoding."""

import enum
from typing import Any, Literal

import attrs
import pytest
from support import problems

from router_schema import DecodeError, RouterConverter, ValidationError, json_schema
from rules.rows import holder, keeps_back

HUGE = "7" * 5000


class Lenient(str, enum.Enum):
    A = "a"

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, str):
            raise TypeError(f"secret {value}")
        match value:
            case "A":
                return cls.A
            case "wrong":
                return 5
            case "key":
                raise KeyError(value)
            case "runtime":
                raise RuntimeError(value)
        return None


def test_an_enum_may_know_more_values(converter: RouterConverter) -> None:
    """What an enum's own ``_missing_`` finds is accepted."""
    assert converter.loads('{"x": "A"}', holder(Lenient)).x is Lenient.A


@pytest.mark.parametrize("value", ["b", "wrong", "key", "runtime"])
def test_an_enum_may_refuse_in_its_own_way(value: str, converter: RouterConverter) -> None:
    """Whatever an enum's own ``_missing_`` raises or returns wrongly, the value is rejected."""
    with pytest.raises(ValidationError) as caught:
        converter.loads(f'{{"x": "{value}"}}', holder(Lenient))

    assert problems(caught.value) == [("$.x", "value")]
    assert caught.value.__context__ is None


def test_an_enum_that_recurses(converter: RouterConverter) -> None:
    """A ``_missing_`` that never returns raises DecodeError."""

    class Endless(enum.Enum):
        A = "a"

        @classmethod
        def _missing_(cls, value: object) -> Any:
            return cls._missing_(value)

    with pytest.raises(DecodeError, match=r"^nested too deeply$"):
        converter.loads('{"x": "b"}', holder(Endless))


class Mixed(enum.Enum):
    """A boolean and integers, some of which are equal in Python."""

    YES = True
    CODE = 7
    WORD = "word"
    ZERO = 0

    @classmethod
    def _missing_(cls, value: object) -> Any:
        return cls.CODE if value == "seven" else None


@pytest.mark.parametrize(
    ("text", "member"), [("true", Mixed.YES), ("7", Mixed.CODE), ("0", Mixed.ZERO), ('"seven"', Mixed.CODE)]
)
def test_enums_of_several_types(text: str, member: Mixed, converter: RouterConverter) -> None:
    """A JSON value selects a member of the same type only, although ``True == 1`` in Python."""
    cl: Any = attrs.make_class("Holder", {"mixed": attrs.field(type=Mixed)})

    assert converter.loads(f'{{"mixed":{text}}}', cl).mixed is member
    for wrong in ("1", "false", '"7"'):
        with pytest.raises(ValidationError):
            converter.loads(f'{{"mixed":{wrong}}}', cl)


def test_enum_aliases(converter: RouterConverter) -> None:
    """An alias in an enum is the member itself."""

    class Aliased(enum.Enum):
        ONE = "one"
        EINS = "one"  # noqa: PIE796

    assert converter.loads('{"x": "one"}', holder(Aliased)).x is Aliased.ONE
    assert converter.dumps(holder(Aliased)(Aliased.EINS)) == '{"x":"one"}'


# --- open enums, and enums that override ``value`` ---


class Open(str, enum.Enum):
    """Makes a member for any string that it does not know."""

    A = "a"

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_, member._value_ = value, value
        return member


class Interned(enum.Enum):
    """The same, but not a str: its members are equal only if they are one, so each is made once."""

    A = "a"

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if not isinstance(value, str):
            return None
        member = object.__new__(cls)
        member._name_, member._value_ = value, value
        return INTERNED.setdefault(value, member)


INTERNED: dict[str, Interned] = {}


class Fresh(enum.Enum):
    """The same, but each member is another one at each call."""

    A = "a"

    @classmethod
    def _missing_(cls, value: object) -> Any:
        member = object.__new__(cls)
        member._name_, member._value_ = str(value), value
        return member


@pytest.mark.parametrize("cl", [Open, Interned])
def test_open_enums_come_back(cl: Any, converter: RouterConverter) -> None:
    """A member that an enum's ``_missing_`` makes is written as its value, and comes back equal."""
    tp = holder(cl)
    for value in ("a", "eos_token", "é"):
        read = converter.loads(f'{{"x":"{value}"}}', tp)

        assert type(read.x) is cl
        assert read.x.value == value
        assert converter.dumps(read) == f'{{"x":"{value}"}}'
        assert converter.loads(converter.dumps(read), tp) == read
        assert converter.structure(converter.unstructure(read), tp) == read


@pytest.mark.parametrize("cl", [Open, Interned])
@pytest.mark.parametrize("spelling", [r'"\ud800"', r'"a\udc00"', "5", HUGE, "true", "[]", "null"])
def test_open_enums_get_strings_only(cl: Any, spelling: str, converter: RouterConverter) -> None:
    """No ``_missing_`` makes a member of a lone surrogate, or of a value whose JSON type no member has."""
    with pytest.raises(ValidationError) as caught:
        converter.loads(f'{{"x":{spelling}}}', holder(cl))

    assert problems(caught.value) == [("$.x", "value" if spelling.startswith('"') else "type")]


@pytest.mark.parametrize("cl", [Open, Interned])
def test_a_made_member_with_a_lone_surrogate_is_kept_back(cl: Any, converter: RouterConverter) -> None:
    """A member whose value is not Unicode text raises EncodeError, wherever it was made."""
    keeps_back(converter, cl, cl("a\ud800"), "value", "one of 'a'", cl.__name__)


def test_a_made_member_that_would_not_come_back_is_kept_back(converter: RouterConverter) -> None:
    """A member that no JSON value leads back to raises EncodeError; the enum's own members are written."""
    read = converter.loads('{"x":"b"}', holder(Fresh)).x

    assert type(read) is Fresh
    keeps_back(converter, Fresh, read, "value", "one of 'a'", "Fresh")
    assert converter.dumps(holder(Fresh)(Fresh.A)) == '{"x":"a"}'


def test_a_huge_integer_does_not_reach_missing(converter: RouterConverter) -> None:
    """An integer of more than 4,300 digits is a rejected value before an enum's ``_missing_`` sees it."""
    seen: list[object] = []

    class Counting(enum.Enum):
        ONE = 1

        @classmethod
        def _missing_(cls, value: object) -> Any:
            seen.append(value)
            return cls.ONE

    for call in (
        lambda: converter.loads(f'{{"x":{HUGE}}}', holder(Counting)),
        lambda: converter.structure({"x": 10**4300}, holder(Counting)),
    ):
        with pytest.raises(ValidationError) as caught:
            call()

        assert problems(caught.value) == [("$.x", "value")]
        assert caught.value.errors[0].message == "expected one of 1, got a huge integer"
    assert seen == []
    assert converter.loads('{"x":2}', holder(Counting)).x is Counting.ONE
    assert seen == [2]


def test_an_enum_that_overrides_value(converter: RouterConverter) -> None:
    """What stands in JSON is ``_value_``, whatever the property ``value`` returns."""

    class Crossed(enum.Enum):
        A = "a"
        B = "b"

        @property
        def value(self) -> str:  # type: ignore[override]
            return "b" if self is Crossed.A else "a"

    assert converter.loads('{"x":"a"}', holder(Crossed)).x is Crossed.A
    assert converter.structure({"x": "b"}, holder(Crossed)).x is Crossed.B
    assert converter.dumps(holder(Crossed)(Crossed.A)) == '{"x":"a"}'
    assert converter.unstructure(holder(Crossed)(Crossed.B)) == {"x": "b"}
    assert json_schema(holder(Crossed), converter=converter)["$defs"]["Crossed"]["enum"] == ["a", "b"]


@pytest.mark.parametrize("tp", [enum.Enum("Odd", {"BAD": "\ud800"}), Literal["\ud800"]], ids=["enum", "literal"])
def test_a_choice_with_a_lone_surrogate_is_not_supported(tp: Any, converter: RouterConverter) -> None:
    """A choice that is not Unicode text could not leave, so that its type is a TypeError when the hook is built."""
    with pytest.raises(TypeError, match=r"Holder\.x: "):
        converter.get_loads_hook(holder(tp))
    with pytest.raises(TypeError, match=r"Holder\.x: "):
        converter.dumps(holder(tp)(next(iter(tp)) if isinstance(tp, type) else "\ud800"))


class Nullable(enum.Enum):
    NONE = None
    A = "a"


@pytest.mark.parametrize("tp", [Nullable | None, Nullable | int | None], ids=str)
def test_a_member_for_null_beside_none(tp: Any, converter: RouterConverter) -> None:
    """Of null, an optional enum with a member for it could be either: such a type is not supported."""
    holder: Any = attrs.make_class("Holder", {"value": attrs.field(type=tp)})
    for call in (lambda: converter.loads('{"value":null}', holder), lambda: converter.dumps(holder(None))):
        with pytest.raises(TypeError, match=r"Holder\.value: None and .* cannot be told apart"):
            call()


def test_null_among_the_values_of_an_optional(converter: RouterConverter) -> None:
    """An enum alone may have a member for null, and an optional Literal may name None."""
    assert converter.loads("null", Nullable) is Nullable.NONE
    holder: Any = attrs.make_class("Holder", {"value": attrs.field(type=Literal["a", None] | None)})

    assert converter.loads(converter.dumps(holder(None)), holder) == holder(None)
