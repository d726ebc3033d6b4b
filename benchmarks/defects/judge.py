"""
Which defects a tool reports.

A row of a tool's output is a text with a count. A defect raises the rows whose counts rise when it is planted alone. It
is

- *reported* if the output for the log with all defects determines how many bodies have it: the rows that it alone
  raises, one of them or all together, count as many. What reported defects add to a row is subtracted first;
- *shared* if it raises rows, but other defects raise the same ones, and nothing determines how many bodies have which;
- *silent* if it raises no row;
- *stops* if the tool can't read a log that has it.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Literal

Outcome = Literal["reported", "shared", "silent", "stops"]


def judge(
    sound: Counter[str], alone: Mapping[str, Counter[str] | None], together: Counter[str], planted: Mapping[str, int]
) -> dict[str, Outcome]:
    """
    Judge what a tool says about each defect.

    Args:
        sound: The rows for the log without defects.
        alone: By defect, the rows for the log that has only this one; None if the tool stops.
        together: The rows for the log with all defects that don't stop it.
        planted: By defect, how many bodies of that log have it.
    """
    raised = {defect: found - sound for defect, found in alone.items() if found is not None}
    shared = {defect for defect, rows in raised.items() if rows}
    left = together - sound
    while found := [defect for defect in shared if _is_determined(defect, raised, shared, left, planted[defect])]:
        for defect in found:
            shared.remove(defect)
            left -= raised[defect]

    def outcome(defect: str) -> Outcome:
        if defect not in raised:
            return "stops"
        if defect in shared:
            return "shared"
        return "reported" if raised[defect] else "silent"

    return {defect: outcome(defect) for defect in alone}


def _is_determined(
    defect: str, raised: Mapping[str, Counter[str]], shared: set[str], left: Counter[str], count: int
) -> bool:
    others: set[str] = set().union(*(raised[other] for other in shared if other != defect))
    counts = [left[row] for row in raised[defect] if row not in others]
    return count in (*counts, sum(counts))
