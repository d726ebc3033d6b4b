"""Many files to one report: in this process, or in several, each with its byte ranges of the big files."""

from __future__ import annotations

import functools
import glob
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from io import BufferedReader
from typing import Any, cast

import attrs

from ..converter import RouterConverter, make_converter
from .checker import Tally
from .lines import is_compressed, read_file, read_range, read_whole
from .report import Part, Report

#: The files that are looked for in a folder.
SUFFIXES = tuple(f"{name}{packed}" for name in (".json", ".jsonl", ".ndjson") for packed in ("", ".gz", ".zst"))

#: The name of standard input.
STDIN = "-"

#: How much of a file a process reads at a time, in bytes.
_RANGE = 2**24

Advance = Callable[[int], object]


@attrs.frozen
class Options:
    """
    How bodies are judged. It is sent to other processes.

    Attributes:
        cl: What a body should be: an attrs class.
        forbid_extra_keys: Whether keys that the schema does not name are problems.
        max_errors: Stop after that many bodies that are not valid; never where it is None.
    """

    cl: Any
    forbid_extra_keys: bool = False
    max_errors: int | None = None

    def converter(self) -> RouterConverter:
        return _converter(self.forbid_extra_keys)


@functools.cache
def _converter(forbid_extra_keys: bool) -> RouterConverter:
    # One for all tasks of a process: it keeps what it has compiled.
    return make_converter(forbid_extra_keys=forbid_extra_keys)


@attrs.define
class Run:
    """
    What has been read so far, of all files.

    Attributes:
        done: Its report, and what could not be read.
    """

    done: Part = attrs.Factory(Part)

    @property
    def report(self) -> Report:
        return self.done.report

    @property
    def not_valid(self) -> int:
        """How many bodies are not valid."""
        return self.report.bodies - self.report.valid

    def add(self, part: Part) -> None:
        self.done = self.done.beside(part)

    def is_full(self, options: Options) -> bool:
        """Whether there have been as many bodies that are not valid as were asked for."""
        return options.max_errors is not None and self.not_valid >= options.max_errors


def expand(paths: Iterable[str]) -> Iterator[str]:
    """
    The files that *paths* stand for: files, folders with all they hold, patterns, and ``-``.

    A path that stands for nothing, and a folder that cannot be read, is given as it is: opening it says what is wrong.
    """
    for path in paths:
        if path == STDIN or os.path.isfile(path):
            yield path
        elif os.path.isdir(path):
            closed: list[OSError] = []
            found = [
                os.path.join(folder, name)
                for folder, _, names in os.walk(path, onerror=closed.append)
                for name in names
                if name.endswith(SUFFIXES)
            ]
            yield from sorted([*found, *(error.filename for error in closed)])
        else:
            yield from sorted(glob.glob(path, recursive=True)) or [path]


def total_size(paths: Iterable[str]) -> int | None:
    """The bytes of all files, or None where that cannot be told."""
    try:
        return sum(os.stat(path).st_size for path in paths)
    except OSError:
        return None


def check_here(paths: Iterable[str], options: Options, run: Run, advance: Advance | None = None) -> None:
    """
    Check files one after the other.

    Args:
        paths: The files.
        options: How bodies are judged.
        run: What the results are added to, also where this is interrupted.
        advance: Is called with the number of bytes by which a file moved on.
    """
    converter = options.converter()
    for path in paths:
        if run.is_full(options):
            break
        left = None if options.max_errors is None else options.max_errors - run.not_valid
        tally = Tally(path, options.cl, converter, left)
        try:
            with tally.reading():
                if path == STDIN:
                    tally.add_lines(read_file(_stdin(), advance))
                else:
                    with open(path, "rb") as file:
                        add_file(tally, file, path, advance)
        finally:
            run.add(tally.part())


def _stdin() -> BufferedReader:
    if sys.stdin is None:
        raise OSError("standard input is closed")
    # In the interpreter's own standard input, the binary file is always a BufferedReader.
    return cast("BufferedReader", sys.stdin.buffer)


def check_in_processes(
    paths: Iterable[str], options: Options, run: Run, jobs: int, advance: Advance | None = None
) -> None:
    """
    Check files in several processes.

    The bodies that are not valid are counted between two byte ranges, so there may be a few more than asked for.

    Args:
        paths: The files; standard input cannot be shared.
        options: How bodies are judged.
        run: What the results are added to, also where this is interrupted.
        jobs: The number of processes.
        advance: Is called with the number of bytes that were read.
    """
    tasks = [task for path in paths for task in _local_tasks(path)]
    # Spawned, since a forked child of a process with threads, as a progress bar has, may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_ignore_interrupts) as executor:
        lines = 0
        try:
            parts = executor.map(functools.partial(check_task, options=options), tasks)
            for task, part in zip(tasks, parts, strict=True):
                lines = lines if task.start else 0
                run.add(attrs.evolve(part, report=part.report.moved(lines)))
                lines += part.lines
                if advance is not None:
                    advance(task.size)
                if run.is_full(options):
                    break
        except BrokenProcessPool:
            run.add(Part(failures=((", ".join(paths), "a process that read it was killed"),)))
        except KeyboardInterrupt:
            for child in multiprocessing.active_children():
                child.terminate()
            raise
        finally:
            executor.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    # Ctrl-C reaches all processes of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


# --- what one process does ---


@attrs.frozen
class LocalFile:
    """
    A file of this machine, to be opened elsewhere.

    Attributes:
        path: Its path.
    """

    path: str

    def open(self) -> AbstractContextManager[BufferedReader]:
        return open(self.path, "rb")


@attrs.frozen
class Task:
    """
    What a process does at a time.

    Attributes:
        name: The name of the file in the report.
        file: What opens it.
        start: Where to begin, in bytes.
        end: Where to stop; None where the file has to be read as a whole.
        size: How many bytes that is.
    """

    name: str
    file: Any
    start: int
    end: int | None
    size: int


def tasks_of(name: str, file: Any, size: int, step: int) -> Iterator[Task]:
    """
    The byte ranges of a file, or the one task to read it as a whole.

    Args:
        name: Its name in the report.
        file: What opens it.
        size: Its size in bytes.
        step: The size of a range.
    """
    whole = size <= step or _is_document(name)
    if not whole:
        with file.open() as opened:
            whole = is_compressed(opened)
    if whole:
        yield Task(name, file, 0, None, size)
        return
    for start in range(0, size, step):
        end = min(start + step, size)
        yield Task(name, file, start, end, end - start)


def _local_tasks(path: str) -> Iterator[Task]:
    file = LocalFile(path)
    try:
        yield from tasks_of(path, file, os.stat(path).st_size, _RANGE)
    except OSError:  # told by the process that comes to read it
        yield Task(path, file, 0, None, 0)


def check_task(task: Task, options: Options) -> Part:
    """Read what *task* says. A failure to read is part of the result."""
    tally = Tally(task.name, options.cl, options.converter(), options.max_errors)
    with tally.reading(), task.file.open() as file:
        if task.end is None:
            add_file(tally, file, task.name, None)
        else:
            tally.add_lines(read_range(file, task.start, task.end))
    return tally.part()


def add_file(tally: Tally, file: BufferedReader, name: str, advance: Advance | None) -> None:
    """Count the bodies of an open file: one JSON text, or one a line, as its name says."""
    if _is_document(name):
        tally.add_document(read_whole(file))
    else:
        tally.add_lines(read_file(file, advance))


def _is_document(name: str) -> bool:
    """Whether a file is one JSON text, rather than one a line."""
    return name.removesuffix(".gz").removesuffix(".zst").endswith(".json")
