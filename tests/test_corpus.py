"""Bodies recorded from real servers, if available."""

import json
from typing import Any

import attrs
import pytest
from agreement import agree
from support import CORPUS, needs_corpus, outcome

from router_schema import RouterCompletionsResponseBody, RouterConverter, ValidationError
from router_schema.openai import Completion

pytestmark = needs_corpus

each_class = pytest.mark.parametrize("cl", [RouterCompletionsResponseBody, Completion])


def lines(name: str) -> list[bytes]:
    """The bodies of a file, as they were sent."""
    return (CORPUS / name).read_bytes().splitlines()


def modelled(value: Any, instance: Any) -> Any:
    """The part of the parsed *value* that the class of *instance* models; null only where a field is required."""
    if attrs.has(type(instance)):
        return {
            field.name: modelled(value[field.name], item)
            for field in attrs.fields(type(instance))
            if (item := getattr(instance, field.name)) is not None or field.default is attrs.NOTHING
        }
    if isinstance(instance, tuple):
        return [modelled(item, of_instance) for item, of_instance in zip(value, instance, strict=True)]
    return value


@each_class
def test_every_body_that_decodes_round_trips(cl: Any, converter: RouterConverter) -> None:
    """A recorded body that decodes is written with every value that the class models, and comes back equal."""
    decoded = 0
    for line in lines("completions.jsonl"):
        try:
            read = converter.loads(line, cl)
        except ValidationError:
            continue
        written = converter.dumps(read)
        decoded += 1

        assert converter.loads(written, cl) == read
        assert json.loads(written) == modelled(json.loads(line), read)

    assert decoded > 0


@each_class
def test_engines_agree_on_every_body(cl: Any) -> None:
    """All engines say the same of every recorded body, errors included."""
    for name in ("completions.jsonl", "errors.jsonl"):
        for line in lines(name):
            agree(line, cl)


def test_error_bodies_are_recognised(converter: RouterConverter) -> None:
    """Every recorded error is recognised, with its type, code and message, and its message is not quoted."""
    for line in lines("errors.jsonl"):
        with pytest.raises(ValidationError) as caught:
            converter.loads(line)
        error = json.loads(line).get("error", json.loads(line))

        assert caught.value.error_body is not None
        assert caught.value.error_body.type == error.get("type")
        assert caught.value.error_body.code == error.get("code")
        assert caught.value.error_body.message == error["message"]
        assert str(caught.value).startswith("an error body")
        assert (error["message"] or "(empty)") not in str(caught.value)


def test_counts_of_this_collection(converter: RouterConverter) -> None:
    """Of these 436 bodies 41 are the router's, 358 lack only its fingerprint, and 12 lack what OpenAI requires."""
    bodies = lines("completions.jsonl")
    router = [outcome(converter.loads, line) for line in bodies]
    official = [outcome(converter.loads, line, Completion) for line in bodies]
    only_fingerprint = [
        result
        for result in router
        if result[0] is ValidationError and {problem.path for problem in result[2]} == {"$.system_fingerprint"}
    ]
    unofficial = [{problem.kind for problem in result[2]} for result in official if result[0] is ValidationError]

    assert len(bodies) == 436
    assert [result[0] for result in router].count("returned") == 41
    assert len(only_fingerprint) == 358
    assert unofficial == [{"missing"}] * 12
