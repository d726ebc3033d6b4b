"""
A run as pictures, SVG and PNG: decode time by peer, cost against the number of choices, memory a body.

Colour shows the kind of a peer; names are next to the marks, so that readers need not distinguish twenty colours.
"""

import math
from itertools import pairwise
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # draws to files; no display is needed

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Picture
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, NullFormatter

from benchmarks import data
from benchmarks.report import Case, Report

_COLOURS = {"ours": "#D55E00", "library": "#0072B2", "sdk": "#CC79A7", "floor": "#999999"}
_KINDS = {
    "ours": "router_schema",
    "library": "library",
    "sdk": "SDK of a router or a model provider",
    "floor": "parser to dict, unchecked",
}
_NUMBER = FuncFormatter(lambda value, _: f"{value:,.3g}" if value < 1_000 else f"{value:,.0f}")


def draw(report: Report, folder: Path) -> list[Path]:
    """Draw every picture that the run has figures for; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"font.size": 9, "svg.hashsalt": "router_schema", "svg.fonttype": "none"})
    pictures = {
        "decode": _draw_decode(report),
        "growth": _draw_growth(report),
        "memory": _draw_memory(report),
    }
    files = []
    for name, picture in pictures.items():
        if picture is not None:
            for suffix in ("svg", "png"):
                file = folder / f"{name}.{suffix}"
                picture.savefig(
                    file, dpi=130, bbox_inches="tight", metadata={"Date": None} if suffix == "svg" else None
                )
                files.append(file)
            plt.close(picture)
    return files


def _draw_decode(report: Report) -> Picture | None:
    names = {body.name for body in data.MAIN}
    cases = [case for case in report.of("decode") if case.name in names]
    if not cases:
        return None
    rows = -(-len(cases) // 2)
    picture, axes = plt.subplots(rows, 2, figsize=(12, 0.5 + rows * (0.6 + 0.2 * len(cases[0].figures))), squeeze=False)
    for ax in axes.flat[len(cases) :]:
        ax.remove()
    for ax, case in zip(axes.flat, cases, strict=False):
        _bars(ax, case, report, 1e-6)
        ax.set_xscale("log")
        ax.set_xlim(left=0.1, right=100_000)
        ax.xaxis.set_major_formatter(_NUMBER)
        ax.set_title(case.title)
        ax.set_xlabel("µs a body, log scale: less is better")
    _finish(picture, report, "Decoding a completions body from JSON bytes: median time by peer")
    return picture


def _draw_memory(report: Report) -> Picture | None:
    cases = report.of("memory")
    if not cases:
        return None
    picture, ax = plt.subplots(figsize=(8, 1.2 + 0.22 * len(cases[0].figures)))
    _bars(ax, cases[0], report, 1)
    ax.margins(x=0.12)
    ax.xaxis.set_major_formatter(_NUMBER)
    ax.set_xlabel("bytes a body: less is better")
    _finish(picture, report, "Memory kept by a decoded completions body of 1 choice of 60 characters")
    return picture


def _draw_growth(report: Report) -> Picture | None:
    cases = [case for case in report.of("growth with choices") if case.unit]
    if not cases:
        return None
    picture, ax = plt.subplots(figsize=(9, 7.5))
    lines: dict[str, dict[int, float]] = {}
    for case in cases:
        for figure in case.figures:
            if figure.value is not None:
                lines.setdefault(figure.peer, {})[_size(case)] = figure.value * 1e6
    for peer, costs in lines.items():
        kind = report.kinds[peer]
        ax.plot(
            list(costs),
            list(costs.values()),
            color=_COLOURS[kind],
            linewidth=2.5 if kind == "ours" else 1.2,
            linestyle="--" if kind == "floor" else "-",
            zorder=3 if kind == "ours" else 2,
        )
    ax.set(xscale="log", yscale="log", xlabel="choices in the body, log scale", ylabel="µs a body, log scale")
    sizes = [_size(case) for case in cases]
    ax.set_xticks(sizes, [case.name for case in cases])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.yaxis.set_major_formatter(_NUMBER)
    ax.grid(alpha=0.3)
    _name_lines(ax, {peer: costs[max(costs)] for peer, costs in lines.items()}, max(sizes), report)
    _finish(picture, report, "Decoding time against the number of choices, 60 characters each")
    return picture


def _size(case: Case) -> int:
    return int(case.name.replace(",", ""))


def _name_lines(ax: Axes, ends: dict[str, float], right: float, report: Report) -> None:
    """Write each line's name at its end, moved up or down where the lines end too close together."""
    space = 0.036
    low, high = (math.log(limit) for limit in ax.get_ylim())
    heights = {
        peer: (math.log(end) - low) / (high - low) for peer, end in sorted(ends.items(), key=lambda item: item[1])
    }
    for _ in range(500):
        for below, above in pairwise(heights):
            overlap = space - (heights[above] - heights[below])
            if overlap > 0:
                heights[below] -= overlap / 2
                heights[above] += overlap / 2
    for peer, height in heights.items():
        kind = report.kinds[peer]
        ax.annotate(
            peer,
            xy=(right, ends[peer]),
            xytext=(1.08, height),
            textcoords="axes fraction",
            va="center",
            color=_COLOURS[kind],
            fontweight="bold" if kind == "ours" else "normal",
            arrowprops={"arrowstyle": "-", "color": _COLOURS[kind], "linewidth": 0.6, "relpos": (0, 0.5)},
        )


def _bars(ax: Axes, case: Case, report: Report, scale: float) -> None:
    """Draw a bar for each peer, the fastest at the top, with its spread and value; a blanked peer gets its note."""
    figures = list(reversed(case.figures))
    values = [(figure.value or 0) / scale for figure in figures]
    spreads = [
        ((figure.value or 0) - (figure.lower_quartile or 0), (figure.upper_quartile or 0) - (figure.value or 0))
        for figure in figures
    ]
    bars = ax.barh(
        [figure.peer for figure in figures],
        values,
        xerr=[[spread[side] / scale for spread in spreads] for side in (0, 1)],
        error_kw={"elinewidth": 1},
        color=[_COLOURS[report.kinds[figure.peer]] for figure in figures],
    )
    ax.bar_label(bars, labels=["" if not value else _NUMBER(value) for value in values], padding=4, fontsize=8)
    for row, figure in enumerate(figures):
        if figure.note:
            at = ax.get_yaxis_transform()
            ax.text(0.01, row, f"blank: {figure.note}", transform=at, va="center", fontsize=8, color="#555555")
    ax.grid(axis="x", alpha=0.3)
    ax.set_axisbelow(True)
    ax.margins(y=0.02)
    for label, figure in zip(ax.get_yticklabels(), figures, strict=True):
        if report.kinds[figure.peer] == "ours":
            label.set_fontweight("bold")


def _finish(picture: Picture, report: Report, title: str) -> None:
    """Add what every picture has: the title, the key to the colours, and the machine."""
    picture.suptitle(title, fontsize=12, fontweight="bold")
    picture.legend(
        [Rectangle((0, 0), 1, 1, color=colour) for colour in _COLOURS.values()],
        list(_KINDS.values()),
        title=str(report.machine),
        loc="upper center",
        bbox_to_anchor=(0.5, 0.0),
        ncols=len(_COLOURS),
        frameon=False,
    )
    picture.tight_layout()
