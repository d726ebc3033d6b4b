"""Unions of types that JSON tells apart."""

from __future__ import annotations

import enum
import json
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType, Optional, Union

import attrs
import pytest
from cattrs import override
from cattrs.strategies import configure_tagged_union, configure_union_passthrough, include_subclasses
from support import converter_for, problems
from typing_extensions import TypeAliasType
from user_classes import Level, Size

from router_schema import EncodeError, RouterConverter, ValidationError, check, json_schema
from rules.rows import accepts, each, holder, is_required, keeps_back, rejects, rejects_inside, writes


class Mixed(enum.Enum):
    """An enum whose values have two JSON types."""

    ONE = 1
    WORD = "word"


@attrs.frozen
class Text:
    """A part of a message, by its tag."""

    type: Literal["text"]
    text: str


@attrs.frozen
class Image:
    """A part of a message, by its tag."""

    type: Literal["image", "photo"]
    url: str
    width: int | None = None


class Tool(enum.Enum):
    """A tag that is an enum."""

    CALL = "tool_call"


@attrs.define
class Call:
    """A part of a message that holds further parts."""

    type: Tool
    parts: tuple[Text | Image | Call, ...] = ()


@attrs.frozen
class On:
    """A class by a tag that is a boolean."""

    on: Literal[True]
    level: int


@attrs.frozen
class Off:
    """A class by a tag that is a boolean, or 1."""

    on: Literal[False, 1]


@attrs.frozen
class Plain:
    """A class without a tag."""

    x: int


Part = Text | Image | Call
Number = int | float
UserId = NewType("UserId", str)
Alias: Any = TypeAliasType("Alias", int | str | None)
Parts: Any = TypeAliasType("Parts", Text | Image)


# --- from JSON ---


@each(
    "tp text expected",
    [
        (str | float, '"2024"', "2024"),
        (str | float, "2", 2.0),
        (str | float, "2.5", 2.5),
        (int | float, "2", 2),
        (int | float, "2.0", 2.0),
        (int | float, "1e2", 100.0),
        (float | int, "2", 2),
        (int | float, "7" * 400, int("7" * 400)),
        (bool | int, "true", True),
        (bool | int, "1", 1),
        (bool | float, "1", 1.0),
        (int | str | None, "null", None),
        (list[int] | str, "[1]", [1]),
        (tuple[str, ...] | None | str, '["a"]', ("a",)),
        (dict[str, int] | bool, '{"a": 1}', {"a": 1}),
        (Plain | str, '{"x": 1}', Plain(1)),
        (Plain | list[Plain], '[{"x": 1}]', [Plain(1)]),
        (Level | int, '"high"', Level.HIGH),
        (Size | str, "2", Size.LARGE),
        (Literal["auto"] | int, '"auto"', "auto"),
        (Literal["auto", None] | int, "null", None),
        (Literal["auto", None] | int, "3", 3),
        (Literal["a"] | Literal["b"] | int, '"b"', "b"),
        (Literal[Mixed.ONE] | Literal[Mixed.WORD], '"word"', Mixed.WORD),
        (Literal[Mixed.ONE] | Literal[Mixed.WORD], "1", Mixed.ONE),
        (str | float | bool | list[int] | Plain | None, '{"x": 1}', Plain(1)),
        (Part, '{"type": "text", "text": "a"}', Text("text", "a")),
        (Part, '{"text": "a", "type": "photo", "url": "u"}', Image("photo", "u")),
        (Part | str, '"a"', "a"),
        (Part | None, "null", None),
        (On | Off, '{"on": true, "level": 3}', On(True, 3)),
        (On | Off, '{"on": 1}', Off(1)),
        (On | Off, '{"on": false}', Off(False)),
        (Optional[Union[int, str]], "null", None),  # noqa: UP007, UP045
        (Annotated[int | None, "note"] | str, "null", None),
        (Annotated[int, "note"] | int | str, "1", 1),
        (Number | int | str, "1", 1),
        (Alias | bool, "null", None),
        (Alias | bool, "true", True),
        (Parts | Call, '{"type": "tool_call"}', Call(Tool.CALL)),
        (UserId | int, '"u"', "u"),
        (list[int | str | None], '[1, "a", null]', [1, "a", None]),
        (dict[str, Part | int], '{"a": 1, "b": {"type": "text", "text": ""}}', {"a": 1, "b": Text("text", "")}),
    ],
)
def test_accepted(tp: Any, text: str, expected: Any, converter: RouterConverter) -> None:
    """The JSON type, or the tag, selects the member, which converts the value as it does outside of a union."""
    accepts(converter, tp, text, expected)


