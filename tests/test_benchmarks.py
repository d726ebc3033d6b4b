"""The harness of the benchmarks, on made-up peers; no timing is asserted."""

import json
import sys
from argparse import Namespace
from io import StringIO

import pytest

pytest.importorskip("rich", reason="the benchmarks have an environment of their own")

from cattrs.errors import ClassValidationError
from rich.console import Console

from benchmarks import data, gate, guard, measure, peers, report, sections, tables
from benchmarks.peers._models import make_models
from benchmarks.peers._peer import Peer


def make_peer(label="fake", decode=json.loads, **fields):
    return Peer(label, "library", (), "pass", decode, json.dumps, **fields)


def shout(text):
    """Decode with every text in capitals: a wrong value."""
    body = json.loads(text)
    for choice in body["choices"]:
        choice["text"] = choice["text"].upper()
    return body


def coerce(text):
    """Decode and turn a numeric id into a string, silently."""
    body = json.loads(text)
    return {**body, "id": str(body["id"])}


def reject(text):
    raise ValueError("first problem")


def small_bench():
    """Peers made up for the purpose, one of them wrong, and as little effort as possible."""
    tiny = sections.Effort(
        rounds=3,
        seconds=0.0001,
        decode_bodies=[data.sized(1, 60), data.sized(8, 200)],
        growth_rounds=2,
        kept=20,
        process_rounds=1,
        lines=10,
        parallel_rounds=1,
        parallel_seconds=0.01,
    )
    fakes = {
        "good": make_peer("good", structure=dict),
        "struct": make_peer(report.STRUCT),
        "ujson": make_peer(report.UJSON),
        "wrong": make_peer("wrong", shout),
    }
    return sections.Bench(fakes, {"wrong": "wrong value in plain"}, tiny)


@pytest.fixture
def bench():
    """A bench that a test may change."""
    return small_bench()


@pytest.fixture(scope="module")
def finished():
    """A report of one small run."""
    bench = small_bench()
    sample = gate.Sample("plain", bench.effort.decode_bodies[0].data)
    return report.Report(
        machine=report.Machine("2024-01-01", "Linux x86_64", "a processor", 2, "CPython 3.11.7"),
        versions={"fake": "1.0"},
        absent={"missing": "ModuleNotFoundError: No module named 'missing' [sic]"},
        kinds={peer.label: "library" for peer in bench.peers.values()},
        valid_samples=1,
        invalid_samples=1,
        verdicts=tuple(gate.examine(peer, [sample], [sample]) for peer in bench.peers.values()),
        ratios=(report.Ratio("a ÷ b", "1x60", 1.5, 1.4, 1.6, must=2.0, aim=1.0),),
        cases=(*sections.decode(bench), *sections.growth(bench)),
    )


def figure(case, peer):
    return next(figure for figure in case.figures if figure.peer == peer)


# --- data ---


def test_bodies_are_seeded():
    """Bodies are the same bytes every time."""
    assert data.decode_bodies() == data.decode_bodies()


@pytest.mark.parametrize("script", ["ASCII", "accented", "Chinese", "emoji"])
def test_text_has_the_length_asked_for(script):
    """A text has exactly as many characters as were asked for, in every script."""
    body = data.completion(2, 500, script=script)

    assert [len(choice["text"]) for choice in body["choices"]] == [500, 500]


def test_official_body_has_top_logprobs():
    """The official completion has five alternatives for each of its tokens, and the pieces make up the text."""
    choice = json.loads(data.official().data)["choices"][0]

    assert "".join(choice["logprobs"]["tokens"]) == choice["text"]
    assert len(choice["logprobs"]["top_logprobs"]) == 2_048


# --- the gate ---


def test_right_peer_passes():
    """A peer that decodes every valid sample to its values is right, and has no wrong sample."""
    samples = [gate.Sample(body.name, body.data) for body in data.MAIN]

    verdict = gate.examine(make_peer(), samples, [])

    assert (verdict.right, verdict.wrong, verdict.raised) == (4, None, ())


