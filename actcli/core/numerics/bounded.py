"""Numbers with a bound of their error: pairs, or scaled pairs, that know how far from the truth they may be.

`Bounded` wraps `Exact` or `Deep`. Its numbers carry a relative error bound: one float for the whole block
where it is the same for all (the argument is exact, products add up what is known), an array where it is not
(after a sum that may cancel, or a function that is ill-conditioned). A bound of infinity or NaN says that
nothing is known. Bounds are of first order: `rounding` adds a sixteenth for all that is of second order,
which is enough as long as they are below `LARGEST`.

How large the error of an operation on pairs is follows from the code in `pair`; u is 2⁻⁵³. A head has 26
bits, cut off, so |rest| < 2⁻²⁵·|head|, and products of heads are exact. To cut a number costs u·2⁻²⁵ = 2⁻⁷⁸.

- a·b: l·(H + L) is rounded twice, h·L once, their sum (at most 2⁻²⁴ of the product) once: 5·2⁻⁷⁸, and two
  cuts: below 2⁻⁷⁵.
- a/b: with q the head of the quotient, h − q·H is exact, |a − q·b| ≤ 2⁻²⁵·|a|, and the four roundings on the
  way to it cost 2⁻⁷⁶; to divide it by b costs 3u of 2⁻²⁵; two cuts: below 2⁻⁷⁴.
- a + b: the sum of the heads is exact with its rounding error e, and e + l + L is rounded twice:
  2⁻⁷⁸·(3|a| + 2|b|), and two cuts: below 2⁻⁷⁵·(|a| + |b|).
- √a: a − q² is exact but for u·2⁻²⁴ of a, and is divided by what is wrong by 4u: below 2⁻⁷⁵.

That holds as long as nothing over- or underflows on the way. Without `checked` the caller lets NumPy raise
`FloatingPointError` where that happens, and functions raise it at the ends of their range; with `checked` the
bound is infinite there. The argument must lie within 2^±900, or be 0.

The errors of the functions were measured against Arb balls on dense samples (tests/core/numerics/bounds.py,
which repeats that); the bounds stated here are at least twice the largest error found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from actcli.core.arrays import ldexp
from actcli.core.numerics import composed, exponential, pair, series
from actcli.core.numerics.deep import Deep
from actcli.core.numerics.exact import Exact
from actcli.core.numerics.pair import ANY, CUT, SMALL, Pair, is_zero, two_sum
from actcli.core.numerics.program import empty, is_recording, step
from actcli.core.numerics.protocol import NO_VALUE, SHORT
from actcli.core.numerics.scaled import Scaled, is_saturated

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.spec import Side

ADD = MULTIPLY = ROOT = 2.0**-75
DIVIDE = 2.0**-74
CONSTANT = 2.0**-77
LARGEST = 2.0**-20
"""A bound beyond is none."""
LEAST = 2.0**-104
"""No bound but 0 is smaller: beside a rest, at most 2⁻⁵³ of the number, it would be rounded away in Ziv's
test, and a rest that is half a unit in the last place be taken for a tie."""

SURE = 2.0**-10
"""Up to here an argument is known well enough for bounds of first order: beyond, 1/(1 + d) may have a pole, a
logarithm no value, an exponential any size. Of the result nothing is known then."""

SIDE = 0.25
"""A bound that leaves a number its sign, and its size to a factor of 2."""

TINY, HUGE = 2.0**-960, 2.0**1000
"""Outside, a pair may lack digits; see `Bounded`. At TINY, what a subnormal rest loses, 2⁻¹⁰⁷⁵, is 2⁻¹¹⁵
of the number, far below all bounds here; above HUGE a sum may overflow on its way."""

OWN = {
    "exp": 2.0**-72,
    "expm1": 2.0**-65,
    "log": 2.0**-68,
    "log1p": 2.0**-68,
    "sin": 2.0**-63,
    "cos": 2.0**-63,
    "sinh": 2.0**-65,
    "cosh": 2.0**-71,
    "tanh": 2.0**-65,
    "arctan": 2.0**-64,
    "arcsinh": 2.0**-68,
    "arccosh": 2.0**-68,
    "arctanh": 2.0**-68,
    "erf": 2.0**-66,
    "logistic": 2.0**-71.5,
    "logistic of −x": 2.0**-71.5,
    "softplus": 2.0**-71.5,
    "normal": 2.0**-65,
    "density": 2.0**-71.5,
    "series": 2.0**-57.5,
}
"""The largest relative error of each function for an exact argument …"""

GROWTH = dict.fromkeys(
    ("exp", "expm1", "sinh", "cosh", "logistic", "logistic of −x", "softplus", "normal", "density"), 2.0**-76
)
"""… and how wrong, besides, they are as if their argument were: the larger an exponent, the less of its rest
is known."""

REDUCED = 2.0**-76
"""How wrong sin and cos are as if their argument were, unless it is a double: these stay away from roots."""

GAUSSIAN = 37.0
"""Up to here φ(x) is a normal double, and so is its rest as a pair."""

NEAR_MINUS_ONE = -0.9
"""Below, the head of 1 + e has lost too much of e for `log1p`: here it loses three bits."""

HYPERBOLIC = 320.0
"""Up to here e^2x < 2⁹²⁴ has room for 2 to be added and for a quotient; tanh is ±1 to 2⁻⁹²³ beyond."""

Bound = Any
"""A float, or an array that broadcasts against the numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A mask of which some elements are not sure.

    Attributes:
        holds: the mask.
        unsure: where it may be the other way.
    """

    __array_ufunc__: ClassVar[None] = None

    holds: NDArray[np.bool_]
    unsure: NDArray[np.bool_]

    def __invert__(self) -> Comparison:
        return Comparison(~self.holds, self.unsure)

    def __and__(self, other: Any) -> Comparison:
        b = _comparison(other)
        unsure = (self.unsure | b.unsure) & (self.unsure | self.holds) & (b.unsure | b.holds)
        return Comparison(self.holds & b.holds, unsure)

    def __or__(self, other: Any) -> Comparison:
        return ~(~self & ~_comparison(other))

    __rand__ = __and__
    __ror__ = __or__


def _comparison(mask: Any) -> Comparison:
    return (
        mask
        if isinstance(mask, Comparison)
        else Comparison(np.asarray(mask), np.zeros(np.shape(mask), np.bool_))
    )


class Enclosed:
    """The numbers v·(1 + d), |d| ≤ r, element by element.

    Attributes:
        m: their arithmetic.
        v: the numbers as the arithmetic inside knows them.
        r: the bound.
        sign: 1 where none is negative, −1 where none is positive, 0 where nobody knows.
        short: whether they are doubles split in two: then products with numbers of 26 bits are exact.
    """

    __array_ufunc__ = None
    __slots__ = ("m", "r", "short", "sign", "v")

    def __init__(self, m: Bounded, v: Any, r: Bound, sign: int = 0, *, short: bool = False) -> None:
        self.m = m
        self.v = v
        self.r = r
        self.sign = sign
        self.short = short

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the arrays."""
        return self.v.shape  # type: ignore[no-any-return]

    def __getitem__(self, index: Any) -> Enclosed:
        r: Any = self.r
        r = r[index] if _shape(r) else r
        return Enclosed(self.m, self.v[index], r, self.sign, short=self.short)

    def __neg__(self) -> Enclosed:
        return Enclosed(self.m, -self.v, self.r, -self.sign, short=self.short)

    def __abs__(self) -> Enclosed:
        return self if self.sign > 0 else Enclosed(self.m, abs(self.v), self.r, 1, short=self.short)

    def __add__(self, other: Any) -> Enclosed:
        return _sum(self, self.m.number(other))

    __radd__ = __add__

    def __sub__(self, other: Any) -> Enclosed:
        return _sum(self, -self.m.number(other))

    def __rsub__(self, other: Any) -> Enclosed:
        return _sum(self.m.number(other), -self)

    def __mul__(self, other: Any) -> Enclosed:
        b = self.m.number(other)
        if _is_power_of_two(other):
            return _scaled(self, self.v * other, self.sign * b.sign)
        sign = 1 if b is self else self.sign * b.sign
        if is_exact(self) and is_exact(b) and _has_exact_product(self, b):
            r: Bound = 0.0
        else:
            r = _plus(self.r, b.r, MULTIPLY)
            if not (isinstance(self.r, float) or isinstance(b.r, float)):
                r = _cut(r, self, b)
        return _made(self.m, self.v * b.v, r, sign, _is_zero(self, b))

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Enclosed:
        b = self.m.number(other)
        if _is_power_of_two(other):
            return _scaled(self, self.v / other, self.sign * b.sign)
        if _is_short_whole(other) and is_exact(self) and not self.m.is_deep:
            return _quotient(self, float(other))
        r = _plus(self.r, b.r, DIVIDE)
        if not isinstance(b.r, float):
            r = _cut(r, self, b)
        return _made(self.m, self.v / b.v, r, self.sign * b.sign, _is_zero(self))

    def __rtruediv__(self, other: Any) -> Enclosed:
        return self.m.number(other) / self


