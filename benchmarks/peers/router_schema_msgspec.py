"""router_schema with its msgspec engine."""

from benchmarks.peers._router_schema import make_peer

peer = make_peer("msgspec")
