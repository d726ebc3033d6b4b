"""
What bodies hold: which keys, of which types, and some of the values.

Counting every key of every object would take longer than parsing it. Objects are counted by their shape instead: their
keys, the types of the values, and the text of each enum. A log of a million bodies has a handful of shapes, and what a
shape means for each key is worked out once. Texts and numbers that are counted or added up are collected for a batch of
bodies, column by column, for the builtin functions to process.

If the schema is plain, bodies with the same set of shapes have the same problems, in other numbers: the checker
validates only the first of them. That makes most invalid bodies as cheap as valid ones.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import attrs

from .._rules import ClassRule, Rule, json_type
from ..errors import format_path
from .report import FieldUse, Report, TypeCounts, UnknownKey, UsageTotals, ValueCount, as_text

#: Longer values are cut, in characters.
_MAX_VALUE = 100

#: How much is collected at most between two reports: distinct shapes and values, and the characters of their names.
_ROOM = 2**18

#: Objects are profiled down to this many classes in classes: a class may contain itself.
_MAX_DEPTH = 8

#: The fields whose values are counted, and the tables of the report that count them.
_TABLES = {"object": "objects", "finish_reason": "finish_reasons", "model": "models"}

#: The fields that are added up.
TOKENS = ("completion_tokens", "prompt_tokens", "total_tokens")
_MAX_TOKENS = 2**53

#: The shapes of the objects of a body, which determine its problems, or `UNCERTAIN`.
Shapes = list[Any]

#: Marks a body whose shapes do not determine its problems.
UNCERTAIN = None

#: Profiles the objects in a value, and appends their shapes.
Visit = Callable[[Any, Shapes], None]


class Profiler:
    """
    Counts what parsed bodies hold at the places that the schema knows.

    Args:
        rule: The schema: the rule of a class, or of something that holds one.

    Attributes:
        room: How much more may be collected; below zero `take` is due, before it fills the memory.
        values: How often each value was met, by the table of the report.
        with_tokens: The shapes that have a number of tokens.
    """

    def __init__(self, rule: Rule) -> None:
        self.room = _ROOM
        self.with_tokens: set[Shape] = set()
        self.values = {table: Counter[str]() for table in _TABLES.values()}
        self._tokens = dict.fromkeys(TOKENS, 0)
        self._created: list[float] = []
        self._bodies_without = 0
        self._objects: list[_Objects] = []
        self._visit = rule.visitor(self, "$", 0)
        self._roots = len(self._objects)
        holds_objects = self._roots > 0 and self._objects[0].path == "$"
        self._is_certain = holds_objects and rule.verdict_depth({}) <= _MAX_DEPTH

    def profile(self, body: Any) -> Shapes:
        """
        Note what one body holds, valid or not; the body is kept until `flush`.

        Returns:
            Its shapes. Bodies with the same shapes have the same problems, each as often as its shape, unless one
            holds a lone surrogate, or the shapes include `UNCERTAIN` or one that `flush` returns.
        """
        shapes: Shapes = [] if self._is_certain else [UNCERTAIN]
        if self._visit is not None:
            self._visit(body, shapes)
        self._bodies_without += self.with_tokens.isdisjoint(shapes)
        return shapes

    def flush(self) -> set[Shape]:
        """
        Count the bodies that were profiled, and let go of them.

        Returns:
            The shapes of objects that hold a number which may be no double.
        """
        return {
            shape
            for objects in self._objects
            for shape in objects.shapes.values()
            if shape.objects and not self._flush_shape(shape)
        }

    def take(self) -> Report:
        """The report of what was flushed since the last call. Shapes from before the call are no longer valid."""
        uses = [objects.take(self.values) for objects in self._objects]
        del self._objects[self._roots :]  # made again when they are met
        values: dict[str, Any] = {
            table: tuple(ValueCount(as_text(value), count) for value, count in counts.items())
            for table, counts in self.values.items()
        }
        report = Report(
            fields=tuple(row for fields, _ in uses for row in fields),
            unknown_keys=tuple(row for _, unknown in uses for row in unknown),
            usage=UsageTotals(**self._tokens, bodies_without=self._bodies_without),
            created_min=min(self._created, default=None),
            created_max=max(self._created, default=None),
            **values,
        )
        self.room = _ROOM
        self._tokens = dict.fromkeys(TOKENS, 0)
        self._created = []
        self._bodies_without = 0
        self.with_tokens.clear()
        for counts in self.values.values():
            counts.clear()
        return report

    def objects(self, rule: ClassRule, path: str, depth: int) -> Visit | None:
        """What profiles the objects of a class at *path*; None if they are too deep. Called by the class's rule."""
        if depth >= _MAX_DEPTH:
            return None
        objects = _Objects(self, path, {field.key: field.rule for field in rule.fields}, depth)
        self._objects.append(objects)
        self.room -= 1 + len(objects.rules)
        return objects.profile

    def _flush_shape(self, shape: Shape) -> bool:
        """Count the objects of a shape; returns whether all their numbers are doubles."""
        objects = shape.objects
        shape.count += len(objects)
        for key, counts in shape.texts:
            for text, count in Counter([value[key] for value in objects]).items():
                name = text[:_MAX_VALUE]
                if name not in counts:
                    self.room -= 1 + len(name)
                counts[name] += count
        finite = True
        for key in shape.numbers:
            column = [value[key] for value in objects]
            if not _all_finite(column):
                finite = False
                column = [number for number in column if _all_finite([number])]
            if key in self._tokens:
                self._tokens[key] += whole_sum(column)
            elif key == "created" and column:
                numbers = [*self._created, *column]
                self._created = [float(min(numbers)), float(max(numbers))]
        objects.clear()
        return finite


