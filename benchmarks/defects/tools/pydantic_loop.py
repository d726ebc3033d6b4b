"""A loop of pydantic's `model_validate_json`, strict, with unknown keys forbidden."""

from collections import Counter
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from benchmarks.defects.tools._tool import Tool, read, without_positions


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class _Usage(_Strict):
    completion_tokens: float | None = None
    prompt_tokens: float | None = None
    total_tokens: float | None = None


class _Choice(_Strict):
    finish_reason: Literal["stop", "length", "content_filter", "tool_calls"]
    index: float
    text: str
    logprobs: Any = None


class _Body(_Strict):
    id: str
    choices: list[_Choice]
    created: float
    model: str
    system_fingerprint: str
    object: str
    usage: _Usage
    provider: str | None = None


def _inspect(path: Path) -> Counter[str]:
    seen: Counter[str] = Counter()
    for line in read(path):
        try:
            _Body.model_validate_json(line)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_context=False)
            seen.update({_described(problem["loc"], problem["msg"], problem["input"]) for problem in problems})
    return seen


def _described(location: tuple[int | str, ...], message: str, value: object) -> str:
    path = ".".join("[*]" if isinstance(part, int) else part for part in location)
    if path.endswith("finish_reason"):
        message += f", got {value!r}"
    return f"{path}: {without_positions(message)}"


tool = Tool("pydantic, a loop with a strict model", ("pydantic", "pydantic-core"), _inspect)
