"""What a terminal shows, with rich."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from log_lines import change, line, text, write
from support import choice

pytest.importorskip("rich")

from router_schema import Report, check
from router_schema._cli import main
from router_schema._cli.outputs import Findings
from router_schema._cli.terminal import progress_bar, write_report


def screen(monkeypatch: pytest.MonkeyPatch, findings: Findings, columns: int) -> str:
    """The report on a terminal of that width."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: True)
    write_report(out, findings.head(), findings.tables(), findings.report.ok)
    return out.getvalue()


def plain(shown: str) -> str:
    """What is shown, without its colours."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown).replace("\r", "")


@pytest.mark.parametrize("columns", [80, 140])
def test_the_report_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """Tables fold into the width; paths, which people copy, stay in one line."""
    report = check([line(), line(choices=[choice(finish_reason="eos")]), line(model="m" * 90)])
    lines = plain(screen(monkeypatch, Findings(report), columns)).splitlines()

    assert max(map(len, lines)) <= columns
    assert any("$.choices[*].finish_reason" in line for line in lines)


def test_words_are_whole_at_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """At 80 columns no word of a message is broken, and details stand below the path, as many in a line as fit."""
    report = check([line(), line(choices=[choice(finish_reason="eos")]), line(usage=1)])
    shown = plain(screen(monkeypatch, Findings(report), 80)).splitlines()
    start = next(index for index, text in enumerate(shown) if "finish_reason" in text)

    assert [text.rstrip() for text in shown[start : start + 4]] == [
        "     1  33.3%  $.choices[*].finish_reason                                  value",
        "               expected one of 'stop', 'length', 'content_filter',",
        "               'tool_calls', got 'eos'",
        "               first at line 2, from 2025-10-09 08:55",
    ]
    assert shown[start + 4].split() == ["to", "2025-10-09", "08:55", "UTC"]


@pytest.mark.parametrize("columns", [1, 10, 20, 40])
def test_tiny_terminals(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """However narrow the terminal, the report is shown, if need be with broken words."""
    report = check([line(), line(choices=[choice(finish_reason="eos")])])
    shown = plain(screen(monkeypatch, Findings(report), columns))

    assert "".join(shown.split()).startswith("2bodies:1valid")
    assert max(map(len, shown.splitlines())) <= max(columns, 20)


def test_wide_terminals_have_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is room, every detail is a column."""
    shown = plain(screen(monkeypatch, Findings(check([line(id=1)])), 200))

    assert re.search(r"what +first at +first \(UTC\) +last \(UTC\)", shown)
    assert re.search(r"expected string, got integer +line 1 +2025-10-09 08:55 +2025-10-09 08:55", shown)


def test_wide_characters_have_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A character that takes two columns counts as two."""
    model = "通义千问大模型版本一"
    shown = plain(screen(monkeypatch, Findings(check([line(model=model)])), 120))

    assert model in shown


def test_long_paths_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path of half a screen folds like other text, and is shown whole."""
    report = check([line(**{"k" * 40: 1})])
    shown = plain(screen(monkeypatch, Findings(report), 40))

    assert max(map(len, shown.splitlines())) <= 40
    assert shown.count("k") >= 40


@pytest.mark.parametrize(("lines", "colour"), [([line()], "32"), ([b"{"], "31")])
def test_the_headline_has_the_colour_of_the_verdict(monkeypatch: Any, lines: list[bytes], colour: str) -> None:
    """A report without problems is headed in green, any other in red."""
    assert screen(monkeypatch, Findings(check(lines)), 80).startswith(f"\x1b[1;{colour}m1 body")


def test_notes_and_changes_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut tables say so, and changes stand first; no change is a note."""
    report = check([line(model=f"m{number}") for number in range(3)])
    changes = (change("'m2'", (0, 1), (1, 3), fails=True),)
    changed = plain(screen(monkeypatch, Findings(report, changes, "old.json", 2), 80))
    same = plain(screen(monkeypatch, Findings(report, (), "old.json"), 80))

    assert " … and 1 more (--rows 0 shows all)" in changed
    assert re.search(
        r"^3 bodies.*\n\nChanges since old.json\n.*\n.*\n *! +new +model +'m2' +0% +33.3% +more than", changed
    )
    assert "\n\nChanges since old.json\n none\n\n" in same


def test_the_progress_bar_goes_when_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar shows bytes while the block runs, and is erased at its end, whether the total is known or not."""
    for total, shown in ((1000, "0.5/1.0 kB"), (None, "500/? bytes")):
        err = io.StringIO()
        monkeypatch.setattr(err, "isatty", lambda: True)
        monkeypatch.setenv("TERM", "xterm-256color")
        with progress_bar(err, total) as advance:
            advance(500)

        assert shown in err.getvalue()
        assert err.getvalue().endswith("\x1b[2K")


@pytest.mark.usefixtures("folder")
def test_the_command_shows_progress_on_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar is drawn on standard error if it is a terminal, even if standard output is not."""
    for is_terminal in (True, False):
        err = io.StringIO()
        monkeypatch.setattr(err, "isatty", lambda is_terminal=is_terminal: is_terminal)
        monkeypatch.setattr(sys, "stderr", err)

        assert main(["check", "good.jsonl"]) == 0
        assert bool(err.getvalue()) is is_terminal


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_real_terminal(folder: Path, encoding: str) -> None:
    """
    On a terminal the report is coloured and as wide as that; a progress bar appears on standard error.

    Characters that its encoding lacks are escapes.
    """
    write(folder / "big.jsonl", (text(model="m\u2026") * 99 + text(choices=[choice(finish_reason="eos")])) * 100)
    streams = [pty.openpty(), pty.openpty()]
    environment = {**os.environ, "COLUMNS": "80", "TERM": "xterm-256color", "PYTHONIOENCODING": encoding}
    environment.pop("NO_COLOR", None)
    command = [sys.executable, "-m", "router_schema", "check", "big.jsonl", "--rows", "1"]
    process = subprocess.Popen(command, cwd=folder, stdout=streams[0][1], stderr=streams[1][1], env=environment)
    for _, end in streams:
        os.close(end)
    texts = {stream: b"" for stream, _ in streams}
    opened = set(texts)
    while opened:
        for stream in select.select(list(opened), [], [])[0]:
            try:
                data = os.read(stream, 65536)
            except OSError:  # how Linux reports that the other end was closed
                data = b""
            texts[stream] += data
            if not data:
                opened.discard(stream)
                os.close(stream)
    out, err = (texts[stream].decode(encoding) for stream, _ in streams)

    assert process.wait() == 1
    assert "\x1b[1;31m10,000 bodies" in out
    assert ("m\u2026" if encoding == "utf-8" else r"m\u2026") in out
    assert max(map(len, plain(out).splitlines())) <= 80
    assert "/s" in err


def test_a_report_of_nothing_is_its_headline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without bodies there are no tables."""
    assert plain(screen(monkeypatch, Findings(Report()), 80)) == "no bodies\n"
