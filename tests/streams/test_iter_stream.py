"""Streams to instances: samples of what servers send, on every engine, however they are cut; and every way to fail."""

from __future__ import annotations

import io
import itertools
import json
import pickle
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from samples import SAMPLES, Reading, Sample, cut, each_sample, load, read
from support import DATA

from router_schema import (
    DecodeError,
    EncodeError,
    RouterConverter,
    RouterSchemaError,
    ValidationError,
    loads,
    make_converter,
    unstructure,
)
from router_schema.openai import Completion, CompletionChunk, ErrorBody
from router_schema.streams import DONE, IncompleteStreamError, StreamError, encode_event, iter_stream

TEXTS = [" Rye", " is", " sown", " in", " autumn", "."]
OPENAI = load("openai").data


def event(data: Any, **changes: Any) -> bytes:
    """Encode JSON *data* as an event."""
    return f"data: {json.dumps({**data, **changes})}\n\n".encode()


def chunk(text: str = "Rye.", **changes: Any) -> dict[str, Any]:
    """Return a chunk as parsed JSON."""
    choice = {"index": 0, "text": text, "finish_reason": None}
    names = {"id": "cmpl-rye-7", "object": "text_completion", "created": 1760000123, "model": "granary/rye-1b"}
    return {**names, "choices": [choice], **changes}


def texts(chunks: Any) -> list[str]:
    return [chunk.choices[0].text for chunk in chunks]


# --- samples ---


def test_there_are_samples() -> None:
    """The folder has samples, and each one has its outcome."""
    assert len(SAMPLES) >= 40
    assert len(list((DATA / "streams").iterdir())) == 2 * len(SAMPLES)
    assert {"litellm", "openai", "tgi", "vllm"} <= {sample.name.partition("-")[0] for sample in SAMPLES}


def check(sample: Sample, reading: Reading) -> None:
    """Assert that a reading of the sample has the expected outcome."""
    expected = sample.expected
    completion = reading.assembler.partial()
    described = {
        "chunks": len(reading.chunks),
        "done": reading.done,
        "complete": reading.assembler.complete,
        "error": describe(reading.error),
        "id": completion.id,
        "model": completion.model,
        "system_fingerprint": completion.system_fingerprint,
        "choices": [
            {"index": choice.index, "text": choice.text, "finish_reason": choice.finish_reason}
            for choice in completion.choices
        ],
        "usage": completion.usage
        and {name: getattr(completion.usage, name) for name in ("completion_tokens", "prompt_tokens", "total_tokens")},
    }
    if "created" in expected:
        described["created"] = completion.created
    if "comments" in expected:
        described["comments"] = reading.comments
    if "logprobs" in expected:
        described["logprobs"] = unstructure(completion.choices[0].logprobs)

    assert described == expected


