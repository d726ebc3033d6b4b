"""
Bodies to a report.

Each line is parsed once, to builtins, and profiled, whether it is valid or not. The verdict is always that of `loads`
on the same bytes: a line that does not parse, or whose validation ends early, goes to `loads` itself. Where the shapes
of a body decide its verdict, only the first such body is validated.
Error bodies are only counted: their content says nothing about the schema.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from io import BufferedReader
from typing import Any, get_args

import attrs

from ..converter import RouterConverter
from ..errors import DecodeError
from ..models import RouterCompletionsResponseBody
from ..streams import Event
from ..streams._recognise import DONE_DATA, WHITE_SPACE, error_in
from .counts import VALID, Bodies, Counts, Verdict
from .decode import BLANK, LONG, TOO_MUCH, decode_line, holds_too_much
from .documents import is_document, read_items
from .events import StreamTotals, class_for, is_stream, read_events
from .groups import group_name
from .interrupts import deferred
from .lines import (
    Advance,
    Source,
    encoded,
    encoded_lines,
    is_file,
    open_source,
    read_blocks,
    read_pieces,
    read_range_blocks,
    split,
)
from .profile import Profiler, may_be_special, shapes_decide
from .report import Report
from .rows import By, as_text
from .scan import Scanner, scanner_for
from .sniff import UNFINISHED, begins_with_line, find_unfinished_line
from .verdicts import Validator

#: How many different problems and groups are collected at most between two reports.
_MAX_COLLECTED = 4000


def check(
    source: Source,
    cl: Any = RouterCompletionsResponseBody,
    *,
    converter: RouterConverter | None = None,
    by: By | None = None,
) -> Report:
    """
    Read bodies and report how many are valid, what is wrong where, and what they contain.

    For a file, it returns the report that ``router-schema check`` prints. A file holds JSON Lines; if its name ends in
    ``.json``, it is one body, or an array of them, unless it was opened as text. A last line without a newline that is
    not JSON is reported as unfinished. Memory does not grow with the source. Blank lines are skipped.

    A source whose name ends in ``.sse``, ``.sse.gz`` or ``.sse.zst`` holds recorded streams: server-sent
    events, each stream up to ``[DONE]`` or the end. Its bodies are the data of the events.

    Args:
        source: See `iter_jsonl`. A path is the source's name in the report.
        cl: The class of a line or of an event: any attrs class. For events, the built-in classes of bodies stand
            for the built-in classes of events: `router_schema.openai.CompletionChunk`, also by default, and
            `router_schema.orq.CreateCompletionData`.
        converter: The converter that validates; None means the default converter.
        by: Group bodies by ``"model"``, by ``"source"``, or by the ``"hour"`` or ``"day"`` of ``created``.

    Raises:
        ReadError: A compressed file is damaged or ends too early.
        OSError: The file can't be read, or its name ends in ``.json`` and it is a body of more than 64 MiB.
        ImportError: The file is compressed with zstd and the extra is not installed.
        TypeError: *cl* has a field of a type that is not supported, *source* is not a source, or *converter* is not a
            `router_schema.RouterConverter`.
        ValueError: *by* is another word.
    """
    if by not in (None, *get_args(By)):
        raise ValueError(f"by must be one of {', '.join(map(repr, get_args(By)))}, not {by!r}")
    name = os.fspath(source) if isinstance(source, str | os.PathLike) else getattr(source, "name", "-")
    name = name if isinstance(name, str) else "-"  # a file opened by its descriptor has a number as its name
    checker = Checker(name, Validator(class_for(name, cl), converter), by=by)
    if is_file(source):
        with open_source(source) as file:
            checker.add_file(file)
    elif is_stream(name):
        checker.add_events(encoded(source))
    else:
        checker.add_lines(encoded_lines(source))
    return checker.report()


class Checker:
    """
    Counts the bodies of one source.

    Args:
        source: Its name in the report.
        validator: Finds the verdicts.
        max_errors: Stop after that many bodies that are not valid; None means never.
        by: What bodies are grouped by; None means that they are not.

    Attributes:
        lines: How many lines or events were read, blank ones included.
    """

    lines: int

    def __init__(
        self,
        source: str,
        validator: Validator,
        max_errors: int | None = None,
        by: By | None = None,
    ) -> None:
        self.lines = 0
        self._source, self._max_errors, self._by = as_text(source), max_errors, by
        self._parse = validator.converter.parse
        self._validator = validator
        self._profiler = Profiler(validator.rule, self._source, validator.of_body)
        self._shapes_decide = shapes_decide(validator.rule, validator.converter)
        self._too_large = validator.of_error(DecodeError(TOO_MUCH))
        self._unfinished = validator.of_error(DecodeError(UNFINISHED))
        self._counts = Counts(self._source, by)
        self._not_valid = 0
        self._streams: StreamTotals | None = None
        self._group = self._no_group = self._source if by == "source" else ""  # of the last body of a stream
        self._scanner = None
        if self._shapes_decide and max_errors is None:
            self._scanner = scanner_for(validator.rule, validator.converter, self._source, by, self._validate)
        self._done = Report()

    @property
    def is_full(self) -> bool:
        """Whether *max_errors* bodies were not valid."""
        return self._max_errors is not None and self._not_valid >= self._max_errors

    def add_file(
        self, file: BufferedReader, start: int = 0, end: int | None = None, advance: Advance | None = None
    ) -> None:
        """
        Count what a file holds, as its name and its beginning say: events, a JSON document, or JSON Lines.

        Args:
            file: The file; it is read from where it is.
            start: The start of the range of a plain file of JSON Lines.
            end: Its end; None means that the file is read to its end.
            advance: Is called with the number of bytes by which a file without a range moved on.

        Raises:
            ReadError: It is compressed, and damaged or cut off.
            OSError: It can't be read.
            ImportError: It is compressed with zstd and the extra is not installed.
        """
        if is_stream(self._source):
            self.add_events(read_pieces(file, advance))
        elif is_document(self._source) and not begins_with_line(file):
            self.add_document(read_pieces(file, advance))
        else:
            self._add_lines_of(file, start, end, advance)

    def add_lines(self, lines: Iterable[bytes]) -> None:
        """Count bodies, one per line. A line that doesn't come from a file may hold newlines."""
        for line in lines:
            self._add_text(line)
            if self._max_errors is not None and self.is_full:  # most checks have no limit
                break

    def add_blocks(self, blocks: Iterable[bytes]) -> None:
        """Count bodies in blocks of lines, one per line."""
        for block in blocks:
            if self._scanner is not None:
                self._add_block(block, self._scanner)
            else:
                self.add_lines(split(block))
            if self.is_full:
                break

    def add_document(self, pieces: Iterable[bytes]) -> None:
        """
        Count the body in a JSON document, or those of the array in it; their lines are their places in the array.

        A fault in the array ends it, with a malformed body.
        """
        try:
            for item in read_items(pieces):
                if not self._add_text(item) or self.is_full:
                    break
        except DecodeError as error:
            self.lines += 1
            self._count(self._validator.of_error(error))

    def add_events(self, pieces: Iterable[bytes]) -> None:
        """Count the events of a file of recorded streams. Any other file is one malformed event."""
        streams = self._streams = self._streams or StreamTotals()
        try:
            for event in read_events(pieces):
                self.lines += 1
                self._add_event(event, streams)
                if self.is_full:
                    return
        except DecodeError as error:
            self.lines += 1
            self._count(self._validator.of_error(error))
            streams.add(None)
        if not streams.has_ended:
            self._end_stream(streams)

    def report(self) -> Report:
        """The report of what was added."""
        self._take()
        return self._done if self._streams is None else attrs.evolve(self._done, **self._streams.counters())

    def _add_lines_of(self, file: BufferedReader, start: int, end: int | None, advance: Advance | None) -> None:
        unfinished = find_unfinished_line(file, end, self._parse)
        if end is not None:
            self.add_blocks(read_range_blocks(file, start, end if unfinished is None else min(end, unfinished)))
        else:
            self.add_blocks(read_blocks(file, advance, None if unfinished is None else unfinished - file.tell()))
        if unfinished is None or self.is_full:
            return
        file.seek(0, os.SEEK_END)  # an open file is read to its end
        if start <= unfinished and (end is None or unfinished < end):
            self.lines += 1
            self._count(self._unfinished)

    def _add_block(self, block: bytes, scanner: Scanner) -> None:
        at = 0
        while at < len(block):
            at = self._scan(block, at, scanner)
            if at < len(block):
                end = block.find(b"\n", at)
                end = len(block) if end < 0 else end
                self.lines += 1
                self._add_line(block[at:end])
                at = end + 1

    def _add_text(self, text: bytes) -> bool:
        """Count a body, whose text may hold newlines; returns whether it is JSON, or blank."""
        # A carriage return is, like a newline, white space between tokens and wrong inside a string.
        if self._scanner is not None and self._scan(text.replace(b"\n", b"\r"), 0, self._scanner):
            return True
        self.lines += 1
        return self._add_line(text)

    def _scan(self, block: bytes, at: int, scanner: Scanner) -> int:
        """Scan lines; returns the place of a line that the scanner steps aside from, or the end."""
        for _ in range(2):  # a line that doesn't even fit into empty tables is left to Python
            at, self.lines = scanner.scan(block, at, self.lines)
            if not scanner.is_full:
                break
            self._take()
        return at

    def _add_line(self, line: bytes) -> bool:
        """Count the body in a line that was not scanned; returns whether it is JSON, or blank."""
        body = self._parse_line(line)
        if type(body) is Verdict:
            self._count(body)
            return "malformed" not in body.counters
        if body is not BLANK:
            self._add_body(line, body)
        return True

    def _parse_line(self, line: bytes) -> Any:
        """The body in a line, `BLANK`, or the verdict on a line that does not parse."""
        if len(line) > LONG and holds_too_much(line):
            return self._too_large
        try:
            return decode_line(line, self._parse)
        except DecodeError:
            return self._validator.of_line(line)

    def _validate(self, line: bytes) -> Verdict:
        """The verdict on a line that the scanner could read."""
        return self._validator.of_body(line, self._parse(line))

    def _add_event(self, event: Event, streams: StreamTotals) -> None:
        payload = event.data
        text = payload.strip(WHITE_SPACE)
        if event.event == "error":
            self._add_error_event(streams)
        elif text == DONE_DATA:
            self._end_stream(streams)
        elif text:
            self._add_data(payload, streams)

    def _add_data(self, data: bytes, streams: StreamTotals) -> None:
        body = self._parse_line(data)
        if type(body) is Verdict:
            self._count(body)
            streams.add(None)
        elif error_in(body) is not None:
            self._add_error_event(streams)
        else:
            self._add_body(data, body)
            streams.add(body)

    def _add_error_event(self, streams: StreamTotals) -> None:
        # Checked before the schema: a class may accept an error, such as one beside choices.
        self._count(self._validator.error_body)
        streams.add_error()

    def _end_stream(self, streams: StreamTotals) -> None:
        self._counts.add_usage(streams.end(), self._group)
        self._group = self._no_group

    def _add_body(self, line: bytes, body: Any) -> None:
        verdict = None
        if not self._shapes_decide or may_be_special(body, line):
            verdict = self._validator.of_body(line, body)
            if verdict is self._validator.error_body:
                self._count(verdict)
                return
        if self._by is not None:
            self._group = group_name(self._by, self._source, body)
        if self._profiler.profile(body, self.lines, line, verdict, self._group) is not VALID:
            self._not_valid += 1
        if self._profiler.room < 0:
            self._take()

    def _count(self, verdict: Verdict) -> None:
        """Count a body that cannot be profiled."""
        with deferred:
            self._counts.add(Bodies(1, line=self.lines, verdict=verdict, lines=(self.lines,), group=self._no_group))
        self._not_valid += 1
        if self._counts.size > _MAX_COLLECTED:
            self._take()

    def _take(self) -> None:
        """Move what was collected into the report, whose tables are bounded."""
        with deferred:
            tables = self._profiler.take(self._counts, with_tokens=self._streams is None)
            if self._scanner is not None:
                tables |= self._scanner.take(self._counts)
            self._done |= self._counts.take() | tables
