"""The outputs of the command, by name."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from log_lines import change, line, text

from router_schema import Report, check, loads
from router_schema._cli import main
from router_schema._cli.arguments import MisuseError
from router_schema._cli.outputs import OUTPUTS, Findings
from router_schema.logs import Place, Problem, UsageTotals, ValueCount, compare
from router_schema.logs.present.records import RECORDS, records_of

EVIL = "\x1b[31mred\n\x9b2J\u202e"


def printed(name: str, findings: Findings) -> str:
    """What the output of that name writes."""
    out = io.StringIO()
    OUTPUTS[name].write(out, findings)
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
        "  what                         total",
        "  prompt_tokens                    0",
        "  completion_tokens                0",
        "  total_tokens                     0",
        "  bodies without any of these      0",
        "",
        "Created",
        "  which  when",
        "  first  1970-01-01 00:00:00 UTC",
        "  last   2001-09-09 01:46:40 UTC",
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
        OUTPUTS[name].write(out, Findings(report, changes, EVIL, table=table))
        if name not in ("csv", "github"):
            break

    assert not {"\x1b", "\x9b", "\u202e"} & {*out.getvalue()}
    if name == "json":
        assert loads(json.dumps(json.loads(out.getvalue())["report"]), Report) == report


def test_characters_that_the_stream_lacks_are_escaped() -> None:
    """A name that the encoding of the output can't hold is written as an escape."""
    data = io.BytesIO()
    with io.TextIOWrapper(data, encoding="ascii", write_through=True) as out:
        OUTPUTS["text"].write(out, Findings(Report(bodies=1, models=(ValueCount("café…", 1),))))
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
    OUTPUTS["text"].write(out, Findings(check([text()])))

    assert "1 body: 1 valid" in out.getvalue()
    assert ("━" in out.getvalue() or "─" in out.getvalue()) is with_rich


# --- tables for programs ---


def test_csv_is_one_table() -> None:
    """CSV has all rows of one table, with a header: the problems, or the requested table."""
    report = check([line(model=f'm"{number},') for number in range(3)] + [line(id=1), b"{"])
    problems = printed("csv", Findings(report, max_rows=1))
    models = printed("csv", Findings(report, max_rows=1, table="models"))

    assert problems.splitlines()[0] == "path,kind,expected,actual,count,source,line,first,last"
    assert [row["kind"] for row in csv.DictReader(io.StringIO(problems))] == ["malformed", "type"]
    assert [row["value"] for row in csv.DictReader(io.StringIO(models))][1:] == ['m"0,', 'm"1,', 'm"2,']
    assert printed("csv", Findings(report, table="changes")).splitlines() == [
        "kind,trend,what,before_count,before_total,before_share,after_count,after_total,after_share,chance,fails,reason,"
        "first,last,source,line"
    ]


def parquet_of(findings: Findings) -> Any:
    """The table that pyarrow reads back."""
    parquet = pytest.importorskip("pyarrow.parquet")
    data = io.BytesIO()
    with io.TextIOWrapper(data, encoding="ascii") as out:
        OUTPUTS["parquet"].write(out, findings)
        out.flush()
        return parquet.read_table(io.BytesIO(data.getvalue()))


@pytest.mark.parametrize("name", RECORDS)
def test_parquet_is_one_table(name: str) -> None:
    """As Parquet, a table has the same columns and values as its records, and the same types where it is empty."""
    report = check([line(), line(id=1, a=EVIL), b"{", line(model=EVIL)])
    changes = compare(check([line()] * 9), report)
    table, empty = parquet_of(Findings(report, changes, table=name)), parquet_of(Findings(Report(), (), table=name))
    expected = records_of(report, changes, name)

    assert [tuple(row.values()) for row in table.to_pylist()] == expected.rows
    assert table.schema == empty.schema
    assert table.column_names == [field.name for field in expected.fields]
    assert {str(field.type) for field in table.schema} <= {"string", "int64", "double", "bool"}


def test_numbers_that_parquet_lacks() -> None:
    """Sums of absurd bodies that are too large for a column are a message, not a traceback."""
    pytest.importorskip("pyarrow")
    report = Report(bodies=1, usage=UsageTotals(2**63))

    with pytest.raises(MisuseError, match="too large for Parquet"):
        parquet_of(Findings(report, table="totals"))


