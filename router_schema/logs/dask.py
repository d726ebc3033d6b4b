"""
Checking on a Dask cluster (the extra ``dask``).

The workers check byte ranges of the files; the reports are merged here. A path may be local, and then the workers must
see the same file under its absolute path, or of any store that fsspec knows: ``s3://bucket/logs/*.jsonl.gz``.
"""

# Only part of distributed is typed.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import asyncio
import errno
import logging
import os
import queue
from asyncio import CancelledError
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from time import monotonic
from typing import Any

from ..models import RouterCompletionsResponseBody
from .lines import Advance
from .order import InOrder, Task
from .report import Report
from .rows import By
from .sources import find_files
from .work import FileRange, Options, Part, Progress, StoppedError, check_pickled, pickled, ranges_of

try:
    import fsspec  # noqa: F401 (the workers need it)
    from distributed import Client, Future, Security
    from distributed.comm.core import connect as open_comm
    from distributed.scheduler import KilledWorker
except ImportError:
    raise ImportError("checking on a cluster needs an extra: pip install 'router-schema[dask]'") from None

__all__ = ["check"]

#: How much of a file a worker reads at a time, in bytes.
_RANGE = 2**26

#: How many small files a worker reads at a time at most.
_MAX_BATCH = 100

#: How long a scheduler may take to answer, in seconds.
_TIMEOUT = 10

#: How often the cluster is polled, and how often waiting for workers is reported, in seconds.
_WATCH, _REPORT = 1, 10

_KILLED = "the workers that read it were killed"


def check(
    urlpath: str | Sequence[str],
    client: Client | None = None,
    *,
    cl: Any = RouterCompletionsResponseBody,
    forbid_extra_keys: bool = False,
    by: By | None = None,
    timeout: float = 60,
) -> Report:
    """
    Check files on a cluster. The report is that of ``router-schema check``.

    If a worker is lost, another checks its ranges again.

    Args:
        urlpath: Files, folders, patterns, and addresses that fsspec knows. The workers open them.
        client: The cluster; None starts one on this machine's cores for the duration of the call.
        cl: The class of a body: an attrs class that the workers can import.
        forbid_extra_keys: Whether keys that the schema does not name are problems.
        by: As for `router_schema.check`.
        timeout: How long to wait while the cluster has no workers, in seconds.

    Raises:
        OSError: A file can't be read to its end, or the cluster fails.
    """
    progress = Progress(Options(cl, forbid_extra_keys, by=by))
    paths = [urlpath] if isinstance(urlpath, str) else urlpath
    files = list(find_files(paths, lambda _: None))
    if not files:
        raise FileNotFoundError(f"there are no files in {urlpath}")
    try:
        with nullcontext(client) if client else Client(dashboard_address=None) as cluster:
            check_on(cluster, files, progress, timeout=timeout)
    except StoppedError as error:
        raise OSError(str(error)) from None
    for name, reason in progress.failures:
        raise _failure(name, reason)
    return progress.report


def _failure(name: str, reason: str) -> OSError:
    missing = os.strerror(errno.ENOENT)
    return FileNotFoundError(errno.ENOENT, missing, name) if reason == missing else OSError(f"{name}: {reason}")


@contextmanager
def connect(address: str) -> Iterator[Client]:
    """
    A client of the scheduler at *address*.

    Raises:
        StoppedError: The scheduler does not answer.
    """
    _silence()
    try:
        # A Client that can't connect leaves threads behind, so test the connection first.
        asyncio.run(_knock(address))
        client = Client(address, set_as_default=False, timeout=_TIMEOUT)
    except (OSError, ValueError, ImportError) as error:
        raise StoppedError(f"the Dask scheduler at {address} cannot be reached ({error})") from None
    with client:
        yield client


def _silence() -> None:
    """Silence Dask's loggers: errors are raised instead. Dask sets the level of each logger."""
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("distributed"):
            logging.getLogger(name).setLevel(logging.CRITICAL)


async def _knock(address: str) -> None:
    options = Security().get_connection_args("client")
    comm = await open_comm(address, timeout=_TIMEOUT, **options)
    await comm.close()


def check_on(
    client: Client,
    files: Iterable[FileRange],
    progress: Progress,
    *,
    timeout: float = 60,
    advance: Advance | None = None,
    tell: Callable[[str], object] = lambda _: None,
) -> None:
    """
    Check files on a cluster.

    Args:
        client: The cluster.
        files: The files; the workers open them.
        progress: What the results are added to, also if this is interrupted.
        timeout: How long to wait while the cluster has no workers, in seconds.
        advance: Is called with the number of bytes that were checked.
        tell: Is called with a message while there are no workers.

    Raises:
        StoppedError: The scheduler is lost, there are no workers, or they can't do the work.
    """
    ranges = enumerate(file_range for file in files for file_range in ranges_of(file, _RANGE))
    results = _Run(client, progress.options, timeout, tell).run(ranges)
    InOrder(progress).add_all(results, _KILLED, advance)


