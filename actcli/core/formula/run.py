"""Expressions in numbers: a straight program of operations, replayed over an arithmetic.

What an arithmetic must have is in `numerics.protocol`. More is used where it is there: `less`, `less_equal`
and `equal` of two numbers, which give masks (otherwise the sign of the difference decides), and
`unknown(like)`, the numbers of which nothing is known, for gamma and its derivatives (otherwise NaN).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.formula.algebra import facts, terms
from actcli.core.formula.constants import known
from actcli.core.formula.expression import ONE, TRUTHS, Expression, Op, X, apply, constant
from actcli.core.numerics.protocol import SHORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


MOST_PRODUCTS = 64
"""Whole powers up to here are products: each of at most 11 roundings, far less than the logarithm loses."""


def run(roots: Sequence[Expression], m: Any, x: Any) -> list[Any]:
    """Return the values of expressions of x, over an arithmetic `m`, x being a number of it.

    The expressions have no parameters left, and are best `rewrite.stable`. A number is handed to the
    arithmetic as a float where it is a double, or else by `m.constant`, at every run; a result that does not
    depend on x is a constant.
    """
    program = programmed(tuple(roots))
    values: list[Any] = [None] * program.size
    values[0] = x
    for step in program.steps:
        values[step.result] = step.do(m, *[values[i] for i in step.args])
        for i in step.last:
            values[i] = None
    return [values[i] for i in program.results]


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a program.

    Attributes:
        result: where its result goes.
        do: `do(m, *arguments)`.
        args: where its arguments are.
        last: what nobody reads after it.
    """

    result: int
    do: Callable[..., Any]
    args: tuple[int, ...]
    last: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """Operations in order; x is value 0.

    Attributes:
        steps: the operations.
        results: where the results are in the end.
        size: how many values there are.
    """

    steps: tuple[Step, ...]
    results: tuple[int, ...]
    size: int


@lru_cache(maxsize=256)
def programmed(roots: tuple[Expression, ...]) -> Program:
    """Return the program of expressions; what no result needs is not in it."""
    needed = _needed(roots)
    plan = _Plan(e.args[0] for e in needed if e.op is Op.NORMAL_CDF)
    places: dict[Expression, int] = {}
    for e in needed:
        places[e] = plan.place(e, places)
    return plan.program([places[e] for e in roots])


def _needed(roots: Iterable[Expression]) -> list[Expression]:
    """Return the parts of expressions in order, without what makes up a constant that is known."""
    found: dict[Expression, None] = {}
    waiting = list(roots)[::-1]
    while waiting:
        e = waiting[-1]
        if e in found:
            waiting.pop()
        elif not _is_constant(e) and (missing := [a for a in reversed(e.args) if a not in found]):
            waiting += missing
        else:
            found[waiting.pop()] = None
    return list(found)


def _is_constant(e: Expression) -> bool:
    """Return whether an expression is a number; what is true or false is looked up as any comparison."""
    return facts(e).fixed and e.op not in TRUTHS


class _Plan:
    """A program being made: operations on places, each made once."""

    def __init__(self, with_both: Iterable[Expression]) -> None:
        self.with_both = frozenset(with_both)
        self.made: list[tuple[Callable[..., Any], tuple[int, ...]]] = []
        self.pairs: dict[tuple[Any, int], int] = {}

    def add(self, do: Callable[..., Any], *args: int) -> int:
        self.made.append((do, args))
        return len(self.made)

    def place(self, e: Expression, places: dict[Expression, int]) -> int:
        """Return where the value of an expression is, after the operations that make it."""
        value = known(e)
        if e.op is Op.VARIABLE:
            return 0
        if value is not None:
            return self.add(partial(_number, value=value))
        if _is_constant(e):  # 0/0, or beyond all that is computed
            return self.add(_unknown, 0)
        if (line := _fraction_of_x(e)) is not None:
            return self.add(partial(_line, line=line), 0)
        if e.op is Op.NORMAL_PDF and e.args[0] not in self.with_both:
            return self.add(_density, places[e.args[0]])
        if e.op in BOTH:
            u = e.args[0]
            mirrored = e.op is Op.LOGISTIC and u.op is Op.NEGATE and u.args[0] in places
            do, item = BOTH[e.op]
            at = places[u.args[0] if mirrored else u]
            if (do, at) not in self.pairs:
                self.pairs[do, at] = self.add(do, at)
            return self.add(partial(_item, item=1 if mirrored else item), self.pairs[do, at])
        if e.op is Op.POWER and (n := known(e.args[1])) is not None and n == int(n):
            return self.add(partial(power, n=int(n)), places[e.args[0]])
        if e.op is Op.POWER and (base := known(e.args[0])) is not None and base <= 0:  # no logarithm
            return self.add(_unknown, 0)
        return self.add(OPERATIONS[e.op], *(places[a] for a in e.args))

    def program(self, results: list[int]) -> Program:
        """Return the program, from what reads what."""
        last = {i: k for k, (_, args) in enumerate(self.made) for i in args}
        ends: list[list[int]] = [[] for _ in self.made]
        for i, k in last.items():
            if i and i not in results:
                ends[k].append(i)
        steps = (Step(k + 1, do, args, tuple(ends[k])) for k, (do, args) in enumerate(self.made))
        return Program(tuple(steps), tuple(results), len(self.made) + 1)


