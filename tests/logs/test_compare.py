"""What changed between two reports, and which changes fail."""

from __future__ import annotations

import random
from math import comb
from typing import Any

import attrs
import pytest
from log_lines import line
from support import choice

from router_schema import Report, check
from router_schema.logs import (
    Change,
    ChangeRule,
    FieldUse,
    LeftOut,
    Rate,
    Seen,
    TypeCounts,
    UnknownKey,
    ValueCount,
    compare,
)

MANY = 1000
NOT_VALID = ("problem", "new", "bodies that are not valid", True)


def found(older: list[bytes], newer: list[bytes], **settings: Any) -> list[tuple[str, str, str, bool]]:
    """Kind, trend, what and whether it fails, of each change between two logs."""
    changes = compare(check(older), check(newer), ChangeRule(**settings))
    return [(change.kind, change.trend, change.what, change.fails) for change in changes]


def test_equal_logs_have_no_changes() -> None:
    """A log has not changed since itself, nor since a sample of it, nor since nothing."""
    log = [line(), line(id=1), b"{", line(usage={}), line(model="x")] * MANY

    assert found(log, log) == found(log, log[:MANY]) == found([], []) == found([], log) == found(log, []) == []


def test_new_problems_fail() -> None:
    """A problem that was not there is new; a required field that goes missing is a problem, and not missing as well."""
    assert found([line()] * 20, [line(id=...)] * 20) == [
        NOT_VALID,
        ("problem", "new", "$.id missing: expected string", True),
    ]


def test_malformed_lines_are_problems() -> None:
    """The reason of a malformed line reads as it stands."""
    assert found([line()], [line(), b"{"])[1][2].startswith("$ malformed: not JSON: ")


def test_growing_problems_fail() -> None:
    """A problem that grew by more than chance fails; one that shrank or went is listed; small samples are not."""
    few, many = [line()] * 95 + [line(id=1)] * 5, [line()] * 50 + [line(id=1)] * 50
    what = "$.id type: expected string, got integer"

    assert ("problem", "more", what, True) in found(few * 10, many * 10)
    assert ("problem", "less", what, False) in found(many * 10, few * 10)
    assert ("problem", "gone", what, False) in found(many * 10, [line()] * MANY)
    assert found(few, [line()] * 3 + [line(id=1)]) == found(few, [line()]) == []


def test_optional_fields_that_go_missing_fail() -> None:
    """A field that the schema does not require fails when it begins to go missing, or goes missing more often."""
    without = line(usage={"total_tokens": 1, "prompt_tokens": 1})
    often, seldom = [line()] * 9 + [without], [line()] + [without] * 9
    path = "$.usage.completion_tokens"

    assert found([line()] * MANY, often * 100) == [("missing", "new", path, True)]
    assert found(often * 100, seldom * 100) == [("missing", "more", path, True)]
    assert found(seldom * 100, often * 100) == [("missing", "less", path, False)]


def test_types_are_listed() -> None:
    """A type that a field did not have is new, and a share of types that moved is listed; neither fails."""
    both = [line(), line(created=1.5)] * MANY

    assert found([line()], [line(created=1.5)]) == [("type", "new", "$.created number", False)]
    assert ("type", "less", "$.created number", False) in found(both, [line()] * MANY + [line(created=1.5)])
    assert ("type", "gone", "$.created number", False) in found(both, [line()] * MANY)


def test_values_are_listed() -> None:
    """New models and objects are listed, and so are values whose share moved; neither fails."""
    assert found([line()], [line(model="m", object="o")]) == [
        ("object", "new", "'o'", False),
        ("model", "new", "'m'", False),
    ]
    shares = found([line(), line(model="m")] * MANY, [line()] * MANY + [line(model="m")])
    assert ("model", "less", "'m'", False) in shares


def test_new_finish_reasons_fail() -> None:
    """A new finish reason fails beside the problem that it is, and stands before what is good to know."""
    changes = found([line()] * 20, [line(choices=[choice(finish_reason="eos")], model="m")] * 20)

    assert {(kind, trend) for kind, trend, _, fails in changes if fails} == {
        ("problem", "new"),
        ("finish_reason", "new"),
    }
    assert [fails for _, _, _, fails in changes] == sorted((fails for _, _, _, fails in changes), reverse=True)
    assert ("model", "new", "'m'", False) in changes


def test_unknown_keys_are_listed() -> None:
    """A key that the schema does not name is listed when it is new, gone or moved, with its types in both reports."""
    assert found([line(a=1)], [line(a=1, b=None)]) == [("key", "new", "$.b (null)", False)]
    assert found([line(a=1)] * MANY, [line()] * MANY) == [("key", "gone", "$.a (integer)", False)]
    assert found([line(a=1)] * MANY, [line(a=None), line()] * MANY) == [("key", "less", "$.a (integer, null)", False)]


