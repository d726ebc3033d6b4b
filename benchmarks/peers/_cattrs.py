"""What the two cattrs peers have in common: a preconfigured converter, out of the box."""

from importlib import import_module
from typing import Any

from cattrs import transform_error

from benchmarks.peers._attrs_models import Body
from benchmarks.peers._peer import Peer


def make_peer(library: str) -> Peer:
    """Make the peer of one JSON library."""
    converter = import_module(f"cattrs.preconf.{library}").make_converter()

    def decode(data: bytes) -> Any:
        return converter.loads(data, Body)

    def structure(parsed: Any) -> Any:
        return converter.structure(parsed, Body)

    def count_problems(error: Exception) -> int:
        return len(transform_error(error))

    return Peer(
        label=f"cattrs ({library})",
        kind="library",
        distributions=("cattrs", "attrs", library),
        imports=f"import cattrs.preconf.{library}",
        decode=decode,
        encode=converter.dumps,
        structure=structure,
        count_problems=count_problems,
    )
