"""What the profiler counts."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from log_lines import values
from support import body, choice

from router_schema import Report, RouterCompletionsResponseBody
from router_schema._cattrs import structure_rule
from router_schema._rules.base import Rule
from router_schema.converter import default_converter
from router_schema.logs import Place, Seen, TypeCounts, UsageTotals
from router_schema.logs import profile as module
from router_schema.logs.counts import VALID, Counts, Verdict
from router_schema.logs.profile import Profiler


@attrs.frozen
class Tree:
    """A class that contains itself."""

    model: str = ""
    children: tuple[Tree, ...] = ()


@attrs.frozen
class Wide:
    """A class that contains itself in many ways."""

    a1: Wide | None = None
    a2: Wide | None = None
    a3: Wide | None = None
    a4: tuple[Wide, ...] = ()
    a5: dict[str, Wide] = attrs.Factory(dict)


def valid(line: bytes, body: Any) -> Verdict:
    """Finds every body valid: what is counted doesn't depend on it."""
    return VALID


def profiler_of(cl: Any = RouterCompletionsResponseBody) -> Profiler:
    """A profiler for a class of the default converter."""
    return Profiler(structure_rule(cl, default_converter), "-", valid)


def profiled(*bodies: Any, cl: Any = RouterCompletionsResponseBody) -> Report:
    """What a profiler says of parsed bodies."""
    profiler, counts = profiler_of(cl), Counts("-")
    for number, value in enumerate(bodies, 1):
        profiler.profile(value, number, b"")
    tables = profiler.take(counts)
    return counts.take() | tables


# --- what is counted ---


def test_unknown_keys_are_counted_with_their_types() -> None:
    """Keys that the schema does not name are counted at every level, and not looked into."""
    report = profiled(
        body(provider="a", usage={"details": {"cached": 1}}, choices=[choice(logprobs=None), choice(logprobs=[])]),
        body(provider=1.5, **{"odd key": True}),
    )

    assert {key.path: (key.count, key.types.seen()) for key in report.unknown_keys} == {
        "$.provider": (2, {"string": 1, "number": 1}),
        "$.choices[*].logprobs": (2, {"null": 1, "array": 1}),
        "$.usage.details": (1, {"object": 1}),
        "$['odd key']": (1, {"boolean": 1}),
    }


def test_fields_are_counted_with_presence_and_types() -> None:
    """Each field counts the objects that could have it, those that have it, and its types."""
    report = profiled(
        body(usage={"total_tokens": None}), body(usage={"total_tokens": 2}), body(usage=None), body(created=0.5)
    )
    fields = {field.path: field for field in report.fields}
    total = fields["$.usage.total_tokens"]

    assert (total.count, total.present, total.types.seen()) == (3, 3, {"integer": 2, "null": 1})
    assert (fields["$.usage.prompt_tokens"].count, fields["$.usage.prompt_tokens"].present) == (3, 1)
    assert fields["$.usage.prompt_tokens"].types.missing.count == 2
    assert fields["$.usage"].types.seen() == {"object": 3, "null": 1}
    assert fields["$.created"].types.seen() == {"integer": 3, "number": 1}


def test_everything_is_counted_with_when_and_where() -> None:
    """Values, unknown keys and types carry the first and last ``created`` of their bodies, and the first place."""
    report = profiled(
        body(created="?", model="a", odd=1),
        body(created=7, model="a", odd=2.5, usage={}),
        body(created=5, model="b", choices=[choice(), choice(finish_reason="x")]),
        body(created=9, model="b", odd=3, choices=[choice(finish_reason="x")]),
    )
    fields = {field.path: field.types for field in report.fields}
    models = [(row.value, row.count, row.first, row.last, row.place) for row in report.models]

    assert models == [("a", 2, 7, 7, Place("-", 1)), ("b", 2, 5, 9, Place("-", 3))]
    assert [(row.first, row.last, row.place.line) for row in report.finish_reasons] == [(5, 7, 1), (5, 9, 3)]
    assert fields["$.created"] == TypeCounts(
        string=Seen(1, None, None, Place("-", 1)), integer=Seen(3, 5, 9, Place("-", 2))
    )
    assert fields["$.usage.total_tokens"].missing == Seen(1, 7, 7, Place("-", 2))
    (odd,) = report.unknown_keys
    assert (odd.count, odd.first, odd.last, odd.place) == (3, 7, 9, Place("-", 1))
    assert odd.types.number == Seen(1, 7, 7, Place("-", 2))


