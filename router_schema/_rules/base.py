"""
What every rule shares: the base class, the collector of problems, and the words for JSON's types.

A *rule* defines one kind of type: which JSON values it accepts (`structure`) and which Python values it emits
(`unstructure`). Rules are the slow path and the contract: they report every problem and where it is. Anything faster
returns exactly what the rule would, or steps aside.

Rules collect problems instead of raising them: a body with 200,000 broken choices would otherwise cost 200,000
exceptions.

A new rule needs only `build` and `take_apart`. Everything else has a default that is correct and slow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import NoneType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import attrs

from ..errors import MAX_ERRORS, FieldError, Path, clipped, format_path, shown

if TYPE_CHECKING:
    from .plan import Plan
    from .source import Source

#: Below this, doubles represent every integer exactly, so an integral float can be written as an integer.
EXACT_INTEGERS = 2.0**53

#: Longer integers are rejected: CPython limits conversions between int and str, which take quadratic time.
MAX_DIGITS = 4300
HUGE = 10**MAX_DIGITS

#: What a rule returns for a value that it rejects.
INVALID: Any = object()

#: What a parser returns for each JSON type.
PARSED: dict[str, type] = {
    "null": NoneType,
    "boolean": bool,
    "integer": int,
    "number": float,
    "string": str,
    "array": list,
    "object": dict,
}


class HugeInteger:
    """What the strict parser puts in place of an integer of more than `MAX_DIGITS` digits. No rule accepts it."""


_JSON_TYPES: dict[type, str] = {kind: word for word, kind in PARSED.items()} | {tuple: "array", HugeInteger: "integer"}


def find_json_type(value: object) -> str | None:
    """
    JSON's word for the type of *value*; None where JSON has none.

    Callers of `structure` may pass subclasses of the builtins (an OrderedDict, an IntEnum): they count as what they
    derive from.
    """
    found = _JSON_TYPES.get(type(value))
    if found is not None:
        return found
    return next((word for kind, word in _JSON_TYPES.items() if isinstance(value, kind)), None)


def json_type(value: object) -> str:
    """JSON's word for the type of *value*; the name of the Python type where JSON has none."""
    return find_json_type(value) or type(value).__name__


def is_huge(value: object) -> bool:
    """Whether *value* is an integer of more than `MAX_DIGITS` digits, or stands for one."""
    return isinstance(value, HugeInteger) or (isinstance(value, int) and not -HUGE < value < HUGE)


def is_text(value: str) -> bool:
    """Whether *value* is Unicode text. JSON can spell a lone surrogate, but UTF-8 cannot encode it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class _UnfrozenFieldError(FieldError):
    """A `FieldError` before it is frozen: plain stores take half the time of a frozen class's constructor."""

    __slots__ = ()
    __init__ = object.__init__
    __setattr__, __delattr__ = object.__setattr__, object.__delattr__  # CPython stores plainly if it finds both


@attrs.define(eq=False)
class ErrorCollector:
    """
    The problems of one value.

    Attributes:
        errors: The first 100 of them.
        count: How many there are in all.
    """

    errors: list[FieldError] = attrs.Factory(list)
    count: int = 0

    def add(self, path: Path, kind: Any, expected: str, actual: str, message: str = "") -> Any:
        """Record one problem; returns `INVALID`."""
        self.count += 1
        if len(self.errors) < MAX_ERRORS:
            error: Any = _UnfrozenFieldError()
            error.path, error.kind, error.expected, error.actual = format_path(path), kind, expected, actual
            error.message = message or f"expected {expected}, got {actual}"
            error.__class__ = FieldError
            self.errors.append(error)
        return INVALID

    def missing(self, path: Path, expected: str) -> Any:
        return self.add(path, "missing", expected, "nothing", f"missing, expected {expected}")

    def extra(self, path: Path, actual: str) -> Any:
        return self.add(path, "extra", "nothing", actual, "unexpected key")

    def unknown_value(self, path: Path, expected: str, actual: str, value: object) -> Any:
        """Record a value that an enum or ``Literal`` does not have."""
        got = "a huge integer" if is_huge(value) else shown(value)
        return self.add(path, "value", expected, actual, f"expected {expected}, got {got}")

    def rejected(self, path: Path, by: str, value: object, error: Exception) -> Any:
        """Record a value that user code rejected. Name only the exception's class: its text may quote the payload."""
        message = f"rejected by its {by} ({clipped(type(error).__name__)})"
        return self.add(path, "value", f"a value that its {by} accepts", json_type(value), message)

    def extend(self, path: Path, errors: tuple[FieldError, ...], count: int) -> Any:
        """Record the problems of a value at *path* that was validated on its own."""
        parent = format_path(path)
        room = MAX_ERRORS - len(self.errors)
        self.errors += [error.below(parent) for error in errors[:room]]
        self.count += count
        return INVALID


