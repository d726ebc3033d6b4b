"""Plans that are malformed, or name a class whose instances cannot be made by storing their fields, raise."""

import abc
from enum import Enum
from typing import Any

import attrs
import pytest
from classes import Empty, Loose, Weak
from plans import FACTORY, REQUIRED, VALUE, Aside, Decoder, Encoder, Plan

SLOT = Weak.value


@attrs.define(init=False)
class CodeError(Exception):
    """An attrs class that extends a class written in C."""

    code: int


class Abstract(abc.ABC):
    """A class that cannot be instantiated."""

    @abc.abstractmethod
    def method(self) -> None: ...


class Own:
    """A class with its own `__new__`."""

    def __new__(cls) -> "Own":
        raise AssertionError


class Index:
    """Not an int, but an index."""

    def __index__(self) -> int:
        raise ZeroDivisionError


def field(**changes: Any) -> tuple[Any, ...]:
    values = {
        "key": "value",
        "name": "value",
        "node": 0,
        "slot": SLOT,
        "kind": REQUIRED,
        "default": None,
        "omit": False,
    }
    return tuple({**values, **changes}.values())


def with_class(cl: Any = Weak, fields: Any = None, forbid: Any = False) -> list[Any]:
    return [("str",), ("class", cl, (field(),) if fields is None else fields, forbid)]


BAD: list[tuple[Any, int]] = [
    (None, 0),
    (1, 0),
    ([], 0),
    ([("str",)], 1),
    ([("str",)], -1),
    ([None], 0),
    ([()], 0),
    ([[]], 0),
    (["str"], 0),
    ([(1,)], 0),
    ([("string",)], 0),
    ([("é",)], 0),
    ([("str", 1)], 0),
    ([("any", 0)], 0),
    ([("optional",)], 0),
    ([("optional", 1)], 0),
    ([("optional", -1)], 0),
    ([("optional", None)], 0),
    ([("optional", 0)], 0),
    ([("optional", 1), ("optional", 0)], 0),
    ([("list",)], 0),
    ([("list", 2**80)], 0),
    ([("tuple", 0, 0)], 0),
    ([("dict", "str")], 0),
    ([("choice",)], 0),
    ([("choice", [])], 0),
    ([("choice", {1: 2})], 0),
    ([("choice", {"\ud800": 2})], 0),
    ([("call",)], 0),
    ([("call", 1)], 0),
    ([("class", Weak)], 0),
    ([("class", Weak, (), False, 1)], 0),
    (with_class(cl="Weak"), 1),
    (with_class(cl=Weak("a")), 1),
    (with_class(cl=int), 1),
    (with_class(cl=Enum, fields=()), 1),
    (with_class(cl=CodeError, fields=()), 1),
    (with_class(cl=Abstract, fields=()), 1),
    (with_class(cl=Own, fields=()), 1),
    (with_class(cl=type("Tuple", (tuple,), {}), fields=()), 1),
    (with_class(cl=type("Int", (int,), {}), fields=()), 1),
    (with_class(cl=type("Meta", (type,), {}), fields=()), 1),
    (with_class(cl=Empty), 1),
    (with_class(cl=Loose), 1),
    (with_class(fields=[]), 1),
    (with_class(fields=(None,)), 1),
    (with_class(fields=([],)), 1),
    (with_class(fields=((),)), 1),
    (with_class(fields=(field()[:-1],)), 1),
    (with_class(fields=((*field(), 1),)), 1),
    *(
        (with_class(fields=(field(**{name: value}),)), 1)
        for name, value in (
            *(("key", 1), ("key", b"a"), ("key", "\ud800"), ("key", None), ("name", 1), ("name", None)),
            *(("node", 2), ("node", -1), ("node", "0"), ("node", None), ("node", 1.0)),
            *(("slot", 1), ("slot", "value"), ("slot", property()), ("slot", Loose.__dict__["__dict__"])),
            *(("slot", Weak.__dict__["__weakref__"]), ("slot", int.__add__), ("slot", type.__dict__["__dictoffset__"])),
            *(("kind", -1), ("kind", 3), ("kind", None), ("kind", 2**40)),
        )
    ),
    (with_class(fields=(field(kind=FACTORY, default=1),)), 1),
]


@pytest.mark.parametrize("coder", [Decoder, Encoder])
@pytest.mark.parametrize(("plan", "root"), BAD)
def test_bad_plans(coder: Any, plan: Any, root: int) -> None:
    """A plan that is malformed raises TypeError, ValueError or OverflowError, and nothing worse."""
    with pytest.raises((TypeError, ValueError, OverflowError)):
        coder(plan, root, Aside)


def test_errors_of_a_plan_pass() -> None:
    """What a plan's own values raise passes."""
    for plan in (with_class(fields=(field(node=Index()),)), [("list", Index())]):
        with pytest.raises(ZeroDivisionError):
            Decoder(plan, 0, Aside)


def test_slow_must_be_callable() -> None:
    """The slow path is callable, and the root an int."""
    for arguments in (([("str",)], 0), ([("str",)], 0, None), ([("str",)], "0", Aside), ([("str",)], 0, Aside, 1)):
        with pytest.raises(TypeError):
            Decoder(*arguments)


def test_keywords() -> None:
    """The constructors take their arguments by name."""
    assert Decoder(plan=[("int",)], root=0, slow=Aside)("1") == 1
    assert Encoder(plan=[("int",)], root=0, slow=Aside)(1) == "1"


def test_a_plan_is_read_once() -> None:
    """A plan may be a tuple, and what is changed in a list later changes nothing."""
    nodes: list[Any] = [("int",), ("choice", choices := {"a": 1})]
    decode, choose = Decoder(nodes, 0, Aside), Decoder(tuple(nodes), 1, Aside)
    nodes.clear()
    choices.clear()

    assert decode("1") == 1
    assert choose('"a"') == 1


def test_a_plan_that_changes_while_it_is_read() -> None:
    """A plan that one of its own values empties is still read as it was."""

    class Emptying:
        def __index__(self) -> int:
            nodes.clear()
            return 1

    nodes: list[Any] = [("list", Emptying()), ("int",)]
    assert Decoder(nodes, 0, Aside)("[1]") == [1]


def test_fields_of_a_base() -> None:
    """A slot may be that of a base class, and a field without a key has its default and is not written."""
    cl = attrs.make_class("Sub", ["more"], bases=(Weak,), slots=True, frozen=True)
    fields = (field(), field(key=None, name="more", slot=cl.more, kind=VALUE, default=[1]))
    nodes = with_class(cl, fields)

    instance = Decoder(nodes, 1, Aside)('{"value":"a","more":2}')
    assert (instance.value, instance.more) == ("a", [1])
    assert Encoder(nodes, 1, Aside)(instance) == '{"value":"a"}'


def test_fields_that_are_equal() -> None:
    """A slot that two fields share has one of their values, and none of them leaks."""
    value = ["shared"]
    fields = (field(kind=VALUE, default=value), field(key=None, kind=VALUE, default=value))

    assert Decoder(with_class(fields=fields), 1, Aside)('{"value":"a"}').value is value


def test_no_plan_holds_its_list() -> None:
    """A decoder works after everything that its plan was made of is gone."""
    plan = Plan()
    decode = Decoder(plan.nodes, plan.type(list[str]), Aside)
    del plan

    assert decode('["a"]') == ["a"]
