"""`configure_converter`: a cattrs converter of the user's own becomes strict."""

import datetime
from typing import Any

import attrs
import cattrs
import pytest
from foreign_classes import SECONDS, WHEN, Stamped, from_timestamp
from support import body, choice, outcome, problems, spelled
from user_classes import Aliased, Inner

import router_schema
from router_schema import (
    EncodeError,
    RouterCompletionsResponseBody,
    ValidationError,
    configure_converter,
    make_converter,
)


@pytest.mark.parametrize(
    "make",
    [
        cattrs.Converter,
        lambda: cattrs.Converter(detailed_validation=False),
        lambda: cattrs.Converter(forbid_extra_keys=False, omit_if_default=True, prefer_attrib_converters=True),
        lambda: __import__("cattrs.preconf.json", fromlist=["x"]).make_converter(),
        lambda: __import__("cattrs.preconf.ujson", fromlist=["x"]).make_converter(),
    ],
    ids=["plain", "not detailed", "options", "json", "ujson"],
)
def test_configure_converter(make: Any) -> None:
    """The user's own cattrs converter becomes as strict, and its values as exact."""
    mine = make()
    mine.structure(body(created="5"), dict)  # used before, to no effect
    configure_converter(mine)
    instance = mine.structure(body(), RouterCompletionsResponseBody)

    assert spelled(instance) == spelled(router_schema.structure(body()))
    assert mine.unstructure(instance) == body()
    bad = body(created="5", choices=[choice(index=True)], usage={"total_tokens": "x"})
    assert outcome(mine.structure, bad, RouterCompletionsResponseBody) == outcome(router_schema.structure, bad)
    with pytest.raises(EncodeError):
        mine.unstructure(attrs.evolve(instance, id=5))


def test_configure_converter_after_use() -> None:
    """A class that the converter was used for before becomes strict too."""
    mine = cattrs.Converter()
    assert mine.structure({"left": "5"}, Inner) == Inner(5.0)
    configure_converter(mine)

    with pytest.raises(ValidationError):
        mine.structure({"left": "5"}, Inner)


def test_configure_converter_keeps_options() -> None:
    """The converter's own options keep their meaning."""
    mine = cattrs.Converter(forbid_extra_keys=True, use_alias=True, omit_if_default=True)
    configure_converter(mine)

    with pytest.raises(ValidationError) as caught:
        mine.structure({"totalTokens": 1, "more": 2}, Aliased)
    assert problems(caught.value) == [("$.more", "extra")]
    assert mine.unstructure(Aliased(1)) == {"totalTokens": 1}


def test_configure_converter_keeps_later_hooks() -> None:
    """Hooks that the user registers afterwards are called."""
    mine = cattrs.Converter()
    configure_converter(mine)
    mine.register_structure_hook(datetime.datetime, from_timestamp)

    assert mine.structure({"when": SECONDS}, Stamped) == Stamped(WHEN)


def test_configure_converter_rejects_tuples() -> None:
    """A converter that unstructures classes to tuples cannot become strict, nor be made."""
    with pytest.raises(ValueError, match="AS_TUPLE"):
        configure_converter(cattrs.Converter(unstruct_strat=cattrs.UnstructureStrategy.AS_TUPLE))
    with pytest.raises(ValueError, match="AS_TUPLE"):
        make_converter(unstruct_strat=cattrs.UnstructureStrategy.AS_TUPLE)


@pytest.mark.parametrize("converter", [cattrs.BaseConverter(), 3, None], ids=["base", "integer", "none"])
def test_configure_converter_rejects_anything_else(converter: Any) -> None:
    """What is no `cattrs.Converter` is rejected by name."""
    with pytest.raises(TypeError, match=f"a cattrs.Converter, not {type(converter).__name__}"):
        configure_converter(converter)