def test_values_are_counted_and_cut() -> None:
    """The values of object, finish_reason and model are counted, also those rejected, and cut at 100 characters."""
    long = "m" * 150
    report = profiled(
        body(model=long),
        body(model=long + "x", object="o", choices=[choice(finish_reason="eos")] * 2),
        body(model=None, choices=[choice(finish_reason=["x"]), choice(finish_reason={}), choice(finish_reason=1)]),
        body(model="m" * 99, choices=[choice(finish_reason="f" * 101)]),
    )

    assert values(report.models) == {"m" * 100: 2, "m" * 99: 1}
    assert values(report.objects) == {"text_completion": 3, "o": 1}
    assert values(report.finish_reasons) == {"eos": 2, "stop": 1, "f" * 100: 1}


def test_usage_adds_up_whole_numbers() -> None:
    """Only whole numbers from 0 to below 2**53, which can be counts, are added up."""
    counts = [3, 4.0, 1.5, -1, None, 2**53, 2**60, float(2**53), "5", 2**53 - 1]
    report = profiled(*(body(usage={"total_tokens": count, "prompt_tokens": 1}) for count in counts))

    assert report.usage == UsageTotals(0, 10, 7 + 2**53 - 1, 0)
    for count in (-1, 2**53, 2**60):
        assert profiled(body(usage={"total_tokens": count}), body(usage={"total_tokens": 1})).usage.total_tokens == 1


def test_bodies_without_tokens_are_counted() -> None:
    """A body counts as without tokens if none of the three is a number."""
    bodies = [
        body(usage={}),
        body(usage=...),
        body(usage={"total_tokens": "1"}),
        body(),
        body(usage={"total_tokens": 0}),
    ]

    assert profiled(*bodies).usage.bodies_without == 3


def test_created_has_a_range() -> None:
    """The range of created is that of the numbers that a double holds; None if there are none."""
    report = profiled(*(body(created=created) for created in (5, 2.5, "1", 9, 10**400)))

    assert (report.created_min, report.created_max) == (2.5, 9.0)
    assert profiled(body(created=None)).created_min is None


def test_lone_surrogates_are_escaped() -> None:
    """A report is text that can be saved, whatever was in the bodies."""
    report = profiled(body(model="\ud800/rye", **{"\udc00": 1}))

    assert values(report.models) == {"\\ud800/rye": 1}
    assert report.unknown_keys[0].path == "$['\\udc00']"


def test_reports_begin_anew() -> None:
    """After `take` everything is counted from zero."""
    profiler = profiler_of()
    for value in (body(usage={}, provider="x"), body(created=1, model="m")):
        profiler.profile(value, 1, b"")
    profiler.take(Counts("-"))
    profiler.profile(body(), 1, b"")
    report = Report() | profiler.take(Counts("-"))

    assert (report.fields, report.models) == (profiled(body()).fields, profiled(body()).models)
    assert report.unknown_keys == ()


def test_unions_are_profiled_by_the_type_of_the_value() -> None:
    """Objects of a union are profiled; its other values count as types."""
    cl = attrs.make_class("Either", {"part": attrs.field(type=Wide | int)}, frozen=True)
    report = profiled({"part": 1}, {"part": {"odd": 1}}, {"part": "x"}, cl=cl)

    assert {field.path: field.types.seen() for field in report.fields}["$.part"] == {
        "integer": 1,
        "object": 1,
        "string": 1,
    }
    assert [(key.path, key.count) for key in report.unknown_keys] == [("$.part.odd", 1)]


# --- depth ---


def test_objects_are_profiled_to_some_depth() -> None:
    """A class that contains itself is looked into eight levels deep."""
    deep: dict[str, Any] = {"model": 1}
    for _ in range(20):
        deep = {"model": "m", "children": [deep]}

    assert values(profiled(deep, cl=Tree).models) == {"m": 8}


def test_only_paths_that_bodies_have_are_prepared() -> None:
    """A class that contains itself many times costs no more than what the bodies hold of it."""
    report = profiled({"a1": {"a2": {"a4": [{"odd": 1}]}}}, {"a5": {"x": {}}}, cl=Wide)

    assert [key.path for key in report.unknown_keys] == ["$.a1.a2.a4[*].odd"]
    assert len(report.fields) == 5 * len(attrs.fields(Wide))


