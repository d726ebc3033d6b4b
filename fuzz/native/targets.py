"""What the fuzzer of the native engine calls: each function takes one input, and raises what it finds."""

import functools
import json
import math
import random
import sys
import typing
from collections.abc import Callable
from typing import Any

import _native  # compiled into the harness

sys.modules["router_schema._native"] = _native

from classes import Color, Containers, Empty, Half, Loose, Node, Renamed, Scalars, Weak, Wide, Words  # noqa: E402
from plans import Aside, Decoder, Encoder, Plan, decoder, encoder  # noqa: E402

from router_schema import RouterCompletionsResponseBody, make_converter  # noqa: E402
from router_schema.logs import scan  # noqa: E402
from router_schema.logs.checker import Checker  # noqa: E402
from router_schema.logs.verdicts import Validator  # noqa: E402
from router_schema.openai import Completion  # noqa: E402
from router_schema.orq import CreateCompletionResponseBody  # noqa: E402

TYPES: tuple[Any, ...] = (
    *(RouterCompletionsResponseBody, Completion, Scalars, Containers, Node, Loose, Half, Renamed, Empty, Weak, Wide),
    *(
        str,
        float,
        int,
        bool,
        Any,
        Color,
        Words,
        float | None,
        list[str],
        tuple[int, ...],
        dict[str, float],
        dict[str, Any],
    ),
    *(list[Node], dict[str, tuple[Scalars | None, ...]], list[Containers], tuple[str | None, ...]),
)


def with_call(function: Callable[[Any], Any]) -> list[tuple[Any, ...]]:
    plan = Plan()
    plan.add("list", plan.add("call", function))
    return plan.nodes


DECODERS = [*(decoder(cl) for cl in TYPES), *(decoder(cl, forbid_extra_keys=True) for cl in TYPES)]
DECODERS.append(Decoder(with_call(lambda value: [value] if value else None), 1, Aside))
ENCODERS = [*(encoder(cl) for cl in TYPES), *(encoder(cl, omit=False) for cl in TYPES)]
ENCODERS.append(Encoder(with_call(lambda value: value[0]), 1, Aside))
FLAT = encoder(Any)


def strictly(text: bytes) -> Any:
    """What json.loads makes of strict JSON."""

    def refuse(name: str) -> Any:
        raise ValueError(name)

    return json.loads(text.decode(), parse_constant=refuse)


def is_json(text: bytes) -> bool:
    """Whether the text is strict JSON; one with integers that Python refuses may be."""
    try:
        strictly(text)
    except RecursionError:
        return True
    except ValueError as error:
        return "integer string conversion" in str(error)
    return True


def decode(data: bytes, view: memoryview) -> None:
    """Decode a text by the plan that the first byte chooses: the result can be written and read again."""
    index = data[0] % len(DECODERS) if data else 0
    text = data[1:]
    value = DECODERS[index](text)
    again = DECODERS[index](view[1:])
    if isinstance(value, Aside):
        assert value.argument is text
        assert isinstance(again, Aside)
        return
    assert is_json(text)
    assert same(again, value)
    assert same(DECODERS[index](text.decode()), value)
    written = ENCODERS[index](value)
    assert isinstance(written, str)
    again = DECODERS[index % len(TYPES)](written) if index < 2 * len(TYPES) else DECODERS[index](written)
    assert again == value  # maybe of another type: an integral float is written as an integer


def parse(data: bytes, view: memoryview) -> None:
    """Parse a text as json.loads does."""
    try:
        value = _native.parse(data)
    except ValueError:
        assert not is_parsed_by_json(data)
        refused = True
    else:
        assert repr(value) == repr(strictly(data))
        assert strictly(FLAT(value).encode()) == value
        refused = False
    try:
        again = _native.parse(view)
    except ValueError:
        assert refused
    else:
        assert repr(again) == repr(value)