@pytest.mark.parametrize("name", ["b", "odd key", "a.b", "[", "['", "it's", "\\"])
def test_the_rate_of_an_unknown_key_is_that_of_its_objects(name: str) -> None:
    """A key inside of choices could be in every choice, however many choices a body has."""
    older = check([line(choices=[choice(), choice()])])
    newer = check([line(choices=[choice(**{name: 1}), choice(), choice(), choice()])])
    (change,) = compare(older, newer)

    assert (change.before, change.after) == (Rate(0, 2), Rate(1, 4))


def test_keys_of_unknown_objects_count_by_bodies() -> None:
    """A key in an object without fields is counted by bodies, and its share is at most 1."""
    older = Report(bodies=10, unknown_keys=(UnknownKey("$.x.y", 1, TypeCounts()),))
    newer = Report(bodies=10, unknown_keys=(UnknownKey("$.x.y", 50, TypeCounts()),))
    (change,) = compare(older, newer)

    assert (change.before, change.after) == (Rate(1, 10), Rate(10, 10))


def test_counts_that_contradict_each_other() -> None:
    """A saved report that somebody edited is compared, with rates from 0 to 1."""
    fields = (FieldUse("$.x", 1, 5, types_of(string=9)), FieldUse("$.y", 5, 1, types_of(null=9)))
    edited = Report(bodies=3, valid=9, streams=1, incomplete_streams=7, fields=fields)
    changes = compare(edited, check([line()] * 9)) + compare(check([line()] * 9), edited)

    assert all(0 <= rate.share <= 1 for change in changes for rate in (change.before, change.after))


def test_incomplete_streams_are_listed() -> None:
    """Streams that end too early more often are listed, and fail if asked for."""
    older, newer = (Report(streams=100, incomplete_streams=count, bodies=1, valid=1) for count in (1, 50))
    (change,) = compare(older, newer)
    (failing,) = compare(older, newer, ChangeRule(fail_on=("stream",)))

    assert (change.kind, change.trend, change.what, change.fails) == (
        "stream",
        "more",
        "streams that are incomplete",
        False,
    )
    assert failing.fails


def test_fields_of_objects_that_were_not_there_are_not_compared() -> None:
    """Where the older log had no choices, their fields and values cannot have changed."""
    assert found([line(choices=[])], [line(choices=[])]) == found([line(choices=[])], [line()]) == []


# --- the rule ---

_REPORTS = {
    "problem": lambda count, total: Report(total, total - count, count),
    "missing": lambda count, total: Report(
        total, total, fields=(FieldUse("$.usage.total_tokens", total, total - count, TypeCounts()),)
    ),
    "stream": lambda count, total: Report(1, 1, streams=total, incomplete_streams=count),
    "type": lambda count, total: Report(
        total, total, fields=(FieldUse("$.x", total, total, types_of(string=total - count, null=count)),)
    ),
    "key": lambda count, total: Report(
        total, total, unknown_keys=(UnknownKey("$.x", count, TypeCounts()),) * (count > 0)
    ),
    "finish_reason": lambda count, total: values("finish_reasons", count, total),
    "object": lambda count, total: values("objects", count, total),
    "model": lambda count, total: values("models", count, total),
}
KINDS = tuple(_REPORTS)


def types_of(**counts: int) -> TypeCounts:
    """So many values of each JSON type."""
    return TypeCounts(**{name: Seen(count) for name, count in counts.items()})


def values(table: str, count: int, total: int) -> Report:
    """A report of one value so many times, and of others."""
    rows = (ValueCount("x", count),) * (count > 0)
    tables: dict[str, Any] = {table: rows}
    return Report(total, total, **tables, left_out=LeftOut(**{table: total - count}))


def judged(kind: str, before: tuple[int, int], after: tuple[int, int], **settings: Any) -> Change | None:
    """The change of something of that kind from one rate to another."""
    older, newer = (_REPORTS[kind](*counts) for counts in (before, after))
    if kind in ("finish_reason", "object", "model"):  # a value is new beside a table with room only
        older = attrs.evolve(older, left_out=LeftOut(), bodies=before[1])
        table = f"{kind}s"
        others = (ValueCount("others", before[1] - before[0]), *getattr(older, table))
        older = attrs.evolve(older, **{table: others})
    changes = compare(older, newer, ChangeRule(**{"fail_on": (kind,), **settings}))
    return next((change for change in changes if "others" not in change.what and "string" not in change.what), None)


