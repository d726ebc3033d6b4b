"""
The engines: JSON text to builtins and instances, and back, one file each.

`ENGINES` registers them. ``auto`` is the first that can be imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import Literal, get_args

from .base import Engine
from .strict import Data, parse_strictly

EngineName = Literal["auto", "native", "ujson"]

#: Each engine, the fastest first, and what to do where it is missing.
ENGINES = {
    "native": "it was not built: install a wheel of router-schema, or build from source with a C compiler",
    "ujson": "install ujson",
}

__all__ = ["ENGINES", "Data", "Engine", "EngineName", "get_engine", "parse_strictly"]


def _load(name: str) -> Engine | ImportError:
    try:
        engine: Engine = import_module(f".{name}", __name__).ENGINE
    except ImportError as error:
        return error.with_traceback(None)
    return engine


# Made now, and not on first use: a child forked while a thread imports would wait for the import's lock forever.
_ENGINES = {name: _load(name) for name in ENGINES}


def get_engine(name: EngineName) -> Engine:
    """
    The engine called *name*.

    Raises:
        ImportError: The engine is not installed.
        ValueError: No engine has that name.
    """
    if name not in get_args(EngineName):
        raise ValueError(f"engine must be one of {', '.join(get_args(EngineName))}, not {name!r}")
    reason: ImportError | None = None
    for candidate in ENGINES if name == "auto" else [name]:
        found = _ENGINES[candidate]
        if isinstance(found, Engine):
            return found
        reason = found
    raise ImportError(f"engine {candidate!r} is not available: {ENGINES[candidate]}") from reason
