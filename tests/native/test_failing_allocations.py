"""Failing allocations, in a separate process: they fail for every thread, including those of other tests' servers."""

import subprocess
import sys
from pathlib import Path

import plans  # noqa: F401  skips this file where the native engine is not built

FILE = Path(__file__).with_name("failing_allocations.py")


def test_failing_allocations() -> None:
    """The native engine steps aside or raises MemoryError, whichever allocation fails, and works again afterwards."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(FILE)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert result.returncode == 0, result.stdout + result.stderr
