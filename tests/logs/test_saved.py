"""Reports as files: what is recognised, what is rejected, and files that survive whatever goes wrong."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from log_lines import logs, text, write

from router_schema import Report, check, dumps, loads
from router_schema.logs import SavedReport, SavedReportError, load_report, save_report
from router_schema.logs.saved import from_text, to_text

REPORT = check([text(), text(id=1), b"{", text(provider="é")])


def saved(**changes: Any) -> bytes:
    """A saved report with some keys changed; ``...`` drops one."""
    fields = {**json.loads(to_text(REPORT)), **changes}
    return json.dumps({key: value for key, value in fields.items() if value is not ...}).encode()


# --- the format ---


@given(logs(max_size=4))
def test_reports_round_trip(lines: list[bytes]) -> None:
    """What was saved is read again, marked as partial or not; `loads` reads it too."""
    report = check(lines)
    for partial in (False, True):
        data = to_text(report, partial=partial).encode()

        assert from_text(data) == SavedReport(report, partial)
        assert loads(data, Report) == report


def test_the_format_is_pinned() -> None:
    """A saved report begins with its kind and version, and with the mark of a partial one."""
    assert to_text(Report()) == '{"kind":"router_schema report","version":1,' + dumps(Report())[1:]
    assert to_text(Report(), partial=True).startswith('{"kind":"router_schema report","version":1,"partial":true,')


def problem(**changes: Any) -> list[dict[str, Any]]:
    """A table of one problem, with some keys changed."""
    return [{**json.loads(to_text(REPORT))["problems"][0], **changes}]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a saved report: not JSON: "),
        (to_text(REPORT).encode()[:-20], "not a saved report: not JSON: "),
        (b"[]", "not a saved report: write one with --save or --format json"),
        (b"{}", "not a saved report: write one with --save or --format json"),
        (dumps(REPORT).encode(), "not a saved report: write one with --save or --format json"),
        (saved(kind="report"), "not a saved report: write one with --save or --format json"),
        (saved(bodies=...), "not a saved report: write one with --save or --format json"),
        (saved(version=...), "a saved report without a version"),
        (saved(version=True), "a saved report without a version"),
        (saved(version=0), "a saved report without a version"),
        (saved(version=2), "a saved report of a newer version of router-schema"),
        (saved(bodies="4"), "not a saved report: 1 problem in Report"),
        (saved(bodies=5), "not a saved report: $.bodies is not the sum of valid, invalid and malformed"),
        (saved(valid=-2, bodies=0), "not a saved report: $.valid is negative"),
        (saved(problems=problem(count=-1)), "not a saved report: $.problems[0].count is negative"),
        (saved(problems=problem(places=[])), "not a saved report: a problem has no place"),
        (saved(problems=problem(count=0)), "not a saved report: $.problems[0].count is 0"),
        (
            saved(problems=problem(first=1, last=None)),
            "not a saved report: $.problems[0] has first or last alone",
        ),
        (saved(valid=10**30), "not a saved report: $.valid is too large"),
        (
            saved(groups=[{"by": "colour", "name": "", "count": 0}]),
            "not a saved report: a group has an unknown criterion",
        ),
    ],
)
def test_anything_else_is_rejected(tmp_path: Path, data: bytes, message: str) -> None:
    """A file that is not a saved report, or has impossible counts, is rejected, not read as an empty report."""
    with pytest.raises(SavedReportError) as caught:
        load_report(write(tmp_path / "report.json", data))

    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_keys_of_later_versions_are_ignored() -> None:
    """A report that says more, in the same version, is read."""
    assert from_text(saved(comment="x")).report == REPORT


# --- files ---


def test_files_are_replaced_as_a_whole(tmp_path: Path) -> None:
    """Who reads while another writes sees one report or the other, and never a torn one."""
    path = tmp_path / "report.json"
    small, large = Report(), check([text(**{f"key{i}": 1}) for i in range(300)])
    save_report(small, path)
    done = threading.Event()

    def write_often() -> None:
        for _ in range(30):
            save_report(large, path)
            save_report(small, path)
        done.set()

    writer = threading.Thread(target=write_often)
    writer.start()
    seen = []
    while not done.is_set():
        seen.append(load_report(path).report)
    writer.join()

    assert all(report in (small, large) for report in seen)
    assert os.listdir(tmp_path) == ["report.json"]


FULL_DISK = """
import resource, sys
from router_schema import check
from router_schema.logs import save_report
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    save_report(check([b'{"id": 1}', b'{', b'[]']), "report.json")
except OSError as error:
    sys.exit(error.strerror)
