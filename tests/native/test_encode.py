"""Encoding: the text is what ujson writes of the same builtins; what the plan does not accept goes to the slow path."""

import functools
import inspect
import json
import math
import sys
from enum import Enum
from random import Random
from typing import Any, Literal

import attrs
import pytest
import ujson
from classes import Color, Containers, Empty, Half, Loose, Node, Renamed, Scalars, Weak, Wide, Words
from plans import FACTORY, REQUIRED, VALUE, Aside, Encoder, Plan, decoder, encoder

from router_schema import FinishReason, RouterCompletionsResponseBody, RouterCompletionsUsage
from router_schema.openai import Completion

RANDOM = Random(8)


class Text(str):
    """A subclass of str."""


class Whole(int):
    """A subclass of int."""


class Real(float):
    """A subclass of float."""


WRITTEN: list[tuple[Any, Any, str]] = [
    (str, "", '""'),
    (str, 'a"\\/\b\f\n\r\t\x00\x1f\x7f', r'"a\"\\/\b\f\n\r\t\u0000\u001f' + '\x7f"'),
    (str, "é€😀\u2028", '"é€😀\u2028"'),
    (float, 26.0, "26"),
    (float, 26, "26"),
    (float, -0.0, "0"),
    (float, 2.0**53 - 1, "9007199254740991"),
    (float, 1 - 2.0**53, "-9007199254740991"),
    (float, 2**53 - 1, "9007199254740991"),
    (float, 2.0**53, "9007199254740992.0"),
    (float, 1e22, "1e+22"),
    (float, 1e-5, "1e-5"),
    (float, -1.5e-300, "-1.5e-300"),
    (float, 0.1, "0.1"),
    (int, 0, "0"),
    (int, 2**63 - 1, "9223372036854775807"),
    (int, -(2**63), "-9223372036854775808"),
    (int, 2**63, "9223372036854775808"),
    (bool, True, "true"),
    (bool, False, "false"),
    (Any, None, "null"),
    (Any, [1, 2.0, "x", True, {"a": [None], "b": {}}], '[1,2,"x",true,{"a":[null],"b":{}}]'),
    (Any, {"é": 1.5}, '{"é":1.5}'),
    (FinishReason, FinishReason.STOP, '"stop"'),
    (Color, Color.GREEN, r'"gr\"een"'),
    (Color, Color.BLUE, '"bleu é"'),
    (Words, Words("word 39"), '"word 39"'),
    (Literal["on", "off"], "off", '"off"'),
    (Literal["on", "off"], "".join(["o", "f", "f"]), '"off"'),
    (float | None, None, "null"),
    (float | None, 1.5, "1.5"),
    (tuple[int, ...], (), "[]"),
    (tuple[int, ...], (1, 2), "[1,2]"),
    (list[str], [], "[]"),
    (list[str], ["a", "b"], '["a","b"]'),
    (dict[str, float], {}, "{}"),
    (dict[str, float], {"a": 1.0, 'b"': 2}, '{"a":1,"b\\"":2}'),
    (Scalars, Scalars("t", 1, 2, True, [None]), '{"text":"t","real":1,"whole":2,"flag":true,"anything":[null]}'),
    (Containers, Containers(), "{}"),
    (Containers, Containers(items=[3], mode="off"), '{"items":[3],"mode":"off"}'),
    (Containers, Containers(pairs=("a",), maybe=2), '{"pairs":["a"],"maybe":2}'),
    (Containers, Containers(table={"a": 1}, color=Color.BLUE), '{"table":{"a":1},"color":"bleu é"}'),
    (Node, Node("a", (Node("b"),), Node("c")), '{"name":"a","children":[{"name":"b"}],"next":{"name":"c"}}'),
    (Loose, Loose("a"), '{"name":"a"}'),
    (Loose, Loose("a", 2), '{"name":"a","size":2}'),
    (Half, Half("a", 1.5, "x"), '{"name":"a","extra":"x"}'),
    (Renamed, Renamed(1, 2), '{"clé €":1,"a\\"\\\\\\n":2}'),
    (Empty, Empty(), "{}"),
    (Wide, Wide(*range(150)), json.dumps({f"field_{n}": n for n in range(150)}, separators=(",", ":"))),
]

