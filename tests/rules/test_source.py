"""The compiled functions: readable, and equal to the rules that they are written from."""

import inspect
import linecache
import textwrap
import traceback
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from internals import (
    compile_structure,
    compile_unstructure,
    is_simple,
    source_module,
    source_of,
    structure_rule,
    twin_of,
    unstructure_rule,
)
from support import body, converter_for
from user_classes import (
    ALL,
    CachedHash,
    Converted,
    Dicted,
    Empty,
    Factories,
    Forest,
    FrozenDicted,
    Inner,
    KwOnly,
    Mutable,
    Node,
    Omitting,
    OwnInit,
    OwnMeta,
    OwnNew,
    PostInit,
    PreInit,
    Private,
    Shouting,
    Validated,
)

from router_schema import RouterCompletionsResponseBody, RouterCompletionsUsage

CONVERTER = converter_for("ujson")


def test_defaults_that_are_made_are_compared_without_the_slow_path() -> None:
    """A compiled function omits a field that equals what its factory makes, also one that depends on the instance."""

    @attrs.frozen
    class Made:
        name: str
        tags: list[str] = attrs.Factory(list)
        title: str = attrs.Factory(lambda self: self.name.upper(), takes_self=True)

    function = compile_unstructure(unstructure_rule(Made, converter_for("ujson", omit_if_default=True)))

    assert function(Made("a")) == {"name": "a"}
    assert function(Made("a", ["b"], "a")) == {"name": "a", "tags": ["b"], "title": "a"}
    assert function(Made("a", [], "A")) == {"name": "a"}


def test_any_value_may_be_null_by_default() -> None:
    """An `Any` that is None by default is read and omitted like an optional value, without comparing it."""

    @attrs.frozen
    class Noted:
        note: Any = None

    source = CONVERTER.get_source(Noted)

    assert "note_ = value.get('note')" in source
    assert "if note_ is not None:" in source
    assert CONVERTER.loads('{"note":null}', Noted) == CONVERTER.loads("{}", Noted) == Noted()
    assert (CONVERTER.dumps(Noted()), CONVERTER.dumps(Noted([None]))) == ("{}", '{"note":[null]}')


@pytest.mark.parametrize("name", ["leaf_", "leaf_items", "leaf_item", "value"])
def test_classes_named_like_variables(name: str) -> None:
    """A compiled function works for a class that has the name of one of its variables."""
    inner: Any = attrs.make_class(name, {"leaf": attrs.field(type=int)}, frozen=True)
    outer: Any = attrs.make_class("Outer", {"leaf": attrs.field(type=tuple[inner, ...])}, frozen=True)

    for cl, instance, value in [(inner, inner(1), {"leaf": 1}), (outer, outer((inner(1),)), {"leaf": [{"leaf": 1}]})]:
        assert structure_of(cl)(value) == instance
        assert unstructure_of(cl)(instance) == value


def structure_of(cl: Any) -> Callable[[Any], Any]:
    """The compiled function from parsed JSON to a *cl*."""
    return compile_structure(structure_rule(cl, CONVERTER))


def unstructure_of(cl: Any) -> Callable[[Any], Any]:
    """The compiled function from a *cl* to builtins."""
    return compile_unstructure(unstructure_rule(cl, CONVERTER))


@pytest.fixture
def structure() -> Callable[[Any], Any]:
    """The compiled function for a router's body."""
    return structure_of(RouterCompletionsResponseBody)


@pytest.fixture
def unstructure() -> Callable[[Any], Any]:
    """The compiled function for a router's body on the way out."""
    return unstructure_of(RouterCompletionsResponseBody)


def test_accepts(structure: Callable[[Any], Any], unstructure: Callable[[Any], Any]) -> None:
    """A compiled function returns what the rule would."""
    instance = structure(body())

    assert instance == CONVERTER.structure(body())
    assert unstructure(instance) == body()


@pytest.mark.parametrize(
    "value",
    [
        *(None, 5, [], {}),
        body(id=5),
        body(usage=None),
        body(choices=[{}]),
        body(created="x"),
        body(created=float("nan")),
        body(id="\ud800"),
    ],
)
def test_structure_gives_up(value: Any, structure: Callable[[Any], Any]) -> None:
    """Where the rule rejects a value, the compiled function returns None and raises nothing."""
    assert structure(value) is None


@pytest.mark.parametrize(
    "changes",
    [{"id": 5}, {"usage": None}, {"choices": ({},)}, {"choices": []}, {"created": float("nan")}, {"id": "\ud800"}],
    ids=str,
)
def test_unstructure_gives_up(changes: dict[str, Any], unstructure: Callable[[Any], Any]) -> None:
    """Where the rule rejects an instance, the compiled function returns None and raises nothing."""
    good = CONVERTER.structure(body())

    assert unstructure(good) == body()
    assert unstructure(attrs.evolve(good, **changes)) is None
    assert unstructure(body()) is None


# --- the source ---


def test_source_of_structure(structure: Callable[[Any], Any]) -> None:
    """The source is one flat function with a name and a docstring, which calls nothing for a leaf."""
    source = source_of(structure)

    assert source.startswith("def structure_RouterCompletionsResponseBody(value):\n")
    assert structure.__name__ == "structure_RouterCompletionsResponseBody"
    assert "Structure a RouterCompletionsResponseBody" in (inspect.getdoc(structure) or "")
    assert source.count("def ") == 1
    assert source == inspect.getsource(structure)
    compile(source, "x", "exec")


def test_source_of_unstructure(unstructure: Callable[[Any], Any]) -> None:
    """The source of the way out is one flat function with a name and a docstring too."""
    source = source_of(unstructure)

    assert source.startswith("def unstructure_RouterCompletionsResponseBody(value):\n")
    assert "Unstructure a RouterCompletionsResponseBody" in (inspect.getdoc(unstructure) or "")
    assert source.count("def ") == 1
    assert source == inspect.getsource(unstructure)


