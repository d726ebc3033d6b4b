"""Choosing an engine."""

import subprocess
import sys

import pytest
from internals import hide_native
from support import HAS_NATIVE, converter_for, needs_native

from engines.bodies import TEXT
from router_schema import make_converter
from router_schema.converter import default_converter


def test_engine_by_name(engine: str) -> None:
    """A converter has the engine it was made with."""
    assert converter_for(engine).engine == engine


def test_unknown_engine() -> None:
    """An unknown engine is a ValueError that names those that exist."""
    with pytest.raises(ValueError, match=r"engine must be one of auto, native, ujson, not 'orjson'"):
        converter_for("orjson")


def test_auto_is_native_where_it_was_built() -> None:
    """The default, ``auto``, is native if that was built, and ujson otherwise."""
    name = "native" if HAS_NATIVE else "ujson"

    assert make_converter().engine == make_converter(engine="auto").engine == default_converter.engine == name


WITHOUT_NATIVE = f"""
import sys
sys.modules["router_schema._native"] = None  # cannot be imported
import router_schema
converter = router_schema.make_converter()
print(converter.engine, router_schema.make_converter(engine="ujson").engine)
print(converter.dumps(router_schema.loads({TEXT!r})) == {TEXT!r})
try:
    router_schema.make_converter(engine="native")
except ImportError as error:
    print(error)
"""


def test_auto_is_ujson_otherwise() -> None:
    """Without the extension ``auto`` is ujson, and asking for native is an ImportError that says how to get it."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", WITHOUT_NATIVE], capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    engines, same, message = done.stdout.splitlines()
    assert (engines, same) == ("ujson ujson", "True")
    assert "native" in message
    assert "wheel" in message or "compiler" in message


def test_an_engine_that_cannot_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine whose module raises ImportError counts as missing: ``auto`` passes it over, and its name raises."""
    hide_native(monkeypatch)

    assert make_converter().engine == "ujson"
    message = r"^engine 'native' is not available: it was not built: .* C compiler$"
    with pytest.raises(ImportError, match=message) as caught:
        converter_for("native")
    assert "router_schema._native" in str(caught.value.__cause__)


@needs_native
def test_engines_agree_on_what_is_not_text() -> None:
    """All engines raise the same TypeError for what is neither bytes nor str."""
    messages = set()
    for name in ("ujson", "native"):
        with pytest.raises(TypeError) as caught:
            converter_for(name).loads(5)  # type: ignore[call-overload]
        messages.add(str(caught.value))

    assert len(messages) == 1
