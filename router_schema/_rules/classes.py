"""Attrs classes."""

from __future__ import annotations

import inspect
import itertools
import math
import types
import typing
from collections.abc import Callable
from contextlib import nullcontext
from enum import Enum
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import Path, format_field_step
from .base import INVALID, PARSED, Definitions, ErrorCollector, Rule, Visit, json_type, lazy
from .construct import (
    construct,
    default_for,
    has_plain_layout,
    has_user_factory,
    is_decorated,
    is_replaced,
    is_simple,
    only_stores,
    runs_user_code,
    twin_of,
)
from .family import Family, Resolver, UnsupportedTypeError
from .hooks import HookRule, call_user_code
from .scalars import StrRule

if TYPE_CHECKING:
    from .plan import Plan
    from .source import Source

_ABSENT: Any = object()

#: `Rule.build` or `Rule.structure`.
Convert = Callable[[Any, Path, ErrorCollector], Any]


@attrs.frozen(eq=False)
class Field:
    """
    One field of an attrs class.

    Attributes:
        attribute: The attrs attribute.
        key: Its JSON key.
        rule: The rule of its type.
        omit_default: Whether the JSON omits a value that equals the default.
    """

    attribute: attrs.Attribute[Any]
    key: str
    rule: Rule
    omit_default: bool

    @property
    def argument(self) -> str:
        """Its name as an argument of the constructor."""
        return self.attribute.alias or self.attribute.name

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.attribute.default is attrs.NOTHING

    @property
    def is_null_by_default(self) -> bool:
        """Whether null, None and an absent key all mean the same."""
        return self.attribute.default is None and self.rule.nullable


