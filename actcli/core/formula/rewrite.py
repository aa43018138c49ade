"""Rewriting: the same function in the functions of the field, and without the cancellation.

`RECOGNISED` and `EVALUATED` are printed tables: a rule a line, what is found, what takes its place, and the
rule in words. Every rule is an identity where what is found has a value. It is found in any order of terms
and factors, at any multiple, with other terms or factors beside it. A few rules are no identity of one u;
they stand below as functions, each with its words.

The way of a formula: parameters bound; `recognised`; derivatives, each `recognised` again; `stable`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from actcli.core.formula import algebra
from actcli.core.formula.algebra import (
    NOT_NEGATIVE,
    POSITIVE,
    Exponent,
    Product,
    Terms,
    collect,
    factors,
    facts,
    rational,
    terms,
    total,
)
from actcli.core.formula.expression import (
    ONE,
    Expression,
    Op,
    apply,
    in_order,
    number,
    parameter,
)
from actcli.core.formula.simplify import KEPT, PRODUCTS, SUMS, Done, made, rewritten, simplified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

U = parameter("u")
"""Any expression, in the identities."""

exp, expm1, log, log1p = (partial(apply, op) for op in (Op.EXP, Op.EXPM1, Op.LOG, Op.LOG1P))
sinh, cosh, tanh, sech = (partial(apply, op) for op in (Op.SINH, Op.COSH, Op.TANH, Op.SECH))
sin, cos, sqrt, erf, erfc = (partial(apply, op) for op in (Op.SIN, Op.COS, Op.SQRT, Op.ERF, Op.ERFC))
arcsinh = partial(apply, Op.ARCSINH)
logistic, softplus, Phi = (partial(apply, op) for op in (Op.LOGISTIC, Op.SOFTPLUS, Op.NORMAL_CDF))

Identities = tuple[tuple[Expression, Expression, str], ...]

RECOGNISED: Identities = (
    (exp(U) / (exp(U) + 1),           logistic(U),                 "e^u/(1 + e^u) is the logistic function"),
    (1 / (exp(U) + 1),                logistic(-U),                "and so is its mirror image"),
    (exp(U) * logistic(-U),           logistic(U),                 "e^u·σ(−u) = σ(u)"),
    (1 - logistic(U),                 logistic(-U),                "1 − σ(u) = σ(−u)"),
    (logistic(U) - logistic(-U),      tanh(U / 2),                 "σ(u) − σ(−u) = tanh(u/2)"),
    (2 * logistic(U) - 1,             tanh(U / 2),                 "2σ(u) − 1 = tanh(u/2)"),
    (log(exp(U) + 1),                 softplus(U),                 "ln(1 + e^u) is softplus"),
    (log1p(exp(U)),                   softplus(U),                 "and written with log1p"),
    (log(logistic(U)),                -softplus(-U),               "ln σ(u) = −ln(1 + e^−u)"),
    (exp(U) - exp(-U),                2 * sinh(U),                 "e^u − e^−u = 2 sinh u"),
    (exp(U) + exp(-U),                2 * cosh(U),                 "e^u + e^−u = 2 cosh u"),
    (sinh(U) / cosh(U),               tanh(U),                     "sinh u/cosh u = tanh u"),
    (sinh(U) * sech(U),               tanh(U),                     "and written with sech"),
    (cosh(U) / sinh(U),               1 / tanh(U),                 "cosh u/sinh u = 1/tanh u"),
    (1 / cosh(U),                     sech(U),                     "1/cosh u does not overflow as sech u"),
    (expm1(U) * logistic(-U),         tanh(U / 2),                 "(e^u − 1)/(e^u + 1) = tanh(u/2)"),
    (1 + tanh(U),                     2 * logistic(2 * U),         "1 + tanh u = 2σ(2u)"),
    (1 - tanh(U),                     2 * logistic(-2 * U),        "1 − tanh u = 2σ(−2u)"),
    (1 - tanh(U)**2,                  sech(U)**2,                  "1 − tanh²u = sech²u"),
    (1 - sech(U)**2,                  tanh(U)**2,                  "1 − sech²u = tanh²u"),
    (cosh(U)**2 - 1,                  sinh(U)**2,                  "cosh²u − 1 = sinh²u"),
    (sinh(U)**2 + 1,                  cosh(U)**2,                  "sinh²u + 1 = cosh²u"),
    (1 + erf(U),                      2 * Phi(sqrt(number(2)) * U), "1 + erf u = 2Φ(√2·u)"),
    (1 - erf(U),                      2 * Phi(-sqrt(number(2)) * U), "1 − erf u = 2Φ(−√2·u)"),
    (2 * Phi(U) - 1,                 erf(U / sqrt(number(2))),    "2Φ(u) − 1 = erf(u/√2)"),
    (erfc(U),                         2 * Phi(-sqrt(number(2)) * U), "erfc u = 2Φ(−√2·u)"),
    (1 - Phi(U),                      Phi(-U),                     "1 − Φ(u) = Φ(−u)"),
    (exp(U) - 1,                      expm1(U),                    "e^u − 1 for small u"),
    (expm1(U) + 1,                    exp(U),                      "and back"),
    (log(sqrt(U**2 + 1) + U),         arcsinh(U),                  "ln(u + √(u² + 1)) = arsinh u"),
    (1 - sin(U)**2,                   cos(U)**2,                   "1 − sin²u = cos²u"),
    (1 - cos(U)**2,                   sin(U)**2,                   "1 − cos²u = sin²u"),
    (sin(U) * cos(U),                 sin(2 * U) / 2,              "2 sin u·cos u = sin 2u"),
    (cos(U)**2 - sin(U)**2,           cos(2 * U),                  "cos²u − sin²u = cos 2u"),
)  # fmt: skip
"""Functions of the field by what they are made of: applied before derivatives are taken, and after."""

_MISH = 1 + logistic(-U), 1 + logistic(-U) ** 2

EVALUATED: Identities = (
    (tanh(softplus(U)),               logistic(U) * _MISH[0] / _MISH[1], "as e^−softplus(u) = σ(−u)"),
    (sech(softplus(U)),               2 * logistic(-U) / _MISH[1], "and sech v = 2e^−v/(1 + e^−2v)"),
    (sech(U)**2,                      4 * logistic(2 * U) * logistic(-2 * U), "sech²u = 4σ(2u)σ(−2u)"),
    (1 - cos(U),                      2 * sin(U / 2)**2,           "1 − cos u = 2 sin²(u/2)"),
)  # fmt: skip
"""What is applied last, for evaluation alone."""


def recognised(root: Expression) -> Expression:
    """Return an expression with the functions of the field in place of what they are made of.

    It is the form to take derivatives of: it has no choices that the expression did not have.
    """
    if levels(root) > MOST_LEVELS:
        return root
    return rewritten(root, partial(improved, phase=FIRST), FIRST.done)


def stable(root: Expression) -> Expression:
    """Return an expression as it is best evaluated in numbers of finitely many digits.

    Parameters should be bound before: what is certain of a number is not certain of a parameter. It may have
    choices that the expression has not (√(v² + c) + v is c/(√(v² + c) − v) where v < 0), whose branches agree
    where they meet.
    """
    if levels(root) > MOST_LEVELS:
        return root
    return rewritten(recognised(root), partial(improved, phase=LAST), LAST.done)


MOST_LEVELS = 64
"""What is nested deeper stays as it is. The normal form writes out every product and sum: those in a
derivative of n nested functions differ by one factor from one another, and are n²/2 operations together."""


def levels(root: Expression) -> int:
    """Return how deep an expression is nested, sums of sums and products of products being one level."""
    found: dict[Expression, int] = {}
    for e in in_order(root):
        family = SUMS if e.op in SUMS else PRODUCTS if e.op in PRODUCTS else ()
        found[e] = max((found[a] + (a.op not in family) for a in e.args), default=0)
    return found[root]


def _same(e: Expression) -> Expression:
    return e


# finding identities


@dataclass(frozen=True, slots=True)
class Rule:
    """An identity, ready to be found.

    Attributes:
        head: the power, a base with its exponent, that is looked for first; what u is in it tells the rest.
        size: the coefficient of the term, in a sum, that the head is; 1 in a product.
        rest: the other terms with their coefficients, or the other bases with their exponents.
        replacement: what takes the place.
    """

    head: tuple[Expression, Exponent]
    size: Fraction
    rest: tuple[tuple[Expression, Exponent], ...]
    replacement: Expression


@dataclass(frozen=True, slots=True)
class Phase:
    """Rules that are applied together, until none is found any more.

    Attributes:
        identities: the table.
        steps: the functions that look at an operation, by what it does.
        done: what has been rewritten.
        improved: the operations that the rules have been tried on.
    """

    identities: Identities
    steps: Mapping[Op, tuple[Callable[[Expression], Expression | None], ...]]
    done: Done = field(default_factory=dict)
    improved: Done = field(default_factory=dict)


@lru_cache(maxsize=2)
def _rules(identities: Identities) -> Mapping[tuple[bool, Op], tuple[Rule, ...]]:
    """Return the identities, sums (True) and products by the operation of their heads; longer ones first."""
    found: dict[tuple[bool, Op], list[Rule]] = {}
    for left, right, _ in identities:
        pattern, replacement = simplified(left), simplified(right)
        is_sum = pattern.op in SUMS
        if is_sum:
            parts = terms(pattern)
            first = max(parts, key=_depth)
            size = parts.pop(first)
            head = next(iter(_signed(factors(first))))
        else:
            product = factors(pattern)
            parts = dict(_signed(product))
            first = max(parts, key=_depth)
            head, size = (first, parts.pop(first)), Fraction(1)
            replacement = simplified(replacement / number(product.coefficient))
        rule = Rule(head, size, tuple(parts.items()), replacement)
        found.setdefault((is_sum, head[0].op), []).append(rule)
    return {key: tuple(sorted(rules, key=lambda rule: -len(rule.rest))) for key, rules in found.items()}


def _depth(e: Expression) -> int:
    return facts(e).depth


def _signed(product: Product) -> Iterator[tuple[Expression, Exponent]]:
    """Return the bases of a product with their exponents."""
    return ((base, n if up else -n) for (base, up), n in product.powers.items())


def bound(pattern: Expression, e: Expression) -> Expression | None:
    """Return the u for which a pattern is an expression, or None."""
    while True:
        product = factors(pattern)
        if product.powers == {(U, True): 1}:
            return made(Op.DIVIDE, (e, number(product.coefficient)))
        if pattern.op is not e.op or pattern.op in PRODUCTS or pattern.args[1:] != e.args[1:]:
            if pattern.op not in SUMS or e.op not in SUMS:
                return None
            ours, theirs = terms(pattern), terms(e)
            head = max(ours, key=_depth)
            for part, k in theirs.items():
                if k == ours[head] and (u := bound(head, part)) is not None and instance(pattern, u) is e:
                    return u
            return None
        pattern, e = pattern.args[0], e.args[0]


def instance(
    pattern: Expression, u: Expression, improve: Callable[[Expression], Expression] = _same
) -> Expression:
    """Return a pattern with an expression in place of u."""
    new: dict[Expression, Expression] = {U: u}
    for e in in_order(pattern):
        if e not in new:
            new[e] = improve(made(e.op, tuple(new[a] for a in e.args), e))
    return new[pattern]


MOST = 50
"""How many rules may follow one another at one place."""


def improved(e: Expression, phase: Phase) -> Expression:
    """Return an operation on what has been improved already after all rules that are found in it."""
    found = phase.improved.get(e)
    if found is None:
        found = e
        for _ in range(MOST):
            better = _step(found, phase)
            if better is None or better is found:
                break
            found = better
        if len(phase.improved) > KEPT:
            phase.improved.clear()
        phase.improved[e] = found
    return found


def _step(e: Expression, phase: Phase) -> Expression | None:
    """Return an expression after one rule, or None if none is found."""
    for rule in phase.steps.get(e.op, ()):
        if (better := rule(e)) is not None and better is not e:
            return better
    if e.op in SUMS:
        return _in_sum(e, phase)
    return _in_product(e, phase) if e.args else None


def _in_sum(e: Expression, phase: Phase) -> Expression | None:
    rules = _rules(phase.identities)
    improve = partial(improved, phase=phase)
    found = terms(e)
    for term, k in found.items():
        product = factors(term)
        for base, n in _signed(product):
            for rule in rules.get((True, base.op), ()):
                pattern, least = rule.head
                if n / least < 1 or (u := bound(pattern, base)) is None:
                    continue
                others = factors(term)  # what stands beside the head stands beside the other terms as well
                others.divide(base, least)
                beside = others.expression()
                parts: Terms = {}
                for part, size in rule.rest:
                    collect(parts, made(Op.MULTIPLY, (beside, instance(part, u))), size * k / rule.size)
                if any(found.get(part) != size for part, size in parts.items()):
                    continue
                left = {core: c for core, c in found.items() if core is not term and core not in parts}
                new = made(Op.MULTIPLY, (beside, instance(rule.replacement, u, improve)))
                collect(left, improve(new), k / rule.size)
                return total(left)
    return None


def _in_product(e: Expression, phase: Phase) -> Expression | None:
    rules = _rules(phase.identities)
    improve = partial(improved, phase=phase)
    product = factors(e)
    for base, n in list(_signed(product)):
        if e.op in PRODUCTS and base.op in SUMS and (better := improve(base)) is not base:
            product.divide(base, n)
            product.multiply(better, n)
            return product.expression()
        for rule in rules.get((False, base.op), ()):
            pattern, least = rule.head
            if n / least < 1 or (u := bound(pattern, base)) is None:
                continue
            parts = [(base, least), *((instance(part, u), size) for part, size in rule.rest)]
            times = min(product.powers.get((part, size > 0), 0) / abs(size) for part, size in parts)
            if times < 1:
                continue
            for part, size in parts:
                product.divide(part, size * int(times))
            product.multiply(instance(rule.replacement, u, improve), int(times))
            return product.expression()
    return None


# rules that look at more than one u


def _of_roots(e: Expression) -> Expression | None:
    """v + √w = (w − v²)/(√w − v) where v < 0 and w − v² is a single term: no cancellation there."""
    found = terms(e)
    for root, k in found.items():
        if root.op is not Op.SQRT:
            continue
        v = total({core: c / k for core, c in found.items() if core is not root})
        w = root.args[0]
        rest = total(_difference(w, v))
        if rest.op in SUMS or facts(rest).depth >= facts(w).depth:
            continue
        signs = facts(v).signs
        if signs <= NOT_NEGATIVE:
            return None
        other = _scaled(rest / (root - v), k)
        if 1 not in signs:
            return other
        return apply(Op.WHERE, apply(Op.LESS, v, 0), other, e)
    return None


def _difference(w: Expression, v: Expression) -> Terms:
    left = terms(w)
    collect(left, made(Op.POWER, (v, number(2))), Fraction(-1))
    return left


def _scaled(e: Expression, k: Fraction) -> Expression:
    return simplified(number(k) * e)


def _one_fraction(e: Expression) -> Expression | None:
    """u/w + v = (u + v·w)/w for a sum w, if that makes a single term of it: 1 − x²/(1 + x²) = 1/(1 + x²)."""
    for base, upper in _over_common(e, SUMS):
        if upper.op not in SUMS and not any(
            b.op in SUMS and b is not base for b, _ in _signed(factors(upper))
        ):
            return made(Op.DIVIDE, (upper, base))
    return None


def _one_root(e: Expression) -> Expression | None:
    """v + u/√w = (v·√w + u)/√w where `_of_roots` knows that difference."""
    for base, upper in _over_common(e, frozenset((Op.SQRT,))):
        if (better := _of_roots(upper)) is not None:
            return made(Op.DIVIDE, (better, base))
    return None


def _over_common(e: Expression, ops: frozenset[Op]) -> Iterator[tuple[Expression, Expression]]:
    """Return the denominators of a sum that are such operations, and the sum times each."""
    found = terms(e)
    for base in {
        base: None for term in found for base, n in _signed(factors(term)) if n < 0 and base.op in ops
    }:
        upper: Terms = {}
        for core, k in found.items():
            product = factors(core)
            if (base, False) in product.powers:
                product.divide(base, Fraction(-1))  # where e has a value, it is not 0
            else:
                product.multiply(base)
            collect(upper, product.expression(), k)
        yield base, total(upper)


def _one_exponential(e: Expression) -> Expression | None:
    """e^u·e^v = e^(u + v), e^u/e^v = e^(u − v), (e^u)^n = e^(n·u)."""
    product = factors(e)
    found = [(base, up, n) for (base, up), n in product.powers.items() if base.op is Op.EXP]
    if not found or (len(found) == 1 and found[0][1] and found[0][2] == 1):
        return None
    exponent: Terms = {}
    for base, up, n in found:
        collect(exponent, base.args[0], n if up else -n)
        del product.powers[base, up]
    product.multiply(made(Op.EXP, (total(exponent),)))
    return product.expression()


def _root(e: Expression) -> Expression | None:
    """√(u²·v) = |u|·√v."""
    inside = factors(e.args[0])
    outside = Product()
    for (base, up), n in list(inside.powers.items()):
        if n.denominator == 1 and n >= 2:
            half = n // 2
            size = made(Op.ABS, (made(Op.POWER, (base, number(half))),))
            outside.multiply(size, 1 if up else -1)
            inside.powers[base, up] -= 2 * half
            if not inside.powers[base, up]:
                del inside.powers[base, up]
    if not outside.powers:
        return None
    outside.multiply(made(Op.SQRT, (inside.expression(),)))
    return outside.expression()


def _power(e: Expression) -> Expression | None:
    """u^(n/2) and u^(n/4) by roots, which are NaN for u < 0 as well; c^u = e^(u·ln c) for a number c > 0."""
    u, v = e.args
    n = rational(v)
    if n is None and facts(u).fixed and facts(u).signs == POSITIVE:
        return made(Op.EXP, (made(Op.MULTIPLY, (v, made(Op.LOG, (u,)))),))
    if n is None or n.denominator not in (2, 4) or abs(n) > algebra.LARGEST:
        return None
    root = made(Op.SQRT, (u,))
    for _ in range(n.denominator // 4):
        root = made(Op.SQRT, (root,))
    return made(Op.POWER, (root, number(n.numerator)))


def _log(e: Expression) -> Expression | None:
    """ln cosh u without the cancellation; ln(1 + u) for small u."""
    u = e.args[0]
    if u.op is Op.COSH:
        v = u.args[0]
        size = made(Op.ABS, (v,))
        near = log1p(sinh(v) ** 2) / 2
        far = size + log1p(exp(-2 * size)) - log(number(2))
        return apply(Op.WHERE, apply(Op.LESS, size, 1), *(simplified(part) for part in (near, far)))
    if u.op in SUMS:
        left = terms(u)
        if left.get(ONE) == 1:
            del left[ONE]
            return made(Op.LOG1P, (total(left),))
    return None


FIRST = Phase(
    RECOGNISED,
    {
        Op.MULTIPLY: (_one_exponential,),
        Op.DIVIDE: (_one_exponential,),
        Op.POWER: (_one_exponential, _power),
        Op.ADD: (_one_fraction,),
        Op.SUBTRACT: (_one_fraction,),
        Op.SQRT: (_root,),
    },
)
LAST = Phase(
    EVALUATED, {Op.ADD: (_of_roots, _one_root), Op.SUBTRACT: (_of_roots, _one_root), Op.LOG: (_log,)}
)
