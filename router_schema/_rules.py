"""
The judge: one rule for each row of the strictness table.

A rule says, for one type, which JSON values become it (`structure`) and which Python values may leave as it
(`unstructure`). It writes down everything that is wrong, and where, and goes on. What the rules say *is* the contract:
the compiled functions and msgspec may only be faster, never different.

A problem is noted and not raised. A body with 200,000 broken choices would otherwise cost 200,000 exceptions, which is
why cattrs' own detailed validation is not used here.
"""

from __future__ import annotations

import functools
import math
import threading
from collections.abc import Callable
from enum import Enum
from types import NoneType
from typing import Any, Protocol

import attrs

from .errors import (
    MAX_ERRORS,
    DecodeError,
    EncodeError,
    ErrorBody,
    FieldError,
    Path,
    RouterSchemaError,
    ValidationError,
    format_path,
    shown,
)

#: Up to here every integer is a double of its own, so an integral float can be written as an integer.
EXACT_INTEGERS = 2.0**53

#: An integer of more digits is no value: Python by default converts none from or to text, since that takes too long.
MAX_DIGITS = 4300
HUGE = 10**MAX_DIGITS

#: What a rule returns for a value that it refused.
INVALID: Any = object()

_JSON_TYPES: dict[type, str] = {
    NoneType: "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    tuple: "array",
    dict: "object",
}


def json_type(value: object) -> str:
    """JSON's word for the type of *value*; the name of the Python type where JSON has none."""
    found = _JSON_TYPES.get(type(value))
    if found is not None:
        return found
    # Values that no parser made: subclasses of the builtins count as what they are.
    return next((word for kind, word in _JSON_TYPES.items() if isinstance(value, kind)), type(value).__name__)


def is_text(value: str) -> bool:
    """Whether *value* is Unicode text: a lone surrogate can be written in JSON, but it is no character."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


class HugeInteger:
    """Stands for an integer of more than `MAX_DIGITS` digits: grammatical JSON that no field can hold."""

    def __repr__(self) -> str:
        return "a huge integer"


_JSON_TYPES[HugeInteger] = "integer"


class Problems:
    """What is wrong with one value: the first 100 problems in full, the others counted."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []
        self.count = 0

    def add(self, path: Path, kind: str, expected: str, actual: str, message: str = "") -> Any:
        """Note one problem; returns `INVALID`."""
        self.count += 1
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(
                FieldError(format_path(path), kind, expected, actual, message or f"expected {expected}, got {actual}")
            )
        return INVALID

    def missing(self, path: Path, expected: str) -> Any:
        return self.add(path, "missing", expected, "nothing", f"missing, expected {expected}")

    def extra(self, path: Path, actual: str) -> Any:
        return self.add(path, "extra", "nothing", actual, "unexpected key")

    def refused(self, path: Path, by: str, value: object, error: Exception) -> Any:
        """Note what user code refused. Only the exception's class is told: its text may quote the payload."""
        message = f"refused by its {by} ({type(error).__name__})"
        return self.add(path, "value", f"a value that its {by} accepts", json_type(value), message)

    def extend(self, path: Path, errors: tuple[FieldError, ...], count: int) -> Any:
        """Note the problems of a value that was judged on its own, at *path* in this one."""
        prefix = format_path(path)
        room = MAX_ERRORS - len(self.errors)
        self.errors += [attrs.evolve(error, path=prefix + error.path[1:]) for error in errors[:room]]
        self.count += count
        return INVALID


#: Profiles a value: appends the shapes of the objects in it to a list.
Visit = Callable[[Any, list[Any]], None]


class Profiler(Protocol):
    """What profiles the objects of a class; the one that counts for reports is in ``router_schema.logs``."""

    def objects(self, rule: ClassRule, path: str, depth: int) -> Visit | None: ...


