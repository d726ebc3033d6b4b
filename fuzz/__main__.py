"""``python -m fuzz TARGET``: run one target under atheris for a given time, from the samples as seeds."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["router_schema"]):
    from fuzz.targets import TARGETS

SAMPLES = Path(__file__).parents[1] / "tests" / "data"

#: JSON's own words and the schema's, so that the fuzzer need not find them letter by letter.
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
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for sample in [*SAMPLES.glob("valid/*.json"), *SAMPLES.glob("invalid/*.json"), *SAMPLES.glob("streams/*.sse")]:
            shutil.copy(sample, corpus / f"{sample.parent.name}-{sample.name}")
        words = Path(folder, "words")
        words.write_text("".join(f'"{word}"\n' for word in WORDS))
        arguments = [f"-max_total_time={options.seconds}", f"-dict={words}", "-max_len=4096", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *arguments, str(corpus)], TARGETS[options.target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
