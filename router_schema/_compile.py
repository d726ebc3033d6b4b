"""
The acceptor: a rule as one flat Python function.

`compile_structure` and `compile_unstructure` write, for one rule, the source of a function that takes a value and
returns exactly what the rule would, or None: then it gives up, and the judge runs and says what is wrong. The function
never explains anything, so it needs no paths and no calls for its leaves: a type check, a read and a store per field.
`source_of(function)` is its text.

For ``class Pair: left: str; right: float | None = None`` it is::

    def structure_Pair(value):
        \"\"\"Structure a Pair, or return None.\"\"\"
        try:
            if type(value) is not dict: return None
            left_ = value['left']
            if type(left_) is not str or not (left_.isascii() or is_text(left_)): return None
            right_ = value.get('right')
            if right_ is not None:
                if type(right_) is int: right_ = right_ + 0.0
                elif type(right_) is not float or not -inf < right_ < inf: return None
            value = Pair_twin()
            value.left = left_
            value.right = right_
            value.__class__ = Pair
            return value
        except Exception:
            return None

Three things in it are not plain:

* A **twin** is a class of the same slots that is not frozen. Storing into it and then setting ``__class__`` takes half
  the time of a frozen ``__init__``, whose every store is a call. It is used only where construction has no side effect
  (no validator, converter, ``__attrs_post_init__``, own ``__init__``) and where CPython finds the layouts equal; every
  other class is constructed.
* ``int + 0.0`` is the fastest conversion to float, and raises OverflowError where float() does.
* **Everything raised is a reason to give up.** A missing key is a KeyError, an unknown or unhashable enum value a
  KeyError or TypeError, a refusing validator whatever it raises; the judge runs into the same again, and says so.
"""

from __future__ import annotations

import builtins
import itertools
import linecache
import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import attrs

from ._rules import (
    EXACT_INTEGERS,
    HUGE,
    AnyRule,
    ArrayRule,
    BoolRule,
    ChoiceRule,
    ClassRule,
    DictRule,
    Field,
    FloatRule,
    HookRule,
    IntRule,
    OptionalRule,
    Problems,
    Rule,
    StrRule,
    is_text,
    judging,
    plain,
)

Acceptor = Callable[[Any], Any]


def source_of(function: Callable[..., Any]) -> str:
    """The source text of a compiled *function*, with those of the functions that it calls for nested classes."""
    return "".join(linecache.getlines(function.__code__.co_filename))


def _plain(value: Any, arrays: tuple[type, ...] = (list,)) -> Any:
    """`plain`, raising where it finds a problem."""
    problems = Problems()
    result = plain(value, None, problems, arrays)
    if problems.count:
        raise ValueError
    return result


def is_simple(cl: type[attrs.AttrsInstance]) -> bool:
    """Whether making a *cl* is no more than storing its fields: then its constructor need not be called."""
    properties = attrs.inspect(cl)
    return (
        properties.added_init
        and not properties.is_exception
        and properties.hashability is not attrs.ClassProps.Hashability.HASHABLE_CACHED
        and not hasattr(cl, "__attrs_pre_init__")
        and not hasattr(cl, "__attrs_post_init__")
        and cl.__new__ is object.__new__
        and type(cl).__call__ is type.__call__
        and (properties.is_frozen or cl.__setattr__ is object.__setattr__)
        and all(
            field.init
            and field.validator is None
            and field.converter is None
            and not (isinstance(field.default, attrs.Factory) and field.default.takes_self)  # type: ignore[arg-type]
            for field in attrs.fields(cl)
        )
    )


def twin_of(cl: type[attrs.AttrsInstance]) -> type | None:
    """A class whose instances can be filled by plain stores and then become a *cl*; None where there is none."""
    if not (is_simple(cl) and attrs.inspect(cl).is_slotted):
        return None
    slots = [base.__dict__.get("__slots__", ()) for base in cl.__mro__]
    names = tuple(name for slot in slots for name in ((slot,) if isinstance(slot, str) else slot))
    twin = type(f"{cl.__name__}_twin", (), {"__slots__": names})
    try:
        twin().__class__ = cl
    except TypeError:
        return None
    return twin


