"""The records that describe an activation function, checked as they are built.

A function of the catalogue is one record: formulas for the value, the slope and the second derivative, the
textbook definition that they are checked against, and every fact that help, plots and tests need. Everything
the program says about a function comes from its record.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from actcli.errors import UsageError, nearest

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number

Formula = Callable[..., "Number"]
"""`formula(m: Arithmetic, x: Number, **params: float) -> Number`, elementwise."""

Definition = Callable[..., Any]
"""`definition(m, x, **params)`: the textbook formula over a math namespace (mpmath's `mp`), for one scalar x."""

Params = Mapping[str, float]

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Framework(StrEnum):
    """Where else a function is found."""

    TORCH = "torch"
    JAX = "jax"
    KERAS = "keras"
    ONNX = "onnx"
    MLX = "mlx"
    TINYGRAD = "tinygrad"
    HF = "hf"
    NOTES = "notes"


class Side(StrEnum):
    """A side from which a point is approached."""

    LEFT = "left"
    RIGHT = "right"


class KinkRule(StrEnum):
    """What a derivative is at a point where its one-sided values differ."""

    LEFT = "left"
    RIGHT = "right"
    MIN_NORM = "min-norm"
    NAN = "nan"


class Precision(Enum):
    """What it takes to evaluate the formulas of a function within its bounds.

    PLAIN: float64 is enough (nothing is rounded more than once). PAIR: pair arithmetic, and a result of 0 is
    exact: functions made of polynomials. DEEP: also unlimited exponents, where a result underflows.
    """

    PLAIN = "plain"
    PAIR = "pair"
    DEEP = "deep"


class Break(IntEnum):
    """The lowest derivative that is discontinuous at a kink."""

    VALUE = 0
    SLOPE = 1
    CURVATURE = 2


@dataclass(frozen=True, slots=True)
class Kink:
    """A point where f, f′ or f″ breaks; `side` is the branch that holds the value of f at a jump."""

    at: float
    breaks: Break = Break.SLOPE
    side: Side = Side.RIGHT


@dataclass(frozen=True, slots=True)
class Interval:
    """A set of real numbers between two ends, each open unless said to be closed."""

    low: float = -math.inf
    high: float = math.inf
    low_closed: bool = False
    high_closed: bool = False

    def __contains__(self, x: float) -> bool:
        above = x >= self.low if self.low_closed else x > self.low
        below = x <= self.high if self.high_closed else x < self.high
        return above and below

    def __str__(self) -> str:
        if (self.low, self.high) == (-math.inf, math.inf):
            return "ℝ"
        low = "−∞" if self.low == -math.inf else f"{self.low:.6g}".replace("-", "−")
        high = "∞" if self.high == math.inf else f"{self.high:.6g}".replace("-", "−")
        return f"{'[' if self.low_closed else '('}{low}, {high}{']' if self.high_closed else ')'}"


REALS = Interval()
POSITIVE = Interval(low=0.0)
NON_NEGATIVE = Interval(low=0.0, low_closed=True)


@dataclass(frozen=True, slots=True)
class Tail:
    """What f, f′ and f″ tend to at one end of the line; f(x) − (slope·x + intercept) → 0 where there is an asymptote.

    A limit that does not exist (sin x) is NaN.
    """

    value: float
    slope: float
    curvature: float = 0.0
    intercept: float | None = None


def line(slope: float, intercept: float, end: Side) -> Tail:
    """Return the tail of a function that nears the line slope·x + intercept at the given end."""
    if slope == 0:
        return Tail(intercept, 0.0, 0.0, intercept)
    far = math.inf if end is Side.RIGHT else -math.inf
    return Tail(math.copysign(math.inf, slope * far), slope, 0.0, intercept)


@dataclass(frozen=True, slots=True)
class Source:
    """A paper: who, when, what, and where to read it (an arXiv number or an address)."""

    authors: str
    year: int
    title: str
    arxiv: str = ""
    url: str = ""

    @property
    def link(self) -> str:
        """The address of the paper, or ''."""
        return f"https://arxiv.org/abs/{self.arxiv}" if self.arxiv else self.url


@dataclass(frozen=True, slots=True)
class Spelling:
    """What a framework calls the function, and its defaults where they differ from ours."""

    framework: Framework
    name: str
    defaults: Params = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a function: its default, what it means, and the values it may take.

    A value is meant as the double that it is. `exact` says otherwise of a default: "1/6", or more decimals.
    """

    name: str
    default: float
    meaning: str
    latex: str
    domain: Interval = REALS
    nonzero: bool = False
    integer: bool = False
    aliases: tuple[str, ...] = ()
    exact: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"parameter {self.name!r}: a name is lower-case letters, digits and _")
        if self.exact and float(Fraction(self.exact)) != self.default:
            raise ValueError(f"parameter {self.name}: {self.exact} is not the default {self.default!r}")
        self.check(self.default)

    @property
    def option(self) -> str:
        """The command-line option that sets the parameter."""
        return "--" + self.name.replace("_", "-")

    def full(self, value: float) -> Fraction:
        """Return the number that a value means: itself, or the default in full where a double falls short of it."""
        return Fraction(self.exact) if self.exact and value == self.default else Fraction(value)

    def check(self, value: float) -> float:
        """Return the value, or raise `UsageError` if the parameter may not have it."""
        if math.isnan(value) or math.isinf(value):
            raise UsageError(f"parameter {self.name} must be finite, not {value}")
        if value not in self.domain:
            raise UsageError(f"parameter {self.name} must lie in {self.domain}, not {value:g}")
        if self.nonzero and value == 0:
            raise UsageError(f"parameter {self.name} must not be 0")
        if self.integer and value != int(value):
            raise UsageError(f"parameter {self.name} must be a whole number, not {value:g}")
        return value


@dataclass(frozen=True, slots=True)
class Bounds:
    """The stated error of f, f′ and f″ (or a Jacobian) in float64 at default parameters, in ULP."""

    value: float = 1.0
    slope: float = 1.0
    curvature: float = 2.0


class Kind(Enum):
    """How a function acts on an array."""

    ELEMENTWISE = "elementwise"
    VECTOR = "vector"


def _no_kinks(**_params: float) -> tuple[Kink, ...]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What every function of the catalogue says of itself.

    Attributes:
        name: the long snake_case name; every other spelling is an alias.
        summary: one line, what it is.
        formula: f as plain text, for a terminal.
        derivative: f′ (or the Jacobian) as plain text.
        latex: f in mathtext, parameters by their symbols, without dollar signs.
        aliases: other names; matched with case, `-` and `_` ignored.
        spellings: the frameworks that have it, under which name, with which defaults.
        params: its parameters in order.
        good_for: what it is used for.
        goes_wrong: what to look out for.
        sources: its papers.
        notes: facts to tell a user: disagreements between sources, errors in common texts.
        constraint: returns what is wrong with a combination of parameters, or ''.
    """

    name: str
    summary: str
    formula: str
    derivative: str
    latex: str
    good_for: str
    goes_wrong: str
    aliases: tuple[str, ...] = ()
    spellings: tuple[Spelling, ...] = ()
    params: tuple[Param, ...] = ()
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    constraint: Callable[..., str] = field(default=lambda **_params: "")

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r}: a name is lower-case letters, digits and _")
        for text in ("summary", "formula", "derivative", "latex", "good_for", "goes_wrong"):
            if not getattr(self, text):
                raise ValueError(f"{self.name}: {text} is empty")
        names = [p.name for p in self.params]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: two parameters of one name")
        for spelling in self.spellings:
            if unknown := set(spelling.defaults) - set(names):
                raise ValueError(
                    f"{self.name}: {spelling.framework} sets unknown parameters {sorted(unknown)}"
                )

    def param(self, name: str) -> Param:
        """Return a parameter by its name or one of its aliases (`-` and `_` alike), or raise `UsageError`."""
        key = name.lower().replace("-", "_")
        for param in self.params:
            if key == param.name or key in param.aliases:
                return param
        known = [p.name for p in self.params]
        hint = nearest(key, known) or (f"it has {', '.join(known)}" if known else "it has none")
        raise UsageError(f"{self.name} has no parameter {name!r}", hint)

    def bind(self, given: Params) -> dict[str, float]:
        """Return every parameter's value, the given ones checked and the others at their defaults."""
        values = {p.name: p.default for p in self.params}
        for name, value in given.items():
            param = self.param(name)
            values[param.name] = param.check(float(value))
        if wrong := self.constraint(**values):
            raise UsageError(f"{self.name}: {wrong}")
        return values


