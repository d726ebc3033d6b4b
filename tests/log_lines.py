"""What the tests of logs and of the command share: lines of JSON Lines, what reports say of them, strategies."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from support import body, choice

from router_schema import Report
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