class Rule:
    """
    What one type takes and gives.

    Args:
        expected: The type in JSON's words.
        json_types: The JSON types that it may come from; None where `build` decides.
        python_types: The exact Python types that it may leave as; None where `take_apart` decides.

    Attributes:
        is_choice: Whether a string is accepted or rejected by its text.
        holds_double: Whether numbers must be finite doubles.
    """

    is_choice: bool = False
    holds_double: bool = False

    def __init__(self, expected: str, json_types: frozenset[str] | None, python_types: tuple[type, ...] | None) -> None:
        self.expected = expected
        self.json_types = json_types
        self.python_types = python_types

    def structure(self, value: Any, path: Path, problems: Problems) -> Any:
        """What the JSON *value* becomes, or `INVALID` after the problems were noted."""
        if self.json_types is not None:
            actual = _JSON_TYPES.get(type(value)) or json_type(value)
            if actual not in self.json_types:
                return problems.add(path, "type", self.expected, actual)
        return self.build(value, path, problems)

    def unstructure(self, value: Any, path: Path, problems: Problems) -> Any:
        """The plain JSON value of *value*, or `INVALID` after the problems were noted."""
        if self.python_types is not None and type(value) not in self.python_types:
            expected = " or ".join("None" if kind is NoneType else kind.__name__ for kind in self.python_types)
            return problems.add(path, "type", expected, "None" if value is None else type(value).__name__)
        return self.take_apart(value, path, problems)

    def build(self, value: Any, path: Path, problems: Problems) -> Any:
        """`structure` of a value that is of the right type."""
        raise NotImplementedError

    def take_apart(self, value: Any, path: Path, problems: Problems) -> Any:
        """`unstructure` of a value that is of the right type."""
        raise NotImplementedError

    def visitor(self, profiler: Profiler, path: str, depth: int) -> Visit | None:
        """What profiles the objects in a value of this rule; None if there are none to profile."""
        return None

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        """
        How many classes deep a value may go; infinite if the shapes of its objects do not determine its problems.

        Args:
            known: The depths of the classes met so far.
        """
        return math.inf

    def folded(self, step: str) -> tuple[str, Rule | None]:
        """
        How a report writes *step*, a step of a path below a value of this rule, and the rule that it leads to.

        Only names that a class declares, and keys unknown to it, may appear in a report; others are payload.
        """
        return "[*]", None


class StrRule(Rule):
    def __init__(self) -> None:
        super().__init__("string", frozenset({"string"}), (str,))

    def build(self, value: Any, path: Path, problems: Problems) -> Any:
        if not (value.isascii() or is_text(value)):
            return problems.add(path, "value", "a string without lone surrogates", "string", "holds a lone surrogate")
        return str.__str__(value)

    take_apart = build

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        return 0


class BoolRule(Rule):
    def __init__(self) -> None:
        super().__init__("boolean", frozenset({"boolean"}), (bool,))

    def build(self, value: Any, path: Path, problems: Problems) -> Any:
        return value

    take_apart = build

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        return 0


class IntRule(Rule):
    def __init__(self) -> None:
        super().__init__("integer", frozenset({"integer"}), (int,))

    def build(self, value: Any, path: Path, problems: Problems) -> Any:
        return self.too_long(path, problems) if isinstance(value, HugeInteger) else int(value)

    def take_apart(self, value: Any, path: Path, problems: Problems) -> Any:
        if isinstance(value, HugeInteger) or not -HUGE < value < HUGE:
            return self.too_long(path, problems)
        return value

    def too_long(self, path: Path, problems: Problems) -> Any:
        return problems.add(path, "value", f"an integer of at most {MAX_DIGITS:,} digits", "integer")

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        return 0


class FloatRule(Rule):
    """A double. Integers are taken: routers count in them, and the schema calls both a number."""

    holds_double = True

    def __init__(self) -> None:
        super().__init__("number", frozenset({"integer", "number"}), (float, int))

    def build(self, value: Any, path: Path, problems: Problems) -> Any:
        try:
            number = float(value)
        except (OverflowError, TypeError):  # too large, or a HugeInteger
            number = math.inf
        if not math.isfinite(number):
            return problems.add(path, "value", "a number that a double holds", json_type(value))
        return number

    def take_apart(self, value: Any, path: Path, problems: Problems) -> Any:
        number = self.build(value, path, problems)
        if number is not INVALID and number != value:
            # An int that is no double would come back as another number.
            return problems.add(path, "value", "a number that a double holds", type(value).__name__)
        return number if number is INVALID else tidy(number)

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        return 0


