"""
The ratios that router_schema is held to: measured, must, aim. `python -m benchmarks.ratios --help` lists the choices.

The two halves of a ratio alternate, milliseconds apart, and the median over the rounds is shown: a machine that slows
down slows both halves.
"""

import argparse
import json
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import cattrs
import orjson
import ujson
from rich.console import Console
from rich.progress import Progress

import router_schema
from benchmarks import data, make_log, processes, streams
from benchmarks.measure import Call, Sampler, interleave, summarize
from benchmarks.peers import msgspec_struct, pydantic_model
from benchmarks.peers._router_schema import Engine, engines
from benchmarks.report import Machine, Ratio, Ratios
from benchmarks.sections import kept_bytes, refusing
from benchmarks.tables import markdown, ratio_table
from router_schema import FinishReason, RouterCompletionsResponseBody
from router_schema.openai import Completion

_SECONDS = 0.004


class Effort(NamedTuple):
    """How much is measured."""

    rounds: int
    log_size: int
    """Bytes of the log."""
    log_rounds: int
    kept: int
    """Bodies kept to measure memory."""
    events: int
    """Events in a stream."""
    process_rounds: int


FULL = Effort(rounds=41, log_size=100 * 10**6, log_rounds=5, kept=10_000, events=10_000, process_rounds=15)
QUICK = Effort(rounds=11, log_size=4 * 10**6, log_rounds=5, kept=2_000, events=1_000, process_rounds=3)


class Row(NamedTuple):
    """An operation of ours whose cost is divided by that of another, and what the ratio must and should be at most."""

    engine: Engine
    name: str
    one: str
    other: str
    subjects: tuple[str, ...]
    must: float
    aim: float


_SMALL, _LONG = ("1x60", "8x200", "128x60"), ("1x2,000",)
_STREAMS = ("4 KiB a piece", "1 event a piece")
_ALL = tuple(body.name for body in data.MAIN)

# fmt: off
ROWS = (
    Row("native", "loads ÷ Struct", "loads", "Struct decode", _ALL, 0.85, 0.65),
    Row("native", "loads ÷ orjson.loads", "loads", "orjson.loads", _SMALL, 0.60, 0.45),
    Row("native", "loads ÷ orjson.loads", "loads", "orjson.loads", _LONG, 0.85, 0.70),
    Row("native", "loads ÷ orjson.loads", "loads", "orjson.loads", ("accented",), 0.9, 0.7),
    Row("native", "loads ÷ orjson.loads", "loads", "orjson.loads", ("chinese", "emoji"), 1.4, 1.1),
    Row("native", "loads ÷ orjson.loads", "loads", "orjson.loads", ("escaped",), 1.4, 1.0),
    Row("native", "loads ÷ pydantic", "loads", "pydantic validate", _SMALL, 0.20, 0.15),
    Row("native", "loads ÷ pydantic", "loads", "pydantic validate", _LONG, 0.35, 0.15),
    Row("native", "Completion ÷ Struct", "loads Completion", "Struct decode official", ("official",), 1.0, 0.8),
    Row("native", "hook ÷ loads", "hook", "loads", ("1x60",), 0.9, 0.75),
    Row("native", "dumps ÷ pydantic", "dumps", "pydantic dump", _SMALL, 0.25, 0.12),
    Row("native", "dumps ÷ pydantic", "dumps", "pydantic dump", _LONG, 0.40, 0.12),
    Row("native", "dumps ÷ Struct encode", "dumps", "Struct encode", _ALL, 0.9, 0.5),
    Row("native", "refusal ÷ pydantic's", "refuse", "pydantic refuse", ("3 problems",), 2.0, 1.0),
    Row("native", "iter_jsonl ÷ Struct", "iter_jsonl", "Struct decode_lines", ("log",), 1.0, 0.7),
    Row("native", "memory kept ÷ Struct", "keep", "Struct keep", ("distinct",), 0.70, 0.60),
    Row("native", "iter_stream ÷ httpx-sse + Struct", "iter_stream", "httpx-sse + Struct", _STREAMS, 0.8, 0.5),
    Row("native", "iter_stream ÷ official client", "iter_stream", "official client", _STREAMS[:1], 0.05, 0.03),
    Row("native", "iter_stream ÷ router's SDK", "iter_stream", "router SDK", ("all finished",), 0.03, 0.015),
    Row("native", "assembled ÷ decoded", "assemble", "iter_stream", _STREAMS[:1], 0.7, 0.4),
    Row("native", "SSEDecoder ÷ httpx-sse", "SSEDecoder", "httpx-sse", _STREAMS, 1.0, 0.6),
    Row("native", "256 bytes a piece ÷ whole", "iter_stream cut", "iter_stream", ("1 MB event",), 6, 3),
    Row("ujson", "loads ÷ ujson.loads", "loads", "ujson.loads", _ALL, 2.4, 1.8),
    Row("ujson", "loads ÷ pydantic", "loads", "pydantic validate", _SMALL, 1.3, 1.0),
    Row("ujson", "loads ÷ pydantic", "loads", "pydantic validate", _LONG, 1.7, 1.0),
    Row("ujson", "structure ÷ cattrs", "structure", "cattrs structure", _ALL, 0.55, 0.30),
    Row("ujson", "rejected ÷ accepted", "reject", "loads", ("1x60",), 40, 15),
    Row("ujson", "iter_jsonl ÷ loads", "iter_jsonl", "loads lines", ("log",), 1.25, 1.1),
    Row("ujson", "check ÷ ujson.loads", "check", "ujson.loads lines", ("log",), 4.0, 3.0),
    Row("ujson", "iter_stream ÷ httpx-sse + Struct", "iter_stream", "httpx-sse + Struct", _STREAMS[:1], 2.0, 1.0),
    Row("ujson", "memory kept ÷ Struct", "keep", "Struct keep", ("distinct",), 1.05, 1.0),
    Row("ujson", "import ÷ cattrs", "import", "cattrs import", ("process",), 1.35, 1.15),
)
# fmt: on

