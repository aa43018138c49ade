"""Where an expression in x is 0: every place between two ends, proved by intervals and by signs at points.

Intervals whose values do not hold 0 are dropped; on one where the expression runs one way, a change of sign
is one zero, and none is none; others are cut in two. What is left when they are as short as doubles allow is
looked at closely: a zero of second order at a fraction is proved by its value and its derivatives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.formula.at_points import Known, is_nothing, simplest
from actcli.core.formula.derive import derivative
from actcli.core.formula.expression import ZERO as NOTHING
from actcli.core.formula.expression import Expression, Op, X, depends_on
from actcli.core.formula.intervals import over
from actcli.core.formula.rewrite import recognised
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask
    from actcli.core.formula.at_points import Points

    Span = tuple[float, float]

MOST = 1000
"""Intervals looked at in one step; more is an expression that is 0 all over, or for ever."""

WORK = 1_500_000
"""Operations on intervals, or what takes as long: an eighth of a second."""

SETUP = 200
"""What a step takes for any number of intervals, in operations on one."""

GAMMAS = 300
"""Operations that take as long as one of the gamma functions, which balls give one by one."""
_GAMMA = frozenset({Op.GAMMA, Op.DIGAMMA, Op.TRIGAMMA})

STEPS = 90
"""Halvings: from the whole line to a double's last place, and as many again in vain."""

POINTS, CLUSTERS = 60, 40
"""Zeros of one factor that are told, and places that are looked at closely."""

SHORT = 2.0**-44
"""An interval that is shorter than that part of its place is not cut any more."""

FAR = 1e4
"""Beyond, an interval that is shorter than a tenth of its place is not cut any more: what cancels there, or
overflows, does so for ever. The signs at its ends tell."""

NEAR = 1e-6
"""Next to 0 what cancels does so for ever as well."""

REACH = 2.0**40
"""How far out zeros are looked for; farther there are limits."""

UNDERFLOW = 1e-290
"""Values that are smaller are not told from 0 by doubles."""

BREAK = 1e-80, 1e-150
"""Next to a break at 0 products of what is smaller underflow: of two factors, and of one."""


class Root(NamedTuple):
    """A zero.

    Attributes:
        at: where it is.
        proved: whether it is certain that there is one, and one alone, here.
    """

    at: Known
    proved: bool

    @property
    def x(self) -> float:
        """The double nearest to it."""
        return float(self.at.value)


@dataclass
class Roots:
    """The zeros of an expression on some pieces of the line.

    Attributes:
        points: those that stand alone, in order.
        flat: the intervals on which it is 0 all over.
        sampled: the intervals on which signs at a few points are all that is known.
        open: the intervals on which there may be any number of others.
        complete: whether it is certain that there are no more, but where it is sampled.
    """

    points: list[Root] = field(default_factory=list)
    flat: list[Span] = field(default_factory=list)
    sampled: list[Span] = field(default_factory=list)
    open: list[Span] = field(default_factory=list)
    complete: bool = True


def roots(e: Expression, pieces: Sequence[Span], points: Points, *, precise: bool = False) -> Roots:
    """Return the zeros of an expression inside pieces of the line on which it has no break."""
    if e is NOTHING:
        return Roots(flat=[(max(a, -REACH), min(b, REACH)) for a, b in pieces])
    found = Roots()
    for factor in _parts(e, points):
        if X in depends_on(X, [factor]):
            _of_factor(factor, pieces, points, found, precise=precise)
    found.flat, found.sampled, found.open = map(merged, (found.flat, found.sampled, found.open))
    found.points = [
        r
        for r in _unique(found.points)
        if not any(low <= r.x <= high for low, high in found.flat) and _is_defined(e, r.at, points)
    ]
    return found


def _parts(e: Expression, points: Points) -> Iterable[Expression]:
    """Return the factors of an expression, those of its numerator where it is a fraction of polynomials."""
    if not points.proves:
        return factors(e)
    from actcli.core.formula.rational import numerator

    return dict.fromkeys(p for part in numerator(e) for f in factors(part) for p in numerator(f))


def factors(e: Expression) -> list[Expression]:
    """Return what an expression is 0 with: its factors, and what is raised to a power."""
    found: dict[Expression, None] = {}
    waiting = [e]
    while waiting:
        part = waiting.pop()
        if part.op is Op.MULTIPLY:
            waiting += part.args
        elif part.op in _SAME_ZEROS or (part.op is Op.POWER and _is_positive(part.args[1])):
            waiting.append(part.args[0])
        elif part.op not in _NO_ZEROS:
            found[part] = None
    return list(found)


