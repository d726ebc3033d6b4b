"""How outputs write text."""

from __future__ import annotations

import io
from typing import TextIO


def write_lines(out: TextIO, lines: list[str]) -> None:
    """Write lines."""
    escape_unencodable(out)
    out.write("\n".join(lines) + "\n")


def escape_unencodable(out: TextIO) -> None:
    """Have characters that the encoding of the stream lacks written as escapes."""
    if isinstance(out, io.TextIOWrapper):
        out.reconfigure(errors="backslashreplace")