@dataclass(frozen=True, kw_only=True)
class Activation(Entry):
    """An elementwise function of one real variable.

    Attributes:
        value: the formula of f.
        slope: the formula of f′.
        curvature: the formula of f″.
        definition: the textbook form of f, the truth that everything else is held against.
        wrt: ∂f/∂parameter for each parameter.
        slope_from_output: f′ in terms of y = f(x), where that is possible.
        kinks: the points where f, f′ or f″ breaks, given the parameters.
        left: what f tends to at −∞, given the parameters.
        right: what f tends to at +∞, given the parameters.
        range: the set of values, given the parameters.
        domain: the set of arguments; outside, f is NaN.
        view: the part of the line that a picture shows.
        bounds: the stated error at default parameters.
        precision: what it takes to evaluate its formulas within the bounds.
    """

    value: Formula
    slope: Formula
    curvature: Formula
    definition: Definition
    left: Callable[..., Tail]
    right: Callable[..., Tail]
    range: Callable[..., Interval]
    wrt: Mapping[str, Formula] = field(default_factory=dict)
    slope_from_output: Formula | None = None
    kinks: Callable[..., tuple[Kink, ...]] = _no_kinks
    domain: Interval = REALS
    view: tuple[float, float] = (-6.0, 6.0)
    bounds: Bounds = Bounds()
    precision: Precision = Precision.DEEP

    def __post_init__(self) -> None:
        Entry.__post_init__(self)
        names = {p.name for p in self.params}
        if set(self.wrt) != names:
            raise ValueError(f"{self.name}: wrt needs a formula for each of {sorted(names)}")
        defaults = {p.name: p.default for p in self.params}
        at = [kink.at for kink in self.kinks(**defaults)]
        if at != sorted(at):
            raise ValueError(f"{self.name}: kinks must be in order")

    def formula_of(self, order: int) -> Formula:
        """Return the formula of f (order 0), f′ (1) or f″ (2)."""
        return (self.value, self.slope, self.curvature)[order]


