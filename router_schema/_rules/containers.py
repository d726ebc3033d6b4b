"""``X | None``, ``tuple[X, ...]``, ``list[X]`` and ``dict[str, X]``."""

from __future__ import annotations

import typing
from types import NoneType
from typing import TYPE_CHECKING, Any

import attrs

from ..errors import Path
from .base import INVALID, Definitions, ErrorCollector, Rule, Visit
from .family import Family, Resolver, UnsupportedTypeError
from .scalars import NOT_TEXT, check_key

if TYPE_CHECKING:
    from .plan import Plan
    from .source import Source


@attrs.define(eq=False, slots=False)
class OptionalRule(Rule):
    """``X | None``."""

    value: Rule
    nullable = True

    def __attrs_post_init__(self) -> None:
        value = self.value
        if "null" in (value.json_types or ()) and value.build(None, None, ErrorCollector()) is not None:
            raise UnsupportedTypeError(f"None and {value.name} cannot be told apart in JSON: both accept a JSON null")
        self.expected = f"{value.expected} or null"
        self.json_types = value.json_types and value.json_types | {"null"}
        self.python_types = value.python_types and (*value.python_types, NoneType)

    @property
    def inner(self) -> Rule:
        return self.value.inner

    @property
    def name(self) -> str:
        return f"{self.value.name} or null"

    def names_key(self, key: str) -> bool:
        return self.value.names_key(key)

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        return None if value is None else self.value.build(value, path, errors)

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        return None if value is None else self.value.take_apart(value, path, errors)

    def write_structure(self, source: Source, v: str) -> None:
        with source.block(f"if {v} is not None:"):
            source.convert(self.value, v)

    write_unstructure = write_structure

    def add_to_plan(self, plan: Plan) -> int:
        return plan.add("optional", self.value.add_to_plan(plan))

    def json_schema(self, definitions: Definitions) -> dict[str, Any]:
        schema = self.value.json_schema(definitions)
        return {"anyOf": [*schema.get("anyOf", [schema]), {"type": "null"}]}

    def visitor(self, profiler: Any, path: str, depth: int) -> Visit | None:
        return self.value.visitor(profiler, path, depth)

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        return self.value.verdict_depth(known)

    def classes_held(self) -> dict[str, Any]:
        return self.value.classes_held()

    def folded(self, step: str) -> tuple[str, Rule | None]:
        return self.value.folded(step)


@attrs.define(eq=False, slots=False)
class ArrayRule(Rule):
    """``tuple[X, ...]`` or ``list[X]``."""

    item: Rule
    sequence: type[tuple[Any, ...]] | type[list[Any]]
    expected = "array"
    json_types = frozenset({"array"})

    def __attrs_post_init__(self) -> None:
        self.python_types = (self.sequence,)

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        before, structure = errors.count, self.item.structure
        items = [structure(item, (path, i), errors) for i, item in enumerate(value)]
        return self.sequence(items) if errors.count == before else INVALID

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        return [self.item.unstructure(item, (path, i), errors) for i, item in enumerate(value)]

    def write_structure(self, source: Source, v: str) -> None:
        source.bail_if(f"type({v}) is not list")
        items = self._write_items(source, v)
        source.line(f"{v} = tuple({items})" if self.sequence is tuple else f"{v} = {items}")

    def write_unstructure(self, source: Source, v: str) -> None:
        source.bail_if(f"type({v}) is not {self.sequence.__name__}")
        source.line(f"{v} = {self._write_items(source, v)}")

    def _write_items(self, source: Source, v: str) -> str:
        items, item = source.local(v, "items"), source.local(v, "item")
        source.line(f"{items} = []")
        with source.block(f"for {item} in {v}:"):
            source.convert(self.item, item)
            source.line(f"{items}.append({item})")
        return items

    def add_to_plan(self, plan: Plan) -> int:
        return plan.add(self.sequence.__name__, self.item.add_to_plan(plan))

    def json_schema(self, definitions: Definitions) -> dict[str, Any]:
        return {"type": "array", "items": self.item.json_schema(definitions)}

    def visitor(self, profiler: Any, path: str, depth: int) -> Visit | None:
        visit = self.item.visitor(profiler, f"{path}[*]", depth)
        if visit is None:
            return None

        def visit_items(value: Any, shapes: list[Any]) -> None:
            if type(value) is list:
                for item in value:
                    visit(item, shapes)

        return visit_items

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        # The shapes of objects say nothing about items of other types.
        return self.item.verdict_depth(known) if self.item.cl is not None else super().verdict_depth(known)

    def classes_held(self) -> dict[str, Any]:
        held = self.item.classes_held()
        return {"array": held["object"]} if held else {}

    def folded(self, step: str) -> tuple[str, Rule | None]:
        return "[*]", self.item


@attrs.define(eq=False, slots=False)
class DictRule(Rule):
    """``dict[str, X]``."""

    item: Rule
    expected = "object"
    json_types = frozenset({"object"})
    python_types = (dict,)

    def names_key(self, key: str) -> bool:
        return True

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        before = errors.count
        items = {
            check_key(key, path, errors): self.item.structure(item, (path, key), errors) for key, item in value.items()
        }
        return items if errors.count == before else INVALID

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        return {
            check_key(key, path, errors): self.item.unstructure(item, (path, key), errors)
            for key, item in value.items()
        }

    def write_structure(self, source: Source, v: str) -> None:
        source.bail_if(f"type({v}) is not dict")
        items, key, item = (source.local(v, part) for part in ("items", "key", "item"))
        source.line(f"{items} = {{}}")
        with source.block(f"for {key}, {item} in {v}.items():"):
            source.bail_if(NOT_TEXT.format(v=key))
            source.convert(self.item, item)
            source.line(f"{items}[{key}] = {item}")
        source.line(f"{v} = {items}")

    write_unstructure = write_structure

    def add_to_plan(self, plan: Plan) -> int:
        return plan.add("dict", self.item.add_to_plan(plan))

    def json_schema(self, definitions: Definitions) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.item.json_schema(definitions)}

    def visitor(self, profiler: Any, path: str, depth: int) -> Visit | None:
        visit = self.item.visitor(profiler, f"{path}[*]", depth)
        if visit is None:
            return None

        def visit_values(value: Any, shapes: list[Any]) -> None:
            if type(value) is dict:
                for item in value.values():
                    visit(item, shapes)

        return visit_values

    def folded(self, step: str) -> tuple[str, Rule | None]:
        return "[*]", self.item


# --- from types to rules ---


def _origin(cl: Any) -> Any:
    return typing.get_origin(cl) or cl


def _is_array(cl: Any) -> bool:
    if _origin(cl) is list or cl in (tuple, typing.Tuple):  # noqa: UP006
        return True
    return _origin(cl) is tuple and typing.get_args(cl)[1:] == (...,)  # a tuple of a fixed length has no rule


def _make_array(cl: Any, resolver: Resolver) -> Rule:
    return ArrayRule(resolver.rule_for((*typing.get_args(cl), Any)[0]), _origin(cl))


def _is_dict(cl: Any) -> bool:
    return _origin(cl) is dict and typing.get_args(cl)[:1] in ((), (str,))


def _make_dict(cl: Any, resolver: Resolver) -> Rule:
    return DictRule(resolver.rule_for((*typing.get_args(cl), str, Any)[1]))


ARRAYS = Family(_is_array, _make_array)
DICTS = Family(_is_dict, _make_dict)
