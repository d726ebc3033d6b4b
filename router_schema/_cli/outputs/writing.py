"""How outputs write text."""

from __future__ import annotations

import io
from typing import TextIO


def write_lines(out: TextIO, lines: list[str]) -> None:
    """Write lines. Characters that the encoding of the stream lacks become escapes."""
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="backslashreplace")
    out.write("\n".join(lines) + "\n")
