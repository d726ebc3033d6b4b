"""The library's private parts, for the few tests of these. When one moves, this is the one place to change."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from typing import Any

import pytest
from cattrs import Converter

from router_schema import RouterConverter, _cattrs, _engines
from router_schema._engines import Engine, parse_strictly
from router_schema._rules import FAMILIES
from router_schema._rules import source as source_module
from router_schema._rules.base import Rule, json_type
from router_schema._rules.construct import is_simple, twin_of
from router_schema._rules.family import Family
from router_schema._rules.runner import validate_structure, validate_unstructure
from router_schema._rules.source import source_of
from router_schema.errors import format_path

__all__ = [
    "Rule",
    "compile_structure",
    "compile_unstructure",
    "format_path",
    "hide_native",
    "is_simple",
    "json_type",
    "parse_strictly",
    "register_family",
    "run_command",
    "source_module",
    "source_of",
    "structure_rule",
    "twin_of",
    "unstructure_rule",
    "validate_structure",
    "validate_unstructure",
    "with_parser",
]


def structure_rule(cl: Any, converter: Converter) -> Rule:
    """The rule by which *converter* structures *cl*."""
    return _cattrs.structure_rule(cl, converter)


def unstructure_rule(cl: Any, converter: Converter) -> Rule:
    """The rule by which *converter* unstructures *cl*."""
    return _cattrs.unstructure_rule(cl, converter)


def compile_structure(rule: Rule) -> Callable[[Any], Any]:
    """The compiled function from parsed JSON to what *rule* makes of it."""
    return source_module.compile_rule(rule, "structure").function


def compile_unstructure(rule: Rule) -> Callable[[Any], Any]:
    """The compiled function from an instance to plain builtins."""
    return source_module.compile_rule(rule, "unstructure").function


def register_family(monkeypatch: pytest.MonkeyPatch, accepts: Callable[[Any], bool], rule: type[Rule]) -> None:
    """Register a kind of type and its rule, for one test."""
    family = Family(accepts, lambda cl, resolver: rule())
    monkeypatch.setattr(_cattrs, "FAMILIES", (family, *FAMILIES))


def with_parser(converter: RouterConverter, parse: Callable[[Any], Any]) -> RouterConverter:
    """*converter*, whose engine parses with *parse* from now on."""
    engine: Engine = copy.copy(converter._engine)
    engine.parse = parse  # type: ignore[method-assign]
    converter._engine = engine
    return converter


def hide_native(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reload the native engine for one test, as if its extension had not been built."""
    monkeypatch.setitem(sys.modules, "router_schema._native", None)
    monkeypatch.delitem(sys.modules, "router_schema._engines.native", raising=False)
    monkeypatch.setitem(_engines._ENGINES, "native", _engines._load("native"))


def run_command(arguments: list[str]) -> int:
    """Run the command ``router-schema`` in this process; returns its exit status."""
    from router_schema._cli import main

    return main(arguments)
