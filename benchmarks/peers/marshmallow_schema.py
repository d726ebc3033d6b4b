"""marshmallow: schemas with a `post_load` that builds the object, and ujson by its `render_module` option."""

from dataclasses import dataclass
from typing import Any

import ujson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load

from benchmarks.peers._models import FinishReason, make_models
from benchmarks.peers._peer import Peer

_models = make_models(decorate=dataclass(frozen=True))


class _Schema(Schema):
    builds: type

    class Meta:
        unknown = EXCLUDE
        render_module = ujson

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Any:
        return self.builds(**values)


class _Usage(_Schema):
    builds = _models.Usage
    completion_tokens = fields.Float(allow_none=True)
    prompt_tokens = fields.Float(allow_none=True)
    total_tokens = fields.Float(allow_none=True)


class _Choice(_Schema):
    builds = _models.Choice
    finish_reason = fields.Enum(FinishReason, by_value=True, required=True)
    index = fields.Float(required=True)
    text = fields.String(required=True)


class _Body(_Schema):
    builds = _models.Body
    id = fields.String(required=True)
    choices = fields.List(fields.Nested(_Choice), required=True)
    created = fields.Float(required=True)
    model = fields.String(required=True)
    system_fingerprint = fields.String(required=True)
    object = fields.String(required=True)
    usage = fields.Nested(_Usage, required=True)


def count_problems(error: ValidationError) -> int:
    """Count the leaves of the tree of messages; each is a list of texts."""

    def leaves(messages: Any) -> int:
        return sum(map(leaves, messages.values())) if isinstance(messages, dict) else len(messages)

    return leaves(error.messages)


_schema = _Body()

peer = Peer(
    label="marshmallow (ujson)",
    kind="library",
    distributions=("marshmallow", "ujson"),
    imports="import marshmallow, ujson",
    decode=_schema.loads,
    encode=_schema.dumps,
    structure=_schema.load,
    count_problems=count_problems,
)
