"""
Build the native engine, where that is possible; setup.cfg has everything else.

Environment variables:
    ROUTER_SCHEMA_PURE: ``1`` leaves the extension out.
    ROUTER_SCHEMA_PORTABLE: ``1`` builds its plain C instead of the instructions of one processor.
"""

import os
import sys
from glob import glob

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

FOLDER = "router_schema/_native"


def is_set(variable: str) -> bool:
    """Whether the environment *variable* is neither empty nor 0."""
    return os.environ.get(variable, "0") not in ("", "0")


class BuildExtension(build_ext):
    """Compile with hidden symbols, so that calls between the C files are direct."""

    def build_extensions(self) -> None:
        """Choose the options that gcc and clang have."""
        if self.compiler.compiler_type == "unix":
            for extension in self.extensions:
                extension.extra_compile_args += ["-std=c11", "-O3", "-g0", "-fvisibility=hidden"]
        super().build_extensions()


native = Extension(
    "router_schema._native",
    sources=sorted(glob(f"{FOLDER}/*.c")),
    depends=sorted(glob(f"{FOLDER}/*.h")),
    define_macros=[("ROUTER_SCHEMA_PORTABLE", "1")] if is_set("ROUTER_SCHEMA_PORTABLE") else [],
    optional=True,
)
builds_native = sys.implementation.name == "cpython" and not is_set("ROUTER_SCHEMA_PURE")

setup(ext_modules=[native] if builds_native else [], cmdclass={"build_ext": BuildExtension})
