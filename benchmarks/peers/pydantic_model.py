"""pydantic v2 with `model_validate_json`, which its performance page advises over parsing first."""

from pydantic import BaseModel

from benchmarks.peers._models import make_models, make_official_body
from benchmarks.peers._peer import Peer

_models = make_models(BaseModel, frozen=True)
_Body = _models.Body

peer = Peer(
    label="pydantic",
    kind="library",
    distributions=("pydantic", "pydantic-core"),
    imports="import pydantic; pydantic.BaseModel",
    decode=_Body.model_validate_json,
    encode=_Body.model_dump_json,
    structure=_Body.model_validate,
    decode_official=make_official_body(_models, BaseModel, frozen=True).model_validate_json,
    count_problems=lambda error: error.error_count(),
)
