"""
polars' `scan_ndjson` with a schema, in one thread, on the streaming engine.

`ignore_errors` makes a value of another type null; without it the first one ends the scan. Rows without any column are
counted apart, as for DuckDB.
"""

import os
from collections import Counter
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"  # polars reads it when it is imported

import polars as pl

from benchmarks.defects.tools._tool import FINISH_REASONS, Tool

_CHOICE = {"index": pl.Float64, "text": pl.String, "finish_reason": pl.String}
_USAGE = {"prompt_tokens": pl.Float64, "completion_tokens": pl.Float64, "total_tokens": pl.Float64}
_BODY = {
    "id": pl.String,
    "object": pl.String,
    "created": pl.Float64,
    "model": pl.String,
    "system_fingerprint": pl.String,
    "choices": pl.List(pl.Struct(_CHOICE)),
    "usage": pl.Struct(_USAGE),
}
_NUMBERS = {"created": pl.col("created"), **{name: pl.col("usage").struct.field(name) for name in _USAGE}}


def _inspect(path: Path) -> Counter[str]:
    bodies = pl.scan_ndjson(path, schema=_BODY, ignore_errors=True)
    nothing = pl.all_horizontal(pl.col(name).is_null() for name in _BODY)
    choices = bodies.select(pl.col("choices").explode()).drop_nulls().unnest("choices")
    by_body = bodies.select(
        nothing.sum().alias("rows without columns"),
        *((pl.col(name).is_null() & ~nothing).sum().alias(name) for name in _BODY),
        *((_NUMBERS[name].is_null() & pl.col("usage").is_not_null()).sum().alias(name) for name in _USAGE),
        *((~number.is_finite()).sum().alias(f"{name} not finite") for name, number in _NUMBERS.items()),
        *(number.sum().alias(f"sum of {name}") for name, number in _NUMBERS.items()),
    )
    by_choice = choices.select(pl.col(name).is_null().sum() for name in _CHOICE)
    values = [frame.group_by(name).len() for frame, name in ((choices, "finish_reason"), (bodies, "model"))]
    nulls, of_choices, reasons, _ = pl.collect_all([by_body, by_choice, *values], engine="streaming")
    seen = {name: count for name, count in nulls.row(0, named=True).items() if not name.startswith("sum of")}
    unknown = {f"finish_reason {name}": count for name, count in reasons.rows() if name and name not in FINISH_REASONS}
    return +Counter(seen | of_choices.row(0, named=True) | unknown)


tool = Tool("polars, `scan_ndjson` with a schema", ("polars",), _inspect)
