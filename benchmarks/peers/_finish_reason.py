"""The one enum of the schema, shared so that every peer with models of its own converts the same values."""

from enum import Enum


class FinishReason(str, Enum):
    """Why the model stopped."""

    STOP = "stop"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"
    TOOL_CALLS = "tool_calls"
