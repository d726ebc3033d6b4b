"""
From a body to its verdict: its problems, each of them once, with a folded path.

A verdict lists every problem, unlike an error, which lists the first 100: so it depends only on what objects a body
holds, and not on their number. Problems are folded while they are collected, since a body may have millions.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

import attrs

from .._cattrs import structure_rule
from .._rules.base import INVALID, ErrorCollector, Rule
from .._rules.runner import error_body_of, fast_else_slow, structure_slowly
from .._rules.source import compile_rule
from ..converter import RouterConverter, converter_or_default
from ..errors import DecodeError, FieldError, Path, ValidationError, format_path, is_field_key
from .counts import MAX_VALUE, VALID, ProblemKey, Verdict
from .decode import decode_line
from .rows import as_text

#: The fields whose values are counted, and the tables of the report that count them.
TABLE_OF = {"object": "objects", "finish_reason": "finish_reasons", "model": "models"}

#: How many folded paths are remembered.
_MAX_PATHS = 4000

#: Longer keys of the payload are cut in paths: keys that differ only after that are the same in a report.
_MAX_KEY = 50

_STEP = re.compile(r"""\.\w+ | \[\d+\] | \[ (?: '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" ) \]""", re.VERBOSE)


class Validator:
    """
    Finds the verdicts on bodies.

    Making one compiles functions; it may be shared by the checkers of many files.

    Args:
        cl: The class of a body: any attrs class.
        converter: The converter that validates; None means the default converter.

    Attributes:
        converter: The converter.
        rule: The rule of the class.
        error_body: The verdict on an error that a server sent in place of a body.
    """

    converter: RouterConverter
    rule: Rule
    error_body: Verdict

    def __init__(self, cl: Any, converter: RouterConverter | None = None) -> None:
        self.converter = converter = converter_or_default(converter)
        self.rule = structure_rule(cl, converter)
        self.error_body = Verdict(("invalid", "error_bodies"), (("$", "error body", self.rule.name, "error"),))
        self._structure = fast_else_slow(compile_rule(self.rule, "structure"), self._explain)
        self._loads = converter.get_loads_hook(cl)
        self._fold_text = functools.lru_cache(_MAX_PATHS)(functools.partial(_folded, self.rule))
        self._fold_steps = functools.lru_cache(_MAX_PATHS)(self._fold_each)

    def of_body(self, line: bytes, body: Any) -> Verdict:
        """The verdict on a parsed body."""
        try:
            outcome = self._structure(body)
        except DecodeError:  # nested too deeply for the stack
            return self.of_line(line)
        return outcome if type(outcome) is Verdict else VALID

    def of_line(self, line: bytes) -> Verdict:
        """The verdict of `loads`."""
        try:
            decode_line(line, self._loads)
        except DecodeError as error:
            return self.of_error(error)
        return VALID

    def of_error(self, error: DecodeError) -> Verdict:
        """The verdict that an error stands for."""
        if not isinstance(error, ValidationError):
            return Verdict(("malformed",), (("$", "malformed", "JSON", str(error.args[0])),))
        if error.error_body is not None:
            return self.error_body
        problems = dict.fromkeys((self._fold_text(e.path), e.kind, e.expected, e.actual) for e in error.errors)
        return Verdict(("invalid",), tuple(problems))

    def _explain(self, body: Any) -> Any:
        errors = _FoldedErrors(fold=self._fold, fold_text=self._fold_text)
        result = structure_slowly(self.rule, body, errors)
        if not errors.count:
            return result
        if error_body_of(self.rule, body) is not None:
            return self.error_body
        return Verdict(("invalid",), tuple(errors.problems))

    def _fold(self, path: Path) -> str:
        steps = []
        while path is not None:
            path, step = path
            steps.append(0 if type(step) is int else step if is_field_key(step) else step[:_MAX_KEY])
        return self._fold_steps(tuple(steps))

    def _fold_each(self, steps: tuple[Any, ...]) -> str:
        path: Path = None
        for step in reversed(steps):
            path = path, step
        return self._fold_text(format_path(path))


@attrs.define(eq=False)
class _FoldedErrors(ErrorCollector):
    """
    The problems of a body, each of them once.

    Attributes:
        fold: Folds a path.
        fold_text: Folds a path that was formatted.
        problems: What was found, in the order of the schema.
    """

    fold: Callable[[Path], str] = attrs.field(kw_only=True)
    fold_text: Callable[[str], str] = attrs.field(kw_only=True)
    problems: dict[ProblemKey, None] = attrs.Factory(dict)

    def add(self, path: Path, kind: Any, expected: str, actual: str, message: str = "") -> Any:
        self.count += 1
        self.problems[self.fold(path), kind, expected, actual] = None
        return INVALID

    def unknown_value(self, path: Path, expected: str, actual: str, value: object) -> Any:
        is_counted = isinstance(value, str) and self.fold(path).rpartition(".")[2] in TABLE_OF
        return self.add(path, "value", expected, repr(as_text(value[:MAX_VALUE])) if is_counted else actual)  # type: ignore[index]

    def extend(self, path: Path, errors: tuple[FieldError, ...], count: int) -> Any:
        parent = format_path(path)
        for error in (error.below(parent) for error in errors):
            self.problems[self.fold_text(error.path), error.kind, error.expected, error.actual] = None
        self.count += count
        return INVALID


def _folded(rule: Rule, path: str) -> str:
    """*path* as reports show it: without indexes, and without the keys of mappings, which are payload."""
    folded, end = "$", 1
    at: Rule | None = rule
    while match := _STEP.match(path, end):
        step, at = ("[*]", None) if at is None else at.folded(match[0])
        folded, end = folded + step, match.end()
    return folded if end == len(path) else f"{folded}…"
