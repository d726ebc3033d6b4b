"""
Reports as files: recognised when they are read, and replaced as a whole when they are written.

A saved report is a ``kind``, a ``version`` and the JSON of a `Report`, so ``loads(text, Report)`` reads it too.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, get_args

import attrs

from ..converter import default_converter, dumps
from ..errors import RouterSchemaError
from .report import Report
from .rows import By, Problem, UnknownKey, ValueCount

#: What the ``kind`` and the ``version`` of a saved report are.
KIND, VERSION = "router_schema report", 1

#: More than the sum of the tokens in any log, and no problem for a double.
_MAX_COUNT = 10**30


class SavedReportError(ValueError):
    """A file is not a saved report."""


@attrs.frozen
class SavedReport:
    """
    A report from a file.

    Attributes:
        report: The report.
        partial: Whether it covers only a part of what should have been read: the run was interrupted, a file could not
            be read to its end, or the run stopped after so many errors.
    """

    report: Report
    partial: bool = False


def load_report(path: str | os.PathLike[str]) -> SavedReport:
    """
    Read a report that `save_report` or ``router-schema check --save`` wrote.

    Raises:
        SavedReportError: The file is not a saved report, or has impossible counts.
        OSError: The file can't be read.
    """
    with open(path, "rb") as file:
        return from_text(file.read())


def save_report(report: Report, path: str | os.PathLike[str], *, partial: bool = False) -> None:
    """
    Write a report to a file.

    The file is replaced as a whole: until then, readers see the old report, and if writing fails, it remains.

    Args:
        report: The report.
        path: The file.
        partial: See `SavedReport`.

    Raises:
        OSError: The file can't be written.
        TypeError: *report* isn't a report.
    """
    write_whole(path, to_text(report, partial=partial) + "\n")


def to_text(report: Report, *, partial: bool = False) -> str:
    """
    The JSON of a saved report.

    Raises:
        TypeError: *report* isn't a report.
    """
    if not isinstance(report, Report):
        raise TypeError(f"report must be a Report, not {type(report).__name__}")
    head = f'{{"kind":"{KIND}","version":{VERSION},'
    if partial:
        head += '"partial":true,'
    return head + dumps(report)[1:]


def from_text(data: bytes) -> SavedReport:
    """
    A saved report from its JSON.

    Raises:
        SavedReportError: It is not a saved report, or has impossible counts.
    """
    try:
        body = default_converter.parse(data)
        if type(body) is not dict or body.get("kind") != KIND or "bodies" not in body:
            raise SavedReportError("not a saved report: write one with --save or --format json")
        if type(version := body.get("version")) is not int or version < VERSION:
            raise SavedReportError("a saved report without a version")
        if version > VERSION:
            raise SavedReportError("a saved report of a newer version of router-schema")
        saved = SavedReport(default_converter.structure(body, Report), body.get("partial") is True)
    except RouterSchemaError as error:
        raise SavedReportError(f"not a saved report: {str(error).splitlines()[0]}") from None
    for fault in _faults(saved.report):
        raise SavedReportError(f"not a saved report: {fault}")
    return saved


def _faults(report: Report) -> Iterator[str]:
    """Why this report is impossible."""
    yield from _impossible_values(report, "$")
    if report.bodies != report.valid + report.invalid + report.malformed:
        yield "$.bodies is not the sum of valid, invalid and malformed"
    if not all(problem.places for problem in report.problems):
        yield "a problem has no place"
    if not all(group.by in get_args(By) for group in report.groups):
        yield "a group has an unknown criterion"


def _impossible_values(value: Any, path: str) -> Iterator[str]:
    if type(value) is int:
        if value < 0:
            yield f"{path} is negative"
        elif value >= _MAX_COUNT:
            yield f"{path} is too large"
    elif type(value) is tuple:
        for index, item in enumerate(value):
            yield from _impossible_values(item, f"{path}[{index}]")
    elif attrs.has(type(value)):
        if isinstance(value, Problem | UnknownKey | ValueCount) and value.count == 0:
            yield f"{path}.count is 0"
        if (getattr(value, "first", None) is None) != (getattr(value, "last", None) is None):
            yield f"{path} has first or last alone"
        for field in attrs.fields(type(value)):
            yield from _impossible_values(getattr(value, field.name), f"{path}.{field.name}")


def write_whole(path: str | os.PathLike[str], text: str) -> None:
    """
    Write a file so that others see all of it or nothing: to a temporary file beside it, which then takes its name.

    A path that is not a regular file, such as a pipe, is not replaced but written to.

    Raises:
        OSError: The file can't be written. A file that was there remains as it was.
    """
    if _is_special(path):
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return
    target = os.path.realpath(path)
    temporary = os.path.join(os.path.dirname(target), f".router-schema-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            os.chmod(temporary, os.stat(target).st_mode & 0o7777)
        os.replace(temporary, target)
    except OSError as error:
        error.filename = os.fspath(path)  # not the temporary file
        raise
    finally:
        with suppress(OSError):  # it is gone if it took its name
            os.unlink(temporary)
    _sync_folder(os.path.dirname(target))


def _is_special(path: str | os.PathLike[str]) -> bool:
    """Whether a path is not a regular file, or only the name of an open one, such as ``/dev/stdout``."""
    if os.path.abspath(path).startswith(("/dev/std", "/dev/fd/", "/proc/")):
        return True
    return os.path.exists(path) and not os.path.isfile(path)


def _sync_folder(folder: str) -> None:
    # Else the new name may be lost when the machine crashes. Not every system can do it.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
