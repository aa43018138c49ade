"""What several families share: constant formulas, frequent tails, papers cited twice."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.numerics.protocol import SHORT
from actcli.core.spec import Bounds, Interval, Kink, Side, Source, Tail, line

if TYPE_CHECKING:
    from fractions import Fraction

    from actcli.core.numerics.protocol import Arithmetic, Number

ZERO_LEFT = line(0, 0.0, Side.LEFT)
SINKING_LEFT = line(0, -0.0, Side.LEFT)
"""The limit 0 at −∞, neared from below."""
RISING_RIGHT = line(1, 0.0, Side.RIGHT)
ONE_RIGHT = line(0, 1.0, Side.RIGHT)
NO_LIMIT = Tail(math.nan, math.nan, math.nan)
UNIT = Interval(0.0, 1.0)
CLOSED_UNIT = Interval(0.0, 1.0, low_closed=True, high_closed=True)

EXACT = Bounds(0.0, 0.0, 0.0)

HENDRYCKS = Source("Hendrycks & Gimpel", 2016, "Gaussian error linear units (GELUs)", arxiv="1606.08415")
HOWARD = Source("Howard et al.", 2019, "Searching for MobileNetV3", arxiv="1905.02244")
RAMACHANDRAN = Source(
    "Ramachandran, Zoph & Le", 2017, "Searching for activation functions", arxiv="1710.05941"
)
CARLILE = Source(
    "Carlile, Delamarter, Kinney, Marti & Whitney",
    2017,
    "Improving deep learning by inverse square root linear units (ISRLUs)",
    arxiv="1710.09967",
)
BLONDEL = Source("Blondel, Martins & Niculae", 2019, "Learning with Fenchel-Young losses", arxiv="1901.02324")
BASIRAT = Source("Basirat & Roth", 2018, "The quest for the golden activation function", arxiv="1808.00783")


def beyond(point: float) -> float:
    """Return the next double: what lies strictly beyond a point lies `above` it."""
    return math.nextafter(point, math.inf)


def smooth(**_params: float) -> tuple[Kink, ...]:
    """Return no kinks: those of a function that has all derivatives everywhere."""
    return ()


def zero(m: Arithmetic, x: Number, **_: float) -> Any:  # noqa: ARG001
    """Return 0: the formula of a derivative that vanishes."""
    return 0.0


def one(m: Arithmetic, x: Number, **_: float) -> Any:  # noqa: ARG001
    """Return 1: the formula of the slope of a line."""
    return 1.0


def affine(m: Arithmetic, x: Number, weight: Fraction, bias: Fraction) -> Any:
    """Return weight·x + bias; of short fractions it is one quotient, whose ties are told (`bounded`)."""
    common = math.lcm(weight.denominator, bias.denominator)
    if 1 < common <= SHORT and max(abs(weight * common), abs(bias * common)) <= SHORT:
        above = x * float(weight * common)
        return (above + float(bias * common) if bias else above) / float(common)
    return m.wide(x) * m.constant(weight) + m.constant(bias)


def wide(m: Arithmetic, x: Number, factor: float) -> Any:
    """Return x so that the exponential of its product with a factor, or quotient by it, loses no digits."""
    return x if math.frexp(factor)[0] in (0.5, -0.5) else m.wide(x)  # by a power of two it is exact


def bent(m: Arithmetic, x: Number, left: Any, slope: float | Fraction) -> Any:
    """Return x on the right of 0 and slope·x on the left: always the greater, or always the smaller."""
    return m.maximum(x, left) if slope <= 1 else m.minimum(x, left)
