"""How Sphinx builds this folder: ``make docs``, without the network and with every warning an error."""

from __future__ import annotations

import codeop
import os
import re
import subprocess
import sys
from typing import Any

import attrs
from docutils import nodes

import router_schema

project = "router-schema"
version = release = router_schema.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
exclude_patterns = ["_build"]
highlight_options = {"pycon": {"stripnl": True}}

html_theme = "furo"
html_title = f"{project} {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
pygments_dark_style = "github-dark"
html_show_copyright = False
html_copy_source = False

# Copy what a reader types: neither the prompts nor the output.
copybutton_prompt_text = r">>> ?|\.\.\. ?|\$ "
copybutton_prompt_is_regexp = True

myst_enable_extensions = ["substitution"]
myst_heading_anchors = 3

default_role = "py:obj"
add_module_names = False
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 120
python_use_unqualified_type_names = True
napoleon_custom_sections = [("Attributes", "params_style")]  # as one list, and not each with a heading

# Foreign names, whose documentation is not read, and type variables.
nitpick_ignore_regex = [
    ("py:.*", r"(attr|cattrs|collections\.abc|distributed|os|typing)\..*"),
    ("py:class", r"(router_schema(\.\w+)+\.)?T|UnstructureHook"),
]


def _help(command: str) -> str:
    """What a command says of itself, so that the page cannot say anything else."""
    environment = {**os.environ, "COLUMNS": "88", "NO_COLOR": "1"}
    run = [sys.executable, "-m", "router_schema", command, "--help"]
    text = subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout
    return f"```text\n{text}```"


myst_substitutions = {f"help_{name}": _help(name) for name in ("check", "diff", "merge", "schema")}


def _tidy_signature(
    app: Any, what: str, name: str, obj: Any, options: Any, signature: str | None, returns: str | None
) -> tuple[str | None, str | None]:
    """Show the defaults of attrs classes by their value, and annotated types without what is for cattrs alone."""

    def default(match: re.Match[str]) -> str:
        value = attrs.fields_dict(obj)[match[1]].default
        return f"{type(value).__name__}()" if attrs.has(type(value)) else repr(value)

    signature = re.sub(r"attr_dict\['(\w+)'\]\.default", default, signature or "")
    return re.sub(r"~[\w.]+\.Annotated\[(.*?), ~?[\w.]+\(.*?\)\]", r"\1", signature) or None, returns


def _mark_wide_tables(app: Any, doctree: nodes.document) -> None:
    """Tell the style sheet which tables are of many columns, some with sentences in them."""
    for table in doctree.findall(nodes.table):
        columns = len(list(table.findall(nodes.colspec)))
        has_sentences = any(len(entry.astext()) > 80 for entry in table.findall(nodes.entry))
        if has_sentences and columns > 3:
            table["classes"] += ["wide", "widest"] if columns > 6 else ["wide"]


def _end_statements(app: Any, doctree: nodes.document) -> None:
    """
    Show the empty line that ends a class or a loop at Python's prompt: without it, what a reader copies doesn't run.

    The sources can't have that line, since ruff removes it.
    """

    def ended(match: re.Match[str]) -> str:
        typed = "\n".join(line[4:] for line in match[0].splitlines())
        return match[0] if codeop.compile_command(typed) else match[0] + "...\n"

    for block in doctree.findall(nodes.literal_block):
        if block.get("language") == "pycon":
            text = re.sub(r"^>>> .*\n(?:\.\.\..*\n)*", ended, block.astext() + "\n", flags=re.MULTILINE)
            block.rawsource, block.children = text, [nodes.Text(text)]


def _show_public_names(app: Any, doctree: nodes.document, name: str) -> None:
    """Show a class under the name that users import, also where a pointer rests on a link to it."""
    for link in doctree.findall(nodes.reference):
        if link.get("reftitle", "").startswith("router_schema."):
            link["reftitle"] = link["refid"] if "refid" in link else link["refuri"].rpartition("#")[2]


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-signature", _tidy_signature)
    app.connect("doctree-read", _mark_wide_tables)
    app.connect("doctree-read", _end_statements)
    app.connect("doctree-resolved", _show_public_names)
