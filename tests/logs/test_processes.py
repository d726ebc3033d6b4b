"""Which files are checked, in this process or in several."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from log_lines import text, write

from router_schema import Report, RouterCompletionsResponseBody, check
from router_schema.logs import processes as module
from router_schema.logs.processes import check_here, check_in_processes, expand, total_size
from router_schema.logs.work import Options, Progress

OPTIONS = Options(RouterCompletionsResponseBody)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of logs, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs" / "old").mkdir(parents=True)
    for name in ("a.jsonl", "b.txt", "logs/c.json.gz", "logs/old/d.ndjson", "logs/e.jsonl.zst", "logs/f.csv"):
        write(tmp_path / name, text())
    return tmp_path


def never(path: str) -> None:
    """What `expand` must not call."""
    raise AssertionError(path)


# --- which files ---


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("a.jsonl", ["a.jsonl"]),
        ("b.txt", ["b.txt"]),
        ("-", ["-"]),
        ("logs", ["logs/c.json.gz", "logs/e.jsonl.zst", "logs/old/d.ndjson"]),
        (".", ["./a.jsonl", "./logs/c.json.gz", "./logs/e.jsonl.zst", "./logs/old/d.ndjson"]),
        ("*.*", ["a.jsonl", "b.txt"]),
        ("**/*.ndjson", ["logs/old/d.ndjson"]),
        ("missing", ["missing"]),
        ("missing*", ["missing*"]),
        ("logs/old/../old", ["logs/old/../old/d.ndjson"]),
    ],
)
@pytest.mark.usefixtures("folder")
def test_paths_stand_for_files(path: str, files: list[str]) -> None:
    """A path is a file of any name, a folder of known names, a pattern, standard input, or nothing that there is."""
    assert list(expand([path], never)) == files


def test_pipes_in_folders_are_skipped(folder: Path) -> None:
    """A pipe in a folder or of a pattern is skipped, since reading may never end; named itself, it is read."""
    os.mkfifo(folder / "logs" / "pipe.jsonl")
    (folder / "logs" / "link.jsonl").symlink_to("pipe.jsonl")
    (folder / "logs" / "null.jsonl").symlink_to("/dev/null")
    (folder / "logs" / "dangling.jsonl").symlink_to("nowhere")
    skipped: list[str] = []
    files = list(expand(["logs", "logs/*.jsonl", "logs/pipe.jsonl"], skipped.append))

    assert [file for file in files if "old" not in file] == [
        *("logs/c.json.gz", "logs/dangling.jsonl", "logs/e.jsonl.zst", "logs/dangling.jsonl", "logs/pipe.jsonl"),
    ]
    assert skipped == ["logs/link.jsonl", "logs/null.jsonl", "logs/pipe.jsonl"] * 2


@pytest.mark.usefixtures("folder")
def test_closed_folders_stand_for_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that can't be listed stays in the list, for opening it to fail; the others are searched."""
    scandir = os.scandir

    def refusing(path: Any) -> Any:
        if os.fspath(path).endswith("old"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)

    assert list(expand(["logs"], never)) == ["logs/c.json.gz", "logs/e.jsonl.zst", "logs/old"]


@pytest.mark.usefixtures("folder")
def test_sizes_are_added() -> None:
    """The size of all files is their sum, and not known if one of them is not there."""
    assert total_size(["a.jsonl", "b.txt"]) == 2 * len(text())
    assert total_size(["a.jsonl", "missing"]) is None


# --- this process ---


def test_files_are_checked_one_after_the_other(folder: Path) -> None:
    """The report is that of all files; what is read is counted, and what cannot be read is a failure."""
    write(folder / "bad.jsonl", b"{\n" * 2)
    progress, moved = Progress(), [0]
    check_here(["a.jsonl", "missing", "bad.jsonl"], OPTIONS, progress, moved.append)

    assert progress.done.report == check("a.jsonl") | check("bad.jsonl")
    assert progress.done.failures == (("missing", "No such file or directory"),)
    assert sum(moved) == len(text()) + 4


def test_the_limit_holds_over_all_files(folder: Path) -> None:
    """Nothing is read after so many bodies that are not valid, in whichever file."""
    write(folder / "bad.jsonl", b"{\n" * 2)
    progress = Progress()
    limited = Options(RouterCompletionsResponseBody, max_errors=3)
    check_here(["bad.jsonl", "bad.jsonl", "bad.jsonl"], limited, progress)

    assert progress.done.report.malformed == 3
    check_here(["a.jsonl"], limited, progress)
    assert progress.done.report.bodies == 3


# --- several processes ---


def test_processes_give_the_same_report(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several processes, each with its byte ranges, give the report of one; progress counts each range."""
    lines = [text(id=f"cmpl-{i}", model=f"m{i % 7}") for i in range(500)]
    lines[123] = lines[321] = lines[400] = b"\n{\n\n"
    write(folder / "big.jsonl", b"".join(lines))
    monkeypatch.setattr(module, "_RANGE", 10_000)
    write(folder / "bad.jsonl", text(id=1))
    paths = ["big.jsonl", "missing", "bad.jsonl", "a.jsonl"]
    here, there, moved = Progress(), Progress(), [0]
    check_here(paths, OPTIONS, here)
    check_in_processes(paths, OPTIONS, there, 2, moved.append)

    assert here.done == there.done
    assert [place.line for place in there.done.report.problems[0].places] == [125, 325, 406]
    assert sum(moved) == total_size(["big.jsonl", "bad.jsonl", "a.jsonl"])
    assert len(moved) > 10


def test_processes_stop_at_the_limit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the range that reaches the limit no other is added."""
    write(folder / "bad.jsonl", b"{\n" * 100)
    monkeypatch.setattr(module, "_RANGE", 20)
    progress = Progress()
    check_in_processes(["bad.jsonl"], Options(RouterCompletionsResponseBody, max_errors=15), progress, 2)

    assert progress.done.report.malformed == 20


def interrupt(*_: Any) -> None:
    """What Ctrl-C does."""
    raise KeyboardInterrupt


@pytest.mark.usefixtures("folder")
def test_interrupts_end_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl-C no process is left."""
    monkeypatch.setattr(Progress, "add", interrupt)
    with pytest.raises(KeyboardInterrupt):
        check_in_processes(["a.jsonl", "b.txt"], OPTIONS, Progress(), 2)

    assert multiprocessing.active_children() == []


def test_interrupts_are_left_to_the_first_process() -> None:
    """The processes that read print no tracebacks of their own on Ctrl-C."""
    before = signal.getsignal(signal.SIGINT)
    try:
        module._ignore_interrupts()
        after = signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)

    assert after is signal.SIG_IGN


def test_a_killed_process_is_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies, of lack of memory for one, is a failure and not a hang."""
    (folder / "deadly.py").write_text(
        "import attrs, os\n@attrs.frozen\nclass Deadly:\n    id: str = attrs.field(converter=lambda _: os._exit(9))\n"
    )
    monkeypatch.syspath_prepend(folder)
    progress = Progress()
    check_in_processes(["a.jsonl"], Options(__import__("deadly").Deadly), progress, 2)

    assert progress.done.report == Report()
    assert progress.done.failures == (("a.jsonl", "a process that read it was killed"),)
