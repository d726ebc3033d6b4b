"""``router-schema check``: what is read, the exit status, options, what is saved and compared."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from log_lines import problems, text, write
from support import choice

from router_schema import Report, check, loads
from router_schema._cli import check as module
from router_schema._cli import main
from router_schema.logs import Place, lines, save_report
from router_schema.logs.work import FileRange, open_stdin

Captured = pytest.CaptureFixture[str]


#: How a saved report begins.
SAVED = b'{"kind": "router_schema report", "version": 1, '


def report_of(capsys: Captured, *arguments: str) -> Report:
    """The report that the command prints as JSON."""
    main(["check", "--format", "json", *arguments])
    return loads(capsys.readouterr().out, Report)


# --- what is read ---


@pytest.mark.parametrize(
    ("path", "bodies"),
    [("good.jsonl", 3), ("one.json", 1), ("logs", 4), ("*.jsonl", 7), ("**/*.json", 3), ("logs/packed.jsonl.gz", 2)],
)
@pytest.mark.usefixtures("folder")
def test_files_folders_and_patterns(capsys: Captured, path: str, bodies: int) -> None:
    """A path may be a file, a folder or a pattern."""
    assert report_of(capsys, path).bodies == bodies


STREAM = b"""\
data: {"id":"c","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"a"}]}

data: {"id":"c","object":"text_completion","created":1,"model":"m","choices":[{"index":0,"finish_reason":"stop"}]}

data: [DONE]

data: {"id":1,"object":"text_completion","created":1,"model":"m","choices":[{"index":0,"text":"a"}]}

"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_recorded_streams(folder: Path, capsys: Captured, jobs: str) -> None:
    """Files of streams are read together with others, packed or not; their events are bodies with another schema."""
    write(folder / "logs" / "a.sse", STREAM)
    write(folder / "logs" / "b.sse.gz", gzip.compress(STREAM))
    report = report_of(capsys, "logs", "--jobs", jobs)

    assert (report.bodies, report.valid) == (10, 8)
    assert (report.events, report.streams, report.incomplete_streams) == (6, 4, 2)
    assert report.problems[0].places == (Place("logs/a.sse", 4), Place("logs/b.sse.gz", 4))


def test_the_report_of_streams(folder: Path, capsys: Captured) -> None:
    """The report of streams counts events, and says which event has a problem and how many streams are incomplete."""
    write(folder / "a.sse", STREAM)
    status = main(["check", "a.sse", "--save", "a.json"])
    shown = capsys.readouterr().out

    assert status == 1
    assert shown.startswith("""\
3 events: 2 valid (66.7%), 1 invalid, 0 malformed

Streams
  what        count  share
  complete        1  50.0%
  incomplete      1  50.0%
  2 streams, 3 events

Problems
  events  share  path  kind  what                          first at  first (UTC)       last (UTC)
       1  33.3%  $.id  type  expected string, got integer  a.sse:4   1970-01-01 00:00  1970-01-01 00:00
""")
    assert "  streams without any of these" in shown
    assert main(["check", "a.sse", "--since", "a.json", "--format", "markdown"]) == 0
    assert "| incomplete | 1 | 50.0% |" in capsys.readouterr().out


def test_the_model_of_streams(folder: Path, capsys: Captured) -> None:
    """The name of a schema selects the schema of its events, and no other schema is suggested for events."""
    chunk = {"id": "c", "object": "o", "model": "m", "choices": [{"index": 0, "text": "a", "finish_reason": "stop"}]}
    unfinished = {**chunk, "created": 1, "choices": [{"index": 0, "text": "a", "finish_reason": None}]}
    write(folder / "a.sse", b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in (unfinished, chunk)))

    assert report_of(capsys, "a.sse", "--model", "orq").problems[0].path == "$.choices[*].finish_reason"
    assert report_of(capsys, "a.sse", "--model", "openai").problems[0].path == "$.created"
    main(["check", "a.sse"])
    assert "try --model" not in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_several_paths_are_one_report(capsys: Captured) -> None:
    """The report is that of all paths, and a problem names its file."""
    report = report_of(capsys, "good.jsonl", "bad.jsonl", "logs")

    assert (report.bodies, report.valid) == (11, 9)
    assert report.problems[0].places == (Place("bad.jsonl", 3),)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.usefixtures("folder")
