"""Seeded bodies: the same bytes on every machine and every run."""

import json
from random import Random
from typing import Any, Literal, NamedTuple

Script = Literal["ASCII", "accented", "Chinese", "emoji"]

# fmt: off
# ruff: noqa: RUF001  (curly quotes and full-width punctuation are what the words are for)
_WORDS: dict[Script, tuple[str, ...]] = {
    "ASCII": ("the", "model", "answers", '"quoted"', "text", "with\n", "prose,", "code_names", "and", "numbers 42."),
    "accented": ("aujourd’hui", "il", "fait", "nuit", "où", "“la", "façade”", "est", "déjà", "vue", "naïve\n", "café."),
    "Chinese": ("今天", "天气", "很好，", "我们", "去公园", "散步", "吧。\n", "模型", "生成的", "文本", "没有", "空格"),
    "emoji": ("🙂", "🚀🚀", "👩‍💻", "🇨🇭", "❤️", "👍🏽", "🎉\n", "🧪", "🐍", "🌍 ok"),
}
# fmt: on


class Body(NamedTuple):
    """A body to decode."""

    name: str
    title: str
    data: bytes

    @property
    def caption(self) -> str:
        """What a table or a chart calls the body."""
        return f"{self.title} ({len(self.data):,} bytes)"


def text_of(characters: int, script: Script, random: Random) -> str:
    """Write words of a script until there are exactly that many characters, some of which JSON has to escape."""
    words = random.choices(_WORDS[script], k=characters // 2 + 1)
    return ("" if script == "Chinese" else " ").join(words)[:characters]


def completion(choices: int, characters: int, *, script: Script = "ASCII", seed: int = 0) -> dict[str, Any]:
    """Build a completion as a router sends it, token counts and index as integers."""
    random = Random(f"{choices} {characters} {script} {seed}")
    tokens = choices * characters // 4
    return {
        "id": f"cmpl-{random.getrandbits(128):032x}",
        "object": "text_completion",
        "created": 1_700_000_000 + random.randrange(10_000_000),
        "model": "openai/gpt-3.5-turbo-instruct",
        "system_fingerprint": f"fp_{random.getrandbits(40):010x}",
        "choices": [
            {
                "index": index,
                "text": text_of(characters, script, random),
                "finish_reason": random.choice(("stop", "length")),
            }
            for index in range(choices)
        ],
        "usage": {"prompt_tokens": 26, "completion_tokens": tokens, "total_tokens": tokens + 26},
    }


def with_unknown_keys(body: dict[str, Any]) -> dict[str, Any]:
    """Add ten keys that the schema does not name, of the kinds that routers add."""
    return {
        "provider": "azure",
        "cost": 0.000214,
        "cached": False,
        "trace_id": "01HX3M7Z9K8Q2W4E6R8T0Y2U4I",
        "warnings": [],
        "region": "westeurope",
        "timings": {"queue_ms": 3.25, "first_token_ms": 182.5, "total_ms": 911.0},
        "retries": 0,
        "service_tier": None,
        "metadata": {"tags": ["batch", "nightly"], "team": "search"},
        **body,
    }


def with_logprobs(tokens: int, top: int) -> dict[str, Any]:
    """Build an official completion whose only choice carries logprobs."""
    body = completion(1, tokens * 4)
    random = Random(tokens)
    pieces = [body["choices"][0]["text"][start : start + 4] for start in range(0, tokens * 4, 4)]
    tops = [
        {piece: -random.random(), **{f"{word}{rank}": -5 * random.random() for rank, word in enumerate(alternatives)}}
        for piece in pieces
        for alternatives in [random.choices(_WORDS["ASCII"], k=top - 1)]
    ]
    body["choices"][0]["logprobs"] = {
        "text_offset": list(range(0, tokens * 4, 4)),
        "token_logprobs": [alternatives[piece] for piece, alternatives in zip(pieces, tops, strict=True)],
        "tokens": pieces,
        "top_logprobs": tops,
    }
    return body


def compact(body: Any) -> bytes:
    """Write JSON as servers do: no spaces, UTF-8."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def pretty(body: Any) -> bytes:
    """Write indented JSON, as some servers do."""
    return json.dumps(body, ensure_ascii=False, indent=2).encode()


def plural(count: int) -> str:
    """Say how many choices."""
    return "1 choice" if count == 1 else f"{count:,} choices"


def sized(choices: int, characters: int) -> Body:
    """Make the compact body of so many choices with so many characters each."""
    return Body(
        f"{choices:,}x{characters:,}",
        f"{plural(choices)} of {characters:,} characters",
        compact(completion(choices, characters)),
    )


MAIN = (sized(1, 60), sized(1, 2_000), sized(8, 200), sized(128, 60))
"""The four bodies that the ratios, the quick run and the charts are about."""


def decode_bodies() -> list[Body]:
    """List every body whose decoding is timed."""
    eight = completion(8, 200)
    return [
        *MAIN,
        sized(1_024, 60),
        sized(1, 100_000),
        *(written_in(script) for script in ("accented", "Chinese", "emoji")),
        escaped(),
        Body("pretty", "8 choices of 200 characters, pretty-printed", pretty(eight)),
        Body("unknown", "8 choices of 200 characters, ten unknown keys", compact(with_unknown_keys(eight))),
        official(),
    ]


def written_in(script: Script) -> Body:
    """Make the body of one choice of 2,000 characters in a script."""
    title = f"1 choice of 2,000 {script} characters"
    return Body(script.lower(), title, compact(completion(1, 2_000, script=script)))


def escaped() -> Body:
    r"""Make the Chinese body as servers in Python write it by default: each character as ``\uXXXX``."""
    body = completion(1, 2_000, script="Chinese")
    return Body("escaped", r"1 choice of 2,000 Chinese characters as \uXXXX", json.dumps(body).encode())


def official() -> Body:
    """Make the official completion with 2,048 tokens of top-5 logprobs."""
    return Body("official", "official completion, 2,048 tokens of top-5 logprobs", compact(with_logprobs(2_048, 5)))


def rejected(choices: int) -> Body:
    """Make a body with one wrong type in it, in the last place where a decoder looks for it."""
    body = completion(choices, 60)
    body["choices"][-1]["index"] = "last"
    return Body(f"rejected {choices}", f"{plural(choices)} of 60 characters, the last index a string", compact(body))


def three_problems() -> Body:
    """Make a body with three wrong types that can't be coerced."""
    body = completion(1, 60)
    body["created"] = {"seconds": 1}
    body["choices"][0]["index"] = [0]
    body["usage"]["total_tokens"] = "many"
    return Body("3 problems", "1 choice of 60 characters, three wrong types", compact(body))


def distinct(count: int) -> list[bytes]:
    """Make one-choice bodies that differ as the answers of one model do."""
    return [compact({**completion(1, 60, seed=seed), "system_fingerprint": "fp_44709d6fcb"}) for seed in range(count)]
