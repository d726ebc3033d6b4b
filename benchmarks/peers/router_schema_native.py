"""router_schema with its native engine: the C extension."""

from benchmarks.peers._router_schema import make_peer

peer = make_peer("native")
