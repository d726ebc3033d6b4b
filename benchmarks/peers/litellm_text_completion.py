"""litellm's TextCompletionResponse, built from the parsed answer as its OpenAI handler does."""

import json
import os
from typing import Any

# Its documented switches: the import asks the network for a price list, and invalid samples fill the log with warnings.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
os.environ.setdefault("LITELLM_LOG", "ERROR")

from litellm import TextCompletionResponse

from benchmarks.peers._peer import Peer


def structure(parsed: dict[str, Any]) -> TextCompletionResponse:
    """Fill the response class from the parsed answer."""
    return TextCompletionResponse(**parsed)


def decode(data: bytes) -> TextCompletionResponse:
    """Parse with the standard library, as the HTTP client below litellm does."""
    return structure(json.loads(data))


peer = Peer(
    label="litellm",
    kind="sdk",
    distributions=("litellm", "pydantic"),
    imports=(
        "import os; os.environ['LITELLM_LOCAL_MODEL_COST_MAP'] = 'True'; from litellm import TextCompletionResponse"
    ),
    decode=decode,
    encode=TextCompletionResponse.model_dump_json,
    structure=structure,
    decode_official=decode,
    count_problems=lambda error: error.error_count(),
)
