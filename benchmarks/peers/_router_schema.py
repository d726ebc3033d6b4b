"""What the two router_schema peers have in common."""

from typing import Literal

from benchmarks.peers._peer import Peer
from router_schema import RouterCompletionsResponseBody, ValidationError, make_converter
from router_schema.openai import Completion


def make_peer(engine: Literal["msgspec", "ujson"]) -> Peer:
    """Build the peer of one engine, with the decoding hooks built once, as its documentation advises."""
    converter = make_converter(engine=engine)

    def count_problems(error: ValidationError) -> int:
        return error.error_count

    return Peer(
        label=f"router_schema ({engine})",
        kind="ours",
        distributions=("router-schema", "attrs", "cattrs", engine),
        imports=f"import router_schema; router_schema.make_converter(engine={engine!r})",
        decode=converter.get_loads_hook(RouterCompletionsResponseBody),
        encode=converter.dumps,
        structure=converter.structure,
        decode_official=converter.get_loads_hook(Completion),
        count_problems=count_problems,
    )
