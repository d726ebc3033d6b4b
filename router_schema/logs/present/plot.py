"""
Plots over time as inline SVG, in the colours of the page around them.

Two plots: how many bodies each hour or day has and what part of them is not valid, if the report has these groups; and
from when to when each problem, unknown key and value was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

import attrs

from .tables import percent, printable, share_text, time_text

if TYPE_CHECKING:
    from ..report import Report
    from ..rows import Group

#: Widths and heights, in pixels.
_WIDTH, _RIGHT, _LABELS, _ROW, _PANEL = 920, 880, 330, 22, 90

#: How many rows the plot of first and last times has at most.
_MAX_ROWS = 30

#: Where ``created`` can be a time of a completion, in seconds since 1970: from 2015 to 2100.
_EARLIEST, _LATEST = 1_420_070_400.0, 4_102_444_800.0

_HOUR, _DAY = 3600, 86400
_STEPS = (
    *(60, 300, 900, 1800, _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR),
    *(_DAY, 2 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY, 91 * _DAY, 365 * _DAY, 1826 * _DAY, 36525 * _DAY),
)
_MAX_TICKS = 6


@attrs.frozen
class _Axis:
    """Time from left to right: from *start* to *end*, in seconds since 1970, between two places of the picture."""

    start: float
    end: float
    left: float
    right: float

    def x(self, seconds: float) -> float:
        """The position of a time; one outside is moved to the nearer end."""
        part = (seconds - self.start) / (self.end - self.start)
        return self.left + (self.right - self.left) * min(max(part, 0.0), 1.0)

    def ticks(self) -> Iterator[str]:
        """The labels and lines of some round times."""
        step = next((step for step in _STEPS if (self.end - self.start) / step <= _MAX_TICKS), _STEPS[-1])
        form = "%Y-%m-%d" if step >= _DAY else "%m-%d %H:%M"
        seconds = -(-self.start // step) * step
        while seconds <= self.end:
            x = self.x(seconds)
            label = datetime.fromtimestamp(seconds, UTC).strftime(form)
            yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="18" y2="100%"/>'
            yield f'<text x="{x:.1f}" y="12" text-anchor="middle">{label}</text>'
            seconds += step


def plots(report: Report) -> str:
    """The plots of a report, as HTML; nothing if it has no times."""
    parts = [_groups_plot(report, by, seconds) for by, seconds in (("hour", _HOUR), ("day", _DAY))]
    return "".join([*parts, _seen_plot(report)])


# --- bodies over time ---


def _groups_plot(report: Report, by: str, seconds: int) -> str:
    bars = sorted(_bars(report, by), key=lambda bar: bar[0])
    if not bars:
        return ""
    axis = _Axis(bars[0][0], bars[-1][0] + seconds, 60, _RIGHT)
    most = max(group.count for _, group in bars)
    worst = max((group.count - group.valid) / group.count for _, group in bars)
    parts = list(axis.ticks())
    top, bottom = 20 + _PANEL, 40 + 2 * _PANEL
    for start, group in bars:
        invalid = group.count - group.valid
        x, width = axis.x(start), max(axis.x(start + seconds) - axis.x(start) - 1, 0.5)
        title = f"{time_text(start)[:16]}: {group.count:,} bodies, {percent(invalid, group.count)} not valid"
        parts.append(f"<g><title>{title}</title>")
        parts.append(_rectangle("valid", x, top, width, _PANEL * group.count / most))
        parts.append(_rectangle("invalid", x, top, width, _PANEL * invalid / most))
        if worst:
            parts.append(_rectangle("invalid", x, bottom, width, _PANEL * (invalid / group.count) / worst))
        parts.append("</g>")
    for y, text in ((top, f"{most:,}"), (bottom, share_text(worst))):
        parts.append(f'<path class="axis" d="M60 {y}H{_RIGHT}"/>')
        parts.append(f'<text x="54" y="{y - _PANEL + 10}" text-anchor="end">{text}</text>')
        parts.append(f'<text x="54" y="{y}" text-anchor="end">0</text>')
    caption = (
        f"Bodies each {by} of <code>created</code> (UTC); below, the part of them that is not valid. "
        '<i class="valid"></i> all <i class="invalid"></i> not valid'
    )
    return _figure(caption, f"Bodies each {by}", bottom + 6, parts)


def _bars(report: Report, by: str) -> Iterator[tuple[float, Group]]:
    """When each hour or day began, and its bodies."""
    for group in report.groups:
        start = _start(group.name) if group.by == by and group.count else None
        if start is not None and _EARLIEST <= start <= _LATEST:
            yield start, group


def _start(name: str) -> float | None:
    try:
        return datetime.fromisoformat(name).replace(tzinfo=UTC).timestamp()
    except ValueError:  # bodies without a time
        return None


def _rectangle(kind: str, x: float, bottom: float, width: float, height: float) -> str:
    return f'<rect class="{kind}" x="{x:.1f}" y="{bottom - height:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


# --- first and last times ---


def _seen_plot(report: Report) -> str:
    rows = list(_seen(report))
    times = [time for _, _, row in rows for time in (row.first, row.last) if _EARLIEST <= time <= _LATEST]
    for time in (report.created_min, report.created_max):
        times += [time] if time is not None and _EARLIEST <= time <= _LATEST else []
    if not rows or not times or min(times) == max(times):
        return ""
    axis = _Axis(min(times), max(times), _LABELS, _RIGHT)
    parts = list(axis.ticks())
    for index, (kind, label, row) in enumerate(rows):
        y = 24 + index * _ROW
        x, end = axis.x(row.first), axis.x(row.last)
        parts.append(f"<g><title>{escape(f'{label}: {time_text(row.first)} to {time_text(row.last)}')}</title>")
        parts.append(f'<text x="{_LABELS - 10}" y="{y + 14}" text-anchor="end">{escape(_shortened(label))}</text>')
        width = max(end - x, 3)
        x = min(x, _RIGHT - width)
        parts.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{y + 4}" width="{width:.1f}" height="{_ROW - 8}" rx="2"/></g>'
        )
    caption = (
        "First and last <code>created</code> (UTC) of the bodies that have each. "
        '<i class="invalid"></i> problems <i class="key"></i> keys that the schema does not name '
        '<i class="valid"></i> values'
    )
    return _figure(caption, "When each was seen", 24 + len(rows) * _ROW + 4, parts)


def _seen(report: Report) -> Iterator[tuple[str, str, Any]]:
    """The rows that have times, with kind and label: the most frequent of each table."""
    tables: Sequence[tuple[str, Iterable[tuple[str, Any]]]] = (
        (
            "invalid",
            ((f"{row.path} {row.kind if row.kind == 'missing' else row.actual}", row) for row in report.problems),
        ),
        ("key", ((row.path, row) for row in report.unknown_keys)),
        ("valid", ((f"finish_reason {row.value}", row) for row in report.finish_reasons)),
        ("valid", ((f"model {row.value}", row) for row in report.models)),
    )
    for kind, rows in tables:
        with_times = ((label, row) for label, row in rows if row.first is not None)
        for label, row in [*with_times][: _MAX_ROWS // len(tables)]:
            yield kind, printable(label), row


def _shortened(label: str) -> str:
    return label if len(label) <= 48 else f"{label[:47]}…"


def _figure(caption: str, title: str, height: int, parts: Iterable[str]) -> str:
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    return (
        f'<figure><figcaption>{caption}</figcaption><svg role="img" aria-label="{title}" {size}>'
        f"{''.join(parts)}</svg></figure>"
    )
