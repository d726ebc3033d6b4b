"""
The converter: cattrs with strict hooks, and `loads`, `dumps`, `structure` and `unstructure` on one of its own.

Each hook holds the rule of its type (the judge) and a function compiled from that rule (the acceptor). The acceptor
returns what the judge would, or None; then the judge runs, and raises an error that says everything. Which rule a
field's type has is asked of the converter itself, as cattrs does, so hooks that users register are honoured.
"""

from __future__ import annotations

import functools
import threading
import types
import typing
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from enum import Enum, Flag
from typing import Annotated, Any, Final, Literal, NewType, Protocol, TypeVar, overload

import attrs
from cattrs import BaseConverter, Converter, UnstructureStrategy, override
from cattrs.preconf.ujson import UjsonConverter
from cattrs.preconf.ujson import configure_converter as configure_for_ujson

from ._compile import Acceptor, compile_structure, compile_unstructure, source_of
from ._engines import Data, EngineName, check_utf8, get_engine
from ._rules import (
    SCALARS,
    AnyRule,
    ArrayRule,
    ChoiceRule,
    ClassRule,
    DictRule,
    Field,
    HookRule,
    OptionalRule,
    Rule,
    judge_structure,
    judge_unstructure,
)
from .errors import DecodeError
from .models import RouterCompletionsResponseBody

__all__ = [
    "RouterConverter",
    "configure_converter",
    "dumps",
    "loads",
    "make_converter",
    "structure",
    "unstructure",
]

T = TypeVar("T")
Hook = Callable[..., Any]


class UnsupportedTypeError(TypeError):
    """A type that the library cannot handle. Raised when a hook is built, with the class and field that it is of."""

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.where = where


# --- hooks: what a converter holds for each type ---


def _structure_hook(rule: Rule) -> Hook:
    """A cattrs structure hook that accepts fast and explains slowly."""
    accept: Acceptor | None = None

    def structure(value: Any, _: Any = None) -> Any:
        nonlocal accept
        if accept is None:  # compiled when first used: most hooks only lend their rule to a class that holds theirs
            accept = compile_structure(rule)
        result = accept(value)
        return judge_structure(rule, value) if result is None else result

    structure.rule = rule  # type: ignore[attr-defined]
    return structure


def _unstructure_hook(rule: Rule) -> Hook:
    """A cattrs unstructure hook that accepts fast and explains slowly."""
    accept: Acceptor | None = None

    def unstructure(value: Any) -> Any:
        nonlocal accept
        if accept is None:
            accept = compile_unstructure(rule)
        result = accept(value)
        return judge_unstructure(rule, value) if result is None else result

    unstructure.rule = rule  # type: ignore[attr-defined]
    return unstructure


def _structure_scalar(value: Any, cl: Any) -> Any:
    """
    The hook of str, int, float and bool.

    It learns the type at each call, because cattrs finds it, through singledispatch, for subclasses too: a str enum.
    """
    return judge_structure(_scalar_rule(cl), value)


# --- rules: what a type means ---

# ``typing.Union[X, None]`` and ``X | None`` are different things before Python 3.14.
_UNIONS = (typing.Union, types.UnionType)


def _is_strict(cl: Any) -> bool:
    """Whether *cl* is one of the types, beside the scalars, that the strictness table names."""
    if isinstance(cl, type) and not isinstance(cl, types.GenericAlias):
        return attrs.has(cl) or cl in (list, tuple, dict) or _is_enum(cl)
    origin, arguments = typing.get_origin(cl), typing.get_args(cl)
    return (
        origin is Literal
        or _is_generic(cl)
        or origin is list
        or (origin is tuple and len(arguments) == 2 and arguments[1] is ...)
        or (origin is dict and arguments[0] is str)
        or (origin in _UNIONS and len(arguments) == 2 and types.NoneType in arguments)
        or cl in (typing.List, typing.Tuple, typing.Dict)  # noqa: UP006
    )


