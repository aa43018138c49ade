"""Formulas over intervals: where their values lie while x is anywhere between two doubles.

Many intervals are done at once, in arrays of their ends. Ends are rounded outwards by more than NumPy's
functions are ever wrong, so that what holds of the result holds of every value. Where a comparison can turn
out both ways, both branches count. An interval on which a formula is defined in part has the values of that
part.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.formula.expression import Op, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actcli.core.arrays import Array, Mask
    from actcli.core.formula.expression import Expression

OUT = 2.0**-49
"""By how much of itself an end is moved outwards: 8 ULP. NumPy's functions are wrong by 2 at the most, those
of the C library by 4."""

LEAST = 5e-324


class Intervals(NamedTuple):
    """Values of a formula.

    Attributes:
        low: no value lies below.
        high: no value lies above.
        total: the formula is certainly defined all over.
        partial: the formula may be defined somewhere.
    """

    low: Array
    high: Array
    total: Mask
    partial: Mask


class Truths(NamedTuple):
    """Whether a condition may hold, and whether it may fail."""

    may: Mask
    may_not: Mask


def over(roots: Sequence[Expression], low: Array, high: Array) -> list[Intervals]:
    """Return where the values of expressions in x alone lie, for x between each pair of ends."""
    yes = np.ones(np.shape(low), np.bool_)
    known: dict[Expression, Any] = {}
    with np.errstate(all="ignore"):
        for e in in_order(*roots):
            if e.op is Op.VARIABLE:
                known[e] = Intervals(low, high, yes, yes)
            elif e.op is Op.NUMBER:
                known[e] = _number(e.value, yes)
            elif e.op is Op.CONSTANT:
                value = np.full(yes.shape, math.pi if e.value == "pi" else math.e)
                known[e] = _outwards(value, value, yes, yes)
            elif e.op is Op.MULTIPLY and e.args[0] is e.args[1]:
                known[e] = _whole_power(known[e.args[0]], 2)
            elif e.op is Op.POWER:
                known[e] = _power(known[e.args[0]], known[e.args[1]], e.args[1])
            elif e.op in _MONOTONE:
                known[e] = _monotone(e.op, known[e.args[0]])
            else:
                known[e] = _RULES[e.op](*[known[a] for a in e.args])
    return [known[root] for root in roots]


def _number(value: Any, yes: Mask) -> Intervals:
    exact = Fraction(value)
    try:
        near = float(exact)
    except OverflowError:
        near = math.inf if exact > 0 else -math.inf
    if not math.isfinite(near):
        ends = (1.7976931348623157e308, math.inf) if near > 0 else (-math.inf, -1.7976931348623157e308)
    elif near == exact:
        ends = near, near
    else:
        ends = math.nextafter(near, -math.inf), math.nextafter(near, math.inf)
    return Intervals(np.full(yes.shape, ends[0]), np.full(yes.shape, ends[1]), yes, yes)


def _outwards(low: Array, high: Array, total: Mask, partial: Mask) -> Intervals:
    """Return ends moved outwards; a 0 stays: it is exact unless a rule says otherwise."""
    low = np.where(np.isnan(low), -np.inf, low)
    high = np.where(np.isnan(high), np.inf, high)
    low = np.where(low == np.inf, 1.7976931348623157e308, low - np.abs(low) * OUT)
    high = np.where(high == -np.inf, -1.7976931348623157e308, high + np.abs(high) * OUT)
    return Intervals(
        np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high), total, partial
    )


def _both(*found: Intervals) -> tuple[Mask, Mask]:
    total, partial = found[0].total, found[0].partial
    for other in found[1:]:
        total, partial = total & other.total, partial & other.partial
    return total, partial


def _add(a: Intervals, b: Intervals) -> Intervals:
    return _outwards(a.low + b.low, a.high + b.high, *_both(a, b))


def _negate(a: Intervals) -> Intervals:
    return Intervals(-a.high, -a.low, a.total, a.partial)


def _subtract(a: Intervals, b: Intervals) -> Intervals:
    return _add(a, _negate(b))


def _product(a: Array, b: Array) -> tuple[Array, Array]:
    """Return bounds on a product of ends: 0·∞ is 0, and one that underflows lies on either side of 0."""
    p = a * b
    p = np.where((a == 0) | (b == 0), 0.0, p)
    under = (p == 0) & (a != 0) & (b != 0)
    negative = np.signbit(a) != np.signbit(b)
    return np.where(under & negative, -LEAST, p), np.where(under & ~negative, LEAST, p)


def _multiply(a: Intervals, b: Intervals) -> Intervals:
    products = [_product(p, q) for p in (a.low, a.high) for q in (b.low, b.high)]
    low = np.minimum.reduce([p[0] for p in products])
    high = np.maximum.reduce([p[1] for p in products])
    return _outwards(low, high, *_both(a, b))


def _inverse(b: Intervals) -> Intervals:
    holds_zero = (b.low <= 0) & (b.high >= 0)
    low = np.where(holds_zero & (b.low < 0), -np.inf, 1 / np.where(b.high == 0, -0.0, b.high))
    high = np.where(holds_zero & (b.high > 0), np.inf, 1 / np.where(b.low == 0, 0.0, b.low))
    found = _outwards(low, high, b.total & ~holds_zero, b.partial & ((b.low != 0) | (b.high != 0)))
    return Intervals(
        np.where((found.low == 0) & np.isfinite(b.high) & (b.low > 0), LEAST, found.low),
        np.where((found.high == 0) & np.isfinite(b.low) & (b.high < 0), -LEAST, found.high),
        found.total,
        found.partial,
    )


def _divide(a: Intervals, b: Intervals) -> Intervals:
    return _multiply(a, _inverse(b))


def _whole_power(a: Intervals, n: int) -> Intervals:
    if n < 0:
        return _inverse(_whole_power(a, -n))
    base = a if n % 2 else _size(a)
    low, high = base.low ** float(n), base.high ** float(n)
    low = np.where((low == 0) & (base.low < 0), -LEAST, low)
    high = np.where((high == 0) & (base.high > 0), LEAST, high)
    return _outwards(low, high, a.total, a.partial)


def _power(a: Intervals, b: Intervals, exponent: Expression) -> Intervals:
    if exponent.op is Op.NUMBER:
        value = Fraction(str(exponent.value))
        if value.denominator == 1 and abs(value.numerator) < 1 << 53:
            return _whole_power(a, int(value))
    base = Intervals(
        np.maximum(a.low, 0.0), np.maximum(a.high, 0.0), a.total & (a.low > 0), a.partial & (a.high >= 0)
    )
    return _monotone(Op.EXP, _multiply(b, _monotone(Op.LOG, base)))


def _monotone(op: Op, a: Intervals) -> Intervals:
    """Return the values of a function that grows, or falls, all over its domain."""
    function, (least, most), rises = _MONOTONE[op]
    open_ended = op in (Op.LOG, Op.LOG1P, Op.ARCTANH)
    inside = (a.low >= least) & (a.high <= most)
    if open_ended:  # an infinite end is a number too large for doubles
        inside &= (a.low > least) & ((a.high < most) | (most == math.inf))
    reached = (a.high >= least) & (a.low <= most)
    ends = function(np.clip(a.low, least, most)), function(np.clip(a.high, least, most))
    low, high = ends if rises else ends[::-1]
    if op in _NEVER_ZERO:
        high = np.where(high == 0, LEAST, high)
    return _outwards(low, high, a.total & inside, a.partial & reached)


def _each(function: Callable[[float], float]) -> Callable[[Array], Array]:
    def rule(x: Array) -> Array:
        return np.array([function(v) for v in np.ravel(x).tolist()]).reshape(np.shape(x))

    return rule


_erf, _erfc = _each(math.erf), _each(math.erfc)


def _logistic(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x < 0, e, 1.0) / (1 + e))


def _softplus(x: Array) -> Array:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


_EVERYWHERE = (-math.inf, math.inf)
_MONOTONE: dict[Op, tuple[Callable[[Array], Array], tuple[float, float], bool]] = {
    Op.SQRT: (np.sqrt, (0.0, math.inf), True),
    Op.CBRT: (np.cbrt, _EVERYWHERE, True),
    Op.EXP: (np.exp, _EVERYWHERE, True),
    Op.EXPM1: (np.expm1, _EVERYWHERE, True),
    Op.LOG: (np.log, (0.0, math.inf), True),
    Op.LOG1P: (np.log1p, (-1.0, math.inf), True),
    Op.SINH: (np.sinh, _EVERYWHERE, True),
    Op.TANH: (np.tanh, _EVERYWHERE, True),
    Op.ARCSIN: (np.arcsin, (-1.0, 1.0), True),
    Op.ARCCOS: (np.arccos, (-1.0, 1.0), False),
    Op.ARCTAN: (np.arctan, _EVERYWHERE, True),
    Op.ARCSINH: (np.arcsinh, _EVERYWHERE, True),
    Op.ARCCOSH: (np.arccosh, (1.0, math.inf), True),
    Op.ARCTANH: (np.arctanh, (-1.0, 1.0), True),
    Op.ERF: (_erf, _EVERYWHERE, True),
    Op.ERFC: (_erfc, _EVERYWHERE, False),
    Op.LOGISTIC: (_logistic, _EVERYWHERE, True),
    Op.SOFTPLUS: (_softplus, _EVERYWHERE, True),
    Op.NORMAL_CDF: (lambda x: _erfc(-x / math.sqrt(2)) / 2, _EVERYWHERE, True),
}
"""Functions that grow (True) or fall on their domain, which lies between two numbers."""

_NEVER_ZERO = frozenset({Op.EXP, Op.LOGISTIC, Op.SOFTPLUS, Op.NORMAL_CDF, Op.ERFC})
"""Functions above 0 that underflow."""


def _size(a: Intervals) -> Intervals:
    """Return the values of |x|."""
    crosses = (a.low < 0) & (a.high > 0)
    ends = np.abs(a.low), np.abs(a.high)
    return Intervals(np.where(crosses, 0.0, np.minimum(*ends)), np.maximum(*ends), a.total, a.partial)


def _bell(function: Callable[[Array], Array], *, rises: bool) -> Callable[[Intervals], Intervals]:
    """Return the rule of an even function that grows, or falls, with |x|."""

    def rule(a: Intervals) -> Intervals:
        size = _size(a)
        low, high = function(size.low), function(size.high)
        if not rises:
            low, high = high, np.where(low == 0, LEAST, low)
        return _outwards(low, high, a.total, a.partial)

    return rule


def _wave(shift: float) -> Callable[[Intervals], Intervals]:
    """Return the rule of sin(x + shift)."""

    def rule(a: Intervals) -> Intervals:
        turn = 2 * math.pi
        function = np.sin if shift == 0 else np.cos
        doubt = 1e-12 + 1e-15 * np.maximum(np.abs(a.low), np.abs(a.high))

        def meets(at: float) -> Mask:
            first, last = (a.low - doubt - at) / turn, (a.high + doubt - at) / turn
            return np.asarray(~(np.floor(last) < np.ceil(first)))

        ends = function(a.low), function(a.high)
        wild = ~(doubt < 1e-3)
        low = np.where(meets(-math.pi / 2 - shift) | wild, -1.0, np.minimum(*ends))
        high = np.where(meets(math.pi / 2 - shift) | wild, 1.0, np.maximum(*ends))
        found = _outwards(low, high, a.total, a.partial)
        return found._replace(low=np.maximum(found.low, -1.0), high=np.minimum(found.high, 1.0))

    return rule


def _tan(a: Intervals) -> Intervals:
    doubt = 1e-12 + 1e-15 * np.maximum(np.abs(a.low), np.abs(a.high))
    first, last = (a.low - doubt) / math.pi - 0.5, (a.high + doubt) / math.pi - 0.5
    pole = ~(np.floor(last) < np.ceil(first)) | ~(doubt < 1e-3)
    low, high = np.where(pole, -np.inf, np.tan(a.low)), np.where(pole, np.inf, np.tan(a.high))
    return _outwards(low, high, a.total & ~pole, a.partial)


def _gamma(op: Op) -> Callable[[Intervals], Intervals]:
    """Return the rule of Γ, or of its logarithmic derivatives, right of 0; left of it nothing is told."""

    def rule(a: Intervals) -> Intervals:
        from actcli.core.formula.truth import doubles_of

        right = a.low > 0
        low, high = (doubles_of(op, np.where(right, end, 1.0)) for end in (a.low, a.high))
        if op is Op.GAMMA:
            dips = (a.low < 1.4617) & (a.high > 1.4616)
            low, high = np.where(dips, 0.8856, np.minimum(low, high)), np.maximum(low, high)
        elif op is Op.TRIGAMMA:
            low, high = high, low
        low, high = np.where(right, low, -np.inf), np.where(right, high, np.inf)
        return _outwards(low, high, a.total & right, a.partial)

    return rule


def _rising(function: Callable[..., Array]) -> Callable[..., Intervals]:
    """Return the rule of a function that is exact at ends and grows with each argument: steps, the larger."""

    def rule(*args: Intervals) -> Intervals:
        return Intervals(function(*(a.low for a in args)), function(*(a.high for a in args)), *_both(*args))

    return rule


def _less(a: Intervals, b: Intervals) -> Truths:
    return Truths((a.low < b.high) & a.partial & b.partial, (a.high >= b.low) | ~(a.total & b.total))


def _less_equal(a: Intervals, b: Intervals) -> Truths:
    return Truths((a.low <= b.high) & a.partial & b.partial, (a.high > b.low) | ~(a.total & b.total))


def _equal(a: Intervals, b: Intervals) -> Truths:
    same = (a.low == a.high) & (b.low == b.high) & (a.low == b.low)
    return Truths((a.low <= b.high) & (b.low <= a.high), ~same)


def _where(condition: Truths, a: Intervals, b: Intervals) -> Intervals:
    first, second = condition.may & a.partial, condition.may_not & b.partial
    low = np.minimum(np.where(first, a.low, np.inf), np.where(second, b.low, np.inf))
    high = np.maximum(np.where(first, a.high, -np.inf), np.where(second, b.high, -np.inf))
    total = (a.total | ~condition.may) & (b.total | ~condition.may_not)
    return Intervals(low, high, total, first | second)


_RULES: dict[Op, Callable[..., Any]] = {
    Op.ADD: _add,
    Op.SUBTRACT: _subtract,
    Op.MULTIPLY: _multiply,
    Op.DIVIDE: _divide,
    Op.NEGATE: _negate,
    Op.SIN: _wave(0.0),
    Op.COS: _wave(math.pi / 2),
    Op.TAN: _tan,
    Op.COSH: _bell(np.cosh, rises=True),
    Op.SECH: _bell(lambda x: 2 * np.exp(-x) / (1 + np.exp(-2 * x)), rises=False),
    Op.NORMAL_PDF: _bell(lambda x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi), rises=False),
    Op.ABS: _size,
    Op.SIGN: _rising(np.sign),
    Op.FLOOR: _rising(np.floor),
    Op.CEIL: _rising(np.ceil),
    Op.MAXIMUM: _rising(np.maximum),
    Op.MINIMUM: _rising(np.minimum),
    Op.GAMMA: _gamma(Op.GAMMA),
    Op.DIGAMMA: _gamma(Op.DIGAMMA),
    Op.TRIGAMMA: _gamma(Op.TRIGAMMA),
    Op.LESS: _less,
    Op.LESS_EQUAL: _less_equal,
    Op.EQUAL: _equal,
    Op.AND: lambda a, b: Truths(a.may & b.may, a.may_not | b.may_not),
    Op.OR: lambda a, b: Truths(a.may | b.may, a.may_not & b.may_not),
    Op.NOT: lambda a: Truths(a.may_not, a.may),
    Op.WHERE: _where,
}
