"""
What bodies hold: which keys, of which types, and some of the values.

Counting every key of every object would take longer than parsing it. Objects are counted by their shape instead: their
keys, the types of the values, and the text of each enum. A log of a million bodies has a handful of shapes, and what a
shape means for each key is worked out once. In the same way, bodies are counted together if they have the same group,
shapes and counted values. For most schemas these decide the verdict too, so that only the first of such bodies is
validated: see `shapes_decide`.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import attrs

from .._rules.base import Rule, Visit, json_type
from .._rules.choices import ChoiceRule
from .._rules.classes import ClassRule
from ..converter import RouterConverter
from ..errors import format_path
from .counts import (
    MAX_TOKENS,
    MAX_VALUE,
    TOKENS,
    VALID,
    Bodies,
    Counts,
    ProblemKey,
    Sighting,
    Verdict,
    is_double,
    whole,
)
from .report import Report, most_frequent
from .rows import MAX_PLACES, FieldUse, LeftOut, TypeCounts, UnknownKey, ValueCount, as_text
from .verdicts import TABLE_OF

#: How much is collected at most between two reports: distinct shapes, values and bodies, and the characters of their
#: names. A problem counts as this many of them.
_ROOM, _PROBLEM = 2**18, 2**6

#: Objects are profiled down to this many classes in classes: a class may contain itself.
MAX_DEPTH = 8

#: The escape of a surrogate, which is one half of a character. Looking for a backslash first takes a tenth of the time.
_BACKSLASH, _SURROGATE = ord("\\"), re.compile(rb"\\u[dD][89a-fA-F]")

#: Finds the verdict on a body: its text, and what it was parsed to.
Validate = Callable[[bytes, Any], Verdict]

#: Counts of values, by the table of the report and the text.
Values = dict[str, dict[str, Sighting]]


class Profiler:
    """
    Counts what parsed bodies hold at the places that the schema knows.

    Args:
        rule: The schema: the rule of a class, or of something that holds one.
        source: The name of the source.
        validate: Finds the verdict on a body that is unlike those before it.

    Attributes:
        room: How much more may be collected; below zero `take` is due, before it fills the memory.
        values: What was counted of each value.
        first: The earliest ``created`` of the body that is being profiled; infinity if there is none.
        last: Its latest ``created``.
        tokens: Its numbers of tokens; None if it has none.
        has_odd_values: Whether it has a number that no double holds, or an item that is no object.
    """

    room: int
    first: float
    last: float

    def __init__(self, rule: Rule, source: str, validate: Validate) -> None:
        self.room = _ROOM
        self.values: Values = {table: {} for table in TABLE_OF.values()}
        self.first, self.last = math.inf, -math.inf
        self.tokens: list[int] | None = None
        self.has_odd_values = False
        self._source, self._validate = source, validate
        self._verdicts: dict[tuple[ProblemKey, ...], Verdict] = {}
        self._alike: dict[tuple[Any, ...], Bodies] = {}
        self._objects: list[_Objects] = []
        self._visit = rule.visitor(self, "$", 0)
        self._roots = len(self._objects)

    def profile(self, body: Any, number: int, line: bytes, verdict: Verdict | None = None, group: str = "") -> Verdict:
        """
        Count one body, and what it holds. Written for speed, like what it calls: this runs for every body.

        Args:
            body: The parsed body.
            number: The number of its line.
            line: Its text.
            verdict: Its verdict; None if it may be that of another body of its shapes.
            group: The name of its group.

        Returns:
            Its verdict.
        """
        self.first, self.last, self.tokens, self.has_odd_values = math.inf, -math.inf, None, False
        seen: list[Any] = [None, group]  # None where the shapes decide the verdict
        if self._visit is not None:
            self._visit(body, seen)
        if verdict is None and self.has_odd_values:
            verdict = self._validate(line, body)
        if verdict is not None:  # equal ones become one, since the dict below tells them apart by identity
            seen[0] = verdict if verdict is VALID else self._verdicts.setdefault(verdict.problems, verdict)
        key = tuple(seen)
        bodies = self._alike.get(key)
        if bodies is None:
            if verdict is None:
                verdict = self._validate(line, body)
            bodies = self._alike[key] = Bodies(line=number, group=group, verdict=verdict)
            self.room -= len(key) + len(group) + _PROBLEM * len(verdict.problems)
        if self.first < bodies.first:
            bodies.first = self.first
        if self.last > bodies.last:
            bodies.last = self.last
        if self.tokens is None:
            bodies.without += 1
        else:
            a, b, c = bodies.tokens
            bodies.tokens = a + self.tokens[0], b + self.tokens[1], c + self.tokens[2]
        if bodies.verdict is not VALID and bodies.count < MAX_PLACES:
            bodies.lines += (number,)
        bodies.count += 1  # last, in case this is interrupted
        return bodies.verdict

    def take(self, counts: Counts, with_tokens: bool = True) -> Report:
        """
        Add the bodies since the last call to *counts*, and return the tables of what they hold.

        Args:
            counts: Where the bodies are counted.
            with_tokens: Whether their numbers of tokens are added up. Those of events are not: a stream has one usage.
        """
        # The last one may have been interrupted before it was counted.
        alike = [(key, bodies) for key, bodies in self._alike.items() if bodies.count]
        for (_, _, *seen), bodies in alike:
            if not with_tokens:
                bodies.tokens, bodies.without = (0, 0, 0), 0
            counts.add(bodies)
            for sighting in seen:
                sighting.add(bodies.count, bodies)
        self._verdicts.clear()
        self._alike.clear()
        uses = [objects.take() for objects in self._objects]
        del self._objects[self._roots :]  # made again when needed
        values: dict[str, Any] = {table: value_rows(found, self._source) for table, found in self.values.items()}
        self.room = _ROOM
        for found in self.values.values():
            found.clear()
        return Report(
            fields=tuple(row for fields, _, _ in uses for row in fields),
            unknown_keys=tuple(row for _, unknown, _ in uses for row in unknown),
            left_out=LeftOut(unknown_keys=sum(left_out for _, _, left_out in uses)),
            **values,
        )

    def objects(self, rule: ClassRule, path: str, depth: int) -> Visit | None:
        """What profiles the objects of a class at *path*; None if they are too deep. Called by the class's rule."""
        if depth >= MAX_DEPTH:
            return None
        objects = _Objects(self, path, {field.key: field.rule for field in rule.fields}, depth, self._source)
        self._objects.append(objects)
        self.room -= 1 + len(objects.rules)
        return objects.profile

    def new_value(self, table: str, text: str) -> Sighting:
        """Begin to count a value of a field."""
        self.room -= 1 + len(text)
        found = self.values[table][text] = Sighting()
        return found