def describe(error: RouterSchemaError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    described = {"error": type(error).__name__, "event": error.event_number}  # type: ignore[attr-defined]
    if isinstance(error, StreamError):
        described |= {name: getattr(error.error_body, name) for name in ("message", "type", "code")}
    return described


@each_sample
@pytest.mark.parametrize("size", [1, 7, 100, 4096, 10**6])
def test_samples_come_to_what_is_beside_them(sample: Sample, size: int, converter: RouterConverter) -> None:
    """Each sample, in pieces of any size, yields the expected chunks, completion and error."""
    check(sample, read(cut(sample.data, size), converter=converter))


@each_sample
def test_a_cut_stream_never_looks_like_more(sample: Sample) -> None:
    """Cut after any byte, a stream yields its first chunks, and is complete only if these have all finish reasons."""
    whole = read([sample.data])
    for end in range(len(sample.data)):
        reading = read([sample.data[:end]])
        reasons = {c.index: c.finish_reason for chunk in reading.chunks for c in chunk.choices if c.finish_reason}
        indexes = {c.index for chunk in reading.chunks for c in chunk.choices}

        assert reading.chunks == whole.chunks[: len(reading.chunks)]
        assert reading.assembler.complete == (bool(indexes) and set(reasons) == indexes)
        assert reading.done <= whole.done


# --- as they arrive ---


def test_a_chunk_is_yielded_with_its_last_byte() -> None:
    """The stream yields every chunk with its last byte, before it reads the next piece."""
    pieces = cut(OPENAI, 1)
    pieces_read = 0

    def source() -> Iterator[bytes]:
        nonlocal pieces_read
        for piece in pieces:
            pieces_read += 1
            yield piece

    ends = [index + 2 for index in range(len(OPENAI)) if OPENAI.startswith(b"\n\n", index)]
    for number, _ in enumerate(iter_stream(source())):
        assert pieces_read == ends[number]
    assert number == 6


def test_it_ends_at_done() -> None:
    """The stream reads nothing after [DONE], not even in the same piece."""

    def source() -> Iterator[bytes]:
        yield OPENAI + b"data: {}\n\n"
        raise AssertionError("read on")

    stream = iter_stream(source())

    assert len(list(stream)) == 7
    assert stream.done
    assert stream.events == 8
    assert list(stream) == []


@pytest.mark.parametrize("done", [b"[DONE]", b" [DONE]", b"[DONE] ", b"\ndata: [DONE]", b"[DONE]\ndata:"])
def test_done_may_have_white_space(done: bytes) -> None:
    """White space around [DONE] changes nothing."""
    stream = iter_stream([event(chunk()), b"data: " + done + b"\n\n", event(chunk())])

    assert len(list(stream)) == 1
    assert stream.done


def test_sources_of_every_kind(tmp_path: Path) -> None:
    """Lists, generators, open files, bytearrays and memoryviews yield the same chunks."""
    path = tmp_path / "stream.sse"
    path.write_bytes(OPENAI)
    with open(path, "rb") as file:
        from_file = list(iter_stream(file))

    assert texts(from_file) == [*TEXTS, ""]
    assert list(iter_stream(io.BytesIO(OPENAI))) == from_file
    assert list(iter_stream(piece for piece in cut(OPENAI, 50))) == from_file
    assert list(iter_stream(bytearray(piece) for piece in cut(OPENAI, 50))) == from_file  # type: ignore[misc]
    assert list(iter_stream(memoryview(piece) for piece in cut(OPENAI, 3))) == from_file  # type: ignore[misc]


def test_a_buffer_may_be_used_again() -> None:
    """The stream copies pieces, so the source may overwrite its buffer."""
    for data in (OPENAI, load("whole-body").data):
        expected = list(iter_stream([data]))

        def source(data: bytes = data) -> Iterator[Any]:
            buffer = bytearray(5)
            for piece in cut(data, 5):
                buffer[:] = piece
                yield buffer

        assert list(iter_stream(source())) == expected


def test_a_stream_can_be_stepped_through() -> None:
    """A loop continues after the chunks that next returned."""
    stream = iter_stream(cut(OPENAI, 20))
    first = next(stream)
    second = next(stream)

    assert texts([first, second]) == TEXTS[:2]
    assert stream.events == 2
    for third in stream:
        assert texts([third]) == TEXTS[2:3]
        break
    stream.close()
    assert list(stream) == []


def test_closing_closes_the_source() -> None:
    """Closing a stream early closes the generator that feeds it."""
    closed = []

    def source() -> Iterator[bytes]:
        try:
            yield from cut(OPENAI, 20)
        finally:
            closed.append(True)

    stream = iter_stream(source())
    next(stream)
    stream.close()

    assert closed == [True]


def test_comments_are_counted() -> None:
    """The stream counts comments, and does not count them as events."""
    stream = iter_stream([b": a\n\n", event(chunk()), b": b\n\n: c\n"])

    assert len(list(stream)) == 1
    assert (stream.events, stream.comments, stream.done) == (1, 3, False)


# --- classes and converters ---


def test_class_and_converter_are_honoured() -> None:
    """The stream decodes events to the class and with the converter in its arguments."""

    @attrs.frozen
    class Piece:
        value: str

    strict = make_converter(forbid_extra_keys=True)
    data = b'data: {"value": "rye", "more": 1}\n\n'

    assert list(iter_stream([data], Piece)) == [Piece("rye")]
    with pytest.raises(ValidationError, match="unexpected key"):
        list(iter_stream([data], Piece, converter=strict))


def test_whole_bodies_may_have_their_own_class() -> None:
    """A whole body in place of a stream can be decoded to its own class."""
    for name in ("whole-body", "whole-body-as-event"):
        data = load(name).data
        (completion,) = iter_stream(cut(data, 9), Completion)

        assert completion == loads(data.removeprefix(b"data: ").removesuffix(DONE), Completion)


def test_unsupported_classes_are_refused_at_once() -> None:
    """An unsupported class raises TypeError before the stream reads anything."""

    @attrs.frozen
    class Odd:
        value: complex

    with pytest.raises(TypeError, match=r"Odd\.value"):
        iter_stream([], Odd)


# --- events that do not match ---

BAD = event({"id": 7})


def test_an_event_that_does_not_match_is_raised() -> None:
    """The stream yields the chunks before the event; the error has its number, no context, and quotes no data."""
    stream = iter_stream([b": comment\n\n" + event(chunk("one")) + event(chunk(3)) + event(chunk("two"))])
    first = next(stream)
    with pytest.raises(ValidationError) as caught:
        next(stream)
    error = caught.value

    assert first.choices[0].text == "one"
    assert error.event_number == 2
    assert str(error) == "event 2: 1 problem in CompletionChunk\n  $.choices[0].text: expected string, got integer"
    assert error.__context__ is error.__cause__ is None
    assert pickle.loads(pickle.dumps(error)).event_number == 2
    assert list(stream) == []


def test_an_event_that_is_not_json_is_raised() -> None:
    """The error of an event that is not JSON has the event's number and the position in its data."""
    with pytest.raises(DecodeError, match=r"^event 1: not JSON: .*line 1 column 8 \(offset 7\)") as caught:
        list(iter_stream([b'data: {"id": }\n\n']))

    assert not isinstance(caught.value, ValidationError)
    assert caught.value.__context__ is None


def test_events_can_be_skipped() -> None:
    """on_error="skip" skips events that do not match."""
    stream = iter_stream([BAD, event(chunk("one")) + BAD, b"data: {\n\n" + event(chunk("two"))], on_error="skip")

    assert texts(stream) == ["one", "two"]
    assert stream.events == 5


def test_events_can_be_given_to_a_function() -> None:
    """The stream calls the function when it reaches the event, with the event's number and its error."""
    seen: list[Any] = []

    def note(number: int, error: DecodeError) -> None:
        seen.append((number, type(error), error.event_number))

    data = event(chunk("one")) + BAD + event(chunk("two")) + b"data: {\n\n"
    for found in iter_stream([data], on_error=note):
        seen.append(found.choices[0].text)

    assert seen == ["one", (2, ValidationError, 2), "two", (4, DecodeError, 4)]


def test_what_the_function_raises_passes() -> None:
    """An exception of the function ends the stream and reaches the consumer."""

    def stop(number: int, error: DecodeError) -> None:
        raise KeyError(number)

    stream = iter_stream([event(chunk()) + BAD], on_error=stop)
    next(stream)

    with pytest.raises(KeyError):
        next(stream)


@pytest.mark.parametrize("on_error", ["ignore", None, 7])
def test_unknown_on_error_is_refused_at_once(on_error: Any) -> None:
    """An unknown on_error raises ValueError before the stream reads anything."""
    with pytest.raises(ValueError, match="on_error must be"):
        iter_stream([], on_error=on_error)


@pytest.mark.parametrize("data", [b"", b" ", b"\t", b"\ndata:", b"\ndata: \ndata: "])
def test_events_without_text_are_skipped(data: bytes) -> None:
    """An event of white space is counted and skipped."""
    stream = iter_stream([b"data: " + data + b"\n\n" + event(chunk("one"))])

    assert texts(stream) == ["one"]
    assert stream.events == 2


# --- errors that the server reports ---

ERROR = {"message": "Rosebud is empty.", "type": "server_error", "param": None, "code": "empty"}


@pytest.mark.parametrize("on_error", ["raise", "skip", lambda number, error: None])
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (event({"error": ERROR}), ErrorBody("Rosebud is empty.", "server_error", None, "empty")),
        (event(chunk(error=ERROR)), ErrorBody("Rosebud is empty.", "server_error", None, "empty")),
        (event(chunk(choices=[], error=ERROR)), ErrorBody("Rosebud is empty.", "server_error", None, "empty")),
        (event({"error": "Rosebud is empty."}), ErrorBody("Rosebud is empty.")),
        (event({"object": "error", **ERROR}), ErrorBody("Rosebud is empty.", "server_error", None, "empty")),
        (b"event: error\n" + event({"error": ERROR}), ErrorBody("Rosebud is empty.", "server_error", None, "empty")),
        (b"event: error\n" + event(ERROR), ErrorBody("Rosebud is empty.", "server_error", None, "empty")),
        (b'event: error\ndata: "Rosebud is empty."\n\n', ErrorBody("Rosebud is empty.")),
        (b"event: error\ndata: Rosebud is empty.\n\n", ErrorBody("Rosebud is empty.")),
        (b"event: error\ndata: [1, 2]\n\n", ErrorBody("[1, 2]")),
        (b"event: error\ndata: \xff\n\n", ErrorBody("\ufffd")),
        (b"event: error\ndata\n\n", ErrorBody("")),
        (b"event: error\ndata: {}\n\n", ErrorBody()),
    ],
)
def test_a_reported_error_is_raised(data: bytes, expected: ErrorBody, on_error: Any) -> None:
    """The stream yields the chunks before a reported error of any form, then raises it with its body."""
    stream = iter_stream([event(chunk("one")) + data + DONE], on_error=on_error)
    first = next(stream)
    with pytest.raises(StreamError) as caught:
        next(stream)
    error = caught.value

    assert first.choices[0].text == "one"
    assert (error.error_body, error.event_number) == (expected, 2)
    assert error.__context__ is error.__cause__ is None
    assert "Rosebud" not in "".join(traceback.format_exception(error))
    assert "Rosebud" not in repr(error)
    assert not stream.done
    assert list(stream) == []


