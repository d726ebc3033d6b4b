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

def parse(data: bytes | bytearray | memoryview | str, /) -> Any:
    """
    Parse JSON text into builtins.

    Raises:
        ValueError: The text is not JSON, or holds what Python cannot: a lone surrogate, a number that is too large.
    """
