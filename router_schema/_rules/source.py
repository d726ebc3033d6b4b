"""
The fast path: a rule as one flat Python function.

`compile_rule` writes, for one rule and one direction, the source of a function that returns exactly what the rule
would, or None: then it steps aside, and the slow path reports what is wrong. The function explains nothing, so it needs
no paths and no calls for its leaves: a type check, a read and a store per field. The rules write their own lines; this
module knows how to write functions, and no rule. `source_of(function)` is the text.

For ``class Pair: left: str; right: float | None = None`` it is::

    def structure_Pair(value):
        \"\"\"Structure a Pair, or return None.\"\"\"
        try:
            if type(value) is not dict: return None
            left_ = value['left']
            if type(left_) is not str or not (left_.isascii() or is_text(left_)): return None
            right_ = value.get('right')
            if right_ is not None:
                if type(right_) is int: right_ = float(right_)
                elif type(right_) is not float or not -inf < right_ < inf: return None
            value = Pair_twin()
            value.left = left_
            value.right = right_
            value.__class__ = Pair
            return value
        except Exception:
            return None

Two things in it are not plain:

* A **twin** is a class of the same slots that is not frozen. Storing into it and then setting ``__class__`` takes half
  the time of a frozen ``__init__``, whose every store is a call. See `construct.twin_of` for when it is used.
* **Any exception means: step aside.** A missing key is a KeyError, an unknown or unhashable enum value a KeyError or
  TypeError, a validator may raise anything. The slow path meets the same problem and reports it.
"""

from __future__ import annotations

import builtins
import itertools
import linecache
import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import attrs

from .base import HUGE, ErrorCollector, Rule, is_text

Direction = Literal["structure", "unstructure"]


@attrs.frozen
class FastPath:
    """
    A function that returns what a rule would, or None to step aside.

    Attributes:
        function: The function.
        calls_user_code: Whether it calls hooks, converters, validators and the like, which may call the library again.
        may_nest_deeply: Whether the type sets no limit to how deeply a value nests.
    """

    function: Callable[[Any], Any]
    calls_user_code: bool
    may_nest_deeply: bool = False


def compile_rule(rule: Rule, direction: Direction) -> FastPath:
    """The function from a parsed JSON value to what *rule* makes of it, or from an instance to plain builtins."""
    return Source(direction).compile(rule)


def source_of(function: Callable[..., Any]) -> str:
    """The source text of a compiled *function*, and of the functions that it calls for nested classes."""
    return "".join(linecache.getlines(function.__code__.co_filename))


