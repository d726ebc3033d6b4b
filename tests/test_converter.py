"""The converter: classes of the user's, options, hooks, and converters of the user's own."""

import datetime
import decimal
import enum
import json
import threading
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, NamedTuple, NewType, TypedDict, TypeVar

import attrs
import cattrs
import pytest
from cattrs import override
from cattrs.cols import namedtuple_dict_structure_factory
from cattrs.gen import make_dict_structure_fn, typeddicts
from cattrs.strategies import configure_tagged_union
from future_classes import Future, Later
from support import body, choice, outcome, problems, spelled
from typing_extensions import TypeAliasType
from user_classes import (
    Accented,
    Aliased,
    AnyReasonBody,
    CachedHash,
    Converted,
    Dicted,
    Empty,
    Factories,
    FrozenDicted,
    Inner,
    KwOnly,
    Level,
    LogprobsBody,
    LooseBody,
    Mutable,
    Node,
    Omitting,
    OwnInit,
    OwnMeta,
    OwnNew,
    PartlyKwOnly,
    PostInit,
    PreInit,
    Private,
    Renamed,
    Shouting,
    Unannotated,
    Validated,
)

import router_schema
from router_schema import (
    DecodeError,
    EncodeError,
    FinishReason,
    RouterCompletionsResponseBody,
    RouterCompletionsUsage,
    RouterConverter,
    ValidationError,
    configure_converter,
    make_converter,
)


def made(engine: str, **options: Any) -> RouterConverter:
    return make_converter(engine=engine, **options)  # type: ignore[arg-type]


def text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def refused(converter: RouterConverter, value: Any, cl: Any) -> ValidationError:
    """The error of *value*, which is the same from text and from builtins."""
    with pytest.raises(ValidationError) as from_text:
        converter.loads(text(value), cl)
    with pytest.raises(ValidationError) as from_builtins:
        converter.structure(value, cl)

    assert from_text.value.args == from_builtins.value.args
    return from_text.value


# --- the four verbs ---


def test_module_functions() -> None:
    """The module's own four functions are those of one default converter."""
    instance = router_schema.loads(text(body()))

    assert instance == router_schema.structure(body())
    assert router_schema.unstructure(instance) == body()
    assert router_schema.dumps(instance) == json.dumps(body(), separators=(",", ":"))
    assert router_schema.loads(text({"left": 1}), Inner) == router_schema.structure({"left": 1}, Inner) == Inner(1.0)


def test_the_default_class_is_the_body(converter: RouterConverter) -> None:
    """Without a class, `loads` and `structure` read a router's body."""
    assert type(converter.loads(text(body()))) is RouterCompletionsResponseBody
    assert type(converter.structure(body())) is RouterCompletionsResponseBody


def test_unstructure_gives_plain_builtins(converter: RouterConverter) -> None:
    """`unstructure` gives what `dumps` writes: dicts, lists, str and numbers in schema order."""
    instance = converter.structure(body(usage={"total_tokens": 3.0}))
    plain = converter.unstructure(instance)

    assert spelled(plain) == spelled(body(usage={"total_tokens": 3}))
    assert converter.dumps(instance) == json.dumps(plain, separators=(",", ":"))


def test_containers_as_the_class(converter: RouterConverter) -> None:
    """A container of classes can be asked for as well."""
    bodies = [converter.structure(body()), converter.structure(body(id="b"))]
    written = converter.dumps(bodies, list[RouterCompletionsResponseBody])

    assert converter.loads(written, list[RouterCompletionsResponseBody]) == bodies
    assert converter.loads('{"a":{"left":1}}', dict[str, Inner]) == {"a": Inner(1.0)}
    assert converter.loads("null", Inner | None) is None  # type: ignore[arg-type]
    assert converter.structure(None, Inner | None) is None  # type: ignore[arg-type]
    assert converter.dumps(None, Inner | None) == "null"
    assert converter.loads("5", float) == 5.0
    assert problems(refused(converter, [body(), {}], list[RouterCompletionsResponseBody]))[0] == ("$[1].id", "missing")


def test_get_loads_hook(converter: RouterConverter) -> None:
    """The hook of a class does what `loads` does."""
    hook = converter.get_loads_hook(RouterCompletionsUsage)

    assert hook('{"total_tokens": 3}') == RouterCompletionsUsage(total_tokens=3.0)
    with pytest.raises(ValidationError):
        hook("[]")


def test_get_loads_hook_refuses_alike(converter: RouterConverter) -> None:
    """The hook of a class raises what `loads` raises, also for bytes that are not UTF-8 where they are ignored."""
    hook = converter.get_loads_hook(Inner)

    assert hook('{"left": 1, "right": "é"}') == Inner(1.0, "é")
    for data in (b'{"left": 1, "more": "\xff"}', '{"left": "é"}', "", b"[", "{}", memoryview(b"{}")):
        assert outcome(hook, data) == outcome(converter.loads, data, Inner)
        assert outcome(hook, data)[0] != "returned"


def test_scalars_by_themselves(converter: RouterConverter) -> None:
    """A scalar can be asked for as well, and is as strict."""
    assert spelled(converter.structure(5, float)) == spelled(5.0)
    assert converter.structure(Level.LOW, str) == "low"
    with pytest.raises(ValidationError) as caught:
        converter.structure(5, str)
    assert problems(caught.value) == [("$", "type")]


def test_get_source(converter: RouterConverter) -> None:
    """The source of both compiled functions of a class can be read."""
    source = converter.get_source(Inner)

    assert source.count("def structure_Inner(value):") == 1
    assert source.count("def unstructure_Inner(value):") == 1


# --- loosening the shipped models ---


def test_a_loosened_field(converter: RouterConverter) -> None:
    """A subclass that gives a default decodes a body without that field, and one with another field."""
    instance = converter.loads(text(body(system_fingerprint=..., provider="acme")), LooseBody)

    assert (instance.system_fingerprint, instance.provider) == ("", "acme")
    assert type(instance) is LooseBody
    assert converter.loads(converter.dumps(instance), LooseBody) == instance
    assert problems(refused(converter, body(id=1, system_fingerprint=None, provider=5), LooseBody)) == [
        ("$.id", "type"),
        ("$.system_fingerprint", "type"),
        ("$.provider", "type"),
    ]


