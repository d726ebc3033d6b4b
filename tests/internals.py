"""The library's private parts, for the few tests of these. When one moves, this is the one place to change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from cattrs import Converter

from router_schema import RouterConverter
from router_schema import _compile as source_module
from router_schema._compile import compile_structure, compile_unstructure, is_simple, source_of, twin_of
from router_schema._engines import parse_strictly
from router_schema._rules import Rule, json_type
from router_schema._rules import judge_structure as validate_structure
from router_schema._rules import judge_unstructure as validate_unstructure
from router_schema.errors import format_path

__all__ = [
    "Rule",
    "compile_structure",
    "compile_unstructure",
    "format_path",
    "is_simple",
    "json_type",
    "parse_strictly",
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
    rule: Rule = converter.get_structure_hook(cl).rule  # type: ignore[attr-defined]
    return rule


def unstructure_rule(cl: Any, converter: Converter) -> Rule:
    """The rule by which *converter* unstructures *cl*."""
    rule: Rule = converter.get_unstructure_hook(cl).rule  # type: ignore[attr-defined]
    return rule


def with_parser(converter: RouterConverter, parse: Callable[[Any], Any]) -> RouterConverter:
    """*converter*, whose engine parses with *parse* from now on."""
    converter._engine = attrs.evolve(converter._engine, parse=parse)
    return converter


def run_command(arguments: list[str]) -> int:
    """Run the command ``router-schema`` in this process; returns its exit status."""
    from router_schema._cli import main

    return main(arguments)
