"""
What a class accepts, as JSON Schema for other tools.

Each rule writes its own part. A generator that reads the classes instead would miss a converter's renamed keys, hooks
and ``forbid_extra_keys``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import attrs
from cattrs import Converter

from ._cattrs import structure_rule
from ._rules.source import identifier, numbered
from .converter import default_converter
from .models import RouterCompletionsResponseBody

__all__ = ["json_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

_ENTRY = re.compile(r"( +)(\w+)(?: \(.*?\))?: *(.*)")


def json_schema(cl: Any = RouterCompletionsResponseBody, *, converter: Converter | None = None) -> dict[str, Any]:
    """
    Describe what *converter* accepts for *cl* as JSON Schema (draft 2020-12).

    Every class and enum has a definition under ``$defs``. Descriptions are taken from the docstrings: the
    first paragraph describes the class, and an entry in the ``Attributes:`` section a field.

    Every value that `structure` accepts is valid. A few that it rejects are valid too, since JSON Schema cannot express
    why: ``1.0`` for an integer, numbers too large for a double, integers of more than 4,300 digits, lone surrogates,
    and whatever validators, converters, hooks and enums with a ``_missing_`` of their own reject.

    Args:
        cl: An attrs class, or a type built from one, such as ``list[Body]`` or ``dict[str, Body]``.
        converter: A converter from `make_converter`, or one that `configure_converter` made strict. The default is the
            converter behind `loads`.

    Raises:
        TypeError: A field of *cl* has a type that is not supported.
    """
    definitions = _Definitions()
    root = structure_rule(cl, converter or default_converter).json_schema(definitions)
    return {"$schema": _DIALECT, **root, **({"$defs": definitions.schemas} if definitions.schemas else {})}


class _Definitions:
    """The schemas of the classes and enums met so far, by name."""

    def __init__(self) -> None:
        self.schemas: dict[str, dict[str, Any]] = {}
        self.names: dict[type, str] = {}

    def reference(self, cl: type, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """A reference to the definition of *cl*. Makes the definition if it is missing, under a unique name."""
        if cl not in self.names:
            candidates = numbered(identifier(cl.__name__))  # fit for a reference, which is a URI
            name = self.names[cl] = next(name for name in candidates if name not in self.schemas)
            self.schemas[name] = {"title": cl.__name__}  # stored before it is complete: a class may contain itself
            self.schemas[name].update(make())
        return {"$ref": f"#/$defs/{self.names[cl]}"}

    def documentation(self, cl: type) -> tuple[str, dict[str, str]]:
        """The first paragraph of the docstring and the descriptions of the fields; a parent's where there are none."""
        summary, descriptions = "", {}
        for parent in reversed(cl.__mro__):
            docstring = inspect.cleandoc(parent.__dict__.get("__doc__") or "") if attrs.has(parent) else ""
            first, _, _ = docstring.partition("\n\n")
            if first and not first.startswith("Attributes:"):
                summary = _one_line(first.splitlines())
            descriptions.update(_attributes_section(docstring))
        return summary, descriptions


def _attributes_section(docstring: str) -> dict[str, str]:
    """The entries of the ``Attributes:`` section of a Google-style docstring."""
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