TAGS = "one of 'text', 'image', 'photo', 'tool_call'"


@each(
    "tp text kind expected actual",
    [
        (str | float, "true", "type", "string or number", "boolean"),
        (str | float, "null", "type", "string or number", "null"),
        (str | float, "[]", "type", "string or number", "array"),
        (str | float, "1e400", "value", "a number that fits a double", "number"),
        (str | float, r'"\ud800"', "value", "a string without lone surrogates", "string"),
        (str | int, "1.0", "type", "string or integer", "number"),
        (str | int, "7" * 5000, "value", "an integer of at most 4,300 digits", "integer"),
        (int | float, "1e400", "value", "a number that fits a double", "number"),
        (float | int | None, '"1"', "type", "number or integer or null", "string"),
        (str | bool | None, "1", "type", "string or boolean or null", "integer"),
        (Plain | str, "1", "type", "object or string", "integer"),
        (list[int] | str, "{}", "type", "array or string", "object"),
        (Literal["auto"] | int, '"odd"', "value", "one of 'auto'", "string"),
        (Literal["auto"] | int, "true", "type", "one of 'auto' or integer", "boolean"),
        (Literal["a"] | Literal["b"], '"c"', "value", "one of 'a', 'b'", "string"),
        (Part, '"text"', "type", "object", "string"),
        (Part | None, "[]", "type", "object or null", "array"),
    ],
)
def test_rejected(tp: Any, text: str, kind: str, expected: str, actual: str, converter: RouterConverter) -> None:
    """A JSON type of no member is a problem of kind ``type`` that names all of them; else the member's own problem."""
    rejects(converter, tp, text, kind, expected, actual)


@each(
    "tp text expected",
    [
        (Part, "{}", [("$.x.type", "missing")]),
        (Part, '{"type": "odd", "text": 1}', [("$.x.type", "value")]),
        (Part, '{"type": null}', [("$.x.type", "type")]),
        (Part, '{"type": ["text"]}', [("$.x.type", "type")]),
        (Part, '{"type": "text", "text": 1}', [("$.x.text", "type")]),
        (Part, '{"type": "image", "width": "1"}', [("$.x.url", "missing"), ("$.x.width", "type")]),
        (Part, '{"type": "tool_call", "parts": [{"type": "text"}]}', [("$.x.parts[0].text", "missing")]),
        (list[Part | str], '["a", {"type": 1}, null]', [("$.x[1].type", "type"), ("$.x[2]", "type")]),
        (dict[str, int | str], '{"a b": 1.5}', [("$.x['a b']", "type")]),
        (On | Off, '{"on": 1.0}', [("$.x.on", "type")]),
        (On | Off, '{"on": 0}', [("$.x.on", "value")]),
        (list[int] | str, '[1, "2"]', [("$.x[1]", "type")]),
    ],
)
def test_rejected_inside(tp: Any, text: str, expected: list[tuple[str, str]], converter: RouterConverter) -> None:
    """Problems of the selected member have its paths; without a tag that selects one, the tag is the only problem."""
    rejects_inside(converter, tp, text, expected)


def test_the_tag_is_named(converter: RouterConverter) -> None:
    """A tag that no class has, and a missing one, are reported with the tags of all classes."""
    for text, actual, message in (
        ('{"x": {"type": "odd"}}', "string", f"expected {TAGS}, got 'odd'"),
        ('{"x": {}}', "nothing", f"missing, expected {TAGS}"),
    ):
        with pytest.raises(ValidationError) as caught:
            converter.loads(text, holder(Part))
        (problem,) = caught.value.errors

        assert (problem.expected, problem.actual, problem.message) == (TAGS, actual, message)


