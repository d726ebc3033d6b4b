"""The command: gate the peers, time them, print tables; `python -m benchmarks --help` lists the choices."""

import argparse
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from benchmarks import peers, ratios
from benchmarks.gate import examine, read_samples
from benchmarks.report import Machine, Report, compare, versions_of
from benchmarks.sections import FULL, QUICK, QUICK_SECTIONS, SECTIONS, Bench
from benchmarks.tables import change_table, heading, markdown, show, tables

_SAMPLES = Path(__file__).parent.parent / "tests" / "data"


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Benchmark decoders of completions bodies."
    )
    parser.add_argument("--quick", action="store_true", help="under a minute: fewer bodies and rounds, no processes")
    parser.add_argument("--sections", nargs="+", choices=["ratios", *SECTIONS], help="what to measure (default: all)")
    parser.add_argument("--peers", nargs="+", choices=peers.names(), help="which peers to measure (default: all)")
    parser.add_argument("--samples", type=Path, default=_SAMPLES, help="folder with the gate's valid/ and invalid/")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures as JSON")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables as Markdown")
    parser.add_argument("--compare", type=Path, metavar="OLD.json", help="compare with the figures of an earlier run")
    parser.add_argument("--plot", type=Path, metavar="DIR", help="draw the figures as SVG and PNG")
    return parser.parse_args(argv)


def run(options: argparse.Namespace, progress: Progress) -> Report:
    """Gate the peers, then measure those that passed."""
    present, absent = peers.load_all(options.peers or peers.names())
    valid, invalid = (read_samples(options.samples / kind) for kind in ("valid", "invalid"))
    verdicts = [examine(peer, valid, invalid) for peer in progress.track(list(present.values()), description="gate")]
    bench = Bench(
        peers=present,
        blanked={verdict.peer: f"wrong value in {verdict.wrong}" for verdict in verdicts if verdict.wrong},
        effort=QUICK if options.quick else FULL,
        progress=progress,
    )
    sections = options.sections or (QUICK_SECTIONS if options.quick else ["ratios", *SECTIONS])
    return Report(
        machine=Machine.here(),
        versions=versions_of(present.values()),
        absent=absent,
        kinds={peer.label: peer.kind for peer in present.values()},
        valid_samples=len(valid),
        invalid_samples=len(invalid),
        verdicts=tuple(verdicts),
        ratios=ratios.measure(
            ratios.QUICK if options.quick else ratios.FULL, partial(progress.track, description="ratios")
        )
        if "ratios" in sections
        else (),
        cases=tuple(case for name in SECTIONS if name in sections for case in SECTIONS[name](bench)),
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Run the benchmarks and write the figures in every requested form."""
    options = parse(argv)
    console = Console()
    old = Report.load(options.compare) if options.compare else None
    with Progress(console=console, transient=True) as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peers warn about samples that they coerce
        report = run(options, progress)
    show(report, console)
    if old is not None:
        console.print(change_table(compare(old, report)))
    if options.json:
        report.save(options.json)
    if options.markdown:
        options.markdown.write_text(markdown(heading(report), tables(report)), "utf-8")
    if options.plot:
        from benchmarks.plots import draw  # slow to import, and seldom used

        for file in draw(report, options.plot):
            console.print(f"drawn: {file}")


if __name__ == "__main__":
    main()
