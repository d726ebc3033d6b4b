"""What each engine accepts as JSON, number by number and text by text; ``conformance`` has the whole grammar."""

import itertools
from typing import Any

import pytest
from internals import parse_strictly
from support import outcome, strictly

from engines.bodies import with_created, with_ignored
from router_schema import DecodeError, RouterConverter


def verdict(converter: RouterConverter, text: str) -> Any:
    """Whether *text* is accepted: ``"returned"``, or the class of its error."""
    return outcome(converter.loads, text)[0]


def lenient_verdict(engine: str) -> Any:
    """The verdict on a malformed spelling that ujson accepts."""
    return "returned" if engine == "ujson" else DecodeError


#: The malformed numbers that ujson accepts: these and no others.
LENIENT_NUMBERS = ["-", "01", "-01", "00", "2.", "2.e3", "-2.", "1.e-2", "-.5"]
OTHER_NUMBERS = [
    *("+1", ".5", "1e", "1e+", "1.5e", "0x10", "1_000", "1,0", "--1", "1-", "1e5.5", "e5"),
    *("Inf", "nan", "infinity", "-NaN", "\u0661", "1 2"),
]
CONSTANTS = ["NaN", "Infinity", "-Infinity"]
RAW = [chr(code) for code in range(1, 32)]

#: Bytes at the edges of what UTF-8 allows: the first byte of a character, and the others.
FIRST_BYTES = bytes.fromhex("80 bf c0 c1 c2 df e0 e1 ec ed ee ef f0 f1 f4 f5 ff")
OTHER_BYTES = bytes.fromhex("41 7f 80 8f 90 9f a0 bf c2 ed f0")


@pytest.mark.parametrize("spelling", LENIENT_NUMBERS)
def test_lenient_numbers(spelling: str, engine: str, converter: RouterConverter) -> None:
    """Ujson accepts these malformed numbers, in known and in ignored fields; native does not."""
    for text in (with_created(spelling), with_ignored(spelling)):
        assert verdict(converter, text) == lenient_verdict(engine)


@pytest.mark.parametrize("spelling", OTHER_NUMBERS)
def test_malformed_numbers(spelling: str, converter: RouterConverter) -> None:
    """No engine accepts any other malformed number, and all raise the strict parser's error."""
    for text in (with_created(spelling), with_ignored(spelling)):
        with pytest.raises(ValueError):  # noqa: PT011
            strictly(text)

        assert outcome(converter.loads, text) == outcome(parse_strictly, text)
        assert outcome(converter.loads, text)[0] is DecodeError


@pytest.mark.parametrize("spelling", CONSTANTS)
def test_constants_in_known_fields(spelling: str, converter: RouterConverter) -> None:
    """Every engine rejects NaN and Infinity in a known field."""
    with pytest.raises(DecodeError):
        converter.loads(with_created(spelling))


@pytest.mark.parametrize("spelling", CONSTANTS)
def test_constants_in_ignored_fields(spelling: str, engine: str, converter: RouterConverter) -> None:
    """NaN and Infinity in an ignored field pass with ujson only."""
    assert verdict(converter, with_ignored(spelling)) == lenient_verdict(engine)


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: f"U+{ord(raw):04X}")
def test_raw_control_characters(raw: str, engine: str, converter: RouterConverter) -> None:
    """Raw control characters in a string pass with ujson only."""
    assert verdict(converter, with_ignored(f'"a{raw}b"')) == lenient_verdict(engine)


MALFORMED = [
    *(
        "",
        " ",
        "{",
        "}",
        "[",
        "{]",
        "[}",
        '{"a"}',
        '{"a":}',
        '{"a":1,}',
        "[1,]",
        "[,1]",
        "[1 2]",
        "{,}",
        "{1:2}",
        "{a:1}",
    ),
    *("nul", "nulll", "tru", "truefalse", "TRUE", "None", "undefined"),
    *('"', '"\\"', "'a'", '"\\x41"', '"\\u12"', '"\\u12g4"', '"\\U0041"', '"\\\n"'),
    *("//", "/**/{}", "{}/**/", "\ufeff{}", "{}\0", "\0{}", "\u00a0{}", "{}\u2028", "\v{}", "\f{}"),
    *("[1]]", "{}{}", "{} []", "<html>", "data: {}"),
]


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_texts(text: str, converter: RouterConverter) -> None:
    """No engine accepts these, at the top or inside a field, and all raise the strict parser's error."""
    for whole in (text, with_ignored(text)):
        assert outcome(converter.loads, whole) == outcome(parse_strictly, whole)
        assert outcome(converter.loads, whole)[0] is DecodeError


@pytest.mark.parametrize("first", FIRST_BYTES, ids=hex)
def test_utf8(first: int, converter: RouterConverter) -> None:
    """Of all sequences of four bytes at the edges of UTF-8, each engine parses those that are UTF-8 and no others."""
    for others in itertools.product(OTHER_BYTES, repeat=3):
        sequence = bytes([first, *others])
        try:
            text = str(sequence, "utf-8")
        except UnicodeDecodeError:
            with pytest.raises(DecodeError):
                converter.parse(b'"%s"' % sequence)
        else:
            assert converter.parse(b'"%s"' % sequence) == text
