"""
Bodies to a report.

Each line is parsed once, to builtins, and profiled, whether it is valid or not. A verdict holds for all bodies of the
same shapes; the converter validates the first of them. The verdict is always that of `loads` on the same bytes: a line
that does not parse, or whose validation ends early, goes to `loads` itself. Error bodies are only counted: their
content says nothing about the schema.
"""

from __future__ import annotations

import functools
import os
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import attrs

from .._cattrs import structure_rule
from .._rules import Rule
from ..converter import RouterConverter, default_converter
from ..errors import MAX_ERRORS, DecodeError, ErrorBody, ValidationError
from ..models import RouterCompletionsResponseBody
from ..streams import Event
from ..streams.recognise import DONE_DATA, WHITE_SPACE, error_in
from .decode import BLANK, decode_line, located
from .events import StreamTotals, class_for, is_stream, read_events
from .lines import Source, read_lines, read_pieces
from .profile import UNCERTAIN, Profiler, Shapes
from .report import MAX_PLACES, LeftOut, Place, Problem, Report, as_text

#: How many different problems, and sets of shapes with a verdict, are collected at most between two reports.
_MAX_COLLECTED = 4000

#: How many bodies are profiled before they are counted, and the bytes of their text.
_MAX_BATCH, _MAX_BATCH_SIZE = 250, 2**22

_STEP = re.compile(r"""\.\w+ | \[\d+\] | \[ (?: '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" ) \]""", re.VERBOSE)


def check(
    source: Source, cl: Any = RouterCompletionsResponseBody, *, converter: RouterConverter | None = None
) -> Report:
    """
    Read JSON Lines and report how many bodies are valid, what is wrong where, and what they hold.

    Memory does not grow with the source. Blank lines are skipped.

    A source whose name ends in ``.sse``, with ``.gz`` or ``.zst`` behind it or not, holds recorded streams: server-sent
    events, each stream up to ``[DONE]`` or the end. Its bodies are the data of the events.

    Args:
        source: As that of `iter_jsonl`. A path is the source's name in the report.
        cl: The class of a line or of an event: any attrs class. For events, the shipped classes of bodies stand for
            the shipped classes of events: `router_schema.openai.CompletionChunk`, also by default, and
            `router_schema.orq.CreateCompletionRouterCompletionsResponseBody`.
        converter: The converter that validates; None means the default converter.

    Raises:
        ReadError: A compressed file is damaged or ends too early.
        OSError: The file can't be read.
        ImportError: The file is compressed with zstd and the extra is not installed.
        TypeError: *cl* has a field of a type that is not supported.
    """
    name = os.fspath(source) if isinstance(source, str | os.PathLike) else str(getattr(source, "name", "-"))
    checker = Checker(name, class_for(name, cl), converter)
    if is_stream(name):
        checker.add_events(read_pieces(source))
    else:
        checker.add_lines(read_lines(source))
    return checker.report()


_ProblemKey = tuple[str, str, str, str]  # path, kind, expected, actual


@attrs.frozen(eq=False)
class _Verdict:
    """
    What is wrong with a body.

    Attributes:
        counters: The counters of the report that it adds to, beside that of all bodies.
        problems: Each problem once, its path folded.
        error_count: The true number of problems, which may be more than an error lists.
    """

    counters: tuple[str, ...] = ("valid",)
    problems: tuple[_ProblemKey, ...] = ()
    error_count: int = 0


_VALID = _Verdict()


