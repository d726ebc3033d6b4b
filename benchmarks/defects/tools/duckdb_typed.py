"""
DuckDB's `read_ndjson` with typed columns, in one thread.

A column that is null in a row where other columns are not was missing, null or of a type that can't be cast. The rows
without any column are counted apart: lines that `ignore_errors` leaves empty, and objects of another kind.
"""

from collections import Counter
from pathlib import Path

import duckdb

from benchmarks.defects.tools._tool import FINISH_REASONS, Tool

_SQL = """
WITH bodies AS MATERIALIZED (
    SELECT *, id IS NULL AND model IS NULL AND created IS NULL AND choices IS NULL AND usage IS NULL AS nothing
    FROM read_ndjson($path, ignore_errors = true, columns = {
        id: 'VARCHAR', object: 'VARCHAR', created: 'DOUBLE', model: 'VARCHAR', system_fingerprint: 'VARCHAR',
        choices: 'STRUCT("index" DOUBLE, "text" VARCHAR, finish_reason VARCHAR)[]',
        usage: 'STRUCT(prompt_tokens DOUBLE, completion_tokens DOUBLE, total_tokens DOUBLE)'})
), choices AS (SELECT unnest(choices, recursive := true) FROM bodies)
SELECT
    count_if(nothing) AS "rows without columns",
    count_if(id IS NULL AND NOT nothing) AS "id",
    count_if(object IS NULL AND NOT nothing) AS "object",
    count_if(created IS NULL AND NOT nothing) AS "created",
    count_if(model IS NULL AND NOT nothing) AS "model",
    count_if(system_fingerprint IS NULL AND NOT nothing) AS "system_fingerprint",
    count_if(choices IS NULL AND NOT nothing) AS "choices",
    count_if(usage IS NULL AND NOT nothing) AS "usage",
    count_if(usage.prompt_tokens IS NULL AND usage IS NOT NULL) AS "prompt_tokens",
    count_if(usage.completion_tokens IS NULL AND usage IS NOT NULL) AS "completion_tokens",
    count_if(usage.total_tokens IS NULL AND usage IS NOT NULL) AS "total_tokens",
    count_if(NOT isfinite(created)) AS "created not finite",
    count_if(NOT isfinite(usage.prompt_tokens)) AS "prompt_tokens not finite",
    count_if(NOT isfinite(usage.completion_tokens)) AS "completion_tokens not finite",
    count_if(NOT isfinite(usage.total_tokens)) AS "total_tokens not finite",
    (SELECT count_if("index" IS NULL) FROM choices) AS "index",
    (SELECT count_if("text" IS NULL) FROM choices) AS "text",
    (SELECT count_if(finish_reason IS NULL) FROM choices) AS "finish_reason",
    histogram(model), histogram(object), min(created), max(created),
    sum(usage.prompt_tokens), sum(usage.completion_tokens), sum(usage.total_tokens),
    (SELECT histogram(finish_reason) FROM choices) AS reasons
FROM bodies
"""
_COUNTS = 18
"""How many of the columns count bodies with nulls; the others are the aggregates of a report's tables."""


def _inspect(path: Path) -> Counter[str]:
    with duckdb.connect(config={"threads": 1}) as connection:
        result = connection.execute(_SQL, {"path": str(path)})
        names = [column[0] for column in result.description or ()]
        row = result.fetchone() or ()
    nulls = dict(zip(names[:_COUNTS], row[:_COUNTS], strict=True))
    reasons = {f"finish_reason {name}": count for name, count in row[-1].items() if name not in FINISH_REASONS}
    return +Counter(nulls | reasons)


tool = Tool("DuckDB, typed `read_ndjson`", ("duckdb",), _inspect)
