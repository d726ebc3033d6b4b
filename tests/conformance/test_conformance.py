"""What each engine accepts as JSON: RFC 8259, and from ujson a few spellings more, which are listed here one by one.

A test runs every text of a production, and names all that fail.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from support import strictly

from conformance import CASES, Case
from router_schema import DecodeError, RouterConverter, ValidationError

#: The malformed spellings that ujson accepts, by what they have in common: exactly these cases, no other.
LENIENT: dict[str, set[str]] = {
    "a minus sign alone, as 0": {
        *("number: -", r"number: -\n"),
        *("array: [-]", "array: [- ]", "array: [-,-]", 'object: {"a":-}'),
    },
    "leading zeros": {
        *(f"number: {text}" for text in ("00", "01", "-00", "-01", "000", "012", "0" * 30 + "1")),
        *("number: 00.5", "number: -01.5", "number: 01e1", "number: -00e1"),
        *("array: [01]", 'object: {"a":00}'),
    },
    "no digits after the decimal point": {
        *("number: 1.", "number: 0.", "number: -1.", "number: 1.e1", "number: -0.E+1"),
        *("array: [1.]", 'object: {"a":1.}'),
    },
    "no digits between minus sign and decimal point": {"number: -.5", "number: -.5e1"},
    "NaN and Infinity": {
        *("number: NaN", "number: Infinity", "number: -Infinity"),
        *("array: [NaN]", "array: [-Infinity]", 'object: {"a":Infinity}'),
    },
    "raw control characters in strings, but for U+0000": {
        *(f"string: raw U+{c:04X}" for c in range(0x01, 0x20)),
        *("string: raw CR LF", "string: raw control at the start", "string: raw control at the end"),
        *(r'array: ["\n"]', r'object: {"\n":1}', r'object: {"a":"\t"}'),
    },
}


def body(**texts: bytes) -> bytes:
    """A good body, except for these JSON texts as values of its keys."""
    choice = b'{"finish_reason":"stop","index":0,"text":"Hi"}'
    good = {"id": b'"cmpl-1"', "choices": b"[" + choice + b"]", "created": b"1741569952", "model": b'"m"'}
    rest = {"system_fingerprint": b'"fp"', "object": b'"text_completion"', "usage": b'{"total_tokens":3}'}
    return b"{" + b",".join(b'"%b":%b' % (key.encode(), text) for key, text in (good | texts | rest).items()) + b"}"


#: Where a text can stand.
PLACES: dict[str, Callable[[bytes], bytes]] = {
    "top level": lambda text: text,
    "ignored field": lambda text: body(ignored=text),
    "field inside an ignored one": lambda text: body(ignored=b'[{"a":%b}]' % text),
    "number field": lambda text: body(created=text),
    "string field": lambda text: body(model=text),
}

PRODUCTIONS = list(dict.fromkeys(case.production for case in CASES))
STRINGS = [case for case in CASES if case.text.startswith(b'"')]

each_production = pytest.mark.parametrize("production", PRODUCTIONS)


def texts_of(production: str, cases: tuple[Case, ...] | list[Case] = CASES) -> list[Case]:
    """The cases of one production."""
    return [case for case in cases if case.production == production]


def accepts(converter: RouterConverter, data: bytes | str) -> bool:
    """Whether the converter's engine accepts *data* as JSON, even if the schema rejects it."""
    try:
        converter.loads(data)
    except ValidationError:
        return True
    except DecodeError:
        return False
    return True


def is_json(data: bytes) -> bool:
    """Whether *data* is JSON to the standard library, without its extensions."""
    try:
        strictly(data)
    except (ValueError, RecursionError):
        return False
    return True


@cache
def lenient_of(engine: str) -> set[str]:
    """The ids of the malformed cases that an engine accepts."""
    return set().union(*LENIENT.values()) if engine == "ujson" else set()