def _is_generic(cl: Any) -> bool:
    """Whether *cl* is ``Box[int]`` for an attrs class ``Box``: not supported, but cattrs' own hook would coerce."""
    origin = typing.get_origin(cl)
    return isinstance(origin, type) and attrs.has(origin)


def _is_enum(cl: Any) -> bool:
    return isinstance(cl, type) and issubclass(cl, Enum) and not issubclass(cl, Flag)


def _unwrap(cl: Any) -> Any:
    """The type that ``Annotated[X, ...]``, ``NewType("N", X)``, ``Final[X]`` or ``type N = X`` stands for, or None."""
    if typing.get_origin(cl) is Annotated:
        return cl.__origin__
    if isinstance(cl, NewType):
        return cl.__supertype__
    if typing.get_origin(cl) is Final:
        return typing.get_args(cl)[0]
    if type(cl).__name__ == "TypeAliasType":  # typing has it from Python 3.12 on
        return cl.__value__
    return None


def _scalar_rule(cl: Any) -> Rule:
    if (rule := SCALARS.get(cl)) is not None:
        return rule
    if cl is Any:
        return AnyRule()
    if _is_enum(cl):
        return _enum_rule(cl)
    raise _unsupported(cl)


@functools.lru_cache
def _enum_rule(cl: type[Enum]) -> ChoiceRule:
    try:
        return ChoiceRule([(member.value, member) for member in cl], cl)
    except TypeError as error:
        raise UnsupportedTypeError(f"{cl.__qualname__} is not supported: {error}") from None


def _literal_rule(arguments: tuple[Any, ...]) -> ChoiceRule:
    members = [(argument.value if isinstance(argument, Enum) else argument, argument) for argument in arguments]
    try:
        return ChoiceRule(members)
    except TypeError as error:
        raise UnsupportedTypeError(f"Literal is not supported: {error}") from None


def _unsupported(cl: Any) -> UnsupportedTypeError:
    name = cl.__qualname__ if isinstance(cl, type) and not typing.get_args(cl) else str(cl)
    return UnsupportedTypeError(f"{name} is not supported: register a hook for it on the converter")


def _is_default(hook: Hook, cl: Any, ask_again: Callable[[], Hook]) -> bool:
    """
    Whether *hook* is what cattrs has for any type, and not what somebody registered for this one.

    cattrs' own would coerce. Those of its JSON preconfigurations (dates, bytes) and of the strategies that users apply
    are meant; so is one that cattrs generated for an attrs class, since for these it has ours. For other classes it
    generates one whenever it is asked, while what was registered stays the same.
    """
    if hook in (list, dict, set, frozenset, tuple) or isinstance(getattr(hook, "__self__", None), BaseConverter):
        return True
    if "union_passthrough" in getattr(hook, "__qualname__", ""):
        return True
    code = getattr(hook, "__code__", None)
    if code is not None and (code.co_filename == "" or code.co_filename.startswith("<cattrs generated")):
        return not attrs.has(cl) and (typing.get_origin(cl) is not None or ask_again() is not hook)
    module = getattr(hook, "__module__", None) or ""
    return module.startswith("cattrs.") and not module.startswith(("cattrs.preconf", "cattrs.strategies"))


class _Building(threading.local):
    """
    The rules of the classes that this thread has met since it began with the outermost.

    A class that contains itself is found here; so is one that is met often, whose fields would else be gone through at
    each time, and theirs again: twice as often at every level.
    """

    def __init__(self) -> None:
        self.rules: dict[tuple[int, type], ClassRule] = {}


