"""Copies of a converter, and converters side by side."""

import datetime

import attrs
from foreign_classes import SECONDS, WHEN, Stamped, from_timestamp
from support import body, converter_for, outcome, problems, rejected, text
from user_classes import (
    Level,
)

import router_schema
from router_schema import (
    RouterCompletionsResponseBody,
    RouterConverter,
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


def test_converters_are_independent() -> None:
    """A hook on one converter changes neither another nor the functions of the package."""
    mine = make_converter()
    mine.register_structure_hook(str, lambda value, _: "changed")

    assert mine.loads(text(body())).id == "changed"
    assert make_converter().loads(text(body())).id == router_schema.loads(text(body())).id == "cmpl-rye-7"
