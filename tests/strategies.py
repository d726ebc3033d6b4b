"""Hypothesis strategies: JSON that is good for a type, and what mutations make of it."""

from __future__ import annotations

import copy
import enum
import functools
import json
import math
import re
import struct
import types
import typing
from collections.abc import Iterator
from random import Random
from typing import Annotated, Any, Literal

import attrs
from cattrs import override
from hypothesis import strategies as st

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
integers = st.integers(-(2**53) + 1, 2**53 - 1) | st.integers(-(2**70), 2**70) | st.integers(0, 300)
reals = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | integers | reals | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)

#: Sources of the random choices of a mutation. Hypothesis draws the seed alone: that is ten times as fast.
randoms = st.integers(0, 2**64 - 1).map(Random)


# --- good values ---


def key_of(attribute: attrs.Attribute[Any], use_alias: bool = False) -> str:
    """The JSON key of *attribute*, by cattrs' own means."""
    for note in getattr(attribute.type, "__metadata__", ()):
        if isinstance(note, type(override())) and note.rename:
            return str(note.rename)
    return str(attribute.alias if use_alias else attribute.name)


def _is_omitted(attribute: attrs.Attribute[Any]) -> bool:
    notes = getattr(attribute.type, "__metadata__", ())
    return not attribute.init or any(isinstance(note, type(override())) and note.omit for note in notes)


@functools.cache
def json_of(tp: Any, use_alias: bool = False, depth: int = 3) -> st.SearchStrategy[Any]:
    """Parsed JSON that is good for the type *tp*, derived from its annotations alone."""
    if typing.get_origin(tp) is Annotated:
        return json_of(tp.__origin__, use_alias, depth)
    origin, arguments = typing.get_origin(tp) or tp, typing.get_args(tp)
    simple: dict[Any, st.SearchStrategy[Any]] = {
        str: texts,
        int: integers,
        float: integers | reals,
        bool: st.booleans(),
        Any: json_values,
        None: json_values,
        type(None): st.none(),
    }
    if origin in simple:
        return simple[origin]
    if origin is Literal:
        return st.sampled_from(
            [argument.value if isinstance(argument, enum.Enum) else argument for argument in arguments]
        )
    if isinstance(origin, type) and issubclass(origin, enum.Enum):
        return st.sampled_from([member.value for member in origin])
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(json_of(argument, use_alias, depth) for argument in reversed(arguments)))
    if origin in (tuple, list):
        return st.lists(json_of(arguments[0] if arguments else Any, use_alias, depth), max_size=3 if depth > 0 else 0)
    if origin is dict:
        item = json_of(arguments[1] if arguments else Any, use_alias, depth)
        return st.dictionaries(texts, item, max_size=3 if depth > 0 else 0)
    attrs.resolve_types(tp, include_extras=True)
    fields = [attribute for attribute in attrs.fields(tp) if not _is_omitted(attribute)]
    strategies = {
        key_of(field, use_alias): json_of(field.type, use_alias, depth - 1)
        for field in fields
        if depth > 0 or field.default is attrs.NOTHING
    }
    optional = {key_of(field, use_alias) for field in fields if field.default is not attrs.NOTHING}
    return st.fixed_dictionaries(
        {key: value for key, value in strategies.items() if key not in optional},
        optional={key: value for key, value in strategies.items() if key in optional},
    )


# --- junk ---

#: One of each JSON type, and values that are close to what fields accept.
JUNK = [
    *(None, True, False, 0, 1, -1, 1.0, 1.5, "", "1", "stop", "null", [], {}, [None], {"": None}),
    *(2**53, 2**53 + 1, 2**64, -(2**63) - 1, 10**400, 1e308, 5e-324, -0.0, "\ud800", "\udc00x", "é"),
]

junk = st.sampled_from(JUNK).map(copy.deepcopy) | json_values  # copied: what is changed later must not be drawn again


def some_text(random: Random) -> str:
    """Up to eight characters, none of them a surrogate."""
    ranges = [(0x20, 0x7E), (0, 0x7FF), (0x800, 0xD7FF), (0xE000, 0x10FFFF)]
    return "".join(chr(random.randint(*random.choice(ranges))) for _ in range(random.randint(0, 8)))


