"""Reports: what they hold, and that they merge."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import CORPUS, body, choice

from router_schema import (
    Report,
    RouterConverter,
    ValidationError,
    _check,
    _report,
    _shapes,
    check,
    dumps,
    loads,
    make_converter,
)
from router_schema import RouterCompletionsResponseBody as Body
from router_schema._check import Tally
from router_schema._report import Part, Place, TypeCounts, UsageTotals


def text(**changes: Any) -> bytes:
    return json.dumps(body(**changes)).encode()


def problems(report: Report) -> list[tuple[str, str, int]]:
    return [(problem.path, problem.kind, problem.count) for problem in report.problems]


def values(rows: tuple[Any, ...]) -> dict[str, int]:
    return {row.value: row.count for row in rows}


# --- what a report holds ---


def test_nothing_is_the_empty_report() -> None:
    """Sources without bodies give `Report()`."""
    assert check([]) == check([b"", b" \r\n"]) == Report()
    assert Report().ok


def test_counts_say_what_the_bodies_are(converter: RouterConverter) -> None:
    """Valid, invalid and malformed add up to the bodies; error bodies are part of the invalid."""
    lines = [text(), text(id=1), b"{", b'{"error": {"code": 1}}', b'{"object": "error"}', b"7", b"", text()]
    report = check(lines, converter=converter)

    assert (report.bodies, report.valid, report.invalid, report.malformed, report.error_bodies) == (7, 2, 4, 1, 2)
    assert not report.ok


def test_problems_are_folded_and_counted_by_body(converter: RouterConverter) -> None:
    """A body counts once for a problem that several of its items have; lines are the first three."""
    two = text(choices=[choice(text=None), choice(text=None), choice(index="0")])
    report = check([text(), two, two, two, two], converter=converter)
    first = report.problems[0]

    assert problems(report) == [("$.choices[*].index", "type", 4), ("$.choices[*].text", "type", 4)]
    assert (first.expected, first.actual) == ("number", "string")
    assert first.places == (Place("-", 2), Place("-", 3), Place("-", 4))


def test_malformed_lines_say_why(converter: RouterConverter) -> None:
    """A line that is no JSON is one problem, with its reason and no text of it."""
    report = check([b'{"secret', b"\xff", b"\xef\xbb\xbf{}", b"[" * 100_000], converter=converter)

    assert {(problem.path, problem.kind, problem.expected) for problem in report.problems} == {
        ("$", "malformed", "JSON")
    }
    assert report.malformed == 4
    assert "secret" not in dumps(report)


def test_text_after_a_byte_order_mark_is_named() -> None:
    """A byte order mark in the first line is told as such."""
    report = check([b"\xef\xbb\xbf" + text()])

    assert report.problems[0].actual == "not JSON: starts with a byte order mark"


def test_error_bodies_are_one_problem_and_nothing_else(converter: RouterConverter) -> None:
    """What an error body holds says nothing about the schema, so only its number is told."""
    report = check([b'{"error": {"message": "m", "type": "t"}}', b'{"error": "x", "model": "m"}'], converter=converter)

    assert problems(report) == [("$", "error body", 2)]
    assert (report.fields, report.unknown_keys, report.models, report.usage) == ((), (), (), UsageTotals())


def test_an_error_beside_a_valid_body_is_an_unknown_key(converter: RouterConverter) -> None:
    """A valid body may have a key of that name."""
    report = check([text(error={"code": 1})], converter=converter)

    assert report.valid == 1
    assert [key.path for key in report.unknown_keys] == ["$.error"]


def test_unknown_keys_are_told_with_their_types(converter: RouterConverter) -> None:
    """Keys that the schema does not name are counted at every level, and not looked into."""
    lines = [
        text(provider="a", usage={"details": {"cached": 1}}, choices=[choice(logprobs=None), choice(logprobs=[])]),
        text(provider=1.5, **{"odd key": True}),
    ]
    report = check(lines, converter=converter)

    assert {key.path: (key.count, key.types.seen()) for key in report.unknown_keys} == {
        "$.provider": (2, {"string": 1, "number": 1}),
        "$.choices[*].logprobs": (2, {"null": 1, "array": 1}),
        "$.usage.details": (1, {"object": 1}),
        "$['odd key']": (1, {"boolean": 1}),
    }


def test_fields_are_told_with_presence_and_types(converter: RouterConverter) -> None:
    """Each field counts the objects that could have it, those that have it, and its types."""
    lines = [text(usage={"total_tokens": None}), text(usage={"total_tokens": 2}), text(usage=None), text(created=0.5)]
    fields = {field.path: field for field in check(lines, converter=converter).fields}
    total = fields["$.usage.total_tokens"]

    assert (total.count, total.present, total.types) == (3, 3, TypeCounts(null=1, integer=2))
    assert (fields["$.usage.prompt_tokens"].count, fields["$.usage.prompt_tokens"].present) == (3, 1)
    assert fields["$.usage"].types == TypeCounts(object=3, null=1)
    assert fields["$.created"].types == TypeCounts(integer=3, number=1)
    assert list(fields) == sorted(fields)


def test_values_are_counted_and_cut(converter: RouterConverter) -> None:
    """The values of object, finish_reason and model are counted, also those refused, and cut at 100 characters."""
    long = "m" * 150
    lines = [text(model=long), text(model=long + "x", object="o", choices=[choice(finish_reason="eos")] * 2)]
    report = check([*lines, text(model=None, choices=[choice(finish_reason=["x"]), choice(finish_reason={})])])

    assert values(report.models) == {"m" * 100: 2}
    assert values(report.objects) == {"text_completion": 2, "o": 1}
    assert values(report.finish_reasons) == {"eos": 2, "stop": 1}


def test_lone_surrogates_are_escaped(converter: RouterConverter) -> None:
    """A report is text that can be saved, whatever was in the bodies or the name of the source."""
    line = text().replace(b"granary", b"\\ud800").replace(b'"id"', b'"\\uDC00": 1, "id"')
    tally = Tally("\udcff.jsonl", Body, converter)
    tally.add_lines([line])
    report = tally.report()

    assert values(report.models) == {"\\ud800/rye-1b": 1}
    assert problems(report) == [("$.model", "value", 1)]
    assert loads(dumps(report), Report) == report


def test_usage_adds_up_whole_numbers(converter: RouterConverter) -> None:
    """Only whole numbers of 0 or more, as no one counts otherwise, are added up."""
    counts = [3, 4.0, 1.5, -1, None, 2**60, "5"]
    report = check([text(usage={"total_tokens": count, "prompt_tokens": 1}) for count in counts], converter=converter)

    assert report.usage == UsageTotals(0, 7, 7, 0)
    assert check([text(usage={}), text(usage=...), text()]).usage == UsageTotals(7, 12, 19, 2)


def test_created_has_a_range(converter: RouterConverter) -> None:
    """The range of created is that of the numbers; None where there are none."""
    report = check([text(created=created) for created in (5, 2.5, "1", 9)], converter=converter)

    assert (report.created_min, report.created_max) == (2.5, 9.0)
    assert check([text(created=None)]).created_min is None


@pytest.mark.parametrize("number", [b"1e999", b"9" * 400, b"NaN", b"9" * 5000])
@pytest.mark.parametrize("key", [b"total_tokens", b"created", b"index"])
def test_numbers_that_no_double_holds(converter: RouterConverter, number: bytes, key: bytes) -> None:
    """A number that is none for the converter is none for the report either, in whatever company."""
    good = b'"%s": %d' % (key, {b"total_tokens": 19, b"created": 1760000123, b"index": 0}[key])
    bad = text().replace(good, b'"%s": %s' % (key, number))
    report = check([text(), bad, text()], converter=converter)

    assert bad != text()
    assert (report.valid, report.bodies, report.problems[0].places) == (2, 3, (Place("-", 2),))
    assert loads(dumps(report), Report) == report


def test_more_problems_than_an_error_lists_are_said(converter: RouterConverter) -> None:
    """Bodies whose error does not list everything are counted as having something left out."""
    report = check([text(choices=[choice(text=1)] * 101, usage=1)] * 2, converter=converter)

    assert problems(report) == [("$.choices[*].text", "type", 2)]
    assert report.left_out.problems == 2


def test_a_body_is_reported_alike_in_whatever_company() -> None:
    """Bodies of the same shapes, some with more problems than an error lists, are reported as each one alone is."""
    few, many = (text(created="bad", choices=[choice(index="x")] * number) for number in (1, 150))
    alone = check([few]), check([many])

    assert problems(alone[1]) == [("$.choices[*].index", "type", 1)]
    assert alone[1].left_out.problems == 1
    for lines in ([many] + [few] * 3, [few] * 3 + [many], [few, many, few, few]):
        report = check(lines)

        assert problems(report) == [("$.choices[*].index", "type", 4), ("$.created", "type", 3)]
        assert report.left_out.problems == 1


def test_forbidden_keys_count_among_the_hundred() -> None:
    """An object with a hundred keys too many hides problems like many objects with one each."""
    converter = make_converter(forbid_extra_keys=True)
    extra = {f"k{number}": 1 for number in range(99)}
    few, many = (text(choices=[choice(index="x")] * number, **extra) for number in (1, 2))
    both = check([few], converter=converter) | check([many], converter=converter)

    def rows(report: Report) -> list[tuple[str, str, int]]:
        return sorted(problems(report))

    assert rows(check([few, many], converter=converter)) == rows(check([many, few], converter=converter)) == rows(both)
    assert both.left_out.problems == 1


def test_forbidden_keys_are_problems() -> None:
    """A converter that forbids extra keys makes problems of them."""
    report = check([text(provider=1)] * 2, converter=make_converter(forbid_extra_keys=True))

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


# --- classes of the user ---


@attrs.frozen
class Tree:
    model: str = ""
    children: tuple[Tree, ...] = ()


@attrs.frozen
class Entry:
    response: Body
    scores: dict[str, Tree]
    numbers: list[int]
    extra: Any = None
    maybe: Tree | None = None
    perhaps: tuple[Tree | None, ...] = ()


@attrs.frozen
class Validated:
    model: str = attrs.field(validator=attrs.validators.max_len(3))


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


def test_classes_that_contain_themselves_have_an_end(converter: RouterConverter) -> None:
    """Objects are looked into to some depth, and judged to any."""
    deep: dict[str, Any] = {"model": 1}
    for _ in range(20):
        deep = {"model": "m", "children": [deep]}
    report = check([json.dumps(deep), json.dumps({"children": [1]})], Tree, converter=converter)

    assert report.invalid == 2
    assert values(report.models) == {"m": 8}


@attrs.frozen
class Wide:
    a1: Wide | None = None
    a2: Wide | None = None
    a3: Wide | None = None
    a4: Wide | None = None
    a5: Wide | None = None
    a6: Wide | None = None
    a7: Wide | None = None
    a8: Wide | None = None
    a9: tuple[Wide, ...] = ()


def test_only_paths_that_bodies_have_are_prepared(converter: RouterConverter) -> None:
    """A class that contains itself many times costs no more than what the bodies hold of it."""
    report = check(['{"a1": {"a2": {"a3": {"odd": 1}}}}', "{}"], Wide, converter=converter)

    assert [key.path for key in report.unknown_keys] == ["$.a1.a2.a3.odd"]
    assert len(report.fields) == 4 * len(attrs.fields(Wide))


def layers(depth: int, width: int) -> Any:
    """A class whose fields hold a class each, so many levels deep; the last one has a number."""
    cl: Any = attrs.make_class("Last", {"number": attrs.field(type=int)}, frozen=True)
    for _ in range(depth - 1):
        fields = {f"a{number}": attrs.field(type=cl | None, default=None) for number in range(width)}
        cl = attrs.make_class("Layer", fields, frozen=True)
    return cl


@pytest.mark.parametrize("depth", [2, 8, 9])
def test_classes_in_classes_are_judged_to_any_depth(converter: RouterConverter, depth: int) -> None:
    """However many ways lead to a class, and however deep it is, its problems are told, and that soon."""
    good, bad = ('{"a0":' * (depth - 1) + f'{{"number": {number}}}' + "}" * (depth - 1) for number in ("1", "true"))
    report = check([good, bad, good, bad], layers(depth, 9), converter=converter)

    assert report.valid == 2
    assert problems(report) == [("$" + ".a0" * (depth - 1) + ".number", "type", 2)]


@attrs.frozen
class TwoEnums:
    model: Literal["a", "b"]
    other: Literal["x"]


@pytest.mark.parametrize("odd", [[], {}])
def test_values_beside_an_odd_one_are_counted(converter: RouterConverter, odd: Any) -> None:
    """Each value of an enum is counted under its own name, also where another enum holds an array or object."""
    lines = [json.dumps({"model": model, "other": odd}) for model in ("a", "b", "b", ["a"], None)]

    assert values(check(lines, TwoEnums, converter=converter).models) == {"a": 1, "b": 2}


def test_validators_judge_every_body(converter: RouterConverter) -> None:
    """Where problems depend on more than types, each body is judged by itself."""
    report = check(['{"model": "abc"}', '{"model": "abcd"}', '{"model": "a"}'], Validated, converter=converter)

    assert (report.valid, problems(report)) == (2, [("$.model", "value", 1)])


def test_hooks_of_the_user_are_honoured() -> None:
    """A class that the user has a hook for is judged by that, and not looked into."""
    converter = make_converter()
    converter.register_structure_hook(Tree, lambda value, cl: cl())
    report = check(["1", "{}"], Tree, converter=converter)

    assert (report.valid, report.fields) == (2, ())


# --- the fast way is the slow way ---

_json_values = st.sampled_from([None, True, 0, -1, 1.5, 1e300, "", "stop", "eos", "é", [], {}, [1], {"a": 1}])
_choices = st.one_of(
    _json_values,
    st.lists(
        st.one_of(
            st.just(choice()),
            st.fixed_dictionaries({}, optional=dict.fromkeys((*choice(), "logprobs"), _json_values)),
            st.builds(lambda key, value: choice(**{key: value}), st.sampled_from([*choice()]), _json_values),
            _json_values,
        ),
        max_size=3,
    ),
)
_usages = st.one_of(
    _json_values,
    st.fixed_dictionaries({}, optional=dict.fromkeys((*body()["usage"], "details"), _json_values)),
)
_bodies = st.one_of(
    st.builds(lambda **changes: body(**changes), choices=_choices, usage=_usages),
    st.builds(lambda key, value: body(**{key: value}), st.sampled_from([*body(), "error", "provider"]), _json_values),
    st.builds(lambda key: body(**{key: ...}), st.sampled_from([*body()])),
    st.just(body()),
    _json_values,
)
# Few shapes, in numbers about the limit of what an error lists.
_long_bodies = st.builds(
    lambda parts, created: body(choices=[item for item, times in parts for _ in range(times)], created=created),
    st.lists(
        st.tuples(
            st.sampled_from([choice(), choice(index="0"), choice(index="0", text=1)]),
            st.sampled_from([1, 2, 49, 50, 99, 100, 101]),
        ),
        max_size=2,
    ),
    st.sampled_from([1, "1"]),
)
_long_lines = _long_bodies.map(json.dumps).map(str.encode)
_lines = st.one_of(
    _bodies.map(json.dumps).map(str.encode),
    _bodies.map(lambda value: json.dumps(value, ensure_ascii=False).encode()),
    st.sampled_from([b"{", b"", b"\xff", b'{"id": "\\ud800"}', b"NaN"]),
)


@given(st.lists(_lines, max_size=8) | st.lists(_long_lines, max_size=8))
def test_problems_are_those_that_loads_tells(lines: list[bytes]) -> None:
    """The report says of each body exactly what `loads` would."""
    report = check(lines)
    valid = 0
    expected: dict[tuple[str, ...], int] = {}
    for line in lines:
        try:
            valid += bool(line) and bool(loads(line))
        except ValidationError as error:
            found: set[tuple[str, ...]] = {(_check._fold(e.path), e.kind, e.expected, e.actual) for e in error.errors}
            if error.error_body is not None:
                found = {("$", "error body", "RouterCompletionsResponseBody", "error")}
            expected.update({key: expected.get(key, 0) + 1 for key in found})
        except ValueError as error:
            key = ("$", "malformed", "JSON", error.args[0])
            expected[key] = expected.get(key, 0) + 1

    assert report.valid == valid
    assert {problem.key: problem.count for problem in report.problems} == expected


def test_engines_agree_on_the_corpus() -> None:
    """Bodies of real servers give one report on every engine."""
    pytest.importorskip("msgspec")
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here")
    reports = [
        check(CORPUS / "completions.jsonl", converter=make_converter(engine=engine)) for engine in ("ujson", "msgspec")
    ]

    assert reports[0] == reports[1]
    assert reports[0].bodies > 400


# --- reports merge ---


@given(
    st.lists(st.lists(_lines, max_size=4), max_size=5) | st.lists(st.lists(_long_lines, max_size=4), max_size=5),
    st.randoms(),
)
def test_any_split_in_any_order_merges_to_the_whole(parts: list[list[bytes]], random: Any) -> None:
    """Reports merge in any order and grouping to the report of everything."""
    whole = Tally("a", Body)
    reports = [Report()]
    for lines in parts:
        tally = Tally("a", Body)
        tally.lines = whole.lines
        tally.add_lines(lines)
        whole.add_lines(lines)
        reports.append(tally.report())
    while len(reports) > 1:
        random.shuffle(reports)
        reports.append(reports.pop() | reports.pop())

    assert reports[0] == whole.report()


@given(st.lists(st.lists(_lines, max_size=4), min_size=3, max_size=3))
def test_parts_of_a_file_add_up(chunks: list[list[bytes]]) -> None:
    """Parts, each counting its lines from 1, add up in any grouping to the part of the whole."""

    def part(*chunks: list[bytes]) -> Part:
        tally = Tally("a", Body)
        for chunk in chunks:
            tally.add_lines(chunk)
        return tally.part()

    a, b, c = map(part, chunks)

    assert (a + b) + c == a + (b + c) == part(*chunks)


def test_reports_merge_with_reports_only() -> None:
    """Anything else beside a report is a TypeError."""
    with pytest.raises(TypeError):
        Report() | 1  # type: ignore[operator]


@given(st.lists(_lines, max_size=6))
def test_reports_go_through_json(lines: list[bytes]) -> None:
    """A report is written and read by this library's own dumps and loads, and can be hashed."""
    report = check(lines)

    assert loads(dumps(report), Report) == report
    assert hash(loads(dumps(report), Report)) == hash(report)


