"""
Streams recorded from real servers, if available, compared with a short script on their payloads.

The script doesn't use the library. It is compared with the samples too, so that it is tested everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from reference import decode
from samples import SAMPLES, Sample, cut, read
from support import CORPUS

from router_schema import RouterConverter, ValidationError, loads
from router_schema.openai import Completion, CompletionChunk
from router_schema.streams import DONE, Assembler, encode_event, iter_stream

recorded = pytest.mark.skipif(not CORPUS.is_dir(), reason="the recorded streams are not at hand")


def script(payloads: list[str | bytes]) -> tuple[dict[int, str], dict[int, str], Any]:
    """Collect texts and finish reasons by choice, and the usage, from the payloads of a stream."""
    texts: dict[int, str] = {}
    reasons: dict[int, str] = {}
    usages: list[tuple[list[int], dict[str, Any]]] = []
    for payload in payloads:
        if payload.strip() not in ("", b"", "[DONE]", b"[DONE]"):
            chunk = json.loads(payload)
            for choice in chunk["choices"]:
                texts[choice["index"]] = texts.get(choice["index"], "") + choice.get("text", "")
                if choice.get("finish_reason"):
                    reasons[choice["index"]] = choice["finish_reason"]
            if chunk.get("usage"):
                usages.append(([choice["index"] for choice in chunk["choices"]], chunk["usage"]))
    names = ("completion_tokens", "prompt_tokens", "total_tokens")
    once_a_choice = len({tuple(indexes) for indexes, _ in usages}) == len(usages) > 1
    counted = usages if once_a_choice and all(len(indexes) == 1 for indexes, _ in usages) else usages[-1:]
    usage = {name: sum(usage.get(name) or 0 for _, usage in counted) for name in names} if usages else None
    return texts, reasons, usage


def described(assembler: Assembler) -> tuple[dict[int, str], dict[int, str], Any]:
    """Collect the same from an assembler."""
    completion = assembler.partial()
    usage = completion.usage and {
        name: getattr(completion.usage, name) or 0 for name in ("completion_tokens", "prompt_tokens", "total_tokens")
    }
    texts = {choice.index: choice.text for choice in completion.choices}
    return texts, {c.index: c.finish_reason for c in completion.choices if c.finish_reason}, usage


def streams() -> list[list[str]]:
    """Return the payloads of each recorded stream."""
    lines = (CORPUS / "streams.jsonl").read_text(encoding="utf-8").splitlines() if CORPUS.is_dir() else []
    return [json.loads(line)["events"] for line in lines]


#: How the payloads may have stood on the wire.
WIRES: list[Callable[[str], str]] = [
    lambda payload: f"data: {payload}\n\n",
    lambda payload: f"data:{payload}\r\n\r\n",
    lambda payload: f": comment\revent: completion\rdata: {payload}\r\r",
]


@recorded
def test_the_streams_that_do_not_decode() -> None:
    """All recorded streams decode but Writer's, whose events have another schema."""
    errors = {}
    for number, payloads in enumerate(streams(), 1):
        reading = read([WIRES[0](payload).encode() for payload in payloads])
        if reading.error is not None:
            errors[number] = reading.error

    assert len(streams()) == 102
    assert set(errors) == {102}
    assert isinstance(errors[102], ValidationError)
    assert errors[102].event_number == 1
    assert {problem.path for problem in errors[102].errors} == {"$.id", "$.object", "$.created", "$.model", "$.choices"}


@recorded
@pytest.mark.parametrize("wire", WIRES, ids=["newlines", "carriage returns and newlines", "carriage returns, named"])
@pytest.mark.parametrize("size", [1, 200, 10**6])
def test_recorded_streams_say_what_a_script_finds(
    wire: Callable[[str], str], size: int, converter: RouterConverter
) -> None:
    """Text, finish reasons and usage of each stream equal those that the script finds in the payloads."""
    for payloads in streams()[:101]:
        reading = read(cut("".join(map(wire, payloads)).encode(), size), converter=converter)

        assert reading.error is None
        assert len(reading.chunks) == len(payloads) - (payloads[-1] == "[DONE]")
        assert reading.done == (payloads[-1] == "[DONE]")
        assert described(reading.assembler) == script(list(payloads))


@recorded
def test_recorded_streams_that_are_cut() -> None:
    """Cut after any event, a stream is complete exactly when every choice that arrived has its finish reason."""
    for payloads in streams()[:101]:
        assembler = Assembler()
        indexes, finished = set(), set()
        assert not assembler.complete
        for payload in payloads[: len(payloads) - (payloads[-1] == "[DONE]")]:
            assembler.add(loads(payload, CompletionChunk))
            for choice in json.loads(payload)["choices"]:
                indexes.add(choice["index"])
                if choice["finish_reason"] not in (None, ""):
                    finished.add(choice["index"])

            assert assembler.complete == (bool(indexes) and finished == indexes)


@recorded
def test_recorded_streams_are_encoded_and_read_again(converter: RouterConverter) -> None:
    """The chunks of each stream, encoded, decode to the same chunks."""
    for payloads in streams()[:101]:
        chunks = [converter.loads(payload, CompletionChunk) for payload in payloads if payload != "[DONE]"]

        assert list(iter_stream([*(encode_event(chunk) for chunk in chunks), DONE], converter=converter)) == chunks


@recorded
def test_recorded_bodies_are_streams_of_one_event() -> None:
    """Each recorded whole completion decodes as a chunk, and the assembler keeps its choices."""
    whole = 0
    for line in (CORPUS / "completions.jsonl").read_bytes().splitlines():
        reading = read([b"data: " + line + b"\n\n"])
        if reading.error is None and reading.assembler.complete:
            assert read([line]).chunks == reading.chunks
            indexes = [choice.index for choice in loads(line, Completion).choices]
            assert [choice.index for choice in reading.assembler.completion().choices] == sorted(indexes)
            whole += 1

    assert whole >= 420


whole_samples = [sample for sample in SAMPLES if sample.expected["error"] is None and sample.expected["chunks"]]


@pytest.mark.parametrize("sample", whole_samples, ids=lambda sample: sample.name)
def test_the_script_agrees_with_the_samples(sample: Sample) -> None:
    """The script finds the expected outcomes of the samples."""
    expected = sample.expected
    payloads: list[str | bytes] = [data for _, data, _ in decode(sample.data).events] or [sample.data]

    assert script(payloads) == (
        {choice["index"]: choice["text"] for choice in expected["choices"]},
        {choice["index"]: choice["finish_reason"] for choice in expected["choices"] if choice["finish_reason"]},
        expected["usage"],
    )
