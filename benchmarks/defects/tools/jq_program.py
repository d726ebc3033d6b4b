"""
A jq program that states the schema, compiled once and run on each line.

It counts what is missing as null, as jq does.
"""

from collections import Counter
from pathlib import Path

import jq

from benchmarks.defects.tools._tool import FINISH_REASONS, OBJECTS, Tool, read, without_positions

_PROGRAM = """
def is($path; $expected): if type == $expected then empty else "\\($path): \\(type)" end;
def finite($path):
    if type != "number" then "\\($path): \\(type)" elif isnan or isinfinite then "\\($path): NaN" else empty end;
def unknown($path): (keys_unsorted - $keys[$path])[] | "\\($path): unknown key \\(.)";
unknown("$"),
(.id | is("$.id"; "string")),
(.object | is("$.object"; "string")),
(.created | finite("$.created")),
(.model | is("$.model"; "string")),
(.system_fingerprint | is("$.system_fingerprint"; "string")),
(.choices | is("$.choices"; "array")),
(.usage | is("$.usage"; "object")),
(.choices | arrays[] |
    unknown("$.choices[*]"),
    (.index | finite("$.choices[*].index")),
    (.text | is("$.choices[*].text"; "string")),
    (.finish_reason | if IN($reasons[]) then empty else "$.choices[*].finish_reason: \\(.)" end)),
(.usage | objects |
    unknown("$.usage"),
    (.prompt_tokens | finite("$.usage.prompt_tokens")),
    (.completion_tokens | finite("$.usage.completion_tokens")),
    (.total_tokens | finite("$.usage.total_tokens")))
"""
_program = jq.compile(_PROGRAM, args={"keys": OBJECTS, "reasons": FINISH_REASONS})


def _inspect(path: Path) -> Counter[str]:
    seen: Counter[str] = Counter()
    for line in read(path):
        try:
            seen.update(set(_program.input_text(line.decode())))
        except ValueError as error:
            seen[without_positions(str(error))] += 1
    return seen


tool = Tool("jq, a program run on each line", ("jq",), _inspect)
