"""Start the gateway, by default in front of an embedded upstream: ``python -m examples.gateway``."""

from __future__ import annotations

import argparse
import errno
import socket
from contextlib import ExitStack, suppress

import uvicorn

from .app import create_app
from .serving import serving
from .upstream import create_upstream

GREETING = """\
gateway on {url}, upstream on {upstream}; stop it with Ctrl-C. In another terminal:

  curl {url}/v1/completions -d '{{"model": "acme/writer-7b", "prompt": "Rain?"}}'
  curl {url}/v1/completions -d '{{"model": "acme/writer-7b", "prompt": "Rain?", "seed": 18}}'
  curl -N {url}/v1/completions -d '{{"model": "acme/writer-7b", "prompt": "Rain?", "stream": true}}'
  curl {url}/metrics
"""


def listen(port: int) -> socket.socket:
    """
    Listen on a port of this machine.

    Raises:
        ValueError: The port is in use, or can't be used. The message says what to do.
    """
    try:
        return socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = "already in use" if taken else "not available"
        raise ValueError(f"port {port} is {reason}; for a free one: make gateway ARGS='--port 0'") from None


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m examples.gateway", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="the gateway's port on 127.0.0.1; 0 picks a free one")
    parser.add_argument("--upstream", help="an OpenAI-compatible server, such as http://127.0.0.1:8080, without /v1")
    parser.add_argument(
        "--timeout", type=float, default=60.0, help="seconds that upstream has for an answer or a chunk"
    )
    parser.add_argument("--max-bytes", type=int, default=10_000_000, help="the longest body that the gateway accepts")
    options = parser.parse_args()
    if options.upstream is not None and not options.upstream.startswith(("http://", "https://")):
        parser.exit(2, "gateway: --upstream must start with http:// or https://\n")
    try:
        listener = listen(options.port)
    except ValueError as error:
        parser.exit(2, f"gateway: {error}\n")
    with suppress(KeyboardInterrupt), listener, ExitStack() as stack:
        upstream = options.upstream or stack.enter_context(serving(create_upstream()))
        app = create_app(upstream, timeout=options.timeout, max_bytes=options.max_bytes)
        url = "http://{}:{}".format(*listener.getsockname())
        print(GREETING.format(url=url, upstream=upstream), flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


main()
