"""How a check follows a cluster, with a client that stands for one: what a real cluster does seldom."""

from __future__ import annotations

import functools
import pickle
from asyncio import CancelledError
from pathlib import Path
from typing import Any

import attrs
import pytest

pytest.importorskip("distributed")

from distributed.scheduler import KilledWorker
from log_lines import text, write

from router_schema import RouterCompletionsResponseBody
from router_schema.logs import dask as module
from router_schema.logs.work import FileRange, Options, Progress, StoppedError, open_file

OPTIONS = Options(RouterCompletionsResponseBody)


class Future:
    """A future that raises each of some errors in turn, and then has its result."""

    status = "finished"

    def __init__(self, work: Any, errors: list[BaseException]) -> None:
        self.work, self.errors = work, errors

    def add_done_callback(self, call: Any) -> None:
        """It is done."""
        call(self)

    def result(self, timeout: float) -> Any:
        """The result."""
        if self.errors:
            raise self.errors.pop(0)
        return self.work()

    def exception(self, timeout: float) -> BaseException:
        """The error."""
        return self.errors[0]


class Client:
    """A client of a cluster of one thread."""

    def __init__(self, *errors: BaseException, status: str = "running", future_status: str = "finished") -> None:
        self.errors, self.status, self.future_status = list(errors), status, future_status
        self.threads = [1]

    def nthreads(self, callback_timeout: float) -> dict[str, int]:
        """The threads of each worker; the last entry stays."""
        return {"worker": self.threads.pop(0) if len(self.threads) > 1 else self.threads[0]}

    def submit(self, function: Any, data: bytes, pure: bool) -> Future:
        """Do it when it is asked for."""
        future = Future(functools.partial(function, data), self.errors)
        future.status = self.future_status
        return future


def run(folder: Path, client: Any, **options: Any) -> Progress:
    """Check a log of two bodies."""
    path = write(folder / "log.jsonl", text() * 2)
    file = FileRange("log.jsonl", functools.partial(open_file, str(path)), size=path.stat().st_size)
    progress = Progress(OPTIONS)
    module.check_on(client, [file], progress, **options)
    return progress


def test_results_that_are_lost_are_waited_for(tmp_path: Path) -> None:
    """If the worker that holds a result is lost, the result is asked for again."""
    assert run(tmp_path, Client(TimeoutError(), TimeoutError())).report.valid == 2


@pytest.mark.parametrize("error", [CancelledError(), OSError("closed")])
def test_a_connection_lost_while_a_result_arrives_stops_the_check(tmp_path: Path, error: BaseException) -> None:
    """Whatever is raised instead of a result, the connection was lost."""
    with pytest.raises(StoppedError, match="the connection to the Dask scheduler was lost"):
        run(tmp_path, Client(error))


def files_of(folder: Path, count: int) -> list[FileRange]:
    """Files of one body each."""
    paths = [write(folder / f"{number}.jsonl", text()) for number in range(count)]
    return [FileRange(p.name, functools.partial(open_file, str(p)), size=p.stat().st_size) for p in paths]


class Deadly(Client):
    """A cluster whose workers are killed by a file."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.batches = name, list[list[str]]()

    def submit(self, function: Any, data: bytes, pure: bool) -> Future:
        """Do it, or report killed workers."""
        file_ranges, _ = pickle.loads(data)
        self.batches.append([file_range.name for file_range in file_ranges])
        future = super().submit(function, data, pure)
        if self.name in self.batches[-1]:
            future.status, future.errors = "error", [KilledWorker("task", None, 3)]
        return future


@pytest.mark.parametrize(("limit", "batches"), [(100, [3]), (2, [2, 1]), (1, [1, 1, 1])])
def test_small_files_are_sent_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, batches: list[int]
) -> None:
    """A task holds many small files, but not too many."""
    monkeypatch.setattr(module, "_MAX_BATCH", limit)
    client, progress = Deadly("none"), Progress(OPTIONS)
    module.check_on(client, files_of(tmp_path, 3), progress)

    assert list(map(len, client.batches)) == batches
    assert progress.report.valid == 3


def test_large_files_are_sent_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of a task are no larger than a range together; a file of unknown size may be large."""
    monkeypatch.setattr(module, "_RANGE", 2 * len(text()))
    files = files_of(tmp_path, 5)
    files[3] = attrs.evolve(files[3], size=None)
    client, progress = Deadly("none"), Progress(OPTIONS)
    module.check_on(client, files, progress)

    assert list(map(len, client.batches)) == [2, 1, 1, 1]
    assert progress.report.valid == 5


