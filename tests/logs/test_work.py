"""What one worker does, and how its parts add up."""

from __future__ import annotations

import functools
import gzip
import io
import pickle
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from log_lines import logs, problems, text, write
from user_classes import Node

from router_schema import Report, RouterCompletionsResponseBody, check
from router_schema.logs import lines as lines_module
from router_schema.logs import work
from router_schema.logs.checker import Checker
from router_schema.logs.verdicts import Validator
from router_schema.logs.work import (
    FileRange,
    Options,
    Part,
    Progress,
    StoppedError,
    check_pickled,
    check_range,
    open_file,
    open_stdin,
    ranges_of,
)

OPTIONS = Options(RouterCompletionsResponseBody)


def whole(path: Path) -> FileRange:
    """All of a file."""
    return FileRange(str(path), functools.partial(open_file, str(path)), size=path.stat().st_size)


# --- ranges ---


@pytest.mark.parametrize(
    ("name", "pack", "sizes"),
    [
        ("log.jsonl", bytes, [100, 100, 50]),
        ("log.json", bytes, [250]),
        ("log.json.zst", bytes, [250]),
        ("log.sse", bytes, [250]),
        ("log.jsonl", functools.partial(gzip.compress, compresslevel=0), [273]),
        ("exact.jsonl", lambda data: data[:100], [100]),
        ("more.jsonl", lambda data: data[:101], [100, 1]),
    ],
)
def test_files_are_cut_into_ranges(tmp_path: Path, name: str, pack: Any, sizes: list[int]) -> None:
    """Plain files are cut into ranges; documents, streams and compressed files, of any name, are read as a whole."""
    file = whole(write(tmp_path / name, pack(b"x" * 250)))
    ranges = list(ranges_of(file, 100))

    assert [file_range.size for file_range in ranges] == sizes
    assert (len(ranges) == 1) == (ranges == [file])


def test_files_that_cannot_be_opened_are_not_cut(tmp_path: Path) -> None:
    """A file that is gone by then is left as it is, for the worker that reads it to say why."""
    gone = FileRange("gone.jsonl", functools.partial(open_file, str(tmp_path / "gone.jsonl")), size=1000)

    assert list(ranges_of(gone, 100)) == [gone]
    assert check_range(gone, OPTIONS).failures == (("gone.jsonl", "No such file or directory"),)


def test_ranges_give_the_report_of_the_file(tmp_path: Path) -> None:
    """Each range is checked by itself, and the parts add up to the report of the file, line numbers included."""
    lines = [text(id=f"cmpl-{i}", model=f"m{i % 7}") for i in range(200)]
    lines[50] = lines[120] = b"\n{\n\n"
    file = whole(write(tmp_path / "log.jsonl", b"".join(lines)))
    parts = [check_range(pickle.loads(pickle.dumps(piece)), OPTIONS) for piece in ranges_of(file, 5000)]
    report, lines_before = Report(), 0
    for part in parts:
        report |= part.report.moved(lines_before)
        lines_before += part.lines

    assert len(parts) > 10
    assert lines_before == check_range(file, OPTIONS).lines
    assert report == check(tmp_path / "log.jsonl")
    assert [place.line for place in report.problems[0].places] == [52, 124]


def test_documents_are_recognised_by_their_name(tmp_path: Path) -> None:
    """A file whose name ends in .json, packed or not, is one JSON text; any other file is JSON Lines."""
    array = b"[" + text() + b"," + text() + b"]"
    names = ("a.json", "a.json.gz", "a.jsonl", "json")
    parts = [check_range(whole(write(tmp_path / name, array)), OPTIONS) for name in names]

    assert [part.report.valid for part in parts] == [2, 2, 0, 0]


def test_failures_are_part_of_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For a file that is missing, cut off or too long, a message says why, and the rest is reported."""
    packed = gzip.compress(text() * 100)
    cut = write(tmp_path / "cut.gz", packed[:-10])
    monkeypatch.setattr(lines_module, "MAX_LINE", 2**20)
    long = write(tmp_path / "long.json.gz", gzip.compress(b"1" * (2**20 + 1)))
    missing = FileRange("m\udcff", functools.partial(open_file, str(tmp_path / "missing")))
    parts = [check_range(file, OPTIONS) for file in (whole(cut), whole(long), missing)]

    assert parts[0].report.valid == parts[0].lines == 99
    assert parts[1].report == parts[2].report == Report()
    assert [part.failures for part in parts] == [
        ((str(cut), "the compressed file ends too early, in line 100"),),
        ((str(long), "a JSON document of more than 1 MiB: write its bodies as JSON Lines, one per line"),),
        (("m\\udcff", "No such file or directory"),),
    ]


@pytest.mark.parametrize("data", [text() * 2, gzip.compress(text() * 2)])
def test_standard_input_is_read_and_left_open(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Standard input is read like a file, compressed or not, and not closed."""
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(data)))  # type: ignore[type-var]
    monkeypatch.setattr(sys, "stdin", stdin)

    assert check_range(FileRange("-", open_stdin), OPTIONS).report.valid == 2
    assert not stdin.closed