class _RuleMaker:
    """
    Makes the rules of one direction.

    Args:
        get_hook: How a converter is asked for its hook of a type in that direction.
    """

    def __init__(self, get_hook: Callable[[Converter, Any], Hook]) -> None:
        self.get_hook = get_hook
        self.building = _Building()

    def rule_for(self, cl: Any, converter: Converter) -> Rule:
        """The rule of whatever hook *converter* has for the type *cl*."""
        try:
            hook = self.get_hook(converter, cl)
        except UnsupportedTypeError:
            raise
        except Exception:  # cattrs raises errors of many kinds
            raise _unsupported(cl) from None
        if isinstance(rule := getattr(hook, "rule", None), Rule):
            return rule
        if hook is _structure_scalar or _is_default(hook, cl, lambda: self.get_hook(converter, cl)):
            return _scalar_rule(cl)
        return HookRule(cl, hook)

    def make_rule(self, cl: Any, converter: Converter) -> Rule:
        """The rule of the type *cl*, one of those that `_is_strict` names."""
        if isinstance(cl, type) and attrs.has(cl):
            return self.class_rule(cl, converter)
        origin, arguments = typing.get_origin(cl) or cl, typing.get_args(cl)
        if _is_generic(cl):
            raise _unsupported(cl)
        if origin is Literal:
            return _literal_rule(arguments)
        if origin in _UNIONS:
            if self is _structuring and cl in converter._union_struct_registry:
                return HookRule(cl, converter._union_struct_registry[cl])
            inner = next(argument for argument in arguments if argument is not types.NoneType)
            return OptionalRule(self.rule_for(inner, converter))
        if origin in (tuple, list):
            return ArrayRule(self.rule_for(arguments[0] if arguments else Any, converter), origin)
        if origin is dict:
            return DictRule(self.rule_for(arguments[1] if arguments else Any, converter))
        return _enum_rule(cl)

    def class_rule(self, cl: type[attrs.AttrsInstance], converter: Converter) -> ClassRule:
        rules = self.building.rules
        key = id(converter), cl
        if key in rules:
            return rules[key]
        before = len(rules)
        rule = rules[key] = ClassRule(cl, converter.forbid_extra_keys)
        try:
            rule.fields = tuple(self.fields(cl, converter))
        except BaseException:
            while len(rules) > before:  # also those that refer to the one that failed
                rules.popitem()
            raise
        if before == 0:
            rules.clear()
        return rule

    def fields(self, cl: type[attrs.AttrsInstance], converter: Converter) -> Iterator[Field]:
        try:
            attrs.resolve_types(cl, include_extras=True)
        except NameError as error:
            raise UnsupportedTypeError(f"cannot resolve its annotations ({error})", cl.__qualname__) from None
        keys: set[str] = set()
        for attribute in attrs.fields(cl):
            where = f"{cl.__qualname__}.{attribute.name}"
            options = _options_of(attribute, converter)
            if options.omit or (options.omit is None and not attribute.init):
                if attribute.init and attribute.default is attrs.NOTHING:
                    raise UnsupportedTypeError("omitted, but it has no default", where)
                continue
            if not attribute.init:
                raise UnsupportedTypeError("not omitted, but the constructor does not take it", where)
            key = options.rename or (attribute.alias if converter.use_alias else attribute.name)
            if key in keys:
                raise UnsupportedTypeError(f"another field has the key {key!r} too", where)
            keys.add(key)
            try:
                rule = self.field_rule(attribute, options, converter)
            except UnsupportedTypeError as error:
                if error.where:
                    raise
                raise UnsupportedTypeError(str(error), where) from None
            omit_default = converter.omit_if_default if options.omit_if_default is None else options.omit_if_default
            # Null and absent mean the same where null is the default, and absent is shorter.
            omit_none = attribute.default is None and options.omit_if_default is not False
            # What a converter made of a default is not the default, so such a field is not compared with it.
            has_default = attribute.default is not attrs.NOTHING and attribute.converter is None
            yield Field(attribute, key, rule, omit_none or (omit_default and has_default))

    def field_rule(self, attribute: attrs.Attribute[Any], options: Any, converter: Converter) -> Rule:
        structuring = self is _structuring
        hook = options.struct_hook if structuring else options.unstruct_hook
        if hook is None and structuring and attribute.converter is not None and converter._prefer_attrib_converters:
            hook = _pass
        cl = Any if attribute.type is None else attribute.type
        return self.rule_for(cl, converter) if hook is None else HookRule(cl, hook)


