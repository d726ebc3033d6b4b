"""From a type to its rule, through cattrs."""

from .converter import structure_rule

__all__ = ["structure_rule"]
