"""
Unions of types that JSON tells apart.

At most one member accepts each of JSON's own types: string, boolean, array, object, number. ``int | float`` is the
exception: an integer is an int where it is spelled as one. Several ``Literal`` are one. A tag distinguishes several
attrs classes: a field that each of them has, under the same key, a ``Literal`` or enum without a value in common. Any
other union is a TypeError when the hook is built.
"""

from __future__ import annotations

import functools
import itertools
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from types import NoneType
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import Path
from .base import PARSED, Definitions, ErrorCollector, Rule, Visit, json_type, lazy
from .choices import ChoiceRule
from .containers import OptionalRule
from .family import Family, Resolver, UnsupportedTypeError
from .hooks import HookRule
from .scalars import FloatRule, IntRule

if TYPE_CHECKING:
    from .classes import ClassRule, Field
    from .plan import Plan
    from .source import Source


@attrs.define(eq=False, slots=False)
class TaggedRule(Rule):
    """
    Several attrs classes, told apart by a tag.

    Attributes:
        classes: Their rules. Their fields may not be known yet, since a class may contain itself.
    """

    classes: list[ClassRule]
    expected = "object"
    json_types = frozenset({"object"})

    def __attrs_post_init__(self) -> None:
        self.python_types = tuple(rule.cl for rule in self.classes)

    @property
    def name(self) -> str:
        return " or ".join(rule.name for rule in self.classes)

    @lazy
    def tag(self) -> tuple[str, ChoiceRule]:
        """
        The key of the tag, and the rule from its value to the rule of the class.

        Raises:
            UnsupportedTypeError: There is no tag.
        """
        for field in self.classes[0].fields:
            choices = [_choices_of(rule, field.key) for rule in self.classes]
            values = [value for values in choices for value in values]
            if all(choices) and len(set(values)) == len(values):
                pairs = [
                    (value, rule) for rule, values in zip(self.classes, choices, strict=True) for _, value in values
                ]
                return field.key, ChoiceRule(pairs)
        pairs_of_classes = itertools.combinations(self.classes, 2)
        alike = next(((a, b) for a, b in pairs_of_classes if not _tell_apart(a, b)), self.classes)
        raise _alike(
            (rule.name for rule in alike),
            "they need a field in common, a Literal or an enum, that is never omitted and has no value in common",
        )

    def names_key(self, key: str) -> bool:
        return any(rule.names_key(key) for rule in self.classes)

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        key, choice = self.tag
        if key not in value:
            return errors.missing((path, key), choice.expected)
        before = errors.count
        rule = choice.structure(value[key], (path, key), errors)
        return rule if errors.count > before else rule.build(value, path, errors)

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        rule = next(rule for rule in self.classes if rule.cl is type(value))
        return rule.take_apart(value, path, errors)

    def write_structure(self, source: Source, v: str) -> None:
        key, choice = self.tag
        which, tag = source.local(v, "which"), source.local(v, "tag")
        numbers = {value: self.classes.index(rule) for value, rule in choice.members.items()}
        source.bail_if(f"type({v}) is not dict")
        source.line(f"{tag} = {v}[{key!r}]")
        source.line(f"{which} = {source.constant(f'{which}es', numbers)}[type({tag}), {tag}]")
        source.branches(v, ((f"{which} == {number}", rule) for number, rule in enumerate(self.classes)))

    def write_unstructure(self, source: Source, v: str) -> None:
        _write_by_type(source, v, {rule.cl: rule for rule in self.classes})

    def add_to_plan(self, plan: Plan) -> int:
        nodes = {rule: rule.add_to_plan(plan) for rule in self.classes}
        if plan.direction == "unstructure":
            return plan.add("union", {rule.cl: node for rule, node in nodes.items()})
        key, choice = self.tag
        if any(kind is not str for kind, _ in choice.members) or not plan.has_classes(nodes.values()):
            return super().add_to_plan(plan)
        return plan.add("tagged", key, {value: nodes[rule] for (_, value), rule in choice.members.items()})

    def json_schema(self, definitions: Definitions) -> dict[str, Any]:
        return {"oneOf": [rule.json_schema(definitions) for rule in self.classes], "required": [self.tag[0]]}

    def visitor(self, profiler: Any, path: str, depth: int) -> Visit | None:
        key, choice = self.tag
        visits = {rule: rule.visitor(profiler, path, depth) for rule in self.classes}

        def visit_class(value: Any, shapes: list[Any]) -> None:
            tag = value.get(key) if type(value) is dict else None
            rule = choice.members.get((type(tag), tag)) if tag is None or isinstance(tag, str | int) else None
            if (visit := visits.get(rule)) is not None:  # type: ignore[arg-type]
                visit(value, shapes)

        return visit_class

    def folded(self, step: str) -> tuple[str, Rule | None]:
        # Keys of a dict are payload: if one class has a dict here and another a class, the steps below are unknown.
        rules = [rule for _, rule in (each.folded(step) for each in self.classes) if rule is not None]
        return step, rules[0] if rules and len({rule.cl or rule for rule in rules}) == 1 else None


