"""
Every error that the library raises about data.

The hierarchy::

    ValueError
    └── RouterSchemaError
        ├── DecodeError            the text is not JSON; says where
        │   └── ValidationError    valid JSON that does not match the schema; lists every problem
        ├── EncodeError            an object that cannot be serialized under its own schema; lists every problem
        ├── StreamError            a server reported an error inside a stream; carries its error body
        └── IncompleteStreamError  a stream broke off before every choice had its finish reason

Completions are private, so no message, repr or traceback quotes the payload. There are three exceptions, each cut at 40
characters: a rejected enum or ``Literal`` value, the ``type`` and ``code`` of an error body, and object keys in paths,
because the keys of a ``dict[str, X]`` come from the payload.
"""

from __future__ import annotations

from typing import Any, Literal

import attrs

__all__ = [
    "DecodeError",
    "EncodeError",
    "ErrorBody",
    "FieldError",
    "IncompleteStreamError",
    "RouterSchemaError",
    "StreamError",
    "ValidationError",
]

#: How many problems an error lists. It only counts the rest, so that a hostile body cannot make it huge.
MAX_ERRORS = 100

_MAX_SHOWN = 40
_MAX_PATH = 300
_MAX_TEXT = 10_000
_MAX_INTEGER = 10**_MAX_SHOWN


def shown(value: object) -> str:
    """
    A JSON scalar as a short, printable, one-line text, cut at 40 characters.

    Of any other object it shows the type alone, since a foreign ``__repr__`` could raise or quote the payload.
    """
    if isinstance(value, str):
        value = str.__str__(value)
        return repr(value if len(value) <= _MAX_SHOWN else value[:_MAX_SHOWN] + "…")
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        # int.__repr__ because an IntEnum has a repr of its own. CPython raises on printing very long integers.
        return int.__repr__(value) if abs(value) < _MAX_INTEGER else "a huge integer"
    if isinstance(value, float):
        return float.__repr__(value)
    return f"<{clipped(type(value).__name__, _MAX_SHOWN)}>"


def clipped(text: str, limit: int = _MAX_PATH) -> str:
    """*text*, its middle replaced by an ellipsis where it is longer than *limit* characters."""
    return text if len(text) <= limit else f"{text[: limit // 2]}…{text[-limit // 2 :]}"


#: A path under construction: ``None`` is the root, anything else a pair of the parent's path and a JSON key or index.
Path = Any

#: The steps to the fields of classes, formatted once. No key of a payload is kept here.
_field_steps: dict[str, str] = {}


def format_field_step(key: str) -> str:
    """The step to the field of a class under this JSON key. `format_path` finds it again, in less time."""
    step = f".{key}" if key.isidentifier() and key.isascii() else f"[{key!r}]"  # of any length: it is no payload
    return _field_steps.setdefault(key, step)


def is_field_key(key: str) -> bool:
    """Whether a class has a field under this JSON key, so that it is no payload."""
    return key in _field_steps


def _format_step(step: object) -> str:
    if type(step) is int and 0 <= step < _MAX_INTEGER:
        return f"[{step}]"
    if type(step) is str and len(step) <= _MAX_SHOWN and step.isidentifier() and step.isascii():
        return f".{step}"
    return f"[{shown(step)}]"


def format_path(path: Path) -> str:
    """*path* as ``$.choices[0].text``. Quotes unusual keys, ``$['odd key']``, and shortens long keys and long paths."""
    text = ""
    while path is not None:
        path, step = path
        text = (_field_steps.get(step) or _format_step(step)) + text
    return f"${text}" if len(text) < _MAX_PATH else clipped(f"${text}")


@attrs.frozen(weakref_slot=False)
class FieldError:
    """
    One problem at one place.

    Attributes:
        path: Where, in JSON's own key names: ``$.choices[0].finish_reason``.
        kind: ``"missing"``, ``"type"`` (a JSON type that the field never has), ``"value"`` (the right type, but a
            rejected value) or ``"extra"`` (an unexpected key).
        expected: What the schema expects, in a few words: ``"number or null"``.
        actual: What was there. In JSON: ``"string"``, ``"integer"``, ``"number"``, ``"boolean"``, ``"null"``,
            ``"array"`` or ``"object"``; in an instance, the name of the Python type; ``"nothing"`` for a missing key.
        message: The problem as a phrase, without the path.
    """

    path: str
    kind: Literal["missing", "type", "value", "extra"]
    expected: str
    actual: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"

    def below(self, parent: str) -> FieldError:
        """The same problem in a value at the path *parent*. Bounds every text: user code may have written it."""
        return FieldError(
            clipped(parent + self.path[1:]),
            self.kind,
            clipped(self.expected),
            clipped(self.actual),
            clipped(self.message),
        )