def _fraction_of_x(e: Expression) -> tuple[float, float, float] | None:
    """Return p, c and q of an expression (p·x + c)/q of short whole numbers, q being no power of two.

    So it is evaluated: the arithmetic knows where such a quotient lies halfway between two doubles.
    """
    if e.op not in (Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.NEGATE):
        return None
    parts = terms(e)
    if X not in parts or not parts.keys() <= {X, ONE}:
        return None
    p, c = parts[X], parts.get(ONE, Fraction(0))
    q = math.lcm(p.denominator, c.denominator)
    if q & (q - 1) == 0 or q > SHORT or max(abs(p * q), abs(c * q)) > SHORT:
        return None
    return float(p * q), float(c * q), float(q)


def _line(_m: Any, x: Any, line: tuple[float, float, float]) -> Any:
    p, c, q = line
    above = x if p == 1 else x * p
    return (above + c if c else above) / q


def _number(m: Any, value: Fraction) -> Any:
    nearest = (
        float(value) if abs(value.numerator).bit_length() - value.denominator.bit_length() < 1023 else np.inf
    )
    return nearest if nearest == value else m.constant(value)


def _item(_m: Any, values: tuple[Any, ...], item: int) -> Any:
    return values[item]


def power(m: Any, u: Any, n: int) -> Any:
    """Return u^n for a whole number n."""
    if n == 0:
        return 1.0
    if abs(n) > MOST_PRODUCTS:
        size = m.exp(m.log(abs(u)) * _number(m, Fraction(n)))
        return m.signed(size, u) if n % 2 else size
    square, rest = u, abs(n)
    result: Any = None
    while True:
        if rest & 1:
            result = square if result is None else result * square
        rest >>= 1
        if not rest:
            return result if n > 0 else 1.0 / result
        square = square * square


def less(m: Any, a: Any, b: Any) -> Any:
    """Return where a < b."""
    return m.less(a, b) if hasattr(m, "less") else m.value(m.number(a) - b) < 0


def less_equal(m: Any, a: Any, b: Any) -> Any:
    """Return where a ≤ b."""
    return m.less_equal(a, b) if hasattr(m, "less_equal") else m.value(m.number(a) - b) <= 0


def equal(m: Any, a: Any, b: Any) -> Any:
    """Return where a = b."""
    return m.equal(a, b) if hasattr(m, "equal") else m.value(m.number(a) - b) == 0


def floor(m: Any, u: Any) -> Any:
    """Return ⌊u⌋: the whole part of the nearest double, and that of what u has beyond it.

    Either may have been rounded up to a whole number, or down to one.
    """
    whole = np.floor(m.value(u))
    rest = u - whole
    more = np.floor(m.value(rest))
    total = m.number(whole) + more
    below, above = less(m, rest, more), less_equal(m, more + 1, rest)
    return m.where(below, total - 1.0, m.where(above, total + 1.0, total))


def _sech(m: Any, u: Any) -> Any:
    e = m.exp(-abs(u))  # which does not overflow
    return 2.0 * e / (1.0 + e * e)


