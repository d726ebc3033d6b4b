"""
Errors as the official clients read them: ``{"error": {message, type, param, code}}``.

Messages quote neither prompts nor completions: they name the paths that are wrong in a body. The exception is an error
that upstream reports. It concerns this client, so the gateway forwards its message.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import attrs
import httpx
from starlette.responses import JSONResponse, Response

from router_schema import DecodeError, RouterSchemaError, ValidationError
from router_schema.openai import ErrorBody
from router_schema.streams import IncompleteStreamError, StreamError

logger = logging.getLogger(__name__)

#: The number of a body's problems that a message names.
MAX_NAMED = 5


class TooLargeError(Exception):
    """A body is longer than the gateway accepts."""


class UnknownReasonError(Exception):
    """The router's schema lacks a finish reason that upstream sent."""


#: The exceptions that upstream's answers can cause; `upstream_problem` turns each into a problem.
UPSTREAM_ERRORS = (RouterSchemaError, TooLargeError, UnknownReasonError, TimeoutError, httpx.TransportError)


@attrs.frozen
class Problem:
    """
    An error for the client.

    Attributes:
        status: The HTTP status, unless the gateway has already sent one.
        message: The error for people.
        type: ``invalid_request_error`` if the client can fix it, else ``upstream_error``, or upstream's own type.
        code: The error for programs.
        param: The wrong field of the request.
        billed: Whether upstream may have generated, and so billed, an answer that the client does not receive. The
            official clients then must not retry.
        is_ours: Whether the gateway wrote the message. Upstream's may quote the prompt and must not reach the log.
    """

    status: int
    message: str
    type: str | None = "upstream_error"
    code: str | float | None = None
    param: str | None = None
    billed: bool = False
    is_ours: bool = True

    def body(self) -> dict[str, Any]:
        """Return the error as builtins."""
        return {"error": {"message": self.message, "type": self.type, "param": self.param, "code": self.code}}

    def response(self, headers: dict[str, str] | None = None) -> Response:
        """Return the error as a response with additional *headers*."""
        self.log("answered")
        no_retry = {"x-should-retry": "false"} if self.billed else {}
        return JSONResponse(self.body(), self.status, no_retry | (headers or {}))

    def event(self) -> bytes:
        """Return the error as the last event of a stream."""
        self.log("streamed")
        return f"data: {json.dumps(self.body())}\n\n".encode()

    def log(self, how: str) -> None:
        """Write the error to the log."""
        message = self.message if self.is_ours else "An error that upstream reported."
        logger.warning("%s: %s %s", how, self.status, message)


def invalid_request(error: DecodeError) -> Problem:
    """Report a request that does not match `Question`."""
    paths = [problem.path.removeprefix("$.") for problem in error.errors if problem.path != "$"]
    message = f"The gateway does not accept this request: {described(error)}."
    return Problem(400, message, "invalid_request_error", "invalid_request", paths[0] if paths else None)


def too_large() -> Problem:
    """Report a request that is too long."""
    return Problem(413, "The request is too long.", "invalid_request_error", "request_too_large")


def reported(error_body: ErrorBody, status: int) -> Problem:
    """Forward an error that upstream reported."""
    message = error_body.message or "The upstream server reported an error."
    return Problem(status, message, error_body.type, error_body.code, error_body.param, is_ours=False)


def upstream_problem(error: Exception) -> Problem:
    """Report one of `UPSTREAM_ERRORS`, which occurred after status 200."""
    match error:
        case TooLargeError():
            return Problem(502, "The upstream answer is too long.", code="upstream_too_large", billed=True)
        case TimeoutError():
            return Problem(504, "The upstream server took too long.", code="upstream_timeout", billed=True)
        case httpx.ConnectError():
            return Problem(502, "The upstream server cannot be reached.", code="upstream_unreachable")
        case httpx.TransportError() | IncompleteStreamError():
            return Problem(502, "The upstream server broke off.", code="upstream_broke_off", billed=True)
        case StreamError():
            return reported(error.error_body, status_of(error.error_body))
        case UnknownReasonError():
            message = "The upstream answer has a finish reason that the router does not know."
            return Problem(502, message, code="upstream_invalid", billed=True)
        case DecodeError():
            message = f"The upstream answer is not a completion: {described(error)}."
            return Problem(502, message, code="upstream_invalid", billed=True)
    raise error


def status_of(error_body: ErrorBody) -> int:
    """Return the HTTP status that an error has as its code, else 502."""
    code = error_body.code
    number = int(code) if isinstance(code, str) and code.isdecimal() and len(code) == 3 else code
    return int(number) if isinstance(number, int | float) and 400 <= number <= 599 else 502


def described(error: DecodeError) -> str:
    """Say where a body is wrong, without quoting it."""
    if not isinstance(error, ValidationError):
        return "not JSON" if error.line is None else f"not JSON (line {error.line}, column {error.column})"
    if error.error_body is not None:
        return "an error body"
    first = error.errors[:MAX_NAMED]
    named = [f"{public(problem.path)} ({problem.kind}, expected {problem.expected})" for problem in first]
    more = error.error_count - len(named)
    return "; ".join(named) + (f"; and {more} more" if more else "")


def public(path: str) -> str:
    """Cut *path* after ``logprobs``: the keys below are tokens, pieces of the text."""
    head, found, _ = path.partition(".logprobs.")
    return f"{head}.logprobs" if found else path
