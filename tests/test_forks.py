"""A forked child can build decoders, whatever the parent's threads were doing at the moment of the fork."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from support import ROOT


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_forks_under_load(engine: str) -> None:
    """None of 200 children hangs or fails that are forked while two threads build decoders."""
    command = [sys.executable, str(ROOT / "tests" / "fork_under_load.py"), engine]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)

    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"status 0": 200}


FIRST_USE = """
import sys
import attrs, router_schema
before = set(sys.modules)
cl = attrs.make_class("Holder", {"x": attrs.field(type=list[int])})
converter = router_schema.make_converter(engine=sys.argv[1])
converter.dumps(converter.loads('{"x":[1]}', cl))
converter.unstructure(converter.structure({"x": [1]}, cl))
for text in ("{", '{"x":1}', '{"x":[' + "7" * 5000 + "]}", "[" * 300):
    try:
        converter.loads(text, cl)
    except router_schema.DecodeError:
        pass
print(*sorted(set(sys.modules) - before))
"""


def test_nothing_is_imported_on_first_use(engine: str) -> None:
    """Converters and decoders are built and used without an import, whose lock a child could wait for without end."""
    done = subprocess.run([sys.executable, "-c", FIRST_USE, engine], capture_output=True, text=True, cwd=ROOT)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == []
