"""Derivatives as people write them: the line in pieces, on each of which the comparisons are settled.

The derivative of max(0, x) + a·min(0, x) is a sum of choices; it is read as "1 for x > 0, a otherwise".
"""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from actcli.core.formula import algebra
from actcli.core.formula.constants import known
from actcli.core.formula.derive import derivative
from actcli.core.formula.expression import (
    ONE,
    ZERO,
    Expression,
    Op,
    X,
    apply,
    depends_on,
    in_order,
    number,
    rebuilt,
    substituted,
)
from actcli.core.formula.rewrite import recognised
from actcli.core.formula.simplify import FALSE, TRUE, made, negated

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST = 16
"""Pieces at most: what has more stays as it is."""


class _Piece(NamedTuple):
    """An expression on an open interval."""

    low: Fraction | float
    high: Fraction | float
    expression: Expression


def slope_of(expression: Expression) -> Expression:
    """Return f′ as people write it.

    Raises:
        UsageError: a function has no derivative here (trigamma).
    """
    return presentable(recognised(derivative(recognised(expression), X)))


def presentable(slope: Expression) -> Expression:
    """Return a derivative in pieces, without parameters above and below a line that cancel.

    Where its pieces meet it is that of the two values that is nearer to 0, as far as that can be told.
    """
    found = _cancelled(in_pieces(slope, recognised))
    plain = rebuilt(found, _without_root)
    return found if plain is found else _cancelled(recognised(plain))


def _without_root(e: Expression, args: tuple[Expression, ...]) -> Expression:
    """Return (√u)² as u: what has no value for u < 0 has another root of it beside."""
    if e.op is Op.POWER and args[0].op is Op.SQRT and (n := algebra.whole(args[1])) and n % 2 == 0:
        return made(Op.POWER, (args[0].args[0], number(n // 2)))
    return apply(e.op, *args) if args else e


def in_pieces(root: Expression, improve: Callable[[Expression], Expression] = lambda e: e) -> Expression:
    """Return an expression with choices as one choice between pieces that have none, if it is such.

    Each piece is improved. Where two meet, the value nearer to 0 is taken.
    """
    if not any(map(_is_choice, in_order(root))):
        return root
    waiting: list[tuple[Fraction | float, Fraction | float]] = [(-math.inf, math.inf)]
    pieces: list[_Piece] = []
    while waiting:
        low, high = waiting.pop()
        found = _settled(root, low, high)
        if isinstance(found, Fraction):
            waiting += [(found, high), (low, found)]
            if len(pieces) + len(waiting) > _MOST:
                return root
            continue
        found = improve(found)
        if any(map(_is_choice, in_order(found))):
            return root
        if pieces and pieces[-1].expression is found:
            low = pieces.pop().low
        pieces.append(_Piece(low, high, found))
    result = pieces[0].expression
    for before, piece in pairwise(pieces):
        start = number(Fraction(piece.low))
        order = Op.LESS if _holds_the_end(before, piece, start) else Op.LESS_EQUAL
        result = apply(Op.WHERE, apply(order, start, X), piece.expression, result)
    return result


def _is_choice(e: Expression) -> bool:
    """Tell whether an expression is a choice, the sign of something excepted."""
    return e.op is Op.WHERE and e.args[1:] != (number(-1), ONE)


def _holds_the_end(left: _Piece, right: _Piece, end: Expression) -> bool:
    """Tell whether the value on the left is the one of least size where two pieces meet."""
    values = [known(substituted(piece.expression, {X: end})) for piece in (left, right)]
    return values[0] is None or values[1] is None or abs(values[0]) <= abs(values[1])


def _settled(root: Expression, low: Fraction | float, high: Fraction | float) -> Expression | Fraction:
    """Return an expression as it is on an interval, or a point inside at which a comparison changes."""
    new: dict[Expression, Expression] = {}
    for e in in_order(root):
        args = tuple(new[a] for a in e.args)
        line = _line(made(Op.SUBTRACT, args) if len(args) == 2 else args[0]) if e.op in _COMPARED else None
        if line is None:
            # A slope of 0 times anything is 0, as `derive` has it: where it is not, f has no value.
            none = (e.op is Op.MULTIPLY and ZERO in args) or (e.op is Op.DIVIDE and args[0] is ZERO)
            new[e] = ZERO if none else made(e.op, args, e)
            continue
        slope, offset = line
        if slope and low < (change := -offset / slope) < high:
            return change
        value = slope * _between(low, high) + offset
        new[e] = _COMPARED[e.op]((value > 0) - (value < 0), args)
    return new[root]


_COMPARED: dict[Op, Callable[[int, tuple[Expression, ...]], Expression]] = {
    Op.ABS:        lambda sign, args: args[0] if sign >= 0 else negated(args[0]),
    Op.SIGN:       lambda sign, _: number(sign),
    Op.MAXIMUM:    lambda sign, args: args[0] if sign >= 0 else args[1],
    Op.MINIMUM:    lambda sign, args: args[0] if sign <= 0 else args[1],
    Op.LESS:       lambda sign, _: TRUE if sign < 0 else FALSE,
    Op.LESS_EQUAL: lambda sign, _: TRUE if sign <= 0 else FALSE,
}  # fmt: skip
"""What an operation is where its argument, or the difference of its two, has a sign; a point is no piece."""


def _line(e: Expression) -> tuple[Fraction, Fraction] | None:
    """Return the slope and the offset of an expression that is a line with rational ones, else None."""
    terms = algebra.terms(e)
    if not terms.keys() <= {X, ONE}:
        return None
    return terms.get(X, Fraction(0)), terms.get(ONE, Fraction(0))


def _between(low: Fraction | float, high: Fraction | float) -> Fraction:
    if low == -math.inf:
        return Fraction(0 if high == math.inf else high - 1)
    return Fraction(low + 1) if high == math.inf else (Fraction(low) + Fraction(high)) / 2


def _cancelled(root: Expression) -> Expression:
    """Return an expression without what stands above and below a line, as far as that gives no new values.

    Parameters may not be 0 there; a power that is left below has no value where its base is 0, as before.
    Roots are of derivatives of powers: x^2.5 has the slope 2.5·(√x)³.
    """
    varying = depends_on(X, [root])

    def change(e: Expression, args: tuple[Expression, ...]) -> Expression:
        new = made(e.op, args, e)
        if new.op is not Op.DIVIDE:
            return new
        product = algebra.factors(new)
        for base, above in list(product.powers):
            if not above or (base, False) not in product.powers:
                continue
            shared = min(over := product.powers[base, True], under := product.powers[base, False])
            if base not in varying or over < under or base.op is Op.SQRT:
                product.divide(base, shared)
                product.divide(base, -shared)
        return product.expression()

    return rebuilt(root, change)
