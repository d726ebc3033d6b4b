"""From bodies to a report: `check` and the `Checker`."""

from __future__ import annotations

import gc
import gzip
import json
import re
import tracemalloc
from pathlib import Path
from typing import Any, Literal, get_args
from unittest.mock import patch

import attrs
import pytest
from hypothesis import given
from log_lines import line, logs, problems, text, values
from support import CORPUS, body, choice

from router_schema import (
    DecodeError,
    Report,
    RouterCompletionsResponseBody,
    RouterConverter,
    ValidationError,
    check,
    dumps,
    iter_jsonl,
    loads,
    make_converter,
    openai,
    orq,
)
from router_schema.errors import FieldError
from router_schema.logs import Place, Seen, UsageTotals
from router_schema.logs import checker as module
from router_schema.logs import profile as profile_module
from router_schema.logs import report as report_module
from router_schema.logs import scan as scan_module
from router_schema.logs import verdicts as verdicts_module
from router_schema.logs.checker import Checker
from router_schema.logs.rows import By
from router_schema.logs.verdicts import Validator

Body = RouterCompletionsResponseBody

# --- verdicts ---


def test_nothing_is_the_empty_report() -> None:
    """Sources without bodies give `Report()`."""
    assert check([]) == check([b"", b" \r\n"]) == Report()
    assert Report().ok


def test_counts_say_what_the_bodies_are(converter: RouterConverter) -> None:
    """Valid, invalid and malformed add up to the bodies; error bodies are part of the invalid."""
    lines = [line(), line(id=1), b"{", b'{"error": {"code": 1}}', b'{"object": "error"}', b"7", b"", line()]
    report = check(lines, converter=converter)

    assert (report.bodies, report.valid, report.invalid, report.malformed, report.error_bodies) == (7, 2, 4, 1, 2)
    assert not report.ok


def found_in(error: FieldError) -> str:
    """What a report says was found: the value of a finish reason, else the type."""
    is_finish_reason = error.kind == "value" and error.path.endswith(".finish_reason")
    return error.message.rpartition(", got ")[2] if is_finish_reason else error.actual


@given(logs(max_size=8))
def test_problems_are_those_of_loads(lines: list[bytes]) -> None:
    """The report says of each body exactly what `loads` would."""
    report = check(lines)
    valid = 0
    expected: dict[tuple[str, ...], int] = {}
    for data in filter(None, lines):
        found: set[tuple[str, ...]] = set()
        try:
            with patch("router_schema._rules.base.MAX_ERRORS", 10**6):  # a report lists all problems
                loads(data)
            valid += 1
        except ValidationError as error:
            found = {(re.sub(r"\[\d+\]", "[*]", e.path), e.kind, e.expected, found_in(e)) for e in error.errors}
            if error.error_body is not None:
                found = {("$", "error body", "RouterCompletionsResponseBody", "error")}
        except DecodeError as error:
            found = {("$", "malformed", "JSON", re.sub("( starting)? at$", "", error.args[0]))}
        expected.update({key: expected.get(key, 0) + 1 for key in found})

    assert report.valid == valid
    assert {problem.key: problem.count for problem in report.problems} == expected


@attrs.frozen
class TimedUse:
    """A part with a time and tokens."""

    created: float
    total_tokens: int


@attrs.frozen
class Anything:
    """A class that accepts what it does not look at."""

    value: Any = None


@pytest.mark.parametrize("nested", ["[~]", '{"a":~}', '{"value":~}', '{"children":[~]}'])
@pytest.mark.parametrize(
    ("cl", "text"),
    [
        (Body, json.dumps(body(extra="~"))),
        (Body, json.dumps(body(extra="~", id="\U0001f600"))),
        (Body, json.dumps(body(choices="~"))),
        (Anything, '{"value": "~"}'),
    ],
    ids=["unknown key", "beside an escape", "known key", "any value"],
)
def test_check_and_loads_agree_on_nesting(converter: RouterConverter, nested: str, cl: Any, text: str) -> None:
    """However deep a value is nested, known or not, `check` accepts what `loads` accepts."""
    opening, closing = nested.split("~")
    # Near the interpreter's recursion limit, about 1,000, the frames in use decide.
    depths = [1, 199, 200, 201, *range(250, 800, 50), 3000, 100_000]
    lines = [text.replace('"~"', opening * depth + "1" + closing * depth).encode() for depth in depths]
    outcomes, found = [], []
    for data in lines:
        try:
            converter.loads(data, cl)
            outcomes.append("valid")
        except DecodeError as error:
            outcomes.append("invalid" if isinstance(error, ValidationError) else "malformed")
        report = check([data], cl, converter=converter)
        found.append("valid" if report.valid else "invalid" if report.invalid else "malformed")

    assert found == outcomes
    assert len(set(outcomes)) > 1


