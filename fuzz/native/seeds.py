"""Write the fuzzer's first inputs: texts that decode, in front of them the bytes that choose a plan."""

import json
import sys
from pathlib import Path

LOGPROBS = {
    "tokens": ["a"],
    "token_logprobs": [None, -0.14871612296411541],
    "top_logprobs": [{"a": -1e-05}],
    "text_offset": [0],
}
CHOICE = {"finish_reason": "stop", "index": 0, "text": 'It is "raining"\n€😀', "logprobs": LOGPROBS}
USAGE = {"completion_tokens": 1, "prompt_tokens": 26, "total_tokens": 27, "prompt_tokens_details": {"cached_tokens": 0}}
BODY = {
    "id": "cmpl-1",
    "choices": [CHOICE],
    "created": 1760000123,
    "model": "m",
    "system_fingerprint": "f",
    "object": "o",
}
VALUES = [
    {**BODY, "usage": USAGE},
    {"text": "t", "real": 1.5, "whole": 10**25, "flag": True, "anything": [{"a": None}]},
    {"items": [1], "pairs": ["a"], "table": {"k": 1}, "color": "red", "mode": "off", "maybe": 2},
    {"name": "a", "children": [{"name": "b"}], "next": None, "size": 1, "extra": "é"},
    {"clé €": 1, 'a"\\\n': 2, "value": "x"},
    {f"field_{n}": n for n in range(150)},
    ["word 39", "red", 1e22, -1.5e-300, 0.1, 5e-324, "😀", "\\", True, False, None, [], {}],
    {"a": [{"text": "t", "real": 1, "whole": 1, "flag": False, "anything": {}}, None]},
]


LINES = [
    json.dumps(value).encode()
    for value in (
        {**BODY, "usage": USAGE},
        {**BODY, "usage": None, "provider": "x", "choices": [CHOICE, 1, None, {"index": "0", "text": 5}]},
        {
            **BODY,
            "created": 1.5e9,
            "object": 5,
            "choices": [{**CHOICE, "finish_reason": reason} for reason in ("eos", 1)],
        },
        {"error": {"code": 1}},
        {"message": "m", "code": 5, "model": "\ud83d\ude00 é", "a b": []},
        [{}],
    )
]


def main(folder: Path) -> None:
    """Write the seeds of every target."""
    texts = [text for value in VALUES for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1))]
    inputs = {
        "decode": [bytes([plan]) + text.encode() for plan in range(12) for text in texts],
        "parse": [text.encode() for text in texts],
        "lines": [
            bytes([plan, 0]) + b"\n".join([text.encode()] * 3) + b"\n" for plan in range(12) for text in texts[::2]
        ],
        "profile": [bytes([n, n % 3]) + b"\n".join(LINES) for n in range(20)],
        "encode": [bytes([n, n, n, n, *range(0, 200, 7)]) + text.encode() for n in range(12) for text in texts],
    }
    for target, seeds in inputs.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        (folder / "seeds" / target).mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds):
            (folder / "seeds" / target / str(number)).write_bytes(seed)


main(Path(sys.argv[1]))
