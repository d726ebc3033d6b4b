"""The seam with cattrs: which hook takes effect, depending on where and when it was registered."""

import abc
import datetime
import decimal
import functools
import gc
import json
import types
import typing
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Union

import attrs
import cattrs
import pytest
from cattrs import override
from cattrs.cols import mapping_structure_factory, namedtuple_dict_structure_factory
from cattrs.fns import identity
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, typeddicts
from cattrs.strategies import configure_tagged_union, include_subclasses, use_class_methods
from foreign_classes import Box, Data, Keys, Pair
from support import converter_for, problems, rejected, text
from user_classes import Inner, Mutable, Plain

from router_schema import RouterConverter, _registered, configure_converter, make_converter


@pytest.mark.parametrize("register", ["hook", "func", "factory", "decorator"])
def test_user_hooks_after_first_use(register: str, engine: str) -> None:
    """A hook registered after its class was used counts from then on, for all four verbs."""

    @attrs.frozen
    class Holder:
        inner: Inner

    converter = converter_for(engine)
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


@pytest.mark.parametrize("tp", [decimal.Decimal | None, int | None, Inner | None], ids=str)
def test_user_hooks_for_an_optional(tp: Any, engine: str) -> None:
    """A hook for `X | None` handles the whole type, null included."""
    holder: Any = attrs.make_class("Holder", {"value": attrs.field(type=tp)})
    converter = converter_for(engine)
    converter.register_structure_hook(tp, lambda value, _: ["hooked", value])

    assert converter.loads('{"value":null}', holder).value == ["hooked", None]
    assert converter.structure({"value": 1}, holder).value == ["hooked", 1]


def test_user_hooks_for_a_generic_class(engine: str) -> None:
    """A generic attrs class works with a registered hook."""
    holder: Any = attrs.make_class("Holder", {"box": attrs.field(type=Box[int])})
    mine = converter_for(engine)
    mine.register_structure_hook_func(lambda cl: cl == Box[int], lambda value, _: Box(value))

    assert mine.loads('{"box":1}', holder).box == Box(1)


def test_user_hooks_for_a_scalar(engine: str) -> None:
    """A hook for a scalar type counts in every class, also in those used before."""
    converter = converter_for(engine)
    assert converter.loads('{"left":1,"right":"a"}', Inner).right == "a"
    converter.register_structure_hook(str, lambda value, _: value.upper())

    assert converter.loads('{"left":1,"right":"a"}', Inner).right == "A"
    assert converter.structure({"left": 1, "right": "a"}, Inner).right == "A"
    assert problems(rejected(converter, {"left": 1, "right": 5}, Inner)) == [("$.right", "value")]


class Color(str, Enum):
    RED = "red"


class Size(IntEnum):
    SMALL = 1


@pytest.mark.parametrize(("parent", "cl", "member"), [(str, Color, Color.RED), (int, Size, Size.SMALL)])
def test_a_hook_of_a_scalar_is_none_of_its_enums(parent: Any, cl: Any, member: Any, engine: str) -> None:
    """A hook of ``str`` or ``int`` leaves enums that derive from it alone; a hook of the enum itself counts."""
    holder: Any = attrs.make_class("Holder", {"value": attrs.field(type=cl)})
    converter = converter_for(engine)
    converter.register_structure_hook(parent, lambda value, _: value * 2)
    converter.register_unstructure_hook(parent, lambda value: value * 3)
    loaded = converter.loads(text({"value": member.value}), holder)

    assert loaded.value is member
    assert json.loads(converter.dumps(loaded)) == {"value": member.value}
    assert problems(rejected(converter, {"value": member.value * 2}, holder)) == [("$.value", "value")]

    converter.register_structure_hook(cl, lambda value, _: member)
    converter.register_unstructure_hook(cl, lambda value: "written")

    assert converter.loads('{"value":"other"}', holder) == loaded
    assert converter.dumps(loaded) == '{"value":"written"}'


