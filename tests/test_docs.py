"""The commands in the documents print what these show. ``test_public.py`` runs their ``pycon`` blocks."""

import doctest
import re
import shlex
import socket
import subprocess
import sys

import pytest
from internals import run_command
from support import ROOT, code_blocks


def shown_commands() -> list[tuple[str, str]]:
    """Each ``router-schema`` command that README or documentation shows with its output, and that output."""
    found = []
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for block in code_blocks(path.read_text(encoding="utf-8"), "console"):
            for command, output in re.findall(r"^\$ router-schema (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
                if output.strip():
                    found.append((command, output))
    return found


def test_commands_are_found() -> None:
    """There are commands with output."""
    assert len(shown_commands()) >= 3


@pytest.mark.parametrize(("command", "output"), shown_commands(), ids=lambda text: text[:40])
def test_commands_print_what_is_shown(
    command: str, output: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command prints the output shown below it, in which three dots stand for any text."""
    monkeypatch.chdir(ROOT)
    run_command(shlex.split(command))
    printed = capsys.readouterr().out

    assert doctest.OutputChecker().check_output(output, printed, doctest.ELLIPSIS), printed


def test_contributing_names_files_that_exist() -> None:
    """Every file and folder in the tables of CONTRIBUTING exists, and every make target too."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    paths = re.findall(r"`((?:[a-z_]+/)*[a-z_]+(?:\.pyi?|/))`", rows)
    targets = re.findall(r"`make ([a-z-]+)", text)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / "router_schema" / path).exists()] == []
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("taken", [True, False])
def test_a_port_that_the_gateway_cannot_have(taken: bool) -> None:
    """The gateway says in one line that its port is in use or impossible and how to pick another, with status 2."""
    pytest.importorskip("uvicorn", reason="not installed (dependency group: gateway)")
    pytest.importorskip("prometheus_client", reason="not installed (dependency group: gateway)")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1] if taken else 65536
        command = [sys.executable, "-m", "examples.gateway", "--port", str(port)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)

    reason = "already in use" if taken else "not available"
    advice = "for a free one: make gateway ARGS='--port 0'"
    assert result.stderr == f"gateway: port {port} is {reason}; {advice}\n"
    assert (result.returncode, result.stdout) == (2, "")


def test_an_upstream_without_a_scheme_is_refused() -> None:
    """The address of upstream has to say how it is reached."""
    pytest.importorskip("uvicorn", reason="not installed (dependency group: gateway)")
    pytest.importorskip("prometheus_client", reason="not installed (dependency group: gateway)")
    command = [sys.executable, "-m", "examples.gateway", "--port", "0", "--upstream", "localhost:8080"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)

    assert (result.returncode, result.stderr) == (2, "gateway: --upstream must start with http:// or https://\n")
