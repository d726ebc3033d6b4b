"""The official openai client for JavaScript, under Node, against the gateway."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from flaky_upstream import SECRET


@pytest.fixture(scope="session")
def folder(request: pytest.FixtureRequest) -> Path:
    """A folder with the client in it, kept in pytest's cache; skips where it cannot be had."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node and npm are not installed")
    cache = getattr(request.config, "cache", None)
    if cache is None:
        pytest.skip("pytest's cache, where the client is installed, is off")
    folder: Path = cache.mkdir("node-openai-6")
    if not (folder / "node_modules" / "openai" / "package.json").is_file():
        (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0", "openai@6"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120)
        except subprocess.TimeoutExpired:
            pytest.skip("npm took more than two minutes to install openai")
        if done.returncode:
            pytest.skip("npm could not install openai from its registry")
    return folder


def run_client(folder: Path, gateway: str, prompt: str, stream: str = "") -> dict[str, object]:
    """What ``client.mjs`` prints. It is read from stdin, so that Node looks for modules in *folder*."""
    script = Path(__file__).with_name("client.mjs").read_text(encoding="utf-8")
    environment = os.environ | {"GATEWAY": gateway, "PROMPT": prompt, "STREAM": stream}
    command = ["node", "--input-type=module"]
    done = subprocess.run(
        command, input=script, cwd=folder, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, object] = json.loads(done.stdout)
    return printed


def test_it_reads_every_field(folder: Path, gateway: str) -> None:
    """Each field has its value, and the numbers are integers."""
    read = run_client(folder, gateway, "good")

    assert read == {
        "id": "cmpl-9",
        "object": "text_completion",
        "created": 1760000000,
        "model": "acme/writer-7b",
        "system_fingerprint": "fp_gateway",
        "choices": [{"index": 0, "text": SECRET, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13},
        "integers": True,
    }


def test_an_error_is_thrown_as_its_own(folder: Path, gateway: str) -> None:
    """An error body is thrown as the error that the client has for the status."""
    assert run_client(folder, gateway, "error") == {
        "error": "NotFoundError",
        "status": 404,
        "code": "model_not_found",
    }


def test_the_gateways_own_error_is_thrown_too(folder: Path, gateway: str) -> None:
    """The gateway's own errors are thrown with their code."""
    thrown = run_client(folder, gateway, "wrong types")

    assert thrown == {"error": "InternalServerError", "status": 502, "code": "upstream_invalid"}


@pytest.mark.parametrize("usage", [True, False])
def test_it_reads_a_stream(folder: Path, gateway: str, usage: bool) -> None:
    """Each chunk has its fields, and a usage arrives only on request."""
    read = run_client(folder, gateway, "good", "usage" if usage else "yes")

    assert read == {
        "model": "acme/writer-7b",
        "choices": [
            {"index": 0, "text": "Ro", "finish_reason": None},
            {"index": 0, "text": "se", "finish_reason": None},
            {"index": 0, "text": "bud", "finish_reason": "stop"},
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13} if usage else None,
    }


@pytest.mark.parametrize(
    ("prompt", "code", "message"),
    [("error event", "broken", "The model broke."), ("cut", "upstream_broke_off", "The upstream server broke off.")],
)
def test_an_error_in_a_stream_is_thrown(folder: Path, gateway: str, prompt: str, code: str, message: str) -> None:
    """An error event is thrown after the chunks before it."""
    thrown = run_client(folder, gateway, prompt, "yes")

    assert thrown == {"error": "APIError", "code": code, "before": "Rose", "message": message}


def test_an_error_before_a_stream_is_thrown_as_its_own(folder: Path, gateway: str) -> None:
    """An error event before the first chunk is thrown as the error of its status."""
    thrown = run_client(folder, gateway, "error first", "yes")

    assert thrown == {
        "error": "RateLimitError",
        "status": 429,
        "code": "429",
        "before": "",
        "message": "429 The model broke.",
    }
