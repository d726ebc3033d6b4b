"""The shipped schemas, and the classes of their events."""

from __future__ import annotations

from typing import Any

from .models import RouterCompletionsResponseBody
from .openai import Completion, CompletionChunk
from .orq import CreateCompletionData, CreateCompletionResponseBody

#: What ``--model`` calls the shipped schemas, the strictest first.
SCHEMAS: dict[str, type[Any]] = {
    "router": RouterCompletionsResponseBody,
    "orq": CreateCompletionResponseBody,
    "openai": Completion,
}

#: The class of an event's data where a whole body is of a shipped class. The model reference describes no stream.
EVENTS: dict[Any, type[Any]] = {
    RouterCompletionsResponseBody: CompletionChunk,
    CreateCompletionResponseBody: CreateCompletionData,
    Completion: CompletionChunk,
}
