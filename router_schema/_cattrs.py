"""
The seam with cattrs: from a type to its rule, and from a rule to a cattrs hook.

cattrs is three things here: the registry of hooks, the dispatch from a type to its hook, and the reader of options
(``override``, aliases, strategies). This module always asks the converter what a type means, so every hook that users
register takes effect. cattrs' detailed validation and `cattrs.transform_error` are not used: they raise an exception
for each problem, name Python attributes instead of JSON keys, and call a null in place of an object an unknown error.

Apart from this module and `_registered`, only `RouterConverter.copy` depends on cattrs' internals: it copies a
registry that cattrs forgets.
"""

from __future__ import annotations

import functools
import inspect
import threading
import typing
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from types import NoneType
from typing import Annotated, Any, Final, ForwardRef, Literal, NewType, TypeVar

import attrs
from cattrs import Converter, UnstructureStrategy, override

from ._registered import FRESH, Hook, get_hook, is_registered, replace_path_hook
from ._rules import FAMILIES
from ._rules.base import Rule, is_text
from ._rules.classes import ClassRule, Field
from ._rules.construct import is_shadowed
from ._rules.family import Family, UnsupportedTypeError
from ._rules.hooks import HookRule
from ._rules.runner import make_function
from ._rules.scalars import SCALARS
from ._rules.source import Direction

#: cattrs itself unstructures these: containers may hold what JSON does not have, since the type of their items is not
#: known, and None stays None.
_LEFT_TO_CATTRS = (list, tuple, dict, NoneType)


def structure_rule(cl: Any, converter: Converter) -> Rule:
    """The rule by which *converter* structures the type *cl*."""
    return _Resolver(converter, _STRUCTURE).rule_for(cl)


def unstructure_rule(cl: Any, converter: Converter) -> Rule:
    """The rule by which *converter* unstructures the type *cl*."""
    return _Resolver(converter, _UNSTRUCTURE).rule_for(cl)


def configure_converter(converter: Converter) -> None:
    """
    Make a cattrs *converter* strict.

    From then on, ``converter.structure`` and ``converter.unstructure`` follow the strictness table for every attrs
    class, and raise `ValidationError` and `EncodeError`. Register hooks for your own types afterwards. The converter's
    options ``forbid_extra_keys``, ``use_alias``, ``omit_if_default``, ``type_overrides`` and
    ``prefer_attrib_converters`` keep their meaning.

    Raises:
        TypeError: It is not a `cattrs.Converter`.
        ValueError: The converter unstructures classes to tuples, but a body is a JSON object.
    """
    if not isinstance(converter, Converter):
        raise TypeError(f"converter must be a cattrs.Converter, not {type(converter).__name__}")
    if converter.unstruct_strat is not UnstructureStrategy.AS_DICT:
        raise ValueError("a converter with UnstructureStrategy.AS_TUPLE cannot be used: bodies are JSON objects")
    for scalar in SCALARS:
        if scalar is not Any:
            converter.register_structure_hook(scalar, _structure_scalar)
    replace_path_hook(converter)
    _STRUCTURE.register_factory(converter, lambda cl: _family_of(cl) is not None, _STRUCTURE.make_hook)
    _UNSTRUCTURE.register_factory(
        converter, lambda cl: cl not in _LEFT_TO_CATTRS and _family_of(cl) is not None, _UNSTRUCTURE.make_hook
    )
    for direction in (_STRUCTURE, _UNSTRUCTURE):
        direction.register_factory(converter, lambda cl: _unwrap(cl) is not None, direction.make_unwrapped_hook)


# --- hooks: what a converter holds for each type ---


@attrs.define(eq=False)
class StrictHook:
    """
    A cattrs hook that follows a rule. It is a class so that a function that wraps it is not mistaken for it.

    Attributes:
        rule: The rule that it follows.
        direction: Which way it converts.
    """

    rule: Rule
    direction: _Direction
    _run: Callable[[Any], Any] | None = None

    def __call__(self, value: Any, _: Any = None) -> Any:
        run = self._run
        if run is None:  # compiled lazily: most nested hooks are inlined into their class
            run = self._run = make_function(_not_abstract(self.rule), self.direction.name)
        return run(value)


