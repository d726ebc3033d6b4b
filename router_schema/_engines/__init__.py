"""
The engines: JSON text to builtins and instances, and back, one file each.

`ENGINES` registers them. ``auto`` is the first that can be imported.
"""

from __future__ import annotations

import functools
from importlib import import_module
from typing import Literal, get_args

from .base import Engine
from .strict import MAX_DEPTH, Data, exceeds_depth, parse_strictly

EngineName = Literal["auto", "native", "ujson"]

#: Each engine, the fastest first, and why it may be missing.
ENGINES = {
    "native": "it was not built: install a wheel of router-schema, or build from source with a C compiler",
    "ujson": "ujson is not installed",
}

__all__ = ["ENGINES", "MAX_DEPTH", "Data", "Engine", "EngineName", "exceeds_depth", "get_engine", "parse_strictly"]


@functools.cache
def get_engine(name: EngineName) -> Engine:
    """
    The engine called *name*.

    Raises:
        ImportError: The engine is not installed.
        ValueError: No engine has that name.
    """
    if name not in get_args(EngineName):
        raise ValueError(f"engine must be one of {', '.join(get_args(EngineName))}, not {name!r}")
    for candidate, reason in ENGINES.items():
        if name not in (candidate, "auto"):
            continue
        try:
            engine: Engine = import_module(f".{candidate}", __name__).make_engine()
            return engine
        except ImportError as error:
            if name != "auto" or candidate == "ujson":
                raise ImportError(f"engine {candidate!r} is not available: {reason}") from error
    raise AssertionError("unreachable: ujson is always there")
