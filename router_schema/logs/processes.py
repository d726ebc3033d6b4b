"""Many files to one report: in this process, or in several, each with byte ranges of the large files."""

from __future__ import annotations

import functools
import glob
import multiprocessing
import os
import signal
import stat
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import attrs

from .lines import Advance
from .work import FileRange, Options, Part, Progress, check_range, open_file, open_stdin, ranges_of, read_range_into

#: The names that a folder is searched for.
SUFFIXES = tuple(f"{name}{packed}" for name in (".json", ".jsonl", ".ndjson", ".sse") for packed in ("", ".gz", ".zst"))

#: The name of standard input.
STDIN = "-"

#: How much of a file a process checks at a time, in bytes.
_RANGE = 2**24


def expand(paths: Iterable[str], skip: Callable[[str], object]) -> Iterator[str]:
    """
    The files that *paths* stand for: files, folders with everything in them, patterns, and ``-``.

    A path that stands for nothing, and a folder that can't be read, is yielded as it is: opening it raises the error.

    Args:
        paths: The paths.
        skip: Is called with each pipe and device in a folder, or of a pattern: reading it might never end.
    """
    for path in paths:
        if path == STDIN or (os.path.exists(path) and not os.path.isdir(path)):
            yield path
            continue
        found = _files_in(path) if os.path.isdir(path) else glob.glob(path, recursive=True) or [path]
        for name in sorted(found):
            if _is_special(name):
                skip(name)
            else:
                yield name


def _files_in(folder: str) -> list[str]:
    closed: list[OSError] = []
    found = [
        os.path.join(folder, name)
        for folder, _, names in os.walk(folder, onerror=closed.append)
        for name in names
        if name.endswith(SUFFIXES)
    ]
    return [*found, *(error.filename for error in closed)]


def _is_special(path: str) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:  # opening it says why
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def total_size(paths: Iterable[str]) -> int | None:
    """The bytes of all files, or None if a size is not known."""
    try:
        return sum(os.stat(path).st_size for path in paths)
    except OSError:
        return None


def check_here(paths: Iterable[str], options: Options, progress: Progress, advance: Advance | None = None) -> None:
    """
    Check files one after the other.

    Args:
        paths: The files.
        options: How bodies are checked.
        progress: What the results are added to, also if this is interrupted.
        advance: Is called with the number of bytes by which a file moved on.
    """
    for path in paths:
        if progress.is_full(options):
            break
        left = None if options.max_errors is None else options.max_errors - progress.not_valid
        checker = attrs.evolve(options, max_errors=left).checker(path)
        whole = FileRange(path, open_stdin if path == STDIN else functools.partial(open_file, path))
        failures: tuple[tuple[str, str], ...] = ()
        try:
            failures = read_range_into(checker, whole, advance)
        finally:
            progress.add(Part(checker.lines, checker.report(), failures))


def check_in_processes(
    paths: Iterable[str], options: Options, progress: Progress, jobs: int, advance: Advance | None = None
) -> None:
    """
    Do what `check_here` does in *jobs* processes. They can't share standard input.

    Bodies that are not valid are counted between two byte ranges, so there may be a few more than ``max_errors``.
    """
    ranges = [file_range for path in paths for file_range in _local_ranges(path)]
    # Spawned: a forked child of a process with threads, such as a progress bar's, may hang.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, initializer=_ignore_interrupts) as executor:
        lines = 0
        try:
            parts = executor.map(functools.partial(check_range, options=options), ranges)
            for file_range, part in zip(ranges, parts, strict=True):
                lines = lines if file_range.start else 0
                progress.add(attrs.evolve(part, report=part.report.moved(lines)))
                lines += part.lines
                if advance is not None:
                    advance(file_range.size)
                if progress.is_full(options):
                    break
        except BrokenProcessPool:
            progress.add(Part(failures=((", ".join(paths), "a process that read it was killed"),)))
        except KeyboardInterrupt:
            for child in multiprocessing.active_children():
                child.terminate()
            raise
        finally:
            executor.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    # Ctrl-C reaches all processes of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _local_ranges(path: str) -> Iterator[FileRange]:
    whole = FileRange(path, functools.partial(open_file, path))
    try:
        yield from ranges_of(attrs.evolve(whole, size=os.stat(path).st_size), _RANGE)
    except OSError:  # reported by the process that reads it
        yield whole
