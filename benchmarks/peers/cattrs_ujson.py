"""cattrs with its preconfigured ujson converter."""

from benchmarks.peers._cattrs import make_peer

peer = make_peer("ujson")
