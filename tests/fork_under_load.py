"""
Fork 200 children while two threads build decoders; each child builds and uses its own.

A program, so that what it forks is small: ``python tests/fork_under_load.py ENGINE`` prints how the children ended, and
exits with 1 if a thread failed. It waits a minute for a child that hangs, kills it, and stops.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs

from router_schema import make_converter

FORKS = 200
AT_ONCE = 10


def build_and_use(engine: Any, n: int) -> None:
    """Do what takes locks, if anything does: a new converter, new classes, and all four verbs."""
    converter = make_converter(engine=engine)
    inner: Any = attrs.make_class(f"Inner{n}", {"x": attrs.field(type=int)})
    outer: Any = attrs.make_class(f"Outer{n}", {"inner": attrs.field(type=inner), "other": attrs.field(type=inner)})
    value = {"inner": {"x": n}, "other": {"x": 0}}
    instance = converter.loads(json.dumps(value), outer)
    assert instance.inner.x == n
    assert json.loads(converter.dumps(instance)) == converter.unstructure(converter.structure(value, outer)) == value


@contextmanager
def building_in_threads(engine: str) -> Iterator[None]:
    """Keep two threads building decoders."""
    over, failed = threading.Event(), threading.Event()

    def work(n: int) -> None:
        try:
            while not over.is_set():
                build_and_use(engine, n)
        except BaseException:
            failed.set()
            raise

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    if failed.is_set():
        sys.exit(1)


def fork_and_build(engine: str, n: int) -> int:
    """Build a decoder in a forked child; returns the child's process id."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        build_and_use(engine, 1000 + n)
        status = 0
    finally:
        os._exit(status)


def end_of(child: int, seconds: float) -> str:
    """How *child* ends: with an exit status, or hanging for *seconds*."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return f"status {os.waitstatus_to_exitcode(status)}"
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "hung"


def main(engine: str) -> None:
    """Fork, and print the ends of the children, counted."""
    warnings.filterwarnings("ignore", ".*fork.*", DeprecationWarning)
    sys.setswitchinterval(1e-4)  # so that forks meet threads in the middle of their work
    ends: Counter[str] = Counter()
    with building_in_threads(engine):
        for batch in range(0, FORKS, AT_ONCE):
            for child in [fork_and_build(engine, batch + n) for n in range(AT_ONCE)]:
                ends[end_of(child, seconds=1 if "hung" in ends else 60)] += 1
            if "hung" in ends:
                break
    print(json.dumps(ends))


if __name__ == "__main__":
    main(sys.argv[1])