@pytest.mark.parametrize(
    "more",
    [
        *({"error": nothing} for nothing in (None, "", {}, [], False, 0)),
        {"error": True},
        {"warning": "error"},
        {"choices": [{"index": 0, "text": 'an "error"', "finish_reason": "error"}]},
        {"choices": [{"index": 0, "text": "error", "finish_reason": "error", "error": "error"}]},
        {"choices": [{"index": 0, "text": "x", "logprobs": {"tokens": ["error"], "top_logprobs": [{"error": -1.5}]}}]},
    ],
)
def test_what_only_looks_like_an_error(more: dict[str, Any]) -> None:
    """An empty error key, and the word elsewhere, report no error."""
    found = list(iter_stream([event(chunk(**more)), DONE]))

    assert found == [loads(json.dumps(chunk(**more)), CompletionChunk)]


def test_an_error_body_in_place_of_a_stream() -> None:
    """A JSON error body in place of a stream raises StreamError without an event number."""
    data = json.dumps({"error": ERROR}, indent=2).encode()
    with pytest.raises(StreamError) as caught:
        list(iter_stream(cut(data, 3)))

    assert caught.value.event_number is None
    assert str(caught.value) == "an error body (type 'server_error', code 'empty') in place of a stream"
    assert caught.value.error_body.message == "Rosebud is empty."