def test_a_widened_choice(converter: RouterConverter) -> None:
    """A body of choices with any finish reason decodes one that the schema does not know."""
    instance = converter.loads(text(body(choices=[choice(finish_reason="eos_token")])), AnyReasonBody)

    assert instance.choices[0].finish_reason == "eos_token"
    assert type(instance.choices[0].finish_reason) is str
    assert problems(refused(converter, body(choices=[choice(finish_reason=None)]), AnyReasonBody)) == [
        ("$.choices[0].finish_reason", "type")
    ]


def test_nested_logprobs(converter: RouterConverter) -> None:
    """A choice may hold log probabilities in a class of their own."""
    logprobs = {"tokens": ["Rye", "."], "token_logprobs": [None, -1], "top_logprobs": [{"a": -1}, {}]}
    value = body(choices=[choice(logprobs=logprobs), choice(logprobs=None), choice()])
    instance = converter.loads(text(value), LogprobsBody)

    assert instance.choices[0].logprobs is not None
    assert instance.choices[0].logprobs.token_logprobs == (None, -1.0)
    assert [item.logprobs for item in instance.choices[1:]] == [None, None]
    assert converter.loads(converter.dumps(instance), LogprobsBody) == instance
    logprobs["tokens"] = ["Rye", 1]
    assert problems(refused(converter, value, LogprobsBody)) == [("$.choices[0].logprobs.tokens[1]", "type")]


# --- keys ---


def test_renamed_keys(converter: RouterConverter) -> None:
    """A renamed key is the one read, written and told in errors."""
    value = {"finishReason": "stop", "odd key": 1.5, "in": {"left": 2}}
    instance = converter.loads(text(value), Renamed)

    assert instance == Renamed(FinishReason.STOP, 1.5, Inner(2.0))
    assert converter.dumps(instance) == '{"finishReason":"stop","odd key":1.5,"in":{"left":2}}'
    assert problems(refused(converter, {"finish": "stop", "odd key": "x", "in": {"left": "1"}}, Renamed)) == [
        ("$.finishReason", "missing"),
        ("$['odd key']", "type"),
        ("$.in.left", "type"),
    ]


def test_aliases_are_keys_on_demand(engine: str) -> None:
    """Attrs aliases are JSON keys with ``use_alias=True``, and only then."""
    with_alias, without = made(engine, use_alias=True), made(engine)
    instance = Aliased(totalTokens=3, hidden="x")

    assert with_alias.dumps(instance) == '{"totalTokens":3,"hidden":"x","levelName":"low"}'
    assert with_alias.loads('{"totalTokens":3,"hidden":"x"}', Aliased) == instance
    assert without.dumps(instance) == '{"total_tokens":3,"_hidden":"x","level":"low"}'
    assert without.loads('{"total_tokens":3,"_hidden":"x"}', Aliased) == instance
    assert problems(refused(with_alias, {"total_tokens": 3, "hidden": 1}, Aliased)) == [
        ("$.totalTokens", "missing"),
        ("$.hidden", "type"),
    ]


def test_private_attributes(converter: RouterConverter) -> None:
    """The JSON key is the attribute's name, also where the constructor calls it otherwise."""
    value = {"_secret": 1, "_Private__mangled": "x"}
    instance = converter.loads(text(value), Private)

    assert json.loads(converter.dumps(instance)) == value
    assert problems(refused(converter, {"secret": 1}, Private)) == [("$._secret", "missing")]


@pytest.mark.parametrize("cl", [RouterCompletionsResponseBody, LooseBody, Mutable, Validated])
def test_forbidden_extra_keys(cl: Any, engine: str) -> None:
    """With ``forbid_extra_keys`` an unknown key is a problem at every level, for every class."""
    converter = made(engine, forbid_extra_keys=True)
    good = {Mutable: {"name": "a", "inner": {"left": 1}}, Validated: {"name": "a"}}.get(cl, body())

    assert outcome(converter.loads, text(good), cl)[0] == "returned"
    assert problems(refused(converter, {**good, "brand new": 1}, cl)) == [("$['brand new']", "extra")]


def test_omitted_fields(converter: RouterConverter) -> None:
    """An omitted field is not read and not written; one that may be left out is, where it has its default."""
    assert converter.dumps(Omitting("a", 9)) == '{"name":"a","maybe":null}'
    assert converter.dumps(Omitting("a", count=6, maybe="x")) == '{"name":"a","count":6,"maybe":"x"}'
    assert converter.loads('{"name":"a","cache":"ignored","made":[]}', Omitting) == Omitting("a")


def test_omit_if_default(engine: str) -> None:
    """With ``omit_if_default`` what equals its default is left out, made defaults too."""
    converter = made(engine, omit_if_default=True)

    assert converter.dumps(Factories("a")) == '{"name":"a"}'
    assert (
        converter.dumps(Factories("a", (1,), "B", {"x": 1.0}))
        == '{"name":"a","items":[1],"upper":"B","weights":{"x":1}}'
    )
    assert converter.dumps(Inner(1.0, None)) == '{"left":1}'
    assert converter.dumps(Mutable("a")) == '{"name":"a"}'
    with pytest.raises(EncodeError):
        converter.dumps(Mutable("a", tags=(1,)))  # type: ignore[arg-type]


def test_type_overrides(engine: str) -> None:
    """Cattrs' ``type_overrides`` rename and omit by type."""
    converter = made(engine, type_overrides={float: override(rename="leftish")})

    assert converter.dumps(Inner(1.0)) == '{"leftish":1}'
    assert converter.loads('{"leftish":1}', Inner) == Inner(1.0)


# --- makes of classes ---