def is_exact(a: Enclosed) -> bool:
    """Return whether numbers are known to be exact, all of them."""
    return isinstance(a.r, float) and a.r == 0


def value(v: Any) -> Array:
    """Return the numbers inside as doubles."""
    return v.value()  # type: ignore[no-any-return]


def _shape(x: Any) -> tuple[int, ...]:
    """Return the shape of an array or a float; NumPy's own function cannot be recorded."""
    return getattr(x, "shape", ())


def _plus(*bounds: Bound) -> Bound:
    """Return the sum of bounds."""
    total: Bound = sum(b for b in bounds if isinstance(b, float))
    for b in bounds:
        if not isinstance(b, float):
            total = np.add(b, total, out=empty(np.broadcast_shapes(_shape(b), _shape(total))))
    return total


def _times(a: Bound, b: Bound) -> Bound:
    if isinstance(a, float) and isinstance(b, float):
        return a * b
    return np.multiply(a, b, out=empty(np.broadcast_shapes(_shape(a), _shape(b))))


def _sign_lost(r: Bound) -> Bound:
    """Return a bound for what has the sign of another number: none where that may have either."""
    twice = np.minimum(r, 1.0, out=empty(_shape(r)))
    np.multiply(twice, 2.0, out=twice)
    for _ in range(2):
        np.multiply(twice, twice, out=twice)
    return twice


