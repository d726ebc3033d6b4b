"""What changed between two reports."""

from __future__ import annotations

import attrs
import pytest
from log_lines import line
from support import choice

from router_schema import Report, check
from router_schema.logs import Change, LeftOut, ValueCount, compare

MANY = 1000


def found(older: list[bytes], newer: list[bytes]) -> list[tuple[str, str, bool]]:
    """Kind, what and whether it breaks, of each change between two logs."""
    return [(change.kind, change.what, change.breaks) for change in compare(check(older), check(newer))]


def test_equal_logs_have_no_changes() -> None:
    """A log has not changed since itself, nor since a sample of it."""
    log = [line(), line(id=1), b"{", line(usage={}), line(model="x")] * MANY

    assert found(log, log) == found(log, log[:MANY]) == found([], []) == []


def test_new_problems_break() -> None:
    """A problem that was not there is new; a required field that goes missing is reported once."""
    assert found([line()], [line(), line(id=...)]) == [("new problem", "$.id missing: expected string", True)]


def test_malformed_lines_are_new_problems() -> None:
    """The reason of a malformed line reads as it stands."""
    assert found([line()], [line(), b"{"])[0][1].startswith("$ malformed: not JSON: ")


def test_growing_problems_break() -> None:
    """A share of a problem that grew, by more than chance, breaks; one that shrank or went is good to know."""
    few, many = [line()] * 95 + [line(id=1)] * 5, [line()] * 50 + [line(id=1)] * 50
    what = "$.id type: expected string, got integer"

    assert ("more of a problem", what, True) in found(few * 10, many * 10)
    assert ("share", what, False) in found(many * 10, few * 10)
    assert ("problem gone", what, False) in found(many * 10, [line()] * MANY)
    assert found(few, [line()] * 3 + [line(id=1)]) == found(few, [line()]) == []


def test_optional_fields_that_begin_to_go_missing_break() -> None:
    """A field that was always there and is not any more breaks; one that is there less often is good to know."""
    without = line(usage={"total_tokens": 1, "prompt_tokens": 1})
    often, seldom = [line()] * 9 + [without], [line()] + [without] * 9
    path = "$.usage.completion_tokens"

    assert found([line()] * 9, [line(), without]) == [("began to go missing", path, True)]
    assert found(often * 100, seldom * 100) == [("share", f"{path} present", False)]


def test_new_types_are_reported() -> None:
    """A type that a field did not have, and a share of types that moved, is good to know."""
    assert found([line()], [line(created=1.5)]) == [("new type", "$.created number", False)]
    assert ("share", "$.created number", False) in found(
        [line(), line(created=1.5)] * MANY, [line()] * MANY + [line(created=1.5)]
    )


def test_new_values_are_reported() -> None:
    """New models and objects are good to know; values whose share moved are too."""
    assert found([line()], [line(model="m", object="o")]) == [
        ("new object", "'o'", False),
        ("new model", "'m'", False),
    ]
    shares = found([line(), line(model="m")] * MANY, [line()] * MANY + [line(model="m")])
    assert ("share", "model 'm'", False) in shares


def test_new_finish_reasons_break() -> None:
    """A new finish reason breaks, beside the problem that it is, and stands before what is good to know."""
    changes = found([line()], [line(choices=[choice(finish_reason="eos")], model="m")])

    assert {kind for kind, _, breaks in changes if breaks} == {"new problem", "new finish reason"}
    assert changes[-1] == ("new model", "'m'", False)


def test_new_unknown_keys_are_reported() -> None:
    """A key that the schema does not name is reported when it is new, with its types."""
    assert found([line(a=1)], [line(a=1, b=None)]) == [("new unknown key", "$.b (null)", False)]


def test_shares_of_bodies_are_reported() -> None:
    """Whether more bodies are errors or malformed is reported."""
    older, newer = [line()] * 90 + [b"{"] * 10, [line()] * 50 + [b"{"] * 50

    assert ("share", "bodies that are malformed", False) in found(older * 10, newer * 10)


def test_fields_of_objects_that_were_not_there_are_not_new() -> None:
    """Where the older log had no choices, their fields cannot have changed."""
    assert found([line(choices=[])], [line(choices=[])]) == []
    assert [kind for kind, _, _ in found([line(choices=[])], [line()])] == ["new finish reason"]


# --- full tables ---


def test_nothing_is_new_beside_a_full_table() -> None:
    """What an older report had no room for may have been there."""
    older = check([line(a=1)])
    newer = check([line(b=1, model="m", object="o", choices=[choice(finish_reason="x")])])
    full = attrs.evolve(older, left_out=LeftOut(1, 1, 1, 1, 1, 1))

    assert compare(full, newer) == ()


def test_nothing_is_gone_beside_a_full_table() -> None:
    """What a newer report had no room for may still be there."""
    older, newer = check([line(id=1)] * MANY), check([line(id=2.5)] * MANY)

    assert "problem gone" in [change.kind for change in compare(older, newer)]
    newer = attrs.evolve(newer, left_out=LeftOut(problems=1))
    assert "problem gone" not in [change.kind for change in compare(older, newer)]


@pytest.mark.parametrize("table", ["models", "objects", "finish_reasons"])
def test_shares_of_values_count_what_was_left_out(table: str) -> None:
    """The share of a value is that of all values, also of those that a full table had no room for, on both sides."""
    name = table.removesuffix("s").replace("_", " ")

    def report(count: int, left_out: int) -> Report:
        rows = (ValueCount("x", count),)
        return Report(bodies=MANY, valid=MANY, **{table: rows}, left_out=LeftOut(**{table: left_out}))  # type: ignore[arg-type]

    half, all_of_them, most = report(500, 500), report(1000, 0), report(900, 100)

    assert compare(half, all_of_them) == (Change("share", f"{name} 'x'", 0.5, 1.0, False),)
    assert compare(all_of_them, half) == (Change("share", f"{name} 'x'", 1.0, 0.5, False),)
    assert compare(half, half) == ()
    assert compare(most, half) == (Change("share", f"{name} 'x'", 0.9, 0.5, False),)


# --- what is chance ---


def shares(before: int, after: int, bodies: int) -> tuple[Change, ...]:
    """The changes between two reports that differ in the number of malformed bodies."""
    reports = (Report(bodies, bodies - count, malformed=count) for count in (before, after))
    return tuple(change for change in compare(*reports) if "malformed" in change.what)


@pytest.mark.parametrize(
    ("bodies", "before", "after", "moved"),
    [
        # Four standard errors of a half: 4 * sqrt(0.25 * 2 / 10,000) is 2.83 %.
        (10_000, 4_860, 5_142, False),
        (10_000, 4_858, 5_142, True),
        (10_000, 5_142, 4_858, True),
        # Four standard errors at one in a hundred: 4 * sqrt(0.0099 * 2 / 2,000) is 1.26 %.
        (2_000, 8, 32, False),
        (2_000, 7, 33, True),
        # A hundredth, however sure.
        (10_000_000, 100_000, 199_999, False),
        (10_000_000, 100_000, 200_000, True),
    ],
)
def test_shares_move_by_more_than_chance(bodies: int, before: int, after: int, moved: bool) -> None:
    """A share moved if it did so by four standard errors of the two samples, and by a hundredth."""
    assert bool(shares(before, after, bodies)) is moved


def test_changes_carry_both_shares() -> None:
    """A change has the shares before and after."""
    (change,) = shares(1000, 2000, 10_000)

    assert (change.before, change.after) == (0.1, 0.2)
