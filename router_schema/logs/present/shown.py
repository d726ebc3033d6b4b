"""How a report is shown: in a debugger, by `print`, on a rich console and in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .tables import headline, tables_of
from .text import as_lines

if TYPE_CHECKING:
    from ..report import Report

#: How many rows of a table are shown.
_MAX_ROWS = 20


class Shown:
    """The mixin of `Report`: one line for debuggers, tables for people."""

    __slots__ = ()

    def __repr__(self: Report) -> str:  # type: ignore[misc]
        return f"<Report: {headline(self)}>"

    def __str__(self: Report) -> str:  # type: ignore[misc]
        return "\n".join(as_lines([headline(self)], tables_of(self, _MAX_ROWS)))

    def __rich_console__(self: Report, console: Any, options: Any) -> Iterator[Any]:  # type: ignore[misc]
        from .terminal import renderables

        return renderables([headline(self)], tables_of(self, _MAX_ROWS), self.ok, options.max_width)

    def _repr_html_(self: Report) -> str:  # type: ignore[misc]
        from .html import fragment

        return fragment(self, tables_of(self, _MAX_ROWS))
