"""cattrs with its preconfigured ujson converter, out of the box."""

from typing import Any

from cattrs import transform_error
from cattrs.preconf.ujson import make_converter

from benchmarks.peers._attrs_models import Body
from benchmarks.peers._peer import Peer

_converter = make_converter()


def decode(data: bytes) -> Body:
    """Decode as the preconfigured converters' documentation does."""
    return _converter.loads(data, Body)


def structure(parsed: Any) -> Body:
    """Structure parsed JSON."""
    return _converter.structure(parsed, Body)


def count_problems(error: Exception) -> int:
    """Count the lines of cattrs' own rendering of an error."""
    return len(transform_error(error))


peer = Peer(
    label="cattrs (ujson)",
    kind="library",
    distributions=("cattrs", "attrs", "ujson"),
    imports="import cattrs.preconf.ujson",
    decode=decode,
    encode=_converter.dumps,
    structure=structure,
    count_problems=count_problems,
)
