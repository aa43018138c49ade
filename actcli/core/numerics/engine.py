"""One block of numbers through one formula, correctly rounded in stages, or in plain doubles.

Each stage takes what the one before could not decide (`rounding`): pairs with a bound of their error
(`bounded`), the same with unlimited exponents where digits may have been lost to over- or underflow, and in
the end the definition itself, enclosed as narrowly as it takes (`rest`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import FLOAT64
from actcli.core.numerics.bounded import LARGEST, TINY, Bounded, Enclosed
from actcli.core.numerics.deep import Deep
from actcli.core.numerics.exact import Exact
from actcli.core.numerics.fast import Fast
from actcli.core.numerics.pair import Pair
from actcli.core.numerics.polynomial import Polynomial
from actcli.core.numerics.program import empty
from actcli.core.numerics.quick import Quick
from actcli.core.numerics.rest import Answers, settle
from actcli.core.numerics.rounding import rounded, ziv
from actcli.core.numerics.scaled import Scaled
from actcli.core.spec import KinkRule, Precision, Side

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask
    from actcli.core.dtypes import DType
    from actcli.core.spec import Subject

HUGE = 2.0**300
"""Beyond, a product of three arguments overflows, which does not always show in the result of doubles."""

EXTREME = 2.0**100
"""Beyond, or below its inverse, a parameter may bring any result to the ends of the doubles and back."""

WITHIN = 2.0**-900, 2.0**900
"""Arguments that pairs take, and 0; see `bounded`."""


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A formula with its parameters bound, and how it is to be evaluated.

    Attributes:
        formula: `formula(m, x)`.
        precision: what it takes to evaluate it.
        fast: plain arithmetic is enough.
        delicate: plain arithmetic means pairs without bounds: doubles lose too many digits.
        tested: what the formula loses in plain arithmetic is known, since it is of the catalogue.
        side: the side that a kink itself belongs to.
        ties: whether a comparison of equal numbers is left to the definition: in derivatives of a formula
            whose kinks are not known.
        tame: the sizes of x between which no exponential underflows: a result of 0 is 0 there.
        usual: the parameters are at their defaults; others multiply what is tiny or huge: more is doubtful.
        extreme: some parameter is so tiny or huge that doubles, and pairs of them, are no use.
        subject: what the formula is for, by its definition; None if that has none.
        answers: what the definition was asked before.
    """

    formula: Callable[[Any, Any], Any]
    precision: Precision = Precision.DEEP
    fast: bool = False
    delicate: bool = False
    tested: bool = True
    side: Side = Side.RIGHT
    ties: bool = False
    tame: tuple[float, float] = (2.0**-200, 16.0)
    usual: bool = True
    extreme: bool = False
    subject: Subject | None = None
    answers: Answers = field(default_factory=dict)

    @property
    def is_plain(self) -> bool:
        """Whether doubles are enough, whatever the numbers."""
        return self.precision is Precision.PLAIN

    @property
    def tiny(self) -> float:
        """The size below which a result may have lost digits on its way."""
        return TINY if self.usual else 1 / HUGE

    def at(self, side: Side) -> Task:
        """Return the same task with kinks on another side."""
        rule = KinkRule.LEFT if side is Side.LEFT else KinkRule.RIGHT
        subject = self.subject and self.subject._replace(kink=rule)
        return replace(self, side=side, subject=subject, answers={})


Known = dict[bool, dict[str, Any]]
"""What several formulas have in common at the same x, unchecked and checked: filled by the first."""


def compute(task: Task, x: Array, out: Array, dtype: DType = FLOAT64, known: Known | None = None) -> None:
    """Write doubles that, rounded to the format, are the formula at every x, finite and not 0, rounded once.

    Where python-flint is not installed what pairs make of it stands; see `_untold` where it cannot tell.
    """
    undecided = np.flatnonzero(~_in_pairs(task, x, out, dtype, known))
    if undecided.size:
        settle(task.subject, task.answers, dtype, x, out, undecided, partial(_untold, task))


def _untold(task: Task, point: float) -> float:
    """Return what scaled pairs make of a formula at a point that no precision tells, NaN if nothing."""
    m = Bounded(Deep(task.side), ties=task.ties)
    with np.errstate(all="ignore"):
        number = m.number(task.formula(m, m.argument(np.full(1, point))))
        known = np.all(np.less(number.r, LARGEST))
        return float(np.ravel(m.value(number))[0]) if known else math.nan


def _in_pairs(
    task: Task, x: Array, out: Array, dtype: DType, known: Known | None = None
) -> NDArray[np.bool_]:
    """Write what pairs make of a formula, with unlimited exponents where need be; return what is decided."""
    if task.extreme:
        return _in_scaled_pairs(task, x, out, dtype)
    size = np.abs(x)
    odd = ~((size > WITHIN[0]) & (size < WITHIN[1]))
    number = bounded(task, np.where(odd, 0.5, x) if odd.any() else x, known)
    decided = rounded(number, out, dtype)
    unknown = odd | np.logical_not(number.r < LARGEST) | (np.abs(out) < TINY) & (out != 0)
    index = np.flatnonzero(unknown)
    if index.size:
        part = np.empty(index.shape)
        decided[index] = _in_scaled_pairs(task, x[index], part, dtype)
        out[index] = part
    return decided


