"""
The fast path, else the slow path: the one place that decides between them, and raises the errors.

User code complicates this: a hook, converter or validator may call the library again. If every level tried its fast
path, failed, and took its slow path, a bad value d levels deep would be validated 2**d times. So a thread remembers
whether it is inside a fast or a slow path:

* Inside a slow path, a nested call takes the slow path at once.
* Inside a fast path, a nested call that would need the slow path abandons *all* fast paths around it, by an exception
  that user code has no reason to catch. The outermost call then takes the slow path, from the top.

So user code runs at most twice for each value, however deeply it nests.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from ..errors import DecodeError, EncodeError, ErrorBody, FieldError, ValidationError
from .base import ErrorCollector, Rule
from .source import Direction, FastPath, compile_rule

_IDLE, _FAST, _SLOW, _ABANDONED = "idle", "fast", "slow", "abandoned"


class _State(threading.local):
    """Which path this thread is in."""

    path = _IDLE


_state = _State()


class StepAside(BaseException):
    """Abandons the fast paths of this thread. No `Exception`, so that user code lets it pass."""


def make_function(rule: Rule, direction: Direction) -> Callable[[Any], Any]:
    """The function that does what `validate_structure` or `validate_unstructure` does with *rule*, only faster."""
    validate = validate_structure if direction == "structure" else validate_unstructure
    return fast_else_slow(compile_rule(rule, direction), functools.partial(validate, rule))


def fast_else_slow(fast: FastPath, slow: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function that returns what *fast* returns, or else what *slow* returns or raises."""
    function = fast.function

    def run(value: Any) -> Any:
        result = function(value)
        return slow(value) if result is None else result

    def run_with_user_code(value: Any) -> Any:
        if _state.path != _IDLE:  # no call of `run`: deep values fill the stack soon enough
            result = None if _state.path == _SLOW else function(value)
            return slow(value) if result is None else result
        _state.path = _FAST
        try:
            result = function(value)
            if _state.path != _FAST:  # user code swallowed the StepAside
                result = None
        except StepAside:
            result = None
        finally:
            _state.path = _IDLE
        return slow(value) if result is None else result

    return run_with_user_code if fast.calls_user_code else run


def validate_structure(rule: Rule, value: Any) -> Any:
    """
    What *rule* makes of the parsed JSON *value*.

    Raises:
        ValidationError: It does not match; lists every problem.
        DecodeError: It is nested too deeply for the interpreter's stack.
    """
    errors = ErrorCollector()
    result = structure_slowly(rule, value, errors)
    if not errors.count:
        return result
    raise ValidationError(rule.name, tuple(errors.errors), errors.count, error_body_of(rule, value))


def structure_slowly(rule: Rule, value: Any, errors: ErrorCollector) -> Any:
    """
    What *rule* makes of the parsed JSON *value*, in the slow path; *errors* collects its problems.

    Raises:
        DecodeError: It is nested too deeply for the interpreter's stack.
    """
    result = _call_slow_path(rule.structure, value, errors)
    if result is _TOO_DEEP:
        raise DecodeError("nested too deeply")
    return result


def error_body_of(rule: Rule, value: Any) -> ErrorBody | None:
    """*value*, which *rule* rejects, as an error body; None if it isn't one, or if the schema declares its key."""
    error_body = ErrorBody.recognise(value)
    if error_body is not None and rule.names_key("error" if isinstance(value.get("error"), str | dict) else "message"):
        return None
    return error_body


def validate_unstructure(rule: Rule, value: Any) -> Any:
    """
    The plain JSON value that *rule* makes of *value*.

    Raises:
        EncodeError: It cannot be serialized; lists every problem.
    """
    errors = ErrorCollector()
    result = _call_slow_path(rule.unstructure, value, errors)
    if result is _TOO_DEEP:
        raise too_deep_to_encode(rule)
    if errors.count:
        raise EncodeError(rule.name, tuple(errors.errors), errors.count)
    return result


def too_deep_to_encode(rule: Rule) -> EncodeError:
    """The error of an instance that is nested too deeply to be written."""
    error = FieldError("$", "value", "a value that can be written", rule.expected, "nested too deeply")
    return EncodeError(rule.name, (error,), 1)


_TOO_DEEP: Any = object()


def _call_slow_path(convert: Callable[..., Any], value: Any, errors: ErrorCollector) -> Any:
    """What *convert* returns, or `_TOO_DEEP`. Inside a fast path, abandon all of them instead."""
    before = _state.path
    if before in (_FAST, _ABANDONED):
        _state.path = _ABANDONED
        raise StepAside
    _state.path = _SLOW
    try:
        return convert(value, None, errors)
    except RecursionError:
        return _TOO_DEEP  # raised later, or our error would have this one, with all its frames, as its context
    finally:
        _state.path = before