@attrs.define(eq=False)
class _Shape(Sighting):
    """
    Objects with the same keys and types, and the same text in each enum.

    Attributes:
        types: Each key, and the JSON type of its value.
        texts: The keys whose text is counted, in which table, and what was counted of that.
        choices: The enums whose text is counted: table and text.
        tokens: The numbers that are added up: the key, and the index of the sum.
        has_created: Whether ``created`` is a number.
        numbers: The keys of the other numbers that the schema names.
        children: The keys that hold further objects, and what profiles those.
    """

    types: dict[str, str] = attrs.Factory(dict)
    texts: list[tuple[str, str, dict[str, Sighting]]] = attrs.Factory(list)
    choices: list[tuple[str, str]] = attrs.Factory(list)
    tokens: list[tuple[str, int]] = attrs.Factory(list)
    has_created: bool = False
    numbers: list[str] = attrs.Factory(list)
    children: list[tuple[str, Visit]] = attrs.Factory(list)


class _Objects:
    """
    The objects at one path of the schema.

    Args:
        profiler: What they are counted for.
        path: Their path.
        rules: The keys that the schema names, and their rules.
        depth: How many classes they are in.
        source: The name of the source.

    Attributes:
        choices: The keys that hold an enum.
        children: What profiles the further objects in each key that was met; None for a key that holds none.
        shapes: The shapes that were met.
    """

    def __init__(self, profiler: Profiler, path: str, rules: dict[str, Rule], depth: int, source: str) -> None:
        self.profiler, self.path, self.rules, self.depth, self.source = profiler, path, rules, depth, source
        self.choices = [key for key, rule in rules.items() if isinstance(rule.inner, ChoiceRule)]
        self.children: dict[str, Visit | None] = {}
        self.shapes: dict[tuple[Any, ...], _Shape] = {}

    def profile(self, value: Any, seen: list[Any]) -> None:
        """Find the shape of one object, and the shapes and values in it."""
        if type(value) is not dict:
            self.profiler.has_odd_values = True
            return
        form = (*value, *map(type, value.values()))
        for key in self.choices:
            if type(text := value.get(key)) is str:  # the hashes of numbers can be made to collide
                form += (text,)
        shape = self.shapes.get(form)
        if shape is None:
            shape = self.shapes[form] = self._new_shape(value)
        seen.append(shape)
        for key, table, counts in shape.texts:
            text = value[key]
            if len(text) > MAX_VALUE:
                text = text[:MAX_VALUE]
            seen.append(counts.get(text) or self.profiler.new_value(table, text))
        if shape.has_created:
            self._read_created(value["created"])
        if shape.tokens:
            self._read_tokens(shape, value)
        for key in shape.numbers:
            if not (0 <= value[key] < MAX_TOKENS or is_double(value[key])):  # most are small, which is found sooner
                self.profiler.has_odd_values = True
        for key, visit in shape.children:
            visit(value[key], seen)

    def take(self) -> tuple[list[FieldUse], list[UnknownKey], int]:
        """The use of fields and unknown keys since the last call; the texts of enums join the counted values."""
        types = {key: defaultdict[str, Sighting](Sighting) for key in self.rules}
        unknown = defaultdict[str, defaultdict[str, Sighting]](lambda: defaultdict(Sighting))
        shapes = [shape for shape in self.shapes.values() if shape.count]  # the last body may have been interrupted
        for shape in shapes:
            for key, found in types.items():
                found[shape.types.get(key, "missing")].add(shape.count, shape)
            for key in shape.types.keys() - types.keys():
                unknown[key][shape.types[key]].add(shape.count, shape)
            for table, text in shape.choices:
                self.profiler.values[table].setdefault(text, Sighting()).add(shape.count, shape)
        self.shapes.clear()
        self.children.clear()
        fields = [field_row(self.path, key, found, self.source) for key, found in types.items() if shapes]
        kept, left_out = most_frequent(
            {key: sum(sighting.count for sighting in found.values()) for key, found in unknown.items()}
        )
        return fields, [unknown_row(self.path, key, unknown[key], self.source) for key in kept], left_out

    def _read_created(self, created: float) -> None:
        profiler = self.profiler
        if 0 <= created < MAX_TOKENS or is_double(created):
            if created < profiler.first:
                profiler.first = created
            if created > profiler.last:
                profiler.last = created
        else:
            profiler.has_odd_values = True

    def _read_tokens(self, shape: _Shape, value: dict[str, Any]) -> None:
        tokens = self.profiler.tokens
        if tokens is None:
            tokens = self.profiler.tokens = [0, 0, 0]
        for key, i in shape.tokens:
            number = value[key]
            if type(number) is int and 0 <= number < MAX_TOKENS:
                tokens[i] += number
            elif is_double(number):
                tokens[i] += whole(number)
            else:
                self.profiler.has_odd_values = True

    def _new_shape(self, value: dict[str, Any]) -> _Shape:
        """The shape of *value*, and what matters in it."""
        profiler = self.profiler
        texts = {key: item for key, item in value.items() if key in self.rules and type(item) is str}
        numbers = {key for key, item in value.items() if key in self.rules and type(item) in (int, float)}
        profiler.room -= 1 + len(value) + sum(map(len, value)) + sum(len(texts.get(key, "")) for key in self.choices)
        return _Shape(
            types={key: json_type(item) for key, item in value.items()},
            texts=[
                (key, TABLE_OF[key], profiler.values[TABLE_OF[key]])
                for key in texts
                if key in TABLE_OF and key not in self.choices
            ],
            choices=[
                (TABLE_OF[key], texts[key][:MAX_VALUE]) for key in texts if key in TABLE_OF and key in self.choices
            ],
            tokens=[(key, i) for i, key in enumerate(TOKENS) if key in numbers],
            has_created="created" in numbers,
            numbers=sorted(numbers - {*TOKENS, "created"}),
            children=[
                (key, visit)
                for key, item in value.items()
                if key in self.rules and type(item) in (dict, list) and (visit := self._child(key)) is not None
            ],
        )

    def _child(self, key: str) -> Visit | None:
        # Made when needed: a class that contains itself more than once has endlessly many paths.
        if key not in self.children:
            self.children[key] = self.rules[key].visitor(self.profiler, self.path + step_to(key), self.depth + 1)
        return self.children[key]