@each("tp", [(str | float,), (Part,), (Literal["a"] | int,)])
def test_required(tp: Any, converter: RouterConverter) -> None:
    """A missing key is a problem; null is one too, unless a member is None."""
    is_required(converter, tp)
    with pytest.raises(ValidationError):
        converter.loads('{"x": null}', holder(tp))


def test_errors_name_the_members(converter: RouterConverter) -> None:
    """The model of an error about a union itself is the names of its members."""
    for tp, name in ((Text | Image, "Text or Image"), (Plain | str, "Plain or string")):
        with pytest.raises(ValidationError) as caught:
            converter.loads("1", tp)

        assert caught.value.model == name


# --- to JSON ---


@each(
    "tp value text",
    [
        (str | float, 2.0, "2"),
        (str | float, 2, "2"),
        (str | float, "2", '"2"'),
        (int | float, 10**20, "1" + "0" * 20),
        (int | float, 2.5, "2.5"),
        (bool | int, True, "true"),
        (bool | int, 1, "1"),
        (int | str | None, None, "null"),
        (list[int] | str, [1], "[1]"),
        (tuple[int, ...] | str, (1,), "[1]"),
        (Plain | str, Plain(1), '{"x":1}'),
        (Literal["auto", None] | int, None, "null"),
        (Literal[Mixed.ONE] | Literal[Mixed.WORD], Mixed.WORD, '"word"'),
        (Part, Image("photo", "u"), '{"type":"photo","url":"u"}'),
        (Part, Call(Tool.CALL, (Text("text", "a"),)), '{"type":"tool_call","parts":[{"type":"text","text":"a"}]}'),
        (On | Off, Off(1), '{"on":1}'),
        (Level | int, Level.LOW, '"low"'),
    ],
)
def test_written(tp: Any, value: Any, text: str, converter: RouterConverter) -> None:
    """The Python type selects the member; what it writes reads back equal."""
    writes(converter, tp, value, text)


@each(
    "tp value kind expected actual",
    [
        (str | float, True, "type", "str or float or int", "bool"),
        (str | float, float("nan"), "value", "a number that fits a double", "float"),
        (str | float, 2**53 + 1, "value", "a number that fits a double", "int"),
        (str | bool, 1, "type", "str or bool", "int"),
        (Part, "text", "type", "Text or Image or Call", "str"),
        (Part, Plain(1), "type", "Text or Image or Call", "Plain"),
        (list[int] | str, (1,), "type", "list or str", "tuple"),
        (Part | None, {}, "type", "Text or Image or Call or None", "dict"),
    ],
)
def test_kept_back(tp: Any, value: Any, kind: str, expected: str, actual: str, converter: RouterConverter) -> None:
    """A value of no member, or one that its member does not write, is an EncodeError."""
    keeps_back(converter, tp, value, kind, expected, actual)


def test_a_subclass_of_a_member_is_kept_back(converter: RouterConverter) -> None:
    """Members are matched by their exact class, as fields of that class are."""

    @attrs.frozen
    class Long(Text):
        more: str = ""

    with pytest.raises(EncodeError) as caught:
        converter.dumps(holder(Text | Image)(Long("text", "a")))

    assert problems(caught.value) == [("$.x", "type")]


# --- what JSON does not tell apart ---


@attrs.frozen
class A:
    """Told from B by ``x``, from C by ``y``."""

    x: Literal["a"]
    y: Literal["a"]


@attrs.frozen
class B:
    """Told from A by ``x``, from C by ``z``."""

    x: Literal["b"]
    z: Literal["b"]


@attrs.frozen
class C:
    """Told from A by ``y``, from B by ``z``."""

    y: Literal["c"]
    z: Literal["c"]


@attrs.frozen
class SameTag:
    """Another class with the tag of `Text`."""

    type: Literal["text", "html"]


@attrs.frozen
class MaybeTagged:
    """A class whose tag may be null."""

    type: Literal["maybe"] | None