@pytest.mark.usefixtures("folder")
def test_tables_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The option names the table."""
    main(["check", "bad.jsonl", "--format", "csv", "--table", "unknown_keys"])

    assert capsys.readouterr().out.splitlines()[1].startswith("$.provider,1,1,0")


@pytest.mark.parametrize("name", ["csv", "parquet"])
@pytest.mark.usefixtures("folder")
def test_changes_need_another_report(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Changes since nothing are a misuse, before anything is read."""
    assert main(["check", "missing", "--format", name, "--table", "changes"]) == 2
    assert capsys.readouterr().err == "router-schema: --table changes needs a report to compare with\n"


@pytest.mark.usefixtures("folder")
def test_parquet_is_not_for_terminals(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Parquet on a terminal, or without its library, is a misuse, before anything is read."""
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert main(["check", "missing", "--format", "parquet"]) == 2
    assert "pip install 'router-schema[parquet]'" in capsys.readouterr().err
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["check", "missing", "--format", "parquet"]) == 2
    assert "redirect the output" in capsys.readouterr().err


def test_parquet_on_the_command_line(folder: Path) -> None:
    """Standard output contains the file and nothing else."""
    parquet = pytest.importorskip("pyarrow.parquet")
    command = [sys.executable, "-m", "router_schema", "check", "bad.jsonl", "--format", "parquet"]
    with open(folder / "out.parquet", "wb") as out:
        status = subprocess.run(command, cwd=folder, stdout=out).returncode

    assert status == 1
    assert parquet.read_table(folder / "out.parquet").column("kind").to_pylist() == ["malformed", "type"]


# --- annotations ---


def test_problems_are_annotations() -> None:
    """Each problem is an error at its first place, with what its syntax would misread as percent escapes."""
    problems = (
        Problem("$.a", "type", "string", "50%\n", 3, (Place("a:1,b.jsonl", 12), Place("c", 1))),
        Problem("$.b", "missing", "string", "nothing", 1, (Place("-", 2),)),
        Problem("$.c", "missing", "string", "nothing", 1, (Place("s3://bucket/x.jsonl", 3),)),
        Problem("$.d", "missing", "string", "nothing", 1, (Place("x.json.gz", 4),)),
    )
    report = Report(bodies=10, valid=6, invalid=4, problems=problems)

    assert printed("github", Findings(report, suggestion="try another")).splitlines() == [
        "10 bodies: 6 valid (60.0%), 4 invalid, 0 malformed",
        "try another",
        "::error file=a%3A1%2Cb.jsonl,line=12,title=$.a type::"
        "expected string, got 50%25\\n, in 3 of 10 (30.0%25), first at a:1,b.jsonl:12",
        "::error title=$.b missing::expected string, in 1 of 10 (10.0%25), first at line 2",
        "::error title=$.c missing::expected string, in 1 of 10 (10.0%25), first at s3://bucket/x.jsonl:3",
        "::error file=x.json.gz,title=$.d missing::expected string, in 1 of 10 (10.0%25), first at x.json.gz:4",
    ]
    assert len(printed("github", Findings(report, max_rows=1)).splitlines()) == 2


def test_changes_are_annotations() -> None:
    """With an older report, what fails is an error, other changes are notices and problems are warnings."""
    problem = Problem("$.a", "type", "string", "null", 3, (Place("a.jsonl", 12),))
    changes = (change("'m2'", (0, 1), (1, 3), fails=True), change("'m1'", (0, 1), (1, 3)))
    report = Report(bodies=10, valid=6, invalid=4, problems=(problem,))
    found = printed("github", Findings(report, changes, "old.json"))

    assert [text.split("::")[1] for text in found.splitlines()[1:]] == [
        "error title=new model",
        "notice title=new model",
        "warning file=a.jsonl,line=12,title=$.a type",
    ]
    assert "::'m2': 0%25 before, 33.3%25 now (more than chance)\n" in found
    assert len(printed("github", Findings(report, changes, "old.json", 1)).splitlines()) == 3


# --- a page ---


def test_html_is_a_page() -> None:
    """As HTML, the page has the changes, the suggestion and as many rows as asked for, in ASCII."""
    models = tuple(ValueCount(f"mé{number}", 1) for number in range(3))
    changes = (change("'m2'", (0, 1), (1, 3), fails=True),)
    found = printed("html", Findings(Report(bodies=3, valid=3, models=models), changes, "old.json", 2, "try another"))

    assert found.startswith("<!DOCTYPE html>")
    assert "try another" in found
    assert found.index("Changes since old.json") < found.index("Values of model")
    assert "m&#233;1" in found
    assert "m&#233;2" not in found
    assert found.isascii()