STEPPED_ASIDE: list[tuple[Any, Any]] = [
    *((str, value) for value in (None, 1, b"a", "\ud800", "x" * 100 + "\udfff", Text("a"), FinishReason.STOP)),
    *((float, value) for value in (None, "1", True, math.nan, math.inf, -math.inf, 2**53, -(2**53), Real(1))),
    *((float, value) for value in (Whole(1), 1j)),
    *((int, value) for value in (None, 1.0, True, "1", Whole(1))),
    *((bool, value) for value in (None, 0, 1, "true")),
    *((Any, value) for value in ((1,), {1: 2}, {Text("a"): 1}, b"a", math.nan, [math.inf], Text("a"))),
    *((Any, value) for value in (Whole(1), Real(1.0), {1, 2}, object(), ["\ud800"], {"\ud800": 1}, FinishReason.STOP)),
    *((FinishReason, value) for value in ("stop", None, 1, Color.RED, Text("stop"))),
    *((Color, value) for value in ("red", None)),
    *((Literal["on", "off"], value) for value in ("On", "", None, Text("on"), 1)),
    *((float | None, value) for value in ("", math.nan, False)),
    *((tuple[int, ...], value) for value in ([], None, (1, "2"), ((),), type("T", (tuple,), {})())),
    *((list[int], value) for value in ((), None, [1, None], type("L", (list,), {})())),
    *((dict[str, float], value) for value in ([], None, {"a": None}, {1: 1.0}, {Text("a"): 1.0}, {"\ud800": 1.0})),
    *((dict[str, float], value) for value in (type("D", (dict,), {})(),)),
    *((Node, value) for value in (None, {"name": "a"}, Weak("a"), Node(None), Node("a", []))),
    *((Node, value) for value in (Node("a", (None,)), Node("a", (), Weak("b")), object.__new__(Node))),
    *((Loose, value) for value in (Half("a"), Loose(1), object.__new__(Loose))),
    *((Containers, value) for value in (Containers(maybe="x"), Containers(items=()), Containers(items=["a"]))),
]


@pytest.mark.parametrize(("cl", "value", "expected"), WRITTEN)
def test_written(cl: Any, value: Any, expected: str) -> None:
    """Each node writes its values; a str without other characters is compact ASCII."""
    text = encoder(cl)(value)

    assert text == expected
    assert type(text) is str
    assert text.isascii() == expected.isascii()
    assert encoder(list[cl])([value, value]) == f"[{expected},{expected}]"


@pytest.mark.parametrize(("cl", "value"), STEPPED_ASIDE)
def test_stepped_aside(cl: Any, value: Any) -> None:
    """What a node does not accept goes to the slow path, which gets the very argument of the call."""
    assert encoder(cl)(value).argument is value
    assert isinstance(encoder(dict[str, cl])({"a": value}), Aside)


def test_long_ints() -> None:
    """An int of 4,300 digits is written; one with more goes to the slow path."""
    for sign in (1, -1):
        assert encoder(int)(sign * (10**4300 - 1)) == ("-" if sign < 0 else "") + "9" * 4300
        for value in (sign * 10**4300, sign * 10**5000):
            assert encoder(int)(value).argument is value
            assert encoder(Any)([value]).argument == [value]
        assert isinstance(encoder(float)(sign * 10**400), Aside)