@pytest.mark.parametrize(
    ("cl", "value", "expected"),
    [
        (Mutable, {"name": "a", "tags": ["b"]}, Mutable("a", ["b"])),
        (Dicted, {"name": "a", "inner": [{"left": 1}]}, Dicted("a", 0.5, (Inner(1.0),))),
        (FrozenDicted, {"name": "a", "more": {"b": {"left": 1}}}, FrozenDicted("a", more={"b": Inner(1.0)})),
        (KwOnly, {"second": "a", "third": None}, KwOnly(second="a", third=None)),
        (
            PartlyKwOnly,
            {"first": None, "third": True, "second": {"left": 1}},
            PartlyKwOnly(None, True, second=Inner(1.0)),
        ),
        (Factories, {"name": "a"}, Factories("a", (1, 2), "A", {})),
        (CachedHash, {"name": "a", "inner": None}, CachedHash("a")),
        (PostInit, {"name": "abc", "count": 2}, PostInit("abc", 2)),
        (PreInit, {"name": "a"}, PreInit("a")),
        (OwnInit, {"name": "a"}, OwnInit("a")),
        (OwnInit, {"name": "a", "count": 5}, OwnInit("a", 5)),
        (Node, {"name": "a", "next": {"name": "b"}, "children": [{"name": "c"}]}, Node("a", (Node("c"),), Node("b"))),
        (Converted, {"name": " a ", "count": -3}, Converted("a", 3, "none")),
        (Empty, {"x": 1}, Empty()),
        (Shouting, {"name": "a"}, Shouting("A")),
        (OwnMeta, {"name": "a"}, OwnMeta("a")),
        (Accented, {"clé": 1, "über": "a", "日": 2}, Accented(1, "a", 2.0)),
        (OwnNew, {"name": "a"}, OwnNew("a")),
        (Unannotated, {"first": [1.0]}, Unannotated([1.0], 0)),
        (
            Future,
            {"name": "a", "later": {"count": 1}, "re-named": [{"count": 2, "back": None}]},
            Future("a", Later(1), None, (Later(2),)),
        ),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_makes_of_classes(cl: Any, value: Any, expected: Any, converter: RouterConverter) -> None:
    """Whatever the make of a class, the result is what its constructor makes, type by type."""
    for instance in (converter.loads(text(value), cl), converter.structure(value, cl)):
        assert spelled(instance) == spelled(expected)
        assert instance == expected
        if cl.__hash__ is not None and cl not in (Factories, FrozenDicted, Unannotated):
            assert hash(instance) == hash(expected)


def test_factories_are_called_for_each(converter: RouterConverter) -> None:
    """Each instance has a list of its own."""
    first, second = (converter.loads('{"name":"a"}', Mutable) for _ in range(2))
    first.tags.append("x")

    assert second.tags == []


def test_frozen_stays_frozen_and_mutable_mutable(converter: RouterConverter) -> None:
    """Instances behave as their classes were declared."""
    mutable = converter.loads('{"name":"a"}', Mutable)
    mutable.name = "b"
    frozen = converter.loads('{"left":1}', Inner)

    assert mutable == Mutable("b")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        frozen.left = 2.0  # type: ignore[misc]


def test_validators_run_on_later_assignment(converter: RouterConverter) -> None:
    """A mutable class checks what is assigned later, as attrs classes do."""

    @attrs.define
    class Checked:
        count: int = attrs.field(validator=attrs.validators.ge(0))

    instance = converter.loads('{"count": 1}', Checked)

    with pytest.raises(ValueError, match="must be >= 0"):
        instance.count = -1


# --- what user code refuses ---


def shout(value: str) -> str:
    raise ValueError(f"secret {value}")


def test_validators_refuse(converter: RouterConverter) -> None:
    """What validators refuse is a problem of kind value at each one's path, all of them, without their words."""
    error = refused(converter, {"name": "secret", "count": 100, "tags": [""]}, Validated)

    assert [(p.path, p.kind, p.expected, p.actual) for p in error.errors] == [
        ("$.name", "value", "a value that its validator accepts", "string"),
        ("$.count", "value", "a value that its validator accepts", "integer"),
        ("$.tags", "value", "a value that its validator accepts", "array"),
    ]
    assert error.errors[0].message == "refused by its validator (ValueError)"
    assert "secret" not in str(error)
    assert (error.__cause__, error.__context__) == (None, None)


def test_validators_are_not_run_where_a_type_is_wrong(converter: RouterConverter) -> None:
    """An object with a wrong type in it is not constructed: its validators are not asked."""
    assert problems(refused(converter, {"name": "secret", "count": "1"}, Validated)) == [("$.count", "type")]


@pytest.mark.parametrize("exception", [ValueError, KeyError, ZeroDivisionError, AssertionError, UnicodeDecodeError])
def test_converters_refuse(exception: type[Exception], converter: RouterConverter) -> None:
    """Whatever a converter raises is a problem of kind value at its path, without its words."""

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

    error = refused(converter, [{"name": "secret"}], list[Odd])

    assert problems(error) == [("$[0].name", "value")]
    assert error.errors[0].message == f"refused by its converter ({exception.__name__})"
    assert "secret" not in str(error)


def test_converters_with_self_and_field(converter: RouterConverter) -> None:
    """Attrs' own converters that take the instance and the field are called with them."""

    def convert(value: str, instance: Any, field: Any) -> str:
        if value == "bad":
            raise ValueError
        return f"{field.name}={value}{instance.first}"

    @attrs.frozen
    class Odd:
        first: int
        name: str = attrs.field(converter=attrs.Converter(convert, takes_self=True, takes_field=True))

    assert converter.loads('{"first": 1, "name": "a"}', Odd).name == "name=a1"
    assert problems(refused(converter, {"first": 1, "name": "bad"}, Odd)) == [("$.name", "value")]


@pytest.mark.parametrize("where", ["__attrs_post_init__", "__attrs_pre_init__", "__init__"])
def test_constructors_refuse(where: str, converter: RouterConverter) -> None:
    """What construction itself raises is a problem of the whole object."""

    def refuse(self: Any, *args: Any, **kwargs: Any) -> None:
        raise ValueError(f"secret {args} {kwargs}")

    base = type("Base", (), {where: refuse})
    cl: Any = attrs.make_class("Odd", {"name": attrs.field(type=str)}, bases=(base,), init=where != "__init__")
    error = refused(converter, {"x": {"name": "secret"}}, dict[str, cl])

    assert problems(error) == [("$.x", "value")]
    assert error.errors[0].message == "refused by its constructor (ValueError)"


def test_factories_that_raise(converter: RouterConverter) -> None:
    """What a default's factory raises is a refused object, not an exception of its own."""

    @attrs.frozen
    class Odd:
        name: str
        made: int = attrs.Factory(lambda self: int(self.name), takes_self=True)
        plain: int = attrs.field(default=0, validator=attrs.validators.ge(0))

    assert converter.loads('{"name": "5"}', Odd).made == 5
    assert converter.loads('{"name": "secret", "made": 1}', Odd).made == 1
    error = refused(converter, {"name": "secret"}, Odd)
    assert [kind for _, kind in problems(error)] == ["value"]
    assert "secret" not in str(error)


def test_plain_factories_that_raise(converter: RouterConverter) -> None:
    """The same where nothing else keeps the class from being filled directly."""

    def fail() -> int:
        raise KeyError("secret")

    @attrs.frozen
    class Odd:
        name: str
        made: int = attrs.Factory(fail)

    assert converter.loads('{"name": "a", "made": 1}', Odd).made == 1
    assert [kind for _, kind in problems(refused(converter, {"name": "a"}, Odd))] == ["value"]


def test_only_the_guilty_are_blamed_defaults_are_converted(converter: RouterConverter) -> None:
    """A converted default that is fine is not blamed for another field."""

    @attrs.frozen
    class Odd:
        size: int = attrs.field(default="5", converter=int, validator=attrs.validators.instance_of(int))
        count: int = attrs.field(default=0, validator=attrs.validators.ge(0))

    assert converter.loads("{}", Odd) == Odd(5, 0)
    assert problems(refused(converter, {"count": -1}, Odd)) == [("$.count", "value")]


def test_only_the_guilty_are_blamed_fields_not_taken(converter: RouterConverter) -> None:
    """A validator may read a field that the constructor does not take."""

    @attrs.frozen
    class Odd:
        name: str = attrs.field()
        least: int = attrs.field(init=False, default=0)
        count: int = attrs.field(default=0, validator=attrs.validators.ge(0))

        @name.validator
        def _check(self, attribute: Any, value: str) -> None:
            if self.least > len(value):
                raise ValueError

    assert problems(refused(converter, {"name": "a", "count": -1}, Odd)) == [("$.count", "value")]


def test_only_the_guilty_are_blamed_default_that_fails_its_validator(converter: RouterConverter) -> None:
    """A default that its own validator refuses is told at its path."""

    @attrs.frozen
    class Odd:
        name: str
        count: int = attrs.field(default=-1, validator=attrs.validators.ge(0))

    assert problems(refused(converter, {"name": "a"}, Odd)) == [("$.count", "value")]
    assert converter.loads('{"name": "a", "count": 1}', Odd) == Odd("a", 1)


def test_exceptions_as_classes(converter: RouterConverter) -> None:
    """An attrs class that is an exception is read like any other, and refused like any other."""

    @attrs.define
    class FailureError(Exception):
        code: int = attrs.field(validator=attrs.validators.ge(400))

    assert converter.loads('{"code": 404}', FailureError).code == 404
    assert problems(refused(converter, {"code": 1}, FailureError)) == [("$.code", "value")]


def test_validators_switched_off(converter: RouterConverter) -> None:
    """Where attrs' validators are switched off, nothing is refused by them."""
    with attrs.validators.disabled():
        assert converter.loads('{"name": "too long"}', Validated).name == "too long"


def test_user_code_that_recurses(converter: RouterConverter) -> None:
    """User code that never ends is a DecodeError."""

    def convert(value: Any) -> Any:
        return convert(value)

    @attrs.frozen
    class Odd:
        name: str = attrs.field(converter=convert)

    with pytest.raises(DecodeError):
        converter.loads('{"name": "a"}', Odd)


def test_hooks_that_recurse(engine: str) -> None:
    """A hook that never ends is one of our errors, in both directions."""

    def forever(value: Any) -> Any:
        return forever(value)

    converter = made(engine)
    converter.register_structure_hook(datetime.datetime, lambda value, _: forever(value))
    converter.register_unstructure_hook(datetime.datetime, forever)

    with pytest.raises(DecodeError, match="nested too deeply"):
        converter.loads('{"when": 1}', Stamped)
    with pytest.raises(EncodeError, match="nested too deeply"):
        converter.dumps(Stamped(WHEN))


@pytest.mark.parametrize("wrong", [False, True])
def test_hooks_that_nest_are_not_called_too_often(wrong: bool, engine: str) -> None:
    """A class that contains itself by way of a hook costs no more than the square of its depth, good or bad."""

    @attrs.frozen
    class Wrapped:
        inner: Any

    @attrs.frozen
    class Chain:
        end: int = 0
        next: Wrapped | None = None

    class TooOftenError(BaseException):
        pass

    calls = []

    def count() -> None:
        calls.append(1)
        if len(calls) > 2 * depth**2:
            raise TooOftenError

    def read(value: Any, _: Any) -> Wrapped:
        count()
        return Wrapped(converter.structure(value, Chain))

    def write(wrapped: Wrapped) -> Any:
        count()
        return converter.unstructure(wrapped.inner)

    depth = 20
    converter = made(engine)
    converter.register_structure_hook(Wrapped, read)
    converter.register_unstructure_hook(Wrapped, write)
    value: Any = {"end": "x" if wrong else 1}
    instance: Any = Chain("x" if wrong else 1)  # type: ignore[arg-type]
    for _ in range(depth):
        value, instance = {"next": value}, Chain(0, Wrapped(instance))

    assert outcome(converter.loads, text(value), Chain)[0] == (ValidationError if wrong else "returned")
    calls.clear()
    assert outcome(converter.structure, value, Chain)[0] == (ValidationError if wrong else "returned")
    calls.clear()
    assert outcome(converter.unstructure, instance)[0] == (EncodeError if wrong else "returned")
    calls.clear()
    assert outcome(converter.dumps, instance)[0] == (EncodeError if wrong else "returned")


def test_interrupts_pass(converter: RouterConverter) -> None:
    """Ctrl-C in user code is no refused value."""

    def convert(value: Any) -> Any:
        raise KeyboardInterrupt

    @attrs.frozen
    class Odd:
        name: str = attrs.field(converter=convert)

    with pytest.raises(KeyboardInterrupt):
        converter.loads('{"name": "a"}', Odd)


# --- types that are not supported ---


class Color(enum.Flag):
    RED = 1


class Half(enum.Enum):
    HALF = 0.5


class Pair(NamedTuple):
    left: int


class Keys(TypedDict):
    left: int


@dataclass
class Data:
    left: int


T = TypeVar("T")


@attrs.frozen
class Box(typing.Generic[T]):
    item: T


UNSUPPORTED: list[Any] = [
    str | int,
    float | int | None,
    typing.Union[str, list[str]],  # noqa: UP007
    Inner | Mutable,
    tuple[int, str],
    tuple[()],
    set[str],
    frozenset[int],
    dict[int, str],
    dict[Level, str],
    Sequence[str],
    Mapping[str, int],
    decimal.Decimal,
    complex,
    object,
    bytearray,
    Color,
    Half,
    Literal[0.5],
    Literal[b"x"],
    Pair,
    Keys,
    Data,
    Box[int],
    types.SimpleNamespace,
    T,
    type(None) | str | int,
    typing.Callable[[], None],
    type[int],
    type,
]


@pytest.mark.parametrize("tp", UNSUPPORTED, ids=str)
@pytest.mark.parametrize(
    "wrap", [lambda tp: tp, lambda tp: list[tp], lambda tp: dict[str, tp]], ids=["bare", "list", "dict"]
)
def test_unsupported_types(tp: Any, wrap: Any, converter: RouterConverter) -> None:
    """A type that cannot be handled is a TypeError that names class and field, before any data is read."""
    cl: Any = attrs.make_class("Odd", {"fine": attrs.field(type=str), "wrong": attrs.field(type=wrap(tp))})
    for call in (
        lambda: converter.get_loads_hook(cl),
        lambda: converter.loads("not even JSON", cl),
        lambda: converter.structure(None, cl),
        lambda: converter.dumps(object.__new__(cl)),
        lambda: converter.unstructure(object.__new__(cl)),
    ):
        with pytest.raises(TypeError, match=r"^Odd\.wrong: .* not supported") as caught:
            call()

        assert not isinstance(caught.value, ValueError)
        assert caught.value.__cause__ is None


def test_unsupported_types_deep_down(converter: RouterConverter) -> None:
    """The class and field named are the innermost."""

    @attrs.frozen
    class Deep:
        wrong: set[str]

    @attrs.frozen
    class Outer:
        deep: dict[str, tuple[Deep | None, ...]]

    with pytest.raises(TypeError, match=r"Deep\.wrong: "):
        converter.get_loads_hook(Outer)


def test_annotations_that_cannot_be_resolved(converter: RouterConverter) -> None:
    """A name in an annotation that means nothing is a TypeError that names the class."""
    cl: Any = attrs.make_class("Odd", {"wrong": attrs.field(type="Nowhere")})

    with pytest.raises(TypeError, match=r"Odd: cannot resolve its annotations.*Nowhere"):
        converter.get_loads_hook(cl)


def test_impossible_overrides(converter: RouterConverter) -> None:
    """Overrides that cannot be followed are a TypeError that names class and field."""

    @attrs.frozen
    class NoDefault:
        name: Annotated[str, override(omit=True)]

    @attrs.frozen
    class NotTaken:
        name: Annotated[str, override(omit=False)] = attrs.field(init=False, default="")

    @attrs.frozen
    class Twice:
        name: str
        other: Annotated[str, override(rename="name")]

    for cl, words in (
        (NoDefault, "NoDefault.name: omitted, but"),
        (NotTaken, "NotTaken.name: not omitted, but"),
        (Twice, "Twice.other: another field has the key 'name'"),
    ):
        with pytest.raises(TypeError, match=words):
            converter.get_loads_hook(cl)


def test_wrappers_of_types(converter: RouterConverter) -> None:
    """`Annotated`, `NewType` and `Final` mean what they wrap."""
    Name = NewType("Name", str)

    @attrs.frozen
    class Wrapped:
        name: Name
        count: Final[int]
        real: Annotated[float, "seconds"]
        maybe: Annotated[Name | None, "x"] = None
        many: tuple[Annotated[Name, 1], ...] = ()

    value = {"name": "a", "count": 1, "real": 2, "maybe": "b", "many": ["c"]}
    instance = converter.loads(text(value), Wrapped)

    assert spelled(instance) == spelled(Wrapped(Name("a"), 1, 2.0, Name("b"), (Name("c"),)))
    assert json.loads(converter.dumps(instance)) == value
    assert problems(refused(converter, {"name": 1, "count": 1.0, "real": "2", "maybe": 1, "many": [1]}, Wrapped)) == [
        ("$.name", "type"),
        ("$.count", "type"),
        ("$.real", "type"),
        ("$.maybe", "type"),
        ("$.many[0]", "type"),
    ]


def test_type_aliases(converter: RouterConverter) -> None:
    """A type statement's name means what it stands for."""
    names = TypeAliasType("names", list[str])  # what ``type names = list[str]`` makes from Python 3.12 on
    cl: Any = attrs.make_class("Aliased", {"names": attrs.field(type=names)})

    assert converter.loads('{"names":["a"]}', cl).names == ["a"]
    assert converter.dumps(cl(["a"])) == '{"names":["a"]}'
    assert problems(refused(converter, {"names": [1]}, cl)) == [("$.names[0]", "type")]


def test_classes_with_the_same_name(converter: RouterConverter) -> None:
    """Classes of one name, nested in each other, are not mixed up."""
    first: Any = attrs.make_class("Same", {"x": attrs.field(type=int)})
    second: Any = attrs.make_class("Same", {"x": attrs.field(type=str), "inner": attrs.field(type=first)})
    third: Any = attrs.make_class("Same", {"inner": attrs.field(type=second), "x": attrs.field(type=list[second])})
    value = {"inner": {"x": "a", "inner": {"x": 1}}, "x": [{"x": "b", "inner": {"x": 2}}] * 2}

    assert converter.unstructure(converter.structure(value, third)) == value
    assert json.loads(converter.dumps(converter.loads(text(value), third))) == value


@pytest.mark.parametrize(
    "name",
    [
        "value",
        "inf",
        "plain",
        "is_text",
        "embed",
        "type",
        "str",
        "float",
        "tuple",
        "dict",
        "list",
        "Exception",
        "OverflowError",
        "len",
        "x_",
        "value_",
        "é",
    ],
)
def test_classes_with_awkward_names(name: str, converter: RouterConverter) -> None:
    """The name of a class, whatever else it means, does no harm."""
    inner: Any = attrs.make_class(
        name, {"x": attrs.field(type=float), "value": attrs.field(type=tuple[str, ...], default=())}
    )
    cl: Any = attrs.make_class(name, {"x": attrs.field(type=inner), "inner": attrs.field(type=dict[str, inner])})
    value = {"x": {"x": 1, "value": ["é"]}, "inner": {"a": {"x": 2.5, "value": []}}}

    assert converter.unstructure(converter.structure(value, cl)) == value
    assert json.loads(converter.dumps(converter.loads(text(value), cl))) == value
    assert problems(refused(converter, {"x": {"x": 1, "value": [1]}, "inner": {}}, cl)) == [("$.x.value[0]", "type")]


@pytest.mark.parametrize(
    "name", ["class_", "value", "type", "x_y", "__class__x", "cls", "é", "arguments", "float_", "attr_dict", "None_"]
)
def test_fields_with_awkward_names(name: str, converter: RouterConverter) -> None:
    """The name of a field, whatever else it means, does no harm."""
    cl: Any = attrs.make_class(
        "Odd", {name: attrs.field(type=Inner), f"{name}_": attrs.field(type=str | None, default=None)}
    )
    value = {name: {"left": 1}, f"{name}_": "a"}

    assert converter.unstructure(converter.structure(value, cl)) == value
    assert json.loads(converter.dumps(converter.loads(text(value), cl))) == value
    assert problems(refused(converter, {f"{name}_": 1}, cl))[0][1] == "missing"


# --- hooks of the user's ---


@attrs.frozen
class Stamped:
    when: datetime.datetime
    also: tuple[datetime.datetime, ...] = ()


def from_timestamp(value: Any, _: Any) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)


WHEN = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)
SECONDS = WHEN.timestamp()


