"""Numbers: each spelling is read as float() reads it, and each double written as repr spells it."""

import math
import struct
from decimal import Decimal, localcontext
from random import Random

import pytest
from pages import Page
from plans import Aside, decoder, encoder

from router_schema._native import parse

RANDOM = Random(14)


def bits(value: float) -> bytes:
    return struct.pack("d", value)


def check_reading(spelling: str) -> None:
    """Read a spelling with a fraction or an exponent, and compare with float()."""
    expected = float(spelling)
    read = decoder_of_floats(spelling)
    if math.isinf(expected):
        assert isinstance(read, Aside)
        with pytest.raises(ValueError):  # noqa: PT011 (it carries no text)
            parse(spelling)
    else:
        assert bits(read) == bits(expected) == bits(parse(spelling)), spelling


def spelled(value: float) -> str:
    """What ujson writes: repr, an exponent without leading zeros, integers as such."""
    if value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return repr(value).replace("e-0", "e-")


decoder_of_floats, encoder_of_floats = decoder(float), encoder(float)


def any_double() -> float:
    """A double with random bits, which is finite."""
    value: float = struct.unpack("d", RANDOM.randbytes(8))[0]
    return value if math.isfinite(value) else any_double()


def halfway(value: float) -> str:
    """The exact decimal in the middle of a double and the next one."""
    with localcontext() as context:
        context.prec = 1100
        return f"{(Decimal(value) + Decimal(math.nextafter(value, math.inf))) / 2:f}"


@pytest.mark.parametrize("exponent", range(-40, 41))
def test_mantissas_and_exponents(exponent: int) -> None:
    """Mantissas of 1 to 25 digits with each exponent are read exactly."""
    for digits in range(1, 26):
        for mantissa in (10**digits - 1, 10 ** (digits - 1), RANDOM.randrange(10**digits)):
            check_reading(f"{mantissa}e{exponent}")
            check_reading(f"-{mantissa}.0E{exponent:+}")
            check_reading(f"0.{mantissa}e{exponent}")


def test_random_doubles() -> None:
    """The shortest spelling of a double, and longer ones, are read as it."""
    for _ in range(20_000):
        value = any_double()
        check_reading(f"{value!r}" if "e" in repr(value) or "." in repr(value) else f"{value!r}.0")
        check_reading(f"{value:.17e}")
        check_reading(f"{value:.25e}")


def test_log_probabilities() -> None:
    """Numbers with 15 to 18 digits, as log probabilities have, are read and written exactly."""
    for _ in range(50_000):
        value = -5 * RANDOM.random() * 10 ** -RANDOM.randrange(5)
        check_reading(repr(value))
        assert encoder_of_floats(value) == spelled(value)


def test_halfway() -> None:
    """A decimal in the middle of two doubles is rounded to the even one, and its neighbours to theirs."""
    for _ in range(2_000):
        value = math.ldexp(RANDOM.getrandbits(53) | 1 << 52, RANDOM.randrange(-80, 20))
        middle = halfway(value)
        middle = middle if "." in middle else f"{middle}.0"
        check_reading(middle)
        check_reading(f"{middle}1")
        check_reading(middle[:-1] + str(int(middle[-1]) - 1) + "9" if middle[-1] != "0" else middle)
        check_reading(middle[:18].rstrip(".") + "e0")


def test_halfway_of_19_digits() -> None:
    """Ties that fit in 19 digits are rounded to even."""
    for power in range(28):
        for _ in range(200):
            odd = 2 * (RANDOM.getrandbits(53) | 1 << 52) + 1
            check_reading(f"{odd}e{-power}")
            check_reading(f"{odd * 5**power}e{-power}" if odd * 5**power < 10**19 else "0.0")
            check_reading(f"{odd}e{power}")


