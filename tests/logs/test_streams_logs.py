"""Recorded streams to a report."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_lines import problems, text, values, write
from streams.samples import SAMPLES, Sample, each_sample, read
from support import converter_for
from user_classes import Node

from router_schema import Report, RouterConverter, check, dumps, loads
from router_schema.logs import ReadError, UsageTotals, compare, events, processes
from router_schema.logs import lines as lines_module
from router_schema.logs.checker import Checker
from router_schema.logs.processes import check_here, check_in_processes
from router_schema.logs.sources import find_files
from router_schema.logs.verdicts import Validator
from router_schema.logs.work import Options, Progress
from router_schema.models import RouterCompletionsResponseBody
from router_schema.openai import Completion, CompletionChunk
from router_schema.orq import CreateCompletionData, CreateCompletionResponseBody
from router_schema.streams import DONE, StreamError

PLAIN = [sample for sample in SAMPLES if sample.name != "gzip"]  # that one is not a compressed recording, but cut off


def chunk(reason: Any = None, index: Any = 0, **changes: Any) -> dict[str, Any]:
    """An event's data: one choice, and some keys changed."""
    choices = [{"index": index, "text": "rye", "logprobs": None, "finish_reason": reason}]
    good = {"id": "c", "object": "text_completion", "created": 1, "model": "m", "choices": choices}
    return good | changes


def usage(prompt: Any, completion: Any) -> dict[str, Any]:
    """A usage."""
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def event(data: Any) -> bytes:
    """An event with JSON data."""
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def report_of(data: bytes, cl: Any = CompletionChunk, size: int = 0) -> Report:
    """The report of a file, read in pieces of *size* bytes."""
    checker = Checker("a.sse", Validator(cl))
    step = size or len(data) or 1
    checker.add_events(data[start : start + step] for start in range(0, len(data), step))
    return checker.report()


def counts(report: Report) -> tuple[int, int, int]:
    """Events, streams and incomplete ones."""
    return report.events, report.streams, report.incomplete_streams


GOOD = event(chunk()) + event(chunk("stop")) + DONE
CUT = event(chunk()) + DONE


# --- samples ---


@pytest.mark.parametrize("sample", PLAIN, ids=lambda sample: sample.name)
def test_reports_agree_with_the_reader(sample: Sample, tmp_path: Path, converter: RouterConverter) -> None:
    """A sample is complete, erroneous and used what `iter_stream` and an assembler say."""
    rejected: list[int] = []
    reading = read([sample.data], on_error=lambda number, _: rejected.append(number), converter=converter)
    has_error = isinstance(reading.error, StreamError)
    report = check(write(tmp_path / "a.sse", sample.data), converter=converter)
    used = reading.assembler.partial().usage

    assert report.streams == 1
    assert report.incomplete_streams == (has_error or not reading.assembler.complete)
    assert report.error_bodies == has_error
    assert report.valid == len(reading.chunks)
    assert report.events == report.bodies
    assert report.bodies - report.valid == len(rejected) + (reading.error is not None)
    if not has_error:
        assert report.usage.total_tokens == (used.total_tokens if used else 0)


@each_sample
@pytest.mark.parametrize("size", [1, 7])
def test_pieces_do_not_matter(sample: Sample, size: int) -> None:
    """However a file is cut when it is read, the report is the same."""
    assert report_of(sample.data, size=size) == report_of(sample.data)


# --- streams ---


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", (0, 1, 1)),
        (b": ping\n\n", (0, 1, 1)),
        (b'data: {"id"', (0, 1, 1)),
        (DONE, (0, 1, 1)),
        (GOOD, (2, 1, 0)),
        (GOOD.removesuffix(DONE), (2, 1, 0)),
        (GOOD + b"\n: ping\n\n", (2, 1, 0)),
        (GOOD + b"data:\n\n", (2, 1, 0)),
        (GOOD + GOOD, (4, 2, 0)),
        (GOOD + CUT + GOOD, (5, 3, 1)),
        (GOOD + CUT.removesuffix(DONE), (3, 2, 1)),
        (CUT.replace(b"[DONE]", b" [DONE] ") + GOOD, (3, 2, 1)),
        (event(chunk("stop")) + event(chunk("")), (2, 1, 0)),
        (event(chunk("", index=0)) + event(chunk("stop", index=1)), (2, 1, 1)),
        (event(chunk("stop", index=1)) + event(chunk("stop", index=0)), (2, 1, 0)),
        (event(chunk(choices=[])), (1, 1, 1)),
    ],
)
def test_streams_are_counted(data: bytes, expected: tuple[int, int, int]) -> None:
    """`[DONE]` and the end of the file end a stream, which is complete if each choice that came has a finish reason."""
    report = report_of(data)

    assert counts(report) == expected
    assert report.ok