class Open(enum.StrEnum):
    """An enum that accepts more than its members."""

    X = "x"

    @classmethod
    def _missing_(cls, value: object) -> Open:
        return cls.X


@attrs.frozen
class OpenTag:
    """A class whose tag is an open enum."""

    type: Open


def test_equal_words_of_several_literals(converter: RouterConverter) -> None:
    """They are one word, also if they are different str objects."""
    tp: Any = Literal["".join(["r", "ye"])] | Literal["".join(["r", "ye"]), "oats"]  # type: ignore[valid-type]

    assert converter.loads('"rye"', tp) == "rye"


NEED_A_TAG = "they need a field in common, a Literal or an enum, that is never omitted and has no value in common"


@each(
    "tp message",
    [
        (list[int] | tuple[str, ...], "list and tuple cannot be told apart in JSON: both accept a JSON array"),
        (int | str | Size, "int and Size cannot be told apart in JSON: both accept a JSON integer"),
        (str | Literal["a"], "str and Literal cannot be told apart in JSON: both accept a JSON string"),
        (Level | Open, "Level and Open cannot be told apart in JSON: both accept a JSON string"),
        (float | Literal[1], "float and Literal cannot be told apart in JSON: both accept a JSON integer"),
        (Plain | dict[str, int], "Plain and dict cannot be told apart in JSON: both accept a JSON object"),
        (dict[str, int] | dict[str, str], "dict and dict cannot be told apart in JSON: both accept a JSON object"),
        (int | Any, "Any and int cannot be told apart in JSON: Any may be any JSON value"),
        (Text | Plain, f"Text and Plain cannot be told apart in JSON: {NEED_A_TAG}"),
        (Text | Image | SameTag, f"Text and SameTag cannot be told apart in JSON: {NEED_A_TAG}"),
        (Text | MaybeTagged, f"Text and MaybeTagged cannot be told apart in JSON: {NEED_A_TAG}"),
        (Text | OpenTag, f"Text and OpenTag cannot be told apart in JSON: {NEED_A_TAG}"),
        (A | B | C, f"A and B and C cannot be told apart in JSON: {NEED_A_TAG}"),
        (Literal["low"] | Literal[Level.LOW], "an enum's member and its value are written alike"),
        (bytes | int, "bytes is not supported: register a hook for it on the converter"),
        (list[int | bytes] | None | str, "bytes is not supported"),
        (Parts | SameTag | None, f"Text and SameTag cannot be told apart in JSON: {NEED_A_TAG}"),
    ],
)
def test_a_union_that_json_does_not_tell_apart(tp: Any, message: str, converter: RouterConverter) -> None:
    """Such a union is a TypeError when the hook is built, in both directions, which names two members and says why."""
    cl = holder(tp)
    with pytest.raises(TypeError) as reading:
        converter.get_loads_hook(cl)
    with pytest.raises(TypeError) as writing:
        converter.dumps(cl(None))

    assert message in str(reading.value)
    assert message in str(writing.value)


def test_a_hook_for_such_a_union(engine: str) -> None:
    """The TypeError of a union that JSON does not tell apart names the way out: a hook for the union decides."""
    converter, cl = converter_for(engine), holder(Text | Plain)
    with pytest.raises(TypeError, match=r"; register a hook for the union to decide$"):
        converter.get_loads_hook(cl)

    converter.register_structure_hook(Text | Plain, lambda value, _: converter.structure(value, Plain))
    converter.register_unstructure_hook(Text | Plain, converter.unstructure)
    body = converter.loads('{"x": {"x": 1}}', cl)
    assert body == cl(Plain(1))
    assert converter.dumps(body) == '{"x":{"x":1}}'


def test_the_field_is_named() -> None:
    """The TypeError names the class and the field that hold the union."""
    with pytest.raises(TypeError, match=r"^Holder\.x: list and tuple cannot be told apart"):
        converter_for("ujson").get_loads_hook(holder(list[int] | tuple[int, ...]))


