"""orjson to dicts, validated by jsonschema-rs against the JSON Schema that the package contains."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from benchmarks.peers._peer import Peer

# The file, and not `json_schema`: importing router_schema would add to this peer's memory.
_SCHEMA = Path(__file__).parents[2] / "router_schema" / "schemas" / "RouterCompletionsResponseBody.json"
_validator = jsonschema_rs.validator_for(orjson.loads(_SCHEMA.read_bytes()))


def _decode(data: bytes) -> Any:
    body = orjson.loads(data)
    _validator.validate(body)
    return body


peer = Peer(
    label="jsonschema-rs (orjson)",
    kind="library",
    distributions=("jsonschema-rs", "orjson"),
    imports="import jsonschema_rs, orjson",
    decode=_decode,
    encode=orjson.dumps,
)
