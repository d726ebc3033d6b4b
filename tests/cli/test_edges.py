"""What ends a check early on one machine: killed processes, a terminated parent, unexpected errors."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from log_lines import text, write

from router_schema._cli import check as module
from router_schema._cli import main
from router_schema.logs import SavedReport, load_report
from router_schema.logs.sniff import UNFINISHED

Captured = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

COMMAND = [sys.executable, "-m", "router_schema"]

SLOW = """
import attrs, os, pathlib, time
def wait(value):
    if value == "slow":
        pathlib.Path("reading").mkdir(exist_ok=True)
        pathlib.Path("reading", str(os.getpid())).touch()
        time.sleep(600)
    return value
@attrs.frozen
class Slow:
    id: str = attrs.field(converter=wait)
"""


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait for something that another process does."""
    while not condition():
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process is there, and not just waiting for its parent to look."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.fixture
def slow(folder: Path) -> Path:
    """The folder, with two logs that a class reads for ten minutes: `reading` lists the processes that do."""
    (folder / "slow.py").write_text(SLOW)
    write(folder / "slow1.jsonl", text() * 2 + text(id="slow"))
    write(folder / "slow2.jsonl", text(id="slow"))
    return folder


@contextlib.contextmanager
def started(folder: Path, *arguments: str, readers: int) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """The command, when so many processes read slow files; and their ids."""
    command = [*COMMAND, "check", *arguments, "--model", "slow:Slow"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        reading = folder / "reading"
        wait_until(lambda: process.poll() is not None or (reading.exists() and len(os.listdir(reading)) == readers))
        yield process, [int(name) for name in os.listdir(reading)]
    finally:
        process.kill()
        process.communicate()


# --- processes ---


def test_a_killed_worker_is_no_verdict(slow: Path) -> None:
    """A worker that is killed mid-run names its file, the other files are reported, and the status is 2."""
    with started(slow, "slow2.jsonl", "good.jsonl", "bad.jsonl", "--jobs", "2", readers=1) as (process, (worker,)):
        os.kill(worker, signal.SIGKILL)
        out, err = process.communicate()

    assert process.returncode == 2
    assert out.startswith(b"7 bodies: 5 valid")
    assert err == b"router-schema: slow2.jsonl: a process that read it was killed\n"


def test_without_workers_there_is_no_verdict(slow: Path) -> None:
    """If all workers are killed, each names its file, and a line says that the rest was not read."""
    names = ["slow1.jsonl", "slow2.jsonl", "good.jsonl"]
    with started(slow, *names, "--jobs", "2", readers=2) as (process, workers):
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        out, err = process.communicate()

    assert process.returncode == 2
    assert out == b""
    assert err == (
        b"router-schema: all processes that read were killed\n"
        b"router-schema: slow1.jsonl: a process that read it was killed\n"
        b"router-schema: slow2.jsonl: a process that read it was killed\n"
    )


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_terminated_parent_leaves_no_children(slow: Path, number: int) -> None:
    """However the command ends, even by a signal that it can't handle, its busy processes end too."""
    with started(slow, "slow1.jsonl", "slow2.jsonl", "--jobs", "2", readers=2) as (process, workers):
        process.send_signal(number)
        process.communicate()  # ends when no process holds the pipes any more
        wait_until(lambda: not any(map(is_alive, workers)))

    assert process.returncode == (-number if number == signal.SIGKILL else 130)


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_runs_are_saved_if_asked_to(slow: Path, jobs: str, number: int) -> None:
    """What was read before Ctrl-C, or a termination signal, is printed and saved, marked as partial."""
    options = "--jobs", jobs, "--save", "part.json", "--save-partial"
    files = "good.jsonl", "slow2.jsonl", "slow2.jsonl"
    # When all processes read a slow file, the other one has been added.
    with started(slow, *files, *options, readers=int(jobs)) as (process, _):
        process.send_signal(number)
        out, err = process.communicate()

    assert process.returncode == 130
    assert out.startswith(b"3 bodies: 3 valid")
    assert err == b"router-schema: interrupted: this is the report of what was read\n"
    assert load_report(slow / "part.json").partial
    assert load_report(slow / "part.json").report.bodies == 3


def test_signals_are_left_to_the_main_thread(folder: Path) -> None:
    """In another thread, which can't handle signals, the command works all the same."""
    statuses: list[int] = []
    thread = threading.Thread(target=lambda: statuses.append(main(["check", "good.jsonl"])))
    thread.start()
    thread.join()

    assert statuses == [0]


@pytest.mark.usefixtures("folder")
def test_the_handler_of_the_process_is_restored() -> None:
    """A program that calls the command keeps its own handling of termination."""
    before = signal.getsignal(signal.SIGTERM)
    main(["check", "good.jsonl"])

    assert signal.getsignal(signal.SIGTERM) is before


# --- unexpected errors ---


def fail(*_: Any) -> None:
    """What a bug does."""
    raise LookupError("the text of a body")


@pytest.mark.parametrize("value", ["", "0"])
@pytest.mark.usefixtures("folder")
def test_unexpected_errors_are_one_line(capsys: Captured, monkeypatch: Patch, value: str) -> None:
    """An unexpected error has status 2 and a line that says how to see the traceback, without the payload."""
    monkeypatch.setattr(module, "check_here", fail)
    monkeypatch.setenv("ROUTER_SCHEMA_TRACEBACK", value)

    assert main(["check", "good.jsonl"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("router-schema: unexpected LookupError at test_edges.py:")
    assert err.endswith("; ROUTER_SCHEMA_TRACEBACK=1 prints the traceback\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize("code", [None, 0, 1, "bye"])
@pytest.mark.usefixtures("folder")
def test_code_that_ends_the_process_is_no_verdict(capsys: Captured, monkeypatch: Patch, code: Any) -> None:
    """A class or hook that calls sys.exit has status 2, whatever its argument."""

    def leave(*_: Any) -> None:
        raise SystemExit(code)

    monkeypatch.setattr(module, "check_here", leave)

    assert main(["check", "good.jsonl"]) == 2
    assert "the class of the bodies, or a hook of it, ended the process" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_unexpected_errors_show_their_traceback_if_asked_to(capsys: Captured, monkeypatch: Patch) -> None:
    """With the environment variable, the traceback is printed."""
    monkeypatch.setattr(module, "check_here", fail)
    monkeypatch.setenv("ROUTER_SCHEMA_TRACEBACK", "1")

    assert main(["check", "good.jsonl"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert err.endswith("LookupError: the text of a body\n")


@pytest.mark.usefixtures("folder")
def test_interrupts_elsewhere_are_one_line(capsys: Captured, monkeypatch: Patch) -> None:
    """Ctrl-C while nothing is read, such as while a folder is listed, prints no traceback."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "find_files", interrupt)

    assert main(["check", "good.jsonl"]) == 130
    assert capsys.readouterr() == ("", "router-schema: interrupted\n")


# --- files ---


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_growing_file_is_reported_as_such(folder: Path, capsys: Captured, jobs: str) -> None:
    """The report says that the last line is unfinished, rather than that it is not JSON."""
    write(folder / "growing.jsonl", text() * 2 + text()[:50])

    assert main(["check", "growing.jsonl", "good.jsonl", "--jobs", jobs]) == 1
    out = capsys.readouterr().out
    assert UNFINISHED in out
    assert "not JSON" not in out


@pytest.mark.usefixtures("folder")
def test_lines_under_the_name_of_a_document_are_recognised(folder: Path, capsys: Captured) -> None:
    """JSON Lines in a .json file are read as lines, even when other schemas are tried."""
    write(folder / "lines.json", text(object=1) * 3)

    assert main(["check", "lines.json"]) == 1
    assert capsys.readouterr().out.startswith("3 bodies: 0 valid")


def test_saved_limits_are_those_of_one_process(folder: Path, capsys: Captured) -> None:
    """With several processes, ``--max-errors`` reports the lines that one process reports."""
    write(folder / "long.jsonl", (text() * 3 + b"{\n") * 20_000)
    for jobs in ("1", "2"):
        main(["check", "long.jsonl", "--max-errors", "15000", "--jobs", jobs, "--save", f"{jobs}.json"])
    one, two = load_report("1.json"), load_report("2.json")

    assert one == two == SavedReport(one.report, partial=True)
    assert (one.report.bodies, one.report.malformed) == (60_000, 15_000)
    capsys.readouterr()
