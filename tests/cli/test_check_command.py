"""The command line."""

from __future__ import annotations

import gzip
import io
import json
import multiprocessing
import os
import pty
import runpy
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import attrs
import pytest
from support import body, choice
from user_classes import Node

import router_schema
from router_schema import Report, _cli, _jobs, check, dumps, json_schema, loads, make_converter
from router_schema._changes import changes_between
from router_schema._cli import main
from router_schema._report import Part, Place


def text(**changes: Any) -> bytes:
    return json.dumps(body(**changes)).encode() + b"\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of logs, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.jsonl").write_bytes(text() * 3)
    (tmp_path / "bad.jsonl").write_bytes(text() + text(id=1) + b"{\n" + text(provider="x"))
    (tmp_path / "one.json").write_bytes(json.dumps(body(), indent=2).encode())
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "packed.jsonl.gz").write_bytes(gzip.compress(text() * 2))
    (tmp_path / "logs" / "many.json").write_bytes(b"[" + text() + b"," + text() + b"]")
    (tmp_path / "logs" / "notes.txt").write_bytes(b"no bodies")
    return tmp_path


def report_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> Report:
    main(["check", "--format", "json", *arguments])
    return loads(capsys.readouterr().out, Report)


# --- what is read ---


@pytest.mark.parametrize(
    ("path", "bodies"),
    [("good.jsonl", 3), ("one.json", 1), ("logs", 4), ("*.jsonl", 7), ("**/*.json", 3), ("logs/packed.jsonl.gz", 2)],
)
def test_files_folders_and_patterns(folder: Path, capsys: pytest.CaptureFixture[str], path: str, bodies: int) -> None:
    """A path may be a file, a folder or a pattern."""
    assert report_of(capsys, path).bodies == bodies


def test_several_paths_are_one_report(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The report is that of all paths, and what is wrong is told with its file."""
    report = report_of(capsys, "good.jsonl", "bad.jsonl", "logs")

    assert (report.bodies, report.valid) == (11, 9)
    assert report.problems[0].places == (Place("bad.jsonl", 3),)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_folder_that_cannot_be_read_is_told(folder: Path, capsys: Any, monkeypatch: Any, jobs: str) -> None:
    """A folder inside a folder that cannot be listed is told, with status 2, and the others are read."""
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if os.fspath(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    (folder / "logs" / "secret").mkdir()
    (folder / "logs" / "secret" / "log.jsonl").write_bytes(text())
    monkeypatch.setattr(os, "scandir", refusing)
    status = main(["check", "logs", "--jobs", jobs])
    out, err = capsys.readouterr()

    assert status == 2
    assert "router-schema: logs/secret: " in err
    assert out.startswith("4 bodies")


def test_files_are_not_compared_with_each_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has to be done before the first file is read grows with the number of files, and not with its square."""
    compared = 0

    class Name(str):
        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return str(self) == other

    monkeypatch.setattr(_cli, "expand", lambda _: [Name(f"{number}.jsonl") for number in range(100)])
    monkeypatch.setattr(_cli, "check_here", lambda *_: None)
    monkeypatch.setattr(_cli, "check_in_processes", lambda *_: None)
    for jobs in ("1", "2"):
        main(["check", "missing", "--jobs", jobs])

    assert compared <= 100 * 4


@pytest.mark.parametrize("packed", [False, True])
def test_standard_input(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    """A dash is standard input, compressed or not."""
    data = gzip.compress(text() * 2) if packed else text() * 2
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))

    assert report_of(capsys, "-", "one.json", "--jobs", "2").valid == 3


# --- exit status ---