def _some_real(random: Random) -> float:
    """Any double, all its bits being equally likely."""
    while not math.isfinite(number := struct.unpack("<d", random.randbytes(8))[0]):
        pass
    return float(number)


def some_junk(random: Random, depth: int = 2) -> Any:
    """One of `JUNK`, or another JSON value."""
    kind = random.randrange(10 if depth else 8)
    if kind < 5:
        return copy.deepcopy(random.choice(JUNK))
    if kind < 8:
        return random.choice([some_text, _some_real, lambda random: random.randint(-(2**70), 2**70)])(random)
    items = [some_junk(random, depth - 1) for _ in range(random.randint(0, 3))]
    return items if kind == 8 else {some_text(random): item for item in items}


# --- mutations ---


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container in *value* with each of its keys or indexes."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


_AGAIN = "~again~"


def mutated(value: Any, random: Random) -> str:
    """The text of *value* with up to three things changed in it, so that it may or may not stay good."""
    whole = json.loads(json.dumps({"": value}))  # a copy, in which no object is shared
    for _ in range(random.randint(0, 3)):
        container, key = random.choice(list(places(whole)))
        match random.choice(["drop", "retype", "nest", "rename", "double", "add"]):
            case "drop" if container is not whole:
                del container[key]
            case "retype":
                container[key] = some_junk(random)
            case "nest":
                container[key] = random.choice([[container[key]], {"value": container[key]}])
            case "rename" if isinstance(container, dict) and container is not whole:
                container[random.choice([key.upper(), f"{key} ", f"_{key}", key[:-1]])] = container.pop(key)
            case "double" if isinstance(container, dict) and container is not whole:
                again = copy.deepcopy(container[key]) if random.random() < 0.3 else some_junk(random)
                container[f"{key}{_AGAIN}"] = again
            case "add" if isinstance(container[key], dict):
                container[key][some_text(random)] = some_junk(random)
    text = json.dumps(
        whole[""],
        ensure_ascii=random.choice([True, False]),
        indent=random.choice([None, None, 1]),
        separators=random.choice([(",", ":"), (", ", ": ")]),
    )
    return text.replace(_AGAIN, "")


_NUMBER = re.compile(r"(?<=[\[:, ])-?\d+(\.\d+)?([eE][+-]?\d+)?")
LONG = "7" * 4300
SPELLINGS = [
    *("{}.0", "{}.5", "{}e0", "{}E+2", "{}e-1", "{}e400", "-0", "-0.0", "0e9", "1e-400", "0.1e1", "-1"),
    *("00{}", "{}.", ".5", "-.5", "+{}", "-", "{}e", "0x1F", "NaN", "Infinity", "-Infinity", "1_0"),
    *("9007199254740993", "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890"),
    *("1.7976931348623159e308", "2.2250738585072011e-308", "4.9e-324", "0.30000000000000004", "1e22", "1e23"),
    *("7" * 310, LONG, f"-{LONG}7"),
]


def respelled(value: Any, random: Random) -> str:
    """The text of *value* with one of its numbers written in another way, good or bad."""
    text = json.dumps(value)
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return text
    number = random.choice(numbers)
    return text[: number.start()] + random.choice(SPELLINGS).replace("{}", number[0]) + text[number.end() :]


def damaged(value: Any, random: Random) -> bytes:
    """The bytes of *value* with some of them flipped, put in, or cut off."""
    data = bytearray(json.dumps(value, ensure_ascii=random.choice([True, False])).encode())
    for _ in range(random.randint(1, 3)):
        at = random.randint(0, len(data))
        match random.choice(["flip", "put", "cut", "delete"]):
            case "flip" if at < len(data):
                data[at] ^= random.choice([1, 2, 4, 8, 16, 32, 64, 128, 255])
            case "put":
                data[at:at] = bytes([random.choice(b'"\\{}[]:,0-.eEtfn \n\t\x00\x7f\x80\xc3\xed\xff')])
            case "cut":
                del data[at:]
            case "delete":
                del data[at : at + random.randint(1, 4)]
    return bytes(data)
