"""One converter, many threads."""

import json
import threading
from typing import Any

import attrs
from support import converter_for, outcome, text
from user_classes import Node

from router_schema import ValidationError


def test_threads(engine: str) -> None:
    """One converter serves many threads that ask for new classes at once."""
    for _ in range(5):
        converter = converter_for(engine)
        leaf: Any = attrs.make_class("Leaf", {"x": attrs.field(type=int)})
        classes: list[Any] = [
            attrs.make_class(f"C{i}", {"leaf": attrs.field(type=leaf), "node": attrs.field(type=Node)})
            for i in range(8)
        ]
        start, wrong = threading.Barrier(16), []

        def work(
            n: int, converter: Any = converter, classes: Any = classes, start: Any = start, wrong: Any = wrong
        ) -> None:
            start.wait()
            for cl in classes[n % 8 :] + classes[: n % 8]:
                value = {"leaf": {"x": n}, "node": {"name": "a", "children": [{"name": "b"}]}}
                instance = converter.loads(text(value), cl)
                if instance.leaf.x != n or json.loads(converter.dumps(instance))["leaf"] != {"x": n}:
                    wrong.append(n)
                if (
                    outcome(converter.structure, {"leaf": {"x": "n"}, "node": {"name": "a"}}, cl)[0]
                    is not ValidationError
                ):
                    wrong.append(n)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert wrong == []


def test_hook_registered_while_another_thread_builds(engine: str) -> None:
    """A stale hook that another thread is building is not kept."""
    converter = converter_for(engine)
    old_converter_asks = threading.Event()
    hook_is_registered = threading.Event()

    class Slow:
        pass

    holder: Any = attrs.make_class("Holder", {"name": attrs.field(type=str), "slow": attrs.field(type=Slow)})

    def slow_factory(cl: Any) -> Any:
        old_converter_asks.set()
        hook_is_registered.wait(10)
        return lambda value, _: value

    converter.register_structure_hook_factory(lambda cl: cl is Slow, slow_factory)
    first = threading.Thread(target=converter.loads, args=('{"name":"a","slow":1}', holder))
    first.start()
    assert old_converter_asks.wait(10)
    converter.register_structure_hook(str, lambda value, _: value.upper())
    hook_is_registered.set()
    first.join()

    assert converter.loads('{"name":"a","slow":1}', holder).name == "A"
