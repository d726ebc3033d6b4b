"""Attrs classes as users write them, of every make that the library supports."""

from enum import Enum, IntEnum
from typing import Annotated, Any, Literal

import attrs
from cattrs import override

from router_schema import FinishReason, RouterCompletionsChoices, RouterCompletionsResponseBody, RouterCompletionsUsage


class Level(str, Enum):
    """A str enum."""

    LOW = "low"
    HIGH = "high"


class Size(IntEnum):
    """An enum of integers."""

    SMALL = 1
    LARGE = 2


class Plain(Enum):
    """An enum whose members are not str."""

    A = "a"
    B = "b"


@attrs.frozen(weakref_slot=False)
class Inner:
    """Nested in others."""

    left: float
    right: str | None = None


@attrs.frozen
class UserBody:
    """Each row of the strictness table; the class of the cases whose names start with ``user-``."""

    name: str
    score: float
    count: int
    flag: bool
    level: Level
    mode: Literal["fast", "slow"]
    pair: tuple[int, ...]
    tags: list[str]
    weights: dict[str, float]
    note: str | None
    inner: Inner
    rest: Any = None
    limit: int = 7


# --- the shipped classes, loosened and extended ---


@attrs.frozen(weakref_slot=False)
class LooseBody(RouterCompletionsResponseBody):
    """A router that may send no fingerprint, and adds a field."""

    system_fingerprint: str = ""
    provider: str | None = None


@attrs.frozen
class AnyReasonChoice(RouterCompletionsChoices):
    """A choice with any finish reason."""

    finish_reason: str


@attrs.frozen(kw_only=True)
class AnyReasonBody(RouterCompletionsResponseBody):
    """A body of such choices."""

    choices: tuple[AnyReasonChoice, ...]


@attrs.frozen
class Logprobs:
    """Log probabilities."""

    tokens: tuple[str, ...]
    token_logprobs: tuple[float | None, ...] = ()
    top_logprobs: tuple[dict[str, float], ...] | None = None


@attrs.frozen(weakref_slot=False)
class LogprobsChoice(RouterCompletionsChoices):
    """A choice with log probabilities."""

    logprobs: Logprobs | None = None


@attrs.frozen
class LogprobsBody(RouterCompletionsResponseBody):
    """A body of such choices, in a list."""

    choices: list[LogprobsChoice]


# --- other makes ---


@attrs.frozen
class Renamed:
    """Keys that are not Python names."""

    finish: Annotated[FinishReason, override(rename="finishReason")]
    odd: Annotated[float | None, override(rename="odd key")] = None
    inner: Annotated[Inner, override(rename="in")] = Inner(1.0)


@attrs.frozen
class Aliased:
    """Aliases of attrs, which are JSON keys with ``use_alias=True``."""

    total_tokens: int = attrs.field(alias="totalTokens")
    _hidden: str = "h"
    level: Level = attrs.field(default=Level.LOW, alias="levelName")


@attrs.define(weakref_slot=False)
class Mutable:
    """Not frozen."""

    name: str
    tags: list[str] = attrs.Factory(list)
    inner: Inner | None = None


@attrs.define(slots=False)
class Dicted:
    """Without slots."""

    name: str
    score: float = 0.5
    inner: tuple[Inner, ...] = ()


@attrs.frozen(slots=False)
class FrozenDicted(Dicted):
    """Frozen without slots."""

    more: dict[str, Inner] = attrs.Factory(dict)


@attrs.frozen(kw_only=True)
class KwOnly:
    """Keyword-only: a required field after one with a default."""

    first: int = 1
    second: str
    third: Literal["x", "y"] | None


@attrs.frozen(weakref_slot=False)
class PartlyKwOnly:
    """One keyword-only field among others."""

    first: str | None
    second: Inner | None = attrs.field(default=None, kw_only=True)
    third: bool


@attrs.frozen(weakref_slot=False)
class Factories:
    """Defaults from factories."""

    name: str
    items: tuple[int, ...] = attrs.Factory(lambda: (1, 2))
    upper: str = attrs.Factory(lambda self: self.name.upper(), takes_self=True)
    weights: dict[str, float] = attrs.Factory(dict)


@attrs.frozen(weakref_slot=False)
class Private:
    """Attributes whose arguments have other names."""

    _secret: int
    __mangled: str = "m"


@attrs.frozen
class Validated:
    """With validators: all must hold."""

    name: str = attrs.field(validator=attrs.validators.max_len(4))
    count: int = attrs.field(default=1, validator=[attrs.validators.ge(0), attrs.validators.lt(100)])
    tags: tuple[str, ...] = attrs.field(
        default=(), validator=attrs.validators.deep_iterable(attrs.validators.min_len(1))
    )


@attrs.frozen
class Converted:
    """With converters, which run after the strict check of the declared type."""

    name: str = attrs.field(converter=str.strip)
    count: int = attrs.field(default=1, converter=abs)
    level: str | None = attrs.field(default=None, converter=attrs.converters.default_if_none("none"))


