"""From a JSON document to the texts of its bodies."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_lines import text
from strategies import json_values

from router_schema import DecodeError, RouterCompletionsResponseBody
from router_schema.logs import documents
from router_schema.logs import lines as lines_module
from router_schema.logs.checker import Checker
from router_schema.logs.documents import read_items
from router_schema.logs.verdicts import Validator


def pieces_of(data: bytes, size: int) -> list[bytes]:
    """*data* in pieces of a size."""
    return [data[start : start + size] for start in range(0, len(data), size)]


def found(data: bytes, size: int = 2**18) -> tuple[list[bytes], str]:
    """The items of a document, and why reading them ended."""
    items = []
    try:
        for item in read_items(pieces_of(data, size)):
            items.append(item)
    except DecodeError as error:
        return items, str(error)
    return items, ""


@given(st.lists(json_values, max_size=5), st.integers(1, 30), st.sampled_from([None, 1]), st.booleans())
def test_items_of_an_array(values: list[Any], size: int, indent: int | None, ascii_only: bool) -> None:
    """The items of an array are found in any spelling, and in any pieces."""
    data = f" {json.dumps(values, indent=indent, ensure_ascii=ascii_only)}\n".encode()
    items, fault = found(data, size)

    assert [json.loads(item) for item in items] == values
    assert fault == ""


@pytest.mark.parametrize("size", [1, 3, 2**18])
@pytest.mark.parametrize("document", [b"{}", b' {"a": [1, 2]} ', b"7", b"{", b"x[]", b'"[1]"', b"\xef\xbb\xbf[]"])
def test_other_documents_are_one_item(document: bytes, size: int) -> None:
    """A document that is not an array is one item, whether it is JSON or not."""
    assert found(document, size) == ([document.lstrip()], "")


@pytest.mark.parametrize("size", [1, 2, 2**18])
@pytest.mark.parametrize(
    ("document", "items", "fault"),
    [
        (b"", [], "not JSON: Expecting value"),
        (b" \n", [], "not JSON: Expecting value"),
        (b"[", [], "not JSON: Expecting value"),
        (b"[1", [b"1"], "not JSON: Expecting ',' delimiter"),
        (b"[1,", [b"1"], "not JSON: Expecting value"),
        (b"[1, ]", [b"1"], "not JSON: Expecting value"),
        (b"[,1]", [], "not JSON: Expecting value"),
        (b"[1,,2]", [b"1"], "not JSON: Expecting value"),
        (b"[1}", [b"1"], "not JSON: Expecting ',' delimiter"),
        (b'["a', [b'"a'], "not JSON: Expecting ',' delimiter"),
        (b'["a\\"]', [b'"a\\"]'], "not JSON: Expecting ',' delimiter"),
        (b'[{"a": [1}, 2]', [b'{"a": [1}, 2]'], "not JSON: Expecting ',' delimiter"),
        (b"[1] 2", [b"1"], "not JSON: text after the value"),
        (b"[] [", [], "not JSON: text after the value"),
        (b"[]", [], ""),
        (b"[ \n]\n ", [], ""),
    ],
)
def test_faults_of_an_array(document: bytes, items: list[bytes], fault: str, size: int) -> None:
    """A fault of the array is reported after the items before it."""
    assert found(document, size) == (items, fault)


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> int:
    """A limit of 1 MiB for lines and documents."""
    monkeypatch.setattr(lines_module, "MAX_LINE", 2**20)
    return 2**20


def test_documents_and_items_are_bounded(small_limit: int) -> None:
    """A document, or an item, of the limit is read; a longer one is an error."""
    most = b'"' + b"x" * (small_limit - 2) + b'"'
    parts = pieces_of(most, 2**18)

    assert list(read_items(parts)) == [most]
    with pytest.raises(OSError, match="a JSON document of more than 1 MiB: write its bodies as JSON Lines"):
        list(read_items([*parts, b" "]))
    assert found(b"[" + most + b",1]") == ([most, b"1"], "")
    assert found(b"[1," + most * 4 + b"]") == ([b"1"], "an item of more than 1 MiB")


@pytest.mark.parametrize("item", [b"[" * 4 + b"]" * 4, b"[[],[],[[]]]"])
def test_brackets_of_an_item_are_bounded(item: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """An item with very many brackets ends the array, because finding its end would take too long."""
    monkeypatch.setattr(documents, "_MAX_BRACKETS", len(item) + 1)
    assert found(b"[1," + item + b",2]") == ([b"1", item, b"2"], "")

    monkeypatch.setattr(documents, "_MAX_BRACKETS", 8)
    assert found(b"[1," + item + b",2]") == ([b"1"], "an item of more than 8 brackets")


def test_long_arrays_take_little_memory() -> None:
    """An array is read piece by piece, in memory that does not grow with it."""

    def endless() -> Iterator[bytes]:
        yield b"["
        for _ in range(300):
            yield (text(id="x" * 1000) + b",") * 50
        yield text() + b"]"
        for _ in range(300):
            yield b" " * 50_000

    checker = Checker("a.json", Validator(RouterCompletionsResponseBody))
    tracemalloc.start()
    checker.add_document(endless())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert checker.report().valid == 15_001
    assert peak < 1_500_000


def test_items_before_a_fault_count() -> None:
    """The items before a fault are bodies, and the fault is one more, which is malformed; nothing is read after it."""
    for fault in (b"{,", b"", b"{]", b'{"a": tru}'):
        checker = Checker("a.json", Validator(RouterCompletionsResponseBody))
        checker.add_document([b"[" + text() + b"," + text(id=1) + b"," + fault + b"," + text() + b"]"])
        report = checker.report()

        assert (report.valid, report.invalid, report.malformed) == (1, 1, 1)
        assert [problem.places[0].line for problem in report.problems if problem.kind == "malformed"] == [3]
