"""Options of cattrs: renamed keys, aliases, extra keys, and those that `make_converter` passes on."""

import json
from typing import Annotated, Any

import attrs
import pytest
from cattrs import override
from support import body, converter_for, outcome, problems, rejected, text
from user_classes import Aliased, Inner, LooseBody, Mutable, Private, Renamed, Validated

from router_schema import FinishReason, RouterCompletionsResponseBody, RouterConverter, make_converter


def test_renamed_keys(converter: RouterConverter) -> None:
    """A renamed field is read, written and reported under its JSON key."""
    value = {"finishReason": "stop", "odd key": 1.5, "in": {"left": 2}}
    instance = converter.loads(text(value), Renamed)

    assert instance == Renamed(FinishReason.STOP, 1.5, Inner(2.0))
    assert converter.dumps(instance) == '{"finishReason":"stop","odd key":1.5,"in":{"left":2}}'
    assert problems(rejected(converter, {"finish": "stop", "odd key": "x", "in": {"left": "1"}}, Renamed)) == [
        ("$.finishReason", "missing"),
        ("$['odd key']", "type"),
        ("$.in.left", "type"),
    ]


def test_aliases_are_keys_on_demand(engine: str) -> None:
    """Attrs aliases are JSON keys with `use_alias=True`, and attribute names are without."""
    with_alias, without = converter_for(engine, use_alias=True), converter_for(engine)
    instance = Aliased(totalTokens=3, hidden="x")

    assert with_alias.dumps(instance) == '{"totalTokens":3,"hidden":"x","levelName":"low"}'
    assert with_alias.loads('{"totalTokens":3,"hidden":"x"}', Aliased) == instance
    assert without.dumps(instance) == '{"total_tokens":3,"_hidden":"x","level":"low"}'
    assert without.loads('{"total_tokens":3,"_hidden":"x"}', Aliased) == instance
    assert problems(rejected(with_alias, {"total_tokens": 3, "hidden": 1}, Aliased)) == [
        ("$.totalTokens", "missing"),
        ("$.hidden", "type"),
    ]


def test_private_attributes(converter: RouterConverter) -> None:
    """The JSON key is the attribute's name, even if the constructor's argument has another name."""
    value = {"_secret": 1, "_Private__mangled": "x"}
    instance = converter.loads(text(value), Private)

    assert json.loads(converter.dumps(instance)) == value
    assert problems(rejected(converter, {"secret": 1}, Private)) == [("$._secret", "missing")]


@pytest.mark.parametrize(
    ("cl", "good", "places"),
    [
        (RouterCompletionsResponseBody, body(), ["", ".choices[0]", ".usage"]),
        (LooseBody, body(), ["", ".choices[0]", ".usage"]),
        (Mutable, {"name": "a", "inner": {"left": 1}}, ["", ".inner"]),
        (Validated, {"name": "a"}, [""]),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_forbidden_extra_keys(cl: Any, good: Any, places: list[str], engine: str) -> None:
    """With `forbid_extra_keys` an unknown key is a problem at every level of every class, and otherwise ignored."""
    strict, lenient = converter_for(engine, forbid_extra_keys=True), converter_for(engine)
    value = json.loads(text(good))
    objects = [value, *(value.get(name) for name in ("inner", "usage")), *value.get("choices", ())]
    for item in objects:
        if item is not None:
            item["brand new"] = 1

    assert outcome(strict.loads, text(good), cl)[0] == "returned"
    assert outcome(lenient.loads, text(value), cl) == outcome(lenient.loads, text(good), cl)
    assert sorted(problems(rejected(strict, value, cl))) == sorted(
        (f"${place}['brand new']", "extra") for place in places
    )


def test_type_overrides(engine: str) -> None:
    """Cattrs' `type_overrides` rename fields by type."""
    converter = converter_for(engine, type_overrides={float: override(rename="leftish")})

    assert converter.dumps(Inner(1.0)) == '{"leftish":1}'
    assert converter.loads('{"leftish":1}', Inner) == Inner(1.0)


def test_prefer_attrib_converters(engine: str) -> None:
    """With `prefer_attrib_converters` a field's converter gets the raw JSON value."""

    @attrs.frozen
    class Odd:
        count: int = attrs.field(converter=int)

    assert converter_for(engine, prefer_attrib_converters=True).loads('{"count": "5"}', Odd) == Odd(5)
    assert problems(rejected(converter_for(engine, prefer_attrib_converters=True), {"count": "x"}, Odd)) == [
        ("$.count", "value")
    ]
    assert problems(rejected(converter_for(engine), {"count": "5"}, Odd)) == [("$.count", "type")]


def test_make_converter_passes_on_cattrs_options() -> None:
    """`make_converter` passes on options of cattrs and rejects unknown ones."""
    assert make_converter(omit_if_default=True).omit_if_default is True
    assert make_converter(unstruct_collection_overrides={}).engine == make_converter().engine
    with pytest.raises(TypeError, match="brand_new"):
        make_converter(brand_new=1)


def test_odd_keys(engine: str) -> None:
    """A key may be empty; one with a lone surrogate could not be written as UTF-8, and is not supported."""
    converter = converter_for(engine)
    empty: Any = attrs.make_class("Empty", {"x": attrs.field(type=Annotated[int, override(rename="")])})
    odd: Any = attrs.make_class("Odd", {"x": attrs.field(type=Annotated[int, override(rename="\ud800")])})

    assert converter.loads('{"":1}', empty) == empty(1)
    assert converter.dumps(empty(1)) == '{"":1}'
    for call in (lambda: converter.loads("{}", odd), lambda: converter.dumps(odd(1))):
        with pytest.raises(TypeError, match=r"Odd\.x: its key holds a lone surrogate"):
            call()


def test_long_keys_in_paths(engine: str) -> None:
    """Paths quote the keys of classes whole: two that begin alike are told apart."""
    names = [f"{'a' * 60}_{end}" for end in "xy"]
    long: Any = attrs.make_class("Long", {name: attrs.field(type=int) for name in names})
    renamed: Any = attrs.make_class("Renamed", {"x": attrs.field(type=Annotated[int, override(rename="ä" * 60)])})

    assert problems(rejected(converter_for(engine), {}, long)) == [(f"$.{name}", "missing") for name in names]
    assert problems(rejected(converter_for(engine), {}, renamed)) == [(f"$['{'ä' * 60}']", "missing")]


def test_keys_that_are_members_of_an_enum(engine: str) -> None:
    """A key may be spelled as a member of a string enum."""
    renamed: Any = attrs.make_class(
        "Renamed", {"x": attrs.field(type=Annotated[str, override(rename=FinishReason.STOP)])}
    )
    converter = converter_for(engine)

    assert converter.loads('{"stop":"a"}', renamed) == renamed("a")
    assert converter.dumps(renamed("a")) == '{"stop":"a"}'
