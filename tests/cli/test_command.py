"""The command as a whole: its arguments, standard streams that are closed, full or gone, and signals."""

from __future__ import annotations

import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import pytest
from log_lines import text

import router_schema
from router_schema import _cli
from router_schema._cli import main

Captured = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

needs_full = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")

PRINTING = [
    *(["schema"], ["check", "good.jsonl"], ["check", "good.jsonl", "--format", "json"], ["--version"]),
    *(["check", "--help"], ["--help"]),
]
each_printing = pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)

# --- arguments ---


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--jobs", "0"], "must be a whole number, 1 or more, not '0'"),
        (["--max-errors", "-2"], "must be a whole number, 1 or more, not '-2'"),
        (["--rows", "x"], "must be a whole number, 0 or more, not 'x'"),
        (["--rows", "-1"], "must be a whole number, 0 or more, not '-1'"),
        (["--rows", "1.5"], "must be a whole number, 0 or more, not '1.5'"),
        (["--format", "xml"], "invalid choice: 'xml'"),
        (["--model", "nowhere:Body"], "'nowhere:Body' cannot be imported"),
        (["--model", "json"], "'json' is neither router, orq, openai nor module:Class"),
        (["--model", ".:Body"], "'.:Body' cannot be imported"),
        (["--model", "raising:Body"], "'raising:Body' cannot be imported (not today)"),
        (["--model", "ending:Body"], "'ending:Body' cannot be imported (not here)"),
        (["--model", "torn:Body"], "'torn:Body' cannot be imported ("),
        (["--model", "json:loads"], "'json:loads' is not an attrs class"),
    ],
)
def test_arguments_that_mean_nothing(folder: Path, capsys: Captured, arguments: list[str], message: str) -> None:
    """An argument that can't be used is misuse, and the message says why."""
    (folder / "raising.py").write_text("raise RuntimeError('not today')")
    (folder / "ending.py").write_text("raise SystemExit('not here')")
    (folder / "torn.py").write_text("class Body:")

    assert main(["check", "good.jsonl", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_numbers_at_their_limits_are_accepted() -> None:
    """No rows means all of them, and one process or one error is enough."""
    assert main(["check", "good.jsonl", "--rows", "0", "--jobs", "1", "--max-errors", "1"]) == 0


def test_version_prints_what_matters(capsys: Captured, monkeypatch: Patch) -> None:
    """Library, engine, Python and the dependencies, one per line, including those that are not installed."""
    monkeypatch.setattr(_cli, "_PACKAGES", ("attrs", "no-such-package"))
    status = main(["--version"])
    lines = capsys.readouterr().out.splitlines()

    assert status == 0
    assert lines[0].startswith(f"router-schema {router_schema.__version__}, engine ")
    assert lines[1].startswith("Python 3.")
    assert lines[2].startswith("attrs 2")
    assert lines[3] == "no-such-package not installed"


@pytest.mark.usefixtures("folder")
def test_the_package_can_be_run(monkeypatch: Patch) -> None:
    """``python -m router_schema`` is the command."""
    monkeypatch.setattr(sys, "argv", ["router-schema", "check", "good.jsonl"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_module("router_schema")

    assert stop.value.code == 0


# --- streams, in this process ---


@each_printing
@pytest.mark.usefixtures("folder")
def test_closed_pipes_change_no_status(monkeypatch: Patch, arguments: list[str]) -> None:
    """A reader that closes the pipe is not an error: ``router-schema ... | head`` prints no traceback."""
    with closed_pipe() as out:
        monkeypatch.setattr(sys, "stdout", out)

        assert main(arguments) == 0


def test_closed_pipes_keep_the_verdict(folder: Path, monkeypatch: Patch) -> None:
    """``router-schema check ... | head`` has the status of the verdict, and saves the report."""
    with closed_pipe() as out:
        monkeypatch.setattr(sys, "stdout", out)

        assert main(["check", "bad.jsonl", "--save", "report.json"]) == 1
        assert main(["diff", "report.json", "report.json"]) == 0
    assert (folder / "report.json").exists()


@contextmanager
def closed_pipe() -> Iterator[TextIO]:
    """A pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as out:
        yield out


@needs_full
@each_printing
@pytest.mark.usefixtures("folder")
def test_output_that_cannot_be_written_has_status_2(capsys: Captured, monkeypatch: Patch, arguments: list[str]) -> None:
    """A full disk is reported."""
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        status = main(arguments)

    assert status == 2
    assert capsys.readouterr().err == "router-schema: [Errno 28] No space left on device\n"


@needs_full
@pytest.mark.usefixtures("folder")
def test_messages_that_nobody_hears_change_nothing(capsys: Captured, monkeypatch: Patch) -> None:
    """Where standard error is full, the report and the status are the same."""
    with open("/dev/full", "w") as full:
        full.write("before")
        monkeypatch.setattr(sys, "stderr", full)

        assert main(["check", "good.jsonl"]) == 0
        assert main(["check", "good.jsonl", "missing"]) == 2
        assert main(["check", "--rows", "x"]) == 2
    assert capsys.readouterr().out.count("3 bodies") == 2


@pytest.mark.parametrize(
    ("stream", "arguments", "status"),
    [
        ("stdin", ["check", "-", "good.jsonl"], 2),
        ("stdout", ["check", "good.jsonl"], 2),
        ("stderr", ["check", "good.jsonl"], 0),
        ("stderr", ["check", "missing"], 2),
    ],
)
@pytest.mark.usefixtures("folder")
def test_closed_streams(capsys: Captured, monkeypatch: Patch, stream: str, arguments: list[str], status: int) -> None:
    """A stream that was closed when the process began is None: what can't be done without it has status 2."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, stream, None)
        found = main(arguments)
        if stream == "stderr":
            sys.stderr.close()

    assert found == status
    assert (
        capsys.readouterr().err
        == {
            "stdin": "router-schema: -: standard input is closed\n",
            "stdout": "router-schema: standard output is closed\n",
            "stderr": "",
        }[stream]
    )


# --- real processes ---

COMMAND = [sys.executable, "-m", "router_schema"]


def run_in_shell(command: str, folder: Path) -> tuple[int, str, str]:
    """Run a line of bash, where output is buffered as it is in a script."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = f'router-schema() {{ {sys.executable} -m router_schema "$@"; }}; {command}'
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_a_closed_pipe_ends_the_process_without_a_word(folder: Path) -> None:
    """The interpreter has nothing to say either when it ends."""
    command = "(sleep 0.3; router-schema check good.jsonl) | true; exit ${PIPESTATUS[0]}"

    assert run_in_shell(command, folder) == (0, "", "")


@pytest.mark.parametrize(
    ("redirection", "status", "out", "err"),
    [
        pytest.param(">/dev/full", 2, "", "[Errno 28] No space left on device", marks=needs_full),
        (">&-", 2, "", "standard output is closed"),
        ("2>&-", 0, "3 bodies", ""),
        ("- <&-", 2, "3 bodies", "-: standard input is closed"),
    ],
)
def test_redirections(folder: Path, redirection: str, status: int, out: str, err: str) -> None:
    """Standard streams that the shell closed, or sent to a full disk, end in a status and a message."""
    found = run_in_shell(f"router-schema check good.jsonl {redirection}", folder)

    assert found[0] == status
    assert found[1].startswith(out)
    assert bool(found[1]) == bool(out)
    assert found[2] == (f"router-schema: {err}\n" if err else "")


def test_a_report_from_a_closed_standard_input(folder: Path) -> None:
    """A report can't be read from a standard input that the shell closed."""
    assert run_in_shell("router-schema merge - <&-", folder) == (
        2,
        "",
        "router-schema: -: standard input is closed\n",
    )


def wait_until(condition: Any) -> None:
    """Wait for something that another process does."""
    while not condition():
        time.sleep(0.01)


def test_interrupt_prints_what_was_read(folder: Path) -> None:
    """Ctrl-C prints the report of what was read, and no traceback."""
    process = subprocess.Popen(
        [*COMMAND, "check", "good.jsonl", "-"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(text() * 5_000)
    process.stdin.flush()  # more than a pipe holds, so that it has been read when this returns
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()

    assert process.returncode == 130
    assert int(out.split()[0].replace(b",", b"")) > 1000
    assert err == b"router-schema: interrupted: this is the report of what was read\n"


def test_interrupt_ends_all_processes(folder: Path) -> None:
    """Ctrl-C while other processes read ends them, and their results so far are reported."""
    (folder / "slow.py").write_text(
        "import attrs, pathlib, time\n"
        "def wait(value):\n    pathlib.Path('started').touch()\n    time.sleep(600)\n"
        "@attrs.frozen\nclass Slow:\n    id: str = attrs.field(converter=wait)\n"
    )
    process = subprocess.Popen(
        [*COMMAND, "check", "good.jsonl", "bad.jsonl", "--model", "slow:Slow", "--jobs", "2"],
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


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("command", [[], ["check"], ["schema"]])
def test_help_is_as_wide_as_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int, command: list[str]
) -> None:
    """Every line of the help fits the terminal, the exit statuses below the options too."""
    monkeypatch.setenv("COLUMNS", str(columns))
    main([*command, "--help"])
    shown = capsys.readouterr().out

    assert max(map(len, shown.splitlines())) <= columns
    assert ("exit status: 0" in shown) is (command == ["check"])
