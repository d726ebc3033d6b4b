"""
Plant thirteen defects in a log, and see what each tool reports and costs: `python -m benchmarks.defects`.

The versions are those of `benchmarks/requirements.txt`. A tool that isn't installed is left out, and a line says so.
"""

import argparse
from collections.abc import Iterator, Mapping
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.defects import plant, tools
from benchmarks.defects.judge import Outcome
from benchmarks.defects.run import REFERENCE, Logs, Result, judged, measured
from benchmarks.defects.tools import Tool
from benchmarks.make_log import size_of
from benchmarks.report import Machine
from benchmarks.tables import markdown

_MARKS: dict[Outcome, str] = {"reported": "yes", "shared": "shared", "silent": "no", "stops": "stops"}


def load(names: list[str], console: Console) -> dict[str, Tool]:
    """Load the tools that are installed, the reference first."""
    loaded = {}
    for name in sorted(names, key=lambda name: name != REFERENCE):
        try:
            loaded[name] = tools.load(name)
        except ImportError as error:
            console.print(f"absent: {name} ({error})", highlight=False)
    return loaded


def cost_table(
    named: Mapping[str, Tool], results: Mapping[str, Result], outcomes: Mapping[str, dict[str, Outcome]]
) -> Table:
    """Show what each tool costs and how many defects it reports, the cheapest first."""
    table = _table("what each tool costs", "tool", ("CPU time, s", "÷ check", "peak memory, MB", "defects reported"))
    for name, result in sorted(results.items(), key=lambda item: item[1].ratio):
        reported = list(outcomes[name].values()).count("reported")
        table.add_row(
            named[name].label, f"{result.seconds:.2f}", f"{result.ratio:.2f}", f"{result.peak / 1e6:.0f}", str(reported)
        )
    return table


def defect_table(named: Mapping[str, Tool], outcomes: Mapping[str, dict[str, Outcome]]) -> Table:
    """Show which tool reports which defect."""
    table = _table("which defects each tool reports", "defect", [named[name].label.split(",")[0] for name in outcomes])
    for defect in plant.DEFECTS:
        table.add_row(defect, *(_MARKS[by_defect[defect]] for by_defect in outcomes.values()))
    return table


def _table(title: str, first: str, others: list[str] | tuple[str, ...]) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def heading(named: Mapping[str, Tool], size: int, rounds: int) -> Iterator[str]:
    """Name the machine, the versions and the log."""
    yield str(Machine.here())
    distributions = sorted({name for tool in named.values() for name in tool.distributions})
    yield ", ".join(f"{name} {version(name)}" for name in distributions)
    yield f"log: {size / 1e6:.0f} MB, each defect in {plant.SHARE:.1%} of the bodies; medians of {rounds} rounds"


def main() -> None:
    """Judge the tools, measure them, and print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.defects", description="What tools report about a log.")
    parser.add_argument("--size", type=size_of, default="64M", help="of the log that is timed (default 64M)")
    parser.add_argument("--judged", type=size_of, default="4M", help="of the logs that are judged (default 4M)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tools", nargs="+", choices=tools.names(), default=tools.names())
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables as Markdown")
    options = parser.parse_args()
    console = Console()
    named = load([*{REFERENCE, *options.tools}], console)
    with TemporaryDirectory() as folder, Progress(console=console, transient=True) as progress:
        logs = Logs(Path(folder), options.judged)
        outcomes = {name: judged(name, logs) for name in progress.track(list(named), description="judge")}
        track = partial(progress.track, description="measure")
        results = measured(outcomes, Logs(Path(folder), options.size), options.rounds, track)
    lines = list(heading(named, options.size, options.rounds))
    shown = [cost_table(named, results, outcomes), defect_table(named, outcomes)]
    console.print("\n".join(lines), highlight=False)
    for table in shown:
        console.print(table)
    if options.markdown:
        options.markdown.write_text(markdown(lines, shown), "utf-8")


if __name__ == "__main__":
    main()
