"""
Coverage of the C sources. Run by ``make coverage-native``; needs gcc.

Builds the extension twice, for this processor and in plain C, with gcc's counters and without optimization. Runs the
tests with each, in copies of the tree, and lists the lines that neither ran. Fails if there is one.

    python tools/coverage_native.py                        the tests of the native engine
    python tools/coverage_native.py tests/rules tests/logs  others, or options of pytest
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "build" / "coverage-native"
SOURCES = "router_schema/_native"

#: The builds, and the macros of each.
BUILDS = {"processor": [], "portable": ["-DROUTER_SCHEMA_PORTABLE=1"]}

#: The options of setup.py and every warning, but no optimization: it would merge lines.
OPTIONS = ["-std=c11", "-O0", "-fvisibility=hidden", "-fPIC", "-shared", "--coverage", "-Wall", "-Wextra", "-Werror"]

#: This test limits the size of files, those of the counters included.
FULL_DISK = "tests/logs/test_saved.py::test_a_full_disk_keeps_the_old_report"


def copy_tree(copy: Path) -> None:
    """Copy the files that git knows, so that the tests import the extension with counters."""
    names = subprocess.check_output(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=ROOT, text=True)
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)


def build(copy: Path, macros: list[str]) -> None:
    """Build the extension with counters, from the sources of the tree into its copy."""
    sources = sorted(str(path.relative_to(ROOT)) for path in (ROOT / SOURCES).glob("*.c"))
    target = copy / f"{SOURCES}{sysconfig.get_config_var('EXT_SUFFIX')}"
    include = f"-I{sysconfig.get_path('include')}"
    subprocess.run(["gcc", *OPTIONS, *macros, include, *sources, "-o", target], cwd=ROOT, check=True)


def run_tests(copy: Path, arguments: list[str]) -> None:
    """Run pytest in the copy; the processes that tests start import the copy, too."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--deselect", FULL_DISK, *arguments]
    subprocess.run(command, cwd=copy, env={**os.environ, "PYTHONPATH": str(copy)}, check=True)


def report() -> int:
    """Print the coverage of each file; returns gcovr's exit status."""
    command = [sys.executable, "-m", "gcovr", "--root", str(ROOT), "--filter", f"{SOURCES}/", "--txt-metric", "line"]
    merged = ["--merge-mode-functions", "separate"]  # Each build has its own functions of the same names.
    required = ["--fail-under-line", "100", "--exclude-lines-by-pattern", r".*\bPy_UNREACHABLE\(\)"]
    return subprocess.run([*command, *merged, *required, str(FOLDER)], cwd=ROOT, check=False).returncode


def main() -> int:
    """Build and test each variant, then report."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name, macros in BUILDS.items():
        print(f"Build: {name}", flush=True)
        copy_tree(FOLDER / name)
        build(FOLDER / name, macros)
        run_tests(FOLDER / name, sys.argv[1:] or ["tests/native"])
    return report()


if __name__ == "__main__":
    sys.exit(main())
