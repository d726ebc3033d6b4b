"""The tool that type-checks the snippets of the documents."""

from pathlib import Path

import pytest

from tools.check_snippets import documents, main, modules_of

PAGE = """\
# Page

```pycon
>>> x = 1
>>> x
1
>>> int("a")
Traceback (most recent call last):
ValueError: invalid literal
>>> for _ in range(2):
...     # prompt
...     pass

```

## One

```python
# not a heading
y = 2
```

```console
$ z = 3
```

```python
print(y)
```

## Two

```python
y = ""
```
"""


def test_modules_have_the_lines_of_the_document() -> None:
    """The sessions of a page are a module, the blocks of a section another; each line stands where the page has it."""
    found = [
        {number: line for number, line in enumerate(module.splitlines(), 1) if line} for module in modules_of(PAGE)
    ]

    assert found == [
        {4: "x = 1", 5: "x", 10: "for _ in range(2):", 11: "    # prompt", 12: "    pass"},
        {19: "# not a heading", 20: "y = 2", 28: "print(y)"},
        {34: 'y = ""'},
    ]


def test_every_document_has_snippets() -> None:
    """The documents with code are found, the new ones too."""
    names = {path.name for path in documents() if modules_of(path.read_text(encoding="utf-8"))}

    assert {"README.md", "how-to.md", "which-class.md", "recipes.md", "tutorial.md"} <= names


def test_errors_name_the_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both checkers report an error at its line of the document, and none where a library is missing."""
    pytest.importorskip("mypy")
    pytest.importorskip("basedpyright")
    snippets = {"good": "import nothing_of_that_name\nx: int = nothing_of_that_name.y", "bad": "x: int = ''"}
    for name, code in snippets.items():
        (tmp_path / f"{name}.md").write_text(f"# Doc\n```python\n{code}\n```\n")
    monkeypatch.setattr("tools.check_snippets.ROOT", tmp_path)
    monkeypatch.setattr("tools.check_snippets.documents", lambda: sorted(tmp_path.glob("*.md")))
    status = main()
    output = capsys.readouterr().out

    assert status == 1
    assert output.count("bad.md:3") == 2
    assert "good.md" not in output
