"""adaptix with orjson before and after it, since it doesn't read or write JSON."""

import orjson
from adaptix import Retort

from benchmarks.peers._attrs_models import Body
from benchmarks.peers._peer import Peer

_retort = Retort()
_load = _retort.get_loader(Body)
_dump = _retort.get_dumper(Body)


def decode(data: bytes) -> Body:
    """Parse with orjson, then load."""
    return _load(orjson.loads(data))


def encode(body: Body) -> bytes:
    """Dump, then write with orjson."""
    return orjson.dumps(_dump(body))


def count_problems(error: Exception) -> int:
    """Count the leaves of the group that adaptix raises."""
    nested = getattr(error, "exceptions", ())
    return sum(map(count_problems, nested)) if nested else 1


peer = Peer(
    label="adaptix (orjson)",
    kind="library",
    distributions=("adaptix", "orjson"),
    imports="import adaptix, orjson",
    decode=decode,
    encode=encode,
    structure=_load,
    count_problems=count_problems,
)
