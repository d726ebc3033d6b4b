"""Saved reports on the command line: ``--save`` and ``--since`` of check, merge, and diff."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from log_lines import text, write

from router_schema import Report, check, dumps
from router_schema._cli import main
from router_schema.logs import SavedReport, load_report, save_report

Captured = pytest.CaptureFixture[str]

needs_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")


# --- check --save ---


@pytest.mark.parametrize("name", ["good.jsonl", "./good.jsonl", "link.jsonl", "logs/many.json"])
def test_inputs_are_never_overwritten(folder: Path, capsys: Captured, name: str) -> None:
    """A report that would replace an input file is refused before anything is read, even under another name."""
    (folder / "link.jsonl").symlink_to("good.jsonl")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    assert main(["check", "-", "missing", "good.jsonl", "logs", "--save", name]) == 2
    assert capsys.readouterr() == (
        "",
        f"router-schema: {name}: not written, since it is one of the files to read\n",
    )
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_the_older_report_may_be_replaced(folder: Path, capsys: Captured) -> None:
    """``--since`` is read before, so a canary may roll one report on."""
    write(folder / "worse.jsonl", text(id=1) * 100)
    main(["check", "good.jsonl", "--save", "last.json"])

    assert main(["check", "worse.jsonl", "--since", "last.json", "--save", "last.json"]) == 1
    assert load_report("last.json").report == check("worse.jsonl")
    capsys.readouterr()


@pytest.mark.usefixtures("folder")
def test_a_place_that_is_not_there_is_reported_at_once(capsys: Captured) -> None:
    """Nothing is read if the report could not be written."""
    assert main(["check", "good.jsonl", "--save", "missing/report.json"]) == 2
    assert capsys.readouterr() == ("", "router-schema: missing/report.json: No such file or directory\n")


FULL_DISK = """
import resource, sys
from router_schema._cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
sys.exit(main(["check", "bad.jsonl", "--save", "report.json"]))
"""


def test_a_full_disk_keeps_the_old_report(folder: Path) -> None:
    """If the report can't be written, it is printed, the status is 2, and the old report remains."""
    save_report(check("good.jsonl"), "report.json")
    before = (folder / "report.json").read_bytes()
    done = subprocess.run([sys.executable, "-c", FULL_DISK], capture_output=True, text=True)

    assert done.returncode == 2
    assert done.stdout.startswith("4 bodies: 2 valid")
    assert done.stderr == "router-schema: report.json: File too large\n"
    assert (folder / "report.json").read_bytes() == before
    assert not [name for name in os.listdir() if name.endswith(".tmp")]


@needs_full
@pytest.mark.usefixtures("folder")
def test_a_full_device_is_reported(capsys: Captured) -> None:
    """A report that goes to a full device ends with status 2."""
    assert main(["check", "good.jsonl", "--save", "/dev/full"]) == 2
    assert capsys.readouterr().err == "router-schema: /dev/full: No space left on device\n"


def test_standard_output_may_be_the_file(folder: Path) -> None:
    """``--save /dev/stdout`` prints the report before the tables; an output that is a file is not replaced."""
    with open(folder / "out", "w") as out:
        command = [sys.executable, "-m", "router_schema", "check", "good.jsonl", "--save", "/dev/stdout"]
        subprocess.run(command, stdout=out)
        is_same = os.path.samestat(os.fstat(out.fileno()), os.stat(folder / "out"))
    piped = subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout

    assert is_same
    assert piped.startswith('{"kind":"router_schema report"')
    assert "3 bodies: 3 valid" in piped


def test_reports_are_read_from_standard_input(folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """``-`` is standard input where a saved report is read, and standard output where `merge` writes."""
    main(["check", "good.jsonl", "--save", "a.json"])
    saved = (folder / "a.json").read_bytes()
    capsys.readouterr()

    def run(*arguments: str) -> str:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(saved))))  # type: ignore[type-var]
        assert main(list(arguments)) == 0
        return capsys.readouterr().out

    assert json.loads(run("merge", "-")) == json.loads(run("merge", "a.json", "-o", "-")) == json.loads(saved)
    assert run("diff", "-", "a.json").startswith("3 bodies: 3 valid (100%)")
    assert run("check", "good.jsonl", "--since", "-").startswith("3 bodies: 3 valid (100%)")
    assert not (folder / "-").exists()


@pytest.mark.usefixtures("folder")
def test_standard_output_is_not_the_name_of_a_file(capsys: Captured) -> None:
    """``--save -`` is refused: ``--format json`` prints the report."""
    assert main(["check", "good.jsonl", "--save", "-"]) == 2
    assert capsys.readouterr() == ("", "router-schema: -: not the name of a file\n")


# --- partial reports ---


