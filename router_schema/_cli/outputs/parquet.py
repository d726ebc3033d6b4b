"""``--format parquet``: one table as a Parquet file, with pyarrow (the extra ``parquet``)."""

from __future__ import annotations

from typing import Any, TextIO

from ...logs.present.records import Records, records_of
from ..arguments import MisuseError
from .findings import Findings


def require(out: TextIO) -> None:
    """
    Check that a file can be written.

    Raises:
        MisuseError: If pyarrow is not installed, or *out* is a terminal.
    """
    if out.isatty():
        raise MisuseError("Parquet is not for terminals: redirect the output to a file")
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise MisuseError("Parquet needs pyarrow: pip install 'router-schema[parquet]'") from None


def write(out: TextIO, findings: Findings) -> None:
    """Write the table to the binary stream of *out*."""
    from pyarrow import parquet

    table = _arrow_table(records_of(findings.report, findings.changes, findings.table))
    out.flush()
    parquet.write_table(table, out.buffer)


def _arrow_table(records: Records) -> Any:
    import pyarrow

    types = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64(), bool: pyarrow.bool_()}
    schema = pyarrow.schema([(field.name, types[field.type]) for field in records.fields])
    try:
        return pyarrow.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in records.rows], schema)
    except OverflowError:  # a sum of tokens, which only absurd bodies have
        raise MisuseError("a number is too large for Parquet (2**63 or more)") from None
