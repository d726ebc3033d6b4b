"""
Timing that a noisy machine cannot make unfair.

CPU time instead of wall time: other programs on the machine affect it much less.
"""

import gc
import math
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from random import Random
from statistics import linear_regression, median, quantiles
from timeit import Timer
from typing import Any, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)


Sampler = Callable[[], float]
"""Does something once or many times, and returns what one time costs: seconds, or bytes."""


class Call(NamedTuple):
    """A function and its argument, kept apart so that no wrapper's own call is timed."""

    function: Callable[[Any], object]
    argument: Any

    def sampler(self, seconds: float) -> Sampler:
        """
        Make the sampler of this call, in CPU seconds; a sample takes at least that long.

        Garbage is collected before a sample, never in one: a call that leaves cycles behind does not slow the next.
        """
        timer = Timer("function(argument)", globals=self._asdict(), timer=time.process_time)
        number = repetitions(timer, seconds)

        def sample() -> float:
            gc.collect()
            return timer.timeit(number) / number

        return sample


class Summary(NamedTuple):
    """The middle of some samples, and how far they spread."""

    median: float
    lower_quartile: float
    upper_quartile: float


def summarize(samples: list[float]) -> Summary:
    """Return the median and the quartiles, which one slow second cannot change."""
    if len(samples) == 1:
        return Summary(samples[0], samples[0], samples[0])
    lower, _, upper = quantiles(samples, n=4, method="inclusive")
    return Summary(median(samples), lower, upper)


def settle() -> None:
    """Exempt everything that is alive from garbage collection, so that collecting between samples costs nothing."""
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
    samplers: Mapping[Key, Sampler], *, rounds: int, track: Callable[[range], Iterable[int]] = iter
) -> dict[Key, list[float]]:
    """
    Take one sample of each per round, in an order shuffled for each round, so that a slow minute affects all.

    Args:
        samplers: What to measure.
        rounds: How many samples to take of each.
        track: What shows the rounds' progress.

    Returns:
        The costs, one figure a round.
    """
    settle()
    samples: dict[Key, list[float]] = {key: [] for key in samplers}
    order, random = list(samplers), Random(0)
    for _ in track(range(rounds)):
        random.shuffle(order)
        for key in order:
            samples[key].append(samplers[key]())
    return samples


def exponent(sizes: Iterable[float], costs: Iterable[float]) -> float:
    """Fit cost = a * size ** exponent: 1.0 is linear, 2.0 is quadratic, below 1.0 a fixed cost still weighs."""
    return linear_regression([math.log(size) for size in sizes], [math.log(cost) for cost in costs]).slope