class Labelled:
    """A parent of enums."""


class Shape(Labelled, Enum):
    ROUND = "round"


def test_a_hook_of_another_parent_counts_for_enums(engine: str) -> None:
    """A hook of a class that an enum derives from handles the enum, as in cattrs."""
    holder: Any = attrs.make_class("Holder", {"value": attrs.field(type=Shape)})
    converter = converter_for(engine)
    converter.register_structure_hook(Labelled, lambda value, _: Shape.ROUND)

    assert converter.loads('{"value":"other"}', holder).value is Shape.ROUND


@pytest.mark.parametrize("tp", [Union[Inner, Plain], list[Inner], dict[str, Inner]])  # noqa: UP007
def test_errors_name_the_whole_type_of_a_hook(tp: Any, engine: str) -> None:
    """An error names a type with arguments as Python writes it."""
    holder: Any = attrs.make_class("Holder", {"value": attrs.field(type=tp)})
    converter = converter_for(engine)
    if typing.get_origin(tp) is Union:
        converter.register_structure_hook(tp, lambda value, _: value)
    else:
        converter.register_structure_hook_func(lambda cl: cl == tp, lambda value, _: value)

    assert rejected(converter, {}, holder).errors[0].expected == str(tp)


@pytest.mark.parametrize(("tp", "name"), [(int, "int"), (list[int], "list[int]")])
def test_errors_do_not_show_annotations(tp: Any, name: str, converter: RouterConverter) -> None:
    """An error names the type of a hook in an annotation, and not the annotation, which may hold an address."""
    annotated = Annotated[tp, override(struct_hook=lambda value, _: value)]
    holder: Any = attrs.make_class("Holder", {"value": attrs.field(type=annotated)})

    assert rejected(converter, {}, holder).errors[0].expected == name


def test_hooks_in_annotations(converter: RouterConverter) -> None:
    """Hooks that `override` puts in an annotation are called."""

    @attrs.frozen
    class Odd:
        name: Annotated[
            str, override(struct_hook=lambda value, _: value[::-1], unstruct_hook=lambda value: value[::-1])
        ]

    assert converter.loads('{"name":"abc"}', Odd) == Odd("cba")
    assert converter.dumps(Odd("cba")) == '{"name":"abc"}'


# --- hooks that cattrs makes ---


@pytest.mark.parametrize("tp", [Data, Keys, Pair], ids=lambda tp: tp.__name__)
def test_hooks_that_cattrs_generates(tp: Any, engine: str) -> None:
    """A hook that cattrs generates is used where the user registered it, and only there."""
    holder: Any = attrs.make_class("Holder", {"data": attrs.field(type=tp)})
    converter = converter_for(engine)
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
    assert problems(rejected(converter, {"data": {}}, holder)) == [("$.data", "value")]


def test_tagged_unions(engine: str) -> None:
    """Cattrs' strategy for tagged unions works on the converter."""
    converter = converter_for(engine)
    configure_tagged_union(Inner | Mutable, converter, tag_name="kind")  # type: ignore[arg-type]

    @attrs.frozen
    class Holder:
        item: Inner | Mutable

    instance = converter.loads('{"item":{"kind":"Mutable","name":"a"}}', Holder)

    assert instance == Holder(Mutable("a"))
    assert converter.loads(converter.dumps(instance), Holder) == instance
    assert problems(rejected(converter, {"item": {"kind": "Inner", "left": "x"}}, Holder)) == [("$.item.left", "type")]
    assert problems(rejected(converter, {"item": {"kind": "Nobody"}}, Holder)) == [("$.item", "value")]


@attrs.frozen
class Parent:
    """A class with subclasses, of which a strategy makes a union."""

    name: str


@attrs.frozen
class Child(Parent):
    """One of them."""

    age: int