@attrs.define(eq=False)
class Shape:
    """
    Objects with the same keys and types, and the same text in each enum.

    Attributes:
        types: Each key, and the JSON type of its value.
        texts: The keys whose text is counted, and where.
        choices: The enums whose text is counted: table and text.
        numbers: The keys whose numbers must be doubles, and those that are added up.
        children: The keys that hold further objects, and what profiles those.
        most_problems: How many problems one of them can have at most, not counting those of further objects.
        objects: Those that have not been flushed.
        count: How many were flushed.
    """

    types: list[tuple[str, str]]
    texts: list[tuple[str, Counter[str]]]
    choices: list[tuple[str, str]]
    numbers: list[str]
    children: list[tuple[str, Visit]]
    most_problems: int
    objects: list[dict[str, Any]] = attrs.Factory(list)
    count: int = 0


class _Objects:
    """
    The objects at one path of the schema.

    Args:
        profiler: What they are counted for.
        path: Their path.
        rules: The keys that the schema names, and their rules.
        depth: How many classes they are in.

    Attributes:
        choices: The keys that hold an enum.
        children: What profiles the further objects in each key that was met; None for a key that holds none.
        shapes: The shapes that were met.
    """

    def __init__(self, profiler: Profiler, path: str, rules: dict[str, Rule], depth: int) -> None:
        self.profiler, self.path, self.rules, self.depth = profiler, path, rules, depth
        self.choices = [key for key, rule in rules.items() if rule.is_choice]
        self.children: dict[str, Visit | None] = {}
        self.shapes: dict[tuple[Any, ...], Shape] = {}

    def profile(self, value: Any, shapes: Shapes) -> None:
        """Note one object. Written for speed: this runs for every object of a log."""
        if type(value) is not dict:
            shapes.append(UNCERTAIN)
            return
        form = (*value, *map(type, value.values()))
        for key in self.choices:
            if type(text := value.get(key)) is str:  # the hashes of numbers can be made to collide
                form += (text,)
        shape = self.shapes.get(form)
        if shape is None:
            shape = self.shapes[form] = self._new_shape(value)
        shape.objects.append(value)
        shapes.append(shape)
        for key, visit in shape.children:
            visit(value[key], shapes)

    def take(self, values: dict[str, Counter[str]]) -> tuple[list[FieldUse], list[UnknownKey]]:
        """The use of fields and unknown keys since the last call; the texts of enums are counted in *values*."""
        count = sum(shape.count for shape in self.shapes.values())
        if not count:
            return [], []
        types: dict[str, Counter[str]] = {key: Counter() for key in self.rules}
        for shape in self.shapes.values():
            for key, kind in shape.types:
                types.setdefault(key, Counter())[kind] += shape.count
            for table, text in shape.choices:
                values[table][text[:_MAX_VALUE]] += shape.count
        self.shapes.clear()
        self.children.clear()
        fields, unknown = [], []
        for key, counts in types.items():
            path, present = self.path + _step(key), sum(counts.values())
            if key in self.rules:
                fields.append(FieldUse(path, count, present, TypeCounts(**counts)))
            else:
                unknown.append(UnknownKey(path, present, TypeCounts(**counts)))
        return fields, unknown

    def _new_shape(self, value: dict[str, Any]) -> Shape:
        """The shape of *value*, and what matters in it."""
        profiler = self.profiler
        texts = {key: item for key, item in value.items() if key in self.rules and type(item) is str}
        numbers = {key for key, item in value.items() if key in self.rules and type(item) in (int, float)}
        added_up = {*TOKENS, "created"}
        profiler.room -= 1 + len(value) + sum(map(len, value)) + sum(len(texts.get(key, "")) for key in self.choices)
        shape = Shape(
            types=[(key, json_type(item)) for key, item in value.items()],
            texts=[(key, profiler.values[_TABLES[key]]) for key in texts if key in _TABLES and key not in self.choices],
            choices=[(_TABLES[key], texts[key]) for key in texts if key in _TABLES and key in self.choices],
            numbers=[key for key in numbers if key in added_up or self.rules[key].holds_double],
            children=[(key, visit) for key in value if key in self.rules and (visit := self._child(key)) is not None],
            most_problems=len({*self.rules, *value}),
        )
        if not numbers.isdisjoint(TOKENS):
            profiler.with_tokens.add(shape)
        return shape

    def _child(self, key: str) -> Visit | None:
        # Made when it is met: a class that contains itself more than once has paths without number.
        if key not in self.children:
            self.children[key] = self.rules[key].visitor(self.profiler, self.path + _step(key), self.depth + 1)
        return self.children[key]


def _all_finite(numbers: Iterable[float]) -> bool:
    try:
        return all(map(math.isfinite, numbers))
    except OverflowError:  # an integer that no double holds
        return False


def whole_sum(numbers: list[float]) -> int:
    """The sum of the whole numbers that can be counts of tokens."""
    total = sum(numbers)
    if type(total) is int and min(numbers, default=0) >= 0 and max(numbers, default=0) < _MAX_TOKENS:
        return total
    return sum(int(number) for number in numbers if 0 <= number < _MAX_TOKENS and number == int(number))


def _step(key: str) -> str:
    return format_path((None, key))[1:]
