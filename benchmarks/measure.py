"""Timing that a noisy machine cannot make unfair."""

import gc
import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from random import Random
from statistics import linear_regression, median, quantiles
from timeit import Timer
from typing import Any, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Call(NamedTuple):
    """A function and its argument, kept apart so that no wrapper's own call is timed."""

    function: Callable[[Any], object]
    argument: Any

    def timer(self) -> Timer:
        """Make the timer of this call; timeit holds the garbage collector while it runs."""
        return Timer("function(argument)", globals=self._asdict())


class Summary(NamedTuple):
    """The middle of some samples, and how far they spread."""

    median: float
    lower_quartile: float
    upper_quartile: float


def summarize(samples: list[float]) -> Summary:
    """Give the median and the quartiles, which one slow second cannot move."""
    if len(samples) == 1:
        return Summary(samples[0], samples[0], samples[0])
    lower, _, upper = quantiles(samples, n=4, method="inclusive")
    return Summary(median(samples), lower, upper)


def settle() -> None:
    """Put everything that is alive out of the collector's sight, so that collecting between samples costs nothing."""
    gc.collect()
    gc.freeze()


def repetitions(timer: Timer, seconds: float) -> int:
    """
    Find how often to run a call so that a sample takes about that long; the first run, which may warm caches, is \
not counted.
    """
    timer.timeit(1)
    number = 1
    while (taken := timer.timeit(number)) < seconds / 10:
        number *= 4
    return max(1, math.ceil(seconds * number / taken))


def interleave(
    calls: Mapping[Key, Call], *, rounds: int, seconds: float, track: Callable[[range], Iterable[int]] = iter
) -> dict[Key, list[float]]:
    """
    Time every call once a round, in an order shuffled anew each round, so that a slow minute hits everybody.

    Garbage is collected between samples, never in one: a call that leaves cycles behind does not slow the next.

    Args:
        calls: What to time.
        rounds: How many samples to take of each.
        seconds: How long a sample takes at least.
        track: What shows the rounds' progress.

    Returns:
        The seconds a call took, one figure a round.
    """
    settle()
    timers = {key: call.timer() for key, call in calls.items()}
    numbers = {key: repetitions(timer, seconds) for key, timer in timers.items()}
    samples: dict[Key, list[float]] = {key: [] for key in calls}
    order, random = list(calls), Random(0)
    for _ in track(range(rounds)):
        random.shuffle(order)
        for key in order:
            gc.collect()
            samples[key].append(timers[key].timeit(numbers[key]) / numbers[key])
    return samples


def exponent(sizes: Iterable[float], costs: Iterable[float]) -> float:
    """Fit cost = a * size ** exponent: 1.0 is linear, 2.0 is quadratic, below 1.0 a fixed cost still weighs."""
    return linear_regression([math.log(size) for size in sizes], [math.log(cost) for cost in costs]).slope
