"""Whether a rate rose by more than chance: Fisher's exact test, which is valid for small and large counts."""

from __future__ import annotations

from math import exp, lgamma

import attrs

#: How many terms of a tail are added one by one; the rest is bounded by a geometric series.
_MAX_TERMS = 1000


@attrs.frozen
class Rate:
    """
    A count out of a total.

    Attributes:
        count: How many have it.
        total: How many could have it.
        share: The count as a part of the total, from 0 to 1; 0 if there are none.
    """

    count: int
    total: int
    share: float = attrs.field(init=False)

    @share.default
    def _share(self) -> float:
        return self.count / self.total if self.total else 0.0

    def __str__(self) -> str:
        return f"{self.count:,} of {self.total:,}"


def chance_of_rise(before: Rate, after: Rate) -> float:
    """
    The probability of this rise, or a larger one, between two samples with the same true rate.

    This is Fisher's exact test, one-sided: with the hits of both samples together fixed, the hits in the later sample
    follow the hypergeometric distribution, and the probability is its upper tail. From the thousandth term on, the tail
    is replaced by a geometric series, which is larger: the result is never too small.

    Returns:
        The probability, from 0 to 1; 1 if the rate did not rise.
    """
    if after.count * before.total <= before.count * after.total:
        return 1.0
    hits = before.count + after.count
    term = exp(
        _log_choose(after.total, after.count)
        + _log_choose(before.total, before.count)
        - _log_choose(before.total + after.total, hits)
    )
    tail, in_newer, in_older = 0.0, after.count, before.count
    for _ in range(_MAX_TERMS):
        tail += term
        # One more of the hits in the newer sample, and one less in the older.
        ratio = (after.total - in_newer) * in_older / ((in_newer + 1) * (before.total - in_older + 1))
        term *= ratio
        if term <= tail * 1e-12:
            return min(tail, 1.0)
        in_newer, in_older = in_newer + 1, in_older - 1
    return min(tail + term / (1 - ratio), 1.0)  # the ratio falls from term to term, and is below 1 above the mean


def _log_choose(total: int, count: int) -> float:
    return lgamma(total + 1) - lgamma(count + 1) - lgamma(total - count + 1)
