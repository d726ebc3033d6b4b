"""
The converter: cattrs with strict hooks. `loads`, `dumps`, `structure` and `unstructure` are methods of a default one.

Each type has a rule, which is the slow path: it accepts or rejects, and reports every problem. A fast path, compiled or
native, returns what the rule would, or steps aside.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

import attrs
from cattrs import Converter

from ._cattrs import configure_converter, structure_rule, unstructure_rule
from ._engines import Data, EngineName, get_engine
from ._rules.runner import make_function
from ._rules.source import compile_rule, source_of
from .errors import DecodeError
from .models import RouterCompletionsResponseBody

__all__ = [
    "RouterConverter",
    "configure_converter",
    "default_converter",
    "dumps",
    "loads",
    "make_converter",
    "structure",
    "unstructure",
]

T = TypeVar("T")


class RouterConverter(Converter):
    """
    A strict cattrs converter that reads and writes JSON text. `make_converter` makes one.

    Threads can share it.
    """

    # Slots are faster to read; the first two keep instances open to mocks and weak references.
    __slots__ = ("__dict__", "__weakref__", "_dumps_hooks", "_loads_hooks", "_structure_hooks", "_unstructure_hooks")

    def __init__(self, *args: Any, engine: EngineName = "auto", **kwargs: Any) -> None:
        # By type. Plain dicts: a dict subclass costs measurable time on a 1 µs call.
        self._loads_hooks: dict[Any, Callable[[Data], Any]] = {}
        self._dumps_hooks: dict[Any, Callable[[Any], str]] = {}
        self._structure_hooks: dict[Any, Callable[[Any], Any]] = {}
        self._unstructure_hooks: dict[Any, Callable[[Any], Any]] = {}
        self._engine = get_engine(engine)
        super().__init__(*args, **kwargs)
        configure_converter(self)

    @property
    def engine(self) -> str:
        """Which engine reads and writes the text, ``"native"`` or ``"ujson"``."""
        return self._engine.name

    @overload
    def loads(self, data: Data) -> RouterCompletionsResponseBody: ...

    @overload
    def loads(self, data: Data, cl: type[T]) -> T: ...

    def loads(self, data: Data, cl: Any = RouterCompletionsResponseBody) -> Any:
        """
        Decode JSON text to an instance of *cl*.

        Args:
            data: JSON as ``bytes``, ``bytearray`` or ``memoryview`` (UTF-8), or as ``str``.
            cl: An attrs class, or a type built from one, such as ``list[Body]`` or ``dict[str, Body]``.

        Returns:
            An instance of *cl*.

        Raises:
            DecodeError: *data* is not JSON.
            ValidationError: Valid JSON that does not match *cl*; the error lists every problem.
            TypeError: *data* is of another type, or a field of *cl* has a type that is not supported.
        """
        hook = self._loads_hooks.get(cl)
        if hook is None:
            hook = self.get_loads_hook(cl)
        try:
            return hook(data)
        except RecursionError:  # the stack is too full even for the slow path
            pass
        raise DecodeError.__new__(DecodeError, "nested too deeply")  # calling the class would take another frame

    def dumps(self, obj: Any, unstructure_as: Any = None) -> str:
        """
        Encode an instance as compact JSON text: keys in schema order, integral numbers as integers.

        Args:
            obj: An instance of an attrs class.
            unstructure_as: The type of *obj*, if it is not an attrs instance: ``list[RouterCompletionsResponseBody]``.

        Returns:
            The text, on one line. Characters that are not ASCII are not escaped.

        Raises:
            EncodeError: *obj* holds a value that its schema does not allow; the error lists every problem.
            TypeError: A field of its class has a type that is not supported.
        """
        cl = type(obj) if unstructure_as is None else unstructure_as
        hook = self._dumps_hooks.get(cl)
        if hook is None:
            hooks = self._dumps_hooks
            hook = hooks[cl] = self._engine.make_dumps(unstructure_rule(cl, self))
        return hook(obj)

    @overload
    def structure(self, obj: Any) -> RouterCompletionsResponseBody: ...

    @overload
    def structure(self, obj: Any, cl: type[T]) -> T: ...

    def structure(self, obj: Any, cl: Any = RouterCompletionsResponseBody) -> Any:
        """
        Convert parsed JSON to an instance of *cl*.

        Args:
            obj: Dicts, lists, strings, numbers, booleans and None.
            cl: An attrs class, or a type built from one, such as ``list[Body]`` or ``dict[str, Body]``.

        Raises:
            ValidationError: *obj* does not match *cl*; the error lists every problem.
            DecodeError: *obj* is nested too deeply for the interpreter's stack, or contains itself.
            TypeError: A field of *cl* has a type that is not supported.
        """
        hook = self._structure_hooks.get(cl)
        if hook is None:
            hooks = self._structure_hooks
            hook = hooks[cl] = make_function(structure_rule(cl, self), "structure")
        return hook(obj)

    def unstructure(self, obj: Any, unstructure_as: Any = None) -> Any:
        """
        Convert an instance to plain builtins: what `dumps` writes, as a dict.

        Args:
            obj: An instance of an attrs class.
            unstructure_as: The type of *obj*, if it is not an attrs instance: ``list[RouterCompletionsResponseBody]``.

        Raises:
            EncodeError: *obj* holds a value that its schema does not allow; the error lists every problem.
            TypeError: A field of its class has a type that is not supported.
        """
        cl = type(obj) if unstructure_as is None else unstructure_as
        hook = self._unstructure_hooks.get(cl)
        if hook is None:
            hooks = self._unstructure_hooks
            hook = hooks[cl] = make_function(unstructure_rule(cl, self), "unstructure")
        return hook(obj)

    def parse(self, data: Data) -> Any:
        """
        Parse JSON text to builtins with the converter's engine. No schema is applied.

        A number that is too large for a double becomes an infinity, and an integer of more than 4,300 digits an object
        that `structure` rejects.

        Raises:
            DecodeError: *data* is not JSON.
            TypeError: *data* is neither text nor bytes.
        """
        return self._engine.parse_or_explain(data)

    def get_loads_hook(self, cl: type[T]) -> Callable[[Data], T]:
        """
        Return ``loads`` for one class, without the lookup: for a loop that decodes many texts.

        Like every cattrs hook, it uses the hooks that were registered when it was made. Call this again after
        registering another.
        """
        hooks = self._loads_hooks  # registering a hook meanwhile replaces the dict
        hook = hooks.get(cl)
        if hook is None:
            hook = hooks[cl] = self._engine.make_loads(structure_rule(cl, self))
        return hook

    def get_source(self, cl: Any) -> str:
        """
        Return the source of the two functions that are compiled for *cl*: builtins to instance, and back.

        Debuggers and tracebacks show the same text.
        """
        structure = compile_rule(structure_rule(cl, self), "structure")
        unstructure = compile_rule(unstructure_rule(cl, self), "unstructure")
        return f"{source_of(structure.function)}\n{source_of(unstructure.function)}"

    def copy(self, *args: Any, **kwargs: Any) -> RouterConverter:
        """Return an independent copy with the same hooks and engine. Arguments as for `cattrs.Converter.copy`."""
        copied: RouterConverter = super().copy(*args, **kwargs)
        copied._engine = self._engine
        copied._union_struct_registry.update(self._union_struct_registry)  # cattrs forgets these hooks
        return copied

    __copy__ = copy


def _invalidating(name: str) -> Any:
    """The registration method *name*, which also discards the hooks made so far."""
    register_in_cattrs = getattr(Converter, name)

    @functools.wraps(register_in_cattrs)
    def register(self: RouterConverter, *args: Any, **kwargs: Any) -> Any:
        if name.endswith("factory") and len(args) + len(kwargs) == 1:
            return lambda factory: register(self, *args, factory=factory, **kwargs)  # used as a decorator
        result = register_in_cattrs(self, *args, **kwargs)
        # Replace, do not clear: another thread may still write a stale hook into the old dict.
        self._loads_hooks, self._dumps_hooks = {}, {}
        self._structure_hooks, self._unstructure_hooks = {}, {}
        return result

    return register


# When a hook is registered, cattrs discards the hooks that it made. Ours are built on them: discard them too.
for _name in ("structure_hook", "structure_hook_func", "structure_hook_factory"):
    setattr(RouterConverter, f"register_{_name}", _invalidating(f"register_{_name}"))
    setattr(RouterConverter, f"register_un{_name}", _invalidating(f"register_un{_name}"))


def make_converter(
    *, engine: EngineName = "auto", forbid_extra_keys: bool = False, **cattrs_options: Any
) -> RouterConverter:
    """
    Make a strict converter.

    Args:
        engine: ``"native"`` (the C extension), ``"ujson"``, or ``"auto"``: native if it was built, else ujson.
        forbid_extra_keys: Whether a key that the schema does not name is an error, at every level.
        cattrs_options: Options of `cattrs.Converter`, such as ``use_alias`` or ``omit_if_default``.

    Raises:
        ImportError: *engine* names an engine that is not installed.
        ValueError: No engine has that name, or an option does not suit JSON objects.
        TypeError: cattrs has no such option.
    """
    return RouterConverter(engine=engine, forbid_extra_keys=forbid_extra_keys, **cattrs_options)


#: The converter behind `loads`, `dumps`, `structure` and `unstructure`. It is shared: register no hooks on it.
default_converter: RouterConverter = make_converter()


def converter_or_default(converter: RouterConverter | None) -> RouterConverter:
    """
    *converter*; the default one for None.

    Raises:
        TypeError: It is anything else, such as a cattrs converter, which doesn't decode text.
    """
    if converter is None:
        return default_converter
    if not isinstance(converter, RouterConverter):
        raise TypeError(f"converter must be a RouterConverter (see make_converter), not {type(converter).__name__}")
    return converter


# The methods themselves: wrappers would cost a tenth of the time of a small body.
loads = default_converter.loads
structure = default_converter.structure

if TYPE_CHECKING:
    # What type checkers and editors show; anything but an attrs instance needs *unstructure_as*.
    @overload
    def dumps(obj: attrs.AttrsInstance) -> str: ...
    @overload
    def dumps(obj: object, unstructure_as: Any) -> str: ...
    def dumps(obj: object, unstructure_as: Any = None) -> Any: ...

    @overload
    def unstructure(obj: attrs.AttrsInstance) -> dict[str, Any]: ...
    @overload
    def unstructure(obj: object, unstructure_as: Any) -> Any: ...
    def unstructure(obj: object, unstructure_as: Any = None) -> Any: ...

else:
    dumps = default_converter.dumps
    unstructure = default_converter.unstructure
