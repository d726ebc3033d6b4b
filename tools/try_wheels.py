"""
Install what is in ``dist/``, alone, and run the README with it: without the native engine, then with it.

Run by ``make wheel``, with the Python of a new environment. Where no wheel fits that Python, the native engine is built
from the sdist; where there is no compiler either, the second half is skipped.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
ENGINE = "import router_schema; print(router_schema.make_converter().engine)"


def install(*arguments: str | Path) -> None:
    """Install something into this Python's environment."""
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *arguments], check=True)


def try_it(engine: str) -> None:
    """Check which engine runs, and run the README."""
    found = subprocess.run([sys.executable, "-I", "-c", ENGINE], check=True, capture_output=True, text=True)
    if found.stdout.strip() != engine:
        raise SystemExit(f"the engine is {found.stdout.strip()}, not {engine}")
    subprocess.run([sys.executable, "-I", "-m", "doctest", ROOT / "README.md"], check=True)
    print(f"the README runs on {engine}, Python {sys.version.split()[0]}")


def main() -> None:
    """Try the wheel without the extension, then one with it."""
    install(next(DIST.glob("*-none-any.whl")))
    try_it("ujson")
    tag = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    wheel = next(DIST.glob(f"*-{tag}-{tag}-*.whl"), None)
    if wheel is None and shutil.which("cc") is None:
        print("no wheel with the native engine for this Python, and no compiler")
        return
    install("--force-reinstall", "--no-deps", wheel or next(DIST.glob("*.tar.gz")))
    try_it("native")


if __name__ == "__main__":
    main()
