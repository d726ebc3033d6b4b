"""A report as HTML, for a browser or a notebook: one file, which loads nothing and runs no script."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from .plot import plots
from .tables import Column, Table, headline, printable

if TYPE_CHECKING:
    from ..report import Report

#: Longer cells are folded.
_MAX_LINE = 48

# Two classes select cells, because Jupyter's own rule, which aligns cells to the right, has two as well.
_STYLE = """
.router-schema { --line: color-mix(in srgb, currentColor 18%, transparent);
  --soft: color-mix(in srgb, currentColor 65%, transparent); --good: #4a86c5; --bad: #d64545; --key: #c98a1b;
  font: 14px/1.45 system-ui, sans-serif; max-width: 72rem; }
.router-schema h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.router-schema .verdict { font-weight: 600; font-size: 1.25rem; margin: 0; }
.router-schema .ok { color: #2e8b57; }
.router-schema .not-ok, .router-schema .fails td:nth-child(-n+3) { color: var(--bad); }
.router-schema .soft, .router-schema figcaption { color: var(--soft); }
.router-schema .scroll { overflow-x: auto; }
.router-schema table { border-collapse: collapse; font: inherit; margin: 0; }
.router-schema .scroll th, .router-schema .scroll td { text-align: left; vertical-align: top;
  padding: .25rem .9rem .25rem 0;
  border-bottom: 1px solid var(--line); white-space: nowrap; background: none; }
.router-schema th { font-weight: 500; color: var(--soft); }
.router-schema .scroll .long { white-space: normal; overflow-wrap: anywhere; min-width: 16rem; }
.router-schema .scroll .number { text-align: right; font-variant-numeric: tabular-nums; }
.router-schema code { font: .92em ui-monospace, monospace; }
.router-schema small { display: block; font-size: .85em; color: var(--soft); white-space: normal; min-width: 16rem; }
.router-schema small span { white-space: nowrap; }
.router-schema figure { margin: 0 0 1.5rem; overflow-x: auto; }
.router-schema svg { display: block; max-width: none; font: 12px system-ui, sans-serif; fill: currentColor; }
.router-schema svg .grid { stroke: var(--line); fill: none; } .router-schema svg .axis { stroke: var(--soft); }
.router-schema .valid { fill: var(--good); background: var(--good); }
.router-schema .invalid { fill: var(--bad); background: var(--bad); }
.router-schema .key { fill: var(--key); background: var(--key); }
.router-schema figcaption i { display: inline-block; width: .7em; height: .7em; margin-left: .6em; border-radius: 2px; }
"""

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>:root {{ color-scheme: light dark; }} body {{ margin: 2rem auto; padding: 0 1.5rem; max-width: 72rem; }}</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(report: Report, tables: Iterable[Table], first: Iterable[Table] = (), notes: Iterable[str] = ()) -> str:
    """A whole page, like the `fragment` inside it."""
    title = f"{headline(report)} · router-schema"
    body = fragment(report, tables, first, notes)
    return _PAGE.format(title=escape(title), body=body)


def fragment(report: Report, tables: Iterable[Table], first: Iterable[Table] = (), notes: Iterable[str] = ()) -> str:
    """
    The report as a part of a page, such as a notebook.

    Args:
        report: A report.
        tables: Its tables.
        first: Tables that stand above the plots: what changed.
        notes: Lines below the headline.
    """
    verdict = "ok" if report.ok else "not-ok"
    return "\n".join(
        [
            f'<div class="router-schema"><style>{_STYLE}</style>',
            f'<p class="verdict {verdict}">{escape(headline(report))}</p>',
            *(f'<p class="soft">{escape(printable(note))}</p>' for note in notes),
            *map(_section, first),
            _plots(report),
            *map(_section, tables),
            "</div>",
        ]
    )


def _plots(report: Report) -> str:
    drawn = plots(report)
    return f"<section><h2>Over time</h2>{drawn}</section>" if drawn else ""


def _section(table: Table) -> str:
    parts = [f"<section><h2>{escape(table.title)}</h2>"]
    if table.rows:
        heads = "".join(_cell("th", column, column.head) for column in table.columns if not _is_below(column))
        parts.append(f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>')
        main = table.main  # found by looking at all rows
        parts += (_row(table, row, main) for row in table.rows)
        parts.append("</tbody></table></div>")
    if table.note:
        parts.append(f'<p class="soft">{escape(table.note)}</p>')
    return "".join([*parts, "</section>"])


def _row(table: Table, row: tuple[str, ...], main: int) -> str:
    """A row of cells, with when and where below the main one."""
    pairs = list(zip(table.columns, row, strict=True))
    below = [column.detail.format(text) for column, text in pairs if _is_below(column) and text]
    cells = "".join(
        _cell("td", column, text, below if index == main else ())
        for index, (column, text) in enumerate(pairs)
        if not _is_below(column)
    )
    return f'<tr class="fails">{cells}</tr>' if not table.columns[0].head and row[0] else f"<tr>{cells}</tr>"


def _is_below(column: Column) -> bool:
    return column.detail not in ("", "{}")


def _cell(tag: str, column: Column, text: str, below: Sequence[str] = ()) -> str:
    name = "number" if column.is_number else "long" if len(text) > _MAX_LINE else ""
    attribute = f' class="{name}"' if name else ""
    content = f"<code>{escape(text)}</code>" if tag == "td" and column.head == "path" else escape(text)
    details = ", ".join(f"<span>{escape(part)}</span>" for part in below)
    return f"<{tag}{attribute}>{content}{f'<small>{details}</small>' if details else ''}</{tag}>"
