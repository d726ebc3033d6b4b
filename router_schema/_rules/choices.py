"""Enums, ``Literal`` and None: one of some values."""

from __future__ import annotations

import functools
import typing
from enum import Enum, Flag
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal

import attrs

from ..errors import Path, clipped, shown
from .base import INVALID, Definitions, ErrorCollector, HugeInteger, Rule, is_huge, is_text, json_type
from .family import Family, UnsupportedTypeError

if TYPE_CHECKING:
    from .plan import Plan
    from .source import Source


#: The types of values that an enum or ``Literal`` may have; bool before int, which it derives from.
_KINDS = (str, bool, int, NoneType)


@attrs.define(eq=False, slots=False)
class ChoiceRule(Rule):
    """
    One of some values.

    Attributes:
        pairs: Each JSON value, and what it becomes.
        enum: The enum's class; None for a ``Literal``.
        members: What each value becomes, by (type, JSON value), since ``True == 1``.
        is_closed: Whether it accepts no other value: an enum's own ``_missing_`` may accept more.

    Raises:
        TypeError: A value is neither a JSON scalar nor null, or a float: equal floats may be spelled differently; or
            two members have the same value.
    """

    pairs: list[tuple[Any, Any]]
    enum: type[Enum] | None = None
    members: dict[tuple[type, Any], Any] = attrs.field(init=False)
    is_closed: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        for value, _ in self.pairs:
            if type(value) not in _KINDS or (type(value) is str and not is_text(value)):
                raise TypeError(f"the value {shown(value)} has no JSON form of its own")
        self.expected = clipped("one of " + ", ".join(shown(value) for value, _ in self.pairs))
        self.json_types = frozenset(json_type(value) for value, _ in self.pairs)
        self.python_types = tuple(dict.fromkeys(type(member) for _, member in self.pairs))
        self.members = {}
        for value, member in self.pairs:
            known = self.members.setdefault((type(value), value), member)
            if type(known) is not type(member) or known != member:
                raise TypeError("an enum's member and its value are written alike")
        missing: Any = None if self.enum is None else self.enum._missing_
        self.is_closed = missing is None or missing.__func__ is Enum._missing_.__func__  # type: ignore[attr-defined]

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        known = self.members.get((type(value), value), INVALID)
        if known is not INVALID:
            return known
        member = self._member(value)
        if member is None:
            return errors.unknown_value(path, self.expected, json_type(value), value)
        return member[0]

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        payload = value._value_ if isinstance(value, Enum) else value
        # A member that `_missing_` made is emitted only if its value leads back to it.
        member = self._member(payload) if type(payload) in _KINDS else None
        if member is None or type(member[0]) is not type(value) or member[0] != value:
            return errors.unknown_value(path, self.expected, type(value).__name__, payload)
        return payload

    def _member(self, value: Any) -> tuple[Any] | None:
        """The member that *value* stands for, in a tuple: a ``Literal`` may hold None."""
        kind: type = type(value)
        if kind not in _KINDS:
            kind = next((kind for kind in _KINDS if isinstance(value, kind)), HugeInteger)
        member = self.members.get((kind, value), INVALID)
        if member is not INVALID:
            return (member,)
        if self.is_closed or is_huge(value) or (kind is str and not is_text(value)):
            return None
        try:
            # Not the class itself: that would find 1 for True.
            member = self.enum._missing_(value)  # type: ignore[union-attr]
        except RecursionError:
            raise
        except Exception:  # user code may raise anything
            return None
        return (member,) if isinstance(member, self.enum) else None  # type: ignore[arg-type]

    @property
    def _words(self) -> dict[str, Any] | None:
        """What each string becomes; None where a value is not a string."""
        words = {value: member for (kind, value), member in self.members.items() if kind is str}
        return words if len(words) == len(self.members) else None

    def write_structure(self, source: Source, v: str) -> None:
        name = self.enum.__name__ if self.enum else "literal"
        if (words := self._words) is not None:
            source.line(f"{v} = {source.constant(f'{name}_members', words)}[{v}]")
        else:
            source.line(f"{v} = {source.constant(f'{name}_members', self.members)}[type({v}), {v}]")

    def write_unstructure(self, source: Source, v: str) -> None:
        if self.enum is None:
            values = {(type(member), member): value for (_, value), member in self.members.items()}
            source.line(f"{v} = {source.constant('literal_values', values)}[type({v}), {v}]")
        elif self.is_closed:
            source.bail_if(f"type({v}) is not {source.constant(self.enum.__name__, self.enum)}")
            source.line(f"{v} = {v}._value_")
        else:
            super().write_unstructure(source, v)

    def add_to_plan(self, plan: Plan) -> int:
        words = self._words
        return super().add_to_plan(plan) if words is None or not self.is_closed else plan.add("choice", words)

    def json_schema(self, definitions: Definitions) -> dict[str, Any]:
        return self._schema() if self.enum is None else definitions.reference(self.enum, self._schema)

    def _schema(self) -> dict[str, Any]:
        kinds = sorted(self.json_types or ())
        schema: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
        if not self.is_closed:
            return schema
        values = [value for _, value in self.members]
        return {**schema, "const": values[0]} if len(values) == 1 else {**schema, "enum": values}

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        return 0 if self._words is not None and self.is_closed else super().verdict_depth(known)


@functools.lru_cache
def _enum_rule(cl: type[Enum]) -> ChoiceRule:
    try:
        return ChoiceRule([(member._value_, member) for member in cl], cl)
    except TypeError as error:
        raise UnsupportedTypeError(f"{cl.__qualname__} is not supported: {error}") from None


def _literal_rule(cl: Any) -> ChoiceRule:
    arguments = typing.get_args(cl)
    members = [(argument._value_ if isinstance(argument, Enum) else argument, argument) for argument in arguments]
    try:
        return ChoiceRule(members)
    except TypeError as error:
        raise UnsupportedTypeError(f"Literal is not supported: {error}") from None


def _null_rule() -> ChoiceRule:
    rule = ChoiceRule([(None, None)])
    rule.expected = "null"
    return rule


def is_enum(cl: Any) -> bool:
    """Whether *cl* is an enum. Flags are not: their values combine, which JSON cannot say."""
    return isinstance(cl, type) and issubclass(cl, Enum) and not issubclass(cl, Flag)


ENUMS = Family(is_enum, lambda cl, _: _enum_rule(cl))
LITERALS = Family(lambda cl: typing.get_origin(cl) is Literal, lambda cl, _: _literal_rule(cl))
NULL = Family(lambda cl: cl is NoneType, lambda cl, _: _null_rule())