@attrs.frozen
class ErrorBody:
    """
    The error that a server sent in place of a completion.

    Servers send ``{"error": {...}}``, ``{"error": "text"}`` or, flat, ``{"object": "error", ...}``. The router's
    platform also sends the first with a ``doc_url`` in place of type and param, and ``{"code": ..., "message": ...}``.
    A field that is absent or of another type is None. Texts are cut at 10,000 characters, and hold ``?`` for a lone
    surrogate.

    Attributes:
        message: What happened, in the server's words. Servers quote prompts in it, so the repr omits it.
        type: The kind of error, such as ``"invalid_request_error"``.
        param: The request parameter at fault. The repr omits it as well.
        code: A word such as ``"model_not_found"``, or a number: an HTTP or gRPC status.
        doc_url: A page about the error. The repr omits it.
    """

    message: str | None = attrs.field(default=None, repr=False)
    type: str | None = attrs.field(default=None, repr=shown)
    param: str | None = attrs.field(default=None, repr=False)
    code: str | float | None = attrs.field(default=None, repr=shown)
    doc_url: str | None = attrs.field(default=None, repr=False)

    @classmethod
    def recognise(cls, value: object) -> ErrorBody | None:
        """The error body that the parsed JSON *value* is, or None."""
        if not isinstance(value, dict):
            return None
        error = value.get("error")
        if not error and "choices" in value:
            if value.get("object") != "error":
                return None  # an empty error beside a completion reports nothing
            error = value
        if isinstance(error, str):
            return cls(message=_text_or_none(error))
        if not isinstance(error, dict):
            if not _is_bare_error(value):
                return None
            error = value
        code: Any = error.get("code")
        is_number = isinstance(code, int | float) and not isinstance(code, bool)
        return cls(
            message=_text_or_none(error.get("message")),
            type=_text_or_none(error.get("type")),
            param=_text_or_none(error.get("param")),
            code=code if is_number and -(10**18) < code < 10**18 else _text_or_none(code),
            doc_url=_text_or_none(error.get("doc_url")),
        )

    def __str__(self) -> str:
        parts = [f"{name} {shown(value)}" for name in ("type", "code") if (value := getattr(self, name)) is not None]
        return f"an error body ({', '.join(parts)})" if parts else "an error body"


def _is_bare_error(value: dict[Any, Any]) -> bool:
    if value.get("object") == "error":
        return True
    return isinstance(value.get("message"), str) and ("code" in value or "details" in value) and "choices" not in value


def _text_or_none(value: object) -> str | None:
    # JSON can spell lone surrogates, which can't be printed.
    return value[:_MAX_TEXT].encode("utf-8", "replace").decode() if isinstance(value, str) else None


class RouterSchemaError(ValueError):
    """The base of every error that this library raises about data."""


class DecodeError(RouterSchemaError):
    """
    The text is not JSON, the input is not an event stream, or an event is too long.

    Attributes:
        line: The line of the text with the first mistake, from 1; or None (nested too deeply).
        column: The column in that line, in characters, from 1; or None.
        offset: The position in the input, from 0: in bytes for bytes, in characters for a ``str``; or None.
        line_number: The line of the JSON Lines source that held the text, from 1; None if the text is not such a line.
        errors: Empty. A `ValidationError` lists its problems here, so code that handles both needs no isinstance.
        error_count: 0.
        event_number: The number of the stream's event that held the text, from 1, or None if no event did.
    """

    line: int | None = None
    column: int | None = None
    offset: int | None = None
    line_number: int | None = None
    errors: tuple[FieldError, ...] = ()
    error_count: int = 0
    event_number: int | None = None

    def __init__(
        self, reason: str, line: int | None = None, column: int | None = None, offset: int | None = None
    ) -> None:
        super().__init__(reason, line, column, offset)
        self.line, self.column, self.offset = line, column, offset

    def __str__(self) -> str:
        place = "" if self.line is None else f": line {self.line} column {self.column} (offset {self.offset})"
        return f"{self._source}{self.args[0]}{place}"

    @property
    def _source(self) -> str:
        if self.event_number is not None:
            return f"event {self.event_number}: "
        return "" if self.line_number is None else f"line {self.line_number}: "


