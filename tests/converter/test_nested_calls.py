"""User code that calls the library again: its cost is linear in the depth, and its errors are bounded."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest
from support import converter_for, outcome

from router_schema import EncodeError, FieldError, RouterConverter, ValidationError

DEPTH = 100


class TooOftenError(BaseException):
    """User code was called more than twice for each level. Not an Exception, so that nobody catches it."""


@attrs.define
class Counter:
    """Counts the calls of user code, and stops what would take 2**100 of them."""

    calls: int = 0

    def __call__(self) -> None:
        self.calls += 1
        if self.calls > 2 * DEPTH:
            raise TooOftenError


@pytest.fixture(autouse=True)
def room_for_100_levels() -> Iterator[None]:
    """A stack for the frames of 100 levels and of the test runner."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(5_000)
    yield
    sys.setrecursionlimit(limit)


def by_structure(converter: RouterConverter, value: Any, cl: Any) -> Any:
    return converter.structure(value, cl)


def by_loads(converter: RouterConverter, value: Any, cl: Any) -> Any:
    return converter.loads(json.dumps(value), cl)


Verb = Callable[[RouterConverter, Any, Any], Any]

#: The function of the library that user code calls, and the one that the test calls.
each_verb = pytest.mark.parametrize(
    ("inner", "outer"),
    [(by_structure, by_loads), (by_loads, by_structure)],
    ids=["structure in loads", "loads in structure"],
)


# --- in: classes that contain themselves by way of user code ---


def with_converter(converter: RouterConverter, verb: Verb, count: Counter) -> Any:
    def convert(value: Any) -> Any:
        count()
        return verb(converter, value, Chain)

    @attrs.frozen
    class Chain:
        end: int = 0
        child: Any = attrs.field(default=None, converter=attrs.converters.optional(convert))

    return Chain


def with_validator(converter: RouterConverter, verb: Verb, count: Counter) -> Any:
    def validate(instance: Any, attribute: Any, value: Any) -> None:
        if value is not None:
            count()
            verb(converter, value, Chain)

    @attrs.frozen
    class Chain:
        end: int = 0
        child: Any = attrs.field(default=None, validator=validate)

    return Chain


def with_post_init(converter: RouterConverter, verb: Verb, count: Counter) -> Any:
    @attrs.define
    class Chain:
        end: int = 0
        child: Any = None

        def __attrs_post_init__(self) -> None:
            if self.child is not None:
                count()
                self.child = verb(converter, self.child, Chain)

    return Chain


def with_own_constructor(converter: RouterConverter, verb: Verb, count: Counter) -> Any:
    @attrs.define(init=False)
    class Chain:
        end: int = 0
        child: Any = None

        def __init__(self, end: int = 0, child: Any = None) -> None:
            if child is not None:
                count()
                child = verb(converter, child, Chain)
            self.__attrs_init__(end, child)  # type: ignore[attr-defined]

    return Chain


def with_factory(converter: RouterConverter, verb: Verb, count: Counter) -> Any:
    def parse(chain: Any) -> Any:
        if chain.child is None:
            return None
        count()
        return verb(converter, chain.child, Chain)

    @attrs.frozen
    class Chain:
        end: int = 0
        child: Any = None
        parsed: Any = attrs.field(init=False, default=attrs.Factory(parse, takes_self=True))

    return Chain


