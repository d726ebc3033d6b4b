"""The decoder of server-sent events, on every cut of every case, and against a slow and simple one."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterable
from contextlib import suppress

import pytest
from event_streams import BOM, CASES, Case
from hypothesis import given
from hypothesis import strategies as st
from reference import Outcome, decode

from router_schema import DecodeError
from router_schema.streams import Comment, Event, SSEDecoder

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def feed(pieces: Iterable[bytes]) -> Outcome:
    """Decode a stream in pieces."""
    decoder = SSEDecoder()
    outcome = Outcome()
    for piece in pieces:
        for found in decoder.feed(piece, comments=True):
            if isinstance(found, Comment):
                outcome.comments.append(found.text)
            else:
                outcome.events.append(tuple(found))
    decoder.close()
    outcome.retry, outcome.last_event_id = decoder.retry, decoder.last_event_id
    assert decoder.comments == len(outcome.comments)
    return outcome


def outcome_of(case: Case) -> Outcome:
    return Outcome(case.expected, case.comments, case.retry, case.last_event_id)


def test_cases_are_told_apart() -> None:
    """No two cases have the same name."""
    assert len({case.name for case in CASES}) == len(CASES) > 60


@each_case
def test_the_reference_agrees(case: Case) -> None:
    """The slow decoder agrees with each case."""
    assert decode(case.stream) == outcome_of(case)


@each_case
def test_whole(case: Case) -> None:
    """A stream in one piece has the outcome that the standard prescribes."""
    assert feed([case.stream]) == outcome_of(case)


@each_case
def test_byte_by_byte(case: Case) -> None:
    """A stream of single bytes has the same outcome."""
    assert feed(case.stream[i : i + 1] for i in range(len(case.stream))) == outcome_of(case)


@each_case
def test_every_cut(case: Case) -> None:
    """A stream cut in two at any byte has the same outcome; empty pieces change nothing."""
    for cut in range(len(case.stream) + 1):
        assert feed([case.stream[:cut], b"", case.stream[cut:]]) == outcome_of(case)


@each_case
def test_after_other_events(case: Case) -> None:
    """After another event, only a byte order mark changes its meaning."""
    expected = decode(b"data: first\n\n" + case.stream)

    assert feed([b"data: first\n\n", case.stream]) == feed([b"data: first\n\n" + case.stream]) == expected


fragments = st.sampled_from(
    [
        *(b"data", b"data:", b"data: ", b"event: ", b"id: ", b"retry: ", b":", b" ", b"x", b"7", b"\0", b"\xff", BOM),
        *(b"\n", b"\n\n", b"\r", b"\r\n", b"\r\n\r\n", b"\n\ndata: ", b"data: x\n\n", b"data:x\n\n", b"\xc3\xa9"),
    ]
)
streams = st.lists(fragments, max_size=30).map(b"".join) | st.binary(max_size=30)


@given(streams, st.lists(st.integers(0, 120), max_size=8))
def test_any_stream_in_any_pieces(stream: bytes, cuts: list[int]) -> None:
    """Any bytes, however they are cut, have the outcome of the slow decoder."""
    bounds = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]

    assert feed(stream[start:end] for start, end in itertools.pairwise(bounds)) == decode(stream)


# --- when events are returned ---


def test_an_event_is_returned_with_its_last_byte() -> None:
    """`feed` returns an event with the byte that ends the blank line, also if a newline may follow that byte."""
    for stream in (b"data: rye\n\n", b"data: rye\r\r", b"data: rye\r\n\r"):
        decoder = SSEDecoder()
        *before, last = (decoder.feed(stream[i : i + 1]) for i in range(len(stream)))

        assert before == [[]] * (len(stream) - 1)
        assert last == [Event("message", b"rye", "")]


def test_comments_are_counted_and_returned_on_request() -> None:
    """The decoder always counts comments, and returns them in their places only on request."""
    decoder = SSEDecoder()

    assert decoder.feed(b":a\n") == []
    assert decoder.feed(b":b\n\ndata: rye\n\n:c\n") == [Event("message", b"rye", "")]
    assert decoder.feed(b":d\ndata: oats\n:e\n\n", comments=True) == [
        Comment(b"d"),
        Comment(b"e"),
        Event("message", b"oats", ""),
    ]
    assert decoder.comments == 5


def test_events_are_values() -> None:
    """Events compare, hash, unpack and pickle by value."""
    (event,) = SSEDecoder().feed(b"event: sown\nid: 7\ndata: rye\n\n")
    name, data, last_event_id = event

    assert (name, data, last_event_id) == ("sown", b"rye", "7")
    assert {event} == {Event("sown", b"rye", "7")}
    assert pickle.loads(pickle.dumps(event)) == event


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_other_bytes_are_copied(kind: type) -> None:
    """The decoder copies other buffers, and the data of an event is always bytes."""
    for piece in (b"data: rye\n\n", b"data: ", b"rye", b"\n\n"):
        buffer = bytearray(piece)
        decoder = SSEDecoder()
        decoder.feed(b"data: first\n\n")
        found = decoder.feed(kind(buffer))
        buffer[:] = b"#" * len(buffer)
        found += decoder.feed(b"\n\n")

        assert all(type(event.data) is bytes and b"#" not in event.data for event in found)


@pytest.mark.parametrize("started", [False, True])
@pytest.mark.parametrize("data", ["data: rye\n\n", 7, None, [b"data: rye\n\n"]])
def test_other_things_are_type_errors(data: object, started: bool) -> None:
    """Anything but bytes raises TypeError, at the start and later."""
    decoder = SSEDecoder()
    if started:
        decoder.feed(b"data: first\n\n")

    with pytest.raises(TypeError, match="data must be bytes, not"):
        decoder.feed(data)  # type: ignore[arg-type]


# --- close and reset ---


def test_a_closed_decoder_takes_nothing() -> None:
    """A closed decoder raises ValueError; closing it twice is allowed."""
    decoder = SSEDecoder()
    decoder.feed(b"data: rye\n\ndata: oats\n")
    decoder.close()
    decoder.close()

    with pytest.raises(ValueError, match="closed"):
        decoder.feed(b"\n")


@pytest.mark.parametrize(
    "before", [b"data: rye\n", b"data: ry", b"event: sown\n", b":", b"data: rye\r", BOM[:2], b"id: 9\n"]
)
@pytest.mark.parametrize("closed", [False, True])
def test_reset_begins_another_stream(before: bytes, closed: bool) -> None:
    """`reset` forgets the stream before, and the decoder skips a byte order mark again."""
    decoder = SSEDecoder()
    decoder.feed(before)
    if closed:
        decoder.close()
    decoder.reset()

    assert decoder.feed(BOM + b"\ndata: oats\n\n") == [Event("message", b"oats", "")]
    assert decoder.comments == 0


def test_what_survives_a_reset() -> None:
    """Reconnection time and last event ID survive a reset, but events of the next stream do not have that ID."""
    decoder = SSEDecoder()
    decoder.feed(b"retry: 30\nid: 7\ndata: rye\n\n")
    decoder.reset()

    assert (decoder.retry, decoder.last_event_id) == (30, "7")
    assert decoder.feed(b"data: oats\n\n") == [Event("message", b"oats", "")]
    assert (decoder.retry, decoder.last_event_id) == (30, "")


# --- the bound ---

GOOD = b"data: rye\n\n"

TOO_LONG = [
    b"data: " + b"x" * 94,
    b"data: " + b"x" * 95 + b"\n\n",
    b":" + b"x" * 100 + b"\n\n",
    b"x" * 101 + b"\n",
    b"data: " + b"x" * 44 + b"\ndata: " + b"x" * 44 + b"\n\n",
    b"data\n" * 21 + b"\n",
    b"event: sown\r\ndata: " + b"x" * 95 + b"\r\n",
]


@pytest.mark.parametrize("stream", TOO_LONG)
def test_an_event_that_is_too_long(stream: bytes) -> None:
    """However it is cut, an event that exceeds the bound raises after the events before it, until a reset."""
    for size in (1, 2, 7, 50, 1000):
        decoder = SSEDecoder(max_event_size=100)
        found: list[Event] = []

        def feed_all(decoder: SSEDecoder = decoder, found: list[Event] = found, size: int = size) -> None:
            for start in range(0, len(GOOD * 2 + stream), size):
                found += decoder.feed((GOOD * 2 + stream)[start : start + size])
            decoder.close()

        with pytest.raises(DecodeError, match="an event of more than 100 bytes") as caught:
            feed_all()

        assert found == [Event("message", b"rye", "")] * 2
        assert caught.value.__context__ is None
        for _ in range(2):
            with pytest.raises(DecodeError, match="of more than 100 bytes"):
                decoder.feed(b"\n\ndata: oats\n\n")
        decoder.reset()
        assert decoder.feed(GOOD) == [Event("message", b"rye", "")]


def test_a_comment_that_is_too_long() -> None:
    """However it is cut, it is neither returned nor counted."""
    stream = b":" + b"x" * 99 + b"\n"
    for size in (1, 100, 101):
        decoder = SSEDecoder(max_event_size=100)
        with suppress(DecodeError):
            for start in range(0, len(stream), size):
                assert decoder.feed(stream[start : start + size], comments=True) == []
        assert decoder.comments == 0
        with pytest.raises(DecodeError):
            decoder.close()


def test_a_long_event_alone_is_an_error_at_once() -> None:
    """The call that exceeds the bound raises if it has no event to return."""
    for stream in TOO_LONG:
        with pytest.raises(DecodeError):
            SSEDecoder(max_event_size=100).feed(stream)


@pytest.mark.parametrize(
    "stream",
    [
        b"data: " + b"x" * 93 + b"\n\n",
        b"data: " + b"x" * 93 + b"\r\n\r\n",
        b":" + b"x" * 98 + b"\n" + b"x" * 99 + b"\n" + b"event: " + b"x" * 92 + b"\ndata: " + b"x" * 93 + b"\n\n",
        b"data\n" * 20 + b"\n",
        GOOD * 50,
    ],
)
def test_an_event_at_the_bound(stream: bytes) -> None:
    """An event at the bound passes, however it is cut, and so does a long stream of short events."""
    for size in (1, 3, 1000):
        decoder = SSEDecoder(max_event_size=100)
        found = [event for start in range(0, len(stream), size) for event in decoder.feed(stream[start : start + size])]

        assert [tuple(event) for event in found] == decode(stream).events != []


def test_the_default_bound() -> None:
    """By default, the bound is 64 MiB."""
    assert SSEDecoder().max_event_size == 64 * 2**20


def test_the_error_does_not_quote() -> None:
    """The error of a long event quotes nothing, and pickles."""
    with pytest.raises(DecodeError) as caught:
        SSEDecoder(max_event_size=10).feed(b"data: Rosebud, Rosebud\n\n")
    again = pickle.loads(pickle.dumps(caught.value))

    assert "Rosebud" not in repr(caught.value)
    assert (str(again), again.line, again.offset) == ("an event of more than 10 bytes", None, None)


def test_pieces_are_joined_once() -> None:
    """An event of 300,000 single bytes decodes; a decoder of quadratic time would copy 45 GB."""
    decoder = SSEDecoder()
    stream = b"data: " + b"x" * 300_000 + b"\n\n"
    found = [event for i in range(len(stream)) for event in decoder.feed(stream[i : i + 1])]

    assert found == [Event("message", b"x" * 300_000, "")]