def test_wrong_peer_is_named_with_the_sample():
    """A wrong value is found, and the verdict says in which sample."""
    verdict = gate.examine(make_peer(decode=shout), [gate.Sample("plain", data.MAIN[0].data)], [])

    assert verdict.wrong == "plain"


@pytest.mark.parametrize(
    ("decode", "fate"),
    [(json.loads, "accepted"), (coerce, "coerced"), (reject, "rejected")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_fate_of_an_invalid_sample(decode, fate):
    """An invalid sample is rejected, coerced to other values, or accepted unchanged."""
    body = json.dumps({**data.completion(1, 60), "id": 5}).encode()

    verdict = gate.examine(make_peer(decode=decode), [], [gate.Sample("id", body)])

    assert {name: getattr(verdict, name) for name in ("rejected", "coerced", "accepted")} == {
        "rejected": 0,
        "coerced": 0,
        "accepted": 0,
        fate: 1,
    }


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (26, 26.0, True),
        (1, True, False),
        ("1", 1, False),
        (None, None, True),
        ([1, 2], (1.0, 2.0), True),
        ([1], [1, 2], False),
        ({"a": 1}, {"b": 1}, False),
    ],
)
def test_values_compare_as_in_json(one, other, equal):
    """Numbers are equal by value, true is not a number, and a tuple is an array."""
    assert gate.same(one, other) is equal


def test_empty_sample_folder_is_refused(tmp_path):
    """A gate without samples would stop no peer, so the run stops."""
    with pytest.raises(SystemExit, match="no samples"):
        gate.read_samples(tmp_path)


# --- measuring ---


def test_every_call_is_sampled_in_every_round():
    """Each call gets one sample a round, of a positive time."""
    samplers = {name: measure.Call(json.loads, b"[1]").sampler(0.0001) for name in "ab"}

    samples = measure.interleave(samplers, rounds=3)

    assert {name: len(values) for name, values in samples.items()} == {"a": 3, "b": 3}
    assert min(map(min, samples.values())) > 0


def test_summary_is_median_and_quartiles():
    """One slow sample moves neither the median nor the quartiles."""
    assert measure.summarize([3.0, 1.0, 2.0, 4.0, 1000.0]) == (3.0, 2.0, 4.0)


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_exponent_is_fitted(power):
    """The exponent of an exact power law is found whatever its constant."""
    sizes = [16, 64, 256]

    assert measure.exponent(sizes, [7 * size**power for size in sizes]) == pytest.approx(power)


# --- sections and the report ---


def test_wrong_peer_is_blanked(bench):
    """A peer that the gate stopped has no figure, but a note that says why."""
    for case in sections.decode(bench):
        assert figure(case, "wrong") == report.Figure("wrong", None, note="wrong value in plain")


def test_peer_wrong_about_one_body_is_blanked_there(bench):
    """Each body is checked before it is timed, also for peers that passed the samples."""
    bench.blanked.clear()

    case = sections.decode(bench)[0]

    assert figure(case, "wrong").note == "returns a wrong value"
    assert figure(case, "good").value


def test_acceptance_of_a_bad_body_is_no_figure(bench):
    """In the section on rejected bodies, a peer that accepts the body has a note instead of a time."""
    bench.peers["rejecting"] = make_peer("rejecting", reject)

    case = sections.reject(bench)[0]

    assert figure(case, "good").note == "accepts it"
    assert figure(case, "rejecting").value


def test_peer_without_a_step_is_left_out(bench):
    """A peer that cannot structure parsed JSON has no row in that table."""
    case = sections.structure(bench)[0]

    assert [figure.peer for figure in case.figures] == ["good", "wrong"]


def test_memory_counts_what_is_kept():
    """Keeping a kilobyte a body is measured as one."""
    assert sections.kept_bytes(lambda body: bytearray(1_000), [b""] * 50) == pytest.approx(1_100, abs=100)