@attrs.define
class PostInit:
    """Runs code after construction."""

    name: str
    count: int = 0
    length: int = attrs.field(init=False, default=-1)

    def __attrs_post_init__(self) -> None:
        self.length = len(self.name) + self.count


@attrs.define
class PreInit:
    """Runs code before construction."""

    name: str

    def __attrs_pre_init__(self) -> None:
        if not hasattr(type(self), "made"):
            raise RuntimeError

    made = 0


@attrs.define(init=False)
class OwnInit:
    """With its own constructor."""

    name: str
    count: int = 5

    def __init__(self, name: str, count: int = 6) -> None:
        self.__attrs_init__(name + "!", count)  # type: ignore[attr-defined]


@attrs.frozen(cache_hash=True)
class CachedHash:
    """Remembers its hash."""

    name: str
    inner: Inner | None = None


@attrs.frozen(weakref_slot=False)
class Node:
    """Contains itself."""

    name: str
    children: "tuple[Node, ...]" = ()
    next: "Node | None" = None


@attrs.define
class Forest:
    """Contains what contains itself, twice."""

    first: Node
    trees: dict[str, Node] = attrs.Factory(dict)
    usage: RouterCompletionsUsage = RouterCompletionsUsage()  # noqa: RUF009


@attrs.frozen
class Literals:
    """Values of several types, and enums of each make."""

    word: Literal["a", "b", "é"]
    number: Literal[1, 2, -3]
    mixed: Literal["1", 1, True, None] = None
    size: Size = Size.SMALL
    plain: Plain = Plain.A
    member: Literal[Level.HIGH] = Level.HIGH


@attrs.frozen(weakref_slot=False)
class Containers:
    """Containers in containers."""

    matrix: tuple[tuple[float, ...], ...]
    table: dict[str, dict[str, list[int | None]]]
    maybe: list[bool] | None = None
    things: list[Any] = attrs.Factory(list)
    bare: dict[str, Any] = attrs.Factory(dict)
    maybe_inner: tuple[Inner | None, ...] = ()


@attrs.frozen
class Anything:
    """Any JSON value."""

    first: Any
    second: Any = 0


@attrs.frozen
class Unannotated:
    """Fields without annotations take any JSON value."""

    first = attrs.field()
    second = attrs.field(default=0)


@attrs.frozen(weakref_slot=False)
class Scalars:
    """Nothing but leaves."""

    text: str
    real: float
    whole: int
    truth: bool
    maybe_text: str | None = None
    maybe_real: float | None = 1.5
    maybe_whole: int | None = None
    maybe_truth: bool | None = True


@attrs.frozen(weakref_slot=False)
class Omitting:
    """Fields that JSON omits."""

    name: str
    cache: Annotated[int, override(omit=True)] = 3
    made: int = attrs.field(init=False, default=4)
    count: Annotated[int, override(omit_if_default=True)] = 5
    maybe: Annotated[str | None, override(omit_if_default=False)] = None


@attrs.frozen(weakref_slot=False)
class Empty:
    """No field at all."""


@attrs.define(weakref_slot=False)
class Shouting:
    """Changes what is stored."""

    name: str

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value.upper())


@attrs.frozen(weakref_slot=False)
class Accented:
    """Field names that are not ASCII."""

    clé: int
    über: str | None = None
    日: float = 1.5


class _Meta(type):
    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        instance = super().__call__(*args, **kwargs)
        object.__setattr__(instance, "name", instance.name + "?")
        return instance


@attrs.frozen(weakref_slot=False)
class OwnMeta(metaclass=_Meta):
    """Made by its own metaclass."""

    name: str


class _Counted:
    __slots__ = ()

    def __new__(cls, *args: Any, **kwargs: Any) -> "_Counted":
        instance = object.__new__(cls)
        object.__setattr__(instance, "made", 1)
        return instance


@attrs.define(weakref_slot=False)
class OwnNew(_Counted):
    """Made by its own ``__new__``."""

    name: str
    made: int = attrs.field(init=False)


ALL: list[type[Any]] = [
    RouterCompletionsResponseBody,
    RouterCompletionsChoices,
    RouterCompletionsUsage,
    UserBody,
    LooseBody,
    AnyReasonBody,
    LogprobsBody,
    Renamed,
    Aliased,
    Mutable,
    Dicted,
    FrozenDicted,
    KwOnly,
    PartlyKwOnly,
    Factories,
    Private,
    Validated,
    Converted,
    PostInit,
    PreInit,
    OwnInit,
    CachedHash,
    Node,
    Forest,
    Literals,
    Containers,
    Anything,
    Unannotated,
    Scalars,
    Omitting,
    Empty,
    Shouting,
    OwnNew,
    Accented,
    OwnMeta,
]
