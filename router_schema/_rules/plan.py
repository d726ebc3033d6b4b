"""
A rule as a plan for the native engine: a list of nodes that refer to each other by index.

A node is a tuple of a kind and what that kind needs; `_native.pyi` lists the kinds. A rule without a node of its own
becomes a ``call`` of its compiled function: the native engine then only parses, or only encodes, that value.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .base import Rule
from .source import Direction, compile_rule


class Plan:
    """
    The nodes of one rule, in one direction.

    Args:
        rule: The rule.
        direction: Which way the plan converts.
        in_python: Whether the compiled function does all the work, and the native engine only parses or encodes.

    Attributes:
        direction: Which way the plan converts.
        nodes: The nodes.
        root: The index of the rule's node.
        calls_user_code: Whether a node calls user code, which may call the library again.
    """

    calls_user_code: bool
    root: int

    def __init__(self, rule: Rule, direction: Direction, *, in_python: bool = False) -> None:
        self.direction: Direction = direction
        self.nodes: list[tuple[Any, ...]] = []
        self.calls_user_code = False
        self._classes: dict[Rule, int] = {}
        self.root = self.call(rule) if in_python else rule.add_to_plan(self)

    def add(self, kind: str, *details: Any) -> int:
        """Add a node; returns its index."""
        self.nodes.append((kind, *details))
        return len(self.nodes) - 1

    def add_class(self, rule: Any, fields: list[tuple[Any, ...]]) -> int:
        """
        Add the node of a class, once.

        Args:
            rule: The rule of the class.
            fields: Each field (None for an attribute that is not in the JSON), and what its part of the node needs.
        """
        if rule in self._classes:
            return self._classes[rule]
        index = self._classes[rule] = self.add("class")  # reserved: a class may contain itself
        parts = []
        for field, key, name, slot, kind, default, omit in fields:
            node = self.add("any") if field is None else field.rule.add_to_plan(self)
            parts.append((key, name, node, slot, kind, default, omit))
        self.nodes[index] = ("class", rule.cl, tuple(parts), rule.forbid_extra_keys)
        return index

    def has_classes(self, indices: Iterable[int]) -> bool:
        """Whether these nodes are classes; one that is not plain became a call."""
        return all(self.nodes[index][0] == "class" for index in indices)

    def call(self, rule: Rule) -> int:
        """Add a node that calls the compiled function of *rule*."""
        fast = compile_rule(rule, self.direction)
        self.calls_user_code |= fast.calls_user_code
        return self.add("call", fast.function)
