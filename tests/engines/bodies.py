"""A router's body as text, with a value of any spelling in a known field or in an ignored one."""

import json

from support import body

TEXT = json.dumps(body(), separators=(",", ":"))


def with_created(spelling: str) -> str:
    """The body with *spelling* in the number field ``created``."""
    return TEXT.replace("1760000123", spelling)


def with_ignored(spelling: str) -> str:
    """The body with *spelling* in a field that the schema does not name."""
    return f'{TEXT[:-1]},"ignored":{spelling}}}'
