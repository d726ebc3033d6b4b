"""
Streams of completions: server-sent events to validated instances, and to a whole completion.

`SSEDecoder` turns bytes into events, `iter_stream` and `aiter_stream` turn them into instances, an `Assembler` makes a
completion of these, and `encode_event` and `DONE` write a stream. Nothing in here does I/O.
"""

from ..errors import IncompleteStreamError, StreamError
from ._assembler import Assembler
from ._encoder import DONE, encode_event
from ._reader import AsyncStream, Stream, aiter_stream, iter_stream
from ._sse import Comment, Event, SSEDecoder

__all__ = [
    "DONE",
    "Assembler",
    "AsyncStream",
    "Comment",
    "Event",
    "IncompleteStreamError",
    "SSEDecoder",
    "Stream",
    "StreamError",
    "aiter_stream",
    "encode_event",
    "iter_stream",
]
