"""
The ratios that router_schema is held to: measured, must, aim. Run `python -m benchmarks.ratios`.

A ratio is taken within each round, where its two halves lie milliseconds apart, and its median over the rounds is
shown: a machine that slows down slows both halves.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable
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
from benchmarks import data, make_log, processes
from benchmarks.measure import Call, interleave, summarize
from benchmarks.peers import msgspec_struct, pydantic_model
from benchmarks.report import Machine, Ratio
from benchmarks.sections import kept_bytes, refusing
from benchmarks.tables import ratio_table
from router_schema import FinishReason, RouterCompletionsResponseBody

ROUNDS = 41
SECONDS = 0.004
PROCESS_ROUNDS = 15
KEPT = 10_000
_LONG_TEXT = data.MAIN[1]


class Goal(NamedTuple):
    """Two operations whose costs are compared, and what their ratio must and should be at most."""

    name: str
    one: str
    other: str
    must: float
    aim: float
    must_of_long_text: float | None = None
    """What holds instead for the text of 2,000 characters, where the parser alone takes most of the time."""
    bodies: tuple[data.Body, ...] = data.MAIN


GOALS = (
    Goal("loads msgspec ÷ pydantic", "loads msgspec", "pydantic", 0.45, 0.30, 0.65),
    Goal("loads msgspec ÷ msgspec Struct", "loads msgspec", "struct", 1.75, 1.4),
    Goal("loads msgspec ÷ orjson.loads", "loads msgspec", "orjson", 1.6, 1.1),
    Goal("loads ujson ÷ ujson.loads", "loads ujson", "ujson", 2.4, 1.8),
    Goal("loads ujson ÷ pydantic", "loads ujson", "pydantic", 1.3, 1.0, 1.7),
    Goal("structure ÷ cattrs, strict hooks", "structure", "cattrs", 0.55, 0.30),
    Goal("dumps msgspec ÷ pydantic", "dumps msgspec", "pydantic dump", 1.0, 0.65),
    Goal("rejected ÷ accepted, msgspec", "rejected msgspec", "loads msgspec", 40, 15, bodies=data.MAIN[:1]),
    Goal("rejected ÷ accepted, ujson", "rejected ujson", "loads ujson", 40, 15, bodies=data.MAIN[:1]),
)
MEMORY_MUST, MEMORY_AIM = 1.05, 1.0
IMPORT_MUST, IMPORT_AIM = 1.35, 1.15
READING_MUST, READING_AIM = 1.25, 1.1
CHECK_MUST, CHECK_AIM = 4.0, 3.0
LOG_ROUNDS = 15
LOG_SIZE = 2**21


def operations(body: data.Body) -> dict[str, Call]:
    """Make every operation on one body that a goal names."""
    msgspec, plain = (router_schema.make_converter(engine=engine) for engine in ("msgspec", "ujson"))
    parsed, rejected = json.loads(body.data), data.rejected(1).data
    return {
        "loads msgspec": Call(msgspec.loads, body.data),
        "loads ujson": Call(plain.loads, body.data),
        "pydantic": Call(pydantic_model.peer.decode, body.data),
        "struct": Call(msgspec_struct.peer.decode, body.data),
        "orjson": Call(orjson.loads, body.data),
        "ujson": Call(ujson.loads, body.data),
        "structure": Call(plain.structure, parsed),
        "cattrs": Call(partial(strict_cattrs().structure, cl=RouterCompletionsResponseBody), parsed),
        "dumps msgspec": Call(msgspec.dumps, msgspec.loads(body.data)),
        "pydantic dump": Call(pydantic_model.peer.encode, pydantic_model.peer.decode(body.data)),
        "rejected msgspec": Call(refusing(msgspec.loads), rejected),
        "rejected ujson": Call(refusing(plain.loads), rejected),
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


def measure(track: Callable[[Iterable[Any]], Iterable[Any]]) -> tuple[Ratio, ...]:
    """Measure every ratio: the timed ones in interleaved rounds, then memory, then imports."""
    calls = {(body.name, name): call for body in data.MAIN for name, call in operations(body).items()}
    samples = interleave(calls, rounds=ROUNDS, seconds=SECONDS, track=track)
    timed = [
        _ratio(
            goal.name,
            body.name,
            samples[body.name, goal.one],
            samples[body.name, goal.other],
            goal.must_of_long_text if goal.must_of_long_text and body is _LONG_TEXT else goal.must,
            goal.aim,
        )
        for goal in GOALS
        for body in goal.bodies
    ]
    return (*timed, *_logs(track), _memory(), _imports(track))


def _logs(track: Callable[[Iterable[Any]], Iterable[Any]]) -> Iterable[Ratio]:
    """Compare reading a file of JSON Lines with decoding the same lines where they are in memory already."""
    lines = list(make_log.lines(seed=1, size=LOG_SIZE, drift_from=1.0))
    msgspec, plain = (router_schema.make_converter(engine=engine) for engine in ("msgspec", "ujson"))
    drain = deque[object](maxlen=0).extend  # takes what an iterator gives, in C, and keeps nothing
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log.jsonl"
        log.write_bytes(b"".join(lines))
        calls = {
            "loads msgspec": Call(lambda lines: drain(map(msgspec.loads, lines)), lines),
            "loads ujson": Call(lambda lines: drain(map(plain.loads, lines)), lines),
            "ujson": Call(lambda lines: drain(map(ujson.loads, lines)), lines),
            "iter msgspec": Call(lambda log: drain(router_schema.iter_jsonl(log, converter=msgspec)), log),
            "iter ujson": Call(lambda log: drain(router_schema.iter_jsonl(log, converter=plain)), log),
            "check": Call(lambda log: router_schema.check(log, converter=msgspec), log),
        }
        samples = interleave(calls, rounds=LOG_ROUNDS, seconds=SECONDS, track=track)
    for one, other, title, must, aim in (
        ("iter msgspec", "loads msgspec", "iter_jsonl ÷ loads, msgspec", READING_MUST, READING_AIM),
        ("iter ujson", "loads ujson", "iter_jsonl ÷ loads, ujson", READING_MUST, READING_AIM),
        ("check", "ujson", "check ÷ ujson.loads", CHECK_MUST, CHECK_AIM),
    ):
        yield _ratio(title, "log", samples[one], samples[other], must, aim)


def _memory() -> Ratio:
    bodies = data.distinct(KEPT)
    ours = kept_bytes(router_schema.make_converter(engine="msgspec").loads, bodies)
    struct = kept_bytes(msgspec_struct.peer.decode, bodies)
    return _ratio("memory kept ÷ msgspec Struct", data.MAIN[0].name, [ours], [struct], MEMORY_MUST, MEMORY_AIM)


def _imports(track: Callable[[Iterable[Any]], Iterable[Any]]) -> Ratio:
    ours, cattrs_ujson = [], []
    processes.run_time("import router_schema, cattrs.preconf.ujson")
    for _ in track(range(PROCESS_ROUNDS)):
        ours.append(processes.run_time("import router_schema"))
        cattrs_ujson.append(processes.run_time("import cattrs.preconf.ujson"))
    return _ratio("import ÷ cattrs.preconf.ujson", "process", ours, cattrs_ujson, IMPORT_MUST, IMPORT_AIM)


def _ratio(name: str, body: str, one: list[float], other: list[float], must: float, aim: float) -> Ratio:
    summary = summarize([ours / theirs for ours, theirs in zip(one, other, strict=True)])
    return Ratio(name, body, *summary, must=must, aim=aim)


def main() -> None:
    """Measure and print the table."""
    with Progress(transient=True) as progress:
        ratios = measure(partial(progress.track, description="ratios"))
    console = Console()
    console.print(str(Machine.here()), highlight=False)
    console.print(ratio_table(ratios))


if __name__ == "__main__":
    main()
