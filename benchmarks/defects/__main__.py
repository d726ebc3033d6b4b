"""
Plant thirteen defects in a log, and see what each tool reports and costs: `python -m benchmarks.defects`.

The versions are those of `benchmarks/requirements.txt`. A tool that isn't installed is left out, and a line says so.
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from rich import box
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.defects import plant, tools
from benchmarks.defects.judge import Outcome
from benchmarks.defects.run import REFERENCE, Logs, Printed, Result, child, judged, measured
from benchmarks.make_log import size_of
from benchmarks.report import Machine
from benchmarks.tables import markdown

_MARKS: dict[Outcome, str] = {"reported": "yes", "shared": "shared", "silent": "no", "stops": "stops"}


def describe(names: Iterable[str], console: Console) -> dict[str, Printed]:
    """Describe the tools that are installed, the reference first."""
    described = {}
    for name in sorted(names, key=lambda name: (name != REFERENCE, name)):
        try:
            (described[name],) = child(name)
        except RuntimeError as error:
            console.print(f"absent: {error}", highlight=False)
    return described


def cost_table(
    described: Mapping[str, Printed], outcomes: Mapping[str, dict[str, Outcome]], results: Mapping[str, Result]
) -> Table:
    """Show what each tool costs and how many defects it reports, the cheapest first."""
    columns = ("sound log, ÷ check", "defects, ÷ check", "CPU time, s", "peak memory, MB", "reports")
    table = _table("what each tool costs", "tool", columns)
    for name, result in sorted(results.items(), key=lambda item: item[1].sound):
        table.add_row(
            described[name]["label"],
            f"{result.sound:.2f}",
            f"{result.defective:.2f}",
            f"{result.seconds:.2f}",
            f"{result.peak / 1e6:.0f}",
            f"{list(outcomes[name].values()).count('reported')} of {len(plant.DEFECTS)}",
        )
    return table


def defect_table(described: Mapping[str, Printed], outcomes: Mapping[str, dict[str, Outcome]]) -> Table:
    """Show which tool reports which defect."""
    columns = [described[name]["label"].partition(",")[0] for name in outcomes]
    table = _table("which defects each tool reports", "defect", columns)
    for defect in plant.DEFECTS:
        table.add_row(defect, *(_MARKS[by_defect[defect]] for by_defect in outcomes.values()))
    return table


def _table(title: str, first: str, others: Iterable[str]) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def heading(described: Mapping[str, Printed], size: int, rounds: int) -> Iterator[str]:
    """Name the machine, the versions and the log."""
    versions = {name: version for tool in described.values() for name, version in tool["versions"].items()}
    yield str(Machine.here())
    yield ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    yield f"logs of {size / 1e6:.0f} MB, each defect in {plant.SHARE:.1%} of the bodies; medians of {rounds} rounds"


def main() -> None:
    """Judge the tools, measure them, and print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.defects", description="What tools report about a log.")
    parser.add_argument("--size", type=size_of, default="64M", help="of the logs that are timed (default 64M)")
    parser.add_argument("--judged", type=size_of, default="4M", help="of the logs that are judged (default 4M)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tools", nargs="+", choices=tools.names(), default=tools.names())
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables as Markdown")
    options = parser.parse_args()
    console = Console()
    described = describe({REFERENCE, *options.tools}, console)
    with TemporaryDirectory() as folder, Progress(console=console, transient=True) as progress:
        logs = Logs(Path(folder), options.judged)
        outcomes = {name: judged(name, logs) for name in progress.track(list(described), description="judge")}
        track = partial(progress.track, description="measure")
        results = measured(outcomes, Logs(Path(folder), options.size), options.rounds, track)
    lines = list(heading(described, options.size, options.rounds))
    shown = [cost_table(described, outcomes, results), defect_table(described, outcomes)]
    console.print("\n".join(lines), highlight=False)
    for table in shown:
        console.print(table)
    if options.markdown:
        options.markdown.write_text(markdown(lines, shown), "utf-8")


if __name__ == "__main__":
    main()
