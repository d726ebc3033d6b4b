"""A run as tables: for people at a terminal, and as Markdown for the documentation."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.gate import Verdict
from benchmarks.report import VERDICTS, Case, Figure, Ratio, Ratios, Report

_PIVOTED = ("growth with choices", "growth with text", "peak memory", "parallel")
"""Sections whose cases are the columns of one table; of the others each case is a table."""
_NOISE = 0.10
"""A change between two runs that is smaller than this is not marked."""
_SCALES = {
    "s": ((1e-3, "ms"), (1e-6, "µs")),
    "B": ((2**20, "MiB"), (1, "B")),
    "1/s": ((1, "a second"),),
    "": ((1, ""),),
}
_STYLES = {"ours": "bold green", "floor": "dim"}


def show(report: Report, console: Console) -> None:
    """Print a run to a terminal."""
    for line in heading(report):
        console.print(line, highlight=False)
    for table in tables(report):
        console.print()
        console.print(table)


def markdown(heading: Iterable[str], tables: Iterable[Table]) -> str:
    """Write tables as Markdown, below a list of lines."""
    text = StringIO()
    console = Console(file=text, width=400, no_color=True, highlight=False)
    for line in heading:
        console.print(f"- {line}")
    for table in tables:
        title, caption = table.title, table.caption
        table.box, table.title, table.caption = box.MARKDOWN, None, None
        console.print(f"\n### {title}\n")
        console.print(table)
        if caption:
            console.print(f"\n{caption}", soft_wrap=True)
    return "\n".join(_aligned(line.rstrip()) for line in text.getvalue().splitlines()) + "\n"


def _aligned(line: str) -> str:
    """Mark all columns but the first as aligned to the right, in the rule under a table's head."""
    if not line.startswith("|--"):
        return line
    first, *others = line.strip("|").split("|")
    return "|".join(["", first, *(f"{column[:-1]}:" for column in others), ""])


def heading(report: Report) -> Iterator[str]:
    """Name the date, the machine, the versions, and the peers that are absent."""
    yield str(report.machine)
    yield ", ".join(f"{name} {version}" for name, version in report.versions.items())
    for name, reason in report.absent.items():
        yield escape(f"absent: {name} ({reason})")


def tables(report: Report) -> Iterator[Table]:
    """Make the tables of a run in the order of its sections."""
    if report.verdicts:
        yield gate_table(report)
    if report.ratios:
        yield ratio_table([Ratios(report.machine, report.ratios)])
    for section in dict.fromkeys(case.section for case in report.cases):
        cases = report.of(section)
        if section in _PIVOTED:
            yield pivot(cases, report.kinds)
        else:
            yield from (detail(case, report.kinds) for case in cases)


def gate_table(report: Report) -> Table:
    """Show how every peer did on the samples."""
    table = _table(
        f"right first: {report.valid_samples} valid samples, {report.invalid_samples} invalid ones",
        ("right", "wrong", "raised", "rejected", "coerced", "accepted", "reports"),
    )
    for verdict in report.verdicts:
        wrong = report.valid_samples - verdict.right - len(verdict.raised)
        counts = (verdict.right, wrong, len(verdict.raised), verdict.rejected, verdict.coerced, verdict.accepted)
        table.add_row(verdict.peer, *map(str, counts), _reported(verdict), style=_style(verdict.peer, report.kinds))
    table.caption = "\n".join(
        (
            "Valid samples: right, wrong, or raised on. Invalid ones: rejected, coerced to other values, or accepted "
            "unchanged. Reports: how many of three problems in one body the error reports.",
            *(
                f"{verdict.peer} returns a wrong value for the sample {verdict.wrong}: no figure of it is shown."
                for verdict in report.verdicts
                if verdict.wrong
            ),
        )
    )
    return table


def ratio_table(runs: Sequence[Ratios]) -> Table:
    """Show measured ratios beside what they must be and should be; each run, of one Python, has its columns."""
    pythons = [column for run in runs for column in (_minor(run.machine.python), "IQR")]
    table = _table("the ratios that router_schema is held to", ("body", *pythons, "must", "aim", "meets"), "ratio")
    measured = [{(ratio.name, ratio.body): ratio for ratio in run.ratios} for run in runs]
    for key, goal in {key: ratio for run in measured for key, ratio in run.items()}.items():
        ratios = [run.get(key) for run in measured]
        verdict = max((ratio.verdict for ratio in ratios if ratio), key=VERDICTS.index)
        table.add_row(
            *key,
            *(cell for ratio in ratios for cell in _measured(ratio)),
            f"{goal.must:.3g}",
            f"{goal.aim:.3g}",
            verdict,
            style="bold red" if verdict == VERDICTS[-1] else None,
        )
    return table


