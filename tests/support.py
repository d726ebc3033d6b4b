"""What several test modules need: bodies, cases from files, engines, outcomes to compare, documents."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest
from user_classes import UserBody

from router_schema import (
    DecodeError,
    EncodeError,
    RouterCompletionsResponseBody,
    RouterConverter,
    ValidationError,
    make_converter,
)

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data"
CORPUS = ROOT.parent / "shared" / "corpus"

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the recorded bodies are not at hand")

# --- engines ---


def _has_native() -> bool:
    try:
        # A name of it: without the extension, the folder of its C sources is a namespace package that can be imported.
        from router_schema._native import Decoder  # noqa: F401
    except ImportError:
        return False
    return True


HAS_NATIVE = _has_native()

#: The engines that can be used here.
ENGINES = ["ujson", "native"] if HAS_NATIVE else ["ujson"]

needs_native = pytest.mark.skipif(not HAS_NATIVE, reason="the extension module router_schema._native was not built")


def converter_for(engine: str, **options: Any) -> RouterConverter:
    """A new converter of the engine of that name."""
    return make_converter(engine=engine, **options)  # type: ignore[arg-type]


# --- bodies ---


def body(**changes: Any) -> dict[str, Any]:
    """A good body as parsed JSON, with some keys changed; ``...`` drops one."""
    fields = {
        "id": "cmpl-rye-7",
        "choices": [{"finish_reason": "stop", "index": 0, "text": "Rye is sown in autumn."}],
        "created": 1760000123,
        "model": "granary/rye-1b",
        "system_fingerprint": "fp_rye",
        "object": "text_completion",
        "usage": {"completion_tokens": 7, "prompt_tokens": 12, "total_tokens": 19},
        **changes,
    }
    return {key: value for key, value in fields.items() if value is not ...}


def choice(**changes: Any) -> dict[str, Any]:
    """A good choice as parsed JSON, with some keys changed; ``...`` drops one."""
    fields = {"finish_reason": "stop", "index": 0, "text": "Rye.", **changes}
    return {key: value for key, value in fields.items() if value is not ...}


def problems(error: ValidationError | EncodeError) -> list[tuple[str, str]]:
    """Path and kind of each problem in *error*."""
    return [(problem.path, problem.kind) for problem in error.errors]


def text(value: Any) -> str:
    """The JSON text of *value*."""
    return json.dumps(value, ensure_ascii=False)


# --- cases from files ---


@attrs.frozen
class Case:
    """A text from the data folder, and its expected outcome."""

    name: str
    data: bytes
    expected: str

    @property
    def cl(self) -> type[Any]:
        """The class to decode the text as."""
        return UserBody if self.name.startswith("user-") else RouterCompletionsResponseBody


def load_cases(folder: str, ending: str) -> list[Case]:
    """Each text of *folder* with the file beside it that holds the expected outcome."""
    paths = sorted(path for path in (DATA / folder).glob("*.json") if path.name.count(".") == 1)
    return [
        Case(path.stem, path.read_bytes(), path.with_suffix(f".{ending}.json").read_text(encoding="utf-8"))
        for path in paths
    ]


VALID = load_cases("valid", "expected")
INVALID = load_cases("invalid", "problems")

each_valid = pytest.mark.parametrize("case", VALID, ids=lambda case: case.name)
each_invalid = pytest.mark.parametrize("case", INVALID, ids=lambda case: case.name)


# --- outcomes ---


def spelled(value: Any) -> Any:
    """*value* so that equal means equal in every type too: ``26 != 26.0 != True``, and ``-0.0 != 0.0``."""
    if attrs.has(type(value)):
        names = [attribute.name for attribute in attrs.fields(type(value))]
        stored = tuple((name, spelled(getattr(value, name, "not set"))) for name in names)
        return type(value), stored
    if isinstance(value, (list, tuple)):
        return type(value), tuple(spelled(item) for item in value)
    if isinstance(value, dict):
        return type(value), tuple((spelled(key), spelled(item)) for key, item in value.items())
    return type(value), repr(value) if isinstance(value, float) else value


def outcome(call: Callable[..., Any], *args: Any) -> Any:
    """What *call* does, in a form that can be compared: what it returns, or everything its error says."""
    try:
        return "returned", spelled(call(*args))
    except (ValidationError, EncodeError) as error:
        return type(error), error.model, error.errors, error.error_count, getattr(error, "error_body", None)
    except DecodeError as error:
        return type(error), str(error), error.line, error.column, error.offset


def strictly(data: bytes | str) -> Any:
    """*data* parsed by the standard library without its own extensions of JSON; raises ValueError where it fails."""

    def refuse(name: str) -> Any:
        raise ValueError(name)

    text = data if isinstance(data, str) else str(data, "utf-8")
    text.encode()
    if text.startswith("\ufeff"):
        raise ValueError("byte order mark")
    return json.loads(text, parse_constant=refuse)


def rejected(converter: RouterConverter, value: Any, cl: Any) -> ValidationError:
    """The error that `loads` and `structure` both raise for *value*."""
    with pytest.raises(ValidationError) as from_text:
        converter.loads(text(value), cl)
    with pytest.raises(ValidationError) as from_builtins:
        converter.structure(value, cl)

    assert from_text.value.args == from_builtins.value.args
    return from_text.value


def validation_error(value: Any, **options: Any) -> ValidationError:
    """The error of a router's body that is rejected."""
    with pytest.raises(ValidationError) as caught:
        make_converter(**options).structure(value)
    return caught.value


# --- documents ---


def code_blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of *language* in a Markdown *text*, each at its own line, so that failures tell the line."""
    found = []
    for match in re.finditer(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        found.append("\n" * text.count("\n", 0, match.start(1)) + match[1])
    return found