def tidy(number: float) -> float | int:
    """*number* as routers write it: an integral one as an integer, since typed clients refuse ``26.0`` for a count."""
    return int(number) if -EXACT_INTEGERS < number < EXACT_INTEGERS and number.is_integer() else number


class ChoiceRule(Rule):
    """
    An enum, or a ``Literal``: one of some values.

    Args:
        pairs: Each JSON value, and what it becomes.
        enum: The enum's class, where it is one.

    Attributes:
        members: From (type, JSON value), since True == 1, to what it becomes.
        is_closed: Whether nothing else is taken: an enum's own ``_missing_`` may know more.

    Raises:
        TypeError: A value is no JSON scalar, or a real, of which no two are surely the same.
    """

    is_choice = True

    def __init__(self, pairs: list[tuple[Any, Any]], enum: type[Enum] | None = None) -> None:
        for value, _ in pairs:
            if type(value) not in (str, int, bool, NoneType):
                raise TypeError(f"the value {shown(value)} cannot be told apart in JSON")
        super().__init__(
            expected="one of " + ", ".join("null" if value is None else shown(value) for value, _ in pairs),
            json_types=frozenset(json_type(value) for value, _ in pairs),
            python_types=tuple(dict.fromkeys(type(member) for _, member in pairs)),
        )
        self.members = {(type(value), value): member for value, member in pairs}
        self.enum = enum
        self.is_closed = enum is None or enum._missing_.__func__ is Enum._missing_.__func__  # type: ignore[attr-defined]

    def build(self, value: Any, path: Path, problems: Problems) -> Any:
        kind = next((kind for kind in (str, bool, int) if isinstance(value, kind)), NoneType)
        try:
            return self.members[kind, value]
        except KeyError:
            pass
        if self.enum is not None and not self.is_closed:
            try:
                member = self.enum(value)  # its own _missing_ may know it, or raise anything
            except Exception:
                pass
            else:
                if member._value_ != value:  # or it was found since True == 1
                    return member
        return problems.add(
            path, "value", self.expected, json_type(value), f"expected {self.expected}, got {shown(value)}"
        )

    def take_apart(self, value: Any, path: Path, problems: Problems) -> Any:
        if self.enum is not None:
            return value._value_
        if (type(value), value) in self.members or (isinstance(value, Enum) and value in self.members.values()):
            return value._value_ if isinstance(value, Enum) else value
        return problems.add(
            path, "value", self.expected, type(value).__name__, f"expected {self.expected}, got {shown(value)}"
        )

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        return 0 if all(kind is str for kind, _ in self.members) else math.inf


class OptionalRule(Rule):
    """``X | None``."""

    def __init__(self, inner: Rule) -> None:
        super().__init__(
            expected=f"{inner.expected} or null",
            json_types=inner.json_types and inner.json_types | {"null"},
            python_types=inner.python_types and (*inner.python_types, NoneType),
        )
        self.inner = inner
        self.is_choice, self.holds_double = inner.is_choice, inner.holds_double

    def build(self, value: Any, path: Path, problems: Problems) -> Any:
        return None if value is None else self.inner.build(value, path, problems)

    def take_apart(self, value: Any, path: Path, problems: Problems) -> Any:
        return None if value is None else self.inner.take_apart(value, path, problems)

    def visitor(self, profiler: Profiler, path: str, depth: int) -> Visit | None:
        return self.inner.visitor(profiler, path, depth)

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        return self.inner.verdict_depth(known)

    def folded(self, step: str) -> tuple[str, Rule | None]:
        return self.inner.folded(step)


