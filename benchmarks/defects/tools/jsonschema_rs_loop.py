"""
A loop of orjson and jsonschema-rs, with the JSON Schema that the package contains.

Two keys are added to it that every body has, and unknown keys are forbidden: the strictest that it gets.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from benchmarks.defects.tools._tool import OBJECTS, Tool, read, without_positions

# The file, and not `json_schema`: importing router_schema would add to this tool's memory.
_FILE = Path(__file__).parents[3] / "router_schema" / "schemas" / "RouterCompletionsResponseBody.json"
_TYPES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    classes = ("RouterCompletionsResponseBody", "RouterCompletionsChoices", "RouterCompletionsUsage")
    for name, keys in zip(classes, OBJECTS.values(), strict=True):
        definition = schema["$defs"][name]
        definition["properties"] = {**dict.fromkeys(keys, True), **definition["properties"]}
        definition["additionalProperties"] = False
    return schema


_validator = jsonschema_rs.validator_for(_closed(orjson.loads(_FILE.read_bytes())))


def _described(error: jsonschema_rs.ValidationError) -> str:
    path = ".".join("[*]" if isinstance(part, int) else part for part in error.instance_path)
    if error.kind.name in ("type", "anyOf"):
        return f"{path}: {_TYPES.get(type(error.instance), 'null')}"
    return f"{path}: {error.message}"


def _inspect(path: Path) -> Counter[str]:
    seen: Counter[str] = Counter()
    for line in read(path):
        try:
            body = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            seen[without_positions(error.msg)] += 1
            continue
        if not _validator.is_valid(body):
            seen.update({_described(error) for error in _validator.iter_errors(body)})
    return seen


tool = Tool("jsonschema-rs, a loop with orjson", ("jsonschema-rs", "orjson"), _inspect)
