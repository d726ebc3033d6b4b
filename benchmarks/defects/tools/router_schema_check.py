"""`router_schema.check` with the native engine, in one process."""

from collections import Counter
from pathlib import Path

from benchmarks.defects.tools._tool import Tool
from router_schema import check, make_converter

_converter = make_converter(engine="native")


def _inspect(path: Path) -> Counter[str]:
    report = check(path, converter=_converter)
    problems = {f"{problem.path}: {problem.message}": problem.count for problem in report.problems}
    keys = {f"{key.path}: unknown key": key.count for key in report.unknown_keys}
    return Counter(problems | keys)


tool = Tool("`router-schema check`, native", ("router-schema", "attrs", "cattrs", "ujson"), _inspect)
