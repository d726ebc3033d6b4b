"""The outputs of the command, by name."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import pytest
from log_lines import change, line, text

from router_schema import Report, check, loads
from router_schema._cli.outputs import OUTPUTS, Findings
from router_schema.logs import Place, Problem, ValueCount, compare

EVIL = "\x1b[31mred\n\x9b2J\u202e"


def printed(name: str, findings: Findings) -> str:
    """What the output of that name writes."""
    out = io.StringIO()
    OUTPUTS[name](out, findings)
    return out.getvalue()


def test_text_is_aligned() -> None:
    """The plain report is a headline, and a table for each question, numbers at the right."""
    problems = (
        Problem("$.choices[*].text", "type", "string", "null", 1_000, (Place("a", 12),)),
        Problem("$", "malformed", "JSON", "not JSON: Expecting value", 1, (Place("a", 9_999),)),
    )
    report = Report(10_001, 9_000, 1_000, 1, problems=problems, created_min=0.0, created_max=1e9)

    assert printed("text", Findings(report)).splitlines() == [
        "10,001 bodies: 9,000 valid (90.0%), 1,000 invalid, 1 malformed",
        "",
        "Problems",
        "  bodies  share  path               kind       what                       first at",
        "   1,000  10.0%  $.choices[*].text  type       expected string, got null  a:12",
        "       1  <0.1%  $                  malformed  not JSON: Expecting value  a:9999",
        "",
        "Usage",
        "  what                                             sum",
        "  prompt_tokens                                      0",
        "  completion_tokens                                  0",
        "  total_tokens                                       0",
        "  bodies without any of these                        0",
        "  first created                1970-01-01 00:00:00 UTC",
        "  last created                 2001-09-09 01:46:40 UTC",
    ]


def test_text_of_no_bodies() -> None:
    """A report of nothing is its headline."""
    assert printed("text", Findings(Report())) == "no bodies\n"


def test_notes_and_changes_are_text_too() -> None:
    """A note stands under its table; the changes stand first."""
    models = tuple(ValueCount(f"m{number}", 1) for number in range(3))
    changes = (change("'m2'", (0, 1), (1, 3), fails=True), change("'m1'", (0, 1), (1, 3)))
    found = printed("text", Findings(Report(bodies=3, valid=3, models=models), changes, "old.json", 2))
    none = printed("text", Findings(Report(bodies=3, valid=3), (), "old.json"))

    assert "  … and 1 more (--rows 0 shows all)\n" in found
    assert found.startswith(
        "3 bodies: 3 valid (100%), 0 invalid, 0 malformed\n"
        "\n"
        "Changes since old.json\n"
        "     change  kind   what  before  after  why\n"
        "  !  new     model  'm2'      0%  33.3%  more than chance\n"
        "     new     model  'm1'      0%  33.3%  may be chance\n"
        "\n"
    )
    assert "\n\nChanges since old.json\n  none\n\n" in none


def test_markdown_is_escaped() -> None:
    """Markdown has the same tables, with what is special to it escaped."""
    found = printed("markdown", Findings(check([line(), line(id=1), line(**{"a|b": 1})]), max_rows=1))

    assert found.startswith("**3 bodies: 2 valid (66.7%), 1 invalid, 0 malformed**\n\n### Problems\n\n")
    assert "| bodies | share | path | kind | what | first at | first (UTC) | last (UTC) |\n| --: | --: | --- |" in found
    assert "| 1 | 33.3% | $.id | type | expected string, got integer | line 2 | 2025-10-09 08:55 |" in found
    assert "| 1 | $\\['a\\|b'\\] | integer | line 3 |" in found
    assert "$.choices\\[\\*\\].finish\\_reason" in found


def test_markdown_has_notes_and_changes() -> None:
    """A note is a paragraph after its table, and so is the word that nothing changed."""
    models = tuple(ValueCount(f"m{number}", 1) for number in range(3))
    found = printed("markdown", Findings(Report(bodies=3, models=models), (), "old_report.json", 2))

    assert "| 1 | 33.3% | m1 |\n\n… and 1 more (--rows 0 shows all)\n" in found
    assert "### Changes since old\\_report.json\n" in found
    assert "\n\nnone\n\n" in found


def test_json_is_the_report() -> None:
    """As JSON, the report is what `dumps` writes; with changes, it is an object of both."""
    report = check([line(), line(id=1)])
    changes = compare(check([line(), line()]), report)
    both = json.loads(printed("json", Findings(report, changes, "old.json")))

    assert loads(printed("json", Findings(report)), Report) == report
    assert loads(json.dumps(both["report"]), Report) == report
    assert len(both["changes"]) == len(changes) > 0
    assert both["changes"][0]["before"] == {"count": 0, "total": 2, "share": 0.0}
    assert json.loads(printed("json", Findings(report, (), "old.json")))["changes"] == []


@pytest.mark.parametrize("name", sorted({*OUTPUTS} - {"parquet"}))
@pytest.mark.parametrize("is_terminal", [False, True])
def test_names_cannot_control_the_terminal(monkeypatch: pytest.MonkeyPatch, name: str, is_terminal: bool) -> None:
    """Control characters in names of files, keys and values, and in the other report's name, are escaped."""
    monkeypatch.setenv("TERM", "dumb")
    problem = Problem(f"$['{EVIL}']", "type", "string", "null", 1, (Place(EVIL, 1),))
    other = Problem("$.id", "type", "string", "null", 1, (Place("b", 1),))
    report = Report(bodies=2, problems=(problem, other), models=(ValueCount(EVIL, 1),))
    changes = (change(EVIL, (0, 1), (1, 1)),)
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: is_terminal)
    for table in ("models", "problems", "changes"):
        OUTPUTS[name](out, Findings(report, changes, EVIL, table=table))
        if name not in ("csv", "github"):
            break

    assert not {"\x1b", "\x9b", "\u202e"} & {*out.getvalue()}
    if name == "json":
        assert loads(json.dumps(json.loads(out.getvalue())["report"]), Report) == report


def test_characters_that_the_stream_lacks_are_escaped() -> None:
    """A name that the encoding of the output can't hold is written as an escape."""
    data = io.BytesIO()
    with io.TextIOWrapper(data, encoding="ascii", write_through=True) as out:
        OUTPUTS["text"](out, Findings(Report(bodies=1, models=(ValueCount("café…", 1),))))
        written = data.getvalue()

    assert b"caf\\xe9\\u2026" in written


@pytest.mark.parametrize("with_rich", [True, False])
def test_rich_is_only_presentation(monkeypatch: pytest.MonkeyPatch, with_rich: bool) -> None:
    """Without rich a terminal gets the plain report."""
    if with_rich:
        pytest.importorskip("rich")
    else:
        import router_schema._cli as package

        monkeypatch.setitem(sys.modules, "router_schema._cli.terminal", None)
        monkeypatch.delattr(package, "terminal", raising=False)
    out: Any = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: True)
    OUTPUTS["text"](out, Findings(check([text()])))

    assert "1 body: 1 valid" in out.getvalue()
    assert ("━" in out.getvalue() or "─" in out.getvalue()) is with_rich
