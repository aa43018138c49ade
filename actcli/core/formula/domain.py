"""The natural domain of a formula: where its logarithms, roots and inverse functions have values."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from actcli.core.formula.expression import ZERO, Expression, Op, apply, in_order

if TYPE_CHECKING:
    from collections.abc import Callable

TRUE, FALSE = apply(Op.LESS, 0, 1), apply(Op.LESS, 1, 0)


def _beyond_one(u: Expression) -> Expression:
    return apply(Op.LESS, 1, abs(u))


OUTSIDE: dict[Op, Callable[[Expression], Expression]] = {
    Op.LOG:     lambda u: apply(Op.LESS, u, 0),
    Op.LOG1P:   lambda u: apply(Op.LESS, u, -1),
    Op.SQRT:    lambda u: apply(Op.LESS, u, 0),
    Op.ARCSIN:  _beyond_one,
    Op.ARCCOS:  _beyond_one,
    Op.ARCCOSH: lambda u: apply(Op.LESS, u, 1),
    Op.ARCTANH: _beyond_one,
}  # fmt: skip
"""Where a function of u has no value; at the ends of a domain it may be infinite."""


def outside(root: Expression) -> Expression:
    """Return the condition under which an expression has no value, as far as its functions tell.

    A choice has none where the branch that is taken has none.
    """
    found: dict[Expression, Expression] = {}
    for e in in_order(root):
        if e.op is Op.WHERE:
            condition, yes, no = e.args
            taken = either(_both(condition, found[yes]), _both(apply(Op.NOT, condition), found[no]))
            found[e] = either(found[condition], taken)
            continue
        condition = FALSE
        for a in e.args:
            condition = either(condition, found[a])
        if e.op in OUTSIDE:
            condition = either(condition, OUTSIDE[e.op](e.args[0]))
        elif e.op is Op.POWER:
            condition = either(condition, _no_power(*e.args))
        elif e.op is Op.DIVIDE and e.args[1] is ZERO:  # which is no pole, since 0 is on no side of itself
            condition = TRUE
        found[e] = condition
    return found[root]


def at_step(root: Expression) -> Expression:
    """Return a condition that never holds, and that is not sure where an expression may jump.

    At a jump a derivative is by a rule, also where it has the same formula on both sides. An arithmetic that
    takes ties for unsure (`numerics.bounded`) then leaves it to the definition.
    """
    condition = FALSE
    for e in in_order(root):
        if e.op in (Op.LESS, Op.LESS_EQUAL, Op.EQUAL):
            condition = either(condition, _tied(*e.args))
        elif e.op is Op.SIGN:
            condition = either(condition, _tied(e.args[0], ZERO))
        elif e.op in (Op.FLOOR, Op.CEIL):
            condition = either(condition, _tied(e, e.args[0]))
    return condition


def _tied(a: Expression, b: Expression) -> Expression:
    return _both(apply(Op.LESS, a, b), apply(Op.LESS, b, a))


def _no_power(base: Expression, exponent: Expression) -> Expression:
    """Return the condition under which a power has no value: of a negative base, but for whole exponents."""
    negative = apply(Op.LESS, base, 0)
    if isinstance(exponent.value, Fraction):
        return negative if exponent.value.denominator > 1 else FALSE
    return _both(negative, apply(Op.LESS, apply(Op.FLOOR, exponent), exponent))


def either(a: Expression, b: Expression) -> Expression:
    """Return the condition that one of two holds."""
    if TRUE in (a, b):
        return TRUE
    return b if a is FALSE or a is b else a if b is FALSE else apply(Op.OR, a, b)


def _both(a: Expression, b: Expression) -> Expression:
    return FALSE if FALSE in (a, b) else apply(Op.AND, a, b)