def test_subclasses_included_by_a_strategy(engine: str) -> None:
    """Cattrs' strategy for subclasses works on the converter."""
    converter = converter_for(engine)
    include_subclasses(Parent, converter, (Child,), union_strategy=configure_tagged_union)
    holder: Any = attrs.make_class("Holder", {"item": attrs.field(type=Parent)})
    instance = converter.loads('{"item":{"_type":"Child","name":"a","age":5}}', holder)

    assert instance == holder(Child("a", 5))
    assert converter.loads(converter.dumps(instance), holder) == instance
    assert problems(rejected(converter, {"item": {"_type": "Child", "name": "a", "age": "5"}}, holder)) == [
        ("$.item.age", "type")
    ]


@attrs.frozen
class Abstract(abc.ABC):
    """A class without instances of its own."""

    name: str

    @abc.abstractmethod
    def kind(self) -> str: ...


@attrs.frozen
class Dog(Abstract):
    """One that has instances."""

    barks: bool

    def kind(self) -> str:
        return "dog"


@attrs.frozen
class Cat(Abstract):
    """Another."""

    lives: int

    def kind(self) -> str:
        return "cat"


@pytest.mark.parametrize("options", [{}, {"union_strategy": configure_tagged_union}], ids=["keys", "tag"])
def test_subclasses_of_an_abstract_class(options: dict[str, Any], engine: str) -> None:
    """The strategy for subclasses works where their parent is abstract, which is unsupported without it."""
    with pytest.raises(TypeError, match=r"^Abstract is abstract: it has no instances$"):
        converter_for(engine).get_loads_hook(Abstract)

    mine = cattrs.Converter()
    configure_converter(mine)
    with pytest.raises(TypeError, match=r"^Abstract is abstract: it has no instances$"):
        mine.structure({"name": "Rex"}, Abstract)
    holder: Any = attrs.make_class("Holder", {"pets": attrs.field(type=list[Abstract])})
    pets = holder([Dog("Rex", True), Cat("Tom", 9)])
    for converter in (converter_for(engine), mine):
        include_subclasses(Abstract, converter, **options)

        assert converter.structure(converter.unstructure(pets), holder) == pets


def test_class_methods_as_hooks(engine: str) -> None:
    """Cattrs' strategy for class methods works on the converter."""

    class Point:
        def __init__(self, x: float) -> None:
            self.x = x

        @classmethod
        def from_json(cls, value: Any) -> "Point":
            return cls(value[0])

        def to_json(self) -> Any:
            return [self.x]

    converter = converter_for(engine)
    use_class_methods(converter, "from_json", "to_json")
    holder: Any = attrs.make_class("Holder", {"point": attrs.field(type=Point)})
    instance = converter.loads('{"point":[1.5]}', holder)

    assert instance.point.x == 1.5
    assert converter.dumps(instance) == '{"point":[1.5]}'
    assert problems(rejected(converter, {"point": []}, holder)) == [("$.point", "value")]


# --- hooks that look like the library's or like cattrs' own ---


@pytest.mark.parametrize("tp", [Inner, Plain, list[int], str | None], ids=str)
def test_a_hook_that_wraps_a_strict_one(tp: Any, engine: str) -> None:
    """A hook made with `functools.wraps` of a strict hook is called, in both directions."""
    converter = converter_for(engine)
    read, write = converter.get_structure_hook(tp), converter.get_unstructure_hook(tp)
    calls: list[str] = []

    @functools.wraps(read)
    def reading(value: Any, cl: Any) -> Any:
        calls.append("read")
        return read(value, cl)

    @functools.wraps(write)
    def writing(value: Any) -> Any:
        calls.append("write")
        return write(value)

    if isinstance(tp, type) and not isinstance(tp, types.GenericAlias):
        converter.register_structure_hook(tp, reading)
        converter.register_unstructure_hook(tp, writing)
    else:
        converter.register_structure_hook_func(lambda cl: cl == tp, reading)
        converter.register_unstructure_hook_func(lambda cl: cl == tp, writing)
    holder: Any = attrs.make_class("Holder", {"x": attrs.field(type=tp)})
    value = {Inner: {"left": 1}, Plain: "a", list[int]: [1], str | None: None}[tp]

    instance = converter.loads(text({"x": value}), holder)
    assert "read" in calls
    assert "write" not in calls
    assert json.loads(converter.dumps(instance)) == {"x": value}
    assert "write" in calls


