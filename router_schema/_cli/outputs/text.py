"""``--format text``: a coloured report on a terminal, if rich is installed; plain text otherwise."""

from __future__ import annotations

from typing import TextIO

from ...logs.present.tables import as_lines
from ..stdio import escape_unencodable, terminal_for, write_lines
from .findings import Findings


def write(out: TextIO, findings: Findings) -> None:
    """Write the report for people."""
    terminal = terminal_for(out)
    if terminal is not None:
        escape_unencodable(out)
        terminal.write_report(out, findings.head(), findings.tables(), findings.report.ok)
    else:
        write_lines(out, as_lines(findings.head(), findings.tables()))
