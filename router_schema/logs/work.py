"""What one worker does: check a range of a file. Its results are parts, which add up to the progress."""

from __future__ import annotations

import functools
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from io import BufferedReader
from typing import Any, cast

import attrs

from ..converter import make_converter
from .checker import Checker
from .documents import is_document
from .events import class_for, is_stream
from .lines import Advance, is_compressed
from .report import Report
from .rows import By, as_text
from .verdicts import Validator

#: A file that could not be read to its end, and why.
Failure = tuple[str, str]

#: What is said of code of the user that calls `sys.exit`.
ENDED = "the class of the bodies, or a hook of it, ended the process"


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
        """A checker of the file of that name."""
        validator = _validator(class_for(source, self.cl), self.forbid_extra_keys)
        return Checker(source, validator, self.max_errors, self.by)


@functools.cache
def _validator(cl: Any, forbid_extra_keys: bool) -> Validator:
    # One for all ranges that a process checks: making it takes as long as checking a megabyte.
    return Validator(cl, make_converter(forbid_extra_keys=forbid_extra_keys))


# --- results ---


class StoppedError(Exception):
    """The workers can't continue; the message says why. The progress has what they read until then."""


@attrs.frozen
class Part:
    """
    The report of consecutive lines of a file, its places counted from the first of them.

    Attributes:
        lines: How many lines, blank ones included.
        report: Their report.
        failures: The files that could not be read to their end.
    """

    lines: int = 0
    report: Report = attrs.Factory(Report)
    failures: tuple[Failure, ...] = ()


@attrs.define
class Progress:
    """
    What has been read so far, of all files.

    Attributes:
        options: How bodies are checked.
        report: The report of what was read.
    """

    options: Options
    report: Report = attrs.field(factory=Report, init=False)
    _failures: set[Failure] = attrs.field(factory=set, init=False)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The files that could not be read to their end, each reason once: several parts of a file may share it."""
        return tuple(sorted(self._failures))

    @property
    def not_valid(self) -> int:
        """How many bodies are not valid."""
        return self.report.bodies - self.report.valid

    def add(self, part: Part) -> None:
        """Add what was read of a file. The order of the files does not matter."""
        self.report |= part.report
        self._failures.update(part.failures)

    @property
    def errors_left(self) -> int | None:
        """How many more bodies may be not valid until the check stops; None if it does not stop."""
        return None if self.options.max_errors is None else self.options.max_errors - self.not_valid

    @property
    def is_full(self) -> bool:
        """Whether ``max_errors`` bodies were not valid."""
        return self.errors_left is not None and self.errors_left <= 0


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
        size: How many bytes that is; None if that is not known.
    """

    name: str
    open: Opener
    start: int = 0
    end: int | None = None
    size: int | None = None


def ranges_of(whole: FileRange, step: int) -> Iterator[FileRange]:
    """A file in ranges of *step* bytes; or as it is, if it has to be read as a whole."""
    size = whole.size
    if size is None or size <= step or is_document(whole.name) or is_stream(whole.name) or not _has_ranges(whole):
        yield whole
        return
    for start in range(0, size, step):
        end = min(start + step, size)
        yield attrs.evolve(whole, start=start, end=end, size=end - start)


def _has_ranges(whole: FileRange) -> bool:
    try:
        with whole.open() as file:
            return file.seekable() and not is_compressed(file)
    except OSError:  # reported by the worker that reads it
        return False


def check_range(file_range: FileRange, options: Options) -> Part:
    """Check a range of a file. A failure to read is part of the result."""
    checker = options.checker(file_range.name)
    failures = read_range(file_range, checker)
    return Part(checker.lines, checker.report(), failures)


def read_range(file_range: FileRange, checker: Checker, advance: Advance | None = None) -> tuple[Failure, ...]:
    """Add what a range of a file holds to *checker*; returns the failure to read it, if there is one."""
    try:
        with file_range.open() as file:
            checker.add_file(file, file_range.start, file_range.end, advance)
    except (OSError, ImportError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return ((as_text(file_range.name), reason),)
    return ()


def pickled(file_ranges: list[FileRange], options: Options) -> bytes:
    """
    The argument of `check_pickled`.

    Raises:
        StoppedError: The class can't be sent to another process.
    """
    try:
        return pickle.dumps((file_ranges, options))
    except Exception as error:  # of many kinds
        raise StoppedError(f"the class can't be sent to another process: {error}") from None


def check_pickled(task: bytes) -> list[Part] | Exception:
    """
    Do what `check_range` does, for another process.

    Returns the error that the first process raises, with its traceback as a note: not every error can be sent.
    """
    try:
        file_ranges, options = pickle.loads(task)
    except Exception as error:
        return StoppedError(f"a worker can't import what it needs: {error}")
    try:
        return [check_range(file_range, options) for file_range in file_ranges]
    except SystemExit:
        return StoppedError(ENDED)
    except Exception as error:
        sendable = error if _is_sendable(error) else RuntimeError(type(error).__name__)
        sendable.add_note(f"In the worker:\n{traceback.format_exc()}")
        return sendable


def _is_sendable(error: Exception) -> bool:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return False
    return True
