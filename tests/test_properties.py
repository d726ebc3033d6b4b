"""What holds for every body: the laws, and what is never said."""

import json
import pickle
import traceback
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import damaged, json_of, json_values, junk, mutated, places, randoms, reals, respelled, texts
from support import body, choice, spelled, strictly

from router_schema import (
    DecodeError,
    EncodeError,
    FinishReason,
    RouterCompletionsChoices,
    RouterCompletionsResponseBody,
    RouterCompletionsUsage,
    RouterConverter,
    RouterSchemaError,
    ValidationError,
)

floats = reals | st.integers(-(2**53), 2**53).map(float)

usages = st.builds(RouterCompletionsUsage, *[st.none() | floats] * 3)
choices = st.builds(RouterCompletionsChoices, st.sampled_from(FinishReason), floats, texts)
bodies = st.builds(
    RouterCompletionsResponseBody, texts, st.lists(choices, max_size=4).map(tuple), floats, texts, texts, texts, usages
)
good = json_of(RouterCompletionsResponseBody)
mutants = st.builds(mutated, good, randoms)
respellings = st.builds(respelled, good, randoms)
wrecks = st.builds(damaged, good, randoms)

#: Instances that may hold anything in some of their fields.
wild = st.builds(
    RouterCompletionsResponseBody,
    texts | junk,
    st.lists(choices | junk, max_size=3).map(tuple) | junk,
    floats | junk | st.sampled_from([float("nan"), float("inf"), True, 2**60 + 1]),
    texts,
    texts | st.sampled_from(["\ud800", b"x"]),
    texts,
    usages | junk | st.builds(RouterCompletionsUsage, junk, junk, junk),
)


def raised(call: Any, value: Any) -> RouterSchemaError | None:
    """The library's own error that *call* raises, if it raises one; any other passes."""
    try:
        call(value)
    except RouterSchemaError as error:
        return error
    return None


# --- the laws ---


def without_negative_zeros(value: Any) -> Any:
    """*value*, in which each ``-0.0`` is the ``0.0`` as which it leaves."""
    if attrs.has(type(value)):
        return type(value)(*(without_negative_zeros(item) for item in attrs.astuple(value, recurse=False)))
    if isinstance(value, tuple):
        return tuple(map(without_negative_zeros, value))
    return value + 0.0 if isinstance(value, float) else value


@given(bodies)
def test_loads_inverts_dumps(converter: RouterConverter, instance: RouterCompletionsResponseBody) -> None:
    """``loads(dumps(x)) == x``, with the same types."""
    again = converter.loads(converter.dumps(instance))

    assert again == instance
    assert hash(again) == hash(instance)
    assert spelled(again) == spelled(without_negative_zeros(instance))


@given(bodies)
def test_structure_inverts_unstructure(converter: RouterConverter, instance: RouterCompletionsResponseBody) -> None:
    """``structure(unstructure(x)) == x``, and the plain form is what `dumps` writes."""
    plain = converter.unstructure(instance)

    assert converter.structure(plain) == instance
    assert json.loads(converter.dumps(instance)) == plain


@given(wild)
def test_what_leaves_comes_back(converter: RouterConverter, instance: RouterCompletionsResponseBody) -> None:
    """Every instance that `dumps` accepts comes back equal; for every other it raises EncodeError."""
    error = raised(converter.dumps, instance)
    if error is not None:
        assert type(error) is EncodeError
        assert type(raised(converter.unstructure, instance)) is EncodeError
        return
    written = converter.dumps(instance)

    assert converter.loads(written) == instance


def restricted(value: Any) -> Any:
    """A body as parsed JSON, restricted to the schema's keys; absent and null usage fields count as the same."""
    names = [attribute.name for attribute in attrs.fields(RouterCompletionsResponseBody)]
    fields = {name: value[name] for name in names}
    fields["choices"] = [{key: item[key] for key in ("finish_reason", "index", "text")} for item in fields["choices"]]
    counts = ("completion_tokens", "prompt_tokens", "total_tokens")
    fields["usage"] = {key: fields["usage"][key] for key in counts if fields["usage"].get(key) is not None}
    return fields


@given(good.map(json.dumps) | mutants | respellings)
def test_dumps_says_what_loads_read(converter: RouterConverter, text: str) -> None:
    """``dumps(loads(t))`` says the same as ``t`` restricted to the schema's keys."""
    try:
        instance = converter.loads(text)
        read = strictly(text)
    except ValueError:
        assume(False)
    written = json.loads(converter.dumps(instance))

    assert list(written) == list(restricted(written))
    assert written == json.loads(json.dumps(restricted(read)), parse_int=float)


# --- junk ---


def instance_or_decode_error(call: Any, value: Any) -> None:
    """Hold *call* to one of its two outcomes, an instance as its constructor makes it or a DecodeError."""
    error = raised(call, value)
    if error is not None:
        assert isinstance(error, DecodeError)
        assert error.__cause__ is None
        assert error.__context__ is None
        assert isinstance(error, ValidationError) or str(error)
    else:
        result = call(value)
        assert type(result) is RouterCompletionsResponseBody
        assert spelled(result) == spelled(
            RouterCompletionsResponseBody(**{name: getattr(result, name) for name in result.__slots__})
        )


@given(st.one_of(st.binary(max_size=60), st.text(max_size=40), wrecks, mutants, respellings))
def test_junk_text(converter: RouterConverter, data: bytes | str) -> None:
    """Whatever the text, `loads` returns an instance or raises DecodeError, and nothing else."""
    instance_or_decode_error(converter.loads, data)


