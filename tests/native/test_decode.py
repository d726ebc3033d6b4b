"""Decoding: what each node accepts and what it makes of it; everything else goes to the slow path."""

import functools
import gc
import inspect
import json
import math
import pickle
import weakref
from typing import Any, Literal

import attrs
import pytest
from classes import Color, Containers, Empty, Half, Loose, Node, Renamed, Scalars, Weak, Wide, Words
from plans import REQUIRED, Aside, Decoder, Plan, decoder

from router_schema import FinishReason, RouterCompletionsResponseBody
from router_schema.openai import Completion

BODY = {
    "id": "cmpl-1",
    "object": "text_completion",
    "created": 1760000123,
    "model": "writer",
    "choices": [{"text": 'It is "raining"\n', "index": 0, "logprobs": None, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "total_tokens": 26.5},
    "system_fingerprint": "fp",
}

ACCEPTED: list[tuple[Any, str, Any]] = [
    (str, '""', ""),
    (str, '"text"', "text"),
    (str, r'"\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00"', '"\\/\b\f\n\r\tAé€😀'),
    (str, '"é€😀"', "é€😀"),
    (str, '"\x7f"', "\x7f"),
    (str, r'"\u0000"', "\0"),
    (float, "0", 0.0),
    (float, "-0", 0.0),
    (float, "-0.0", -0.0),
    (float, "26", 26.0),
    (float, "26.0", 26.0),
    (float, "2.6e1", 26.0),
    (float, "1023", 1023.0),
    (float, "1024", 1024.0),
    (float, "9007199254740993", 9007199254740992.0),
    (float, "123456789012345678901234567890", 1.2345678901234568e29),
    (float, "-1.5E-3", -0.0015),
    (float, "1e300", 1e300),
    (float, "1e-400", 0.0),
    (int, "0", 0),
    (int, "-0", 0),
    (int, "-12", -12),
    (int, "999999999999999999", 10**18 - 1),
    (int, "9223372036854775807", 2**63 - 1),
    (int, "9223372036854775808", 2**63),
    (int, "-9223372036854775808", -(2**63)),
    (int, "1" * 4300, int("1" * 4300)),
    (bool, "true", True),
    (bool, "false", False),
    (Any, "null", None),
    (Any, "true", True),
    (Any, "false", False),
    (Any, "1", 1),
    (Any, "1.0", 1.0),
    (Any, "12345678901234567890.5", 12345678901234567890.5),
    (Any, '{"a": [1, "x", {"b": {}}, []], "a b": null}', {"a": [1, "x", {"b": {}}, []], "a b": None}),
    (FinishReason, '"stop"', FinishReason.STOP),
    (Color, '"red"', Color.RED),
    (Color, r'"gr\"een"', Color.GREEN),
    (Color, '"bleu é"', Color.BLUE),
    (Words, '"word 0"', Words("word 0")),
    (Words, '"word 39"', Words("word 39")),
    (Literal["on", "off"], '"off"', "off"),
    (float | None, "null", None),
    (float | None, "1", 1.0),
    (tuple[int, ...], "[]", ()),
    (tuple[int, ...], "[1,2]", (1, 2)),
    (list[int], " [ 1 , 2 ] ", [1, 2]),
    (list[list[str]], '[[],["a"]]', [[], ["a"]]),
    (list[int], str(list(range(300))), list(range(300))),
    (tuple[str | None, ...], '["a",null]', ("a", None)),
    (dict[str, float], "{}", {}),
    (
        dict[str, float],
        '{"a":1,"a long key of some thirty chars":2}',
        {"a": 1.0, "a long key of some thirty chars": 2.0},
    ),
    (dict[str, float], '{"a":1,"b":2,"a":3}', {"a": 3.0, "b": 2.0}),
    (dict[str, float], r'{"\u0061\n":1,"é":2}', {"a\n": 1.0, "é": 2.0}),
    (Scalars, '{"text":"t","real":1,"whole":2,"flag":true,"anything":[1.0]}', Scalars("t", 1.0, 2, True, [1.0])),
    (Scalars, '{"anything":{},"flag":false,"whole":2,"real":1,"text":"t"}', Scalars("t", 1.0, 2, False, {})),
    (Containers, "{}", Containers()),
    (Containers, '{"maybe":null,"items":[3]}', Containers(items=[3])),
    (Containers, '{"table":{"a":1},"color":"red","mode":"off"}', Containers(table={"a": 1.0}, mode="off")),
    (Node, '{"name":"a","next":{"name":"b"},"children":[{"name":"c"}]}', Node("a", (Node("c"),), Node("b"))),
    (Loose, '{"name":"a"}', Loose("a")),
    (Loose, '{"size":2,"name":"a"}', Loose("a", 2.0)),
    (Half, '{"extra":"x","name":"a"}', Half("a", 1.5, "x")),
    (Renamed, '{"clé €":1,"a\\"\\\\\\n":2}', Renamed(1, 2)),
    (Renamed, '{"clé €":1,"a\\"\\\\\\n":2,"hidden":3}', Renamed(1, 2)),
    (Empty, "{}", Empty()),
    (Empty, '{"x":1}', Empty()),
    (Weak, '{"value":"x"}', Weak("x")),
    (Wide, json.dumps({f"field_{n}": n for n in range(150)}), Wide(*range(150))),
    (list[RouterCompletionsResponseBody], "[]", []),
]

STEPPED_ASIDE: list[tuple[Any, str]] = [
    *((str, text) for text in ("1", "null", "true", "[]", "{}", "", '"', '"a', '"a\n"', '"\x1f"', r'"\x"', r'"\u12"')),
    *(
        (str, text)
        for text in (r'"\ud800"', r'"\udc00"', r'"\ud800\u0041"', r'"\ud800x"', r'"\u12g4"', '"\\', '"\\u00')
    ),
    *(
        (float, text)
        for text in ('"1"', "null", "true", "1e400", "-1e400", "NaN", "Infinity", "-Infinity", "nan", "inf")
    ),
    *(
        (float, text)
        for text in ("01", "-01", "00", "+1", ".5", "1.", "-", "-.5", "1e", "1e+", "1.e1", "0x1", "1_0", "1f")
    ),
    *((float, text) for text in ("9" * 400, "1" * 400 + ".5", "- 1", "1 2", "1,")),
    *((int, text) for text in ("1.0", "1e1", '"1"', "true", "null", "01", "-", "1" * 4301, "-" + "1" * 4301)),
    *((bool, text) for text in ("0", "1", '"true"', "null", "True", "tru", "truee", "fals", "t")),
    *(
        (Any, text)
        for text in ("", "nul", "tru", "fals", "[", "{", "[1", '{"a"', '{"a":', '{"a":1', "[1,]", '{"a":1,}')
    ),
    *((Any, text) for text in ("[,]", "{,}", '{"a"}', "{1:2}", '{"a" 1}', "[1 2]", "1e400", "1" * 4301, r'"\ud800"')),
    *(
        (Any, text)
        for text in (r'{"\ud800":1}', r'["\udc00"]', "[1]]", "\ufeff1", "\xa01", "1\0", "'a'", "[1}", '{"a":1]')
    ),
    *((FinishReason, text) for text in ('"Stop"', '"stop', '"stopped"', "1", "null", '""', '"sto"')),
    *((Words, text) for text in ('"word 40"', "1", '"word', '"word \ud800"', r'"word \ud800"', r'"word \u0033\u0039"')),
    *((float | None, text) for text in ("nul", "nulll", '""')),
    *((tuple[int, ...], text) for text in ("{}", "null", "[null]", "[1.5]", "[1,", '"a"', "[1 2]", "[1}")),
    *((list[int], text) for text in ("{}", "null", '["1"]', "[", "[1")),
    *(
        (dict[str, float], text)
        for text in ("[]", "null", '{"a":"1"}', '{"a":null}', '{"a"}', "{", '{"a":1 "b":2}', "{1:1}")
    ),
    *((Node, text) for text in ("{}", "[]", "null", '{"name":null}', '{"name":"a","next":{}}', '{"name":"a"')),
    *(
        (Node, text)
        for text in ('{"name" "a"}', '{"name":"a",}', '{"name":"a" "x":1}', '{name:"a"}', '{"name":"a","x"}')
    ),
    *(
        (Node, text)
        for text in (r'{"nam\u0065":"a"}', r'{"name":"a","\u0078":1}', '{"name":"a","x":tru}', '{"name":"a"]')
    ),
    *((Loose, text) for text in ("{}", '{"name":"a","size":"b"}')),
    *((Empty, text) for text in ("[]", "{", '{"x"}', '{"x":}', "{x:1}")),
    (Wide, json.dumps({f"field_{n}": n for n in range(149)})),
]


def same(value: Any, expected: Any) -> bool:
    """Whether two values are equal, of the same types, and zeros of the same sign."""
    return type(value) is type(expected) and value == expected and repr(value) == repr(expected)


@pytest.mark.parametrize(("cl", "text", "expected"), ACCEPTED)
def test_accepted(cl: Any, text: str, expected: Any) -> None:
    """Each node makes its value of the text, whatever the text is held in and whatever white space is around."""
    decode = decoder(cl)

    for data in (text, text.encode(), bytearray(text.encode()), memoryview(text.encode()), f" \t\r\n{text}\n\r\t "):
        assert same(decode(data), expected)


@pytest.mark.parametrize(("cl", "text"), STEPPED_ASIDE)
def test_stepped_aside(cl: Any, text: str) -> None:
    """What a node does not accept goes to the slow path, which gets the very argument of the call."""
    decode = decoder(cl)

    for data in (text, text.encode("utf-8", "surrogatepass"), bytearray(text.encode("utf-8", "surrogatepass"))):
        assert decode(data) == Aside(data)
        assert decode(data).argument is data


@pytest.mark.parametrize("data", [None, 1, ["{}"], {}, object()], ids=lambda value: type(value).__name__)
def test_no_text(data: Any) -> None:
    """An argument that is not text goes to the slow path."""
    assert decoder(Any)(data).argument is data


def test_subclasses_of_the_text_types() -> None:
    """Subclasses of bytes, bytearray and str are texts too."""
    kinds = [type("B", (bytes,), {}), type("A", (bytearray,), {}), type("S", (str,), {})]
    texts = [kinds[0](b"[1]"), kinds[1](b"[1]"), kinds[2]("[1]"), kinds[2]('"é"')]

    assert [decoder(Any)(text) for text in texts] == [[1], [1], [1], "é"]


def test_a_body() -> None:
    """The router's body decodes to the instance that its constructor would make."""
    decode = decoder(RouterCompletionsResponseBody)
    body = decode(json.dumps(BODY))

    assert body.choices[0].text == 'It is "raining"\n'
    assert body.usage.prompt_tokens == 9.0
    assert body.usage.completion_tokens is None
    assert attrs.asdict(body)["created"] == 1760000123.0
    assert hash(body) == hash(decode(json.dumps(dict(reversed(BODY.items())), indent=2)))
    assert pickle.loads(pickle.dumps(body)) == body


def test_logprobs() -> None:
    """An official completion with log probabilities keeps every digit of them."""
    logprobs = {"tokens": ["a"], "token_logprobs": [-0.14871612296411541], "top_logprobs": [{"a": -1e-05, "b": None}]}
    body = {**BODY, "choices": [{**BODY["choices"][0], "logprobs": logprobs}]}
    del logprobs["top_logprobs"][0]["b"]
    body["usage"] = {"prompt_tokens": 9}

    decoded = decoder(Completion)(json.dumps(body))

    assert decoded.choices[0].logprobs.token_logprobs == (-0.14871612296411541,)
    assert decoded.choices[0].logprobs.top_logprobs == ({"a": -1e-05},)


SKIPPED = (
    *("1", "-1.5e3", "1e400", "1" * 5000, '"x"', r'"\ud800"', r'"\n\u00e9"', '"' + "x" * 100 + '"', "true", "false"),
    *("null", "[]", "{}", "[1,2]", '{"a":[{"b":"é"}],"c":null}', " [ 1 , { } ] ", '{"a":1,"a":2}'),
)


@pytest.mark.parametrize("value", SKIPPED)
def test_unknown_keys(value: str) -> None:
    """A key that the class does not name is skipped, if its value is JSON."""
    for text in (f'{{"x":{value},"name":"a"}}', f'{{"name":"a","x":{value}}}', f'{{ "name" : "a" , "clé" : {value} }}'):
        assert decoder(Node)(text) == Node("a")


NO_JSON = (
    *("", "x", "01", "1.", "-", '"', '"\x01"', r'"\x"', r'"\u00g0"', '"\ud800"', '{"\\', "tru", "nul", "falsy"),
    *("[", "[1", "[1,", "[1 2]", "[,]", "[1,]", "[}", "{", '{"a"', '{"a":', '{"a":1', '{"a":1,}', "{1:1}", '{"a":1]'),
)


@pytest.mark.parametrize("value", NO_JSON)
def test_unknown_keys_with_no_json(value: str) -> None:
    """Also in what is skipped, text that is not JSON goes to the slow path."""
    text = f'{{"name":"a","x":{value}}}'.encode("utf-8", "surrogatepass")

    assert decoder(Node)(text) == Aside(text)


def test_forbidden_extra_keys() -> None:
    """Where extra keys are forbidden, a text with one goes to the slow path, at every level."""
    decode = decoder(Node, forbid_extra_keys=True)

    assert decode('{"name":"a","next":{"name":"b"}}') == Node("a", (), Node("b"))
    assert isinstance(decode('{"name":"a","x":1}'), Aside)
    assert isinstance(decode('{"name":"a","next":{"name":"b","x":1}}'), Aside)


def test_the_last_of_equal_keys_counts() -> None:
    """Of the same keys the last one counts, and the values of the others are released."""
    assert decoder(Node)('{"name":"a","next":null,"name":"b","name":"c"}') == Node("c")


def test_keys_are_found_in_any_order() -> None:
    """The order of keys is a guess: it may change from text to text, keys may be absent, and others in between."""
    decode = decoder(Containers)
    values = {"items": [1], "pairs": ["a"], "table": {"k": 1.0}, "mode": "off", "maybe": 2.5}
    expected = decode(json.dumps(values))

    for shift in range(5):
        keys = [*list(values)[shift:], *list(values)[:shift]]
        assert decode(json.dumps({key: values[key] for key in keys})) == expected
        assert decode(json.dumps({key: values[key] for key in reversed(keys)} | {"x": 1})) == expected
        assert decode("{}") == Containers()
    assert decode('{"mode":"off"}').mode == "off"


def test_keys_with_equal_beginnings() -> None:
    """Keys are compared as a whole, also where one starts with another or they differ in one byte."""
    names = [*("a" * n for n in range(1, 30)), *("a" * n + "b" for n in range(1, 30))]
    cl = attrs.make_class("Prefixes", {name: attrs.field(type=int, default=-1) for name in names})
    decode = decoder(cl)

    for n, name in enumerate(names):
        for text in (f'{{"{name}":{n}}}', f'{{ "{name}" :{n}}}', f'{{"{name}":{n},"x":{" " * 40}1}}'):
            value = decode(text)
            assert getattr(value, name) == n
            assert sum(getattr(value, other) for other in names) == n - len(names) + 1


# --- nesting ---


@pytest.mark.parametrize(
    ("cl", "start", "end"),
    [
        (Any, "[", "]"),
        (Any, '{"a":', "}"),
        (Node, '{"name":"","next":', "}"),
        (Node, '{"name":"","children":[', "]}"),
    ],
)
def test_nesting(cl: Any, start: str, end: str) -> None:
    """200 containers may nest; the 201st goes to the slow path."""
    levels = start.count("[") + start.count("{")
    inner = '{"name":""}' if cl is Node else "[]"
    deepest = (200 - 1) // levels

    assert not isinstance(decoder(cl)(start * deepest + inner + end * deepest), Aside)
    assert isinstance(decoder(cl)(start * (deepest + 1) + inner + end * (deepest + 1)), Aside)


def test_nesting_of_what_is_skipped() -> None:
    """What is skipped counts as well."""
    decode = decoder(Empty)

    assert decode('{"x":' + "[" * 199 + "]" * 199 + "}") == Empty()
    assert isinstance(decode('{"x":' + "[" * 200 + "]" * 200 + "}"), Aside)
    assert isinstance(decode('{"x":' + '{"a":' * 200 + "1" + "}" * 200 + "}"), Aside)
    assert isinstance(decode("[" * 100_000), Aside)


def test_wide_after_deep() -> None:
    """Containers that were left do not count."""
    assert decoder(list[list[list[int]]])(f"[{','.join(['[[1],[2]]'] * 1000)}]") == [[[1], [2]]] * 1000


# --- shared values ---


def test_shared_values_do_not_show() -> None:
    """Strings and floats that texts have in common may be one object, of the very types and values that others have."""
    decode = decoder(Scalars)
    text = '{"text":"shared","real":%s,"whole":1,"flag":true,"anything":null}'

    values = [decode(text % number) for number in ("0", "-0.0", "0.0", "5", "5.0", "5e0", "1023", "1024", "-5")]

    assert [value.real for value in values] == [0.0, 0.0, 0.0, 5.0, 5.0, 5.0, 1023.0, 1024.0, -5.0]
    assert [math.copysign(1, value.real) for value in values[:3]] == [1, -1, 1]
    assert {type(value.real) for value in values} == {float}
    assert {type(value.text) for value in values} == {str}
    assert values[0].text is values[1].text
    assert pickle.loads(pickle.dumps(values)) == values


def test_strings_that_change() -> None:
    """A field's string is read again if it differs from those read before, even if only in what follows it."""
    decode = decoder(Weak)
    for text in ("a", "b", "a", "ab", "a", "abc", "", "a\\n", "é", "a" * 64, "a" * 65, "a" * 64, "b" * 64, 'a\\"', "a"):
        assert decode(f'{{"value":"{text}"}}').value == json.loads(f'"{text}"')


def test_keys_that_collide() -> None:
    """Ten thousand keys of all lengths are each themselves, though few of them fit in the table of shared ones."""
    keys = [f"{n:0{n % 70}}" for n in range(10_000)]
    text = json.dumps(dict.fromkeys(keys, 1))

    for _ in range(2):
        assert list(decoder(dict[str, int])(text)) == list(dict.fromkeys(keys))


# --- calls ---


def calling(function: Any, slow: Any = Aside) -> Decoder:
    plan = Plan()
    return Decoder(plan.nodes, plan.add("list", plan.add("call", function)), slow)


def test_a_call() -> None:
    """A call node returns what its function makes of the parsed value; None steps aside."""
    assert calling(lambda value: (value,))('[1,{"a":null}]') == [(1,), ({"a": None},)]
    assert calling(lambda value: None)("[]") == []
    assert isinstance(calling(lambda value: None)("[1]"), Aside)
    assert isinstance(calling(lambda value: (value,))("[1,x]"), Aside)


def test_a_call_that_raises() -> None:
    """What a function raises is dropped, and does not become the context of what the slow path raises."""

    def slow(data: Any) -> Any:
        raise LookupError(data)

    def function(value: Any) -> Any:
        raise MemoryError if value else RecursionError

    for text in ("[0]", "[1]"):
        with pytest.raises(LookupError) as caught:
            calling(function, slow)(text)
        assert caught.value.__context__ is None


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_a_call_that_interrupts(error: type[BaseException]) -> None:
    """An exception that is not an Exception propagates, and the slow path is not called."""

    def function(value: Any) -> Any:
        raise error

    def slow(data: Any) -> Any:
        pytest.fail("called")

    with pytest.raises(error):
        calling(function, slow)("[1]")


def test_nothing_is_alive_when_the_slow_path_runs() -> None:
    """Values that were read before the decoder stepped aside are gone when the slow path runs."""
    seen: list[weakref.ref[Weak]] = []

    def function(value: Any) -> Weak:
        made = Weak(value)
        seen.append(weakref.ref(made))
        return made

    def slow(data: Any) -> list[Any]:
        return [made() for made in seen]

    assert calling(function, slow)("[1,2,3") == [None, None, None]


def test_a_factory_that_raises() -> None:
    """A default's factory that raises, or a class that cannot store a value, goes to the slow path."""
    plan = Plan()
    text = plan.add("str")
    fields = (("a", "a", text, None, 2, {}.popitem, False),)
    root = plan.add("class", Loose, fields, False)
    decode = Decoder(plan.nodes, root, Aside)

    assert isinstance(decode("{}"), Aside)
    assert decode('{"a":"b"}').__dict__ == {"a": "b"}


def test_an_attribute_that_cannot_be_set() -> None:
    """An attribute that a property of the class hides cannot be set: the slow path decides."""
    plan = Plan()
    cl = type("Hidden", (), {"a": property(lambda self: 1)})
    root = plan.add("class", cl, (("a", "a", plan.add("str"), None, REQUIRED, None, False),), False)

    assert isinstance(Decoder(plan.nodes, root, Aside)('{"a":"b"}'), Aside)


def test_a_buffer_that_changes() -> None:
    """A function may overwrite and resize the bytearray that is being decoded: the decoder has a copy."""
    data = bytearray(b'[1, "some text", 2]')

    def function(value: Any) -> Any:
        data[:] = b"x" * len(data)
        data.clear()
        return value

    assert calling(function)(data) == [1, "some text", 2]
    assert decoder(Any)(memoryview(b"1-2-")[::2]) == 12


def test_recursion_through_a_call() -> None:
    """A function may call the decoder that calls it."""
    decode = calling(lambda value: decode(value) if isinstance(value, str) else (value,))

    assert decode(json.dumps([1, json.dumps([2, json.dumps([3])])])) == [(1,), [(2,), [(3,)]]]


def test_calls_nest_to_a_limit() -> None:
    """A function that calls a decoder without end is stopped: the hundredth call within calls steps aside."""
    depths: list[int] = []

    def function(value: Any) -> Any:
        depths.append(len(depths))
        if len(depths) % 2:
            decode("[1]")
        else:
            decode.lines(b"[1]", 0)
        return value

    decode = calling(function)

    assert decode("[1]") == [1]
    assert len(depths) < 110


def test_a_choice_is_what_its_dict_holds() -> None:
    """A dict of another class that shows more entries than it holds is read as the dict that it is."""

    class Larger(dict[str, int]):
        def keys(self) -> Any:
            return [str(number) for number in range(1000)]

        def __getitem__(self, key: str) -> int:
            return 1

    decode = Decoder([("choice", Larger(a=7))], 0, Aside)

    assert decode('"a"') == 7
    assert isinstance(decode('"5"'), Aside)


# --- the callable ---


def test_called_by_keyword() -> None:
    """The argument may be named; any other call is a TypeError."""
    decode = decoder(int)

    assert decode(data="1") == 1
    for arguments, names in (((), {}), (("1", "2"), {}), (("1",), {"data": "1"}), ((), {"text": "1"})):
        with pytest.raises(TypeError, match="expected one argument: data"):
            decode(*arguments, **names)


def test_signature_and_help() -> None:
    """A decoder looks like the function that it stands for."""
    decode = decoder(RouterCompletionsResponseBody)

    assert str(inspect.signature(decode)) == "(data)"
    assert str(inspect.signature(Decoder)) == "(plan, root, slow)"
    assert repr(decode) == "<router_schema._native.Decoder of RouterCompletionsResponseBody>"
    assert repr(decoder(list[int])) == "<router_schema._native.Decoder of list>"
    assert "ValidationError" in str(decode.__doc__)
    assert decode.__call__("{}") == Aside("{}")


def test_what_the_slow_path_raises_passes() -> None:
    """The slow path's exception is the call's own."""
    plan = Plan()

    with pytest.raises(ZeroDivisionError):
        Decoder(plan.nodes, plan.add("int"), lambda data: 1 // 0)("x")


def test_no_decoder_by_subclass() -> None:
    """The types cannot be subclassed, so an instance is always whole."""
    with pytest.raises(TypeError):
        type("Mine", (Decoder,), {})


def test_instances_are_ordinary() -> None:
    """An instance can be collected, referred to weakly, and its factory's defaults are its own."""
    first, second = decoder(list[Containers])("[{},{}]")
    weak = weakref.ref(decoder(Weak)('{"value":"x"}'))

    assert first.items is not second.items
    assert gc.is_tracked(first)
    assert weak() is None


def test_a_decoder_that_reaches_itself() -> None:
    """A decoder that calls itself by way of functions written in C steps aside at a depth of 100."""
    factory: Any = functools.partial(int)
    field = ("value", "value", 0, Weak.value, 2, factory, False)
    decode = Decoder([("any",), ("class", Weak, (field,), False)], 1, lambda data: "aside")
    factory.__setstate__((decode, (b"{}",), {}, {}))
    value, depth = decode(b"{}"), 0
    while value != "aside":
        value, depth = value.value, depth + 1

    assert depth == 100
    factory.__setstate__((int, (), {}, {}))
    assert decode(b"{}").value == 0