class Tags(frozenset[str]):
    """A set of words, in no order; cattrs has no hook for it."""


@pytest.mark.parametrize("write", [list, tuple, sorted], ids=lambda write: write.__name__)
def test_a_builtin_as_a_hook(write: Any, engine: str) -> None:
    """A builtin that the user registered as a hook is called, though cattrs registers such ones as well."""
    converter = converter_for(engine)
    converter.register_structure_hook(Tags, lambda value, _: Tags(value))
    converter.register_unstructure_hook(Tags, write)
    holder: Any = attrs.make_class("Holder", {"tags": attrs.field(type=Tags)})

    assert converter.dumps(holder(Tags(["a"]))) == '{"tags":["a"]}'
    assert converter.unstructure(holder(Tags(["a"]))) == {"tags": ["a"]}
    assert converter.loads('{"tags":["a","a"]}', holder) == holder(Tags(["a"]))


@pytest.mark.parametrize("make_other", [cattrs.Converter, make_converter], ids=["cattrs", "strict"])
def test_a_method_of_another_converter_as_a_hook(make_other: Any, engine: str) -> None:
    """A bound method of another converter is a hook like any other."""
    other, converter = make_other(), converter_for(engine)
    other.register_structure_hook(Data, lambda value, _: Data(value["left"] * 100))
    other.register_unstructure_hook(Data, lambda data: {"left": data.left / 100})
    converter.register_structure_hook(Data, other.structure)
    converter.register_unstructure_hook(Data, other.unstructure)
    holder: Any = attrs.make_class("Holder", {"data": attrs.field(type=Data)})

    assert converter.loads('{"data":{"left":1}}', holder) == holder(Data(100))
    assert converter.dumps(holder(Data(100))) == '{"data":{"left":1}}'


def test_a_hook_that_wraps_a_scalar_hook(engine: str) -> None:
    """A hook may call the converter's hook of a scalar: for a good value, it runs once."""
    converter = converter_for(engine)
    base = converter.get_structure_hook(float)
    calls: list[Any] = []

    def read(value: Any, _: Any) -> Inner:
        calls.append(value)
        return Inner(base(value, float))

    @attrs.frozen
    class Holder:
        inner: Inner

    converter.register_structure_hook(Inner, read)

    assert converter.loads('{"inner": 5}', Holder) == Holder(Inner(5.0))
    assert calls == [5]
    assert problems(rejected(converter, {"inner": "5"}, Holder)) == [("$.inner", "type")]


def test_a_hook_is_called_as_often_as_you_like(engine: str) -> None:
    """A hook compiles its type when it is first called, and gives equal results from then on."""
    converter = converter_for(engine)
    read, write = converter.get_structure_hook(list[Inner]), converter.get_unstructure_hook(list[Inner])

    for _ in range(3):
        assert read([{"left": 1}], list[Inner]) == [Inner(1.0)]
        assert write([Inner(1.0)]) == [{"left": 1.0}]
        assert converter.structure([{"left": 1}], list[Inner]) == [Inner(1.0)]


def test_a_strict_hook_of_another_converter_as_a_hook(engine: str) -> None:
    """A strict hook of another converter keeps that converter's options."""
    forbidding, converter = converter_for(engine, forbid_extra_keys=True), converter_for(engine)
    converter.register_structure_hook(Inner, forbidding.get_structure_hook(Inner))
    holder: Any = attrs.make_class("Holder", {"inner": attrs.field(type=Inner)})

    assert converter.loads('{"inner":{"left":1},"more":1}', holder) == holder(Inner(1.0))
    assert problems(rejected(converter, {"inner": {"left": 1, "more": 1}}, holder)) == [("$.inner.more", "extra")]


