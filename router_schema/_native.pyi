"""
The native engine: JSON text straight to instances and back, by a plan.

A plan is a list of nodes, which are tuples; a node refers to others by their index in the list, so a class may contain
itself. A coder steps aside from whatever it cannot accept at once: it raises no error of its own, but calls *slow* with
its own argument and returns the result.

| node | JSON to instance | instance to JSON (exact types only) |
|---|---|---|
| ``("str",)`` | string without lone surrogates | str, encodable |
| ``("float",)`` | number that a double holds, always to float | finite float; int below 2**53 in size |
| ``("int",)`` | number without fraction and exponent | int, not bool, of at most 4,300 digits |
| ``("bool",)`` | true, false | bool |
| ``("any",)`` | any JSON, to builtins | None, bool, int, float, str, list, dict with str keys |
| ``("choice", {text: member})`` | string that is a key, to its member | the member, or an equal str |
| ``("optional", i)`` | null, or node *i* | None, or node *i* |
| ``("tuple", i)``, ``("list", i)`` | array of node *i* | tuple, list |
| ``("dict", i)`` | object with values of node *i* | dict with str keys |
| ``("class", cl, fields, forbid_extra_keys)`` | object | instance of exactly *cl* |
| ``("union", members)`` | node *i* of the JSON type | node *i* of the exact type |
| ``("tagged", key, {text: i})`` | object, by the string under *key* | |
| ``("call", function)`` | any JSON, to what *function* returns but None | what *function* returns, as ``("any",)`` |

The *members* of a union are a dict from JSON types (``"string"``, ``"integer"``, ``"number"``, ``"boolean"``,
``"array"``, ``"object"``) or, to be written, from Python types to indices.

A field is ``(key, name, node, slot, kind, default, omit)``. *key* is its JSON key; None: it always has its default and
is never written. *slot* is the member descriptor of the attribute *name*, or None where instances keep it in their
``__dict__``. *kind* is 0 where the field is required, 1 where *default* is a value, 2 where it is a factory. *omit*
leaves the field out of the JSON where it equals its default.
"""

from collections.abc import Callable, Sequence
from typing import Any, final

@final
class Decoder:
    """
    Decode JSON text.

    Raises:
        TypeError: The plan is malformed, or a class does not make its instances as ``object`` does.
        ValueError: The plan is malformed.
    """

    def __new__(cls, plan: Sequence[tuple[Any, ...]], root: int, slow: Callable[[Any], Any]) -> Decoder: ...
    def __call__(self, data: bytes | bytearray | memoryview | str) -> Any:
        """Decode JSON text; call *slow* where the plan does not accept it at once."""

    def lines(self, block: bytes, start: int, /) -> tuple[list[Any], int, int]:
        """
        Decode the lines of *block* from the offset *start* on.

        Skip blank lines. Stop before a line that `__call__` would pass to *slow*, and before one without its line feed.

        Returns:
            The instances, the number of lines, and the offset after them.
        """

@final
class Encoder:
    """
    Encode an instance as compact JSON text.

    Raises:
        TypeError: As `Decoder`.
        ValueError: As `Decoder`.
    """

    def __new__(cls, plan: Sequence[tuple[Any, ...]], root: int, slow: Callable[[Any], Any]) -> Encoder: ...
    def __call__(self, obj: Any) -> Any:
        """Encode *obj*; call *slow* where the plan does not accept it at once."""

@final
class Profiler:
    """
    Count the contents of a log's lines, without creating objects for them.

    An object has a *shape*: the JSON types of its declared keys, and the texts of those that are choices. A body's
    verdict depends on its *facts*: the set of its shapes and, if extra keys are forbidden, of its unknown keys with
    their types. A *combination* is the facts and the group of bodies. JSON types are numbers: 1 string, 2 integer, 3
    number, 4 boolean, 5 null, 6 array, 7 object; 0 is a missing key.

    A place is a tuple of fields, and the first one is that of whole bodies. A field is ``(key, is_text, is_choice,
    has_created, token, child, items)``: *is_text*: its texts are counted, by their first 100 characters; *is_choice*:
    its texts are a part of the shape; *has_created*: its numbers are times; *token*: the index of the sum that its
    numbers are added to; *child* and *items*: the places of the object that it holds, and of those in its array. No
    index is -1.

    Args:
        places: The places.
        forbid_extra_keys: Whether unknown keys are facts.
        group_field: The field of whole bodies that names the group, or -1.
        seconds: The length of a group by time; 0 groups by text.
        longest: The longest line that is scanned, in bytes.
        most: How many entries each table has at most, until the counts are taken.

    Raises:
        TypeError: A place is malformed.
        ValueError: A place is malformed.
    """

    def __new__(
        cls,
        places: tuple[tuple[tuple[str, bool, bool, bool, int, int, int], ...], ...],
        forbid_extra_keys: bool,
        group_field: int,
        seconds: int,
        longest: int,
        most: int,
    ) -> Profiler: ...
    def scan(
        self, block: bytes, start: int, line: int, /
    ) -> tuple[int, int, list[tuple[tuple[int, ...], int, int]], bool]:
        """
        Count the lines of *block* from the offset *start* on, of which *line* come before in the source.

        Skip blank lines. Stop before a line that Python must process, and when the counts must be taken. The last line
        may lack its line feed.

        Returns:
            The offset, and the number of lines of the source up to there; the facts of each combination that is new,
            with the offsets of a line that has it; and whether the counts must be taken.
        """

    def take(
        self,
    ) -> tuple[
        list[tuple[int, bytes, tuple[int, ...], int]],
        list[tuple[int, str, int, int, float, float]],
        list[tuple[int, str, list[tuple[int, int, int, float, float]]]],
        list[tuple[tuple[int, ...], int, int, list[int], float, float, tuple[int, int, int]]],
    ]:
        """
        Return the counts, and reset them.

        Returns:
            Shapes: the place, the type of each field (none for other values), the text of each choice (an index
            of the texts, from 1; 0 for none), and the count. Texts: the number of the field among all, the text, its
            count, the first line, the first and last time (infinities if there is none). Unknown keys: the place, the
            key, and for each type the same. Combinations: the facts (8 times a shape; 8 times an unknown key plus the
            type), the group (a text, a number of hours or days; the least number of 64 bits for none), the count, the
            first three lines, the first and last time, and the sums of tokens.
        """

def parse(data: bytes | bytearray | memoryview | str, /) -> Any:
    """
    Parse JSON text into builtins.

    Raises:
        ValueError: The text is not JSON, or holds what Python cannot: a lone surrogate, a number that is too large.
    """
