"""`configure_converter`: a cattrs converter of the user's own becomes strict."""

import datetime
from typing import Any

import attrs
import cattrs
import cattrs.preconf.json
import pytest
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn
from foreign_classes import SECONDS, WHEN, Stamped, from_timestamp
from support import body, choice, outcome, problems, spelled
from user_classes import Aliased, Inner

import router_schema
from router_schema import (
    EncodeError,
    RouterCompletionsResponseBody,
    ValidationError,
    aiter_jsonl,
    check,
    configure_converter,
    iter_jsonl,
    make_converter,
)
from router_schema.streams import aiter_stream, iter_stream


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
    """The user's own cattrs converter becomes as strict, and its values as exact."""
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
    """The converter's own options keep their meaning."""
    mine = cattrs.Converter(forbid_extra_keys=True, use_alias=True, omit_if_default=True)
    configure_converter(mine)

    with pytest.raises(ValidationError) as caught:
        mine.structure({"totalTokens": 1, "more": 2}, Aliased)
    assert problems(caught.value) == [("$.more", "extra")]
    assert mine.unstructure(Aliased(1)) == {"totalTokens": 1}


def test_configure_converter_keeps_later_hooks() -> None:
    """Hooks that the user registers afterwards are called."""
    mine = cattrs.Converter()
    configure_converter(mine)
    mine.register_structure_hook(datetime.datetime, from_timestamp)

    assert mine.structure({"when": SECONDS}, Stamped) == Stamped(WHEN)


def test_configure_converter_leaves_bare_containers_alone() -> None:
    """A list, tuple or dict of unknown items is unstructured as before; as a field of a class, it has to be JSON."""

    @attrs.frozen
    class Holder:
        items: list  # type: ignore[type-arg]

    mine = cattrs.preconf.json.make_converter()
    inner = Inner(1.5, "x")
    values: list[Any] = [[inner], {"a": inner}, (inner,), {1: 2}, [WHEN.date()], [{1}], [], {}]
    before = [mine.unstructure(value) for value in values]
    configure_converter(mine)

    assert [mine.unstructure(value) for value in values] == before
    assert mine.unstructure(Holder([1, "a"])) == {"items": [1, "a"]}
    with pytest.raises(EncodeError, match="expected a JSON value, got Inner"):
        mine.unstructure(Holder([Inner(1.0)]))


@pytest.mark.parametrize("base", [cattrs.Converter, router_schema.RouterConverter])
def test_a_converter_of_the_user_s_own_class(base: Any) -> None:
    """A subclass of a converter may have a constructor of its own, which runs once, and generated hooks."""
    made = []

    class Mine(base):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            made.append(self)
            configure_converter(self)
            rename = cattrs.override(rename="LEFT")
            self.register_structure_hook(Inner, make_dict_structure_fn(Inner, self, left=rename))
            self.register_unstructure_hook(Inner, make_dict_unstructure_fn(Inner, self, left=rename))

    @attrs.frozen
    class Holder:
        inner: Inner
        more: dict[str, Inner]

    mine = Mine()
    value = {"inner": {"LEFT": 1.0, "right": None}, "more": {"a": {"LEFT": 2.0, "right": None}}}
    holder = mine.structure(value, Holder)

    assert holder == Holder(Inner(1.0), {"a": Inner(2.0)})
    assert mine.structure(mine.unstructure(holder), Holder) == holder
    assert mine.unstructure(holder)["inner"]["LEFT"] == 1
    assert made == [mine]


def test_configure_converter_rejects_tuples() -> None:
    """A converter that unstructures classes to tuples cannot become strict, nor be made."""
    with pytest.raises(ValueError, match="AS_TUPLE"):
        configure_converter(cattrs.Converter(unstruct_strat=cattrs.UnstructureStrategy.AS_TUPLE))
    with pytest.raises(ValueError, match="AS_TUPLE"):
        make_converter(unstruct_strat=cattrs.UnstructureStrategy.AS_TUPLE)


@pytest.mark.parametrize("converter", [cattrs.BaseConverter(), 3, None], ids=["base", "integer", "none"])
def test_configure_converter_rejects_anything_else(converter: Any) -> None:
    """What is no `cattrs.Converter` is rejected by name."""
    with pytest.raises(TypeError, match=f"a cattrs.Converter, not {type(converter).__name__}"):
        configure_converter(converter)


@pytest.mark.parametrize("read", [iter_jsonl, check, aiter_jsonl, iter_stream, aiter_stream])
def test_reading_text_needs_a_router_converter(read: Any) -> None:
    """A function that decodes text rejects a cattrs converter before it reads anything, and accepts one of ours."""
    mine = cattrs.Converter()
    configure_converter(mine)
    source = iter([body()])

    with pytest.raises(TypeError, match=r"converter must be a RouterConverter \(see make_converter\), not Converter"):
        read(source, converter=mine)

    assert next(source) == body()
    read([], converter=make_converter())
