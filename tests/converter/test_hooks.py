"""The seam with cattrs: which hook counts, whoever registered it, and when."""

import decimal
from typing import Annotated, Any

import attrs
import pytest
from cattrs import override
from cattrs.cols import namedtuple_dict_structure_factory
from cattrs.gen import make_dict_structure_fn, typeddicts
from cattrs.strategies import configure_tagged_union
from foreign_classes import Box, Data, Keys, Pair
from support import converter_for, problems, rejected, text
from user_classes import (
    Inner,
    Mutable,
)

from router_schema import (
    RouterConverter,
)


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
    """A generic attrs class works with a hook of its own."""
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
