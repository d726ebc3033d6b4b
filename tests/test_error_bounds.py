"""Errors are bounded and printable, whatever a body holds."""

import pickle
from typing import Any, Literal

import attrs
import pytest
from internals import format_path
from support import body, choice, problems, validation_error

from router_schema import EncodeError, ValidationError, dumps, make_converter, structure


@pytest.mark.parametrize("count", [99, 100, 101, 1500])
def test_at_most_100_problems(count: int) -> None:
    """An error lists the first 100 problems and counts them all."""
    error = validation_error(body(choices=[choice(index=None) for _ in range(count)]))

    assert len(error.errors) == min(count, 100)
    assert error.error_count == count
    assert isinstance(error.errors, tuple)
    assert problems(error)[-1] == (f"$.choices[{min(count, 100) - 1}].index", "type")
    assert (f"  … and {count - 100:,} more" in str(error)) == (count > 100)
    assert f"{count:,} problems" in str(error)


def test_rejected_enum_values_are_cut() -> None:
    """A rejected enum value is shown up to 40 characters."""
    (short,) = validation_error(body(choices=[choice(finish_reason="x" * 40)])).errors
    (long,) = validation_error(body(choices=[choice(finish_reason="x" * 41)])).errors

    assert "'" + "x" * 40 + "'" in short.message
    assert "x" * 40 in long.message
    assert "x" * 41 not in long.message


def test_rejected_enum_values_are_printable() -> None:
    """A rejected enum value is shown on one line that any stream can encode."""
    (problem,) = validation_error(body(choices=[choice(finish_reason="a\n\x1b[31m\ud800")])).errors

    assert problem.message.isprintable()
    assert problem.message.encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "'a'"),
        (5, "5"),
        (True, "true"),
        (10**39, str(10**39)),
        (10**40, "a huge integer"),
        (10**6000, "a huge integer"),
    ],
    ids=lambda _: "",
)
def test_rejected_choices_are_shown(value: object, text: str) -> None:
    """The message shows a rejected choice, unless it is a long number."""
    cl: Any = attrs.make_class("Holder", {"x": attrs.field(type=Literal["x", 1, False])})
    with pytest.raises(ValidationError) as caught:
        make_converter().structure({"x": value}, cl)

    assert caught.value.errors[0].message.endswith(f", got {text}")


def test_encode_error_is_bounded() -> None:
    """An EncodeError lists the first 100 problems and counts them all."""
    good = structure(body(choices=[choice()] * 300))
    bad = attrs.evolve(good, choices=tuple(attrs.evolve(item, index="x") for item in good.choices))
    with pytest.raises(EncodeError) as caught:
        dumps(bad)

    assert len(caught.value.errors) == 100
    assert caught.value.error_count == 300
    assert str(caught.value).endswith("  … and 200 more")


def test_long_paths_are_cut() -> None:
    """A path of any depth stays short and keeps both its ends."""
    walked: Any = None
    for step in ["first", *["x" * 30] * 1000, "last"]:
        walked = walked, step
    path = format_path(walked)

    assert len(path) <= 301
    assert path.startswith("$.first.x")
    assert path.endswith("x.last")
    assert "…" in path


# --- what a hostile body can do ---


def sizes(error: Any) -> tuple[int, int, int]:
    """The lengths of an error's text, repr and pickle."""
    return len(str(error)), len(repr(error)), len(pickle.dumps(error))


@pytest.mark.parametrize("length", [50_000, 500_000])
@pytest.mark.parametrize(
    "hostile",
    [
        lambda long, many: body(id=[long] * many),
        lambda long, many: body(choices=[choice(finish_reason=long)] * many),
        lambda long, many: body(**{f"{i}{long}": 1 for i in range(many)}),
        lambda long, many: {"error": {"message": long, "type": long, "param": long, "code": long}},
        lambda long, many: {"error": long},
        lambda long, many: {"object": "error", "message": long, "type": long, "code": "1" * len(long)},
        lambda long, many: {"error": {"code": 10 ** min(len(long), 100_000)}},
        lambda long, many: body(usage={"total_tokens": long}),
    ],
    ids=["value", "enum", "keys", "error-body", "error-text", "bare-error-body", "error-code", "count"],
)
def test_errors_are_bounded(hostile: Any, length: int) -> None:
    """No body makes an error large, in text or pickled."""
    error = validation_error(hostile("x" * length, 200), forbid_extra_keys=True)

    assert max(sizes(error)) < 100_000
