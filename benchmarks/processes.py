"""The parent's side of the figures that need separate processes: import time, peak memory, parallel decoding."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parent.parent


def run_time(statement: str) -> float:
    """
    Time a whole interpreter that runs one statement: what a command-line user waits for.

    It may write bytecode whatever the environment says: an installed package has it, a checkout has it after one run.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def peak_memory(task: str, peer: str, file: Path) -> float:
    """Ask a child for its peak memory, after importing the peer (`loaded`) or after decoding a file (`peak`)."""
    done = subprocess.run(_command(task, peer, file), check=True, cwd=_ROOT, capture_output=True, text=True)
    return float(done.stdout)


@contextmanager
def serving(peer: str, file: Path) -> Iterator[Callable[[int, int, float], float]]:
    """
    Keep two children ready to decode a file's body, so that their figures can be taken in rounds with other peers'.

    Yields:
        A function of the processes, the threads in each and the seconds, giving the bodies decoded a second.
    """
    children = [
        subprocess.Popen(
            _command("serve", peer, file),
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        for _ in range(2)
    ]

    def throughput(processes: int, threads: int, seconds: float) -> float:
        working = children[:processes]
        for child in working:
            assert child.stdin is not None
            child.stdin.write(f"{threads} {seconds}\n")
        return sum(float(child.stdout.readline()) for child in working if child.stdout is not None)

    try:
        yield throughput
    finally:
        for child in children:
            child.communicate()


def _command(task: str, peer: str, file: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.child", task, peer, str(file)]