@pytest.mark.parametrize("is_asked_for", [False, True])
def test_failures_save_what_was_read_if_asked_to(folder: Path, capsys: Captured, is_asked_for: bool) -> None:
    """If a file can't be read, the report of the others is saved as partial, but only if asked to."""
    options = ["--save-partial"] if is_asked_for else []
    status = main(["check", "good.jsonl", "missing", "--save", "report.json", *options])

    assert status == 2
    assert (folder / "report.json").exists() == is_asked_for
    if is_asked_for:
        assert load_report("report.json") == SavedReport(check("good.jsonl"), partial=True)
    capsys.readouterr()


@pytest.mark.usefixtures("folder")
def test_a_check_that_stops_at_the_limit_is_partial(capsys: Captured) -> None:
    """A report that `--max-errors` cut short is marked as partial; a whole report is not."""
    main(["check", "bad.jsonl", "--max-errors", "1", "--save", "part.json"])
    main(["check", "bad.jsonl", "--max-errors", "3", "--save", "whole.json"])

    assert load_report("part.json").partial
    assert not load_report("whole.json").partial
    capsys.readouterr()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("arguments", [["good.jsonl", "missing"], ["bad.jsonl", "--max-errors", "1"], ["good.jsonl"]])
def test_json_output_is_what_would_be_saved(capsys: Captured, arguments: list[str]) -> None:
    """`--format json` marks a partial report as `--save` does, also beside changes."""
    main(["check", *arguments, "--save", "saved.json", "--save-partial", "--format", "json"])
    out = capsys.readouterr().out

    assert json.loads(out) == json.loads(Path("saved.json").read_bytes())
    main(["check", *arguments, "--since", "saved.json", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["report"] == json.loads(out)
    main(["diff", "saved.json", "saved.json", "--format", "json"])
    assert json.loads(capsys.readouterr().out)["report"] == json.loads(out)


@pytest.mark.usefixtures("folder")
def test_a_partial_report_that_is_not_saved_is_named(capsys: Captured) -> None:
    """If `--save` does not write a partial report, a message says so."""
    assert main(["check", "good.jsonl", "missing", "--save", "report.json"]) == 2
    message = "report.json: not written, because the report is partial (--save-partial writes it)"
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_since_a_partial_report(capsys: Captured) -> None:
    """A comparison with a partial report says so, and is made."""
    save_report(check("bad.jsonl"), "part.json", partial=True)

    assert main(["check", "bad.jsonl", "--since", "part.json"]) == 0
    out, err = capsys.readouterr()
    assert err == "router-schema: part.json: a partial report: that run did not read everything\n"
    assert "Changes since part.json" in out


# --- what --since accepts ---


def test_output_as_json_is_a_saved_report(folder: Path, capsys: Captured) -> None:
    """``--format json`` prints what ``--save`` writes."""
    main(["check", "bad.jsonl", "--format", "json", "--save", "report.json"])
    write(folder / "printed.json", capsys.readouterr().out.encode())

    assert load_report("printed.json") == load_report("report.json")
    assert main(["check", "bad.jsonl", "--since", "printed.json"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{}", "not a saved report: write one with --save or --format json"),
        (dumps(Report()).encode(), "not a saved report: write one with --save or --format json"),
        (b'{"kind": "router_schema report", "version": 9, "bodies": 1}', "a saved report of a newer version"),
        (b'{"kind": "router_schema report", "version": 1, "bodies": -1}', "not a saved report: $.bodies is negative"),
    ],
)
@pytest.mark.parametrize("command", ["since", "diff", "merge"])
def test_anything_else_has_status_2(folder: Path, capsys: Captured, command: str, data: bytes, message: str) -> None:
    """Every command rejects what is not a saved report, with a line that names the file."""
    write(folder / "wrong.json", data)
    save_report(Report(), "right.json")
    arguments = {
        "since": ["check", "good.jsonl", "--since", "wrong.json"],
        "diff": ["diff", "right.json", "wrong.json"],
        "merge": ["merge", "right.json", "wrong.json"],
    }[command]

    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"router-schema: wrong.json: {message}")
    assert err.count("\n") == 1


def test_output_with_changes_is_not_a_saved_report(folder: Path, capsys: Captured) -> None:
    """An object of a report and its changes is rejected; the report in it is a saved one."""
    save_report(check("good.jsonl"), "old.json")
    main(["check", "bad.jsonl", "--since", "old.json", "--format", "json"])
    printed = json.loads(capsys.readouterr().out)
    write(folder / "printed.json", json.dumps(printed).encode())
    write(folder / "inner.json", json.dumps(printed["report"]).encode())

    assert main(["check", "good.jsonl", "--since", "printed.json"]) == 2
    assert "printed.json: not a saved report" in capsys.readouterr().err
    assert load_report("inner.json").report == check("bad.jsonl")


# --- merge ---


@pytest.fixture
def reports(folder: Path) -> Path:
    """The folder, with a report of good bodies and one of bad ones."""
    write(folder / "good.jsonl", text() * 100)
    write(folder / "bad.jsonl", text(id=1) * 100)
    save_report(check("good.jsonl"), folder / "good.json")
    save_report(check("bad.jsonl"), folder / "bad.json")
    return folder


@pytest.mark.usefixtures("reports")
def test_merge_is_the_report_of_all(capsys: Captured) -> None:
    """Several reports are one, in a file or on standard output; one report is itself."""
    both = check("good.jsonl") | check("bad.jsonl")

    assert main(["merge", "good.json", "bad.json", "-o", "both.json"]) == 0
    assert capsys.readouterr() == ("", "")
    assert load_report("both.json") == SavedReport(both)
    assert main(["merge", "good.json"]) == 0
    assert capsys.readouterr().out == Path("good.json").read_text()


def test_merge_prints_ascii(folder: Path, capsys: Captured) -> None:
    """The output can be printed in any encoding, with the same meaning."""
    save_report(check([text(model="é\U0001f600")]), "report.json")
    main(["merge", "report.json"])
    printed = capsys.readouterr().out

    assert printed.isascii()
    assert load_report(write(folder / "printed.json", printed.encode())) == load_report("report.json")


@pytest.mark.usefixtures("reports")
def test_merges_with_a_partial_report_are_partial(capsys: Captured) -> None:
    """A part of what should have been read stays a part, and a message names it."""
    save_report(check("bad.jsonl"), "part.json", partial=True)
    main(["merge", "good.json", "part.json", "--output", "both.json"])

    assert load_report("both.json").partial
    assert "part.json: a partial report" in capsys.readouterr().err


@pytest.mark.usefixtures("reports")
def test_merge_never_overwrites_an_input(capsys: Captured) -> None:
    """Merging into one of the reports would count it twice the next time."""
    before = load_report("good.json")

    assert main(["merge", "good.json", "bad.json", "-o", "good.json"]) == 2
    assert "good.json: not written, since it is one of the files to read" in capsys.readouterr().err
    assert load_report("good.json") == before


@needs_full
@pytest.mark.usefixtures("reports")
def test_merges_that_cannot_be_written_have_status_2(capsys: Captured) -> None:
    """A full device, and a folder that is not there, are reported."""
    assert main(["merge", "good.json", "-o", "/dev/full"]) == 2
    assert main(["merge", "good.json", "-o", "missing/report.json"]) == 2
    assert main(["merge", "missing.json"]) == 2
    assert capsys.readouterr().err == (
        "router-schema: /dev/full: No space left on device\n"
        "router-schema: missing/report.json: No such file or directory\n"
        "router-schema: missing.json: No such file or directory\n"
    )


# --- diff ---


@pytest.mark.usefixtures("reports")
def test_diff_is_what_check_since_reports(capsys: Captured) -> None:
    """Two saved reports give the output and the status of a check that compares with the first."""
    assert main(["diff", "good.json", "bad.json"]) == 1
    of_diff = capsys.readouterr().out
    assert main(["check", "bad.jsonl", "--since", "good.json"]) == 1
    assert capsys.readouterr().out == of_diff
    assert main(["diff", "bad.json", "good.json"]) == 0
    assert main(["diff", "bad.json", "bad.json", "--format", "markdown", "--rows", "1"]) == 0
    capsys.readouterr()


@pytest.mark.usefixtures("reports")
def test_diff_prints_changes_as_a_table(capsys: Captured) -> None:
    """The table that diff prints as CSV is the changes, unless another is asked for."""
    main(["diff", "good.json", "bad.json", "--format", "csv"])
    of_changes = capsys.readouterr().out
    main(["diff", "good.json", "bad.json", "--format", "csv", "--table", "changes"])

    assert capsys.readouterr().out == of_changes
    assert of_changes.startswith("kind,trend,")


@pytest.mark.usefixtures("reports")
def test_an_empty_report_is_no_verdict(capsys: Captured) -> None:
    """A comparison with a report of no bodies, on either side, says so and has status 2."""
    save_report(Report(), "empty.json")
    write(Path("empty.jsonl"), b"")
    for arguments, name in (
        (["diff", "empty.json", "good.json"], "empty.json"),
        (["diff", "good.json", "empty.json"], "the newer report"),
        (["check", "empty.jsonl", "--since", "good.json"], "the newer report"),
    ):
        assert main(arguments) == 2
        assert capsys.readouterr().err == f"router-schema: nothing was compared: {name} has no bodies\n"


@pytest.mark.usefixtures("reports")
def test_diff_reads_both_reports(capsys: Captured) -> None:
    """A file that is missing, on either side, has status 2."""
    for arguments in (["missing.json", "good.json"], ["good.json", "missing.json"]):
        assert main(["diff", *arguments]) == 2
        assert capsys.readouterr().err == "router-schema: missing.json: No such file or directory\n"


def test_no_temporary_files_are_left(reports: Path) -> None:
    """Whatever was written, only the reports are there."""
    main(["merge", "good.json", "bad.json", "-o", "both.json"])
    shutil.rmtree(reports / "logs")

    assert sorted(os.listdir()) == sorted(["bad.json", "bad.jsonl", "both.json", "good.json", "good.jsonl", "one.json"])
