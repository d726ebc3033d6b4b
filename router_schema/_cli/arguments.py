"""Parsing of the commands' arguments, and the error for invalid ones."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import Any, get_args

import attrs

from .._schemas import SCHEMAS
from ..logs import ChangeRule
from ..logs.compare import ChangeKind
from ..models import RouterCompletionsResponseBody


class MisuseError(Exception):
    """The command can't do what the user asked for. The message says why."""


def add_schema_arguments(parser: argparse.ArgumentParser, of_streams: str = "") -> None:
    """Add the options that select the schema of the bodies; *of_streams* says what ``--model`` selects for streams."""
    parser.add_argument(
        "--forbid-extra-keys", action="store_true", help="reject keys that the schema does not name, at every level"
    )
    parser.add_argument(
        "--model",
        type=_model,
        default=RouterCompletionsResponseBody,
        metavar="SCHEMA",
        help="the schema of a body: router (the model reference, the default), orq (the router's current schema), "
        "openai (what servers send), or your own attrs class as module:Class" + of_streams,
    )


def add_change_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which changes fail: the settings of a `ChangeRule`."""
    rule, kinds = ChangeRule(), ", ".join(get_args(ChangeKind))
    add = parser.add_argument_group("which changes fail").add_argument
    add(
        "--fail-on",
        type=lambda text: tuple(kind for part in text.split(",") if (kind := part.strip())),
        default=rule.fail_on,
        metavar="KINDS",
        help=f"kinds of changes that may fail, separated by commas: {kinds} (default {','.join(rule.fail_on)})",
    )
    for option, parse, metavar, text in (
        ("--level", float, "P", "the rise has at most this probability by chance; 1 ignores chance"),
        ("--min-count", count, "N", "the newer count is at least N"),
        ("--min-share", float, "SHARE", "the share rose by at least SHARE, from 0 to 1"),
        ("--min-growth", float, "PART", "the share rose by at least PART of the older share"),
    ):
        default = getattr(rule, option.removeprefix("--").replace("-", "_"))
        text = f"a change fails only if {text} (default {default})"
        add(option, type=parse, default=default, metavar=metavar, help=text)


def change_rule(arguments: argparse.Namespace) -> ChangeRule:
    """
    The rule that the options describe.

    Raises:
        MisuseError: If one of them is out of its range.
    """
    names = [attribute.name for attribute in attrs.fields(ChangeRule)]
    try:
        return ChangeRule(**{name: getattr(arguments, name) for name in names})
    except ValueError as error:
        name, _, reason = str(error).partition(":")
        raise MisuseError(f"--{name.replace('_', '-')}:{reason}") from None


def count(text: str) -> int:
    """A whole number."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"must be a whole number, 0 or more, not {text!r}")
    return int(text)


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"must be a whole number, 1 or more, not {text!r}")
    return int(text)


def _model(text: str) -> Any:
    """A shipped schema by its short name, or ``module:Class``, of the current folder or an installed module."""
    if text in SCHEMAS:
        return SCHEMAS[text]
    module, _, name = text.partition(":")
    if not (module and name):
        raise argparse.ArgumentTypeError(f"{text!r} is neither {', '.join(SCHEMAS)} nor module:Class")
    sys.path.insert(0, os.getcwd())
    try:
        cl = getattr(importlib.import_module(module), name)
    except (Exception, SystemExit) as error:  # a module may raise anything when it is imported
        raise argparse.ArgumentTypeError(f"{text!r} cannot be imported ({error})") from None
    if not (isinstance(cl, type) and attrs.has(cl)):
        raise argparse.ArgumentTypeError(f"{text!r} is not an attrs class")
    return cl