def test_user_hooks(engine: str) -> None:
    """Hooks for a type of one's own are honoured in both directions."""
    converter = made(engine)
    converter.register_structure_hook(datetime.datetime, from_timestamp)
    converter.register_unstructure_hook(datetime.datetime, datetime.datetime.timestamp)
    instance = converter.loads(f'{{"when":{SECONDS},"also":[{SECONDS}]}}', Stamped)

    assert instance == Stamped(WHEN, (WHEN,))
    assert converter.dumps(instance) == f'{{"when":{SECONDS:.0f},"also":[{SECONDS:.0f}]}}'
    assert problems(refused(converter, {"when": "secret", "also": [1, None]}, Stamped)) == [
        ("$.when", "value"),
        ("$.also[1]", "value"),
    ]


@pytest.mark.parametrize("register", ["hook", "func", "factory", "decorator"])
def test_user_hooks_after_first_use(register: str, engine: str) -> None:
    """A hook that is registered after its class was used is honoured from then on, by all four verbs."""

    @attrs.frozen
    class Holder:
        inner: Inner

    converter = made(engine)
    value = {"inner": {"left": 1}}
    assert converter.loads(text(value), Holder).inner.left == converter.structure(value, Holder).inner.left == 1.0
    assert converter.dumps(Holder(Inner(1.0))) == '{"inner":{"left":1}}'
    assert converter.unstructure(Holder(Inner(1.0))) == value

    def read(value: Any, _: Any = None) -> Inner:
        return Inner(value["left"] * 100.0)

    def write(instance: Inner) -> Any:
        return {"left": instance.left / 100}

    match register:
        case "hook":
            converter.register_structure_hook(Inner, read)
            converter.register_unstructure_hook(Inner, write)
        case "func":
            converter.register_structure_hook_func(lambda cl: cl is Inner, read)
            converter.register_unstructure_hook_func(lambda cl: cl is Inner, write)
        case "factory":
            converter.register_structure_hook_factory(lambda cl: cl is Inner, lambda cl: read)
            converter.register_unstructure_hook_factory(lambda cl: cl is Inner, lambda cl: write)
        case "decorator":

            @converter.register_structure_hook
            def _(value: Any, _: Any) -> Inner:
                return read(value)

            @converter.register_unstructure_hook_factory(lambda cl: cl is Inner)
            def _(cl: Any) -> Any:
                return write

    assert converter.loads(text(value), Holder).inner.left == converter.structure(value, Holder).inner.left == 100.0
    assert converter.dumps(Holder(Inner(100.0))) == '{"inner":{"left":1}}'
    assert converter.unstructure(Holder(Inner(100.0))) == value
    assert converter.loads('{"left":1}', Inner).left == 100.0