class Shallow(RouterConverter):
    """A converter that parses nothing, but decodes everything."""

    def parse(self, data: Any) -> Any:
        raise DecodeError("nested too deeply")


def test_what_the_parser_refuses_goes_to_loads() -> None:
    """A line that `parse` rejects, but `loads` accepts, is valid."""
    report = check([line(), line(id=1), b"{"], converter=Shallow(engine="ujson"))

    assert (report.valid, report.invalid, report.malformed) == (1, 1, 1)


def test_hooks_of_the_user_decide() -> None:
    """A hook that the user registered for the class itself validates, and what it raises is a problem as in `loads`."""
    converter = make_converter(engine="ujson")

    def structure(value: Any, cl: Any) -> Any:
        if value == 2:
            raise LookupError("secret")
        return cl()

    converter.register_structure_hook(Tree, structure)
    report = check(["1", "2", "{}"], Tree, converter=converter)

    assert (report.valid, report.fields) == (2, ())
    assert problems(report) == [("$", "value", 1)]
    assert "secret" not in dumps(report)


def test_reading_stops_after_so_many_errors(converter: RouterConverter) -> None:
    """With a limit, nothing is read after the body that reaches it."""
    checker = Checker("a", Validator(Body, converter), max_errors=2)
    lines = iter([line(), b"{", line(), line(id=1), line(), b"{"])
    checker.add_lines(lines)

    assert checker.is_full
    assert (checker.report().bodies, checker.lines) == (4, 4)
    assert next(lines) == line()


# --- problems ---


def test_problems_are_folded_and_counted_by_body(converter: RouterConverter) -> None:
    """A body counts once for a problem that several of its items have; places are the first three."""
    two = line(choices=[choice(text=None), choice(text=None), choice(index="0")])
    report = check([line(), two, two, two, two], converter=converter)
    first = report.problems[0]

    assert problems(report) == [("$.choices[*].index", "type", 4), ("$.choices[*].text", "type", 4)]
    assert (first.expected, first.actual) == ("number", "string")
    assert first.places == (Place("-", 2), Place("-", 3), Place("-", 4))


def test_places_are_the_first_in_whatever_order_bodies_are_counted() -> None:
    """Some bodies are counted at once and others in batches; the places are the first lines all the same."""

    class Picky(RouterConverter):
        def parse(self, data: Any) -> Any:
            if b"odd" in data:
                raise DecodeError("nested too deeply")
            return super().parse(data)

    bad, at_once = line(id=[]), line(id=[], model="odd")
    report = check([bad, line(), bad, at_once, at_once, at_once, bad], converter=Picky())

    assert [place.line for place in report.problems[0].places] == [1, 3, 4]
    assert report.problems[0].count == 6


def test_malformed_lines_say_why(converter: RouterConverter) -> None:
    """A line that is no JSON is one problem, with a reason that is a whole phrase and no text of the line."""
    report = check([b'{"secret', b"\xff", b"\xef\xbb\xbf{}", b"[" * 100_000], converter=converter)
    reasons = {problem.message for problem in report.problems}

    assert {(problem.path, problem.kind, problem.expected) for problem in report.problems} == {
        ("$", "malformed", "JSON")
    }
    assert report.malformed == 4
    assert "secret" not in dumps(report)
    assert "not JSON: Unterminated string" in reasons
    assert not any(reason.endswith((" at", ":")) or "got" in reason for reason in reasons)


def test_a_byte_order_mark_is_named() -> None:
    """A byte order mark in the first line is reported as such."""
    report = check([b"\xef\xbb\xbf" + line()])

    assert report.problems[0].actual == "not JSON: starts with a byte order mark"


