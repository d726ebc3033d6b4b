"""
Accept fast, explain slowly: compare every fast path with the rules, on one text or one instance.

The reference is a rule, run on what the standard library parses. The compiled functions and the engines must return the
same instance with the same types, or raise the same errors with the same count.
"""

import functools
import json
import re
from typing import Any

from internals import Rule, parse_strictly, structure_rule, unstructure_rule, validate_structure, validate_unstructure
from support import ENGINES, converter_for, outcome, spelled, strictly

from router_schema import RouterConverter

OPTIONS: dict[str, dict[str, Any]] = {
    "default": {},
    "forbid": {"forbid_extra_keys": True},
    "alias": {"use_alias": True, "omit_if_default": True},
}
CONVERTERS: dict[str, list[RouterConverter]] = {
    name: [converter_for(engine, **options) for engine in ENGINES] for name, options in OPTIONS.items()
}

#: The malformed spellings that the engine ujson accepts.
LENIENT = re.compile(
    r"""
      -(?![0-9])                         # a minus alone, or before a point
    | (?<![0-9.eE+-])-?0[0-9]            # leading zeros
    | [0-9]\.(?![0-9])                   # no digit after the point
    | NaN | Infinity
    | [\x00-\x1f]                        # a raw control character
    """,
    re.VERBOSE,
)
STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')


@functools.cache
def rules_of(cl: Any, options: str) -> tuple[Rule, Rule]:
    """The rules by which the converters of these options structure and unstructure *cl*."""
    converter = CONVERTERS[options][0]
    return structure_rule(cl, converter), unstructure_rule(cl, converter)


def reference(data: bytes | str, cl: Any, options: str = "default") -> Any:
    """What the rule of *cl* makes of a text."""
    rule, _ = rules_of(cl, options)
    return outcome(lambda: validate_structure(rule, parse_strictly(data)))


def agree(data: bytes | str, cl: Any, options: str = "default") -> Any:
    """Compare every fast path with the reference on one text; returns the outcome of the reference."""
    expected = reference(data, cl, options)
    try:
        value = strictly(data)
        is_json = True
    except (ValueError, RecursionError):
        is_json = False

    for converter in CONVERTERS[options]:
        got = outcome(converter.loads, data, cl)
        assert type(got) is tuple
        if is_json or converter.engine != "ujson" or got == expected:
            assert got == expected, (converter.engine, data)
        else:
            text = data if isinstance(data, str) else str(data, "utf-8")
            assert LENIENT.search(STRING.sub('""', text)), ("ujson accepted what is not JSON", data)
        if is_json:
            assert outcome(converter.structure, value, cl) == expected, ("structure", converter.engine, data)
    return expected


def agree_on_the_way_out(instance: Any, options: str = "default") -> Any:
    """Compare every fast path with the reference on one instance; returns the outcome of the reference."""
    converters = CONVERTERS[options]
    _, rule = rules_of(type(instance), options)
    expected = outcome(validate_unstructure, rule, instance)
    written = [outcome(converter.dumps, instance) for converter in converters]

    for converter in converters:
        assert outcome(converter.unstructure, instance) == expected, converter.engine
    assert written == written[:1] * len(ENGINES)
    if expected[0] == "returned":
        assert spelled(json.loads(written[0][1][1])) == expected[1]
    else:
        assert written[0] == expected
    return expected
