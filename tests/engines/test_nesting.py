"""Nesting: 200 levels in every text, on every engine; and values without end, near the recursion limit too."""

import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from support import outcome, strictly
from user_classes import Anything

from engines.bodies import TEXT, with_created, with_ignored
from router_schema import DecodeError, EncodeError, RouterCompletionsResponseBody, RouterConverter, check, iter_jsonl
from router_schema._engines.strict import exceeds_depth

TOO_DEEP = "nested more than 200 levels deep"


def arrays(depth: int) -> str:
    """So many arrays in one another."""
    return "[" * depth + "]" * depth


def objects(depth: int) -> str:
    """So many objects in one another."""
    return '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)


def alternating(depth: int) -> str:
    """So many arrays and objects in turns."""
    opening = '[{"a":' * (depth // 2)
    return opening + "[]" * (depth % 2) + ("null" if depth % 2 == 0 else "") + "}]" * (depth // 2)


@attrs.frozen
class Link:
    """Contains itself."""

    next: "Link | None" = None


def links(depth: int) -> Link:
    """So many links in one another."""
    link = Link()
    for _ in range(depth - 1):
        link = Link(link)
    return link


#: A text of so many levels, and the type to decode it as.
Deep = Callable[[int], tuple[str, Any]]
PLACES: dict[str, Deep] = {
    "arrays as Any": lambda depth: (arrays(depth), Any),
    "objects as a dict": lambda depth: (objects(depth), dict[str, Any]),
    "arrays in a field": lambda depth: (f'{{"first":{arrays(depth - 1)}}}', Anything),
    "objects in a field": lambda depth: (f'{{"first":{objects(depth - 1)}}}', Anything),
    "ignored arrays": lambda depth: (with_ignored(arrays(depth - 1)), RouterCompletionsResponseBody),
    "ignored objects": lambda depth: (with_ignored(objects(depth - 1)), RouterCompletionsResponseBody),
    "ignored, in turns": lambda depth: (with_ignored(alternating(depth - 1)), RouterCompletionsResponseBody),
    "a class in itself": lambda depth: (objects(depth).replace("a", "next"), Link),
}
each_place = pytest.mark.parametrize("deep", PLACES.values(), ids=PLACES)


# --- the limit ---


@each_place
def test_200_levels_are_accepted(deep: Deep, converter: RouterConverter) -> None:
    """Every function that reads text accepts 200 containers in one another, and `dumps` writes them again."""
    text, cl = deep(200)
    instance = converter.loads(text, cl)

    assert converter.structure(strictly(text), cl) == instance
    assert converter.get_loads_hook(cl)(text.encode()) == instance
    assert list(iter_jsonl([text], cl, converter=converter)) == [instance]
    assert check([text], cl, converter=converter).valid == 1
    assert converter.loads(converter.dumps(instance, cl), cl) == instance


@each_place
def test_201_levels_are_rejected(deep: Deep, converter: RouterConverter) -> None:
    """Every function that reads text rejects 201 containers in one another, with the same words."""
    text, cl = deep(201)
    for read in (
        lambda: converter.loads(text, cl),
        lambda: converter.loads(text.encode(), cl),
        lambda: converter.get_loads_hook(cl)(text),
        lambda: list(iter_jsonl([text], cl, converter=converter)),
    ):
        with pytest.raises(DecodeError) as caught:
            read()

        assert type(caught.value) is DecodeError
        assert caught.value.args[0] == TOO_DEEP
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@each_place
def test_201_levels_are_malformed_in_a_report(deep: Deep, converter: RouterConverter) -> None:
    """`check` counts as malformed what `loads` rejects with DecodeError, with the same words."""
    text, cl = deep(201)
    report = check([text], cl, converter=converter)

    assert (report.bodies, report.malformed) == (1, 1)
    assert [problem.kind for problem in report.problems] == ["malformed"]
    assert TOO_DEEP in report.problems[0].actual


def test_escapes_before_the_limit_take_little_memory(converter: RouterConverter) -> None:
    """Looking for the depth of a text with many escapes takes a few times its size."""
    text = b'["' + b'ab\\n\\"\\\\' * 2**17 + b'",' + b"[]," * 300 + b'{"a":' * 199 + b"1" + b"}" * 199 + b"]"
    tracemalloc.start()
    assert not exceeds_depth(text)
    assert exceeds_depth(b"[" + text + b"]")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 4 * len(text)
    assert len(converter.loads(text, Any)) == 302


def test_breadth_is_not_depth(converter: RouterConverter) -> None:
    """Any number of containers side by side is accepted, and so are brackets in strings."""
    broad = f"[{','.join(['[[]]', '{}'] * 5_000)}]"
    quoted = '"' + "[" * 1_000 + '\\"{' * 1_000 + '"'

    for text in (broad, quoted):
        assert converter.loads(with_ignored(text)) == converter.loads(TEXT)
        assert converter.loads(text, Any) == strictly(text)


MANY = f"[{','.join(['[]'] * 300)}]"


@pytest.mark.parametrize(
    "text",
    [f"{MANY},{MANY}", f"{MANY}],[{MANY}", f"{MANY}]", f"[{MANY}", f"{MANY},", f",{MANY}", f"]{MANY}[", MANY * 2],
)
def test_many_containers_are_one_value(text: str, converter: RouterConverter) -> None:
    """A text of many containers that is several values, or doesn't close what it opens, raises DecodeError."""
    for read in (converter.parse, converter.get_loads_hook(list[Any])):
        with pytest.raises(DecodeError, match=r"^not JSON: ") as caught:
            read(text)

        assert type(caught.value) is DecodeError
    assert converter.parse(MANY) == [[]] * 300


def nested(depth: int) -> list[Any]:
    """So many lists in one another."""
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("make", "cl"),
    [
        (nested, list[Any]),
        (lambda depth: Anything(nested(depth - 1)), Anything),
        (links, Link),
    ],
    ids=["builtins", "in a field", "a class in itself"],
)
def test_dumps_writes_what_loads_reads(make: Callable[[int], Any], cl: Any, converter: RouterConverter) -> None:
    """`dumps` writes 200 containers in one another, which come back, and raises EncodeError for 201."""
    good, bad = make(200), make(201)

    assert converter.loads(converter.dumps(good, cl), cl) == good
    with pytest.raises(EncodeError, match="nested too deeply") as caught:
        converter.dumps(bad, cl)
    assert caught.value.error_count == 1
    assert caught.value.__context__ is None


# --- far beyond the limit, and near the recursion limit ---


@pytest.mark.parametrize("depth", [20_000, 100_000])
@pytest.mark.parametrize("unit", ["[", '{"a":', '[{"a":'])
def test_too_deep_nesting(depth: int, unit: str, converter: RouterConverter) -> None:
    """Text that is nested too deeply, closed or not, raises DecodeError and nothing worse."""
    closed = unit * depth + "1" + "".join({"[": "]", "{": "}"}.get(char, "") for char in reversed(unit * depth))
    for text in (unit * depth, closed, with_ignored(closed), with_created(closed), f'{{"first": {closed}}}'):
        with pytest.raises(DecodeError) as caught:
            converter.loads(text, Anything if "first" in text else RouterCompletionsResponseBody)

        assert type(caught.value) is DecodeError
        assert caught.value.__context__ is None


@pytest.mark.parametrize("spelling", ["1760000123", '"now"', "x"])
def test_too_deep_for_the_stack_that_is_left(spelling: str, converter: RouterConverter) -> None:
    """Near the recursion limit a body gets its usual verdict or a DecodeError."""
    text = with_created(spelling)
    verdict = outcome(converter.loads, text)

    def at_depth(n: int) -> Any:
        return at_depth(n - 1) if n else outcome(converter.loads, text)

    limit = sys.getrecursionlimit()
    far, near = range(0, limit - 150, 50), range(limit - 150, limit)
    results = []
    for n in [*far, *near]:
        try:
            results.append(at_depth(n))
        except RecursionError:  # the call itself, or its first few frames, had no room
            break

    assert results[0] == verdict
    assert len(results) > len(far) + 10
    assert {result[:2] for result in results if result != verdict} <= {(DecodeError, "nested too deeply")}


# --- builtins and instances ---


def bottomless() -> tuple[list[Any], list[Any]]:
    """A value that is nested 100,000 levels deep, and one that contains itself."""
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    circular: list[Any] = []
    circular.append(circular)
    return value, circular


def test_structure_too_deep(converter: RouterConverter) -> None:
    """`structure` rejects builtins that are nested too deeply, or contain themselves, with DecodeError."""
    for first in bottomless():
        with pytest.raises(DecodeError, match=r"^nested too deeply$"):
            converter.structure({"first": first}, Anything)


def test_dumps_too_deep(converter: RouterConverter) -> None:
    """`dumps` and `unstructure` reject what is nested too deeply, or contains itself, with EncodeError."""
    for first in bottomless():
        for leave in (converter.dumps, converter.unstructure):
            with pytest.raises(EncodeError, match="nested too deeply") as caught:
                leave(Anything(first))

            assert caught.value.error_count == 1
            assert caught.value.__context__ is None


def test_too_deep_for_the_encoder(converter: RouterConverter) -> None:
    """A recursion limit beyond what the encoder can nest changes nothing."""
    value: list[Any] = []
    for _ in range(2000):
        value = [value]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with pytest.raises(EncodeError, match="nested too deeply") as caught:
            converter.dumps(Anything(value))
    finally:
        sys.setrecursionlimit(limit)

    assert caught.value.__context__ is None