def test_error_bodies_are_one_problem_and_nothing_else(converter: RouterConverter) -> None:
    """The content of an error body says nothing about the schema, so it is only counted."""
    errors = [
        *(b'{"error": {"message": "m", "type": "t"}}', b'{"error": "x", "model": "m"}'),
        *(b'{"object": "error", "model": "m"}', b'{"object": "error", "model": "m"}'),
        *(b'{"error": {"message": "\\ud800", "type": "t"}}', b'{"error": {"message": "m", "code": 1e400}}'),
    ]
    report = check(errors, converter=converter)

    assert problems(report) == [("$", "error body", 6)]
    assert (report.fields, report.unknown_keys, report.models, report.usage) == ((), (), (), UsageTotals())


def test_a_line_that_does_not_parse_has_the_verdict_of_loads(converter: RouterConverter) -> None:
    """It may be valid, an error body, invalid or malformed."""
    validator = Validator(RouterCompletionsResponseBody, converter)
    texts = [line(), b'{"error": {"message": "m"}}', line(id=1), b"{"]

    verdicts = [validator.of_line(text) for text in texts]
    assert [verdict.counters for verdict in verdicts] == [
        ("valid",),
        ("invalid", "error_bodies"),
        ("invalid",),
        ("malformed",),
    ]


def test_an_error_beside_a_valid_body_is_an_unknown_key(converter: RouterConverter) -> None:
    """A valid body may have a key of that name."""
    report = check([line(error={"code": 1}), line(error=None)], converter=converter)

    assert report.valid == 2
    assert [(key.path, key.count) for key in report.unknown_keys] == [("$.error", 2)]


@attrs.frozen
class Answer:
    """A class that expects an error."""

    error: dict[str, Any] | None


def test_a_class_with_an_error_field_has_no_error_bodies() -> None:
    """If the schema names the key, an error is an ordinary body."""
    report = check(['{"error": {"code": 1}}', '{"error": null}', '{"error": "x"}'], Answer)

    assert (report.valid, report.invalid, report.error_bodies) == (2, 1, 0)
    assert report.fields[0].count == 3


@pytest.mark.parametrize("escape", [b"\\ud800", b"\\uDFFF", b"\\uDbff\\ud800"])
def test_lone_surrogates_are_found_in_any_company(converter: RouterConverter, escape: bytes) -> None:
    """A body whose only fault is a lone surrogate is invalid, though its shapes are those of valid ones."""
    bad = line().replace(b"cmpl", escape)
    report = check([line(), bad, line(), line(id="\U0001f600")], converter=converter)

    assert (report.valid, problems(report)) == (3, [("$.id", "value", 1)])


def test_lone_surrogates_are_problems_and_escaped(converter: RouterConverter) -> None:
    """A report is text that can be saved, whatever was in the bodies or the name of the source."""
    bad = line().replace(b"granary", b"\\ud800").replace(b'"id"', b'"\\uDC00": 1, "id"')
    checker = Checker("\udcff.jsonl", Validator(Body, converter))
    checker.add_lines([line(), bad, line()])
    report = checker.report()

    assert problems(report) == [("$.model", "value", 1)]
    assert report.problems[0].places == (Place("\\udcff.jsonl", 2),)
    assert loads(dumps(report), Report) == report


@pytest.mark.parametrize("number", [b"1e999", b"9" * 400, b"NaN", b"9" * 5000])
@pytest.mark.parametrize("key", [b"total_tokens", b"created", b"index"])
def test_numbers_that_no_double_holds(converter: RouterConverter, number: bytes, key: bytes) -> None:
    """A value that the converter doesn't accept as a number is never counted as one in the report."""
    good = b'"%s": %d' % (key, {b"total_tokens": 19, b"created": 1760000123, b"index": 0}[key])
    bad = line().replace(good, b'"%s": %s' % (key, number))
    report = check([line(), bad, line()], converter=converter)

    assert bad != line()
    assert (report.valid, report.bodies, report.problems[0].places) == (2, 3, (Place("-", 2),))
    assert loads(dumps(report), Report) == report


def test_all_problems_are_reported(converter: RouterConverter) -> None:
    """A report lists all problems of a body, including those beyond the hundred that an error lists."""
    report = check([line(choices=[choice(text=1)] * 101, usage=1)] * 2, converter=converter)

    assert problems(report) == [("$.choices[*].text", "type", 2), ("$.usage", "type", 2)]
    assert report.left_out.problems == 0


