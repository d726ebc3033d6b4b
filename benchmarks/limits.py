"""
What hostile bodies cost: time and memory against size. Run `python -m benchmarks.limits`.

Each case is decoded at three sizes. The exponent says how time grows: 1.0 is linear. Memory is the peak that Python
allocates while it decodes, the input not counted.
"""

import time
import tracemalloc
from collections.abc import Callable
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from benchmarks.measure import exponent
from benchmarks.peers._router_schema import engines
from router_schema import DecodeError, RouterConverter, ValidationError, make_converter

_BODY = (
    b'{"id":"cmpl-1","choices":[%b],"created":1760000000,"model":"m","system_fingerprint":"fp",'
    b'"object":"text_completion","usage":{"total_tokens":3}%b}'
)


def body(choices: bytes = b"", extra: bytes = b"") -> bytes:
    """A good body with these choices, and extra keys."""
    return _BODY % (choices, extra)


def choices(count: int, reason: bytes = b"stop") -> bytes:
    """A body of so many choices."""
    return body(b",".join(b'{"finish_reason":"%b","index":%d,"text":"x"}' % (reason, i) for i in range(count)))


class Case(NamedTuple):
    """A kind of hostile body."""

    name: str
    make: Callable[[int], bytes]
    sizes: tuple[int, int, int]


CASES = (
    Case("good choices, for comparison", choices, (50_000, 100_000, 200_000)),
    Case("broken choices", lambda n: choices(n, b"xxxx"), (50_000, 100_000, 200_000)),
    Case(
        "unknown keys",
        lambda n: body(extra=b"".join(b',"k%d":0' % i for i in range(n))),
        (250_000, 500_000, 1_000_000),
    ),
    Case("an array nested so deep, ignored", lambda n: body(extra=b',"x":' + b"[" * n + b"]" * n), (25_000, 50_000, 100_000)),
    Case("an array nested so deep, in a field", lambda n: body(b"[" * n + b"]" * n), (25_000, 50_000, 100_000)),
    Case("an object nested so deep, ignored", lambda n: body(extra=b',"x":' + b'{"a":' * n + b"1" + b"}" * n), (25_000, 50_000, 100_000)),
    Case("an integer of so many digits, ignored", lambda n: body(extra=b',"x":' + b"9" * n), (250_000, 500_000, 1_000_000)),
    Case("an integer of so many digits, in a field", lambda n: body().replace(b":3}", b":" + b"9" * n + b"}"), (250_000, 500_000, 1_000_000)),
    Case("an enum value so long", lambda n: choices(1, b"x" * n), (250_000, 500_000, 1_000_000)),
    Case("a key so long, where keys are forbidden", lambda n: body(extra=b',"%b":0' % (b"k" * n)), (250_000, 500_000, 1_000_000)),
    Case("text cut off", lambda n: choices(n)[:-1], (50_000, 100_000, 200_000)),
)  # fmt: skip
# ruff: noqa: E501


def verdict(converter: RouterConverter, data: bytes) -> str:
    """What the converter makes of *data*, and how long the error's text is."""
    try:
        converter.loads(data)
    except ValidationError as error:
        return f"{error.error_count:,} problems, {len(str(error)):,} characters"
    except DecodeError as error:
        return f"not JSON: {len(str(error)):,} characters"
    return "accepted"


def seconds(converter: RouterConverter, data: bytes) -> float:
    """The best of three, in CPU time."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        verdict(converter, data)
        best = min(best, time.process_time() - start)
    return best


def peak(converter: RouterConverter, data: bytes) -> float:
    """Peak memory while decoding, in MB."""
    tracemalloc.start()
    verdict(converter, data)
    allocated = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return allocated / 1e6


def main() -> None:
    """Measure and print."""
    table = Table("engine", "case", "size", "input, MB", "ms", "exponent", "peak, MB", "outcome")
    for engine in engines():
        for case in CASES:
            forbid = "forbidden" in case.name
            converter = make_converter(engine=engine, forbid_extra_keys=forbid)
            times = [seconds(converter, case.make(size)) for size in case.sizes]
            data = case.make(case.sizes[-1])
            table.add_row(
                engine,
                case.name,
                f"{case.sizes[-1]:,}",
                f"{len(data) / 1e6:.1f}",
                f"{times[-1] * 1e3:,.1f}",
                f"{exponent(case.sizes, times):.2f}",
                f"{peak(converter, data):,.1f}",
                verdict(converter, data),
            )
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