def test_the_text_of_a_stream_error() -> None:
    """Message and repr contain the event's number, the type and the code, cut at 40 characters; the error pickles."""
    error = StreamError(ErrorBody("Rosebud", "t" * 1000, "Rosebud", 429), 3)
    again = pickle.loads(pickle.dumps(error))

    assert str(error) == f"event 3: an error body (type '{'t' * 40}…', code 429)"
    assert repr(error) == f"<StreamError: {error}>"
    assert (again.error_body, again.event_number, str(again)) == (error.error_body, 3, str(error))


def test_the_errors_are_of_the_family() -> None:
    """Both errors of streams derive from RouterSchemaError, and not from DecodeError."""
    for cl in (StreamError, IncompleteStreamError):
        assert issubclass(cl, RouterSchemaError)
        assert not issubclass(cl, DecodeError)


# --- input that is not a stream ---


@pytest.mark.parametrize("size", [1, 2, 9, 10, 1000])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"<html>Rosebud</html>", "not an event stream, but HTML or XML"),
        (b"\r\n  <?xml Rosebud", "not an event stream, but HTML or XML"),
        (b"\x1f\x8b\x08\x00Rosebud", "not an event stream, but compressed (gzip)"),
        (b"Rosebud", "not an event stream"),
        (b"Rosebud: Rosebud\n\n", "not an event stream"),
        (b"database Rosebud\n", "not an event stream"),
        (b"\xef\xbb\xbf{}", "not an event stream"),
        (b"\xff\xfed\x00a\x00t\x00a\x00", "not an event stream"),
    ],
)
def test_other_input_is_named(data: bytes, message: str, size: int) -> None:
    """HTML, text, UTF-16 and compressed data raise a DecodeError that names the problem and quotes nothing."""
    with pytest.raises(DecodeError) as caught:
        list(iter_stream(cut(data, size)))

    assert str(caught.value) == message
    assert type(caught.value) is DecodeError
    assert caught.value.__context__ is None