class ArrayRule(Rule):
    """``tuple[X, ...]`` or ``list[X]``."""

    def __init__(self, item: Rule, sequence: type[tuple[Any, ...]] | type[list[Any]]) -> None:
        super().__init__("array", frozenset({"array"}), (sequence,))
        self.item = item
        self.sequence = sequence

    def build(self, value: Any, path: Path, problems: Problems) -> Any:
        before = problems.count
        items = self.sequence(self.item.structure(item, (path, i), problems) for i, item in enumerate(value))
        return items if problems.count == before else INVALID

    def take_apart(self, value: Any, path: Path, problems: Problems) -> Any:
        return [self.item.unstructure(item, (path, i), problems) for i, item in enumerate(value)]

    def visitor(self, profiler: Profiler, path: str, depth: int) -> Visit | None:
        visit = self.item.visitor(profiler, f"{path}[*]", depth)
        if visit is None:
            return None

        def visit_items(value: Any, shapes: list[Any]) -> None:
            if type(value) is list:
                for item in value:
                    visit(item, shapes)

        return visit_items

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        return self.item.verdict_depth(known) if isinstance(self.item, ClassRule) else math.inf

    def folded(self, step: str) -> tuple[str, Rule | None]:
        return "[*]", self.item


class DictRule(Rule):
    """``dict[str, X]``."""

    def __init__(self, item: Rule) -> None:
        super().__init__("object", frozenset({"object"}), (dict,))
        self.item = item

    def build(self, value: Any, path: Path, problems: Problems) -> Any:
        before = problems.count
        items = {
            check_key(key, path, problems): self.item.structure(item, (path, key), problems)
            for key, item in value.items()
        }
        return items if problems.count == before else INVALID

    def take_apart(self, value: Any, path: Path, problems: Problems) -> Any:
        return {
            check_key(key, path, problems): self.item.unstructure(item, (path, key), problems)
            for key, item in value.items()
        }

    def visitor(self, profiler: Profiler, path: str, depth: int) -> Visit | None:
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


def check_key(key: object, path: Path, problems: Problems) -> Any:
    """*key*, which must be text to be a key in JSON."""
    if not isinstance(key, str):
        return problems.add((path, key), "type", "string", type(key).__name__, "expected a string as key")
    if not is_text(key):
        return problems.add(
            (path, key), "value", "a string without lone surrogates", "string", "key holds a lone surrogate"
        )
    return key


class AnyRule(Rule):
    """``Any``: every JSON value, checked to be one."""

    def __init__(self) -> None:
        super().__init__("any JSON value", None, None)

    def build(self, value: Any, path: Path, problems: Problems) -> Any:
        plain(value, path, problems)
        return value

    def take_apart(self, value: Any, path: Path, problems: Problems) -> Any:
        return plain(value, path, problems)


#: The rules of the scalar types.
SCALARS: dict[type, Rule] = {str: StrRule(), bool: BoolRule(), int: IntRule(), float: FloatRule()}


def plain(value: Any, path: Path, problems: Problems, arrays: tuple[type, ...] = (list,)) -> Any:
    """
    *value* as plain JSON, its integral floats as integers; what JSON cannot say is a problem.

    A tuple would come back as a list, so it is none of the *arrays* unless that does not matter.
    """
    if value is None:
        return None
    if type(value) in arrays:
        return [plain(item, (path, i), problems, arrays) for i, item in enumerate(value)]
    if type(value) is dict:
        return {
            check_key(key, path, problems): plain(item, (path, key), problems, arrays) for key, item in value.items()
        }
    rule = SCALARS.get(type(value)) or (SCALARS[int] if isinstance(value, HugeInteger) else None)
    if rule is None:
        return problems.add(path, "type", "a JSON value", type(value).__name__)
    return rule.take_apart(value, path, problems)


class HookRule(Rule):
    """
    A type whose hook the user registered. What the hook refuses is a problem; what it gives away must be JSON.

    Args:
        type: What the hook is for, passed to a structure hook as cattrs does.
        hook: The structure or unstructure hook, as the rule's direction is.
    """

    def __init__(self, type: Any, hook: Callable[..., Any]) -> None:
        super().__init__(getattr(type, "__name__", str(type)), None, None)
        self.type = type
        self.hook = hook

    def build(self, value: Any, path: Path, problems: Problems) -> Any:
        return guarded(lambda: self.hook(value, self.type), f"{self.expected} hook", value, path, problems)

    def take_apart(self, value: Any, path: Path, problems: Problems) -> Any:
        result = guarded(lambda: self.hook(value), f"{self.expected} hook", value, path, problems)
        return result if result is INVALID else plain(result, path, problems, (list, tuple))