"""


def test_a_full_disk_keeps_the_old_report(tmp_path: Path) -> None:
    """Where the new report can't be written as a whole, the old one remains, and no other file."""
    save_report(REPORT, tmp_path / "report.json")
    before = (tmp_path / "report.json").read_bytes()
    done = subprocess.run([sys.executable, "-c", FULL_DISK], cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 1
    assert done.stderr == "File too large\n"
    assert (tmp_path / "report.json").read_bytes() == before
    assert os.listdir(tmp_path) == ["report.json"]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A temporary file is removed if it can't take the name of the report."""
    (tmp_path / "report.json").mkdir()
    with pytest.raises(IsADirectoryError):
        save_report(REPORT, tmp_path / "report.json")
    assert os.listdir(tmp_path) == ["report.json"]

    def refuse(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError):
        save_report(REPORT, tmp_path / "other.json")
    assert os.listdir(tmp_path) == ["report.json"]


def test_only_reports_are_saved(tmp_path: Path) -> None:
    """Anything but a report is refused, and the old report remains."""
    save_report(REPORT, tmp_path / "report.json")

    with pytest.raises(TypeError, match="report must be a Report, not int"):
        save_report(1, tmp_path / "report.json")  # type: ignore[arg-type]
    assert load_report(tmp_path / "report.json").report == REPORT


def test_permissions_and_links_are_kept(tmp_path: Path) -> None:
    """A new file has the mode that files get here; an old one keeps its own, and a link still points to it."""
    save_report(REPORT, tmp_path / "new.json")
    plain = write(tmp_path / "plain", b"")
    (tmp_path / "link.json").symlink_to("new.json")

    assert (tmp_path / "new.json").stat().st_mode == plain.stat().st_mode
    (tmp_path / "new.json").chmod(0o640)
    save_report(Report(), tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert load_report(tmp_path / "new.json").report == Report()
    assert stat.S_IMODE((tmp_path / "new.json").stat().st_mode) == 0o640


def test_pipes_are_written_to(tmp_path: Path) -> None:
    """A path that is not a regular file is not replaced: ``--save /dev/stdout`` prints."""
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=save_report, args=(REPORT, tmp_path / "pipe"))
    writer.start()
    found = load_report(tmp_path / "pipe")
    writer.join()

    assert found.report == REPORT
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="there is no /dev/fd")
def test_open_files_are_written_to(tmp_path: Path) -> None:
    """A path that is only the name of an open file is not replaced."""
    with open(tmp_path / "report.json", "wb") as file:
        save_report(REPORT, f"/dev/fd/{file.fileno()}")
        assert os.fstat(file.fileno()).st_ino == os.stat(tmp_path / "report.json").st_ino

    assert load_report(tmp_path / "report.json").report == REPORT
    assert os.listdir(tmp_path) == ["report.json"]


def test_errors_name_the_file_that_was_asked_for(tmp_path: Path) -> None:
    """An error of writing has the path of the report, not of a temporary file."""
    with pytest.raises(FileNotFoundError) as caught:
        save_report(REPORT, tmp_path / "missing" / "report.json")

    assert caught.value.filename == str(tmp_path / "missing" / "report.json")