def test_status_is_0_where_all_is_valid(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Valid bodies are no news."""
    assert main(["check", "good.jsonl"]) == 0
    assert capsys.readouterr().out.startswith("3 bodies: 3 valid (100%), 0 invalid, 0 malformed\n")


def test_status_is_1_where_something_is_not(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
        (["check", "good.jsonl", "--jobs", "0"], "must be at least 1"),
        (["check", "good.jsonl", "--rows", "x"], "'x' is not a whole number"),
        (["check", "good.jsonl", "--since", "missing"], "missing: No such file or directory"),
        (["check", "good.jsonl", "--since", "good.jsonl"], "good.jsonl is not a report"),
        (["check", "good.jsonl", "--save", "missing/report"], "missing/report: No such file or directory"),
        (["check", "good.jsonl", "--model", "nowhere:Body"], "'nowhere:Body' cannot be imported"),
        (["check", "good.jsonl", "--model", "json"], "'json' cannot be imported"),
        (["check", "good.jsonl", "--model", ".:Body"], "'.:Body' cannot be imported"),
        (["check", "good.jsonl", "--model", "raising:Body"], "'raising:Body' cannot be imported (not today)"),
        (["check", "good.jsonl", "--model", "ending:Body"], "'ending:Body' cannot be imported (not here)"),
        (["check", "good.jsonl", "--model", "torn:Body"], "'torn:Body' cannot be imported ("),
        (["check", "good.jsonl", "--model", "json:loads"], "'json:loads' is not an attrs class"),
        (["check", "good.jsonl", "--model", "mine:Odd"], "Odd.field: set is not supported"),
    ],
)
def test_status_is_2_where_it_is_misused(folder: Path, capsys: Any, arguments: list[str], message: str) -> None:
    """Misuse, and a file that cannot be read, is told on standard error."""
    (folder / "empty").mkdir()
    (folder / "mine.py").write_text("import attrs\n@attrs.frozen\nclass Odd:\n    field: set\n")
    (folder / "raising.py").write_text("raise RuntimeError('not today')")
    (folder / "ending.py").write_text("raise SystemExit('not here')")
    (folder / "torn.py").write_text("class Body:")

    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_what_can_be_read_is_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A truncated file does not hide what was before, nor the other files; but the status is 2."""
    packed = gzip.compress(b"".join(text(id=f"{i * 7919}") for i in range(2000)))
    (folder / "cut.gz").write_bytes(packed[: len(packed) // 2])
    status = main(["check", "cut.gz", "missing", "good.jsonl", "--save", "report.json"])
    out, err = capsys.readouterr()

    assert status == 2
    assert "cut.gz: the compressed file ends too early, in line " in err
    assert "missing: No such file" in err
    assert int(out.split()[0].replace(",", "")) > 100
    assert not (folder / "report.json").exists()


def test_a_missing_extra_is_told(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zstd file without its library says what to install."""
    monkeypatch.setitem(sys.modules, "backports", None)
    (folder / "log.zst").write_bytes(b"\x28\xb5\x2f\xfd...")

    assert main(["check", "log.zst"]) == 2
    assert "pip install 'router-schema[zstd]'" in capsys.readouterr().err


def test_version_prints_what_matters(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Library, engine, Python and the dependencies, one a line, also those that are not installed."""
    monkeypatch.setattr(_cli, "_PACKAGES", ("attrs", "no-such-package"))
    status = main(["--version"])
    lines = capsys.readouterr().out.splitlines()

    assert status == 0
    assert lines[0].startswith(f"router-schema {router_schema.__version__}, engine ")
    assert lines[1].startswith("Python 3.")
    assert lines[2].startswith("attrs 2")
    assert lines[3] == "no-such-package not installed"


def test_module_can_be_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``python -m router_schema`` is the command."""
    monkeypatch.setattr(sys, "argv", ["router-schema", "check", "good.jsonl"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("router_schema")

    assert stop.value.code == 0


# --- options ---


def test_forbid_extra_keys(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Keys that the schema does not name are problems if asked for."""
    report = report_of(capsys, "bad.jsonl", "--forbid-extra-keys")

    assert ("$.provider", "extra") in {(problem.path, problem.kind) for problem in report.problems}


def test_model_is_a_class_of_the_current_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bodies are judged by the class of the user, in other processes too."""
    (folder / "mine2.py").write_text("import attrs\n@attrs.frozen\nclass Mine:\n    id: int\n")

    assert report_of(capsys, "bad.jsonl", "--model", "mine2:Mine").valid == 1
    assert report_of(capsys, "bad.jsonl", "--model", "mine2:Mine", "--jobs", "2").valid == 1


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_max_errors_stops(folder: Path, capsys: pytest.CaptureFixture[str], jobs: str) -> None:
    """Nothing is read after so many bodies that are not valid, which is said."""
    status = main(["check", "bad.jsonl", "good.jsonl", "--max-errors", "1", "--jobs", jobs])
    out, err = capsys.readouterr()

    assert status == 1
    assert out.startswith("2 bodies: 1 valid")
    assert "stopped after 1 body that is not valid" in err


def test_jobs_give_the_same_report(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several processes, each with its byte range, give the report of one."""
    lines = [text(id=f"cmpl-{i}", model=f"m{i % 7}") for i in range(500)]
    lines[123] = lines[321] = lines[400] = b"\n{\n\n"
    (folder / "big.jsonl").write_bytes(b"".join(lines))
    monkeypatch.setattr(_jobs, "_RANGE", 10_000)
    here = report_of(capsys, "big.jsonl", "logs", "missing", "good.jsonl")
    there = report_of(capsys, "big.jsonl", "logs", "missing", "good.jsonl", "--jobs", "2")

    assert here == there
    assert [place.line for place in there.problems[0].places] == [125, 325, 406]


def test_a_task_is_a_part_of_a_file(folder: Path) -> None:
    """What a process is sent gives the part that it asks for, or why it cannot be read."""
    options = _jobs.Options(router_schema.RouterCompletionsResponseBody)
    file = _jobs.LocalFile("good.jsonl")
    size = len(text())
    whole = _jobs.check_task(_jobs.Task("good.jsonl", file, 0, None, 3 * size), options)
    part = _jobs.check_task(_jobs.Task("good.jsonl", file, 1, 3 * size, 3 * size - 1), options)
    missing = _jobs.check_task(_jobs.Task("m", _jobs.LocalFile("m"), 0, None, 0), options)

    assert (whole.report.valid, part.report.valid, part.lines) == (3, 2, 2)
    assert missing == Part(failures=(("m", "No such file or directory"),))


def test_a_process_makes_one_converter() -> None:
    """All tasks of a process share what has been compiled, so that memory does not grow with their number."""
    first, second, strict = (
        _jobs.Options(cl, forbid).converter() for cl, forbid in ((Node, False), (Report, False), (Node, True))
    )

    assert first is second
    assert first is not strict


def test_a_killed_process_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A process that dies, of lack of memory for one, is an error and not a hang."""
    (folder / "deadly.py").write_text(
        "import attrs, os\n@attrs.frozen\nclass Deadly:\n    id: str = attrs.field(converter=lambda _: os._exit(9))\n"
    )

    assert main(["check", "good.jsonl", "--model", "deadly:Deadly", "--jobs", "2"]) == 2
    assert "good.jsonl: a process that read it was killed" in capsys.readouterr().err


# --- what is printed ---


def test_text_tells_everything(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The plain report has a table for each question."""
    main(["check", "bad.jsonl", "good.jsonl"])
    out = capsys.readouterr().out

    assert "1  14.3%  $.id  type       expected string, got integer" in out
    assert "1  $.provider  string" in out
    assert "$.usage.total_tokens 100% 0% integer" in " ".join(out.split())
    assert "6   100%  stop" in out
    assert "last created                 2025-10-09 08:55:23 UTC" in out


def test_rows_are_cut(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Long tables are cut, and say so; 0 shows all rows; what a report had no room for is said."""
    (folder / "models.jsonl").write_bytes(b"".join(text(model=f"m{i}") for i in range(1001)))
    main(["check", "models.jsonl"])
    cut = capsys.readouterr().out
    main(["check", "models.jsonl", "--rows", "0"])
    full = capsys.readouterr().out

    assert "… and 980 more (--rows 0 shows all); the report had no room for 1 more" in cut
    assert "m998" in full
    assert "more (--rows" not in full


def test_files_are_named_where_there_are_several(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line number alone says nothing if problems come from two files."""
    (folder / "worse.jsonl").write_bytes(b"1\n")
    main(["check", "worse.jsonl", "bad.jsonl"])

    assert "worse.jsonl:1" in capsys.readouterr().out


def test_names_cannot_steer_the_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters in names and values are escaped."""
    (folder / "evil.jsonl").write_bytes(text(model="\x1b[31mred\n", **{"\x1b[2J": 1}))
    main(["check", "evil.jsonl"])
    out = capsys.readouterr().out

    assert "\x1b" not in out
    assert "\\x1b[31mred\\n" in out


def test_odd_reports_can_be_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing at all, one body, shares next to nothing and times that no calendar has are printed as well."""
    (folder / "none.jsonl").write_bytes(b"")
    (folder / "odd.jsonl").write_bytes(b'{"error": "x"}\n' + text(created=1e300) + text(created=-1e300) * 2000)
    (folder / "number.jsonl").write_bytes(b"7")
    main(["check", "none.jsonl"])
    main(["check", "one.json"])
    main(["check", "number.jsonl"])
    main(["check", "odd.jsonl"])
    out = capsys.readouterr().out

    assert out.startswith("no bodies\n1 body: 1 valid")
    assert "2,002 bodies: 2,001 valid (>99.9%), 1 invalid (1 of them error bodies), 0 malformed" in out
    assert "1  <0.1%  $     error body  expected RouterCompletionsResponseBody, got error" in out
    assert "-1000000" in out


def test_markdown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Markdown has the same tables, with what is special to it escaped."""
    main(["check", "bad.jsonl", "--format", "markdown", "--rows", "1"])
    out = capsys.readouterr().out

    assert out.startswith("**4 bodies: 2 valid (50.0%), 1 invalid, 1 malformed**\n")
    assert "| bodies | share | path | kind | what | line |\n| --: | --: | --- | --- | --- | --: |\n" in out
    assert "$.choices\\[\\*\\].finish\\_reason" in out
    assert "\n\n… and 1 more" in out


# --- what changed ---


def test_save_and_since(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A saved report is compared with; only what is new and bad fails."""
    main(["check", "bad.jsonl", "--save", "report.json"])
    capsys.readouterr()

    assert loads((folder / "report.json").read_bytes(), Report) == check("bad.jsonl")
    assert main(["check", "bad.jsonl", "--since", "report.json"]) == 0
    assert "Changes since report.json\n  none\n" in capsys.readouterr().out
    (folder / "new.jsonl").write_bytes(
        (folder / "bad.jsonl").read_bytes() + text(choices=[choice(finish_reason="eos")])
    )
    assert main(["check", "new.jsonl", "--since", "report.json"]) == 1
    assert "!  new finish reason  'eos'" in capsys.readouterr().out


def test_since_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON, the changes stand beside the report."""
    main(["check", "good.jsonl", "--save", "report.json"])
    capsys.readouterr()
    status = main(["check", "bad.jsonl", "--since", "report.json", "--format", "json"])
    found = json.loads(capsys.readouterr().out)

    assert status == 1
    assert found["report"]["bodies"] == 4
    assert (found["changes"][0]["kind"], found["changes"][0]["breaks"]) == ("new problem", True)


def found(older: list[bytes], newer: list[bytes]) -> list[tuple[str, str, bool]]:
    changes = changes_between(check(older), check(newer))
    return [(change.kind, change.what, change.breaks) for change in changes]


MANY = 1000


def test_no_change_is_told_between_equal_logs() -> None:
    """A log has not changed since itself, nor since a sample of it."""
    log = [text(), text(id=1), b"{", text(usage={}), text(model="x")] * MANY

    assert found(log, log) == found(log, log[:MANY]) == found([], []) == []


def test_new_problems_break() -> None:
    """A problem that was not there is new; a required field that goes missing is told once."""
    assert found([text()], [text(), text(id=...)]) == [("new problem", "$.id missing: expected string", True)]


def test_growing_problems_break() -> None:
    """A share of a problem that grew, by more than chance, breaks; one that shrank or went is good to know."""
    few, many = [text()] * 95 + [text(id=1)] * 5, [text()] * 50 + [text(id=1)] * 50
    what = "$.id type: expected string, got integer"

    assert ("more of a problem", what, True) in found(few * 10, many * 10)
    assert ("share", what, False) in found(many * 10, few * 10)
    assert ("problem gone", what, False) in found(many * 10, [text()] * MANY)
    assert found(few, [text()] * 3 + [text(id=1)]) == found(few, [text()]) == []


def test_optional_fields_that_begin_to_go_missing_break() -> None:
    """A field that was always there and is not any more breaks; one that comes less often is good to know."""
    without = text(usage={"total_tokens": 1, "prompt_tokens": 1})
    often, seldom = [text()] * 9 + [without], [text()] + [without] * 9
    path = "$.usage.completion_tokens"

    assert found([text()] * 9, [text(), without]) == [("began to go missing", path, True)]
    assert found(often * 100, seldom * 100) == [("share", f"{path} present", False)]


def test_new_types_are_told() -> None:
    """A type that a field did not have, and a share of types that moved, is good to know."""
    assert found([text()], [text(created=1.5)]) == [("new type", "$.created number", False)]
    assert ("share", "$.created number", False) in found(
        [text(), text(created=1.5)] * MANY, [text()] * MANY + [text(created=1.5)]
    )


def test_new_values_are_told() -> None:
    """New models and objects are good to know; values whose share moved are too."""
    assert found([text()], [text(model="m", object="o")]) == [
        ("new object", "'o'", False),
        ("new model", "'m'", False),
    ]
    shares = found([text(), text(model="m")] * MANY, [text()] * MANY + [text(model="m")])
    assert ("share", "model 'm'", False) in shares


def test_new_unknown_keys_are_told() -> None:
    """A key that the schema does not name is told when it is new, with its types."""
    assert found([text(a=1)], [text(a=1, b=None)]) == [("new unknown key", "$.b (null)", False)]


def test_shares_of_bodies_are_told() -> None:
    """Whether more bodies are errors or malformed is told."""
    older, newer = [text()] * 90 + [b"{"] * 10, [text()] * 50 + [b"{"] * 50

    assert ("share", "bodies that are malformed", False) in found(older * 10, newer * 10)


def test_fields_of_objects_that_were_not_there_are_not_new() -> None:
    """Where the older log had no choices, their fields cannot have changed."""
    assert found([text(choices=[])], [text(choices=[])]) == []
    assert [kind for kind, _, _ in found([text(choices=[])], [text()])] == ["new finish reason"]


def test_nothing_is_new_beside_a_full_table() -> None:
    """What an older report had no room for may have been there."""
    older = check([text(a=1)])
    newer = check([text(b=1, model="m", object="o", choices=[choice(finish_reason="x")])])
    full = attrs.evolve(older, left_out=router_schema._report.LeftOut(1, 1, 1, 1, 1, 1))

    assert changes_between(full, newer) == ()


# --- terminals, pipes and signals ---

COMMAND = [sys.executable, "-m", "router_schema", "check"]


def run_on_terminal(arguments: list[str], folder: Path, columns: int) -> tuple[int, str, str]:
    """Run the command with terminals of that width as its standard output and error."""
    streams = [pty.openpty(), pty.openpty()]
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm-256color"}
    environment.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, stdout=streams[0][1], stderr=streams[1][1], env=environment
    )
    for _, end in streams:
        os.close(end)
    texts = {stream: b"" for stream, _ in streams}
    opened = set(texts)
    while opened:
        for stream in select.select(list(opened), [], [])[0]:
            try:
                data = os.read(stream, 65536)
            except OSError:  # how Linux tells that the other end was closed
                data = b""
            texts[stream] += data
            if not data:
                opened.discard(stream)
                os.close(stream)
    out, err = (texts[stream].decode() for stream, _ in streams)
    return process.wait(), out, err


@pytest.mark.parametrize("columns", [80, 140])
def test_terminals_get_a_coloured_screen(folder: Path, columns: int) -> None:
    """On a terminal the report is coloured and as wide as that; a progress bar comes and goes on standard error."""
    pytest.importorskip("rich")
    import re

    (folder / "big.jsonl").write_bytes((text() * 99 + text(choices=[choice(finish_reason="eos")])) * 100)
    status, out, err = run_on_terminal(["big.jsonl", "--rows", "1"], folder, columns)
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out).replace("\r", "")

    assert status == 1
    assert "\x1b[1;31m10,000 bodies" in out
    assert max(map(len, plain.splitlines())) <= columns
    assert "$.choices[*].finish_reason" in plain
    assert "/s" in err


def in_process_terminal(monkeypatch: pytest.MonkeyPatch, name: str) -> io.StringIO:
    """A stream that says that it is a terminal."""
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setattr(sys, name, stream)
    return stream


@pytest.mark.parametrize("rich", [True, False])
def test_rich_is_only_presentation(folder: Path, monkeypatch: pytest.MonkeyPatch, rich: bool) -> None:
    """Without rich a terminal gets the plain report, and no progress bar."""
    if rich:
        pytest.importorskip("rich")
    else:
        monkeypatch.setitem(sys.modules, "router_schema._screen", None)
        monkeypatch.delattr(router_schema, "_screen", raising=False)
    out, err = (in_process_terminal(monkeypatch, name) for name in ("stdout", "stderr"))
    (folder / "models.jsonl").write_bytes(b"".join(text(model=f"m{i}") for i in range(30)))
    main(["check", "bad.jsonl", "good.jsonl", "models.jsonl", "--since", save(folder)])

    assert "37 bodies: 35 valid" in out.getvalue()
    assert "and 14 more (--rows 0 shows all)" in out.getvalue()
    assert ("━" in out.getvalue() or "─" in out.getvalue()) is rich
    assert bool(err.getvalue()) is rich


def save(folder: Path) -> str:
    (folder / "report.json").write_text(dumps(check("good.jsonl")))
    return "report.json"


def test_closed_pipes_are_no_error(folder: Path) -> None:
    """``router-schema check ... | head`` ends without a word."""
    (folder / "models.jsonl").write_bytes(b"".join(text(model=f"{i}" * 20) for i in range(1000)))
    process = subprocess.Popen(
        [*COMMAND, "models.jsonl", "--rows", "0", "--format", "json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate()

    assert process.returncode == 1
    assert err == b""


SHELL = 'router-schema() {{ {python} -m router_schema "$@"; }}; '


def run_in_shell(command: str, folder: Path) -> tuple[int, str, str]:
    """Run a line of bash, where output is buffered as it is in a script."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = SHELL.format(python=sys.executable) + command
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


needs_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")

PIPED = "| true; exit ${PIPESTATUS[0]}"


@pytest.mark.parametrize(
    "command",
    ["schema", "check good.jsonl", "check good.jsonl --format json", "--version", "check --help"],
)
def test_a_closed_pipe_ends_every_command_without_a_word(folder: Path, command: str) -> None:
    """Whatever is printed, it is no error that nobody reads it."""
    assert run_in_shell(f"(sleep 0.5; router-schema {command}) {PIPED}", folder) == (1, "", "")


@needs_full
@pytest.mark.parametrize("command", ["schema", "check good.jsonl", "check good.jsonl --format json", "--version"])
def test_output_that_cannot_be_written_is_told(folder: Path, command: str) -> None:
    """A full disk and a closed standard output are told, with status 2."""
    full = run_in_shell(f"router-schema {command} >/dev/full", folder)
    closed = run_in_shell(f"router-schema {command} >&-", folder)

    assert full == (2, "", "router-schema: [Errno 28] No space left on device\n")
    assert closed == (2, "", "router-schema: standard output is closed\n")


@pytest.mark.parametrize("to", ["2>&-", pytest.param("2>/dev/full", marks=needs_full)])
def test_complaints_that_nobody_hears_change_nothing(folder: Path, to: str) -> None:
    """Where standard error cannot be written to, the report and the status are the same."""
    good, bad, misuse = (
        run_in_shell(f"router-schema check {arguments} {to}", folder)
        for arguments in ("good.jsonl", "good.jsonl missing", "--rows x")
    )

    assert (good[0], bad[0], misuse[0]) == (0, 2, 2)
    assert good[1] == bad[1]
    assert good[1].startswith("3 bodies")
    assert good[2] == bad[2] == misuse[1] == misuse[2] == ""


def test_closed_standard_input_is_told(folder: Path) -> None:
    """Standard input that is closed cannot be read."""
    status, out, err = run_in_shell("router-schema check - good.jsonl <&-", folder)

    assert (status, err) == (2, "router-schema: -: standard input is closed\n")
    assert out.startswith("3 bodies")


def wait_until(condition: Any) -> None:
    while not condition():
        time.sleep(0.01)


def test_interrupt_prints_what_was_read(folder: Path) -> None:
    """Ctrl-C prints the report of what was read, saves nothing, and ends with 130."""
    process = subprocess.Popen(
        [*COMMAND, "good.jsonl", "-", "--save", "report.json"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(text() * 20_000)
    process.stdin.flush()  # more than a pipe holds, so that it has been read when this returns
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()

    assert process.returncode == 130
    assert int(out.split()[0].replace(b",", b"")) > 1000
    assert b"interrupted: this is the report of what was read" in err
    assert b"Traceback" not in err
    assert not (folder / "report.json").exists()


def test_interrupt_ends_all_processes(folder: Path) -> None:
    """Ctrl-C while other processes read ends them, and what they have given is reported."""
    (folder / "slow.py").write_text(
        "import attrs, pathlib, time\n"
        "def wait(value):\n    pathlib.Path('started').touch()\n    time.sleep(600)\n"
        "@attrs.frozen\nclass Slow:\n    id: str = attrs.field(converter=wait)\n"
    )
    process = subprocess.Popen(
        [*COMMAND, "good.jsonl", "bad.jsonl", "--model", "slow:Slow", "--jobs", "2"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: (folder / "started").exists() or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()  # ends only when no process holds the pipes any more

    assert process.returncode == 130
    assert out.startswith(b"no bodies")
    assert b"interrupted" in err
    assert b"Traceback" not in err


def interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def test_interrupt_of_one_process_keeps_what_was_read(folder: Path, capsys: Any, monkeypatch: Any) -> None:
    """What had been read of a file before Ctrl-C is in the report."""

    class Interrupted(io.BytesIO):
        def readinto(self, buffer: Any) -> int:
            read = super().readinto(buffer)
            if not read:
                interrupt()
            return read

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Interrupted(text() * 3))))

    assert main(["check", "one.json", "-", "good.jsonl"]) == 130
    assert capsys.readouterr().out.startswith("4 bodies: 4 valid")


def test_interrupt_of_several_processes_ends_them(folder: Path, capsys: Any, monkeypatch: Any) -> None:
    """After Ctrl-C no process is left."""
    monkeypatch.setattr(_jobs.Run, "add", interrupt)

    assert main(["check", "good.jsonl", "bad.jsonl", "--jobs", "2"]) == 130
    assert multiprocessing.active_children() == []


def test_interrupts_are_left_to_the_first_process() -> None:
    """The processes that read do not print tracebacks of their own on Ctrl-C."""
    before = signal.getsignal(signal.SIGINT)
    try:
        _jobs._ignore_interrupts()
        after = signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)

    assert after is signal.SIG_IGN


def test_closed_pipe_in_this_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody reads the report any more, the status is that of something wrong, without a traceback."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as out:
        monkeypatch.setattr(sys, "stdout", out)

        assert main(["check", "good.jsonl"]) == 1


def test_closed_streams_in_this_process(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the standard streams may be None: what cannot be done without it has status 2."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdin", None)
        assert main(["check", "-"]) == 2
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        assert main(["check", "good.jsonl"]) == 2
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", None)
        assert main(["check", "good.jsonl"]) == 0
        assert main(["check", "missing"]) == 2
        sys.stderr.close()


@needs_full
@pytest.mark.parametrize(("name", "status"), [("stdout", 2), ("stderr", 0)])
def test_full_streams_in_this_process(folder: Path, capsys: Any, monkeypatch: Any, name: str, status: int) -> None:
    """A report that cannot be written has status 2; a message that cannot be written changes nothing."""
    with open("/dev/full", "w") as full:
        full.write("before")
        monkeypatch.setattr(sys, name, full)

        assert main(["check", "good.jsonl"]) == status


def test_progress_of_several_processes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar moves on with each range that was read."""
    moved: list[int] = []
    run = _jobs.Run()
    _jobs.check_in_processes(
        ["good.jsonl"], _jobs.Options(router_schema.RouterCompletionsResponseBody), run, 1, moved.append
    )

    assert moved == [3 * len(text())]
    assert run.report.valid == 3


# --- the schema ---


def test_schema_is_printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The schema of the shipped class is printed as JSON."""
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()


def test_schema_of_a_class_of_the_users(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The schema may be that of any class, and forbid extra keys."""
    assert main(["schema", "--model", "user_classes:Node", "--forbid-extra-keys"]) == 0
    strict = make_converter(forbid_extra_keys=True)
    assert json.loads(capsys.readouterr().out) == json_schema(Node, converter=strict)


def test_schema_of_a_class_that_is_not_supported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A class with a field that cannot be read is misuse, and the field is told."""
    (folder / "signals.py").write_text("import attrs\n@attrs.frozen\nclass Signal:\n    value: complex\n")

    assert main(["schema", "--model", "signals:Signal"]) == 2
    assert "Signal.value: complex is not supported" in capsys.readouterr().err
