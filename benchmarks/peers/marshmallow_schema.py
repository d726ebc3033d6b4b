"""marshmallow: schemas with a `post_load` that builds the object, and ujson by its `render_module` option."""

from dataclasses import dataclass
from typing import Any

import ujson
from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load

from benchmarks.peers._finish_reason import FinishReason
from benchmarks.peers._peer import Peer


@dataclass(frozen=True)
class Usage:
    """Token counts; routers leave any of them out."""

    completion_tokens: float | None = None
    prompt_tokens: float | None = None
    total_tokens: float | None = None


@dataclass(frozen=True)
class Choice:
    """One generated text."""

    finish_reason: FinishReason
    index: float
    text: str


@dataclass(frozen=True)
class Body:
    """The body of a completions answer."""

    id: str
    choices: list[Choice]
    created: float
    model: str
    system_fingerprint: str
    object: str
    usage: Usage


class _Schema(Schema):
    builds: type

    class Meta:
        unknown = EXCLUDE
        render_module = ujson

    @post_load
    def make(self, values: dict[str, Any], **_: Any) -> Any:
        return self.builds(**values)


class UsageSchema(_Schema):
    """The schema of Usage."""

    builds = Usage
    completion_tokens = fields.Float(allow_none=True)
    prompt_tokens = fields.Float(allow_none=True)
    total_tokens = fields.Float(allow_none=True)


class ChoiceSchema(_Schema):
    """The schema of Choice."""

    builds = Choice
    finish_reason = fields.Enum(FinishReason, by_value=True, required=True)
    index = fields.Float(required=True)
    text = fields.String(required=True)


class BodySchema(_Schema):
    """The schema of Body."""

    builds = Body
    id = fields.String(required=True)
    choices = fields.List(fields.Nested(ChoiceSchema), required=True)
    created = fields.Float(required=True)
    model = fields.String(required=True)
    system_fingerprint = fields.String(required=True)
    object = fields.String(required=True)
    usage = fields.Nested(UsageSchema, required=True)


def count_problems(error: ValidationError) -> int:
    """Count the leaves of the tree of messages; each is a list of texts."""

    def leaves(messages: Any) -> int:
        return sum(map(leaves, messages.values())) if isinstance(messages, dict) else len(messages)

    return leaves(error.messages)


_schema = BodySchema()

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
