"""What one worker does: check a range of a file. And what its results become: parts that add up, and progress."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader
from typing import Any, cast

import attrs

from ..converter import RouterConverter, make_converter
from .checker import Checker
from .events import class_for, is_stream
from .lines import Advance, is_compressed, read_file_blocks, read_file_pieces, read_range_blocks
from .report import Report
from .rows import By, as_text

#: A file that could not be read to its end, and why.
Failure = tuple[str, str]


@attrs.frozen
class Options:
    """
    How bodies are checked. Options are sent to other processes.

    Attributes:
        cl: The class of a body: an attrs class. A shipped one stands for that of its events where a file holds streams.
        forbid_extra_keys: Whether keys that the schema does not name are problems.
        max_errors: Stop after that many bodies that are not valid; None means never.
        by: What bodies are grouped by; None means that they are not.
    """

    cl: Any
    forbid_extra_keys: bool = False
    max_errors: int | None = None
    by: By | None = None

    def checker(self, source: str) -> Checker:
        converter = _converter(self.forbid_extra_keys)
        return Checker(source, class_for(source, self.cl), converter, self.max_errors, self.by)


@functools.cache
def _converter(forbid_extra_keys: bool) -> RouterConverter:
    # One for all ranges that a process checks: it keeps what it has compiled.
    return make_converter(forbid_extra_keys=forbid_extra_keys)


# --- results ---


@attrs.frozen
class Part:
    """
    The report of consecutive lines of a file, its places counted from the first of them.

    Parts of a file are added in its order, in any grouping: ``(a + b) + c == a + (b + c)``.

    Attributes:
        lines: How many lines, blank ones included.
        report: Their report.
        failures: The files that could not be read to their end.
    """

    lines: int = 0
    report: Report = attrs.Factory(Report)
    failures: tuple[Failure, ...] = ()

    def __add__(self, following: Part) -> Part:
        report = self.report | following.report.moved(self.lines)
        return Part(self.lines + following.lines, report, self._failures_with(following))

    def beside(self, other: Part) -> Part:
        """Two parts of different files as one, in any order; the lines of several files have no numbers."""
        return Part(0, self.report | other.report, self._failures_with(other))

    def _failures_with(self, other: Part) -> tuple[Failure, ...]:
        return tuple(sorted({*self.failures, *other.failures}))  # several parts of a file fail for one reason


@attrs.define
class Progress:
    """
    What has been read so far, of all files.

    Attributes:
        done: Its report, and the files that could not be read.
    """

    done: Part = attrs.Factory(Part)

    @property
    def not_valid(self) -> int:
        """How many bodies are not valid."""
        return self.done.report.bodies - self.done.report.valid

    def add(self, part: Part) -> None:
        self.done = self.done.beside(part)

    def is_full(self, options: Options) -> bool:
        """Whether ``max_errors`` bodies were not valid."""
        return options.max_errors is not None and self.not_valid >= options.max_errors


# --- files and their ranges ---


#: Opens a file. It is sent to other processes.
Opener = Callable[[], AbstractContextManager[BufferedReader]]


def open_file(path: str) -> BufferedReader:
    """A file of this machine."""
    return open(path, "rb")


def open_stdin() -> AbstractContextManager[BufferedReader]:
    """Standard input, which is not closed after reading."""
    if sys.stdin is None:
        raise OSError("standard input is closed")
    # The binary file of the interpreter's own standard input is always a BufferedReader.
    return nullcontext(cast("BufferedReader", sys.stdin.buffer))


@attrs.frozen
class FileRange:
    """
    What a worker checks at a time.

    Attributes:
        name: The name of the file in the report.
        open: Opens the file.
        start: Where to begin, in bytes.
        end: Where to stop; None if the file has to be read as a whole.
        size: How many bytes that is.
    """

    name: str
    open: Opener
    start: int = 0
    end: int | None = None
    size: int = 0


def ranges_of(whole: FileRange, step: int) -> Iterator[FileRange]:
    """A file in ranges of *step* bytes; or as it is, if it has to be read as a whole."""
    if whole.size <= step or is_document(whole.name) or is_stream(whole.name) or _is_compressed(whole):
        yield whole
        return
    for start in range(0, whole.size, step):
        end = min(start + step, whole.size)
        yield attrs.evolve(whole, start=start, end=end, size=end - start)


def _is_compressed(whole: FileRange) -> bool:
    with whole.open() as file:
        return is_compressed(file)


def check_range(file_range: FileRange, options: Options) -> Part:
    """Check a range of a file. A failure to read is part of the result."""
    checker = options.checker(file_range.name)
    failures = read_range_into(checker, file_range)
    return Part(checker.lines, checker.report(), failures)


def read_range_into(checker: Checker, file_range: FileRange, advance: Advance | None = None) -> tuple[Failure, ...]:
    """Count the bodies in a range of a file; returns why the range could not be read to its end, if so."""
    try:
        with file_range.open() as file:
            if file_range.end is not None:
                checker.add_blocks(read_range_blocks(file, file_range.start, file_range.end))
            elif is_document(file_range.name):
                checker.add_document(read_file_pieces(file, advance))
            elif is_stream(file_range.name):
                checker.add_events(read_file_pieces(file, advance))
            else:
                checker.add_blocks(read_file_blocks(file, advance))
    except (OSError, ImportError) as error:
        return ((as_text(file_range.name), getattr(error, "strerror", None) or str(error)),)
    return ()


def is_document(name: str) -> bool:
    """Whether a file is one JSON text, rather than one a line."""
    return name.removesuffix(".gz").removesuffix(".zst").endswith(".json")