def _not_abstract(rule: Rule) -> Rule:
    """
    Raise UnsupportedTypeError for the rule of an abstract class, which has no instances.

    Asking the converter for the hook of such a class raises nothing: ``include_subclasses`` does, to replace it.
    """
    if rule.cl is not None and inspect.isabstract(rule.cl):
        raise UnsupportedTypeError(f"{rule.name} is abstract: it has no instances")
    return rule


def _structure_scalar(value: Any, cl: Any) -> Any:
    """
    The hook of str, int, float and bool.

    It looks the type up at each call, because cattrs finds it, through singledispatch, for subclasses too: a str enum.
    """
    return _scalar_function(cl)(value)


@functools.lru_cache
def _scalar_function(cl: Any) -> Callable[[Any], Any]:
    return make_function(_default_rule(cl, _Resolver(FRESH, _STRUCTURE)), "structure")


@attrs.frozen(eq=False)
class _Direction:
    """
    What differs between structuring and unstructuring.

    Attributes:
        name: The word in the names of cattrs' methods.
        register_factory: Registers a hook factory on a converter.
    """

    name: Direction
    register_factory: Callable[..., Any]

    def make_hook(self, cl: Any, converter: Converter) -> Hook:
        """The hook of a type that a family of rules covers."""
        family = _family_of(cl)
        assert family is not None  # the predicate of the factory
        return StrictHook(family.make(cl, _Resolver(converter, self)), self)

    def make_unwrapped_hook(self, cl: Any, converter: Converter) -> Hook:
        """The hook of another name for a type."""
        # Recursion ends at a class whose rule is under construction. Without such a class, it would never end.
        key = id(converter), id(self), id(cl), len(_building.rules)
        if key in _building.names:
            raise UnsupportedTypeError(f"{cl} is not supported: it contains itself other than through an attrs class")
        _building.names.add(key)
        try:
            return StrictHook(_Resolver(converter, self).rule_for(_unwrap(cl)), self)
        finally:
            _building.names.remove(key)


_STRUCTURE = _Direction("structure", Converter.register_structure_hook_factory)
_UNSTRUCTURE = _Direction("unstructure", Converter.register_unstructure_hook_factory)


# --- from a type to its rule ---


def _family_of(cl: Any) -> Family | None:
    return next((family for family in FAMILIES if family.accepts(cl)), None)


def _unwrap(cl: Any) -> Any:
    """The type that ``Annotated[X, ...]``, ``NewType("N", X)``, ``Final[X]`` or ``type N = X`` stands for, or None."""
    if typing.get_origin(cl) is Annotated:
        return cl.__origin__
    if isinstance(cl, NewType):
        return NoneType if cl.__supertype__ is None else cl.__supertype__
    if typing.get_origin(cl) is Final:
        return typing.get_args(cl)[0]
    if type(cl).__name__ == "TypeAliasType":  # typing has it from Python 3.12 on
        return NoneType if cl.__value__ is None else cl.__value__
    return None


def _is_unresolved(cl: Any) -> bool:
    """
    Whether a type is, or contains, the text of an annotation.

    Types without any are left alone: a field transformer or ``attrs.field(type=...)`` may have set them.
    """
    if typing.get_origin(cl) is Annotated:
        return _is_unresolved(cl.__origin__)
    arguments = () if typing.get_origin(cl) is Literal else typing.get_args(cl)
    return isinstance(cl, str | ForwardRef) or any(map(_is_unresolved, arguments))