def bounded(task: Task, x: Array, known: Known | None = None) -> Enclosed:
    """Return a formula in pairs with their bounds, checked step by step only where that is needed."""
    known = {} if known is None else known
    for checked in (False, True):
        m = Bounded(Exact(task.side, not checked, known.setdefault(checked, {})), checked, task.ties)
        with np.errstate(all="ignore" if checked else "raise"):
            try:
                number = m.number(task.formula(m, m.argument(x)))
                number.v.terms()
            except FloatingPointError:
                if checked:
                    raise
                continue
        return number
    raise AssertionError


def _in_scaled_pairs(task: Task, x: Array, out: Array, dtype: DType) -> NDArray[np.bool_]:
    m = Bounded(Deep(task.side), ties=task.ties)
    with np.errstate(all="ignore"):
        decided = rounded(m.number(task.formula(m, m.argument(x))), out, dtype)
        lost = np.isnan(out) & ~decided
        if lost.any():  # a pole, or outside the domain: what doubles make of it
            plain = Fast(task.side)
            out[lost] = plain.value(task.formula(plain, plain.argument(x[lost])))
    return decided


def unchecked(tasks: Sequence[Task], x: Array, *outs: Array) -> None:
    """Write formulas of one function in pairs, to two arrays each: the results, and 0 where they are decided.

    Raises:
        FloatingPointError: an argument is too large for a function; or NumPy, told to raise, saw a step over-
            or underflow. The bounds may then be wrong.
    """
    known: dict[str, Any] = {}
    for task, out, gap in zip(tasks, outs[::2], outs[1::2], strict=True):
        m = Bounded(Exact(task.side, True, known), False, task.ties)
        ziv(m.number(task.formula(m, m.argument(x))), out, gap)


def quick(task: Task, x: Array, out: Array) -> bool:
    """Write the formula in doubles at every x, all of them finite; return whether a result may be 0."""
    if task.extreme and not task.is_plain:
        _in_pairs(task, x, out, FLOAT64)
        return True
    rough(task, x, out)
    if task.is_plain:
        return True
    least, most = out.min(initial=np.inf), out.max(initial=-np.inf)
    clear = (least >= task.tiny or most <= -task.tiny) and least > -np.inf and most < np.inf
    if clear and not _far(task, x):
        return False
    again = doubtful(task, x, out)
    if again is not None:
        out[again] = _deep(task, x[again])
    return not clear


def rough(task: Task, x: Array, out: Array, *, moderate: bool = False) -> list[Mask]:
    """Write the formula in plain arithmetic to `out`, which x does not share, whatever over- or underflows.

    `moderate` tells that nothing does at these x, in no step. Return where a step was done otherwise than
    between, for arguments far out.
    """
    if task.delicate:
        m = Exact(task.side, moderate)
        _write(task.formula(m, m.argument(x)), out)
        return []
    fast = Fast(task.side, moderate)
    _write(task.formula(fast, fast.argument(x)), out)
    _again_in_pairs(task, x, out, fast.doubts)
    return fast.detours


def value_at(task: Task, point: float, dtype: DType = FLOAT64) -> float:
    """Return the formula at one point."""
    out = np.empty(1)
    if task.fast or (task.is_plain and dtype is FLOAT64):
        quick(task, np.full(1, point), out)
    else:
        compute(task, np.full(1, point), out, dtype)
    return float(out[0])


def signed_zero(task: Task, negative: bool, dtype: DType = FLOAT64) -> float:
    """Return a result of 0 at ±0 with its sign: that of what underflows, and none if it is 0 at 0 itself.

    For −0, the first double left of it tells; but one that is not tiny there is beside a kink, and tells
    nothing of the value that the rule for kinks gave.
    """
    if negative:
        beside = value_at(task, -5e-324, dtype)
        return math.copysign(0.0, beside) if abs(beside) < BESIDE_ZERO else 0.0
    if task.is_plain:
        return 0.0
    m = Deep(task.side)
    result = task.formula(m, m.argument(np.zeros(1)))
    return -0.0 if isinstance(result, Scaled) and np.ravel(result.p.h)[0] < 0 else 0.0


BESIDE_ZERO = 2.0**-500
"""What is 0 at 0 and greater than this at the least double jumps."""


def _again_in_pairs(task: Task, x: Array, out: Array, doubts: list[NDArray[np.bool_]]) -> None:
    """Compute again in pairs what doubles cannot do: the neighbourhood of roots."""
    if doubts:
        lost = np.logical_or.reduce(doubts)
        points = x[lost]
        if points.size:
            y = np.empty(points.shape)
            _in_pairs(task, points, y, FLOAT64)
            out[lost] = y


def _deep(task: Task, x: Array) -> Array:
    y = np.empty(x.shape)
    _in_scaled_pairs(task, x, y, FLOAT64)
    return y


def doubtful(task: Task, x: Array, y: Array) -> Mask | None:
    """Return where the result in doubles may suffer from over- or underflow, or None if nowhere."""
    if task.is_plain:
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


def _far(task: Task, x: Array) -> bool:
    """Return whether some x is so huge that a step may overflow, or so tiny that a parameter may lose it."""
    if task.usual and task.precision is not Precision.DEEP:
        return False
    if max(-x.min(initial=0.0), x.max(initial=0.0)) > HUGE:
        return True
    return not task.usual and bool(_minute(x).any())


def _minute(x: Array) -> NDArray[np.bool_]:
    return np.asarray((np.abs(x) < 1 / HUGE) & (x != 0))


def _write(result: Any, out: Array) -> None:
    """Write the result of a formula as doubles."""
    if isinstance(result, Quick | Polynomial):
        (result.quick() if isinstance(result, Polynomial) else result).into(out)
    else:
        np.copyto(out, result.value() if isinstance(result, Pair) else result)
