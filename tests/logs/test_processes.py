"""Which files are checked, in this process or in several."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import attrs
import pytest
from log_lines import text, write

from router_schema import RouterCompletionsResponseBody, check
from router_schema.logs import processes as module
from router_schema.logs.processes import check_here, check_in_processes
from router_schema.logs.sources import expand, find_files, total_size
from router_schema.logs.work import FileRange, Options, Progress, StoppedError

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


def files_of(*paths: str) -> list[FileRange]:
    """The files at *paths*."""
    return list(find_files(paths, never))


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
        ("**/ol*", ["logs/old/d.ndjson"]),
        ("logs/**", ["logs/c.json.gz", "logs/e.jsonl.zst", "logs/f.csv", "logs/old/d.ndjson"]),
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
    assert skipped == ["logs/null.jsonl", "logs/pipe.jsonl"] * 2


@pytest.mark.parametrize("path", ["logs", "logs/**", "logs/*", "*"])
def test_links_to_a_file_are_not_other_files(folder: Path, path: str) -> None:
    """A file that a folder or a pattern holds under several names is read once, under its own name."""
    (folder / "logs" / "b.ndjson").symlink_to("old/d.ndjson")
    (folder / "logs" / "old" / "0.jsonl").symlink_to("d.ndjson")
    (folder / "logs" / "to").symlink_to("old")

    assert [name for name in expand([path], never) if "old" in name or "ndjson" in name] == ["logs/old/d.ndjson"]


def test_links_to_folders_are_skipped(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A link from a folder to another one is skipped and reported; what a link inside leads to is found anyway."""
    other = tmp_path_factory.mktemp("other")
    write(other / "z.jsonl", text())
    (folder / "logs" / "away").symlink_to(other)
    (folder / "logs" / "inside").symlink_to("old")
    skipped: list[str] = []

    assert [file for file in expand(["logs"], skipped.append) if "away" in file or "inside" in file] == []
    assert skipped == ["logs/away"]
    assert "logs/away/z.jsonl" in list(expand(["logs/*"], never))
    (folder / "logs" / "old" / "deep").symlink_to(other)
    skipped.clear()
    list(expand(["*"], skipped.append))
    assert skipped == ["logs/away", "logs/old/deep"]


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
def test_a_closed_folder_behind_a_link_stands_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A link to a folder that can't be listed stays in the list too, where it is named or matched."""
    os.symlink("logs", "link")

    def refuse(path: Any) -> Any:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)

    assert list(expand(["link"], never)) == ["link"]


@pytest.mark.usefixtures("folder")
def test_sizes_are_added() -> None:
    """The size of all files is their sum, and not known if one of them is not there."""
    assert total_size(files_of("a.jsonl", "b.txt")) == 2 * len(text())
    assert total_size(files_of("a.jsonl", "missing")) is None
    assert total_size(files_of("a.jsonl", "-")) is None
    assert total_size(files_of("a.jsonl", "/dev/null")) is None


# --- this process ---


def test_files_are_checked_one_after_the_other(folder: Path) -> None:
    """The report is that of all files; what is read is counted, and what cannot be read is a failure."""
    write(folder / "bad.jsonl", b"{\n" * 2)
    progress, moved = Progress(OPTIONS), [0]
    check_here(files_of("a.jsonl", "missing", "bad.jsonl"), progress, moved.append)

    assert progress.report == check("a.jsonl") | check("bad.jsonl")
    assert progress.failures == (("missing", "No such file or directory"),)
    assert sum(moved) == len(text()) + 4


def test_the_limit_holds_over_all_files(folder: Path) -> None:
    """Nothing is read after so many bodies that are not valid, in all files together."""
    write(folder / "bad.jsonl", b"{\n" * 2)
    progress = Progress(Options(RouterCompletionsResponseBody, max_errors=3))
    check_here(files_of("bad.jsonl", "bad.jsonl", "bad.jsonl"), progress)

    assert progress.report.malformed == 3
    check_here(files_of("a.jsonl"), progress)
    assert progress.report.bodies == 3


# --- several processes ---

#: Newer versions of Python warn of forks in a process with threads, such as that of the tests.
forks = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")