class Checker:
    """
    Counts the bodies of one source.

    Args:
        source: Its name in the report.
        cl: The class of a body: an attrs class.
        converter: The converter that validates; None means the default converter.
        max_errors: Stop after that many bodies that are not valid; None means never.

    Attributes:
        lines: How many lines or events were read, blank ones included.
    """

    def __init__(
        self, source: str, cl: Any, converter: RouterConverter | None = None, max_errors: int | None = None
    ) -> None:
        converter = converter or default_converter
        rule = structure_rule(cl, converter)
        self.lines = 0
        self._source, self._cl, self._max_errors = as_text(source), cl, max_errors
        self._parse, self._loads = converter.parse, converter.get_loads_hook(cl)
        self._structure = converter.get_structure_hook(cl)
        self._fold = functools.lru_cache(_MAX_COLLECTED)(functools.partial(_folded, rule))
        problem = "$", "error body", rule.name, "error"
        self._error_verdict = _Verdict(("invalid", "error_bodies"), (problem,), 1)
        self._profiler = Profiler(rule)
        self._batch: list[tuple[int, bytes | None, Any, Shapes]] = []
        self._batch_size = 0
        # To stop at the right body, each is counted before the next is read.
        self._max_batch = _MAX_BATCH if max_errors is None else 1
        self._verdicts: dict[frozenset[Any], _Verdict] = {}
        self._counts: dict[str, Any] = dict.fromkeys(("valid", "invalid", "malformed", "error_bodies"), 0)
        self._problems: Counter[_ProblemKey] = Counter()
        self._places: dict[_ProblemKey, list[int]] = {}
        self._unlisted = 0
        self._streams: StreamTotals | None = None
        self._done = Report()

    @property
    def full(self) -> bool:
        """Whether *max_errors* bodies were not valid."""
        not_valid = self._counts["invalid"] + self._counts["malformed"]
        return self._max_errors is not None and not_valid >= self._max_errors

    def add_lines(self, lines: Iterable[bytes]) -> None:
        """Count bodies, one a line."""
        for number, line in enumerate(lines, self.lines + 1):
            self.lines = number
            try:
                body = decode_line(line, number, self._parse)
            except DecodeError:
                self._count(number, self._validate_line(number, line))
                if len(self._problems) > _MAX_COLLECTED:
                    self._flush()
            else:
                if body is not BLANK:
                    self._add_body(number, line, body, b"\\u" in line and _may_hold_surrogate(line))
            if self._max_errors is not None and self.full:
                break

    def add_document(self, data: bytes) -> None:
        """Count the body in *data*, or those of the array in it; their lines are their places in the array."""
        try:
            value = self._parse(data)
        except DecodeError as error:
            self._count(1, self._verdict_of(located(error, 1, data)))
            return
        may_hold_surrogate = _may_hold_surrogate(data)
        for number, body in enumerate(value if type(value) is list else [value], 1):
            self._add_body(number, None, body, may_hold_surrogate)
            if self.full:
                break

    def add_events(self, pieces: Iterable[bytes]) -> None:
        """Count the events of a file of recorded streams. What is no event stream is one malformed event."""
        streams = self._streams = self._streams or StreamTotals()
        try:
            for event in read_events(pieces):
                self.lines += 1
                self._add_event(self.lines, event, streams)
                if self.full:
                    return
        except DecodeError as error:
            self.lines += 1
            self._count(self.lines, self._verdict_of(error))
            streams.add(None)
        streams.end_file()

    def report(self) -> Report:
        """The report of what was added."""
        self._flush()
        self._take()
        bodies = sum(self._counts[name] for name in ("valid", "invalid", "malformed"))
        totals = {} if self._streams is None else self._streams.counters()
        return attrs.evolve(self._done, bodies=bodies, **self._counts, **totals)

    def _add_event(self, number: int, event: Event, streams: StreamTotals) -> None:
        payload = event.data
        text = payload.strip(WHITE_SPACE)
        if event.event == "error":
            self._add_error_event(number, streams)
        elif text == DONE_DATA:
            streams.end()
        elif text:
            try:
                body = decode_line(payload, number, self._parse)
            except DecodeError:
                self._count(number, self._validate_line(number, payload))
                streams.add(None)
                if len(self._problems) > _MAX_COLLECTED:
                    self._flush()
            else:
                if error_in(body) is not None:
                    self._add_error_event(number, streams)
                else:
                    self._add_body(number, payload, body, _may_hold_surrogate(payload))
                    streams.add(body)

    def _add_error_event(self, number: int, streams: StreamTotals) -> None:
        # Not left to the schema: a class may accept an error, such as one beside choices.
        self._count(number, self._error_verdict)
        streams.add_error()

    def _add_body(self, number: int, line: bytes | None, body: Any, may_hold_surrogate: bool) -> None:
        if ErrorBody.recognise(body) is not None:
            verdict = self._validate(number, line, body)
            if "error_bodies" in verdict.counters:
                self._count(number, verdict)
                return
        shapes = self._profiler.profile(body)
        if may_hold_surrogate:
            shapes.append(UNCERTAIN)
        self._batch.append((number, line, body, shapes))
        self._batch_size += len(line or b"")
        if len(self._batch) >= self._max_batch or self._batch_size > _MAX_BATCH_SIZE:
            self._flush()

    def _flush(self) -> None:
        """Count the bodies of the batch, and make room if too much was collected."""
        uncertain = {UNCERTAIN, *self._profiler.flush()}
        valid = 0
        for number, line, body, shapes in self._batch:
            signature = frozenset(shapes)
            verdict = self._verdicts.get(signature)
            certain = uncertain.isdisjoint(signature)
            if verdict is None or not certain or (verdict.error_count and _may_exceed(verdict, shapes)):
                verdict = self._validate(number, line, body)
                if certain and verdict.error_count <= MAX_ERRORS:
                    self._verdicts[signature] = verdict
            if verdict is _VALID:
                valid += 1
            else:
                self._count(number, verdict)
        self._counts["valid"] += valid
        self._batch.clear()
        self._batch_size = 0
        if self._profiler.room < 0 or len(self._verdicts) > _MAX_COLLECTED or len(self._problems) > _MAX_COLLECTED:
            self._take()

    def _take(self) -> None:
        """Move what was collected into the report, whose tables are bounded."""
        problems = tuple(
            Problem(*key, count=count, places=tuple(Place(self._source, line) for line in self._places[key]))
            for key, count in self._problems.items()
        )
        own = Report(problems=problems, left_out=LeftOut(problems=self._unlisted))
        self._done |= own | self._profiler.take()
        self._problems.clear()
        self._places.clear()
        self._verdicts.clear()
        self._unlisted = 0

    def _validate(self, number: int, line: bytes | None, body: Any) -> _Verdict:
        """The verdict on one body, which has no line if it was in a document."""
        try:
            self._structure(body, self._cl)
        except DecodeError as error:
            if line is None or isinstance(error, ValidationError):
                return self._verdict_of(error)
        except Exception:  # raised by a hook that the user registered for the class itself
            if line is None:
                raise
        else:
            return _VALID
        return self._validate_line(number, line)

    def _validate_line(self, number: int, line: bytes) -> _Verdict:
        """The verdict of `loads`."""
        try:
            decode_line(line, number, self._loads)
        except DecodeError as error:
            return self._verdict_of(error)
        return _VALID

    def _verdict_of(self, error: DecodeError) -> _Verdict:
        if not isinstance(error, ValidationError):
            return _Verdict(("malformed",), (("$", "malformed", "JSON", str(error.args[0])),), 1)
        if error.error_body is not None:
            return self._error_verdict
        problems = dict.fromkeys((self._fold(e.path), e.kind, e.expected, e.actual) for e in error.errors)
        return _Verdict(("invalid",), tuple(problems), error.error_count)

    def _count(self, number: int, verdict: _Verdict) -> None:
        for name in verdict.counters:
            self._counts[name] += 1
        self._unlisted += verdict.error_count > MAX_ERRORS
        for key in verdict.problems:
            self._problems[key] += 1
            lines = self._places.setdefault(key, [])
            if len(lines) < MAX_PLACES or number < lines[-1]:
                self._places[key] = sorted([*lines, number])[:MAX_PLACES]


def _may_exceed(verdict: _Verdict, shapes: Shapes) -> bool:
    """
    Whether a body with the shapes of one of that verdict may have more problems than an error lists.

    None of its objects has more than all objects of the other body together.
    """
    most = verdict.error_count * len(shapes)
    return most > MAX_ERRORS and sum(shape.most_problems for shape in shapes) > MAX_ERRORS


def _may_hold_surrogate(data: bytes) -> bool:
    """Whether parsed JSON may hold a lone surrogate, which in UTF-8 can only be an escape."""
    return b"\\u" in data and (b"\\ud" in data or b"\\uD" in data)


def _folded(rule: Rule, path: str) -> str:
    """*path* as reports show it: without indexes, and without the keys of mappings, which are payload."""
    folded, end = "$", 1
    at: Rule | None = rule
    while match := _STEP.match(path, end):
        step, at = ("[*]", None) if at is None else at.folded(match[0])
        folded, end = folded + step, match.end()
    return folded if end == len(path) else f"{folded}…"