def expected(case: Case, engine: str) -> bool:
    """Whether an engine is to accept a case."""
    return case.accept or case.id in lenient_of(engine)


@each_production
def test_verdict(production: str, engine: str, converter: RouterConverter) -> None:
    """An engine accepts what RFC 8259 does and its listed spellings, and nothing else, wherever the text stands."""
    wrong = [
        (case.id, place)
        for case in texts_of(production)
        for place, put in PLACES.items()
        if accepts(converter, put(case.text)) != expected(case, engine)
    ]

    assert wrong == []


@each_production
def test_str(production: str, engine: str, converter: RouterConverter) -> None:
    """A str gets the verdict of its UTF-8 bytes, and one that has none is rejected."""
    wrong = [
        case.id
        for case in texts_of(production)
        if accepts(converter, body(ignored=case.text).decode(errors="surrogateescape")) != expected(case, engine)
    ]

    assert wrong == []


def test_name(engine: str, converter: RouterConverter) -> None:
    """A string gets the same verdict as the name of an ignored field."""
    wrong = [
        case.id
        for case in STRINGS
        for data in (b'{"a":{%b:1}}' % case.text, body().replace(b"{", b"{%b:1," % case.text, 1))
        if accepts(converter, data) != expected(case, engine)
    ]

    assert len(STRINGS) > 100
    assert wrong == []


def decoded(converter: RouterConverter, field: str, text: bytes) -> Any:
    """The value of *text* in *field*; the kinds of the problems where the schema rejects it."""
    try:
        return getattr(converter.loads(body(**{field: text})), field)
    except ValidationError as error:
        return [problem.kind for problem in error.errors]


def test_number(converter: RouterConverter) -> None:
    """A number arrives in its field as the nearest double, or is a rejected value where there is none."""
    numbers = {case.id: case.text for case in texts_of("number") if case.accept}
    doubles = {name: float(text) for name, text in numbers.items()}

    assert len(numbers) > 30
    assert {name: decoded(converter, "created", text) for name, text in numbers.items()} == {
        name: ["value"] if math.isinf(double) else double for name, double in doubles.items()
    }


def test_string(converter: RouterConverter) -> None:
    """A string arrives in its field as it is, or is a rejected value where it holds a lone surrogate."""
    strings = {case.id: case.text for case in STRINGS if case.accept}
    characters = {name: strictly(text) for name, text in strings.items()}

    assert len(strings) > 50
    assert {name: decoded(converter, "model", text) for name, text in strings.items()} == {
        name: ["value"] if any("\ud800" <= char <= "\udfff" for char in value) else value
        for name, value in characters.items()
    }


@pytest.mark.parametrize("text", [b"NaN", b"-NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400"])
def test_not_finite(text: bytes, converter: RouterConverter) -> None:
    """A number that is not finite is rejected in every known field."""
    choice = b'[{"finish_reason":"stop","index":%b,"text":"Hi"}]' % text

    for data in (body(created=text), body(choices=choice), body().replace(b":3}", b":%b}" % text)):
        with pytest.raises(DecodeError):
            converter.loads(data)


@each_production
def test_second_opinion(production: str) -> None:
    """The standard library's parser, without its extensions, gives the table's verdicts, wherever a text stands."""
    wrong = [
        (case.id, place)
        for case in texts_of(production)
        for place, put in PLACES.items()
        if is_json(put(case.text)) != case.accept
    ]

    assert wrong == []


def test_cases() -> None:
    """Every case has a unique id and text, and every listed spelling is a case that RFC 8259 rejects."""
    assert len({case.id for case in CASES}) == len({case.text for case in CASES}) == len(CASES)
    assert lenient_of("ujson") <= {case.id for case in CASES if not case.accept}
    assert sum(map(len, LENIENT.values())) == len(lenient_of("ujson"))
    assert [name for name in PRODUCTIONS if {case.accept for case in texts_of(name)} != {True, False}] == ["surrogate"]
