"""What holds for every union: generated ones, of up to five members."""

from __future__ import annotations

import functools
import itertools
import json
import operator
import typing
from random import Random
from typing import Any, Literal, Union

import attrs
from agreement import agree, agree_on_the_way_out
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import json_of, junk, mutated, randoms
from support import converter_for
from test_json_schema_referee import hold_to_referee
from user_classes import Level, Size

from router_schema import Report, RouterConverter, ValidationError, check
from router_schema.logs.checker import Checker
from router_schema.logs.verdicts import Validator
from rules.test_unions import Call, Image, Off, On, Plain, Text

#: Members that a JSON type sets apart from those of all other rows, alone or together.
ROWS: list[list[tuple[Any, ...]]] = [
    [(None,)],
    [(bool,), (Literal[True],)],
    [(int,), (float,), (int, float), (Size,), (Literal[1, 2],)],
    [(str,), (Level,), (Literal["a", "b"],), (Literal["a"], Literal["b"]), (Literal["a", None],)],
    [(list[int],), (tuple[float, ...],), (list[str | None],), (tuple[Text | Image, ...],), (list[list[int | bool]],)],
    [(Plain,), (Text, Image), (Text, Image, Call), (On, Off), (dict[str, int | str],), (dict[str, Plain],)],
]

#: Each member alone. Any two of them make a union, or none that JSON tells apart.
MEMBERS = list(dict.fromkeys(member for row in ROWS for group in row for member in group if member is not None))

WRAPPERS: list[Any] = [
    lambda tp: tp,
    lambda tp: list[tp],
    lambda tp: tuple[tp, ...],
    lambda tp: dict[str, tp],
    lambda tp: list[dict[str, tp]],
]


@st.composite
def unions(draw: st.DrawFn) -> Any:
    """A union of two to five members."""
    rows = draw(st.lists(st.sampled_from(ROWS), min_size=1, max_size=5, unique_by=id))
    members = [member for row in rows for member in draw(st.sampled_from(row))]
    assume(len(members) > 1)
    members = draw(st.permutations(members))[:5]
    return Union[tuple(members)]  # noqa: UP007


@functools.cache
def holder(tp: Any, optional: bool = False) -> Any:
    """A class with a union in one of its fields, which may be optional."""
    union = attrs.field(type=tp | None, default=None) if optional else attrs.field(type=tp)
    return attrs.make_class("Holder", {"id": attrs.field(type=str), "x": union}, frozen=True)


@st.composite
def holders(draw: st.DrawFn) -> Any:
    """A class with a field that is a union, or a container of one."""
    return holder(draw(st.sampled_from(WRAPPERS))(draw(unions())), draw(st.booleans()))


@given(holders(), st.data(), randoms)
def test_engines_agree(cl: Any, data: st.DataObject, random: Random) -> None:
    """Every engine says of good and of mutated values what the slow path says."""
    value = data.draw(json_of(cl))

    assert agree(json.dumps(value), cl)[0] == "returned"
    for _ in range(4):
        agree(mutated(value, random), cl)


@given(holders(), st.data())
def test_laws(converter: RouterConverter, cl: Any, data: st.DataObject) -> None:
    """``loads(dumps(x)) == x``, and every engine writes the same."""
    instance = converter.structure(data.draw(json_of(cl)), cl)

    assert agree_on_the_way_out(instance)[0] == "returned"
    assert converter.loads(converter.dumps(instance), cl) == instance
    assert converter.structure(converter.unstructure(instance), cl) == instance


INSTANCES = [Plain(1), Text("text", "a"), On(True, 1), (1,), (1.5, 2), Level.LOW, Size.SMALL]


@given(holders(), junk | st.sampled_from(INSTANCES))
def test_engines_agree_on_any_instance(cl: Any, value: Any) -> None:
    """Every engine writes or rejects an instance that holds anything as the slow path does; what it writes is read."""
    instance = cl("", value)
    if agree_on_the_way_out(instance)[0] == "returned":
        converter = converter_for("ujson")

        assert converter.loads(converter.dumps(instance), cl) == instance


@given(holders(), st.data(), randoms)
def test_referee_agrees(cl: Any, data: st.DataObject, random: Random) -> None:
    """A validator of JSON Schema accepts and rejects what `loads` does."""
    value = data.draw(json_of(cl))

    assert hold_to_referee(json.dumps(value), cl, forbid=False) == "accepted"
    for _ in range(4):
        hold_to_referee(mutated(value, random), cl, forbid=False)


PAIRS = list(itertools.combinations(MEMBERS, 2))


def accepts(converter: RouterConverter, value: Any, tp: Any) -> bool:
    """Whether *tp* accepts the parsed JSON *value*."""
    try:
        converter.structure(value, tp)
    except ValidationError:
        return False
    return True


def why_unsupported(converter: RouterConverter, tp: Any) -> str | None:
    """What the TypeError says with which a type is refused, if it is."""
    try:
        converter.get_loads_hook(holder(tp))
    except TypeError as error:
        return str(error)
    return None


@given(st.sampled_from(PAIRS), st.data())
def test_members_are_told_apart(pair: tuple[Any, Any], data: st.DataObject) -> None:
    """Of two members that make a union, each rejects what the other accepts; but an int may be a float."""
    a, b = pair
    converter = converter_for("ujson")
    reason = why_unsupported(converter, Union[a, b])  # noqa: UP007
    if reason is not None:
        assert "cannot be told apart in JSON" in reason
        return
    if {a, b} == {int, float} or {typing.get_origin(a), typing.get_origin(b)} == {Literal}:
        return
    for one, other in ((a, b), (b, a)):
        value = data.draw(json_of(one))

        assert value is None or not accepts(converter, value, other)


def report_of(line: bytes, number: int, cl: Any) -> Report:
    """The report of one line of a log, which has that number."""
    checker = Checker("-", Validator(cl))
    checker.lines = number - 1
    checker.add_lines([line])
    return checker.report()


@given(holders(), st.data(), randoms)
def test_check_says_of_all_what_it_says_of_each(cl: Any, data: st.DataObject, random: Random) -> None:
    """The report on many bodies is that of each body alone, merged: no verdict is carried over to another body."""
    values = data.draw(st.lists(json_of(cl), min_size=1, max_size=3))
    texts = [mutated(value, random).replace("\n", " ") for value in values for _ in range(4)]
    lines = [text.encode("utf-8", "surrogatepass") for text in texts]
    reports = [report_of(line, number, cl) for number, line in enumerate(lines, 1)]

    assert check(lines, cl) == functools.reduce(operator.or_, reports)
    for line, report in zip(lines, reports, strict=True):
        assert report.valid == (agree(line, cl)[0] == "returned")