@given(json_values | junk)
def test_junk_values(converter: RouterConverter, value: Any) -> None:
    """Whatever the JSON value, `structure` returns an instance or raises DecodeError, and nothing else."""
    instance_or_decode_error(converter.structure, value)


@given(st.data())
def test_one_thing_broken(converter: RouterConverter, data: st.DataObject) -> None:
    """A good body with one value replaced is accepted, or has problems there and nowhere else."""
    value = json.loads(json.dumps(body(choices=[choice(), choice()])))
    first, second = value["choices"]
    objects = {"$": value, "$.choices": value["choices"], "$.choices[0]": first, "$.choices[1]": second}
    paths = {id(item): path for path, item in {**objects, "$.usage": value["usage"]}.items()}
    container, key = data.draw(st.sampled_from(list(places(value))))
    place = paths[id(container)] + (f"[{key}]" if isinstance(key, int) else f".{key}")
    container[key] = data.draw(junk)

    error = raised(converter.structure, value)

    if error is not None:
        assert isinstance(error, ValidationError)
        assert error.errors
        assert all(problem.path.startswith(place) for problem in error.errors)


# --- what is never said ---

MARKER = "Zwetschgenmus"


def everything_said(error: BaseException) -> str:
    """Everything an error says in any form, and everything attached to it."""
    parts = [str(error), repr(error), *traceback.format_exception(error), repr(getattr(error, "__notes__", None))]
    again = pickle.loads(pickle.dumps(error))
    parts += [str(again), repr(again)]
    for problem in getattr(error, "errors", ()):
        parts += [str(problem), repr(problem)]
    parts += [
        repr(getattr(error, "error_body", None)),
        str(getattr(error, "error_body", None)),
        repr(error.args),
        repr(vars(error)),
    ]
    return "\n".join(parts)


def says_nothing(call: Any, value: Any) -> bool:
    """Hold the error that *call* raises, if it raises one, to silence; returns whether it raised one."""
    error = raised(call, value)
    if error is not None:
        assert error.__cause__ is None
        assert error.__context__ is None
        assert not hasattr(error, "exceptions")
        assert MARKER not in everything_said(error)
    return error is not None


@given(mutants, st.data())
def test_no_value_is_said(converter: RouterConverter, text: str, data: st.DataObject) -> None:
    """A marker in any value of a body, good or bad, is in no form of its error; enum values aside."""
    value = {"": json.loads(text)}
    found = [(c, k) for c, k in places(value) if k != "finish_reason"]
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(found))
        if isinstance(container[key], str | int | float | None):
            container[key] = data.draw(st.sampled_from([MARKER, f"a{MARKER}\ud800", [MARKER], {"a": MARKER}]))
    top = value[""]
    marked = json.dumps(top, ensure_ascii=data.draw(st.booleans()))

    says_nothing(converter.structure, top)
    says_nothing(converter.loads, marked)
    says_nothing(converter.loads, marked.encode("utf-8", "surrogatepass"))
    says_nothing(converter.loads, marked[: data.draw(st.integers(0, len(marked)))])


@given(st.builds(damaged, st.just(body(choices=[choice(text=MARKER * 3)], id=MARKER, model=MARKER)), randoms))
def test_no_text_of_damaged_bodies_is_said(converter: RouterConverter, data: bytes) -> None:
    """No error quotes text that is no longer JSON."""
    assume(f'"{MARKER}":' not in data.decode("utf-8", "replace"))

    says_nothing(converter.loads, data)


@given(
    st.fixed_dictionaries(
        {"message": st.just(MARKER), "param": st.just(MARKER), "type": texts, "code": texts | st.integers()}
    ),
    st.booleans(),
)
def test_error_bodies_are_not_quoted(converter: RouterConverter, error: dict[str, Any], bare: bool) -> None:
    """An error quotes the type and the code of an error body, and nothing else."""
    assert says_nothing(converter.structure, {"object": "error", **error} if bare else {"error": error})
    assert says_nothing(converter.structure, {"error": MARKER})


@given(wild)
def test_no_value_is_said_on_the_way_out(converter: RouterConverter, instance: RouterCompletionsResponseBody) -> None:
    """No EncodeError quotes the instance."""
    for marked in (
        attrs.evolve(instance, id=[MARKER]),
        attrs.evolve(instance, model=MARKER + "\ud800"),
        attrs.evolve(instance, created=MARKER),
        attrs.evolve(instance, usage={"a": MARKER}),
    ):
        assert says_nothing(converter.dumps, marked)
        assert says_nothing(converter.unstructure, marked)


class _LoudError(Exception):
    def __init__(self, value: object) -> None:
        super().__init__(f"quoting {value!r}")
        self.__cause__ = ValueError(f"quoting {value!r}")


def _quote(*args: Any) -> Any:
    raise _LoudError(args)


@attrs.frozen
class Quoting:
    """User code of each kind that quotes its arguments."""

    converted: str = attrs.field(default="", converter=lambda value: _quote(value) if value else value)
    validated: str = attrs.field(
        default="", validator=lambda instance, attribute, value: _quote(instance) if value else None
    )
    whole: str = ""

    def __attrs_post_init__(self) -> None:
        if self.whole:
            _quote(self)


@pytest.mark.parametrize("field", ["converted", "validated", "whole"])
def test_user_code_is_not_quoted(field: str, converter: RouterConverter) -> None:
    """No error quotes what user code raises."""
    assert says_nothing(lambda value: converter.structure(value, Quoting), {field: MARKER})
    assert says_nothing(lambda value: converter.loads(value, Quoting), json.dumps({field: MARKER}))
    with pytest.raises(ValidationError):
        converter.structure({field: MARKER}, Quoting)
