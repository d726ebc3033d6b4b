"""The scanner of the native engine reports what the plain profile reports."""

from __future__ import annotations

import json
import unittest.mock
from random import Random
from typing import Any, get_args

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_lines import CLASSES, ODD, Holder, Leaf, line, logs, problems, some_line, values
from strategies import json_of, randoms
from support import CORPUS, HAS_NATIVE, body, choice, needs_native

from router_schema import Report, RouterCompletionsResponseBody, RouterConverter, check, make_converter, openai, orq
from router_schema.logs import scan as module
from router_schema.logs.checker import Checker
from router_schema.logs.rows import By
from router_schema.logs.verdicts import Validator

pytestmark = needs_native

Body = RouterCompletionsResponseBody
CONVERTERS = (
    [make_converter(engine="native", forbid_extra_keys=forbids) for forbids in (False, True)] if HAS_NATIVE else []
)


def checker_of(cl: Any, forbids: bool = False, by: By | None = None, scans: bool = True) -> Checker:
    """A checker with the scanner, or without it."""
    checker = Checker("a", Validator(cl, CONVERTERS[forbids]), by=by)
    assert checker._scanner is not None
    if not scans:
        checker._scanner, checker._shapes_decide = None, False  # each body is parsed and validated
    return checker


def report_of(lines: list[bytes], cl: Any = Body, **options: Any) -> Report:
    """The report of lines, as blocks of one line."""
    checker = checker_of(cl, **options)
    checker.add_blocks(data + b"\n" for data in lines)
    return checker.report()


def cut(lines: list[bytes], random: Random) -> list[bytes]:
    """Lines as blocks of lines; the last line may lack its newline."""
    blocks = [b""]
    for data in lines:
        blocks[-1] += data + b"\n"
        if random.random() < 0.4:
            blocks.append(b"")
    lacks_newline = lines and lines[-1] and random.random() < 0.5  # an empty line without its newline is none
    last = blocks[-1].removesuffix(b"\n") if lacks_newline else blocks[-1]
    return [block for block in (*blocks[:-1], last) if block]


def assert_alike(lines: list[bytes], cl: Any, forbids: bool, by: By | None, random: Random) -> None:
    """The scanner, with tables of any size, and the plain profile report the same."""
    plain = checker_of(cl, forbids, by, scans=False)
    plain.add_lines(lines)
    with unittest.mock.patch.object(module, "_MAX_COLLECTED", random.choice([1, 2, 3, 5, 8, 2**14])):
        scanned = checker_of(cl, forbids, by)
    scanned.add_blocks(cut(lines, random))

    assert scanned.report() == plain.report()
    assert scanned.lines == plain.lines


groupings = st.sampled_from([None, *get_args(By)])


@given(logs(max_size=12), st.booleans(), groupings, randoms)
def test_logs_have_the_plain_report(lines: list[bytes], forbids: bool, by: By | None, random: Random) -> None:
    """Any lines, in blocks cut anywhere, have the report of the plain profile."""
    assert_alike(lines, Body, forbids, by, random)


@given(st.sampled_from(CLASSES), st.data(), st.booleans(), groupings, randoms)
def test_any_class_has_the_plain_report(
    cl: Any, data: st.DataObject, forbids: bool, by: By | None, random: Random
) -> None:
    """Bodies of any class that can be scanned, mutated or not, have the report of the plain profile."""
    by = by if by in (None, "source") or cl is not Holder else "model"
    bodies = data.draw(st.lists(json_of(cl), min_size=1, max_size=3))
    assert_alike([some_line(value, random) for value in bodies for _ in range(4)], cl, forbids, by, random)


@pytest.mark.parametrize("forbids", [False, True])
@pytest.mark.parametrize("by", [None, *get_args(By)])
def test_odd_lines_have_the_plain_report(monkeypatch: pytest.MonkeyPatch, forbids: bool, by: By | None) -> None:
    """Each line that a scanner may get wrong, alone and among the others, has the report of the plain profile."""
    for data in ODD:
        assert report_of([data], forbids=forbids, by=by) == report_of([data], forbids=forbids, by=by, scans=False)
    for lines in (ODD, [line(), *ODD, line(), *reversed(ODD)]):
        plain = report_of(lines, forbids=forbids, by=by, scans=False)
        for most in (1, 4, 2**14):
            monkeypatch.setattr(module, "_MAX_COLLECTED", most)
            assert report_of(lines, forbids=forbids, by=by) == plain


