"""`dumps` and `unstructure`: plain builtins in schema order, and fields that are left out."""

import json

import pytest
from support import body, converter_for, spelled
from user_classes import Factories, Inner, Mutable, Omitting

from router_schema import EncodeError, RouterConverter


def test_unstructure_gives_plain_builtins(converter: RouterConverter) -> None:
    """`unstructure` returns what `dumps` writes: dicts, lists, str and numbers in schema order."""
    instance = converter.structure(body(usage={"total_tokens": 3.0}))
    plain = converter.unstructure(instance)

    assert spelled(plain) == spelled(body(usage={"total_tokens": 3}))
    assert converter.dumps(instance) == json.dumps(plain, separators=(",", ":"))


def test_omitted_fields(converter: RouterConverter) -> None:
    """An omitted field is neither read nor written; one with `omit_if_default` is written unless it has its default."""
    assert converter.dumps(Omitting("a", 9)) == '{"name":"a","maybe":null}'
    assert converter.dumps(Omitting("a", count=6, maybe="x")) == '{"name":"a","count":6,"maybe":"x"}'
    assert converter.loads('{"name":"a","cache":"ignored","made":[]}', Omitting) == Omitting("a")


def test_omit_if_default(engine: str) -> None:
    """`omit_if_default` leaves out each checked value that equals its default, factories' defaults included."""
    converter = converter_for(engine, omit_if_default=True)

    assert converter.dumps(Factories("a")) == '{"name":"a"}'
    assert (
        converter.dumps(Factories("a", (1,), "B", {"x": 1.0}))
        == '{"name":"a","items":[1],"upper":"B","weights":{"x":1}}'
    )
    assert converter.dumps(Inner(1.0, None)) == '{"left":1}'
    assert converter.dumps(Mutable("a")) == '{"name":"a"}'
    with pytest.raises(EncodeError):
        converter.dumps(Mutable("a", tags=(1,)))  # type: ignore[arg-type]
