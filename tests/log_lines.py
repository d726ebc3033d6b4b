"""What the tests of logs and of the command share: lines of JSON Lines, what reports say of them, strategies."""

from __future__ import annotations

import gzip
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Literal

import attrs
from hypothesis import strategies as st
from strategies import damaged, mutated, respelled
from support import body, choice

from router_schema import Report, RouterCompletionsResponseBody, orq
from router_schema.logs import Change, Rate


def line(**changes: Any) -> bytes:
    """A good body as a line without newline, with some keys changed; ``...`` drops one."""
    return json.dumps(body(**changes)).encode()


def text(**changes: Any) -> bytes:
    """`line` with its newline."""
    return line(**changes) + b"\n"


def write(path: Path, data: bytes) -> Path:
    """*path*, after *data* was written to it."""
    path.write_bytes(data)
    return path


@contextmanager
def open_files(folder: Path, data: bytes) -> Iterator[list[Any]]:
    """Files that hold *data*: paths of a plain and a packed one, and open as bytes, packed, unpacked and text."""
    path, packed = write(folder / "log", data), write(folder / "log.gz", gzip.compress(data))
    with (
        open(path, "rb") as plain,
        open(packed, "rb") as compressed,
        gzip.open(packed) as unpacked,
        open(path, encoding="utf-8") as decoded,
    ):
        yield [path, str(path), packed, plain, compressed, unpacked, decoded]


def problems(report: Report) -> list[tuple[str, str, int]]:
    """Path, kind and count of each problem in *report*."""
    return [(problem.path, problem.kind, problem.count) for problem in report.problems]


def values(rows: tuple[Any, ...]) -> dict[str, int]:
    """The counts of a table of values."""
    return {row.value: row.count for row in rows}


def change(what: str, before: tuple[int, int], after: tuple[int, int], fails: bool = False) -> Change:
    """A new model, as so many of so many before and after."""
    reason = "more than chance" if fails else "may be chance"
    return Change("model", "new", what, Rate(*before), Rate(*after), 0.5, fails, reason)


# --- what may be read in different ways ---


@attrs.frozen
class Leaf:
    """A class in others."""

    model: Literal["a", "b"] | None
    total_tokens: int = 0
    created: float | None = None


@attrs.frozen
class Holder:
    """A class that holds another in every way that a scanner knows."""

    leaf: Leaf | None
    leaves: tuple[Leaf, ...]
    either: Leaf | tuple[Leaf, ...] | str
    finish_reason: str = ""
    message: str | int = 0
    model: str | None = None


#: Classes whose verdicts depend on the shapes of a body's objects.
CLASSES: list[Any] = [RouterCompletionsResponseBody, orq.CreateCompletionResponseBody, Holder, Leaf]

