"""Unions by JSON type and by tag: each node by itself, without the rules that make them."""

from __future__ import annotations

from typing import Any, Literal

import attrs
import pytest
from classes import Empty, Loose, Weak
from plans import Aside, Decoder, Encoder, Plan

from router_schema import make_converter
from router_schema._cattrs import structure_rule
from router_schema._rules.plan import Plan as RulePlan


@attrs.frozen
class Cat:
    """A class with a tag."""

    kind: str
    lives: int = 9


@attrs.frozen
class Dog:
    """Another class with the same tag."""

    kind: str
    name: str | None = None


MEMBERS: dict[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list[int],
    "object": Weak,
}


def union_of(*words: str) -> Decoder:
    """A decoder of the members of `MEMBERS` with these names."""
    plan = Plan()
    return Decoder(plan.nodes, plan.add("union", {word: plan.type(MEMBERS[word]) for word in words}), Aside)


READ = [
    ("string", '"a"', "a"),
    ("string", '"\\n"', "\n"),
    ("integer", "1", 1),
    ("integer", "-12345678901234567890", -12345678901234567890),
    ("number", "1.5", 1.5),
    ("number", "-1e2", -100.0),
    ("number", "2E+3", 2000.0),
    ("boolean", "true", True),
    ("boolean", "false", False),
    ("array", "[1,2]", [1, 2]),
    ("object", '{"value":"a"}', Weak("a")),
]


@pytest.mark.parametrize(("word", "text", "expected"), READ)
def test_a_member_by_its_json_type(word: str, text: str, expected: Any) -> None:
    """The JSON type of a value chooses the member, whatever the others are; without one the union steps aside."""
    value = union_of(*MEMBERS)(text)
    assert value == expected
    assert type(value) is type(expected)
    assert union_of(word)(text) == expected
    assert union_of(*(other for other in MEMBERS if other != word))(text) == Aside(text)


@pytest.mark.parametrize(
    "text", ["", "null", "nul", "x", "-", "01", "1.", "1e", "tru", "falsy", '"', '"\\ud800"', '[""]', "{}", "[", "{"]
)
def test_no_member(text: str) -> None:
    """A union steps aside from null, from text that is not JSON, and from what its member does not accept."""
    assert union_of(*MEMBERS)(text) == Aside(text)
    assert union_of("string", "boolean")(text) == Aside(text)


def tagged(**options: bool) -> Decoder:
    """A decoder of arrays of cats and dogs."""
    plan = Plan(**options)
    node = plan.add("tagged", "kind", {"cat": plan.type(Cat), 'a "d\u00f6g"': plan.type(Dog)})
    return Decoder(plan.nodes, plan.add("list", node), Aside)


DOG = 'a \\"d\u00f6g\\"'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"kind":"cat"}', Cat("cat")),
        ('{"lives":7,"kind":"cat"}', Cat("cat", 7)),
        ('{"mind":"cow","kind":"cat"}', Cat("cat")),
        (f'{{"kind":"{DOG}","name":"Rex"}}', Dog('a "d\u00f6g"', "Rex")),
        (f' {{ "x" : [{{"kind":"cat"}}] , "\u00e9" : 1 , "kind" : "{DOG}" , "name" : null }} ', Dog('a "d\u00f6g"')),
        ('{"kind":"cat","lives":1,"kind":"cat"}', Cat("cat", 1)),
    ],
)
def test_a_class_by_its_tag(text: str, expected: Any) -> None:
    """The string under the tag's key chooses the class, wherever the key is."""
    assert tagged()(f"[{text},{text}]") == [expected, expected]


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "null", "[]", '"cat"', "{", "{}", '{"kind"', '{"kind":', '{"kind" "cat"}', '{"kind":cat}', "{1:2}"),
        *('{"kind":"cow"}', '{"kind":"ca"}', '{"kind":1}', '{"kind":null}', '{"kind":"cat","lives":""}'),
        *('{"kind":"cat"', '{"kind":"cat",}', '{"lives":7}', '{"lives":7,}', '{"lives":7,"kind"}', '{"lives":x}'),
        *('{"kin', '{"k\\u0069nd":"cat"}', '{"x":1 "kind":"cat"}', '{"x":01,"kind":"cat"}'),
    ],
)
def test_no_class(text: str) -> None:
    """An object without a known tag, or that its class does not accept, goes to the slow path."""
    assert tagged()(f"[{text}]") == ([] if text == "" else Aside(f"[{text}]"))


def test_tags_and_extra_keys() -> None:
    """The class of the tag decides on extra keys."""
    assert tagged(forbid_extra_keys=True)('[{"kind":"cat"}]') == [Cat("cat")]
    assert isinstance(tagged(forbid_extra_keys=True)('[{"x":1,"kind":"cat"}]'), Aside)


