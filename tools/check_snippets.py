"""
Type-check the Python of README and documentation with mypy, strictly, and with basedpyright.

The ``pycon`` blocks of a document are one module, and the ``python`` blocks below one heading are another, as in the
tests that run them. A module has the lines of its document, so that an error's line is the snippet's. An example that
shows a traceback is left out: it is wrong on purpose.
"""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]

_HEADING = re.compile(r"^#+ ", re.MULTILINE)
_BLOCK = re.compile(r"^```(python|pycon)\n(.*?)^```", re.MULTILINE | re.DOTALL)

# Libraries that recipes need may be missing, or have no types. At a prompt, values are shown and not used.
_CONFIG = """
[tool.mypy]
strict = true
python_version = "3.11"
ignore_missing_imports = true
disallow_untyped_calls = false
warn_unused_ignores = false

[tool.basedpyright]
pythonVersion = "3.11"
typeCheckingMode = "standard"
extraPaths = [{root!r}]
reportMissingImports = false
reportPossiblyUnboundVariable = false
reportUnusedExpression = false
"""


def documents() -> list[Path]:
    """The documents that have snippets."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def modules_of(text: str) -> list[str]:
    """The snippets of a Markdown *text* as modules, each line where it is in the text."""
    headings = [match.start() for match in _HEADING.finditer(re.sub(_BLOCK, _blanked, text))]
    modules: dict[int | None, list[str]] = defaultdict(lambda: [""] * text.count("\n"))
    for match in _BLOCK.finditer(text):
        language, code = match.groups()
        section = None if language == "pycon" else sum(start < match.start() for start in headings)
        first = text.count("\n", 0, match.start(2))
        lines = _typed_at_prompts(code) if language == "pycon" else code.splitlines()
        modules[section][first : first + len(lines)] = lines
    return ["\n".join(lines) + "\n" for lines in modules.values()]


def _blanked(match: re.Match[str]) -> str:
    """As many characters as a block has, none of which makes a heading."""
    return "." * len(match[0])


def _typed_at_prompts(block: str) -> list[str]:
    """What is typed at the prompts of a session, each line in its place, but for what raises an error."""
    lines = [""] * len(block.splitlines())
    for example in doctest.DocTestParser().get_examples(block):
        if example.exc_msg is None:
            source = example.source.splitlines()
            lines[example.lineno : example.lineno + len(source)] = source
    return lines


def write_modules(folder: Path) -> dict[Path, str]:
    """Write the snippets of every document to *folder*; returns the document of each file."""
    written = {}
    for path in documents():
        document = path.relative_to(ROOT).as_posix()
        for number, module in enumerate(modules_of(path.read_text(encoding="utf-8")), 1):
            file = folder / f"{re.sub(r'[^a-z]', '_', document.lower())}_{number}.py"
            file.write_text(module, encoding="utf-8")
            written[file] = document
    return written


def main() -> int:
    """Check every document; returns 1 if a checker finds an error."""
    status = 0
    with tempfile.TemporaryDirectory() as folder:
        files = write_modules(Path(folder))
        config = Path(folder, "pyproject.toml")
        config.write_text(_CONFIG.format(root=str(ROOT)), encoding="utf-8")
        for tool, *arguments in (
            ["mypy", "--config-file", str(config), "--no-error-summary", *map(str, files)],
            ["basedpyright", "--project", str(config), "--pythonpath", sys.executable],
        ):
            command = [str(Path(sys.executable).with_name(tool)), *arguments]
            result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            output = result.stdout + result.stderr
            for file, document in files.items():
                output = output.replace(str(file), document)
            print(output, end="")
            status |= result.returncode
    return int(status != 0)


if __name__ == "__main__":
    sys.exit(main())
