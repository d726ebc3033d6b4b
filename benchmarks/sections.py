"""The sections of a run: what is measured, on which bodies, the same for every peer."""

import gc
import json
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from attrs import field, frozen
from rich.progress import Progress

from benchmarks import data, processes
from benchmarks.gate import OFFICIAL, decodes_right, encodes_right
from benchmarks.measure import Call, exponent, interleave
from benchmarks.peers import Peer
from benchmarks.report import Case, Figure, make_case


@frozen
class Effort:
    """How much is measured; the only difference between a full run and a quick one."""

    rounds: int
    seconds: float
    """How long a sample takes at least."""
    decode_bodies: list[data.Body]
    growth_rounds: int
    kept: int
    """Bodies kept to measure memory."""
    process_rounds: int
    lines: int
    """Lines of the JSONL file whose decoding peaks."""
    parallel_rounds: int
    parallel_seconds: float


FULL = Effort(
    rounds=31,
    seconds=0.005,
    decode_bodies=data.decode_bodies(),
    growth_rounds=7,
    kept=10_000,
    process_rounds=5,
    lines=20_000,
    parallel_rounds=9,
    parallel_seconds=0.1,
)
QUICK = Effort(
    rounds=7,
    seconds=0.002,
    decode_bodies=list(data.MAIN),
    growth_rounds=3,
    kept=1_000,
    process_rounds=1,
    lines=2_000,
    parallel_rounds=2,
    parallel_seconds=0.05,
)


@frozen
class Bench:
    """The peers of a run, and how much is measured."""

    peers: dict[str, Peer]
    blanked: dict[str, str]
    """Labels of the peers that the gate stopped, with the reason to show instead of a figure."""
    effort: Effort
    progress: Progress = field(factory=partial(Progress, disable=True))

    def track(self, section: str, steps: Iterable[Any]) -> Iterable[Any]:
        """Iterate over steps, with a progress bar."""
        return self.progress.track(list(steps), description=section)

    def timed(self) -> list[tuple[str, Peer]]:
        """List the peers that passed the gate."""
        return [(name, peer) for name, peer in self.peers.items() if peer.label not in self.blanked]


class Work(NamedTuple):
    """Something to time of every peer."""

    name: str
    title: str
    prepare: Callable[[Peer], Call | str | None]
    """Returns what to time, or the note to show instead of a figure, or None where the peer has no such step."""


def time_works(bench: Bench, section: str, works: list[Work], rounds: int | None = None) -> list[Case]:
    """Time some works of all peers, each once a round."""
    calls: dict[tuple[str, str], Call] = {}
    notes: dict[str, dict[str, str]] = {work.name: dict(bench.blanked) for work in works}
    for work in bench.track(f"{section}: checking", works):
        for _, peer in bench.timed():
            try:
                prepared = work.prepare(peer)
            except Exception as error:
                prepared = f"raises {type(error).__name__}"
            if isinstance(prepared, str):
                notes[work.name][peer.label] = prepared
            elif prepared is not None:
                calls[work.name, peer.label] = prepared
    samplers = {key: call.sampler(bench.effort.seconds) for key, call in calls.items()}
    samples = interleave(samplers, rounds=rounds or bench.effort.rounds, track=partial(bench.track, section))
    return [
        make_case(
            section,
            work.name,
            work.title,
            {peer: values for (name, peer), values in samples.items() if name == work.name},
            blanked=notes[work.name],
        )
        for work in works
    ]


def decode(bench: Bench) -> list[Case]:
    """Time decoding text into the router's body."""
    return time_works(bench, "decode", [_decoding(body) for body in bench.effort.decode_bodies])


def official(bench: Bench) -> list[Case]:
    """Time decoding an official completion with its logprobs kept, where a peer models them."""
    body = data.official()

    def prepare(peer: Peer) -> Call | str | None:
        if peer.decode_official is None:
            return None
        right = decodes_right(peer.decode_official, body.data, OFFICIAL)
        return Call(peer.decode_official, body.data) if right else "returns a wrong value"

    return time_works(bench, "official", [Work(body.name, f"{body.caption}, logprobs kept", prepare)])


def encode(bench: Bench) -> list[Case]:
    """Time writing text, each peer from what it decoded itself."""

    def prepare(peer: Peer, body: data.Body) -> Call | str:
        right = encodes_right(peer, body.data)
        return Call(peer.encode, peer.decode(body.data)) if right else "writes a wrong value"

    return time_works(
        bench, "encode", [Work(body.name, body.caption, partial(prepare, body=body)) for body in data.MAIN]
    )


def structure(bench: Bench) -> list[Case]:
    """Time making an instance of parsed JSON."""

    def prepare(peer: Peer, body: data.Body) -> Call | str | None:
        if peer.structure is None:
            return None
        right = decodes_right(lambda text: peer.structure and peer.structure(json.loads(text)), body.data)
        return Call(peer.structure, json.loads(body.data)) if right else "returns a wrong value"

    return time_works(
        bench, "structure", [Work(body.name, body.caption, partial(prepare, body=body)) for body in data.MAIN]
    )


def reject(bench: Bench) -> list[Case]:
    """Time rejecting a body with one wrong type in it."""

    def prepare(peer: Peer, body: data.Body) -> Call | str:
        try:
            peer.decode(body.data)
        except Exception:
            return Call(refusing(peer.decode), body.data)
        return "accepts it"

    bodies = [data.rejected(1), data.rejected(128)]
    return time_works(bench, "reject", [Work(body.name, body.caption, partial(prepare, body=body)) for body in bodies])


def refusing(
    decode: Callable[[bytes], object], read: Callable[[Any], object] = lambda error: None
) -> Callable[[bytes], None]:
    """Wrap a decoder that rejects a body, so that the rejection, and reading the error, can be timed."""

    def refuse(body: bytes) -> None:
        try:
            decode(body)
        except Exception as error:
            read(error)
            return
        raise AssertionError("the body was not rejected")

    return refuse


