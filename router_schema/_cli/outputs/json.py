"""``--format json``: the report for programs, as `dumps` writes it; with changes, an object of both."""

from __future__ import annotations

import json
import re
from typing import TextIO

import attrs

from ...converter import dumps
from .findings import Findings
from .writing import write_lines


def write(out: TextIO, findings: Findings) -> None:
    """Write one line of ASCII."""
    text = dumps(findings.report)
    if findings.changes is not None:
        changes = json.dumps([attrs.asdict(change) for change in findings.changes])
        text = f'{{"report":{text},"changes":{changes}}}'
    # Other characters than ASCII's are inside strings, where their JSON escapes mean the same in every encoding.
    write_lines(out, [re.sub("[^ -~]+", lambda match: json.dumps(match[0])[1:-1], text)])
