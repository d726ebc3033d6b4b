"""
Type-check the Python of README and documentation: ``python`` and ``pycon`` blocks, with mypy and basedpyright.

Each document becomes a module, whose lines are those of the document, so that an error's line is that of its snippet.
An example that shows a traceback is left out: it is wrong on purpose.
"""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

_BLOCK = re.compile(r"^```(python|pycon)\n(.*?)^```", re.MULTILINE | re.DOTALL)

#: What is normal at a prompt: a value that is shown and not used.
_PYRIGHT = """
[tool.basedpyright]
pythonVersion = "3.11"
typeCheckingMode = "strict"
extraPaths = [{root!r}]
reportUnusedExpression = false
"""


def documents() -> list[Path]:
    """The documents that have snippets."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def module_of(text: str) -> str:
    """The snippets of a Markdown *text* as a module with the same line numbers."""
    lines = [""] * text.count("\n")
    for match in _BLOCK.finditer(text):
        first = text.count("\n", 0, match.start(2))
        code = _typed_at_prompts(match[2]) if match[1] == "pycon" else match[2]
        for number, line in enumerate(code.splitlines(), first):
            lines[number] = line
    return "\n".join(lines) + "\n"


def _typed_at_prompts(block: str) -> str:
    """What is typed at the prompts of a session, each line in its place, but for what raises an error."""
    lines = [""] * len(block.splitlines())
    for example in doctest.DocTestParser().get_examples(block):
        if example.exc_msg is None:
            for number, line in enumerate(example.source.splitlines(), example.lineno):
                lines[number] = line
    return "\n".join(lines)


def main() -> int:
    """Check every document; returns 1 if a checker finds an error."""
    with tempfile.TemporaryDirectory() as folder:
        for path in documents():
            name = path.relative_to(ROOT).with_suffix(".py").as_posix().replace("/", "_").replace("-", "_")
            Path(folder, name).write_text(module_of(path.read_text(encoding="utf-8")), encoding="utf-8")
        config = Path(folder, "pyproject.toml")
        config.write_text(_PYRIGHT.format(root=str(ROOT)), encoding="utf-8")
        commands = [
            ["mypy", "--strict", "--config-file=", "--no-error-summary", *map(str, sorted(Path(folder).glob("*.py")))],
            ["basedpyright", "--project", str(config), "--pythonpath", sys.executable],
        ]
        status = 0
        for command in commands:
            command[0] = str(Path(sys.executable).with_name(command[0]))
            result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            print(f"{result.stdout}{result.stderr}".replace(f"{folder}/", ""), end="")
            status |= result.returncode
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