def test_a_verdict_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of bodies with the same shapes, only the first is validated, even if texts and unknown keys differ."""
    validated = []
    checker = checker_of(Body, by="hour")
    assert checker._scanner is not None
    monkeypatch.setattr(checker._scanner, "_validate", lambda data: validated.append(data) or checker._validate(data))
    kinds = [line(), line(id=1), line(choices=[choice(), choice()]), line(choices=[])]
    checker.add_blocks(
        [b"\n".join([*kinds, line(id="b", created=9, model="m", key=1), line(**{f"k{i}": 1})]) for i in range(9)]
    )
    report = checker.report()

    assert (report.bodies, report.valid) == (54, 45)
    assert validated == [kinds[0], kinds[1], kinds[3]]


def test_an_interrupted_validation_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that was counted before its validation was interrupted has its verdict in the report."""
    checker = checker_of(Body)
    lines = [line(), line(), line(id=1, created=9, odd=1)]
    with monkeypatch.context() as patch:
        patch.setattr(checker._validator, "of_body", unittest.mock.Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            checker.add_blocks([b"\n".join(lines)])

    assert checker.report() == report_of(lines)


def test_lines_that_are_too_long_are_left_to_python(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long line is parsed and profiled in Python; the report is the same."""
    monkeypatch.setattr(module, "_LONGEST", 400)
    lines = [line(), line(id="x" * 400), line(id="x" * 400, model=1), line()]
    report = report_of(lines)

    assert report == report_of(lines, scans=False)
    assert (report.valid, problems(report)) == (3, [("$.model", "type", 1)])


def test_bodies_with_very_many_shapes_are_left_to_python() -> None:
    """A body with more shapes than a combination holds is left to Python."""
    lines = [line(choices=[choice(finish_reason=f"r{number}") for number in range(5_000)])] * 2

    assert report_of(lines) == report_of(lines, scans=False)
    assert report_of(lines).left_out.finish_reasons == 2 * 4_000


def test_sums_have_no_limit() -> None:
    """Sums of tokens are taken before they overflow."""
    most = 2**53 - 1
    lines = [line(usage={"total_tokens": most})] * 3_000

    assert report_of(lines).usage.total_tokens == 3_000 * most


@attrs.frozen
class Validated:
    """A class whose problems depend on more than types."""

    model: str = attrs.field(validator=attrs.validators.max_len(3))


@attrs.frozen
class Anything:
    """A class whose problems depend on what it holds."""

    value: Any = None


def layers(depth: int) -> Any:
    """A class whose fields hold a class each, so many levels deep."""
    cl: Any = attrs.make_class("Last", {"number": attrs.field(type=int)}, frozen=True)
    for _ in range(depth - 1):
        fields = {f"a{number}": attrs.field(type=cl | None, default=None) for number in range(9)}
        cl = attrs.make_class("Layer", fields, frozen=True)
    return cl


class Own(RouterConverter):
    """A converter with another parser."""

    def parse(self, data: Any) -> Any:
        return super().parse(data)


@pytest.mark.parametrize(
    ("cl", "options", "scans"),
    [
        (Body, {}, True),
        (Body | None, {}, True),
        (Body, {"by": "day"}, True),
        (Leaf, {"by": "source"}, True),
        (Anything, {"by": "model"}, False),
        (Validated, {}, False),
        (Anything, {}, False),
        (openai.Completion, {}, False),
        (list[Body], {}, False),
        (dict[str, Body], {}, False),
        (int, {}, False),
        (layers(3), {}, True),
        (layers(8), {}, False),
        (layers(9), {}, False),
        (Holder, {"by": "hour"}, False),
        (Body, {"max_errors": 3}, False),
        (Body, {"converter": make_converter(engine="ujson")}, False),
        (Body, {"converter": Own()}, False),
    ],
)
def test_what_is_scanned(cl: Any, options: dict[str, Any], scans: bool) -> None:
    """The native engine scans for plain classes whose verdicts depend on shapes alone; else Python reads each body."""
    validator = Validator(cl, options.get("converter", CONVERTERS[0]))
    checker = Checker("a", validator, options.get("max_errors"), options.get("by"))

    assert (checker._scanner is not None) is scans


def test_lines_of_other_sources_may_hold_newlines() -> None:
    """An item of a list is one line, whatever is in it."""
    indented = json.dumps(body(), indent=1)

    assert check([indented, indented + "\n", ""]).valid == 2
    assert check([f"{indented}\n{indented}"]).malformed == 1


def test_recorded_bodies_have_the_plain_report() -> None:
    """Bodies of real servers have the report of the plain profile."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here")
    lines = (CORPUS / "completions.jsonl").read_bytes().splitlines()
    for cl in (Body, orq.CreateCompletionResponseBody):
        assert report_of(lines, cl) == report_of(lines, cl, scans=False)


def test_values_are_cut_at_characters() -> None:
    """Values are cut at 100 characters, not bytes."""
    report = report_of([line(model="é" * 100 + "x"), line(model="é" * 101)])

    assert values(report.models) == {"é" * 100: 2}
