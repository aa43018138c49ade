"""Derivatives of expressions: by x, or by a parameter.

`SLOPES` and `PARTIALS` are the whole of it, a rule a line; the chain rule does the rest, once for each part
that depends on the leaf. The forms are chosen to be evaluated: σ(u)·σ(−u) for σ′, sech² for tanh′, none that
subtracts nearly equal numbers where another one does not.

A derivative holds where the expression itself has a value. It may have values elsewhere: ln u has none for
u < 0, where 1/u has; `domain` tells where. At a tie of a comparison it is the derivative of one of the two
branches; the comparisons that it keeps tell where that is. The steps of sign, floor and ceil count as flat.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from actcli.core.formula.expression import (
    ONE,
    ZERO,
    Expression,
    Op,
    apply,
    constant,
    depends_on,
    in_order,
    number,
)
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

E = Expression
_PI = constant("pi")
_MINUS_ONE = number(-1)


def _no_rule(_y: E, _u: E) -> E:
    raise UsageError(
        "the derivative of trigamma is not available",
        "take a lower order, or write the formula without gamma",
    )


SLOPES: dict[Op, Callable[[E, E], E]] = {  # y = op(u) ↦ dy/du
    Op.NEGATE:     lambda _y, _u: number(-1),
    Op.SQRT:       lambda y, _u: 1 / (2 * y),
    Op.CBRT:       lambda y, _u: 1 / (3 * y**2),
    Op.EXP:        lambda y, _u: y,
    Op.EXPM1:      lambda _y, u: apply(Op.EXP, u),
    Op.LOG:        lambda _y, u: 1 / u,
    Op.LOG1P:      lambda _y, u: 1 / (1 + u),
    Op.SIN:        lambda _y, u: apply(Op.COS, u),
    Op.COS:        lambda _y, u: -apply(Op.SIN, u),
    Op.TAN:        lambda y, _u: 1 + y**2,
    Op.SINH:       lambda _y, u: apply(Op.COSH, u),
    Op.COSH:       lambda _y, u: apply(Op.SINH, u),
    Op.TANH:       lambda _y, u: apply(Op.SECH, u) ** 2,
    Op.SECH:       lambda y, u: -(y * apply(Op.TANH, u)),
    Op.ARCSIN:     lambda _y, u: 1 / _sqrt((1 - u) * (1 + u)),
    Op.ARCCOS:     lambda _y, u: -1 / _sqrt((1 - u) * (1 + u)),
    Op.ARCTAN:     lambda _y, u: 1 / (1 + u**2),
    Op.ARCSINH:    lambda _y, u: 1 / _sqrt(1 + u**2),
    Op.ARCCOSH:    lambda _y, u: 1 / (_sqrt(u - 1) * _sqrt(u + 1)),
    Op.ARCTANH:    lambda _y, u: 1 / ((1 - u) * (1 + u)),
    Op.ERF:        lambda _y, u: 2 / _sqrt(_PI) * apply(Op.EXP, -(u**2)),
    Op.ERFC:       lambda _y, u: -2 / _sqrt(_PI) * apply(Op.EXP, -(u**2)),
    Op.LOGISTIC:   lambda y, u: y * apply(Op.LOGISTIC, -u),
    Op.SOFTPLUS:   lambda _y, u: apply(Op.LOGISTIC, u),
    Op.NORMAL_CDF: lambda _y, u: apply(Op.NORMAL_PDF, u),
    Op.NORMAL_PDF: lambda y, u: -(u * y),
    Op.GAMMA:      lambda y, u: y * apply(Op.DIGAMMA, u),
    Op.DIGAMMA:    lambda _y, u: apply(Op.TRIGAMMA, u),
    Op.TRIGAMMA:   _no_rule,
    Op.SIGN:       lambda _y, _u: ZERO,
    Op.FLOOR:      lambda _y, _u: ZERO,
    Op.CEIL:       lambda _y, _u: ZERO,
}  # fmt: skip

PARTIALS: dict[Op, Callable[[E, tuple[E, ...], tuple[E, ...]], E]] = {  # y = op(u, v), (u, v), (u′, v′) ↦ y′
    Op.ADD:      lambda _y, _of, d: plus(d[0], d[1]),
    Op.SUBTRACT: lambda _y, _of, d: minus(d[0], d[1]),
    Op.MULTIPLY: lambda _y, of, d: plus(times(d[0], of[1]), times(of[0], d[1])),
    Op.DIVIDE:   lambda y, of, d: over(minus(d[0], times(y, d[1])), of[1]),
    Op.POWER:    lambda y, of, d: plus(_of_base(of[0], of[1], d[0]), _of_exponent(y, of[0], d[1])),
    Op.ABS:      lambda _y, of, d: times(where(apply(Op.LESS, of[0], 0), _MINUS_ONE, ONE), d[0]),
    Op.MAXIMUM:  lambda _y, of, d: where(apply(Op.LESS, of[0], of[1]), d[1], d[0]),
    Op.MINIMUM:  lambda _y, of, d: where(apply(Op.LESS, of[1], of[0]), d[1], d[0]),
    Op.WHERE:    lambda _y, of, d: where(of[0], d[1], d[2]),
}  # fmt: skip


def derivative(expression: Expression, leaf: Expression) -> Expression:
    """Return the derivative of an expression by x, or by one of its parameters.

    Raises:
        UsageError: where a function has no rule (trigamma).
    """
    moving = depends_on(leaf, [expression])
    slopes: dict[Expression, Expression] = {leaf: ONE}
    for y in in_order(expression):
        if y not in moving or y is leaf:
            continue
        if y.op in SLOPES:
            u = y.args[0]
            inner = slopes[u]
            slopes[y] = ZERO if inner is ZERO else times(SLOPES[y.op](y, u), inner)
        elif y.op in PARTIALS:
            slopes[y] = PARTIALS[y.op](y, y.args, tuple(slopes.get(a, ZERO) for a in y.args))
        # else it is true or false, and only WHERE reads it
    return slopes.get(expression, ZERO)


def _of_base(u: E, v: E, du: E) -> E:
    """Return what the base adds to the derivative of u^v: v·u^(v−1)·u′."""
    if du is ZERO:
        return ZERO
    return times(times(v, _power(u, minus(v, ONE))), du)


def _of_exponent(y: E, u: E, dv: E) -> E:
    """Return what the exponent adds to the derivative of y = u^v: y·ln u·v′, and no logarithm if v′ = 0."""
    if dv is ZERO:
        return ZERO
    return times(y if u is constant("e") else times(y, apply(Op.LOG, u)), dv)


def _power(u: E, v: E) -> E:
    return ONE if v is ZERO else u if v is ONE else u**v


def _sqrt(u: E) -> E:
    return apply(Op.SQRT, u)


def plus(a: E, b: E) -> E:
    """Return a + b."""
    return b if a is ZERO else a if b is ZERO else a + b


def minus(a: E, b: E) -> E:
    """Return a − b; of numbers, the number."""
    if a.op is Op.NUMBER and b.op is Op.NUMBER:
        return number(Fraction(a.value) - Fraction(b.value))  # type: ignore[arg-type]
    return a if b is ZERO else times(number(-1), b) if a is ZERO else a - b


def times(a: E, b: E) -> E:
    """Return a·b, 0 if a factor is 0: that of a derivative is so wherever the expression has a value."""
    if a is ZERO or b is ZERO:
        return ZERO
    if a is ONE or b is ONE:
        return b if a is ONE else a
    for factor, other in ((a, b), (b, a)):
        if factor is _MINUS_ONE:
            return other.args[0] if other.op is Op.NEGATE else -other
    return a * b


def over(a: E, b: E) -> E:
    """Return a/b, 0 if a is 0."""
    return ZERO if a is ZERO else a if b is ONE else a / b


def where(condition: E, yes: E, no: E) -> E:
    """Return a choice, or what both branches are."""
    return yes if yes is no else apply(Op.WHERE, condition, yes, no)
