"""What the name of a file does not say: JSON Lines under the name of a document, and last lines that are unfinished."""

from __future__ import annotations

import functools
import gzip
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_lines import line, problems, text, write

from router_schema import Report, RouterCompletionsResponseBody, check, make_converter
from router_schema.logs import Place
from router_schema.logs import sniff as module
from router_schema.logs.order import InOrder
from router_schema.logs.sniff import UNFINISHED, begins_with_line
from router_schema.logs.sources import find_files
from router_schema.logs.work import FileRange, Options, Part, Progress, check_range, open_file, ranges_of

OPTIONS = Options(RouterCompletionsResponseBody)


def part_of(path: Path) -> Part:
    """What one worker finds in a whole file."""
    return check_range(FileRange(str(path), functools.partial(open_file, str(path))), OPTIONS)


def report_of_ranges(path: Path, step: int) -> Report:
    """What several workers find in the ranges of a file."""
    whole = FileRange(str(path), functools.partial(open_file, str(path)), size=path.stat().st_size)
    progress = Progress(OPTIONS)
    results = ((number, piece, check_range(piece, OPTIONS)) for number, piece in enumerate(ranges_of(whole, step)))
    InOrder(progress).add_all(results, "lost")
    return progress.report


def messages(report: Report) -> list[str]:
    """What the problems of a report are."""
    return [problem.message for problem in report.problems]


# --- JSON Lines under the name of a document ---