def test_a_hook_that_cattrs_would_use_too(engine: str) -> None:
    """A registered hook counts even if it is the very function that cattrs has: for a path, or a typed dictionary."""
    converter = converter_for(engine)
    holder: Any = attrs.make_class("Holder", {"path": attrs.field(type=Path), "keys": attrs.field(type=Keys)})
    instance = holder(Path("a"), {"left": 1})
    with pytest.raises(TypeError, match=r"^Holder\.path: Path is not supported: register a hook for it"):
        converter.dumps(instance)

    converter.register_unstructure_hook(Path, str)
    with pytest.raises(TypeError, match=r"^Holder\.keys: Keys is not supported: .* or register a hook for it"):
        converter.dumps(instance)

    converter.register_unstructure_hook(Keys, typeddicts.make_dict_unstructure_fn(Keys, converter))
    assert converter.dumps(instance) == converter.copy().dumps(instance) == '{"path":"a","keys":{"left":1}}'


def test_paths_that_cattrs_unstructures() -> None:
    """A configured converter still unstructures a path itself, in a list too."""
    mine = cattrs.Converter()
    configure_converter(mine)

    assert mine.unstructure(Path("a")) == "a"
    assert mine.unstructure([Path("a")]) == ["a"]


class Price(decimal.Decimal):
    """A class that derives from one with a hook."""


def test_the_hook_of_a_parent(engine: str) -> None:
    """The hooks of a class are used for the classes that derive from it, and get the type of the field."""
    converter = converter_for(engine)
    converter.register_structure_hook(decimal.Decimal, lambda value, cl: cl(value))
    converter.register_unstructure_hook(decimal.Decimal, str)
    holder: Any = attrs.make_class("Holder", {"price": attrs.field(type=Price)})
    instance = converter.loads('{"price":"0.25"}', holder)

    assert type(instance.price) is Price
    assert converter.dumps(instance) == '{"price":"0.25"}'


def test_the_hook_of_dates_is_not_used_for_datetimes(engine: str) -> None:
    """A hook for ``date`` would drop the time of a ``datetime``, which needs a hook of its own."""
    converter = converter_for(engine)
    converter.register_structure_hook(datetime.date, lambda value, _: datetime.date.fromisoformat(value))
    converter.register_unstructure_hook(datetime.date, datetime.date.isoformat)
    day: Any = attrs.make_class("Day", {"at": attrs.field(type=datetime.date)})
    moment: Any = attrs.make_class("Moment", {"at": attrs.field(type=datetime.datetime)})

    assert converter.dumps(converter.loads('{"at":"2025-01-02"}', day)) == '{"at":"2025-01-02"}'
    for call in (
        lambda: converter.loads('{"at":"2025-01-02"}', moment),
        lambda: converter.dumps(moment(datetime.datetime(2025, 1, 2, 13, 45))),
    ):
        with pytest.raises(TypeError, match=r"^Moment\.at: datetime is not supported: register a hook for it"):
            call()


@attrs.frozen
class Leaf:
    """What `Stem` and `Tree` hold."""

    size: int = 1


@attrs.frozen
class Stem:
    """The class whose hook comes from another converter."""

    leaf: Leaf


@attrs.frozen
class Tree:
    """Holds `Leaf` by the rule of its own converter and, inside `Stem`, by that of another."""

    first: Leaf
    second: Leaf
    stem: Stem


