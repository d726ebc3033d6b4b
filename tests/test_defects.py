"""The planted defects, how a tool is judged, and what each installed tool reports; no timing is asserted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytest.importorskip("rich", reason="the benchmarks have an environment of their own")

from rich.console import Console

from benchmarks.defects import __main__ as command
from benchmarks.defects import plant, run, tools
from benchmarks.defects.judge import judge

_SIZE = 300_000
_ODD = {
    "`usage` twice, first null": {
        "router_schema_check": "silent",
        "pydantic_loop": "silent",
        "msgspec_loop": "reported",
    },
    "a token count is a string": {"duckdb_typed": "silent", "polars_scan": "reported"},
    "an unknown key in `usage`": {"duckdb_typed": "silent", "polars_scan": "silent"},
    "a token count is `NaN`": {"duckdb_typed": "reported", "polars_scan": "stops"},
    "invalid UTF-8": {"duckdb_typed": "shared", "polars_scan": "stops"},
    "half a surrogate pair": {"duckdb_typed": "shared", "polars_scan": "silent", "jq_program": "reported"},
}


# --- planting ---


def test_there_are_thirteen_defects() -> None:
    """There are thirteen defects, and no two have the same name."""
    assert len(set(plant.DEFECTS)) == len(plant.DEFECTS) == 13


def test_logs_differ_only_in_planted_lines() -> None:
    """A log with one defect equals the sound log but for the lines that have it, which equal those of the whole log."""
    whole, sound = (list(plant.lines(1, _SIZE, defects)) for defects in (plant.DEFECTS, ()))
    one = list(plant.lines(1, _SIZE, ["invalid UTF-8"]))

    assert [defect for _, defect in sound] == [None] * len(whole)
    assert {defect for _, defect in whole} == {None, *plant.DEFECTS}
    for (line, defect), (_, of_whole), (of_sound, _) in zip(one, whole, sound, strict=True):
        assert defect == ("invalid UTF-8" if of_whole == "invalid UTF-8" else None)
        assert (line == of_sound) == (defect is None)
    assert [line for line, defect in one if defect] == [line for line, defect in whole if defect == "invalid UTF-8"]


def test_planted_lines_are_counted(tmp_path: Path) -> None:
    """The count of each defect is the number of its lines in the file, and each defect is one line."""
    counts = plant.write(tmp_path / "log.jsonl", 1, _SIZE)

    lines = list(plant.lines(1, _SIZE))
    assert counts == Counter(defect for _, defect in lines if defect)
    assert (tmp_path / "log.jsonl").read_bytes().splitlines(keepends=True) == [line for line, _ in lines]


@pytest.mark.parametrize(
    ("defect", "fault"),
    [
        ("a truncated line", json.JSONDecodeError),
        ("invalid UTF-8", UnicodeDecodeError),
        ("half a surrogate pair", None),
        ("`usage` twice, first null", None),
        ("an error body", None),
    ],
)
def test_defects_of_a_line(defect: str, fault: type[Exception] | None) -> None:
    """A truncated line isn't JSON, invalid UTF-8 can't be decoded, and the other defects leave the line readable."""
    body: dict[str, Any] = next(iter(plant.make_log.bodies(1)))
    before = json.dumps(body)
    line = plant.damaged(body, defect, Random(1))

    if fault:
        with pytest.raises(fault):
            json.loads(line.decode())
    else:
        assert json.loads(line.decode())
    assert json.dumps(body) == before


def test_truncated_line_is_valid_utf_8() -> None:
    """A truncated line breaks off between two characters, so that it has no second defect."""
    body: dict[str, Any] = {"choices": "数据" * 20}

    for seed in range(50):
        assert plant.damaged(body, "a truncated line", Random(seed)).decode()


# --- judging ---

_Rows = dict[str, int]


@pytest.mark.parametrize(
    ("one", "other", "together", "outcomes"),
    [
        ({"a": 2}, {"b": 3}, {"a": 2, "b": 3}, ("reported", "reported")),
        ({"a": 2}, {"a": 3}, {"a": 5}, ("shared", "shared")),
        ({"a": 2}, {}, {"a": 2}, ("reported", "silent")),
        ({"a": 2}, None, {"a": 2}, ("reported", "stops")),
        ({"a": 1, "b": 1}, {"c": 3}, {"a": 1, "b": 1, "c": 3}, ("reported", "reported")),
        ({"a": 2, "b": 2}, {"b": 3}, {"a": 2, "b": 5}, ("reported", "reported")),
        ({"a": 1}, {"b": 3}, {"a": 1, "b": 3}, ("shared", "reported")),
        ({"a": 2}, {"b": 3}, {"b": 3}, ("shared", "reported")),
    ],
    ids=["own rows", "one row", "silent", "stops", "several rows", "subtracted", "wrong count", "hidden by the other"],
)
def test_outcomes(one: _Rows, other: _Rows | None, together: _Rows, outcomes: tuple[str, str]) -> None:
    """
    Two bodies have one defect and three the other: it is reported if its own rows count as many, after subtraction of \
