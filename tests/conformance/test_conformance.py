"""What each engine takes for JSON: RFC 8259, and from ujson a few spellings more, which are listed here one by one."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any, NoReturn

import pytest
from cases import CASES, Case

from router_schema import DecodeError, RouterConverter, ValidationError, make_converter

#: The malformed spellings that an engine takes, by what they have in common: exactly these cases, no other.
LENIENT: dict[str, dict[str, set[str]]] = {
    "msgspec": {},
    "ujson": {
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
    },
}


def _body(**texts: bytes) -> bytes:
    """A good body, but for the JSON texts given as the values of its keys."""
    choice = b'{"finish_reason":"stop","index":0,"text":"Hi"}'
    good = {"id": b'"cmpl-1"', "choices": b"[" + choice + b"]", "created": b"1741569952", "model": b'"m"'}
    rest = {"system_fingerprint": b'"fp"', "object": b'"text_completion"', "usage": b'{"total_tokens":3}'}
    return b"{" + b",".join(b'"%b":%b' % (key.encode(), text) for key, text in (good | texts | rest).items()) + b"}"


PLACES: dict[str, Callable[[bytes], bytes]] = {
    "top level": lambda text: text,
    "ignored field": lambda text: _body(ignored=text),
    "field inside an ignored one": lambda text: _body(ignored=b'[{"a":%b}]' % text),
    "number field": lambda text: _body(created=text),
    "string field": lambda text: _body(model=text),
}

every_case = pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
every_string = pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.id) for case in CASES if case.text.startswith(b'"')]
)
every_engine = pytest.mark.parametrize(
    "engine",
    ["ujson", pytest.param("msgspec", marks=pytest.mark.skipif(not find_spec("msgspec"), reason="not installed"))],
)


@cache
def _converter(engine: Any) -> RouterConverter:
    return make_converter(engine=engine)


def _takes(engine: str, data: bytes | str) -> bool:
    """Whether the engine takes *data* for JSON, whatever the schema makes of it."""
    try:
        _converter(engine).loads(data)
    except ValidationError:
        return True
    except DecodeError:
        return False
    return True


def _expected(engine: str, case: Case) -> bool:
    return case.accept or any(case.id in ids for ids in LENIENT[engine].values())


def _parse_strictly(data: bytes) -> Any:
    """What the standard library makes of UTF-8, without its own extensions."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    return json.loads(data.decode(), parse_constant=refuse)


@every_engine
@every_case
def test_verdict(case: Case, engine: str) -> None:
    """An engine takes what RFC 8259 accepts and its listed spellings, and nothing else, wherever it stands."""
    verdicts = {place: _takes(engine, put(case.text)) for place, put in PLACES.items()}

    assert verdicts == dict.fromkeys(PLACES, _expected(engine, case))


@every_engine
@every_string
def test_name(case: Case, engine: str) -> None:
    """A string gets the same verdict as the name of an ignored field."""
    assert _takes(engine, b'{"a":{%b:1}}' % case.text) == _expected(engine, case)
    assert _takes(engine, _body().replace(b"{", b"{%b:1," % case.text, 1)) == _expected(engine, case)


@every_engine
@every_case
def test_str(case: Case, engine: str) -> None:
    """A str gets the verdict of its UTF-8 bytes, and one that has none is refused."""
    text = _body(ignored=case.text).decode(errors="surrogateescape")

    assert _takes(engine, text) == _expected(engine, case)


@every_engine
@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in CASES if c.accept and c.production == "number"])
def test_number(case: Case, engine: str) -> None:
    """A number arrives in its field as the nearest double, or is refused by the schema where there is none."""
    expected = float(case.text)

    if math.isinf(expected):
        with pytest.raises(ValidationError):
            _converter(engine).loads(_body(created=case.text))
    else:
        assert _converter(engine).loads(_body(created=case.text)).created == expected


@every_engine
@pytest.mark.parametrize("case", [pytest.param(c, id=c.id) for c in CASES if c.accept and c.text.startswith(b'"')])
def test_string(case: Case, engine: str) -> None:
    """A string arrives in its field as it is, or is refused by the schema where it holds a lone surrogate."""
    expected = _parse_strictly(case.text)

    if any("\ud800" <= char <= "\udfff" for char in expected):
        with pytest.raises(ValidationError):
            _converter(engine).loads(_body(model=case.text))
    else:
        assert _converter(engine).loads(_body(model=case.text)).model == expected


@every_engine
@pytest.mark.parametrize("text", [b"NaN", b"-NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400"])
def test_not_finite(text: bytes, engine: str) -> None:
    """A number that is not finite is refused in every known field."""
    choice = b'[{"finish_reason":"stop","index":%b,"text":"Hi"}]' % text

    for body in (_body(created=text), _body(choices=choice), _body().replace(b":3}", b":%b}" % text)):
        with pytest.raises(DecodeError):
            _converter(engine).loads(body)


@every_case
def test_second_opinion(case: Case) -> None:
    """The standard library's parser, told to be strict, gives the verdict that the table has, wherever it stands."""

    def takes(data: bytes) -> bool:
        try:
            _parse_strictly(data)
        except (ValueError, RecursionError):
            return False
        return True

    verdicts = {place: takes(put(case.text)) for place, put in PLACES.items()}

    assert verdicts == dict.fromkeys(PLACES, case.accept)


def test_cases() -> None:
    """Every case has an id and a text of its own, and every listed spelling is a case that RFC 8259 refuses."""
    listed = [name for spellings in LENIENT.values() for ids in spellings.values() for name in ids]

    assert len({case.id for case in CASES}) == len({case.text for case in CASES}) == len(CASES)
    assert set(listed) <= {case.id for case in CASES if not case.accept}
