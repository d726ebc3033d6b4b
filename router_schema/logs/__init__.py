"""
Logs of completions: from many bodies to a report.

`check` reads JSON Lines and returns a `Report`, which merges with others; `compare` says what changed between two;
`iter_jsonl` decodes the lines to instances. `save_report` and `load_report` keep reports in files.
``router_schema.logs.dask`` does what `check` does on a cluster.
"""

from .checker import check
from .compare import Change, compare
from .decode import iter_jsonl
from .lines import ReadError
from .report import FieldUse, LeftOut, Place, Problem, Report, TypeCounts, UnknownKey, UsageTotals, ValueCount
from .saved import SavedReport, SavedReportError, load_report, save_report

__all__ = [
    "Change",
    "FieldUse",
    "LeftOut",
    "Place",
    "Problem",
    "ReadError",
    "Report",
    "SavedReport",
    "SavedReportError",
    "TypeCounts",
    "UnknownKey",
    "UsageTotals",
    "ValueCount",
    "check",
    "compare",
    "iter_jsonl",
    "load_report",
    "save_report",
]
