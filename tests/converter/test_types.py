"""Types that are not supported, and types that wrap others."""

import abc
import datetime
import decimal
import enum
import importlib
import inspect
import json
import math
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal, NewType, TypeVar

import attrs
import cattrs
import pytest
from cattrs import override
from foreign_classes import Box, Data, Keys, Pair
from support import converter_for, problems, rejected, spelled, text
from typing_extensions import TypeAliasType
from user_classes import Inner, Level, Mutable

from router_schema import EncodeError, RouterConverter, configure_converter, json_schema


class Color(enum.Flag):
    RED = 1


class Half(enum.Enum):
    HALF = 0.5


T = TypeVar("T")


UNSUPPORTED: list[Any] = [
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
    Literal["low", Level.LOW],
    Pair,
    Keys,
    Data,
    Box[int],
    types.SimpleNamespace,
    T,
    typing.Callable[[], None],
    type[int],
    type,
]


@pytest.mark.parametrize("tp", UNSUPPORTED, ids=str)
@pytest.mark.parametrize(
    "wrap", [lambda tp: tp, lambda tp: list[tp], lambda tp: dict[str, tp]], ids=["bare", "list", "dict"]
)
def test_unsupported_types(tp: Any, wrap: Any, converter: RouterConverter) -> None:
    """An unsupported type is a TypeError that names class and field, before any data is read."""
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


def test_ambiguous_unions(converter: RouterConverter) -> None:
    """A union that JSON cannot tell apart is a TypeError that names class and field; ``rules/test_unions`` has more."""
    cl: Any = attrs.make_class("Odd", {"wrong": attrs.field(type=Inner | Mutable)})

    with pytest.raises(TypeError, match=r"^Odd\.wrong: Inner and Mutable cannot be told apart"):
        converter.get_loads_hook(cl)


def test_unsupported_types_deep_down(converter: RouterConverter) -> None:
    """The TypeError names the innermost class and field."""

    @attrs.frozen
    class Deep:
        wrong: set[str]

    @attrs.frozen
    class Outer:
        deep: dict[str, tuple[Deep | None, ...]]

    with pytest.raises(TypeError, match=r"Deep\.wrong: "):
        converter.get_loads_hook(Outer)


@pytest.mark.parametrize("wrap", [lambda tp: list[tp], lambda tp: dict[str, tp], lambda tp: tuple[tp, ...]])
def test_types_too_deep_for_the_stack(wrap: Any, converter: RouterConverter) -> None:
    """A type that nests too deeply for the stack is supported, but not here: its hook is a RecursionError."""
    tp: Any = int
    for _ in range(600):
        tp = wrap(tp)
    with pytest.raises(RecursionError):
        converter.get_loads_hook(tp)
    with pytest.raises(RecursionError):
        converter.dumps([], tp)


def test_annotations_that_cannot_be_resolved(converter: RouterConverter) -> None:
    """An annotation that names nothing is a TypeError that names the class."""
    cl: Any = attrs.make_class("Odd", {"wrong": attrs.field(type="Nowhere")})

    with pytest.raises(TypeError, match=r"Odd: cannot resolve its annotations.*Nowhere"):
        converter.get_loads_hook(cl)


def test_annotations_that_need_not_be_resolved(converter: RouterConverter) -> None:
    """An annotation of something other than a field may name nothing."""

    @attrs.frozen
    class Logged:
        x: int
        log: typing.ClassVar["Nowhere | None"] = None  # type: ignore[name-defined]  # noqa: F821

    assert converter.loads('{"x": 1}', Logged) == Logged(1)


def nullable(cl: type, fields: list[Any]) -> list[Any]:
    """A field transformer that accepts null everywhere."""
    return [field.evolve(type=field.type | None, default=None) for field in fields]


class Declares:
    """A parent that annotates what its attrs subclass defines."""

    x: str


def test_types_that_are_no_annotations(converter: RouterConverter) -> None:
    """The type that a field transformer or ``attrs.field`` set counts, and the class stays as it is."""

    @attrs.frozen(field_transformer=nullable)
    class Loose:
        x: int

    @attrs.frozen
    class Typed(Declares):
        x = attrs.field(type=int)

    assert converter.loads('{"x": null}', Loose) == Loose(None)  # type: ignore[arg-type]
    assert converter.loads('{"x": 1}', Typed) == Typed(1)
    assert problems(rejected(converter, {"x": "a"}, Typed)) == [("$.x", "type")]
    assert (attrs.fields(Loose).x.type, attrs.fields(Typed).x.type) == (int | None, int)


def counted(cl: type, fields: list[Any]) -> list[Any]:
    """A field transformer that makes *count* an integer."""
    return [field.evolve(type=int) if field.name == "count" else field for field in fields]


