"""Judge and time tools, each in processes of its own."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from benchmarks.defects import plant
from benchmarks.defects.judge import Outcome, judge
from benchmarks.measure import interleave

_ROOT = Path(__file__).parents[2]
_SEED = 1

REFERENCE = "router_schema_check"
"""The tool that the others are compared with."""

Reading = dict[str, Any]
"""What the child prints for a log."""


class Result(NamedTuple):
    """What a tool costs."""

    seconds: float
    """The median CPU time."""
    ratio: float
    """The median of its CPU time divided by the reference's, for the same log in the same round."""
    peak: float
    """The median of the peak memory, in bytes."""


class Logs:
    """The logs in a folder, each written when it is first needed."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder, self._size = folder, size
        self._written: dict[frozenset[str], tuple[Path, Counter[str]]] = {}

    def __call__(self, defects: Collection[str]) -> tuple[Path, Counter[str]]:
        """Return the log with these defects, and how many bodies have each."""
        key = frozenset(defects)
        if key not in self._written:
            path = self._folder / f"{self._size}-{len(self._written)}.jsonl"
            self._written[key] = path, plant.write(path, _SEED, self._size, key)
        return self._written[key]


def read(name: str, logs: Iterable[Path]) -> list[Reading]:
    """Read logs with a tool, one after the other, in one process of its own."""
    command = [sys.executable, "-m", "benchmarks.defects.child", name, *map(str, logs)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} failed:\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def judged(name: str, logs: Logs) -> dict[str, Outcome]:
    """Judge a tool on a sound log, one for each defect, and one with all that it can read."""
    wanted = [(), *([defect] for defect in plant.DEFECTS)]
    sound, *others = map(_rows, read(name, [logs(defects)[0] for defects in wanted]))
    alone = dict(zip(plant.DEFECTS, others, strict=True))
    log, planted = logs([defect for defect, rows in alone.items() if rows is not None])
    together = _rows(read(name, [log])[0])
    if sound is None or together is None:
        raise RuntimeError(f"{name} can't read a log without the defects that stop it")
    return judge(sound, alone, together, planted)


def _rows(reading: Reading) -> Counter[str] | None:
    return None if reading["found"] is None else Counter(reading["found"])


def measured(
    outcomes: dict[str, dict[str, Outcome]], logs: Logs, rounds: int, track: Callable[[range], Iterable[int]] = iter
) -> dict[str, Result]:
    """Measure each tool on the log with all defects that don't stop it, in interleaved rounds."""
    own = {
        name: logs([defect for defect, outcome in by_defect.items() if outcome != "stops"])[0]
        for name, by_defect in outcomes.items()
    }
    peaks: dict[str, list[float]] = {name: [] for name in own}

    def sample(name: str, log: Path) -> float:
        reading = read(name, [log])[0]
        peaks[name].append(reading["peak"])
        seconds: float = reading["seconds"]
        return seconds

    runs = {*own.items(), *((REFERENCE, log) for log in own.values())}
    samples = interleave({run: partial(sample, *run) for run in sorted(runs)}, rounds=rounds, track=track)
    return {
        name: Result(
            median(samples[name, log]),
            median(one / other for one, other in zip(samples[name, log], samples[REFERENCE, log], strict=True)),
            median(peaks[name]),
        )
        for name, log in own.items()
    }