@pytest.mark.parametrize("tp", [Data, Keys, Pair], ids=lambda tp: tp.__name__)
def test_hooks_that_cattrs_generates(tp: Any, engine: str) -> None:
    """A hook of cattrs' making is honoured where the user registered it, and is none where nobody did."""
    holder: Any = attrs.make_class("Holder", {"data": attrs.field(type=tp)})
    converter = made(engine)
    with pytest.raises(TypeError, match="register a hook"):
        converter.loads('{"data":{"left":1}}', holder)
    make_hook = {
        Data: make_dict_structure_fn,
        Keys: typeddicts.make_dict_structure_fn,
        Pair: namedtuple_dict_structure_factory,
    }[tp]
    converter.register_structure_hook(tp, make_hook(tp, converter))

    data = converter.loads('{"data":{"left":1}}', holder).data
    assert data == tp(left=1)
    assert problems(refused(converter, {"data": {}}, holder)) == [("$.data", "value")]


@pytest.mark.parametrize("tp", [decimal.Decimal | None, int | None, Inner | None], ids=str)
def test_user_hooks_for_an_optional(tp: Any, engine: str) -> None:
    """A hook for ``X | None`` is honoured as a whole, null included."""
    holder: Any = attrs.make_class("Holder", {"value": attrs.field(type=tp)})
    converter = made(engine)
    converter.register_structure_hook(tp, lambda value, _: ["hooked", value])

    assert converter.loads('{"value":null}', holder).value == ["hooked", None]
    assert converter.structure({"value": 1}, holder).value == ["hooked", 1]


