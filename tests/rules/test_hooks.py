"""Types with a hook of the user's: what the hook raises and returns is checked."""

import datetime
import json
from typing import Any

import attrs
import pytest
from foreign_classes import SECONDS, WHEN, Stamped, from_timestamp
from support import converter_for, problems, rejected
from user_classes import Inner, Level

from router_schema import EncodeError


def test_user_hooks(engine: str) -> None:
    """Hooks for a type of the user's are called in both directions, and what they raise is a problem."""
    converter = converter_for(engine)
    converter.register_structure_hook(datetime.datetime, from_timestamp)
    converter.register_unstructure_hook(datetime.datetime, datetime.datetime.timestamp)
    instance = converter.loads(f'{{"when":{SECONDS},"also":[{SECONDS}]}}', Stamped)

    assert instance == Stamped(WHEN, (WHEN,))
    assert converter.dumps(instance) == f'{{"when":{SECONDS:.0f},"also":[{SECONDS:.0f}]}}'
    assert problems(rejected(converter, {"when": "secret", "also": [1, None]}, Stamped)) == [
        ("$.when", "value"),
        ("$.also[1]", "value"),
    ]


def test_problems_name_the_type_of_the_hook(engine: str) -> None:
    """A problem of a type with a hook names the type: its name, or what Python prints where it has none."""
    converter = converter_for(engine)
    converter.register_structure_hook(datetime.datetime, from_timestamp)
    converter.register_structure_hook(int | str, lambda value, _: int(value))

    @attrs.frozen
    class Odd:
        when: datetime.datetime
        count: int | str

    missing = rejected(converter, {}, Odd)
    wrong = rejected(converter, {"when": "x", "count": "x"}, Odd)

    assert [problem.expected for problem in missing.errors] == ["datetime", "int | str"]
    assert [(problem.expected, problem.message) for problem in wrong.errors] == [
        ("a value that its datetime hook accepts", "rejected by its datetime hook (TypeError)"),
        ("a value that its int | str hook accepts", "rejected by its int | str hook (ValueError)"),
    ]


def test_what_an_unstructure_hook_returns_is_checked(engine: str) -> None:
    """What an unstructure hook returns must be JSON, and what it raises is a problem at its path."""
    converter = converter_for(engine)
    gives: list[Any] = [None]
    converter.register_unstructure_hook(Level, lambda level: gives[0]() if callable(gives[0]) else gives[0])

    @attrs.frozen
    class Odd:
        level: Level

    for given in ({"a": [1.0, (2,)]}, None, "x", 5):
        gives[0] = given
        assert json.loads(converter.dumps(Odd(Level.LOW))) == {"level": json.loads(json.dumps(given))}
    for given, where in (
        (object(), "$.level"),
        ([float("nan")], "$.level[0]"),
        ({"a": "\ud800"}, "$.level.a"),
        (lambda: 1 / 0, "$.level"),
    ):
        gives[0] = given
        with pytest.raises(EncodeError) as caught:
            converter.dumps(Odd(Level.LOW))

        assert [path for path, _ in problems(caught.value)] == [where]
        assert caught.value.__context__ is None


# --- hooks that call the converter ---


def test_hooks_may_call_the_converter(engine: str) -> None:
    """Problems that a hook's own call finds are reported at their place in the whole."""
    converter = converter_for(engine)
    converter.register_structure_hook(Stamped, lambda value, _: converter.structure(value["wrapped"], Inner))

    error = rejected(converter, [{"wrapped": {"left": "1", "right": 2}}, {"wrapped": {"left": 1}}, {}], list[Stamped])

    assert problems(error) == [("$[0].left", "type"), ("$[0].right", "type"), ("$[2]", "value")]


def test_hooks_may_raise_our_errors(engine: str) -> None:
    """An error of ours without problems, such as text that is not JSON, is a rejected value."""
    converter = converter_for(engine)
    converter.register_structure_hook(Stamped, lambda value, _: converter.loads(value, Inner))

    assert converter.loads('["{\\"left\\":1}"]', list[Stamped]) == [Inner(1.0)]
    assert problems(rejected(converter, ["{", '{"right": 1}'], list[Stamped])) == [
        ("$[0]", "value"),
        ("$[1].left", "missing"),
        ("$[1].right", "type"),
    ]


def test_hooks_with_too_many_problems(engine: str) -> None:
    """Problems that hooks find are bounded and counted like all others."""
    converter = converter_for(engine)
    converter.register_structure_hook(Stamped, lambda value, _: converter.structure([{}] * value, list[Inner]))
    error = rejected(converter, [60, 70, 500], list[Stamped])

    assert len(error.errors) == 100
    assert error.error_count == 630
    assert problems(error)[60] == ("$[1][0].left", "missing")
