"""The tools, one small file each; a new file here is a new row of the table."""

import pkgutil
from importlib import import_module

from benchmarks.defects.tools._tool import Tool

__all__ = ["Tool", "load", "names"]


def names() -> list[str]:
    """Name every tool that has a file."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))


def load(name: str) -> Tool:
    """Import one tool and none of the others, so that a child process measures only that tool."""
    tool: Tool = import_module(f"{__name__}.{name}").tool
    return tool
