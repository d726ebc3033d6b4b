"""Files of stores and web servers, without a cluster: a store in memory, an archive, a server on loopback."""

from __future__ import annotations

import gzip
import importlib
import io
import os
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fsspec")
pytest.importorskip("aiohttp")

import fsspec
from log_lines import text, write

from router_schema import RouterCompletionsResponseBody
from router_schema._cli import main
from router_schema.logs.processes import check_here, check_in_processes
from router_schema.logs.sources import find_files, total_size
from router_schema.logs.work import FileRange, Options, Progress

OPTIONS = Options(RouterCompletionsResponseBody)
Captured = pytest.CaptureFixture[str]


def found(*paths: str) -> list[FileRange]:
    """The files at *paths*."""
    return list(find_files(paths, print))


def checked(*paths: str) -> Progress:
    """What this process finds in them."""
    progress = Progress(OPTIONS)
    check_here(found(*paths), progress)
    return progress


@pytest.fixture
def memory() -> Iterator[Any]:
    """A store in memory with a few logs."""
    store = fsspec.filesystem("memory")
    store.pipe("/logs/a.jsonl", text() * 2)
    store.pipe("/logs/b.jsonl.gz", gzip.compress(text() + text(id=1)))
    store.pipe("/logs/deep/c.json", b"[" + text() + b"," + text() + b"]")
    store.pipe("/logs/deep/lines.json", text() * 2)
    store.pipe("/logs/notes.txt", b"no bodies")
    yield store
    store.rm("/logs", recursive=True)


# --- stores ---


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("memory://logs/a.jsonl", ["memory://logs/a.jsonl"]),
        ("memory://logs/*.jsonl*", ["memory://logs/a.jsonl", "memory://logs/b.jsonl.gz"]),
        ("memory://logs/deep", ["memory://logs/deep/c.json", "memory://logs/deep/lines.json"]),
        (
            "memory://logs/",
            [
                *("memory://logs/a.jsonl", "memory://logs/b.jsonl.gz"),
                *("memory://logs/deep/c.json", "memory://logs/deep/lines.json"),
            ],
        ),
        ("memory://logs/missing.jsonl", ["memory://logs/missing.jsonl"]),
    ],
)
@pytest.mark.usefixtures("memory")
def test_addresses_stand_for_files(path: str, names: list[str]) -> None:
    """An address is a file, a pattern, or a folder, which is searched for the names of logs."""
    assert [file.name.replace(":///", "://") for file in found(path)] == names


@pytest.mark.usefixtures("memory")
def test_stores_are_read() -> None:
    """Files of a store are read like local ones: packed, documents, and lines under the name of a document."""
    report = checked("memory://logs/").report

    assert (report.bodies, report.valid) == (8, 7)
    assert report.problems[0].places[0].source.endswith("logs/b.jsonl.gz")
    assert total_size(found("memory://logs/a.jsonl")) == 2 * len(text())
    assert total_size(found("memory://logs/missing.jsonl")) is None


def test_archives_are_read(tmp_path: Path) -> None:
    """An address may be a chain."""
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("log.jsonl", text() + b"{")
    report = checked(f"zip://log.jsonl::{tmp_path}/logs.zip").report

    assert (report.valid, report.malformed) == (1, 1)
    assert report.problems[0].places[0].source == "zip://log.jsonl"


def test_a_local_address_has_the_name_of_its_path(tmp_path: Path) -> None:
    """``file://`` is this machine; and a local file may be called like an address."""
    path = write(tmp_path / "log.jsonl", b"{\n")

    assert checked(f"file://{path}").report.problems[0].places[0].source == str(path)


def test_pipes_in_folders_of_addresses_are_skipped(tmp_path: Path) -> None:
    """A pipe in a folder at an address of this machine is not opened, unlike a link to a file, and is reported."""
    (tmp_path / "logs").mkdir()
    write(tmp_path / "log.jsonl", text())
    (tmp_path / "logs" / "link.jsonl").symlink_to(tmp_path / "log.jsonl")
    (tmp_path / "logs" / "other.jsonl").symlink_to("link.jsonl")
    os.mkfifo(tmp_path / "logs" / "pipe.jsonl")
    for address in (f"file://{tmp_path}/logs", f"file://{tmp_path}/logs/*"):
        skipped: list[str] = []

        assert [file.name for file in find_files([address], skipped.append)] == [f"{tmp_path}/logs/link.jsonl"]
        assert skipped == [f"{tmp_path}/logs/pipe.jsonl"]


