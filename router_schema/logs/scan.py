"""
Profiling by the native engine, which scans blocks of lines without creating Python objects.

The scanner counts combinations: the set of a body's shapes, and its group. All bodies of a combination have the same
verdict, so only the first of them is validated. Lines that the scanner steps aside from are parsed and profiled one by
one, like those of schemas whose verdicts depend on more than shapes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import attrs

from .._rules.base import Rule
from .._rules.choices import ChoiceRule
from .._rules.classes import ClassRule
from ..converter import RouterConverter
from . import lines
from .counts import MAX_VALUE, TOKENS, Bodies, Counts, Sighting, Verdict
from .groups import SECONDS, time_name
from .interrupts import deferred
from .profile import field_row, step_to, unknown_row, value_rows
from .report import Report, most_frequent
from .rows import JSON_TYPES, By, LeftOut
from .verdicts import TABLE_OF

#: Longer lines, in bytes, are left to Python, which bounds the memory that they take.
_LONGEST = 2**22

#: Schemas with more places are profiled in Python: a class may lead to another in many ways.
_MAX_PLACES = 500

#: How many shapes, texts, unknown keys and combinations are collected at most between two reports, each.
_MAX_COLLECTED = 2**14

#: The JSON types by their numbers.
_TYPES = ("missing", *JSON_TYPES)

#: Stands for the group of bodies that have none.
_NO_GROUP = -(2**63)


@attrs.frozen
class _RulePlace:
    """Where objects are profiled: their path, and the rule of their class."""

    path: str
    rule: ClassRule


class Scanner:
    """
    Counts the lines of blocks.

    Args:
        rule: The schema; `scanner_for` says whether it fits.
        source: The name of the source.
        by: What bodies are grouped by.
        validate: Finds the verdict on a line.
    """

    is_full: bool

    def __init__(self, rule: ClassRule, source: str, by: By | None, validate: Callable[[bytes], Verdict]) -> None:
        from .._native import Profiler

        self._source, self._by, self._validate = source, by, validate
        self._places: list[_RulePlace] = []
        self._descriptions: list[Any] = []
        self._add_place("$", rule)
        self._slots = [(place, field.key) for place in self._places for field in place.rule.fields]
        self._profiler = Profiler(
            tuple(self._descriptions),
            rule.forbid_extra_keys,
            _group_field(rule, by),
            SECONDS.get(by or "", 0),
            min(_LONGEST, lines.MAX_LINE),
            _MAX_COLLECTED,
        )
        self._verdicts: dict[tuple[int, ...], Verdict] = {}
        self._not_validated: dict[tuple[int, ...], bytes] = {}
        self.is_full = False

    def scan(self, block: bytes, start: int, count: int) -> tuple[int, int]:
        """
        Count the lines of a block.

        Args:
            block: Whole lines.
            start: Where to begin.
            count: How many lines of the source come before.

        Returns:
            Where the scanner stopped, which may be at *start*, and how many lines come before that. It stops at a line
            that it steps aside from; if `is_full` is set, call `take` and try that line again.
        """
        with deferred:
            end, count, new, self.is_full = self._profiler.scan(block, start, count)
            for facts, first, last in new:
                if facts not in self._verdicts:  # another group may have the same facts
                    self._not_validated.setdefault(facts, block[first:last])
        self._validate_new()
        return end, count

    def take(self, counts: Counts) -> Report:
        """Add what was counted to *counts*, and return the tables of the report."""
        self._validate_new()
        shapes, texts, keys, combinations = self._profiler.take()
        sightings = [Sighting(count) for _, _, _, count in shapes]
        names = [text for _, text, _, _, _, _ in texts]
        without = {
            8 * number
            for number, (place, types, _, _) in enumerate(shapes)
            if not any(types[i] in (2, 3) for i in self._tokens_of(place) if types)
        }
        for facts, group, count, places, first, last, tokens in combinations:
            bodies = Bodies(
                count,
                first,
                last,
                places[0],
                verdict=self._verdicts[facts],
                lines=tuple(places),
                group=self._group_name(group, names),
                tokens=tokens,
                without=count if all(fact in without for fact in facts if fact % 8 == 0) else 0,
            )
            counts.add(bodies)
            for fact in facts:
                if fact % 8 == 0:
                    sightings[fact // 8].add(0, bodies)  # a body may hold several such objects
        self._verdicts.clear()
        self.is_full = False
        return self._tables(shapes, sightings, texts, keys)

    def _validate_new(self) -> None:
        """Validate the combinations that were counted. If this is interrupted, `take` goes on with it."""
        while self._not_validated:
            facts, line = next(iter(self._not_validated.items()))
            self._verdicts[facts] = self._validate(line)
            del self._not_validated[facts]

    def _tables(self, shapes: Any, sightings: list[Sighting], texts: Any, keys: Any) -> Report:
        fields: dict[tuple[int, int], defaultdict[str, Sighting]] = defaultdict(lambda: defaultdict(Sighting))
        values: dict[str, defaultdict[str, Sighting]] = {table: defaultdict(Sighting) for table in TABLE_OF.values()}
        choices = [
            [field for field in place.rule.fields if isinstance(field.rule.inner, ChoiceRule)] for place in self._places
        ]
        for (place, types, chosen, count), sighting in zip(shapes, sightings, strict=True):
            if not count:
                continue
            for number, kind in enumerate(types):
                fields[place, number][_TYPES[kind]].add(count, sighting)
            for field, text in zip(choices[place], chosen, strict=False):
                if text and field.key in TABLE_OF:
                    values[TABLE_OF[field.key]][texts[text - 1][1][:MAX_VALUE]].add(count, sighting)
        for slot, text, count, line, first, last in texts:
            if count:
                table = TABLE_OF[self._slots[slot][1]]
                values[table][text].add(count, Sighting(count, first, last, line))
        rows = [
            field_row(self._places[place].path, self._places[place].rule.fields[number].key, found, self._source)
            for (place, number), found in fields.items()
        ]
        seen = {(place, key): found for place, key, found in keys if found}
        kept, left_out = most_frequent({key: sum(counted[1] for counted in found) for key, found in seen.items()})
        unknown = [
            unknown_row(self._places[place].path, key, _by_type(seen[place, key]), self._source) for place, key in kept
        ]
        tables: dict[str, Any] = {table: value_rows(found, self._source) for table, found in values.items()}
        return Report(
            fields=tuple(rows), unknown_keys=tuple(unknown), left_out=LeftOut(unknown_keys=left_out), **tables
        )

    def _group_name(self, group: int, texts: list[str]) -> str:
        if self._by == "source":
            return self._source
        if self._by is None or group == _NO_GROUP:
            return ""
        return texts[group][:MAX_VALUE] if self._by == "model" else time_name(self._by, group)

    def _tokens_of(self, place: int) -> list[int]:
        return [number for number, field in enumerate(self._descriptions[place]) if field[4] >= 0]

    def _add_place(self, path: str, rule: ClassRule) -> int:
        """Describe a place and those below it; returns its index."""
        index = len(self._places)
        self._places.append(_RulePlace(path, rule))
        self._descriptions.append(())
        fields = []
        for field in rule.fields:
            held = field.rule.classes_held()
            below = path + step_to(field.key)
            child = self._add_place(below, held["object"]) if "object" in held else -1
            items = self._add_place(f"{below}[*]", held["array"]) if "array" in held else -1
            is_choice = isinstance(field.rule.inner, ChoiceRule)
            token = TOKENS.index(field.key) if field.key in TOKENS else -1
            is_text = field.key in TABLE_OF and not is_choice
            fields.append((field.key, is_text, is_choice, field.key == "created", token, child, items))
        self._descriptions[index] = tuple(fields)
        return index


def scanner_for(
    rule: Rule, converter: RouterConverter, source: str, by: By | None, validate: Callable[[bytes], Verdict]
) -> Scanner | None:
    """A scanner for a schema whose shapes decide the verdicts; None if there is none, or the schema is too large."""
    root: Any = rule.inner
    if converter.engine != "native" or _count_places(root) > _MAX_PLACES:
        return None
    if by not in (None, "source") and _group_field(root, by) < 0:
        return None
    return Scanner(root, source, by, validate)


def _group_field(rule: ClassRule, by: By | None) -> int:
    """The index of the field that names the group; -1 if there is none."""
    wanted = {"model": "model", "hour": "created", "day": "created"}.get(by or "")
    return next((number for number, field in enumerate(rule.fields) if field.key == wanted), -1)


def _count_places(rule: ClassRule) -> int:
    """How many places the objects of a class have, or more than `_MAX_PLACES`. The class does not contain itself."""
    count, rules = 0, [rule]
    while rules and count <= _MAX_PLACES:
        count += 1
        rules += [held for field in rules.pop().fields for held in field.rule.classes_held().values()]
    return count


def _by_type(found: list[tuple[int, int, int, float, float]]) -> dict[str, Sighting]:
    return {_TYPES[kind]: Sighting(count, first, last, line) for kind, count, line, first, last in found}
