"""The peers, one small file each; a new file here is a new peer."""

import pkgutil
from importlib import import_module

from benchmarks.peers._peer import Peer

__all__ = ["Peer", "load", "load_all", "names"]

_KIND_ORDER = ("ours", "library", "sdk", "floor")


def names() -> list[str]:
    """Name every peer that has a file, whether or not it can be imported."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def load(name: str) -> Peer:
    """Import one peer and none of the others, so that a child process measures only that peer."""
    peer: Peer = import_module(f"{__name__}.{name}").peer
    return peer


def load_all(wanted: list[str]) -> tuple[dict[str, Peer], dict[str, str]]:
    """
    Import the wanted peers; return them by name, and the absent ones with the reason.

    Libraries fail to import in many ways, so any exception counts as absence, and the reason is shown.
    """
    present: dict[str, Peer] = {}
    absent: dict[str, str] = {}
    for name in wanted:
        try:
            present[name] = load(name)
        except Exception as error:
            absent[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    ordered = sorted(present, key=lambda name: _KIND_ORDER.index(present[name].kind))
    return {name: present[name] for name in ordered}, absent
