"""Short names of schemas, and the suggestion of another one where most bodies are invalid."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from support import body

from router_schema import loads
from router_schema._cli import main
from router_schema.logs import Report, decode, suggestions

PLAIN = body()
LOOSE = body(system_fingerprint=...)
SUGGESTION = (
    "1 of 4 valid; 3 match orq.CreateCompletionResponseBody: try --model orq; "
    "3 match openai.Completion: try --model openai"
)

Captured = pytest.CaptureFixture[str]


def lines(*bodies: Any) -> bytes:
    """Bodies as JSON Lines; bytes are taken as they are."""
    return b"".join(item if isinstance(item, bytes) else json.dumps(item).encode() + b"\n" for item in bodies)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of a valid body, two without a fingerprint, a blank line, and one that is not JSON."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "log.jsonl"
    path.write_bytes(lines(PLAIN, LOOSE, b"\n", LOOSE, b"{\n"))
    return path


@pytest.mark.parametrize(
    ("model", "valid"),
    [
        ("router", 1),
        ("orq", 3),
        ("openai", 3),
        ("router_schema.orq:CreateCompletionResponseBody", 3),
        ("router_schema:RouterCompletionsResponseBody", 1),
    ],
)
def test_models_have_short_names(log: Path, capsys: Captured, model: str, valid: int) -> None:
    """A shipped schema has a short name and the name of its class."""
    main(["check", str(log), "--format", "json", "--model", model])

    assert loads(capsys.readouterr().out, Report).valid == valid


def test_schemas_have_short_names(capsys: Captured) -> None:
    """The command that prints a schema knows the short names too."""
    assert main(["schema", "--model", "orq"]) == 0
    assert json.loads(capsys.readouterr().out)["$ref"] == "#/$defs/CreateCompletionResponseBody"


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_another_schema_is_suggested(log: Path, capsys: Captured, jobs: str) -> None:
    """Below the headline, the report says how many bodies other schemas accept."""
    main(["check", str(log), "--jobs", jobs])

    assert capsys.readouterr().out.splitlines()[:3] == [
        "4 bodies: 1 valid (25.0%), 2 invalid, 1 malformed",
        SUGGESTION,
        "",
    ]


def test_markdown_has_it_too(log: Path, capsys: Captured) -> None:
    """In Markdown the suggestion is a separate paragraph; JSON has only the report."""
    main(["check", str(log), "--format", "markdown"])
    markdown = capsys.readouterr().out
    main(["check", str(log), "--format", "json"])

    assert markdown.startswith(f"**4 bodies: 1 valid (25.0%), 2 invalid, 1 malformed**\n\n{SUGGESTION}\n\n### ")
    assert "--model" not in capsys.readouterr().out


@pytest.mark.parametrize("content", [lines(PLAIN, LOOSE), lines({}, {}), lines(b"\n")], ids=["half", "none", "empty"])
def test_nothing_is_suggested(log: Path, capsys: Captured, content: bytes) -> None:
    """There is no suggestion where half of the bodies are valid, or no schema accepts any."""
    log.write_bytes(content)
    main(["check", str(log)])

    assert "try --model" not in capsys.readouterr().out


def test_nothing_is_suggested_for_own_classes(log: Path, capsys: Captured) -> None:
    """For a user's class, no other schema is suggested."""
    log.with_name("mine.py").write_text("import attrs\n\n@attrs.frozen\nclass Mine:\n    x: int\n")
    main(["check", str(log), "--model", "mine:Mine"])

    assert "try --model" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "model", "line"),
    [
        ("log.sse", b'data: {"other": 1}\n\n', "optional_x:Mine", "no event has any key of the schema"),
        ("log.sse", b'data: {"x": null}\n\n', "optional_x:Mine", "\n"),
        ("log.jsonl", lines({"other": 1}), "optional_x:Mine", "no body has any key of the schema"),
        ("log.jsonl", lines({"other": 1, "x": 1}), "optional_x:Mine", "\n"),
        ("log.jsonl", lines({"error": {"message": "no"}}), "router", "\n"),
    ],
)
def test_a_schema_of_other_keys_is_doubted(
    log: Path, capsys: Captured, name: str, content: bytes, model: str, line: str
) -> None:
    """If no body has a key of the schema, the report says so: optional fields accept any object."""
    log.with_name("optional_x.py").write_text("import attrs\n\n@attrs.frozen\nclass Mine:\n    x: int | None = None\n")
    log.with_name(name).write_bytes(content)
    main(["check", name, "--model", model])

    assert capsys.readouterr().out.splitlines(keepends=True)[1].startswith(line)


def test_every_kind_of_file_is_read_again(log: Path, capsys: Captured) -> None:
    """Documents, arrays and compressed files are counted as they were checked."""
    log.unlink()
    log.with_name("a.json").write_bytes(json.dumps(LOOSE).encode())
    log.with_name("b.json").write_bytes(json.dumps([LOOSE, PLAIN]).encode())
    log.with_name("c.jsonl.gz").write_bytes(gzip.compress(lines(LOOSE)))
    log.with_name("d.json").write_bytes(b"{")
    main(["check", "."])

    assert "1 of 5 valid; 4 match orq.CreateCompletionResponseBody" in capsys.readouterr().out