class _Source:
    """
    Python source in the making: its lines, and the globals that they name.

    Attributes:
        direction: ``"structure"`` or ``"unstructure"``.
        emit: What writes one rule in that direction: after its lines, the variable holds the result.
        embed: See `compile_unstructure`.
    """

    def __init__(self, direction: str, emit: _Emit, embed: Callable[[Any], Any] | None = None) -> None:
        self.direction, self.emit, self.embed = direction, emit, embed
        self.lines: list[str] = []
        self.depth = 0
        self.globals: dict[str, Any] = {
            "inf": math.inf, "HUGE": HUGE, "is_text": is_text, "plain": _plain, "embed": embed, "judging": judging
        }  # fmt: skip
        self.locals: set[str] = set()
        self.inlined: set[type] = set()
        self.functions: dict[type, tuple[str, ClassRule]] = {}

    def line(self, text: str) -> None:
        self.lines.append("    " * self.depth + text + "\n")

    def give_up_if(self, condition: str) -> None:
        self.line(f"if {condition}: return None")

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Write *header*, and indent what is written inside."""
        self.line(header)
        self.depth += 1
        yield
        self.depth -= 1

    def local(self, name: str, part: str = "") -> str:
        """A name for a variable that no other has, and no global: it has an underscore more."""
        base = f"{name.rstrip('_')}_{part}"
        local = next(local for local in numbered(base) if local not in self.locals)
        self.locals.add(local)
        return local

    def constant(self, base: str, value: Any) -> str:
        """The name of a global that holds *value*, and hides no builtin."""
        names = (name for name in numbered(identifier(base)) if not hasattr(builtins, name))
        return next(name for name in names if self.globals.setdefault(name, value) is value)

    def function(self, rule: Rule) -> str:
        """Write the function of *rule*; returns its name."""
        name = self.name_of(rule)
        self.locals, self.inlined = {"value"}, set()
        with self.block(f"def {name}(value):"):
            if isinstance(rule, ClassRule):
                self.line(f'"""{self.direction.capitalize()} a {rule.cl.__qualname__}, or return None."""')
            with self.block("try:"):
                self.emit(self, rule, "value")
                self.line("return value")
            with self.block("except Exception:"):
                self.line("return None")
        return name

    def name_of(self, rule: Rule) -> str:
        """The name of the function of *rule*, which is written sooner or later."""
        if not isinstance(rule, ClassRule):
            return f"{self.direction}_value"
        if rule.cl not in self.functions:
            base = identifier(f"{self.direction}_{rule.cl.__name__}")
            taken = {name for name, _ in self.functions.values()}
            self.functions[rule.cl] = next(name for name in numbered(base) if name not in taken), rule
        return self.functions[rule.cl][0]

    def nested(self, rule: ClassRule, v: str) -> bool:
        """
        Call the class's own function, and say so, where *rule* must not be written inline a second time.

        Once is flat and fast; twice could double at every level, and a class that contains itself would never end.
        """
        if v == "value" or rule.cl not in self.inlined:
            self.inlined.add(rule.cl)
            return False
        self.line(f"{v} = {self.name_of(rule)}({v})")
        self.give_up_if(f"{v} is None")
        return True

    def compile(self, rule: Rule) -> Acceptor:
        """The function of *rule*, compiled, with those that it calls."""
        name = self.function(rule)
        written = {rule.cl} if isinstance(rule, ClassRule) else set()
        while missing := [nested for cl, (_, nested) in self.functions.items() if cl not in written]:
            self.line("")
            self.function(missing[0])
            written.add(missing[0].cl)
        text = "".join(self.lines)
        file_name = _register(name, text, self.lines)
        try:
            exec(compile(text, file_name, "exec"), self.globals)
        except SyntaxError:  # Python nests no more than 20 loops; who does, has the judge
            return lambda value: None
        function: Acceptor = self.globals[name]
        return function


def _register(name: str, text: str, lines: list[str]) -> str:
    """
    Give a source text to debuggers and tracebacks, as attrs and cattrs do with theirs; returns its file name.

    The same text has the same name, or the texts of converters that are long gone would pile up.
    """

    def holds_the_text(file_name: str) -> bool:
        entry = len(text), None, lines, file_name
        return linecache.cache.setdefault(file_name, entry) == entry

    return next(filter(holds_the_text, (f"<router_schema {name}>" for name in numbered(name))))


_Emit = Callable[[_Source, Rule, str], None]


def numbered(base: str) -> Iterator[str]:
    """*base*, *base*_2, *base*_3, ..."""
    return (base if n == 1 else f"{base}_{n}" for n in itertools.count(1))


def identifier(name: str) -> str:
    """*name* as an identifier: `attrs.make_class` takes any name."""
    return re.sub(r"\W", "_", name)


_NOT_STR = "type({v}) is not str"
_NOT_TEXT = "type({v}) is not str or not ({v}.isascii() or is_text({v}))"


# --- JSON to instances ---


def compile_structure(rule: Rule) -> Acceptor:
    """A function from a parsed JSON value to what *rule* makes of it, or None."""
    return _Source("structure", _structure).compile(rule)


def _structure(source: _Source, rule: Rule, v: str) -> None:
    match rule:
        case StrRule():
            source.give_up_if(_NOT_TEXT.format(v=v))
        case FloatRule():
            source.line(f"if type({v}) is int: {v} = {v} + 0.0")
            source.line(f"elif type({v}) is not float or not -inf < {v} < inf: return None")
        case IntRule():
            source.give_up_if(f"type({v}) is not int")
        case BoolRule():
            source.give_up_if(f"type({v}) is not bool")
        case ChoiceRule():
            name = rule.enum.__name__ if rule.enum else "literal"
            if all(kind is str for kind, _ in rule.members):
                members = source.constant(
                    f"{name}_members", {value: member for (_, value), member in rule.members.items()}
                )
                source.line(f"{v} = {members}[{v}]")
            else:
                source.line(f"{v} = {source.constant(f'{name}_members', rule.members)}[type({v}), {v}]")
        case OptionalRule():
            with source.block(f"if {v} is not None:"):
                _structure(source, rule.inner, v)
        case ArrayRule():
            source.give_up_if(f"type({v}) is not list")
            items, item = source.local(v, "items"), source.local(v, "item")
            source.line(f"{items} = []")
            with source.block(f"for {item} in {v}:"):
                _structure(source, rule.item, item)
                source.line(f"{items}.append({item})")
            source.line(f"{v} = tuple({items})" if rule.sequence is tuple else f"{v} = {items}")
        case DictRule():
            source.give_up_if(f"type({v}) is not dict")
            items, key, item = (source.local(v, part) for part in ("items", "key", "item"))
            source.line(f"{items} = {{}}")
            with source.block(f"for {key}, {item} in {v}.items():"):
                source.give_up_if(_NOT_TEXT.format(v=key))
                _structure(source, rule.item, item)
                source.line(f"{items}[{key}] = {item}")
            source.line(f"{v} = {items}")
        case AnyRule():
            source.line(f"plain({v})")
        case HookRule():
            source.give_up_if("judging.now")
            hook = source.constant(f"{v}hook", rule.hook)
            source.line(f"{v} = {hook}({v}, {source.constant(f'{v}type', rule.type)})")
        case _:
            assert isinstance(rule, ClassRule)
            _structure_class(source, rule, v)


def _structure_class(source: _Source, rule: ClassRule, v: str) -> None:
    if source.nested(rule, v):
        return
    cl = source.constant(rule.cl.__name__, rule.cl)
    source.give_up_if(f"type({v}) is not dict")
    if rule.forbid_extra_keys:
        source.give_up_if(f"not {v}.keys() <= {source.constant(f'{cl}_keys', {field.key for field in rule.fields})}")
    if not is_simple(rule.cl):
        # Only the constructor knows what an absent argument means.
        arguments = source.local(v, "arguments")
        source.line(f"{arguments} = {{}}")
        for field in rule.fields:
            item = source.local(field.attribute.name)
            with nullcontext() if field.required else source.block(f"if {field.key!r} in {v}:"):
                source.line(f"{item} = {v}[{field.key!r}]")
                _structure(source, field.rule, item)
                source.line(f"{arguments}[{field.argument!r}] = {item}")
        source.line(f"{v} = {cl}(**{arguments})")
        return
    items = {field.attribute.name: _structure_field(source, field, v, cl) for field in rule.fields}
    twin = twin_of(rule.cl)
    if twin is None:
        call = ", ".join(f"{field.argument}={items[field.attribute.name]}" for field in rule.fields)
        source.line(f"{v} = {cl}({call})")
        return
    source.line(f"{v} = {source.constant(f'{cl}_twin', twin)}()")
    for attribute in attrs.fields(rule.cl):
        item = items.get(attribute.name) or _default(source, attribute, cl)
        source.line(f"{v}.{attribute.name} = {item}")
    source.line(f"{v}.__class__ = {cl}")


def _structure_field(source: _Source, field: Field, v: str, cl: str) -> str:
    """Read one field of the dict *v*; returns the variable that it is in."""
    item = source.local(field.attribute.name)
    if field.required:
        source.line(f"{item} = {v}[{field.key!r}]")
        _structure(source, field.rule, item)
    elif field.attribute.default is None and isinstance(field.rule, OptionalRule):
        source.line(f"{item} = {v}.get({field.key!r})")
        _structure(source, field.rule, item)
    else:
        with source.block(f"if {field.key!r} in {v}:"):
            source.line(f"{item} = {v}[{field.key!r}]")
            _structure(source, field.rule, item)
        with source.block("else:"):
            source.line(f"{item} = {_default(source, field.attribute, cl)}")
    return item


def _default(source: _Source, attribute: attrs.Attribute[Any], cl: str, instance: str = "") -> str:
    """An expression for the default of *attribute*."""
    default: Any = attribute.default
    name = f"{cl}_{attribute.name}_default"
    if not isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return repr(default) if default is None or type(default) in (bool, int, str) else source.constant(name, default)
    return f"{source.constant(name, default.factory)}({instance if default.takes_self else ''})"


# --- instances to JSON ---


def compile_unstructure(rule: Rule, embed: Callable[[Any], Any] | None = None) -> Acceptor:
    """
    A function from an instance to plain builtins, or None.

    Args:
        rule: What the instance must be.
        embed: What msgspec's encoder needs in place of a value that it would write otherwise than ujson; None for
            ujson's. (msgspec's also refuses lone surrogates by itself.)
    """
    return _Source("unstructure", _unstructure, embed).compile(rule)


def _unstructure(source: _Source, rule: Rule, v: str) -> None:
    match rule:
        case StrRule():
            source.give_up_if((_NOT_STR if source.embed else _NOT_TEXT).format(v=v))
        case FloatRule():
            with source.block(f"if type({v}) is float and {-EXACT_INTEGERS} < {v} < {EXACT_INTEGERS}:"):
                source.line(f"if {v} == (whole := {v}.__trunc__()): {v} = whole")
                if source.embed:
                    # Only the exponents of very small and very large numbers are spelled differently.
                    source.line(f"elif -1e-4 < {v} < 1e-4: {v} = embed({v})")
            source.line(f"elif type({v}) is int and {int(-EXACT_INTEGERS)} < {v} < {int(EXACT_INTEGERS)}: pass")
            source.line("else: return None")
        case IntRule():
            source.give_up_if(f"type({v}) is not int or not -HUGE < {v} < HUGE")
        case BoolRule():
            source.give_up_if(f"type({v}) is not bool")
        case ChoiceRule():
            if rule.enum is not None:
                source.give_up_if(f"type({v}) is not {source.constant(rule.enum.__name__, rule.enum)}")
                source.line(f"{v} = {v}._value_")
            else:
                values = {(type(member), member): value for (_, value), member in rule.members.items()}
                source.line(f"{v} = {source.constant('literal_values', values)}[type({v}), {v}]")
        case OptionalRule():
            with source.block(f"if {v} is not None:"):
                _unstructure(source, rule.inner, v)
        case ArrayRule():
            source.give_up_if(f"type({v}) is not {rule.sequence.__name__}")
            items, item = source.local(v, "items"), source.local(v, "item")
            source.line(f"{items} = []")
            with source.block(f"for {item} in {v}:"):
                _unstructure(source, rule.item, item)
                source.line(f"{items}.append({item})")
            source.line(f"{v} = {items}")
        case DictRule():
            source.give_up_if(f"type({v}) is not dict")
            items, key, item = (source.local(v, part) for part in ("items", "key", "item"))
            source.line(f"{items} = {{}}")
            with source.block(f"for {key}, {item} in {v}.items():"):
                source.give_up_if((_NOT_STR if source.embed else _NOT_TEXT).format(v=key))
                _unstructure(source, rule.item, item)
                source.line(f"{items}[{key}] = {item}")
            source.line(f"{v} = {items}")
        case AnyRule():
            source.line(f"{v} = embed(plain({v}))" if source.embed else f"{v} = plain({v})")
        case HookRule():
            source.give_up_if("judging.now")
            call = f"plain({source.constant(f'{v}hook', rule.hook)}({v}), (list, tuple))"
            source.line(f"{v} = embed({call})" if source.embed else f"{v} = {call}")
        case _:
            assert isinstance(rule, ClassRule)
            _unstructure_class(source, rule, v)


def _unstructure_class(source: _Source, rule: ClassRule, v: str) -> None:
    if source.nested(rule, v):
        return
    cl = source.constant(rule.cl.__name__, rule.cl)
    source.give_up_if(f"type({v}) is not {cl}")
    result = source.local(v, "dict")
    always = list(itertools.takewhile(lambda field: not field.omit_default, rule.fields))
    items = []
    for field in always:
        item = source.local(field.attribute.name)
        source.line(f"{item} = {v}.{field.attribute.name}")
        _unstructure(source, field.rule, item)
        items.append(f"{field.key!r}: {item}")
    source.line(f"{result} = {{{', '.join(items)}}}")
    for field in rule.fields[len(always) :]:
        item = source.local(field.attribute.name)
        source.line(f"{item} = {v}.{field.attribute.name}")
        store = f"{result}[{field.key!r}] = {item}"
        if not field.omit_default:
            _unstructure(source, field.rule, item)
            source.line(store)
        elif field.attribute.default is None and isinstance(field.rule, OptionalRule):
            with source.block(f"if {item} is not None:"):
                _unstructure(source, field.rule.inner, item)
                source.line(store)
        else:
            differs = source.local(item, "differs")
            source.line(f"{differs} = {item} != {_default(source, field.attribute, cl, v)}")
            _unstructure(source, field.rule, item)
            source.line(f"if {differs}: {store}")
    source.line(f"{v} = {result}")
