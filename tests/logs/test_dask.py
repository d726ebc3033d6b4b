"""Checking on a cluster, on a real one of two processes."""

from __future__ import annotations

import gzip
import os
import socket
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

pytest.importorskip("distributed")
pytest.importorskip("fsspec")

import distributed
from log_lines import text

from router_schema import Report, check, loads
from router_schema._cli import main
from router_schema.logs import dask as module

pytestmark = pytest.mark.filterwarnings("ignore")  # those of the cluster are not ours

LINES = 40_000


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two worker processes on the loopback address."""
    start: Any = distributed.LocalCluster
    with start(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def client(cluster: Any) -> Iterator[Any]:
    """A client of that cluster."""
    connect: Any = distributed.Client
    with connect(cluster) as client:
        yield client


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of 40,000 lines, with a few that are not valid."""
    path = tmp_path_factory.mktemp("logs") / "log.jsonl"
    kinds = [text(), text(provider="x"), text(id=1), b"{\n", text(created=1.5)]
    path.write_bytes(b"".join(kinds[0 if i % 200 else i // 200 % 5] for i in range(LINES)))
    return path


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the log into some forty ranges."""
    monkeypatch.setattr(module, "_RANGE", 2**18)


@pytest.mark.usefixtures("small_ranges")
def test_report_is_the_local_one(client: Any, log: Path) -> None:
    """A cluster gives the report that one process gives."""
    report = module.check(str(log), client)

    assert report.bodies == LINES
    assert report == check(log)


@pytest.mark.usefixtures("small_ranges")
def test_many_files_are_one_report(client: Any, log: Path, tmp_path: Path) -> None:
    """Patterns, compressed files and documents are read; each line is that of its file."""
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(text(id=1)))
    (tmp_path / "b.json").write_bytes(b"[" + text() + b"," + text(id=1) + b"]")
    (tmp_path / "c.jsonl").write_bytes(log.read_bytes()[: 3 * 2**18])
    report = module.check([str(tmp_path / "*")], client)
    plain = check(tmp_path / "c.jsonl")

    assert (report.bodies, report.valid) == (plain.bodies + 3, plain.valid + 1)
    assert {str(place) for problem in report.problems for place in problem.places} >= {
        f"{tmp_path}/a.jsonl.gz:1",
        f"{tmp_path}/b.json:2",
    }


@pytest.mark.usefixtures("small_ranges")
def test_big_compressed_files_are_read_as_a_whole(client: Any, tmp_path: Path) -> None:
    """A compressed file has no ranges, whatever its name."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(gzip.compress(b"".join(text(id=os.urandom(2**17).hex()) for _ in range(4)), 1))

    assert module.check(str(path), client) == check(path)


@pytest.mark.usefixtures("small_ranges")
def test_a_lost_worker_changes_nothing(client: Any, cluster: Any, log: Path) -> None:
    """The ranges of a killed worker are read again."""
    done, killed = threading.Event(), threading.Event()

    def kill_one() -> None:
        while not done.is_set() and not any(client.processing().values()):
            time.sleep(0.01)
        next(iter(cluster.workers.values())).process.process._process.kill()
        killed.set()

    thread = threading.Thread(target=kill_one)
    thread.start()
    report = module.check(str(log), client)
    before_the_end = killed.is_set()
    done.set()
    thread.join()

    assert before_the_end
    assert report == check(log)


def test_the_default_is_a_cluster_of_this_machine(log: Path) -> None:
    """Without a client, one is started for the time of the call."""
    assert module.check(str(log)) == check(log)


def test_other_stores_are_read(client: Any, tmp_path: Path) -> None:
    """A path may be of any store that fsspec knows; its name in the report is its address."""
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("log.jsonl", text() + b"{")
    report = module.check(f"zip://log.jsonl::{tmp_path}/logs.zip", client)

    assert (report.valid, report.malformed) == (1, 1)
    assert report.problems[0].places[0].source == "zip://log.jsonl"


@attrs.frozen
class Small:
    id: int


def test_options_reach_the_workers(client: Any, tmp_path: Path) -> None:
    """The class and the converter's option are those that are asked for."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"id": 1, "extra": 2}\n{"id": 3}\n')

    assert module.check(str(path), client, cl=Small).valid == 2
    assert module.check(str(path), client, cl=Small, forbid_extra_keys=True).valid == 1


def test_files_that_cannot_be_read_are_errors(client: Any, tmp_path: Path) -> None:
    """A truncated file, a missing one and a pattern of none are errors that name it."""
    (tmp_path / "cut.gz").write_bytes(gzip.compress(text() * 100)[:-10])

    with pytest.raises(OSError, match=r"cut\.gz: the compressed file ends too early"):
        module.check(str(tmp_path / "cut.gz"), client)
    with pytest.raises(FileNotFoundError):
        module.check(str(tmp_path / "missing.jsonl"), client)
    with pytest.raises(FileNotFoundError, match=r"No such file or directory: '.*/missing\*\.jsonl'"):
        module.check(str(tmp_path / "missing*.jsonl"), client)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"there are no files in .*empty"):
        module.check(str(tmp_path / "empty"), client)


# --- the command ---


def test_command_reads_on_a_cluster(cluster: Any, log: Path, capsys: Any) -> None:
    """``--scheduler`` gives the report of the cluster at that address."""
    status = main(["check", str(log), "--scheduler", cluster.scheduler_address, "--format", "json"])

    assert status == 1
    assert loads(capsys.readouterr().out, Report) == check(log)


def test_unreachable_schedulers_are_reported(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler that does not answer, or has no address, is a clear error."""
    monkeypatch.setattr(module, "_TIMEOUT", 0.5)
    with socket.socket() as listener:  # a port that nobody else gets meanwhile, and that accepts nothing
        listener.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        status = main(["check", "log.jsonl", "--scheduler", address])
        err = capsys.readouterr().err

    assert status == 2
    assert f"router-schema: the Dask scheduler at {address} cannot be reached" in err
    assert main(["check", "log.jsonl", "--scheduler", "nonsense://"]) == 2


def test_missing_files_on_a_cluster_are_reported(cluster: Any, capsys: Any) -> None:
    """A file that the cluster can't read is reported like one that can't be read here."""
    assert main(["check", "/missing.jsonl", "--scheduler", cluster.scheduler_address]) == 2
    assert "/missing.jsonl" in capsys.readouterr().err


def test_a_missing_extra_is_reported(capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Dask, the command says what to install."""
    monkeypatch.delitem(sys.modules, "router_schema.logs.dask")
    monkeypatch.delattr("router_schema.logs.dask")
    monkeypatch.setitem(sys.modules, "distributed", None)

    assert main(["check", "log.jsonl", "--scheduler", "tcp://127.0.0.1:1"]) == 2
    assert "pip install 'router-schema[dask]'" in capsys.readouterr().err