def test_long_ints_without_a_limit() -> None:
    """An int of more than 4,300 digits goes to the slow path also where CPython would convert it."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        assert encoder(int)(-(10**4299)) == "-1" + "0" * 4299
        for value in (10**4300, -(10**4300)):
            assert encoder(int)(value).argument is value
    finally:
        sys.set_int_max_str_digits(limit)


def test_control_characters() -> None:
    """Each control character is written as an escape, the short one where JSON has it."""
    for code in range(32):
        for around in ("", "x" * 7, "x" * 40):
            value = around + chr(code) + around
            assert encoder(str)(value) == json.dumps(value)


def random_value(depth: int = 0) -> Any:
    kind = RANDOM.randrange(8 if depth < 5 else 6)
    if kind == 6:
        return [random_value(depth + 1) for _ in range(RANDOM.randrange(6))]
    if kind == 7:
        return {random_text(): random_value(depth + 1) for _ in range(RANDOM.randrange(6))}
    whole = RANDOM.randrange(-(10 ** RANDOM.randrange(1, 30)), 10**5)
    return (None, True, False, random_text(), whole, RANDOM.uniform(-1, 1) * 10.0 ** RANDOM.randrange(-30, 30))[kind]


def random_text() -> str:
    letters = ["a", '"', "\\", "\n", "\x01", "\x7f", "é", "€", "😀", "/", "abcdefghijklmnop"]
    return "".join(RANDOM.choices(letters[: RANDOM.choice((1, 6, 11))], k=RANDOM.randrange(12)))


def tidy(value: Any) -> Any:
    """The value with its integral floats as ints."""
    if isinstance(value, list):
        return [tidy(item) for item in value]
    if isinstance(value, dict):
        return {key: tidy(item) for key, item in value.items()}
    return int(value) if isinstance(value, float) and abs(value) < 2**53 and value.is_integer() else value


def test_random_values() -> None:
    """Random builtins are written as ujson writes them."""
    encode = encoder(Any)
    for _ in range(4000):
        value = random_value()
        assert encode(value) == ujson.dumps(tidy(value), ensure_ascii=False, escape_forward_slashes=False)


def test_every_place_of_an_escape() -> None:
    """A character that must be escaped is escaped at every place of a string of every length around the blocks."""
    encode = encoder(str)
    for length in range(50):
        for place in range(length):
            for special in '"\n\x01é':
                value = "x" * place + special + "y" * (length - place - 1)
                assert encode(value) == json.dumps(value, ensure_ascii=False)
                assert encode(value + special) == json.dumps(value + special, ensure_ascii=False)


def test_round_trip() -> None:
    """A decoded instance is encoded to text that decodes to an equal instance."""
    logprobs = {"tokens": ["a", "é"], "token_logprobs": [None, -0.25], "top_logprobs": [None, {"a": -1.5e-05}]}
    choice = {"text": "é\n", "index": 0, "finish_reason": None, "logprobs": logprobs}
    text = json.dumps({"id": "1", "choices": [choice], "created": 1, "model": "m", "object": "o", "usage": {}})
    completion = decoder(Completion)(text)

    assert decoder(Completion)(encoder(Completion)(completion)) == completion


def test_usage() -> None:
    """A count that is None is left out; without omission it is written."""
    usage = RouterCompletionsUsage(prompt_tokens=26.0)

    assert encoder(RouterCompletionsUsage)(usage) == '{"prompt_tokens":26}'
    assert encoder(RouterCompletionsUsage, omit=False)(usage) == (
        '{"completion_tokens":null,"prompt_tokens":26,"total_tokens":null}'
    )


# --- omission ---


class Equal:
    """An object whose comparisons return a fixed result."""

    def __init__(self, result: Any) -> None:
        self.result = result

    def __eq__(self, other: object) -> Any:
        if isinstance(self.result, type):
            raise self.result
        return self.result

    __hash__ = None


def omitting(default: Any, kind: int, value: Any, slow: Any = Aside) -> Any:
    """Encode an instance with *value* in a field of that default, between two others."""
    cl = attrs.make_class("Omitting", ["a", "b", "c"], slots=True)
    plan = Plan()
    any_value = plan.add("any")
    fields = (
        ("a", "a", any_value, cl.a, REQUIRED, None, True),
        ("b", "b", any_value, cl.b, kind, default, True),
        ("c", "c", any_value, cl.c, REQUIRED, None, False),
    )
    root = plan.add("class", cl, fields, False)
    return Encoder(plan.nodes, root, slow)(cl(1, value, 2))


@pytest.mark.parametrize(
    ("default", "value", "written"),
    [
        (1, 1, False),
        (1, 1.0, False),
        (1, 2, True),
        (None, None, False),
        (None, 0, True),
        (0, None, True),
        ("a", "a", False),
        ([1], [1], False),
        ([1], [2], True),
        (Equal(True), 5, False),
        (Equal(False), 5, True),
        (Equal("yes"), 5, False),
    ],
)
def test_omitted(default: Any, value: Any, written: bool) -> None:
    """A field that equals its default is left out, with its comma and key."""
    expected = f'{{"a":1,"b":{json.dumps(value)},"c":2}}' if written else '{"a":1,"c":2}'

    assert omitting(default, VALUE, value) == expected
    assert omitting(lambda: default, FACTORY, value) == expected


def test_first_field_omitted() -> None:
    """The field behind one that is left out is written without a comma, if it is the first."""
    assert encoder(Containers)(Containers(maybe=1)) == '{"maybe":1}'
    assert encoder(Containers)(Containers(items=[1], maybe=1)) == '{"items":[1],"maybe":1}'


def test_omitted_content_is_checked() -> None:
    """A value that equals its default must still be one that can be written."""
    assert isinstance(omitting(math.inf, VALUE, math.inf), Aside)
    assert isinstance(omitting((), VALUE, ()), Aside)


class NoTruth:
    """Something that is neither true nor false."""

    def __bool__(self) -> bool:
        raise ValueError


@pytest.mark.parametrize("error", [ValueError, MemoryError, RecursionError])
def test_comparison_that_raises(error: type[Exception]) -> None:
    """A comparison or a factory that raises goes to the slow path, and its exception is dropped."""

    def slow(obj: Any) -> str:
        raise LookupError

    def factory() -> Any:
        raise error

    defaults = (Equal(error), VALUE), (lambda: Equal(error), FACTORY), (factory, FACTORY), (Equal(NoTruth()), VALUE)
    for default, kind in defaults:
        with pytest.raises(LookupError) as caught:
            omitting(default, kind, 5, slow)
        assert caught.value.__context__ is None


def test_comparison_that_interrupts() -> None:
    """An exception that is not an Exception propagates."""
    with pytest.raises(KeyboardInterrupt):
        omitting(Equal(KeyboardInterrupt), VALUE, 5)


# --- calls, nesting, changes under way ---


def calling(function: Any) -> Encoder:
    plan = Plan()
    return Encoder(plan.nodes, plan.add("list", plan.add("call", function)), Aside)


def test_a_call() -> None:
    """A call node writes what its function returns, which must be builtins; None goes to the slow path."""
    assert calling(lambda value: {"v": value})([1, "a"]) == '[{"v":1},{"v":"a"}]'
    assert isinstance(calling(lambda value: None)([1]), Aside)
    assert isinstance(calling(lambda value: (1,))([1]), Aside)
    assert isinstance(calling(lambda value: 1 // value)([0]), Aside)


def test_a_list_that_changes() -> None:
    """A function may change the list that is being written: items that are gone are not written."""
    values = [1, 2, 3, 4]

    def function(value: int) -> int:
        values.clear()
        return value

    assert calling(function)(values) == "[1]"


def test_a_dict_that_changes() -> None:
    """A dict that grows or shrinks while it is being written goes to the slow path."""
    for change in (dict.clear, lambda table: table.update({len(table): 1})):
        table = {"a": 1, "b": 2}

        def function(value: int, table: Any = table, change: Any = change) -> int:
            change(table)
            return value

        plan = Plan()
        encode = Encoder(plan.nodes, plan.add("dict", plan.add("call", function)), Aside)
        assert isinstance(encode(table), Aside)


def test_an_instance_that_changes() -> None:
    """A function may replace the attribute that is being written."""
    cl = attrs.make_class("Changing", ["a"], slots=True)
    value = cl([[1], [2]])

    def function(item: list[int]) -> list[int]:
        value.a = None
        return item

    plan = Plan()
    items = plan.add("list", plan.add("call", function))
    root = plan.add("class", cl, (("a", "a", items, cl.a, REQUIRED, None, False),), False)
    assert Encoder(plan.nodes, root, Aside)(value) == '{"a":[[1],[2]]}'


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}])
def test_nesting(wrap: Any) -> None:
    """200 containers may nest; the 201st goes to the slow path, and so does one that contains itself."""
    value: Any = []
    for _ in range(199):
        value = wrap(value)
    assert json.loads(encoder(Any)(value)) == value
    assert isinstance(encoder(Any)(wrap(value)), Aside)

    endless: list[Any] = []
    endless.append(endless)
    assert isinstance(encoder(Any)(endless), Aside)


def test_nesting_of_instances() -> None:
    """Instances and tuples count as containers."""
    value = Node("")
    for _ in range(99):
        value = Node("", (value,))
    assert decoder(Node)(encoder(Node)(value)) == value
    assert isinstance(encoder(Node)(Node("", (Node("", (value,)),))), Aside)


def test_wide() -> None:
    """Containers that were left do not count, and a text may outgrow every buffer."""
    value = [[[[]]] * 10] * 1000

    assert json.loads(encoder(Any)(value)) == value


# --- the callable ---


def test_called_by_keyword() -> None:
    """The argument may be named; any other call is a TypeError."""
    encode = encoder(int)

    assert encode(obj=1) == "1"
    for arguments, names in (((), {}), ((1, 2), {}), ((1,), {"obj": 1}), ((), {"data": 1})):
        with pytest.raises(TypeError, match="expected one argument: obj"):
            encode(*arguments, **names)


def test_signature_and_help() -> None:
    """An encoder looks like the function that it stands for."""
    encode = encoder(RouterCompletionsResponseBody)

    assert str(inspect.signature(encode)) == "(obj)"
    assert repr(encode) == "<router_schema._native.Encoder of RouterCompletionsResponseBody>"
    assert "EncodeError" in str(encode.__doc__)


def test_members_of_enums_with_strings() -> None:
    """A member is written for itself alone, even where it is a str: an equal str is not a member."""
    mixed = Enum("mixed", {"A": "a"}, type=str)

    assert encoder(mixed)(mixed.A) == '"a"'
    assert isinstance(encoder(mixed)("a"), Aside)


def test_an_encoder_that_reaches_itself() -> None:
    """An encoder that calls itself by way of functions written in C steps aside at a depth of 100."""
    function: Any = functools.partial(len)
    aside: list[Any] = []
    encode = Encoder([("call", function)], 0, aside.append)
    function.__setstate__((encode, (), {}, {}))

    assert encode([]) is None
    assert len(aside) == 101  # once at the bottom, and once for each call that got None
