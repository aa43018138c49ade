"""Functions from their definitions, to any number of digits: the truth that everything else is held against.

The textbook formula of a record is evaluated by mpmath, and differentiated by running it over jets. The
working precision is doubled until two runs agree: far tails and tiny arguments take thousands of bits.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from actcli.core.jets import Jet, Jets, lift
from actcli.core.spec import Activation, Break, Kink, KinkRule, Side, Tail, VectorActivation
from actcli.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from actcli.core.spec import Entry, Params

MOST_BITS = 10_000
"""Beyond the cancellation that a double can cause: x − tanh x at 5e−324 loses 2,150 bits, ln cosh x as many.

A result that is 0 at every precision up to this one is 0.
"""
CONSTANT = 0
"""What a run yields where the definition is constant: 0 for sure, unlike an mpf that happens to be 0."""


def definition(
    function: Activation,
    x: Any,
    order: int = 0,
    params: Params | None = None,
    digits: int = 50,
    *,
    kink: KinkRule = KinkRule.MIN_NORM,
) -> Any:
    """Return f (order 0), f′ (1) or f″ (2) at x, correct to the given number of decimal digits, as an mpf.

    x is a number (a float is taken as exact) or a string of digits. Limits at ±inf and the rule at kinks are
    those of `evaluate`.

    Raises:
        MissingExtraError: mpmath is not installed.
    """
    c = _context()
    point, bound = _number(x, digits), function.bind(params or {})
    at = [k for k in function.kinks(**bound) if order and point == k.at]
    if c.isnan(point) or (c.isfinite(point) and point not in function.domain):
        return c.nan
    if c.isinf(point):
        return _limit(function, point, order, bound, digits)
    if not at:
        return _one_sided(function, point, order, bound, digits, Side.RIGHT)
    left, right = (_one_sided(function, point, order, bound, digits, side) for side in Side)
    return _at_kink(c, left, right, at[0], kink)


def definition_wrt(
    function: Activation, x: Any, param: str, params: Params | None = None, digits: int = 50
) -> Any:
    """Return ∂f/∂param at x, correct to the given number of decimal digits, as an mpf.

    Where x lies on a kink it is the value on the right; at ±inf it is NaN.
    """
    c = _context()
    point, bound, name = _number(x, digits), function.bind(params or {}), function.param(param).name
    if not c.isfinite(point) or point not in function.domain:
        return c.nan

    at_kink = any(point == k.at for k in function.kinks(**bound))

    def run() -> Any:
        # The parameter moves by t² while x moves by t: x decides ties, and t² carries f_xx/2 + ∂f/∂param.
        numbers = _numbers(function, bound)
        moved = {**numbers, name: Jet(numbers[name], c.mpf(0), c.mpf(1))}
        if not at_kink:
            alone = function.definition(Jets(c), point, **moved)
            return alone.a2 if isinstance(alone, Jet) else CONSTANT
        fixed = lift(function.definition(Jets(c), Jet(point, c.mpf(1)), **numbers))
        return lift(function.definition(Jets(c), Jet(point, c.mpf(1)), **moved)).a2 - fixed.a2

    return _settled(run, digits, point)


def definition_vector(
    function: VectorActivation, x: Sequence[Any], params: Params | None = None, digits: int = 50
) -> list[Any]:
    """Return the components of f at the vector x, correct to the given number of digits, as mpf."""
    c = _context()
    point, bound = [_number(v, digits) for v in x], function.bind(params or {})
    width = function.width(len(point), **bound)

    def component(i: int) -> Any:
        def run() -> Any:
            return function.definition(Jets(c), point, **_numbers(function, bound))[i]

        return _settled(run, digits, *point)

    return [component(i) for i in range(width)]


def definition_jacobian(
    function: VectorActivation, x: Sequence[Any], params: Params | None = None, digits: int = 50
) -> list[list[Any]]:
    """Return the Jacobian of f at the vector x, row i holding ∂f_i/∂x_j, as lists of mpf."""
    c = _context()
    point, bound = [_number(v, digits) for v in x], function.bind(params or {})

    def entry(i: int, j: int) -> Any:
        def run() -> Any:
            moved = [Jet(v, c.mpf(int(k == j))) for k, v in enumerate(point)]
            return lift(function.definition(Jets(c), moved, **_numbers(function, bound))[i]).a1

        return _settled(run, digits, *point)

    return [[entry(i, j) for j in range(len(point))] for i in range(function.width(len(point), **bound))]


def decimal_digits(number: Any, digits: int) -> str:
    """Return an mpf as text with the given number of significant digits."""
    return str(_context().nstr(number, digits, strip_zeros=False, min_fixed=-5, max_fixed=digits))


@lru_cache(maxsize=1)
def _context() -> Any:
    try:
        from mpmath import mp  # an extra, and slow to import
    except ImportError:
        raise MissingExtraError("a definition to many digits", "mpmath", "exact") from None
    return mp.clone()


def _bits(digits: int) -> int:
    return math.ceil(digits * math.log2(10))


def _number(x: Any, digits: int) -> Any:
    c = _context()
    with c.workprec(4 * _bits(digits + 8)):  # of a string; a float is taken as it is
        return c.mpf(x)


def _numbers(function: Entry, bound: Params) -> dict[str, Any]:
    c = _context()
    full = {p.name: p.full(bound[p.name]) for p in function.params}
    return {name: c.mpf(value.numerator) / value.denominator for name, value in full.items()}


def _settled(run: Callable[[], Any], digits: int, *point: Any) -> Any:
    """Run at doubling precision until two results agree to the digits asked for.

    The first run already sees 1 + x as different from 1: where it does not, e^x − 1 − x is −x at any
    precision that is too low, and two wrong results agree.
    """
    c, before = _context(), None
    scale = max((abs(int(c.mag(v))) for v in point if v and c.isfinite(v)), default=0)
    bits = _bits(digits + 8) + min(scale, MOST_BITS // 4)
    while True:
        try:
            with c.workprec(bits):
                now = run()
                now = now if now is CONSTANT else +now
        except ZeroDivisionError:  # a tiny denominator that is 0 at this precision, or a pole
            if bits > MOST_BITS:
                raise
            bits *= 2
            continue
        if now is CONSTANT and (before is CONSTANT or bits > MOST_BITS):
            return c.mpf(0)
        close = before is not None and abs(now - before) <= abs(now) * c.mpf(10) ** -(digits + 2)
        if (close and now != 0) or c.isnan(now) or c.isinf(now) or bits > MOST_BITS:
            return now
        bits = MOST_BITS + 1 if close else 2 * bits  # twice 0 is often 0
        before = now


def _one_sided(function: Activation, x: Any, order: int, bound: Params, digits: int, side: Side) -> Any:
    c, sign = _context(), 1 if side is Side.RIGHT else -1

    def run(point: Any = x) -> Any:
        if order == 0:
            return c.mpf(function.definition(Jets(c), point, **_numbers(function, bound)))
        jet = function.definition(Jets(c), Jet(point, c.mpf(sign)), **_numbers(function, bound))
        if not isinstance(jet, Jet):
            return CONSTANT
        return c.mpf(jet.a1 * sign if order == 1 else jet.a2 * 2)

    try:
        return _settled(run, digits, x)
    except ZeroDivisionError:  # a vertical tangent at an end of the domain: ±inf, with the sign found inside
        inward = 1 if x == function.domain.low else -1
        return c.inf * c.sign(run(x + inward * c.mpf(2) ** -50))


def _limit(function: Activation, x: Any, order: int, bound: Params, digits: int) -> Any:
    c = _context()
    tail: Tail = (function.right if x > 0 else function.left)(**bound)
    value = (tail.value, tail.slope, tail.curvature)[order]
    if not math.isfinite(value) or value == int(value):
        return c.mpf(value)
    far = c.mpf(10) ** (2 * digits) * c.sign(x)  # further than any function here takes to come that close
    return _one_sided(function, far, order, bound, digits, Side.RIGHT)


def _at_kink(c: Any, left: Any, right: Any, kink: Kink, rule: KinkRule) -> Any:
    jump = kink.breaks is Break.VALUE
    if rule is KinkRule.NAN:
        return right if left == right and not jump else c.nan
    if rule is KinkRule.MIN_NORM and not jump:
        return c.mpf(0) if left * right < 0 else min(left, right, key=abs)
    side = kink.side if rule is KinkRule.MIN_NORM else Side(rule.value)
    return left if side is Side.LEFT else right
