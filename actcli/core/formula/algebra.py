"""Exact algebra: sums and products of expressions in one normal order, and what is certain of their signs.

A product is a rational coefficient and powers of bases; a sum is rational multiples of terms. Numbers under
roots and π are bases as well: √(2/π) is 2^(1/2)·π^(−1/2). Nothing here changes a value, and where an
expression has none it keeps having none: u/u is 1, 0·u is 0 and u − u is 0 only where u is known to have a
value (and not to be 0) for every x and all parameters.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import product as pairs_of
from math import isqrt, prod
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from actcli.core.formula.constants import known
from actcli.core.formula.expression import ONE, ZERO, Expression, Op, apply, constant, in_order, number

if TYPE_CHECKING:
    from collections.abc import Iterable

LARGEST = 4000
"""Numbers of more bits are not worked out: 9^9^9 is left as it is."""

PI, E = constant("pi"), constant("e")
HALF = Fraction(1, 2)

# what is certain of an expression


@dataclass(frozen=True, slots=True)
class Facts:
    """What is certain of an expression for every x, and all values of its parameters.

    Attributes:
        signs: the signs that its values may have, of −1, 0 and 1.
        total: whether it has a finite value everywhere.
        depth: how many operations lie above its leaves.
        order: a number that is the same in every run, and for hardly any two expressions.
        fixed: whether neither x nor a parameter is in it.
    """

    signs: frozenset[int]
    total: bool
    depth: int
    order: int
    fixed: bool


ANY, POSITIVE, NOT_NEGATIVE = frozenset((-1, 0, 1)), frozenset((1,)), frozenset((0, 1))
_facts: WeakKeyDictionary[Expression, Facts] = WeakKeyDictionary()

_PARTIAL = frozenset(
    Op(name)
    for name in "/ ^ sqrt log log1p tan arcsin arccos arccosh arctanh gamma digamma trigamma".split()  # noqa: SIM905
)
"""What may have no finite value where its arguments have."""
_POSITIVE = frozenset(
    (Op.EXP, Op.COSH, Op.SECH, Op.ERFC, Op.LOGISTIC, Op.SOFTPLUS, Op.NORMAL_CDF, Op.NORMAL_PDF)
)
_LIKE = frozenset(
    (
        Op.EXPM1,
        Op.SINH,
        Op.TANH,
        Op.ARCTAN,
        Op.ARCSINH,
        Op.ERF,
        Op.CBRT,
        Op.SIGN,
        Op.SQRT,
        Op.LOG1P,
        Op.ARCSIN,
        Op.ARCTANH,
        Op.FLOOR,
    )
)


def facts(root: Expression) -> Facts:
    """Return what is certain of an expression."""
    if root not in _facts:
        for e in in_order(root, done=_facts):
            _facts[e] = _found(e, [_facts[a] for a in e.args])
    return _facts[root]


def _found(e: Expression, args: list[Facts]) -> Facts:
    depth = 1 + max((a.depth for a in args), default=-1)
    order = zlib.crc32(f"{e.op} {e.value} {[a.order for a in args]}".encode())
    fixed = all(a.fixed for a in args) and e.op not in (Op.VARIABLE, Op.PARAMETER)
    if fixed and (value := known(e)) is not None:
        return Facts(frozenset(((value > 0) - (value < 0),)), True, depth, order, fixed)
    return Facts(_signs(e, [a.signs for a in args]), _is_total(e, args), depth, order, fixed)


def _signs(e: Expression, args: list[frozenset[int]]) -> frozenset[int]:
    match e.op:
        case Op.NUMBER:
            return frozenset(((e.value > 0) - (e.value < 0),))  # type: ignore[operator]
        case Op.CONSTANT:
            return POSITIVE
        case Op.NEGATE:
            return frozenset(-s for s in args[0])
        case Op.ADD | Op.SUBTRACT:
            second = args[1] if e.op is Op.ADD else frozenset(-s for s in args[1])
            return frozenset(
                t for a, b in pairs_of(args[0], second) for t in ((a or b,) if a * b >= 0 else ANY)
            )
        case Op.MULTIPLY | Op.DIVIDE:
            return frozenset(a * b for a, b in pairs_of(*args))
        case Op.POWER:
            n = whole(e.args[1])
            if n is None:
                return args[0] - {-1} or ANY
            return POSITIVE if n == 0 else frozenset(s**2 if n % 2 == 0 else s for s in args[0])
        case Op.ABS:
            return frozenset(abs(s) for s in args[0])
        case Op.MAXIMUM | Op.MINIMUM:
            return frozenset((max if e.op is Op.MAXIMUM else min)(a, b) for a, b in pairs_of(*args))
        case Op.WHERE:
            return args[1] | args[2]
    if e.op in _POSITIVE:
        return POSITIVE
    if e.op in _LIKE:
        return args[0] | ({0} if e.op is Op.FLOOR else set())
    return ANY


def _is_total(e: Expression, args: list[Facts]) -> bool:
    if not all(a.total for a in args):
        return False
    match e.op:
        case Op.DIVIDE:
            return 0 not in args[1].signs
        case Op.SQRT:
            return -1 not in args[0].signs
        case Op.LOG:
            return args[0].signs == POSITIVE
        case Op.LOG1P:
            return -1 not in args[0].signs
        case Op.POWER:
            n = whole(e.args[1])
            return args[0].signs == POSITIVE if n is None else n >= 0 or 0 not in args[0].signs
    return e.op not in _PARTIAL


def whole(e: Expression) -> int | None:
    """Return the whole number that an expression is, or None."""
    value = e.value
    return int(value) if isinstance(value, Fraction) and value.denominator == 1 else None


def rational(e: Expression) -> Fraction | None:
    """Return the number that an expression is, or None."""
    return e.value if isinstance(e.value, Fraction) else None


def fits(q: Fraction) -> bool:
    """Return whether a number is short enough to be worked out."""
    return q.numerator.bit_length() + q.denominator.bit_length() <= LARGEST


# products

Exponent = Any
"""An int; of numbers and π also a Fraction, a half of one."""

Powers = dict[tuple[Expression, bool], Exponent]
"""For each base and whether it stands above the fraction bar, its exponent (> 0)."""


class Product:
    """A coefficient times powers."""

    __slots__ = ("coefficient", "powers")

    def __init__(self, coefficient: Fraction = Fraction(1), powers: Powers | None = None) -> None:
        self.coefficient = coefficient
        self.powers: Powers = powers or {}

    def times(self, base: Expression, exponent: Exponent) -> None:
        """Multiply by a power of what is no product itself."""
        key = base, exponent > 0
        n: Exponent = self.powers.get(key, 0) + abs(exponent)
        self.powers[key] = n.numerator if n.denominator == 1 else n

    def multiply(self, e: Expression, exponent: Exponent = 1) -> None:
        """Multiply by a power of an expression, whose own factors become factors of this.

        The exponent is whole, or that of a root of a positive number.
        """
        waiting = [(e, exponent)]
        while waiting:
            e, n = waiting.pop()
            if e is ONE:
                continue
            if e.op is Op.NUMBER and n.denominator == 1 and (e is not ZERO or n > 0):
                power = _power(Fraction(e.value), int(n))  # type: ignore[arg-type]
                if power is not None and fits(self.coefficient * power):
                    self.coefficient *= power
                    continue
            if e.op is Op.MULTIPLY:
                waiting += [(e.args[1], n), (e.args[0], n)]
            elif e.op is Op.DIVIDE:
                waiting += [(e.args[1], -n), (e.args[0], n)]
            elif e.op is Op.NEGATE and n.denominator == 1:
                if n % 2:
                    self.coefficient = -self.coefficient
                waiting.append((e.args[0], n))
            elif e.op is Op.POWER and (k := whole(e.args[1])) is not None and 0 < abs(k) < LARGEST:
                waiting.append((e.args[0], n * k))
            elif e.op is Op.SQRT and (root := _constant(e.args[0])):
                waiting += [(base, Fraction(k * n, 2)) for base, k in root]
            else:
                self.times(e, n)

    def divide(self, base: Expression, exponent: Exponent) -> None:
        """Take a power away that the product has."""
        key = base, exponent > 0
        self.powers[key] -= abs(exponent)
        if not self.powers[key]:
            del self.powers[key]

    def settled(self) -> None:
        """Cancel what may be cancelled, and take whole powers out of roots and sizes."""
        for base, above in list(self.powers):
            if above and (base, False) in self.powers:
                sure = facts(base)
                if sure.total and 0 not in sure.signs:
                    n = self.powers.pop((base, True)) - self.powers.pop((base, False))
                    if n:
                        self.times(base, n)
        for (base, above), n in list(self.powers.items()):
            if base.op is Op.NUMBER:
                self._out_of_root(base, above, n)
            elif base.op in _SHORTER and facts(base).total and (base, above) in self.powers:
                self._shortened(base, above, n)

    def _out_of_root(self, base: Expression, above: bool, n: Exponent) -> None:
        """Take the whole part of a power of a number into the coefficient: √2⁻¹ = 2⁻¹·√2."""
        value = Fraction(base.value)  # type: ignore[arg-type]
        if value <= 0:
            return
        up = n if above else -n
        power = _power(value, down := up.numerator // up.denominator)
        if power is not None and fits(self.coefficient * power):
            self.coefficient *= power
            del self.powers[base, above]
            if up != down:
                self.powers[base, True] = HALF

    def _shortened(self, base: Expression, above: bool, n: Exponent) -> None:
        """(√u)² = u, |u|² = u², (±1)² = 1; and u·(±1) = |u| for the sign of u."""
        u = side_of(base)
        if base.op is Op.WHERE and u is None:
            return
        way = 1 if above else -1
        if n >= 2:
            del self.powers[base, above]
            if u is None:
                inner = n - n % 2 if base.op is Op.ABS else n // 2
                self.multiply(base.args[0], inner * way)
            n %= 2
            if n:
                self.times(base, n * way)
        if n and u and (u, above) in self.powers:
            self.divide(base, way)
            self.divide(u, way)
            self.times(apply(Op.ABS, u), way)

    def _turned(self) -> None:
        """Turn differences so that their leading coefficients are positive, or that of the product is."""
        mixed = [key for key in self.powers if is_difference(key[0])]
        for base, above in mixed:
            if leads_negative(base):
                self._turn(base, above)
        if self.coefficient < 0 and mixed:
            odd = [k for k, n in self.powers.items() if is_difference(k[0]) and n.denominator == 1 and n % 2]
            if odd:
                first = min(odd, key=lambda key: (key[1], _place((key[0], 1))))
                self._turn(*first)

    def _turn(self, base: Expression, above: bool) -> None:
        n = self.powers.pop((base, above))
        turned = total({core: -k for core, k in terms(base).items()})
        if n % 2:
            self.coefficient = -self.coefficient
        self.powers[turned, above] = self.powers.get((turned, above), 0) + n

    def expression(self) -> Expression:
        """Return the product as an expression."""
        self.settled()
        if self.coefficient == 0 and all(
            facts(base).total and (above or 0 not in facts(base).signs) for base, above in self.powers
        ):
            return ZERO
        self._turned()
        above = [(b, n) for (b, up), n in self.powers.items() if up and n.denominator == 1]
        below = [(b, n) for (b, up), n in self.powers.items() if not up and n.denominator == 1]
        roots = {(b, up) for (b, up), n in self.powers.items() if n.denominator == 2}
        for (b, up), n in self.powers.items():
            if n.denominator == 2 and n > 1:  # √π³ = π·√π
                (above if up else below).append((b, n.numerator // 2))
        top = [_raised(b, n) for b, n in sorted(above, key=_place)]
        bottom = [_raised(b, n) for b, n in sorted(below, key=_place)]
        inner = prod((b.value for b, _ in roots if isinstance(b.value, Fraction)), start=Fraction(1))
        if (PI, True) in roots:
            top.insert(0, apply(Op.SQRT, PI if inner == 1 else number(inner) * PI))
        elif (PI, False) in roots and inner != 1:
            top.insert(0, apply(Op.SQRT, number(inner) / PI))
        elif (PI, False) in roots:
            bottom.insert(0, apply(Op.SQRT, PI))
        elif inner != 1:
            top.insert(0, apply(Op.SQRT, number(inner)))
        for above_, part in _written(abs(self.coefficient), bool(top)):
            (top if above_ else bottom).insert(0, number(part))
        result = reduce(lambda a, b: a * b, top)
        if bottom:
            result = result / reduce(lambda a, b: a * b, bottom)
        if self.coefficient < 0:
            return number(-result.value) if result.op is Op.NUMBER else -result  # type: ignore[operator]
        return result


def _power(value: Fraction, n: int) -> Fraction | None:
    if value in (0, 1, -1):
        return value ** abs(n)
    size = max(value.numerator.bit_length(), value.denominator.bit_length()) * abs(n)
    return value**n if size <= LARGEST else None


def _written(size: Fraction, beside: bool) -> list[tuple[bool, Fraction]]:
    """Return what stands above and below the bar of a product for its coefficient, beside other factors.

    A decimal, or a double, stays one number, as divisor too: x/a is x divided by a, not multiplied by 1/a.
    """
    p, q = size.numerator, size.denominator
    if not beside or (q == 1 and p != 1) or (p != 1 and _is_decimal(q)):
        return [(True, size)]
    if _is_decimal(p) or (p > SMALL and q > SMALL):
        return [(False, 1 / size)] if _is_decimal(p) and q != p else [(True, size)] if size != 1 else []
    return [(True, Fraction(p)), (False, Fraction(q))]


SMALL = 10**6
"""Numerators and denominators up to here are written apart: 2x/3."""


def _is_decimal(q: int) -> bool:
    """Return whether 1/q has finitely many decimals."""
    while q % 5 == 0:
        q //= 5
    return q & (q - 1) == 0


def _raised(base: Expression, n: Exponent) -> Expression:
    return base if n == 1 else base ** number(n)


def _place(term: tuple[Expression, Exponent]) -> tuple[int, int]:
    sure = facts(term[0])
    return sure.depth, sure.order


def _constant(e: Expression) -> list[tuple[Expression, int]] | None:
    """Return a positive constant as powers of primes, of π, and of what is left of a long number; or None."""
    inner = Product()
    inner.multiply(e)
    if inner.coefficient <= 0 or any(b is not PI or n.denominator != 1 for (b, _), n in inner.powers.items()):
        return None
    found = [(b, int(n if up else -n)) for (b, up), n in inner.powers.items()]
    for part, up in ((inner.coefficient.numerator, 1), (inner.coefficient.denominator, -1)):
        found += [(number(p), n * up) for p, n in _primes(part)]
    return found


def _primes(n: int) -> list[tuple[int, int]]:
    """Return a whole number as powers of small primes, and the rest, as a square if it is one."""
    found = []
    for p in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47):
        k = 0
        while n % p == 0:
            n, k = n // p, k + 1
        if k:
            found.append((p, k))
    if n > 1:
        r = isqrt(n)
        found.append((r, 2) if r * r == n else (n, 1))
    return found


def factors(e: Expression) -> Product:
    """Return an expression as a product."""
    if e.op not in (Op.MULTIPLY, Op.DIVIDE):
        found = Product()
        found.multiply(e)
        found.settled()
        return found
    kept = _factors.get(e)
    if kept is None:
        found = Product()
        found.multiply(e)
        found.settled()
        kept = _factors[e] = found.coefficient, found.powers
    return Product(kept[0], dict(kept[1]))


_factors: WeakKeyDictionary[Expression, tuple[Fraction, Powers]] = WeakKeyDictionary()
"""Products that have been taken apart before."""


# sums

Terms = dict[Expression, Fraction]
"""For each term its coefficient."""


def collect(terms: Terms, e: Expression, times: Fraction = Fraction(1)) -> None:
    """Add a multiple of an expression to a sum."""
    waiting = [(e, times)]
    while waiting:
        e, k = waiting.pop()
        if e.op is Op.ADD:
            waiting += [(e.args[1], k), (e.args[0], k)]
        elif e.op is Op.SUBTRACT:
            waiting += [(e.args[1], -k), (e.args[0], k)]
        elif e.op is Op.NEGATE:
            waiting.append((e.args[0], -k))
        else:
            core, coefficient = split(e)
            if core.op in (Op.ADD, Op.SUBTRACT):
                waiting.append((core, k * coefficient))
            else:
                terms[core] = terms.get(core, Fraction(0)) + k * coefficient


def split(e: Expression) -> tuple[Expression, Fraction]:
    """Return an expression without its coefficient, and that."""
    if e.op is Op.NUMBER:
        return ONE, Fraction(e.value)  # type: ignore[arg-type]
    if e.op not in (Op.MULTIPLY, Op.DIVIDE, Op.NEGATE):
        return e, Fraction(1)
    inner = factors(e)
    coefficient = inner.coefficient
    if coefficient in (0, 1):
        return e, Fraction(1)
    inner.coefficient = Fraction(1)
    return inner.expression(), coefficient


def terms(e: Expression) -> Terms:
    """Return an expression as a sum."""
    found: Terms = {}
    collect(found, e)
    return found


def total(found: Terms) -> Expression:
    """Return a sum as an expression; what all its terms have in common stands before it."""
    kept = {core: k for core, k in found.items() if k or not facts(core).total}
    if not kept:
        return ZERO
    if any(not fits(k) for k in kept.values()):
        return _sum(kept)
    if len(kept) == 1:
        ((core, k),) = kept.items()
        return _scaled(core, k)
    shared = _common(kept)
    inner = Product(*shared)
    if inner.coefficient == 1 and not inner.powers:
        return _sum(kept)
    left: Terms = {}
    for core, k in kept.items():
        rest = factors(core)
        rest.coefficient *= k / inner.coefficient
        for key, n in inner.powers.items():
            rest.powers[key] -= n
            if not rest.powers[key]:
                del rest.powers[key]
        collect(left, rest.expression())
    inner.multiply(total(left))
    return inner.expression()


def _scaled(core: Expression, k: Fraction) -> Expression:
    if k == 1:
        return core
    scaled = factors(core)
    scaled.coefficient *= k
    return scaled.expression()


def _sum(found: Terms) -> Expression:
    """Return terms added in their order: the deepest first, a number last; one that is positive in front."""
    order = sorted(found, key=_rank)
    first = next((i for i, e in enumerate(order) if found[e] >= 0), 0)
    order.insert(0, order.pop(first))
    result = _scaled(order[0], found[order[0]])
    for core in order[1:]:
        size = _scaled(core, abs(found[core]))
        result = result + size if found[core] >= 0 else result - size
    return result


def _common(found: Terms) -> tuple[Fraction, Powers]:
    """Return what all terms have as a factor; a number only if it leaves no other than ±1."""
    sizes = {abs(k) for k in found.values()}
    coefficient = (sizes.pop() or Fraction(1)) if len(sizes) == 1 else Fraction(1)
    if all(k < 0 for k in found.values()):
        coefficient = -coefficient
    shared: Powers | None = None
    for core in found:
        powers = factors(core).powers
        if shared is None:
            shared = dict(powers)
        shared = {key: min(n, powers[key]) for key, n in shared.items() if key in powers}
        if not shared:
            break
    return coefficient, shared or {}


_SHORTER = frozenset((Op.SQRT, Op.ABS, Op.WHERE))


def side_of(e: Expression) -> Expression | None:
    """Return the u for which an expression is −1 where u < 0 and 1 elsewhere: the slope of |u|; or None."""
    if e.op is not Op.WHERE or e.args[1:] != (_MINUS_ONE, ONE):
        return None
    condition = e.args[0]
    return condition.args[0] if condition.op is Op.LESS and condition.args[1] is ZERO else None


_MINUS_ONE = number(-1)


def is_difference(e: Expression) -> bool:
    """Return whether an expression is a sum with a negative term."""
    while e.op is Op.ADD:
        e = e.args[0]
    return e.op is Op.SUBTRACT


def leads_negative(u: Expression) -> bool:
    """Return whether −u is the one of u and −u that is taken: the leading coefficient of u is negative."""
    if u.op in (Op.ADD, Op.SUBTRACT):
        found = terms(u)
        return found[min(found, key=_rank)] < 0
    if u.op is Op.NUMBER:
        return u.value < 0  # type: ignore[operator]
    if u.op not in (Op.MULTIPLY, Op.DIVIDE, Op.NEGATE):
        return False
    product = factors(u)
    turns = sum(n % 2 for (b, _), n in product.powers.items() if is_difference(b) and leads_negative(b))
    return (product.coefficient < 0) is (turns % 2 == 0)


def _rank(e: Expression) -> tuple[bool, int, int]:
    """Return where a term stands in a sum: the deepest first, a number last."""
    sure = facts(e)
    return e is ONE, -sure.depth, sure.order


def product_of(parts: Iterable[Expression]) -> Expression:
    """Return the product of expressions."""
    found = Product()
    for e in parts:
        found.multiply(e)
    return found.expression()
