"""
Work that needs a separate process: `python -m benchmarks.child TASK PEER FILE`.

It imports next to nothing besides the peer, so that the figures are the peer's.
"""

import resource
import sys
import threading
import time
from pathlib import Path

from benchmarks.peers import Peer, load


def peak_rss() -> int:
    """
    Return the peak memory of this process, in bytes.

    Linux's own count starts anew with the program; the portable one inherits the parent's peak and is the fallback.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii")
    except OSError:
        scale = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def peak(peer: Peer, file: Path) -> int:
    """Decode a JSONL file line by line and keep nothing, as a worker that reads a log does."""
    with file.open("rb") as lines:
        for line in lines:
            peer.decode(line)
    return peak_rss()


def throughput(peer: Peer, body: bytes, threads: int, seconds: float) -> float:
    """Count the bodies a second that so many threads decode."""
    counts = [0] * threads
    start = time.perf_counter()

    def work(number: int) -> None:
        while time.perf_counter() - start < seconds:
            peer.decode(body)
            counts[number] += 1

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(counts) / (time.perf_counter() - start)


def serve(peer: Peer, body: bytes) -> None:
    """Answer each line of input, a number of threads and of seconds, with the throughput."""
    throughput(peer, body, 1, 0.01)
    for line in sys.stdin:
        threads, seconds = line.split()
        print(throughput(peer, body, int(threads), float(seconds)), flush=True)


def main(task: str, name: str, file: str) -> None:
    """Run one task of one peer."""
    peer = load(name)
    if task == "loaded":
        print(peak_rss())
    elif task == "peak":
        print(peak(peer, Path(file)))
    else:
        serve(peer, Path(file).read_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:])
