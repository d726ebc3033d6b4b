"""
Write a synthetic log of completions, as JSON Lines: the same bytes for the same seed.

    python benchmarks/make_log.py --size 1G --seed 1 log.jsonl

Halfway, the router drifts in two ways: ``usage.total_tokens`` begins to go missing in one body of twenty, and one body
of fifty ends with a finish reason that no schema knows. ``--drift none`` leaves that out, ``--drift all`` begins so.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from typing import Any

_WORDS = ("the", "a", "of", "and", "to", "in", "is", "that", "was", "for", "on", "with", "by", "café", "数据", "token")
_MODELS = {"llama-3.1-8b-instruct": 60, "mistral-small": 30, "gpt-3.5-turbo-instruct": 10}
_FINISH_REASONS = {"stop": 80, "length": 18, "content_filter": 2}
_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


def bodies(seed: int) -> Iterator[dict[str, Any]]:
    """Valid bodies without end, as builtins."""
    rng = random.Random(seed)
    created = 1_700_000_000
    while True:
        created += rng.randrange(3)
        prompt, completion = rng.randrange(5, 2000), rng.randrange(1, 60)
        yield {
            "id": f"cmpl-{rng.getrandbits(96):024x}",
            "object": "text_completion",
            "created": created,
            "model": _pick(rng, _MODELS),
            "system_fingerprint": f"fp_{rng.choice(('44709d6fcb', 'a24b4d720c'))}",
            "provider": "example",
            "choices": [
                {
                    "index": index,
                    "text": " ".join(rng.choices(_WORDS, k=completion)),
                    "logprobs": None,
                    "finish_reason": _pick(rng, _FINISH_REASONS),
                }
                for index in range(1 if rng.random() < 0.95 else 4)
            ],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
            },
        }


def drift(body: dict[str, Any], rng: random.Random) -> None:
    """Change *body* as the router does in the second half."""
    if rng.random() < 0.05:
        del body["usage"]["total_tokens"]
    if rng.random() < 0.02:
        body["choices"][0]["finish_reason"] = "eos_token"


def lines(seed: int, size: int, drift_from: float) -> Iterator[bytes]:
    """
    The lines of a log.

    Args:
        seed: What decides everything.
        size: How many bytes at least.
        drift_from: Where the drift begins, as a part of the size.
    """
    rng = random.Random(f"drift {seed}")
    written = 0
    for body in bodies(seed):
        if written >= size * drift_from:
            drift(body, rng)
        line = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        yield line
        written += len(line)
        if written >= size:
            return


def _pick(rng: random.Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


def size_of(text: str) -> int:
    """Read a number of bytes, or of K, M or G."""
    unit = _UNITS.get(text[-1:].upper(), 1)
    return int(text[:-1] if unit > 1 else text) * unit


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a synthetic log of completions, as JSON Lines.")
    parser.add_argument("path")
    parser.add_argument("--size", type=size_of, default="100M", help="in bytes, or with K, M or G (default 100M)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drift", choices=("none", "half", "all"), default="half", help="where it begins")
    arguments = parser.parse_args()
    drift_from = {"none": float("inf"), "half": 0.5, "all": 0.0}[arguments.drift]
    with open(arguments.path, "wb") as file:
        for line in lines(arguments.seed, arguments.size, drift_from):
            file.write(line)


if __name__ == "__main__":
    main()
