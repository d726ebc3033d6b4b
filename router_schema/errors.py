"""
What can go wrong, and how it is told.

The hierarchy, drawn once::

    ValueError
    └── RouterSchemaError
        ├── DecodeError            the text is not JSON: says where
        │   └── ValidationError    JSON, but not this schema: says everything that is wrong
        ├── EncodeError            an instance that must not leave: says everything that is wrong
        ├── StreamError            the server reported an error inside a stream: carries its error body
        └── IncompleteStreamError  a stream broke off before every choice had its finish reason

Completions are private, so no text of a payload is in a message, a repr or a traceback. Two short exceptions,
each cut at 40 characters: an enum value that was refused, and the ``type`` and ``code`` of an error body.
"""

from __future__ import annotations

import re
from typing import Any

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

#: How many problems an error lists; the rest is only counted, so that a hostile body cannot make it huge.
MAX_ERRORS = 100

_MAX_SHOWN = 40
_MAX_PATH = 300
_MAX_TEXT = 10_000
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


def shown(value: object) -> str:
    """A short, printable, one-line form of *value*, cut at 40 characters."""
    if isinstance(value, str):
        return repr(value if len(value) <= _MAX_SHOWN else value[:_MAX_SHOWN] + "…")
    # An integer past the interpreter's digit limit has no decimal form.
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**_MAX_SHOWN else "a huge integer"
    return text if len(text) <= _MAX_SHOWN else text[:_MAX_SHOWN] + "…"


#: A path while it is walked: ``None`` is the root, else the parent's path and one JSON key or index.
Path = Any


def format_path(path: Path) -> str:
    """*path* as ``$.choices[0].text``; odd keys as ``$['odd key']``, long ones and long paths cut."""
    steps: list[str] = []
    while path is not None:
        path, step = path
        if isinstance(step, int):
            steps.append(f"[{step}]")
        elif isinstance(step, str) and _IDENTIFIER.fullmatch(step):
            steps.append(f".{step}")
        else:
            steps.append(f"[{shown(step)}]")
    text = "$" + "".join(reversed(steps))
    return text if len(text) <= _MAX_PATH else f"{text[: _MAX_PATH // 2]}…{text[-_MAX_PATH // 2 :]}"


@attrs.frozen
class FieldError:
    """
    One problem at one place.

    Attributes:
        path: Where, in JSON's own key names: ``$.choices[0].finish_reason``.
        kind: ``"missing"``, ``"type"`` (a type that the field never has), ``"value"`` (the right type, refused)
            or ``"extra"``.
        expected: What was expected, in a few words: ``"number or null"``.
        actual: What was there: in JSON ``"string"``, ``"integer"``, ``"number"``, ``"boolean"``, ``"null"``,
            ``"array"`` or ``"object"``, in an instance the name of the Python type; ``"nothing"`` for a missing key.
        message: The problem as a phrase, without the path.
    """

    path: str
    kind: str
    expected: str
    actual: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@attrs.frozen
class ErrorBody:
    """
    What a server sent in place of a completion.

    Servers send ``{"error": {...}}``, ``{"error": "text"}`` or, bare, ``{"object": "error", ...}``; each of the four
    fields may be absent or of another type, and is then None. Texts are cut at 10,000 characters.

    Attributes:
        message: What the server says happened. Servers quote prompts in it, so it is not in the repr.
        type: The kind of error, such as ``"invalid_request_error"``.
        param: The request's parameter that it is about; not in the repr either.
        code: A word such as ``"model_not_found"``, or an HTTP status.
    """

    message: str | None = attrs.field(default=None, repr=False)
    type: str | None = None
    param: str | None = attrs.field(default=None, repr=False)
    code: str | float | None = None

    @classmethod
    def recognise(cls, value: object) -> ErrorBody | None:
        """The error body that the parsed JSON *value* is, or None."""
        if not isinstance(value, dict):
            return None
        error = value.get("error")
        if isinstance(error, str):
            return cls(message=_text_or_none(error))
        if not isinstance(error, dict):
            if value.get("object") != "error":
                return None
            error = value
        code: Any = error.get("code")
        is_number = isinstance(code, int | float) and not isinstance(code, bool)
        return cls(
            message=_text_or_none(error.get("message")),
            type=_text_or_none(error.get("type")),
            param=_text_or_none(error.get("param")),
            code=code if is_number and -(10**18) < code < 10**18 else _text_or_none(code),
        )

    def __str__(self) -> str:
        parts = [f"{name} {shown(value)}" for name in ("type", "code") if (value := getattr(self, name)) is not None]
        return f"an error body ({', '.join(parts)})" if parts else "an error body"


def _text_or_none(value: object) -> str | None:
    return value[:_MAX_TEXT] if isinstance(value, str) else None


class RouterSchemaError(ValueError):
    """The base of every error that this library raises about data."""


class DecodeError(RouterSchemaError):
    """
    The text is not JSON.

    Attributes:
        line: The line of the first thing wrong, from 1, or None where no place can be told (nested too deeply).
        column: The column in that line, in characters, from 1, or None.
        offset: The place in the input as it was given, from 0: bytes of bytes, characters of a ``str``; or None.
        line_number: The line of the JSON Lines source that the text was, from 1, or None where it came alone.
        event_number: The number of the stream's event that held the text, from 1, or None if no event did.
    """

    line: int | None = None
    column: int | None = None
    offset: int | None = None
    line_number: int | None = None
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
    The text is JSON, but not of this schema.

    Attributes:
        model: The name of the class that was asked for.
        errors: What is wrong, in schema order; at most 100 of them.
        error_count: How many problems there are in truth.
        error_body: The error that the server sent in place of a completion, where it is one.
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
        ValueError.__init__(self, model, errors, error_count, error_body)
        self.model, self.errors, self.error_count, self.error_body = model, errors, error_count, error_body

    def __str__(self) -> str:
        instead = "" if self.error_body is None else f"{self.error_body} in place of a {self.model}; "
        title = f"{self._source}{instead}{_counted(self.error_count)} in {self.model}"
        return f"{title}\n{_listing(self.errors, self.error_count)}"

    def __repr__(self) -> str:
        return f"<ValidationError: {_counted(self.error_count)} in {self.model}>"


class EncodeError(RouterSchemaError):
    """
    An instance holds what its schema does not allow, so nothing was written.

    Attributes:
        model: The name of the instance's class.
        errors: What is wrong, in schema order; at most 100 of them.
        error_count: How many problems there are in truth.
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
