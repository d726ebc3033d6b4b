"""Copies of a converter, and converters side by side."""

import copy
import datetime
import json
from typing import Any

import attrs
import cattrs
import pytest
from foreign_classes import SECONDS, WHEN, Stamped, from_timestamp
from support import body, converter_for, outcome, problems, rejected, text
from user_classes import Inner, Level

import router_schema
from router_schema import (
    RouterCompletionsResponseBody,
    RouterConverter,
    ValidationError,
    configure_converter,
    make_converter,
)


def test_copy(engine: str) -> None:
    """A copy keeps hooks, options and engine, and is independent from then on."""
    converter = converter_for(engine, forbid_extra_keys=True)
    converter.register_structure_hook(datetime.datetime, from_timestamp)
    copied = converter.copy()
    copied.register_structure_hook(Level, lambda value, _: Level.HIGH)

    @attrs.frozen
    class Odd:
        level: Level

    assert type(copied) is RouterConverter
    assert copied.engine == engine
    assert copied.loads(f'{{"when":{SECONDS}}}', Stamped) == Stamped(WHEN)
    assert problems(rejected(copied, {**body(), "more": 1}, RouterCompletionsResponseBody)) == [("$.more", "extra")]
    assert copied.loads('{"level":"?"}', Odd) == Odd(Level.HIGH)
    assert problems(rejected(converter, {"level": "?"}, Odd)) == [("$.level", "value")]
    assert outcome(converter.copy(forbid_extra_keys=False).loads, text({**body(), "more": 1}))[0] == "returned"


COPIES = [copy.copy, copy.deepcopy, RouterConverter.copy]


@pytest.mark.parametrize("make_copy", COPIES, ids=["copy.copy", "copy.deepcopy", "method"])
@pytest.mark.parametrize("changed", ["original", "copy"])
def test_copies_are_independent(make_copy: Any, changed: str, engine: str) -> None:
    """A copy of any kind keeps what was registered before, and a hook registered later counts on its converter only."""

    @attrs.frozen
    class Holder:
        when: datetime.datetime
        name: str

    original = converter_for(engine, forbid_extra_keys=True)
    original.register_structure_hook(datetime.datetime, from_timestamp)
    original.register_unstructure_hook(datetime.datetime, datetime.datetime.timestamp)
    written = f'{{"when":{SECONDS:.0f},"name":"a"}}'
    assert original.loads(written, Holder) == Holder(WHEN, "a")  # all hooks are built before the copy is made
    assert original.dumps(Holder(WHEN, "a")) == written
    copied = make_copy(original)
    one, other = (original, copied) if changed == "original" else (copied, original)

    one.register_structure_hook(str, lambda value, _: value.upper())
    one.register_unstructure_hook(str, str.lower)

    assert (type(copied), copied.engine) == (RouterConverter, engine)
    assert one.loads(written, Holder) == one.structure(json.loads(written), Holder) == Holder(WHEN, "A")
    assert one.dumps(Holder(WHEN, "A")) == written
    assert one.unstructure(Holder(WHEN, "A")) == json.loads(written)
    assert other.loads(written, Holder) == other.structure(json.loads(written), Holder) == Holder(WHEN, "a")
    assert other.dumps(Holder(WHEN, "A")) == written.replace('"a"', '"A"')
    assert problems(rejected(copied, {"when": SECONDS, "name": "a", "more": 1}, Holder)) == [("$.more", "extra")]


@pytest.mark.parametrize("make_copy", COPIES, ids=["copy.copy", "copy.deepcopy", "method"])
def test_copies_keep_the_hooks_of_unions(make_copy: Any, engine: str) -> None:
    """A copy has the hooks of unions too, and one registered later counts on its converter only."""

    @attrs.frozen
    class Holder:
        value: int | str

    original = converter_for(engine)
    original.register_structure_hook(int | str, lambda value, _: int(value))
    copied = make_copy(original)
    copied.register_structure_hook(int | str, lambda value, _: str(value))

    assert make_copy(original).loads('{"value":"5"}', Holder) == original.loads('{"value":"5"}', Holder) == Holder(5)
    assert copied.loads('{"value":5}', Holder) == Holder("5")


@pytest.mark.parametrize("make_copy", [copy.copy, copy.deepcopy, cattrs.Converter.copy])
def test_copies_of_a_configured_converter_are_strict(make_copy: Any) -> None:
    """A copy of a cattrs converter that was made strict is strict too."""
    mine = cattrs.Converter()
    configure_converter(mine)
    copied = make_copy(mine)

    assert copied.structure({"left": 1}, Inner) == Inner(1.0)
    with pytest.raises(ValidationError):
        copied.structure({"left": "1"}, Inner)


def test_converters_are_independent() -> None:
    """A hook on one converter changes neither another nor the functions of the package."""
    mine = make_converter()
    mine.register_structure_hook(str, lambda value, _: "changed")

    assert mine.loads(text(body())).id == "changed"
    assert make_converter().loads(text(body())).id == router_schema.loads(text(body())).id == "cmpl-rye-7"
