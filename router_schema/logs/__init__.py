"""
Logs of completions: from many bodies to a report.

`check` reads JSON Lines and returns a `Report`, which merges with others; `compare` lists what changed between two;
`iter_jsonl` decodes the lines to instances. `save_report` and `load_report` keep reports in files.
``router_schema.logs.dask`` checks on a cluster.
"""

from .chance import Rate
from .checker import check
from .compare import Change, ChangeRule, compare
from .decode import aiter_jsonl, iter_jsonl
from .lines import ReadError
from .report import Report
from .rows import (
    FieldUse,
    Group,
    LeftOut,
    Place,
    Problem,
    Seen,
    TypeCounts,
    UnknownKey,
    UsageTotals,
    ValueCount,
)
from .saved import SavedReport, SavedReportError, load_report, save_report

__all__ = [
    "Change",
    "ChangeRule",
    "FieldUse",
    "Group",
    "LeftOut",
    "Place",
    "Problem",
    "Rate",
    "ReadError",
    "Report",
    "SavedReport",
    "SavedReportError",
    "Seen",
    "TypeCounts",
    "UnknownKey",
    "UsageTotals",
    "ValueCount",
    "aiter_jsonl",
    "check",
    "compare",
    "iter_jsonl",
    "load_report",
    "save_report",
]