def _density(m: Any, u: Any) -> Any:
    return m.exp(m.wide(u) * u * -0.5) * m.constant(_PER_ROOT_TAU)


def _unknown(m: Any, u: Any) -> Any:
    return m.unknown(u) if hasattr(m, "unknown") else m.number(np.full(u.shape, np.nan))


def _logistic(m: Any, u: Any) -> Any:
    return m.logistic(u)


def _normal(m: Any, u: Any) -> Any:
    return m.normal(u)


BOTH: dict[Op, tuple[Callable[..., Any], int]] = {
    Op.LOGISTIC: (_logistic, 0),
    Op.NORMAL_CDF: (_normal, 0),
    Op.NORMAL_PDF: (_normal, 1),
}
"""Functions of which the arithmetic gives two at once: σ(u) with σ(−u), Φ(u) with φ(u); and which it is."""

_PER_ROOT_TAU = known(1 / apply(Op.SQRT, 2 * constant("pi")))
_ROOT_2 = known(apply(Op.SQRT, 2))

OPERATIONS: dict[Op, Callable[..., Any]] = {
    Op.ADD:        lambda _, a, b: a + b,
    Op.SUBTRACT:   lambda _, a, b: a - b,
    Op.MULTIPLY:   lambda _, a, b: a * b,
    Op.DIVIDE:     lambda _, a, b: a / b,
    Op.NEGATE:     lambda _, a: -a,
    Op.POWER:      lambda m, a, b: m.exp(b * m.log(a)),
    Op.SQRT:       lambda m, u: m.sqrt(u),
    Op.CBRT:       lambda m, u: m.signed(m.exp(m.log(abs(u)) / 3.0), u),
    Op.EXP:        lambda m, u: m.exp(u),
    Op.EXPM1:      lambda m, u: m.expm1(u),
    Op.LOG:        lambda m, u: m.log(u),
    Op.LOG1P:      lambda m, u: m.log1p(u),
    Op.SIN:        lambda m, u: m.sin(u),
    Op.COS:        lambda m, u: m.cos(u),
    Op.TAN:        lambda m, u: m.sin(u) / m.cos(u),
    Op.SINH:       lambda m, u: m.sinh(u),
    Op.COSH:       lambda m, u: m.cosh(u),
    Op.TANH:       lambda m, u: m.tanh(u),
    Op.SECH:       _sech,
    Op.ARCSIN:     lambda m, u: m.arctan(u / m.sqrt((1.0 - u) * (1.0 + u))),
    Op.ARCCOS:     lambda m, u: m.arctan(m.sqrt((1.0 - u) / (1.0 + u))) * 2.0,
    Op.ARCTAN:     lambda m, u: m.arctan(u),
    Op.ARCSINH:    lambda m, u: m.arcsinh(u),
    Op.ARCCOSH:    lambda m, u: m.arccosh(u),
    Op.ARCTANH:    lambda m, u: m.arctanh(u),
    Op.ERF:        lambda m, u: m.erf(u),
    Op.ERFC:       lambda m, u: m.normal(-(u * m.constant(_ROOT_2)))[0] * 2.0,
    Op.SOFTPLUS:   lambda m, u: m.softplus(u),
    Op.GAMMA:      _unknown,
    Op.DIGAMMA:    _unknown,
    Op.TRIGAMMA:   _unknown,
    Op.ABS:        lambda _, u: abs(u),
    Op.SIGN:       lambda m, u: m.where(less(m, 0.0, u), 1.0, m.where(less(m, u, 0.0), -1.0, u)),
    Op.FLOOR:      floor,
    Op.CEIL:       lambda m, u: -floor(m, -u),
    Op.MAXIMUM:    lambda m, a, b: m.maximum(a, b),
    Op.MINIMUM:    lambda m, a, b: m.minimum(a, b),
    Op.LESS:       less,
    Op.LESS_EQUAL: less_equal,
    Op.EQUAL:      equal,
    Op.AND:        lambda _, a, b: a & b,
    Op.OR:         lambda _, a, b: a | b,
    Op.NOT:        lambda _, a: ~a,
    Op.WHERE:      lambda m, c, a, b: m.where(c, a, b),
}  # fmt: skip
