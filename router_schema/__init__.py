"""Decode the completions of LLM routers into frozen attrs classes: strict, and at the speed of the JSON parser."""

from .converter import RouterConverter, configure_converter, dumps, loads, make_converter, structure, unstructure
from .errors import DecodeError, EncodeError, FieldError, RouterSchemaError, ValidationError
from .models import (
    FinishReason,
    RouterCompletionsChoices,
    RouterCompletionsResponseBody,
    RouterCompletionsUsage,
)

__all__ = [
    "DecodeError",
    "EncodeError",
    "FieldError",
    "FinishReason",
    "RouterCompletionsChoices",
    "RouterCompletionsResponseBody",
    "RouterCompletionsUsage",
    "RouterConverter",
    "RouterSchemaError",
    "ValidationError",
    "configure_converter",
    "dumps",
    "loads",
    "make_converter",
    "structure",
    "unstructure",
]

__version__ = "0.1.0"
