"""Chunks to a completion: texts, reasons, names, usage, and when it is complete."""

from __future__ import annotations

import pickle
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import Sample, each_sample, load, read

from router_schema import dumps, loads
from router_schema.openai import (
    Completion,
    CompletionChoice,
    CompletionChunk,
    CompletionChunkChoice,
    CompletionTokensDetails,
    CompletionUsage,
    Logprobs,
    PromptTokensDetails,
    to_router,
)
from router_schema.orq import CreateCompletionData
from router_schema.streams import Assembler, IncompleteStreamError


def piece(text: str = "", finish_reason: str | None = None, index: int = 0, **more: Any) -> CompletionChunkChoice:
    return CompletionChunkChoice(index=index, text=text, finish_reason=finish_reason, **more)


def chunk(*choices: CompletionChunkChoice, **changes: Any) -> CompletionChunk:
    names = {"id": "cmpl-rye-7", "object": "text_completion", "created": 1760000123, "model": "granary/rye-1b"}
    return CompletionChunk(**{**names, "choices": choices, **changes})


def assembled(*chunks: CompletionChunk | Completion, **options: Any) -> Assembler:
    assembler = Assembler(**options)
    for item in chunks:
        assembler.add(item)
    return assembler


def usage(completion: int | None, prompt: int | None = None, total: int | None = None) -> CompletionUsage:
    return CompletionUsage(completion_tokens=completion, prompt_tokens=prompt, total_tokens=total)


def last(index: int) -> CompletionChunkChoice:
    return piece("x", "stop", index=index)


# --- texts, reasons, names ---


def test_texts_are_joined_by_choice() -> None:
    """The assembler joins interleaved choices and sorts them by index."""
    assembler = assembled(
        chunk(piece("c", index=2)),
        chunk(piece("a", index=0), piece("b", index=1)),
        chunk(piece("C", "stop", index=2)),
        chunk(piece("B", "length", index=1), piece("A", "stop", index=0)),
    )

    assert [(c.index, c.text, c.finish_reason) for c in assembler.completion().choices] == [
        (0, "aA", "stop"),
        (1, "bB", "length"),
        (2, "cC", "stop"),
    ]


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ([None, "", None], None),
        ([None, "stop"], "stop"),
        (["", "length", "", None], "length"),
        (["length", "stop"], "stop"),
        (["stop", None, "length", ""], "length"),
        ([], None),
    ],
)
def test_the_last_word_is_the_finish_reason(reasons: list[str | None], expected: str | None) -> None:
    """The last word of a choice's reasons counts; null and "" before or after it change nothing."""
    assembler = assembled(chunk(piece("x")), *(chunk(piece("", reason)) for reason in reasons))

    assert assembler.partial().choices[0].finish_reason == expected
    assert assembler.complete == (expected is not None)


def test_huge_indexes() -> None:
    """Indexes of any size are told apart and sorted, and none of them make a stream slow: their keys do not collide."""
    indexes = [-(2**70), -1, *(step * (2**61 - 1) + 1 for step in range(50))]
    assembler = assembled(*(chunk(piece("x", "stop", index=index), usage=usage(1)) for index in reversed(indexes)))

    assert [choice.index for choice in assembler.completion().choices] == indexes
    assert assembler.completion().usage == usage(len(indexes))
    assert len(set(map(hash, assembler._choices))) == len(indexes)


def test_text_after_the_finish_reason_counts() -> None:
    """The assembler keeps text and usage that follow a finish reason."""
    assembler = assembled(chunk(piece("a", "length")), chunk(piece("b")), chunk(usage=usage(2)))
    completion = assembler.completion()

    assert (completion.choices[0].text, completion.usage) == ("ab", usage(2))


def test_the_first_names_count() -> None:
    """The first id, object, created, model and fingerprint that is not empty counts."""
    completion = assembled(
        chunk(id="", object="", created=0, model=""),
        chunk(piece("a"), id="1", created=5),
        chunk(piece("b", "stop"), id="2", object="other", created=6, model="other", system_fingerprint="fp_1"),
        chunk(system_fingerprint="fp_2"),
    ).completion()

    assert (completion.id, completion.object, completion.created) == ("1", "text_completion", 5)
    assert (completion.model, completion.system_fingerprint) == ("granary/rye-1b", "fp_1")


