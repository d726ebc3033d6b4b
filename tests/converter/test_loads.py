"""`loads` and `structure`: the default class, other types, and subclasses of the shipped models."""

import json

import pytest
from support import body, choice, outcome, problems, rejected, spelled, text
from user_classes import AnyReasonBody, Inner, Level, LogprobsBody, LooseBody

import router_schema
from router_schema import RouterCompletionsResponseBody, RouterCompletionsUsage, RouterConverter, ValidationError


def test_module_functions() -> None:
    """The functions of the package are methods of one default converter."""
    instance = router_schema.loads(text(body()))

    assert instance == router_schema.structure(body())
    assert router_schema.unstructure(instance) == body()
    assert router_schema.dumps(instance) == json.dumps(body(), separators=(",", ":"))
    assert router_schema.loads(text({"left": 1}), Inner) == router_schema.structure({"left": 1}, Inner) == Inner(1.0)


def test_the_default_class_is_the_body(converter: RouterConverter) -> None:
    """Without a class, `loads` and `structure` decode a router's body."""
    assert type(converter.loads(text(body()))) is RouterCompletionsResponseBody
    assert type(converter.structure(body())) is RouterCompletionsResponseBody


def test_containers_as_the_class(converter: RouterConverter) -> None:
    """The type may be a container of classes, an optional class or a scalar."""
    bodies = [converter.structure(body()), converter.structure(body(id="b"))]
    written = converter.dumps(bodies, list[RouterCompletionsResponseBody])

    assert converter.loads(written, list[RouterCompletionsResponseBody]) == bodies
    assert converter.loads('{"a":{"left":1}}', dict[str, Inner]) == {"a": Inner(1.0)}
    assert converter.loads("null", Inner | None) is None  # type: ignore[arg-type]
    assert converter.structure(None, Inner | None) is None  # type: ignore[arg-type]
    assert converter.dumps(None, Inner | None) == "null"
    assert converter.loads("5", float) == 5.0
    assert problems(rejected(converter, [body(), {}], list[RouterCompletionsResponseBody]))[0] == ("$[1].id", "missing")


def test_scalars_by_themselves(converter: RouterConverter) -> None:
    """A scalar type is as strict alone as in a field."""
    assert spelled(converter.structure(5, float)) == spelled(5.0)
    assert converter.structure(Level.LOW, str) == "low"
    with pytest.raises(ValidationError) as caught:
        converter.structure(5, str)
    assert problems(caught.value) == [("$", "type")]


# --- get_loads_hook ---


def test_get_loads_hook(converter: RouterConverter) -> None:
    """The hook of a class returns and raises what `loads` does."""
    hook = converter.get_loads_hook(RouterCompletionsUsage)

    assert hook('{"total_tokens": 3}') == RouterCompletionsUsage(total_tokens=3.0)
    with pytest.raises(ValidationError):
        hook("[]")


def test_get_loads_hook_rejects_alike(converter: RouterConverter) -> None:
    """The hook of a class rejects what `loads` rejects, with equal errors, invalid UTF-8 in ignored values included."""
    hook = converter.get_loads_hook(Inner)

    assert hook('{"left": 1, "right": "é"}') == Inner(1.0, "é")
    for data in (b'{"left": 1, "more": "\xff"}', '{"left": "é"}', "", b"[", "{}", memoryview(b"{}")):
        assert outcome(hook, data) == outcome(converter.loads, data, Inner)
        assert outcome(hook, data)[0] != "returned"


# --- subclasses of the shipped models ---


def test_a_loosened_field(converter: RouterConverter) -> None:
    """A subclass that gives a field a default accepts bodies without it, and one that adds a field reads it."""
    instance = converter.loads(text(body(system_fingerprint=..., provider="acme")), LooseBody)

    assert (instance.system_fingerprint, instance.provider) == ("", "acme")
    assert type(instance) is LooseBody
    assert converter.loads(converter.dumps(instance), LooseBody) == instance
    assert problems(rejected(converter, body(id=1, system_fingerprint=None, provider=5), LooseBody)) == [
        ("$.id", "type"),
        ("$.system_fingerprint", "type"),
        ("$.provider", "type"),
    ]


def test_a_widened_choice(converter: RouterConverter) -> None:
    """A body whose choices declare `finish_reason: str` accepts a reason that the schema does not name."""
    instance = converter.loads(text(body(choices=[choice(finish_reason="eos_token")])), AnyReasonBody)

    assert instance.choices[0].finish_reason == "eos_token"
    assert type(instance.choices[0].finish_reason) is str
    assert problems(rejected(converter, body(choices=[choice(finish_reason=None)]), AnyReasonBody)) == [
        ("$.choices[0].finish_reason", "type")
    ]


def test_nested_logprobs(converter: RouterConverter) -> None:
    """A choice may hold log probabilities as another attrs class."""
    logprobs = {"tokens": ["Rye", "."], "token_logprobs": [None, -1], "top_logprobs": [{"a": -1}, {}]}
    value = body(choices=[choice(logprobs=logprobs), choice(logprobs=None), choice()])
    instance = converter.loads(text(value), LogprobsBody)

    assert instance.choices[0].logprobs is not None
    assert instance.choices[0].logprobs.token_logprobs == (None, -1.0)
    assert [item.logprobs for item in instance.choices[1:]] == [None, None]
    assert converter.loads(converter.dumps(instance), LogprobsBody) == instance
    logprobs["tokens"] = ["Rye", 1]
    assert problems(rejected(converter, value, LogprobsBody)) == [("$.choices[0].logprobs.tokens[1]", "type")]
