"""The openai SDK's model with pydantic's validation, which its client leaves out unless asked."""

from openai.types import Completion

from benchmarks.peers._peer import Peer
from benchmarks.peers.openai_construct import encode

peer = Peer(
    label="openai (validate)",
    kind="sdk",
    distributions=("openai", "pydantic"),
    imports="from openai.types import Completion",
    decode=Completion.model_validate_json,
    encode=encode,
    structure=Completion.model_validate,
    decode_official=Completion.model_validate_json,
    count_problems=lambda error: error.error_count(),
)