what is known, shared if they don't, silent without a row.
    """
    sound = Counter({"always": 10})
    alone = {"one": sound + Counter(one), "other": None if other is None else sound + Counter(other)}

    judged = judge(sound, alone, sound + Counter(together), {"one": 2, "other": 3})

    assert (judged["one"], judged["other"]) == outcomes


def test_falling_rows_are_no_report() -> None:
    """A count that falls, such as that of readable rows, raises no row."""
    fallen = Counter({"rows": 8})

    assert judge(Counter({"rows": 10}), {"one": fallen}, fallen, {"one": 2}) == {"one": "silent"}


# --- tools ---


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, str]]:
    """Judge a tool on small logs; skip the test if the tool isn't installed."""
    logs = run.Logs(tmp_path_factory.mktemp("defects"), _SIZE)

    def judge_tool(name: str) -> dict[str, str]:
        try:
            tools.load(name)
        except ImportError as error:
            pytest.skip(str(error))
        return dict(run.judged(name, logs))

    return judge_tool


@pytest.mark.parametrize("name", tools.names())
def test_outcomes_of_each_tool(judged: Callable[[str], dict[str, str]], name: str) -> None:
    """Each tool reports two unknown or null finish reasons and a missing key, and the defects that tell tools apart."""
    outcomes = judged(name)

    assert list(outcomes) == list(plant.DEFECTS)
    assert {outcomes[defect] for defect in plant.DEFECTS[:3]} == {"reported"}
    assert {defect: outcomes[defect] for defect, by_tool in _ODD.items() if name in by_tool} == {
        defect: by_tool[name] for defect, by_tool in _ODD.items() if name in by_tool
    }


def test_check_misses_only_the_repeated_key(judged: Callable[[str], dict[str, str]]) -> None:
    """`check` reports every planted defect but a repeated key, of which the last one counts."""
    outcomes = judged("router_schema_check")

    assert {defect for defect, outcome in outcomes.items() if outcome != "reported"} == {"`usage` twice, first null"}


def test_each_tool_is_measured_on_what_it_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool is compared with the reference on the same log, and that log lacks the defects that stop the tool."""
    read: list[tuple[str, bytes]] = []

    def child(name: str, *logs: Path) -> list[dict[str, Any]]:
        read.extend((name, log.read_bytes()) for log in logs)
        return [{"found": {}, "error": None, "seconds": 2.0 if name == run.REFERENCE else 3.0, "peak": 7}]

    monkeypatch.setattr(run, "child", child)
    reports: dict[str, Any] = dict.fromkeys(plant.DEFECTS, "reported")
    outcomes = {run.REFERENCE: reports, "other": {**reports, "a truncated line": "stops"}}

    results = run.measured(outcomes, run.Logs(tmp_path, _SIZE), rounds=1)

    assert results["other"] == run.Result(sound=1.5, defective=1.5, seconds=3.0, peak=7)
    assert results[run.REFERENCE].defective == 1.0
    assert {log for name, log in read if name == "other"} < {log for name, log in read if name == run.REFERENCE}
    assert len({log for _, log in read}) == 3


def test_absent_tool_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool that can't be imported is left out, and a line says why."""
    console = Console(record=True, width=200)

    assert list(command.describe(["msgspec_loop", "nonexistent"], console)) == ["msgspec_loop"]
    assert "absent: nonexistent: ModuleNotFoundError" in console.export_text()


def test_tables_have_every_tool_and_defect() -> None:
    """The first table has a row for each tool, the second a column; both say how each defect fares."""
    described = {"one": {"label": "One, strict"}, "two": {"label": "Two"}}
    outcomes: dict[str, Any] = {
        "one": dict.fromkeys(plant.DEFECTS, "reported"),
        "two": {**dict.fromkeys(plant.DEFECTS, "silent"), "invalid UTF-8": "stops"},
    }
    results = {"one": run.Result(1.0, 1.0, 0.5, 2e6), "two": run.Result(0.5, 2.0, 1.0, 3e6)}
    console = Console(record=True, width=200)

    console.print(command.cost_table(described, outcomes, results), command.defect_table(described, outcomes))

    lines = [line.split() for line in console.export_text().splitlines()]
    assert lines.index(["Two", "0.50", "2.00", "1.00", "3", "0", "of", "13"]) + 1 == lines.index(
        ["One,", "strict", "1.00", "1.00", "0.50", "2", "13", "of", "13"]
    )
    assert ["invalid", "UTF-8", "yes", "stops"] in lines
    assert ["defect", "One", "Two"] in lines
