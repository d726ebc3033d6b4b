"""``--format csv``: one table as comma-separated values."""

from __future__ import annotations

import csv
from typing import TextIO

from ...logs.present.records import records_of
from ...logs.present.tables import printable
from ..stdio import escape_unencodable
from .findings import Findings


def write(out: TextIO, findings: Findings) -> None:
    """Write a line of names, and one for each row. Escape control characters: a terminal may show the text."""
    records = records_of(findings.report, findings.changes, findings.table)
    escape_unencodable(out)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(field.name for field in records.fields)
    for row in records.rows:
        writer.writerow(printable(value) if isinstance(value, str) else value for value in row)