# --- whether bodies that are alike have the same verdict ---


def shapes_decide(rule: Rule, converter: RouterConverter) -> bool:
    """
    Whether the shapes of a body's objects decide its verdict, unless it `may_be_special` or has odd values.

    They do not if user code decides, if a field holds more than classes and scalars, or if the parser is the user's.
    """
    is_own_parser = getattr(converter.parse, "__func__", None) is RouterConverter.parse
    return is_own_parser and isinstance(rule.inner, ClassRule) and rule.verdict_depth({}) <= MAX_DEPTH


def may_be_special(body: Any, line: bytes) -> bool:
    """Whether *body* may be an error body, or *line*, its text, may have a lone surrogate."""
    if type(body) is not dict or "error" in body or "message" in body or body.get("object") == "error":
        return True
    return _BACKSLASH in line and _SURROGATE.search(line) is not None


# --- rows ---


def field_row(path: str, key: str, found: dict[str, Sighting], source: str) -> FieldUse:
    """How a field is used; *found* by JSON type, or ``"missing"``."""
    count = sum(sighting.count for sighting in found.values())
    present = count - (found["missing"].count if "missing" in found else 0)
    types = TypeCounts(**{name: sighting.seen(source) for name, sighting in found.items()})
    return FieldUse(path + step_to(key), count, present, types)


def unknown_row(path: str, key: str, found: dict[str, Sighting], source: str) -> UnknownKey:
    """How an unknown key is used; *found* by JSON type."""
    any_type = Sighting()
    for sighting in found.values():
        any_type.add(sighting.count, sighting)
    seen = any_type.seen(source)
    types = TypeCounts(**{name: sighting.seen(source) for name, sighting in found.items()})
    return UnknownKey(path + step_to(key), seen.count, types, seen.first, seen.last, seen.place)


def value_rows(counts: dict[str, Sighting], source: str) -> tuple[ValueCount, ...]:
    """A table of values."""
    found = ((as_text(value), sighting.seen(source)) for value, sighting in counts.items() if sighting.count)
    return tuple(ValueCount(value, seen.count, seen.first, seen.last, seen.place) for value, seen in found)


def step_to(key: str) -> str:
    """The step of a path to a key."""
    return format_path((None, key))[1:]
