"""Memory: references and blocks stay as many as they were, and cycles are collected; threads and interpreters."""

import gc
import json
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from classes import Color, Containers, Renamed
from plans import Aside, Decoder, Encoder, Plan, decoder, encoder
from texts import TEXTS

from router_schema import FinishReason, RouterCompletionsResponseBody, _native
from router_schema._native import parse
from router_schema.openai import Completion


def blocks_left(function: Callable[[], Any]) -> int:
    """How many more blocks of memory are held after many calls than after a few."""
    for _ in range(200):
        function()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(500):
        function()
    gc.collect()
    return sys.getallocatedblocks() - before


@pytest.mark.parametrize(("cl", "text"), TEXTS)
def test_decoding_leaks_nothing(cl: Any, text: str) -> None:
    """Neither a text that is decoded nor one that is refused leaves memory behind."""
    decode = decoder(cl)
    refused = [text[: len(text) * part // 7] for part in range(7)]
    assert not isinstance(decode(text), Aside)

    assert blocks_left(lambda: decode(text)) < 20
    assert blocks_left(lambda: [decode(part) for part in refused]) < 20


@pytest.mark.parametrize(("cl", "text"), TEXTS)
def test_encoding_leaks_nothing(cl: Any, text: str) -> None:
    """Neither an instance that is written nor one that is refused leaves memory behind."""
    encode, value = encoder(list[cl]), [decoder(cl)(text)]
    bad = [*value, object()]
    assert not isinstance(encode(value), Aside)

    assert blocks_left(lambda: encode(value)) < 20
    assert blocks_left(lambda: encode(bad)) < 20


def test_the_rest_leaks_nothing() -> None:
    """Coders, lines, parsing, and arguments of all kinds leave nothing behind."""
    text = TEXTS[0][1]
    decode = decoder(RouterCompletionsResponseBody)
    block = f"{text}\n\n{text}\nx\n".encode()

    def refused_plan() -> None:
        with pytest.raises(ValueError, match="node"):
            Decoder([("choice", {"a": 1}), ("call", len), ("list", 5)], 0, Aside)

    def refused_call() -> None:
        with pytest.raises(TypeError):
            decode()

    for function in (
        lambda: decoder(Containers),
        lambda: encoder(Renamed),
        refused_plan,
        refused_call,
        lambda: decode.lines(block, 0),
        lambda: parse(text),
        lambda: decode(bytearray(text.encode())),
        lambda: decode(memoryview(text.encode())),
        lambda: decode(memoryview(b"x")),
        lambda: decode("\ud800"),
        lambda: repr(decode),
    ):
        assert blocks_left(function) < 20


def test_references() -> None:
    """The objects that a plan refers to are held as often as before once the instances are gone."""
    default: list[int] = [1]
    cl = attrs.make_class("Referring", {"b": attrs.field(type=Color), "a": attrs.field(type=Any, default=default)})
    decode, encode = decoder(cl), encoder(cl)
    objects = [default, cl, Color.RED, FinishReason.STOP, decode, encode]

    def use() -> None:
        for text in ('{"b":"red"}', '{"a":2,"b":"red","a":3}', '{"b":"red"', '{"a":[1],"b":1}'):
            value = decode(text)
            encode(value)
        decode.lines(b'{"b":"red"}\n{"b":"bad"}\n', 0)

    use()
    gc.collect()
    before = [sys.getrefcount(item) for item in objects]
    for _ in range(500):
        use()
    gc.collect()
    assert [sys.getrefcount(item) for item in objects] == before


def test_text_is_not_kept() -> None:
    """A text is released, and a str that is not ASCII does not keep a copy in UTF-8."""
    text = '"' + "é" * 10_000 + '"'
    size, count = sys.getsizeof(text), sys.getrefcount(text)

    assert decoder(str)(text) == parse(text) == text[1:-1]
    assert encoder(str)(text)
    assert (sys.getsizeof(text), sys.getrefcount(text)) == (size, count)


@pytest.mark.parametrize("coder", [Decoder, Encoder])
def test_cycles(coder: Any) -> None:
    """A coder in a cycle through its slow path, a class, a default or a function is collected with it."""

    class Slow:
        def __call__(self, data: Any) -> Any:
            return data

    def make(place: str) -> weakref.ref[Any]:
        cl = attrs.make_class("Cyclic", ["a"], slots=True)
        slow, default, function = Slow(), Slow(), Slow()
        plan = Plan()
        fields = (("a", "a", plan.add("call", function), cl.a, 1, default, False),)
        root = plan.add("class", cl, fields, False)
        plan.add("choice", {"a": slow})
        made = coder(plan.nodes, root, slow)
        {"slow": slow, "default": default, "function": function, "class": cl}[place].coder = made
        return weakref.ref(cl)

    cyclic = [make(place) for place in ("slow", "default", "function", "class")]
    gc.collect()
    assert [cl() for cl in cyclic] == [None] * 4


def test_a_coder_that_was_cleared() -> None:
    """A coder that a finalizer finds in a collected cycle raises, or still works; it does not crash."""
    found: list[Any] = []

    class Finder:
        def __del__(self) -> None:
            for call in (lambda: self.decode("[]"), lambda: self.decode.lines(b"[]\n", 0), lambda: repr(self.decode)):
                try:
                    found.append(call())
                except RuntimeError as error:
                    found.append(error)

        def __call__(self, data: Any) -> Any:
            return data

    def make() -> None:
        finder = Finder()
        finder.decode = Decoder([("any",)], 0, finder)

    make()
    gc.collect()
    assert len(found) == 3


# --- threads and interpreters ---


def test_threads() -> None:
    """Eight threads use the same coders at once."""
    decode, encode = decoder(Completion), encoder(Completion)
    logprobs = {"tokens": ["a", "b"], "top_logprobs": [{"a": -0.5, "b": -1.25}, None]}
    failures: list[Any] = []

    def work(number: int) -> None:
        choice = {"text": f"text {number}\n", "index": number, "finish_reason": "stop", "logprobs": logprobs}
        body = {"id": f"cmpl-{number}", "choices": [choice] * 5, "created": number, "model": "m", "object": "o"}
        texts = [json.dumps(body), json.dumps(dict(reversed(body.items())))]
        expected = decode(texts[0])
        for n in range(400):
            if decode(texts[n % 2]) != expected or decode(encode(expected)) != expected or decode(texts[0][:-1]) == 1:
                failures.append(n)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(switch)
    assert failures == []


def test_interpreters() -> None:
    """Each interpreter has its own module, whose shared values do not outlive it."""
    interpreters = pytest.importorskip("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
    code = f"""if True:
        from importlib import machinery, util
        spec = util.spec_from_file_location("router_schema._native", {_native.__file__!r})
        native = util.module_from_spec(spec)
        spec.loader.exec_module(native)
        decode = native.Decoder([("dict", 1), ("float",)], 0, len)
        assert decode('{{"key":5,"other":1.5}}' + " " * 16) == {{"key": 5.0, "other": 1.5}}
        assert native.parse('[{{"key":"value"}}]' + " " * 16) == [{{"key": "value"}}]
    """
    for _ in range(3):
        interpreter = interpreters.create()
        try:
            failed = interpreters.run_string(interpreter, code)
        finally:
            interpreters.destroy(interpreter)
        assert failed is None
    assert decoder(dict[str, float])('{"key":5,"other":1.5}' + " " * 16) == {"key": 5.0, "other": 1.5}
