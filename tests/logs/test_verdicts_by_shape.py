"""Bodies of the same shapes are validated once; the report is the one in which each body is validated."""

from __future__ import annotations

import itertools
import json
from enum import Enum
from typing import Annotated, Any, get_args

import attrs
import pytest
from cattrs import override
from hypothesis import given
from hypothesis import strategies as st
from log_lines import CLASSES, ODD, Holder, Leaf, line, logs, some_line, values
from strategies import json_of, randoms
from support import CORPUS, ENGINES, choice, converter_for, needs_corpus

from router_schema import Report, RouterCompletionsResponseBody, RouterConverter, openai
from router_schema.logs.checker import Checker
from router_schema.logs.rows import By
from router_schema.logs.verdicts import Validator

Body = RouterCompletionsResponseBody
CONVERTERS = {
    (engine, forbids): converter_for(engine, forbid_extra_keys=forbids)
    for engine, forbids in itertools.product(ENGINES, (False, True))
}

converters = st.sampled_from([*CONVERTERS.values()])
groupings = st.sampled_from([None, *get_args(By)])


def report_of(
    lines: list[bytes], cl: Any, converter: RouterConverter, by: By | None = None, each: bool = False
) -> Report:
    """The report of lines that no scanner reads; if *each*, every body is validated."""
    checker = Checker("a", Validator(cl, converter), by=by)
    checker._scanner = None
    checker._shapes_decide &= not each
    checker.add_lines(lines)
    return checker.report()


def validated(lines: list[bytes], cl: Any, converter: RouterConverter) -> list[int]:
    """The numbers of the lines that are validated."""
    validator, numbers = Validator(cl, converter), []
    of_body = validator.of_body

    def counting(line: bytes, body: Any) -> Any:
        numbers.append(checker.lines)
        return of_body(line, body)

    validator.of_body = counting  # type: ignore[method-assign]
    checker = Checker("a", validator)
    checker._scanner = None
    checker.add_lines(lines)
    return numbers


@given(logs(max_size=12), converters, groupings)
def test_logs_are_reported_as_if_each_body_were_validated(
    lines: list[bytes], converter: RouterConverter, by: By | None
) -> None:
    """Any lines have the report of a checker that validates each."""
    assert report_of(lines * 2, Body, converter, by) == report_of(lines * 2, Body, converter, by, each=True)


@given(st.sampled_from([*CLASSES, Body | None, openai.Completion]), st.data(), converters, randoms)
def test_any_class_is_reported_as_if_each_body_were_validated(
    cl: Any, data: st.DataObject, converter: RouterConverter, random: Any
) -> None:
    """So do bodies of other classes, mutated or not."""
    bodies = data.draw(st.lists(json_of(cl), min_size=1, max_size=3))
    lines = [some_line(value, random) for value in bodies for _ in range(4)]

    assert report_of(lines * 2, cl, converter) == report_of(lines * 2, cl, converter, each=True)


@pytest.mark.parametrize("converter", CONVERTERS.values(), ids=map(str, CONVERTERS))
def test_odd_lines_are_reported_as_if_each_body_were_validated(converter: RouterConverter) -> None:
    """So does each odd line after and before every usual one."""
    for odd in ODD:
        for lines in ([line(), odd, line(), odd], [odd, odd, line()]):
            assert report_of(lines, Body, converter) == report_of(lines, Body, converter, each=True)
    assert report_of(ODD * 2, Body, converter) == report_of(ODD * 2, Body, converter, each=True)


@needs_corpus
@pytest.mark.parametrize("converter", CONVERTERS.values(), ids=map(str, CONVERTERS))
def test_recorded_bodies_are_reported_as_if_each_were_validated(converter: RouterConverter) -> None:
    """So do bodies of real servers."""
    lines = (CORPUS / "completions.jsonl").read_bytes().splitlines()
    for cl in (Body, openai.Completion):
        assert report_of(lines * 2, cl, converter) == report_of(lines * 2, cl, converter, each=True)


USUAL = [
    (line(), line(id="b", created=0, choices=[choice(text='\n"é')])),
    (line(id=1), line(id=2)),
    (line(choices=[]), line(choices=[], created=0)),
    (line(usage={"total_tokens": 2.0}), line(usage={"total_tokens": 3e200})),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("first", "second"), USUAL)
