"""``--format json``: the report for programs, as it is saved; with changes, an object of both."""

from __future__ import annotations

import json
from typing import TextIO

import attrs

from ...logs.saved import to_text
from ..stdio import ascii_json, write_lines
from .findings import Findings


def write(out: TextIO, findings: Findings) -> None:
    """Write one line of ASCII."""
    text = to_text(findings.report, partial=findings.is_partial)
    if findings.changes is not None:
        changes = json.dumps([attrs.asdict(change) for change in findings.changes])
        text = f'{{"report":{text},"changes":{changes}}}'
    write_lines(out, [ascii_json(text)])
