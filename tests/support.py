"""What several test modules need: bodies, cases from files, outcomes that can be compared, strategies."""

from __future__ import annotations

import copy
import enum
import functools
import json
import re
import types
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import attrs
import pytest
from cattrs import override
from hypothesis import strategies as st
from user_classes import UserBody

from router_schema import (
    DecodeError,
    EncodeError,
    RouterCompletionsResponseBody,
    ValidationError,
)

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data"
CORPUS = ROOT.parent / "shared" / "corpus"

# --- bodies ---


def body(**changes: Any) -> dict[str, Any]:
    """A good body as parsed JSON, with some keys changed; ``...`` drops one."""
    fields = {
        "id": "cmpl-rye-7",
        "choices": [{"finish_reason": "stop", "index": 0, "text": "Rye is sown in autumn."}],
        "created": 1760000123,
        "model": "granary/rye-1b",
        "system_fingerprint": "fp_rye",
        "object": "text_completion",
        "usage": {"completion_tokens": 7, "prompt_tokens": 12, "total_tokens": 19},
        **changes,
    }
    return {key: value for key, value in fields.items() if value is not ...}


def choice(**changes: Any) -> dict[str, Any]:
    """A good choice as parsed JSON, with some keys changed; ``...`` drops one."""
    fields = {"finish_reason": "stop", "index": 0, "text": "Rye.", **changes}
    return {key: value for key, value in fields.items() if value is not ...}


def problems(error: ValidationError | EncodeError) -> list[tuple[str, str]]:
    """Path and kind of each problem in *error*."""
    return [(problem.path, problem.kind) for problem in error.errors]


# --- cases from files ---


@attrs.frozen
class Case:
    """A text from the data folder, and what must become of it."""

    name: str
    data: bytes
    expected: str

    @property
    def cl(self) -> type[Any]:
        """The class that the text is of."""
        return UserBody if self.name.startswith("user-") else RouterCompletionsResponseBody


def load_cases(folder: str, ending: str) -> list[Case]:
    """Each text of *folder* with the file beside it that tells the outcome."""
    paths = sorted(path for path in (DATA / folder).glob("*.json") if path.name.count(".") == 1)
    return [
        Case(path.stem, path.read_bytes(), path.with_suffix(f".{ending}.json").read_text(encoding="utf-8"))
        for path in paths
    ]


VALID = load_cases("valid", "expected")
INVALID = load_cases("invalid", "problems")

each_valid = pytest.mark.parametrize("case", VALID, ids=lambda case: case.name)
each_invalid = pytest.mark.parametrize("case", INVALID, ids=lambda case: case.name)


# --- outcomes ---


def spelled(value: Any) -> Any:
    """*value* so that equal means equal in every type too: ``26 != 26.0 != True``, and ``-0.0 != 0.0``."""
    if attrs.has(type(value)):
        names = [attribute.name for attribute in attrs.fields(type(value))]
        stored = tuple((name, spelled(getattr(value, name, "not set"))) for name in names)
        return type(value), stored
    if isinstance(value, (list, tuple)):
        return type(value), tuple(spelled(item) for item in value)
    if isinstance(value, dict):
        return type(value), tuple((spelled(key), spelled(item)) for key, item in value.items())
    return type(value), repr(value) if isinstance(value, float) else value


def outcome(call: Callable[..., Any], *args: Any) -> Any:
    """What *call* does, in a form that can be compared: what it returns, or all that its error says."""
    try:
        return "returned", spelled(call(*args))
    except (ValidationError, EncodeError) as error:
        return type(error), error.model, error.errors, error.error_count, getattr(error, "error_body", None)
    except DecodeError as error:
        return type(error), str(error), error.line, error.column, error.offset


def strictly(data: bytes | str) -> Any:
    """*data* parsed by the standard library, told to take nothing but JSON; raises ValueError where it is not."""

    def refuse(name: str) -> Any:
        raise ValueError(name)

    text = data if isinstance(data, str) else str(data, "utf-8")
    text.encode()
    if text.startswith("\ufeff"):
        raise ValueError("byte order mark")
    return json.loads(text, parse_constant=refuse)


#: The malformed spellings that the engine ujson takes.
LENIENT = re.compile(
    r"""
      -(?![0-9])                         # a minus alone, or before a point
    | (?<![0-9.eE+-])-?0[0-9]            # leading zeros
    | [0-9]\.(?![0-9])                   # no digit after the point
    | NaN | Infinity
    | [\x00-\x1f]                        # a raw control character
    """,
    re.VERBOSE,
)

# --- documents ---