def test_a_long_log_is_sampled(log: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a long log only the first bodies are read again, and the line says so."""
    monkeypatch.setattr(suggestions, "_SAMPLE", 2)
    main(["check", str(log)])

    assert "first 2 bodies: 1 of 2 valid" not in capsys.readouterr().out  # half of these are valid
    log.write_bytes(lines(LOOSE, LOOSE, LOOSE, PLAIN))
    main(["check", str(log)])
    assert "\nfirst 2 bodies: 0 of 2 valid; 2 match orq." in capsys.readouterr().out


def test_bodies_of_too_many_values_match_no_schema(
    log: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body that the check did not parse, because it would take too much memory, is not parsed for a suggestion."""
    monkeypatch.setattr(suggestions, "LONG", 0)
    monkeypatch.setattr(decode, "_MAX_VALUES", 5)
    main(["check", str(log)])

    assert SUGGESTION not in capsys.readouterr().out


def test_no_more_is_read_than_was_checked(log: Path, capsys: Captured) -> None:
    """Where the check stopped early, so does the count."""
    log.write_bytes(lines(LOOSE, LOOSE, PLAIN, PLAIN))
    main(["check", str(log), "--max-errors", "1"])

    assert capsys.readouterr().out.splitlines()[1].startswith("0 of 1 valid; 1 match orq.")


def test_pipes_are_not_read_again(log: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input and other pipes are empty once they were read, and are not opened again."""

    def refuse(path: str) -> Any:
        raise AssertionError(path)

    monkeypatch.setattr(suggestions, "open_file", refuse)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(log.read_bytes()))))  # type: ignore[type-var]
    reader, writer = os.pipe()
    os.write(writer, log.read_bytes())
    os.close(writer)
    for path in ("-", f"/dev/fd/{reader}"):
        main(["check", path])

        assert capsys.readouterr().out.startswith("4 bodies: 1 valid (25.0%), 2 invalid, 1 malformed\n\n")
    os.close(reader)


@pytest.mark.parametrize("name", ["events.txt", "events.json"])
@pytest.mark.parametrize("start", ["data: ", "event: message\ndata: ", "\ufeffdata:", ": waiting\n\ndata: "])
def test_streams_under_another_name_are_recognised(tmp_path: Path, capsys: Captured, start: str, name: str) -> None:
    """A file of server-sent events that is not called .sse is malformed throughout, and the command says why."""
    path = tmp_path / name
    path.write_text(f"{start}{json.dumps(PLAIN)}\n\ndata: [DONE]\n\n", encoding="utf-8")

    assert main(["check", str(path)]) == 1
    assert f"this looks like server-sent events: rename {path} to end in .sse\n" in capsys.readouterr().out


@pytest.mark.parametrize("bodies", [PLAIN, [PLAIN, PLAIN], [body()] * 3])
def test_indented_json_under_another_name_is_recognised(tmp_path: Path, capsys: Captured, bodies: Any) -> None:
    """A document of several lines that is not called .json is malformed line by line, and the command says why."""
    path = tmp_path / "bodies.jsonl"
    by_line = "[\n" + ",\n".join(map(json.dumps, bodies)) + "\n]" if isinstance(bodies, list) else ""
    path.write_text(by_line or json.dumps(bodies, indent=2), encoding="utf-8")

    assert main(["check", str(path)]) == 1
    assert f"this looks like indented JSON: rename {path} to end in .json\n" in capsys.readouterr().out
    path.rename(path.with_suffix(".json"))
    main(["check", str(path.with_suffix(".json"))])
    assert "this looks like" not in capsys.readouterr().out


@pytest.mark.parametrize("output", ["text", "markdown", "github"])
@pytest.mark.parametrize("name", ["\x1b[31mred.jsonl", "a\n::error::b.jsonl", "::error::c.jsonl"])
def test_suggestions_cannot_control_anything(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, name: str, output: str
) -> None:
    """The name of a file in a suggestion is printed with escapes, and not at the start of a line."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(b'data: {"id":"1"}\n\n')
    main(["check", name, "--format", output])
    out = capsys.readouterr().out

    assert "to end in .sse" in out
    assert "\x1b" not in out
    assert not any(shown.startswith("::error::") for shown in out.splitlines())


@pytest.mark.parametrize("data", [b"", b"\n", b"plain text\n", b"{\n", b"\x1f\x8b\x08damaged"])
def test_other_files_are_not_taken_for_streams(tmp_path: Path, capsys: Captured, data: bytes) -> None:
    """Nothing is said of files that begin in another way, or can't be read."""
    path = tmp_path / "events.txt"
    path.write_bytes(data)
    main(["check", str(path)])

    assert "server-sent" not in capsys.readouterr().out


def test_a_first_file_that_is_damaged_suggests_nothing(tmp_path: Path, capsys: Captured) -> None:
    """A file that could not be read is not looked at again."""
    (tmp_path / "a.jsonl.gz").write_bytes(b"\x1f\x8b\x08damaged")
    (tmp_path / "b.jsonl").write_bytes(b"{\n")

    assert main(["check", str(tmp_path)]) == 2
    assert "server-sent" not in capsys.readouterr().out