def test_problems_are_folded_while_they_are_collected() -> None:
    """A body with very many problems takes no memory for each of them."""
    body = [{"index": "x"}] * 20_000
    validator = Validator(tuple[Body, ...], make_converter())
    tracemalloc.start()
    verdict = validator.of_body(b"", body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert len(verdict.problems) == 7
    assert peak < 3_000_000


def test_a_body_is_reported_alike_in_whatever_company() -> None:
    """Bodies of the same shapes, in other numbers, are reported as each one alone is."""
    few, many = (line(created="bad", choices=[choice(index="x")] * number) for number in (1, 150))
    for lines in ([many] + [few] * 3, [few] * 3 + [many], [few, many, few, few]):
        report = check(lines)

        assert problems(report) == [("$.choices[*].index", "type", 4), ("$.created", "type", 4)]


def test_rejected_values_are_shown_where_values_are_counted() -> None:
    """The problem of an unknown finish reason shows it, cut at 100 characters; other enums show the type alone."""
    reasons = ["eos", "f" * 101, "é'", 1]
    report = check([line(choices=[choice(finish_reason=reason) for reason in reasons])])
    other = check([json.dumps({"model": "c", "other": "secret"})], TwoEnums)

    expected = "one of 'stop', 'length', 'content_filter', 'tool_calls'"
    assert {problem.message for problem in report.problems} == {
        *(f"expected {expected}, got {found}" for found in ("'eos'", repr("f" * 100), '"é\'"', "integer"))
    }
    assert [problem.actual for problem in other.problems] == ["'c'", "string"]


def test_forbidden_keys_are_problems() -> None:
    """A converter that forbids extra keys makes problems of them."""
    report = check([line(provider=1)] * 2, converter=make_converter(forbid_extra_keys=True))

    assert problems(report) == [("$.provider", "extra", 2)]
    assert report.unknown_keys[0].path == "$.provider"


def test_sources_name_themselves(tmp_path: Path) -> None:
    """A path is the name of its places, also in a file object; a list of lines is called -."""
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b"{"))
    plain = tmp_path / "log.jsonl"
    plain.write_bytes(b"{")
    with open(plain, "rb") as file:
        of_file = check(file)

    assert check(path).problems[0].places == (Place(str(path), 1),)
    assert of_file.problems[0].places == (Place(str(plain), 1),)
    assert str(check(["{"]).problems[0].places[0]) == "-:1"


# --- paths ---


@attrs.frozen
class Tree:
    """A class that contains itself."""

    model: str = ""
    children: tuple[Tree, ...] = ()


@attrs.frozen
class Entry:
    """A class with a field of every kind that holds others."""

    response: Body
    scores: dict[str, Tree]
    numbers: list[int]
    extra: Any = None
    maybe: Tree | None = None
    perhaps: tuple[Tree | None, ...] = ()
    deep: dict[str, list[dict[str, int]]] = attrs.Factory(dict)


ENTRY = {
    "response": body(),
    "scores": {"a": {}, "b": {"model": "x"}},
    "numbers": [1],
    "maybe": {"odd": 1},
    "perhaps": [None, {}],
}


def test_any_class_can_be_checked(converter: RouterConverter) -> None:
    """Nested classes, mappings of them and classes of one's own are looked into."""
    lines = [json.dumps(ENTRY), json.dumps({**ENTRY, "numbers": ["x"], "scores": [], "maybe": None})]
    report = check(lines, Entry, converter=converter)
    paths = {field.path: field.count for field in report.fields}

    assert (report.valid, report.invalid) == (1, 1)
    assert problems(report) == [("$.numbers[*]", "type", 1), ("$.scores", "type", 1)]
    assert values(report.models) == {"granary/rye-1b": 2, "x": 1}
    assert (paths["$.response.usage.total_tokens"], paths["$.scores[*].model"], paths["$.maybe.model"]) == (2, 2, 1)
    assert [key.path for key in report.unknown_keys] == ["$.maybe.odd"]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"scores": {"secret": {"model": 1}}}, "$.scores[*].model"),
        ({"scores": {'it\'s a "secret"]': {"model": 1}}}, "$.scores[*].model"),
        ({"scores": {"secret" * 50: 1}}, "$.scores[*]"),
        ({"deep": {"secret": [{"secret too": "x"}]}}, "$.deep[*][*][*]"),
        ({"extra": {"secret": [{"secret too": "\ud800"}]}}, "$.extra[*][*][*]"),
        ({"perhaps": [{"children": [{}, {"model": 1}]}]}, "$.perhaps[*].children[*].model"),
        ({"maybe": {"model": 1}}, "$.maybe.model"),
    ],
)
def test_keys_of_mappings_are_folded(converter: RouterConverter, changes: dict[str, Any], path: str) -> None:
    """A path names the fields of classes; keys of a mapping are payload, and folded like indexes."""
    report = check([json.dumps({**ENTRY, **changes})], Entry, converter=converter)

    assert [problem.path for problem in report.problems] == [path]
    assert "secret" not in dumps(report)


