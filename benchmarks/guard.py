"""
The regression guard: instructions counted, not seconds, so that a busy machine gives the same answer.

A base run decodes each body a number of times; then, for each case, a run decodes that body so many times more. The
difference between the two is those decodings and nothing else: neither the interpreter's start nor the imports.
Counts depend on the Python version and hardly on the machine, so there is a baseline file per version.
"""

import argparse
import gc
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import router_schema
from benchmarks import data
from benchmarks.peers._router_schema import engines

LIMIT = 1.15
"""The count, as a multiple of the baseline, from which on the guard fails."""
CASES = {f"{engine}: {body.name}": body for engine in engines() for body in data.MAIN}
BASELINE = Path(__file__).parent / "baseline" / f"cp{sys.version_info.major}{sys.version_info.minor}.json"

_ROOT = Path(__file__).parent.parent
_CALLGRIND = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
_PERF = ("perf", "stat", "-x,", "-e", "instructions:u")


def repetitions(body: data.Body) -> int:
    """
    Choose how often a body is decoded: the smaller, the oftener.

    Two runs of the same work differ by some hundred thousand instructions, since objects lie elsewhere in memory.
    """
    return max(200, 1_000_000 // len(body.data))


def decode(extra: str) -> None:
    """Decode every case, and the one named `extra` as often again: the work of a child process."""
    gc.disable()
    for engine in engines():
        loads = router_schema.make_converter(engine=engine).loads
        for body in data.MAIN:
            for _ in range(repetitions(body) * (2 if f"{engine}: {body.name}" == extra else 1)):
                loads(body.data)


def run_counted(tool: Sequence[str], arguments: Sequence[str]) -> int | None:
    """Count the instructions of a Python process; None where the tool does not count."""
    done = subprocess.run(
        [*tool, sys.executable, *arguments],
        cwd=_ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
    )
    found = re.search(r"Collected : (\d+)|^(\d+),", done.stderr, re.MULTILINE)
    return int(found[1] or found[2]) if found and done.returncode == 0 else None


def find_tool() -> Sequence[str] | None:
    """Choose the tool: valgrind, else perf where the machine lets it count, else none."""
    for tool in (_CALLGRIND, _PERF):
        if shutil.which(tool[0]) and run_counted(tool, ["-c", "pass"]):
            return tool
    return None


def count(tool: Sequence[str]) -> dict[str, int]:
    """Count the instructions of one decoding, for each case."""

    def run(extra: str) -> int:
        counted = run_counted(tool, ["-m", "benchmarks.guard", "--decode", extra])
        if counted is None:
            raise SystemExit(f"bench-guard: the decoding under {tool[0]} failed")
        return counted

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        base, *runs = pool.map(run, ["nothing", *CASES])
    return {
        case: round((counted - base) / repetitions(body))
        for (case, body), counted in zip(CASES.items(), runs, strict=True)
    }


def regressions(counts: dict[str, int], baseline: dict[str, int]) -> list[str]:
    """Name the cases that take more instructions than the limit allows; a case that the baseline lacks passes."""
    return [case for case, counted in counts.items() if counted >= LIMIT * baseline.get(case, counted)]


def check(tool: Sequence[str], *, update: bool) -> int:
    """Count, then write the baseline or compare with it; return the exit code."""
    if not update and not BASELINE.exists():
        print(f"bench-guard: skipped, no baseline for {BASELINE.stem}: write one with --update")
        return 0
    counts = count(tool)
    if update:
        BASELINE.parent.mkdir(exist_ok=True)
        made = f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}, {tool[0]}"
        BASELINE.write_text(
            json.dumps({"made with": made, "instructions": counts}, indent=1, ensure_ascii=False) + "\n"
        )
        print(f"bench-guard: wrote {BASELINE.name}")
        return 0
    baseline = json.loads(BASELINE.read_text("utf-8"))["instructions"]
    failed = regressions(counts, baseline)
    for case, counted in counts.items():
        before = baseline.get(case)
        change = f"{counted / before - 1:+.1%}" if before else "new"
        print(f"{case:<24} {counted:>10,} instructions  {change:>7}{'  FAILED' if case in failed else ''}")
    print(f"bench-guard: {len(failed)} of {len(counts)} cases above {LIMIT - 1:+.0%}")
    return 1 if failed else 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the guard."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard", description="Count instructions of decoding.")
    parser.add_argument("--update", action="store_true", help="write the counts as this Python version's baseline")
    parser.add_argument("--decode", metavar="CASE", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.decode:
        decode(options.decode)
        return 0
    tool = find_tool()
    if tool is None:
        print("bench-guard: skipped, neither valgrind nor perf counts instructions here")
        return 0
    return check(tool, update=options.update)


if __name__ == "__main__":
    raise SystemExit(main())
