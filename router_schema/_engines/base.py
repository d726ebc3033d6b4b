"""What an engine is."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .._rules.base import Rule
from .._rules.runner import too_deep_to_encode, validate_structure, validate_unstructure
from .strict import Data, exceeds_depth, parse_strictly


class Engine:
    """
    One way of reading and writing JSON text.

    An engine's own methods may step aside from any text or value, by raising any exception or, in the functions that it
    makes, by calling `explain` or `encode_or_explain`: those validate slowly, and raise the errors that users see.

    Attributes:
        name: What `make_converter` calls it.
    """

    name: str

    def parse(self, data: Data) -> Any:
        """Text to builtins; raises any Exception to step aside."""
        raise NotImplementedError

    def encode(self, value: Any) -> str:
        """Plain builtins to compact text; raises any Exception to step aside."""
        raise NotImplementedError

    def make_loads(self, rule: Rule) -> Callable[[Data], Any]:
        """The function from text to what *rule* makes of it."""
        raise NotImplementedError

    def make_dumps(self, rule: Rule) -> Callable[[Any], str]:
        """The function from an instance to the text of what *rule* makes of it."""
        raise NotImplementedError

    def parse_or_explain(self, data: Data) -> Any:
        """
        Text to builtins.

        Raises:
            DecodeError: *data* is not JSON.
            TypeError: *data* is neither bytes nor str.
        """
        try:
            return self.parse(data)
        except Exception:
            pass  # leave the block first, so that our error has no context that quotes the payload
        return parse_strictly(data)

    def then(self, convert: Callable[[Any], Any]) -> Callable[[Data], Any]:
        """The function from text to what *convert* makes of the builtins; it raises what `parse_or_explain` raises."""
        parse = self.parse

        def parse_and_convert(data: Data) -> Any:
            try:
                value = parse(data)
            except Exception:
                pass  # as in `parse_or_explain`, without the cost of calling it
            else:
                return convert(value)
            return convert(parse_strictly(data))

        return parse_and_convert

    def explain(self, rule: Rule) -> Callable[[Data], Any]:
        """
        The slow path from text to what *rule* makes of it.

        It raises DecodeError if the text is not JSON, ValidationError if the rule rejects it, and TypeError if it is
        neither bytes nor str.
        """
        return self.then(functools.partial(validate_structure, rule))

    def encode_or_explain(self, rule: Rule) -> Callable[[Any], str]:
        """The slow path from an instance to text. It raises EncodeError if the rule rejects the instance."""

        def encode_or_explain(obj: Any) -> str:
            value = validate_unstructure(rule, obj)
            try:
                text = self.encode(value)
            except (OverflowError, RecursionError, ValueError):
                text = None
            if text is None or exceeds_depth(text.encode()):  # `loads` could not read it
                raise too_deep_to_encode(rule)
            return text

        return encode_or_explain
