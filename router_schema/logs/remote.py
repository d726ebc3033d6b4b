"""Files of other machines and inside archives, which fsspec reads (the extra ``remote``)."""

# fsspec is not typed.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import errno
import functools
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from .lines import RawFile
from .sources import SUFFIXES, expand
from .work import FileRange

try:
    from fsspec.core import url_to_fs
except ImportError:
    raise ImportError("reading an address needs an extra: pip install 'router-schema[remote]'") from None

#: How much is buffered, in bytes.
_BUFFER = 2**18


def find_remote_files(url: str, skip: Callable[[str], object]) -> Iterator[FileRange]:
    """
    The files at an address: one, those of a pattern with ``*``, or those in a folder.

    Args:
        url: The address.
        skip: As for `find_files`, if the address is of this machine.

    Raises:
        ImportError: fsspec needs a package for this protocol that is not installed.
        OSError: The protocol is not known, or the store can't be reached.
    """
    try:
        fs, path = url_to_fs(url)
        found = list(expand([path], skip)) if "file" in _protocols(fs) else _found(fs, path, url)
    except ImportError as error:  # fsspec says what to install
        raise ImportError(f"{_shown(url)}: {error}") from None
    except Exception as error:  # each store raises other errors
        raise OSError(f"{_shown(url)}: {_reason(error)}") from None
    for name in found:
        yield FileRange(_name(fs, name), functools.partial(open_remote, fs, name), size=_size(fs, name))


def _found(fs: Any, path: str, url: str) -> list[str]:
    if "*" in path:
        found = fs.glob(path, detail=True)
        if not found:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        folders = {name for name, details in found.items() if details["type"] == "directory"}
        # Not those inside another one: each search may be a request.
        outermost = [name for name in folders if folders.isdisjoint(map(str, PurePosixPath(name).parents))]
        inside = [name for folder in outermost for name in _files_in(fs, folder)]
        return sorted({*found, *inside}.difference(folders))
    # To find out whether a web address is a folder, fsspec would download it.
    if url.endswith("/") or not (_is_web(fs) or fs.isfile(path) or not fs.isdir(path)):
        return sorted(_files_in(fs, path))
    return [path]


def _files_in(fs: Any, folder: str) -> list[str]:
    return [name for name in fs.find(folder) if _without_query(name).endswith(SUFFIXES)]


def _size(fs: Any, path: str) -> int | None:
    try:
        return fs.size(path)  # type: ignore[no-any-return]
    except Exception:  # opening it says why
        return None


@contextmanager
def open_remote(fs: Any, path: str) -> Iterator[io.BufferedReader]:
    """
    Open a file of a store.

    Raises:
        OSError: It can't be opened; or, while it is read, can't be read.
    """
    # Web servers need not serve ranges: read from the beginning to the end. With a size, fsspec does not ask for it.
    options = {"block_size": 0, "size": 1} if _is_web(fs) else {}
    try:
        file = fs.open(path, "rb", **options)
    except Exception as error:
        raise OSError(_reason(error)) from None
    raw: Any = _RemoteFile(file, seekable=not _is_web(fs))
    with file, io.BufferedReader(raw, _BUFFER) as buffered:
        yield buffered


class _RemoteFile(RawFile):
    """A file of fsspec, whose errors are OSErrors whatever the store."""

    def __init__(self, file: Any, *, seekable: bool) -> None:
        super().__init__(file)
        self._seekable = seekable

    def seekable(self) -> bool:
        return self._seekable

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)  # type: ignore[no-any-return]

    def readinto(self, buffer: Any) -> int:
        try:
            return super().readinto(buffer)
        except Exception as error:
            raise OSError(_reason(error)) from None


def _is_web(fs: Any) -> bool:
    return "http" in _protocols(fs)


def _protocols(fs: Any) -> tuple[str, ...]:
    return (fs.protocol,) if isinstance(fs.protocol, str) else fs.protocol


def _name(fs: Any, path: str) -> str:
    """A file's name in the report: its path, or its address if it is not of this machine."""
    return path if "file" in _protocols(fs) else _without_query(fs.unstrip_protocol(path))


def _shown(url: str) -> str:
    """An address without the passwords and signatures that it may hold."""
    return "::".join(map(_without_query, url.split("::")))


def _without_query(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        return url
    try:
        parts = urlsplit(url)
    except ValueError:  # it is no address
        return url.partition("?")[0]
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _reason(error: Exception) -> str:
    """Why a file can't be read, on one line. A web server's error would quote the address."""
    if status := getattr(error, "status", None):
        return f"HTTP status {status}"
    if isinstance(error, FileNotFoundError):
        return os.strerror(errno.ENOENT)
    lines = str(getattr(error, "strerror", None) or error).splitlines()
    return lines[0] if lines else type(error).__name__