def test_closed_standard_input_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without standard input says so."""
    monkeypatch.setattr(sys, "stdin", None)

    assert check_range(FileRange("-", open_stdin), OPTIONS).failures == (("-", "standard input is closed"),)


# --- options ---


def test_options_decide(tmp_path: Path) -> None:
    """The class, whether extra keys are problems, and after how many bodies to stop."""
    file = whole(write(tmp_path / "log.jsonl", text(provider="x") * 3))
    forbidding = Options(RouterCompletionsResponseBody, forbid_extra_keys=True)

    assert check_range(file, OPTIONS).report.ok
    assert problems(check_range(file, forbidding).report) == [("$.provider", "extra", 3)]
    assert check_range(file, Options(RouterCompletionsResponseBody, True, 2)).report.bodies == 2
    assert check_range(file, Options(Node)).report.valid == 0


def test_a_process_makes_one_validator_of_a_class() -> None:
    """All ranges that a process checks share what has been compiled, which takes time and memory."""
    first, second, strict, other = (
        Options(cl, forbid).checker("a")._validator
        for cl, forbid in ((Node, False), (Node, False), (Node, True), (Report, False))
    )

    assert first is second
    assert len({id(first), id(strict), id(other)}) == 3


# --- parts ---


@given(logs(max_size=4), logs(max_size=4))
def test_parts_of_a_file_add_up(first: list[bytes], second: list[bytes]) -> None:
    """Reports of parts, each counting its lines from 1, add up to the report of the whole."""

    def part(lines: list[bytes]) -> Part:
        checker = Checker("a", Validator(RouterCompletionsResponseBody))
        checker.add_lines(lines)
        return Part(checker.lines, checker.report())

    before, after = part(first), part(second)

    assert before.report | after.report.moved(before.lines) == part(first + second).report


def test_parts_of_different_files() -> None:
    """Reports of several files merge as they are, in any order, and failures are listed once."""
    parts = [Part(2, check([text(), b"{"]), (("a", "no"),)), Part(3, check([b"{"]), (("b", "no"), ("a", "no")))]
    progress, reverse = Progress(OPTIONS), Progress(OPTIONS)
    for part, other in zip(parts, reversed(parts), strict=True):
        progress.add(part)
        reverse.add(other)

    assert progress == reverse
    assert progress.failures == (("a", "no"), ("b", "no"))
    assert [place.line for place in progress.report.problems[0].places] == [1, 2]


def test_progress_knows_when_to_stop() -> None:
    """Bodies that are not valid are counted over all files."""
    progress = Progress(Options(RouterCompletionsResponseBody, max_errors=2))
    for expected in (1, 2):
        assert not progress.is_full
        progress.add(Part(2, check([text(), b"{"])))
        assert progress.not_valid == expected
    assert progress.is_full


def test_progress_without_a_limit() -> None:
    """Without a limit, any number of bodies may be not valid."""
    progress = Progress(OPTIONS)
    progress.add(Part(2, check([b"{", b"{"])))

    assert (progress.not_valid, progress.errors_left, progress.is_full) == (2, None, False)


# --- for another process ---


def test_pickled_ranges_are_checked(tmp_path: Path) -> None:
    """A worker that gets ranges and their options as bytes returns the part of each."""
    file = whole(write(tmp_path / "log.jsonl", text() * 2))

    assert check_pickled(pickle.dumps(([file, file], OPTIONS))) == [check_range(file, OPTIONS)] * 2


def test_errors_are_returned_in_a_form_that_can_be_sent(tmp_path: Path) -> None:
    """An error is returned with its traceback as a note; one that can't be pickled is named."""

    class LocalError(Exception):
        """An error that no other process can import."""

    def returned(error: Exception) -> Exception:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(work, "read_range", lambda *_: (_ for _ in ()).throw(error))
            found = check_pickled(pickle.dumps(([whole(write(tmp_path / "log", b""))], OPTIONS)))
        assert isinstance(found, Exception)
        return pickle.loads(pickle.dumps(found))  # type: ignore[no-any-return]

    known, unknown = returned(LookupError("x")), returned(LocalError("x"))

    assert (type(known), str(known)) == (LookupError, "x")
    assert (type(unknown), str(unknown)) == (RuntimeError, "LocalError")
    assert known.__notes__[0].startswith("In the worker:\nTraceback")
    assert unknown.__notes__[0].startswith("In the worker:\nTraceback")


def test_code_that_ends_the_process_stops_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class or hook that calls sys.exit is reported as such, and does not end the worker."""
    monkeypatch.setattr(work, "read_range", lambda *_: sys.exit(3))
    found = check_pickled(pickle.dumps(([whole(write(tmp_path / "log", b""))], OPTIONS)))

    assert isinstance(found, StoppedError)
    assert str(found) == "the class of the bodies, or a hook of it, ended the process"


def test_what_cannot_be_imported_stops_the_check() -> None:
    """Arguments that this process can't unpickle, such as a class of another program, are reported as such."""
    data = pickle.dumps(OPTIONS).replace(b"RouterCompletionsResponseBody", b"RouterCompletionsResponseBooy")
    found = check_pickled(data)

    assert isinstance(found, StoppedError)
    assert str(found).startswith("a worker can't import what it needs: ")
    assert "RouterCompletionsResponseBooy" in str(found)
