"""``--format html``: a page with plots over time, which a browser opens without a network."""

from __future__ import annotations

from typing import TextIO

from ...logs.present.html import page
from ...logs.present.tables import tables_of
from ..stdio import write_lines
from .findings import Findings


def write(out: TextIO, findings: Findings) -> None:
    """Write the page, in ASCII: other characters as references, whatever the encoding of the stream."""
    _, *notes = findings.head()
    text = page(findings.report, tables_of(findings.report, findings.max_rows), findings.first_tables(), notes)
    write_lines(out, [text.encode("ascii", "xmlcharrefreplace").decode()])
