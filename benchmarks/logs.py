"""
How `check` compares with reading the same log by other means: CPU time, interleaved, as the median of the ratios.

    python -m benchmarks.logs [--size 100M] [--rounds 5] [--old PATH]

``--old`` is a folder with the sources of 0.2.0, for the ratio of the ujson engines. What a ratio must be and aims at is
in `ROWS`. `benchmarks.defects` compares which defects each tool reports.
"""

import argparse
import copy
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import orjson

from benchmarks import make_log
from benchmarks.peers import msgspec_struct
from router_schema import check, make_converter

_ROOT = Path(__file__).parent.parent

#: How many bodies the logs of hostile or broken bodies have.
_BODIES = 40_000

_SQL = """
WITH bodies AS MATERIALIZED (
    SELECT * FROM read_ndjson('{path}', ignore_errors = true, columns = {{
        id: 'VARCHAR', object: 'VARCHAR', created: 'DOUBLE', model: 'VARCHAR', system_fingerprint: 'VARCHAR',
        choices: 'STRUCT("index" DOUBLE, "text" VARCHAR, finish_reason VARCHAR)[]',
        usage: 'STRUCT(prompt_tokens DOUBLE, completion_tokens DOUBLE, total_tokens DOUBLE)'}})
), choices AS (SELECT unnest(choices) AS choice FROM bodies)
SELECT count(*), count(id), count(created), count(system_fingerprint), count(usage), count(usage.total_tokens),
    histogram(model), histogram(object), min(created), max(created),
    sum(usage.prompt_tokens), sum(usage.completion_tokens), sum(usage.total_tokens),
    (SELECT (count(choice.text), count(choice.index), histogram(choice.finish_reason)) FROM choices)
FROM bodies
"""


class Row(NamedTuple):
    """A ratio of two tasks, and what it must and should be at most."""

    name: str
    one: str
    other: str
    must: float
    aim: float


ROWS = (
    Row("check / DuckDB read_ndjson, typed, one thread", "check", "duckdb", 1.0, 0.5),
    Row("check / orjson.loads loop", "check", "orjson", 0.8, 0.4),
    Row("check / msgspec Struct loop that counts refusals", "check", "msgspec", 0.9, 0.5),
    Row("nine of ten invalid / all valid", "invalid", "valid", 1.3, 1.1),
    Row("every body a new unknown key / plain", "unknown", "valid", 8, 4),
    Row("102 problems a body / 24 problems a body", "102", "24", 4, 2),
    Row("ujson engine / 0.2.0's ujson engine", "ujson", "old", 1.3, 1.0),
)


def duckdb_task(path: Path) -> Callable[[], object]:
    """Aggregate with DuckDB what the tables of a report hold."""
    import duckdb

    connection = duckdb.connect(config={"threads": 1})
    query = _SQL.format(path=path)
    return lambda: connection.execute(query).fetchall()


def orjson_task(path: Path) -> Callable[[], object]:
    """Parse each line, and keep nothing."""

    def run() -> None:
        with path.open("rb") as file:
            for line in file:
                orjson.loads(line)

    return run


def msgspec_task(path: Path) -> Callable[[], object]:
    """Decode each line, and count those that are refused."""
    decode, refusals = msgspec_struct.peer.decode, Exception

    def run() -> int:
        refused = 0
        with path.open("rb") as file:
            for line in file:
                try:
                    decode(line)
                except refusals:
                    refused += 1
        return refused

    return run


def old_task(sources: Path, path: Path) -> Callable[[], float]:
    """Check with 0.2.0, in a separate process that returns its CPU seconds without those of the import."""
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "import router_schema as r; assert r.__version__ == '0.2.0'\n"
        "converter = r.make_converter(engine='ujson'); start = time.process_time()\n"
        "r.check(sys.argv[2], converter=converter); print(time.process_time() - start)"
    )

    def run() -> float:
        command = [sys.executable, "-P", "-c", code, str(sources), str(path)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True, cwd=sources).stdout)

    return run


# --- logs ---