@pytest.mark.parametrize("kind", KINDS)
def test_one_rule_for_every_kind(kind: str) -> None:
    """For every kind, a rise from nothing to 0.9 % of 200,000 fails, and one of 60,000 doesn't; each has its reason."""
    new = judged(kind, (0, 200_000), (1_800, 200_000))
    one = judged(kind, (0, 60_000), (1, 60_000))
    some = judged(kind, (0, 1_000), (5, 1_000))
    fell = judged(kind, (1_800, 200_000), (1, 200_000))
    ignored = judged(kind, (0, 200_000), (1_800, 200_000), fail_on=())

    assert (new.trend, new.fails, new.reason) == ("new", True, "more than chance, p<1e-6")
    assert (one.fails, one.reason) == (False, "fewer than 2")
    assert (some.fails, some.reason.partition(", p=")[0]) == (False, "may be chance")
    assert float(some.reason.partition("p=")[2]) == pytest.approx(some.chance, rel=0.05)
    assert (fell.trend, fell.fails, fell.reason) == ("less", False, "fell")
    assert (ignored.fails, ignored.reason) == (False, "not in fail_on")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_wrong_fails_at_any_rate(kind: str) -> None:
    """From 1 % to 9 % of 200,000, faults fail; types, keys and values that were known don't, but rare ones do."""
    is_fault = kind in ("problem", "missing", "stream")
    known, rare = judged(kind, (2_000, 200_000), (18_000, 200_000)), judged(kind, (199, 200_000), (18_000, 200_000))

    assert (known.trend, known.fails) == ("more", is_fault)
    assert known.reason.startswith("more than chance" if is_fault else "not new")
    assert (rare.trend, rare.fails) == ("more", True)


def test_a_tenth_to_nine_tenths_of_a_percent_fails() -> None:
    """Nine times as many problems as before fail, though they are less than a hundredth of the bodies."""
    change = judged("problem", (200, 200_000), (1_800, 200_000))

    assert (change.fails, change.before.share, change.after.share) == (True, 0.001, 0.009)


@pytest.mark.parametrize(
    ("settings", "before", "after", "reason"),
    [
        ({"min_count": 0}, (0, 9_000), (1, 1_000), "may be chance"),
        ({"min_count": 0, "level": 1}, (0, 60_000), (60, 60_000), "chance is ignored"),
        ({"min_count": 0, "min_share": 0, "level": 1}, (0, 60_000), (1, 60_000), "chance is ignored"),
        ({"min_count": 50}, (0, 10_000), (49, 10_000), "fewer than 50"),
        ({"min_count": 50}, (0, 10_000), (50, 10_000), "more than chance"),
        ({"min_share": 0.005}, (0, 10_000), (49, 10_000), "rose by less than 0.50%"),
        ({"min_share": 0.005}, (0, 10_000), (50, 10_000), "more than chance"),
        ({"min_share": 0.005}, (40, 10_000), (89, 10_000), None),
        ({"min_share": 0.0}, (0, 10_000_000), (500, 10_000_000), "more than chance"),
        ({}, (0, 10_000_000), (500, 10_000_000), "rose by less than 0.10%"),
        ({}, (3_000_000, 10_000_000), (3_299_999, 10_000_000), None),
        ({}, (3_000_000, 10_000_000), (3_300_000, 10_000_000), "more than chance"),
        ({"min_growth": 0.5}, (3_000_000, 10_000_000), (4_499_999, 10_000_000), None),
        ({"level": 0.05}, (0, 5), (5, 5), "more than chance"),
        ({"level": 0.003}, (0, 5), (5, 5), "may be chance"),
        ({}, (0, 4), (4, 4), "may be chance"),
        ({"level": 1}, (0, 4), (4, 4), "chance is ignored"),
    ],
)
def test_the_settings(settings: Any, before: tuple[int, int], after: tuple[int, int], reason: str | None) -> None:
    """Each setting moves the limit that it names, and nothing else does; None means that nothing is listed."""
    change = judged("problem", before, after, **settings)

    assert (change and change.reason.partition(", p")[0]) == reason
    assert bool(change and change.fails) is (reason in ("more than chance", "chance is ignored"))


def test_slow_growth_has_a_reason() -> None:
    """A rise of less than a tenth of the older rate has its own reason."""
    rule = ChangeRule()

    assert rule.excuse("problem", Rate(50, 100), Rate(54, 100), 0.0) == "grew by less than 10%"
    assert rule.excuse("problem", Rate(50, 100), Rate(55, 100), 0.0) == ""


