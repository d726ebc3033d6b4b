"""The response model of the router's own SDK, decoded by pydantic's Rust instead of the client's `unmarshal_json`."""

from orq_ai_sdk.models import CreateCompletionResponseBody

from benchmarks.peers._peer import Peer

peer = Peer(
    label="orq-ai-sdk (validate)",
    kind="sdk",
    distributions=("orq-ai-sdk", "pydantic"),
    imports="import orq_ai_sdk; from orq_ai_sdk import models; models.CreateCompletionResponseBody",
    decode=CreateCompletionResponseBody.model_validate_json,
    encode=CreateCompletionResponseBody.model_dump_json,
    structure=CreateCompletionResponseBody.model_validate,
    count_problems=lambda error: error.error_count(),
)