def _greater(a: Bound, b: Bound) -> Bound:
    if isinstance(a, float) and isinstance(b, float):
        return max(a, b)
    return np.maximum(a, b, out=empty(np.broadcast_shapes(_shape(a), _shape(b))))


def _cut(r: Bound, *numbers: Enclosed) -> Bound:
    """Return a bound that was just made, infinite where it is beyond `SURE`.

    What comes of numbers of which only the side is known is left: one below 1 leaves it.
    """
    if not _shape(r):
        return r
    if numbers[0].m.is_deep:
        saturated = np.logical_or.reduce(np.broadcast_arrays(*[is_saturated(a.v.e) for a in numbers]))
        return np.where((r <= SURE) | saturated & (r < 1), r, np.inf)
    step(_write_cut, r)
    return r


def _write_cut(r: Array) -> None:
    if not r.max(initial=0.0) <= SURE:
        np.copyto(r, np.inf, where=~(r <= SURE))


def _scaled(a: Enclosed, v: Any, sign: int) -> Enclosed:
    """Return a number times a power of two: a double stays one, if nothing underflows."""
    result = _made(a.m, v, a.r, sign, _is_zero(a))
    result.short = a.short
    return result


def _is_short_whole(x: Any) -> bool:
    return isinstance(x, float | int) and x == int(x) and 1 < abs(x) <= SHORT


def _quotient(a: Enclosed, divisor: float) -> Enclosed:
    """Return exact numbers over a short whole one: exactly where the quotient has at most 56 bits.

    So it has where it lies halfway between two doubles, as one sixth of every sixth double does, for which
    the definition would have to be asked. Its head and the divisor have 26 and 12 bits, so that the remainder
    is exact but for `lost`; the rest of the quotient is cut to 30 bits (Veltkamp), and its product is exact.
    """
    h, low = a.v.terms(CUT)
    head = pair.head(value(a.v) * (1 / divisor))
    left, lost = two_sum(h - head * divisor, low)
    rest = left / divisor
    wide = rest * (2.0**23 + 1)
    cut = wide - (wide - rest)
    exact = abs(left - cut * divisor) + abs(lost) == 0.0
    r = _select(exact, 0.0, np.asarray(DIVIDE))
    sign = a.sign * (1 if divisor > 0 else -1)
    return _made(a.m, Pair(head, pair.select(exact, cut, rest)), r, sign, _is_zero(a))


def _is_power_of_two(x: Any) -> bool:
    return isinstance(x, float | int) and math.frexp(x)[0] in (0.5, -0.5)


def _is_zero(*numbers: Enclosed) -> Any:
    """Return where one of the numbers is 0, if they are checked."""
    if not numbers[0].m.is_watched:
        return None
    return np.logical_or.reduce(np.broadcast_arrays(*[a.v.terms(SMALL)[0] == 0 for a in numbers]))