def test_two_rules_of_one_class(engine: str) -> None:
    """A class may follow its own converter's options in one place, and those of another converter in another."""
    converter = converter_for(engine)
    other = converter_for(engine, forbid_extra_keys=True, omit_if_default=True)
    converter.register_structure_hook(Stem, other.get_structure_hook(Stem))
    converter.register_unstructure_hook(Stem, other.get_unstructure_hook(Stem))
    leaf = {"size": 1, "more": 2}

    assert problems(rejected(converter, {"first": leaf, "second": leaf, "stem": {"leaf": leaf}}, Tree)) == [
        ("$.stem.leaf.more", "extra")
    ]
    assert json.loads(converter.dumps(Tree(Leaf(), Leaf(), Stem(Leaf())))) == {
        "first": {"size": 1},
        "second": {"size": 1},
        "stem": {"leaf": {}},
    }


def test_a_factory_that_makes_converters(engine: str) -> None:
    """A hook factory may make converters of its own: each follows its own options, however short its life."""

    class Odd:
        """A type that only the factory knows."""

    class Even:
        """Another."""

    @attrs.frozen
    class Both:
        odd: Odd
        even: Even

    def make_hook(cl: Any) -> Any:
        gc.collect()  # so that a new converter may have the address of the one before
        return make_converter(forbid_extra_keys=cl is Odd).get_structure_hook(Inner)

    for _ in range(5):
        converter = converter_for(engine)
        converter.register_structure_hook_factory(lambda cl: cl in (Odd, Even), make_hook)
        value = {"odd": {"left": 1}, "even": {"left": 1, "more": 1}}

        assert converter.loads(text(value), Both) == converter.structure(value, Both) == Both(Inner(1.0), Inner(1.0))  # type: ignore[arg-type]


def test_identity_is_no_hook_of_a_datetime(engine: str) -> None:
    """Some of cattrs' preconf modules register ``identity`` for dates. It does not count: JSON has none."""
    converter = converter_for(engine)
    converter.register_unstructure_hook(datetime.datetime, identity)
    with pytest.raises(TypeError, match=r"^datetime is not supported: register a hook for it"):
        converter.dumps(datetime.datetime(2025, 1, 2), datetime.datetime)


@attrs.frozen
class Ambiguous:
    """A class that is not supported, which is known once its fields are."""

    either: "Tagged | AlsoTagged"
    keys: set


@attrs.frozen
class Tagged:
    kind: typing.Literal["a"]


@attrs.frozen
class AlsoTagged:
    kind: typing.Literal["a"]


def test_a_factory_that_tries_another_type(engine: str) -> None:
    """A hook factory may ask for the hook of a type that is not supported, and catch the error."""
    converter, tried = converter_for(engine), []

    def make(cl: Any, converter: Any) -> Any:
        try:
            converter.get_structure_hook(Ambiguous)
        except TypeError as error:
            tried.append(str(error))
        return lambda value, _: decimal.Decimal(value)

    converter.register_structure_hook_factory(lambda cl: cl is decimal.Decimal, make)
    holder: Any = attrs.make_class("Holder", {"price": attrs.field(type=decimal.Decimal)})

    for cl, data, expected in (
        (holder, '{"price":1}', holder(decimal.Decimal(1))),
        (list[holder], '[{"price":1}]', [holder(decimal.Decimal(1))]),
        (list[decimal.Decimal], "[1]", [decimal.Decimal(1)]),
    ):
        assert converter.loads(data, cl) == expected
    assert set(tried) == {"Ambiguous.keys: set is not supported: register a hook for it on the converter"}


def test_a_converter_without_a_hash() -> None:
    """A converter whose class defines equality, and so has no hash, can be configured."""

    class Comparable(cattrs.Converter):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, Comparable)

    mine = Comparable()
    configure_converter(mine)

    assert mine.structure({"left": 1}, Inner) == Inner(1.0)


