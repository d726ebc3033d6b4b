"""
Write a log with thirteen kinds of defects: the same bytes for the same seed.

A body has one defect at most. A log with one kind of defect has it in the same lines as the log with all of them, and
both are equal to the sound log in all other lines.
"""

import copy
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import make_log

Body = dict[str, Any]

SHARE = 0.005
"""The part of the bodies that each defect changes."""


def encode(body: Body) -> bytes:
    """Write a body as `make_log` does; a high surrogate becomes an escape, a surrogate escape its byte."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\ud83d", "\\ud83d").encode("utf-8", "surrogateescape")


def _null_finish_reason(body: Body) -> None:
    body["choices"][0]["finish_reason"] = None


def _unknown_finish_reason(body: Body) -> None:
    body["choices"][0]["finish_reason"] = "eos_token"


def _missing_fingerprint(body: Body) -> None:
    del body["system_fingerprint"]


def _created_as_string(body: Body) -> None:
    body["created"] = str(body["created"])


def _count_as_string(body: Body) -> None:
    body["usage"]["completion_tokens"] = str(body["usage"]["completion_tokens"])


def _boolean_index(body: Body) -> None:
    body["choices"][0]["index"] = False


def _unknown_key(body: Body) -> None:
    body["usage"]["cost"] = 0.0025


def _nan(body: Body) -> None:
    body["usage"]["total_tokens"] = float("nan")


def _half_emoji(body: Body) -> None:
    body["choices"][0]["text"] += "\ud83d"


def _half_character(body: Body) -> None:
    body["choices"][0]["text"] += "\udce6"


def _error_body(body: Body) -> None:
    body.clear()
    body["error"] = {"message": "The model is overloaded.", "type": "server_error", "code": "503"}


def _usage_twice(line: bytes, random: Random) -> bytes:
    return b'{"usage":null,' + line[1:]


def _truncated(line: bytes, random: Random) -> bytes:
    # Between two characters: a line has one defect, not invalid UTF-8 as well.
    text = line.decode()
    return text[: random.randrange(len(text) // 4, len(text) - 1)].encode()


_IN_BODY: dict[str, Callable[[Body], None]] = {
    "`finish_reason` is null": _null_finish_reason,
    "`finish_reason` has an unknown value": _unknown_finish_reason,
    "no `system_fingerprint`": _missing_fingerprint,
    "`created` is a string": _created_as_string,
    "a token count is a string": _count_as_string,
    "`index` is `false`": _boolean_index,
    "an unknown key in `usage`": _unknown_key,
    "an error body": _error_body,
    "a token count is `NaN`": _nan,
    "half a surrogate pair": _half_emoji,
    "invalid UTF-8": _half_character,
}
_IN_LINE: dict[str, Callable[[bytes, Random], bytes]] = {
    "a truncated line": _truncated,
    "`usage` twice, first null": _usage_twice,
}

DEFECTS = (*_IN_BODY, *_IN_LINE)
"""The thirteen, as the table names them."""


def damaged(body: Body, defect: str, random: Random) -> bytes:
    """Write a body with one defect."""
    if defect in _IN_LINE:
        return _IN_LINE[defect](encode(body), random)
    body = copy.deepcopy(body)
    _IN_BODY[defect](body)
    return encode(body)


def lines(seed: int, size: int, planted: Collection[str] = DEFECTS) -> Iterator[tuple[bytes, str | None]]:
    """
    Write the lines of a log, each with the defect that it has, if any.

    Args:
        seed: Determines the bodies, and where each defect would be.
        size: The sum of the lengths of the sound lines, at least, in bytes.
        planted: The defects that the log has.
    """
    random = Random(f"defects {seed}")
    written = 0
    for body in make_log.bodies(seed):
        sound = encode(body)
        written += len(sound) + 1
        place, cut = int(random.random() / SHARE), random.getrandbits(32)
        defect = DEFECTS[place] if place < len(DEFECTS) and DEFECTS[place] in planted else None
        line = sound if defect is None else damaged(body, defect, Random(cut))
        yield line + b"\n", defect
        if written >= size:
            return


def write(path: Path, seed: int, size: int, planted: Collection[str] = DEFECTS) -> Counter[str]:
    """Write a log to a file, and count the bodies that have each defect."""
    counts: Counter[str] = Counter()
    with path.open("wb") as file:
        for line, defect in lines(seed, size, planted):
            file.write(line)
            if defect is not None:
                counts[defect] += 1
    return counts