def test_log_probabilities_are_concatenated() -> None:
    """The assembler joins the lists of a choice and skips null; a list that never arrives is null."""
    first = Logprobs(tokens=("a",), token_logprobs=(None,), top_logprobs=(None,))
    second = Logprobs(tokens=("b", "c"), token_logprobs=(-1.0, -2.0), top_logprobs=({"b": -1.0}, {"c": -2.0}))
    completion = assembled(
        chunk(piece("a", logprobs=first), piece("x", "stop", index=1)),
        chunk(piece("", logprobs=None)),
        chunk(piece("bc", "stop", logprobs=second)),
        chunk(piece("", logprobs=Logprobs())),
    ).completion()

    assert completion.choices[0].logprobs == Logprobs(
        tokens=("a", "b", "c"),
        token_logprobs=(None, -1.0, -2.0),
        top_logprobs=(None, {"b": -1.0}, {"c": -2.0}),
        text_offset=None,
    )
    assert completion.choices[1].logprobs is None


def test_short_lists_of_log_probabilities_are_filled() -> None:
    """An empty or short list beside the tokens stays aligned with them; offsets are then left out."""
    short = Logprobs(tokens=("a", "b"), token_logprobs=(-1.0,), top_logprobs=(), text_offset=(0,))
    full = Logprobs(tokens=("c",), token_logprobs=(-3.0,), top_logprobs=({"c": -3.0},), text_offset=(2,))
    joined = assembled(chunk(piece(logprobs=short)), chunk(piece(logprobs=full))).partial().choices[0].logprobs

    assert joined == Logprobs(
        tokens=("a", "b", "c"),
        token_logprobs=(-1.0, None, -3.0),
        top_logprobs=(None, None, {"c": -3.0}),
        text_offset=None,
    )


@pytest.mark.parametrize("empty_first", [True, False])
def test_log_probabilities_stay_aligned(empty_first: bool) -> None:
    """Where only some pieces have a list, the other tokens have None in it; offsets are all or none."""
    bare = Logprobs(tokens=("a", "b"), token_logprobs=(-1.0, -2.0))
    full = Logprobs(tokens=("c",), token_logprobs=(-3.0,), top_logprobs=({"c": -3.0},), text_offset=(2,))
    pieces = (bare, full) if empty_first else (full, bare)
    joined = assembled(*(chunk(piece(logprobs=logprobs)) for logprobs in pieces)).partial().choices[0].logprobs

    assert joined is not None
    assert joined.tokens == (("a", "b", "c") if empty_first else ("c", "a", "b"))
    assert joined.token_logprobs == ((-1.0, -2.0, -3.0) if empty_first else (-3.0, -1.0, -2.0))
    assert joined.top_logprobs == ((None, None, {"c": -3.0}) if empty_first else ({"c": -3.0}, None, None))
    assert joined.text_offset is None


def test_log_probabilities_without_tokens_stay_aligned() -> None:
    """The longest list of a piece says how many tokens it has; tokens are all or none."""
    first, second = Logprobs(tokens=("a",), token_logprobs=(-1.0,)), Logprobs(top_logprobs=({"b": -2.0}, None))
    pieces = (chunk(piece(logprobs=logprobs)) for logprobs in (first, second))

    assert assembled(*pieces).partial().choices[0].logprobs == Logprobs(
        token_logprobs=(-1.0, None, None), top_logprobs=(None, {"b": -2.0}, None)
    )


