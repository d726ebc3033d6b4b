"""
What a class takes, as JSON Schema: the rules once more, in words that other tools read.

Written from the rules, since these are what `loads` follows: a generator that reads the classes would know nothing of
a converter's renamed keys, hooks and ``forbid_extra_keys``.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable
from enum import Enum
from typing import Any

import attrs
from cattrs import Converter

from ._compile import identifier, numbered
from ._rules import AnyRule, ArrayRule, ChoiceRule, ClassRule, DictRule, Field, HookRule, OptionalRule, Rule
from .converter import default_converter, structure_rule
from .models import RouterCompletionsResponseBody

__all__ = ["json_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ENTRY = re.compile(r"( +)(\w+)(?: \(.*?\))?: *(.*)")


def json_schema(cl: Any = RouterCompletionsResponseBody, *, converter: Converter | None = None) -> dict[str, Any]:
    """
    The JSON Schema (draft 2020-12) of what *converter* takes for *cl*.

    Every class and enum is a definition of its own, under ``$defs``. Descriptions are those of the docstrings: the
    first paragraph of the class's, and for a field its entry in the ``Attributes:`` section, where there is one.

    A value that `structure` takes is always valid. A few that it refuses are valid too, since JSON Schema cannot refuse
    them: ``1.0`` for an integer, numbers that no double and integers that no field holds, lone surrogates, and what
    validators, converters, hooks and enums with a ``_missing_`` of their own refuse.

    Args:
        cl: Any attrs class; or a list, tuple, dict, ... of such.
        converter: A converter that `make_converter` made or `configure_converter` made strict; the default one where
            it is None.

    Raises:
        TypeError: *cl* has a field of a type that is not supported.
    """
    definitions = _Definitions()
    root = definitions.schema(structure_rule(cl, converter or default_converter))
    return {"$schema": _DIALECT, **root, **({"$defs": definitions.schemas} if definitions.schemas else {})}


class _Definitions:
    """The schemas of the classes and enums that were met, by name."""

    def __init__(self) -> None:
        self.schemas: dict[str, dict[str, Any]] = {}
        self.names: dict[type, str] = {}

    def schema(self, rule: Rule) -> dict[str, Any]:
        """What *rule* takes."""
        if isinstance(rule, ClassRule):
            return self.reference(rule.cl, lambda: self.class_schema(rule))
        if isinstance(rule, ChoiceRule):
            return _choice(rule) if rule.enum is None else self.reference(rule.enum, lambda: _choice(rule))
        if isinstance(rule, OptionalRule):
            return {"anyOf": [self.schema(rule.inner), {"type": "null"}]}
        if isinstance(rule, ArrayRule):
            return {"type": "array", "items": self.schema(rule.item)}
        if isinstance(rule, DictRule):
            return {"type": "object", "additionalProperties": self.schema(rule.item)}
        if isinstance(rule, AnyRule | HookRule):
            return {}  # anything; what a hook refuses, only the hook knows
        return {"type": rule.expected}

    def reference(self, cl: type, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """A reference to the definition of *cl*, which is made if there is none, of a name that no other class has."""
        if cl not in self.names:
            candidates = numbered(identifier(cl.__name__))  # as it stands in a reference, which is a URI
            name = self.names[cl] = next(name for name in candidates if name not in self.schemas)
            self.schemas[name] = {"title": cl.__name__}  # there before it is made, since a class may contain itself
            self.schemas[name].update(make())
        return {"$ref": f"#/$defs/{self.names[cl]}"}

    def class_schema(self, rule: ClassRule) -> dict[str, Any]:
        summary, descriptions = _documentation(rule.cl)
        properties = {
            field.key: self.field_schema(field, descriptions.get(field.attribute.name)) for field in rule.fields
        }
        schema: dict[str, Any] = {"description": summary} if summary else {}
        schema |= {"type": "object", "properties": properties}
        if required := [field.key for field in rule.fields if field.required]:
            schema["required"] = required
        if rule.forbid_extra_keys:
            schema["additionalProperties"] = False
        return schema

    def field_schema(self, field: Field, description: str | None) -> dict[str, Any]:
        schema = self.schema(field.rule)
        if description:
            schema["description"] = description
        # What a hook or a converter makes of the JSON is not the JSON.
        inner = field.rule.inner if isinstance(field.rule, OptionalRule) else field.rule
        is_plain = not (field.required or field.attribute.converter or isinstance(inner, HookRule))
        if is_plain and _is_scalar(default := _plain(field.attribute.default)):
            schema["default"] = default
        return schema


def _choice(rule: ChoiceRule) -> dict[str, Any]:
    kinds = sorted(rule.json_types or ())
    schema: dict[str, Any] = {"type": kinds[0] if len(kinds) == 1 else kinds} if kinds else {}
    return {**schema, "enum": [value for _, value in rule.members]} if rule.is_closed else schema


def _plain(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


def _is_scalar(value: object) -> bool:
    return value is None or type(value) in (str, bool, int) or (type(value) is float and math.isfinite(value))


def _documentation(cl: type) -> tuple[str, dict[str, str]]:
    """The first paragraph of a class's docstring and its fields' descriptions, or those of its parents."""
    summary, descriptions = "", {}
    for parent in reversed(cl.__mro__):
        docstring = inspect.cleandoc(parent.__dict__.get("__doc__") or "") if attrs.has(parent) else ""
        first, _, _ = docstring.partition("\n\n")
        if first and not first.startswith("Attributes:"):
            summary = _one_line(first.splitlines())
        descriptions.update(_attributes_section(docstring))
    return summary, descriptions


def _attributes_section(docstring: str) -> dict[str, str]:
    """The entries of the section ``Attributes:``, as Google's style has it."""
    entries: dict[str, list[str]] = {}
    lines = iter(docstring.splitlines())
    if "Attributes:" not in lines:  # goes on to just behind it
        return {}
    indent, texts = "", list[str]()
    for line in lines:
        if line and not line.startswith(" "):
            break
        entry = _ENTRY.match(line)
        if entry and entry[1] == (indent or entry[1]):
            indent, texts = entry[1], [entry[3]]
            entries[entry[2]] = texts
        else:
            texts.append(line.strip())
    return {name: _one_line(texts) for name, texts in entries.items()}


def _one_line(lines: list[str]) -> str:
    """Lines of reStructuredText as one of plain text."""
    return " ".join(" ".join(lines).split()).replace("``", "`")
