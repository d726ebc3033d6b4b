"""
Build the native engine, where that is possible, and the description for package indexes; setup.cfg has everything else.

Environment variables:
    ROUTER_SCHEMA_PURE: ``1`` leaves the extension out.
    ROUTER_SCHEMA_PORTABLE: ``1`` builds its plain C instead of the instructions of one processor.
"""

import os
import re
import sys
from glob import glob
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

FOLDER = "router_schema/_native"

#: The public address of the repository's files, up to the last slash. Not known yet.
REPOSITORY = ""


def is_set(variable: str) -> bool:
    """Whether the environment *variable* is neither empty nor 0."""
    return os.environ.get(variable, "0") not in ("", "0")


def description() -> str:
    """README.md for a package index: links to files become absolute or, without a REPOSITORY, plain text."""
    text = Path("README.md").read_text(encoding="utf-8")
    for name, path in re.findall(r"^\[(.+)\]: (?!https:)(.+)\n", text, re.MULTILINE):
        if REPOSITORY:
            text = text.replace(f"[{name}]: {path}\n", f"[{name}]: {REPOSITORY}{path}\n")
        else:
            text = text.replace(f"[{name}]: {path}\n", "")
            text = re.sub(rf"\[([^]]+)\]\[{re.escape(name)}\]", r"\1", text)
            text = re.sub(rf"\[({re.escape(name)})\](?![:(\[])", r"\1", text, flags=re.IGNORECASE)
    return text


#: Options of the compilers, by setuptools' name for their kind. Hidden symbols make calls between the C files direct.
OPTIONS = {"unix": ["-std=c11", "-O3", "-g0", "-fvisibility=hidden"], "msvc": ["/std:c11"]}


class BuildExtension(build_ext):
    """Compile with the options of the compiler in use."""

    def build_extensions(self) -> None:
        """Add the options, which are known only now."""
        for extension in self.extensions:
            extension.extra_compile_args += OPTIONS.get(self.compiler.compiler_type, [])
        super().build_extensions()


native = Extension(
    "router_schema._native",
    sources=sorted(glob(f"{FOLDER}/*.c")),
    depends=sorted(glob(f"{FOLDER}/*.h")),
    define_macros=[("ROUTER_SCHEMA_PORTABLE", "1")] if is_set("ROUTER_SCHEMA_PORTABLE") else [],
    optional=True,
)
builds_native = sys.implementation.name == "cpython" and not is_set("ROUTER_SCHEMA_PURE")

setup(
    long_description=description(),
    ext_modules=[native] if builds_native else [],
    cmdclass={"build_ext": BuildExtension},
)