def _minor(python: str) -> str:
    """Shorten `CPython 3.11.7` to `3.11`."""
    return ".".join(python.rpartition(" ")[2].split(".")[:2])


def _measured(ratio: Ratio | None) -> tuple[str, str]:
    if ratio is None:
        return "", ""
    return f"{ratio.measured:.2f}", f"{(ratio.upper_quartile - ratio.lower_quartile) / ratio.measured:.0%}"


def detail(case: Case, kinds: dict[str, str]) -> Table:
    """Show one case: the median, the spread and the two ratios of every peer."""
    unit, write = _scale([case])
    columns: dict[str, Callable[[Figure], str]] = {
        unit: lambda figure: _value(figure, write),
        "IQR": _spread,
        "x Struct": lambda figure: _ratio(figure.to_struct),
        "x ujson": lambda figure: _ratio(figure.to_ujson),
    }
    filled = {name: cell for name, cell in columns.items() if any(map(cell, case.figures))}
    table = _table(f"{case.section}: {case.title}", filled)
    for figure in case.figures:
        table.add_row(figure.peer, *(cell(figure) for cell in filled.values()), style=_style(figure.peer, kinds))
    table.caption = _notes([case])
    return table


def pivot(cases: list[Case], kinds: dict[str, str]) -> Table:
    """Show some cases side by side: a row for each peer, a column for each case."""
    unit, write = _scale([case for case in cases if case.unit])
    table = _table(f"{cases[0].section}: {cases[0].title}, {unit}", [case.name for case in cases])
    by_peer: dict[str, dict[str, Figure]] = {}
    for case in cases:
        for figure in case.figures:
            by_peer.setdefault(figure.peer, {})[case.name] = figure
    for peer, figures in by_peer.items():
        cells = [
            _value(figures[case.name], write if case.unit else "{:.2f}".format) if case.name in figures else ""
            for case in cases
        ]
        table.add_row(peer, *cells, style=_style(peer, kinds))
    table.caption = _notes(cases)
    return table


def change_table(changes: Iterable[Case]) -> Table:
    """Show the figures that differ between two runs, the largest slowdown first."""
    table = _table("this run as a multiple of the old one", ("section", "body", "new ÷ old", ""))
    rows = [(figure.value or 0.0, case, figure) for case in changes for figure in case.figures]
    for change, case, figure in sorted(rows, key=lambda row: -row[0]):
        if abs(change - 1) > _NOISE:
            word = "worse" if (change > 1) != (case.unit == "1/s") else "better"
            table.add_row(figure.peer, case.section, case.name, f"{change:.2f}", word)
    table.caption = f"{len(rows)} figures compared; those that changed by less than {_NOISE:.0%} are left out."
    return table


def _table(title: str, columns: Iterable[str], first: str = "peer") -> Table:
    table = Table(
        title=title,
        box=box.SIMPLE_HEAD,
        padding=(0, 0, 0, 0),
        collapse_padding=True,
        title_justify="left",
        caption_justify="left",
    )
    table.add_column(first, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _style(peer: str, kinds: dict[str, str]) -> str | None:
    return _STYLES.get(kinds.get(peer, ""))


def _scale(cases: Iterable[Case]) -> tuple[str, Callable[[float], str]]:
    """Choose the largest unit in which the smallest figure is not below one."""
    values = [figure.value for case in cases for figure in case.figures if figure.value]
    unit = next((case.unit for case in cases), "")
    factor, name = next((scale for scale in _SCALES[unit] if min(values, default=0) >= scale[0]), _SCALES[unit][-1])
    return name, lambda value: _digits(value / factor)


def _digits(value: float) -> str:
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _value(figure: Figure, write: Callable[[float], str]) -> str:
    return "-" if figure.value is None else write(figure.value)


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:,.2f}"


def _spread(figure: Figure) -> str:
    if not figure.value or figure.lower_quartile is None or figure.upper_quartile is None:
        return ""
    if figure.lower_quartile == figure.upper_quartile:
        return ""
    return f"{(figure.upper_quartile - figure.lower_quartile) / figure.value:.0%}"


def _reported(verdict: Verdict) -> str:
    return {0: "none", 1: "first"}.get(verdict.problems, "all" if verdict.problems >= 3 else str(verdict.problems))


def _notes(cases: Iterable[Case]) -> str | None:
    peers: dict[str, dict[str, None]] = {}
    for case in cases:
        for figure in case.figures:
            if figure.note:
                peers.setdefault(figure.note, {})[figure.peer] = None
    return "\n".join(f"-: {note}: {', '.join(by)}." for note, by in peers.items()) or None