@dataclass(frozen=True, kw_only=True)
class VectorActivation(Entry):
    """A function of a vector, taken along an axis (the last by default).

    Attributes:
        value: `value(m, x, **params)`: x is an array of doubles with the vector along its last axis, which may
            be infinite; the result is numbers of the arithmetic (`vector.blocks.Limits` where limits stand).
        jacobian: `jacobian(m, x, **params)`: one axis more, entry [..., i, j] is ∂f_i/∂x_j.
        definition: the textbook form over a math namespace, from a sequence of scalars to a list of them.
        vjp: `vjp(m, x, v, **params)`: the product vᵀJ without forming the Jacobian J.
        wrt: ∂f/∂parameter for each parameter that is not a whole number.
        width: the length of the result for a vector of the given length; raises `UsageError` if none is.
        faults: the vectors that have no value: for each reason, a mask over them and the reason in words.
        random: whether its formulas also take `first`, the number of vectors that came before these: the
            random numbers of a table do not depend on how it is cut into pieces.
        bounds: the stated error of a component and of a Jacobian entry.
        precision: what it takes to evaluate its formulas within the bounds.
    """

    value: Formula
    jacobian: Formula
    vjp: Formula
    definition: Callable[..., Sequence[Any]]
    wrt: Mapping[str, Formula] = field(default_factory=dict)
    width: Callable[..., int] = field(default=lambda n, **_params: n)
    faults: Callable[..., tuple[tuple[Any, str], ...]] = field(default=lambda _x, **_params: ())
    random: bool = False
    bounds: Bounds = Bounds(value=1.0, slope=4.0)
    precision: Precision = Precision.DEEP

    def __post_init__(self) -> None:
        Entry.__post_init__(self)
        if set(self.wrt) != (names := {p.name for p in self.params if not p.integer}):
            raise ValueError(f"{self.name}: wrt needs a formula for each of {sorted(names)}")


if TYPE_CHECKING:  # the shape of a formula, for readers and the type checker

    def _formula(m: Arithmetic, x: Number, /, **params: float) -> Number: ...

    _example: Formula = _formula