def _has_exact_product(a: Enclosed, b: Enclosed) -> bool:
    """Return whether a product of exact numbers is surely exact."""
    if not (isinstance(a.v, Pair) and isinstance(b.v, Pair)):
        return False
    if a.short and b.short and (_is_head(a.v) or _is_head(b.v)):
        return True
    return not (is_recording() or a.v.l.any() or b.v.l.any())


def _is_head(p: Pair) -> bool:
    return p.shape == () and not p.l


def _made(
    m: Bounded, v: Any, r: Bound, sign: int = 0, zero: Any = None, of: Enclosed | None = None
) -> Enclosed:
    """Return a result, looked at if results are; `zero` tells where it may be 0 and right.

    It is that of an exponential function if `of` is given: an argument of which the side is known tells its.
    """
    if m.is_deep and np.any(beyond := is_saturated(v.e) & (v.p.h != 0)):
        sure = beyond & np.less(r if of is None else of.r, 1)  # not what is left of terms that cancel
        r = np.where(sure, np.fmin(r, SIDE), r)  # of such a number no more is said than its side
    if m.is_deep and np.any(infinite := np.isinf(v.p.h)):  # a pole, for which there are no bounds
        r = np.where(infinite, np.inf, r)
    if not m.is_watched:
        return Enclosed(m, v, r, sign)
    size = np.abs(value(v))
    good = (size >= TINY) & (size <= HUGE)
    if zero is not None:
        good |= zero & (size == 0)
    return Enclosed(m, v, r if good.all() else np.where(good, r, np.inf), sign)


def _sum(a: Enclosed, b: Enclosed) -> Enclosed:
    m, sign = a.m, a.sign if a.sign == b.sign else 0
    if is_exact(a) and is_exact(b) and not m.is_deep:
        return _exact_sum(a, b, sign)
    if not m.is_deep and _is_exact_where_known(a) and _is_exact_where_known(b):
        total = _exact_sum(a, b, sign)
        return Enclosed(m, total.v, _plus(total.r, a.r, b.r), sign)
    v = a.v + b.v
    if sign and (not m.checked or (isinstance(a.r, float) and isinstance(b.r, float))):
        return _made(m, v, _plus(_greater(a.r, b.r), ADD), sign, _is_zero(a))
    if m.is_deep:
        parts = [_times(_ratio(x.v, v), _plus(x.r, ADD)) for x in (a, b)]
        r: Bound = _plus(*parts)
        if is_exact(a) and is_exact(b):
            r = np.where(v.p.h == 0, 0.0, r)
        return _made(m, v, r, sign)
    parts = [_weighted(x.v.terms(SMALL)[0], _plus(x.r, ADD)) for x in (a, b)]
    total, size = _plus(*parts), np.abs(value(v))
    r = empty(v.shape)
    step(_write_ratio, total, size, r)
    if not m.is_watched:
        return Enclosed(m, v, r)
    zero = total == 0
    return _made(m, v, np.where(zero, 0.0, r), sign, zero)


def _write_ratio(total: Array, size: Array, r: Array) -> None:
    """Write bounds of sums: infinite where all cancels, as it does for tiny x in formulas that are 0 at 0."""
    with np.errstate(divide="ignore"):
        np.divide(total, size, out=r)


def _is_exact_where_known(a: Enclosed) -> bool:
    """Return whether numbers are exact but for some of which nothing is known, as choices beside ties are."""
    if isinstance(a.r, float) or is_recording():
        return is_exact(a)
    r = np.asarray(a.r)
    return bool(r.size and r.flat[0] in (0, math.inf) and ((r == 0) | (r == math.inf)).all())


def _weighted(x: Array, k: Bound) -> Bound:
    """Return |x|·k."""
    if x.shape == () and isinstance(k, float):
        return abs(float(x)) * k
    return _times(np.abs(x, out=empty(x.shape)), k)


def _ratio(a: Scaled, b: Scaled) -> Array:
    """Return |a/b|; 0 where a is 0, whatever b is."""
    shift = np.clip(a.e - b.e, -2000, 2000)
    with np.errstate(all="ignore"):
        ratio = np.abs(ldexp(value(a.p) / value(b.p), shift))
    return np.where(np.broadcast_to(a.p.h == 0, ratio.shape), 0.0, ratio)