def test_tokens_of_a_completion_are_not_in_the_report() -> None:
    """The tokens of ``top_logprobs``, which are keys of a mapping, are folded; errors name them."""
    logprobs = {"tokens": ["a"], "token_logprobs": [-1.0], "text_offset": [0], "top_logprobs": [{"private": "x"}]}
    data = json.dumps({"choices": [{"finish_reason": "stop", "index": 0, "text": "a", "logprobs": logprobs}]})
    report = check([data], openai.Completion)
    with pytest.raises(ValidationError) as caught:
        loads(data, openai.Completion)

    assert "$.choices[*].logprobs.top_logprobs[*][*]" in [problem.path for problem in report.problems]
    assert "private" not in dumps(report)
    assert "private" in str(caught.value)


def test_unknown_keys_of_classes_keep_their_names() -> None:
    """A forbidden key is named, since finding those is what a report is for."""
    converter = make_converter(forbid_extra_keys=True)
    data = json.dumps({**ENTRY, "scores": {"secret": {"odd key": 1}}, "maybe": None})

    assert problems(check([data], Entry, converter=converter)) == [("$.scores[*]['odd key']", "extra", 1)]


def test_what_hooks_report_below_their_value_is_folded() -> None:
    """Below a value that a hook of the user structures, names may be payload."""
    converter = make_converter()
    converter.register_structure_hook(Tree, lambda value, _: converter.structure(value, dict[str, int]))
    report = check([json.dumps({**ENTRY, "scores": {"a": {"secret": "x"}}, "maybe": None})], Entry, converter=converter)

    assert problems(report) == [("$.scores[*][*]", "type", 1)]


def test_long_names_of_fields_are_whole(converter: RouterConverter) -> None:
    """A path has the whole name of a field, so that what is below it is told apart."""
    name = "k" * 60
    pair: Any = attrs.make_class("Pair", {key: attrs.field(type=int) for key in ("left", "right")})
    cl: Any = attrs.make_class("Long", {name: attrs.field(type=list[pair])})
    lines = [json.dumps({name: [{"left": "x", "right": 1}]}), json.dumps({name: [{"left": 1, "right": "x"}]})]

    assert problems(check(lines, cl, converter=converter)) == [
        (f"$.{name}[*].left", "type", 1),
        (f"$.{name}[*].right", "type", 1),
    ]


def test_long_paths_end_where_they_were_cut() -> None:
    """What follows a cut in a path could be payload, and is dropped."""
    deep: dict[str, Any] = {"model": 1}
    for _ in range(90):
        deep = {"children": [deep]}
    (problem,) = check([json.dumps(deep)], Tree).problems

    assert problem.path.startswith("$.children[*].children[*]")
    assert problem.path.endswith("…")
    assert len(problem.path) < 400


def test_classes_that_contain_themselves_have_an_end(converter: RouterConverter) -> None:
    """Objects are profiled to some depth, and validated to any."""
    deep: dict[str, Any] = {"model": 1}
    for _ in range(20):
        deep = {"model": "m", "children": [deep]}
    report = check([json.dumps(deep), json.dumps({"children": [1]})], Tree, converter=converter)

    assert report.invalid == 2
    assert {problem.path for problem in report.problems} == {"$" + ".children[*]" * 20 + ".model", "$.children[*]"}


def layers(depth: int, width: int) -> Any:
    """A class whose fields hold a class each, so many levels deep; the last one has a number."""
    cl: Any = attrs.make_class("Last", {"number": attrs.field(type=int)}, frozen=True)
    for _ in range(depth - 1):
        fields = {f"a{number}": attrs.field(type=cl | None, default=None) for number in range(width)}
        cl = attrs.make_class("Layer", fields, frozen=True)
    return cl