def test_local_files_may_be_called_like_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that exists is not an address, even if its name looks like one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s3:").mkdir()
    write(tmp_path / "s3:" / "log.jsonl", text())

    assert checked("s3://log.jsonl").report.valid == 1


@pytest.mark.usefixtures("memory")
def test_failures_name_their_file() -> None:
    """A file that is not there is a failure, and the others are read."""
    progress = checked("memory://logs/missing.jsonl", "memory://logs/a.jsonl")

    assert progress.report.valid == 2
    ((name, reason),) = progress.failures
    assert name.endswith("logs/missing.jsonl")
    assert reason == "No such file or directory"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nonsense://bucket/log.jsonl", "nonsense://bucket/log.jsonl: Protocol not known: nonsense"),
        ("memory://logs/none*.jsonl", "memory://logs/none*.jsonl: No such file or directory"),
        ("zip://a.jsonl::/missing.zip", "zip://a.jsonl::/missing.zip: No such file or directory"),
        ("memory://logs/empty/", "there are no files in memory://logs/empty/"),
        ("http://[1/a?key=secret", "http://[1/a: Invalid IPv6 URL"),
    ],
)
@pytest.mark.usefixtures("memory")
def test_addresses_of_nothing_are_misuse(capsys: Captured, path: str, message: str) -> None:
    """An unknown protocol, and an address that stands for nothing, are reported in a line, with status 2."""
    fsspec.filesystem("memory").makedirs("/logs/empty", exist_ok=True)

    assert main(["check", path]) == 2
    assert capsys.readouterr() == ("", f"router-schema: {message}\n")


def test_packages_that_are_missing_are_named(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without fsspec, or without what it needs for a protocol, the message says what to install."""
    monkeypatch.setitem(sys.modules, "s3fs", None)

    assert main(["check", "s3://bucket/log.jsonl"]) == 2
    assert capsys.readouterr().err == "router-schema: s3://bucket/log.jsonl: Install s3fs to access S3\n"
    for name in ("fsspec", "fsspec.core"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "router_schema.logs.remote")
    monkeypatch.delattr("router_schema.logs.remote")
    assert main(["check", "s3://bucket/log.jsonl"]) == 2
    message = "reading an address needs an extra: pip install 'router-schema[remote]'"
    assert capsys.readouterr().err == f"router-schema: {message}\n"


def test_stores_with_a_single_protocol() -> None:
    """A store may name its protocol as text, which is not searched for a part."""
    module = importlib.import_module("router_schema.logs.remote")

    class Cache:
        protocol = "filecache"

        def unstrip_protocol(self, path: str) -> str:
            return f"filecache://{path}"

    assert module._name(Cache(), "a") == "filecache://a"


class Broken(io.RawIOBase):
    """A file whose store fails."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def read(self, size: int = -1) -> bytes:
        raise self.error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RuntimeError("gone\naway"), "gone"),
        (RuntimeError(), "RuntimeError"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (FileNotFoundError("/bucket/a"), "No such file or directory"),
    ],
)
def test_errors_of_stores_are_failures(error: Exception, reason: str) -> None:
    """Whatever a store raises while it is read is a failure of the file, in a line."""
    module = importlib.import_module("router_schema.logs.remote")

    class Store:
        protocol = ("odd",)

        def open(self, path: str, mode: str) -> Any:
            return Broken(error)

    progress = Progress(OPTIONS)
    file = FileRange("odd://a.jsonl", lambda: module.open_remote(Store(), "a"))
    check_here([file], progress)

    assert progress.failures == (("odd://a.jsonl", reason),)


# --- web servers ---


