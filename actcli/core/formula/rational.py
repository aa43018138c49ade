"""An expression as a fraction of polynomials, for the zeros of its numerator.

Its variables are x and whatever is no sum, product or whole power (ln x, |x|, √u …); |u|² and √u² are u²
and u. What numerator and denominator have in common is cancelled, which moves no zero where both are not 0.
So 1 − x²/√(x² − 1)² has the numerator −1, and no zero, which intervals alone do not see.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from flint import Ordering, arb, fmpq, fmpq_mpoly_ctx

from actcli.core.balls import real
from actcli.core.formula.expression import ONE, Expression, Op, X, in_order, number

TERMS = 200
"""Polynomials that are longer are not looked at."""
DEGREE = 40

_INSIDE = frozenset({Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.NEGATE, Op.NUMBER})


def limit_of(e: Expression, end: int) -> Any:
    """Return what a fraction of polynomials in x tends to at −∞ or ∞; None if it is none.

    Returns:
        A fraction, or ±∞ as a ball.
    """
    try:
        fractions = _Fractions(e)
    except _TooLongError:
        return None
    if fractions.atoms != [X]:
        return None
    p, q = fractions.known[e]
    if p.is_zero():
        return fmpq(0)
    degree = p.total_degree() - q.total_degree()
    ratio = p.leading_coefficient() / q.leading_coefficient()
    if degree <= 0:
        return ratio if degree == 0 else fmpq(0)
    return (1 if ratio > 0 else -1) * (end if degree % 2 else 1) * arb.pos_inf()


class _TooLongError(Exception):
    """A polynomial is too long to be of use."""


def numerator(e: Expression) -> list[Expression]:
    """Return the irreducible factors of the numerator of an expression; itself where that is too long."""
    try:
        return _Fractions(e).factors(e)
    except _TooLongError:
        return [e]


class _Fractions:
    """The parts of an expression as fractions over the same variables."""

    def __init__(self, root: Expression) -> None:
        steps = in_order(root)
        atoms = [s for s in steps if not _is_inside(s)]
        if len(atoms) > TERMS or len(steps) > 4 * TERMS:
            raise _TooLongError
        self.atoms = atoms
        self.context = fmpq_mpoly_ctx.get([f"v{i}" for i in range(max(len(atoms), 1))], Ordering.lex)
        self.gens = dict(zip(atoms, self.context.gens(), strict=False))
        self.known: dict[Expression, tuple[Any, Any]] = {}
        for step in steps:
            self.known[step] = self._made(step)

    def _made(self, e: Expression) -> tuple[Any, Any]:
        one = self.context.constant(fmpq(1))
        if e.op is Op.NUMBER:
            return self.context.constant(real(Fraction(e.value or 0))), one
        if not _is_inside(e):
            return self.gens[e], one
        (p, q), *rest = (self.known[a] for a in e.args)
        if e.op is Op.NEGATE:
            return -p, q
        if e.op is Op.POWER:
            n = int(Fraction(str(e.args[1].value)))
            if abs(n) * max(p.total_degree(), q.total_degree(), 1) > DEGREE:
                raise _TooLongError
            return self._short(p**n, q**n) if n >= 0 else self._short(q**-n, p**-n)
        r, s = rest[0]
        if e.op is Op.MULTIPLY:
            return self._short(p * r, q * s)
        if e.op is Op.DIVIDE:
            return self._short(p * s, q * r)
        return self._short(p * s + (r * q if e.op is Op.ADD else -r * q), q * s)

    def _short(self, p: Any, q: Any) -> tuple[Any, Any]:
        """Return a fraction with no squares of roots and absolute values, and what is common cancelled."""
        p, q = self._without_squares(p), self._without_squares(q)
        if q.is_zero():
            raise _TooLongError
        common = p.gcd(q)
        if not common.is_one():
            p, q = p / common, q / common
        if max(len(p), len(q)) > TERMS or max(p.total_degree(), q.total_degree()) > DEGREE:
            raise _TooLongError
        return p, q

    def _without_squares(self, p: Any) -> Any:
        for i, atom in enumerate(self.atoms):
            if atom.op not in (Op.SQRT, Op.ABS) or p.is_zero() or p.degrees()[i] < 2:
                continue
            inner, below = self.known[atom.args[0]]
            if not below.is_constant():
                continue
            square = (inner / below) if atom.op is Op.SQRT else (inner / below) ** 2
            total = self.context.constant(fmpq(0))
            for powers, coefficient in p.terms():
                left = list(powers)
                halves, left[i] = divmod(powers[i], 2)
                total += self.context.from_dict({tuple(left): coefficient}) * square**halves
            p = total
        return p

    def factors(self, e: Expression) -> list[Expression]:
        """Return what the numerator of an expression is a product of."""
        p = self.known[e][0]
        if p.is_zero():
            return [number(0)]
        return [self._expression(part) for part, _ in p.factor()[1] if not self._has_no_zero(part)]

    def _has_no_zero(self, p: Any) -> bool:
        """Return whether the product of p = a + b·√u and a − b·√u is a number: then p is never 0."""
        for i, atom in enumerate(self.atoms):
            if atom.op is Op.SQRT and p.degrees()[i] == 1:
                a = p.subs({f"v{i}": 0})
                product = self._without_squares(a * a - (p - a) ** 2)
                if product.is_constant() and not product.is_zero():
                    return True
        return False

    def _expression(self, p: Any) -> Expression:
        total: Expression = number(0)
        for place, (powers, coefficient) in enumerate(p.terms()):
            term = number(Fraction(int(coefficient.p), int(coefficient.q)))
            for atom, power in zip(self.atoms, powers, strict=False):
                if power:
                    factor = atom if power == 1 else atom ** number(int(power))
                    term = factor if term is ONE else term * factor
            total = total + term if place else term
        return total


def _is_inside(e: Expression) -> bool:
    """Return whether an operation is one of polynomials."""
    if e.op is Op.POWER:
        value = e.args[1].value
        return isinstance(value, Fraction) and value.denominator == 1 and abs(value) <= DEGREE
    return e.op in _INSIDE
