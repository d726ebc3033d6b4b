"""
How attrs constructs an instance, and two ways of doing the same.

The compiled functions skip ``__init__`` where it only stores the fields (`is_simple`). The slow path constructs step by
step, so that it reports a rejected value at its field. It never calls the constructor first and locates the failure
afterwards: a converter that structures its value would run twice at each level, 2**n times in all.
"""

from __future__ import annotations

import functools
import inspect
import types
from typing import Any

import attrs

from ..errors import Path
from .base import INVALID, ErrorCollector
from .hooks import call_user_code

_ABSENT: Any = object()

#: CPython's flag of the classes that a ``class`` statement made.
_HEAP_TYPE = 1 << 9


def is_decorated(cl: type) -> bool:
    """Whether *cl* itself, not just a parent, is an attrs class."""
    return "__attrs_attrs__" in cl.__dict__


def has_plain_init(cl: type[attrs.AttrsInstance]) -> bool:
    """Whether constructing a *cl* is exactly: defaults, converters, stores, validators, ``__attrs_post_init__``."""
    properties = attrs.inspect(cl)
    return (
        properties.added_init
        and properties.hashability is not attrs.ClassProps.Hashability.HASHABLE_CACHED
        and not hasattr(cl, "__attrs_pre_init__")
        and not hasattr(cl, "__del__")  # it could run on an incomplete instance
        and cl.__new__ in (object.__new__, Exception.__new__)
        and type(cl).__call__ is type.__call__
        and (
            properties.is_frozen
            or cl.__setattr__ is object.__setattr__
            or getattr(cl, "__attrs_own_setattr__", False)  # attrs wrote it, and does not call it in __init__
        )
    )


def has_plain_layout(cl: Any) -> bool:
    """Whether an instance of *cl* is its slots and ``__dict__`` alone, so that C code can allocate and read it."""
    is_python = all(base.__flags__ & _HEAP_TYPE for base in cl.__mro__[:-1])  # no parent is written in C
    return is_python and cl.__new__ is object.__new__ and cl.__getattribute__ is object.__getattribute__


def is_replaced(cl: type, name: str) -> bool:
    """Whether a property, or another descriptor that runs code, took the place of an attribute of *cl*."""
    found = inspect.getattr_static(cl, name, None)
    return hasattr(type(found), "__set__") and not isinstance(found, types.MemberDescriptorType)


def is_shadowed(cl: type, attribute: attrs.Attribute[Any]) -> bool:
    """Whether attrs stores a field where reading it never looks: in ``__dict__``, behind the slot of a parent."""
    properties, found = attrs.inspect(cl), inspect.getattr_static(cl, attribute.name, None)
    stores_in_dict = properties.is_frozen and not properties.is_slotted and not attribute.inherited  # type: ignore[attr-defined]
    return stores_in_dict and isinstance(found, types.MemberDescriptorType)


def is_simple(cl: type[attrs.AttrsInstance]) -> bool:
    """Whether the constructor of *cl* only stores the fields, so that it need not be called."""
    return (
        has_plain_init(cl)
        and not attrs.inspect(cl).is_exception
        and not hasattr(cl, "__attrs_post_init__")
        and (attrs.inspect(cl).is_frozen or cl.__setattr__ is object.__setattr__)
        and all(
            field.init
            and field.validator is None
            and field.converter is None
            and not (isinstance(field.default, attrs.Factory) and field.default.takes_self)  # type: ignore[arg-type]
            and not is_replaced(cl, field.name)
            for field in attrs.fields(cl)
        )
    )


def only_stores(cl: type[attrs.AttrsInstance]) -> bool:
    """Whether constructing a *cl* runs no code of the user, not even a default's factory."""
    return is_simple(cl) and not any(isinstance(field.default, attrs.Factory) for field in attrs.fields(cl))  # type: ignore[arg-type]


def runs_user_code(factory: Any) -> bool:
    """Whether a default's *factory* is anything but a builtin type or a class that only stores its fields."""
    if not isinstance(factory, type):
        return True
    return factory.__module__ != "builtins" and not (attrs.has(factory) and only_stores(factory))