_NO_ZEROS = frozenset(
    {Op.EXP, Op.LOGISTIC, Op.SOFTPLUS, Op.COSH, Op.SECH, Op.ERFC, Op.NORMAL_CDF, Op.NORMAL_PDF, Op.GAMMA,
     Op.NUMBER, Op.CONSTANT}
)  # fmt: skip
_SAME_ZEROS = frozenset(
    {Op.NEGATE, Op.DIVIDE, Op.SQRT, Op.CBRT, Op.ABS, Op.SIGN, Op.TANH, Op.SINH, Op.ARCTAN, Op.ARCSINH, Op.ERF,
     Op.EXPM1, Op.LOG1P, Op.ARCSIN, Op.ARCTANH}
)  # fmt: skip
"""Operations that are 0 where their first argument is, and nowhere else."""


def _is_positive(e: Expression) -> bool:
    return e.op is Op.NUMBER and isinstance(e.value, Fraction) and e.value > 0


def _is_defined(e: Expression, at: Known, points: Points) -> bool:
    """Return whether an expression is 0 at a zero of a factor: another may be infinite there."""
    value = points.value(e, at)
    return value.is_finite if value else not at.exact


def _of_factor(e: Expression, pieces: Sequence[Span], points: Points, found: Roots, *, precise: bool) -> None:
    """Add the zeros of a factor."""
    if e is X:
        if any(a <= 0 <= b for a, b in pieces):
            found.points.append(Root(Known(Fraction(0)), True))
        return
    one_way, short, small = _isolated(e, pieces, found)
    for span in merged(small):
        if max(map(abs, span)) > BREAK[0]:
            found.sampled.append(span)
            signs = signs_of(e, span, points)
            found.complete &= len(signs - {None}) == 1 and 0 not in signs
    told = 0
    for a, b in sorted(one_way, key=_rank):
        if told == POINTS:
            found.open.append((a, b))
        elif root := _crossing(e, a, b, points, precise=precise):
            found.points.append(root)
            told += 1
    clusters = merged(short)
    for a, b in clusters[:CLUSTERS]:
        close = _cluster(e, a, b, points, precise=precise)
        if isinstance(close, Root):
            found.points.append(close)
            found.complete &= close.proved
        elif close:
            found.open.append((a, b))
    found.open += clusters[CLUSTERS:]
    if found.open:
        found.complete = False


def _rank(span: Span) -> tuple[int, float]:
    """Return what sorts intervals: the widest first, of those about as wide the nearest to 0."""
    return -math.frexp(span[1] - span[0])[1], min(map(abs, span))


