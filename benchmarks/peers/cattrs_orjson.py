"""cattrs with its preconfigured orjson converter."""

from benchmarks.peers._cattrs import make_peer

peer = make_peer("orjson")