def break_body(number: int, body: dict[str, Any]) -> None:
    """Break nine of ten bodies, each in one of nine ways."""
    choice, usage = body["choices"][0], body["usage"]
    changes: list[Callable[[], object]] = [
        lambda: None,
        lambda: body.pop("id"),
        lambda: body.update(created=str(body["created"])),
        lambda: choice.update(finish_reason="eos"),
        lambda: usage.update(total_tokens="x"),
        lambda: body.update(model=None),
        lambda: choice.update(text=1),
        lambda: body.update(usage=None),
        lambda: choice.pop("index"),
        lambda: body.update(object=7),
    ]
    changes[number % 10]()


def log_of(path: Path, change: Callable[[int, dict[str, Any]], object]) -> Path:
    """Write a log of valid bodies with a change to each."""

    def lines() -> Iterator[bytes]:
        for number, body in zip(range(_BODIES), make_log.bodies(1), strict=False):
            body = copy.deepcopy(body)
            change(number, body)
            yield orjson.dumps(body) + b"\n"

    with path.open("wb") as file:
        file.writelines(lines())
    return path


def tasks(folder: Path, size: int, old: Path | None) -> dict[str, Callable[[], object]]:
    """Make every task that a row names."""
    log = folder / "half.jsonl"
    with log.open("wb") as file:
        file.writelines(make_log.lines(seed=1, size=size, drift_from=0.5))
    ujson = make_converter(engine="ujson")
    changed: dict[str, Callable[[int, dict[str, Any]], object]] = {
        "valid": lambda number, body: None,
        "invalid": break_body,
        "unknown": lambda number, body: body.update({f"key_{number}": 1}),
        "24": lambda number, body: body.update(choices=[{}] * 8),
        "102": lambda number, body: body.update(choices=[{}] * 34),
    }
    logs = {name: log_of(folder / f"{name}.jsonl", change) for name, change in changed.items()}
    made: dict[str, Callable[[], object]] = {
        "check": lambda: check(log),
        "orjson": orjson_task(log),
        "msgspec": msgspec_task(log),
        "duckdb": duckdb_task(log),
        **{name: (lambda path=path: check(path)) for name, path in logs.items()},
    }
    if old is not None:
        made |= {"ujson": lambda: check(log, converter=ujson), "old": old_task(old, log)}
    return made


def jobs_ratio(path: Path, rounds: int) -> float:
    """Return the wall time of two processes divided by that of one."""

    def seconds(*options: str) -> float:
        start = time.perf_counter()
        command = [sys.executable, "-m", "router_schema", "check", str(path), "--format", "json", *options]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, cwd=_ROOT)
        return time.perf_counter() - start

    return median(seconds("--jobs", "2") / seconds() for _ in range(rounds))


def cost(task: Callable[[], object]) -> float:
    """Return the CPU seconds of a task; one in a separate process returns them itself."""
    start = time.process_time()
    result = task()
    return result if isinstance(result, float) else time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare `check` with reading a log by other means.")
    parser.add_argument("--size", type=make_log.size_of, default="100M", help="of the log (default 100M)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--old", type=Path, help="a folder with the sources of 0.2.0")
    parser.add_argument("--jobs", type=Path, metavar="LOG", help="also compare two processes with one, on this log")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        made = tasks(Path(folder), arguments.size, arguments.old)
        samples: dict[str, list[float]] = {name: [] for name in made}
        for _ in range(arguments.rounds):
            for name, task in made.items():
                samples[name].append(cost(task))
    for name, seconds in samples.items():
        print(f"{name:10} {median(seconds):7.3f} s")
    for row in ROWS:
        if row.one in samples and row.other in samples:
            ratio = median(a / b for a, b in zip(samples[row.one], samples[row.other], strict=True))
            print(f"{row.name:52} {ratio:6.2f}   must {row.must}, aim {row.aim}")
    if arguments.jobs is not None:
        print(f"{'--jobs 2 / one process, wall':52} {jobs_ratio(arguments.jobs, 3):6.2f}   must 0.6, aim 0.52")


if __name__ == "__main__":
    main()
