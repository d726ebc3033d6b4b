"""The words for JSON's types, in problems and in rules."""

import collections
from typing import Any

import pytest
from internals import json_type, parse_strictly
from user_classes import Inner, Level, Size

from router_schema import RouterConverter
from rules.rows import each, structure_rejects

HUGE = "7" * 5000


@each(
    "value word",
    [
        (None, "null"),
        (True, "boolean"),
        (1, "integer"),
        (1.0, "number"),
        ("", "string"),
        ([], "array"),
        ((), "array"),
        ({}, "object"),
        (parse_strictly(HUGE), "integer"),
        (Level.LOW, "string"),
        (Size.SMALL, "integer"),
        (collections.Counter(), "object"),
        (b"", "bytes"),
        (object(), "object"),
    ],
)
def test_json_type(value: object, word: str) -> None:
    """A value has JSON's word for its type, or the name of its Python type where JSON has none."""
    assert json_type(value) == word


@pytest.mark.parametrize(
    "tp", [str, float, int, bool, Level, list[int], tuple[int, ...], dict[str, int], Inner, Any, Inner | None], ids=str
)
def test_structure_goes_by_type_not_by_name(tp: Any, converter: RouterConverter) -> None:
    """An instance of a class that has the name of a JSON type is rejected like any other object."""
    for name in ("null", "boolean", "integer", "number", "string", "array", "object"):
        structure_rejects(converter, tp, type(name, (), {})(), "type", name)
