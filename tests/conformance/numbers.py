"""Numbers."""

from __future__ import annotations

from itertools import product

from conformance.case import named, spelled

# number = [ minus ] int [ frac ] [ exp ]
# int = zero / ( digit1-9 *DIGIT )    frac = "." 1*DIGIT    exp = ("e" / "E") [ "-" / "+" ] 1*DIGIT
NUMBERS = [
    *spelled(
        "number",
        True,
        map("".join, product(("", "-"), ("0", "7", "10"), ("", ".0", ".05"), ("", "e1", "E+1", "e-01"))),
    ),
    *spelled("number", True, ["1234567890", "9.8765432100", "0e0", "0E+00", "1e00000001", "1E-10", "-1.5E+2"]),
    *named(
        "number",
        True,
        {
            "2**53 + 1": str(2**53 + 1),
            "2**63": str(2**63),
            "-2**63 - 1": str(-(2**63) - 1),
            "2**64": str(2**64),
            "400 digits": "1" * 400,
            "400 fraction digits": "0." + "3" * 400,
            "400 leading fraction zeros": "0." + "0" * 400 + "1",
            "largest double": "1.7976931348623157e308",
            "smallest double": "5e-324",
            "overflow": "1e400",
            "negative overflow": "-1e400",
            "underflow": "1e-400",
            "exponent beyond 64 bits": "1e99999999999999999999",
            "negative exponent beyond 64 bits": "1e-99999999999999999999",
            "zero with an exponent beyond 64 bits": "0e99999999999999999999",
        },
    ),
    # [ minus ]: at most one, and never a plus
    *spelled(
        "number",
        False,
        ["+1", "+0", "--1", "-+1", "+-1", "- 1", "-", "+", "--", "-a", "1-", "1+", "1-1", "(1)", "-\n", "-.e1", "-e1"],
    ),
    # int: there is one, in decimal digits, without leading zeros
    *spelled(
        "number", False, ["00", "01", "-00", "-01", "000", "012", "00.5", "-01.5", "01e1", "-00e1", "0" * 30 + "1"]
    ),
    *spelled(
        "number", False, ["0x1F", "0X1", "0b1", "0o7", "1_000", "1,000", "1 000", "1'000", "1a", "1f", "1L", "1n"]
    ),
    *spelled("number", False, ["\uff11", "\u0661", "\u00bd", "1\u00b2", "\u22121", "1%", "$1", "1/2", "1:2", "#1"]),
    # frac: a digit before the point, and one after it
    *spelled(
        "number", False, [".", "-.", ".5", "-.5", ".5e1", "-.5e1", "1.", "0.", "-1.", "1.e1", "-0.E+1", "1..2", "1.2.3"]
    ),
    *spelled("number", False, ["1.-2", "1.+2", "1. 2", "1 .2", "1.a", "1.2a", "1.2.", "1.5f", "1,5", "1\uff0e5"]),
    # exp: a number before the letter, a whole number after it
    *spelled("number", False, ["e1", ".e1", "1e", "1E", "1e+", "1E-", "0e", "-1e", "1.5e", "1.5E+", "1e+-1"]),
    *spelled(
        "number", False, ["1ee1", "1e1e1", "1e++1", "1e1.5", "1e.5", "1e1.", "1e 1", "1 e1", "1ea", "1e1a", "1e0x1"]
    ),
    # "Numeric values that cannot be represented in the grammar below (such as Infinity and NaN) are not permitted."
    *spelled("number", False, ["NaN", "-NaN", "+NaN", "nan", "NAN", "NaN1", "NaN(1)", "Na", "N"]),
    *spelled("number", False, ["Infinity", "-Infinity", "+Infinity", "infinity", "-infinity", "INFINITY", "Infinity1"]),
    *spelled("number", False, ["Inf", "-Inf", "inf", "-inf", "-I", "-N", "-Infinit", "1.#INF", "\u221e"]),
]