def _exact_sum(a: Enclosed, b: Enclosed, sign: int) -> Enclosed:
    """Return the sum of exact numbers, exact where it fits two doubles."""
    if a.short and b.short:  # of doubles: it always does
        s, t = two_sum(value(a.v), value(b.v))
        return _made(a.m, Pair(np.asanyarray(s), np.asanyarray(t), ANY), 0.0, sign, True)
    (h, low), (bh, bl) = a.v.terms(), b.v.terms()
    s, t = two_sum(h, bh)
    lost: Any = 0.0
    for rest in (low, bl):
        if not is_zero(rest):
            t, e = two_sum(t, rest)
            lost = np.abs(e) + lost
    v, m = Pair(np.asarray(s), np.asarray(t), ANY), a.m
    if not is_recording() and not np.any(lost):
        return _made(m, v, 0.0, sign, True)
    r = np.divide(lost, np.abs(value(v)), out=empty(v.shape))
    if not m.is_watched:
        least = np.multiply(r, 2.0**950, out=empty(v.shape))  # beyond 2⁻⁷² unless it is 0, or underflowed
        np.minimum(least, LEAST, out=least)
        return Enclosed(m, v, np.maximum(r, least, out=least), sign)
    zero = lost == 0
    return _made(m, v, np.where(zero, 0.0, np.maximum(r, LEAST)), sign, zero)


def _write_reach(x: Array, low: float, high: float, out: Array) -> None:
    """Write the greatest |x|, or raise `FloatingPointError` if some x lies outside."""
    least, most = x.min(initial=0.0), x.max(initial=0.0)
    if not (least >= low and most <= high):
        raise FloatingPointError
    out[()] = max(-least, most)


def _write_bound(x: Array, r: Any, out: Array) -> None:
    """Write the bounds r, but next to 0 that of a series."""
    np.copyto(out, np.where(series.within(x), OWN["series"], r))


@lru_cache(maxsize=1024)
def _constant(inner: Any, x: str | Decimal | Fraction | float) -> tuple[Any, bool]:
    """Return a constant, and whether it is exact."""
    if isinstance(x, float):
        return inner.number(x), True
    v = inner.constant(x)
    p, e = (v.p, int(v.e)) if isinstance(v, Scaled) else (v, 0)
    if not math.isfinite(p.h) or not p.h:
        return v, bool(p.h == 0 == Fraction(x))
    return v, (Fraction(float(p.h)) + Fraction(float(p.l))) * Fraction(2) ** e == Fraction(x)


_INSIDE = {False: Exact(), True: Deep()}


