"""What the profiler counts, and which problems shapes determine."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
from log_lines import values
from support import body, choice

from router_schema import Report, RouterCompletionsResponseBody
from router_schema._cattrs import structure_rule
from router_schema._rules import Rule
from router_schema.converter import default_converter
from router_schema.logs import TypeCounts, UsageTotals
from router_schema.logs import profile as module
from router_schema.logs.profile import UNCERTAIN, Profiler


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


@attrs.frozen
class Validated:
    """A class whose problems depend on more than types."""

    model: str = attrs.field(validator=attrs.validators.max_len(3))


def profiler_of(cl: Any = RouterCompletionsResponseBody) -> Profiler:
    """A profiler for a class of the default converter."""
    return Profiler(structure_rule(cl, default_converter))


def profiled(*bodies: Any, cl: Any = RouterCompletionsResponseBody) -> Report:
    """What a profiler says of parsed bodies."""
    profiler = profiler_of(cl)
    for value in bodies:
        profiler.profile(value)
    profiler.flush()
    return profiler.take()


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

    assert (total.count, total.present, total.types) == (3, 3, TypeCounts(null=1, integer=2))
    assert (fields["$.usage.prompt_tokens"].count, fields["$.usage.prompt_tokens"].present) == (3, 1)
    assert fields["$.usage"].types == TypeCounts(object=3, null=1)
    assert fields["$.created"].types == TypeCounts(integer=3, number=1)


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
    """The range of created is that of the numbers; None if there are none."""
    report = profiled(*(body(created=created) for created in (5, 2.5, "1", 9)))

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
        profiler.profile(value)
    profiler.flush()
    profiler.take()
    profiler.profile(body())
    profiler.flush()

    assert profiler.take() == profiled(body())


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


def test_bodies_of_the_same_keys_and_types_have_the_same_shapes() -> None:
    """Objects differ in shape if they differ in keys, types or the text of an enum, and only then."""
    profiler = profiler_of()

    def shapes(**changes: Any) -> frozenset[Any]:
        return frozenset(profiler.profile(body(**changes)))

    assert shapes() == shapes(id="other", created=5, choices=[choice(text="x"), choice()])
    different = [
        *(shapes(), shapes(id=1), shapes(created=1.5), shapes(provider="x"), shapes(usage={})),
        *(shapes(choices=[choice(finish_reason=reason)]) for reason in ("length", 1, None, True)),
    ]
    assert len(set(different)) == len(different)
    assert all(UNCERTAIN not in found for found in different)


class Unhashable(int):
    """A number of the payload: looking it up would show that its hash is used."""

    def __hash__(self) -> int:
        raise AssertionError("a number is a key")


def test_only_strings_are_keys() -> None:
    """No value of a payload is looked up but a string: the hashes of numbers can be made to collide."""
    profiler = profiler_of()
    numbers = {"completion_tokens": Unhashable(1), "total_tokens": Unhashable(2)}
    odd = Unhashable(3)
    value = body(
        id=odd, model=odd, object=odd, created=odd, choices=[choice(finish_reason=odd, index=odd)], usage=numbers
    )
    profiler.profile(value)
    profiler.flush()

    assert profiler.take().finish_reasons == ()


def test_colliding_numbers_have_one_shape() -> None:
    """However many numbers stand in place of an enum, with whatever hashes, their objects have one shape."""
    choices = [choice(finish_reason=(2**61 - 1) * factor) for factor in range(20_000)]

    assert len(set(profiler_of().profile(body(choices=choices)))) == 3  # of the body, its usage and its choices


@pytest.mark.parametrize("odd", [7, None, [], "x"])
def test_values_that_are_no_objects_are_uncertain(odd: Any) -> None:
    """The shapes do not say what was found in place of an object."""
    assert profiler_of().profile(odd) == [UNCERTAIN]
    assert UNCERTAIN in profiler_of().profile(body(choices=[choice(), odd]))


@pytest.mark.parametrize(
    ("cl", "certain"),
    [
        (RouterCompletionsResponseBody, True),
        (RouterCompletionsResponseBody | None, True),
        (Validated, False),
        (Tree, False),
        (dict[str, RouterCompletionsResponseBody], False),
        (list[RouterCompletionsResponseBody], False),
        (int, False),
    ],
)
def test_shapes_are_certain_for_plain_classes_only(cl: Any, certain: bool) -> None:
    """Shapes determine the problems of plain classes, and never those of a body that need not be an object."""
    assert (UNCERTAIN not in profiler_of(cl).profile(body())) is certain


def test_a_rule_without_a_profile_part_is_uncertain() -> None:
    """A rule that defines nothing for the profiler is counted in no table, and its bodies are uncertain."""
    profiler = Profiler(Rule())

    assert profiler.profile({"model": "m"}) == [UNCERTAIN]
    assert profiler.flush() == set()
    assert profiler.take() == Report(usage=UsageTotals(bodies_without=1))


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 10**400])
def test_numbers_that_no_double_holds_are_returned(number: float) -> None:
    """`flush` returns the shapes with such a number in a field that must be a double, and leaves it out of the sums."""
    profiler = profiler_of()
    good, bad = profiler.profile(body()), profiler.profile(body(created=number))

    assert profiler.flush() == {bad[0]}  # its choices and its usage are of other shapes
    assert good[1:] == bad[1:]
    assert profiler.take().created_max == body()["created"]
    assert profiler.flush() == set()


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
        profiler.profile(body(**change(number)))
        profiler.flush()
        if profiler.room < 0:
            break

    assert profiler.room < 0
    assert number > 10
    profiler.take()
    assert profiler.room == 10_000
    assert not profiler.with_tokens


def test_places_of_the_schema_take_room() -> None:
    """Each place where objects are counted takes room for its fields."""
    profiler = profiler_of(Wide)

    assert profiler.room == module._ROOM - 1 - 5
    profiler.profile({"a1": {"a2": {}}})
    assert profiler.room == module._ROOM - 3 * (1 + 5) - 2 * (1 + 1 + 2) - 1


def test_long_names_take_more_room() -> None:
    """The room counts characters, of keys and of the values of enums too."""
    profilers = profiler_of(), profiler_of()
    for profiler, length in zip(profilers, (1, 101), strict=True):
        profiler.profile(body(**{"k" * length: 1}, choices=[choice(finish_reason="f" * length)]))
        profiler.flush()

    assert profilers[0].room - profilers[1].room == 200


def test_bodies_are_let_go() -> None:
    """After `flush` the profiler holds no body."""
    profiler = profiler_of()
    shapes = profiler.profile(json.loads(json.dumps(body())))

    assert [len(shape.objects) for shape in shapes] == [1, 1, 1]
    profiler.flush()
    assert [len(shape.objects) for shape in shapes] == [0, 0, 0]