def test_html_is_an_error_at_its_first_byte() -> None:
    """HTML raises at its first byte, so an endless page does too."""
    with pytest.raises(DecodeError, match="HTML"):
        list(iter_stream(itertools.repeat(b"<p>")))


@pytest.mark.parametrize(
    "data",
    [
        *(
            b"",
            b"\n",
            b" \r\n",
            b":",
            b": comment",
            b": comment\n\n",
            b"d",
            b"dat",
            b"data",
            b"data:",
            b"data: {",
            b"i",
        ),
        *(
            b"\xef",
            b"\xef\xbb\xbf",
            b"\xef\xbb\xbfdata: {",
            b"event: x\n",
            b"id",
            b"retry: 5\n\n",
            b"\nevent",
            b"ev\r\n",
        ),
        b"silo: full\n: comment\n",
    ],
)
@pytest.mark.parametrize("size", [1, 100])
def test_a_stream_without_events_is_empty(data: bytes, size: int) -> None:
    """A stream that breaks off before its first event is empty and not complete."""
    reading = read(cut(data, size))

    assert reading == Reading(comments=data.count(b": comment\n"))
    assert not reading.assembler.complete


@pytest.mark.parametrize("size", [1, 8, 1000])
@pytest.mark.parametrize("space", [b"", b" \r\n\t"])
def test_a_whole_body_is_one_chunk(size: int, space: bytes) -> None:
    """JSON in place of a stream, with any white space around it, yields one chunk at its end."""
    body = chunk(choices=[{"index": 0, "text": "Rye.", "finish_reason": "stop"}])
    stream = iter_stream(cut(space + json.dumps(body, indent=1).encode() + space, size))

    assert list(stream) == [loads(json.dumps(body), CompletionChunk)]
    assert (stream.events, stream.done) == (0, False)


def test_a_broken_body_has_its_place() -> None:
    """Positions count from the first byte that is not white space, however the input is cut."""
    for size in (1, 3, 100):
        with pytest.raises(DecodeError, match=r"line 2 column 8 \(offset 9\)"):
            list(iter_stream(cut(b'\n\n \r\n {\n "id": }', size)))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b'{"id": "cmpl-rye-7"}', ValidationError),
        (b"[]", ValidationError),
        (b'{"id": "cmpl-rye-7"', DecodeError),
        (b'{"a": 1}\n{"a": 2}', DecodeError),
        (b"{}data: x\n\n", DecodeError),
    ],
)
@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_a_whole_body_that_does_not_match_is_raised(data: bytes, error: type[DecodeError], on_error: Any) -> None:
    """A whole body that does not match raises, also with on_error="skip"."""
    with pytest.raises(error) as caught:
        list(iter_stream(cut(data, 4), on_error=on_error))

    assert type(caught.value) is error
    assert caught.value.event_number is None