def growth(bench: Bench) -> list[Case]:
    """Time ever larger bodies, and fit how cost grows with the number of choices and with the length of the text."""
    choices = {size: data.sized(size, 60) for size in (16, 64, 256, 1_024, 4_096)}
    texts = {size: data.sized(1, size) for size in (1_000, 10_000, 100_000, 1_000_000)}
    return [
        *_growth(bench, "growth with choices", "by the number of choices of 60 characters", choices),
        *_growth(bench, "growth with text", "by the characters in the text of 1 choice", texts),
    ]


def _growth(bench: Bench, section: str, title: str, bodies: dict[int, data.Body]) -> list[Case]:
    works = [_decoding(body)._replace(name=f"{size:,}", title=title) for size, body in bodies.items()]
    cases = time_works(bench, section, works, bench.effort.growth_rounds)
    costs: dict[str, dict[int, float]] = {}
    for size, case in zip(bodies, cases, strict=True):
        for figure in case.figures:
            if figure.value is not None:
                costs.setdefault(figure.peer, {})[size] = figure.value
    figures = [Figure(peer, exponent(by_size, by_size.values())) for peer, by_size in costs.items()]
    return [*cases, Case(section, "exponent", title, "", tuple(figures))]


def memory(bench: Bench) -> list[Case]:
    """Measure the memory that decoded bodies keep."""
    bodies = data.distinct(bench.effort.kept)
    samples = {peer.label: [kept_bytes(peer.decode, bodies)] for _, peer in bench.track("memory", bench.timed())}
    title = f"memory kept a body, over {len(bodies):,} bodies of 1 choice of 60 characters"
    return [make_case("memory", "kept", title, samples, unit="B", blanked=bench.blanked)]


def kept_bytes(decode: Callable[[bytes], object], bodies: list[bytes]) -> float:
    """Count the bytes that each decoded body keeps allocated, without the list that holds it."""
    decode(bodies[0])
    kept: list[object] = [None] * len(bodies)
    gc.collect()
    tracemalloc.start()
    for number, body in enumerate(bodies):
        kept[number] = decode(body)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held / len(bodies)


def peak(bench: Bench) -> list[Case]:
    """Measure the peak memory of a process that decodes a large JSONL file line by line."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "bodies.jsonl"
        pages = [body.data for body in (*data.MAIN, data.sized(1, 100_000))] + data.distinct(995)
        with file.open("wb") as lines:
            lines.writelines(pages[number % len(pages)] + b"\n" for number in range(bench.effort.lines))
        title = f"peak memory decoding {bench.effort.lines:,} lines of JSONL ({file.stat().st_size / 1e6:.1f} MB)"
        return [
            make_case(
                "peak memory",
                name,
                title,
                {
                    peer.label: [processes.peak_memory(task, key, file)]
                    for key, peer in bench.track(f"peak memory {name}", bench.timed())
                },
                unit="B",
                blanked=bench.blanked,
            )
            for name, task in (("once imported", "loaded"), ("having decoded", "peak"))
        ]


def imports(bench: Bench) -> list[Case]:
    """Time a whole interpreter that imports a peer, in rounds over all peers."""
    statements = {"(the bare interpreter)": "pass", **{peer.label: peer.imports for _, peer in bench.timed()}}
    samples: dict[str, list[float]] = {label: [] for label in statements}
    for statement in statements.values():
        processes.run_time(statement)
    for _ in bench.track("import", range(bench.effort.process_rounds)):
        for label, statement in statements.items():
            samples[label].append(processes.run_time(statement))
    title = "import time, of the whole process"
    return [make_case("import", "import", title, samples, blanked=bench.blanked)]


def parallel(bench: Bench) -> list[Case]:
    """Count the bodies a second of several threads and of several processes."""
    body = data.sized(8, 200)
    shapes = {"1 thread": (1, 1), "2 threads": (1, 2), "4 threads": (1, 4), "2 processes": (2, 1)}
    rates: dict[str, dict[str, list[float]]] = {shape: defaultdict(list) for shape in shapes}
    with TemporaryDirectory() as folder, ExitStack() as stack:
        file = Path(folder) / "body.json"
        file.write_bytes(body.data)
        servers = {
            peer.label: stack.enter_context(processes.serving(name, file))
            for name, peer in bench.track("parallel: starting", bench.timed())
        }
        for serve in servers.values():
            serve(2, 1, 0.01)  # answered once the children have imported their peer
        for _ in bench.track("parallel", range(bench.effort.parallel_rounds)):
            for label, serve in servers.items():
                for shape, (children, threads) in shapes.items():
                    rates[shape][label].append(serve(children, threads, bench.effort.parallel_seconds))
    title = f"bodies decoded a second: {body.caption}"
    return [
        make_case("parallel", shape, title, by_peer, unit="1/s", blanked=bench.blanked)
        for shape, by_peer in rates.items()
    ]


def _decoding(body: data.Body) -> Work:
    def prepare(peer: Peer) -> Call | str:
        return Call(peer.decode, body.data) if decodes_right(peer.decode, body.data) else "returns a wrong value"

    return Work(body.name, body.caption, prepare)


SECTIONS: dict[str, Callable[[Bench], list[Case]]] = {
    "decode": decode,
    "official": official,
    "encode": encode,
    "structure": structure,
    "reject": reject,
    "memory": memory,
    "growth": growth,
    "import": imports,
    "peak": peak,
    "parallel": parallel,
}
QUICK_SECTIONS = ("decode", "encode", "structure", "reject", "memory")
"""What a quick run does unless asked for more: the sections that start no other processes."""