@attrs.define(eq=False, slots=False)
class ClassRule(Rule):
    """
    An attrs class.

    Attributes:
        cl: The class.
        forbid_extra_keys: Whether a key that no field has is a problem.
        fields: Its fields. Set after the rule was made, since a class may contain itself.
    """

    cl: type[attrs.AttrsInstance]
    forbid_extra_keys: bool
    fields: tuple[Field, ...] = attrs.field(default=(), repr=False)
    expected = "object"
    json_types = frozenset({"object"})

    def __attrs_post_init__(self) -> None:
        self.python_types = (self.cl,)

    @property
    def name(self) -> str:
        return self.cl.__name__

    @lazy
    def keys(self) -> dict[str, str]:
        """The JSON key of each field, by attribute name."""
        return {field.attribute.name: field.key for field in self.fields}

    @lazy
    def _is_simple(self) -> bool:
        return is_simple(self.cl)

    @lazy
    def _only_stores(self) -> bool:
        return only_stores(self.cl)

    @lazy
    def _reads(self) -> list[tuple[str, str, bool, frozenset[type], Convert, Convert, str | None]]:
        """
        What `build` needs of each field: looking it up would take half the time.

        Its key and argument; whether it is a string; the types of the values that need no check, what builds them, and
        what builds any other; what is expected where the key is required.
        """
        for field in self.fields:
            format_field_step(field.key)  # now, rather than for each error
        return [
            (
                field.key,
                field.argument,
                isinstance(field.rule.inner, StrRule),
                frozenset(PARSED[word] for word in field.rule.inner.json_types or ()),
                field.rule.inner.build,
                field.rule.structure,
                field.rule.expected if field.required else None,
            )
            for field in self.fields
        ]

    def names_key(self, key: str) -> bool:
        return any(field.key == key for field in self.fields)

    # --- the slow path ---

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        before = errors.count
        arguments: dict[str, Any] = {}
        for key, argument, is_str, kinds, build, structure, expected in self._reads:
            item = value.get(key, _ABSENT)
            if is_str and type(item) is str and item.isascii():  # most fields; a call would take as long as the rest
                arguments[argument] = item
            elif item is not _ABSENT:
                arguments[argument] = (build if type(item) in kinds else structure)(item, (path, key), errors)
            elif expected is not None:
                errors.missing((path, key), expected)
        if self.forbid_extra_keys:
            known = set(self.keys.values())
            for key, item in value.items():
                if key not in known:
                    errors.extra((path, key), json_type(item))
        if errors.count > before:
            return INVALID
        if self._only_stores:
            return self.cl(**arguments)
        return construct(self.cl, arguments, value, self.keys, path, errors)

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        result: dict[str, Any] = {}
        for field in self.fields:
            item = getattr(value, field.attribute.name, _ABSENT)
            if item is _ABSENT:
                errors.missing((path, field.key), field.rule.expected)
                continue
            before = errors.count
            plain_item = field.rule.unstructure(item, (path, field.key), errors)
            is_valid = errors.count == before  # comparing any other could report it twice
            if not (field.omit_default and is_valid and _is_default(field, item, value, (path, field.key), errors)):
                result[field.key] = plain_item
        return result

    # --- the compiled functions ---

    def write_structure(self, source: Source, v: str) -> None:
        if source.calls_function_of(self, v):
            return
        cl = source.constant(self.cl.__name__, self.cl)
        source.bail_if(f"type({v}) is not dict")
        if self.forbid_extra_keys:
            source.bail_if(f"not {v}.keys() <= {source.constant(f'{cl}_keys', set(self.keys.values()))}")
        if self._is_simple:
            self._write_simple(source, v, cl)
        else:
            self._write_constructor_call(source, v, cl)

    def _write_constructor_call(self, source: Source, v: str, cl: str) -> None:
        # Only the constructor knows what an absent argument means.
        source.calls_user_code = True
        arguments = source.local(v, "arguments")
        source.line(f"{arguments} = {{}}")
        for field in self.fields:
            item = source.local(field.attribute.name)
            with nullcontext() if field.required else source.block(f"if {field.key!r} in {v}:"):
                source.line(f"{item} = {v}[{field.key!r}]")
                field.rule.write_structure(source, item)
                source.line(f"{arguments}[{field.argument!r}] = {item}")
        source.line(f"{v} = {cl}(**{arguments})")

    def _write_simple(self, source: Source, v: str, cl: str) -> None:
        items = {field.attribute.name: _write_read(source, field, v, cl) for field in self.fields}
        twin = twin_of(self.cl)
        if twin is None:
            call = ", ".join(f"{field.argument}={items[field.attribute.name]}" for field in self.fields)
            source.line(f"{v} = {cl}({call})")
            return
        source.line(f"{v} = {source.constant(f'{cl}_twin', twin)}()")
        for attribute in attrs.fields(self.cl):
            item = items.get(attribute.name) or _default(source, attribute, cl)
            source.line(f"{v}.{attribute.name} = {item}")
        source.line(f"{v}.__class__ = {cl}")

    def write_unstructure(self, source: Source, v: str) -> None:
        if source.calls_function_of(self, v):
            return
        cl = source.constant(self.cl.__name__, self.cl)
        source.bail_if(f"type({v}) is not {cl}")
        result = source.local(v, "dict")
        always = list(itertools.takewhile(lambda field: not field.omit_default, self.fields))
        items = []
        for field in always:
            item = _write_get(source, field, v)
            field.rule.write_unstructure(source, item)
            items.append(f"{field.key!r}: {item}")
        source.line(f"{result} = {{{', '.join(items)}}}")
        for field in self.fields[len(always) :]:
            item = _write_get(source, field, v)
            store = f"{result}[{field.key!r}] = {item}"
            if not field.omit_default:
                field.rule.write_unstructure(source, item)
                source.line(store)
            elif field.is_null_by_default:
                with source.block(f"if {item} is not None:"):
                    field.rule.inner.write_unstructure(source, item)
                    source.line(store)
            else:
                differs = source.local(item, "differs")
                unlike = "is not" if field.attribute.default is None else "!="
                source.line(f"{differs} = {item} {unlike} {_default(source, field.attribute, cl, v)}")
                field.rule.write_unstructure(source, item)
                source.line(f"if {differs}: {store}")
        source.line(f"{v} = {result}")

    # --- the native engine ---

    def add_to_plan(self, plan: Plan) -> int:
        fields = self._plan_fields(plan)
        return super().add_to_plan(plan) if fields is None else plan.add_class(self, fields)

    def _plan_fields(self, plan: Plan) -> list[tuple[Any, ...]] | None:
        """
        The class's fields as the native engine wants them, without their nodes.

        None if constructing or reading an instance does more than store or read its fields.
        """
        structuring = plan.direction == "structure"
        if not has_plain_layout(self.cl) or (structuring and not self._is_simple):
            return None
        by_name = {field.attribute.name: field for field in self.fields}
        result = []
        for attribute in attrs.fields(self.cl):
            field, slot = by_name.get(attribute.name), inspect.getattr_static(self.cl, attribute.name, None)
            if field is None and not structuring:
                continue
            default: Any = attribute.default
            kind = 0 if default is attrs.NOTHING else 1
            if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
                if default.takes_self:
                    return None
                kind, default = 2, default.factory
            if is_replaced(self.cl, attribute.name):
                return None
            slot = slot if isinstance(slot, types.MemberDescriptorType) else None
            key, omit = (None, False) if field is None else (field.key, field.omit_default)
            if kind == 2 and (structuring or omit):
                plan.calls_user_code |= runs_user_code(default)
            if omit and default is None and field is not None and not field.rule.nullable and not structuring:
                return None  # the engine would omit a None that the rule rejects
            result.append((field, key, attribute.name, slot, kind, None if kind == 0 else default, omit))
        return result

    # --- its JSON Schema ---

    def json_schema(self, definitions: Definitions) -> dict[str, Any]:
        return definitions.reference(self.cl, lambda: self._schema(definitions))

    def _schema(self, definitions: Definitions) -> dict[str, Any]:
        summary, descriptions = definitions.documentation(self.cl)
        schema: dict[str, Any] = {"description": summary} if summary else {}
        schema["type"] = "object"
        schema["properties"] = {
            field.key: _field_schema(field, definitions, descriptions.get(field.attribute.name))
            for field in self.fields
        }
        if required := [field.key for field in self.fields if field.required]:
            schema["required"] = required
        if self.forbid_extra_keys:
            schema["additionalProperties"] = False
        return schema

    # --- its part in profiling logs ---

    def visitor(self, profiler: Any, path: str, depth: int) -> Visit | None:
        visit: Visit | None = profiler.objects(self, path, depth)
        return visit

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        if self not in known:
            known[self] = math.inf  # in case the class contains itself
            if self._is_simple and not has_user_factory(self.cl):
                known[self] = 1 + max((field.rule.verdict_depth(known) for field in self.fields), default=0)
        return known[self]

    def classes_held(self) -> dict[str, ClassRule]:
        return {"object": self}

    def folded(self, step: str) -> tuple[str, Rule | None]:
        rules = {format_field_step(field.key): field.rule for field in self.fields}
        return step, rules.get(step)


