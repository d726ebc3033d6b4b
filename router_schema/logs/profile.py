"""
What bodies hold: which keys, of which types, and some of the values.

To count every key of every object would take longer than to parse it. So objects are counted by their shape, which is
their keys with the types of the values (and the value itself, of an enum): a log of a million bodies has a handful of
shapes. What a shape means for each key is worked out once, and multiplied in the end. Texts and numbers that are
counted or added up are collected for a batch of bodies, column by column, which the builtin functions do fast.

The set of the shapes of all objects of a body is its signature. Where the schema is plain, bodies of one signature have
the same problems, if in other numbers: only the first of them needs to be judged, unless one has more problems than an
error lists. That makes most invalid bodies as cheap as valid ones.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import attrs

from .._compile import is_simple
from .._rules import (
    ArrayRule,
    BoolRule,
    ChoiceRule,
    ClassRule,
    DictRule,
    FloatRule,
    IntRule,
    OptionalRule,
    Rule,
    StrRule,
    is_text,
    json_type,
)
from ..errors import format_path
from .report import FieldUse, Report, TypeCounts, UnknownKey, UsageTotals, ValueCount

#: Values are cut here, in characters.
_MAX_NAME = 100

#: How much is collected at most between two reports: distinct things, and the characters of their names.
_ROOM = 2**18

#: Classes in classes are looked into this deep: a class may contain itself.
_MAX_DEPTH = 8

#: The fields whose values are counted, and the tables of the report that they are counted in.
_TABLES = {"object": "objects", "finish_reason": "finish_reasons", "model": "models"}

_TOKENS = ("completion_tokens", "prompt_tokens", "total_tokens")
_MAX_TOKENS = 2**53

#: What the problems of a body depend on: the shapes of its objects, in their order.
Trail = list[Any]

#: Stands in a trail for what a shape does not tell.
DOUBT = None

#: Counts the objects in a value, and adds their shapes to a trail.
_Visit = Callable[[Any, Trail], None]


class Observer:
    """
    Counts what parsed bodies hold at the places that the schema knows.

    Args:
        rule: The schema: the rule of a class, or of what holds one; None where it is not known.
    """

    def __init__(self, rule: Rule | None) -> None:
        self.room = _ROOM
        self._tokens = dict.fromkeys(_TOKENS, 0)
        self._created: list[float] = []
        self._values = {table: _Values(self) for table in _TABLES.values()}
        self._objects: list[_Objects] = []
        self._visit = self._visitor(rule, "$", 0) or _doubt
        if not (isinstance(rule, ClassRule) and _plain_depth(rule, {}) <= _MAX_DEPTH):
            self._visit = _doubting(self._visit)

    @property
    def full(self) -> bool:
        """Whether `take` is due, lest what was collected fills the memory."""
        return self.room < 0

    def observe(self, body: Any) -> Trail:
        """
        Take note of one body, valid or not. It is kept until `settle` is called.

        Returns:
            Its trail. Bodies with the same shapes in their trails have the same problems, each as often as its shape,
            unless one holds a lone surrogate, or the trail holds `DOUBT` or a shape that `settle` returns.
        """
        trail: Trail = []
        self._visit(body, trail)
        return trail

    def settle(self) -> set[Any]:
        """
        Count the bodies that were observed.

        Returns:
            The shapes of objects that hold a number that may be no double.
        """
        return {
            shape
            for objects in self._objects
            for shape in objects.shapes.values()
            if shape.objects and not self._settle_shape(shape)
        }

    def take(self, bodies_without: int) -> Report:
        """
        The report of what was settled since this was last called. Trails of before mean nothing after.

        Args:
            bodies_without: How many of these bodies give no number of tokens.
        """
        taken = [objects.take(self._values) for objects in self._objects]
        del self._objects[1:]  # the first is the body; others are made again when there are some
        values: dict[str, Any] = {
            table: tuple(ValueCount(as_text(value), count) for value, count in counts.items())
            for table, counts in self._values.items()
        }
        report = Report(
            fields=tuple(row for fields, _ in taken for row in fields),
            unknown_keys=tuple(row for _, unknown in taken for row in unknown),
            usage=UsageTotals(**self._tokens, bodies_without=bodies_without),
            created_min=min(self._created, default=None),
            created_max=max(self._created, default=None),
            **values,
        )
        self.room = _ROOM
        self._tokens = dict.fromkeys(_TOKENS, 0)
        self._created = []
        for counts in self._values.values():
            counts.clear()
        return report

    def _visitor(self, rule: Rule | None, path: str, depth: int) -> _Visit | None:
        """What counts the objects in a value of *rule*; None where there are none to count."""
        match rule:
            case OptionalRule():
                return self._visitor(rule.inner, path, depth)
            case ArrayRule() | DictRule():
                visit = self._visitor(rule.item, f"{path}[*]", depth)
                return visit and (_each_item if isinstance(rule, ArrayRule) else _each_value)(visit)
            case ClassRule() if depth < _MAX_DEPTH:
                fields = {field.key: _unwrapped(field.rule) for field in rule.fields}
                choices = tuple(key for key, field in fields.items() if isinstance(field, ChoiceRule))
                objects = _Objects(self, path, fields, choices, depth)
                self._objects.append(objects)
                self.room -= 1 + len(fields)
                return objects.observe
        return None

    def _settle_shape(self, shape: _Shape) -> bool:
        """Count the objects of a shape; returns whether all their numbers are doubles."""
        objects = shape.objects
        shape.count += len(objects)
        for key, counts in shape.texts:
            for text, count in Counter([value[key] for value in objects]).items():
                counts[text[:_MAX_NAME]] += count
        finite = True
        for key in shape.numbers:
            column = [value[key] for value in objects]
            if not _all_finite(column):
                finite = False
                column = [number for number in column if _all_finite([number])]
            if key in self._tokens:
                self._tokens[key] += _whole_sum(column)
            elif key == "created":
                self._created = [
                    float(bound(self._created + column)) for bound in (min, max) if self._created or column
                ]
        objects.clear()
        return finite


class _Values(dict[str, int]):
    """How often each value of a field was there."""

    def __init__(self, observer: Observer) -> None:
        self.observer = observer

    def __missing__(self, value: str) -> int:
        self.observer.room -= 1 + len(value)
        return 0


@attrs.define(eq=False)
class _Shape:
    """
    Objects of the same keys and types, and the same values of their enums.

    Attributes:
        types: Each key, and the JSON type of its value.
        texts: The keys whose text is counted, and where.
        choices: The enums whose text is counted: table and text.
        numbers: The keys that must hold a double, those first that are added up.
        children: The keys that hold further objects, and what counts those.
        has_tokens: Whether there is a number of tokens.
        most_problems: How many problems one of them can have at most, those of further objects not counted.
        objects: Those that have not been settled.
        count: How many were settled.
    """

    types: list[tuple[str, str]]
    texts: list[tuple[str, _Values]]
    choices: list[tuple[str, str]]
    numbers: list[str]
    children: list[tuple[str, _Visit]]
    has_tokens: bool
    most_problems: int
    objects: list[dict[str, Any]] = attrs.Factory(list)
    count: int = 0


@attrs.define(eq=False)
class _Objects:
    """
    The objects at one path of the schema.

    Attributes:
        observer: What they are counted for.
        path: Their path.
        rules: The keys that the schema names, and what they hold when it is not null.
        choices: Those that hold an enum.
        depth: How many classes it is in.
        children: The keys of further objects that there were, and what counts those; None of a key that holds none.
        shapes: What there was.
    """

    observer: Observer
    path: str
    rules: dict[str, Rule]
    choices: tuple[str, ...]
    depth: int
    children: dict[str, _Visit | None] = attrs.Factory(dict)
    shapes: dict[tuple[Any, ...], _Shape] = attrs.Factory(dict)

    def observe(self, value: Any, trail: Trail) -> None:
        """Take note of one object. This runs for every object of a log, so it is written for speed."""
        if type(value) is not dict:
            trail.append(DOUBT)
            return
        try:
            if self.choices:
                key = (*value, *map(type, value.values()), *map(value.get, self.choices))
            else:
                key = (*value, *map(type, value.values()))
            shape = self.shapes.get(key)
        except TypeError:  # an enum's value that is an array or object cannot be looked up
            trail.append(DOUBT)
            choices = [item if type(item) is str else None for item in map(value.get, self.choices)]
            key = (*value, *map(type, value.values()), *choices)
            shape = self.shapes.get(key)
        if shape is None:
            shape = self.shapes[key] = self._new_shape(value)
        shape.objects.append(value)
        trail.append(shape)
        for name, visit in shape.children:
            visit(value[name], trail)

    def take(self, values: dict[str, _Values]) -> tuple[list[FieldUse], list[UnknownKey]]:
        """How fields and unknown keys were used since this was last called; the enums' texts go into *values*."""
        count = sum(shape.count for shape in self.shapes.values())
        if not count:
            return [], []
        types: dict[str, Counter[str]] = {key: Counter() for key in self.rules}
        for shape in self.shapes.values():
            for key, kind in shape.types:
                types.setdefault(key, Counter())[kind] += shape.count
            for table, text in shape.choices:
                values[table][text[:_MAX_NAME]] += shape.count
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

    def _new_shape(self, value: dict[str, Any]) -> _Shape:
        """The shape of *value*, and what matters in it."""
        observer = self.observer
        texts = {key: item for key, item in value.items() if key in self.rules and type(item) is str}
        numbers = {key for key, item in value.items() if key in self.rules and type(item) in (int, float)}
        added_up = {*_TOKENS, "created"}
        observer.room -= 1 + len(value) + sum(map(len, value)) + sum(len(texts.get(key, "")) for key in self.choices)
        return _Shape(
            types=[(key, json_type(item)) for key, item in value.items()],
            texts=[
                (key, observer._values[_TABLES[key]]) for key in texts if key in _TABLES and key not in self.choices
            ],
            choices=[(_TABLES[key], texts[key]) for key in texts if key in _TABLES and key in self.choices],
            numbers=[key for key in numbers if key in added_up or isinstance(self.rules[key], FloatRule)],
            children=[(key, visit) for key in value if key in self.rules and (visit := self._child(key)) is not None],
            has_tokens=not numbers.isdisjoint(_TOKENS),
            most_problems=len({*self.rules, *value}),
        )

    def _child(self, key: str) -> _Visit | None:
        # Made when it is met, since a class that contains itself more than once has paths without number.
        if key not in self.children:
            self.children[key] = self.observer._visitor(self.rules[key], self.path + _step(key), self.depth + 1)
        return self.children[key]