def code_blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of *language* in a Markdown *text*, each at its own line, so that failures tell the line."""
    found = []
    for match in re.finditer(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        found.append("\n" * text.count("\n", 0, match.start(1)) + match[1])
    return found


# --- strategies ---

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
integers = st.integers(-(2**53) + 1, 2**53 - 1) | st.integers(-(2**70), 2**70) | st.integers(0, 300)
reals = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | integers | reals | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


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
    """Parsed JSON that is good for the type *tp*, told from its annotations alone."""
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


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container in *value* with each of its keys or indexes."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


_AGAIN = "~again~"

#: One of each JSON type, and values that are close to what fields take.
junk = (
    st.sampled_from([None, True, False, 0, 1, -1, 1.0, 1.5, "", "1", "stop", "null", [], {}, [None], {"": None}])
    | st.sampled_from([2**53, 2**53 + 1, 2**64, -(2**63) - 1, 10**400, 1e308, 5e-324, -0.0, "\ud800", "\udc00x", "é"])
    | json_values
).map(copy.deepcopy)  # what is changed later must not be drawn again


@functools.cache
@st.composite
def mutants(draw: st.DrawFn, good: st.SearchStrategy[Any]) -> str:
    """The text of a good value with up to three things changed in it, so that it may or may not stay good."""
    value = json.loads(json.dumps({"": draw(good)}))  # no object is shared within it
    for _ in range(draw(st.integers(0, 3))):
        found = list(places(value))
        container, key = draw(st.sampled_from(found))
        match draw(st.sampled_from(["drop", "retype", "nest", "rename", "double", "add"])):
            case "drop" if container is not value:
                del container[key]
            case "retype":
                container[key] = draw(junk)
            case "nest":
                container[key] = draw(st.sampled_from([[container[key]], {"value": container[key]}]))
            case "rename" if isinstance(container, dict) and container is not value:
                container[draw(st.sampled_from([key.upper(), f"{key} ", f"_{key}", key[:-1]]))] = container.pop(key)
            case "double" if isinstance(container, dict) and container is not value:
                container[f"{key}{_AGAIN}"] = draw(st.just(container[key]).map(copy.deepcopy) | junk)
            case "add" if isinstance(container[key], dict):
                container[key][draw(texts)] = draw(junk)
    text = json.dumps(
        value.get("", None),
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, None, 1])),
        separators=draw(st.sampled_from([(",", ":"), (", ", ": ")])),
    )
    return text.replace(_AGAIN, "")


_NUMBER = re.compile(r"(?<=[\[:, ])-?\d+(\.\d+)?([eE][+-]?\d+)?")
SPELLINGS = [
    *("{}.0", "{}.5", "{}e0", "{}E+2", "{}e-1", "{}e400", "-0", "-0.0", "0e9", "1e-400", "0.1e1", "-1"),
    *("00{}", "{}.", ".5", "-.5", "+{}", "-", "{}e", "0x1F", "NaN", "Infinity", "-Infinity", "1_0"),
    *("9007199254740993", "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890"),
    *("1.7976931348623159e308", "2.2250738585072011e-308", "4.9e-324", "0.30000000000000004", "1e22", "1e23"),
]


@functools.cache
@st.composite
def respelled(draw: st.DrawFn, good: st.SearchStrategy[Any]) -> str:
    """The text of a good value with one of its numbers written in another way, good or bad."""
    text = json.dumps(draw(good))
    numbers = list(_NUMBER.finditer(text))
    if not numbers:
        return text
    number = draw(st.sampled_from(numbers))
    spelling = draw(st.sampled_from([*SPELLINGS, "7" * 310, "7" * 4300, "-" + "7" * 4301])).replace("{}", number[0])
    return text[: number.start()] + spelling + text[number.end() :]


@functools.cache
@st.composite
def damaged(draw: st.DrawFn, good: st.SearchStrategy[Any]) -> bytes:
    """The bytes of a good value with some of them flipped, put in, or cut off."""
    data = bytearray(json.dumps(draw(good), ensure_ascii=draw(st.booleans())).encode())
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        match draw(st.sampled_from(["flip", "put", "cut", "delete"])):
            case "flip" if at < len(data):
                data[at] ^= draw(st.sampled_from([1, 2, 4, 8, 16, 32, 64, 128, 255]))
            case "put":
                data[at:at] = draw(
                    st.sampled_from(list(b'"\\{}[]:,0-.eEtfn \n\t\x00\x7f\x80\xc3\xed\xff')).map(lambda b: bytes([b]))
                )
            case "cut":
                del data[at:]
            case "delete":
                del data[at : at + draw(st.integers(1, 4))]
    return bytes(data)
