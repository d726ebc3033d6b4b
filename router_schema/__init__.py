"""Decode the completions of LLM routers into frozen attrs classes: strict, fast, and with every problem explained."""

from typing import TYPE_CHECKING

from .converter import RouterConverter, configure_converter, dumps, loads, make_converter, structure, unstructure
from .errors import DecodeError, EncodeError, FieldError, RouterSchemaError, ValidationError
from .models import (
    FinishReason,
    RouterCompletionsChoices,
    RouterCompletionsResponseBody,
    RouterCompletionsUsage,
)

if TYPE_CHECKING:
    from ._json_schema import json_schema
    from .logs import ReadError, Report, aiter_jsonl, check, iter_jsonl

__all__ = [
    "DecodeError",
    "EncodeError",
    "FieldError",
    "FinishReason",
    "ReadError",
    "Report",
    "RouterCompletionsChoices",
    "RouterCompletionsResponseBody",
    "RouterCompletionsUsage",
    "RouterConverter",
    "RouterSchemaError",
    "ValidationError",
    "aiter_jsonl",
    "check",
    "configure_converter",
    "dumps",
    "iter_jsonl",
    "json_schema",
    "loads",
    "make_converter",
    "structure",
    "unstructure",
]

__version__ = "0.3.0"

if not TYPE_CHECKING:  # pragma: no branch  # (to a type checker, every name would be one of the module)
    # Imported when first used: decoding a body needs none of them.
    _LAZY = {
        "ReadError": "logs",
        "Report": "logs",
        "aiter_jsonl": "logs",
        "check": "logs",
        "iter_jsonl": "logs",
        "json_schema": "_json_schema",
    }

    def __getattr__(name: str) -> object:
        if name not in _LAZY:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f".{_LAZY[name]}", __name__), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *_LAZY})
