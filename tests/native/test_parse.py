"""Parsing into builtins: what json.loads makes of strict JSON, and ValueError for everything else."""

import json
from random import Random
from typing import Any

import plans  # noqa: F401  skips this file where the native engine is not built
import pytest

from router_schema._native import parse

RANDOM = Random(7)
LETTERS = ["a", "b", '"', "\\", "\n", "\x7f", "é", "€", "😀", "\u2028", "/", " ", "abcdefghijklmnop", "0" * 40]


def random_value(depth: int = 0) -> Any:
    """A random JSON value."""
    kind = RANDOM.randrange(8 if depth < 5 else 6)
    if kind == 6:
        return [random_value(depth + 1) for _ in range(RANDOM.randrange(6))]
    if kind == 7:
        return {random_text(): random_value(depth + 1) for _ in range(RANDOM.randrange(8))}
    whole = RANDOM.randrange(-(10 ** RANDOM.randrange(1, 30)), 10**5)
    return (None, True, False, random_text(), whole, RANDOM.uniform(-1, 1) * 10.0 ** RANDOM.randrange(-30, 30))[kind]


def random_text() -> str:
    return "".join(RANDOM.choices(LETTERS, k=RANDOM.randrange(5)))


def strictly(text: bytes) -> Any:
    """What json.loads makes of strict JSON."""

    def refuse(name: str) -> Any:
        raise ValueError(name)

    value = json.loads(text.decode(), parse_constant=refuse)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value


def test_random_values() -> None:
    """Random values in every layout are parsed as json.loads parses them, types and order included."""
    for n in range(1500):
        value = random_value()
        text = json.dumps(value, ensure_ascii=bool(n % 2), indent=(None, 1, "\t", 0)[n % 4])
        assert repr(parse(text)) == repr(json.loads(text))
        assert repr(parse(text.encode())) == repr(json.loads(text))


def test_random_damage() -> None:
    """A text with a byte removed, doubled or replaced is parsed or refused as json.loads does it."""
    refused = 0
    for _ in range(15_000):
        text = bytearray(json.dumps(random_value(3), ensure_ascii=RANDOM.random() < 0.5).encode())
        place = RANDOM.randrange(len(text))
        kind = RANDOM.randrange(3)
        text[place : place + 1] = (
            b"",
            text[place : place + 1] * 2,
            bytes([RANDOM.choice(b'[]{}",:\\0-.eE \xc3\x80\x1f')]),
        )[kind]
        try:
            expected = repr(strictly(bytes(text)))
        except ValueError:
            refused += 1
            with pytest.raises(ValueError):  # noqa: PT011 (it carries no text)
                parse(text)
        else:
            assert repr(parse(text)) == expected
    assert 1000 < refused < 14_000


@pytest.mark.parametrize("data", [b"", b"  ", "é", "\ud800", b"\xff", None, 1, b"[1", "[1] x", '"\\ud800"', "1e400"])
def test_refused(data: Any) -> None:
    """Text that is not strict JSON, or that Python can't represent, raises a ValueError that quotes nothing."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        parse(data)
    assert caught.value.args == ()
    assert caught.value.__context__ is None


def test_keys_are_shared() -> None:
    """Equal keys are one object, so a list of dicts keeps each key once."""
    first, second = parse('[{"completion_tokens":1,"a":1},{"completion_tokens":2,"a":2}]' + " " * 16)

    assert all(one is other for one, other in zip(first, second, strict=True))


def test_needs_one_argument() -> None:
    """It takes one argument."""
    with pytest.raises(TypeError):
        parse()
