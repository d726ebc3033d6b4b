"""What the router_schema peers have in common."""

from typing import Literal

from benchmarks.peers._peer import Peer
from router_schema import RouterCompletionsResponseBody, make_converter
from router_schema.openai import Completion

Engine = Literal["native", "ujson"]
ENGINES: tuple[Engine, ...] = ("native", "ujson")


def engines() -> list[Engine]:
    """List the engines that can be imported here, the fastest first."""

    def is_here(engine: Engine) -> bool:
        try:
            make_converter(engine=engine)
        except ImportError:
            return False
        return True

    return list(filter(is_here, ENGINES))


def make_peer(engine: Engine) -> Peer:
    """Make the peer of one engine, its hooks made once, as its documentation advises."""
    converter = make_converter(engine=engine)
    return Peer(
        label=f"router_schema ({engine})",
        kind="ours",
        distributions=("router-schema", "attrs", "cattrs", "ujson"),
        imports=f"import router_schema; router_schema.make_converter(engine={engine!r})",
        decode=converter.get_loads_hook(RouterCompletionsResponseBody),
        encode=converter.dumps,
        structure=converter.structure,
        decode_official=converter.get_loads_hook(Completion),
        count_problems=lambda error: error.error_count,
    )