def test_subnormal_and_largest() -> None:
    """The smallest and the largest doubles are read; less is zero, more goes to the slow path."""
    for spelling in (
        *("5e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "2e-324", "1e-400", "-1e-400"),
        "1e-99999999999",
        *("2.2250738585072014e-308", "2.2250738585072011e-308", "1.7976931348623157e308", "1.7976931348623158e308"),
        *("1.7976931348623159e308", "1.8e308", "1e309", "-1e309", "1e99999999999999999999", "0e99999999999999999999"),
        *("0.0e-99999999999999999999", f"0.{'0' * 400}1e400", f"1{'0' * 400}.0e-400", f"{'9' * 309}.0"),
        *(f"0.{'0' * 5000}1e5000", f"0.{'0' * 100}1e99999999999999999999", f"1{'0' * 30}.{'0' * 30}1"),
    ):
        check_reading(spelling)


def test_integers_as_floats() -> None:
    """Integers of any length that a double holds are read as the nearest double."""
    for digits in range(1, 310):
        for value in (10 ** (digits - 1), RANDOM.randrange(10**digits), -RANDOM.randrange(10**digits)):
            if abs(value) < 1.7e308:
                assert bits(decoder_of_floats(str(value))) == bits(float(value))
    for exponent in range(50, 70):
        for offset in (-1, 0, 1, 2, 3, 2 ** max(0, exponent - 54), 2 ** max(0, exponent - 54) + 1):
            assert decoder_of_floats(str(2**exponent + offset)) == float(2**exponent + offset)


def test_integers() -> None:
    """Integers of every length are read as ints."""
    decode = decoder(int)
    for digits in [*range(1, 80), 1000, 4299, 4300]:
        for value in (10 ** (digits - 1), 10**digits - 1, RANDOM.randrange(10**digits)):
            for signed in (value, -value):
                assert decode(str(signed)) == signed == parse(str(signed))


def test_every_spelling_of_the_grammar() -> None:
    """A number is read where the grammar of JSON has it, and only there."""
    alphabet = "01-+.eE"
    spellings = [""]
    for _ in range(5):
        spellings = [spelling + letter for spelling in spellings for letter in alphabet]
        for spelling in spellings:
            valid = is_number(spelling)
            result = decoder_of_floats(spelling)
            assert isinstance(result, Aside) is not valid, spelling
            if valid:
                assert result == float(spelling)


def is_number(spelling: str) -> bool:
    """Whether RFC 8259 calls it a number, and a double holds it."""
    whole, e, exponent = spelling.replace("E", "e").partition("e")
    whole, point, fraction = whole.removeprefix("-").partition(".")
    sign = exponent.removeprefix("-") if exponent.startswith("-") else exponent.removeprefix("+")
    return (
        whole.isdigit()
        and (whole == "0" or whole[0] != "0")
        and (fraction.isdigit() or not point)
        and (sign.isdigit() or not e)
        and math.isfinite(float(spelling))
    )


def test_what_stands_behind() -> None:
    """Digits that are followed by others, eight at a time, end where the digits end."""
    page = Page()
    for digits in range(1, 40):
        number = "1." + "123456789" * 5
        text = number[: 2 + digits]
        for behind in ("", " ", "\n", "/", ":", "\x7f", "é", "a", "-", ".", "e", "0 1"):
            for data in ((text + behind).encode(), page.end_with((text + behind).encode())):
                expected = isinstance(decoder_of_floats(data), Aside)
                assert expected is not (behind in ("", " ", "\n"))
        assert decoder_of_floats(page.end_with(text.encode())) == float(text)


# --- writing ---


def test_writing() -> None:
    """Doubles of all magnitudes are written as repr spells them."""
    for n in range(60_000):
        value = (
            any_double(),
            RANDOM.uniform(-1, 1) * 10.0 ** RANDOM.randint(-14, 17),
            round(RANDOM.uniform(0, 100), n % 17),
            math.ldexp(RANDOM.getrandbits(1 + n % 53) | 1, RANDOM.randint(-90, 2)),
            RANDOM.randrange(10 ** (1 + n % 17)) / 10 ** RANDOM.randint(1, 20),
        )[n % 5]
        assert encoder_of_floats(value) == spelled(value)


def test_writing_around_powers() -> None:
    """The neighbours of powers of two and ten are written as repr spells them."""
    for base in (*(10.0**power for power in range(-323, 308)), *(2.0**power for power in range(-1074, 1023))):
        for value in (base, math.nextafter(base, 0), math.nextafter(base, math.inf), -base, base * 1.5):
            assert encoder_of_floats(value) == spelled(value)


def test_writing_ties() -> None:
    """Doubles with an exact decimal that ends in 5 are written as repr spells them."""
    for value in (914076888959488.75, 0.5, 2.5, 0.125, 4503599627370495.5, 4503599627370497.5, 2.0**-27, 2**52 + 0.5):
        assert encoder_of_floats(value) == spelled(value)
    for _ in range(20_000):
        value = (RANDOM.getrandbits(52) | 1) / 2 ** RANDOM.randint(1, 60)
        assert encoder_of_floats(value) == spelled(value)
