"""
What is counted of bodies, before it becomes rows: how often, when and where first, and with what verdict.

Counts are collected in small mutable objects, because a report is frozen, and merging two of them is slow.
"""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from typing import Any

import attrs

from .report import Report
from .rows import MAX_PLACES, By, Group, Place, Problem, Seen, UsageTotals

#: Longer values are cut, in characters.
MAX_VALUE = 100

#: The fields that are added up.
TOKENS = ("completion_tokens", "prompt_tokens", "total_tokens")
MAX_TOKENS = 2**53


def whole(number: float) -> int:
    """A number of tokens; 0 where it is no whole number from 0 to below 2**53."""
    return int(number) if 0 <= number < MAX_TOKENS and number == int(number) else 0


def is_double(number: float) -> bool:
    """Whether a double holds *number*."""
    try:
        return math.isfinite(number)
    except OverflowError:  # an integer that is too large
        return False


@attrs.define(eq=False)
class Sighting:
    """
    How often and when something was seen, and where first.

    Attributes:
        count: How often.
        first: The earliest ``created``; infinity if none is known.
        last: The latest ``created``; minus infinity if none is known.
        line: The first line; ``sys.maxsize`` if none is known.
    """

    count: int = 0
    first: float = math.inf
    last: float = -math.inf
    line: int = sys.maxsize

    def add(self, count: int, bodies: Sighting) -> None:
        """Add something that was seen so many times in some bodies."""
        self.count += count
        # Comparisons, not min and max: calls take longer, and this runs for every body.
        if bodies.line < self.line:
            self.line = bodies.line
        if bodies.first < self.first:
            self.first = bodies.first
        if bodies.last > self.last:
            self.last = bodies.last

    def times(self) -> tuple[float | None, float | None]:
        """The earliest and the latest ``created``."""
        return (None, None) if self.first > self.last else (float(self.first), float(self.last))

    def seen(self, source: str) -> Seen:
        """The sighting as a row of a report has it."""
        return Seen(self.count, *self.times(), Place(source, self.line) if self.count else None)


#: Path, kind, expected, actual.
ProblemKey = tuple[str, str, str, str]


@attrs.frozen(eq=False)
class Verdict:
    """
    What is wrong with a body.

    Attributes:
        counters: The counters of the report that it adds to, beside that of all bodies.
        problems: Each problem once, its path folded.
    """

    counters: tuple[str, ...] = ("valid",)
    problems: tuple[ProblemKey, ...] = ()


VALID = Verdict()


@attrs.define(eq=False)
class Bodies(Sighting):
    """
    Bodies that are counted together: one, or several with the same verdict and contents.

    Attributes:
        verdict: Their verdict.
        lines: The first of their lines.
        group: The name of their group.
        tokens: Their sums of `TOKENS`.
        without: How many of them have none of these.
    """

    verdict: Verdict = VALID
    lines: tuple[int, ...] = ()
    group: str = ""
    tokens: tuple[int, int, int] = (0, 0, 0)
    without: int = 0


@attrs.define(eq=False)
class _ProblemBodies(Sighting):
    """The bodies that have a problem, and the first of their lines."""

    lines: tuple[int, ...] = ()


@attrs.define(eq=False)
class _GroupBodies(Sighting):
    """The bodies of a group."""

    valid: int = 0
    problems: int = 0
    usage: UsageTotals = attrs.Factory(UsageTotals)


class Counts:
    """
    Counts bodies: their verdicts, problems, groups and tokens.

    Args:
        source: The name of the source.
        by: What bodies are grouped by, if they are.
    """

    def __init__(self, source: str, by: By | None = None) -> None:
        self._source, self._by = source, by
        self._begin()

    def _begin(self) -> None:
        self._counters: dict[str, Any] = dict.fromkeys(("valid", "invalid", "malformed", "error_bodies"), 0)
        self._all = Sighting()
        self._tokens: tuple[int, int, int] = (0, 0, 0)
        self._without = 0
        self._problems = defaultdict[ProblemKey, _ProblemBodies](_ProblemBodies)
        self._groups = defaultdict[str, _GroupBodies](_GroupBodies)

    @property
    def size(self) -> int:
        """How many rows were collected."""
        return len(self._problems) + len(self._groups)

    def add(self, bodies: Bodies) -> None:
        """Count bodies."""
        verdict = bodies.verdict
        self._all.add(bodies.count, bodies)
        self._add_tokens(bodies.tokens, bodies.without)
        for name in verdict.counters:
            self._counters[name] += bodies.count
        if verdict is not VALID:
            for key in verdict.problems:
                self._add_problem(key, bodies)
        if self._by is not None:
            group = self._groups[bodies.group]
            group.add(bodies.count, bodies)
            group.valid += bodies.count if verdict is VALID else 0
            group.problems += bodies.count * len(verdict.problems)
            group.usage += UsageTotals(*bodies.tokens, bodies.without)

    def add_usage(self, usage: UsageTotals, group: str) -> None:
        """Add what a stream used."""
        self._add_tokens((usage.completion_tokens, usage.prompt_tokens, usage.total_tokens), usage.bodies_without)
        if self._by is not None:
            self._groups[group].usage += usage

    def take(self) -> Report:
        """The report of what was counted since the last call."""
        first, last = self._all.times()
        report = Report(
            bodies=self._all.count,
            **self._counters,
            problems=tuple(
                Problem(*key, found.count, tuple(Place(self._source, line) for line in found.lines), *found.times())
                for key, found in self._problems.items()
            ),
            groups=tuple(
                Group(self._by, name, group.count, group.valid, group.problems, group.usage, *group.times())
                for name, group in self._groups.items()
                if self._by is not None
            ),
            usage=UsageTotals(*self._tokens, self._without),
            created_min=first,
            created_max=last,
        )
        self._begin()
        return report

    def _add_tokens(self, tokens: tuple[int, int, int], without: int) -> None:
        a, b, c = self._tokens
        self._tokens = a + tokens[0], b + tokens[1], c + tokens[2]
        self._without += without

    def _add_problem(self, key: ProblemKey, bodies: Bodies) -> None:
        found = self._problems[key]
        found.add(bodies.count, bodies)
        if len(found.lines) < MAX_PLACES or bodies.line < found.lines[-1]:
            found.lines = tuple(sorted((*found.lines, *bodies.lines))[:MAX_PLACES])
