"""Parts that workers return in any order, added in the order of their files, so that every line has its number."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from .lines import Advance, read_range_blocks
from .work import FileRange, Part, Progress, check_range

#: A range and its number, counted from 0, file after file.
Task = tuple[int, FileRange]


@attrs.define
class InOrder:
    """
    Adds parts to the progress.

    A part waits for those before it in its file, because its line numbers follow theirs. If the check stops after
    so many errors, it waits for all before it, and the part that reaches the limit is read again, up to there: the
    report is that of one process.

    Attributes:
        progress: What the parts are added to.
    """

    progress: Progress
    _waiting: dict[int, tuple[FileRange, Part]] = attrs.field(factory=dict, init=False)
    _lines: dict[int, int] = attrs.field(factory=dict, init=False)  # of the file, up to the end of a part

    def add_all(
        self, results: Iterable[tuple[int, FileRange, Part | None]], lost: str, advance: Advance | None = None
    ) -> None:
        """
        Add the parts of ranges as they end, until nothing has to be read any more.

        Args:
            results: Each range with its number and its part, or None if its worker was lost.
            lost: The reason that is then reported for its file.
            advance: Is called with the number of bytes of each range.
        """
        for number, file_range, part in results:
            if part is None:  # its lines are counted, so that the parts behind it have their numbers
                part = Part(_count_lines(file_range), failures=((file_range.name, lost),))
            self.add(number, file_range, part)
            if advance is not None:
                advance(file_range.size or 0)
            if self.progress.is_full:
                break

    def add(self, number: int, file_range: FileRange, part: Part) -> None:
        """Add the part of the range of that number; ranges are numbered from 0, file after file."""
        self._waiting[number] = file_range, part
        while number in self._waiting and self._is_next(number) and not self.progress.is_full:
            self._add(number, *self._waiting.pop(number))
            number += 1

    def _is_next(self, number: int) -> bool:
        file_range, _ = self._waiting[number]
        waits = file_range.start > 0 or self.progress.options.max_errors is not None
        return not waits or number == 0 or number - 1 in self._lines

    def _add(self, number: int, file_range: FileRange, part: Part) -> None:
        before = self._lines[number - 1] if file_range.start else 0
        left = self.progress.errors_left
        if left is not None and part.report.bodies - part.report.valid >= left:
            part = check_range(file_range, attrs.evolve(self.progress.options, max_errors=left))
        self._lines[number] = before + part.lines
        self.progress.add(attrs.evolve(part, report=part.report.moved(before)))


def _count_lines(file_range: FileRange) -> int:
    """The number of lines of a range that other ranges follow; 0 for the last."""
    if file_range.end is None:
        return 0
    try:
        with file_range.open() as file:
            return sum(block.count(b"\n") for block in read_range_blocks(file, file_range.start, file_range.end))
    except OSError:
        return 0
