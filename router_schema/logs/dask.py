"""
Checking on a cluster: a thin layer over Dask (the extra ``dask``).

Byte ranges of the files go out to the workers, reports come back, and are merged there, two by two. Files are read by
fsspec, so a path may be local or of any store that it knows: ``s3://bucket/logs/*.jsonl.gz``.
"""

# Only part of distributed is typed.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import asyncio
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from typing import Any

import attrs

from ..models import RouterCompletionsResponseBody
from .processes import Options, Run, check_task, tasks_of
from .report import Part, Report

try:
    import fsspec
    from distributed import Client, Security
    from distributed.comm.core import connect as open_comm
except ImportError:
    raise ImportError("checking on a cluster needs an extra: pip install 'router-schema[dask]'") from None

__all__ = ["check"]

#: How much of a file a worker reads at a time, in bytes.
_RANGE = 2**26

#: How long a scheduler may take to answer, in seconds.
_TIMEOUT = 10


def check(
    urlpath: str | Sequence[str],
    client: Client | None = None,
    *,
    cl: Any = RouterCompletionsResponseBody,
    forbid_extra_keys: bool = False,
) -> Report:
    """
    Do on a cluster what `router_schema.check` does here: the report is the same.

    A worker that is lost changes nothing, since its ranges are read again by another.

    Args:
        urlpath: Paths that fsspec knows, ``*`` included.
        client: The cluster; one of this machine's cores, for the time of the call, where it is None.
        cl: What a body should be: an attrs class that the workers can import.
        forbid_extra_keys: Whether keys that the schema does not name are problems.

    Raises:
        OSError: A file cannot be read, or read to its end.
    """
    run = Run()
    options = Options(cl, forbid_extra_keys)
    if client is None:
        with Client(dashboard_address=None) as client:
            check_on(client, urlpath, options, run)
    else:
        check_on(client, urlpath, options, run)
    for name, reason in run.done.failures:
        raise OSError(f"{name}: {reason}")
    return run.report


@contextmanager
def connect(address: str) -> Iterator[Client]:
    """
    A client of the scheduler at *address*.

    Raises:
        ConnectionError: It does not answer.
    """
    try:
        # Asked first, since a Client that cannot connect leaves half of itself behind.
        asyncio.run(_knock(address))
    except (OSError, ValueError) as error:
        raise ConnectionError(f"the Dask scheduler at {address} cannot be reached ({error})") from None
    with Client(address, set_as_default=False) as client:
        yield client


async def _knock(address: str) -> None:
    options = Security().get_connection_args("client")
    comm = await open_comm(address, timeout=_TIMEOUT, **options)
    await comm.close()


def check_on(client: Client, urlpath: str | Sequence[str], options: Options, run: Run) -> None:
    """
    Check files on a cluster.

    Args:
        client: The cluster.
        urlpath: Paths that fsspec knows.
        options: How bodies are judged.
        run: What the result is added to.
    """
    files = fsspec.open_files(urlpath, mode="rb")
    if not files:
        raise FileNotFoundError(f"there are no files in {urlpath}")
    wholes = []
    for file in files:
        tasks = tasks_of(_name(file), RemoteFile(file), file.fs.size(file.path), _RANGE)
        parts = client.map(check_task, list(tasks), options=options, pure=False)
        wholes.append(_tree(client, operator.add, parts))
    run.add(_tree(client, Part.beside, wholes).result())


@attrs.frozen
class RemoteFile:
    """
    A file of fsspec, to be opened on a worker.

    Attributes:
        file: Its `fsspec.core.OpenFile`.
    """

    file: Any

    @contextmanager
    def open(self) -> Iterator[BufferedReader]:
        with self.file as opened:
            yield BufferedReader(opened)


def _name(file: Any) -> str:
    """A file's name in the report: its path, or its address where that is not of this machine."""
    return file.path if "file" in file.fs.protocol else file.full_name  # type: ignore[no-any-return]


def _tree(client: Client, merge: Callable[[Part, Part], Part], parts: list[Any]) -> Any:
    """Merge neighbours, then their results, and so on: no worker holds more than two."""
    while len(parts) > 1:
        pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
        parts = [client.submit(merge, *pair, pure=False) if len(pair) == 2 else pair[0] for pair in pairs]
    return parts[0]