def has_tokens(trail: Trail) -> bool:
    """Whether a body of that trail gives a number of tokens."""
    return any(isinstance(shape, _Shape) and shape.has_tokens for shape in trail)


def most_problems(trail: Trail) -> int:
    """How many problems a body of that trail, which is without `DOUBT`, can have at most."""
    return sum(shape.most_problems for shape in trail)


def _all_finite(numbers: Iterable[float]) -> bool:
    try:
        return all(map(math.isfinite, numbers))
    except OverflowError:  # an integer that no double holds
        return False


def _whole_sum(numbers: list[float]) -> int:
    """The sum of the whole numbers; any other is no count."""
    total = sum(numbers)
    if type(total) is int and min(numbers, default=0) >= 0 and max(numbers, default=0) < _MAX_TOKENS:
        return total
    return sum(int(number) for number in numbers if 0 <= number < _MAX_TOKENS and number == int(number))


def _each_item(visit: _Visit) -> _Visit:
    def visit_items(value: Any, trail: Trail) -> None:
        if type(value) is list:
            for item in value:
                visit(item, trail)

    return visit_items


def _each_value(visit: _Visit) -> _Visit:
    def visit_values(value: Any, trail: Trail) -> None:
        if type(value) is dict:
            for item in value.values():
                visit(item, trail)

    return visit_values