def _batches(tasks: Iterator[Task]) -> Iterator[list[Task]]:
    """Group small files: one task for each would cost more than reading it."""
    batch: list[Task] = []
    size = 0
    for task in tasks:
        of_task = _RANGE if task[1].size is None else task[1].size
        if batch and (size + of_task > _RANGE or len(batch) == _MAX_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(task)
        size += of_task
    if batch:
        yield batch


class _Run:
    """
    Ranges on a cluster.

    Only a few more tasks than the cluster has threads are submitted at a time. So a check that stops leaves no work
    behind, and neither the scheduler nor this process holds a task for every range of a large store.
    """

    def __init__(self, client: Client, options: Options, timeout: float, tell: Callable[[str], object]) -> None:
        self._client, self._options, self._timeout, self._tell = client, options, timeout, tell
        self._running: dict[Future[Any], list[Task]] = {}
        self._done: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self._threads = 0
        self._watched = float("-inf")
        self._had_workers = False
        self._alone_since: float | None = None
        self._told = float("-inf")

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[int, FileRange, Part | None]]:
        """Check ranges; yields each with its part, or None if its workers were killed, as they end."""
        batches = _batches(tasks)
        left = next(batches, None)
        while left is not None or self._running:
            self._watch()
            while left is not None and len(self._running) < 2 * self._threads + 1:
                self._submit(left)
                left = next(batches, None)
            try:
                future = self._done.get(timeout=_WATCH)
                parts = self._result(future)
            except (queue.Empty, TimeoutError):
                continue
            batch = self._running.pop(future)
            if parts is None and len(batch) > 1:  # find out which file it is
                for task in batch:
                    self._submit([task])
                continue
            for index, (number, file_range) in enumerate(batch):
                yield number, file_range, parts[index] if parts else None

    def _submit(self, batch: list[Task]) -> None:
        data = pickled([file_range for _, file_range in batch], self._options)
        try:
            future = self._client.submit(check_pickled, data, pure=False)
        except Exception as error:  # the client is closed
            raise self._lost(error) from None
        self._running[future] = batch
        future.add_done_callback(self._done.put)

    def _result(self, future: Future[Any]) -> list[Part] | None:
        if future.status == "error":
            error = future.exception(timeout=_TIMEOUT)
            if isinstance(error, KilledWorker):
                return None
            raise StoppedError(f"the cluster can't check: {_line_of(error)}")
        try:
            result = future.result(timeout=_TIMEOUT)
        except TimeoutError:  # the worker that held it was lost, and another one does it again
            self._done.put(future)
            raise
        except (Exception, CancelledError):
            raise self._lost() from None
        if isinstance(result, Exception):
            raise result
        return result  # type: ignore[no-any-return]

    def _watch(self) -> None:
        """Raise StoppedError if the cluster can't go on."""
        now = monotonic()
        if now < self._watched + _WATCH:
            return
        self._watched = now
        if self._client.status != "running":
            raise self._lost()
        try:
            self._threads = sum(self._client.nthreads(callback_timeout=_TIMEOUT).values())
        except Exception as error:
            raise self._lost(error) from None
        self._wait_for_workers(now)

    def _wait_for_workers(self, now: float) -> None:
        if self._threads:
            self._had_workers, self._alone_since = True, None
            return
        if self._alone_since is None:
            self._alone_since = now
        waited = now - self._alone_since
        if waited >= self._timeout:
            raise StoppedError(f"the cluster {self._fate()}, and had none for {self._timeout:g} seconds")
        if now >= self._told + _REPORT:
            self._told = now
            self._tell(f"the cluster {self._fate()}: waiting, {waited:.0f} of {self._timeout:g} seconds")

    def _fate(self) -> str:
        if not self._had_workers:
            return "has no workers"
        names = sorted({file_range.name for batch in self._running.values() for _, file_range in batch})
        return f"lost its workers while they read {', '.join(names)}"

    @staticmethod
    def _lost(error: Exception | None = None) -> StoppedError:
        reason = f" ({_line_of(error)})" if error else ""
        return StoppedError(f"the connection to the Dask scheduler was lost{reason}")


def _line_of(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0].strip()}" if lines else type(error).__name__