@pytest.mark.parametrize(
    ("data", "is_lines"),
    [
        (text() * 2, True),
        (b"\n \n" + text() * 2, True),
        (line() + b"\r\n" + line(), True),
        (text() + b"{", True),
        (text(), False),
        (line(), False),
        (text() + b"\n \n", False),
        (b"{\n" + text(), False),
        (b"[" + line() + b",\n" + line() + b"]", False),
        (text(id="x" * 300_000) + text(), True),
        (text(id="x" * 300_000), False),
        (text(id="x" * 5_000_000) + text(), False),
        (b"{}\n" + b"\n" * 5_000_000 + b"{}", False),
        (b"[1]\n[2]\n", False),
        (b"", False),
        (b"1\n2\n", False),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lines_are_told_from_documents(tmp_path: Path, data: bytes, is_lines: bool, pack: Any) -> None:
    """An object in the first line, and more in the next, is JSON Lines; the position of the file remains."""
    with open(write(tmp_path / "a.json", pack(data)), "rb") as file:
        assert begins_with_line(file) == is_lines
        assert file.tell() == 0


def test_lines_under_the_name_of_a_document_are_read(tmp_path: Path) -> None:
    """JSON Lines in a .json file are read as lines, packed or not, each with its number."""
    data = text() + text(id=1) + text()
    for path in (write(tmp_path / "a.json", data), write(tmp_path / "a.json.gz", gzip.compress(data))):
        report = part_of(path).report

        assert (report.bodies, report.valid) == (3, 2)
        assert report.problems[0].places == (Place(str(path), 2),)


def test_pipes_are_recognised_too(tmp_path: Path) -> None:
    """A pipe, which can't be read twice, is recognised by its buffered bytes."""
    os.mkfifo(tmp_path / "a.json")
    writer = threading.Thread(target=(tmp_path / "a.json").write_bytes, args=(text() * 3,))
    writer.start()
    report = part_of(tmp_path / "a.json").report
    writer.join()

    assert report.valid == 3


def test_documents_are_still_documents(tmp_path: Path) -> None:
    """An array and an indented body are one JSON text."""
    write(tmp_path / "a.json", b"[" + line() + b",\n" + line(id=1) + b"]")

    assert part_of(tmp_path / "a.json").report.bodies == 2


# --- unfinished lines ---


def test_an_unfinished_line_is_reported_as_such(tmp_path: Path) -> None:
    """The last line of a file that is still written to says that it is unfinished, in its own line."""
    report = part_of(write(tmp_path / "log.jsonl", text() + text(id=1) + line()[:40])).report

    assert (report.bodies, report.valid, report.malformed) == (3, 1, 1)
    assert messages(report) == [UNFINISHED, "expected string, got integer"]
    assert [str(problem.places[0]) for problem in report.problems] == [
        f"{tmp_path}/log.jsonl:3",
        f"{tmp_path}/log.jsonl:2",
    ]


@pytest.mark.parametrize(
    ("data", "malformed"),
    [
        (text() + line(), 0),
        (text() + b"  \r", 0),
        (text() + b"{\n", 1),
        (b"", 0),
        (b"\n", 0),
    ],
)
def test_other_lines_are_finished(tmp_path: Path, data: bytes, malformed: int) -> None:
    """A last line that is JSON, blank, or ends with a newline is treated like any other line."""
    report = part_of(write(tmp_path / "log.jsonl", data)).report

    assert report.malformed == malformed
    assert UNFINISHED not in messages(report)


def test_a_file_of_one_unfinished_line(tmp_path: Path) -> None:
    """The first line may be the one that is unfinished."""
    report = part_of(write(tmp_path / "log.jsonl", b'{"id": ')).report

    assert messages(report) == [UNFINISHED]
    assert report.problems[0].places[0].line == 1


def test_long_lines_are_malformed_like_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A last line that is longer than what is looked at is just malformed."""
    monkeypatch.setattr(module, "_MAX_UNFINISHED", 100)
    exact = write(tmp_path / "exact.jsonl", text() + b"{" + b" " * 98)
    longer = write(tmp_path / "longer.jsonl", text() + b"{" + b" " * 99)

    assert messages(part_of(exact).report) == [UNFINISHED]
    assert problems(part_of(longer).report) == [("$", "malformed", 1)]
    assert UNFINISHED not in messages(part_of(longer).report)


def test_packed_files_have_no_unfinished_line(tmp_path: Path) -> None:
    """A packed file ends with its last block; what it holds is not looked at twice."""
    report = part_of(write(tmp_path / "log.jsonl.gz", gzip.compress(text() + b"{"))).report

    assert report.malformed == 1
    assert UNFINISHED not in messages(report)


def test_the_limit_is_reached_before_the_unfinished_line(tmp_path: Path) -> None:
    """A check that stops earlier does not get to it."""
    path = write(tmp_path / "log.jsonl", text(id=1) * 2 + b"{")
    whole = FileRange("log.jsonl", functools.partial(open_file, str(path)))
    limited = Options(RouterCompletionsResponseBody, max_errors=2)

    assert check_range(whole, limited).report.bodies == 2


@given(
    lines=st.lists(st.sampled_from([text(), text(id=1), b"\n", b"{\n"]), max_size=6),
    tail=st.integers(0, len(line())),
    step=st.integers(1, 400),
)
def test_ranges_agree_about_the_unfinished_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], tail: int, step: int
) -> None:
    """However a file is cut into ranges, one of them reports the unfinished line, with its number."""
    path = write(tmp_path_factory.mktemp("cut") / "log.jsonl", b"".join(lines) + line()[:tail])
    whole = part_of(path).report

    assert report_of_ranges(path, step) == whole
    assert (UNFINISHED in messages(whole)) == (0 < tail < len(line()))


@pytest.mark.parametrize("step", [len(text()), len(text()) + 5, 1])
def test_one_range_reports_the_unfinished_line(tmp_path: Path, step: int) -> None:
    """The range that the unfinished line begins in reports it; those before and after it do not."""
    path = write(tmp_path / "log.jsonl", text() * 2 + line()[:40])
    report = report_of_ranges(path, step)

    assert (report.bodies, report.valid) == (3, 2)
    assert messages(report) == [UNFINISHED]


def test_standard_input_is_read_from_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a shell has read of a file before is not read again."""
    write(tmp_path / "log.jsonl", text(id=1) + text() + b'{"id"')
    with open(tmp_path / "log.jsonl") as file:
        raw: Any = file.buffer
        raw.readline()
        monkeypatch.setattr("sys.stdin", file)
        (whole,) = find_files(["-"], print)
        report = check_range(whole, OPTIONS).report

    assert (report.bodies, report.valid) == (2, 1)
    assert messages(report) == [UNFINISHED]


# --- check, from Python ---


@pytest.mark.parametrize(
    ("name", "data", "bodies"),
    [
        ("array.json", b"[" + line() + b",\n" + line() + b"]", 2),
        ("body.json", text(), 1),
        ("lines.json", text() * 3, 3),
        ("packed.json.gz", gzip.compress(b"[" + text() + b"]"), 1),
        ("array.jsonl", b"[" + text() + b"]\n", 2),
        ("growing.jsonl", text() * 2 + line()[:40], 3),
        ("growing.json", text() * 2 + line()[:40], 3),
        ("stream.sse", b"data: " + text() + b"\ndata: [DONE]\n\n", 1),
    ],
)
def test_check_gives_the_report_of_the_command(tmp_path: Path, name: str, data: bytes, bodies: int) -> None:
    """For a path, and for a file opened from it, `check` returns the report of the command."""
    path = write(tmp_path / name, data)
    with path.open("rb") as file:
        opened = check(file)
        assert not file.read()

    assert check(path) == opened == part_of(path).report
    assert opened.bodies == bodies


@pytest.mark.parametrize("name", ["log.jsonl", "log.json"])
@pytest.mark.parametrize("tail", [b"", b'{"id"'])
def test_an_open_file_is_read_from_where_it_is(tmp_path: Path, name: str, tail: bytes) -> None:
    """What was read of an open file before is not read again."""
    path = write(tmp_path / name, text(id=1) + text() * 2 + tail)
    with path.open("rb") as file:
        file.readline()
        report = check(file)
        assert not file.read()

    assert (report.bodies, report.valid) == (2 + bool(tail), 2)
    assert messages(report) == [UNFINISHED] * bool(tail)


def test_lines_that_are_no_file_are_lines(tmp_path: Path) -> None:
    """A text file is an iterable of lines, whatever its name."""
    path = write(tmp_path / "log.json", b"[" + line() + b"]\n" + text())
    with path.open(encoding="utf-8") as file:
        report = check(file)

    assert (report.bodies, report.valid) == (2, 1)


def test_the_converter_decides_what_is_unfinished(tmp_path: Path) -> None:
    """A last line that the engine of the converter accepts is not unfinished."""
    spelled = line().replace(b'"index": 0', b'"index": 00')
    path = write(tmp_path / "log.jsonl", text() + spelled)
    lenient = make_converter(engine="ujson")

    assert spelled != line()
    assert check(path, converter=lenient).ok
    assert lenient.loads(spelled)