def _write_by_type(source: Source, v: str, owners: Mapping[type, Rule]) -> None:
    """Write the lines of each rule for the exact types of the variable *v* that it owns."""

    def condition(rule: Rule) -> str:
        kinds = [source.constant(kind.__name__, kind) for kind, owner in owners.items() if owner is rule]
        return " or ".join(f"type({v}) is {kind}" for kind in kinds)

    source.branches(v, ((condition(rule), rule) for rule in dict.fromkeys(owners.values())))


def _choices_of(rule: ClassRule, key: str) -> tuple[tuple[type, Any], ...]:
    """The values, with their types, that a field of a class accepts if it may be a tag; otherwise none."""
    field: Field | None = next((field for field in rule.fields if field.key == key), None)
    if field is None or field.omit_default or not isinstance(field.rule, ChoiceRule) or not field.rule.is_closed:
        return ()
    return tuple(field.rule.members)


def _tell_apart(a: ClassRule, b: ClassRule) -> bool:
    return any(
        (left := _choices_of(a, field.key)) and (right := _choices_of(b, field.key)) and set(left).isdisjoint(right)
        for field in a.fields
    )


@attrs.define(eq=False, slots=False)
class UnionRule(Rule):
    """
    Types that JSON's own types tell apart.

    Attributes:
        members: Their rules.
        by_json_type: The member that each JSON type belongs to.
        by_python_type: The member that each Python type belongs to.
    """

    members: list[Rule]
    by_json_type: dict[str, Rule] = attrs.field(init=False)
    by_python_type: dict[type, Rule] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.by_json_type, self.by_python_type = {}, {}
        # The members' own order, so that errors read as the annotation does; an int is claimed by int before float.
        for rule in sorted(self.members, key=lambda rule: isinstance(rule, FloatRule)):
            for word in rule.json_types or ():
                self.by_json_type.setdefault(word, rule)
            for inner in rule.classes if isinstance(rule, TaggedRule) else [rule]:
                for kind in inner.python_types or ():
                    self.by_python_type.setdefault(kind, inner)
        self.expected = " or ".join(dict.fromkeys(rule.expected for rule in self.members))
        self.json_types = frozenset(self.by_json_type)
        self.python_types = tuple(self.by_python_type)

    @property
    def name(self) -> str:
        return " or ".join(dict.fromkeys(rule.name for rule in self.members))

    def names_key(self, key: str) -> bool:
        return any(rule.names_key(key) for rule in self.members)

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        return self.by_json_type[json_type(value)].build(value, path, errors)

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        return self.by_python_type[type(value)].take_apart(value, path, errors)

    def write_structure(self, source: Source, v: str) -> None:
        _write_by_type(source, v, {PARSED[word]: rule for word, rule in self.by_json_type.items()})

    def write_unstructure(self, source: Source, v: str) -> None:
        _write_by_type(source, v, self.by_python_type)

    def add_to_plan(self, plan: Plan) -> int:
        if "null" in self.by_json_type:  # of an enum or Literal; the native engine knows null in an optional value only
            return super().add_to_plan(plan)
        owners: Mapping[Any, Rule] = self.by_json_type if plan.direction == "structure" else self.by_python_type
        nodes = {rule: rule.add_to_plan(plan) for rule in dict.fromkeys(owners.values())}
        return plan.add("union", {kind: nodes[rule] for kind, rule in owners.items()})

    def json_schema(self, definitions: Definitions) -> dict[str, Any]:
        return {"anyOf": [rule.json_schema(definitions) for rule in self.members]}

    def visitor(self, profiler: Any, path: str, depth: int) -> Visit | None:
        visits = {
            PARSED[word]: visit
            for word, rule in self.by_json_type.items()
            if (visit := rule.visitor(profiler, path, depth)) is not None
        }
        if not visits:
            return None

        def visit_member(value: Any, shapes: list[Any]) -> None:
            if (visit := visits.get(type(value))) is not None:
                visit(value, shapes)

        return visit_member

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        # The shape of an object holds the type of each value, but its text only where the field is a choice alone.
        if any(isinstance(rule, ChoiceRule) for rule in self.members):
            return super().verdict_depth(known)
        return max(rule.verdict_depth(known) for rule in self.members)

    def classes_held(self) -> dict[str, ClassRule]:
        return {word: rule for member in self.members for word, rule in member.classes_held().items()}

    def folded(self, step: str) -> tuple[str, Rule | None]:
        owner = self.by_json_type.get("array" if step[1:-1].isdecimal() else "object")
        return super().folded(step) if owner is None else owner.folded(step)