def test_standard_input(capsys: Captured, monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    """A dash is standard input, compressed or not, which this process reads also if others read the files."""
    data = gzip.compress(text() * 2) if packed else text() * 2
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))  # type: ignore[type-var]

    assert report_of(capsys, "-", "one.json").valid == 3
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))  # type: ignore[type-var]
    assert report_of(capsys, "-", "one.json", "--jobs", "2").valid == 3


def test_pipes_and_devices_in_a_folder_are_skipped(folder: Path, capsys: Captured) -> None:
    """A pipe in a folder is skipped with a line on standard error, and the status is that of the other files."""
    os.mkfifo(folder / "logs" / "pipe\x1b[31m.jsonl")
    status = main(["check", "logs"])
    out, err = capsys.readouterr()

    assert status == 0
    assert out.startswith("4 bodies: 4 valid")
    assert err == "router-schema: logs/pipe\\x1b[31m.jsonl: skipped, not a regular file\n"


@pytest.mark.usefixtures("folder")
def test_files_are_not_compared_with_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time before the first file is read grows linearly with the number of files."""
    compared = 0

    class Name(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return str(self) == other

    files = [FileRange(Name(f"{number}.jsonl"), open_stdin) for number in range(100)]
    monkeypatch.setattr(module, "find_files", lambda *_: files)
    monkeypatch.setattr(module, "check_here", lambda *_: None)
    monkeypatch.setattr(module, "check_in_processes", lambda *_: None)
    for jobs in ("1", "2"):
        main(["check", "missing", "--jobs", jobs])

    assert compared <= 100 * 4


# --- exit status ---


@pytest.mark.usefixtures("folder")
def test_status_is_0_if_all_is_valid(capsys: Captured) -> None:
    """The status is 0 if every body is valid."""
    assert main(["check", "good.jsonl"]) == 0
    assert capsys.readouterr().out.startswith("3 bodies: 3 valid (100%), 0 invalid, 0 malformed\n")


@pytest.mark.usefixtures("folder")
def test_status_is_1_if_something_is_not(capsys: Captured) -> None:
    """One body that is not valid is enough."""
    assert main(["check", "bad.jsonl"]) == 1
    assert capsys.readouterr().out.startswith("4 bodies: 2 valid (50.0%), 1 invalid, 1 malformed\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "arguments are required"),
        (["check"], "PATH"),
        (["check", "missing.jsonl"], "missing.jsonl: No such file or directory"),
        (["check", "missing*.jsonl"], "missing*.jsonl: No such file or directory"),
        (["check", "empty"], "there are no files in empty"),
        (["check", "good.jsonl", "--since", "missing"], "missing: No such file or directory"),
        (["check", "good.jsonl", "--since", "good.jsonl"], "good.jsonl: not a saved report: not JSON: text after"),
        (["check", "good.jsonl", "--since", "wrong.json"], "wrong.json: not a saved report: 2 problems in Report\n"),
        (["check", "good.jsonl", "--save", "missing/report"], "missing/report: No such file or directory"),
        (["check", "good.jsonl", ""], "a path is empty"),
        (["check", "good.jsonl", "--save-partial"], "--save-partial needs --save"),
        (["check", "-", "--since", "-"], "standard input can't be both the log and the older report"),
        (["check", "good.jsonl", "--model", "mine_odd:Odd"], "Odd.field: set is not supported"),
    ],
)
def test_status_is_2_on_misuse(folder: Path, capsys: Captured, arguments: list[str], message: str) -> None:
    """Misuse, and a file that can't be read, is reported on standard error, without a traceback."""
    (folder / "empty").mkdir()
    write(folder / "wrong.json", SAVED + b'"bodies": "1", "valid": null}')
    (folder / "mine_odd.py").write_text("import attrs\n@attrs.frozen\nclass Odd:\n    field: set\n")

    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_what_can_be_read_is_reported(folder: Path, capsys: Captured) -> None:
    """The lines before a truncation and the other files are reported, but the status is 2 and nothing is saved."""
    packed = gzip.compress(b"".join(text(id=f"{i * 7919}") for i in range(2000)))
    write(folder / "cut.gz", packed[: len(packed) // 2])
    status = main(["check", "cut.gz", "missing", "good.jsonl", "--save", "report.json"])
    out, err = capsys.readouterr()

    assert status == 2
    assert "cut.gz: the compressed file ends too early, in line " in err
    assert "missing: No such file" in err
    assert int(out.split()[0].replace(",", "")) > 100
    assert not (folder / "report.json").exists()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_folders_that_cannot_be_read_are_reported(folder: Path, capsys: Captured, monkeypatch: Any, jobs: str) -> None:
    """A folder inside a folder that can't be listed is a failure, and the others are read."""
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if os.fspath(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    (folder / "logs" / "secret").mkdir()
    write(folder / "logs" / "secret" / "log.jsonl", text())
    monkeypatch.setattr(os, "scandir", refusing)
    status = main(["check", "logs", "--jobs", jobs])
    out, err = capsys.readouterr()

    assert status == 2
    assert "router-schema: logs/secret: " in err
    assert out.startswith("4 bodies")


def test_a_missing_extra_is_reported(folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zstd file without its library says what to install."""
    monkeypatch.setitem(sys.modules, lines._ZSTD_MODULE, None)
    write(folder / "log.zst", b"\x28\xb5\x2f\xfd...")

    assert main(["check", "log.zst"]) == 2
    assert "pip install 'router-schema[zstd]'" in capsys.readouterr().err


def test_messages_cannot_control_the_terminal(folder: Path, capsys: Captured) -> None:
    """Control characters in names of files and in arguments are escaped in every message."""
    evil = "\x1b[31m\x9b31m"
    write(folder / f"{evil}.json.gz", gzip.compress(text())[:-10])
    write(folder / f"{evil}.json", b"{")
    (folder / f"empty{evil}").mkdir()
    commands = [
        ["check", evil],
        ["check", f"{evil}.json.gz", f"{evil}.json"],
        ["check", f"empty{evil}"],
        ["check", "good.jsonl", evil, "--jobs", "2"],
        ["check", "good.jsonl", "--since", f"{evil}.json"],
        ["check", "good.jsonl", "--since", evil],
        ["check", "good.jsonl", "--save", f"{evil}/report"],
        ["check", "good.jsonl", "--model", f"{evil}:Body"],
        ["check", "good.jsonl", "--format", evil],
        ["check", "good.jsonl", "--rows", evil],
        ["check", "good.jsonl", f"--{evil}"],
        [evil],
    ]
    for command in commands:
        assert main(command) == 2
        out, err = capsys.readouterr()

        assert "\\x1b[31m\\x9b31m" in err
        assert not {"\x1b", "\x9b"} & {*out, *err}


# --- options ---


@pytest.mark.usefixtures("folder")
def test_forbid_extra_keys(capsys: Captured) -> None:
    """Keys that the schema does not name are problems if asked for."""
    assert ("$.provider", "extra", 1) in problems(report_of(capsys, "bad.jsonl", "--forbid-extra-keys"))


def test_model_is_a_class_of_the_current_folder(folder: Path, capsys: Captured) -> None:
    """The class of a body may be the user's, in other processes too."""
    (folder / "mine_body.py").write_text("import attrs\n@attrs.frozen\nclass Mine:\n    id: int\n")

    assert report_of(capsys, "bad.jsonl", "--model", "mine_body:Mine").valid == 1
    assert report_of(capsys, "bad.jsonl", "--model", "mine_body:Mine", "--jobs", "2").valid == 1


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.usefixtures("folder")
def test_max_errors_stops(capsys: Captured, jobs: str) -> None:
    """Nothing is read after so many bodies that are not valid, and a message says so."""
    status = main(["check", "bad.jsonl", "good.jsonl", "--max-errors", "1", "--jobs", jobs])
    out, err = capsys.readouterr()

    assert status == 1
    assert out.startswith("2 bodies: 1 valid")
    assert err == "router-schema: stopped after 1 body that is not valid\n"
    assert main(["check", "bad.jsonl", "good.jsonl", "--max-errors", "2"]) == 1
    assert capsys.readouterr().err == "router-schema: stopped after 2 bodies that are not valid\n"
    assert main(["check", "bad.jsonl", "good.jsonl", "--max-errors", "3"]) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.usefixtures("folder")
def test_max_errors_follows_the_order_of_the_files(capsys: Captured, monkeypatch: Any, jobs: str) -> None:
    """Standard input is read where it stands among the files, also if other processes read those."""
    bad = io.TextIOWrapper(io.BufferedReader(io.BytesIO(text(id=1) * 5)))  # type: ignore[type-var]
    monkeypatch.setattr(sys, "stdin", bad)
    report = report_of(capsys, "good.jsonl", "bad.jsonl", "-", "good.jsonl", "--max-errors", "5", "--jobs", jobs)

    assert (report.bodies, report.valid) == (10, 5)
    assert {place.source for problem in report.problems for place in problem.places} == {"bad.jsonl", "-"}


# --- saved reports ---


def test_save_and_since(folder: Path, capsys: Captured) -> None:
    """A saved report is compared with; only what is new and bad fails."""
    main(["check", "bad.jsonl", "--save", "report.json"])
    capsys.readouterr()

    assert loads((folder / "report.json").read_bytes(), Report) == check("bad.jsonl")
    assert main(["check", "bad.jsonl", "--since", "report.json"]) == 0
    assert "Changes since report.json\n  none\n" in capsys.readouterr().out
    write(folder / "new.jsonl", (folder / "bad.jsonl").read_bytes() + text(choices=[choice(finish_reason="eos")]) * 100)
    assert main(["check", "new.jsonl", "--since", "report.json"]) == 1
    assert "!  new     finish_reason  'eos'" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_since_as_json(capsys: Captured) -> None:
    """As JSON, the changes stand beside the report."""
    save_report(check("good.jsonl"), "report.json")
    status = main(["check", "bad.jsonl", "--since", "report.json", "--format", "json", "--level", "1"])
    found = json.loads(capsys.readouterr().out)

    assert status == 1
    assert found["report"]["bodies"] == 4
    first = found["changes"][0]
    assert (first["kind"], first["trend"], first["fails"]) == ("problem", "new", True)
    assert first["after"] == {"count": 2, "total": 4, "share": 0.5}


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ([], 0),
        (["--level", "1"], 1),
        (["--level", "1", "--fail-on", "missing,stream"], 0),
        (["--level", "1", "--fail-on", ""], 0),
        (["--level", "1", "--fail-on", "key"], 0),
        (["--level", "1", "--fail-on", "key", "--min-count", "1"], 1),
        (["--level", "1", "--min-count", "3"], 0),
        (["--level", "1", "--min-share", "0.51"], 0),
        (["--level", "1", "--min-share", "0.5"], 1),
        (["--level", "1", "--min-growth", "9"], 1),
    ],
)
@pytest.mark.usefixtures("folder")
def test_which_changes_fail(capsys: Captured, options: list[str], status: int) -> None:
    """Two of four bodies that are not valid may be chance; the options say what else is an excuse."""
    main(["check", "good.jsonl", "--save", "report.json"])

    assert main(["check", "bad.jsonl", "--since", "report.json", *options]) == status
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("option", "value"),
    [("--fail-on", "problems"), ("--level", "-1"), ("--level", "2"), ("--min-share", "-1"), ("--min-growth", "-1")],
)
@pytest.mark.usefixtures("folder")
def test_rules_out_of_range(capsys: Captured, option: str, value: str) -> None:
    """A setting that means nothing is refused by its option, before anything is read."""
    assert main(["check", "missing.jsonl", option, value]) == 2
    assert capsys.readouterr().err.startswith(f"router-schema: {option}: ")


# --- interruptions ---


@pytest.mark.usefixtures("folder")
def test_interrupts_keep_what_was_read(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read before Ctrl-C is reported; nothing is saved, and the status is 130."""

    class Interrupted(io.BytesIO):
        def readinto(self, buffer: Any) -> int:
            read = super().readinto(buffer)
            if not read:
                raise KeyboardInterrupt
            return read

    stdin = io.TextIOWrapper(io.BufferedReader(Interrupted(text() * 3)))  # type: ignore[type-var]
    monkeypatch.setattr(sys, "stdin", stdin)
    status = main(["check", "one.json", "-", "good.jsonl", "--save", "report.json"])
    out, err = capsys.readouterr()

    assert status == 130
    assert out.startswith("4 bodies: 4 valid")
    assert err == (
        "router-schema: interrupted: this is the report of what was read\n"
        "router-schema: report.json: not written, because the report is partial (--save-partial writes it)\n"
    )
    assert not os.path.exists("report.json")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_bodies_are_grouped(capsys: Captured, jobs: str) -> None:
    """Bodies are grouped by what the option names, over all files and processes."""
    assert main(["check", "good.jsonl", "bad.jsonl", "--by", "source", "--format", "json", "--jobs", jobs]) == 1
    groups = json.loads(capsys.readouterr().out)["groups"]

    assert [(group["by"], group["name"], group["count"], group["valid"], group["problems"]) for group in groups] == [
        ("source", "bad.jsonl", 4, 2, 2),
        ("source", "good.jsonl", 3, 3, 0),
    ]


# --- patterns and mistakes ---


@pytest.mark.parametrize("pattern", ["d/*", "d/**", "d/**/*.jsonl*"])
def test_patterns_that_match_folders(folder: Path, capsys: Captured, pattern: str) -> None:
    """A folder that a pattern matches is searched, and links between folders count no file twice."""
    (folder / "d" / "sub").mkdir(parents=True)
    write(folder / "d" / "a.jsonl", text())
    write(folder / "d" / "sub" / "b.jsonl", text())
    (folder / "d" / "sub" / "loop").symlink_to("..")

    assert report_of(capsys, pattern).bodies == 2


def test_kinds_of_changes_as_they_are_listed(folder: Path, capsys: Captured) -> None:
    """The message about an unknown kind names the kinds as the option takes them, with spaces or not."""
    write(folder / "a.jsonl", text())

    assert main(["check", "a.jsonl", "--fail-on", "bad_kind"]) == 2
    kinds = "problem, missing, stream, type, key, finish_reason, object, model"
    assert capsys.readouterr().err == f"router-schema: --fail-on: 'bad_kind' is not one of {kinds}\n"
    assert main(["check", "a.jsonl", "--fail-on", "problem, finish_reason"]) == 0


@pytest.mark.parametrize(
    ("path", "reason"), [(".", ".: Is a directory"), ("", "the name of the file to write is empty")]
)
def test_what_cannot_be_saved_is_noticed_first(folder: Path, capsys: Captured, path: str, reason: str) -> None:
    """A folder, or no name, in place of a file is misuse, before anything is read."""
    write(folder / "a.jsonl", text())

    assert main(["check", "a.jsonl", "--save", path]) == 2
    assert capsys.readouterr() == ("", f"router-schema: {reason}\n")