def _default_rule(cl: Any, resolver: _Resolver) -> Rule:
    """The rule of a type for which the converter has no hook but cattrs' own; *resolver* makes those of its parts."""
    rule = SCALARS.get(cl) if isinstance(cl, Hashable) else None
    if rule is not None:
        return rule
    family = _family_of(cl)
    if family is None or (isinstance(cl, type) and attrs.has(cl)):
        raise _unsupported(cl, resolver.direction)
    return family.make(cl, resolver)


def _unsupported(cl: Any, direction: _Direction) -> UnsupportedTypeError:
    is_class = isinstance(cl, type) and not typing.get_args(cl)
    name = cl.__qualname__ if is_class else str(cl)
    if isinstance(cl, TypeVar):
        return UnsupportedTypeError(f"{name} is not supported: it is a type variable of a generic class")
    if type(typing.get_origin(cl) or cl).__name__ == "TypeAliasType":
        return UnsupportedTypeError(f"{name} is not supported: it is a generic alias, or one for an undefined name")
    if is_dataclass(cl) or typing.is_typeddict(cl):
        return UnsupportedTypeError(f"{name} is not supported: declare an attrs class, or register a hook for it")
    # The other methods of that kind take no type with arguments.
    where = f"by register_{direction.name}_hook_func" if typing.get_args(cl) else "on the converter"
    return UnsupportedTypeError(f"{name} is not supported: register a hook for it {where}")


class _Building(threading.local):
    """
    The class rules under construction in this thread, by converter, direction and class.

    A class that contains itself finds its own rule here. So does a class that many fields refer to: without this, the
    fields of a class n levels deep would be resolved 2**n times.
    """

    def __init__(self) -> None:
        # With their converters: no other may get the address of one, which a hook factory made and dropped.
        self.rules: dict[tuple[int, _Direction, type], tuple[ClassRule, Converter]] = {}
        self.checks: list[tuple[str, Callable[[], Any]]] = []
        self.names: set[tuple[int, ...]] = set()  # the aliases under construction
        self.where = ""  # the field whose rule is being made


_building = _Building()


