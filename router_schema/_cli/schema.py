"""``router-schema schema``."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .._json_schema import json_schema
from ..converter import make_converter
from .arguments import MisuseError, add_schema_arguments


def add_parser(commands: Any) -> None:
    """Add the command to those of the parser."""
    parser = commands.add_parser(
        "schema",
        help="print the JSON Schema of a body",
        description="Print the JSON Schema (draft 2020-12) of a body.",
    )
    parser.set_defaults(run=_run)
    add_schema_arguments(parser)


def _run(arguments: argparse.Namespace) -> int:
    converter = make_converter(forbid_extra_keys=arguments.forbid_extra_keys)
    try:
        schema = json_schema(arguments.model, converter=converter)
    except TypeError as error:  # the class has a field of a type that is not supported
        raise MisuseError(str(error)) from None
    print(json.dumps(schema, indent=2))
    return 0
