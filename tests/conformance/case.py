"""One text and its verdict, and short ways to write many of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Case(NamedTuple):
    """One text, and whether it is JSON."""

    id: str
    text: bytes
    accept: bool
    production: str


def named(production: str, accept: bool, texts: Mapping[str, str | bytes]) -> list[Case]:
    """Cases with a name each, for texts that are long or hard to print."""
    return [
        Case(f"{production}: {name}", text.encode() if isinstance(text, str) else text, accept, production)
        for name, text in texts.items()
    ]


def spelled(production: str, accept: bool, texts: Iterable[str]) -> list[Case]:
    """Cases whose name is the text itself."""
    return named(production, accept, {ascii(text)[1:-1]: text for text in texts})


def quoted(production: str, accept: bool, contents: Mapping[str, str | bytes]) -> list[Case]:
    """Cases that are one string each, given without its quotation marks."""
    texts = {name: text.encode() if isinstance(text, str) else text for name, text in contents.items()}
    return named(production, accept, {name: b'"' + text + b'"' for name, text in texts.items()})
