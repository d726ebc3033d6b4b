"""Lines: the complete lines of a block, up to the first that is for the slow path."""

from typing import Any

import pytest
from classes import Weak
from plans import Aside, Decoder, Plan, decoder

LINE = b'{"value":"a"}\n'


def lines(block: bytes, start: int = 0) -> tuple[list[Any], int, int]:
    return decoder(Weak).lines(block, start)


def test_complete_lines() -> None:
    """Every complete line becomes an instance; the last one without a line feed is left."""
    assert lines(LINE * 3) == ([Weak("a")] * 3, 3, 3 * len(LINE))
    assert lines(LINE + LINE[:-1]) == ([Weak("a")], 1, len(LINE))
    assert lines(LINE[:-1]) == ([], 0, 0)
    assert lines(b"") == ([], 0, 0)


def test_start() -> None:
    """Decoding starts at an offset, which may be the end."""
    assert lines(LINE * 3, len(LINE)) == ([Weak("a")] * 2, 2, 3 * len(LINE))
    assert lines(LINE, len(LINE)) == ([], 0, len(LINE))
    assert lines(b"xx" + LINE, 2) == ([Weak("a")], 1, 2 + len(LINE))


@pytest.mark.parametrize("blank", [b"\n", b" \t\r\n", b"\r\n", b" " * 40 + b"\n"])
def test_blank_lines(blank: bytes) -> None:
    """Lines of JSON's white space are counted and skipped."""
    assert lines(blank + LINE + blank * 2) == ([Weak("a")], 4, len(blank) * 3 + len(LINE))
    assert lines(blank[:-1]) == ([], 0, 0)


@pytest.mark.parametrize(
    "bad", [b"x\n", b"{}\n", b"\x0b\n", b"\xa0\n", LINE[:-1] + b"x\n", LINE[:-1] * 2 + b"\n", b'"\n']
)
def test_lines_for_the_slow_path(bad: bytes) -> None:
    """Decoding stops before a line that the slow path must look at, without calling it."""
    assert lines(LINE + bad + LINE) == ([Weak("a")], 1, len(LINE))
    assert lines(bad) == ([], 0, 0)


def test_no_value_spans_lines() -> None:
    """A line feed ends a value, also where white space may stand and in a string."""
    assert lines(b'{"value":\n"a"}\n') == ([], 0, 0)
    assert lines(b'{"value":"a\nb"}\n') == ([], 0, 0)


def test_windows_line_ends() -> None:
    """A carriage return in front of the line feed is white space."""
    assert lines(b'{"value":"a"}\r\n' * 2) == ([Weak("a")] * 2, 2, 30)


def test_every_cut() -> None:
    """Of a block that is cut anywhere the complete lines are decoded."""
    block = (LINE + b"\n" + b'{"value":"\xe2\x82\xac"}\n') * 2
    for end in range(len(block) + 1):
        instances, count, after = lines(block[:end])
        assert count == block[:end].count(b"\n")
        assert after == block[:end].rfind(b"\n") + 1
        assert len(instances) == block[:after].count(b"value")


def test_bad_arguments() -> None:
    """The block is bytes, and the offset lies in it."""
    for block, start, error in (
        (bytearray(LINE), 0, TypeError),
        ("a", 0, TypeError),
        (LINE, "0", TypeError),
        (LINE, -1, ValueError),
        (LINE, len(LINE) + 1, ValueError),
    ):
        with pytest.raises(error):
            decoder(Weak).lines(block, start)
    with pytest.raises(TypeError):
        decoder(Weak).lines(LINE)


def test_interruption() -> None:
    """A function that raises stops the lines, or passes what is no Exception."""

    def function(value: Any) -> Any:
        if value == 2:
            raise error
        return value

    plan = Plan()
    decode = Decoder(plan.nodes, plan.add("call", function), Aside)
    error: type[BaseException] = ValueError
    assert decode.lines(b"1\n2\n3\n", 0) == ([1], 1, 2)
    error = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        decode.lines(b"1\n2\n3\n", 0)