def test_ratios_to_the_references():
    """A figure's ratios are its median over the medians of the two references."""
    samples = {"one": [4.0, 4.0, 6.0], report.STRUCT: [2.0, 2.0, 2.0], report.UJSON: [8.0, 8.0, 8.0]}

    found = figure(report.make_case("s", "n", "t", samples), "one")

    assert (found.value, found.to_struct, found.to_ujson) == (4.0, 2.0, 0.5)


def test_growth_has_an_exponent(bench):
    """Both growth sections end in a fitted exponent of every peer that passed."""
    exponents = [case for case in sections.growth(bench) if case.name == "exponent"]

    assert [{figure.peer for figure in case.figures} for case in exponents] == [
        {"good", report.STRUCT, report.UJSON}
    ] * 2


def test_json_output_validates(finished, tmp_path):
    """A report that was saved loads as the same report, and a file of another shape is rejected."""
    file = tmp_path / "run.json"
    finished.save(file)

    assert report.Report.load(file) == finished

    file.write_text(json.dumps({**json.loads(file.read_text()), "unknown": 1}))
    with pytest.raises(ClassValidationError):
        report.Report.load(file)


def test_comparison_is_by_ratio_to_struct():
    """A machine that is twice as slow for every peer does not make one look slower."""

    def run(scale):
        samples = {"one": [3.0 * scale], report.STRUCT: [1.0 * scale]}
        return Namespace(cases=[report.make_case("decode", "1x60", "", samples)])

    (case,) = report.compare(run(1), run(2))

    assert figure(case, "one").value == 1.0


@pytest.mark.parametrize("width", [80, 140])
def test_tables_fit_the_terminal(finished, width):
    """No line of any table is wider than the terminal, and every peer is named, the absent ones too."""
    console = Console(width=width, record=True, file=StringIO())
    tables.show(finished, console)
    text = console.export_text()

    assert max(map(len, text.splitlines())) <= width
    assert all(name in text for name in ("good", "wrong", "missing"))


def test_markdown_has_every_table(finished):
    """The Markdown has a heading for every table, numbers on the right, and the reason for each blank figure."""
    text = tables.markdown(tables.heading(finished), tables.tables(finished))

    assert text.count("\n### ") == len(list(tables.tables(finished)))
    assert text.count("-:|\n") == len(list(tables.tables(finished)))
    assert "-: wrong value in plain: wrong." in text


# --- the ratios ---


@pytest.fixture
def ratios():
    """The module; it imports the peers that ratios divide by."""
    for library in ("httpx_sse", "msgspec", "openai", "orjson", "orq_ai_sdk", "pydantic"):
        pytest.importorskip(library)
    from benchmarks import ratios

    return ratios


def test_every_row_is_measured(ratios, monkeypatch):
    """Every row of each engine that is here has a positive ratio for each of its subjects."""
    monkeypatch.setattr(ratios, "_SECONDS", 0.0001)
    effort = ratios.Effort(rounds=1, log_size=2_000, log_rounds=1, kept=10, events=10, process_rounds=1)

    measured = ratios.measure(effort, iter)

    expected = [
        (f"{row.engine}: {row.name}", subject)
        for row in ratios.ROWS
        if row.engine in ratios.engines()
        for subject in row.subjects
    ]
    assert [(ratio.name, ratio.body) for ratio in measured] == expected
    assert all(ratio.measured > 0 for ratio in measured)


def test_goals_are_in_order(ratios):
    """No row aims at more than it must reach, and no row stands there twice for a subject."""
    keys = [(row.engine, row.name, subject) for row in ratios.ROWS for subject in row.subjects]

    assert all(row.aim <= row.must for row in ratios.ROWS)
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("measured", "verdict"), [(1.0, "aim"), (1.01, "must"), (2.0, "must"), (2.1, "MISSED")])
def test_verdict_of_a_ratio(measured, verdict):
    """A ratio meets a goal that it equals."""
    assert report.Ratio("a ÷ b", "1x60", measured, measured, measured, must=2.0, aim=1.0).verdict == verdict