def test_a_full_stack_is_no_answer(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the stack is too full to ask cattrs for its own hook, the error is raised; no hook is taken for a user's."""

    class Full:
        def get_structure_hook(self, *_: object, **__: object) -> None:
            raise RecursionError

    @attrs.frozen
    class File:
        path: "Path"

    converter = make_converter(engine=engine)
    converter.register_structure_hook(Path, lambda value, _: Path(value))
    with monkeypatch.context() as patch:
        patch.setattr(attrs, "resolve_types", Full().get_structure_hook)
        with pytest.raises(RecursionError):
            converter.get_loads_hook(File)
    with monkeypatch.context() as patch:
        patch.setattr(_registered, "FRESH", Full())
        with pytest.raises(RecursionError):
            converter.get_loads_hook(File)

    assert converter.loads('{"path": "a"}', File) == File(Path("a"))


@attrs.frozen
class Named:
    """A class whose JSON has other names."""

    first_name: str
    age: int = 0


def camel(name: str) -> str:
    """``first_name`` as ``firstName``."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def structure_camel(cl: Any, converter: Any) -> Any:
    """Cattrs' own hook for a class, under other names."""
    return make_dict_structure_fn(cl, converter, **{f.name: override(rename=camel(f.name)) for f in attrs.fields(cl)})


def unstructure_camel(cl: Any, converter: Any) -> Any:
    """The same for the way back."""
    return make_dict_unstructure_fn(cl, converter, **{f.name: override(rename=camel(f.name)) for f in attrs.fields(cl)})


@pytest.mark.parametrize("takes_converter", [False, True])
def test_factories_of_generated_hooks(takes_converter: bool, engine: str) -> None:
    """A registered factory that has cattrs generate hooks, as its documentation shows, counts for all four verbs."""
    converter = converter_for(engine)
    if takes_converter:
        converter.register_structure_hook_factory(attrs.has, lambda cl, c: structure_camel(cl, c))
        converter.register_unstructure_hook_factory(attrs.has, lambda cl, c: unstructure_camel(cl, c))
    else:
        converter.register_structure_hook_factory(attrs.has, lambda cl: structure_camel(cl, converter))
        converter.register_unstructure_hook_factory(attrs.has, lambda cl: unstructure_camel(cl, converter))
    holder: Any = attrs.make_class("Holder", {"inner_value": attrs.field(type=Named)})

    assert converter.loads('{"firstName":"a"}', Named) == Named("a")
    assert converter.structure({"innerValue": {"firstName": "a"}}, holder) == holder(Named("a"))
    assert converter.loads('{"innerValue":{"firstName":"a","age":1}}', holder) == holder(Named("a", 1))
    assert converter.dumps(Named("a")) == '{"firstName":"a","age":0}'
    assert converter.unstructure(holder(Named("a"))) == {"innerValue": {"firstName": "a", "age": 0}}


def test_factories_of_cattrs_that_users_register(engine: str) -> None:
    """A hook that a user has a factory of cattrs make counts, although cattrs makes its own hooks so, too."""

    def upper_keys(items: Any) -> dict[str, Any]:
        return {key.upper(): value for key, value in dict(items).items()}

    def upper(cl: Any, converter: Any) -> Any:
        return mapping_structure_factory(cl, converter, structure_to=upper_keys)

    converter = converter_for(engine)
    converter.register_structure_hook_factory(lambda cl: typing.get_origin(cl) is dict, upper)
    holder: Any = attrs.make_class("Holder", {"counts": attrs.field(type=dict[str, int])})

    assert converter.loads('{"a":1}', dict[str, int]) == converter.structure({"a": 1}, dict[str, int]) == {"A": 1}
    assert converter.loads('{"counts":{"a":1}}', holder).counts == {"A": 1}


def test_predicates_that_raise_are_passed_over(engine: str) -> None:
    """A predicate that raises for some types stands for no hook of these, as in cattrs."""

    def is_wide(cl: Any) -> bool:
        return cl.width > 1  # type: ignore[no-any-return]

    converter = converter_for(engine)
    converter.register_structure_hook_func(is_wide, lambda value, _: None)

    assert converter.loads('{"left":1}', Inner) == Inner(1.0)
