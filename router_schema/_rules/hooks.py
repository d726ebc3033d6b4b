"""Types with a hook that the user registered; and how the slow path calls any user code."""

from __future__ import annotations

import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import attrs

from ..errors import Path, RouterSchemaError, clipped
from .base import INVALID, ErrorCollector, Rule
from .scalars import SCALARS, plain, write_check, write_plain

if TYPE_CHECKING:
    from .source import Source


@attrs.define(eq=False, slots=False)
class HookRule(Rule):
    """
    A type that a user's hook handles. What the hook raises is a problem; what it emits must be JSON.

    Attributes:
        type: The type, which cattrs passes to a structure hook.
        hook: The structure or unstructure hook, whichever direction the rule is for.
    """

    type: Any
    hook: Callable[..., Any]

    def __attrs_post_init__(self) -> None:
        cl = self.type.__origin__ if typing.get_origin(self.type) is Annotated else self.type
        # The name of list[X] would be that of list.
        self.expected = clipped(str(cl) if typing.get_args(cl) else getattr(cl, "__name__", str(cl)))

    def build(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        # The hook sees JSON only: no NaN, no lone surrogate, no stand-in for a huge integer.
        before = errors.count
        value = SCALARS[Any].build(value, path, errors)
        if errors.count > before:
            return INVALID
        return call_user_code(lambda: self.hook(value, self.type), f"{self.expected} hook", value, path, errors)

    def take_apart(self, value: Any, path: Path, errors: ErrorCollector) -> Any:
        result = call_user_code(lambda: self.hook(value), f"{self.expected} hook", value, path, errors)
        return result if result is INVALID else plain(result, path, errors, (list, tuple))

    def write_structure(self, source: Source, v: str) -> None:
        source.calls_user_code = True
        write_check(source, v)
        hook = source.constant(f"{v}hook", self.hook)
        source.line(f"{v} = {hook}({v}, {source.constant(f'{v}type', self.type)})")

    def write_unstructure(self, source: Source, v: str) -> None:
        source.calls_user_code = True
        write_plain(source, v, f"{source.constant(f'{v}hook', self.hook)}({v}), (list, tuple)")


def call_user_code(call: Callable[[], Any], by: str, value: object, path: Path, errors: ErrorCollector) -> Any:
    """What user code returns; what it raises is a problem at *path*, or several if it called the library again."""
    try:
        return call()
    except RecursionError:
        raise
    except RouterSchemaError as error:
        if listed := getattr(error, "errors", ()):
            return errors.extend(path, listed, error.error_count)  # type: ignore[attr-defined]
        return errors.rejected(path, by, value, error)
    except Exception as error:
        return errors.rejected(path, by, value, error)