def test_a_tag_that_may_be_omitted_is_none() -> None:
    """A tag that the converter omits where it has its default would be lost, so it tells no classes apart."""

    @attrs.frozen
    class One:
        type: Literal["one"] = "one"

    @attrs.frozen
    class Two:
        type: Literal["two"] = "two"

    cl = holder(One | Two)
    converter = converter_for("ujson")

    assert converter.loads(converter.dumps(cl(Two())), cl) == cl(Two())
    with pytest.raises(TypeError, match="One and Two cannot be told apart in JSON"):
        converter_for("ujson", omit_if_default=True).get_loads_hook(cl)


def test_tags_are_compared_by_their_keys(engine: str) -> None:
    """The tag may have another name in each class, as long as the JSON key is one."""

    @attrs.frozen
    class Left:
        side: Annotated[Literal["left"], override(rename="kind")]

    @attrs.frozen
    class Right:
        kind: Literal["right"]

    converter = converter_for(engine)

    assert converter.loads('{"x": {"kind": "left"}}', holder(Left | Right)).x == Left("left")
    assert converter.dumps(holder(Left | Right)(Left("left"))) == '{"x":{"kind":"left"}}'


def test_extra_keys_are_those_of_the_selected_class(engine: str) -> None:
    """With ``forbid_extra_keys``, a key that only another member has is a problem."""
    converter = converter_for(engine, forbid_extra_keys=True)
    with pytest.raises(ValidationError) as caught:
        converter.loads('{"x": {"type": "text", "text": "", "url": ""}}', holder(Part))

    assert problems(caught.value) == [("$.x.url", "extra")]


# --- hooks and strategies ---


@attrs.frozen
class Circle:
    """A class without a tag."""

    r: int


@attrs.frozen
class Square:
    """A class without a tag."""

    a: int


@attrs.frozen
class Shape:
    """The root of a tree of classes."""

    name: str


@attrs.frozen
class Disc(Shape):
    """A branch of the tree."""

    r: int


@attrs.frozen
class Box(Shape):
    """A branch of the tree."""

    a: int


@each("tp", [(Circle | Square,), (Circle | Square | None,), (list[Circle | Square],), (dict[str, Circle | Square],)])
def test_a_strategy_for_the_union_goes_first(tp: Any, engine: str) -> None:
    """A hook that a cattrs strategy registered for a union is used wherever that union is, also beside None."""
    converter = converter_for(engine)
    configure_tagged_union(Circle | Square, converter, tag_name="is")  # type: ignore[arg-type]
    value = {list[Circle | Square]: [Square(2)], dict[str, Circle | Square]: {"k": Square(2)}}.get(tp, Square(2))
    cl = holder(tp)
    text = converter.dumps(cl(value))

    assert '{"a":2,"is":"Square"}' in text
    assert converter.loads(text, cl) == cl(value)


def test_a_wrong_instance_is_reported_by_its_own_class(converter: RouterConverter) -> None:
    """The problems of a tagged instance are those of its own class, whichever comes first in the union."""

    @attrs.frozen
    class Count:
        value: int
        kind: Literal["count"] = "count"

    @attrs.frozen
    class Word:
        value: str
        kind: Literal["word"] = "word"

    for tp in (Count | Word, Word | Count):
        for wrong, expected in ((Count("5"), "int"), (Word(5), "str")):  # type: ignore[arg-type]
            with pytest.raises(EncodeError) as caught:
                converter.dumps(holder(tp)(wrong))

            assert [(p.path, p.expected) for p in caught.value.errors] == [("$.x.value", expected)]


def test_a_strategy_goes_before_tags(engine: str) -> None:
    """A registered hook is used even where the classes have a tag."""
    converter = converter_for(engine)
    configure_tagged_union(Text | Image, converter, tag_name="is")  # type: ignore[arg-type]
    cl = holder(Text | Image | None)

    assert converter.dumps(cl(Text("text", "a"))) == '{"x":{"type":"text","text":"a","is":"Text"}}'
    assert converter.dumps(cl(None)) == '{"x":null}'
    with pytest.raises(ValidationError, match=r"rejected by its \S+Text(, | \| )\S+Image.? hook"):
        converter.loads('{"x": {"type": "text", "text": "a"}}', cl)


