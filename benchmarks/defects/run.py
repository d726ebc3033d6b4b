"""Judge and time tools, each in separate processes."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import mkdtemp
from typing import Any, NamedTuple

from benchmarks.defects import plant
from benchmarks.defects.judge import Outcome, judge
from benchmarks.measure import interleave

_ROOT = Path(__file__).parents[2]
_SEED = 1

REFERENCE = "router_schema_check"
"""The tool that the others are compared with."""

Printed = dict[str, Any]
"""A JSON object that the child prints."""


class Result(NamedTuple):
    """What a tool costs: medians of all rounds."""

    sound: float
    """The CPU time for the sound log, divided by the reference's in the same round."""
    defective: float
    """The same for the log with all defects that don't stop the tool."""
    seconds: float
    """The CPU time for that log."""
    peak: float
    """The peak memory for that log, in bytes."""


class Logs:
    """Logs of one size in a new folder below *folder*, each written when it is first needed."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder, self._size = Path(mkdtemp(dir=folder)), size
        self._written: dict[frozenset[str], tuple[Path, Counter[str]]] = {}

    def __call__(self, defects: Collection[str]) -> tuple[Path, Counter[str]]:
        """Return the log with these defects, and how many bodies have each."""
        key = frozenset(defects)
        if key not in self._written:
            path = self._folder / f"{len(self._written)}.jsonl"
            self._written[key] = path, plant.write(path, _SEED, self._size, key)
        return self._written[key]


def child(name: str, *logs: Path) -> list[Printed]:
    """Read logs with a tool, one after the other, in a separate process; without a log, describe the tool."""
    command = [sys.executable, "-m", "benchmarks.defects.child", name, *map(str, logs)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr.strip().splitlines()[-1]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def judged(name: str, logs: Logs) -> dict[str, Outcome]:
    """Judge a tool on a sound log, one for each defect, and one with all that it can read."""
    wanted = [(), *([defect] for defect in plant.DEFECTS)]
    sound, *others = map(_rows, child(name, *(logs(defects)[0] for defects in wanted)))
    alone = dict(zip(plant.DEFECTS, others, strict=True))
    log, planted = logs([defect for defect, rows in alone.items() if rows is not None])
    together = _rows(child(name, log)[0])
    if sound is None or together is None:
        raise RuntimeError(f"{name} can't read a log without the defects that stop it")
    return judge(sound, alone, together, planted)


def _rows(printed: Printed) -> Counter[str] | None:
    return None if printed["found"] is None else Counter(printed["found"])


def measured(
    outcomes: dict[str, dict[str, Outcome]], logs: Logs, rounds: int, track: Callable[[range], Iterable[int]] = iter
) -> dict[str, Result]:
    """Measure each tool on a sound log, and on the log with all defects that don't stop it, in interleaved rounds."""
    sound = logs(())[0]
    own = {
        name: logs([defect for defect, outcome in by_defect.items() if outcome != "stops"])[0]
        for name, by_defect in outcomes.items()
    }
    printed: dict[tuple[str, Path], list[Printed]] = defaultdict(list)

    def sample(*run: Any) -> float:
        printed[run] += child(*run)
        seconds: float = printed[run][-1]["seconds"]
        return seconds

    runs = {(tool, log) for name, path in own.items() for log in (sound, path) for tool in (name, REFERENCE)}
    samples = interleave({run: partial(sample, *run) for run in sorted(runs)}, rounds=rounds, track=track)

    def ratio(name: str, log: Path) -> float:
        return median(one / other for one, other in zip(samples[name, log], samples[REFERENCE, log], strict=True))

    return {
        name: Result(
            sound=ratio(name, sound),
            defective=ratio(name, log),
            seconds=median(samples[name, log]),
            peak=median(sample["peak"] for sample in printed[name, log]),
        )
        for name, log in own.items()
    }
