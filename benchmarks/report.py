"""The figures of a run, as data: machines read the same figures as people."""

import json
import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Self

import cattrs
from attrs import evolve, frozen

from benchmarks.gate import Verdict
from benchmarks.measure import Summary, summarize
from benchmarks.peers import Peer

STRUCT = "msgspec Struct"
UJSON = "ujson to dict"
"""The labels of the two peers that every figure is compared with."""

VERDICTS = ("aim", "must", "MISSED")

_converter = cattrs.Converter(forbid_extra_keys=True)


class _Saved:
    """Figures that are kept in a file."""

    def save(self, path: Path) -> None:
        """Write them as JSON."""
        path.write_text(json.dumps(_converter.unstructure(self), ensure_ascii=False, indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read figures that were saved; a file of another shape is rejected."""
        return _converter.structure(json.loads(path.read_text("utf-8")), cls)


@frozen
class Machine:
    """Where the run took place."""

    date: str
    system: str
    processor: str
    cores: int
    python: str

    def __str__(self) -> str:
        return f"{self.date}, {self.python}, {self.system}, {self.cores} cores, {self.processor}"

    @classmethod
    def here(cls) -> Self:
        """Describe this machine, without its name."""
        return cls(
            date=datetime.now(UTC).strftime("%Y-%m-%d"),
            system=f"{platform.system()} {platform.machine()}",
            processor=_processor(),
            cores=os.cpu_count() or 1,
            python=f"{platform.python_implementation()} {platform.python_version()}",
        )


@frozen
class Figure:
    """One peer's figure in one case: a row of a table."""

    peer: str
    value: float | None
    """The median; None where the figure is blanked."""
    lower_quartile: float | None = None
    upper_quartile: float | None = None
    to_struct: float | None = None
    """The median as a ratio to msgspec's Struct in the same case."""
    to_ujson: float | None = None
    """The median as a ratio to ujson to dicts in the same case."""
    note: str | None = None
    """Why the figure is blanked, or what to know about it."""


@frozen
class Case:
    """Figures that may be compared: the same work done by every peer."""

    section: str
    name: str
    title: str
    unit: str
    """`s` for seconds, `B` for bytes, `1/s` for bodies a second, empty for a plain number."""
    figures: tuple[Figure, ...]


@frozen
class Ratio:
    """A measured ratio, and what it must and should be at most."""

    name: str
    body: str
    measured: float
    lower_quartile: float
    upper_quartile: float
    must: float
    aim: float

    @property
    def verdict(self) -> str:
        """The stricter of the goals that it meets."""
        return VERDICTS[(self.measured > self.aim) + (self.measured > self.must)]


@frozen
class Ratios(_Saved):
    """The ratios of one machine and Python."""

    machine: Machine
    ratios: tuple[Ratio, ...]


@frozen
class Report(_Saved):
    """A whole run."""

    machine: Machine
    versions: dict[str, str]
    absent: dict[str, str]
    """The peers that could not be imported, with the reason."""
    kinds: dict[str, str]
    """The peers that ran, by label, and whether each is `ours`, a `library`, an `sdk` or a `floor`."""
    valid_samples: int
    invalid_samples: int
    verdicts: tuple[Verdict, ...]
    cases: tuple[Case, ...]
    ratios: tuple[Ratio, ...]

    def of(self, section: str) -> list[Case]:
        """List the cases of one section."""
        return [case for case in self.cases if case.section == section]


def make_case(
    section: str,
    name: str,
    title: str,
    samples: Mapping[str, list[float]],
    *,
    unit: str = "s",
    blanked: Mapping[str, str] | None = None,
) -> Case:
    """Summarize samples by peer, and add the ratios to the two reference peers; blanked peers get a note instead."""
    summaries = {peer: summarize(values) for peer, values in samples.items()}
    figures = [_figure(peer, summary, summaries) for peer, summary in summaries.items()]
    figures.sort(key=lambda figure: figure.value or 0.0, reverse=unit == "1/s")
    notes = [Figure(peer, None, note=note) for peer, note in (blanked or {}).items()]
    return Case(section, name, title, unit, (*figures, *notes))


def compare(old: Report, new: Report) -> list[Case]:
    """
    Divide the new run's figures by the old run's, in the cases that both have.

    Where both have the Struct reference, the ratios to it are divided instead: a slower machine is not slower code.
    """
    before = {(case.section, case.name, figure.peer): figure for case in old.cases for figure in case.figures}
    return [
        evolve(
            case,
            unit="",
            figures=tuple(
                Figure(figure.peer, change)
                for figure in case.figures
                if (change := _change(before.get((case.section, case.name, figure.peer)), figure)) is not None
            ),
        )
        for case in new.cases
    ]


def versions_of(peers: Iterable[Peer]) -> dict[str, str]:
    """Look up the installed version of every package that a peer consists of."""
    names = sorted({name for peer in peers for name in peer.distributions})
    return {name: _version(name) for name in names}


def _figure(peer: str, summary: Summary, summaries: Mapping[str, Summary]) -> Figure:
    def ratio(reference: str) -> float | None:
        return summary.median / summaries[reference].median if reference in summaries else None

    return Figure(peer, *summary, to_struct=ratio(STRUCT), to_ujson=ratio(UJSON))


def _change(old: Figure | None, new: Figure) -> float | None:
    if old is None or not old.value or new.value is None:
        return None
    if old.to_struct and new.to_struct and new.peer != STRUCT:
        return new.to_struct / old.to_struct
    return new.value / old.value


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed as a package"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