def has_user_factory(cl: type[attrs.AttrsInstance]) -> bool:
    """Whether user code makes a default of *cl*, be it of a field that the JSON omits."""
    defaults: list[Any] = [attribute.default for attribute in attrs.fields(cl)]
    return any(isinstance(default, attrs.Factory) and runs_user_code(default.factory) for default in defaults)  # type: ignore[arg-type]


def twin_of(cl: type[attrs.AttrsInstance]) -> type | None:
    """
    A class of the same slots that is not frozen: fill it by plain stores, then set ``__class__`` to *cl*.

    None where *cl* is not simple, or where CPython finds that the layouts differ.
    """
    if not (is_simple(cl) and attrs.inspect(cl).is_slotted):
        return None
    slots = [base.__dict__.get("__slots__", ()) for base in cl.__mro__]
    names = tuple(name for slot in slots for name in ((slot,) if isinstance(slot, str) else slot))
    twin = type(f"{cl.__name__}_twin", (), {"__slots__": names})
    try:
        twin().__class__ = cl
    except TypeError:
        return None
    return twin


def default_for(attribute: attrs.Attribute[Any], instance: object) -> Any:
    """The default of *attribute* for *instance*."""
    default: Any = attribute.default
    if not isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return default
    return default.factory(instance) if default.takes_self else default.factory()


def construct(
    cl: type[attrs.AttrsInstance],
    arguments: dict[str, Any],
    value: dict[str, Any],
    keys: dict[str, str],
    path: Path,
    errors: ErrorCollector,
) -> Any:
    """
    An instance of *cl*, or `INVALID` once the problems are recorded. Calls each piece of user code at most once.

    Args:
        cl: The class.
        arguments: What its constructor gets.
        value: The JSON object that holds them.
        keys: The JSON key of each field, by attribute name.
        path: Where the object is.
        errors: Collects the problems.
    """
    if not has_plain_init(cl):
        return call_user_code(lambda: cl(**arguments), "constructor", value, path, errors)
    before = errors.count
    instance = cl.__new__(cl)
    for attribute in attrs.fields(cl):
        key = keys.get(attribute.name, attribute.name)
        item = _value_of(attribute, instance, arguments, value.get(key), (path, key), errors)
        if item is not _ABSENT and item is not INVALID:
            object.__setattr__(instance, attribute.name, item)
    if errors.count == before and not attrs.validators.get_disabled():
        for attribute in attrs.fields(cl):
            if attribute.validator is not None:
                key = keys.get(attribute.name, attribute.name)
                item = getattr(instance, attribute.name, None)
                validate = functools.partial(attribute.validator, instance, attribute, item)
                call_user_code(validate, "validator", value.get(key), (path, key), errors)
    if errors.count == before and hasattr(cl, "__attrs_post_init__"):
        call_user_code(instance.__attrs_post_init__, "constructor", value, path, errors)  # type: ignore[attr-defined]
    if isinstance(instance, Exception) and errors.count == before:
        Exception.__init__(instance, *(getattr(instance, field.name) for field in attrs.fields(cl) if field.init))
    return instance if errors.count == before else INVALID


def _value_of(
    attribute: attrs.Attribute[Any],
    instance: object,
    arguments: dict[str, Any],
    given: Any,
    path: Path,
    errors: ErrorCollector,
) -> Any:
    """The argument for *attribute* or its default, converted; `INVALID` if that fails; `_ABSENT` if there is none."""
    item = arguments.get(attribute.alias or attribute.name, _ABSENT) if attribute.init else _ABSENT
    if item is _ABSENT and attribute.default is not attrs.NOTHING:
        item = call_user_code(functools.partial(default_for, attribute, instance), "default", given, path, errors)
    if attribute.converter is None or item is _ABSENT or item is INVALID:
        return item
    convert: Any = attribute.converter
    extra = (instance, attribute) if isinstance(convert, attrs.Converter) else ()
    return call_user_code(functools.partial(convert, item, *extra), "converter", given, path, errors)
