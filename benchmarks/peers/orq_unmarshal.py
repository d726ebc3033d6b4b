"""The router's own SDK, on the path that its client takes for every answer: `unmarshal_json`."""

from orq_ai_sdk.models import CreateCompletionResponseBody
from orq_ai_sdk.utils.serializers import unmarshal, unmarshal_json

from benchmarks.peers._peer import Peer


def decode(data: bytes) -> CreateCompletionResponseBody:
    """Decode from text, which is what the client hands on from the HTTP response."""
    body: CreateCompletionResponseBody = unmarshal_json(data.decode(), CreateCompletionResponseBody)
    return body


def structure(parsed: object) -> CreateCompletionResponseBody:
    """Structure with the options that `unmarshal_json` passes."""
    body: CreateCompletionResponseBody = unmarshal(
        parsed, CreateCompletionResponseBody, coerce_iterables=False, allow_unknown_union_variants=True
    )
    return body


peer = Peer(
    label="orq-ai-sdk (unmarshal)",
    kind="sdk",
    distributions=("orq-ai-sdk", "pydantic"),
    imports="import orq_ai_sdk; from orq_ai_sdk import models; models.CreateCompletionResponseBody",
    decode=decode,
    encode=CreateCompletionResponseBody.model_dump_json,
    structure=structure,
    count_problems=lambda error: error.error_count(),
)
