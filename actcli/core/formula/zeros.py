"""Where an expression in x is 0: every place between two ends, proved by intervals and by balls.

Intervals whose values do not hold 0 are dropped; on one where the expression runs one way, a change of sign
is one zero, and none is none; others are cut in two. What is left when they are as short as doubles allow is
looked at in balls: a zero of second order at a rational point is proved by its value and its derivatives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.balls import Extreme, UndecidedError, ball, real, sign
from actcli.core.formula import truth
from actcli.core.formula.derive import derivative
from actcli.core.formula.expression import Expression, Op, X, depends_on
from actcli.core.formula.intervals import over
from actcli.core.formula.rational import numerator
from actcli.core.formula.rewrite import recognised
from actcli.core.jets import Jet, arb, ctx, fmpq
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actcli.core.arrays import Array

MOST = 1000
"""Intervals looked at in one step; more is an expression that is 0 all over, or for ever."""

GAMMAS = 300
"""Operations that take as long as one of the gamma functions, which balls give one by one."""
_GAMMA = frozenset({Op.GAMMA, Op.DIGAMMA, Op.TRIGAMMA})

POINTS = 60
"""Zeros of one factor that are told."""

CLUSTERS = 40
"""Places that are looked at in balls."""

WORK = 1_500_000
"""Operations on intervals, or what takes as long: an eighth of a second."""

STEPS = 90
"""Halvings: from the whole line to a double's last place, and as many again in vain."""

SHORT = 2.0**-44
"""An interval that is shorter than that part of its place is not cut any more."""

FAR = 1e4
"""Beyond, an interval that is shorter than a tenth of its place is not cut any more: what cancels there, or
overflows, does so for ever. Balls tell the signs at its ends."""

NEAR = 1e-6
"""Next to 0 what cancels does so for ever as well."""

REACH = 2.0**40
"""How far out zeros are looked for; farther there are limits."""

UNDERFLOW = 1e-290
"""Values that are smaller are not told from 0 by doubles."""

BITS = 160
"""The precision of a zero: 15 digits of what is computed from it want no more."""


class _OpenError(Exception):
    """Nothing tells whether there are zeros."""


class Root(NamedTuple):
    """A zero.

    Attributes:
        at: a fraction where it is one, else an enclosure.
        proved: whether it is certain that there is one, and one alone, here.
    """

    at: Any
    proved: bool


@dataclass
class Roots:
    """The zeros of an expression on a piece of the line.

    Attributes:
        points: those that stand alone, in order.
        flat: the intervals on which it is 0 all over.
        complete: whether it is certain that there are no more, but where it is sampled.
        sampled: the intervals on which signs at a few points are all that is known.
        open: the intervals on which there may be any number of others.
    """

    points: list[Root]
    flat: list[tuple[float, float]]
    complete: bool
    sampled: list[tuple[float, float]]
    open: list[tuple[float, float]]


def roots(e: Expression, pieces: Sequence[tuple[float, float]]) -> Roots:
    """Return the zeros of an expression inside pieces of the line on which it has no break."""
    found: dict[float, Root] = {}
    flat: list[tuple[float, float]] = []
    sampled: list[tuple[float, float]] = []
    unknown: list[tuple[float, float]] = []
    complete = True
    parts = dict.fromkeys(p for part in numerator(e) for factor in factors(part) for p in numerator(factor))
    for factor in parts:
        if X not in depends_on(X, [factor]):
            continue
        part = _of_factor(factor, pieces)
        complete &= part.complete
        flat += part.flat
        sampled += part.sampled
        unknown += part.open
        for root in part.points:
            found[float(ball(root.at))] = root
    points = [found[x] for x in sorted(found) if not any(low <= x <= high for low, high in flat)]
    points = [r for r in points if _is_defined(e, r.at)]
    return Roots(points, _merged(flat), complete, _merged(sampled), _merged(unknown))


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


def _is_defined(e: Expression, at: Any) -> bool:
    """Return whether an expression is 0 at a zero of a factor: another may be infinite there."""
    try:
        value = at_point(e, at)
    except UndecidedError:
        return True
    return value is not None and (not isinstance(value, arb) or value.is_finite())


def at_point(e: Expression, at: Any) -> Any:
    """Return an expression at a point, or what it is over a ball of them."""
    jet = truth.Run(truth.program_of(e), Jet(at), {})
    try:
        value = jet.result()
    except truth.SidesError:
        return None
    return None if value is None else value.a0