Operation = Callable[[Any], Sampler]
"""Prepares an operation on a subject; each call of what it returns gives the cost of one run."""

_drain = deque[object](maxlen=0).extend  # consumes an iterator in C and keeps nothing


def timed(function: Callable[[Any], object], prepare: Callable[[Any], Any] = lambda subject: subject) -> Operation:
    """Time a function of what is prepared from the subject."""
    return lambda subject: Call(function, prepare(subject)).sampler(_SECONDS)


def kept(decode: Callable[[bytes], object]) -> Operation:
    """Measure the memory that decoded bodies keep."""
    return lambda bodies: partial(kept_bytes, decode, bodies)


def imported(statement: str) -> Operation:
    """Time a process that imports."""
    return lambda _: partial(processes.run_time, statement)


def read_lines(log: Path) -> list[bytes]:
    """Read the lines of a log into memory."""
    return log.read_bytes().splitlines()


def operations_of(engine: Engine) -> dict[str, Operation]:
    """Make every operation that a row of this engine may name."""
    converter = router_schema.make_converter(engine=engine)
    chunks = partial(streams.chunks, converter)
    loads, struct, pydantic = converter.loads, msgspec_struct.peer, pydantic_model.peer
    return {
        "loads": timed(loads),
        "loads Completion": timed(partial(loads, cl=Completion)),
        "loads lines": timed(lambda lines: _drain(map(loads, lines)), read_lines),
        "hook": timed(converter.get_loads_hook(RouterCompletionsResponseBody)),
        "dumps": timed(converter.dumps, loads),
        "structure": timed(converter.structure, json.loads),
        "reject": timed(refusing(loads), lambda _: data.rejected(1).data),
        "refuse": timed(refusing(loads, lambda error: [problem.message for problem in error.errors])),
        "iter_jsonl": timed(lambda log: _drain(router_schema.iter_jsonl(log, converter=converter))),
        "check": timed(lambda log: router_schema.check(log, converter=converter)),
        "iter_stream": timed(chunks),
        "iter_stream cut": timed(chunks, streams.cut),
        "assemble": timed(streams.assemble, chunks),
        "keep": kept(loads),
        "import": imported(f"import router_schema; router_schema.make_converter(engine={engine!r})"),
        "Struct decode": timed(struct.decode),
        "Struct decode official": timed(struct.decode_official),
        "Struct decode_lines": timed(lambda log: msgspec_struct.decode_lines(log.read_bytes())),
        "Struct encode": timed(struct.encode, struct.decode),
        "Struct keep": kept(struct.decode),
        "pydantic validate": timed(pydantic.decode),
        "pydantic dump": timed(pydantic.encode, pydantic.decode),
        "pydantic refuse": timed(refusing(pydantic.decode, lambda error: error.errors())),
        "orjson.loads": timed(orjson.loads),
        "ujson.loads": timed(ujson.loads),
        "ujson.loads lines": timed(lambda lines: _drain(map(ujson.loads, lines)), read_lines),
        "cattrs structure": timed(partial(strict_cattrs().structure, cl=RouterCompletionsResponseBody), json.loads),
        "cattrs import": imported("import cattrs.preconf.ujson"),
        "SSEDecoder": timed(streams.decode_events),
        "httpx-sse": timed(streams.httpx_sse_events),
        "httpx-sse + Struct": timed(streams.httpx_sse_chunks),
        "official client": timed(streams.official_client()),
        "router SDK": timed(streams.router_sdk()),
    }