@attrs.frozen
class Leaf:
    """The end of a tree."""

    kind: Literal["leaf"] = "leaf"


@attrs.frozen
class Branch:
    """A tree within a tree."""

    child: Branch | Leaf
    kind: Literal["branch"] = "branch"


def test_tags_after_what_is_nested() -> None:
    """A text is searched for tags 32 times at most: the slow path reads deeper trees with their tags at the end."""
    plan = RulePlan(structure_rule(Branch, make_converter()), "structure")
    decode = Decoder(plan.nodes, plan.root, Aside)

    def text(depth: int) -> str:
        return '{"child":' * depth + '{"x":"' + "x" * 100_000 + '","kind":"leaf"}' + ',"kind":"branch"}' * depth

    tree: Any = Leaf()
    for _ in range(32):
        tree = Branch(tree)
    assert decode(text(32)) == tree
    assert decode(text(33)) == Aside(text(33))
    assert decode(text(33).replace("x" * 100_000, "")) == Branch(tree)


def test_nesting_before_a_tag() -> None:
    """Values skipped before a tag nest at most 200 levels, including the object itself and its containers."""
    for depth, expected in ((198, [Cat("cat")]), (199, None)):
        text = f'[{{"x":{"[" * depth}{"]" * depth},"kind":"cat"}}]'
        assert tagged()(text) == (expected or Aside(text))


# --- writing ---


def test_written_by_type() -> None:
    """The exact type of a value chooses how it is written."""
    plan = Plan()
    members = {cl: plan.type(cl) for cl in (str, int, bool, Weak)}
    encode = Encoder(plan.nodes, plan.add("list", plan.add("union", members)), Aside)

    assert encode(["a", 1, True, Weak("b")]) == '["a",1,true,{"value":"b"}]'
    for value in (None, 1.5, [], Empty(), Weak(1), type("Text", (str,), {})("a")):
        assert encode([value]).argument == [value]


def test_tags_are_not_written() -> None:
    """A tagged node reads only: its encoder goes to the slow path."""
    plan = Plan()
    root = plan.add("tagged", "kind", {"cat": plan.type(Cat)})

    assert Encoder(plan.nodes, root, Aside)(Cat("cat")) == Aside(Cat("cat"))


# --- plans ---


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda plan: plan.add("union"), TypeError),
        (lambda plan: plan.add("union", []), TypeError),
        (lambda plan: plan.add("union", {"string": "0"}), TypeError),
        (lambda plan: plan.add("union", {"string": None}), TypeError),
        (lambda plan: plan.add("union", {"string": 9}), ValueError),
        (lambda plan: plan.add("union", {"string": -1}), ValueError),
        (lambda plan: plan.add("union", {"string": 2**80}), ValueError),
        (lambda plan: plan.add("union", {"null": 0}), TypeError),
        (lambda plan: plan.add("union", {"\u00e9": 0}), TypeError),
        (lambda plan: plan.add("union", {1: 0}), TypeError),
        (lambda plan: plan.add("union", {"string": plan.add("optional", 0)}), ValueError),
        (lambda plan: plan.add("union", {"string": plan.add("union", {})}), ValueError),
        (lambda plan: plan.add("union", {str: plan.add("optional", 0)}), ValueError),
        (lambda plan: plan.add("tagged"), TypeError),
        (lambda plan: plan.add("tagged", 1, {}), TypeError),
        (lambda plan: plan.add("tagged", "kind", []), TypeError),
        (lambda plan: plan.add("tagged", "kind", {1: plan.type(Cat)}), TypeError),
        (lambda plan: plan.add("tagged", "kind", {"cat": None}), TypeError),
        (lambda plan: plan.add("tagged", "kind", {"cat": 99}), ValueError),
        (lambda plan: plan.add("tagged", "kind", {"\ud800": plan.type(Cat)}), ValueError),
        (lambda plan: plan.add("tagged", "kind", {"cat": 0}), ValueError),
        (lambda plan: plan.add("tagged", "kind", {"cat": plan.add("union", {})}), ValueError),
    ],
)
@pytest.mark.parametrize("coder", [Decoder, Encoder])
def test_bad_plans(coder: Any, make: Any, error: type[Exception]) -> None:
    """A union or a tag that is malformed, or that chooses what only chooses, raises when the coder is made."""
    plan = Plan()
    plan.type(str)
    root = make(plan)
    with pytest.raises(error):
        coder(plan.nodes, root, Aside)


def test_a_tag_that_is_no_utf8() -> None:
    """A tag whose key has a lone surrogate is in no text."""
    plan = Plan()
    decode = Decoder(plan.nodes, plan.add("tagged", "\ud800", {"cat": plan.type(Loose)}), Aside)

    assert decode('{"name":"cat"}') == Aside('{"name":"cat"}')
