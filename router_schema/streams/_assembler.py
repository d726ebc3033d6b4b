"""Chunks to a completion."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import attrs

from ..errors import IncompleteStreamError
from ..openai import Completion, CompletionChoice, CompletionChunk, CompletionUsage, Logprobs

_CHUNKS = CompletionChunk, Completion


@attrs.define(eq=False, weakref_slot=False)
class _Choice:
    """The parts of one choice."""

    index: int = 0
    texts: list[str] = attrs.Factory(list)
    logprobs: list[Logprobs] = attrs.Factory(list)
    finish_reason: str | None = None

    def joined(self) -> CompletionChoice:
        return CompletionChoice(
            finish_reason=self.finish_reason,
            index=self.index,
            logprobs=_concatenated(self.logprobs),
            text="".join(self.texts),
        )


class Assembler:
    """
    Builds a completion from the chunks of one stream.

    It concatenates the text and the log probabilities of each choice. Of the finish reasons of a choice, the last one
    that is neither null nor ``""`` counts. For ``id``, ``object``, ``created``, ``model`` and ``system_fingerprint``,
    the first value that is not empty counts.

    The last usage counts, even if a server sends running totals in every event. If each usage comes with the finish
    reason of a different choice, as with TGI, the assembler adds them up.

    Args:
        choices: The least number of choices in a complete stream: ``n`` times the number of prompts in the request.
            Without it, a stream that breaks off before its last choice begins may look complete.

    Raises:
        ValueError: *choices* is less than 1.
    """

    def __init__(self, *, choices: int = 1) -> None:
        if choices < 1:
            raise ValueError(f"choices must be at least 1, not {choices}")
        self._expected = choices
        self._choices = defaultdict[float | str, _Choice](_Choice)
        self._usages: dict[float | str | None, CompletionUsage] = {}
        self._has_running_usage = False
        self._is_named = False
        self._id = self._object = self._model = ""
        self._created = 0
        self._fingerprint: str | None = None

    def add(self, chunk: CompletionChunk | Completion) -> None:
        """
        Add the next chunk.

        Raises:
            TypeError: *chunk* is neither a ``CompletionChunk`` nor a ``Completion``.
        """
        if not isinstance(chunk, _CHUNKS):
            raise TypeError(f"chunk must be a CompletionChunk or a Completion, not {type(chunk).__name__}")
        for choice in chunk.choices:
            part = self._choices[index_key(choice.index)]
            part.index = choice.index
            part.texts.append(choice.text)
            if choice.finish_reason:
                part.finish_reason = choice.finish_reason
            if choice.logprobs is not None:
                part.logprobs.append(choice.logprobs)
        if chunk.usage is not None:
            self._add_usage(chunk, chunk.usage)
        if not self._is_named:
            self._add_names(chunk)
        if self._fingerprint is None and chunk.system_fingerprint:
            self._fingerprint = chunk.system_fingerprint

    @property
    def complete(self) -> bool:
        """Whether every choice that arrived has a finish reason, and no fewer arrived than expected."""
        return len(self._choices) >= self._expected and all(part.finish_reason for part in self._choices.values())

    def completion(self) -> Completion:
        """
        Return the whole completion, with its choices in the order of their index.

        Raises:
            IncompleteStreamError: The stream is not complete.
        """
        if not self.complete:
            unfinished = sum(part.finish_reason is None for part in self._choices.values())
            raise IncompleteStreamError(len(self._choices), unfinished, self._expected)
        return self.partial()

    def partial(self) -> Completion:
        """Return what arrived so far. Choices may lack a finish reason; before the first chunk, everything is empty."""
        return Completion(
            id=self._id,
            choices=tuple(part.joined() for part in sorted(self._choices.values(), key=lambda part: part.index)),
            created=self._created,
            model=self._model,
            object=self._object,
            system_fingerprint=self._fingerprint,
            usage=_added(self._usages.values()),
        )

    def _add_names(self, chunk: CompletionChunk | Completion) -> None:
        self._id = self._id or chunk.id
        self._object = self._object or chunk.object
        self._model = self._model or chunk.model
        self._created = self._created or chunk.created
        self._is_named = bool(self._id and self._object and self._model and self._created)

    def _add_usage(self, chunk: CompletionChunk | Completion, usage: CompletionUsage) -> None:
        """Keep one usage per finished choice until any other shows that they are running totals. Then keep the last."""
        is_of_one = len(chunk.choices) == 1 and chunk.choices[0].finish_reason
        index = index_key(chunk.choices[0].index) if is_of_one else None
        if index is None or index in self._usages:
            self._has_running_usage = True
        if self._has_running_usage:
            self._usages.clear()
        self._usages[index] = usage


def index_key(index: float) -> float | str:
    """
    What stands for the index of a choice in a dict: the hashes of huge numbers can be made to collide, those of texts
    can't.
    """
    if -(2**53) < index < 2**53:
        return index
    return hex(index) if type(index) is int else str(index)


def _concatenated(pieces: list[Logprobs]) -> Logprobs | None:
    """
    Concatenate each list so that it stays aligned with the others.

    Where a piece lacks a list, or a part of it, its tokens have None in it. A token or an offset can't be None: if one
    is missing, all are left out.
    """
    if not pieces:
        return None
    names = [field.name for field in attrs.fields(Logprobs)]
    sizes = [max(len(getattr(piece, name) or ()) for name in names) for piece in pieces]
    return Logprobs(
        **{
            name: _chained([getattr(piece, name) for piece in pieces], sizes, name not in ("tokens", "text_offset"))
            for name in names
        }
    )


def _chained(lists: list[tuple[Any, ...] | None], sizes: list[int], may_hold_none: bool) -> tuple[Any, ...] | None:
    """Concatenate lists, filled with None up to these sizes; return None without any, or if None is not allowed."""
    if all(items is None for items in lists):
        return None
    filled = [(*(items or ()), *[None] * size)[:size] for items, size in zip(lists, sizes, strict=True)]
    lacks_items = sum(sizes) > sum(len(items or ()) for items in lists)
    return None if lacks_items and not may_hold_none else tuple(itertools.chain.from_iterable(filled))


def _added(values: Iterable[Any]) -> Any:
    """Add up the values that are not None: numbers, or instances of one class field by field."""
    present = [value for value in values if value is not None]
    if len(present) < 2:
        return present[0] if present else None
    first = present[0]
    if not attrs.has(type(first)):
        return sum(present)
    sums = {field.alias: _added(getattr(value, field.name) for value in present) for field in attrs.fields(type(first))}
    return attrs.evolve(first, **sums)