def _doubt(value: Any, trail: Trail) -> None:
    trail.append(DOUBT)


def _doubting(visit: _Visit) -> _Visit:
    def visit_doubting(value: Any, trail: Trail) -> None:
        visit(value, trail)
        trail.append(DOUBT)

    return visit_doubting


def _plain_depth(rule: Rule, known: dict[Rule, float]) -> float:
    """
    How many classes deep a value may go.

    It is infinite where the value's problems depend on more than the shapes of its objects, its numbers and its enums.
    """
    match rule:
        case StrRule() | FloatRule() | IntRule() | BoolRule():
            return 0
        case ChoiceRule() if all(kind is str for kind, _ in rule.members):
            return 0
        case OptionalRule():
            return _plain_depth(rule.inner, known)
        case ArrayRule() if isinstance(rule.item, ClassRule):
            return _plain_depth(rule.item, known)
        case ClassRule():
            if rule not in known:
                known[rule] = math.inf  # what it is, should it be met again within
                if is_simple(rule.cl):
                    known[rule] = 1 + max((_plain_depth(field.rule, known) for field in rule.fields), default=0)
            return known[rule]
    return math.inf


def _unwrapped(rule: Rule) -> Rule:
    return _unwrapped(rule.inner) if isinstance(rule, OptionalRule) else rule


def _step(key: str) -> str:
    return format_path((None, key))[1:]


def as_text(value: str) -> str:
    """*value*, a lone surrogate in it written as an escape: a report must be text that can be saved."""
    return value if is_text(value) else value.encode("utf-8", "backslashreplace").decode()