# --- from types to rules ---


def _is_union(cl: Any) -> bool:
    # ``typing.Union[X, None]`` and ``X | None`` are different things before Python 3.14.
    return (typing.get_origin(cl) or cl) in (typing.Union, types.UnionType)


def _make_union(cl: Any, resolver: Resolver) -> Rule:
    if (registered := resolver.hook_rule(cl)) is not None:
        return registered
    arguments = typing.get_args(cl)
    if NoneType in arguments:
        # Ask the converter, because a hook may be registered for the rest.
        rest: Any = typing.Union[tuple(argument for argument in arguments if argument is not NoneType)]  # noqa: UP007
        return OptionalRule(resolver.rule_for(rest).inner)
    rules = [resolver.rule_for(argument) for argument in arguments]
    rule = _union_of(cl, [member for rule in rules for member in _members_of(rule)], resolver)
    return OptionalRule(rule) if any(rule.nullable for rule in rules) else rule


def _members_of(rule: Rule) -> list[Rule]:
    """The members of a union within a union (by way of ``type N = ...``), or the rule itself."""
    rule = rule.inner
    if isinstance(rule, UnionRule):
        return [member for inner in rule.members for member in _members_of(inner)]
    return list(rule.classes) if isinstance(rule, TaggedRule) else [rule]


def _union_of(cl: Any, members: list[Rule], resolver: Resolver) -> Rule:
    """
    The rule of the union *cl* of *members*.

    Raises:
        UnsupportedTypeError: JSON does not tell them apart.
    """
    rules = list({rule if rule.cl is None else rule.cl: rule for rule in members}.values())
    rules = _joined(rules, lambda rule: isinstance(rule, ChoiceRule) and rule.enum is None, _literal_of)
    for a, b in itertools.combinations(rules, 2):
        _check(a, b)
    rules = _joined(rules, lambda rule: rule.cl is not None, TaggedRule)
    for rule in rules:
        if isinstance(rule, TaggedRule):
            resolver.when_complete(functools.partial(getattr, rule, "tag"))
    return UnionRule(rules) if len(rules) > 1 else rules[0]


def _joined(rules: list[Rule], is_one: Callable[[Rule], bool], join: Callable[[Any], Rule]) -> list[Rule]:
    """*rules*, in which *join* makes one of those that *is_one* selects, if there are several."""
    selected = [rule for rule in rules if is_one(rule)]
    if len(selected) < 2:
        return rules
    joined = join(selected)
    return [joined if rule is selected[0] else rule for rule in rules if rule not in selected[1:]]


def _literal_of(rules: list[ChoiceRule]) -> ChoiceRule:
    """``Literal[a] | Literal[b]`` as the ``Literal[a, b]`` that it is."""
    try:
        return ChoiceRule([pair for rule in rules for pair in rule.pairs])
    except TypeError as error:
        raise _alike(("Literal", "Literal"), str(error)) from None


def _check(a: Rule, b: Rule) -> None:
    """Raise UnsupportedTypeError where JSON's types do not tell two members apart; of two classes, a tag may."""
    for rule, other in ((a, b), (b, a)):
        if rule.json_types is None:
            raise _alike((_name(rule), _name(other)), f"{_name(rule)} may be any JSON value")
    shared = sorted(a.json_types & b.json_types)  # type: ignore[operator]
    may_share = (a.cl is not None and b.cl is not None) or {type(a), type(b)} == {IntRule, FloatRule}
    if shared and not may_share:
        raise _alike((_name(a), _name(b)), f"both accept a JSON {shared[0]}")


def _alike(names: Iterable[str], why: str) -> UnsupportedTypeError:
    """The error of a union with members that JSON does not tell apart."""
    return UnsupportedTypeError(
        f"{' and '.join(names)} cannot be told apart in JSON: {why}; register a hook for the union to decide"
    )


def _name(rule: Rule) -> str:
    """A member, as annotations name it."""
    if isinstance(rule, ChoiceRule):
        return rule.enum.__name__ if rule.enum else "Literal"
    if rule.python_types is None:
        return rule.name if isinstance(rule, HookRule) else "Any"
    return rule.python_types[0].__name__


UNIONS = Family(_is_union, _make_union)
