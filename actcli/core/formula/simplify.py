"""Simplification: exact algebra that never changes a value, and the normal form of every operation."""

from __future__ import annotations

from fractions import Fraction
from threading import RLock
from typing import TYPE_CHECKING

from actcli.core.formula import algebra
from actcli.core.formula.algebra import (
    HALF,
    NOT_NEGATIVE,
    POSITIVE,
    E,
    Product,
    Terms,
    collect,
    facts,
    leads_negative,
    rational,
    whole,
)
from actcli.core.formula.expression import (
    ONE,
    ZERO,
    Expression,
    Op,
    apply,
    constant,
    in_order,
    number,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SUMS = frozenset((Op.ADD, Op.SUBTRACT))
PRODUCTS = frozenset((Op.MULTIPLY, Op.DIVIDE, Op.NEGATE))

TRUE, FALSE = apply(Op.LESS, ZERO, ONE), apply(Op.LESS, ONE, ZERO)

_ONE_HALF = number(HALF)

SPECIAL: dict[Op, dict[Expression, Expression]] = {  # the function at certain numbers
    Op.SQRT:       {ZERO: ZERO, ONE: ONE},
    Op.CBRT:       {ZERO: ZERO, ONE: ONE},
    Op.EXP:        {ZERO: ONE, ONE: E},
    Op.EXPM1:      {ZERO: ZERO},
    Op.LOG:        {ONE: ZERO, E: ONE},
    Op.LOG1P:      {ZERO: ZERO},
    Op.SIN:        {ZERO: ZERO},
    Op.COS:        {ZERO: ONE},
    Op.TAN:        {ZERO: ZERO},
    Op.SINH:       {ZERO: ZERO},
    Op.COSH:       {ZERO: ONE},
    Op.TANH:       {ZERO: ZERO},
    Op.SECH:       {ZERO: ONE},
    Op.ARCSIN:     {ZERO: ZERO},
    Op.ARCTAN:     {ZERO: ZERO},
    Op.ARCSINH:    {ZERO: ZERO},
    Op.ARCTANH:    {ZERO: ZERO},
    Op.ARCCOSH:    {ONE: ZERO},
    Op.ARCCOS:     {ONE: ZERO},
    Op.ERF:        {ZERO: ZERO},
    Op.ERFC:       {ZERO: ONE},
    Op.LOGISTIC:   {ZERO: _ONE_HALF},
    Op.NORMAL_CDF: {ZERO: _ONE_HALF},
    Op.GAMMA:      {ONE: ONE, number(2): ONE, _ONE_HALF: apply(Op.SQRT, constant("pi"))},
    Op.SIGN:       {ZERO: ZERO},
}  # fmt: skip

ODD = frozenset(
    (Op.SIN, Op.TAN, Op.SINH, Op.TANH, Op.ARCSIN, Op.ARCTAN, Op.ARCSINH, Op.ARCTANH, Op.ERF, Op.CBRT, Op.SIGN)
)
EVEN = frozenset((Op.COS, Op.COSH, Op.SECH, Op.NORMAL_PDF, Op.ABS))


Done = dict[Expression, Expression]
"""What has been rewritten already, and what came of it; that stays as it is."""

KEPT = 10_000
"""How many expressions are remembered."""

_alone = RLock()
_simplified: Done = {}


def simplified(root: Expression) -> Expression:
    """Return an expression in its normal form: equal formulas become one object, as far as algebra tells.

    Numbers are worked out where they are rational and not too long; sums and products stand in one order,
    like terms together, a common factor in front.
    """
    return rewritten(root, lambda e: e, _simplified)


def rewritten(root: Expression, improve: Callable[[Expression], Expression], done: Done) -> Expression:
    """Return an expression made anew from its leaves, each part in its normal form and then improved.

    Sums of sums and products of products are made at once.
    """
    with _alone:
        if len(done) > KEPT:
            done.clear()
        order = in_order(root, done=done)
        readers: dict[Expression, list[Expression]] = {e: [] for e in order}
        for e in order:
            for a in e.args:
                if a in readers:
                    readers[a].append(e)
        for e in order:
            family = SUMS if e.op in SUMS else PRODUCTS if e.op in PRODUCTS else None
            if family and e is not root and len(readers[e]) == 1 and readers[e][0].op in family:
                continue  # a part of the sum or product that reads it
            new = improve(_collected(e, family, done))
            done[e] = new
            done.setdefault(new, new)
        return done[root]


def _collected(e: Expression, family: frozenset[Op] | None, new: dict[Expression, Expression]) -> Expression:
    """Return an operation on what is new already, in normal order."""
    if family is SUMS:
        terms: Terms = {}
        for part, times in _parts(e, new):
            collect(terms, part, Fraction(times))
        return algebra.total(terms)
    if family is PRODUCTS:
        product = Product()
        for part, exponent in _parts(e, new):
            product.multiply(part, exponent)
        return product.expression()
    return made(e.op, tuple(new[a] for a in e.args), e)


def _parts(e: Expression, new: dict[Expression, Expression]) -> Iterable[tuple[Expression, int]]:
    """Return the terms of a sum with their signs, or the factors of a product with their exponents."""
    found: list[tuple[Expression, int]] = []
    waiting = [(e, 1)]
    while waiting:
        part, sign = waiting.pop()
        if part in new:
            found.append((new[part], sign))
        elif part.op is Op.NEGATE:
            found.append((number(-1), 1))
            waiting.append((part.args[0], sign))
        else:
            turn = part.op in (Op.SUBTRACT, Op.DIVIDE)
            waiting += [(part.args[1], -sign if turn else sign), (part.args[0], sign)]
    return found


def made(op: Op, args: tuple[Expression, ...], like: Expression | None = None) -> Expression:
    """Return an operation in its normal form, of arguments in theirs."""
    if not args:
        return like  # type: ignore[return-value]
    u = args[0]
    if op in SPECIAL and u in SPECIAL[op]:
        return SPECIAL[op][u]
    if op in SUMS or op in PRODUCTS:
        return _collected(apply(op, *args), SUMS if op in SUMS else PRODUCTS, {a: a for a in args})
    if op in ODD and leads_negative(u):
        return negated(made(op, (negated(u),)))
    if op in EVEN and leads_negative(u):
        return made(op, (negated(u),))
    match op:
        case Op.POWER:
            return _power(*args)
        case Op.SQRT:
            product = Product()
            product.multiply(apply(Op.SQRT, u))
            return product.expression()
        case Op.ABS:
            core, k = algebra.split(u)
            if facts(core).signs <= NOT_NEGATIVE:
                return u
            if k != 1:
                return made(Op.MULTIPLY, (number(k), apply(Op.ABS, core)))
        case Op.SIGN:
            if facts(u).signs == POSITIVE and facts(u).total:
                return ONE
        case Op.FLOOR | Op.CEIL:
            if (q := rational(u)) is not None:
                return number(q.__floor__() if op is Op.FLOOR else q.__ceil__())
        case Op.MAXIMUM | Op.MINIMUM:
            return _extreme(op, *args)
        case Op.WHERE:
            if args[1] is args[2]:
                return args[1]
            if u is TRUE or u is FALSE:
                return args[1 if u is TRUE else 2]
        case Op.LESS | Op.LESS_EQUAL | Op.EQUAL | Op.AND | Op.OR | Op.NOT:
            return _truth(op, *args)
        case Op.LOG:
            if u.op is Op.EXP:
                return u.args[0]
    return apply(op, *args)


def _power(u: Expression, v: Expression) -> Expression:
    if u is E:
        return made(Op.EXP, (v,))
    exponent = rational(v)
    if exponent == HALF:
        return made(Op.SQRT, (u,))
    n = whole(v)
    if n == 0 and facts(u).total:
        return ONE
    if n and abs(n) < algebra.LARGEST:
        product = Product()
        product.multiply(u, n)
        return product.expression()
    return apply(Op.POWER, u, v)


def _extreme(op: Op, a: Expression, b: Expression) -> Expression:
    if a is b:
        return a
    p, q = rational(a), rational(b)
    if p is not None and q is not None:
        return number(max(p, q) if op is Op.MAXIMUM else min(p, q))
    first, second = sorted((a, b), key=lambda e: (facts(e).depth, facts(e).order))
    return apply(op, first, second)


def _truth(op: Op, a: Expression, b: Expression | None = None) -> Expression:
    if op is Op.NOT:
        return FALSE if a is TRUE else TRUE if a is FALSE else a.args[0] if a.op is Op.NOT else apply(op, a)
    assert b is not None
    if op is Op.AND or op is Op.OR:
        ends, passes = (FALSE, TRUE) if op is Op.AND else (TRUE, FALSE)
        if a is ends or b is ends:
            return ends
        return a if b is passes or a is b else b if a is passes else apply(op, a, b)
    signs = facts(apply(Op.SUBTRACT, a, b)).signs
    p, q = rational(a), rational(b)
    if p is not None and q is not None:
        holds = p < q if op is Op.LESS else p <= q if op is Op.LESS_EQUAL else p == q
        return TRUE if holds else FALSE
    if a is b and facts(a).total:
        return FALSE if op is Op.LESS else TRUE
    if facts(a).total and facts(b).total:
        if op is Op.EQUAL:
            return apply(op, a, b) if 0 in signs else FALSE
        if signs == {-1} or (op is Op.LESS_EQUAL and 1 not in signs):
            return TRUE
        if signs == {1} or (op is Op.LESS and -1 not in signs):
            return FALSE
    return apply(op, a, b)


def negated(u: Expression) -> Expression:
    """Return −u."""
    return made(Op.NEGATE, (u,))
