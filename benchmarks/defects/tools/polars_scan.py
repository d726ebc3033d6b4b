"""
polars' `scan_ndjson` with a schema, in one thread, on the streaming engine.

`ignore_errors` makes a value of another type null; without it the first one ends the scan. Rows without any column are
counted apart, as for DuckDB. Unknown finish reasons are only counted: `value_counts` of an exploded list needs 800 MB.
"""

import os
from collections import Counter
from pathlib import Path

os.environ["POLARS_MAX_THREADS"] = "1"  # polars reads it when it is imported

import polars as pl

from benchmarks.defects.tools._tool import FINISH_REASONS, Tool

_CHOICE = pl.Struct({"index": pl.Float64, "text": pl.String(), "finish_reason": pl.String})
_USAGE = pl.Struct({"prompt_tokens": pl.Float64, "completion_tokens": pl.Float64, "total_tokens": pl.Float64})
_BODY = pl.Schema(
    {
        "id": pl.String(),
        "object": pl.String(),
        "created": pl.Float64(),
        "model": pl.String(),
        "system_fingerprint": pl.String(),
        "choices": pl.List(_CHOICE),
        "usage": _USAGE,
    }
)
_COUNTS = [field.name for field in _USAGE.fields]
_NUMBERS = {"created": pl.col("created"), **{name: pl.col("usage").struct.field(name) for name in _COUNTS}}


def _inspect(path: Path) -> Counter[str]:
    nothing = pl.all_horizontal(pl.col(name).is_null() for name in _BODY)
    choice = pl.col("choices").explode().drop_nulls().struct
    found = (
        pl.scan_ndjson(path, schema=_BODY, ignore_errors=True)
        .select(
            nothing.sum().alias("rows without columns"),
            *((pl.col(name).is_null() & ~nothing).sum() for name in _BODY),
            *((_NUMBERS[name].is_null() & pl.col("usage").is_not_null()).sum().alias(name) for name in _COUNTS),
            *((~number.is_finite()).sum().alias(f"{name} not finite") for name, number in _NUMBERS.items()),
            *(choice.field(field.name).is_null().sum().alias(field.name) for field in _CHOICE.fields),
            *(number.sum().alias(f"sum of {name}") for name, number in _NUMBERS.items()),
            pl.col("created").min().alias("first created"),
            pl.col("model").value_counts().implode().alias("models"),
            (~choice.field("finish_reason").is_in(FINISH_REASONS)).sum().alias("finish_reason not in the schema"),
        )
        .collect(engine="streaming")
        .row(0, named=True)
    )
    return +Counter({name: count for name, count in found.items() if isinstance(count, int)})


tool = Tool("polars, `scan_ndjson` with a schema", ("polars",), _inspect)
