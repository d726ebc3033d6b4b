"""
Checking on a Dask cluster (the extra ``dask``).

The workers check byte ranges of the files and merge the reports, two by two. fsspec reads the files, so a path may be
local or of any store that fsspec knows: ``s3://bucket/logs/*.jsonl.gz``.
"""

# Only part of distributed is typed.
# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import asyncio
import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from io import BufferedReader
from typing import Any

from ..models import RouterCompletionsResponseBody
from .report import Report
from .rows import By
from .work import FileRange, Options, Part, Progress, check_range, ranges_of

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
    by: By | None = None,
) -> Report:
    """
    Do on a cluster what `router_schema.check` does here: the report is the same.

    If a worker is lost, another checks its ranges again.

    Args:
        urlpath: Paths that fsspec knows, ``*`` included.
        client: The cluster; None starts one on this machine's cores for the time of the call.
        cl: The class of a body: an attrs class that the workers can import.
        forbid_extra_keys: Whether keys that the schema does not name are problems.
        by: As for `router_schema.check`.

    Raises:
        OSError: A file can't be read to its end.
    """
    progress = Progress()
    options = Options(cl, forbid_extra_keys, by=by)
    with nullcontext(client) if client else Client(dashboard_address=None) as cluster:
        check_on(cluster, urlpath, options, progress)
    for name, reason in progress.done.failures:
        raise OSError(f"{name}: {reason}")
    return progress.done.report


@contextmanager
def connect(address: str) -> Iterator[Client]:
    """
    A client of the scheduler at *address*.

    Raises:
        ConnectionError: The scheduler does not answer.
    """
    try:
        # A Client that can't connect leaves threads behind, so knock first.
        asyncio.run(_knock(address))
    except (OSError, ValueError) as error:
        raise ConnectionError(f"the Dask scheduler at {address} cannot be reached ({error})") from None
    with Client(address, set_as_default=False) as client:
        yield client


async def _knock(address: str) -> None:
    options = Security().get_connection_args("client")
    comm = await open_comm(address, timeout=_TIMEOUT, **options)
    await comm.close()


def check_on(client: Client, urlpath: str | Sequence[str], options: Options, progress: Progress) -> None:
    """
    Check files on a cluster.

    Args:
        client: The cluster.
        urlpath: Paths that fsspec knows.
        options: How bodies are checked.
        progress: What the result is added to.
    """
    files = fsspec.open_files(urlpath, mode="rb")
    if not files:
        raise FileNotFoundError(f"there are no files in {urlpath}")
    wholes = []
    for file in files:
        whole = FileRange(_name(file), functools.partial(_open, file), size=file.fs.size(file.path))
        parts = client.map(check_range, list(ranges_of(whole, _RANGE)), options=options, pure=False)
        wholes.append(_merged(client, operator.add, parts))
    progress.add(_merged(client, Part.beside, wholes).result())


@contextmanager
def _open(file: Any) -> Iterator[BufferedReader]:
    with file as opened:
        yield BufferedReader(opened)


def _name(file: Any) -> str:
    """A file's name in the report: its path, or its address if it is not of this machine."""
    return file.path if "file" in file.fs.protocol else file.full_name  # type: ignore[no-any-return]


def _merged(client: Client, merge: Callable[[Part, Part], Part], parts: list[Any]) -> Any:
    """All *parts* as one: neighbours are merged, then their results, so no worker holds more than two."""
    while len(parts) > 1:
        pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
        parts = [client.submit(merge, *pair, pure=False) if len(pair) == 2 else pair[0] for pair in pairs]
    return parts[0]