def test_a_transformed_type_beside_text(converter: RouterConverter) -> None:
    """The type that a field transformer set counts, also if the annotation of another field has to be resolved."""

    @attrs.frozen(field_transformer=counted)
    class Mixed:
        count: str
        name: "str"

    assert converter.loads('{"count": 1, "name": "a"}', Mixed) == Mixed(1, "a")  # type: ignore[arg-type]
    assert problems(rejected(converter, {"count": "1", "name": "a"}, Mixed)) == [("$.count", "type")]


@attrs.frozen
class Quoted:
    """A class with text in annotations."""

    nested: "list['Quoted']"
    either: Annotated["dict[str, Quoted] | None", "a note"] = None
    word: Literal["Nowhere"] = "Nowhere"


def test_text_inside_annotations_is_resolved(converter: RouterConverter) -> None:
    """Quotes may stand anywhere in an annotation; the words of a Literal are no names."""
    value = {"nested": [{"nested": [], "word": "Nowhere"}], "either": {"a": {"nested": [], "word": "Nowhere"}}}
    inner = Quoted([])

    assert converter.structure(value, Quoted) == Quoted([inner], {"a": inner})


def test_impossible_overrides(converter: RouterConverter) -> None:
    """An override that contradicts its field is a TypeError that names class and field."""

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


# --- types that JSON does not have ---

#: Types whose hooks in cattrs coerce, a JSON value that these accept, and what the user's own hook makes of it.
FOREIGN: list[tuple[Any, Any, Any]] = [
    (bytes, "ab", b"ab"),
    (datetime.datetime, "2025-01-01T00:00:00", datetime.datetime(2025, 1, 1)),
    (datetime.date, "2025-01-01", datetime.date(2025, 1, 1)),
]
HOOKS: dict[Any, tuple[Any, Any]] = {
    bytes: (lambda value, _: value.encode(), lambda value: value.decode()),
    datetime.datetime: (lambda value, _: datetime.datetime.fromisoformat(value), datetime.datetime.isoformat),
    datetime.date: (lambda value, _: datetime.date.fromisoformat(value), datetime.date.isoformat),
}


def configured(module: str) -> cattrs.Converter:
    """A converter that cattrs preconfigured for a JSON library, made strict."""
    converter: cattrs.Converter = importlib.import_module(f"cattrs.preconf.{module}").make_converter()
    configure_converter(converter)
    return converter


@pytest.mark.parametrize(("tp", "value", "_"), FOREIGN, ids=lambda _: "")
@pytest.mark.parametrize("wrap", [lambda tp: tp, lambda tp: tp | None, lambda tp: list[tp], lambda tp: dict[str, tp]])
def test_types_that_json_does_not_have(tp: Any, value: Any, _: Any, wrap: Any, converter: RouterConverter) -> None:
    """A field of bytes or dates is a TypeError when the hook is built, whatever cattrs' preconf modules do with it."""
    cl: Any = attrs.make_class("Odd", {"wrong": attrs.field(type=wrap(tp))})
    for mine in (converter, configured("json"), configured("ujson")):
        for call in (lambda: mine.structure({"wrong": value}, cl), lambda: mine.unstructure(object.__new__(cl))):  # noqa: B023
            with pytest.raises(TypeError, match=r"^Odd\.wrong: .* not supported"):
                call()
    with pytest.raises(TypeError, match=r"^Odd\.wrong: .* not supported"):
        converter.get_loads_hook(cl)


@pytest.mark.parametrize(("tp", "value", "expected"), FOREIGN, ids=lambda _: "")
def test_types_that_json_does_not_have_with_hooks(tp: Any, value: Any, expected: Any, engine: str) -> None:
    """Hooks of the user's make them supported, also on a converter of cattrs' that was made strict."""
    cl: Any = attrs.make_class("Holder", {"x": attrs.field(type=tp)})
    converter = converter_for(engine)
    for mine in (converter, configured("json")):
        mine.register_structure_hook(tp, HOOKS[tp][0])
        mine.register_unstructure_hook(tp, HOOKS[tp][1])

        assert mine.structure({"x": value}, cl) == cl(expected)
        assert mine.unstructure(cl(expected)) == {"x": value}
    assert converter.loads(converter.dumps(cl(expected)), cl) == cl(expected)


# --- classes that cannot be built ---


def verbs_fail(converter: RouterConverter, cl: Any, message: str) -> None:
    """Hold all verbs to a TypeError with *message* for a class, before any data is read."""
    holder: Any = attrs.make_class("Holder", {"x": attrs.field(type=cl)})
    for call in (
        lambda: converter.get_loads_hook(cl),
        lambda: converter.loads("not even JSON", cl),
        lambda: converter.structure(None, cl),
        lambda: converter.dumps(object.__new__(cl) if not inspect.isabstract(cl) else None, cl),
        lambda: converter.unstructure(None, cl),
        lambda: converter.loads("{}", holder),
        lambda: converter.dumps(object.__new__(holder)),
    ):
        with pytest.raises(TypeError, match=message) as caught:
            call()

        assert not isinstance(caught.value, ValueError)


