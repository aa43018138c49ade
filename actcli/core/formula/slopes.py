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
    return _over_one_line(presentable(recognised(derivative(recognised(expression), X))))


def presentable(slope: Expression) -> Expression:
    """Return a derivative in pieces, without what stands above and below a line.

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
    """Return an expression without what stands above and below a line, and with powers of one base together.

    It may have a value at a point where there was none: where what is cancelled is 0. What f has there, and
    whether it has a derivative, is not read off f′: it is told beside it.
    """

    def change(e: Expression, args: tuple[Expression, ...]) -> Expression:
        new = made(e.op, args, e)
        if new.op not in (Op.MULTIPLY, Op.DIVIDE):
            return new
        product = algebra.factors(new)
        before = dict(product.powers)
        for base, above in before:
            if above and (base, False) in before:
                shared = min(product.powers[base, True], product.powers[base, False])
                product.divide(base, shared)
                product.divide(base, -shared)
        for base, above in list(product.powers):
            way = 1 if above else -1
            inner = base.args[0] if base.args else ONE
            other = next((up for up in (not above, above) if (inner, up) in product.powers), None)
            if (base, above) not in product.powers or other is None:
                continue
            if base.op is Op.SQRT and other is not above:  # u/√u = √u
                product.divide(base, way)
                product.divide(inner, -way)
                product.times(base, -way)
            elif base.op is Op.POWER and product.powers[base, above] == 1:  # x·x^(u − 1) = x^u
                n = product.powers.pop((inner, other)) * way * (1 if other else -1)
                product.divide(base, way)
                exponent = made(Op.ADD, (base.args[1], number(n)))
                product.multiply(made(Op.POWER, (inner, exponent)), way)
        return new if product.powers == before else product.expression()

    return rebuilt(root, change)


def _over_one_line(root: Expression) -> Expression:
    """Return an expression in which a sum with fractions of one denominator is one fraction, where shorter.

    1 − 2·x²/(x² + 1) is (1 − x²)/(x² + 1).
    """

    def change(e: Expression, args: tuple[Expression, ...]) -> Expression:
        new = made(e.op, args, e)
        if new.op not in (Op.ADD, Op.SUBTRACT):
            return new
        parts = algebra.terms(new)
        below: dict[Expression, int] = {}
        for part in parts:
            for (base, up), n in algebra.factors(part).powers.items():
                if not up and base.op in (Op.ADD, Op.SUBTRACT):
                    below[base] = max(n, below.get(base, 0))
        for divisor in (base for base, n in below.items() if n == 1):
            above: algebra.Terms = {}
            for part, times in parts.items():
                product = algebra.factors(part)
                if (divisor, False) in product.powers:
                    product.divide(divisor, -1)
                    algebra.collect(above, product.expression(), times)
                    continue
                for term, many in algebra.terms(divisor).items():
                    algebra.collect(above, algebra.product_of((part, term)), times * many)
            found = made(Op.DIVIDE, (algebra.total(above), divisor))
            if len(in_order(found)) <= len(in_order(new)):
                return found
        return new

    return rebuilt(root, change)
