"""Interrupts wait while counts are added up, and a report is never at odds with itself."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from log_lines import line, text, write
from support import ENGINES

from router_schema import RouterCompletionsResponseBody, check, make_converter
from router_schema._cli import main
from router_schema.logs import load_report
from router_schema.logs.checker import Checker
from router_schema.logs.counts import Counts
from router_schema.logs.interrupts import deferred, handle
from router_schema.logs.profile import Profiler
from router_schema.logs.verdicts import Validator

LINES = [line(), line(id=1), line(model="other"), b"{", line(choices=[])]


def test_an_interrupt_is_raised_at_once() -> None:
    """Outside of `deferred`, a signal raises KeyboardInterrupt."""
    with pytest.raises(KeyboardInterrupt):
        handle(signal.SIGINT, None)


def test_an_interrupt_waits() -> None:
    """Within `deferred`, the first signal waits for the end of the outermost; then it is over."""
    done = []

    def count() -> None:
        with deferred:
            with deferred:
                handle()
            done.append("inner")

    with pytest.raises(KeyboardInterrupt):
        count()
    with deferred:
        done.append("next")

    assert done == ["inner", "next"]


def test_a_second_interrupt_does_not_wait() -> None:
    """A second signal raises KeyboardInterrupt at once: the first one waits for something that takes too long."""
    done = []

    @deferred
    def count() -> None:
        handle()
        done.append("first")
        handle()
        done.append("second")

    with pytest.raises(KeyboardInterrupt):
        count()

    assert done == ["first"]
    with deferred:
        pass


def test_an_error_goes_before_an_interrupt() -> None:
    """An error within `deferred` is raised, and the signal is forgotten."""

    @deferred
    def count() -> None:
        handle()
        raise KeyError

    with pytest.raises(KeyError):
        count()
    with deferred:
        pass


def interrupting(owner: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupt the next call of a method when it is done, but before its caller has the result."""
    method = getattr(owner, name)

    def call(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(owner, name, method)
        result = method(*arguments, **options)
        handle()
        return result

    monkeypatch.setattr(owner, name, call)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("place", [(Profiler, "take"), (Counts, "take"), (Counts, "add")])
def test_what_was_added_up_counts_once(place: tuple[Any, str], engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt while counts are added up neither loses nor doubles any of them."""
    converter = make_converter(engine=engine)  # type: ignore[arg-type]
    checker = Checker("-", Validator(RouterCompletionsResponseBody, converter))
    interrupting(*place, monkeypatch)

    def read() -> None:
        checker.add_blocks([b"\n".join(LINES)])
        checker.report()

    with pytest.raises(KeyboardInterrupt):
        read()

    assert checker.report() == check(LINES[: checker.lines], converter=converter)
    assert checker.lines >= 4


def test_a_body_that_was_not_counted_is_in_no_table() -> None:
    """A body that was interrupted before it was counted is neither a row nor a problem."""
    checker = Checker("-", Validator(RouterCompletionsResponseBody))
    checker._scanner = None
    checker.add_lines([LINES[0], LINES[1]])
    list(checker._profiler._alike.values())[1].count = 0

    assert checker.report() == check(LINES[:1])


def test_what_was_scanned_is_validated(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt while the native engine scans a block does not lose the combinations that it found."""
    checker = Checker("-", Validator(RouterCompletionsResponseBody))
    if checker._scanner is None:
        pytest.skip("needs the native engine")
    scan: Callable[..., Any] = checker._scanner._profiler.scan

    class Interrupted:
        take = checker._scanner._profiler.take

        def scan(self, *arguments: Any) -> Any:
            result = scan(*arguments)
            handle()
            return result

    monkeypatch.setattr(checker._scanner, "_profiler", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        checker.add_blocks([line(id=1) + b"\n" + line()])

    assert (checker.report().valid, checker.report().invalid) == (1, 1)


def test_the_command_reports_what_was_added_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real signal while the last counts are added up: the report of everything, marked as partial, and status 130."""
    take = Profiler.take

    def interrupted(*arguments: Any, **options: Any) -> Any:
        monkeypatch.setattr(Profiler, "take", take)
        signal.raise_signal(signal.SIGINT)
        return take(*arguments, **options)

    log = write(tmp_path / "log.jsonl", text() * 3)
    monkeypatch.setattr(Profiler, "take", interrupted)
    status = main(["check", str(log), "--save", str(tmp_path / "report.json"), "--save-partial"])

    saved = load_report(tmp_path / "report.json")
    assert status == 130
    assert capsys.readouterr().out.startswith("3 bodies: 3 valid")
    assert (saved.partial, saved.report.bodies, saved.report.models[0].count) == (True, 3, 3)