def _is_default(field: Field, item: Any, instance: object, path: Path, errors: ErrorCollector) -> Any:
    """Whether *item* equals the field's default. Comparing them, and making the default, may run user code."""
    if field.attribute.default is None:
        return item is None
    return call_user_code(lambda: bool(item == default_for(field.attribute, instance)), "default", item, path, errors)


def _write_read(source: Source, field: Field, v: str, cl: str) -> str:
    """Read one field of the dict *v*; returns the variable that holds it."""
    item = source.local(field.attribute.name)
    if field.required:
        source.line(f"{item} = {v}[{field.key!r}]")
        field.rule.write_structure(source, item)
    elif field.is_null_by_default:
        source.line(f"{item} = {v}.get({field.key!r})")
        field.rule.write_structure(source, item)
    else:
        with source.block(f"if {field.key!r} in {v}:"):
            source.line(f"{item} = {v}[{field.key!r}]")
            field.rule.write_structure(source, item)
        with source.block("else:"):
            source.line(f"{item} = {_default(source, field.attribute, cl)}")
    return item


def _write_get(source: Source, field: Field, v: str) -> str:
    """Read one attribute of the instance *v*; returns the variable that holds it."""
    item = source.local(field.attribute.name)
    source.line(f"{item} = {v}.{field.attribute.name}")
    return item


def _default(source: Source, attribute: attrs.Attribute[Any], cl: str, instance: str = "") -> str:
    """An expression for the default of *attribute*."""
    default: Any = attribute.default
    name = f"{cl}_{attribute.name}_default"
    if not isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return repr(default) if default is None or type(default) in (bool, str) else source.constant(name, default)
    source.calls_user_code |= runs_user_code(default.factory)
    return f"{source.constant(name, default.factory)}({instance if default.takes_self else ''})"


def _field_schema(field: Field, definitions: Definitions, description: str | None) -> dict[str, Any]:
    schema = field.rule.json_schema(definitions)
    if description:
        schema["description"] = description
    default: Any = field.attribute.default
    default = default._value_ if isinstance(default, Enum) else default
    # A hook or a converter makes something else of the JSON, so that a default is not JSON.
    is_converted = field.attribute.converter is not None or isinstance(field.rule.inner, HookRule)
    if not field.required and not is_converted and (default is None or type(default) in (str, bool, int, float)):
        errors = ErrorCollector()
        field.rule.structure(default, None, errors)
        if not errors.count:  # unlike None as the default of an int
            schema["default"] = default
    return schema


# --- from types to rules ---


def _is_attrs_class(cl: Any) -> bool:
    # A generic class with arguments, ``Box[int]``, has no rule, but cattrs' own hook for it would coerce.
    origin = typing.get_origin(cl) or cl
    return isinstance(origin, type) and attrs.has(origin)


def _make_class(cl: Any, resolver: Resolver) -> Rule:
    if typing.get_origin(cl) is not None:
        # cattrs' other methods take no type with arguments.
        raise UnsupportedTypeError(f"{cl} is not supported: register a hook for it by register_structure_hook_func")
    if not is_decorated(cl):
        raise UnsupportedTypeError(
            f"{cl.__qualname__} is not an attrs class, but a parent is: decorate it with attrs.define or attrs.frozen"
        )
    return resolver.class_rule(cl)


CLASSES = Family(_is_attrs_class, _make_class)
