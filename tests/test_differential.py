"""
Accept fast, explain slowly: whatever is fast says exactly what the judge says.

The judge is a rule, run on what the standard library parses. Held to it are the compiled functions, the engine ujson
and, where it is installed, the engine msgspec: same instance with the same types, same errors, same count.
"""

import importlib.util
import json
import random
import re
from typing import Any

import attrs
import pytest
from future_classes import Future, Later
from hypothesis import given, settings
from hypothesis import strategies as st
from support import (
    INVALID,
    LENIENT,
    VALID,
    Case,
    body,
    choice,
    damaged,
    json_of,
    junk,
    mutants,
    outcome,
    respelled,
    spelled,
    strictly,
)
from user_classes import ALL, Aliased, Mutable, Node, Renamed

from router_schema import RouterCompletionsResponseBody, RouterConverter, make_converter
from router_schema._engines.strict import parse_strictly
from router_schema._rules import validate_structure, validate_unstructure

ENGINES = ["ujson", *(["msgspec"] if importlib.util.find_spec("msgspec") else [])]
OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "forbid": {"forbid_extra_keys": True},
    "alias": {"use_alias": True, "omit_if_default": True},
}
CONVERTERS: dict[str, list[RouterConverter]] = {
    name: [make_converter(engine=engine, **options) for engine in ENGINES]  # type: ignore[arg-type]
    for name, options in OPTIONS.items()
}
CLASSES = [*ALL, Future, Later]
SETUPS = [
    *((cl, "default") for cl in CLASSES),
    *((cl, "forbid") for cl in (RouterCompletionsResponseBody, Renamed, Mutable, Node)),
    *((cl, "alias") for cl in (Aliased, Renamed, Mutable)),
]
each_setup = pytest.mark.parametrize(
    ("cl", "options"),
    SETUPS,
    ids=[cl.__name__ if name == "default" else f"{cl.__name__}-{name}" for cl, name in SETUPS],
)


def agree(data: bytes | str, cl: Any, options: str = "default") -> Any:
    """Hold everything fast to the judge on one text; returns the judge's outcome."""
    converters = CONVERTERS[options]
    rule = converters[0].get_structure_hook(cl).rule  # type: ignore[attr-defined]
    judged = outcome(lambda: validate_structure(rule, parse_strictly(data)))
    try:
        value = strictly(data)
        is_json = True
    except (ValueError, RecursionError):
        is_json = False

    for converter in converters:
        got = outcome(converter.loads, data, cl)
        assert type(got) is tuple
        if is_json or converter.engine == "msgspec" or got == judged:
            assert got == judged, converter.engine
        else:
            text = data if isinstance(data, str) else str(data, "utf-8")
            assert LENIENT.search(re.sub(r'"(?:[^"\\\x00-\x1f]|\\.)*"', '""', text)), "ujson took what is not JSON"
        if is_json:
            assert outcome(converter.structure, value, cl) == judged, f"structure with {converter.engine}"
    return judged


