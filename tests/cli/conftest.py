"""What the tests of the command share."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from log_lines import text, write
from support import body


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of logs, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    write(tmp_path / "good.jsonl", text() * 3)
    write(tmp_path / "bad.jsonl", text() + text(id=1) + b"{\n" + text(provider="x"))
    write(tmp_path / "one.json", json.dumps(body(), indent=2).encode())
    write(tmp_path / "logs" / "packed.jsonl.gz", gzip.compress(text() * 2))
    write(tmp_path / "logs" / "many.json", b"[" + text() + b"," + text() + b"]")
    write(tmp_path / "logs" / "notes.txt", b"no bodies")
    return tmp_path