def test_the_level_is_shared_by_the_rows_of_a_kind() -> None:
    """A rise that is not chance in one row may be chance in a thousand: the probability is multiplied by the rows."""
    (alone,) = compare(values_of({"a": 100}), values_of({"a": 85, "b": 15}), ChangeRule(fail_on=("model",)))[:1]
    rest = {f"m{number}": 100 for number in range(998)}
    crowd = compare(values_of({"a": 100, **rest}), values_of({"a": 85, "b": 15, **rest}))

    assert alone.chance == pytest.approx(2 * comb(100, 15) / comb(200, 15))
    assert alone.fails
    assert crowd[0].chance > 0.01


def values_of(counts: dict[str, int]) -> Report:
    """A report of models."""
    return Report(bodies=1, valid=1, models=tuple(ValueCount(value, count) for value, count in counts.items()))


def test_equal_streams_seldom_fail() -> None:
    """Of 300 pairs of samples with equal rates, at most the stated part fails, with thirty problems in each."""
    source = random.Random(11)
    failing = 0
    for _ in range(300):
        older, newer = (sample(source) for _ in range(2))
        changes = compare(older, newer, ChangeRule(min_share=0, min_growth=0))
        failing += any(change.fails for change in changes)

    assert failing <= 8  # the level is 0.01, so 3 are expected at most; more than 8 has a probability of 0.4 %


def sample(source: random.Random) -> Report:
    """A report of 500 bodies, with thirty kinds of finish reasons, each one in a hundred or so."""
    weights = [70, *range(1, 30)]
    drawn = source.choices(range(30), weights, k=500)
    rows = tuple(ValueCount(str(value), drawn.count(value)) for value in sorted({*drawn}))
    return Report(bodies=500, valid=500 - drawn.count(1) - drawn.count(2), finish_reasons=rows)


@pytest.mark.parametrize(
    "settings",
    [
        {"fail_on": ("problems",)},
        {"level": -0.1},
        {"level": float("nan")},
        {"level": 1.1},
        {"min_count": -1},
        {"min_share": -0.1},
        {"min_share": 1.1},
        {"min_growth": -1},
    ],
)
def test_settings_out_of_range(settings: Any) -> None:
    """A setting that means nothing is refused, by its name."""
    with pytest.raises(ValueError, match=next(iter(settings))):
        ChangeRule(**settings)


# --- full tables ---


def test_nothing_is_new_beside_a_full_table() -> None:
    """A row that is missing from a full older report may have been there."""
    older = check([line(a=1)])
    newer = check([line(b=1, model="m", object="o", choices=[choice(finish_reason="x")])])
    full = attrs.evolve(older, left_out=LeftOut(1, 1, 1, 1, 1, 1))

    assert [change.what for change in compare(full, newer)] == ["bodies that are not valid"]


def test_nothing_is_gone_beside_a_full_table() -> None:
    """A row that is missing from a full newer report may still be there."""
    older, newer = check([line(id=1)] * MANY), check([line(id=2.5)] * MANY)

    def gone(newer: Report) -> list[str]:
        return [change.kind for change in compare(older, newer) if change.trend == "gone"]

    assert gone(newer) == ["problem", "type"]
    assert gone(attrs.evolve(newer, left_out=LeftOut(problems=1))) == ["type"]


@pytest.mark.parametrize("table", ["models", "objects", "finish_reasons"])
def test_shares_of_values_count_what_was_left_out(table: str) -> None:
    """The share of a value is that of all values, also of those that a full table had no room for, on both sides."""

    def report(count: int, left_out: int) -> Report:
        rows = (ValueCount("x", count),)
        return Report(bodies=MANY, valid=MANY, **{table: rows}, left_out=LeftOut(**{table: left_out}))  # type: ignore[arg-type]

    def rates(older: Report, newer: Report) -> list[tuple[str, Rate, Rate]]:
        return [(change.what, change.before, change.after) for change in compare(older, newer)]

    half, all_of_them, most = report(500, 500), report(1000, 0), report(900, 100)

    assert rates(half, all_of_them) == [("'x'", Rate(500, MANY), Rate(MANY, MANY))]
    assert rates(all_of_them, half) == [("'x'", Rate(MANY, MANY), Rate(500, MANY))]
    assert rates(half, half) == []
    assert rates(most, half) == [("'x'", Rate(900, MANY), Rate(500, MANY))]


def test_one_kind_may_be_a_word() -> None:
    """A kind alone stands for the tuple of it."""
    assert ChangeRule(fail_on="problem") == ChangeRule(fail_on=("problem",))  # type: ignore[arg-type]