def test_user_hooks_for_a_generic_class(engine: str) -> None:
    """A generic attrs class needs a hook; cattrs' own would coerce."""
    holder: Any = attrs.make_class("Holder", {"box": attrs.field(type=Box[int])})
    mine = made(engine)
    mine.register_structure_hook_func(lambda cl: cl == Box[int], lambda value, _: Box(value))

    assert mine.loads('{"box":1}', holder).box == Box(1)


def test_hook_registered_while_another_thread_builds(engine: str) -> None:
    """What a thread was about to keep when a hook was registered is not kept."""
    converter = made(engine)
    old_converter_asks = threading.Event()
    hook_is_registered = threading.Event()

    class Slow:
        pass

    holder: Any = attrs.make_class("Holder", {"name": attrs.field(type=str), "slow": attrs.field(type=Slow)})

    def slow_factory(cl: Any) -> Any:
        old_converter_asks.set()
        hook_is_registered.wait(10)
        return lambda value, _: value

    converter.register_structure_hook_factory(lambda cl: cl is Slow, slow_factory)
    first = threading.Thread(target=converter.loads, args=('{"name":"a","slow":1}', holder))
    first.start()
    assert old_converter_asks.wait(10)
    converter.register_structure_hook(str, lambda value, _: value.upper())
    hook_is_registered.set()
    first.join()

    assert converter.loads('{"name":"a","slow":1}', holder).name == "A"


