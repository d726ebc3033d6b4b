"""Which hooks of a converter users registered. The others are those of cattrs, of its preconf modules, and ours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any

from cattrs import BaseConverter, Converter

from ._rules.source import Direction

Hook = Callable[..., Any]


def get_hook(converter: Converter, cl: Any, direction: Direction) -> Hook:
    """The hook of a type, which the converter does not cache."""
    get = converter.get_structure_hook if direction == "structure" else converter.get_unstructure_hook
    return get(cl, cache_result=False)


def replace_path_hook(converter: Converter) -> Converter:
    """Replace cattrs' own unstructure hook of paths, ``str``: users register that function too, and theirs counts."""
    if get_hook(converter, Path, "unstructure") is str:
        converter.register_unstructure_hook(Path, _path_text)
    return converter


def _path_text(path: Path) -> str:
    return str(path)


#: A converter without registered hooks: it has cattrs' defaults.
FRESH = replace_path_hook(Converter())

_dispatches: Any = (FRESH._structure_func, FRESH._unstructure_func)
#: The classes for which cattrs itself, or one of its preconf modules, registers hooks.
_KNOWN = frozenset({date, datetime}.union(*(dispatch._single_dispatch.registry for dispatch in _dispatches)))


def is_registered(hook: Hook, cl: Any, converter: Converter, direction: Direction) -> bool:
    """
    Whether a user registered *hook*: then it differs from the one that a new converter has.

    The hooks that cattrs' preconf modules register (dates, bytes in base 85, union passthrough) do not count: they
    coerce. Those of the strategies that users apply do. Two hooks do not count for a class that derives from theirs,
    although cattrs finds them: that of a scalar for an enum, since the field would hold a string, say, and no member;
    and that of ``date`` for ``datetime``, since the time would be lost.

    Args:
        hook: The hook that *converter* returns for *cl*.
        cl: A type.
        converter: A converter.
        direction: Which way it converts.
    """
    structuring = direction == "structure"
    dispatch: Any = converter._structure_func if structuring else converter._unstructure_func
    if "union_passthrough" in getattr(hook, "__qualname__", ""):
        return False
    if _is_from("cattrs.preconf", hook) or _is_inherited(hook, cl, dispatch):
        return False
    own = converter._struct_copy_skip if structuring else converter._unstruct_copy_skip
    if _is_from_registered_factory(hook, cl, dispatch, own):
        return True
    if _is_generated(hook):
        # cattrs generates a new hook each time, or keeps it in its direct dispatch; registered ones are elsewhere.
        is_kept = dispatch._direct_dispatch.get(cl) is hook
        return not is_kept and get_hook(converter, cl, direction) is hook
    if _is_own_entry(hook, cl, dispatch):  # it may still be what cattrs would use: ``identity``
        return True
    try:
        default = get_hook(FRESH, cl, direction)
    except RecursionError:
        raise
    except Exception:  # cattrs has none
        return True
    return not _is_same(hook, default, converter)


def _is_inherited(hook: Hook, cl: Any, dispatch: Any) -> bool:
    """Whether *cl* is an enum, and *hook* that of a scalar which it derives from; or a datetime, and that of date."""
    if not (isinstance(cl, type) and issubclass(cl, Enum | datetime)):
        return False
    registry = dispatch._single_dispatch.registry
    owner = next(base for base in cl.__mro__ if base in registry)  # cattrs registers a default for object
    return registry[owner] is hook and owner in (str, int, float, date)


def _is_own_entry(hook: Hook, cl: Any, dispatch: Any) -> bool:
    """Whether *hook* was registered for exactly the class *cl*, and cattrs itself registers none for it."""
    return isinstance(cl, type) and cl not in _KNOWN and dispatch._single_dispatch.registry.get(cl) is hook


def _is_from_registered_factory(hook: Hook, cl: Any, dispatch: Any, own: int) -> bool:
    """Whether *hook* comes from a predicate that a user registered; cattrs' *own* predicates are the last ones."""
    try:
        if dispatch._single_dispatch.dispatch(cl) is hook:  # these come first
            return False
    except Exception:  # *cl* is no class
        pass
    pairs = dispatch._function_dispatch._handler_pairs
    for predicate, make, *_ in pairs[: len(pairs) - own]:
        try:
            accepts = predicate(cl)
        except Exception:  # cattrs ignores it, too
            continue
        if accepts:
            return not (_is_from("router_schema._cattrs", make) or _is_from("cattrs.preconf", make))
    return False


def _is_from(module: str, function: Callable[..., Any]) -> bool:
    """Whether a hook, or a factory of hooks, is from a module or one inside it."""
    return (getattr(function, "__module__", None) or "").startswith(module)


def _is_generated(hook: Hook) -> bool:
    """Whether cattrs wrote the source of *hook*."""
    code = getattr(hook, "__code__", None)
    return code is not None and (code.co_filename == "" or code.co_filename.startswith("<cattrs generated"))


def _is_same(hook: Hook, default: Hook, converter: Converter) -> bool:
    """Whether *hook* is the default hook of *converter*, as *default* is that of a new converter."""
    if isinstance(owner := getattr(hook, "__self__", None), BaseConverter):
        # By name: subclasses of Converter override its methods.
        return owner is converter and hook.__name__ == getattr(default, "__name__", "")
    code = getattr(hook, "__code__", None)  # closures that cattrs makes anew
    return hook is default or (code is not None and code is getattr(default, "__code__", None))