def test_the_file_that_kills_workers_is_found_in_its_batch(tmp_path: Path) -> None:
    """If the workers of several files are killed, each file is tried alone."""
    client, progress = Deadly("1.jsonl"), Progress(OPTIONS)
    module.check_on(client, files_of(tmp_path, 3), progress)

    assert client.batches == [["0.jsonl", "1.jsonl", "2.jsonl"], ["0.jsonl"], ["1.jsonl"], ["2.jsonl"]]
    assert progress.failures == (("1.jsonl", "the workers that read it were killed"),)
    assert progress.report.valid == 2


def test_a_cluster_that_cannot_run_tasks_stops_the_check(tmp_path: Path) -> None:
    """An error of the cluster itself is reported by its first line."""
    error = RuntimeError("\n    Error during deserialization of the task graph.\n    More.")
    with pytest.raises(StoppedError) as caught:
        run(tmp_path, Client(error, future_status="error"))

    assert str(caught.value) == (
        "the cluster can't check: RuntimeError: Error during deserialization of the task graph."
    )


def test_an_error_without_words_is_named(tmp_path: Path) -> None:
    """An error without a message is reported by its class."""
    with pytest.raises(StoppedError, match=r"the cluster can't check: MemoryError$"):
        run(tmp_path, Client(MemoryError(), future_status="error"))


def test_a_client_that_was_closed_stops_the_check(tmp_path: Path) -> None:
    """A client that is not connected any more is not asked for workers."""
    with pytest.raises(StoppedError, match=r"the connection to the Dask scheduler was lost$"):
        run(tmp_path, Client(status="closed"))


def test_a_client_that_refuses_work_stops_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that is closed between two looks at it says why."""

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("client is closed")

    monkeypatch.setattr(Client, "submit", refuse)
    with pytest.raises(StoppedError, match=r"was lost \(RuntimeError: client is closed\)"):
        run(tmp_path, Client())


def test_waiting_is_reported_from_time_to_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While there are no workers, a message every ten seconds says how long it has been."""
    seconds = iter(range(1000))
    monkeypatch.setattr(module, "monotonic", lambda: float(next(seconds)))
    monkeypatch.setattr(module, "_WATCH", 0.001)
    monkeypatch.setattr(Future, "add_done_callback", lambda *_: None)
    client, told = Client(), []
    client.threads = [0]
    with pytest.raises(StoppedError, match="the cluster has no workers, and had none for 25 seconds"):
        run(tmp_path, client, timeout=25, tell=told.append)

    assert told == [f"the cluster has no workers: waiting, {waited} of 25 seconds" for waited in (0, 10, 20)]


def test_python_gets_an_error_of_its_own(tmp_path: Path) -> None:
    """If the check stops early, `check` raises OSError."""
    path = write(tmp_path / "log.jsonl", text())
    client: Any = Client(OSError("x"))
    with pytest.raises(OSError, match="the connection to the Dask scheduler was lost"):
        module.check(str(path), client)


def test_no_files_are_an_empty_report() -> None:
    """A cluster that has nothing to do does nothing."""
    client, progress = Deadly("none"), Progress(OPTIONS)
    module.check_on(client, [], progress)

    assert client.batches == []
    assert progress == Progress(OPTIONS)