# --- shapes ---


class Unhashable(int):
    """A number of the payload: looking it up would show that its hash is used."""

    def __hash__(self) -> int:
        raise AssertionError("a number is a key")


def test_only_strings_are_keys() -> None:
    """No value of a payload is looked up but a string: the hashes of numbers can be made to collide."""
    numbers = {"completion_tokens": Unhashable(1), "total_tokens": Unhashable(2)}
    odd = Unhashable(3)
    value = body(
        id=odd, model=odd, object=odd, created=odd, choices=[choice(finish_reason=odd, index=odd)], usage=numbers
    )

    assert profiled(value).finish_reasons == ()


@pytest.mark.parametrize("odd", [7, None, [], "x"])
def test_values_that_are_no_objects_are_not_counted(odd: Any) -> None:
    """What was found in place of an object is in the problems; the tables count objects."""
    assert profiled(odd).fields == ()
    assert profiled(body(choices=[choice(), odd])).finish_reasons == profiled(body(choices=[choice()])).finish_reasons


def test_a_rule_without_a_profile_part_counts_nothing() -> None:
    """A rule that defines nothing for the profiler is counted in no table."""
    profiler, counts = Profiler(Rule(), "-", valid), Counts("-")
    profiler.profile({"model": "m"}, 1, b"")

    assert profiler.take(counts) == Report()
    assert counts.take() == Report(bodies=1, valid=1, usage=UsageTotals(bodies_without=1))


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 10**400])
def test_numbers_that_no_double_holds_are_left_out(number: float) -> None:
    """The range of created and the sums of tokens leave out a number that no double holds."""
    report = profiled(body(created=number), body(), body(usage={"total_tokens": number}))

    assert report.created_max == body()["created"]
    assert report.usage.total_tokens == 2 * 19


# --- memory ---


@pytest.mark.parametrize(
    "change",
    [
        lambda number: {"model": f"m{number}"},
        lambda number: {"object": f"o{number}"},
        lambda number: {f"k{number}": 1},
        lambda number: {"choices": [choice(finish_reason=f"f{number}")]},
        lambda number: {"choices": [choice(**{f"k{number}": 1})]},
    ],
    ids=["model", "object", "unknown key", "finish reason", "unknown key of a choice"],
)
def test_what_is_collected_is_bounded(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """Distinct values, keys and shapes fill the room; `take` empties it."""
    monkeypatch.setattr(module, "_ROOM", 10_000)
    profiler = profiler_of()
    assert profiler.room > 0
    for number in range(5_000):
        profiler.profile(body(**change(number)), 1, b"")
        if profiler.room < 0:
            break

    assert profiler.room < 0
    assert number > 10
    profiler.take(Counts("-"))
    assert profiler.room == 10_000


def test_places_of_the_schema_take_room() -> None:
    """Each place where objects are counted takes room for its fields."""
    profiler = profiler_of(Wide)

    assert profiler.room == module._ROOM - 1 - 5
    profiler.profile({"a1": {"a2": {}}}, 1, b"")
    shapes, alike = 2 * (1 + 1 + 2) + 1, 2 + 3
    assert profiler.room == module._ROOM - 3 * (1 + 5) - shapes - alike


def test_bodies_that_are_alike_take_room_once() -> None:
    """Bodies of equal verdicts and of one group are counted together; each new problem and group takes room."""
    profiler = profiler_of()
    rooms = []
    for kind, group in (("type", "a"), ("type", "a"), ("value", "a"), ("value", "bcd")):
        profiler.profile(7, 1, b"", Verdict(("invalid",), (("$", kind, "object", "integer"),)), group)
        rooms.append(profiler.room)

    one = module._PROBLEM + 2
    assert [profiler_of().room - room for room in rooms] == [one + 1, one + 1, 2 * (one + 1), 3 * one + 1 + 1 + 3]


def test_long_names_take_more_room() -> None:
    """The room counts characters, of keys and of the values of enums too."""
    profilers = profiler_of(), profiler_of()
    for profiler, length in zip(profilers, (1, 101), strict=True):
        profiler.profile(body(**{"k" * length: 1}, choices=[choice(finish_reason="f" * length)]), 1, b"")

    assert profilers[0].room - profilers[1].room == 200
