"""
``python -m fuzz TARGET``: run one target under atheris for a given time.

It starts from the samples of the tests, from earlier findings, and from the corpus of earlier runs, which it extends in
``.fuzz-corpus``. A finding is written to ``fuzz/regressions/TARGET``: commit it with the fix, under a name that says
what it shows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["router_schema"]):
    from fuzz.targets import TARGETS

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / ".fuzz-corpus"
SAMPLES = ROOT / "tests" / "data"
REGRESSIONS = ROOT / "fuzz" / "regressions"

#: The words of JSON and of the schema, so that the fuzzer need not find them letter by letter.
WORDS = [
    *"{}[]:,", "true", "false", "null", "NaN", "Infinity", "1e400", "-0", "2.5", "\\\\ud800", "\\\\u0041",
    *(f'\\"{word}\\":' for word in (
        "id", "choices", "created", "model", "system_fingerprint", "object", "usage", "finish_reason", "index", "text",
        "logprobs", "tokens", "token_logprobs", "top_logprobs", "text_offset", "completion_tokens", "prompt_tokens",
        "total_tokens", "prompt_tokens_details", "cached_tokens", "error", "message", "type", "code",
    )),
    '\\"stop\\"', '\\"eos_token\\"',
    "data: ", "event: error", "[DONE]", "\\x0a\\x0a", "\\x0d\\x0a", "\\xef\\xbb\\xbf",
]  # fmt: skip


def main() -> None:
    """Parse the command line and fuzz."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS, nargs="?")
    parser.add_argument("--list", action="store_true", help="name the targets")
    parser.add_argument("--seconds", type=int, default=60, help="how long to run (default: 60)")
    options = parser.parse_args()
    if options.target is None:
        print(*TARGETS)
        return
    corpus, regressions = CORPUS / options.target, REGRESSIONS / options.target
    corpus.mkdir(parents=True, exist_ok=True)
    regressions.mkdir(parents=True, exist_ok=True)
    (CORPUS / ".gitignore").write_text("*\n")
    with tempfile.NamedTemporaryFile("w", suffix=".dict") as words:
        words.write("".join(f'"{word}"\n' for word in WORDS))
        words.flush()
        settings = {
            "max_total_time": options.seconds,
            "timeout": 20,
            "dict": words.name,
            "max_len": 4096,
            "artifact_prefix": f"{regressions}/",
            "print_final_stats": 1,
        }
        arguments = [f"-{name}={value}" for name, value in settings.items()]
        # New inputs go to the first folder; the others are only read.
        folders = [corpus, regressions, SAMPLES / "valid", SAMPLES / "invalid", SAMPLES / "streams"]
        atheris.Setup([sys.argv[0], *arguments, *map(str, folders)], TARGETS[options.target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
