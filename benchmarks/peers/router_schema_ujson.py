"""router_schema with its ujson engine: always there."""

from benchmarks.peers._router_schema import make_peer

peer = make_peer("ujson")
