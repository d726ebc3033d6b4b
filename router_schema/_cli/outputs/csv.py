"""``--format csv``: one table as comma-separated values."""

from __future__ import annotations

import csv
import io
from typing import TextIO

from ...logs.present.records import records_of
from ...logs.present.tables import printable
from .findings import Findings
from .writing import write_lines


def write(out: TextIO, findings: Findings) -> None:
    """Write a line of names, and one for each row. Escape control characters: a terminal may show the text."""
    records = records_of(findings.report, findings.changes, findings.table)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in records.fields)
    for row in records.rows:
        writer.writerow(printable(value) if isinstance(value, str) else value for value in row)
    write_lines(out, text.getvalue().splitlines())