def strict_cattrs() -> cattrs.Converter:
    """Make a converter with cattrs' own generated hooks and strict leaf hooks: what router_schema replaces."""

    def strict_str(value: Any, _: Any) -> str:
        if value.__class__ is not str:
            raise TypeError("not a string")
        return value

    def strict_float(value: Any, _: Any) -> float:
        if value.__class__ is float:
            return value
        if value.__class__ is not int:
            raise TypeError("not a number")
        return float(value)

    def strict_finish_reason(value: Any, _: Any) -> FinishReason:
        if value.__class__ is not str:
            raise TypeError("not a string")
        return FinishReason(value)

    converter = cattrs.Converter()
    converter.register_structure_hook(str, strict_str)
    converter.register_structure_hook(float, strict_float)
    converter.register_structure_hook(FinishReason, strict_finish_reason)
    return converter


def make_subjects(effort: Effort, folder: Path) -> dict[str, Any]:
    """Make what the rows name as subjects: bodies, a log without a bad line, many distinct bodies."""
    log = folder / "log.jsonl"
    with log.open("wb") as file:
        file.writelines(make_log.lines(seed=1, size=effort.log_size, drift_from=float("inf")))
    bodies = (*data.decode_bodies(), data.three_problems())
    return {
        **{body.name: body.data for body in bodies},
        **streams.make_subjects(effort.events),
        "log": log,
        "distinct": data.distinct(effort.kept),
        "process": None,
    }


def measure(effort: Effort, track: Callable[[Iterable[Any]], Iterable[Any]]) -> tuple[Ratio, ...]:
    """Measure every row whose engine is here."""
    operations = {engine: operations_of(engine) for engine in engines()}
    rounds = {"log": effort.log_rounds, "distinct": 1, "process": effort.process_rounds}
    with TemporaryDirectory() as folder:
        subjects = make_subjects(effort, Path(folder))
        return tuple(
            measure_row(row, name, subjects[name], operations[row.engine], rounds.get(name, effort.rounds))
            for row, name in track([(row, name) for row in ROWS if row.engine in operations for name in row.subjects])
        )


def measure_row(row: Row, name: str, subject: Any, operations: Mapping[str, Operation], rounds: int) -> Ratio:
    """Measure one row on one subject."""
    samplers = {half: operations[half](subject) for half in (row.one, row.other)}
    samples = interleave(samplers, rounds=rounds)
    summary = summarize([one / other for one, other in zip(samples[row.one], samples[row.other], strict=True)])
    return Ratio(f"{row.engine}: {row.name}", name, *summary, must=row.must, aim=row.aim)


def measure_with(python: str, arguments: Sequence[str]) -> Ratios:
    """Measure with another interpreter, which has the same packages."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ratios.json"
        command = [python, "-m", "benchmarks.ratios", *arguments, "--json", str(file)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        return Ratios.load(file)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ratios", description="Measure ratios against goals.")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and a smaller log")
    parser.add_argument("--log-size", type=make_log.size_of, metavar="SIZE", help="bytes, or with K, M or G")
    parser.add_argument("--python", nargs="+", metavar="EXE", help="measure with these interpreters, a column for each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the ratios as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table as Markdown")
    options = parser.parse_args(argv)
    effort = QUICK if options.quick else FULL
    if options.log_size:
        effort = effort._replace(log_size=options.log_size)
    if options.python:
        arguments = [f"--log-size={effort.log_size}", *(["--quick"] if options.quick else [])]
        runs = [measure_with(python, arguments) for python in options.python]
    else:
        with Progress(transient=True) as progress:
            runs = [Ratios(Machine.here(), measure(effort, partial(progress.track, description="ratios")))]
    if options.json:
        runs[0].save(options.json)
    heading = [str(run.machine) for run in runs]
    if options.markdown:
        options.markdown.write_text(markdown(heading, [ratio_table(runs)]), "utf-8")
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print("\n".join(heading), highlight=False)
    console.print(ratio_table(runs))


if __name__ == "__main__":
    main()
