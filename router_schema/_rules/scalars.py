"""Strings, booleans, integers and numbers; and ``Any``, which accepts all JSON values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..errors import Path
from .base import (
    EXACT_INTEGERS,
    HUGE,
    INVALID,
    MAX_DIGITS,
    PARSED,
    Definitions,
    ErrorCollector,
    Rule,
    find_json_type,
    is_huge,
    is_text,
    json_type,
)

if TYPE_CHECKING:
    from .plan import Plan
    from .source import Source

_INFINITY = math.inf

NOT_TEXT = "type({v}) is not str or not ({v}.isascii() or is_text({v}))"


class ScalarRule(Rule):
    """One JSON type. The native engine's node has the name of the Python type."""

    python_types: tuple[type, ...]

    def add_to_plan(self, plan: Plan) -> int:
        return plan.add(self.python_types[0].__name__)

    def json_schema(self, definitions: Definitions) -> dict[str, Any]:
        return {"type": self.expected}

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        return 0


class StrRule(ScalarRule):
    """``str``."""

    expected = "string"
    json_types = frozenset({"string"})
    python_types = (str,)

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        return self._checked(value, path, errors, "string")

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        return self._checked(value, path, errors, "str")

    def _checked(self, value: Any, path: Path, errors: ErrorCollector, actual: str) -> Any:
        if not (value.isascii() or is_text(value)):
            return errors.add(path, "value", "a string without lone surrogates", actual, "holds a lone surrogate")
        return value if type(value) is str else str.__str__(value)

    def write_structure(self, source: Source, v: str) -> None:
        source.bail_if(NOT_TEXT.format(v=v))

    write_unstructure = write_structure


class BoolRule(ScalarRule):
    """``bool``."""

    expected = "boolean"
    json_types = frozenset({"boolean"})
    python_types = (bool,)

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        return value

    take_apart = build

    def write_structure(self, source: Source, v: str) -> None:
        source.bail_if(f"type({v}) is not bool")

    write_unstructure = write_structure


class IntRule(ScalarRule):
    """``int``."""

    expected = "integer"
    json_types = frozenset({"integer"})
    python_types = (int,)

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        return self._checked(value, path, errors, "integer")

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        return self._checked(value, path, errors, "int")

    def _checked(self, value: Any, path: Path, errors: ErrorCollector, actual: str) -> Any:
        if is_huge(value):
            return errors.add(path, "value", f"an integer of at most {MAX_DIGITS:,} digits", actual)
        return int(value)

    def write_structure(self, source: Source, v: str) -> None:
        source.bail_if(f"type({v}) is not int or not -HUGE < {v} < HUGE")

    write_unstructure = write_structure


class FloatRule(ScalarRule):
    """``float``. Accepts integers: routers count in them, and the schema calls both a number."""

    expected = "number"
    json_types = frozenset({"integer", "number"})
    python_types = (float, int)

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        try:
            number = float(value)
        except (OverflowError, TypeError):  # an int that is too large, or a HugeInteger
            number = _INFINITY
        if -_INFINITY < number < _INFINITY:
            return number
        return errors.add(path, "value", "a number that fits a double", json_type(value))

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        number = self.build(value, path, ErrorCollector())
        # An int between two doubles would be another number after `loads`.
        if number is INVALID or number != value:
            return errors.add(path, "value", "a number that fits a double", type(value).__name__)
        return tidy(number)

    def write_structure(self, source: Source, v: str) -> None:
        source.line(f"if type({v}) is int: {v} = float({v})")
        source.line(f"elif type({v}) is not float or not -inf < {v} < inf: return None")

    def write_unstructure(self, source: Source, v: str) -> None:
        with source.block(f"if type({v}) is float and {-EXACT_INTEGERS} < {v} < {EXACT_INTEGERS}:"):
            source.line(f"if {v} == (whole := {v}.__trunc__()): {v} = whole")
        source.line(f"elif type({v}) is int and {int(-EXACT_INTEGERS)} < {v} < {int(EXACT_INTEGERS)}: pass")
        source.line("else: return None")