class Wrapped:
    """A type that only a hook can make."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner


def with_hook(converter: RouterConverter, verb: Verb, count: Counter) -> Any:
    def hook(value: Any, _: Any) -> Wrapped:
        count()
        return Wrapped(verb(converter, value, chain))

    converter.register_structure_hook(Wrapped, hook)
    chain: Any = attrs.make_class(
        "Chain", {"end": attrs.field(type=int, default=0), "child": attrs.field(type=Wrapped | None, default=None)}
    )
    return chain


MAKERS = [with_converter, with_validator, with_post_init, with_own_constructor, with_factory, with_hook]


def chain_of(end: Any) -> Any:
    """A value that is `DEPTH` levels deep, at whose bottom *end* stands."""
    value: Any = {"end": end}
    for _ in range(DEPTH):
        value = {"child": value}
    return value


@each_verb
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_good_value_costs_at_most_two_calls_a_level(make: Any, inner: Verb, outer: Verb, engine: str) -> None:
    """User code that calls `structure` or `loads` runs at most twice for each level of a good value."""
    converter, count = converter_for(engine), Counter()
    cl = make(converter, inner, count)

    assert outcome(outer, converter, chain_of(1), cl)[0] == "returned"
    assert DEPTH <= count.calls <= 2 * DEPTH


@each_verb
@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_bad_value_costs_at_most_two_calls_a_level(make: Any, inner: Verb, outer: Verb, engine: str) -> None:
    """The same holds for a value that is wrong at its bottom, and the one problem there is reported."""
    converter, count = converter_for(engine), Counter()
    cl = make(converter, inner, count)

    error_class, _, errors, error_count, _ = outcome(outer, converter, chain_of("x"), cl)

    assert error_class is ValidationError
    assert error_count == 1
    assert (errors[0].kind, errors[0].expected, errors[0].actual) == ("type", "integer", "string")
    assert DEPTH <= count.calls <= 2 * DEPTH


@each_verb
def test_user_code_that_catches_everything(inner: Verb, outer: Verb, engine: str) -> None:
    """User code that catches even BaseException gets the outcome of the slow path, as other code does."""
    converter = converter_for(engine)

    def parse(value: Any) -> Any:
        try:
            return inner(converter, value, int)
        except BaseException as error:
            return type(error)

    cl: Any = attrs.make_class("Holder", {"x": attrs.field(converter=parse, type=Any)})

    assert outer(converter, {"x": 5}, cl).x == 5
    assert outer(converter, {"x": "5"}, cl).x is ValidationError


# --- out ---


def links(end: Any) -> Any:
    """An instance that is `DEPTH` levels deep, at whose bottom *end* stands."""
    chain: Any = attrs.make_class(
        "Chain", {"end": attrs.field(type=int, default=0), "child": attrs.field(type=Wrapped | None, default=None)}
    )
    instance = chain(end)
    for _ in range(DEPTH):
        instance = chain(0, Wrapped(instance))
    return instance


@pytest.mark.parametrize(("inner", "outer"), [("unstructure", "dumps"), ("dumps", "unstructure")])
@pytest.mark.parametrize("end", [1, "x"], ids=["good", "bad"])
def test_unstructure_hooks_cost_at_most_two_calls_a_level(end: Any, inner: str, outer: str, engine: str) -> None:
    """A hook that calls `unstructure` or `dumps` runs at most twice for each level of an instance."""
    converter, count = converter_for(engine), Counter()

    def hook(wrapped: Wrapped) -> Any:
        count()
        if inner == "unstructure":
            return converter.unstructure(wrapped.inner)
        return json.loads(converter.dumps(wrapped.inner))

    converter.register_unstructure_hook(Wrapped, hook)

    assert outcome(getattr(converter, outer), links(end))[0] == ("returned" if end == 1 else EncodeError)
    assert DEPTH <= count.calls <= 2 * DEPTH


# --- bounds of what nested errors say ---


def is_bounded(error: Any) -> bool:
    """Whether each text of each problem is short, and so the whole."""
    texts = [text for problem in error.errors for text in attrs.astuple(problem)]
    return max(map(len, texts)) <= 1_000 and len(str(error)) < 100_000 and len(repr(error)) < 1_000


def test_paths_through_nested_hooks_are_bounded(engine: str) -> None:
    """A path that 50 hooks assembled, each from keys of 40 characters, is cut like any other."""
    converter = converter_for(engine)
    keys = [f"{'k' * 38}{level:02}" for level in range(50)]
    cl: Any = attrs.make_class("Leaf", {"items": attrs.field(type=list[int])})
    for key in keys:
        inner = cl
        wrapped: Any = type("Wrapped", (), {})
        converter.register_structure_hook(wrapped, lambda value, _, inner=inner: converter.structure(value, inner))
        cl = attrs.make_class("Link", {key: attrs.field(type=wrapped)})
    value: Any = {"items": ["x"] * 150}
    for key in keys:
        value = {key: value}

    for call in (lambda: converter.structure(value, cl), lambda: converter.loads(json.dumps(value), cl)):
        with pytest.raises(ValidationError) as caught:
            call()

        assert caught.value.error_count == 150
        assert len(caught.value.errors) == 100
        assert is_bounded(caught.value)
        assert caught.value.errors[7].path.startswith(f"$.{keys[-1]}")
        assert caught.value.errors[7].path.endswith("items[7]")


def test_errors_that_user_code_assembles_are_bounded(engine: str) -> None:
    """One of our errors, raised by a hook with its own texts, is cut to the same bounds."""
    converter = converter_for(engine)
    long = "x" * 10**6
    huge = FieldError(f"$.{long}", "value", long, long, long)

    def fail(value: Any, _: Any) -> Any:
        raise ValidationError(long, (huge,) * 1_000, 1_000)

    converter.register_structure_hook(Wrapped, fail)
    cl: Any = attrs.make_class("Holder", {"x": attrs.field(type=Wrapped)})

    with pytest.raises(ValidationError) as caught:
        converter.loads('{"x": 1}', cl)

    assert caught.value.error_count == 1_000
    assert len(caught.value.errors) == 100
    assert is_bounded(caught.value)


def test_names_in_messages_are_bounded(engine: str) -> None:
    """The name of a type with a hook is cut in messages, and so is that of the exception which the hook raises."""
    converter = converter_for(engine)
    type_with_hook: Any = type("T" * 10**6, (), {})
    exception: Any = type("E" * 10**6, (Exception,), {})

    def fail(value: Any, _: Any = None) -> Any:
        raise exception

    converter.register_structure_hook(type_with_hook, fail)
    converter.register_unstructure_hook(Wrapped, fail)

    with pytest.raises(ValidationError) as rejected:
        converter.loads('{"x": 1}', attrs.make_class("Holder", {"x": attrs.field(type=type_with_hook)}))
    with pytest.raises(EncodeError) as kept_back:
        converter.dumps(links(1))

    assert is_bounded(rejected.value)
    assert is_bounded(kept_back.value)


@pytest.mark.parametrize("end", ["{}", "[]"])
def test_factories_that_call_the_library(end: str, engine: str) -> None:
    """A default's factory that decodes the next level runs at most twice for each, also if the last one fails."""
    converter, count = converter_for(engine), Counter()
    cl: Any = attrs.make_class("Last", {"x": attrs.field(type=int, default=0)})
    text = end

    def factory_of(cl: Any, text: str) -> Callable[[], Any]:
        def make() -> Any:
            count()
            return converter.loads(text, cl)

        return make

    for _ in range(DEPTH):
        factory = attrs.Factory(factory_of(cl, text))
        cl, text = attrs.make_class("Level", {"next": attrs.field(type=cl, default=factory)}), "{}"
    result = outcome(by_loads, converter, {}, cl)

    assert result[0] == "returned" if end == "{}" else result[0] is ValidationError
    assert DEPTH <= count.calls <= 2 * DEPTH


@pytest.mark.parametrize("factory", [list, dict, functools.partial(list)], ids=["list", "dict", "partial"])
def test_factories_of_every_kind(factory: Any, engine: str) -> None:
    """Each instance gets a new default, whatever makes it."""
    cl: Any = attrs.make_class("Holder", {"x": attrs.field(type=list[int] | dict[str, int], factory=factory)})
    converter = converter_for(engine)
    first, second = converter.loads("{}", cl), converter.loads("{}", cl)

    assert first == second == cl(factory())
    assert first.x is not second.x
