"""The shipped models: frozen all the way down, and ordinary attrs classes."""

import copy
import inspect
import pickle
import subprocess
import sys

import attrs
import pytest
from support import body

import router_schema.models as models
from router_schema import (
    FinishReason,
    RouterCompletionsChoices,
    RouterCompletionsResponseBody,
    RouterCompletionsUsage,
    structure,
)


@pytest.fixture
def made() -> RouterCompletionsResponseBody:
    """A body as `structure` makes it."""
    return structure(body())


MODELS = [RouterCompletionsResponseBody, RouterCompletionsChoices, RouterCompletionsUsage]


@pytest.mark.parametrize(
    ("cl", "fields"),
    [
        (RouterCompletionsResponseBody, ["id", "choices", "created", "model", "system_fingerprint", "object", "usage"]),
        (RouterCompletionsChoices, ["finish_reason", "index", "text"]),
        (RouterCompletionsUsage, ["completion_tokens", "prompt_tokens", "total_tokens"]),
    ],
)
def test_fields(cl: type[attrs.AttrsInstance], fields: list[str]) -> None:
    """The fields are the schema's, in its order; only those of the usage have a default."""
    defaults = {attribute.default for attribute in attrs.fields(cl)}

    assert [attribute.name for attribute in attrs.fields(cl)] == fields
    assert defaults == ({None} if cl is RouterCompletionsUsage else {attrs.NOTHING})


def test_types() -> None:
    """The annotations are the schema's types."""
    types = {
        attribute.name: attribute.type
        for cl in MODELS
        for attribute in attrs.fields(attrs.resolve_types(cl))  # type: ignore[type-var]
    }

    assert types == {
        "id": str,
        "choices": tuple[RouterCompletionsChoices, ...],
        "created": float,
        "model": str,
        "system_fingerprint": str,
        "object": str,
        "usage": RouterCompletionsUsage,
        "finish_reason": FinishReason,
        "index": float,
        "text": str,
        "completion_tokens": float | None,
        "prompt_tokens": float | None,
        "total_tokens": float | None,
    }


@pytest.mark.parametrize("cl", MODELS)
def test_every_field_is_documented(cl: type[attrs.AttrsInstance]) -> None:
    """The docstring of each class describes every field."""
    text = inspect.getdoc(cl) or ""

    assert all(f"\n    {attribute.name}: " in text for attribute in attrs.fields(cl))


def test_exports() -> None:
    """The module exports the models and nothing else."""
    assert sorted(models.__all__) == sorted(["FinishReason", *(cl.__name__ for cl in MODELS)])


@pytest.mark.parametrize(
    ("reason", "value"),
    [
        (FinishReason.STOP, "stop"),
        (FinishReason.LENGTH, "length"),
        (FinishReason.CONTENT_FILTER, "content_filter"),
        (FinishReason.TOOL_CALLS, "tool_calls"),
    ],
)
def test_finish_reason(reason: FinishReason, value: str) -> None:
    """A finish reason equals its value, hashes like it, and is formatted like it in every way."""
    assert reason == value
    assert hash(reason) == hash(value)
    assert (str(reason), f"{reason}", f"{reason:>20}", "%s" % reason, reason.value) == (  # noqa: UP031
        value,
        value,
        value.rjust(20),
        value,
        value,
    )
    assert FinishReason(value) is reason


def test_finish_reasons_are_four() -> None:
    """There are four finish reasons, and no other value makes one."""
    assert len(FinishReason) == 4
    with pytest.raises(ValueError, match="eos_token"):
        FinishReason("eos_token")


def test_equality_and_hash(made: RouterCompletionsResponseBody) -> None:
    """Bodies with equal fields are equal and have equal hashes; a body with any difference is not equal."""
    same = structure(body())
    other = structure(body(usage={"total_tokens": 20}))

    assert made == same
    assert hash(made) == hash(same)
    assert made != other
    assert {made, same, other} == {made, other}
    assert made != body()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(made: RouterCompletionsResponseBody, protocol: int) -> None:
    """A body survives pickling by each protocol."""
    again = pickle.loads(pickle.dumps(made, protocol))

    assert again == made
    assert again.choices[0].finish_reason is FinishReason.STOP
    assert type(again) is type(made)


def test_pickle_in_another_process(made: RouterCompletionsResponseBody) -> None:
    """Another process unpickles a body without importing the package first."""
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer).choices[0].text)"
    result = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(made), capture_output=True, check=True)

    assert result.stdout.decode().strip() == made.choices[0].text


def test_copy(made: RouterCompletionsResponseBody) -> None:
    """Copies, shallow and deep, are equal."""
    assert copy.copy(made) == made
    assert copy.deepcopy(made) == made


def test_evolve(made: RouterCompletionsResponseBody) -> None:
    """`attrs.evolve` returns a changed copy and leaves the original alone."""
    changed = attrs.evolve(made, model="other")

    assert changed.model == "other"
    assert made.model == "granary/rye-1b"
    assert attrs.evolve(changed, model=made.model) == made


def test_asdict(made: RouterCompletionsResponseBody) -> None:
    """`attrs.asdict` returns the floats and the enum members themselves."""
    assert attrs.asdict(made) == {
        **body(),
        "choices": ({"finish_reason": FinishReason.STOP, "index": 0.0, "text": "Rye is sown in autumn."},),
    }


def test_frozen(made: RouterCompletionsResponseBody) -> None:
    """Nothing in a body can be changed, removed or added."""
    for instance in (made, made.choices[0], made.usage):
        name = attrs.fields(type(instance))[0].name
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(instance, name, "x")
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            delattr(instance, name)
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            instance.brand_new = 1  # type: ignore[union-attr]

    assert made == structure(body())
    assert type(made.choices) is tuple


def test_slotted(made: RouterCompletionsResponseBody) -> None:
    """No instance has a `__dict__`."""
    assert not any(hasattr(instance, "__dict__") for instance in (made, made.choices[0], made.usage))


def test_constructor_is_ordinary() -> None:
    """The constructors accept arguments by position or by name."""
    usage = RouterCompletionsUsage(1.0, total_tokens=2.0)
    choice = RouterCompletionsChoices(FinishReason.STOP, 0.0, "x")

    assert usage.prompt_tokens is None
    assert RouterCompletionsUsage() == RouterCompletionsUsage(None, None, None)
    assert RouterCompletionsResponseBody("i", (choice,), 1.0, "m", "f", "o", usage).choices[0] is choice


def test_repr(made: RouterCompletionsResponseBody) -> None:
    """The repr of a body shows its fields."""
    assert repr(made.usage) == "RouterCompletionsUsage(completion_tokens=7.0, prompt_tokens=12.0, total_tokens=19.0)"
    assert repr(made).startswith("RouterCompletionsResponseBody(id='cmpl-rye-7', choices=(RouterCompletionsChoices(")