#: There are many classes, so each has fewer examples than a property of its own.
some = settings(max_examples=max(settings().max_examples // 4, 20))

# --- in ---


@pytest.mark.parametrize("case", VALID + INVALID, ids=lambda case: case.name)
@pytest.mark.parametrize("options", OPTIONS)
def test_cases(case: Case, options: str) -> None:
    """All agree on each text of the data folders."""
    data = case.data
    if any(word in case.name for word in ("huge-integers", "5000-digits", "deep")):
        rule = CONVERTERS[options][0].get_structure_hook(case.cl).rule  # type: ignore[attr-defined]
        judged = outcome(lambda: validate_structure(rule, parse_strictly(data)))

        assert [outcome(converter.loads, data, case.cl) for converter in CONVERTERS[options]] == [judged] * len(ENGINES)
    else:
        agree(data, case.cl, options)
        agree(data, Node, options)


@each_setup
@some
@given(st.data())
def test_good_values(cl: Any, options: str, data: st.DataObject) -> None:
    """All accept what each class takes, as the same instance."""
    value = data.draw(json_of(cl, use_alias=options == "alias"))
    judged = agree(json.dumps(value, ensure_ascii=data.draw(st.booleans())), cl, options)

    assert judged[0] == "returned" or cl.__name__ in ("Validated", "Literals")


@each_setup
@some
@given(st.data())
def test_mutants(cl: Any, options: str, data: st.DataObject) -> None:
    """All agree where keys were dropped, doubled and renamed, and values retyped and nested deeper."""
    agree(data.draw(mutants(json_of(cl, use_alias=options == "alias"))), cl, options)


@each_setup
@some
@given(st.data())
def test_respelled_numbers(cl: Any, options: str, data: st.DataObject) -> None:
    """All agree on a number however it is written."""
    text = data.draw(respelled(json_of(cl, use_alias=options == "alias")))
    if "7" * 4300 not in text:
        agree(text, cl, options)
    else:
        outcomes = [outcome(converter.loads, text, cl) for converter in CONVERTERS[options]]
        assert outcomes == outcomes[:1] * len(ENGINES)


@each_setup
@some
@given(st.data())
def test_damaged_bytes(cl: Any, options: str, data: st.DataObject) -> None:
    """All agree on bytes that were flipped, put in, deleted or cut off."""
    agree(data.draw(damaged(json_of(cl, use_alias=options == "alias"))), cl, options)


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
    """All agree, and refuse, at whatever byte a body is cut off."""
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
    """All agree on each key that is missing, there twice, or called otherwise."""
    value = json.loads(COMPACT)
    for container in (value, value["choices"][0], value["usage"]):
        for key in list(container):
            text = COMPACT.decode()
            spelled_key = f'"{key}":'
            agree(text.replace(spelled_key, f'"{key}_":'), RouterCompletionsResponseBody)
            agree(text.replace(spelled_key, f'"{key}":null,"{key}":'), RouterCompletionsResponseBody)
            agree(text.replace(spelled_key, f'"{key}":[[]],"{key}":'), RouterCompletionsResponseBody)
            agree(
                text.replace(spelled_key, "".join(f"\\u{ord(c):04x}" for c in key).join('""') + ":"),
                RouterCompletionsResponseBody,
            )


# --- out ---


def agree_on_the_way_out(instance: Any, options: str = "default") -> Any:
    """Hold everything fast to the judge on one instance; returns the judge's outcome."""
    converters = CONVERTERS[options]
    rule = converters[0].get_unstructure_hook(type(instance)).rule  # type: ignore[attr-defined]
    judged = outcome(validate_unstructure, rule, instance)
    written = [outcome(converter.dumps, instance) for converter in converters]

    for converter in converters:
        assert outcome(converter.unstructure, instance) == judged, converter.engine
    assert written == written[:1] * len(ENGINES)
    if judged[0] == "returned":
        assert spelled(json.loads(written[0][1][1])) == judged[1]
    else:
        assert written[0] == judged
    return judged


@each_setup
@some
@given(st.data())
def test_instances_leave_alike(cl: Any, options: str, data: st.DataObject) -> None:
    """Each instance leaves as the same text from all engines, which says what the judge says, and comes back."""
    value = data.draw(json_of(cl, use_alias=options == "alias"))
    converter = CONVERTERS[options][0]
    instance = outcome_or_none(converter, value, cl)
    if instance is None:
        return
    judged = agree_on_the_way_out(instance, options)

    assert judged[0] == "returned"
    if cl.__name__ not in ("OwnInit", "OwnMeta"):  # these change at each construction
        assert converter.loads(converter.dumps(instance), cl) == instance


def outcome_or_none(converter: RouterConverter, value: Any, cl: Any) -> Any:
    try:
        return converter.structure(value, cl)
    except ValueError:
        assert cl.__name__ in ("Validated", "Literals")
        return None


@each_setup
@some
@given(st.data())
def test_broken_instances_stay_alike(cl: Any, options: str, data: st.DataObject) -> None:
    """All agree on an instance that holds something it should not."""
    value = data.draw(json_of(cl, use_alias=options == "alias"))
    instance = outcome_or_none(CONVERTERS[options][0], value, cl)
    names = [attribute.name for attribute in attrs.fields(cl)]
    if instance is None or not names:
        return
    wrong = data.draw(
        junk
        | st.sampled_from(
            [float("nan"), (1,), (None,), {1}, b"x", object, {1: 1}, 2**53 + 1, [{"\ud800": 1}], instance]
        )
    )
    object.__setattr__(instance, data.draw(st.sampled_from(names)), wrong)

    agree_on_the_way_out(instance, options)


def test_many_numbers_are_written_alike() -> None:
    """Numbers of every size have one spelling, and come back exactly."""
    source = random.Random(20260101)
    cl: Any = attrs.make_class("Numbers", {"x": attrs.field(type=tuple[float, ...]), "y": attrs.field(type=Any)})
    for exponent in range(-320, 308):
        numbers = [float(f"{source.uniform(-9.99, 9.99)}e{exponent}") for _ in range(5)]
        numbers.append(float(f"1e{exponent}"))
        instance = cl(tuple(numbers), numbers)
        agree_on_the_way_out(instance)

        assert CONVERTERS["default"][0].loads(CONVERTERS["default"][-1].dumps(instance), cl) == instance
