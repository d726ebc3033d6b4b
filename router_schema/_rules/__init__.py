"""
The rules: what each kind of type accepts and emits, one file per family.

A family's file holds everything about it: the slow path of both directions, the lines of the compiled functions, the
native engine's node, the JSON Schema, and its part in profiling logs. `FAMILIES` registers it.
"""

from .choices import ENUMS, LITERALS, NULL
from .classes import CLASSES
from .containers import ARRAYS, DICTS
from .family import Family
from .unions import UNIONS

#: Every kind of type besides the scalars; the first family that accepts a type makes its rule.
FAMILIES: tuple[Family, ...] = (LITERALS, ENUMS, NULL, UNIONS, ARRAYS, DICTS, CLASSES)
