"""router_schema with its ujson engine, the one that is always there."""

from benchmarks.peers._router_schema import make_peer

peer = make_peer("ujson")
