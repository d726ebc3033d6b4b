"""What ends a check on a cluster early: each time with real schedulers and workers, in separate processes."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("distributed")
pytest.importorskip("fsspec")

from log_lines import text, write

from router_schema import Report, RouterCompletionsResponseBody, check
from router_schema._cli import main
from router_schema.logs import dask as module
from router_schema.logs import load_report
from router_schema.logs.sources import find_files
from router_schema.logs.work import Options, Progress

pytestmark = pytest.mark.filterwarnings("ignore")  # those of the cluster are not ours

OPTIONS = Options(RouterCompletionsResponseBody)
Captured = pytest.CaptureFixture[str]


class Cluster:
    """A scheduler on the loopback address, and workers as they are asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        wait_until(lambda: can_connect(port))

    def add_worker(self, *folders: Path) -> subprocess.Popen[bytes]:
        """Start a worker in another folder than the command's, which imports modules of those folders too."""
        path = os.pathsep.join([*map(str, folders), os.environ.get("PYTHONPATH", "")])
        arguments = self.address, "--nthreads", "1", "--no-dashboard", "--no-nanny", "--host", "127.0.0.1"
        return self._start("worker", *arguments, PYTHONPATH=path)

    def wait_for_workers(self, count: int = 1) -> None:
        """Wait until so many workers have registered."""
        with module.connect(self.address) as client:
            client.wait_for_workers(count)

    def stop(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()

    def _start(self, kind: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments],
            cwd=self.folder,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(process)
        return process


def can_connect(port: int) -> bool:
    """Whether something listens."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], Any]) -> None:
    """Wait for something that another process does."""
    while not condition():
        time.sleep(0.01)


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster without workers."""
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.stop()


@pytest.fixture
def modules(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of modules that the command can import, and the workers if they are started with it."""
    modules = folder / "modules"
    modules.mkdir()
    monkeypatch.syspath_prepend(modules)
    before = set(sys.modules)
    yield modules
    for name in set(sys.modules) - before:
        if str(modules) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def touching(path: Path, then: str) -> str:
    """The source of a module whose class touches a file when a body is checked, and then does something."""
    return (
        "import attrs, os, pathlib, signal, time\n"
        f"def act(value):\n    pathlib.Path({str(path)!r}).touch()\n    {then}\n    return value\n"
        "@attrs.frozen\nclass Body:\n    id: str = attrs.field(converter=act)\n"
    )


# --- the scheduler ---


def test_a_lost_scheduler_is_no_verdict(cluster: Cluster, folder: Path, modules: Path, capsys: Captured) -> None:
    """A scheduler that is killed mid-run ends the check with status 2 and one line; its report is partial."""
    (modules / "slow_body.py").write_text(touching(folder / "started", "time.sleep(value == 'slow' and 600)"))
    write(folder / "slow.jsonl", text(id="slow"))
    cluster.add_worker(modules)
    cluster.wait_for_workers()

    def kill() -> None:
        wait_until((folder / "started").exists)
        cluster.scheduler.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    arguments = ["--scheduler", cluster.address, "--model", "slow_body:Body", "--save", "part.json", "--save-partial"]
    status = main(["check", "slow.jsonl", *arguments])
    killer.join()

    assert status == 2
    out, err = capsys.readouterr()
    assert out == ""
    # The reason is known if a request was under way, and not if Dask's client noticed it first.
    assert re.fullmatch(r"router-schema: the connection to the Dask scheduler was lost( \(.+\))?\n", err)
    assert load_report("part.json").partial
    assert load_report("part.json").report == Report()


def test_a_silent_scheduler_is_lost(
    cluster: Cluster, folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler that does not answer any more is not waited for without end."""
    real = module._Run._submit

    def stop_scheduler(run: Any, task: Any) -> None:
        real(run, task)
        os.kill(cluster.scheduler.pid, signal.SIGSTOP)
        monkeypatch.setattr(module, "_TIMEOUT", 0.2)

    monkeypatch.setattr(module._Run, "_submit", stop_scheduler)
    status = main(["check", "good.jsonl", "--scheduler", cluster.address])

    assert status == 2
    assert "router-schema: the connection to the Dask scheduler was lost (TimeoutError" in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_an_address_without_a_scheduler_is_no_verdict(capsys: Captured) -> None:
    """An unknown protocol, and a server that is not a scheduler, end with status 2 and one line."""
    assert main(["check", "good.jsonl", "--scheduler", "nonsense://127.0.0.1:1"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("router-schema: the Dask scheduler at nonsense://127.0.0.1:1 cannot be reached (")
    assert err.count("\n") == 1


# --- workers ---


@pytest.mark.usefixtures("folder")
def test_no_workers_are_not_waited_for_without_end(cluster: Cluster, capsys: Captured) -> None:
    """Without workers, the command says that it waits, and gives up after the timeout."""
    status = main(["check", "good.jsonl", "--scheduler", cluster.address, "--timeout", "1"])

    assert status == 2
    assert capsys.readouterr() == (
        "",
        "router-schema: the cluster has no workers: waiting, 0 of 1 seconds\n"
        "router-schema: the cluster has no workers, and had none for 1 seconds\n",
    )


@pytest.mark.usefixtures("folder")
def test_workers_that_come_late_are_waited_for(cluster: Cluster, capsys: Captured) -> None:
    """Work begins when the first worker arrives."""
    late: list[str] = []

    def tell(message: str) -> None:
        late.append(message)
        cluster.add_worker()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("router_schema._cli.check.complain", tell)
        status = main(["check", "good.jsonl", "--scheduler", cluster.address])

    assert status == 0
    assert late == ["the cluster has no workers: waiting, 0 of 60 seconds"]
    assert capsys.readouterr().out.startswith("3 bodies: 3 valid")


def test_classes_that_workers_cannot_import_are_no_verdict(cluster: Cluster, modules: Path, capsys: Captured) -> None:
    """A class that only this machine knows ends the check with status 2 and one line."""
    (modules / "only_here.py").write_text("import attrs\n@attrs.frozen\nclass Body:\n    id: str\n")
    cluster.add_worker()
    status = main(["check", "good.jsonl", "--scheduler", cluster.address, "--model", "only_here:Body"])
    out, err = capsys.readouterr()

    assert (status, out) == (2, "")
    assert err.endswith("router-schema: a worker can't import what it needs: No module named 'only_here'\n")
    assert "Traceback" not in err


def test_a_file_that_kills_workers_is_named(
    cluster: Cluster, folder: Path, modules: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file whose workers are killed again and again is a failure; the others are read."""
    monkeypatch.setattr(module, "_MAX_BATCH", 1)  # a batch costs as many workers again
    die = "value == 'deadly' and os.kill(os.getpid(), signal.SIGKILL)"
    (modules / "deadly_body.py").write_text(touching(folder / "started", die))
    write(folder / "deadly.jsonl", text(id="deadly"))
    for _ in range(5):
        cluster.add_worker(modules)
    cluster.wait_for_workers(5)
    arguments = ["--scheduler", cluster.address, "--model", "deadly_body:Body"]
    status = main(["check", "deadly.jsonl", "good.jsonl", *arguments])
    out, err = capsys.readouterr()

    assert status == 2
    assert out.startswith("3 bodies: 3 valid")
    assert err.endswith("router-schema: deadly.jsonl: the workers that read it were killed\n")
    assert "Traceback" not in err


def test_the_last_worker_names_its_file(cluster: Cluster, folder: Path, modules: Path, capsys: Captured) -> None:
    """If the only worker is killed and no other starts, the message names the file that it was reading."""
    (modules / "fatal_body.py").write_text(touching(folder / "started", "os.kill(os.getpid(), signal.SIGKILL)"))
    cluster.add_worker(modules)
    cluster.wait_for_workers()
    arguments = ["--scheduler", cluster.address, "--model", "fatal_body:Body", "--timeout", "1"]
    status = main(["check", "good.jsonl", *arguments])
    lines = capsys.readouterr().err.splitlines()

    assert status == 2
    assert lines[-1] == (
        "router-schema: the cluster lost its workers while they read good.jsonl, and had none for 1 seconds"
    )


def test_errors_of_workers_are_raised(cluster: Cluster, folder: Path, modules: Path, capsys: Captured) -> None:
    """An exception in a worker is raised here, and quotes none of the body."""
    (modules / "raising_body.py").write_text(
        "import attrs, router_schema.logs.work as work\n"
        "@attrs.frozen\nclass Body:\n    id: str\n"
        "def fail(*_):\n    raise LookupError('secret')\n"
        "if __import__('os').environ.get('FAIL'):\n    work.read_range = fail\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIL", "1")
        cluster.add_worker(modules)
    status = main(["check", "good.jsonl", "--scheduler", cluster.address, "--model", "raising_body:Body"])
    err = capsys.readouterr().err

    assert status == 2
    assert "router-schema: unexpected LookupError at " in err
    assert "secret" not in err


# --- what is read ---


def test_paths_mean_the_same_on_a_cluster(cluster: Cluster, folder: Path, capsys: Captured) -> None:
    """Folders, patterns, relative paths and pipes inside folders are what they are without a cluster."""
    os.mkfifo(folder / "logs" / "pipe.jsonl")
    cluster.add_worker()
    cluster.wait_for_workers()
    paths = ["logs", "*.jsonl", "one.json", "missing.jsonl"]
    here = main(["check", *paths, "--format", "json"]), capsys.readouterr()
    there = main(["check", *paths, "--format", "json", "--scheduler", cluster.address]), capsys.readouterr()

    assert there[0] == here[0] == 2
    assert there[1].out == here[1].out
    assert there[1].err.splitlines() == here[1].err.splitlines()
    assert here[1].err.splitlines() == [
        "router-schema: logs/pipe.jsonl: skipped, not a regular file",
        "router-schema: missing.jsonl: No such file or directory",
    ]


def test_standard_input_is_read_here(cluster: Cluster, folder: Path) -> None:
    """A dash is this process's standard input on a cluster too."""
    cluster.add_worker()
    done = subprocess.run(
        [sys.executable, "-m", "router_schema", "check", "-", "good.jsonl", "--scheduler", cluster.address],
        cwd=folder,
        input=text() * 2,
        capture_output=True,
    )

    assert done.returncode == 0
    assert done.stdout.startswith(b"5 bodies: 5 valid")


@pytest.mark.parametrize("limit", [1, 12, 30])
def test_the_limit_stops_a_cluster(
    cluster: Cluster, folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    """A cluster stops after as many errors as one process, and reports the same lines."""
    monkeypatch.setattr(module, "_RANGE", 3_000)
    kinds = [text() * 19 + text(id=1), text() * 19 + b"{\n"]
    write(folder / "long.jsonl", b"".join(kinds[i % 2] for i in range(60)))
    cluster.add_worker()
    arguments = ["check", "good.jsonl", "long.jsonl", "--max-errors", str(limit), "--save"]
    main([*arguments, "here.json"])
    status = main([*arguments, "there.json", "--scheduler", cluster.address])

    assert status == 1
    assert (folder / "there.json").read_bytes() == (folder / "here.json").read_bytes()
    assert f"stopped after {limit} bod" in capsys.readouterr().err


def test_progress_is_reported(cluster: Cluster, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes of every range are reported when it is done."""
    monkeypatch.setattr(module, "_RANGE", 1_000)
    write(folder / "long.jsonl", text() * 50)
    cluster.add_worker()
    moved: list[int] = []
    progress = Progress(OPTIONS)
    with module.connect(cluster.address) as client:
        module.check_on(client, list(find_files(["long.jsonl"], print)), progress, advance=moved.append)

    assert len(moved) > 5
    assert sum(moved) == 50 * len(text())
    assert progress.report == check("long.jsonl")
