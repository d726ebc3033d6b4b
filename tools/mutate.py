"""
Mutation testing: change one thing in the package at a time, and look whether a test fails. Run by ``make mutate``.

mutmut makes the mutants and chooses the tests of each, in a copy of the tree in ``.mutate``. Every tenth mutant of each
function is tried, and the first: enough to find what no test covers, within minutes.

    python tools/mutate.py                                                 the rules
    python tools/mutate.py "router_schema/logs/*.py" --tests tests/logs    another part
    python tools/mutate.py --sample "*" --minutes 90                       every mutant
"""

from __future__ import annotations

import argparse
import ast
import difflib
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPY = ROOT / ".mutate"

#: The tests of the rules. They are fast and exact; properties and examples would take longer and find little more.
TESTS = [
    *(
        "tests/rules",
        "tests/converter",
        "tests/engines/test_nesting.py",
        "tests/logs/test_checker.py",
        "tests/logs/test_profile.py",
    ),
    *("tests/test_cases.py", "tests/test_error_bodies.py", "tests/test_fuzz.py", "tests/test_json_schema.py"),
]

#: mutmut puts a call between every two calls of ours; this test nests so deeply that the stack is too small for that.
TOO_DEEP = "tests/converter/test_classes.py::test_classes_that_share_classes"

CONFIG = """
[tool.mutmut]
source_paths = ["router_schema"]
also_copy = ["router_schema", "fuzz"]
only_mutate = {paths}
track_dependencies = false
pytest_add_cli_args = ["-q", "-p", "no:cacheprovider", "--deselect", "{too_deep}"]
pytest_add_cli_args_test_selection = {tests}
"""

#: How mutmut calls the outcomes that count against the tests.
SURVIVED = ("survived", "no tests")


def make_copy(paths: list[str], tests: list[str]) -> None:
    """Copy what mutmut needs into `COPY`, with its configuration."""
    shutil.rmtree(COPY, ignore_errors=True)
    for folder in ("router_schema", "tests", "fuzz"):
        shutil.copytree(ROOT / folder, COPY / folder, ignore=shutil.ignore_patterns("__pycache__"))
    config = CONFIG.format(paths=paths, tests=tests, too_deep=TOO_DEEP)
    (COPY / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8") + config, "utf-8")
    (COPY / ".gitignore").write_text("*\n")


def run(sample: str, minutes: float) -> None:
    """Try the mutants whose names match *sample*, for so many minutes at most."""
    command = [sys.executable, "-m", "mutmut", "run", f"--max-children={os.cpu_count()}", sample]
    with (COPY / "mutmut.log").open("w") as log:
        process = subprocess.Popen(command, cwd=COPY, stdout=log, stderr=log, start_new_session=True)
        try:
            status = process.wait(minutes * 60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            print(f"stopped after {minutes:g} minutes")
        else:
            if status:
                raise SystemExit(f"mutmut failed: see {COPY.name}/mutmut.log")


def outcomes() -> dict[str, str]:
    """What became of each mutant, by its name."""
    command = [sys.executable, "-m", "mutmut", "results", "--all=true"]
    text = subprocess.run(command, cwd=COPY, check=True, capture_output=True, text=True).stdout
    return dict(line.strip().split(": ", 1) for line in text.splitlines() if ": " in line)


@functools.cache
def functions(module: str) -> dict[str, list[str]]:
    """The source of every mutant of a module, and of the originals, by their names."""
    text = (COPY / "mutants" / f"{module.replace('.', '/')}.py").read_text("utf-8")
    lines = [line.removesuffix(" # type: ignore # mutmut generated") for line in text.splitlines()]
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    return {node.name: lines[node.lineno : node.end_lineno] for node in nodes}


def change(mutant: str) -> str:
    """The lines that a mutant changes. mutmut's own command for this takes seconds."""
    module, _, name = mutant.rpartition(".")
    sources = functions(module)
    original = sources[re.sub(r"\d+$", "orig", name)]
    return "\n".join(list(difflib.unified_diff(original, sources[name], lineterm="", n=0))[3:])


def report() -> None:
    """Print the change that each survivor makes, then the score."""
    all_outcomes = outcomes()
    tried = {name: outcome for name, outcome in all_outcomes.items() if outcome != "not checked"}
    for name, outcome in tried.items():
        if outcome in SURVIVED:
            print(f"{outcome}: {name}\n{change(name)}\n")
    counts = Counter(tried.values())
    killed = len(tried) - sum(counts[outcome] for outcome in SURVIVED)
    share = killed / max(len(tried), 1)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()))
    print(f"the tests catch {killed} of the {len(tried)} mutants tried, {share:.1%}; there are {len(all_outcomes)}")


def main() -> None:
    """Parse the command line, and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", default=["router_schema/_rules/*.py"], help="which files to change")
    parser.add_argument("--tests", nargs="+", default=TESTS, help="the tests to run (default: those of the rules)")
    parser.add_argument("--sample", default="*_mutmut_*1", help="which mutants to try, by name (default: *_mutmut_*1)")
    parser.add_argument("--minutes", type=float, default=15, help="how long to run at most (default: 15)")
    options = parser.parse_args()
    make_copy(options.paths, options.tests)
    run(options.sample, options.minutes)
    report()


if __name__ == "__main__":
    main()
