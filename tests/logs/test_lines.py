"""From a source to lines: files of every make, and their ranges."""

from __future__ import annotations

import gzip
import importlib
import io
import itertools
import pickle
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_lines import line, text, write

from router_schema import ReadError, check, iter_jsonl
from router_schema.logs import lines as module
from router_schema.logs.lines import (
    encoded,
    encoded_lines,
    is_compressed,
    open_source,
    read_blocks,
    read_lines,
    read_pieces,
    read_range_blocks,
)


def opened(data: bytes) -> io.BufferedReader:
    """An open file that holds *data*."""
    return io.BufferedReader(io.BytesIO(data))  # type: ignore[type-var]


def lines_of(source: Any) -> list[bytes]:
    """The lines of a path or an open file."""
    with open_source(source) as file:
        return list(read_lines(file))


def packers() -> list[Any]:
    """The compressions that files may have; zstd only if its extra is installed."""
    try:
        zstd = importlib.import_module(module._ZSTD_MODULE)
    except ImportError:
        return [gzip.compress]
    return [gzip.compress, zstd.compress]


each_packing = pytest.mark.parametrize("pack", packers(), ids=lambda pack: pack.__module__)


def numbered(count: int) -> bytes:
    """So many lines that do not compress well."""
    return b"".join(b"%d %d\n" % (number, number * 7919**5 % 10**15) for number in range(count))


# --- lines ---


def test_lines_lose_their_newline_only() -> None:
    """Files and iterables, of text or bytes, give the same lines, also blank ones and a last one without newline."""
    data = "a\n\n  \ncafé\r\nb"
    expected = [b"a", b"", b"  ", "café\r".encode(), b"b"]

    assert list(read_lines(opened(data.encode()))) == expected
    assert lines_of(io.BytesIO(data.encode())) == expected
    assert list(encoded_lines(io.StringIO(data, newline="\n"))) == expected


def test_text_that_is_no_unicode_becomes_bytes_that_are_no_utf8() -> None:
    """A lone surrogate in a line of text is encoded, for the decoder to reject."""
    assert list(encoded(["\ud800"])) == [b"\xed\xa0\x80"]