@pytest.mark.parametrize("depth", [2, 8, 9])
def test_classes_in_classes_are_validated_to_any_depth(converter: RouterConverter, depth: int) -> None:
    """However many ways lead to a class, and however deep it is, its problems are reported."""
    good, bad = ('{"a0":' * (depth - 1) + f'{{"number": {number}}}' + "}" * (depth - 1) for number in ("1", "true"))
    report = check([good, bad, good, bad], layers(depth, 9), converter=converter)

    assert report.valid == 2
    assert problems(report) == [("$" + ".a0" * (depth - 1) + ".number", "type", 2)]


# --- classes of the user ---


@attrs.frozen
class Validated:
    """A class whose problems depend on more than types."""

    model: str = attrs.field(validator=attrs.validators.max_len(3))


@attrs.frozen
class TwoEnums:
    """A class with two enums, one of which the report counts."""

    model: Literal["a", "b"]
    other: Literal["x"]


@pytest.mark.parametrize("odd", [[], {}, 1])
def test_values_beside_an_odd_one_are_counted(converter: RouterConverter, odd: Any) -> None:
    """Each value of an enum is counted under its own name, also if another enum holds an array, object or number."""
    lines = [json.dumps({"model": model, "other": odd}) for model in ("a", "b", "b", ["a"], None)]

    assert values(check(lines, TwoEnums, converter=converter).models) == {"a": 1, "b": 2}


def test_validators_see_every_body(converter: RouterConverter) -> None:
    """Where problems depend on more than types, each body is validated by itself."""
    report = check(['{"model": "abc"}', '{"model": "abcd"}', '{"model": "a"}'], Validated, converter=converter)

    assert (report.valid, problems(report)) == (2, [("$.model", "value", 1)])


def test_corpus_gives_one_report_on_every_engine(converter: RouterConverter) -> None:
    """Bodies of real servers give the report that the plain engine gives, and `loads` its verdicts."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here")
    path = CORPUS / "completions.jsonl"
    report = check(path, openai.Completion, converter=converter)

    assert report == check(path, openai.Completion, converter=make_converter(engine="ujson"))
    assert report.valid == len(list(iter_jsonl(path, openai.Completion, on_error="skip", converter=converter)))
    assert report.bodies == len(path.read_bytes().splitlines())


# --- memory is bounded ---


@pytest.fixture
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables, and what is collected between two reports, of a few rows."""
    monkeypatch.setattr(report_module, "MAX_ROWS", 10)
    monkeypatch.setattr(module, "_MAX_COLLECTED", 20)
    monkeypatch.setattr(scan_module, "_MAX_COLLECTED", 20)
    monkeypatch.setattr(verdicts_module, "_MAX_PATHS", 20)
    monkeypatch.setattr(profile_module, "_ROOM", 2000)


@pytest.mark.usefixtures("small_bounds")
def test_tables_are_capped(converter: RouterConverter) -> None:
    """Of a million different keys, values and problems the most frequent rows are kept and the others counted."""
    common = [line(model="common", common=1)] * 50
    lines = [line(**{"model": f"m{i}", f"k{i}": 1, "created": None}) for i in range(300)]
    report = check([*common, *lines, *common], converter=converter)

    assert len(report.models) == len(report.unknown_keys) == 10
    assert (report.models[0].value, report.models[0].count) == ("common", 100)
    assert report.unknown_keys[0].path == "$.common"
    assert report.left_out.models == report.left_out.unknown_keys == 291
    assert sum(row.count for row in report.models) + report.left_out.models == report.bodies == 400
    assert problems(report) == [("$.created", "type", 300)]


@pytest.mark.usefixtures("small_bounds")
def test_different_problems_are_capped() -> None:
    """Bodies can have problems without end, if extra keys are forbidden."""
    converter = make_converter(forbid_extra_keys=True)
    report = check([line(**{f"k{i}": 1}) for i in range(300)], converter=converter)

    assert len(report.problems) == 10
    assert report.left_out.problems == 290


def subsets(number: int) -> bytes:
    """A body with another combination of eleven kinds of choices."""
    return line(choices=[choice(**{f"k{bit}": 1}) for bit in range(11) if number >> bit & 1])