def _of_factor(e: Expression, pieces: Sequence[tuple[float, float]]) -> Roots:
    if e is X:
        return Roots([Root(fmpq(0), True)] if any(a <= 0 <= b for a, b in pieces) else [], [], True, [], [])
    slope = _slope(e)
    low = np.array([max(p[0], -REACH) for p in pieces])
    high = np.array([min(p[1], REACH) for p in pieces])
    points: list[Root] = []
    flat: list[tuple[float, float]] = []
    rest: list[tuple[float, float]] = []
    small: list[tuple[float, float]] = []
    unknown: list[tuple[float, float]] = []
    complete = True
    forms = [e] if slope is None else [e, slope]
    work, size = 0, sum(GAMMAS if op in _GAMMA else 1 for form in forms for op in truth.program_of(form).ops)
    for _ in range(STEPS):
        work += low.size * size + 200 * size
        if work > WORK:
            break
        value, *rates = over(forms, low, high)
        under = (value.high < UNDERFLOW) & (value.low > -UNDERFLOW) & ((value.low != 0) | (value.high != 0))
        small += zip(low[under].tolist(), high[under].tolist(), strict=True)
        open_ = value.partial & (value.low <= 0) & (value.high >= 0) & ~under
        level = open_ & (value.low == 0) & (value.high == 0) & value.total
        flat += zip(low[level].tolist(), high[level].tolist(), strict=True)
        one_way = open_ & ~level & value.total & bool(rates)
        for rate in rates:
            one_way &= rate.total & ((rate.low > 0) | (rate.high < 0))
        for a, b in zip(low[one_way].tolist(), high[one_way].tolist(), strict=True):
            if len(points) >= POINTS:
                complete = False
                unknown.append((a, b))
                continue
            if (root := _crossing(e, a, b)) is not None:
                points.append(root)
        low, high = low[open_ & ~level & ~one_way], high[open_ & ~level & ~one_way]
        sizes = np.maximum(np.abs(low), np.abs(high))
        short = high - low <= np.maximum(SHORT * sizes, 1e-300)
        short |= (sizes < NEAR) & (low * high > 0) & (high - low < sizes / 2)
        short |= (np.minimum(np.abs(low), np.abs(high)) > FAR) & (high - low < sizes / 10)
        rest += zip(low[short].tolist(), high[short].tolist(), strict=True)
        low, high = low[~short], high[~short]
        if not low.size:
            break
        if low.size > MOST:  # the shortest are where the most was tried
            order = np.argsort(high - low)
            tried, kept = order[: -MOST // 4], order[-MOST // 4 :]
            rest += zip(low[tried].tolist(), high[tried].tolist(), strict=True)
            low, high = low[kept], high[kept]
        middle = between(low, high)
        low, high = np.concatenate([low, middle]), np.concatenate([middle, high])
    rest += zip(low.tolist(), high.tolist(), strict=True)
    clusters = _merged(rest)
    if len(clusters) > CLUSTERS:
        unknown += clusters[CLUSTERS:]
        clusters, complete = clusters[:CLUSTERS], False
    for a, b in clusters:
        try:
            root = _cluster(e, a, b)
        except _OpenError:
            complete = False
            unknown.append((a, b))
            continue
        if root is not None:
            points.append(root)
            complete &= root.proved
    sampled: list[tuple[float, float]] = []
    for a, b in _merged(small):
        if max(abs(a), abs(b)) < 1e-80:  # next to a break
            continue
        sampled.append((a, b))
        signs = {
            _sign_at(e, real(a + (b - a) * part)) for part in (0.0, 1e-9, 1e-6, 0.001, 0.1, 0.3, 0.7, 1.0)
        }
        complete &= len(signs - {None}) == 1 and 0 not in signs
    return Roots(_unique(points), _merged(flat), complete, sampled, _merged(unknown))


def _slope(e: Expression) -> Expression | None:
    """Return the derivative of an expression; None where it is not among the operations (of trigamma)."""
    try:
        return recognised(derivative(e, X))
    except UsageError:
        return None


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


def _merged(intervals: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return intervals with those that touch put together."""
    found: list[tuple[float, float]] = []
    for low, high in sorted(intervals):
        if found and low <= math.nextafter(found[-1][1], math.inf):
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return found


def _unique(points: Sequence[Root]) -> list[Root]:
    """Return zeros in order, those at an end that two intervals share once."""
    found: list[Root] = []
    for root in sorted(points, key=lambda r: float(ball(r.at))):
        if not found or not ball(found[-1].at).overlaps(ball(root.at)):
            found.append(root)
    return found


def _sign_at(e: Expression, at: Any) -> int | None:
    """Return the sign of an expression at a point; None if there is no value, or nothing tells."""
    before = ctx.prec
    try:
        for bits in (BITS, 8 * BITS):
            ctx.prec = bits
            try:
                value = at_point(e, at)
                return None if value is None else sign(value)
            except UndecidedError:
                continue
    finally:
        ctx.prec = before
    return None


def _crossing(e: Expression, a: float, b: float) -> Root | None:
    """Return the zero of an expression that runs one way between two doubles, if there is one."""
    low, high = real(a), real(b)
    left, right = _sign_at(e, low), _sign_at(e, high)
    if left == 0 or right == 0:
        return Root(low if left == 0 else high, True)
    if left is None or right is None:
        return Root(arb(low).union(arb(high)), False) if b - a < 1 else None
    if left == right:
        return None
    return Root(_refined(e, low, high, left), True)


def _refined(e: Expression, low: fmpq, high: fmpq, left: int) -> Any:
    """Return the zero between two points, as a fraction or a ball: by Newton's steps, or by halvings."""
    program, at = truth.program_of(e), arb(low + high) / 2
    for halvings in (0, 12, 60):
        for _ in range(halvings):
            middle = (low + high) / 2
            side = _sign_at(e, middle)
            if side == 0:
                return middle
            low, high = (middle, high) if side == left else (low, middle)
        at = arb(low + high) / 2
        for _ in range(NEWTON):
            try:
                jet = truth.Run(program, Jet(at, fmpq(1), fmpq(0)), {}, 1, beside=True).result()
                step = None if jet is None else ball(jet.a0) / ball(jet.coefficient(1))
            except UndecidedError:
                break
            if step is None or not step.is_finite():
                break
            at = (at - step).mid()
            if not low <= at <= high:
                break
            if abs(step.mid()) < abs(at) * arb((1, -BITS + 50)):
                near = abs(at) * arb((1, -BITS + 60))
                a, b = (at - near).mid().fmpq(), (at + near).mid().fmpq()
                if _sign_at(e, a) == left and _sign_at(e, b) == -left:
                    return simplest_between(e, a, b)
                q = simplest_between(e, a, b)
                if isinstance(q, fmpq):
                    return q
                break
    return simplest_between(e, low, high)


NEWTON = 14
"""Newton's steps that are tried: five or six double the digits of a good start as often as it takes."""


def simplest_between(e: Expression, low: fmpq, high: fmpq) -> Any:
    """Return the fraction of a small denominator between two points that is a zero, else the ball of both."""
    if (at := _simplest(low, high)) is not None:
        try:
            if sign(at_point(e, at)) == 0:
                return at
        except (UndecidedError, TypeError):
            pass
    return arb(low).union(arb(high))


def _simplest(low: fmpq, high: fmpq) -> fmpq | None:
    """Return the fraction with the least denominator between two others, if that is below 10^9.

    It is where their continued fractions part.
    """
    if low <= 0 <= high:
        return fmpq(0)
    if high < 0:
        found = _simplest(-high, -low)
        return None if found is None else -found
    p, q, last_p, last_q = 1, 0, 0, 1
    while q < 10**9:
        whole = low.floor()
        ends = whole == low or whole + 1 <= high
        term = int(whole) if whole == low or not ends else int(whole) + 1
        p, q, last_p, last_q = term * p + last_p, term * q + last_q, p, q
        if ends:
            return fmpq(p, q)
        low, high = 1 / (high - whole), 1 / (low - whole)
    return None


def _cluster(e: Expression, a: float, b: float) -> Root | None:
    """Return the zero in an interval as short as doubles allow, where the expression does not run one way."""
    left, right = _sign_at(e, real(a)), _sign_at(e, real(b))
    simple = _simplest(real(a), real(b))
    q = (real(a) + real(b)) / 2 if simple is None else simple
    if left is not None and right is not None and left * right < 0:
        return Root(_refined(e, real(a), real(b), left), False)
    value = _sign_at(e, q)
    if value == 0 and b - a < 1e-9 * max(abs(a), abs(b)) + 1e-9:
        return Root(q, _is_double(e, q, a, b))
    if max(abs(a), abs(b)) < 1e-150:  # at a break, where products underflow
        return None
    if min(abs(a), abs(b)) > FAR / 2 or (b - a) > 1e-9 * max(abs(a), abs(b)):
        if value == 0:
            return Root(q, False)
        raise _OpenError
    if value is not None:
        return (
            None
            if value == left == right and not _may_touch(e, a, b)
            else Root(arb(real(a)).union(arb(real(b))), False)
        )
    return None


def _may_touch(e: Expression, a: float, b: float) -> bool:
    """Return whether balls cannot exclude a zero in an interval."""
    ctx_before = ctx.prec
    try:
        ctx.prec = BITS
        value = at_point(e, arb(real(a)).union(arb(real(b))))
        return value is not None and not isinstance(value, Extreme) and ball(value).contains(0)
    except UndecidedError:
        return True
    finally:
        ctx.prec = ctx_before


def _is_double(e: Expression, q: fmpq, a: float, b: float) -> bool:
    """Return whether a zero is of second order and alone: f(q) = f′(q) = 0, and f″ is not 0 about it."""
    slope = _slope(e)
    curvature = None if slope is None else _slope(slope)
    if slope is None or curvature is None:
        return False
    try:
        return sign(at_point(slope, q)) == 0 and bool(
            sign(at_point(curvature, arb(real(a)).union(arb(real(b)))))
        )
    except (UndecidedError, TypeError):
        return False
