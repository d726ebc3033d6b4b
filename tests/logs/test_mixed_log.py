"""A log of many kinds of bodies, compared with a count that doesn't use the library."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from log_lines import problems, values, write
from support import body, choice, converter_for

from router_schema import Report, RouterConverter, check
from router_schema.logs import Place

REASONS = "$.choices[*].finish_reason"

#: Each kind of line: what it changes in a good body (or a line that is not a body), and the problems that it has.
KINDS: list[tuple[dict[str, Any] | bytes, list[tuple[str, str]]]] = [
    ({}, []),
    ({"choices": [choice(), choice(finish_reason="length"), choice(logprobs=None)]}, []),
    ({"usage": {}}, []),
    ({"usage": {"total_tokens": None, "prompt_tokens": 4.0}}, []),
    ({"provider": "x", "odd key": [1]}, []),
    ({"id": "\U0001f600 é"}, []),
    ({"created": 1.5e9}, []),
    ({"choices": []}, []),
    ({"id": 1}, [("$.id", "type")]),
    ({"id": ...}, [("$.id", "missing")]),
    ({"model": None}, [("$.model", "type")]),
    ({"created": "now"}, [("$.created", "type")]),
    ({"choices": {}}, [("$.choices", "type")]),
    ({"choices": [1, choice()]}, [("$.choices[*]", "type")]),
    ({"choices": [choice(finish_reason="eos")] * 2}, [(REASONS, "value")]),
    ({"choices": [choice(finish_reason=None, text=...)]}, [(REASONS, "type"), ("$.choices[*].text", "missing")]),
    ({"usage": None}, [("$.usage", "type")]),
    ({"usage": {"total_tokens": "7", "prompt_tokens": -1}}, [("$.usage.total_tokens", "type")]),
    ({"choices": [choice(index="0", text=1)] * 60}, [("$.choices[*].index", "type"), ("$.choices[*].text", "type")]),
    (b'{"error": {"message": "m", "type": "t"}}', [("$", "error body")]),
    (b'{"id": "a", ', [("$", "malformed")]),
    (b"\xff", [("$", "malformed")]),
    (json.dumps(body()).replace("cmpl", "\\ud800").encode(), [("$.id", "value")]),
    (json.dumps(body()).replace("1760000123", "1e999").encode(), [("$.created", "value")]),
]


def count(numbers: list[int], bodies: list[dict[str, Any] | None]) -> dict[str, Any]:
    """Count the lines of those kinds, by the plainest means."""
    found: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int] = {}
    models, reasons, unknown = Counter[str](), Counter[str](), Counter[str]()
    tokens, times, without = Counter[str](), [], 0
    for line, (number, value) in enumerate(zip(numbers, bodies, strict=True), 1):
        for problem in KINDS[number][1]:
            found[problem] += 1
            first.setdefault(problem, line)
        if value is None:
            continue
        usage = value["usage"] if isinstance(value["usage"], dict) else {}
        numeric = {name: item for name, item in usage.items() if isinstance(item, int | float)}
        without += not numeric
        tokens.update({name: int(item) for name, item in numeric.items() if item >= 0})
        if isinstance(value["created"], int | float) and value["created"] < 1e300:
            times.append(value["created"])
        if isinstance(value.get("model"), str):
            models[value["model"]] += 1
        unknown.update(key for key in value if key in ("provider", "odd key"))
        for item in value["choices"] if isinstance(value["choices"], list) else []:
            if isinstance(item, dict):
                unknown.update("choices[*].logprobs" for key in item if key == "logprobs")
                reasons.update(reason for reason in [item["finish_reason"]] if isinstance(reason, str))
    return {
        "valid": sum(not KINDS[number][1] for number in numbers),
        "problems": found,
        "first": first,
        "models": models,
        "finish_reasons": reasons,
        "unknown": unknown,
        "usage": (tokens["completion_tokens"], tokens["prompt_tokens"], tokens["total_tokens"], without),
        "created": (min(times), max(times)),
    }


def said(report: Report) -> dict[str, Any]:
    """What a report says, in the same form."""
    usage = report.usage
    found: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], int] = {}
    for problem in report.problems:
        key = problem.path, problem.kind
        found[key] += problem.count
        first[key] = min(problem.place.line, first.get(key, problem.place.line))
    return {
        "valid": report.valid,
        "problems": found,
        "first": first,
        "models": values(report.models),
        "finish_reasons": values(report.finish_reasons),
        "unknown": {key.path.strip("$.[']"): key.count for key in report.unknown_keys},
        "usage": (usage.completion_tokens, usage.prompt_tokens, usage.total_tokens, usage.bodies_without),
        "created": (report.created_min, report.created_max),
    }


@pytest.mark.parametrize("count_of_lines", [24, 3_000])
def test_a_mixed_log_is_counted_rightly(tmp_path: Path, converter: RouterConverter, count_of_lines: int) -> None:
    """Every number in the report on 24 kinds of lines equals an independent count."""
    random = Random(24)
    numbers = [*range(24), *random.choices(range(24), k=count_of_lines - 24)]
    lines, bodies = [], []
    for number in numbers:
        change = KINDS[number][0]
        if isinstance(change, bytes):
            # Two of them are bodies, whose texts and numbers count.
            created = 1e999 if b"1e999" in change else body()["created"]
            bodies.append(body(created=created) if b"granary" in change else None)
            lines.append(change)
        else:
            changed = {"model": f"m{random.randrange(5)}", "created": random.randrange(10**9), **change}
            bodies.append({"model": ..., **body(**changed)})
            lines.append(json.dumps(body(**changed)).encode())
    report = check(write(tmp_path / "log.jsonl", b"\n".join(lines)), converter=converter)

    assert said(report) == count(numbers, bodies)
    assert report.bodies == count_of_lines
    assert report.problems[-1].place == Place(str(tmp_path / "log.jsonl"), report.problems[-1].places[0].line)
    assert len(problems(report)) == len({problem.key for problem in report.problems})


def test_keys_that_are_cut_alike_are_counted_together(engine: str) -> None:
    """Two unknown keys whose paths are cut to the same text are one row, whoever scans their lines."""
    lines = [b'{"%sa":1}' % (b"z" * length) for length in (4096, 4097)]
    (row,) = check(lines, converter=converter_for(engine)).unknown_keys

    assert row.count == 2