class Handler(BaseHTTPRequestHandler):
    """Serves logs without ranges, as many servers do; and an error."""

    logs = {  # noqa: RUF012
        "/a.jsonl": text() * 20_000,
        "/b.jsonl.gz": gzip.compress(text() + text(id=1)),
        "/lines.json": text() * 2,
        "/lines.json.gz": gzip.compress(text() * 2),
    }
    requests: list[str] = []  # noqa: RUF012

    def do_HEAD(self) -> None:
        self.respond(with_body=False)

    def do_GET(self) -> None:
        self.respond(with_body=True)

    def respond(self, *, with_body: bool) -> None:
        self.requests.append(f"{self.command} {self.path}")
        data = self.logs.get(self.path.partition("?")[0])
        status = 403 if self.path.startswith("/closed") else 200 if data is not None else 404
        self.send_response(status)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        if with_body:
            self.wfile.write(data or b"")

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def serving() -> Iterator[str]:
    """The address of a web server on the loopback address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A web server."""
    with serving() as address:
        yield address


def test_web_servers_are_read(server: str) -> None:
    """Files of a web server are read from the beginning to the end, with their size for the progress bar."""
    moved: list[int] = []
    progress = Progress(OPTIONS)
    Handler.requests.clear()
    check_here(found(f"{server}/a.jsonl"), progress, moved.append)

    assert progress.report.valid == 20_000
    assert sum(moved) == total_size(found(f"{server}/a.jsonl")) == len(Handler.logs["/a.jsonl"])
    assert Handler.requests.count("GET /a.jsonl") == 1


def test_documents_of_web_servers_are_told_from_lines(server: str) -> None:
    """JSON Lines under the name of a document are read as lines, packed or not, though a web server can't seek."""
    for name in ("lines.json", "lines.json.gz"):
        assert checked(f"{server}/{name}").report.valid == 2


def test_processes_read_web_servers(server: str) -> None:
    """Other processes open the address themselves, and one reads a file."""
    progress = Progress(OPTIONS)
    check_in_processes(found(f"{server}/a.jsonl", f"{server}/b.jsonl.gz"), progress, 2)

    assert (progress.report.bodies, progress.failures) == (20_002, ())


def test_large_files_of_web_servers_have_no_ranges(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server need not serve ranges, so a large file is not cut."""
    monkeypatch.setattr("router_schema.logs.processes._MOST_RANGE", 1000)
    progress = Progress(OPTIONS)
    check_in_processes(found(f"{server}/a.jsonl"), progress, 2)

    assert progress.report.valid == 20_000


def test_signatures_and_passwords_are_not_shown(server: str, capsys: Captured) -> None:
    """The query of an address, and its user, may be secrets: neither the report nor a message holds them."""
    secret = server.replace("http://", "http://user:hunter2@")
    report = checked(f"{server}/b.jsonl.gz?signature=hunter2").report
    progress = checked(f"{secret}/closed.jsonl?signature=hunter2")
    status = main(["check", f"{server}/none*.jsonl?signature=hunter2"])

    assert report.problems[0].places[0].source == f"{server}/b.jsonl.gz"
    assert progress.failures == ((f"{server}/closed.jsonl", "HTTP status 403"),)
    assert status == 2
    assert "hunter2" not in capsys.readouterr().err


def test_missing_files_of_web_servers_are_failures(server: str) -> None:
    """A path that a server lacks is reported as a missing file, and a missing server as such."""
    assert checked(f"{server}/missing.jsonl").failures == ((f"{server}/missing.jsonl", "No such file or directory"),)
    with serving() as gone:
        pass
    ((name, reason),) = checked(f"{gone}/a.jsonl").failures
    assert name == f"{gone}/a.jsonl"
    assert "127.0.0.1" in reason
    assert "\n" not in reason


@pytest.mark.usefixtures("memory")
def test_patterns_that_match_folders() -> None:
    """A folder that a pattern matches is searched, at any depth."""
    everything = ["a.jsonl", "b.jsonl.gz", "deep/c.json", "deep/lines.json", "notes.txt"]
    for pattern in ("memory://logs/*", "memory://logs/**"):
        names = [file.name.replace(":///", "://") for file in found(pattern)]

        assert names == [f"memory://logs/{name}" for name in everything]
    names = [file.name.replace(":///", "://") for file in found("memory://**/de*")]
    assert names == ["memory://logs/deep/c.json", "memory://logs/deep/lines.json"]