def is_parsed_by_json(text: bytes) -> bool:
    """Whether json.loads parses the text, and all of it, also what an equal key replaces, could be written again."""
    try:
        depth_of_value = depth(strictly(text))
        pairs = json.loads(text, object_pairs_hook=list)
        json.dumps(pairs, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return False
    return depth_of_value <= 200


def depth(value: Any) -> int:
    """How many containers are nested in each other."""
    if isinstance(value, list | dict):
        return 1 + max(map(depth, value.values() if isinstance(value, dict) else value), default=0)
    return 0


def lines(data: bytes, view: memoryview) -> None:
    """Decode the lines of a block: as each would be decoded by itself, up to the first that steps aside."""
    index, start = (data[0] % len(DECODERS), data[1]) if len(data) > 1 else (0, 0)
    block, start = data[2:], min(start, max(0, len(data) - 2))
    values, count, after = DECODERS[index].lines(block, start)
    expected, place, seen = [], start, 0
    while (end := block.find(b"\n", place)) >= 0:
        line = block[place:end]
        if line.strip(b" \t\r"):
            value = DECODERS[index](line)
            if isinstance(value, Aside):
                break
            expected.append(value)
        place, seen = end + 1, seen + 1
    assert (count, after) == (seen, place)
    assert same(values, expected)


def encode(data: bytes, view: memoryview) -> None:
    """Encode values of all kinds, many of which no plan accepts: what is written is read, and written as before."""
    choice = random.Random(data[:4])
    index = choice.randrange(len(ENCODERS))
    value = Values(data[4:]).any_of(TYPES[index % len(TYPES)] if index < 2 * len(TYPES) else list)
    written = ENCODERS[index](value)
    if isinstance(written, Aside):
        assert written.argument is value
        return
    assert is_json(written.encode())
    if index < 2 * len(TYPES):
        assert ENCODERS[index](DECODERS[index % len(TYPES)](written)) == written


CONVERTERS = [make_converter(engine="native", forbid_extra_keys=forbids) for forbids in (False, True)]


#: Making a validator takes many times as long as profiling an input.
validator = functools.cache(Validator)


def profile(data: bytes, view: memoryview) -> None:
    """Profile lines with the scanner: the report is that of the plain profile."""
    first, second = (data[0], data[1]) if len(data) > 1 else (0, 0)
    cl = (RouterCompletionsResponseBody, CreateCompletionResponseBody)[first & 1]
    converter, by = CONVERTERS[first >> 1 & 1], (None, "model", "hour", "day", "source")[(first >> 2) % 5]
    scan._MAX_COLLECTED = second or 1000
    scanned, plain = (Checker("a", validator(cl, converter), by=by) for _ in range(2))
    plain._scanner = None
    scanned.add_blocks([data[2:]])
    plain.add_blocks([data[2:]])
    assert scanned.report() == plain.report()
    assert scanned.lines == plain.lines


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal and of one type."""
    return bool(one == other) and type(one) is type(other)


hints = functools.cache(typing.get_type_hints)


class Values:
    """Values made of bytes, which are mostly of the right type."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place, self.depth = data, 0, 0

    def byte(self) -> int:
        self.place += 1
        return self.data[self.place - 1] if self.place <= len(self.data) else 0

    def text(self) -> str:
        length = self.byte()
        part = self.data[self.place : self.place + length]
        self.place += length
        return part.decode("utf-8", "replace") + "\ud800" * (length % 32 == 31)

    def number(self) -> Any:
        kind, part = self.byte() % 8, self.data[self.place : self.place + 8].ljust(8, b"\0")
        self.place += 8
        whole = int.from_bytes(part, "little", signed=True)
        if kind < 3:
            return whole >> (8 * kind + 8)
        if kind == 3:
            return whole**5
        return whole / 2**20 if kind == 4 else whole / 1000 if kind == 5 else whole * 10.0 ** (kind * 3 - 40)

    def any_of(self, cl: Any) -> Any:
        """Make a value of the type, or now and then of another."""
        self.depth += 1
        odd = self.byte()
        result = self.odd(odd) if odd >= 240 or self.depth > 12 else self.of(cl)
        self.depth -= 1
        return result

    def odd(self, kind: int) -> Any:
        return (None, 1, 1.5, "x", "\ud800", [], {}, (), math.nan, math.inf, 2**53, True, b"", object, -0.0, {1: 2})[
            kind % 16
        ]

    def of(self, cl: Any) -> Any:
        if cl is Any:
            cl = (str, float, int, bool, list[Any], dict[str, Any])[self.byte() % 6]
        if cl is str:
            return self.text()
        if cl in (float, int):
            number = self.number()
            return number if cl is float else int(number)
        if cl is bool:
            return bool(self.byte() % 2)
        if cl in (Color, Words):
            return list(cl)[self.byte() % len(cl)]
        if hasattr(cl, "__attrs_attrs__"):
            return self.instance(cl)
        return self.container(cl)

    def instance(self, cl: Any) -> Any:
        value = object.__new__(cl)
        for name, type_ in hints(cl).items():
            if self.byte() % 64 != 63:
                object.__setattr__(value, name, self.any_of(type_))
        return value

    def container(self, cl: Any) -> Any:
        origin, args = getattr(cl, "__origin__", cl), getattr(cl, "__args__", (Any,))
        count = self.byte() % 9
        if origin is list:
            return [self.any_of(args[0]) for _ in range(count)]
        if origin is tuple:
            return tuple(self.any_of(args[0]) for _ in range(count))
        if origin is dict:
            return {self.text(): self.any_of(args[1]) for _ in range(count)}
        if type(None) in args:
            return None if count < 3 else self.any_of(args[0])
        return args[count % len(args)]  # a Literal
