"""Integers of any length."""

import sys

import pytest
from support import outcome
from user_classes import Anything, Scalars

from engines.bodies import TEXT, with_created, with_ignored
from router_schema import RouterConverter, ValidationError


@pytest.mark.parametrize("digits", [19, 20, 21, 309, 310, 4299, 4300, 4301, 5000, 1_000_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_long_integers(digits: int, sign: str, converter: RouterConverter) -> None:
    """An integer of any length is accepted or rejected by its field, whatever the engine."""
    number = sign + "7" * digits
    ignored = converter.loads(with_ignored(number))
    known = outcome(converter.loads, with_created(number))
    as_any = outcome(converter.loads, f'{{"first": {number}}}', Anything)
    as_int = outcome(converter.loads, f'{{"text": "", "real": 1, "whole": {number}, "truth": true}}', Scalars)

    assert ignored == converter.loads(TEXT)
    assert (known[0] == "returned") == (digits <= 308)
    assert (as_any[0] == "returned") == (as_int[0] == "returned") == (digits <= 4300)


def test_the_interpreters_own_limit(converter: RouterConverter) -> None:
    """Where the interpreter's limit on digits is set lower, longer integers are rejected values."""
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        ignored = outcome(converter.loads, with_ignored("7" * 1000))
        known = outcome(converter.loads, f'{{"first": {"7" * 1000}}}', Anything)
    finally:
        sys.set_int_max_str_digits(before)

    assert ignored[0] == "returned"
    assert known[0] is ValidationError