def test_a_hook_for_the_union_goes_first(engine: str) -> None:
    """A function registered for a union replaces its rule, in each direction."""
    converter = converter_for(engine)
    converter.register_structure_hook(int | str, lambda value, _: int(value))
    converter.register_unstructure_hook(int | str, str)

    assert converter.loads('{"x": "7"}', holder(int | str)).x == 7
    assert converter.dumps(holder(int | str)(7)) == '{"x":"7"}'
    assert converter.loads('{"x": "7"}', holder(int | str | bool)).x == "7"


def test_subclasses(engine: str) -> None:
    """The strategy for subclasses works, and a class that it handles cannot be a member of a union."""
    converter = converter_for(engine)
    include_subclasses(Shape, converter)  # type: ignore[arg-type]
    for value in (Disc("d", 1), Box("b", 2)):
        text = converter.dumps(holder(Shape | None)(value))

        assert converter.loads(text, holder(Shape | None)).x == value
    with pytest.raises(TypeError, match="Shape and int cannot be told apart in JSON: Shape may be any JSON value"):
        converter.get_loads_hook(holder(Shape | int))


def test_subclasses_by_a_tag(engine: str) -> None:
    """The strategy for subclasses works with a tag as well."""
    converter = converter_for(engine)
    include_subclasses(Shape, converter, union_strategy=configure_tagged_union)  # type: ignore[arg-type]
    text = converter.dumps(holder(Shape)(Box("b", 2)))

    assert text == '{"x":{"name":"b","a":2,"_type":"Box"}}'
    assert converter.loads(text, holder(Shape)).x == Box("b", 2)


def test_a_member_with_a_hook(engine: str) -> None:
    """A hook may accept any value, so its type cannot be distinguished from others."""
    converter = converter_for(engine)
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(value))
    converter.register_unstructure_hook(Decimal, str)

    assert converter.loads('{"x": "1.5"}', holder(Decimal | None)).x == Decimal("1.5")
    with pytest.raises(TypeError, match="Decimal and int cannot be told apart in JSON: Decimal may be any JSON value"):
        converter.get_loads_hook(holder(Decimal | int))


def test_union_passthrough_does_not_loosen(engine: str) -> None:
    """The passthrough of cattrs coerces, so it is not used, whenever it is registered."""
    converter = converter_for(engine)
    configure_union_passthrough(int | str | None, converter)  # type: ignore[arg-type]
    cl = holder(int | str | Plain | None)

    assert converter.loads('{"x": {"x": 1}}', cl).x == Plain(1)
    for text in ('{"x": 1.0}', '{"x": true}', '{"x": {"x": "1"}}'):
        with pytest.raises(ValidationError):
            converter.loads(text, cl)


# --- classes that contain themselves ---


@attrs.frozen
class Leaf:
    """The end of a tree."""

    kind: Literal["leaf"]
    value: int | str


@attrs.frozen
class Node:
    """A tree of nodes and leaves."""

    kind: Literal["node"]
    left: Leaf | Node
    right: Node | Leaf | None = None
    more: dict[str, tuple[Leaf | Node, ...] | int] | None = None


def test_recursion(converter: RouterConverter) -> None:
    """Classes that contain themselves by way of a union are read and written, and their problems have their paths."""
    leaf = Leaf("leaf", "a")
    tree = Node("node", Node("node", leaf, leaf), None, {"k": (leaf, Node("node", leaf)), "n": 3})
    text = converter.dumps(tree)

    assert converter.loads(text, Node) == tree
    assert converter.loads(f"[{text}]", list[Leaf | Node]) == [tree]
    with pytest.raises(ValidationError) as caught:
        converter.loads(text.replace('"value":"a"', '"value":null'), Node)
    assert problems(caught.value) == [
        ("$.left.left.value", "type"),
        ("$.left.right.value", "type"),
        ("$.more.k[0].value", "type"),
        ("$.more.k[1].left.value", "type"),
    ]