# --- usage ---


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([chunk(piece("a"))], None),
        ([chunk(piece("a")), chunk(usage=usage(3, 4, 7))], usage(3, 4, 7)),
        ([chunk(piece("a"), usage=usage(1)), chunk(piece("b"), usage=usage(2))], usage(2)),
        ([chunk(piece("a"), usage=usage(1)), chunk(piece("b"), usage=usage(2)), chunk(usage=usage(2))], usage(2)),
        ([chunk(last(0), usage=usage(1)), chunk(last(1), usage=usage(2))], usage(3)),
        ([chunk(last(0), usage=usage(1)), chunk(last(1), usage=usage(2)), chunk(usage=usage(9))], usage(9)),
        ([chunk(piece(index=0), usage=usage(1)), chunk(piece(index=1), usage=usage(2))], usage(2)),
        (
            [chunk(piece(index=0), usage=usage(1)), chunk(last(0), usage=usage(2)), chunk(last(1), usage=usage(3))],
            usage(3),
        ),
        ([chunk(last(0), last(1), usage=usage(2))], usage(2)),
        ([chunk(piece(index=i % 2), usage=usage(i)) for i in range(1, 6)], usage(5)),
        ([chunk(piece(index=0), piece(index=1), usage=usage(i)) for i in range(1, 4)], usage(3)),
        ([chunk(usage=usage(9)), chunk(piece(), usage=usage(1)), chunk(piece(index=1), usage=usage(2))], usage(2)),
        ([chunk(usage=usage(9)), chunk(piece("a")), chunk(piece("b"), usage=None)], usage(9)),
    ],
    ids=[
        *("none", "alone", "running", "running, then alone", "once a choice", "once a choice, then alone"),
        *("running, first events", "running, then with reasons", "both choices at once"),
        *("running over two choices", "running in chunks of two", "alone, then in chunks", "alone, then none"),
    ],
)
def test_the_last_usage_counts(chunks: list[CompletionChunk], expected: CompletionUsage | None) -> None:
    """The last usage counts; the assembler adds usages up only if each comes with a choice's finish reason."""
    assert assembled(*chunks).partial().usage == expected


def test_usages_are_added_field_by_field() -> None:
    """A count that is null adds nothing, and stays null if no choice has it; details follow the same rule."""
    first = CompletionUsage(
        completion_tokens=3,
        prompt_tokens=None,
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=1),
        prompt_tokens_details=PromptTokensDetails(cached_tokens=2),
    )
    second = CompletionUsage(
        completion_tokens=4, total_tokens=9, prompt_tokens_details=PromptTokensDetails(cached_tokens=5)
    )
    completion = assembled(chunk(last(0), usage=first), chunk(last(1), usage=second)).partial()

    assert completion.usage == CompletionUsage(
        completion_tokens=7,
        prompt_tokens=None,
        total_tokens=9,
        completion_tokens_details=CompletionTokensDetails(reasoning_tokens=1),
        prompt_tokens_details=PromptTokensDetails(cached_tokens=7),
    )


def test_usages_of_a_class_of_the_users_are_added() -> None:
    """The assembler keeps the class of a usage and adds up its additional fields."""

    @attrs.frozen
    class Billed(CompletionUsage):
        cost: float = 0.0

    completion = assembled(
        chunk(last(0), usage=Billed(completion_tokens=1, cost=0.5)),
        chunk(last(1), usage=Billed(completion_tokens=2, cost=0.25)),
    ).partial()

    assert completion.usage == Billed(completion_tokens=3, cost=0.75)


# --- whole or not ---


def test_nothing_is_not_complete() -> None:
    """A stream without choices is empty and not complete, also if it has a usage."""
    empty = Completion(id="", choices=(), created=0, model="", object="")

    assert assembled().partial() == empty
    assert not assembled().complete
    assert not assembled(chunk(usage=usage(3))).complete
    with pytest.raises(IncompleteStreamError, match=r"^incomplete stream: 0 of 1 choices arrived$"):
        assembled().completion()


def test_one_unfinished_choice_is_enough() -> None:
    """A stream is complete exactly when every choice that arrived has its reason."""
    assembler = assembled(chunk(piece("a", "stop"), piece("b", index=1)), chunk(piece("c", index=2)))
    with pytest.raises(IncompleteStreamError) as caught:
        assembler.completion()

    assert not assembler.complete
    assert str(caught.value) == "incomplete stream: 2 of 3 choices have no finish reason"
    assert (caught.value.choices, caught.value.unfinished, caught.value.expected) == (3, 2, 1)
    assembler.add(chunk(piece("", "stop", index=1), piece("", "length", index=2)))
    assert assembler.complete
    assert assembler.completion() == assembler.partial()


