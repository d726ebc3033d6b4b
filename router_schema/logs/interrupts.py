"""
Deferred interrupts: a KeyboardInterrupt in the middle of adding up would leave counts that contradict each other.

A signal is deferred only in a program that installs `handle` for it, as the command does.
"""

from __future__ import annotations

from contextlib import ContextDecorator


class _Deferred(ContextDecorator):
    """
    Lets a signal wait until the end of the block. A class, since a generator would take as long as counting a line.

    Attributes:
        depth: How many blocks are under way, one in the other.
        is_pending: Whether a signal waits.

    Raises:
        KeyboardInterrupt: At the end of the outermost block, if a signal arrived meanwhile.
    """

    depth = 0
    is_pending = False

    def __enter__(self) -> None:
        self.depth += 1

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.depth -= 1
        if self.is_pending and not self.depth:
            self.is_pending = False
            if kind is None:
                raise KeyboardInterrupt


deferred = _Deferred()


def handle(*_: object) -> None:
    """
    A handler of signals.

    Raises:
        KeyboardInterrupt: At once. Within `deferred`, the first signal waits for its end; a second one doesn't wait.
    """
    if deferred.depth and not deferred.is_pending:
        deferred.is_pending = True
    else:
        raise KeyboardInterrupt