def test_recursion_that_cannot_be_told_apart(engine: str) -> None:
    """The check of tags waits for classes under construction, and leaves nothing behind where it fails."""

    @attrs.frozen
    class Bad:
        kind: Literal["node"]
        next: Node | Bad | None = None

    attrs.resolve_types(Bad, None, {"Bad": Bad, "Node": Node, "Literal": Literal})
    converter = converter_for(engine)
    for _ in range(2):
        with pytest.raises(TypeError, match="Node and Bad cannot be told apart in JSON"):
            converter.get_loads_hook(Bad)

    assert converter.loads('{"kind": "leaf", "value": 1}', Leaf) == Leaf("leaf", 1)


# --- reports ---


@attrs.frozen
class Notes:
    """A class whose tag may select one with a dict under the same key as that of `Tags`."""

    kind: Literal["notes"]
    more: dict[str, int]


@attrs.frozen
class Tags:
    """See `Notes`."""

    kind: Literal["tags"]
    more: Plain


@each(
    "tp texts valid",
    [
        (Literal["auto"] | int, ['"auto"', '"odd"', "1", '"auto"'], 3),
        (str | float, ['"a"', "1e400", "1", "1e3", "true"], 3),
        (Part, ['{"type": "text", "text": ""}', '{"type": "odd"}', '{"type": "odd"}', '{"type": 1}', "{}", "1"], 1),
        (list[int | str], ["[1]", "[null]", '["a"]', "[1.5]"], 2),
    ],
)
def test_reports_count_each_body(tp: Any, texts: list[str], valid: int) -> None:
    """Bodies of one shape may differ in their verdicts, since a union accepts a value by its content."""
    report = check([f'{{"x": {text}}}'.encode() for text in texts], holder(tp))

    assert (report.bodies, report.valid, report.invalid) == (len(texts), valid, len(texts) - valid)


@each(
    "tp text path",
    [
        (Plain | str, '{"x": "1"}', "$.x.x"),
        (list[int] | str, '["1"]', "$.x[*]"),
        (dict[str, int] | str, '{"secret": "1"}', "$.x[*]"),
        (Part, '{"type": "image", "url": 1}', "$.x.url"),
        (Part | str, '{"type": "tool_call", "parts": [{"type": "text"}]}', "$.x.parts[*].text"),
        (Notes | Tags, '{"kind": "notes", "more": {"secret": "1"}}', "$.x.more[*]"),
        (Tags | Notes, '{"kind": "notes", "more": {"secret": "1"}}', "$.x.more[*]"),
        (Literal["a"] | int, '"b"', "$.x"),
    ],
)
def test_reports_have_folded_paths(tp: Any, text: str, path: str) -> None:
    """The path of a problem in a report names what the classes declare; keys of dicts are payload."""
    (problem,) = check([f'{{"x": {text}}}'.encode()], holder(tp)).problems

    assert problem.path == path


# --- JSON Schema ---


@each(
    "tp schema",
    [
        (str | float, {"anyOf": [{"type": "string"}, {"type": "number"}]}),
        (str | None | bool, {"anyOf": [{"type": "string"}, {"type": "boolean"}, {"type": "null"}]}),
        (Literal["a"] | Literal["b"], {"type": "string", "enum": ["a", "b"]}),
        (
            Text | Image | None,
            {
                "anyOf": [
                    {"oneOf": [{"$ref": "#/$defs/Text"}, {"$ref": "#/$defs/Image"}], "required": ["type"]},
                    {"type": "null"},
                ]
            },
        ),
    ],
)
def test_json_schema(tp: Any, schema: dict[str, Any]) -> None:
    """JSON's own types are alternatives; of classes exactly one fits, by the constant of its tag."""
    whole = json_schema(holder(tp))

    assert whole["$defs"]["Holder"]["properties"]["x"] == schema


def test_json_schema_of_tags() -> None:
    """The definition of each tagged class names the values of its tag."""
    definitions = json_schema(list[Part])["$defs"]

    assert definitions["Text"]["properties"]["type"] == {"type": "string", "const": "text"}
    assert definitions["Image"]["properties"]["type"] == {"type": "string", "enum": ["image", "photo"]}
    assert json.dumps(definitions["Call"]["properties"]["parts"]["items"]["oneOf"])
