"""What is 0 where a formula may break: comparisons that tie, poles, ends of domains, steps."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.formula.expression import Op, X, apply, depends_on, in_order
from actcli.core.formula.intervals import over
from actcli.core.formula.simplify import simplified

if TYPE_CHECKING:
    from actcli.core.formula.expression import Expression

_COMPARED = frozenset({Op.LESS, Op.LESS_EQUAL, Op.EQUAL, Op.MAXIMUM, Op.MINIMUM})
_AT_ZERO = frozenset({Op.ABS, Op.SIGN, Op.LOG, Op.CBRT, Op.SQRT})


def switches(root: Expression, window: tuple[float, float]) -> list[Expression]:
    """Return what is 0 where a formula may break: comparisons that tie, poles, ends of domains, steps."""
    found: dict[Expression, None] = {}
    moving = depends_on(X, [root])
    for e in in_order(root):
        if e not in moving:
            continue
        u = e.args[0] if e.args else e
        if e.op in _COMPARED:
            found[e.args[0] - e.args[1]] = None
        elif e.op in _AT_ZERO:
            found[u] = None
        elif e.op is Op.DIVIDE:
            found[e.args[1]] = None
        elif e.op is Op.POWER and not _is_natural(e.args[1]):
            found[u] = None
        elif e.op in (Op.FLOOR, Op.CEIL):
            found |= dict.fromkeys(u - n for n in _whole_values(u, window))
        elif e.op in (Op.GAMMA, Op.DIGAMMA, Op.TRIGAMMA):
            found |= dict.fromkeys(u - n for n in _whole_values(u, window) if n <= 0)
        elif e.op is Op.TAN:
            found[apply(Op.COS, u)] = None
        elif e.op in (Op.ARCSIN, Op.ARCCOS) and u.op in (Op.SIN, Op.COS):  # ±1, and double zeros of it ∓ 1
            found[apply(Op.COS if u.op is Op.SIN else Op.SIN, u.args[0])] = None
        elif e.op in (Op.ARCSIN, Op.ARCCOS, Op.ARCTANH):
            found[u - 1] = found[u + 1] = None
        elif e.op is Op.ARCCOSH:
            found[u - 1] = None
        elif e.op is Op.LOG1P:
            found[u + 1] = None
    return [simplified(e) for e in found if X in depends_on(X, [e])]


def divisors(root: Expression) -> set[Expression]:
    """Return what a formula is not defined at the zeros of, as `switches` has it."""
    if any(e.op is Op.WHERE for e in in_order(root)):
        return set()
    return {simplified(e.args[1]) for e in in_order(root) if e.op is Op.DIVIDE}


def _whole_values(u: Expression, window: tuple[float, float]) -> range:
    """Return the whole numbers that an expression may be in a window, 100 at the most on both sides of 0."""
    (values,) = over([u], np.array([window[0]]), np.array([window[1]]))
    return range(
        max(math.ceil(max(values.low[0], -100)), -100), min(math.floor(min(values.high[0], 100)), 100) + 1
    )


def _is_natural(e: Expression) -> bool:
    return isinstance(e.value, Fraction) and e.value.denominator == 1 and e.value > 0
