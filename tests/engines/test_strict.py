"""The standard library's parser, which decides and finds the position where an engine gives up."""

from typing import Any

import pytest
from internals import parse_strictly, with_parser
from support import converter_for

from engines.bodies import TEXT
from router_schema import DecodeError, loads

CONSTANTS = ["NaN", "Infinity", "-Infinity"]


@pytest.mark.parametrize("spelling", CONSTANTS)
def test_constants_have_a_place(spelling: str) -> None:
    """The position of a constant is found, also behind strings that hold its name."""
    text = '{"NaN": "-Infinity \\" NaN",\n "x": ' + spelling + "}"
    with pytest.raises(DecodeError) as caught:
        parse_strictly(text)

    assert str(caught.value) == f"not JSON: {spelling}: line 2 column 7 (offset {text.index(chr(10)) + 7})"


def test_an_engine_may_raise_anything() -> None:
    """If an engine's parser fails with any exception, the standard library decides."""

    def fail(data: Any) -> Any:
        raise RuntimeError(data)

    converter = with_parser(converter_for("ujson"), fail)

    assert converter.loads(TEXT) == loads(TEXT)
    with pytest.raises(DecodeError) as caught:
        converter.loads("{")
    assert caught.value.__context__ is None
