"""One block of numbers through one formula: in pairs, and with unlimited exponents where that is needed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics import pair, scaled
from actcli.core.numerics.deep import Deep
from actcli.core.numerics.exact import Exact
from actcli.core.numerics.fast import Fast
from actcli.core.numerics.pair import Pair
from actcli.core.numerics.polynomial import Polynomial
from actcli.core.numerics.program import empty
from actcli.core.numerics.quick import Quick
from actcli.core.numerics.scaled import Scaled
from actcli.core.spec import Precision, Side

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask
    from actcli.core.spec import Subject

TINY = 2.0**-960
"""Below, the tail of a pair is no normal double; the result is computed again with unlimited exponents."""

HUGE = 2.0**300
"""Beyond, a product of three arguments overflows, which does not always show in the result."""

OUT = 10**5
"""Limits are read off at 2^OUT: powers of that outweigh any product of parameters, each within 2^±1075."""

EXTREME = 2.0**100
"""Beyond, or below its inverse, a parameter may bring any result to the ends of the doubles and back."""


@dataclass(frozen=True, slots=True)
class Task:
    """A formula with its parameters bound, and how it is to be evaluated.

    Attributes:
        formula: `formula(m, x)`.
        precision: what it takes to evaluate it.
        fast: plain arithmetic is enough.
        narrow: results are rounded to odd, to be rounded to fewer bits afterwards.
        side: the side that a kink itself belongs to.
        tame: the sizes of x between which no exponential underflows: a result of 0 is 0 there.
        usual: the parameters are at their defaults; others multiply what is tiny or huge: more is doubtful.
        extreme: some parameter is so tiny or huge that everything is doubtful.
        subject: what the formula is for, by its definition; None if that has none.
    """

    formula: Callable[[Any, Any], Any]
    precision: Precision = Precision.DEEP
    fast: bool = False
    narrow: bool = False
    side: Side = Side.RIGHT
    tame: tuple[float, float] = (2.0**-200, 16.0)
    usual: bool = True
    extreme: bool = False
    subject: Subject | None = None

    @property
    def tiny(self) -> float:
        """The size below which a result may have lost digits on its way."""
        return TINY if self.usual else 1 / HUGE

    def at(self, side: Side) -> Task:
        """Return the same task with kinks on another side."""
        return replace(self, side=side)


Known = dict[str, Any]
"""What several formulas have in common at the same x: filled by the first, used by the others."""


def compute(task: Task, x: Array, out: Array, known: Known | None = None) -> bool:
    """Write the formula at every x, all of them finite, to `out`; return whether a result may be 0."""
    if task.extreme and not _is_plain(task):
        np.copyto(out, _deep(task, x))
        return True
    rough(task, x, out, known=known)
    if _is_plain(task):
        return True
    least, most = out.min(initial=np.inf), out.max(initial=-np.inf)
    clear = (least >= task.tiny or most <= -task.tiny) and least > -np.inf and most < np.inf
    if clear and not _far(task, x):
        return False
    again = doubtful(task, x, out)
    if again is not None:
        out[again] = _deep(task, x[again])
    return not clear


def rough(task: Task, x: Array, out: Array, *, calm: bool = False, known: Known | None = None) -> list[Mask]:
    """Write the formula at every x to `out`, which it does not share, with no regard to over- and underflow.

    `calm` tells that there is none at these x, in no step. Return where a step was done in another way than
    between, for arguments far out.
    """
    if task.fast or _is_plain(task):
        fast = Fast(task.side, calm)
        _write(task.formula(fast, fast.argument(x)), out)
        _again_exactly(task, x, out, fast.doubts)
        return fast.detours
    m = Exact(task.side, calm, known)
    _write(task.formula(m, m.argument(x)), out, narrow=task.narrow)
    return []


def value_at(task: Task, point: float) -> float:
    """Return the formula at one point."""
    out = np.empty(1)
    compute(task, np.full(1, point), out)
    return float(out[0])


def limit_at(task: Task, end: float) -> float:
    """Return what a formula tends to at −∞ or ∞: its value far beyond all doubles; NaN if nobody can tell."""
    m, half = Deep(task.side), pair.split(np.array([math.copysign(0.5, end)]))
    result = scaled.of(task.formula(m, Scaled(half, np.array([OUT]))))
    leading, e = result.p.h.flat[0], result.e.flat[0]
    if abs(e) >= OUT // 5 and leading:
        return math.copysign(math.inf if e > 0 else 0.0, leading)
    return float(result.value().flat[0])


def signed_zero(task: Task, point: float) -> float:
    """Return a result of 0 with the sign that the formula has at a point before it underflows.

    At 0 itself a true 0 is +0; for −0, the point just left of it tells.
    """
    if task.precision is Precision.PLAIN:
        return math.copysign(0.0, value_at(task, point)) if point else 0.0
    m = Deep(task.side)
    result = task.formula(m, m.argument(np.full(1, point)))
    return -0.0 if isinstance(result, Scaled) and np.ravel(result.p.h)[0] < 0 else 0.0


def _again_exactly(task: Task, x: Array, out: Array, doubts: list[NDArray[np.bool_]]) -> None:
    """Compute again in pairs what doubles cannot do: the neighbourhood of roots."""
    if doubts:
        lost = np.logical_or.reduce(doubts)
        points = x[lost]
        if points.size:
            y = np.empty(points.shape)
            compute(replace(task, fast=False), points, y)
            out[lost] = y


def _deep(task: Task, x: Array) -> Array:
    m = Deep(task.side)
    y = np.empty(x.shape)
    _write(task.formula(m, m.argument(x)), y, narrow=task.narrow)
    lost = np.isnan(y)
    if lost.any() and not task.extreme:  # a pole, or outside the domain: what doubles make of it
        plain = Fast(task.side)
        y[lost] = plain.value(task.formula(plain, plain.argument(x[lost])))
    return y


def doubtful(task: Task, x: Array, y: Array) -> Mask | None:
    """Return where the result may suffer from over- or underflow, or None if nowhere."""
    if _is_plain(task):
        return None
    size = np.abs(y, out=empty(y.shape))
    least, most = size.min(initial=1.0), size.max(initial=0.0)
    far = _far(task, x)
    if least >= task.tiny and most < np.inf and not far:
        return None
    again = size < task.tiny
    again &= size > 0
    again |= ~(size < np.inf)
    if task.precision is Precision.DEEP and not least > 0:
        ordinary = np.abs(x)
        again |= (size == 0) & (x != 0) & ((ordinary > task.tame[1]) | (ordinary < task.tame[0]))
    if far:
        again |= np.abs(x) > HUGE
        if not task.usual:
            again |= _minute(x)
    return again if again.any() else None


def _is_plain(task: Task) -> bool:
    """Return whether doubles are enough for a task, whatever the numbers."""
    return task.precision is Precision.PLAIN and not task.narrow


def _far(task: Task, x: Array) -> bool:
    """Return whether some x is so huge that a step may overflow, or so tiny that a parameter may lose it."""
    if task.usual and task.precision is not Precision.DEEP:
        return False
    if max(-x.min(initial=0.0), x.max(initial=0.0)) > HUGE:
        return True
    return not task.usual and bool(_minute(x).any())


def _minute(x: Array) -> NDArray[np.bool_]:
    return np.asarray((np.abs(x) < 1 / HUGE) & (x != 0))


def _write(result: Any, out: Array, *, narrow: bool = False) -> None:
    """Write the result of a formula as doubles."""
    if isinstance(result, Pair):
        if narrow:
            np.copyto(out, result.odd())
        else:
            np.add(*result.terms(), out=out)
    elif isinstance(result, Scaled):
        np.copyto(out, result.odd() if narrow else result.value())
    elif isinstance(result, Quick | Polynomial):
        (result.quick() if isinstance(result, Polynomial) else result).into(out)
    else:
        np.copyto(out, result)
