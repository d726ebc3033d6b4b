"""``router-schema schema``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from user_classes import Node

from router_schema import json_schema, make_converter
from router_schema._cli import main

Captured = pytest.CaptureFixture[str]


def test_schema_is_printed(capsys: Captured) -> None:
    """The schema of the shipped class is printed as JSON."""
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()


def test_schema_of_a_class_of_the_user(capsys: Captured) -> None:
    """The schema may be that of any class, and forbid extra keys."""
    assert main(["schema", "--model", "user_classes:Node", "--forbid-extra-keys"]) == 0
    strict = make_converter(forbid_extra_keys=True)
    assert json.loads(capsys.readouterr().out) == json_schema(Node, converter=strict)


def test_schema_of_a_class_that_is_not_supported(folder: Path, capsys: Captured) -> None:
    """A class with a field of a type that is not supported is misuse, and the message names the field."""
    (folder / "signals.py").write_text("import attrs\n@attrs.frozen\nclass Signal:\n    value: complex\n")

    assert main(["schema", "--model", "signals:Signal"]) == 2
    assert "Signal.value: complex is not supported" in capsys.readouterr().err
