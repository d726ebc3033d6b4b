"""
Interrupts that wait for a moment: in the middle of adding up, they would leave counts that contradict each other.

They do so only in a program that handles its signals with `handle`, as the command does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class _State:
    depth = 0  # of `deferred` in `deferred`
    is_pending = False


def handle(*_: object) -> None:
    """
    A handler of signals.

    Raises:
        KeyboardInterrupt: At once, or within `deferred` at its end; at once for the second signal.
    """
    if _State.depth and not _State.is_pending:
        _State.is_pending = True
    else:
        raise KeyboardInterrupt


@contextmanager
def deferred() -> Iterator[None]:
    """
    What is done within it is not interrupted.

    Raises:
        KeyboardInterrupt: At its end, for a signal that arrived meanwhile.
    """
    _State.depth += 1
    try:
        yield
    finally:
        _State.depth -= 1
        is_interrupted = _State.is_pending and not _State.depth
        if is_interrupted:
            _State.is_pending = False
    if is_interrupted:
        raise KeyboardInterrupt