def test_classes_that_share_classes(engine: str) -> None:
    """A class that is reached in thousands of ways is looked at once: here 2**40 of them."""
    cl: Any = Inner
    for level in range(40):
        fields = {name: attrs.field(type=cl | None, default=None) for name in ("left", "right")}
        cl = attrs.make_class(f"Level{level}", fields)
    converter = made(engine)

    assert converter.dumps(converter.loads('{"left":{"right":{}}}', cl)) == '{"left":{"right":{}}}'


def test_classes_that_refer_to_one_another(engine: str) -> None:
    """Where one of them fails, none is kept half done."""

    @attrs.frozen
    class Broken:
        inner: Inner
        wrong: set[str]

    @attrs.frozen
    class Whole:
        inner: Inner

    converter = made(engine)
    for _ in range(2):
        with pytest.raises(TypeError, match=r"Broken\.wrong"):
            converter.loads("{}", Broken)
    assert converter.loads('{"inner":{"left":1}}', Whole) == Whole(Inner(1.0))


def test_user_hooks_for_a_scalar(engine: str) -> None:
    """A hook for a leaf type counts in every class, also in those used before."""
    converter = made(engine)
    assert converter.loads('{"left":1,"right":"a"}', Inner).right == "a"
    converter.register_structure_hook(str, lambda value, _: value.upper())

    assert converter.loads('{"left":1,"right":"a"}', Inner).right == "A"
    assert converter.structure({"left": 1, "right": "a"}, Inner).right == "A"
    assert problems(refused(converter, {"left": 1, "right": 5}, Inner)) == [("$.right", "value")]


def test_hooks_in_annotations(converter: RouterConverter) -> None:
    """Hooks given by `override` in an annotation are honoured."""

    @attrs.frozen
    class Odd:
        name: Annotated[
            str, override(struct_hook=lambda value, _: value[::-1], unstruct_hook=lambda value: value[::-1])
        ]

    assert converter.loads('{"name":"abc"}', Odd) == Odd("cba")
    assert converter.dumps(Odd("cba")) == '{"name":"abc"}'


def test_what_an_unstructure_hook_gives_is_checked(engine: str) -> None:
    """What a hook gives away must be JSON, and what it raises is a problem at its path."""
    converter = made(engine)
    gives: list[Any] = [None]
    converter.register_unstructure_hook(Level, lambda level: gives[0]() if callable(gives[0]) else gives[0])

    @attrs.frozen
    class Odd:
        level: Level

    for given in ({"a": [1.0, (2,)]}, None, "x", 5):
        gives[0] = given
        assert json.loads(converter.dumps(Odd(Level.LOW))) == {"level": json.loads(json.dumps(given))}
    for given, where in (
        (object(), "$.level"),
        ([float("nan")], "$.level[0]"),
        ({"a": "\ud800"}, "$.level.a"),
        (lambda: 1 / 0, "$.level"),
    ):
        gives[0] = given
        with pytest.raises(EncodeError) as caught:
            converter.dumps(Odd(Level.LOW))

        assert [path for path, _ in problems(caught.value)] == [where]
        assert caught.value.__context__ is None


def test_hooks_may_call_the_converter(engine: str) -> None:
    """Problems that a hook's own call finds are told at their place in the whole."""
    converter = made(engine)
    converter.register_structure_hook(Stamped, lambda value, _: converter.structure(value["wrapped"], Inner))

    error = refused(converter, [{"wrapped": {"left": "1", "right": 2}}, {"wrapped": {"left": 1}}, {}], list[Stamped])

    assert problems(error) == [("$[0].left", "type"), ("$[0].right", "type"), ("$[2]", "value")]


def test_hooks_may_raise_our_errors(engine: str) -> None:
    """An error without problems, such as text that is not JSON, is a refused value too."""
    converter = made(engine)
    converter.register_structure_hook(Stamped, lambda value, _: converter.loads(value, Inner))

    assert converter.loads('["{\\"left\\":1}"]', list[Stamped]) == [Inner(1.0)]
    assert problems(refused(converter, ["{", '{"right": 1}'], list[Stamped])) == [
        ("$[0]", "value"),
        ("$[1].left", "missing"),
        ("$[1].right", "type"),
    ]


def test_hooks_with_too_many_problems(engine: str) -> None:
    """Problems that hooks find are bounded and counted like all others."""
    converter = made(engine)
    converter.register_structure_hook(Stamped, lambda value, _: converter.structure([{}] * value, list[Inner]))
    error = refused(converter, [60, 70, 500], list[Stamped])

    assert len(error.errors) == 100
    assert error.error_count == 630
    assert problems(error)[60] == ("$[1][0].left", "missing")


def test_tagged_unions(engine: str) -> None:
    """Cattrs' strategies can be applied to the converter."""
    converter = made(engine)
    configure_tagged_union(Inner | Mutable, converter, tag_name="kind")  # type: ignore[arg-type]

    @attrs.frozen
    class Holder:
        item: Inner | Mutable

    instance = converter.loads('{"item":{"kind":"Mutable","name":"a"}}', Holder)

    assert instance == Holder(Mutable("a"))
    assert converter.loads(converter.dumps(instance), Holder) == instance
    assert problems(refused(converter, {"item": {"kind": "Inner", "left": "x"}}, Holder)) == [("$.item.left", "type")]
    assert problems(refused(converter, {"item": {"kind": "Nobody"}}, Holder)) == [("$.item", "value")]


