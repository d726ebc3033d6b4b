"""Choosing an engine."""

import pytest
from support import converter_for


def test_engine_by_name(engine: str) -> None:
    """A converter has the engine it was made with."""
    assert converter_for(engine).engine == engine


def test_unknown_engine() -> None:
    """An unknown engine is a ValueError that names those that exist."""
    with pytest.raises(ValueError, match=r"engine must be one of auto, native, ujson, not 'orjson'"):
        converter_for("orjson")
