"""
Coverage of the C sources. Run by ``make coverage-native``; needs gcc.

Builds the extension with gcc's counters and without optimization into a copy of the tree, runs the tests there, and
lists the lines that no test ran. Fails if there is one.

    python tools/coverage_native.py                        the tests below
    python tools/coverage_native.py tests/native -k parse  others, or with options of pytest
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPY = ROOT / "build" / "coverage-native"
SOURCES = "router_schema/_native"

#: The tests that call the extension. tests/native reaches most lines; the others show that users reach them.
TESTS = ["tests/native", "tests/converter", "tests/engines", "tests/logs", "tests/rules", "tests/test_cases.py"]

#: This test limits the size of files, those of the counters included.
FULL_DISK = "tests/logs/test_saved.py::test_a_full_disk_keeps_the_old_report"

#: The options of setup.py, but optimization would merge lines.
OPTIONS = ["-std=c11", "-O0", "-g", "-fvisibility=hidden", "-fPIC", "-shared", "--coverage", "-Wall", "-Wextra", "-Werror"]


def make_copy() -> None:
    """Copy the files that git knows into `COPY`: the counters of the tests must not end up in the tree."""
    shutil.rmtree(COPY, ignore_errors=True)
    listed = subprocess.check_output(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, text=True)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (COPY / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, COPY / name)


def build() -> None:
    """Build the extension in the copy, with counters."""
    sources = sorted(str(path.relative_to(COPY)) for path in (COPY / SOURCES).glob("*.c"))
    portable = ["-DROUTER_SCHEMA_PORTABLE"] if os.environ.get("ROUTER_SCHEMA_PORTABLE", "0") not in ("", "0") else []
    target = f"{SOURCES}{sysconfig.get_config_var('EXT_SUFFIX')}"
    include = f"-I{sysconfig.get_path('include')}"
    subprocess.run(["gcc", *OPTIONS, *portable, include, *sources, "-o", target], cwd=COPY, check=True)


def run_tests(arguments: list[str]) -> None:
    """Run pytest in the copy; its processes, and theirs, import the copy."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--deselect", FULL_DISK, *arguments]
    subprocess.run(command, cwd=COPY, env={**os.environ, "PYTHONPATH": str(COPY)}, check=True)


def report() -> int:
    """Print the coverage of each file; returns gcovr's exit status."""
    command = [sys.executable, "-m", "gcovr", "--root", ".", "--filter", f"{SOURCES}/", "--fail-under-line", "100"]
    unreachable = ["--exclude-lines-by-pattern", r".*\bPy_UNREACHABLE\(\)"]
    return subprocess.run([*command, *unreachable, "--txt-metric", "line", "."], cwd=COPY, check=False).returncode


def main() -> int:
    """Build, test, report."""
    make_copy()
    build()
    run_tests(sys.argv[1:] or TESTS)
    return report()


if __name__ == "__main__":
    sys.exit(main())