def test_bodies_and_events_are_bounded() -> None:
    """A body or an event that exceeds the bound raises while it arrives."""
    with pytest.raises(DecodeError, match="a body of more than 100 bytes"):
        list(iter_stream(itertools.repeat(b'{"id": '), max_event_size=100))
    with pytest.raises(DecodeError, match="an event of more than 100 bytes"):
        list(iter_stream(itertools.chain([b"data: "], itertools.repeat(b"x")), max_event_size=100))
    with pytest.raises(DecodeError, match="an event of more than 100 bytes"):
        list(iter_stream([b"event: x\n", b"data: " + b"x" * 100 + b"\n\n"], max_event_size=100))
    with pytest.raises(DecodeError, match="an event of more than 100 bytes"):
        list(iter_stream([b"data: " + b"x" * 100 + b"\n\n"], max_event_size=100))


@pytest.mark.parametrize("size", [1, 50, 10_000])
@pytest.mark.parametrize("end", [b"x" * 500, b"x" * 500 + b"\n", b"event: x\ndata: " + b"x" * 500 + b"\n\n"])
@pytest.mark.parametrize("name", [b"", b"event: x\n"])
def test_chunks_before_a_long_event_are_yielded(size: int, end: bytes, name: bytes) -> None:
    """The stream yields all chunks before an event that exceeds the bound."""
    data = event(chunk("one")) + name + event(chunk("two")) + b"data: " + end
    reading = read(cut(data, size), max_event_size=300)

    assert texts(reading.chunks) == ["one", "two"]
    assert str(reading.error) == "an event of more than 300 bytes"


@pytest.mark.parametrize(
    ("chunks", "name"),
    [(["data: x\n\n"], "str"), (b"data: x\n\n", "int"), ([OPENAI, "x"], "str"), ([None], "NoneType")],
)
def test_other_pieces_are_type_errors(chunks: Any, name: str) -> None:
    """Pieces of text, and bytes that are not in a list, raise TypeError."""
    with pytest.raises(TypeError, match=f"bytes, not {name}"):
        list(iter_stream(chunk for chunk in chunks if chunk is not OPENAI))


def test_other_pieces_are_type_errors_later() -> None:
    """A piece of text in the middle raises TypeError."""
    stream = iter_stream([event(chunk("one")), "data: x\n\n"])  # type: ignore[list-item]
    next(stream)

    with pytest.raises(TypeError, match="bytes, not str"):
        next(stream)


# --- encoding ---


@each_sample
def test_what_is_encoded_is_read_again(sample: Sample, converter: RouterConverter) -> None:
    """The chunks of each sample, encoded, decode to the same chunks."""
    chunks = read([sample.data]).chunks
    data = b"".join(encode_event(chunk, converter=converter) for chunk in chunks) + DONE
    stream = iter_stream([data], converter=converter)

    assert list(stream) == chunks
    assert stream.done


def test_an_encoded_event() -> None:
    """An event is one line; its keys have the order that servers use, and both nulls are present."""
    (found,) = iter_stream([event(chunk('two\nlines, \u2028 a "quote"'))])

    assert encode_event(found).decode() == (
        'data: {"id":"cmpl-rye-7","object":"text_completion","created":1760000123,"model":"granary/rye-1b",'
        '"choices":[{"index":0,"text":"two\\nlines, \u2028 a \\"quote\\"","logprobs":null,"finish_reason":null}]}\n\n'
    )


def test_a_chunk_that_cannot_be_encoded() -> None:
    """A chunk with an invalid value raises EncodeError."""
    (found,) = iter_stream([event(chunk())])

    with pytest.raises(EncodeError, match=r"\$\.model"):
        encode_event(attrs.evolve(found, model=None))
