"""The schema as plain frozen, slotted attrs classes, for the peers that decode into attrs classes."""

from attrs import frozen

from benchmarks.peers._models import make_models

Body = make_models(decorate=frozen).Body
