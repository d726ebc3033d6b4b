"""Parts that arrive in any order are added in that of their files."""

from __future__ import annotations

import functools
import random
from pathlib import Path

import attrs
import pytest
from log_lines import text, write

from router_schema import Report, RouterCompletionsResponseBody
from router_schema.logs.order import InOrder
from router_schema.logs.processes import check_here
from router_schema.logs.work import FileRange, Options, Progress, check_range, open_file, ranges_of

OPTIONS = Options(RouterCompletionsResponseBody)


@pytest.fixture
def files(tmp_path: Path) -> list[FileRange]:
    """A long file between two short ones."""
    lines = [text() * 9 + (b"{\n" if i % 3 else text(id=1)) for i in range(12)]
    paths = [
        write(tmp_path / "a.jsonl", text(id=1)),
        write(tmp_path / "b.jsonl", b"".join(lines)),
        write(tmp_path / "c.jsonl", b"{\n" * 3),
    ]
    return [FileRange(path.name, functools.partial(open_file, str(path)), size=path.stat().st_size) for path in paths]


@pytest.mark.parametrize("limit", [None, 1, 2, 5, 13, 14, 100])
@pytest.mark.parametrize("seed", range(4))
def test_any_order_gives_the_report_of_one_process(files: list[FileRange], limit: int | None, seed: int) -> None:
    """Whichever range ends first, lines have their numbers, and the check stops at the same body."""
    options = attrs.evolve(OPTIONS, max_errors=limit)
    ranges = list(enumerate(file_range for file in files for file_range in ranges_of(file, 5_000)))
    random.Random(seed).shuffle(ranges)
    here, there = Progress(options), Progress(options)
    ordered = InOrder(there)
    check_here(files, here)
    for number, file_range in ranges:
        ordered.add(number, file_range, check_range(file_range, options))

    assert len(ranges) > 6
    assert there == here
    assert there.is_full == here.is_full


def test_a_part_does_not_wait_for_other_files(files: list[FileRange]) -> None:
    """Without a limit, results are in the progress at once, even if the run is interrupted."""
    progress = Progress(OPTIONS)
    InOrder(progress).add(7, files[2], check_range(files[2], OPTIONS))

    assert progress.report.malformed == 3


def test_lost_ranges_count_their_lines(files: list[FileRange]) -> None:
    """A range that was lost is a failure of its file; those behind it have their numbers."""
    lost, *others = ranges_of(files[1], 5_000)
    progress = Progress(OPTIONS)
    ordered = InOrder(progress)
    for number, file_range in enumerate(others, 1):
        ordered.add(number, file_range, check_range(file_range, OPTIONS))
    assert progress.report.bodies == 0
    ordered.add_all([(0, lost, None)], "gone")

    skipped = check_range(lost, OPTIONS).lines
    whole = check_range(files[1], OPTIONS).report
    first = min(place.line for problem in progress.report.problems for place in problem.places)
    assert progress.failures == (("b.jsonl", "gone"),)
    assert progress.report.bodies == whole.bodies - skipped
    assert first > skipped
    assert first % 10 == 0


def test_lost_files_that_cannot_be_read_are_failures(tmp_path: Path) -> None:
    """A file that is gone too, or was read as a whole, has no lines to count."""
    gone = FileRange("gone", functools.partial(open_file, str(tmp_path / "gone")), 0, 100, 100)
    progress = Progress(OPTIONS)
    ordered = InOrder(progress)
    ordered.add_all([(0, gone, None), (1, attrs.evolve(gone, name="whole", end=None), None)], "killed")

    assert (progress.report, progress.failures) == (Report(), (("gone", "killed"), ("whole", "killed")))
