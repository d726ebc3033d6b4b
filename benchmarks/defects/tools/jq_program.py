"""A jq program that states the schema, compiled once and run on each line, as the package's documentation shows."""

from collections import Counter
from pathlib import Path

import jq

from benchmarks.defects.tools._tool import FINISH_REASONS, Tool, read, without_positions

_PROGRAM = """
def check($path; $expected):
    if type != $expected then "\\($path): \\(type)"
    elif type == "number" and (isnan or isinfinite) then "\\($path): not a finite number"
    else empty end;
def fields($path; $types; $optional):
    (($types | keys_unsorted) - $optional - keys_unsorted)[] | "\\($path).\\(.): missing";
def values($path; $types):
    to_entries[] | .key as $key | .value
    | if $types | has($key) then check("\\($path).\\($key)"; $types[$key]) else empty end;
def unknown($path; $types; $others):
    (keys_unsorted - ($types | keys_unsorted) - $others)[] | "\\($path).\\(.): unknown key";
def object($path; $types; $optional; $others):
    fields($path; $types; $optional), values($path; $types), unknown($path; $types; $others);
object("$"; {id: "string", object: "string", created: "number", model: "string", system_fingerprint: "string",
    choices: "array", usage: "object"}; []; ["provider"]),
(.choices | arrays[]
    | object("$.choices[*]"; {index: "number", text: "string", finish_reason: "string"}; []; ["logprobs"]),
    (.finish_reason | strings | select(IN($reasons[]) | not) | "$.choices[*].finish_reason: \\(.)")),
(.usage | objects | {prompt_tokens: "number", completion_tokens: "number", total_tokens: "number"} as $counts
    | object("$.usage"; $counts; $counts | keys; []))
"""
_program = jq.compile(_PROGRAM, args={"reasons": list(FINISH_REASONS)})


def _inspect(path: Path) -> Counter[str]:
    seen: Counter[str] = Counter()
    for line in read(path):
        try:
            seen.update(set(_program.input_text(line.decode())))
        except ValueError as error:
            seen[without_positions(str(error))] += 1
    return seen


tool = Tool("jq, a program of 20 lines", ("jq",), _inspect)
