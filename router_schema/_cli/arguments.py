"""What the commands' arguments mean, and the error of those that mean nothing."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import Any

import attrs

from .._schemas import SCHEMAS
from ..models import RouterCompletionsResponseBody


class MisuseError(Exception):
    """The command can't do what the user asked for; says why."""


def add_schema_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that say which schema bodies have."""
    parser.add_argument(
        "--forbid-extra-keys", action="store_true", help="report keys that the schema does not name as problems"
    )
    parser.add_argument(
        "--model",
        type=_model,
        default=RouterCompletionsResponseBody,
        metavar="SCHEMA",
        help="what a body should be: router (the model reference, the default), orq (the router's schema of today), "
        "openai (what servers send), or an attrs class of yours as module:Class. Of streams, router and openai stand "
        "for openai.CompletionChunk, and orq for the router's events",
    )


def count(text: str) -> int:
    """A whole number."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if count(text) == 0:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


def _model(text: str) -> Any:
    """A shipped schema by its short name, or ``module:Class``, of the current folder or an installed module."""
    if text in SCHEMAS:
        return SCHEMAS[text]
    module, _, name = text.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        cl = getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:  # a module may raise anything when it is imported
        raise argparse.ArgumentTypeError(f"{text!r} cannot be imported ({error})") from None
    if not (isinstance(cl, type) and attrs.has(cl)):
        raise argparse.ArgumentTypeError(f"{text!r} is not an attrs class")
    return cl