def _pass(value: Any, _: Any) -> Any:
    """The hook of a field that is left to its attrs converter."""
    return value


def _options_of(attribute: attrs.Attribute[Any], converter: Converter) -> Any:
    """The `cattrs.override` of a field: by its type on the converter, or in its annotation."""
    if attribute.type in converter.type_overrides:
        return converter.type_overrides[attribute.type]
    neutral = override()
    metadata = typing.get_args(attribute.type)[1:] if typing.get_origin(attribute.type) is Annotated else ()
    return next((note for note in metadata if isinstance(note, type(neutral))), neutral)


_structuring = _RuleMaker(lambda converter, cl: converter.get_structure_hook(cl, cache_result=False))
_unstructuring = _RuleMaker(lambda converter, cl: converter.get_unstructure_hook(cl, cache_result=False))


def structure_rule(cl: Any, converter: Converter) -> Rule:
    """The rule by which *converter* structures the type *cl*."""
    return _structuring.rule_for(cl, converter)


# --- converters ---


def configure_converter(converter: Converter) -> None:
    """
    Make *converter* strict, as cattrs' own preconfiguration functions make one fit for a JSON library.

    From then on ``converter.structure`` and ``converter.unstructure`` follow the strictness table for every attrs
    class, and raise `ValidationError` and `EncodeError`. Hooks that are registered later, for types of one's own, are
    honoured. The converter's options ``forbid_extra_keys``, ``use_alias``, ``omit_if_default``, ``type_overrides`` and
    ``prefer_attrib_converters`` keep their meaning.

    Raises:
        ValueError: The converter unstructures classes to tuples: a body is a JSON object.
    """
    if converter.unstruct_strat is not UnstructureStrategy.AS_DICT:
        raise ValueError("a converter with UnstructureStrategy.AS_TUPLE cannot be used: bodies are JSON objects")

    def structure_factory(cl: Any, converter: Converter) -> Hook:
        return _structure_hook(_structuring.make_rule(cl, converter))

    def unstructure_factory(cl: Any, converter: Converter) -> Hook:
        return _unstructure_hook(_unstructuring.make_rule(cl, converter))

    def unwrap_structure_factory(cl: Any, converter: Converter) -> Hook:
        return _structure_hook(_structuring.rule_for(_unwrap(cl), converter))

    def unwrap_unstructure_factory(cl: Any, converter: Converter) -> Hook:
        return _unstructure_hook(_unstructuring.rule_for(_unwrap(cl), converter))

    for scalar in SCALARS:
        converter.register_structure_hook(scalar, _structure_scalar)
    converter.register_structure_hook_factory(_is_strict, structure_factory)
    converter.register_unstructure_hook_factory(_is_strict, unstructure_factory)
    converter.register_structure_hook_factory(lambda cl: _unwrap(cl) is not None, unwrap_structure_factory)
    converter.register_unstructure_hook_factory(lambda cl: _unwrap(cl) is not None, unwrap_unstructure_factory)


