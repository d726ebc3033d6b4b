"""Strings of every length around the blocks that are looked at, cut anywhere, and at the end of a page."""

import json
from typing import Any

import pytest
from classes import Containers, Weak
from pages import Page
from plans import Aside, decoder, encoder

from router_schema import RouterCompletionsResponseBody
from router_schema._native import parse

#: What stands in a string: JSON spelling and character.
CHARACTERS = [
    ("a", "a"),
    ("\x7f", "\x7f"),
    ("é", "é"),
    ("\x80", "\x80"),
    ("ÿ", "ÿ"),
    ("Ā", "Ā"),
    ("\u07ff", "\u07ff"),
    ("\u0800", "\u0800"),
    ("€", "€"),
    ("\ud7ff", "\ud7ff"),
    ("\ue000", "\ue000"),
    ("\uffff", "\uffff"),
    ("😀", "😀"),
    ("\U0010ffff", "\U0010ffff"),
    (r"\n", "\n"),
    (r"\"", '"'),
    (r"\\", "\\"),
    (r"\u0041", "A"),
    (r"\u00e9", "é"),
    (r"\u20aC", "€"),
    (r"\uD83D\uDe00", "😀"),
]
BODY = json.dumps(
    {
        "id": 'cmpl-"1"',
        "object": "text_completion",
        "created": 1760000123.25,
        "model": "modèle €",
        "system_fingerprint": "fp\u0001😀",
        "choices": [{"text": "ab\n", "index": 12, "x": [{"y": None}, -1.5e3, True], "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 26, "total_tokens": None},
    },
    ensure_ascii=False,
).encode()


@pytest.mark.parametrize(("spelling", "character"), CHARACTERS)
def test_every_length(spelling: str, character: str) -> None:
    """A character at any place in a string of up to 64 others is read as itself, wherever strings are read."""
    decode, key, skip = decoder(str), decoder(dict[str, int]), decoder(Containers)
    for length in range(65):
        for place in {0, 1, length // 2, length - 1, length} & set(range(length + 1)):
            text, expected = "x" * place + spelling + "x" * (length - place), "x" * place + character
            expected += "x" * (length - place)
            assert decode(f'"{text}"') == expected
            assert decode(f'"{text}"  ') == expected
            assert parse(f'["{text}"]') == [expected]
            assert key(f'{{"{text}":1}}') == {expected: 1}
            assert skip(f'{{"x":"{text}"}}') == Containers()


@pytest.mark.parametrize(("spelling", "character"), CHARACTERS)
def test_every_length_of_one_character(spelling: str, character: str) -> None:
    """A string of one character, any number of times, is read, and written so that it is read again."""
    decode, encode = decoder(str), encoder(str)
    for length in range(65):
        assert decode(f'"{spelling * length}"') == character * length
        assert encode(character * length) == json.dumps(character * length, ensure_ascii=False)


@pytest.mark.parametrize("first", range(0, len(CHARACTERS), 3))
def test_mixtures(first: int) -> None:
    """Strings that mix all kinds of characters are read and written."""
    decode, encode = decoder(str), encoder(str)
    for length in range(1, 200, 7):
        pairs = [CHARACTERS[(first + n * (1 + length % 5)) % len(CHARACTERS)] for n in range(length)]
        expected = "".join(character for _, character in pairs)
        assert decode('"' + "".join(spelling for spelling, _ in pairs) + '"') == expected
        assert json.loads(encode(expected)) == expected


@pytest.mark.parametrize("length", [4_000, 4_095, 4_096, 4_097, 10_000, 100_000])
@pytest.mark.parametrize("spelling", ["é", r"\n", r"\u20ac", "x\\n", "aé\\ud83d\\ude00"])
def test_long_strings(length: int, spelling: str) -> None:
    """Strings that outgrow every buffer are read and written."""
    text = '"' + spelling * length + '"'

    assert decoder(str)(text) == json.loads(text)
    assert json.loads(encoder(str)(json.loads(text))) == json.loads(text)


BAD = (
    "80 bf c080 c1bf c2 c241 dfc0 e08080 e09fbf e180 e18041 e14180 eda080 edbfbf efbf f0808080 f08fbfbf f18080 "
    "f1808041 f1804180 f1418080 f4908080 f5808080 ff fe c3a980 e282ac80 e282e2"
)


@pytest.mark.parametrize("bad", [bytes.fromhex(text) for text in BAD.split()], ids=bytes.hex)
def test_no_utf8(bad: bytes) -> None:
    """Bytes that are not UTF-8 go to the slow path, in values, keys and what is skipped, whatever is around them."""
    for around in ("", "x", "é", "€", "😀", "\\n", "\\u20ac", "x" * 16, "x" * 17, "€" * 6):
        for text in (around.encode() + bad, bad + around.encode(), around.encode() + bad + around.encode()):
            string = b'"' + text + b'"'
            for cl, data in (
                (str, string),
                (Any, string),
                (dict[str, int], b"{" + string + b":1}"),
                (Weak, b'{"value":"a","x":' + string + b"}"),
                (Weak, b'{"value":"a",' + string + b":1}"),
            ):
                assert decoder(cl)(data) == Aside(data)


def test_control_characters() -> None:
    """A control character in a string goes to the slow path, at every place."""
    decode = decoder(str)
    for code in range(0x20):
        for place in range(20):
            text = '"' + "x" * place + chr(code) + "x" * (20 - place) + '"'
            assert isinstance(decode(text), Aside)
            assert isinstance(decode('"\\n' + text[1:]), Aside)
            assert isinstance(decode('"\\u20ac' + text[1:]), Aside)


def test_escapes_of_every_byte() -> None:
    """Behind a backslash stands one of nine characters; everything else goes to the slow path."""
    decode, skip = decoder(str), decoder(Weak)
    for code in range(256):
        escape = bytes([ord("\\"), code])
        texts = [b'"' + escape + b'"', b'"\\u20ac' + escape + b'"', b'"' + escape + b"x" * 20 + b'"']
        for text in texts:
            try:
                expected = json.loads(text)
            except ValueError:
                assert isinstance(decode(text), Aside)
                assert isinstance(skip(b'{"value":"a","x":' + text + b"}"), Aside)
            else:
                assert decode(text) == expected
                assert skip(b'{"value":"a","x":' + text + b"}") == Weak("a")


def test_hexadecimal_digits() -> None:
    """Each of the four bytes of a Unicode escape must be a hexadecimal digit."""
    decode = decoder(str)
    for place in range(4):
        for code in range(1, 128):
            digits = "0041"[:place] + chr(code) + "0041"[place + 1 :]
            valid = chr(code) in "0123456789abcdefABCDEF"
            assert isinstance(decode(f'"\\u{digits}"'), Aside) is not valid
            if valid:
                assert decode(f'"\\u{digits}"') == chr(int(digits, 16))


def test_lone_surrogates() -> None:
    """A surrogate that stands alone goes to the slow path, unless it is skipped."""
    for text in (
        r"\ud800",
        r"\udfff",
        r"\ud800\ud800",
        r"\udc00\ud800",
        r"\ud800é",
        r"\ud800\n",
        r"\ud83d\ude00\ud83d",
    ):
        for around in ("", "x" * 20, "é", "😀"):
            string = f'"{around}{text}{around}"'
            assert decoder(str)(string) == Aside(string)
            assert decoder(Weak)(f'{{"value":"a","x":{string}}}') == Weak("a")
    assert isinstance(decoder(Weak)('{"value":"a","x":"\ud800"}'), Aside)


@pytest.mark.parametrize("cl", [RouterCompletionsResponseBody, Any])
def test_cut_at_every_byte(cl: Any) -> None:
    """A text that is cut anywhere goes to the slow path, and nothing behind its end is looked at."""
    decode, page = decoder(cl), Page()
    assert decode(page.end_with(BODY)) == decode(BODY)

    for end in range(len(BODY)):
        assert isinstance(decode(page.end_with(BODY[:end])), Aside)
        assert isinstance(decode(BODY[:end]), Aside)
        assert isinstance(decode(memoryview(BODY)[:end]), Aside)


def test_any_byte_in_place_of_another() -> None:
    """A byte that is changed anywhere gives what json and the rules of UTF-8 say, or goes to the slow path."""
    decode = decoder(Any)
    for place in range(len(BODY)):
        for byte in b'"\\{}[]:,0e.-tu \x00\x80\xc3\xff':
            text = BODY[:place] + bytes([byte]) + BODY[place + 1 :]
            try:
                expected = json.loads(text.decode())
            except ValueError:
                assert isinstance(decode(text), Aside)
            else:
                result = decode(text)
                assert isinstance(result, Aside) or result == expected


@pytest.mark.parametrize(("spelling", "character"), CHARACTERS)
def test_ends_of_pages(spelling: str, character: str) -> None:
    """Strings, keys and numbers at the end of a page are read, or refused, without a look at the next page."""
    decode, page = decoder(str), Page()
    for length in range(40):
        text = ('"' + "x" * length + spelling + '"').encode()
        assert decode(page.end_with(text)) == "x" * length + character
        for end in range(len(text)):
            assert isinstance(decode(page.end_with(text[:end])), Aside)
            assert isinstance(decoder(dict[str, int])(page.end_with(b"{" + text[:end])), Aside)
            assert isinstance(decoder(Weak)(page.end_with(b'{"x":' + text[:end])), Aside)
            assert isinstance(decoder(Weak)(page.end_with(b'{"value":' + text[:end])), Aside)


def test_values_at_the_end_of_a_page() -> None:
    """Values of every kind may end where the page ends."""
    page = Page()
    for cl, text in (
        (float, "1"),
        (float, "-1234567.5e-3"),
        (float, "0.14871612296411541"),
        (float, "1" * 19 + ".0"),
        (int, "12345678901234567890"),
        (bool, "true"),
        (bool, "false"),
        (float | None, "null"),
        (list[int], "[1,2]"),
        (dict[str, int], '{"a":1}'),
        (Any, '{"a":"b"}'),
    ):
        for end in range(len(text) + 1):
            result = decoder(cl)(page.end_with(text[:end].encode()))
            assert isinstance(result, Aside) or result == json.loads(text[:end], parse_int=cl if cl is float else int)
        assert not isinstance(result, Aside)