def test_bodies_of_the_same_shapes_are_validated_once(engine: str, first: bytes, second: bytes) -> None:
    """Whether they are valid or not, and whatever their other values are."""
    assert validated([first, first, second], Body, converter_for(engine)) == [1]


ATYPICAL = {
    "error": line(error={"type": "server_error"}),
    "message": line(message="x"),
    "error object": line(object="error"),
    "no object": b"7",
    "item that is no object": line(choices=[choice(), None]),
    "surrogate": line(id="\ud800"),
    "two escapes for one character": line(id="\U0001f33e"),
    "created": line(created=10**400),
    "tokens": line(usage={"total_tokens": 10**400}),
    "index": line(choices=[choice(index=10**400)]),
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("data", ATYPICAL.values(), ids=ATYPICAL.keys())
def test_bodies_whose_values_may_decide_are_validated_each(engine: str, data: bytes) -> None:
    """Error bodies, lone surrogates, numbers too large and items of the wrong type don't show in the shapes."""
    assert validated([data, data], Body, converter_for(engine)) == [1, 2]


@attrs.frozen
class Short:
    """A class with a validator."""

    model: str = attrs.field(validator=attrs.validators.max_len(3))


class Own(RouterConverter):
    """A converter with another parser."""

    def parse(self, data: Any) -> Any:
        return super().parse(data)


def with_own_parser() -> RouterConverter:
    """A converter whose parser was replaced."""
    converter = RouterConverter()
    converter.parse = json.loads  # type: ignore[method-assign]
    return converter


class Open(Enum):
    """An enum that decides which other values it accepts."""

    RYE = "rye"

    @classmethod
    def _missing_(cls, value: object) -> Open | None:
        return cls.RYE if value == "oats" else None


@attrs.frozen
class Grain:
    """A class with an open enum."""

    model: str
    kind: Open = Open.RYE


@attrs.frozen
class Made:
    """A class with a default that user code makes."""

    model: str
    number: int = attrs.Factory(lambda: 1)


@attrs.frozen
class Omitted:
    """A class with such a default in a field that the JSON omits."""

    model: str
    number: Annotated[int, override(omit=True)] = attrs.Factory(lambda: 1)


@pytest.mark.parametrize(
    ("cl", "converter", "decide"),
    [
        (Body, RouterConverter(), True),
        (Body | None, RouterConverter(), True),
        (Holder, RouterConverter(), True),
        (Leaf, RouterConverter(), True),
        (Body, Own(), False),
        (Body, with_own_parser(), False),
        (Grain, RouterConverter(), False),
        (Made, RouterConverter(), False),
        (Omitted, RouterConverter(), False),
        (Short, RouterConverter(), False),
        (openai.Completion, RouterConverter(), False),
        (list[Body], RouterConverter(), False),
    ],
)
def test_shapes_decide_unless_more_may(cl: Any, converter: RouterConverter, decide: bool) -> None:
    """User code, types other than classes and scalars, and another parser need each body validated."""
    data = [b'{"model": "m"}', b'{"model": "mmmm"}', b'{"model": "m", "kind": "oats"}']

    assert Checker("a", Validator(cl, converter))._shapes_decide is decide
    assert report_of(data, cl, converter).valid == sum(
        report_of([text], cl, converter, each=True).valid for text in data
    )


def test_the_number_of_invalid_bodies_counts_those_not_validated() -> None:
    """`max_errors` stops a check at a body whose verdict was known."""
    checker = Checker("a", Validator(Body, RouterConverter()), max_errors=3)
    checker.add_lines([line(), line(id=1), line(id=2), line(), line(id=3), line()])

    assert (checker.lines, checker.is_full, checker.report().bodies) == (5, True, 5)


def test_an_interrupted_body_is_in_no_table() -> None:
    """A body whose validation is interrupted is not counted, nor is what it holds."""
    validator = Validator(Body, RouterConverter())
    checker = Checker("a", validator)
    checker._scanner = None
    checker.add_lines([line()])

    def interrupt(*_: object) -> Any:
        raise KeyboardInterrupt

    checker._profiler._validate = interrupt
    with pytest.raises(KeyboardInterrupt):
        checker.add_lines([line(model="new", odd=1, usage=None)])
    report = checker.report()

    assert (report.bodies, report.unknown_keys, values(report.models)) == (1, (), {"granary/rye-1b": 1})
    assert {field.path: field.types.seen() for field in report.fields}["$.usage"] == {"object": 1}