def test_abstract_classes(converter: RouterConverter) -> None:
    """An abstract attrs class is a TypeError when the hook is built; a concrete subclass is supported."""

    @attrs.frozen
    class Shape(abc.ABC):
        sides: int

        @abc.abstractmethod
        def area(self) -> float: ...

    @attrs.frozen
    class Square(Shape):
        def area(self) -> float:
            return 1.0

    verbs_fail(converter, Shape, "Shape.* abstract")
    assert converter.loads('{"sides": 4}', Square) == Square(4)
    assert converter.dumps(Square(4)) == '{"sides":4}'


def test_subclasses_that_are_not_decorated(converter: RouterConverter) -> None:
    """A subclass of an attrs class that isn't decorated raises a TypeError that says to decorate it."""

    class Forgotten(Inner):
        more: int = 0

    @attrs.frozen
    class Decorated(Inner):
        more: int = 0

    verbs_fail(converter, Forgotten, "Forgotten.*decorate")
    assert converter.loads('{"left": 1, "more": 2}', Decorated) == Decorated(1.0, None, 2)
    assert converter.dumps(Decorated(1.0, None, 2)) == '{"left":1,"more":2}'


def test_annotations_that_fail(converter: RouterConverter) -> None:
    """Annotations that can't be resolved are a TypeError that says why."""
    for annotation, reason in (("Missing", "name 'Missing'"), ("1/0", "division by zero"), ("int.Nope", "Nope")):
        failing: Any = attrs.make_class("Failing", {"x": attrs.field(type=annotation)})
        with pytest.raises(TypeError, match=f"^Failing: cannot resolve its annotations .*{reason}"):
            converter.get_loads_hook(failing)


def test_names_that_contain_themselves(converter: RouterConverter) -> None:
    """A type that contains itself other than through an attrs class is a TypeError; through one, it is supported."""
    endless: Any = NewType("Endless", list)  # type: ignore[type-arg]
    endless.__supertype__ = list[endless] | None  # like ``type Endless = list[Endless] | None`` from Python 3.12 on
    maybe: Any = NewType("Maybe", int)
    node: Any = attrs.make_class("Node", {"next": attrs.field(type=maybe), "items": attrs.field(type=list[maybe])})
    maybe.__supertype__ = node | None
    holder: Any = attrs.make_class("Holder", {"x": attrs.field(type=endless)})
    value = node(node(None, [None]), [])

    for cl, where in ((endless, "^"), (holder, r"^Holder\.x: ")):
        for call in (
            lambda cl: converter.get_loads_hook(cl),
            lambda cl: converter.loads("not even JSON", cl),
            lambda cl: converter.structure(None, cl),
            lambda cl: converter.dumps(None, cl),
            lambda cl: converter.unstructure(None, cl),
        ):
            with pytest.raises(TypeError, match=rf"{where}.*Endless is not supported: it contains itself"):
                call(cl)
    for cl in (node, maybe):
        assert converter.loads('{"next":{"next":null,"items":[null]},"items":[]}', cl) == value
        assert converter.loads(converter.dumps(value, cl), cl) == value


def test_defaults_that_cannot_be_printed(converter: RouterConverter) -> None:
    """A default may be an integer of more digits than CPython prints."""
    cl: Any = attrs.make_class("Huge", {"x": attrs.field(type=int, default=10**5000)})

    assert converter.loads('{"x": 1}', cl) == cl(1)
    assert converter.loads("{}", cl) == cl()


# --- wrappers ---


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
    assert problems(rejected(converter, {"name": 1, "count": 1.0, "real": "2", "maybe": 1, "many": [1]}, Wrapped)) == [
        ("$.name", "type"),
        ("$.count", "type"),
        ("$.real", "type"),
        ("$.maybe", "type"),
        ("$.many[0]", "type"),
    ]


def test_type_aliases(converter: RouterConverter) -> None:
    """The name of a type statement means the type it stands for."""
    names = TypeAliasType("names", list[str])  # what ``type names = list[str]`` makes from Python 3.12 on
    cl: Any = attrs.make_class("Aliased", {"names": attrs.field(type=names)})

    assert converter.loads('{"names":["a"]}', cl).names == ["a"]
    assert converter.dumps(cl(["a"])) == '{"names":["a"]}'
    assert problems(rejected(converter, {"names": [1]}, cl)) == [("$.names[0]", "type")]


@pytest.mark.parametrize("cl", [Keys, Data])
def test_other_kinds_of_classes_have_advice(cl: Any, converter: RouterConverter) -> None:
    """The error of a dataclass or a typed dictionary says what to declare instead."""
    with pytest.raises(TypeError, match=r" is not supported: declare an attrs class, or register a hook for it$"):
        converter.get_loads_hook(cl)