@dataclass(frozen=True, slots=True, eq=False)
class Bounded:
    """The functions of numbers with bounds.

    Attributes:
        inner: the arithmetic inside.
        checked: whether every result of pairs is looked at for over- and underflow; otherwise that raises
            `FloatingPointError`, provided that NumPy is told to.
        ties: whether numbers that are equal are, in a comparison, not sure: at a kink of a derivative.
    """

    inner: Exact | Deep
    checked: bool = True
    ties: bool = False

    @property
    def side(self) -> Side:
        """The side of a kink that it belongs to."""
        return self.inner.side

    @property
    def is_deep(self) -> bool:
        """Whether exponents are unlimited."""
        return isinstance(self.inner, Deep)

    @property
    def is_watched(self) -> bool:
        """Whether every result is looked at for over- and underflow."""
        return self.checked and not self.is_deep

    def argument(self, x: Array) -> Enclosed:
        """The doubles x, all finite, as the argument of a formula."""
        return Enclosed(self, self.inner.argument(x), 0.0, short=True)

    def number(self, x: Any) -> Enclosed:
        if isinstance(x, Enclosed):
            return x
        if isinstance(x, float | int):
            v, _ = _constant(_INSIDE[self.is_deep], float(x))
            lost = x and not self.is_deep and not TINY <= abs(x) <= HUGE
            return Enclosed(self, v, math.inf if lost else 0.0, 1 if x >= 0 else -1, short=True)
        return Enclosed(self, self.inner.number(x), 0.0, short=True)

    def constant(self, digits: str | Decimal | Fraction) -> Enclosed:
        v, exact = _constant(_INSIDE[self.is_deep], digits)
        lost = not self.is_deep and not exact and not TINY <= abs(float(value(v))) <= HUGE
        sign = 1 if Fraction(digits) >= 0 else -1
        return Enclosed(self, v, math.inf if lost else 0.0 if exact else CONSTANT, sign, short=False)

    def unknown(self, like: Any) -> Enclosed:
        """Numbers of which nothing is known: NaN, if nobody else can tell."""
        a = self.number(like)
        return Enclosed(self, a.v * 0.0 + NO_VALUE, math.inf)

    def above(self, x: Any, point: Any) -> Any:
        a, b = self.number(x), self.number(point)
        if is_exact(a) and is_exact(b):
            return self._sure(self.inner.above(a.v, b.v), a, b)
        d = a - b
        holds = self.inner.above(d.v, 0.0)
        return Comparison(holds, ~self._apart(d))

    def less(self, a: Any, b: Any) -> Any:
        """Where a < b."""
        return self._compared(a, b, np.less)

    def less_equal(self, a: Any, b: Any) -> Any:
        """Where a ≤ b."""
        return self._compared(a, b, np.less_equal)

    def equal(self, a: Any, b: Any) -> Any:
        """Where a = b."""
        return self._compared(a, b, np.equal)

    def _compared(self, a: Any, b: Any, compare: Callable[..., Any]) -> Any:
        a, b = self.number(a), self.number(b)
        if a.short and b.short and is_exact(a) and is_exact(b) and not self.is_deep:  # doubles
            holds = compare(value(a.v), value(b.v))
            return Comparison(holds, np.equal(value(a.v), value(b.v))) if self.ties else holds
        d = a - b
        v = d.v.p.value() if self.is_deep else value(d.v)
        holds = compare(v, 0.0)
        if is_exact(d) and not self.ties:
            return holds
        return Comparison(
            holds, ~self._apart(d) if self.ties else ~(self._apart(d) | (v == 0) & self._is_exact(d))
        )

    def _is_exact(self, d: Enclosed) -> Any:
        return d.r == 0

    def _apart(self, d: Enclosed) -> Any:
        """Return where a number is surely not 0."""
        v = d.v.p.value() if self.is_deep else value(d.v)
        return (np.less(d.r, 0.5)) & (np.abs(v) > 0)

    def _sure(self, holds: Any, a: Enclosed, b: Enclosed) -> Any:
        if not self.ties:
            return holds
        return Comparison(holds, ~self._apart(a - b))

    def where(self, mask: Any, yes: Any, no: Any) -> Enclosed:
        a, b = self.number(yes), self.number(no)
        holds, unsure = (mask.holds, mask.unsure) if isinstance(mask, Comparison) else (mask, None)
        v = self.inner.where(holds, a.v, b.v)
        r = (
            _select(holds, 0.0, np.broadcast_to(b.r, _shape(holds)))
            if yes is NO_VALUE
            else _chosen(holds, a, b)
        )
        if unsure is not None:
            shape = np.broadcast_shapes(_shape(unsure), _shape(r))
            r = _select(np.broadcast_to(unsure, shape), math.inf, r)
        return Enclosed(self, v, r, a.sign if a.sign == b.sign else 0, short=a.short and b.short)

    def maximum(self, a: Any, b: Any) -> Enclosed:
        return self._extreme(self.number(a), self.number(b), "maximum", 1)

    def minimum(self, a: Any, b: Any) -> Enclosed:
        return self._extreme(self.number(a), self.number(b), "minimum", -1)

    def _extreme(self, a: Enclosed, b: Enclosed, name: str, side: int) -> Enclosed:
        """Return the greater or smaller of two; where nobody knows which it is, they hardly differ."""
        doubles = a.short and b.short and is_exact(a) and is_exact(b) and not self.is_deep
        if doubles:
            out = empty(np.broadcast_shapes(a.shape, b.shape))
            v = pair.split(getattr(np, name)(value(a.v), value(b.v), out=out))
        else:
            v = getattr(self.inner, name)(a.v, b.v)
        sign = side if side in (a.sign, b.sign) else a.sign if a.sign == b.sign else 0
        return Enclosed(self, v, _greater(a.r, b.r), sign, short=a.short and b.short)

    def signed(self, size: Any, like: Any) -> Enclosed:
        a, b = self.number(size), self.number(like)
        r = a.r if isinstance(b.r, float) else _greater(a.r, _sign_lost(b.r))
        return Enclosed(self, self.inner.signed(a.v, b.v), r, short=a.short)

    def wide(self, x: Any) -> Enclosed:
        return self.number(x)

    def flat_left(self, x: Any) -> Enclosed:
        a = self.number(x)
        return Enclosed(self, self.inner.flat_left(a.v), a.r, short=a.short)

    def sqrt(self, x: Any) -> Enclosed:
        a = self.number(x)
        return _made(self, self.inner.sqrt(a.v), _cut(_plus(_times(a.r, 0.5), ROOT), a), 1, _is_zero(a))

    def exp(self, x: Any) -> Enclosed:
        a = self.number(x)
        reach = self._reach(a, exponential.LEAST, 709.0)
        return _made(self, self.inner.exp(a.v), self._of(a, "exp", reach), 1, of=a)

    def expm1(self, x: Any) -> Enclosed:
        a = self.number(x)
        reach = self._reach(a, -math.inf, 709.0, side=1)
        r = self._of(a, "expm1", lambda: _plus(reach(), 1.0))
        return _made(self, self.inner.expm1(a.v), r, a.sign, _is_zero(a), a)

    def log(self, x: Any) -> Enclosed:
        a = self.number(x)
        v = self.inner.log(a.v)
        return _made(self, v, self._of(a, "log", lambda: _inverse(value(v))), 0, self._is_one(a))

    def _is_one(self, a: Enclosed) -> Any:
        return value(a.v) == 1 if self.is_watched else None

    def log1p(self, x: Any) -> Enclosed:
        a = self.number(x)
        if a.sign <= 0 and not self.is_watched:
            self._reach(a, NEAR_MINUS_ONE, math.inf)

        def condition() -> Bound:
            return 1.0 if a.sign > 0 else _inverse(np.minimum(value(a.v), 0.0) + 1.0)

        r = self._of(a, "log1p", condition)
        near = _made(self, self.inner.log1p(a.v), r, a.sign, _is_zero(a))
        if a.sign > 0 or not self.checked or not np.any(low := value(a.v) < NEAR_MINUS_ONE):
            return near
        return self.where(low, self.log(a + 1.0), near)

    def sin(self, x: Any) -> Enclosed:
        return self._wave(x, "sin")

    def cos(self, x: Any) -> Enclosed:
        return self._wave(x, "cos")

    def _wave(self, x: Any, name: str) -> Enclosed:
        a = self.number(x)
        v = getattr(self.inner, name)(a.v)
        wrong = a.r if a.short else _plus(a.r, REDUCED)
        if isinstance(wrong, float) and wrong == 0:
            r: Bound = OWN[name]
        else:
            r = _plus(_times(np.abs(value(a.v) / value(v)), wrong), OWN[name])
        return _made(self, v, r, 0, _is_zero(a) if name == "sin" else None)

    def sinh(self, x: Any) -> Enclosed:
        a = self.number(x)
        reach = self._reach(a, -709.0, 709.0)
        return self._odd(a, "sinh", lambda: _plus(reach(), 1.0), a)

    def cosh(self, x: Any) -> Enclosed:
        a = self.number(x)
        reach = self._reach(a, -690.0, 690.0)
        return _made(self, self.inner.cosh(a.v), self._of(a, "cosh", reach), 1, of=a)

    def tanh(self, x: Any) -> Enclosed:
        a = self.number(x)
        if not self.is_deep:  # beyond, tanh is ±1 to 2⁻⁹⁰⁰
            h = np.clip(a.v.h, -HYPERBOLIC, HYPERBOLIC, out=empty(a.shape))
            low = np.clip(a.v.l, -1.0, 1.0, out=empty(a.shape))  # less than that where h was not cut
            a = Enclosed(self, Pair(h, low), a.r, a.sign)
        return self._odd(a, "tanh", lambda: 1.0)

    def _odd(
        self, a: Enclosed, name: str, condition: Callable[[], Bound], of: Enclosed | None = None
    ) -> Enclosed:
        v = getattr(self.inner, name)(a.v)
        return _made(self, v, self._of(a, name, condition), a.sign, _is_zero(a), of)

    def arctan(self, x: Any) -> Enclosed:
        return self._odd(self.number(x), "arctan", lambda: 1.0)

    def arcsinh(self, x: Any) -> Enclosed:
        return self._odd(self.number(x), "arcsinh", lambda: 1.0)

    def arccosh(self, x: Any) -> Enclosed:
        a = self.number(x)
        r = self._of(a, "arccosh", lambda: value(a.v) * _inverse(value(a.v) - 1.0))
        return _made(self, self.inner.arccosh(a.v), r, 1, self._is_one(a))

    def arctanh(self, x: Any) -> Enclosed:
        a = self.number(x)
        return self._odd(a, "arctanh", lambda: _inverse(1.0 - value(a.v) ** 2))

    def erf(self, x: Any) -> Enclosed:
        return self._odd(self.number(x), "erf", lambda: 1.0)

    tanh_rest = composed.tanh_rest

    def tanh_rest_near_0(self, x: Enclosed, value: Enclosed) -> Enclosed:
        """`value`, but next to 0 its series, where x is the argument of the formula itself."""
        v, points = self.inner.tanh_rest_near_0(x.v, value.v), self.value(x)
        r = empty(np.broadcast_shapes(points.shape, _shape(value.r)))
        step(_write_bound, points, value.r, r)
        return Enclosed(self, v, r)

    def logistic(self, x: Any) -> tuple[Enclosed, Enclosed]:
        a = self.number(x)
        s, c = self.inner.logistic(a.v)
        r = self._of(a, "logistic", self._reach(a, -690.0, 690.0, side=-1))
        other = self._of(a, "logistic of −x", self._reach(a, -690.0, 690.0, side=1))
        return _made(self, s, r, 1, of=a), _made(self, c, other, 1, of=a)

    def softplus(self, x: Any) -> Enclosed:
        a = self.number(x)
        r = self._of(a, "softplus", self._reach(a, -690.0, 690.0, side=-1))
        return _made(self, self.inner.softplus(a.v), r, 1, of=a)

    def normal(self, x: Any) -> tuple[Enclosed, Enclosed]:
        a = self.number(x)
        p, density = self.inner.normal(a.v)
        bounds = []
        for name, side in (("normal", -1), ("density", 0)):
            reach = self._reach(a, -GAUSSIAN, GAUSSIAN, side)

            def condition(reach: Callable[[], Bound] = reach) -> Bound:
                return _plus(_times(reach(), reach()), 1.0)

            bounds.append(self._of(a, name, condition))
        return _made(self, p, bounds[0], 1, of=a), _made(self, density, bounds[1], 1, of=a)

    def value(self, x: Any) -> Array:
        return self.inner.value(x.v if isinstance(x, Enclosed) else x)

    def _of(self, a: Enclosed, name: str, condition: Callable[[], Bound]) -> Bound:
        """Return the bound of a function: its own, and that of its argument by its condition number."""
        wrong = _plus(a.r, GROWTH.get(name, 0.0))
        if isinstance(wrong, float) and wrong == 0:
            return OWN[name]
        factor = condition()
        r = _plus(_times(_cut(wrong, a), factor), OWN[name])
        return r if name == "log" or isinstance(factor, float) else _cut(r, a)

    def _reach(self, a: Enclosed, low: float, high: float, side: int = 0) -> Callable[[], Bound]:
        """Return what gives |a|, the greatest for all where one bound will do; see that a lies within.

        With a side, −1 or 1, it is that of what lies there, and at least 1: enough for the other side.
        """
        if self.checked or self.is_deep:
            return lambda: np.maximum(value(a.v) * side, 1.0) if side else np.abs(value(a.v))
        if a.shape == ():
            out: Bound = abs(float(value(a.v)))
            if not low <= float(value(a.v)) <= high:
                raise FloatingPointError
        else:
            out = empty(())
            step(_write_reach, a.v.terms(SMALL)[0], low, high, out)
        return lambda: out