class RouterConverter(UjsonConverter):
    """
    A strict cattrs converter that reads and writes JSON text. Made by `make_converter`.

    It can be shared between threads.
    """

    def __init__(self, *args: Any, engine: EngineName = "auto", **kwargs: Any) -> None:
        # By type, made when they are first asked for. Plain dicts, since a lookup in any other can be told.
        self._decoders: dict[Any, Callable[[Data], Any]] = {}
        self._rules: dict[Any, Rule] = {}
        self._dumps_hooks: dict[Any, Callable[[Any], str] | None] = {}
        self._engine = get_engine(engine)
        super().__init__(*args, **kwargs)
        configure_for_ujson(self)
        configure_converter(self)

    @property
    def engine(self) -> str:
        """What reads and writes the text, ``"ujson"`` or ``"msgspec"``."""
        return self._engine.name

    @overload  # type: ignore[override]
    def loads(self, data: Data) -> RouterCompletionsResponseBody: ...

    @overload
    def loads(self, data: Data, cl: type[T]) -> T: ...

    def loads(self, data: Data, cl: Any = RouterCompletionsResponseBody) -> Any:
        """
        JSON text to an instance of *cl*.

        Args:
            data: UTF-8 bytes, or a str.
            cl: Any attrs class; or a list, tuple, dict, ... of such.

        Raises:
            DecodeError: *data* is not JSON.
            ValidationError: It is JSON, but no *cl*; the error lists everything that is wrong.
            TypeError: *data* is no text, or *cl* has a field of a type that is not supported.
        """
        try:
            instance = self._decoders[cl](data)
            if not data.isascii():  # type: ignore[union-attr]
                check_utf8(data)
            return instance
        except Exception:
            pass  # whatever it was: the judge says, and must not have it as its context
        try:
            return self._loads_slowly(data, cl)
        except RecursionError:  # so near the limit that not even the judge, who knows it, could run
            pass
        raise DecodeError.__new__(DecodeError, "nested too deeply")  # calling the class would take another frame

    def _loads_slowly(self, data: Data, cl: Any) -> Any:
        """`loads` of what its decoder gave up on, or had none for."""
        rule = self._rules.get(cl)
        if rule is None:
            self._make_decoder(cl)
            return self.loads(data, cl)
        if isinstance(data, memoryview):  # no parser takes one
            return self.loads(bytes(data), cl)
        return self._engine.explain(rule, data)

    def parse(self, data: Data) -> Any:
        """
        JSON text to builtins.

        Raises:
            DecodeError: *data* is not JSON.
            TypeError: *data* is neither bytes nor str.
        """
        try:
            if not data.isascii():  # type: ignore[union-attr]
                check_utf8(data)
            return self._engine.parse(data)
        except Exception:
            pass
        return self._engine.parse_or_explain(data)

    def _make_decoder(self, cl: Any) -> Callable[[Data], Any]:
        decoders, rules = self._decoders, self._rules  # other ones, if a hook is registered meanwhile
        rule = structure_rule(cl, self)
        decode = decoders[cl] = self._engine.make_decoder(cl, rule)
        rules[cl] = rule
        return decode

    def dumps(self, obj: Any, unstructure_as: Any = None) -> str:  # type: ignore[override]
        """
        An instance to compact JSON text: keys in schema order, integral numbers as integers, text as it is.

        Args:
            obj: An instance of an attrs class.
            unstructure_as: What to take it for, where that is not its class: ``list[RouterCompletionsResponseBody]``.

        Raises:
            EncodeError: *obj* holds what its schema does not allow; the error lists everything that is wrong.
            TypeError: Its class has a field of a type that is not supported.
        """
        cl = type(obj) if unstructure_as is None else unstructure_as
        try:
            hook = self._dumps_hooks[cl]
        except KeyError:
            hook = None
        if hook is None:
            hooks = self._dumps_hooks
            hook = hooks[cl] = self._engine.make_dumps(_unstructuring.rule_for(cl, self))
        return hook(obj)

    @overload
    def structure(self, obj: Any) -> RouterCompletionsResponseBody: ...

    @overload
    def structure(self, obj: Any, cl: type[T]) -> T: ...

    def structure(self, obj: Any, cl: Any = RouterCompletionsResponseBody) -> Any:
        """
        Parsed JSON (dicts, lists, str, numbers, ...) to an instance of *cl*.

        Raises:
            ValidationError: *obj* is no *cl*; the error lists everything that is wrong.
            TypeError: *cl* has a field of a type that is not supported.
        """
        return super().structure(obj, cl)

    def unstructure(self, obj: Any, unstructure_as: Any = None) -> Any:
        """
        An instance to plain builtins: what `dumps` writes, as a dict.

        Raises:
            EncodeError: *obj* holds what its schema does not allow; the error lists everything that is wrong.
            TypeError: Its class has a field of a type that is not supported.
        """
        return super().unstructure(obj, unstructure_as)

    def get_loads_hook(self, cl: type[T]) -> Callable[[Data], T]:
        """
        ``loads`` for one class, a little faster: for a loop that decodes many.

        Like every cattrs hook it knows what was registered when it was made; ask again after registering another.
        """
        decode = self._decoders.get(cl) or self._make_decoder(cl)

        def loads(data: Data) -> T:
            try:
                instance: T = decode(data)
                if not data.isascii():  # type: ignore[union-attr]
                    check_utf8(data)
                return instance
            except Exception:
                pass  # as in RouterConverter.loads, which is called only now because calls can be told
            return self.loads(data, cl)

        return loads

    def get_source(self, cl: Any) -> str:
        """
        The source text of the two functions that are compiled for *cl*: JSON to instance, and back.

        Debuggers and tracebacks show the same text.
        """
        structure = compile_structure(structure_rule(cl, self))
        unstructure = compile_unstructure(_unstructuring.rule_for(cl, self))
        return f"{source_of(structure)}\n{source_of(unstructure)}"

    def copy(self, *args: Any, **kwargs: Any) -> RouterConverter:
        """A copy that keeps all hooks and the engine; arguments as those of `cattrs.Converter.copy`."""
        copied = super().copy(*args, **kwargs)
        copied._engine = self._engine
        return copied