def _isolated(
    e: Expression, pieces: Sequence[Span], found: Roots
) -> tuple[list[Span], list[Span], list[Span]]:
    """Return the intervals on which an expression may be 0: where it runs one way, short ones, underflow.

    Those on which it is 0 are added to what is found.
    """
    slope = slope_of(e)
    forms = [e] if slope is None else [e, slope]
    size = sum(GAMMAS if part.op in _GAMMA else 1 for f in forms for part in depends_on(X, [f]))
    one_way: list[Span] = []
    short: list[Span] = []
    small: list[Span] = []
    low = np.array([max(a, -REACH) for a, _ in pieces])
    high = np.array([min(b, REACH) for _, b in pieces])
    work = 0
    for _ in range(STEPS):
        work += (low.size + SETUP) * size
        if work > WORK or not low.size:
            break
        value, *rates = over(forms, low, high)
        under = (value.high < UNDERFLOW) & (value.low > -UNDERFLOW) & ((value.low != 0) | (value.high != 0))
        maybe = value.partial & (value.low <= 0) & (value.high >= 0) & ~under
        level = maybe & (value.low == 0) & (value.high == 0) & value.total
        runs = maybe & ~level & value.total & bool(rates)
        for rate in rates:
            runs &= rate.total & ((rate.low > 0) | (rate.high < 0))
        small += _spans(low, high, under)
        found.flat += _spans(low, high, level)
        one_way += _spans(low, high, runs)
        low, high = low[maybe & ~level & ~runs], high[maybe & ~level & ~runs]
        done = _is_short(low, high)
        short += _spans(low, high, done)
        low, high = low[~done], high[~done]
        if low.size > MOST:  # the shortest are where the most was tried
            order = np.argsort(high - low)
            tried, kept = order[: -MOST // 4], order[-MOST // 4 :]
            short += _spans(low, high, tried)
            low, high = low[kept], high[kept]
        middle = between(low, high)
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    short += zip(low.tolist(), high.tolist(), strict=True)
    return one_way, short, small


def _spans(low: Array, high: Array, chosen: Mask | NDArray[np.intp]) -> Iterator[Span]:
    return zip(low[chosen].tolist(), high[chosen].tolist(), strict=True)


def _is_short(low: Array, high: Array) -> Mask:
    """Return which intervals are not worth cutting."""
    width, ends = high - low, (np.minimum(np.abs(low), np.abs(high)), np.maximum(np.abs(low), np.abs(high)))
    short = width <= np.maximum(SHORT * ends[1], 1e-300)
    short |= (ends[1] < NEAR) & (low * high > 0) & (width < ends[1] / 2)
    return np.asarray(short | ((ends[0] > FAR) & (width < ends[1] / 10)))


def between(low: Array, high: Array) -> Array:
    """Return where intervals are cut: in the middle of their exponents if they span many, not quite at 0."""
    signs = np.sign(low) * np.sign(high)
    small, large = np.minimum(np.abs(low), np.abs(high)), np.maximum(np.abs(low), np.abs(high))
    ends = np.sign(low) * np.sqrt(np.maximum(small, 1e-320)) * np.sqrt(large)
    middle = np.where(
        large > 64, np.clip(low * 0.4873 + high * 0.5127, -16.3, 16.3), low + (high - low) * 0.4873
    )
    chosen = np.where(
        (signs > 0) & (large > 4 * small), ends, np.where(signs > 0, low / 2 + high / 2, middle)
    )
    return np.where((chosen > low) & (chosen < high), chosen, low / 2 + high / 2)


def slope_of(e: Expression) -> Expression | None:
    """Return the derivative of an expression; None where it is not among the operations (of trigamma)."""
    try:
        return recognised(derivative(e, X))
    except UsageError:
        return None


def merged(intervals: Iterable[Span]) -> list[Span]:
    """Return intervals with those that touch put together."""
    found: list[Span] = []
    for low, high in sorted(intervals):
        if found and low <= math.nextafter(found[-1][1], math.inf):
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return found


def _unique(found: Sequence[Root]) -> list[Root]:
    """Return zeros in order, those at an end that two intervals share once."""
    kept: list[Root] = []
    for root in sorted(found, key=lambda r: r.at.value):
        if not kept or kept[-1].x != root.x:
            kept.append(root)
        elif root.at.exact and not kept[-1].at.exact:
            kept[-1] = root
    return kept


def _crossing(e: Expression, a: float, b: float, points: Points, *, precise: bool) -> Root | None:
    """Return the zero of an expression that runs one way between two doubles, if there is one."""
    low, high = Fraction(a), Fraction(b)
    left, right = points.sign(e, low), points.sign(e, high)
    if left == 0 or right == 0:
        return Root(Known(low if left == 0 else high), True)
    if left is None or right is None:
        return Root(Known((low + high) / 2, exact=False), False) if b - a < 1 else None
    return None if left == right else Root(points.zero(e, low, high, precise), True)


def _cluster(e: Expression, a: float, b: float, points: Points, *, precise: bool) -> Root | bool:
    """Return the zero in an interval as short as doubles allow, where the expression does not run one way.

    If there is none, whether there may be any number of others.
    """
    low, high = Fraction(a), Fraction(b)
    left, right = points.sign(e, low), points.sign(e, high)
    q = simplest(low, high)
    if left and right and left != right:
        return Root(points.zero(e, low, high, precise), False)
    value = points.sign(e, q)
    size = max(abs(a), abs(b))
    if value == 0 and b - a < 1e-9 * size + 1e-9:
        return Root(Known(q), _is_double(e, q, a, b, points))
    if size < BREAK[1]:
        return False
    if min(abs(a), abs(b)) > FAR / 2 or b - a > 1e-9 * size:
        return Root(Known(q), False) if value == 0 else True
    if value is None or (value == left == right and not _may_touch(e, a, b, points)):
        return False
    slope = slope_of(e)
    if slope and points.sign(slope, low) != points.sign(slope, high):  # if e is 0, it is where it turns
        turn = points.zero(slope, low, high, precise)
        return Root(turn, False) if is_nothing(points.value(e, turn), points.same) else False
    return Root(Known(q, exact=False), False)


def _may_touch(e: Expression, a: float, b: float, points: Points) -> bool:
    """Return whether nothing excludes a zero in an interval."""
    bounds = points.bounds(e, a, b)
    return bounds is None or bounds[0] <= 0 <= bounds[1]


def _is_double(e: Expression, q: Fraction, a: float, b: float, points: Points) -> bool:
    """Return whether a zero is of second order and alone: f(q) = f′(q) = 0, and f″ is not 0 about it."""
    slope = slope_of(e)
    curvature = None if slope is None else slope_of(slope)
    if slope is None or curvature is None or points.sign(slope, q) != 0:
        return False
    return not _may_touch(curvature, a, b, points)


def signs_of(e: Expression, span: Span, points: Points) -> set[int | None]:
    """Return the signs of an expression at some points of an interval."""
    low, high = map(Fraction, span)
    parts = (Fraction(0), Fraction(1, 10**9), Fraction(1, 1000), Fraction(1, 3), Fraction(2, 3), Fraction(1))
    return {points.sign(e, low + (high - low) * part) for part in parts}
