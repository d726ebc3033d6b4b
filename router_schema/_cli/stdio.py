"""Standard streams: messages that can't control a terminal, and streams that can't be written to."""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Callable
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


def ascii_json(text: str) -> str:
    """JSON text in ASCII, which every encoding of standard output has."""
    # Non-ASCII characters occur only inside strings, where JSON escapes mean the same.
    return re.sub("[^ -~]+", lambda match: json.dumps(match[0])[1:-1], text)


def write_out(write: Callable[[TextIO], object]) -> None:
    """Call *write* with standard output. A reader that closes the pipe, as `head` does, has read enough."""
    try:
        write(sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        abandon(sys.stdout)


def write_lines(out: TextIO, lines: list[str]) -> None:
    """Write lines; see `escape_unencodable`."""
    escape_unencodable(out)
    out.write("\n".join(lines) + "\n")


def escape_unencodable(out: TextIO) -> None:
    """Have characters that the encoding of the stream lacks written as escapes."""
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="backslashreplace")


def terminal_for(stream: TextIO) -> Any:
    """The module that draws on terminals; None if *stream* is not a terminal or rich is not installed."""
    if not stream.isatty():
        return None
    try:
        from . import terminal
    except ImportError:
        return None
    return terminal