def _forgetting(name: str) -> Any:
    """The registration method of that name, after which hooks are made anew."""
    register_in_cattrs = getattr(UjsonConverter, name)

    @functools.wraps(register_in_cattrs)
    def register(self: RouterConverter, *args: Any, **kwargs: Any) -> Any:
        if name.endswith("factory") and len(args) + len(kwargs) == 1:
            return lambda factory: register(self, *args, factory=factory, **kwargs)  # used as a decorator
        result = register_in_cattrs(self, *args, **kwargs)
        # New ones, and not cleared: another thread may be about to put into the old ones what is out of date.
        self._rules, self._decoders, self._dumps_hooks = {}, {}, {}
        return result

    return register


# cattrs forgets its hooks when one is registered; the text hooks, which are made of them, have to go with them.
for _name in ("structure_hook", "structure_hook_func", "structure_hook_factory"):
    setattr(RouterConverter, f"register_{_name}", _forgetting(f"register_{_name}"))
    setattr(RouterConverter, f"register_un{_name}", _forgetting(f"register_un{_name}"))


def make_converter(
    *, engine: EngineName = "auto", forbid_extra_keys: bool = False, **cattrs_options: Any
) -> RouterConverter:
    """
    A new strict converter.

    Args:
        engine: ``"ujson"``; ``"msgspec"`` (the extra ``router-schema[fast]``); or ``"auto"``: msgspec if it is
            installed, else ujson.
        forbid_extra_keys: Whether a key that the schema does not name is an error, at every level.
        cattrs_options: As those of `cattrs.Converter`, such as ``use_alias`` or ``omit_if_default``.

    Raises:
        ImportError: The engine is asked for by name and not installed.
        ValueError: There is no engine of that name, or an option does not fit JSON objects.
    """
    overrides = {AbstractSet: list, **cattrs_options.pop("unstruct_collection_overrides", {})}
    return RouterConverter(
        engine=engine,
        forbid_extra_keys=forbid_extra_keys,
        unstruct_collection_overrides=overrides,
        **cattrs_options,
    )


_Plain = TypeVar("_Plain", covariant=True)


class _Unstructure(Protocol[_Plain]):
    """The type of `dumps` and `unstructure`: for what is no instance of an attrs class, they have to be told one."""

    @overload
    def __call__(self, obj: attrs.AttrsInstance) -> _Plain: ...

    @overload
    def __call__(self, obj: object, unstructure_as: Any) -> Any: ...


default_converter = make_converter()

loads = default_converter.loads
dumps: _Unstructure[str] = default_converter.dumps
structure = default_converter.structure
unstructure: _Unstructure[dict[str, Any]] = default_converter.unstructure