class Source:
    """
    Python source in the making: the functions of a rule and of the classes that it refers to, and their globals.

    Attributes:
        direction: Which way the function converts.
        calls_user_code: Whether a line calls user code; the rule that writes it sets this.
        may_nest_deeply: Whether a line handles a value of any depth; likewise.
    """

    calls_user_code: bool
    may_nest_deeply: bool

    def __init__(self, direction: Direction) -> None:
        self.direction = direction
        self.calls_user_code = False
        self.may_nest_deeply = False
        self._lines: list[str] = []
        self._depth = 0
        self._globals: dict[str, Any] = {"inf": math.inf, "HUGE": HUGE, "is_text": is_text}
        self._locals: set[str] = set()
        # By rule, not by class: a hook of another converter may bring another rule of the same class.
        self._inlined: set[Rule] = set()
        self._functions: dict[Rule, str] = {}

    def compile(self, rule: Rule) -> FastPath:
        """Write and compile the functions; returns that of *rule*."""
        name = self._write_function(rule)
        written = {rule}
        while missing := [nested for nested in self._functions if nested not in written]:
            self.line("")
            self._write_function(missing[0])
            written.add(missing[0])
        text = "".join(self._lines)
        file_name = _register(name, text, self._lines)
        try:
            exec(compile(text, file_name, "exec"), self._globals)
        except SyntaxError:  # CPython allows 20 nested blocks; deeper types use the slow path
            return FastPath(lambda value: None, self.calls_user_code, self.may_nest_deeply)
        return FastPath(self._globals[name], self.calls_user_code, self.may_nest_deeply)

    def _write_function(self, rule: Rule) -> str:
        """Write the function of *rule*; returns its name."""
        name = self._name_of(rule)
        self._locals, self._inlined = {"value"}, set()
        with self.block(f"def {name}(value):"):
            if rule.cl is not None:
                self.line(f'"""{self.direction.capitalize()} a {rule.cl.__qualname__}, or return None."""')
            with self.block("try:"):
                self.convert(rule, "value")
                self.line("return value")
            with self.block("except Exception:"):
                self.line("return None")
        return name

    def line(self, text: str) -> None:
        self._lines.append("    " * self._depth + text + "\n")

    def bail_if(self, condition: str) -> None:
        """Step aside where *condition* holds."""
        self.line(f"if {condition}: return None")

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Write *header*, and indent what is written inside the block."""
        self.line(header)
        self._depth += 1
        yield
        self._depth -= 1

    def convert(self, rule: Rule, v: str) -> None:
        """Write the lines of *rule* for the variable *v*, in this source's direction."""
        write = rule.write_structure if self.direction == "structure" else rule.write_unstructure
        write(self, v)

    def branches(self, v: str, cases: Iterable[tuple[str, Rule]]) -> None:
        """Convert the variable *v* by the first rule whose condition holds; step aside where none does."""
        keyword = "if"
        for condition, rule in cases:
            with self.block(f"{keyword} {condition}:"):
                self.convert(rule, v)
            keyword = "elif"
        self.line("else: return None")

    def local(self, name: str, part: str = "") -> str:
        """A new name for a variable. It ends in an underscore or a part, and hides no global."""
        base = f"{name.rstrip('_')}_{part}"
        local = next(name for name in numbered(base) if name not in self._locals and name not in self._globals)
        self._locals.add(local)
        return local

    def constant(self, base: str, value: Any) -> str:
        """The name of a global that holds *value*, hides no builtin, and is hidden by no variable."""
        if getattr(builtins, base, None) is value:
            return base
        free = (name for name in numbered(identifier(base)) if not (name in self._locals or hasattr(builtins, name)))
        return next(name for name in free if self._globals.setdefault(name, value) is value)

    def call_rule(self, rule: Rule, v: str) -> None:
        """Have the slow path of *rule* convert the variable *v*: the default of a rule that writes no lines."""
        self.calls_user_code = self.may_nest_deeply = True  # a rule may do both
        convert = rule.structure if self.direction == "structure" else rule.unstructure

        def convert_or_raise(value: Any) -> Any:
            errors = ErrorCollector()
            result = convert(value, None, errors)
            if errors.count:
                raise ValueError
            return result

        self.line(f"{v} = {self.constant(self.direction, convert_or_raise)}({v})")

    def calls_function_of(self, rule: Rule, v: str) -> bool:
        """
        Whether the variable *v* is converted by a call of the class's own function, which this writes.

        A class is written inline once, which is flat and fast. A second time would double the source at every level,
        and a class that contains itself would never end.
        """
        if v == "value" or rule not in self._inlined:
            self._inlined.add(rule)
            return False
        self.may_nest_deeply = True  # the class may contain itself
        self.line(f"{v} = {self._name_of(rule)}({v})")
        self.bail_if(f"{v} is None")
        return True

    def _name_of(self, rule: Rule) -> str:
        """The name of the function of *rule*, which will be written sooner or later."""
        if rule not in self._functions:
            of = "value" if rule.cl is None else rule.cl.__name__
            # A constant at first, so that no other gets its name; compiling the function replaces it.
            self._functions[rule] = self.constant(f"{self.direction}_{of}", rule)
        return self._functions[rule]


def _register(name: str, text: str, lines: list[str]) -> str:
    """
    Make a source text visible to debuggers and tracebacks, as attrs and cattrs do; returns its file name.

    The same text gets the same name, or the texts of discarded converters would pile up.
    """

    def holds_the_text(file_name: str) -> bool:
        entry = len(text), None, lines, file_name
        return linecache.cache.setdefault(file_name, entry) == entry

    return next(filter(holds_the_text, (f"<router_schema {name}>" for name in numbered(name))))


def numbered(base: str) -> Iterator[str]:
    """*base*, *base*_2, *base*_3, ..."""
    return (base if n == 1 else f"{base}_{n}" for n in itertools.count(1))


def identifier(name: str) -> str:
    """*name* as an identifier: `attrs.make_class` accepts any name."""
    return re.sub(r"\W", "_", name)