def guarded(call: Callable[[], Any], by: str, value: object, path: Path, problems: Problems) -> Any:
    """What user code returns; what it raises is a problem at *path*."""
    try:
        return call()
    except RecursionError:
        raise
    except RouterSchemaError as error:
        if isinstance(errors := getattr(error, "errors", None), tuple):
            return problems.extend(path, errors, error.error_count)  # type: ignore[attr-defined]
        return problems.refused(path, by, value, error)
    except Exception as error:
        return problems.refused(path, by, value, error)


_ABSENT: Any = object()


class Field:
    """
    One field of an attrs class.

    Args:
        attribute: The attrs attribute.
        key: Its JSON key.
        rule: The rule of its type.
        omit_default: Whether a value equal to the default is left out of the JSON.

    Attributes:
        argument: What the constructor calls it.
        required: Whether it has no default.
    """

    def __init__(self, attribute: attrs.Attribute[Any], key: str, rule: Rule, omit_default: bool) -> None:
        self.attribute = attribute
        self.key = key
        self.rule = rule
        self.omit_default = omit_default
        self.argument = attribute.alias or attribute.name
        self.required = attribute.default is attrs.NOTHING


def default_for(attribute: attrs.Attribute[Any], instance: object) -> Any:
    """The default of *attribute* that *instance* would have got."""
    default: Any = attribute.default
    if not isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return default
    return default.factory(instance) if default.takes_self else default.factory()


class ClassRule(Rule):
    """
    An attrs class.

    Args:
        cl: The class.
        forbid_extra_keys: Whether a key that no field has is a problem.

    Attributes:
        fields: Its fields, filled in after the rule was made, since a class may contain itself.
    """

    def __init__(self, cl: type[attrs.AttrsInstance], forbid_extra_keys: bool) -> None:
        super().__init__("object", frozenset({"object"}), (cl,))
        self.cl = cl
        self.forbid_extra_keys = forbid_extra_keys
        self.fields: tuple[Field, ...] = ()

    def build(self, value: Any, path: Path, problems: Problems) -> Any:
        before = problems.count
        arguments: dict[str, Any] = {}
        for field in self.fields:
            item = value.get(field.key, _ABSENT)
            if item is not _ABSENT:
                arguments[field.argument] = field.rule.structure(item, (path, field.key), problems)
            elif field.required:
                problems.missing((path, field.key), field.rule.expected)
        if self.forbid_extra_keys:
            known = {field.key for field in self.fields}
            for key, item in value.items():
                if key not in known:
                    problems.extra((path, key), json_type(item))
        return INVALID if problems.count > before else self.construct(arguments, value, path, problems)

    def construct(self, arguments: dict[str, Any], value: Any, path: Path, problems: Problems) -> Any:
        """The instance; where its constructor refuses, the problems are noted at the fields that it was about."""
        try:
            return self.cl(**arguments)
        except RecursionError:
            raise
        except Exception as error:
            before = problems.count
            self.blame(arguments, value, path, problems)
            if problems.count == before:
                problems.refused(path, "constructor", value, error)
            return INVALID

    def blame(self, arguments: dict[str, Any], value: Any, path: Path, problems: Problems) -> None:
        """Do as the constructor does, field by field, to find out which default, converter or validator refused."""
        before = problems.count
        keys = {field.attribute.name: field.key for field in self.fields}
        instance = self.cl.__new__(self.cl)
        for attribute in attrs.fields(self.cl):
            key = keys.get(attribute.name, attribute.name)
            place, given = (path, key), value.get(key)
            item = arguments.get(attribute.alias or attribute.name, _ABSENT)
            if item is _ABSENT and attribute.default is not attrs.NOTHING:
                item = guarded(functools.partial(default_for, attribute, instance), "default", given, place, problems)
            if item is _ABSENT or item is INVALID:
                continue
            if attribute.converter is not None:
                convert: Any = attribute.converter
                extra = (instance, attribute) if isinstance(convert, attrs.Converter) else ()
                item = guarded(functools.partial(convert, item, *extra), "converter", given, place, problems)
            object.__setattr__(instance, attribute.name, item)
        if problems.count > before:
            return
        for attribute in attrs.fields(self.cl):
            if attribute.validator is not None:
                key = keys.get(attribute.name, attribute.name)
                item = getattr(instance, attribute.name, None)
                check = functools.partial(attribute.validator, instance, attribute, item)
                guarded(check, "validator", value.get(key), (path, key), problems)

    def take_apart(self, value: Any, path: Path, problems: Problems) -> Any:
        result: dict[str, Any] = {}
        for field in self.fields:
            item = getattr(value, field.attribute.name, _ABSENT)
            if item is _ABSENT:
                problems.missing((path, field.key), field.rule.expected)
                continue
            plain_item = field.rule.unstructure(item, (path, field.key), problems)
            if not (field.omit_default and item == default_for(field.attribute, value)):
                result[field.key] = plain_item
        return result

    def visitor(self, profiler: Profiler, path: str, depth: int) -> Visit | None:
        return profiler.objects(self, path, depth)

    def verdict_depth(self, known: dict[Rule, float]) -> float:
        from ._compile import is_simple

        if self not in known:
            known[self] = math.inf  # the answer while it is computed: a class that contains itself
            if is_simple(self.cl):
                known[self] = 1 + max((field.rule.verdict_depth(known) for field in self.fields), default=0)
        return known[self]

    def folded(self, step: str) -> tuple[str, Rule | None]:
        rules = {format_path((None, field.key))[1:]: field.rule for field in self.fields}
        return step, rules.get(step)


