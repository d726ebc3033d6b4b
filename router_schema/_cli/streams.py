"""Standard streams: messages that can't control a terminal, and streams that can't be written to."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any, TextIO

from ..logs.present.tables import printable


def complain(message: str) -> None:
    """Write a message to standard error, if that can be written to."""
    with suppress(OSError):
        print(f"router-schema: {printable(message)}", file=sys.stderr)


def abandon(stream: TextIO) -> None:
    """Discard what *stream* could not write: the interpreter would try to write it again when it ends."""
    with suppress(OSError), open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())


def terminal_for(stream: TextIO) -> Any:
    """The module that draws on terminals; None if *stream* is no terminal or rich is not installed."""
    if not stream.isatty():
        return None
    try:
        from . import terminal
    except ImportError:
        return None
    return terminal