def test_prefer_attrib_converters(engine: str) -> None:
    """With ``prefer_attrib_converters`` a field's converter gets the raw JSON value."""

    @attrs.frozen
    class Odd:
        count: int = attrs.field(converter=int)

    assert made(engine, prefer_attrib_converters=True).loads('{"count": "5"}', Odd) == Odd(5)
    assert problems(refused(made(engine, prefer_attrib_converters=True), {"count": "x"}, Odd)) == [("$.count", "value")]
    assert problems(refused(made(engine), {"count": "5"}, Odd)) == [("$.count", "type")]


def test_copy(engine: str) -> None:
    """A copy keeps hooks, options and engine, and goes its own way from then on."""
    converter = made(engine, forbid_extra_keys=True)
    converter.register_structure_hook(datetime.datetime, from_timestamp)
    copied = converter.copy()
    copied.register_structure_hook(Level, lambda value, _: Level.HIGH)

    @attrs.frozen
    class Odd:
        level: Level

    assert type(copied) is RouterConverter
    assert copied.engine == engine
    assert copied.loads(f'{{"when":{SECONDS}}}', Stamped) == Stamped(WHEN)
    assert problems(refused(copied, {**body(), "more": 1}, RouterCompletionsResponseBody)) == [("$.more", "extra")]
    assert copied.loads('{"level":"?"}', Odd) == Odd(Level.HIGH)
    assert problems(refused(converter, {"level": "?"}, Odd)) == [("$.level", "value")]
    assert outcome(converter.copy(forbid_extra_keys=False).loads, text({**body(), "more": 1}))[0] == "returned"


# --- a converter of the user's own ---


@pytest.mark.parametrize(
    "make",
    [
        cattrs.Converter,
        lambda: cattrs.Converter(detailed_validation=False),
        lambda: cattrs.Converter(forbid_extra_keys=False, omit_if_default=True, prefer_attrib_converters=True),
        lambda: __import__("cattrs.preconf.json", fromlist=["x"]).make_converter(),
        lambda: __import__("cattrs.preconf.ujson", fromlist=["x"]).make_converter(),
    ],
    ids=["plain", "not detailed", "options", "json", "ujson"],
)
def test_configure_converter(make: Any) -> None:
    """The user's own cattrs converter becomes as strict, and as exact."""
    mine = make()
    mine.structure(body(created="5"), dict)  # used before, to no effect
    configure_converter(mine)
    instance = mine.structure(body(), RouterCompletionsResponseBody)

    assert spelled(instance) == spelled(router_schema.structure(body()))
    assert mine.unstructure(instance) == body()
    bad = body(created="5", choices=[choice(index=True)], usage={"total_tokens": "x"})
    assert outcome(mine.structure, bad, RouterCompletionsResponseBody) == outcome(router_schema.structure, bad)
    with pytest.raises(EncodeError):
        mine.unstructure(attrs.evolve(instance, id=5))


def test_configure_converter_after_use() -> None:
    """A class that the converter was used for before becomes strict too."""
    mine = cattrs.Converter()
    assert mine.structure({"left": "5"}, Inner) == Inner(5.0)
    configure_converter(mine)

    with pytest.raises(ValidationError):
        mine.structure({"left": "5"}, Inner)


def test_configure_converter_keeps_options() -> None:
    """The converter's own options go on to count."""
    mine = cattrs.Converter(forbid_extra_keys=True, use_alias=True, omit_if_default=True)
    configure_converter(mine)

    with pytest.raises(ValidationError) as caught:
        mine.structure({"totalTokens": 1, "more": 2}, Aliased)
    assert problems(caught.value) == [("$.more", "extra")]
    assert mine.unstructure(Aliased(1)) == {"totalTokens": 1}


def test_configure_converter_keeps_later_hooks() -> None:
    """Hooks that the user registers afterwards are honoured."""
    mine = cattrs.Converter()
    configure_converter(mine)
    mine.register_structure_hook(datetime.datetime, from_timestamp)

    assert mine.structure({"when": SECONDS}, Stamped) == Stamped(WHEN)


def test_configure_converter_refuses_tuples() -> None:
    """A converter that writes classes as tuples cannot be made strict, nor can one be made."""
    with pytest.raises(ValueError, match="AS_TUPLE"):
        configure_converter(cattrs.Converter(unstruct_strat=cattrs.UnstructureStrategy.AS_TUPLE))
    with pytest.raises(ValueError, match="AS_TUPLE"):
        make_converter(unstruct_strat=cattrs.UnstructureStrategy.AS_TUPLE)


def test_make_converter_takes_cattrs_options() -> None:
    """Options of cattrs' own are passed on, and unknown ones refused."""
    assert make_converter(omit_if_default=True).omit_if_default is True
    assert make_converter(unstruct_collection_overrides={}).engine == make_converter().engine
    with pytest.raises(TypeError, match="brand_new"):
        make_converter(brand_new=1)


def test_converters_are_independent() -> None:
    """A hook on one converter changes no other, and not the module's functions."""
    mine = make_converter()
    mine.register_structure_hook(str, lambda value, _: "changed")

    assert mine.loads(text(body())).id == "changed"
    assert make_converter().loads(text(body())).id == router_schema.loads(text(body())).id == "cmpl-rye-7"


def test_threads(engine: str) -> None:
    """One converter serves many threads that ask for new classes at once."""
    for _ in range(5):
        converter = made(engine)
        leaf: Any = attrs.make_class("Leaf", {"x": attrs.field(type=int)})
        classes: list[Any] = [
            attrs.make_class(f"C{i}", {"leaf": attrs.field(type=leaf), "node": attrs.field(type=Node)})
            for i in range(8)
        ]
        start, wrong = threading.Barrier(16), []

        def work(
            n: int, converter: Any = converter, classes: Any = classes, start: Any = start, wrong: Any = wrong
        ) -> None:
            start.wait()
            for cl in classes[n % 8 :] + classes[: n % 8]:
                value = {"leaf": {"x": n}, "node": {"name": "a", "children": [{"name": "b"}]}}
                instance = converter.loads(text(value), cl)
                if instance.leaf.x != n or json.loads(converter.dumps(instance))["leaf"] != {"x": n}:
                    wrong.append(n)
                if (
                    outcome(converter.structure, {"leaf": {"x": "n"}, "node": {"name": "a"}}, cl)[0]
                    is not ValidationError
                ):
                    wrong.append(n)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert wrong == []