@each_packing
def test_compression_is_recognised_by_the_first_bytes(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """A compressed file is unpacked whatever its name says, also one of several frames and one that is open."""
    data = numbered(50)
    path = write(tmp_path / "log.txt", pack(data[:99]) + pack(data[99:]))

    with open(path, "rb") as file:
        assert lines_of(file) == lines_of(path) == data.splitlines()
    assert is_compressed(opened(pack(data)))
    assert not is_compressed(opened(data))


def test_zstd_may_begin_with_a_frame_to_skip(tmp_path: Path) -> None:
    """A file that begins with a frame that is skipped, as parallel compressors write it, is recognised."""
    zstd = pytest.importorskip(module._ZSTD_MODULE)
    skipped = b"\x5f\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"size"
    path = write(tmp_path / "log.zst", skipped + zstd.compress(b"a\nb\n"))

    assert lines_of(path) == [b"a", b"b"]


def test_zstd_without_its_library_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of a missing extra holds the command that installs it."""
    monkeypatch.setattr(module, "_ZSTD_MODULE", "no_such_module")
    path = write(tmp_path / "log.zst", b"\x28\xb5\x2f\xfd....")

    with pytest.raises(ImportError, match=r"pip install 'router-schema\[zstd\]'"):
        lines_of(path)


def test_zstd_windows_are_bounded(tmp_path: Path) -> None:
    """A file that needs more memory than zstd allows is not called damaged."""
    zstd = pytest.importorskip(module._ZSTD_MODULE)
    options = {zstd.CompressionParameter.window_log: 28}
    path = write(tmp_path / "log.zst", zstd.ZstdCompressor(options=options).compress(b"a\n", 1) + b"rest")

    with pytest.raises(ReadError, match=r"has a window of more than 128 MiB \(zstd --long\), in line 1"):
        lines_of(path)


# --- damage ---


@each_packing
def test_truncated_files_give_the_lines_before(pack: Callable[[bytes], bytes]) -> None:
    """A compressed file that ends too early gives the whole lines before its end, then an error with the line."""
    data = numbered(100_000)
    packed = pack(data)
    read: list[bytes] = []
    with pytest.raises(ReadError) as caught:
        read.extend(read_lines(opened(packed[: len(packed) // 2])))

    assert len(read) > 1000
    assert read == data.splitlines()[: len(read)]
    assert caught.value.line_number == len(read) + 1
    assert str(caught.value) == f"the compressed file ends too early, in line {len(read) + 1:,}"
    assert pickle.loads(pickle.dumps(caught.value)).line_number == len(read) + 1


@each_packing
def test_damage_is_found(pack: Callable[[bytes], bytes]) -> None:
    """Other bytes in the middle of a compressed file are an error, at the latest at the file's end."""
    packed = bytearray(pack(numbered(100_000)))
    packed[len(packed) // 2 : len(packed) // 2 + 50] = b"\xff" * 50

    with pytest.raises(ReadError):
        list(read_lines(opened(bytes(packed))))


@pytest.mark.parametrize("rest", [b"secret", b"\x1f\x8bsecret", b"\x28\xb5\x2f\xfdsecret"])
@each_packing
def test_errors_quote_no_bytes(pack: Callable[[bytes], bytes], rest: bytes) -> None:
    """The text of a ReadError says what is wrong, and nothing of the file."""
    with pytest.raises(ReadError) as caught:
        list(read_lines(opened(pack(b"{}\n") + rest)))

    assert caught.value.reason in ("the compressed file is damaged", "the compressed file ends too early")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_other_errors_of_a_file_pass() -> None:
    """An error other than damage is raised unchanged."""

    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            raise PermissionError(13, "no")

    with pytest.raises(PermissionError):
        list(read_lines(io.BufferedReader(Broken())))


# --- limits ---


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> int:
    """A limit of one MiB for lines and documents."""
    monkeypatch.setattr(module, "MAX_LINE", 2**20)
    return 2**20


@pytest.mark.parametrize("excess", [0, 1])
def test_lines_are_whole_up_to_the_limit(small_limit: int, excess: int) -> None:
    """A line of the limit is whole; a longer one is cut behind the limit, and the next line is read."""
    long = b"x" * (small_limit + excess)
    first, second = read_lines(opened(long + b"\nnext"))

    assert first == long
    assert second == b"next"


def test_endless_lines_do_not_fill_the_memory(small_limit: int) -> None:
    """Of a line without end little more than the limit is kept."""
    packed = gzip.compress(b"[" * 50 * small_limit + b"\nnext", 1)
    tracemalloc.start()
    first, second = read_lines(opened(packed))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert small_limit < len(first) < 1.5 * small_limit
    assert second == b"next"
    assert peak < 5 * small_limit


# --- progress ---


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_advance_counts_the_bytes_of_the_file(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """The numbers that `advance` is called with add up to the size of the file, compressed or not."""
    data = numbered(100_000)
    path = write(tmp_path / "log", pack(data))
    for read in (lambda *arguments: list(read_blocks(*arguments)), lambda *arguments: list(read_pieces(*arguments))):
        moved: list[int] = []
        with open(path, "rb") as file:
            read(file, moved.append)

        assert len(moved) > 1
        assert sum(moved) == path.stat().st_size


def test_advance_counts_what_a_pipe_gave() -> None:
    """Of a source that has no position, the bytes that were read are counted."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    moved: list[int] = []
    list(read_blocks(io.BufferedReader(Pipe(b"a\nb\n")), moved.append))  # type: ignore[type-var]

    assert moved == [4]


# --- ranges ---


def read_range(file: io.BufferedReader, start: int, end: int) -> list[bytes]:
    """The lines of a range."""
    blocks = [block.split(b"\n") for block in read_range_blocks(file, start, end)]
    return [text for texts in blocks for text in (texts if texts[-1] else texts[:-1])]


@given(
    st.lists(st.text("ab\r", max_size=6).map(str.encode), max_size=12),
    st.booleans(),
    st.lists(st.integers(0, 80), max_size=4),
)
def test_ranges_share_no_line_and_leave_none_out(texts: list[bytes], newline: bool, cuts: list[int]) -> None:
    """However a file is cut into byte ranges, their lines one after the other are its lines."""
    data = b"\n".join(texts) + b"\n" * newline
    bounds = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    found = [text for start, end in itertools.pairwise(bounds) for text in read_range(opened(data), start, end)]

    assert found == list(read_lines(opened(data)))


def test_ranges_in_long_lines() -> None:
    """A range that lies inside a line has no lines; that of its start has all of it."""
    data = line(id="a" * 2**20) + b"\nb"
    length = len(data) - 2

    assert list(read_range(opened(data), 0, 10)) == [data[:length]]
    assert list(read_range(opened(data), 10, 20)) == []
    assert list(read_range(opened(data), 10, len(data))) == [b"b"]
    assert list(read_range(opened(data), length, len(data))) == [b"b"]


class Counted(io.BytesIO):
    """A file that counts the bytes that are read."""

    read_bytes = 0

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer."""
        size = super().readinto(buffer)
        self.read_bytes += size
        return size


def test_ranges_read_no_line_of_another_range(small_limit: int) -> None:
    """Ranges inside a long line read themselves alone; the range of its start stops past the limit."""
    raw = Counted(b"x" * 10 * small_limit + b"\nb")
    file = io.BufferedReader(raw)  # type: ignore[type-var]
    (long,) = read_range(file, 0, small_limit // 2)
    begun = raw.read_bytes
    for start in range(small_limit, 9 * small_limit, small_limit):
        assert read_range(file, start, start + small_limit) == []

    assert small_limit < len(long) <= begun < 2 * small_limit
    assert raw.read_bytes - begun < 9 * small_limit


# --- sources of other kinds ---


def opened_files(folder: Path, data: bytes) -> list[Any]:
    """Binary files of every make that hold *data*, at their beginning."""
    path = write(folder / "log", data)
    temporary: list[Any] = [tempfile.TemporaryFile(), tempfile.NamedTemporaryFile(), tempfile.SpooledTemporaryFile()]  # noqa: SIM115
    for file in temporary:
        file.write(data)
        file.seek(0)
    return [open(path, "rb"), open(path, "r+b"), open(path, "rb", buffering=0), io.BytesIO(data), *temporary]


@each_packing
def test_binary_files_of_every_make_are_unpacked(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """A compressed file is recognised however it was opened, and stays open."""
    files = opened_files(tmp_path, pack(text() + text(id=1)))
    for file in files:
        assert [body.id for body in iter_jsonl(file, on_error="skip")] == ["cmpl-rye-7"]
        file.seek(0)
        assert check(file).bodies == 2
        assert not file.closed
        file.close()


@pytest.mark.parametrize(
    "source", [b"{}", bytearray(b"{}"), memoryview(b"{}"), 5, None], ids=lambda source: type(source).__name__
)
def test_a_text_is_no_source(source: Any) -> None:
    """The bytes of a body in place of a source, and objects that hold no lines, are rejected by name."""
    for read in (check, lambda source: list(iter_jsonl(source))):
        with pytest.raises(TypeError, match=f"an iterable of lines, not {type(source).__name__}"):
            read(source)


def test_lines_of_other_types() -> None:
    """A line may be any bytes; what is no text is rejected by name."""
    assert [body.id for body in iter_jsonl([memoryview(line()), bytearray(line())])] == ["cmpl-rye-7"] * 2
    for read in (check, lambda source: list(iter_jsonl(source))):
        with pytest.raises(TypeError, match="must consist of bytes, not dict"):
            read([{"id": 1}])


@each_packing
def test_damage_names_its_file(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """The error of a damaged file has its path, if there is one, and keeps it when pickled."""
    path = write(tmp_path / "log", pack(text() * 9)[:-9])
    with pytest.raises(ReadError, match=r"log: the compressed file .*, in line ") as caught:
        list(iter_jsonl(path))
    again = pickle.loads(pickle.dumps(caught.value))

    assert caught.value.filename == again.filename == str(path)
    assert str(again) == str(caught.value)
    with open(path, "rb") as file, pytest.raises(ReadError, match=r"^the compressed file") as unnamed:
        list(iter_jsonl(file))
    assert unnamed.value.filename is None
