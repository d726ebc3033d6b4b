"""What users see of the package: its names, its imports, its documents."""

import doctest
import inspect
import re
import subprocess
import sys
import textwrap
import types
from pathlib import Path

import pytest
from support import ROOT, code_blocks

import router_schema
from router_schema import converter, errors, models


def test_names_are_pinned() -> None:
    """The public names are exactly these."""
    assert sorted(router_schema.__all__) == sorted(PUBLIC)


PUBLIC = [
    "DecodeError",
    "EncodeError",
    "FieldError",
    "FinishReason",
    "ReadError",
    "Report",
    "RouterCompletionsChoices",
    "RouterCompletionsResponseBody",
    "RouterCompletionsUsage",
    "RouterConverter",
    "RouterSchemaError",
    "ValidationError",
    "aiter_jsonl",
    "check",
    "configure_converter",
    "dumps",
    "iter_jsonl",
    "json_schema",
    "loads",
    "make_converter",
    "structure",
    "unstructure",
]


def test_all_is_what_is_there() -> None:
    """``__all__`` lists every public name that the package holds, and no others; modules aside."""
    held = {
        name
        for name, value in vars(router_schema).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name not in LAZY_HELPERS
    }
    listed = set(router_schema.__all__)

    assert held <= listed
    assert all(getattr(router_schema, name) is not None for name in listed)


#: What the package needs for itself.
LAZY_HELPERS = {"annotations", "Any", "TYPE_CHECKING", "import_module"}


@pytest.mark.parametrize("module", [converter, errors, models])
def test_modules_hold_what_they_list(module: types.ModuleType) -> None:
    """Each public module's ``__all__`` can be imported from it."""
    assert len(set(module.__all__)) == len(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)


def test_dir_lists_all() -> None:
    """`dir` lists the public names, also those that are imported when first used."""
    assert set(router_schema.__all__) <= set(dir(router_schema))


def test_unknown_names_are_attribute_errors() -> None:
    """An unknown name raises AttributeError."""
    with pytest.raises(AttributeError, match="brand_new"):
        router_schema.brand_new  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_documented(name: str) -> None:
    """Each public name has its own docstring."""
    assert inspect.getdoc(getattr(router_schema, name))


def test_version() -> None:
    """The version is one of three numbers."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", router_schema.__version__)


# --- imports ---


def run(code: str) -> str:
    """The output of a fresh interpreter in which warnings are errors."""
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(code)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


BLOCK = """
import sys
from importlib.abc import MetaPathFinder

class Block(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Block())
"""


def test_works_without_any_extra() -> None:
    """The core needs attrs, cattrs and ujson, and nothing else outside the standard library."""
    code = BLOCK.format(
        names=["msgspec", "rich", "click", "typer", "cyclopts", "zstandard", "dask", "fsspec", "pydantic", "orjson"]
    )

    assert run(
        code + 'import router_schema\nprint(router_schema.loads("{}", router_schema.RouterCompletionsUsage))'
    ) == ("RouterCompletionsUsage(completion_tokens=None, prompt_tokens=None, total_tokens=None)")


def test_import_is_silent_and_light() -> None:
    """Importing prints nothing, raises no warning, and imports no library of the command line."""
    code = """
    import sys
    import router_schema
    print({"rich", "click", "typer", "argparse", "dask", "multiprocessing"} & set(sys.modules))
    """

    assert run(code) == "set()"


def test_module_names_can_be_star_imported() -> None:
    """A star import binds the public names."""
    assert (
        run("from router_schema import *\nprint(loads('{}', RouterCompletionsUsage) == RouterCompletionsUsage())")
        == "True"
    )


# --- documents ---


def documents() -> list[Path]:
    """The README and the documentation; the recipes need more libraries, and `test_recipes.py` runs them."""
    return [ROOT / "README.md", *sorted(set((ROOT / "docs").glob("*.md")) - {ROOT / "docs" / "recipes.md"})]


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_documents_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ``pycon`` blocks of a document run from top to bottom in one namespace, and print what they say."""
    monkeypatch.chdir(ROOT)
    text = path.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": path.stem}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    said: list[str] = []
    for block in code_blocks(text, "pycon"):
        test = doctest.DocTestParser().get_doctest(block, names, path.name, str(path), 0)
        runner.run(test, out=said.append, clear_globs=False)
        names = test.globs
    for block in code_blocks(text, "python") if path.name == "README.md" else ():
        exec(compile(block, str(path), "exec"), names)

    assert "".join(said) == ""
    assert runner.failures == 0


def test_readme_starts_with_code() -> None:
    """The README has runnable code by its line 20, and that code is run."""
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()

    assert any(line.startswith(">>> ") or line == "```python" for line in lines[:20])
    assert len(code_blocks("\n".join(lines), "pycon")) + len(code_blocks("\n".join(lines), "python")) >= 5


def test_readme_fences_are_known() -> None:
    """Each fenced block has a known language, so that none is skipped by mistake."""
    fences = re.findall(r"^```(\S*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert set(fences[::2]) <= {"pycon", "python", "console", "json", "text", "toml"}
    assert set(fences[1::2]) == {""}