R = TypeVar("R")


class lazy(Generic[R]):  # noqa: N801  # used like property
    """
    A property that is computed once.

    Up to Python 3.11, `functools.cached_property` holds a lock meanwhile: a child forked at that moment would hang.
    """

    def __init__(self, compute: Callable[[Any], R]) -> None:
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> R:
        value = instance.__dict__[self._name] = self._compute(instance)
        return value


class Definitions(Protocol):
    """What a rule needs to write its JSON Schema."""

    def reference(self, cl: type, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """A ``$ref`` to the definition of *cl*; calls *make* if the definition is missing."""

    def documentation(self, cl: type) -> tuple[str, dict[str, str]]:
        """The summary of a class and the descriptions of its fields."""


#: Profiles one value of a log: counts the objects in it, and appends what it counts to the list.
Visit = Callable[[Any, list[Any]], None]


class Rule:
    """
    What one kind of type accepts and emits.

    Attributes:
        expected: The type in JSON's words.
        json_types: The JSON types that it accepts; None where `build` decides.
        python_types: The exact Python types that it emits; None where `take_apart` decides.
        cl: The class that gets a compiled function of its own, and that errors name.
        nullable: Whether null is accepted and becomes None.
        inner: The rule of any value but null; the rule itself unless it is optional.
    """

    expected: str = "a value"
    json_types: frozenset[str] | None = None
    python_types: tuple[type, ...] | None = None
    cl: Any = None
    nullable: bool = False

    @property
    def inner(self) -> Rule:
        return self

    @property
    def name(self) -> str:
        """What errors call it."""
        return self.expected

    def structure(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        """What the JSON *value* becomes, or `INVALID` once its problems are recorded."""
        actual = _JSON_TYPES.get(type(value)) or find_json_type(value)
        if self.json_types is not None and actual not in self.json_types:
            return errors.add(path, "type", self.expected, actual or type(value).__name__)
        return self.build(value, path, errors)

    def unstructure(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        """The plain JSON value of *value*, or `INVALID` once its problems are recorded."""
        if self.python_types is not None and type(value) not in self.python_types:
            expected = " or ".join("None" if kind is NoneType else kind.__name__ for kind in self.python_types)
            return errors.add(path, "type", expected, "None" if value is None else type(value).__name__)
        return self.take_apart(value, path, errors)

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        """`structure` of a value of the right type."""
        raise NotImplementedError

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        """`unstructure` of a value of the right type."""
        raise NotImplementedError

    # Optional to override: these defaults are correct for any rule, and slow.

    def names_key(self, key: str) -> bool:
        """Whether an object that it accepts may have *key* as a field or an item."""
        return False

    def write_structure(self, source: Source, v: str) -> None:
        """Write the lines of the compiled function that structure the variable *v* in place, or step aside."""
        source.call_rule(self, v)

    def write_unstructure(self, source: Source, v: str) -> None:
        """Write the lines of the compiled function that unstructure the variable *v* in place, or step aside."""
        source.call_rule(self, v)

    def add_to_plan(self, plan: Plan) -> int:
        """Add the rule to the native engine's *plan*; returns the index of its node."""
        return plan.call(self)

    def json_schema(self, definitions: Definitions) -> dict[str, Any]:
        """The JSON Schema of what it accepts."""
        return {}

    def visitor(self, profiler: Any, path: str, depth: int) -> Visit | None:
        """What profiles a value at *path*, *depth* classes deep; None where it holds no object to profile."""
        return None

    def classes_held(self) -> dict[str, Any]:
        """
        The rules of the classes of the objects in a value: under ``"object"`` that of the value itself, under
        ``"array"`` that of its items. Only asked of a rule with a finite `verdict_depth`.
        """
        return {}

    def folded(self, step: str) -> tuple[str, Rule | None]:
        """
        How a report writes *step* of a path below a value of this type, and the rule that it leads to.

        Reports show the names that a class declares, and keys that are unknown to it. Other keys are payload.
        """
        return "[*]", None

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        """
        How many classes deep a value may go; infinite where its problems depend on more than the shapes of its objects.

        Args:
            known: The depths of the classes met so far, since a class may contain itself.
        """
        return math.inf
