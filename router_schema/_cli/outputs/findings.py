"""What an output prints."""

from __future__ import annotations

import attrs

from ...logs import Change, Report
from ...logs.present.tables import Table, changes_table, headline, printable, tables_of


@attrs.frozen
class Findings:
    """
    What an output prints.

    Attributes:
        report: A report.
        changes: What changed since another one, if it was compared with one.
        since: The file of the other report.
        max_rows: How many rows of a table to print; None means all.
        suggestion: A line about other schemas, for people only; or nothing.
        table: The name of the table to print, for outputs that print only one.
        is_partial: Whether the report covers only a part of what should have been read.
    """

    report: Report
    changes: tuple[Change, ...] | None = None
    since: str = ""
    max_rows: int | None = None
    suggestion: str = ""
    table: str = "problems"
    is_partial: bool = False

    def head(self) -> list[str]:
        """The headline, and the suggestion if there is one."""
        return [headline(self.report), *([printable(self.suggestion)] if self.suggestion else [])]

    def first_tables(self) -> list[Table]:
        """What changed, if it was compared."""
        if self.changes is None:
            return []
        return [changes_table(self.changes, self.since, self.max_rows)]

    def tables(self) -> list[Table]:
        """The tables for people. The changes come first, because the user asked for them."""
        return [*self.first_tables(), *tables_of(self.report, self.max_rows)]