def test_each_python_has_columns(tmp_path):
    """Ratios of two Pythons stand side by side; a row that one lacks is empty there, and the worse verdict counts."""
    met, missed = (report.Ratio("a ÷ b", "1x60", value, value, value, must=2.0, aim=1.0) for value in (0.5, 2.5))
    alone = report.Ratio("c ÷ d", "1x60", 0.75, 0.75, 0.75, must=2.0, aim=1.0)
    runs = []
    for version, found in {"3.11.7": (met, alone), "3.13.0": (missed,)}.items():
        machine = report.Machine("2024-01-01", "Linux x86_64", "a processor", 2, f"CPython {version}")
        report.Ratios(machine, found).save(tmp_path / version)
        runs.append(report.Ratios.load(tmp_path / version))
    console = Console(width=100, record=True, file=StringIO())

    console.print(tables.ratio_table(runs))

    lines = [line.split() for line in console.export_text().splitlines()]
    assert ["ratio", "body", "3.11", "IQR", "3.13", "IQR", "must", "aim", "meets"] in lines
    assert ["a", "÷", "b", "1x60", "0.50", "0%", "2.50", "0%", "2", "1", "MISSED"] in lines
    assert ["c", "÷", "d", "1x60", "0.75", "0%", "2", "1", "aim"] in lines


# --- peers ---


def test_absent_peer_is_listed(monkeypatch):
    """A peer that cannot be imported is listed with the reason, and the others still run."""
    monkeypatch.setitem(sys.modules, "benchmarks.peers.floor_json", None)

    present, absent = peers.load_all(["floor_json", "floor_ujson"])

    assert list(present) == ["floor_ujson"]
    assert "ModuleNotFoundError" in absent["floor_json"]


def test_every_installed_peer_decodes_and_encodes():
    """Every installed peer decodes and encodes the small body correctly."""
    present, _ = peers.load_all(peers.names())

    assert {name for name, peer in present.items() if not gate.encodes_right(peer, data.MAIN[0].data)} == set()


def test_models_are_of_the_kind_asked_for():
    """Models inherit from the base that a peer names, and get its decorator."""
    decorated = []

    def decorate(cl):
        decorated.append(cl)
        return cl

    models = make_models(dict, decorate)

    assert decorated == [*models]
    assert all(issubclass(cl, dict) for cl in models)


# --- the guard ---


def test_guard_fails_above_the_limit():
    """A case passes below the limit or without a baseline, and is named above it."""
    counts = {"same": 100, "below": 114, "above": 116, "new": 5}

    assert guard.regressions(counts, {"same": 100, "below": 100, "above": 100}) == ["above"]


def test_guard_without_a_tool_is_skipped(monkeypatch, capsys):
    """Where no tool counts instructions, the guard says so and succeeds."""
    monkeypatch.setattr("shutil.which", lambda name: None)

    assert guard.main([]) == 0
    assert "skipped" in capsys.readouterr().out


@pytest.mark.parametrize("stderr", ["==1== Collected : 1234", "1234,,instructions:u,100,100.00,,"])
def test_guard_reads_the_counts_of_both_tools(tmp_path, stderr):
    """The count is found in the output of callgrind and of perf."""
    tool = tmp_path / "tool"
    tool.write_text(f"#!/bin/sh\necho '{stderr}' >&2\n")
    tool.chmod(0o755)

    assert guard.run_counted([str(tool)], []) == 1234


def test_guard_counts_every_engine():
    """The guard has a case for each of the four bodies on each engine that is here, ujson at least."""
    engines = {case.partition(":")[0] for case in guard.CASES}

    assert "ujson" in engines
    assert len(guard.CASES) == 4 * len(engines)
