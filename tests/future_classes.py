"""Attrs classes whose annotations are text."""

from __future__ import annotations

from typing import Annotated

import attrs
from cattrs import override

from router_schema import RouterCompletionsResponseBody


@attrs.frozen
class Future:
    """Names what is defined further down."""

    name: str
    later: Later | None
    body: RouterCompletionsResponseBody | None = None
    renamed: Annotated[tuple[Later, ...], override(rename="re-named")] = ()


@attrs.frozen
class Later:
    """Defined after its first use."""

    count: int
    back: Future | None = None