def test_a_reason_counts_also_in_an_event_that_is_invalid() -> None:
    """Whether a stream broke off does not depend on the schema."""
    report = report_of(event(chunk("stop", id=1)))

    assert counts(report) == (1, 1, 0)
    assert problems(report) == [("$.id", "type", 1)]


@pytest.mark.parametrize(
    "body", [[], 1, {}, {"choices": 1}, {"choices": [1]}, {"data": 1}, chunk(index=2**60), chunk(index="x"), "[DONE]x"]
)
def test_any_json_may_be_an_event(body: Any) -> None:
    """JSON that is not a chunk is an event of an incomplete stream."""
    assert counts(report_of(event(body))) == (1, 1, 1)


@pytest.mark.parametrize(("one", "other"), [(-1, -2), (2**53, 2**60), (-(2**70), 2**70), (1e300, 2e300), ("x", 0)])
def test_choices_with_odd_indexes_are_told_apart(one: Any, other: Any) -> None:
    """A stream is incomplete if one of two choices has no finish reason, whatever their indexes."""
    unfinished, finished = event(chunk(None, index=one)), event(chunk("stop", index=other))

    assert counts(report_of(unfinished + finished)) == (2, 1, 1)
    assert counts(report_of(unfinished + finished + event(chunk("stop", index=one)))) == (3, 1, 0)


def test_choices_are_told_apart_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded: a stream with too many choices is incomplete."""
    monkeypatch.setattr(events, "_MAX_CHOICES", 10)
    most = b"".join(event(chunk("stop", index=i)) for i in range(10))

    assert report_of(most).incomplete_streams == 0
    assert report_of(most + event(chunk("stop", index=10))).incomplete_streams == 1
    assert report_of(most + event(chunk("stop", index=9))).incomplete_streams == 0


# --- errors ---


@pytest.mark.parametrize(
    "data",
    [
        event({"error": {"message": "no"}}),
        event({"object": "error", "message": "no"}),
        event(chunk("error", error={"message": "no"})),
        b"event: error\ndata: no\n\n",
        b"event: error\ndata: " + json.dumps(chunk("stop")).encode() + b"\n\n",
        json.dumps({"error": "no"}).encode(),
    ],
)
@pytest.mark.parametrize("cl", [CompletionChunk, CreateCompletionResponseBody])
def test_errors_are_error_bodies(data: bytes, cl: Any, tmp_path: Path) -> None:
    """An error that a server reports is an error body, whatever the schema accepts, and its stream is incomplete."""
    report = check(write(tmp_path / "a.sse", data), cl)

    assert (report.error_bodies, report.invalid, report.bodies) == (1, 1, 1)
    assert problems(report) == [("$", "error body", 1)]
    assert counts(report) == (1, 1, 1)


def test_an_error_that_is_null_is_none() -> None:
    """A chunk with an empty error is a chunk."""
    assert report_of(event(chunk("stop", error=None))).valid == 1


def test_an_error_breaks_only_its_stream() -> None:
    """The stream after one with an error may be complete."""
    assert counts(report_of(event(chunk("stop")) + event({"error": "no"}) + DONE + GOOD)) == (4, 2, 1)


@pytest.mark.parametrize("data", [b"<html>\n\ndata: 1\n\n", b"upstream error", b"invalid text\n", b"{", b"[1"])
def test_what_is_no_stream_is_malformed(data: bytes) -> None:
    """A file that is not an event stream is one malformed event of an incomplete stream."""
    for size in (1, 2, len(data)):
        report = report_of(data, size=size)

        assert (report.malformed, *counts(report)) == (1, 1, 1, 1)


def test_a_whole_body_is_an_event() -> None:
    """A server that can't stream sends a whole body."""
    report = report_of(b"\n " + json.dumps(chunk("stop"), indent=1).encode())

    assert (report.valid, *counts(report)) == (1, 1, 1, 0)


