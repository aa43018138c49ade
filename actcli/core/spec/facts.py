"""The small facts that a record is made of: intervals, kinks, limits, sources, spellings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from types import MappingProxyType
from typing import NamedTuple

from actcli.errors import UsageError, shown

Params = Mapping[str, float]


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

    @classmethod
    def parse(cls, name: str) -> KinkRule:
        """Return the rule of that name.

        Raises:
            UsageError: there is none.
        """
        if not isinstance(name, str) or name not in cls.__members__.values():
            raise UsageError(f"no rule {shown(name)} for kinks", f"it is one of {', '.join(cls)}")
        return cls(name)


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


class Kink(NamedTuple):
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


class Tail(NamedTuple):
    """What f, f′ and f″ tend to at one end of the line.

    Where there is an asymptote, f(x) − (slope·x + intercept) → 0. A limit that does not exist (sin x) is NaN.
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


class Source(NamedTuple):
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


class Spelling(NamedTuple):
    """What a framework calls the function (names separated by ", "), and its defaults where they differ."""

    framework: Framework
    name: str
    defaults: Params = MappingProxyType({})
    note: str = ""


class Bounds(NamedTuple):
    """The stated error of f, f′ and f″ (or a Jacobian) in float64 at default parameters, in ULP.

    0.51: rounded correctly but where the true value lies within 0.01 ULP of halfway.
    """

    value: float = 0.51
    slope: float = 0.51
    curvature: float = 0.51


class Kind(Enum):
    """How a function acts on an array."""

    ELEMENTWISE = "elementwise"
    VECTOR = "vector"