def _listing(errors: tuple[FieldError, ...], error_count: int) -> str:
    lines = [f"  {error}" for error in errors]
    if error_count > len(errors):
        lines.append(f"  … and {error_count - len(errors):,} more")
    return "\n".join(lines)


def _counted(error_count: int) -> str:
    return "1 problem" if error_count == 1 else f"{error_count:,} problems"


class ValidationError(DecodeError):
    """
    Valid JSON that does not match the schema.

    Attributes:
        model: The name of the class that the caller asked for; for any other type, what it accepts: ``"array"``,
            ``"Body or null"``.
        errors: The problems in schema order, at most 100 of them.
        error_count: The total number of problems.
        error_body: The error that the server sent in place of a completion, if it did.
        line_number: The line of the JSON Lines source that held the text, from 1; None if the text is not such a line.
        event_number: The number of the stream's event that held the text, from 1, or None if no event did.
    """

    model: str
    errors: tuple[FieldError, ...]
    error_count: int
    error_body: ErrorBody | None

    def __init__(
        self,
        model: str,
        errors: tuple[FieldError, ...],
        error_count: int,
        error_body: ErrorBody | None = None,
    ) -> None:
        self.args = model, errors, error_count, error_body
        self.model, self.errors, self.error_count, self.error_body = model, errors, error_count, error_body

    def __str__(self) -> str:
        instead = "" if self.error_body is None else f"{self.error_body} in place of a {self.model}; "
        title = f"{self._source}{instead}{_counted(self.error_count)} in {self.model}"
        return f"{title}\n{_listing(self.errors, self.error_count)}"

    def __repr__(self) -> str:
        return f"<ValidationError: {_counted(self.error_count)} in {self.model}>"


class EncodeError(RouterSchemaError):
    """
    An object that cannot be serialized under its own schema. Nothing was written.

    Attributes:
        model: The name of the object's class; for any other type, what it encodes to: ``"array"``, ``"Body or null"``.
        errors: The problems in schema order, at most 100 of them.
        error_count: The total number of problems.
    """

    model: str
    errors: tuple[FieldError, ...]
    error_count: int

    def __init__(self, model: str, errors: tuple[FieldError, ...], error_count: int) -> None:
        super().__init__(model, errors, error_count)
        self.model, self.errors, self.error_count = model, errors, error_count

    def __str__(self) -> str:
        return f"{_counted(self.error_count)} in {self.model}\n{_listing(self.errors, self.error_count)}"

    def __repr__(self) -> str:
        return f"<EncodeError: {_counted(self.error_count)} in {self.model}>"


class StreamError(RouterSchemaError):
    """
    The server reported an error inside a stream, or in place of one.

    Servers send status 200 before they generate, so they report a later error as an event. The chunks before it are
    valid.

    Attributes:
        error_body: The error as the server reported it.
        event_number: The number of the event that reports it, from 1, or None if the error body is the whole response.
    """

    error_body: ErrorBody
    event_number: int | None

    def __init__(self, error_body: ErrorBody, event_number: int | None = None) -> None:
        super().__init__(error_body, event_number)
        self.error_body, self.event_number = error_body, event_number

    def __str__(self) -> str:
        if self.event_number is None:
            return f"{self.error_body} in place of a stream"
        return f"event {self.event_number}: {self.error_body}"

    def __repr__(self) -> str:
        return f"<StreamError: {self}>"


class IncompleteStreamError(RouterSchemaError):
    """
    A stream ended, or broke off, before every choice had its finish reason.

    Attributes:
        choices: The number of choices that arrived, in part or whole.
        unfinished: The number of these without a finish reason.
        expected: The least number of choices in a complete stream.
    """

    choices: int
    unfinished: int
    expected: int

    def __init__(self, choices: int, unfinished: int, expected: int = 1) -> None:
        super().__init__(choices, unfinished, expected)
        self.choices, self.unfinished, self.expected = choices, unfinished, expected

    def __str__(self) -> str:
        if self.choices < self.expected:
            return f"incomplete stream: {self.choices:,} of {self.expected:,} choices arrived"
        return f"incomplete stream: {self.unfinished:,} of {self.choices:,} choices have no finish reason"