def deep(number: int) -> bytes:
    """A tree with another unknown key, deeper than objects are profiled."""
    return b'{"children": [' * 9 + b'{"key%d": 1}' % number + b"]}" * 9


STRICT = make_converter(forbid_extra_keys=True)


@pytest.mark.parametrize(
    ("make", "cl", "converter"),
    [
        (lambda number: line(), Body, None),
        (lambda number: line(**{f"key{number}": 1}), Body, None),
        (lambda number: line(model=f"{number:04}" * 25), Body, None),
        (lambda number: line(choices=[choice(finish_reason=f"reason-{number}")]), Body, None),
        (subsets, Body, None),
        (lambda number: line(id="\U0001f600"), Body, None),
        (lambda number: b'{"error": "%d"}' % number, Body, None),
        (lambda number: b"{" + b" " * (number % 100), Body, None),
        (lambda number: line(**{f"key{number}": 1}), Body, STRICT),
        (lambda number: line(**{f"key{number}": 1}), Body, Shallow(forbid_extra_keys=True)),
        (deep, Tree, STRICT),
    ],
    ids=[
        *("alike", "unknown keys", "models", "finish reasons", "combinations", "escapes", "error bodies", "malformed"),
        *("problems", "problems that only loads finds", "problems too deep for the profiler"),
    ],
)
@pytest.mark.usefixtures("small_bounds")
def test_memory_does_not_grow_with_the_source(make: Any, cl: Any, converter: Any) -> None:
    """Counts are moved into the bounded report repeatedly, whatever the bodies contain."""
    checker = Checker("a", Validator(cl, converter))
    checker.add_lines([make(number) for number in range(200)])
    tracemalloc.start()
    checker.add_lines(make(number) for number in range(1000))
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert held < 80_000
    assert checker.report().bodies == 1200


def test_long_values_of_an_enum_are_not_kept(converter: RouterConverter) -> None:
    """A finish reason of any length counts under its first 100 characters."""
    report = check([line(choices=[choice(finish_reason="x" * 300_000)])] * 3, converter=converter)

    assert values(report.finish_reasons) == {"x" * 100: 3}
    assert report.invalid == 3


# --- documents ---


def of_document(data: bytes, converter: RouterConverter, max_errors: int | None = None) -> Report:
    """The report of one JSON text."""
    checker = Checker("d.json", Validator(Body, converter), max_errors)
    checker.add_document([data])
    return checker.report()


def test_documents_hold_one_body_or_many(converter: RouterConverter) -> None:
    """A JSON text may be a body or an array of bodies, whose places are counted from 1."""
    array = b"[\n" + text() + b",\n" + text(id=1) + b", " + text(id=1) + b"]"

    assert of_document(b"\n " + text(), converter).valid == 1
    assert of_document(array, converter).problems[0].places == (Place("d.json", 2), Place("d.json", 3))
    assert of_document(array, converter, 1).bodies == 2
    assert of_document(b"[]", converter).bodies == 0
    assert of_document(b"[{", converter).malformed == 1
    assert "byte order mark" in of_document(b"\xef\xbb\xbf[]", converter).problems[0].actual


@given(logs(max_size=6))
def test_documents_are_reported_like_lines(lines: list[bytes]) -> None:
    """An array of bodies has the report of its items as lines."""
    good = [data for data in lines if data and check([data]).malformed == 0]
    checker = Checker("-", Validator(Body))
    checker.add_document([b"[" + b",".join(good) + b"]"])

    assert checker.report() == check(good)


def test_documents_may_be_nested_too_deeply() -> None:
    """A document that nests too deeply is one malformed body, whatever else is in it."""
    deep: dict[str, Any] = {}
    for _ in range(100):
        deep = {"children": [deep]}
    checker = Checker("-", Validator(Tree))
    checker.add_document([json.dumps([deep, {}, 1]).encode()])
    report = checker.report()

    assert (report.bodies, report.malformed) == (1, 1)
    assert report.problems[0].actual == "nested more than 200 levels deep"


# --- groups ---