# --- the judge's verdict ---


def judge_structure(rule: Rule, value: Any) -> Any:
    """
    What *rule* makes of the parsed JSON *value*.

    Raises:
        ValidationError: With everything that is wrong.
        DecodeError: The value is nested too deeply for the interpreter.
    """
    problems = Problems()
    result = _run(rule.structure, value, problems)
    if result is _TOO_DEEP:
        raise DecodeError("nested too deeply")
    if not problems.count:
        return result
    expects_error = isinstance(rule, ClassRule) and any(field.key == "error" for field in rule.fields)
    error_body = None if expects_error else ErrorBody.recognise(value)
    raise ValidationError(_name_of(rule), tuple(problems.errors), problems.count, error_body)


def judge_unstructure(rule: Rule, value: Any) -> Any:
    """
    The plain JSON value that *rule* makes of *value*.

    Raises:
        EncodeError: With everything that is wrong.
    """
    problems = Problems()
    result = _run(rule.unstructure, value, problems)
    if result is _TOO_DEEP:
        raise too_deep_to_encode(rule)
    if problems.count:
        raise EncodeError(_name_of(rule), tuple(problems.errors), problems.count)
    return result


def too_deep_to_encode(rule: Rule) -> EncodeError:
    """The error of an instance that is nested too deeply to be written."""
    error = FieldError("$", "value", "a value that can be written", rule.expected, "nested too deeply")
    return EncodeError(_name_of(rule), (error,), 1)


_TOO_DEEP: Any = object()


class _Judging(threading.local):
    """
    Whether the judge runs in this thread.

    A user's hook may call the converter again. Where every level first tried the acceptor and then the judge, a bad
    value d levels deep would be looked at 2**d times; so the acceptor leaves user hooks to a judge that runs already.
    """

    now = False


judging = _Judging()


def _run(judge: Callable[[Any, Path, Problems], Any], value: Any, problems: Problems) -> Any:
    # Errors are raised by the caller: in here they would have the RecursionError, with its frames, as their context.
    before, judging.now = judging.now, True
    try:
        return judge(value, None, problems)
    except RecursionError:
        return _TOO_DEEP
    finally:
        judging.now = before


def _name_of(rule: Rule) -> str:
    return rule.cl.__name__ if isinstance(rule, ClassRule) else rule.expected
