"""Many files to one report: in this process, or in several, each with byte ranges of the large files."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

import attrs

from .interrupts import deferred
from .lines import Advance
from .order import InOrder, Task
from .work import (
    Failure,
    FileRange,
    Options,
    Part,
    Progress,
    StoppedError,
    check_pickled,
    pickled,
    ranges_of,
    read_range,
)

#: How much of a file a process checks at a time, at least and at most, in bytes. Each range costs a few milliseconds.
_LEAST_RANGE, _MOST_RANGE = 2**24, 2**26

#: How many ranges of a file each process gets, so that all end at about the same time.
_RANGES_EACH = 8

_KILLED = "a process that read it was killed"


def check_here(files: Iterable[FileRange], progress: Progress, advance: Advance | None = None) -> None:
    """
    Check files one after the other.

    Args:
        files: The files.
        progress: What the results are added to, also if this is interrupted.
        advance: Is called with the number of bytes by which a file moved on.
    """
    for file in files:
        if progress.is_full:
            break
        checker = attrs.evolve(progress.options, max_errors=progress.errors_left).checker(file.name)
        failures: tuple[Failure, ...] = ()
        try:
            failures = read_range(file, checker, advance)
        finally:
            with deferred:
                progress.add(Part(checker.lines, checker.report(), failures))


def check_in_processes(
    files: Iterable[FileRange], progress: Progress, jobs: int, advance: Advance | None = None
) -> None:
    """
    Do what `check_here` does, in *jobs* processes. They can't share standard input.

    A range whose process is killed is a failure of its file, and the other processes go on.

    Raises:
        StoppedError: All processes were killed.
    """
    ranges = enumerate(file_range for file in files for file_range in ranges_of(file, _step(file, jobs)))
    with _Pool(jobs, progress.options) as pool:
        InOrder(progress).add_all(pool.run(ranges), _KILLED, advance)


def _step(file: FileRange, jobs: int) -> int:
    return min(max((file.size or 0) // (jobs * _RANGES_EACH), _LEAST_RANGE), _MOST_RANGE)


@attrs.define(eq=False)
class _Worker:
    """A process, the pipe to it, and what it reads at the moment."""

    process: BaseProcess
    pipe: Connection
    task: Task | None = None


class _Pool:
    """
    Processes that check ranges.

    Each has its own pipe, so it is known at once which process was killed, and what it was reading. The standard
    library's executor abandons all work under way, and does not say which process was killed.
    """

    def __init__(self, jobs: int, options: Options) -> None:
        # A forked child starts at once; but one of a process with threads, such as a progress bar's, may hang.
        self._context: Any = multiprocessing.get_context("fork" if _has_one_thread() else "spawn")
        self._jobs, self._options = jobs, options
        self._workers: list[_Worker] = []

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            self._join(worker)

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[int, FileRange, Part | None]]:
        """Check ranges; yields each with its part, or None if its process was killed, as they end."""
        left = next(tasks, None)
        results: list[tuple[int, FileRange, Part | None]] = []
        while True:
            while left is not None and (worker := self._idle_worker()) is not None:
                self._send(worker, left)
                left = next(tasks, None)
            yield from results  # after the next ranges were sent: adding them takes time
            busy = {worker.pipe: worker for worker in self._workers if worker.task is not None}
            if not busy:
                break
            results = [self._receive(busy[pipe]) for pipe in wait(list(busy))]  # type: ignore[index]
        if left is not None:
            raise StoppedError("all processes that read were killed")

    def _idle_worker(self) -> _Worker | None:
        """One that waits for work, or a new one while there are less than asked for."""
        for worker in self._workers:
            if worker.task is None and worker.process.is_alive():
                return worker
        if len(self._workers) == self._jobs:
            return None
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
        process.start()
        theirs.close()  # so that ours ends when the process does
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _send(self, worker: _Worker, task: Task) -> None:
        worker.task = task
        data = pickled([task[1]], self._options)
        with suppress(OSError):  # it was killed, which its pipe shows
            worker.pipe.send_bytes(data)

    def _receive(self, worker: _Worker) -> tuple[int, FileRange, Part | None]:
        assert worker.task is not None
        (number, file_range), worker.task = worker.task, None
        try:
            result = worker.pipe.recv()
        except (EOFError, OSError):
            self._join(worker)
            return number, file_range, None
        if isinstance(result, Exception):
            raise result
        return number, file_range, result[0]

    @staticmethod
    def _join(worker: _Worker) -> None:
        worker.process.join()
        worker.pipe.close()


def _has_one_thread() -> bool:
    """Whether this process certainly has no other thread, not even outside of Python; known only on Linux."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return False


# --- in the other process ---


def _serve(pipe: Connection) -> None:
    """Check the ranges that arrive, until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a forked process has the handlers of its parent
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        while True:
            pipe.send(check_pickled(pipe.recv_bytes()))


def _end_with_parent() -> None:
    """End this process when its parent ends, in any way, even in the middle of a large file."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