# --- memory is bounded ---


def test_tables_are_capped(converter: RouterConverter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a million different keys, values and problems the commonest rows are kept and the others counted."""
    monkeypatch.setattr(_report, "MAX_ROWS", 10)
    monkeypatch.setattr(_check, "_MAX_COLLECTED", 20)
    monkeypatch.setattr(_shapes, "_ROOM", 2000)
    common = [text(model="common", common=1)] * 50
    lines = [text(**{"model": f"m{i}", f"k{i}": 1, "created": None}) for i in range(300)]
    report = check([*common, *lines, *common], converter=converter)

    assert len(report.models) == len(report.unknown_keys) == 10
    assert (report.models[0].value, report.models[0].count) == ("common", 100)
    assert report.unknown_keys[0].path == "$.common"
    assert report.left_out.models == report.left_out.unknown_keys == 291
    assert sum(row.count for row in report.models) + report.left_out.models == report.bodies == 400
    assert problems(report) == [("$.created", "type", 300)]


def test_different_problems_are_capped(converter: RouterConverter, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body can have keys of any name where a schema has a mapping, and so problems without end."""
    monkeypatch.setattr(_report, "MAX_ROWS", 10)
    monkeypatch.setattr(_check, "_MAX_COLLECTED", 20)
    lines = [json.dumps({**ENTRY, "scores": {f"k{i}": 1}}) for i in range(300)]
    report = check(lines, Entry, converter=converter)

    assert len(report.problems) == 10
    assert report.left_out.problems == 290


def test_long_values_of_an_enum_are_not_kept(converter: RouterConverter) -> None:
    """A finish reason of any length counts under its first 100 characters."""
    report = check([text(choices=[choice(finish_reason="x" * 300_000)])] * 3, converter=converter)

    assert values(report.finish_reasons) == {"x" * 100: 3}
    assert report.invalid == 3


def test_big_bodies_are_counted_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies are not held back until there are many, if they are big."""
    monkeypatch.setattr(_check, "_MAX_BATCH_SIZE", 10)

    assert check([text()] * 3).valid == 3


# --- documents and limits ---


def test_documents_hold_one_body_or_many(converter: RouterConverter) -> None:
    """A JSON text may be a body or an array of bodies, whose places are counted from 1."""

    def of(data: bytes, max_errors: int | None = None) -> Report:
        tally = Tally("d.json", Body, converter, max_errors)
        tally.add_document(data)
        return tally.report()

    array = b"[\n" + text() + b",\n" + text(id=1) + b", " + text(id=1) + b"]"

    assert of(b"\n " + text()).valid == 1
    assert of(array).problems[0].places == (Place("d.json", 2), Place("d.json", 3))
    assert of(array, 1).bodies == 2
    assert of(b"[]").bodies == 0
    assert of(b"[{").malformed == 1
    assert "byte order mark" in of(b"\xef\xbb\xbf[]").problems[0].actual


def test_reading_stops_after_so_many_errors(converter: RouterConverter) -> None:
    """With a limit, nothing is read after the body that reaches it."""
    tally = Tally("a", Body, converter, max_errors=2)
    tally.add_lines([text(), b"{", text(), text(id=1), text(), b"{"])

    assert tally.full
    assert (tally.report().bodies, tally.lines) == (4, 4)
