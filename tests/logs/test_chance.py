"""Fisher's exact test of two rates."""

from __future__ import annotations

from fractions import Fraction
from math import comb, erfc, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router_schema.logs import Rate
from router_schema.logs.chance import chance_of_rise

_rates = st.integers(1, 80).flatmap(lambda total: st.builds(Rate, st.integers(0, total), st.just(total)))


def exact(before: Rate, after: Rate) -> Fraction:
    """The upper tail of the hypergeometric distribution, in whole numbers."""
    hits = before.count + after.count
    tail = sum(
        comb(after.total, count) * comb(before.total, hits - count)
        for count in range(after.count, min(after.total, hits) + 1)
    )
    return Fraction(tail, comb(before.total + after.total, hits))


@given(_rates, _rates)
def test_the_tail_is_exact(before: Rate, after: Rate) -> None:
    """A rise has the probability of the exact tail; what did not rise has 1."""
    rose = Fraction(after.count, after.total) > Fraction(before.count, before.total)

    assert chance_of_rise(before, after) == pytest.approx(float(exact(before, after)) if rose else 1.0, rel=1e-9)


@pytest.mark.parametrize(
    ("before", "after", "chance"),
    [
        (Rate(0, 60_000), Rate(1, 60_000), 0.5),
        (Rate(0, 3), Rate(3, 3), 1 / 20),
        (Rate(0, 5), Rate(5, 5), 1 / 252),
        (Rate(5, 10), Rate(5, 10), 1.0),
        (Rate(0, 0), Rate(1, 1), 1.0),
        (Rate(0, 1), Rate(0, 0), 1.0),
        (Rate(200, 200_000), Rate(1_800, 200_000), 0.0),
    ],
)
def test_known_cases(before: Rate, after: Rate, chance: float) -> None:
    """Samples that can be calculated by hand, and a rise that can't be chance."""
    assert chance_of_rise(before, after) == pytest.approx(chance, rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Rate(1_000_000, 10_000_000), Rate(1_004_000, 10_000_000)),
        (Rate(500_000_000, 1_000_000_000), Rate(500_100_000, 1_000_000_000)),
        (Rate(5 * 10**11, 10**12), Rate(5 * 10**11 + 3 * 10**6, 10**12)),
    ],
)
def test_large_counts_are_bounded_from_above(before: Rate, after: Rate) -> None:
    """A tail of millions of terms is at most a fifth above the normal distribution's, which is exact for them."""
    pooled = (before.count + after.count) / (before.total + after.total)
    error = sqrt(pooled * (1 - pooled) * (1 / before.total + 1 / after.total))
    normal = erfc((after.share - before.share) / error / sqrt(2)) / 2

    assert normal * 0.99 <= chance_of_rise(before, after) <= normal * 1.2


def test_shares() -> None:
    """A rate of nothing is 0; as text, a rate is its two counts."""
    assert str(Rate(1, 4_000)) == "1 of 4,000"
    assert (Rate(1, 4).share, Rate(0, 0).share) == (0.25, 0.0)
