"""
Bodies to a report.

Every body is parsed once, to builtins. The converter's hook says whether it is valid; then what the builtins hold is
counted, also of an invalid body. An error body is only counted: what it holds says nothing about the schema.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from .._engines import check_utf8
from ..converter import RouterConverter, default_converter
from ..errors import MAX_ERRORS, DecodeError, ValidationError
from ..models import RouterCompletionsResponseBody
from .lines import MAX_LINE, Source, is_blank, located, read_lines, too_long
from .profile import DOUBT, Observer, Trail, as_text, has_tokens, most_problems
from .report import MAX_PLACES, LeftOut, Part, Place, Problem, Report

__all__ = ["check"]

#: How many different problems, and bodies with different ones, are collected at most between two reports.
_MAX_COLLECTED = 4000

#: How many bodies are observed before they are counted, and the bytes of their text.
_MAX_BATCH, _MAX_BATCH_SIZE = 250, 2**22

_INDEX = re.compile(r"\[\d+\]")


def check(
    source: Source, cl: Any = RouterCompletionsResponseBody, *, converter: RouterConverter | None = None
) -> Report:
    """
    Read JSON Lines and report what is valid, what is wrong where, and what the bodies hold.

    Memory does not grow with the source. Blank lines are skipped.

    Args:
        source: As that of `iter_jsonl`. A path is the source's name in the report.
        cl: What a line should hold: an attrs class.
        converter: The converter to judge with; the default one where it is None.

    Raises:
        ReadError: A compressed file is damaged or ends too early.
        OSError: The file cannot be read.
        ImportError: The file is compressed with zstd, and the extra is not installed.
    """
    name = os.fspath(source) if isinstance(source, str | os.PathLike) else str(getattr(source, "name", "-"))
    tally = Tally(name, cl, converter)
    tally.add_lines(read_lines(source))
    return tally.report()


_ProblemKey = tuple[str, str, str, str]  # path, kind, expected, actual


@attrs.define(eq=False)
class _Occurrences:
    """How many bodies have a problem, and the lines of the first of them."""

    count: int = 0
    lines: list[int] = attrs.Factory(list)

    def add(self, line: int) -> None:
        self.count += 1
        if len(self.lines) < MAX_PLACES or line < self.lines[-1]:
            self.lines = sorted([*self.lines, line])[:MAX_PLACES]


@attrs.frozen(eq=False)
class _Verdict:
    """
    What is wrong with a body.

    Attributes:
        problems: Each problem once, indexes folded; none of a valid body.
        error_count: How many there are in truth, which may be more than an error lists.
        malformed: Whether it is no JSON.
        error_body: Whether it is an error body.
    """

    problems: tuple[_ProblemKey, ...] = ()
    error_count: int = 0
    malformed: bool = False
    error_body: bool = False


class Tally:
    """
    Counts the bodies of one source.

    Args:
        source: Its name in the report.
        cl: What a body should be: an attrs class.
        converter: The converter to judge with; the default one where it is None.
        max_errors: Stop after that many bodies that are not valid; never where it is None.

    Attributes:
        lines: How many lines were read, blank ones included.
    """

    def __init__(
        self, source: str, cl: Any, converter: RouterConverter | None = None, max_errors: int | None = None
    ) -> None:
        converter = converter or default_converter
        self.lines = 0
        self._cl, self._source = cl, as_text(source)
        self._max_errors = max_errors
        self._engine = converter._engine
        self._structure = converter.get_structure_hook(cl)
        self._observer = Observer(getattr(self._structure, "rule", None))
        self._batch: list[tuple[int, Any, Trail]] = []
        self._verdicts: dict[frozenset[Any], tuple[_Verdict, bool]] = {}
        self._valid = self._invalid = self._malformed = self._error_bodies = 0
        self._bodies_without = 0
        self._problems: dict[_ProblemKey, _Occurrences] = {}
        self._unlisted = 0
        self._taken = Report()
        self._failures: tuple[tuple[str, str], ...] = ()

    @property
    def full(self) -> bool:
        """Whether there have been as many bodies that are not valid as were asked for."""
        return self._max_errors is not None and self._invalid + self._malformed >= self._max_errors

    def add_lines(self, lines: Iterable[str | bytes]) -> None:
        """Count bodies, one a line."""
        parse, observe, batch = self._engine.parse, self._observer.observe, self._batch
        # msgspec refuses what is not UTF-8 when it decodes every text, and so it does without a class to decode to.
        trusted = self._engine.name == "msgspec"
        # To stop at the right body, each has to be judged before the next is read.
        max_batch = _MAX_BATCH if self._max_errors is None else 1
        size = 0
        number = self.lines
        try:
            for number, line in enumerate(lines, number + 1):  # noqa: B020
                if not line or (line.isspace() and is_blank(line)):
                    continue
                try:
                    if len(line) > MAX_LINE:
                        raise too_long()
                    if isinstance(line, str):
                        line = line.encode("utf-8", "surrogatepass")
                    if not (trusted or line.isascii()):
                        check_utf8(line)
                    body = parse(line)
                except DecodeError as error:
                    self._add_malformed(number, located(error, number, line))
                except Exception:
                    self._add_refused(number, line)
                else:
                    # A lone surrogate can only be an escape; what may be an error body is judged before it is observed.
                    if (b"\\u" in line and (b"\\ud" in line or b"\\uD" in line)) or (
                        type(body) is dict and ("error" in body or body.get("object") == "error")
                    ):
                        self._add_body(number, body)
                    else:
                        batch.append((number, body, observe(body)))
                        size += len(line)
                if len(batch) >= max_batch or size > _MAX_BATCH_SIZE:
                    self._settle()
                    self._bound()
                    size = 0
                if max_batch == 1 and self.full:
                    break
        finally:
            self.lines = number

    def add_document(self, data: bytes) -> None:
        """Count the body that *data* is, or those in the array that it is; their lines are their places in it."""
        try:
            value = self._engine.parse_or_explain(data)
        except DecodeError as error:
            self._add_malformed(1, located(error, 1, data[:3]))
            return
        for number, body in enumerate(value if type(value) is list else [value], 1):
            self._add_body(number, body)
            if self.full:
                break

    def report(self) -> Report:
        """The report of what was added."""
        self._take()
        return attrs.evolve(
            self._taken,
            bodies=self._valid + self._invalid + self._malformed,
            valid=self._valid,
            invalid=self._invalid,
            malformed=self._malformed,
            error_bodies=self._error_bodies,
        )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What is added in the block is all that can be read: a failure to read ends it, and is part of the result."""
        try:
            yield
        except (OSError, ImportError) as error:
            self._failures = ((self._source, getattr(error, "strerror", None) or str(error)),)

    def part(self) -> Part:
        """The report of what was added, with the number of its lines and why there are no more."""
        return Part(self.lines, self.report(), self._failures)

    def _add_refused(self, number: int, line: str | bytes) -> None:
        """Count a line that the engine did not parse; the standard library may."""
        try:
            body = self._engine.parse_or_explain(line)
        except DecodeError as error:
            self._add_malformed(number, located(error, number, line))
        else:
            self._add_body(number, body)

    def _add_malformed(self, number: int, error: DecodeError) -> None:
        self._add_problems(number, _verdict_of(error))

    def _add_body(self, number: int, body: Any) -> None:
        """Count a body by itself."""
        verdict = self._judge(body)
        if verdict.problems:
            self._add_problems(number, verdict)
        else:
            self._valid += 1
        if not (verdict.malformed or verdict.error_body):
            self._bodies_without += not has_tokens(self._observer.observe(body))
            self._bound()

    def _settle(self) -> None:
        """Count the bodies of the batch, each by its signature if that tells what is wrong."""
        doubtful = {DOUBT, *self._observer.settle()}
        for number, body, trail in self._batch:
            signature = frozenset(trail)
            known = self._verdicts.get(signature)
            if (
                known is None
                or (len(doubtful) > 1 and not doubtful.isdisjoint(signature))
                # It may have more problems than an error lists. No object of it has more than all of the known body.
                or (known[0].error_count * len(trail) > MAX_ERRORS and most_problems(trail) > MAX_ERRORS)
            ):
                known = self._judge(body), has_tokens(trail)
                if doubtful.isdisjoint(signature) and known[0].error_count <= MAX_ERRORS:
                    self._verdicts[signature] = known
            verdict, with_tokens = known
            if verdict.problems:
                self._add_problems(number, verdict)
            else:
                self._valid += 1
            if not with_tokens:
                self._bodies_without += 1
        self._batch.clear()

    def _judge(self, body: Any) -> _Verdict:
        try:
            self._structure(body, self._cl)
        except DecodeError as error:
            return _verdict_of(error)
        return _Verdict()

    def _add_problems(self, number: int, verdict: _Verdict) -> None:
        if verdict.malformed:
            self._malformed += 1
        else:
            self._invalid += 1
        self._error_bodies += verdict.error_body
        self._unlisted += verdict.error_count > MAX_ERRORS
        for key in verdict.problems:
            if key not in self._problems:
                self._problems[key] = _Occurrences()
            self._problems[key].add(number)

    def _bound(self) -> None:
        """Make room, where too much was collected."""
        if self._observer.full or len(self._verdicts) > _MAX_COLLECTED or len(self._problems) > _MAX_COLLECTED:
            self._take()

    def _take(self) -> None:
        """Put what was collected into the report, whose tables are bounded."""
        self._settle()
        self._observer.settle()  # bodies that were counted by themselves
        problems = tuple(
            Problem(*key, count=seen.count, places=tuple(Place(self._source, line) for line in seen.lines))
            for key, seen in self._problems.items()
        )
        own = Report(problems=problems, left_out=LeftOut(problems=self._unlisted))
        self._taken |= own | self._observer.take(self._bodies_without)
        self._problems.clear()
        self._verdicts.clear()
        self._unlisted = self._bodies_without = 0


def _verdict_of(error: DecodeError) -> _Verdict:
    if not isinstance(error, ValidationError):
        return _Verdict((("$", "malformed", "JSON", str(error.args[0])),), 1, malformed=True)
    if error.error_body is not None:
        return _Verdict((("$", "error body", error.model, "error"),), 1, error_body=True)
    problems = dict.fromkeys((_fold(e.path), e.kind, e.expected, e.actual) for e in error.errors)
    return _Verdict(tuple(problems), error.error_count)


def _fold(path: str) -> str:
    return _INDEX.sub("[*]", path)