@pytest.mark.parametrize("whole", [b"", b"{"])
def test_long_events_are_malformed(whole: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event, or a whole body, past the limit is malformed, and nothing is read after it."""
    monkeypatch.setattr(lines_module, "MAX_LINE", 1000)
    long = whole or GOOD + b"data: "
    report = report_of(long + b"x" * 2000 + b"\n\n" + GOOD, size=100)

    assert (report.valid, report.malformed) == (0 if whole else 2, 1)
    assert "more than 1,000 bytes" in report.problems[0].actual


def test_places_are_numbers_of_events() -> None:
    """Events are numbered through the file, `[DONE]` and those without data included."""
    report = report_of(GOOD + b"data:\n\n: ping\n\n" + event(chunk(1)) + b"data: {\n\n")

    assert [(problem.path, problem.places[0].line) for problem in report.problems] == [
        ("$", 6),
        ("$.choices[*].finish_reason", 5),
    ]


# --- usage ---


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([chunk(usage=None), chunk("stop")], UsageTotals(bodies_without=1)),
        ([chunk(), chunk(choices=[], usage=usage(2, 3))], UsageTotals(3, 2, 5)),
        ([chunk(usage=usage(2, i)) for i in range(4)], UsageTotals(3, 2, 5)),
        ([chunk("stop", index=i, usage=usage(2, i)) for i in range(3)], UsageTotals(3, 6, 9)),
        ([chunk(index=i, usage=usage(2, i)) for i in range(3)], UsageTotals(2, 2, 4)),
        ([chunk(usage={"prompt_tokens": 2, "completion_tokens": "x"})], UsageTotals(0, 2, 0)),
        ([chunk(usage=usage(-1, 1.5))], UsageTotals(0, 0, 0)),
        ([chunk(usage={})], UsageTotals(bodies_without=1)),
        ([chunk(usage=usage(2, 3))] * 2, UsageTotals(3, 2, 5)),
    ],
)
def test_usage_is_that_of_streams(chunks: list[Any], expected: UsageTotals) -> None:
    """A stream's last usage counts, or those of its choices together; running totals are not summed."""
    one = b"".join(map(event, chunks)) + DONE

    assert report_of(one).usage == expected
    assert report_of(one * 2).usage == expected + expected


# --- classes ---


def test_shipped_classes_stand_for_their_events(tmp_path: Path) -> None:
    """In a file of streams, a shipped class of bodies is that of their events; any other class is itself."""
    plain = write(tmp_path / "a.sse", GOOD)
    both = write(tmp_path / "b.sse", event(chunk(None)) + event(chunk("stop", extra=1)) + DONE)
    orq = check(both, CreateCompletionResponseBody)

    for cl in (RouterCompletionsResponseBody, Completion, CompletionChunk):
        assert check(plain, cl) == check(plain)
        assert check(plain).ok
    assert check(plain, Node).valid == 0
    assert (orq.valid, orq.invalid, *counts(orq)) == (1, 1, 2, 1, 0)
    assert problems(orq) == [("$.choices[*].finish_reason", "type", 1)]
    assert values(orq.models) == {"m": 2}
    assert orq == check(both, CreateCompletionData)
    assert check(both).ok


# --- sources ---


def test_sources(tmp_path: Path) -> None:
    """The name decides, of a path, an open file or a text file, compressed or not; other names hold lines."""
    path, packed = write(tmp_path / "a.sse", GOOD), write(tmp_path / "a.sse.gz", gzip.compress(GOOD))
    expected = counts(check(path))
    with (
        open(path, "rb") as plain,
        open(packed, "rb") as compressed,
        gzip.open(packed) as unpacked,
        open(path, encoding="utf-8") as decoded,
    ):
        sources: list[Any] = [str(path), packed, plain, compressed, unpacked, decoded]
        assert [counts(check(source)) for source in sources] == [expected] * 6

    assert expected == (2, 1, 0)
    assert counts(check(write(tmp_path / "sse", GOOD))) == (0, 0, 0)


def test_zstd(tmp_path: Path) -> None:
    """Files may be compressed with zstd."""
    zstd = pytest.importorskip(lines_module._ZSTD_MODULE)

    assert counts(check(write(tmp_path / "a.sse.zst", zstd.compress(GOOD)))) == (2, 1, 0)


def test_a_damaged_file_says_where(tmp_path: Path) -> None:
    """Events before the damage are counted, but not the stream that was cut."""
    path = str(write(tmp_path / "a.sse.gz", gzip.compress(GOOD * 100 + CUT, compresslevel=0)[:-20]))
    progress = Progress(Options(RouterCompletionsResponseBody))
    check_here(find_files([str(path)], print), progress)

    assert progress.report.streams == 100
    assert progress.failures[0][1].startswith("the compressed file ends too early, in line 60")
    with pytest.raises(ReadError):
        check(path)


def test_several_files_in_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes read whole files of streams beside ranges of lines, and the report is the same."""
    monkeypatch.setattr(processes, "_MOST_RANGE", 500)
    write(tmp_path / "a.sse", (GOOD + CUT) * 400)
    write(tmp_path / "b.sse.gz", gzip.compress(CUT))
    write(tmp_path / "c.jsonl", text() * 3)
    files = list(find_files([str(tmp_path)], print))
    options = Options(RouterCompletionsResponseBody)
    one, two = Progress(options), Progress(options)
    check_here(files, one)
    check_in_processes(files, two, 2)

    assert one == two
    assert (one.report.bodies, *counts(one.report)) == (1_204, 1_201, 801, 401)


def test_checking_stops_after_errors() -> None:
    """After that many events that are not valid, nothing is read, and the stream that was left is not counted."""
    checker = Options(RouterCompletionsResponseBody, max_errors=1).checker("a.sse")
    checker.add_events([GOOD + event({}) + GOOD])

    assert counts(checker.report()) == (3, 1, 0)


# --- reports ---


_files = st.lists(
    st.sampled_from(
        [GOOD, CUT, event({"error": "x"}), event(chunk(usage=usage(1, 2))), event([]), b"data: {\n\n", DONE]
    ),
    max_size=6,
).map(b"".join)


@given(_files, _files, st.booleans())
def test_reports_merge(left: bytes, right: bytes, has_lines: bool) -> None:
    """Counts of streams are sums: reports merge in any order, also with those of lines, and survive being saved."""
    a, b = report_of(left), report_of(right)
    c = check([text()]) if has_lines else report_of(GOOD)

    assert a | b == b | a
    assert (a | b) | c == a | (b | c)
    assert counts(a | b) == tuple(x + y for x, y in zip(counts(a), counts(b), strict=True))
    assert loads(dumps(a | c), Report) == a | c
    assert a | Report() == a


def test_reports_of_lines_are_as_before() -> None:
    """Nothing about streams is in a saved report of lines, and reports saved without it are read."""
    saved = dumps(check([text()]))

    assert "stream" not in saved
    assert loads(saved, Report).streams == 0


def test_more_incomplete_streams_are_a_change() -> None:
    """The share of incomplete streams is compared, but does not fail by default."""
    older, newer = report_of(GOOD * 200), report_of((GOOD + CUT) * 100)
    changes = {change.what: change for change in compare(older, newer)}
    change = changes["streams that are incomplete"]

    assert (change.kind, change.before.share, change.after.share, change.fails) == ("stream", 0.0, 0.5, False)
    assert "streams that are incomplete" not in {change.what for change in compare(older, older)}


def test_engines_agree(engine: str) -> None:
    """The report of all samples is the same with every engine."""

    def report(converter: RouterConverter | None) -> Report:
        whole = Report()
        for sample in SAMPLES:
            checker = Checker(sample.name, Validator(CompletionChunk, converter))
            checker.add_events([sample.data])
            whole |= checker.report()
        return whole

    assert report(converter_for(engine)) == report(converter_for("ujson"))


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("source", [("a.sse", 5, 3)]),
        ("model", [("", 1, 2), ("m", 2, 0), ("n", 2, 1)]),
    ],
)
def test_a_stream_without_bodies_belongs_to_no_other_group(by: Any, expected: Any) -> None:
    """The usage that a stream lacks is counted in its own group, or in that without a name, never in the last one."""
    first = event(chunk("stop", usage=usage(1, 1))) + event(chunk(model="m", choices=[])) + DONE
    broken = event({"error": {"message": "x"}}) + DONE
    second = event(chunk("stop", model="n")) + event(chunk("stop", model="n")) + DONE
    checker = Checker("a.sse", Validator(CompletionChunk), by=by)
    checker.add_events([first + broken + second + DONE])
    found = [(group.name, group.count, group.usage.bodies_without) for group in checker.report().groups]

    assert sorted(found) == expected


def test_a_file_without_events_has_no_unnamed_group(tmp_path: Path) -> None:
    """An empty file, and one with nothing but an error, belong to the group of their source."""
    for data in (b"", event({"error": {"message": "x"}})):
        report = check(write(tmp_path / "a.sse", data), by="source")

        assert {group.name for group in report.groups} == {str(tmp_path / "a.sse")}