def tidy(number: float) -> float | int:
    """*number* as routers write it: an integral one as an integer, since typed clients reject ``26.0`` for a count."""
    return int(number) if -EXACT_INTEGERS < number < EXACT_INTEGERS and number.is_integer() else number


class AnyRule(Rule):
    """``Any``: every JSON value. Subclasses of the builtins become the builtin that they derive from."""

    expected = "any JSON value"
    nullable = True

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        actual = find_json_type(value)
        if actual == "null":
            return None
        if actual == "array":
            return [self.build(item, (path, i), errors) for i, item in enumerate(value)]
        if actual == "object":
            return {check_key(key, path, errors): self.build(item, (path, key), errors) for key, item in value.items()}
        if actual is None:
            return errors.add(path, "type", "a JSON value", type(value).__name__)
        return SCALARS[PARSED[actual]].build(value, path, errors)

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        return plain(value, path, errors)

    def write_structure(self, source: Source, v: str) -> None:
        write_check(source, v)

    def write_unstructure(self, source: Source, v: str) -> None:
        write_plain(source, v, v)

    def add_to_plan(self, plan: Plan) -> int:
        return plan.add("any")


#: The rules of the scalar types.
SCALARS: dict[Any, Rule] = {str: StrRule(), bool: BoolRule(), int: IntRule(), float: FloatRule(), Any: AnyRule()}


def check_key(key: object, path: Path, errors: ErrorCollector) -> Any:
    """*key* of an object, which has to be Unicode text."""
    if not isinstance(key, str):
        return errors.add((path, key), "type", "string", type(key).__name__, "expected a string as key")
    if not is_text(key):
        return errors.add(
            (path, key), "value", "a string without lone surrogates", "string", "key holds a lone surrogate"
        )
    return key if type(key) is str else str.__str__(key)


def plain(value: Any, path: Path, errors: ErrorCollector, arrays: tuple[type, ...] = (list,)) -> Any:
    """
    The Python value *value* as plain JSON, its integral floats as integers.

    `loads` would return a list for a tuple, so *arrays* excludes tuples unless that does not matter.
    """
    if value is None:
        return None
    if type(value) in arrays:
        return [plain(item, (path, i), errors, arrays) for i, item in enumerate(value)]
    if type(value) is dict:
        return {check_key(key, path, errors): plain(item, (path, key), errors, arrays) for key, item in value.items()}
    rule = SCALARS.get(type(value))
    if rule is None:
        return errors.add(path, "type", "a JSON value", type(value).__name__)
    return rule.take_apart(value, path, errors)


def check_json(value: Any) -> None:
    """
    Check that *value* consists of the builtins that a JSON parser returns, and that JSON can express all of it.

    Raises:
        ValueError: It does not; the slow path reports where.
    """
    kind = type(value)
    if kind is str:
        if not (value.isascii() or is_text(value)):
            raise ValueError
    elif kind is list:
        for item in value:
            check_json(item)
    elif kind is dict:
        for key, item in value.items():
            if type(key) is not str or not (key.isascii() or is_text(key)):
                raise ValueError
            check_json(item)
    elif kind is float:
        if not math.isfinite(value):
            raise ValueError
    elif kind is int:
        if not -HUGE < value < HUGE:
            raise ValueError
    elif value is not None and kind is not bool:
        raise ValueError


def write_check(source: Source, v: str) -> None:
    """Write the line that steps aside unless the variable *v* is a JSON value."""
    source.line(f"{source.constant('check_json', check_json)}({v})")


def write_plain(source: Source, v: str, value: str) -> None:
    """Write the line that makes the expression *value* plain JSON, of any depth, and assigns it to *v*."""
    source.may_nest_deeply = True
    source.line(f"{v} = {source.constant('plain', _plain_or_raise)}({value})")


def _plain_or_raise(value: Any, arrays: tuple[type, ...] = (list,)) -> Any:
    """
    `plain` for compiled functions.

    Raises:
        ValueError: It found a problem; the slow path reports which.
    """
    errors = ErrorCollector()
    result = plain(value, None, errors, arrays)
    if errors.count:
        raise ValueError
    return result