@pytest.mark.parametrize("cl", ALL, ids=lambda cl: cl.__name__)
def test_source_for_every_class(cl: Any) -> None:
    """Each class has functions of its name with short lines."""
    structure, unstructure = structure_of(cl), unstructure_of(cl)

    assert structure.__name__ == f"structure_{cl.__name__}"
    assert unstructure.__name__ == f"unstructure_{cl.__name__}"
    assert max(map(len, source_of(structure).splitlines() + source_of(unstructure).splitlines())) < 300


def test_the_example_in_the_documentation() -> None:
    """The function in the module's docstring is the one that is compiled."""
    pair: Any = attrs.make_class(
        "Pair",
        {"left": attrs.field(type=str), "right": attrs.field(type=float | None, default=None)},
        frozen=True,
        slots=True,
        weakref_slot=False,
    )
    _, found, shown = inspect.cleandoc(source_module.__doc__ or "").partition("    def structure_Pair")
    example = textwrap.dedent(found + shown[: shown.index("\n\n")]) + "\n"

    assert example == source_of(structure_of(pair))


def test_tracebacks_show_the_source(structure: Callable[[Any], Any]) -> None:
    """Tracebacks show the lines of a compiled function."""

    def stop(value: str) -> bool:
        raise KeyboardInterrupt

    structure.__globals__["is_text"] = stop
    with pytest.raises(KeyboardInterrupt) as caught:
        structure(body(id="é"))
    frames = traceback.extract_tb(caught.value.__traceback__)

    assert any("is_text" in (frame.line or "") and "structure_Router" in frame.name for frame in frames)
    linecache.checkcache()
    assert source_of(structure)


def test_sources_do_not_pile_up() -> None:
    """Compiling a class again keeps its text once."""
    structure_of(Forest)
    before = len(linecache.cache)
    structure_of(Forest)

    assert len(linecache.cache) == before


def test_a_recursive_class_calls_itself() -> None:
    """A class that contains itself is one function that calls itself."""
    source = source_of(structure_of(Forest))

    assert source.count("def structure_Node(value):") == 1
    assert source.count("structure_Node(") > 2
    assert source.count("def ") == 2


def test_a_class_used_many_times_is_not_written_many_times() -> None:
    """The source grows with the number of classes, not with the ways through them."""
    cl: Any = Inner
    for level in range(12):
        cl = attrs.make_class(f"Level{level}", {"left": attrs.field(type=cl), "right": attrs.field(type=cl)})
    source = source_of(structure_of(cl))
    value: Any = {"left": 1}
    for _ in range(12):
        value = {"left": value, "right": value}

    assert len(source) < 50_000
    assert CONVERTER.unstructure(CONVERTER.structure(value, cl)) == value


def test_deep_nesting_of_types() -> None:
    """A type that nests deeper than Python's blocks still works in both directions."""
    tp: Any = int
    value: Any = 5
    for _ in range(40):
        tp, value = list[tp], [value]
    cl: Any = attrs.make_class("Deep", {"x": attrs.field(type=tp)})

    assert CONVERTER.structure({"x": value}, cl).x == value
    assert CONVERTER.unstructure(cl(value)) == {"x": value}


# --- twins ---


@pytest.mark.parametrize(
    "cl",
    [
        RouterCompletionsResponseBody,
        RouterCompletionsUsage,
        Inner,
        Mutable,
        Dicted,
        FrozenDicted,
        KwOnly,
        Node,
        Private,
        Empty,
    ],
)
def test_simple_classes(cl: Any) -> None:
    """A class whose construction only stores its fields is filled without its constructor."""
    assert is_simple(cl)


@pytest.mark.parametrize(
    "cl", [CachedHash, Converted, Validated, PostInit, PreInit, OwnInit, OwnNew, Factories, Omitting, Shouting, OwnMeta]
)
def test_classes_that_are_not_simple(cl: Any) -> None:
    """A class whose construction does anything else goes through its constructor."""
    assert not is_simple(cl)


@pytest.mark.parametrize("cl", [RouterCompletionsResponseBody, RouterCompletionsUsage, Inner, Mutable, Node, Empty])
def test_twins(cl: Any) -> None:
    """A slotted simple class has a twin of the same layout that is not frozen."""
    twin = twin_of(cl)

    assert twin is not None
    instance = twin()
    for attribute in attrs.fields(cl):
        setattr(instance, attribute.name, 1)
    instance.__class__ = cl
    assert type(instance) is cl


@pytest.mark.parametrize("cl", [Dicted, FrozenDicted, Validated, OwnInit, Shouting, OwnMeta])
def test_no_twins(cl: Any) -> None:
    """A class with a `__dict__`, or with a constructor that matters, has no twin."""
    assert twin_of(cl) is None


def test_a_slotted_class_below_one_with_a_dict_has_no_twin() -> None:
    """A class that inherits a `__dict__` is constructed, with all its fields."""

    class Base:
        pass

    @attrs.define
    class Below(Base):
        x: int

    assert twin_of(Below) is None
    assert CONVERTER.structure({"x": 1}, Below) == Below(1)


def test_instances_are_whole() -> None:
    """What is filled through a twin hashes, compares, evolves and refuses changes like what is constructed."""
    filled = CONVERTER.structure({"left": 1, "right": "a"}, Inner)

    assert hash(filled) == hash(Inner(1.0, "a"))
    assert attrs.evolve(filled, left=2.0) == Inner(2.0, "a")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        filled.left = 3.0  # type: ignore[misc]