@pytest.fixture(params=["fork", "spawn"])
def _start(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start processes in each way that there is."""
    if request.param == "fork" and sys.platform != "linux":
        pytest.skip("forks on Linux alone")
    monkeypatch.setattr(module, "_has_one_thread", lambda: request.param == "fork")


def test_processes_are_forked_from_one_thread_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process with one thread forks; one with more, or whose threads the system does not list, does not."""
    threads: dict[str, list[str]] = {"/proc/self/task": ["7"]}
    monkeypatch.setattr(os, "listdir", threads.__getitem__)

    assert module._has_one_thread()
    threads["/proc/self/task"].append("8")
    assert not module._has_one_thread()

    monkeypatch.setattr(os, "listdir", lambda path: os.scandir("/missing"))
    assert not module._has_one_thread()


@pytest.mark.skipif(sys.platform != "linux", reason="forks on Linux alone")
def test_a_second_thread_is_noticed() -> None:
    """A process whose second thread waits has more than one."""
    waits = threading.Event()
    thread = threading.Thread(target=waits.wait)
    thread.start()
    try:
        assert not module._has_one_thread()
    finally:
        waits.set()
        thread.join()


@forks
@pytest.mark.usefixtures("_start")
def test_processes_give_the_same_report(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several processes, each with its byte ranges, give the report of one; progress counts each range."""
    lines = [text(id=f"cmpl-{i}", model=f"m{i % 7}") for i in range(500)]
    lines[123] = lines[321] = lines[400] = b"\n{\n\n"
    write(folder / "big.jsonl", b"".join(lines))
    monkeypatch.setattr(module, "_MOST_RANGE", 10_000)
    write(folder / "bad.jsonl", text(id=1))
    paths = ["big.jsonl", "missing", "bad.jsonl", "a.jsonl"]
    here, there, moved = Progress(OPTIONS), Progress(OPTIONS), [0]
    check_here(files_of(*paths), here)
    check_in_processes(files_of(*paths), there, 2, moved.append)

    assert here == there
    assert [place.line for place in there.report.problems[0].places] == [125, 325, 406]
    assert sum(moved) == total_size(files_of("big.jsonl", "bad.jsonl", "a.jsonl"))
    assert len(moved) > 10


@pytest.mark.parametrize("limit", [1, 15, 100, 101])
def test_processes_stop_at_the_limit(folder: Path, monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """Several processes stop after as many errors as one does, at the same line."""
    write(folder / "bad.jsonl", text() * 3 + (b"{\n" * 9 + text()) * 10 + text(id=1) * 10 + text())
    monkeypatch.setattr(module, "_MOST_RANGE", 700)
    limited = Options(RouterCompletionsResponseBody, max_errors=limit)
    here, there = Progress(limited), Progress(limited)
    check_here(files_of("bad.jsonl", "a.jsonl", "bad.jsonl"), here)
    check_in_processes(files_of("bad.jsonl", "a.jsonl", "bad.jsonl"), there, 2)

    assert here == there
    assert there.not_valid == limit


def interrupt(*_: Any) -> None:
    """What Ctrl-C does."""
    raise KeyboardInterrupt


@forks
@pytest.mark.usefixtures("folder", "_start")
def test_interrupts_end_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """After Ctrl-C no process is left."""
    monkeypatch.setattr(Progress, "add", interrupt)
    with pytest.raises(KeyboardInterrupt):
        check_in_processes(files_of("a.jsonl", "b.txt"), Progress(OPTIONS), 2)

    assert multiprocessing.active_children() == []


# --- processes that are killed ---


@pytest.fixture
def deadly(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A class whose bodies with the id ``deadly`` kill the process that checks them."""
    (folder / "deadly.py").write_text(
        "import attrs, os, signal\n"
        "def die(value):\n    if value == 'deadly':\n        os.kill(os.getpid(), signal.SIGKILL)\n    return value\n"
        "@attrs.frozen\nclass Deadly:\n    id: str = attrs.field(converter=die)\n"
    )
    monkeypatch.syspath_prepend(folder)
    yield importlib.import_module("deadly").Deadly
    del sys.modules["deadly"]


@forks
@pytest.mark.usefixtures("_start")
def test_a_killed_process_is_a_failure_of_its_file(folder: Path, deadly: Any) -> None:
    """If a process is killed, its file is named, and the other files are read."""
    write(folder / "deadly.jsonl", text(id="deadly"))
    progress = Progress(Options(deadly))
    check_in_processes(files_of("deadly.jsonl", "a.jsonl", "b.txt"), progress, 2)

    assert progress.report.valid == 2
    assert progress.failures == (("deadly.jsonl", "a process that read it was killed"),)


@forks
@pytest.mark.usefixtures("_start")
def test_lines_behind_a_killed_process_have_their_numbers(
    folder: Path, deadly: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines that were not checked are counted, so that places in the rest of the file are right."""
    write(folder / "big.jsonl", text() * 5 + text(id="deadly") + text() * 50 + text(id=1))
    monkeypatch.setattr(module, "_MOST_RANGE", 2_000)
    progress = Progress(Options(deadly))
    check_in_processes(files_of("big.jsonl"), progress, 2)

    assert progress.failures == (("big.jsonl", "a process that read it was killed"),)
    assert [place.line for place in progress.report.problems[0].places] == [57]


@forks
@pytest.mark.usefixtures("_start")
def test_the_check_stops_when_all_processes_were_killed(folder: Path, deadly: Any) -> None:
    """Without any process left the rest is not read, and the files of those that were killed are named."""
    names = [f"deadly{i}.jsonl" for i in range(3)]
    for name in names:
        write(folder / name, text(id="deadly"))
    progress = Progress(Options(deadly))
    with pytest.raises(StoppedError, match="all processes that read were killed"):
        check_in_processes(files_of(*names), progress, 2)

    assert [name for name, _ in progress.failures] == names[:2]


@forks
@pytest.mark.usefixtures("_start")
def test_errors_of_processes_are_raised(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception in another process is raised here, with its traceback as a note, and no process remains."""
    (folder / "odd.py").write_text("import attrs\n@attrs.frozen\nclass Odd:\n    field: set\n")
    monkeypatch.syspath_prepend(folder)
    odd = importlib.import_module("odd").Odd
    with pytest.raises(TypeError, match="set is not supported") as caught:
        check_in_processes(files_of("a.jsonl"), Progress(Options(odd)), 2)

    assert caught.value.__notes__[0].startswith("In the worker:\nTraceback")
    assert multiprocessing.active_children() == []


def test_classes_that_processes_cannot_import_stop_the_check(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class that a spawned process can't import is reported as such."""
    (folder / "here.py").write_text("import attrs\n@attrs.frozen\nclass Here:\n    id: str\n")
    monkeypatch.syspath_prepend(folder)
    here = importlib.import_module("here").Here
    (folder / "here.py").unlink()
    monkeypatch.setattr(module, "_has_one_thread", lambda: False)  # a forked process has imported it
    with pytest.raises(StoppedError, match="a worker can't import what it needs: No module named 'here'"):
        check_in_processes(files_of("a.jsonl"), Progress(Options(here)), 2)


@pytest.mark.usefixtures("folder")
def test_classes_that_cannot_be_pickled_stop_the_check() -> None:
    """A class that no module holds is reported as such, and no process remains."""

    @attrs.frozen
    class Local:
        id: str

    with pytest.raises(StoppedError, match=r"the class can't be sent to another process: .*Local"):
        check_in_processes(files_of("a.jsonl"), Progress(Options(Local)), 2)

    assert multiprocessing.active_children() == []


# --- what the other process does, in this one ---


class Parent:
    """The first process, as a child sees it, which has ended."""

    def join(self) -> None:
        """Return at once."""


def test_a_process_serves_ranges_until_its_pipe_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A process answers each range with its part, and ends with its parent or its pipe.

    It ignores interrupts, and a signal to terminate ends it, whatever its parent does with that.
    """
    ended: list[int] = []
    monkeypatch.setattr(multiprocessing, "parent_process", Parent)
    monkeypatch.setattr(os, "_exit", ended.append)
    ours, theirs = multiprocessing.Pipe()
    numbers = signal.SIGINT, signal.SIGTERM
    before = signal.getsignal(signal.SIGINT), signal.signal(signal.SIGTERM, signal.default_int_handler)
    (file,) = files_of("a.jsonl")
    ours.send_bytes(pickle.dumps(([file], OPTIONS)))
    parts: list[Any] = []

    def receive() -> None:
        parts.append(ours.recv())
        ours.close()

    thread = threading.Thread(target=receive)
    thread.start()
    try:
        module._serve(theirs)
        after = [signal.getsignal(number) for number in numbers]
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
    thread.join()

    assert [part.report for (part,) in parts] == [check("a.jsonl")]
    assert after == [signal.SIG_IGN, signal.SIG_DFL]
    while not ended:
        time.sleep(0.01)
    assert ended == [1]