def _inverse(x: Array) -> Array:
    """Return 1/|x|."""
    return np.divide(1.0, np.abs(x, out=empty(x.shape)), out=empty(x.shape))


def _select(mask: Any, yes: Bound, no: Bound) -> Bound:
    if _shape(mask) == ():
        return yes if mask else no
    return pair.select(mask, _spread(yes, mask.shape), _spread(no, mask.shape))


def _spread(r: Bound, shape: tuple[int, ...]) -> Array:
    """Return a bound as an array that can be selected from: one for all that is only known later as many."""
    if isinstance(r, float):
        return np.asarray(r)
    if r.shape:
        return r  # type: ignore[no-any-return]
    spread = empty(shape)
    np.copyto(spread, r)
    return spread


def _chosen(mask: Any, a: Enclosed, b: Enclosed) -> Bound:
    """Return the bound of a where the mask holds, of b elsewhere; a greater one where that does no harm.

    A double is no tie between doubles, so that a bound greater than 0 tells as much of it.
    """
    if isinstance(a.r, float) and isinstance(b.r, float):
        if a.r == b.r:
            return a.r
        least, greatest = sorted((a, b), key=lambda x: x.r)
        if math.isfinite(greatest.r) and (least.r > 0 or least.short):
            return greatest.r
    return _select(mask, a.r, b.r)
