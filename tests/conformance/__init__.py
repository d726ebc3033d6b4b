"""Texts that RFC 8259 accepts and rejects, production by production.

Each group quotes the rule that it is written from. A case's id is unique, and shows the text itself where that is
short enough to read. The cases are grammar only: a schema may still reject an accepted text, and a parser may limit
how deep or how long a text is (section 9).
"""

from conformance.case import Case
from conformance.encoding import ENCODING
from conformance.numbers import NUMBERS
from conformance.strings import ESCAPES, STRINGS, SURROGATES
from conformance.structure import ARRAYS, LITERALS, NESTING, OBJECTS, TEXTS, WHITE_SPACE

__all__ = ["CASES", "Case"]

CASES: tuple[Case, ...] = (
    *NUMBERS,
    *STRINGS,
    *ESCAPES,
    *SURROGATES,
    *WHITE_SPACE,
    *LITERALS,
    *ARRAYS,
    *OBJECTS,
    *TEXTS,
    *ENCODING,
    *NESTING,
)
