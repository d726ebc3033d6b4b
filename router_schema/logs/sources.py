"""The files that paths stand for: on this machine, in any store that fsspec supports, or standard input."""

from __future__ import annotations

import functools
import glob
import os
import re
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from .work import FileRange, open_file, open_stdin

#: The names that a folder is searched for.
SUFFIXES = tuple(f"{name}{packed}" for name in (".json", ".jsonl", ".ndjson", ".sse") for packed in ("", ".gz", ".zst"))

#: The name of standard input.
STDIN = "-"

#: The start of an address: a protocol, or a chain of them, as in ``zip://log.jsonl::s3://bucket/logs.zip``.
_PROTOCOL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(//|:)")


def find_files(paths: Iterable[str], skip: Callable[[str], object]) -> Iterator[FileRange]:
    """
    The files that *paths* stand for: files, folders with everything in them, patterns, addresses, and ``-``.

    A path that stands for nothing is yielded as it is: opening it raises the error.

    Args:
        paths: The paths. A relative one keeps its name in the report, wherever the file is opened.
        skip: Is called with each pipe and device in a folder, or of a pattern: reading it might never end; and with
            each link from a folder to another one: it might lead back.

    Raises:
        ImportError: An address needs a package that is not installed; says which.
        OSError: The store of an address can't be reached.
    """
    for path in paths:
        if is_address(path):
            from .remote import find_remote_files  # needs an extra

            yield from find_remote_files(path, skip)
        else:
            yield from map(_local_file, expand([path], skip))


def is_address(path: str) -> bool:
    """Whether fsspec has to open *path*. A file of this machine may have any name."""
    return _PROTOCOL.match(path) is not None and not os.path.exists(path)


def expand(paths: Iterable[str], skip: Callable[[str], object]) -> Iterator[str]:
    """
    The files of this machine that *paths* stand for.

    A folder that a pattern matches is searched like one that is named. A file with several names in a folder or a
    pattern, such as links, is yielded once. A path that stands for nothing, and a folder that can't be read, is yielded
    as it is.
    """
    for path in paths:
        if path == STDIN or (os.path.exists(path) and not os.path.isdir(path)):
            yield path
            continue
        for name in sorted(_distinct(_files_in(path, skip) if os.path.isdir(path) else _files_matching(path, skip))):
            if os.path.exists(name) and not (os.path.isfile(name) or os.path.isdir(name)):  # a pipe or a device
                skip(name)
            else:
                yield name


def total_size(files: Sequence[FileRange]) -> int | None:
    """The bytes of all files, or None if a size is not known."""
    return None if any(file.size is None for file in files) else sum(file.size or 0 for file in files)


def _local_file(path: str) -> FileRange:
    if path == STDIN:
        return FileRange(path, open_stdin)
    # Absolute: the workers of a cluster have another current folder.
    opener = functools.partial(open_file, os.path.join(os.getcwd(), path))
    try:
        found = os.stat(path)
    except OSError:  # opening it says why
        return FileRange(path, opener)
    return FileRange(path, opener, size=found.st_size if stat.S_ISREG(found.st_mode) else None)


def _files_in(folder: str, skip: Callable[[str], object]) -> list[str]:
    closed: list[OSError] = []
    found = []
    for path, folders, names in os.walk(folder, onerror=closed.append):
        found += [os.path.join(path, name) for name in names if name.endswith(SUFFIXES)]
        for name in sorted(folders):
            if _leads_out(link := os.path.join(path, name), folder):
                skip(link)
    return [*found, *(error.filename for error in closed)]


def _leads_out(path: str, folder: str) -> bool:
    """Whether *path* is a link to a folder whose files are not found in *folder* anyway."""
    if not os.path.islink(path):
        return False
    root = os.path.realpath(folder)
    return os.path.commonpath([root, os.path.realpath(path)]) != root


def _files_matching(pattern: str, skip: Callable[[str], object]) -> list[str]:
    found = glob.glob(pattern, recursive=True)
    folders = {name for name in found if os.path.isdir(name)}
    files = [name for name in found if name not in folders]
    links: list[str] = []
    files += [name for folder in folders for name in _files_in(folder, links.append)]
    for link in sorted({*links} - folders):
        skip(link)
    return files if found else [pattern]


def _distinct(names: list[str]) -> Iterable[str]:
    """Each file under one name: its own rather than that of a link, else the shortest."""
    by_file: dict[str, list[str]] = defaultdict(list)
    for name in names:
        by_file[os.path.realpath(name)].append(name)
    for file, found in by_file.items():
        yield min(found, key=lambda name: (os.path.abspath(name) != file, len(name), name))