#: Lines that a profile, a scanner or a parser may get wrong.
ODD = [
    *(b"", b" \t\r", b"{}", b"[]", b"7", b'"x"', b"null", b"tru", b"\xff", b"\xef\xbb\xbf{}", b"NaN", b"{}{}", b"{} x"),
    *(
        line().replace(b'"id"', key)
        for key in (b'"\\u0069d"', b'"id": 1, "id"', b'"i\xc3\xa9"', b'"i\xff"', b'"odd": 1, "odd"')
    ),
    *(
        line().replace(b"cmpl-rye-7", text)
        for text in (
            b"\\ud83d\\ude00",
            b"\\ud83d",
            b"\\ude00",
            b"\\ud83dx",
            b"\xf0\x9f\x98\x80",
            b"\xed\xa0\x80",
            b"\\x",
            b"\\n",
            b"\\u00",
            b"\\ud83d\\u0041",
        )
    ),
    *(
        line().replace(b"granary/rye-1b", text)
        for text in (b"gran\\/ary", b"\\ud800", b"\xc3\xa9" * 101, b"m" * 99 + b"\xc3\xa9\xc3\xa9", b"\xff", b"\\u0000")
    ),
    *(
        line().replace(b'"stop"', text)
        for text in (b'"st\\u006fp"', b'"' + b"s" * 401 + b'"', b'"' + b"s" * 400 + b'"', b'"\\ud800"', b"[1]", b'""')
    ),
    *(
        line().replace(b": 1760000123", b": " + number)
        for number in (
            b"1e999",
            b"-1",
            b"-0.0",
            b"1.5",
            b"1E3",
            b"01",
            b"9" * 30,
            b"9" * 400,
            b"-5000",
            b"1e15",
            b"253402300800",
            b"86399.9999999",
            b"-0.5",
            b'"1"',
        )
    ),
    *(
        line().replace(b": 19", b": " + number)
        for number in (b"9007199254740992", b"9007199254740991", b"1.0", b"1.5", b"-1", b"1e400", b"true")
    ),
    *(
        line(extra=1).replace(b'"extra": 1', b'"extra": ' + text)
        for text in (
            b"1e999",
            b'"\\ud800"',
            b"[1, {}]",
            b"1.0",
            b"-7",
            b"9" * 5000,
            b"tru",
            b"[" * 199 + b"]" * 199,
            b"[" * 201 + b"]" * 201,
        )
    ),
    *(
        line(**{key: value})
        for key, value in itertools.product(("error", "message", "code", "details"), ("x", {}, 1, None))
    ),
    *(line(**{"message": "m", "choices": ..., key: 1}) for key in ("code", "details", "other")),
    *(line(object=value) for value in ("error", "err\\or", 1, None)),
    line().replace(b'"text_completion"', b'"\\u0065rror"'),
    *(
        line(choices=value)
        for value in ([], [1, None, "x", [], True, 1.5], {}, "x", [choice(), 2], [choice(odd=1, more=2)] * 3)
    ),
    *(line(usage=value) for value in ({}, [], {"total_tokens": 1, "odd": {}}, None, {"prompt_tokens": 3.0})),
    line(**{"k" * 5000: 1}),
    line(**{f"k{number}": 1 for number in range(40)}),
    line().replace(b" ", b"   "),
    line()[:-1],
]


def some_line(value: Any, random: Random) -> bytes:
    """*value* as a line of JSON, changed, spelled in another way or damaged, or not."""
    kind = random.randrange(4)
    if kind == 0:
        return damaged(value, random).replace(b"\n", b" ")
    text = respelled(value, random) if kind == 1 else mutated(value, random) if kind < 3 else json.dumps(value)
    return text.replace("\n", " ").encode("utf-8", "surrogatepass")


# --- strategies ---

_values = st.sampled_from([None, True, 0, -1, 1.5, 1e300, "", "stop", "eos", "é", [], {}, [1], {"a": 1}])
_choices = st.one_of(
    _values,
    st.lists(
        st.one_of(
            st.just(choice()),
            st.fixed_dictionaries({}, optional=dict.fromkeys((*choice(), "logprobs"), _values)),
            st.builds(lambda key, value: choice(**{key: value}), st.sampled_from([*choice()]), _values),
            _values,
        ),
        max_size=3,
    ),
)
_usages = st.one_of(
    _values,
    st.fixed_dictionaries({}, optional=dict.fromkeys((*body()["usage"], "details"), _values)),
)
_bodies = st.one_of(
    st.builds(lambda **changes: body(**changes), choices=_choices, usage=_usages),
    st.builds(lambda key, value: body(**{key: value}), st.sampled_from([*body(), "error", "provider"]), _values),
    st.builds(lambda key: body(**{key: ...}), st.sampled_from([*body()])),
    st.just(body()),
    _values,
)
# Few shapes, in numbers about the limit of what an error lists.
_long_bodies = st.builds(
    lambda parts, created: body(choices=[item for item, times in parts for _ in range(times)], created=created),
    st.lists(
        st.tuples(
            st.sampled_from([choice(), choice(index="0"), choice(index="0", text=1)]),
            st.sampled_from([1, 2, 49, 50, 99, 100, 101]),
        ),
        max_size=2,
    ),
    st.sampled_from([1, "1"]),
)
_lines = st.one_of(
    _bodies.map(json.dumps).map(str.encode),
    _bodies.map(lambda value: json.dumps(value, ensure_ascii=False).encode()),
    st.sampled_from([b"{", b"", b"\xff", b'{"id": "\\ud800"}', b"NaN", b'{"error": "x"}', b"[" * 3000]),
)


def logs(max_size: int) -> st.SearchStrategy[list[bytes]]:
    """Lists of lines: any mixture, or bodies with about as many problems as an error lists."""
    long_lines = _long_bodies.map(json.dumps).map(str.encode)
    return st.lists(_lines, max_size=max_size) | st.lists(long_lines, max_size=max_size)
