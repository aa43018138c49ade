"""One block of numbers through one formula: in pairs, and again with unlimited exponents where that is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from actcli.core.numerics.deep import Deep
from actcli.core.numerics.exact import Exact
from actcli.core.numerics.fast import Fast
from actcli.core.numerics.pair import Pair
from actcli.core.numerics.plain import Array, Plain
from actcli.core.numerics.scaled import Scaled
from actcli.core.spec import Precision, Side

TINY = 2.0**-960
"""Below, the tail of a pair is no normal double; the result is computed again with unlimited exponents."""

HUGE = 2.0**300
"""Beyond, a product of three arguments overflows: computed again, since not every overflow shows in the result."""


@dataclass(frozen=True, slots=True)
class Task:
    """A formula with its parameters bound, and how it is to be evaluated.

    Attributes:
        formula: `formula(m, x)`.
        precision: what it takes to evaluate it.
        fast: plain arithmetic is enough.
        narrow: results are rounded to odd, to be rounded to fewer bits afterwards.
        side: the side that a kink itself belongs to.
    """

    formula: Callable[[Any, Any], Any]
    precision: Precision = Precision.DEEP
    fast: bool = False
    narrow: bool = False
    side: Side = Side.RIGHT

    def at(self, side: Side) -> Task:
        """Return the same task with kinks on another side."""
        return replace(self, side=side)


def compute(task: Task, x: Array) -> Array:
    """Return the formula at every element of x, all of them finite, as a new array of its shape."""
    if task.precision is Precision.PLAIN and not task.narrow:
        return _doubles(task.formula(Plain(task.side), x), x)
    m = Fast(task.side) if task.fast else Exact(task.side)
    y = _doubles(task.formula(m, m.argument(x)), x, narrow=task.narrow)
    again = _doubtful(task, x, y)
    if again is not None:
        index = np.flatnonzero(again)
        points = x.reshape(-1)[index]
        y.reshape(-1)[index] = _deep(task, points)
    return y


def leans_down(task: Task) -> bool:
    """Return whether the formula is below 0 just left of 0, so that its value at −0 is −0."""
    point = np.full(1, -5e-324)
    if task.precision is Precision.PLAIN:
        return bool(np.signbit(_doubles(task.formula(Plain(task.side), point), point))[0])
    m = Deep(task.side)
    result = task.formula(m, m.argument(point))
    return isinstance(result, Scaled) and bool(np.ravel(result.p.h)[0] < 0)


def _deep(task: Task, x: Array) -> Array:
    m = Deep(task.side)
    y = _doubles(task.formula(m, m.argument(x)), x, narrow=task.narrow)
    lost = np.isnan(y)
    if lost.any():  # a pole, or outside the domain: what doubles make of it
        y[lost] = _doubles(task.formula(Plain(task.side), x[lost]), x[lost])
    return y


def _doubtful(task: Task, x: Array, y: Array) -> NDArray[np.bool_] | None:
    """Return where the result may suffer from over- or underflow, or None if nowhere."""
    size = np.abs(y)
    least, most = size.min(initial=1.0), size.max(initial=0.0)
    huge = task.precision is Precision.DEEP and max(-x.min(initial=0.0), x.max(initial=0.0)) > HUGE
    if least >= TINY and most < np.inf and not huge:
        return None
    again = size < TINY
    if task.precision is Precision.DEEP:
        again &= x != 0
    else:
        again &= size > 0
    again |= ~(size < np.inf)
    if huge:
        again |= np.abs(x) > HUGE
    return again if again.any() else None


def _doubles(result: Any, x: Array, *, narrow: bool = False) -> Array:
    """Return the result of a formula as doubles in a new array of the shape of x."""
    if isinstance(result, Pair):
        if narrow:
            y = result.odd()
        else:
            y = np.add(result.h, result.l)
    elif isinstance(result, Scaled):
        y = result.odd() if narrow else result.value()
    else:
        y = np.asarray(result, np.float64)
    if y.shape != x.shape or y is result or y is x:
        y = np.array(np.broadcast_to(y, x.shape))
    return y