@attrs.frozen(eq=False)
class _Resolver:
    """The `Resolver` of the rules, implemented with cattrs."""

    converter: Converter
    direction: _Direction

    def rule_for(self, cl: Any) -> Rule:
        cl = NoneType if cl is None else cl  # as in list[None]
        try:
            hook = get_hook(self.converter, cl, self.direction.name)
        except (UnsupportedTypeError, RecursionError):
            raise
        except Exception:  # cattrs raises errors of many kinds
            raise _unsupported(cl, self.direction) from None
        if isinstance(hook, StrictHook) and hook.direction is self.direction:
            return _not_abstract(hook.rule)
        if hook is not _structure_scalar and is_registered(hook, cl, self.converter, self.direction.name):
            return HookRule(cl, hook)
        return _default_rule(cl, self)

    def hook_rule(self, cl: Any) -> Rule | None:
        # cattrs keeps structure hooks of unions apart from all others.
        hooks = self.converter._union_struct_registry if self.direction is _STRUCTURE else {}
        return HookRule(cl, hooks[cl]) if cl in hooks else None

    def class_rule(self, cl: type[attrs.AttrsInstance]) -> ClassRule:
        rules, key = _building.rules, (id(self.converter), self.direction, cl)
        if key in rules:
            return rules[key][0]
        before, checks = len(rules), len(_building.checks)
        rule = ClassRule(cl, self.converter.forbid_extra_keys)
        rules[key] = rule, self.converter
        try:
            rule.fields = tuple(self._fields(cl))
            if before == 0:
                for where, check in _building.checks:
                    with _located(where):
                        check()
        except BaseException:
            while len(rules) > before:  # also those that refer to the one that failed
                rules.popitem()
            del _building.checks[checks:]
            raise
        finally:
            if before == 0:
                rules.clear()
                _building.checks.clear()
        return rule

    def when_complete(self, check: Callable[[], Any]) -> None:
        if _building.rules:
            _building.checks.append((_building.where, check))
        else:
            check()

    def _fields(self, cl: type[attrs.AttrsInstance]) -> Iterator[Field]:
        converter = self.converter
        if unresolved := [attribute for attribute in attrs.fields(cl) if _is_unresolved(attribute.type)]:
            try:
                attrs.resolve_types(cl, attribs=unresolved, include_extras=True)
            except RecursionError:
                raise
            except Exception as error:  # annotations are code
                raise UnsupportedTypeError(
                    f"cannot resolve its annotations ({error}): call attrs.resolve_types with the missing names first",
                    cl.__qualname__,
                ) from None
        keys: set[str] = set()
        for attribute in attrs.fields(cl):
            where = f"{cl.__qualname__}.{attribute.name}"
            with _located(where):
                options = _options_of(attribute, converter)
            if options.omit or (options.omit is None and not attribute.init):
                if attribute.init and attribute.default is attrs.NOTHING:
                    raise UnsupportedTypeError("omitted, but it has no default", where)
                continue
            if not attribute.init:
                raise UnsupportedTypeError("not omitted, but the constructor does not accept it", where)
            if is_shadowed(cl, attribute):
                raise UnsupportedTypeError(
                    "a parent has a slot for it, which hides what a frozen class with slots=False stores", where
                )
            key = attribute.alias if converter.use_alias else attribute.name
            key = key if options.rename is None else str.__str__(options.rename)  # it may be a member of an enum
            if not is_text(key):
                raise UnsupportedTypeError("its key holds a lone surrogate", where)
            if key in keys:
                raise UnsupportedTypeError(f"another field has the key {key!r}", where)
            keys.add(key)
            outer, _building.where = _building.where, where
            try:
                with _located(where):
                    rule = self._field_rule(attribute, options)
            finally:
                _building.where = outer
            yield Field(attribute, key, rule, _omits_default(attribute, options, converter))

    def _field_rule(self, attribute: attrs.Attribute[Any], options: Any) -> Rule:
        structuring = self.direction is _STRUCTURE
        hook = options.struct_hook if structuring else options.unstruct_hook
        prefers_converter = self.converter._prefer_attrib_converters and attribute.converter is not None
        if hook is None and structuring and prefers_converter:
            hook = _pass
        cl = Any if attribute.type is None else attribute.type
        return self.rule_for(cl) if hook is None else HookRule(cl, hook)


@contextmanager
def _located(where: str) -> Iterator[None]:
    """Add the field to the error of a type that is not supported."""
    try:
        yield
    except UnsupportedTypeError as error:
        if error.where:
            raise
        raise UnsupportedTypeError(str(error), where) from None


def _pass(value: Any, _: Any) -> Any:
    """The hook of a field whose attrs converter does all the work."""
    return value


def _options_of(attribute: attrs.Attribute[Any], converter: Converter) -> Any:
    """The `cattrs.override` of a field: by its type on the converter, or in its annotation."""
    cl: Any = attribute.type
    try:
        options = converter.type_overrides.get(cl)
    except TypeError as error:  # the metadata of an Annotated type
        raise UnsupportedTypeError(f"{cl} is not supported: {error}") from None
    if options is not None:
        return options
    neutral = override()
    metadata = typing.get_args(cl)[1:] if typing.get_origin(cl) is Annotated else ()
    return next((note for note in metadata if isinstance(note, type(neutral))), neutral)


def _omits_default(attribute: attrs.Attribute[Any], options: Any, converter: Converter) -> bool:
    """Whether the JSON omits a field that has its default."""
    omit_default = converter.omit_if_default if options.omit_if_default is None else options.omit_if_default
    # If null is the default, null and absent mean the same, and absent is shorter.
    omit_none = attribute.default is None and options.omit_if_default is not False
    # An attrs converter changes the default, so a field with a converter is not compared with its default.
    has_default = attribute.default is not attrs.NOTHING and attribute.converter is None
    return omit_none or (omit_default and has_default)
