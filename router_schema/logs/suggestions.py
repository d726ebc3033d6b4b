"""What to try where most bodies don't match: another shipped schema, or another name for a file of streams."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from .._schemas import SCHEMAS
from ..converter import RouterConverter, make_converter
from ..errors import DecodeError
from ..streams._recognise import MAX_HEAD, WHITE_SPACE, may_begin_stream
from .decode import BLANK, LONG, decode_line, holds_too_much
from .documents import is_document, read_items
from .lines import read_lines, read_pieces
from .report import Report
from .sniff import begins_with_line
from .sources import STDIN, expand
from .work import Options, open_file

#: How many bodies are read again.
_SAMPLE = 2_000

#: Stands for a body that is not JSON. No schema accepts it.
_MALFORMED = None


def suggest(paths: Iterable[str], options: Options, report: Report) -> str:
    """
    A line that names the shipped schemas that accept more of the bodies, if less than half of them are valid.

    If the first file begins like a stream or like indented JSON, the line says how such a file must be named. If no
    body has a key of the schema, the line says that: a schema whose fields are all optional accepts any object. The
    first bodies are read a second time, from regular files only. No schema is suggested for streams.

    Args:
        paths: The files, folders and patterns that were checked.
        options: How they were checked.
        report: The result.

    Returns:
        The line; empty if there is nothing to suggest.
    """
    has_keys = not report.fields or any(field.present for field in report.fields)
    noun = "event" if report.events else "body"
    doubt = "" if has_keys else f"no {noun} has any key of the schema: is it the right --model?"
    if report.events or 2 * report.valid >= report.bodies:
        return doubt
    # Only regular files: a pipe is empty by now, and opening it may wait forever.
    files = [path for path in expand(paths, lambda _: None) if path != STDIN and os.path.isfile(path)]
    head = _head_of(files[0]) if files and report.malformed else b""
    # The name is not the start of the line: GitHub Actions would execute a name that begins with two colons.
    if report.malformed == report.bodies and head and may_begin_stream(head[:MAX_HEAD]):
        return f"this looks like server-sent events: rename {files[0]} to end in .sse"
    if head.split(b"\n", 1)[0].rstrip() in (b"{", b"[") and not is_document(files[0]):
        return f"this looks like indented JSON: rename {files[0]} to end in .json"
    if options.cl not in SCHEMAS.values():
        return doubt
    converter = make_converter(forbid_extra_keys=options.forbid_extra_keys)
    sample = itertools.islice(_bodies_of(files, converter), min(report.bodies, _SAMPLE))
    bodies, counts = count_matches(sample, converter)
    text = suggestion(options.cl, bodies, counts)
    if not text:
        return doubt
    return f"first {bodies:,} bodies: {text}" if bodies < report.bodies else text


def count_matches(bodies: Iterable[Any], converter: RouterConverter) -> tuple[int, dict[str, int]]:
    """How many parsed bodies there are, and how many of them each shipped schema accepts, by its short name."""
    total, counts = 0, dict.fromkeys(SCHEMAS, 0)
    for body in bodies:
        total += 1
        for name, cl in SCHEMAS.items():
            with suppress(DecodeError):
                converter.structure(body, cl)
                counts[name] += 1
    return total, counts


def suggestion(cl: type[Any], bodies: int, counts: Mapping[str, int]) -> str:
    """
    A line that names the shipped schemas that accept more bodies than *cl*, if *cl* accepts less than half of them.

    Args:
        cl: A shipped schema.
        bodies: How many bodies there are.
        counts: How many of them each shipped schema accepts.
    """
    valid = next(counts[name] for name, shipped in SCHEMAS.items() if shipped is cl)
    others = [
        f"{counts[name]:,} match {qualified_name(other)}: try --model {name}"
        for name, other in SCHEMAS.items()
        if counts[name] > valid
    ]
    return "; ".join([f"{valid:,} of {bodies:,} valid", *others]) if others and 2 * valid < bodies else ""


def qualified_name(cl: type[Any]) -> str:
    """A shipped class as documents write it: ``orq.CreateCompletionResponseBody``."""
    module = cl.__module__.rpartition(".")[2]
    return cl.__name__ if module == "models" else f"{module}.{cl.__name__}"


def _bodies_of(paths: Iterable[str], converter: RouterConverter) -> Iterator[Any]:
    """The parsed bodies of files. Files that can't be read were reported by the check."""
    for path in paths:
        try:
            with open_file(path) as file:
                is_array = is_document(path) and not begins_with_line(file)
                texts = read_items(read_pieces(file)) if is_array else read_lines(file)
                for text in texts:
                    if (body := _parse(text, converter)) is not BLANK:
                        yield body
        except (OSError, ImportError, DecodeError):
            yield _MALFORMED


def _head_of(path: str) -> bytes:
    """The beginning of a file, without white space before it; empty if it can't be read."""
    try:
        with open_file(path) as file:
            return next(read_pieces(file), b"").lstrip(WHITE_SPACE)
    except (OSError, ImportError):
        return b""


def _parse(text: bytes, converter: RouterConverter) -> Any:
    if len(text) > LONG and holds_too_much(text):
        return _MALFORMED
    try:
        return decode_line(text, converter.parse)
    except DecodeError:
        return _MALFORMED