def test_more_choices_can_be_expected() -> None:
    """A stream with fewer choices than expected is not complete."""
    assembler = assembled(chunk(piece("a", "stop")), choices=2)
    with pytest.raises(IncompleteStreamError, match=r"^incomplete stream: 1 of 2 choices arrived$"):
        assembler.completion()
    assembler.add(chunk(piece("b", index=1)))
    with pytest.raises(IncompleteStreamError, match=r"^incomplete stream: 1 of 2 choices have no finish reason$"):
        assembler.completion()
    assembler.add(chunk(piece("", "stop", index=1)))

    assert [choice.text for choice in assembler.completion().choices] == ["a", "b"]


@pytest.mark.parametrize("choices", [0, -1])
def test_fewer_than_one_choice_is_refused(choices: int) -> None:
    """A stream without choices is never complete, so an assembler that expects none raises ValueError."""
    with pytest.raises(ValueError, match="choices must be at least 1"):
        Assembler(choices=choices)


def test_the_error_pickles_and_does_not_quote() -> None:
    """The error contains only numbers."""
    with pytest.raises(IncompleteStreamError) as caught:
        assembled(chunk(piece("Rosebud"), id="Rosebud")).completion()
    again = pickle.loads(pickle.dumps(caught.value))

    assert "Rosebud" not in f"{caught.value!r} {caught.value}"
    assert (again.choices, again.unfinished, str(again)) == (1, 1, str(caught.value))


def test_partial_can_be_asked_for_at_any_time() -> None:
    """`partial` returns what arrived so far after each chunk, and has no side effect."""
    assembler = Assembler()
    seen = []
    for text in "rye":
        assembler.add(chunk(piece(text)))
        seen.append(assembler.partial().choices[0].text)

    assert seen == ["r", "ry", "rye"]


# --- the result ---


def test_a_whole_body_assembles_to_itself() -> None:
    """The assembled completion of a single whole body equals that body."""
    completion = Completion(
        id="cmpl-rye-7",
        choices=(CompletionChoice(finish_reason="stop", index=0, text="Rye."),),
        created=1760000123,
        model="granary/rye-1b",
        object="text_completion",
        usage=usage(1, 2, 3),
    )

    assert assembled(completion).completion() == completion
    assert assembled(loads(dumps(completion), CompletionChunk)).completion() == completion


def test_the_way_to_the_routers_body() -> None:
    """`to_router` accepts an assembled completion."""
    completion = read([load("openai-usage").data]).assembler.completion()
    body = to_router(completion, system_fingerprint="fp_rye")

    assert body.choices[0].text == " Rye is sown in autumn."
    assert body.usage.total_tokens == 19.0
    assert loads(dumps(body)) == body


@each_sample
def test_a_partial_completion_is_valid(sample: Sample) -> None:
    """A partial completion can always be encoded, and decodes to itself."""
    partial = read([sample.data]).assembler.partial()

    assert loads(dumps(partial), Completion) == partial


words = st.sampled_from([None, "", "stop", "length"])
pieces = st.builds(piece, st.text(max_size=3), words, st.integers(0, 2))


@given(st.lists(st.lists(pieces, max_size=3).map(lambda found: chunk(*found)), max_size=8))
def test_any_chunks(chunks: list[CompletionChunk]) -> None:
    """For any chunks, texts and reasons equal those of a plain loop, and complete follows from them."""
    found: dict[int, list[Any]] = {}
    for item in chunks:
        for choice in item.choices:
            text_and_reason = found.setdefault(choice.index, ["", None])
            text_and_reason[0] += choice.text
            text_and_reason[1] = choice.finish_reason or text_and_reason[1]
    assembler = assembled(*chunks)

    assert [(c.index, c.text, c.finish_reason) for c in assembler.partial().choices] == [
        (index, *found[index]) for index in sorted(found)
    ]
    assert assembler.complete == (bool(found) and all(reason for _, reason in found.values()))


def test_chunks_of_other_classes_are_rejected() -> None:
    """The parts of a completion are chunks and completions, of these classes or derived from them."""

    @attrs.frozen
    class Longer(CompletionChunk):
        provider: str = ""

    longer = Longer(id="c", object="o", created=1, model="m", choices=(piece("rye", "stop"),))

    assert assembled(longer).completion().choices[0].text == "rye"
    for other in (CreateCompletionData(id="c", choices=(), model="m", object="o"), None):
        with pytest.raises(TypeError, match=f"a Completion, not {type(other).__name__}"):
            Assembler().add(other)  # type: ignore[arg-type]
