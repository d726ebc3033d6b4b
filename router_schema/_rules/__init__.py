"""
The rules: what each kind of type accepts and emits, one file per family.

A family's file holds everything about it: the slow path of both directions, the lines of the compiled functions, the
native engine's node, the JSON Schema, and its part in profiling logs. `FAMILIES` registers it.
"""

from .base import INVALID, Definitions, ErrorCollector, Rule, Visit, is_text, json_type
from .choices import ENUMS, LITERALS, ChoiceRule
from .classes import CLASSES, ClassRule, Field
from .containers import ARRAYS, DICTS, ArrayRule, DictRule, OptionalRule
from .family import Family, Resolver, UnsupportedTypeError
from .hooks import HookRule
from .plan import Plan
from .runner import (
    error_body_of,
    fast_else_slow,
    structure_function,
    structure_slowly,
    too_deep_to_encode,
    unstructure_function,
    validate_structure,
    validate_unstructure,
)
from .scalars import SCALARS, AnyRule, BoolRule, FloatRule, IntRule, StrRule
from .source import Direction, FastPath, compile_structure, compile_unstructure, identifier, numbered, source_of
from .unions import UNIONS, TaggedRule, UnionRule

#: Every kind of type beside the scalars; the first family that accepts a type makes its rule.
FAMILIES: tuple[Family, ...] = (LITERALS, ENUMS, UNIONS, ARRAYS, DICTS, CLASSES)

__all__ = [
    "FAMILIES",
    "INVALID",
    "SCALARS",
    "AnyRule",
    "ArrayRule",
    "BoolRule",
    "ChoiceRule",
    "ClassRule",
    "Definitions",
    "DictRule",
    "Direction",
    "ErrorCollector",
    "Family",
    "FastPath",
    "Field",
    "FloatRule",
    "HookRule",
    "IntRule",
    "OptionalRule",
    "Plan",
    "Resolver",
    "Rule",
    "StrRule",
    "TaggedRule",
    "UnionRule",
    "UnsupportedTypeError",
    "Visit",
    "compile_structure",
    "compile_unstructure",
    "error_body_of",
    "fast_else_slow",
    "identifier",
    "is_text",
    "json_type",
    "numbered",
    "source_of",
    "structure_function",
    "structure_slowly",
    "too_deep_to_encode",
    "unstructure_function",
    "validate_structure",
    "validate_unstructure",
]
