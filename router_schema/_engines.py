"""
The engines: JSON text to builtins, and back; and, where an engine can, text straight to instances.

An engine may refuse a text for any reason; then `parse_or_explain`, on the standard library's parser, has the last
word on whether it is JSON, so that on text that is RFC 8259 all engines agree.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from typing import Any, Literal, get_args

import attrs
import ujson

from ._compile import compile_structure, compile_unstructure, is_simple
from ._rules import (
    MAX_DIGITS,
    AnyRule,
    ArrayRule,
    BoolRule,
    ChoiceRule,
    ClassRule,
    DictRule,
    FloatRule,
    HugeInteger,
    IntRule,
    OptionalRule,
    Rule,
    StrRule,
    judge_structure,
    judge_unstructure,
    too_deep_to_encode,
)
from .errors import DecodeError

Data = bytes | bytearray | memoryview | str
EngineName = Literal["auto", "ujson", "msgspec"]
Decoder = Callable[[Any], Any]


@attrs.frozen
class Engine:
    """
    One way of reading and writing JSON.

    Attributes:
        name: ``"ujson"`` or ``"msgspec"``.
        parse: Text to builtins; raises anything where it refuses.
        encode: Builtins that are plain JSON to compact UTF-8 text.
        embed: A builtin to what `encode` writes in the one spelling of all engines; None where it does so by itself.
        decoder: For a type and its rule, a function from text straight to what the rule would make of it, which
            raises anything where it refuses; None where the engine does not share the rule's meaning.
    """

    name: str
    parse: Callable[[Any], Any]
    encode: Callable[[Any], str | bytes]
    embed: Callable[[Any], Any] | None
    decoder: Callable[[Any, Rule], Decoder | None]

    def make_decoder(self, cl: Any, rule: Rule) -> Decoder:
        """A function from text to what *rule* makes of it, which raises anything where it gives up."""
        decode = self.decoder(cl, rule)
        if decode is not None:
            return decode
        parse, accept = self.parse, compile_structure(rule)

        def decode_by_way_of_builtins(data: Any) -> Any:
            instance = accept(parse(data))
            if instance is None:
                raise ValueError
            return instance

        return decode_by_way_of_builtins

    def explain(self, rule: Rule, data: Any) -> Any:
        """
        What *rule* makes of text that a decoder gave up on.

        Raises:
            DecodeError: *data* is not JSON.
            ValidationError: It is JSON that the rule refuses.
            TypeError: It is no text at all.
        """
        return judge_structure(rule, self.parse_or_explain(data))

    def make_dumps(self, rule: Rule) -> Callable[[Any], str]:
        """The function from an instance to text, which raises the errors that `dumps` is documented with."""
        accept, encode = compile_unstructure(rule, self.embed), self.encode

        def dumps(obj: Any) -> str:
            value = accept(obj)
            if value is not None:
                try:
                    text = encode(value)
                    return text if type(text) is str else text.decode()  # type: ignore[union-attr]
                except Exception:
                    pass
            return encode_or_explain(rule, obj)

        return dumps

    def parse_or_explain(self, data: Data) -> Any:
        """
        Text to builtins. Where the engine refuses, the standard library judges and explains.

        Raises:
            DecodeError: *data* is not JSON.
            TypeError: It is no text at all.
        """
        if not isinstance(data, bytes | bytearray | memoryview | str):
            raise TypeError(f"data must be bytes, bytearray, memoryview or str, not {type(data).__name__}")
        # What parsers raise quotes the payload, so none of it may become the context of our errors.
        try:
            check_utf8(data)
            return self.parse(data)
        except Exception:
            pass
        return parse_strictly(data)


def get_engine(name: EngineName) -> Engine:
    """
    The engine of that name.

    Raises:
        ImportError: It is asked for by name and not installed.
        ValueError: There is none of that name.
    """
    if name not in get_args(EngineName):
        raise ValueError(f"engine must be one of {', '.join(get_args(EngineName))}, not {name!r}")
    if name == "ujson":
        return UJSON
    try:
        return _msgspec_engine()
    except ImportError:
        if name == "auto":
            return UJSON
        raise ImportError("engine 'msgspec' is not installed: pip install 'router-schema[fast]'") from None


def check_utf8(data: Any) -> None:
    """
    Raise UnicodeError where *data* is not UTF-8, or a str that cannot be.

    Both parsers let some invalid bytes pass: ujson surrogates that were encoded as if they were characters, msgspec
    anything in keys and values that it skips. Most bodies are ASCII, and asking that first costs next to nothing.
    """
    data.encode() if isinstance(data, str) else str(data, "utf-8")


def encode_or_explain(rule: Rule, obj: Any) -> str:
    """
    The text of what the judge makes of *obj*.

    Raises:
        EncodeError: The judge refused it, or it is nested too deeply for ujson.
    """
    value = judge_unstructure(rule, obj)
    try:
        return _ujson_encode(value)
    except (OverflowError, RecursionError):
        pass
    raise too_deep_to_encode(rule)


# --- ujson ---


def _ujson_encode(value: Any) -> str:
    return ujson.dumps(value, ensure_ascii=False, escape_forward_slashes=False)


UJSON = Engine("ujson", ujson.loads, _ujson_encode, None, lambda cl, rule: None)


# --- msgspec ---


# msgspec 0.22.0 crashes where two threads build decoders of the same class, of which one sees what the other began.
_building_decoder = threading.Lock()


def _msgspec_engine() -> Engine:
    import msgspec

    encode = msgspec.json.Encoder().encode

    def embed(value: Any) -> Any:
        return msgspec.Raw(_ujson_encode(value).encode())

    def decoder(cl: Any, rule: Rule) -> Decoder | None:
        if not _msgspec_shares(rule, set()):
            return None
        try:
            with _building_decoder:
                return msgspec.json.Decoder(cl).decode
        except Exception:  # it reads annotations in its own way, and may miss names that attrs was told of
            return None

    return Engine("msgspec", msgspec.json.Decoder().decode, encode, embed, decoder)


def _msgspec_shares(rule: Rule, seen: set[type]) -> bool:
    """
    Whether msgspec, where it accepts a text, makes of it what *rule* makes.

    It knows no renamed, omitted or forbidden keys of attrs classes and none of a converter's hooks, and does not call
    what a constructor would.
    """
    match rule:
        case StrRule() | IntRule() | FloatRule() | BoolRule() | AnyRule():
            return True
        case ChoiceRule():
            # It calls an enum's own _missing_, but takes what that returns unseen.
            return rule.is_closed and all(kind is str for kind, _ in rule.members)
        case OptionalRule():
            return _msgspec_shares(rule.inner, seen)
        case ArrayRule() | DictRule():
            return _msgspec_shares(rule.item, seen)
        case ClassRule() if rule.cl not in seen:
            seen.add(rule.cl)
            return (
                is_simple(rule.cl)
                and not rule.forbid_extra_keys
                and [field.key for field in rule.fields] == [field.name for field in attrs.fields(rule.cl)]
                and all(field.key.isascii() for field in rule.fields)  # it does not find others in the text
                and all(_msgspec_shares(field.rule, seen) for field in rule.fields)
            )
        case ClassRule():  # seen already
            return True
    return False


# --- the standard library, on the way to an error ---


class _NotJSONError(Exception):
    """A constant such as NaN, which the standard library takes and JSON has not."""


def _refuse_constant(name: str) -> Any:
    raise _NotJSONError(name)


def _parse_int(digits: str) -> Any:
    if len(digits.lstrip("-")) > MAX_DIGITS:
        return HugeInteger()
    try:
        return int(digits)
    except ValueError:  # the interpreter's limit may be set lower
        return HugeInteger()


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_parse_int)


def parse_strictly(data: Data) -> Any:
    """
    Parse JSON text with the standard library's strict parser.

    Raises:
        DecodeError: It is not JSON.
    """
    # The errors of the standard library carry the payload, so none may become the context of ours.
    text, problem = _as_text(data)
    value: Any = None
    if problem is None:
        value, problem = _parse(text, data)
    if problem is not None:
        raise problem
    return value


def _as_text(data: Data) -> tuple[str, DecodeError | None]:
    if isinstance(data, str):
        try:
            data.encode()
        except UnicodeEncodeError as error:
            return "", _decode_error("not Unicode text: a lone surrogate", data, error.start, data)
        return data, None
    try:
        return str(data, "utf-8"), None
    except UnicodeDecodeError as error:
        start = error.start
    before = str(bytes(data[:start]), "utf-8")
    return "", _decode_error("not UTF-8", before, len(before), data)


def _parse(text: str, data: Data) -> tuple[Any, DecodeError | None]:
    try:
        start = len(text) - len(text.lstrip(" \t\n\r"))
        value, end = _decoder.raw_decode(text, start)
        rest = text[end:].lstrip(" \t\n\r")
    except json.JSONDecodeError as error:
        return None, _decode_error(f"not JSON: {error.msg}", text, error.pos, data)
    except _NotJSONError as error:
        name = str(error)
        return None, _decode_error(f"not JSON: {name}", text, _position_of_constant(text), data)
    except RecursionError:
        return None, DecodeError("nested too deeply")
    if rest:
        return None, _decode_error("not JSON: text after the value", text, len(text) - len(rest), data)
    return value, None


def _decode_error(reason: str, text: str, position: int, data: Data) -> DecodeError:
    """The error at the character *position* of *text*, whose offset counts in units of *data*."""
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    offset = position if isinstance(data, str) else len(text[:position].encode())
    return DecodeError(reason, line, column, offset)


def _position_of_constant(text: str) -> int:
    """Where the first NaN or Infinity stands: the first that is not inside a string, which match as a whole."""
    matches = re.finditer(r'"[^"\\]*(?:\\.[^"\\]*)*"|NaN|-?Infinity', text, re.DOTALL)
    return next(match.start() for match in matches if match[0][0] != '"')