_T = typing.TypeVar("_T")


@attrs.frozen
class Crate(typing.Generic[_T]):
    item: _T


@attrs.frozen
class Labels(Crate[str]):
    pass


@pytest.mark.parametrize(
    ("tp", "message"),
    [
        (Crate[int], r"Crate\[int\] is not supported: register a hook for it by register_structure_hook_func"),
        (Labels, r"Labels\.item: ~_T is not supported: it is a type variable of a generic class"),
        (
            TypeAliasType("Many", list[_T], type_params=(_T,))[int],
            r"Holder\.x: \S*Many\[int\] is not supported: it is a ",
        ),
        (Annotated[int, {"unit": "s"}], r"Holder\.x: .* is not supported: .*unhashable type: 'dict'"),
    ],
    ids=str,
)
def test_generic_and_unhashable_types_have_advice(tp: Any, message: str, converter: RouterConverter) -> None:
    """The error of a generic class, of one that derives from it, or of an unhashable annotation names the reason."""
    cl: Any = tp if tp is Labels else attrs.make_class("Holder", {"x": attrs.field(type=tp)})
    with pytest.raises(TypeError, match=message):
        converter.get_loads_hook(cl)


@pytest.mark.parametrize("tp", [set[str], tuple[int, str], dict[int, int], typing.Sequence[int]], ids=str)
def test_types_with_arguments_have_advice(tp: Any, engine: str) -> None:
    """The error names the method by which cattrs registers a hook for such a type; with that hook, the type works."""
    converter = converter_for(engine)
    holder: Any = attrs.make_class("Holder", {"x": attrs.field(type=tp)})
    with pytest.raises(TypeError, match=r"is not supported: register a hook for it by register_structure_hook_func$"):
        converter.get_loads_hook(holder)
    with pytest.raises(TypeError, match=r"is not supported: register a hook for it by register_unstructure_hook_func$"):
        converter.dumps(holder(None))

    converter.register_structure_hook_func(lambda cl: cl == tp, lambda value, _: tuple(value))
    converter.register_unstructure_hook_func(lambda cl: cl == tp, list)
    assert converter.dumps(converter.loads('{"x":["a"]}', holder)) == '{"x":["a"]}'


@pytest.mark.parametrize(
    "tp", [type(None), NewType("Nothing", type(None)), NewType("Bare", None), TypeAliasType("Null", None)], ids=str
)
def test_none_is_a_type(tp: Any, converter: RouterConverter) -> None:
    """None, under any name, accepts null alone, in each place that a type may have."""
    holder: Any = attrs.make_class("Holder", {"y": attrs.field(type=list[tp]), "x": attrs.field(type=tp, default=None)})
    instance = holder([None, None])

    assert converter.loads('{"x":null,"y":[null,null]}', holder) == instance
    assert converter.dumps(instance) == '{"y":[null,null]}'
    error = rejected(converter, {"x": 0, "y": [False]}, holder)
    assert problems(error) == [("$.y[0]", "type"), ("$.x", "type")]
    assert error.errors[1].message == "expected null, got integer"
    assert converter.loads("[null]", list[None]) == [None]
    assert converter.unstructure(None) is None
    assert converter.dumps(None) == "null"
    with pytest.raises(EncodeError, match=r"\$\.x: expected None, got str"):
        converter.dumps(holder([], "a"))
    assert json_schema(holder, converter=converter)["$defs"]["Holder"]["properties"]["x"] == {
        "type": "null",
        "const": None,
        "default": None,
    }


@pytest.mark.parametrize(
    ("tp", "value"),
    [
        *((bytes, 3), (set[str], "x"), (tuple[int, str], ["1", 2]), (dict[int, int], {"1": 1})),
        *((datetime.date, "2020-01-01"), (Data, {"x": 1}), (typing.Sequence[int], [1])),
    ],
    ids=str,
)
def test_structure_supports_the_types_of_loads(tp: Any, value: Any, converter: RouterConverter) -> None:
    """What cattrs would coerce is not supported at the top either, whatever the verb."""
    for call in (converter.structure, lambda value, tp: converter.loads(json.dumps(value), tp)):
        with pytest.raises(TypeError, match="not supported"):
            call(value, tp)


@pytest.mark.parametrize(
    ("value", "tp"),
    [(math.nan, float), ("\ud800", str), (True, float), (1, str), (math.nan, Any), (object(), Any), (math.nan, None)],
)
def test_unstructure_is_as_strict_as_dumps(value: Any, tp: Any, converter: RouterConverter) -> None:
    """A value that JSON does not have, or of another type than the one named, is rejected by both."""
    for call in (converter.unstructure, converter.dumps):
        with pytest.raises(EncodeError):
            call(value, tp)
