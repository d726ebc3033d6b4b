"""The compiled functions and the engines agree with the rules, for every class, on texts and instances of all sorts."""

import json
from random import Random
from typing import Any

import attrs
import pytest
from agreement import CONVERTERS, OPTIONS, agree, agree_on_the_way_out, reference
from future_classes import Future, Later
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import LONG, damaged, json_of, mutated, randoms, respelled, some_junk
from support import ENGINES, INVALID, VALID, body, choice, outcome
from user_classes import ALL, Aliased, Mutable, Node, Renamed

from router_schema import RouterCompletionsResponseBody

SETUPS = [
    *((cl, "default") for cl in [*ALL, Future, Later]),
    *((cl, "forbid") for cl in (RouterCompletionsResponseBody, Renamed, Mutable, Node)),
    *((cl, "alias") for cl in (Aliased, Renamed, Mutable)),
]
each_setup = pytest.mark.parametrize(
    ("cl", "options"),
    SETUPS,
    ids=[cl.__name__ if name == "default" else f"{cl.__name__}-{name}" for cl, name in SETUPS],
)

# --- in ---


@pytest.mark.parametrize("options", OPTIONS)
def test_cases(options: str) -> None:
    """All agree on each text of the data folders, read as its own class and as another."""
    for case in VALID + INVALID:
        if any(word in case.name for word in ("huge-integers", "5000-digits", "deep")):  # too much for `strictly`
            got = [outcome(converter.loads, case.data, case.cl) for converter in CONVERTERS[options]]
            assert got == [reference(case.data, case.cl, options)] * len(ENGINES), case.name
        else:
            agree(case.data, case.cl, options)
            agree(case.data, Node, options)


@given(st.binary(max_size=30) | st.text(alphabet='{}[]":,0123456789.eE+-truefalsn\\u \n\ud800é\x00', max_size=20))
def test_random_text(data: bytes | str) -> None:
    """All agree on text that was never meant to be JSON."""
    agree(data, RouterCompletionsResponseBody)
    agree(data, dict[str, Any])
    agree(data, list[float | None])
    agree(data, str | None)


COMPACT = json.dumps(
    body(
        choices=[choice(text='Rye, "é" 🍑\n')], usage={"total_tokens": 1.5, "cost": None}, provider={"a": [True, -1e-7]}
    ),
    ensure_ascii=False,
    separators=(",", ":"),
).encode()


def test_truncated_at_each_position() -> None:
    """All agree, and reject, at whatever byte a body is cut off."""
    outcomes = {agree(COMPACT[:end], RouterCompletionsResponseBody)[0] for end in range(len(COMPACT))}

    assert agree(COMPACT, RouterCompletionsResponseBody)[0] == "returned"
    assert "returned" not in outcomes
    assert len(outcomes) == 1


@pytest.mark.parametrize("flip", [1, 4, 16, 32, 64, 128, 255])
def test_each_byte_flipped(flip: int) -> None:
    """All agree whatever bit is wrong in whatever byte."""
    for position in range(len(COMPACT)):
        data = bytearray(COMPACT)
        data[position] ^= flip
        agree(bytes(data), RouterCompletionsResponseBody)


@pytest.mark.parametrize(
    "put", [b'"', b"\\", b"{", b"}", b",", b"0", b" ", b"\x00", b"\xff", b"\xef\xbb\xbf"], ids=repr
)
def test_a_byte_put_in_at_each_position(put: bytes) -> None:
    """All agree whatever stands where."""
    for position in range(len(COMPACT) + 1):
        agree(COMPACT[:position] + put + COMPACT[position:], RouterCompletionsResponseBody)


def test_each_key_dropped_doubled_and_renamed() -> None:
    """All agree on each key that is missing, there twice, or spelled with escapes."""
    value = json.loads(COMPACT)
    text = COMPACT.decode()
    for container in (value, value["choices"][0], value["usage"]):
        for key in list(container):
            spelled_key = f'"{key}":'
            escaped = "".join(f"\\u{ord(c):04x}" for c in key)
            for other in (f'"{key}_":', f'"{key}":null,"{key}":', f'"{key}":[[]],"{key}":', f'"{escaped}":'):
                agree(text.replace(spelled_key, other), RouterCompletionsResponseBody)


# --- out ---


#: What no parser makes.
WRONG = [float("nan"), (1,), (None,), {1}, b"x", object, {1: 1}, 2**53 + 1, [{"\ud800": 1}]]


def broken(instance: Any, source: Random) -> Any:
    """*instance*, one of whose fields now holds something it should not, perhaps itself."""
    name = source.choice([attribute.name for attribute in attrs.fields(type(instance))])
    wrong = source.choice([some_junk(source), source.choice([*WRONG, instance])])
    object.__setattr__(instance, name, wrong)
    return instance


@each_setup
@settings(max_examples=max(settings().max_examples // 4, 20))  # fewer for each than for a separate property
@given(data=st.data())
def test_each_class(cl: Any, options: str, data: st.DataObject) -> None:
    """
    All agree, for every class, on a good value, on mutations of its text, on its instance, and on broken instances.

    One test, because drawing a value takes most of the time.
    """
    value = data.draw(json_of(cl, use_alias=options == "alias"))
    source = data.draw(randoms)

    agree_on_texts(value, cl, options, source)
    agree_on_instances(value, cl, options, source)


def agree_on_texts(value: Any, cl: Any, options: str, source: Random) -> None:
    """
    All accept a good value, as the same instance, and agree on what mutations make of its text.

    Keys are dropped, doubled and renamed, values retyped and nested deeper; a number is respelled; bytes are flipped,
    put in, deleted and cut off.
    """
    expected = agree(json.dumps(value, ensure_ascii=source.random() < 0.5), cl, options)

    assert expected[0] == "returned" or cl.__name__ in ("Validated", "Literals")
    agree(mutated(value, source), cl, options)
    agree(damaged(value, source), cl, options)
    text = respelled(value, source)
    if LONG not in text:
        agree(text, cl, options)
    else:  # `strictly` cannot convert it
        got = [outcome(converter.loads, text, cl) for converter in CONVERTERS[options]]
        assert got == [reference(text, cl, options)] * len(ENGINES)


def agree_on_instances(value: Any, cl: Any, options: str, source: Random) -> None:
    """
    An instance leaves as the same text from all engines, which says what the rule says, and comes back.

    All agree on one that holds something it should not.
    """
    converter = CONVERTERS[options][0]
    try:
        instance = converter.structure(value, cl)
    except ValueError:
        assert cl.__name__ in ("Validated", "Literals")
        return

    assert agree_on_the_way_out(instance, options)[0] == "returned"
    if cl.__name__ not in ("OwnInit", "OwnMeta"):  # these change at each construction
        assert converter.loads(converter.dumps(instance), cl) == instance
    for _ in range(2 if attrs.fields(cl) else 0):
        agree_on_the_way_out(broken(converter.structure(value, cl), source), options)


def test_many_numbers_are_written_alike() -> None:
    """Numbers of every size have one spelling, and come back exactly."""
    source = Random(20260101)
    cl: Any = attrs.make_class("Numbers", {"x": attrs.field(type=tuple[float, ...]), "y": attrs.field(type=Any)})
    for exponent in range(-320, 308):
        numbers = [float(f"{source.uniform(-9.99, 9.99)}e{exponent}") for _ in range(5)]
        numbers.append(float(f"1e{exponent}"))
        instance = cl(tuple(numbers), numbers)
        agree_on_the_way_out(instance)

        assert CONVERTERS["default"][0].loads(CONVERTERS["default"][-1].dumps(instance), cl) == instance