def test_bodies_are_grouped(converter: RouterConverter) -> None:
    """Bodies are counted by model, source, hour or day, with their problems and tokens; those without it together."""
    lines = [
        line(model="a", created=3_599.9),
        line(model="b", created=3_600, id=1, choices=[choice(text=1)]),
        line(model="a", created=90_000),
        line(model=None, created=1e300),
        b'{"error": "x"}',
        b"{",
    ]
    groups = {by: check(lines, converter=converter, by=by).groups for by in get_args(By)}
    sums = {by: [(row.name, row.count, row.valid, row.problems) for row in rows] for by, rows in groups.items()}

    assert sums == {
        "model": [("", 3, 0, 3), ("a", 2, 2, 0), ("b", 1, 0, 2)],
        "source": [("-", 6, 2, 5)],
        "hour": [
            ("", 3, 0, 3),
            ("1970-01-01 00:00", 1, 1, 0),
            ("1970-01-01 01:00", 1, 0, 2),
            ("1970-01-02 01:00", 1, 1, 0),
        ],
        "day": [("", 3, 0, 3), ("1970-01-01", 2, 1, 2), ("1970-01-02", 1, 1, 0)],
    }
    assert groups["model"][1].usage == UsageTotals(14, 24, 38, 0)
    assert (groups["model"][1].first, groups["model"][1].last) == (3_599.9, 90_000)
    assert check(lines, converter=converter).groups == ()


def test_groups_have_a_name() -> None:
    """Anything else to group by is a ValueError."""
    with pytest.raises(ValueError, match="by must be one of 'model', 'source', 'hour', 'day'"):
        check([], by="minute")  # type: ignore[arg-type]


@pytest.mark.parametrize("cl", [openai.CompletionChunk, orq.CreateCompletionData])
def test_events_are_grouped_and_streams_use_tokens(cl: Any) -> None:
    """Events are grouped by what they say; a stream's usage counts once, for its last event."""
    chunk = {"choices": [], "created": 5, "model": "m", "object": "o", "id": "x"}
    events = [chunk, {**chunk, "usage": {"total_tokens": 3}}, {**chunk, "usage": {"total_tokens": 4}}]
    checker = Checker("a.sse", Validator(cl), by="model")
    checker.add_events([b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)])
    report = checker.report()

    assert [(row.name, row.count, row.usage.total_tokens) for row in report.groups] == [("m", 3, 4)]
    assert report.usage.total_tokens == 4


@pytest.mark.usefixtures("small_bounds")
def test_groups_are_capped() -> None:
    """Of very many groups the largest are kept and the others counted."""
    report = check([line(model=f"m{number % 60}") for number in range(90)], by="model")

    assert len(report.groups) == 10
    assert sum(row.count for row in report.groups) + report.left_out.groups == 90


# --- verdicts ---


def test_bodies_may_be_null(converter: RouterConverter) -> None:
    """Null is valid where the schema accepts it, and counted in no table."""
    report = check(["null", line(), "[]"], Body | None, converter=converter)

    assert (report.valid, problems(report)) == (2, [("$", "type", 1)])
    assert {field.count for field in report.fields if field.path.count(".") == 1} == {1}


def test_bodies_too_deep_for_the_stack_go_to_loads() -> None:
    """Where the validation of a parsed body ends early, the verdict is that of `loads` on its text."""
    deep: dict[str, Any] = {}
    for _ in range(50_000):
        deep = {"children": [deep]}
    validator = Validator(Tree, make_converter())

    assert validator.of_body(b'{"model": 1}', deep).problems == (("$.model", "type", "string", "integer"),)
    while deep:  # or freeing it would fill the stack
        (deep,) = deep["children"]


def test_several_times_and_sums_in_a_body(converter: RouterConverter) -> None:
    """A body's times are those of all its objects, and its sums those of all of them."""
    cl = attrs.make_class(
        "Log", {"created": attrs.field(type=float), "parts": attrs.field(type=tuple[TimedUse, ...])}, frozen=True
    )
    times = [5, 9, 2, 7]
    parts = [{"created": time, "total_tokens": time} for time in times]
    bodies = [json.dumps({"created": 6, "parts": parts}), json.dumps({"created": 4, "parts": []})]
    report = check(bodies, cl, converter=converter)

    assert (report.created_min, report.created_max, report.usage.total_tokens) == (2, 9, 23)
    assert (report.usage.bodies_without, report.fields[0].types.integer) == (1, Seen(2, 2, 9, Place("-", 1)))
