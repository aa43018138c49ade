"""The truth of a formula: f, f′, f″ and ∂f/∂parameter of an expression as it is written, enclosed at a point.

An expression is run over jets whose coefficients are exact fractions as long as they are rational, else balls
(`core.jets`, `core.balls`). Only what decides and what is taken is evaluated: a logarithm of −1 in a branch
that is not taken does no harm.

- The value is the formula's at the point: comparisons are decided there, exactly.
- A derivative is the one of the piece around the point. Where a comparison ties there (or abs, max, min,
  sign, floor has its kink), the formula is run on both sides and the rule for kinks chooses.
- Division by 0, ln 0 and their like have limits: values and derivatives are those of both sides, if they
  agree or there is one side only; x = +0 is approached from the right, −0 from the left.
- Outside the natural domain, and for 0/0, there is no value: NaN. A comparison with that is false.

What no precision decides (a difference that is 0 but not of rational numbers) counts as a tie from `TIE_BITS`
on. Derivatives at the end of a domain whose terms have no finite value there are read off points nearby
(`settled`), which is no proof.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from flint import arb, ctx, fmpq

from actcli.core import balls
from actcli.core.balls import ALONE, Extreme, Offset, Real, UndecidedError, ball, plus, real
from actcli.core.formula.expression import TRUTHS, Op, in_order
from actcli.core.jets import ONE, ZERO, Gradient, Jet, Namespace
from actcli.core.spec import KinkRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from actcli.core.arrays import Array
    from actcli.core.formula.expression import Expression

    Params = Mapping[str, float | Fraction]

TIE_BITS = 6144
"""From this precision on a ball that contains 0 and is tiny is 0 for comparisons. What is not 0
shows earlier: differences of formulas of a double are hardly ever below 2^−2·1074."""

TIE_SIZE = arb((1, -4096))

Value = Any
"""A jet, True or False, or None where there is no value."""


class SidesError(Exception):
    """The value at a point is a limit: it depends on the side from which the point is approached."""


class Program(NamedTuple):
    """An expression as a list of steps, each naming the steps that it takes.

    Attributes:
        ops: what each step does; the last is the expression.
        args: the steps that are its arguments.
        values: the numbers, and the names of parameters and constants.
        is_lazy: whether there are steps that may not be needed.
        cost: about how many microseconds a run takes at 1,000 bits.
    """

    ops: tuple[Op, ...]
    args: tuple[tuple[int, ...], ...]
    values: tuple[Any, ...]
    is_lazy: bool
    cost: float


@lru_cache(maxsize=256)
def program_of(expression: Expression) -> Program:
    """Return the steps of an expression."""
    steps = in_order(expression)
    places = {e: i for i, e in enumerate(steps)}
    values = [
        real(e.value) if e.op is Op.NUMBER and isinstance(e.value, Fraction) else e.value for e in steps
    ]
    return Program(
        tuple(e.op for e in steps),
        tuple(tuple(places[a] for a in e.args) for e in steps),
        tuple(values),
        any(e.op in (Op.WHERE, Op.AND, Op.OR) for e in steps),
        sum(_COST.get(e.op, 20.0 if len(e.args) == 1 else 3.0) for e in steps),
    )


_COST = {
    Op.NEGATE: 1.0, Op.ABS: 2.0, Op.SIGN: 2.0, Op.FLOOR: 3.0, Op.CEIL: 3.0, Op.SQRT: 5.0, Op.POWER: 20.0,
    Op.ERF: 60.0, Op.ERFC: 60.0, Op.NORMAL_CDF: 60.0,
    Op.GAMMA: 1500.0, Op.DIGAMMA: 1500.0, Op.TRIGAMMA: 3000.0,
}  # fmt: skip


class Run:
    """One evaluation of a program at a point, or just beside it.

    Attributes:
        step: 0 at the point itself, ±1 where the point moves to that side.
        beside: whether comparisons are decided beside the point, not at it.
        tied: set where a comparison tied at the point.
        special: set where the point is a pole, an end of a domain or the like.
    """

    __slots__ = ("beside", "known", "numbers", "program", "special", "step", "tied", "x")

    def __init__(
        self, program: Program, x: Jet, numbers: Mapping[str, Jet], step: int = 0, *, beside: bool = False
    ) -> None:
        self.program = program
        self.x = x
        self.numbers = numbers
        self.step = step
        self.beside = beside
        self.tied = False
        self.special = False
        self.known: list[Value] = [_UNKNOWN] * len(program.ops)

    def result(self) -> Value:
        """Return the value of the expression."""
        return self.value(len(self.known) - 1)

    def value(self, wanted: int) -> Value:
        """Return the value of a step, of which only what it needs is evaluated."""
        known, ops, args = self.known, self.program.ops, self.program.args
        if not self.program.is_lazy and wanted == len(known) - 1 and known[0] is _UNKNOWN:
            for i in range(len(known)):
                known[i] = self._step(i)
            return known[wanted]
        waiting = [wanted]
        while waiting:
            i = waiting[-1]
            if known[i] is not _UNKNOWN:
                waiting.pop()
                continue
            needed = _needed(ops[i], args[i], known)
            if missing := [a for a in needed if known[a] is _UNKNOWN]:
                waiting += missing
            else:
                known[i] = self._step(i)
        return known[wanted]

    def jet(self, wanted: int) -> Jet:
        """Return the value of a step that has one.

        Raises:
            SidesError: it has none.
        """
        value = self.value(wanted)
        if not isinstance(value, Jet):
            raise SidesError
        return value

    def _step(self, i: int) -> Value:
        op, args = self.program.ops[i], self.program.args[i]
        if not args:
            return self._leaf(op, self.program.values[i])
        if op is Op.WHERE:
            return self.known[args[1] if self.known[args[0]] else args[2]]
        taken = [self.known[a] for a in args]
        if op in TRUTHS:
            return self._truth(op, args, taken)
        if any(v is None for v in taken):
            return None
        result = _RULES[op](self, args, *taken)
        if result is not None:
            _check(result, taken)
        return result

    def _leaf(self, op: Op, value: Any) -> Jet:
        if op is Op.VARIABLE:
            return self.x
        if op is Op.PARAMETER:
            return self.numbers[value]
        if op is Op.NUMBER:
            return Jet(value)
        return Jet(arb.pi() if value == "pi" else arb.const_e())

    def _truth(self, op: Op, args: tuple[int, ...], taken: list[Value]) -> bool:
        if op is Op.AND:
            return bool(taken[0] and self.known[args[1]])
        if op is Op.OR:
            return bool(taken[0] or self.known[args[1]])
        if op is Op.NOT:
            return not taken[0]
        if taken[0] is None or taken[1] is None:
            return False
        order = self.order(args, *taken)
        self.tied |= order == 0  # of two infinities nobody knows which is larger
        return order < 0 if op is Op.LESS else order <= 0 if op is Op.LESS_EQUAL else order == 0

    def order(self, args: tuple[int, ...], a: Jet, b: Jet) -> int:
        """Return whether a lies below (−1), on (0) or above (1) b, at the point or beside it."""
        ends = _end(a.a0), _end(b.a0)
        if any(ends):
            return (ends[0] > ends[1]) - (ends[0] < ends[1])
        return self.sign(a - b, lambda run: run.jet(args[0]) - run.jet(args[1]))

    def sign(self, jet: Jet, again: Callable[[Run], Any]) -> int:
        """Return the sign of a jet, at the point or beside it; `again` gives the jet in another run."""
        if side := sign(jet.a0):
            return side
        self.tied = True
        return self.side(jet, again) if self.beside else 0

    def side(self, jet: Jet, again: Callable[[Run], Any]) -> int:
        """Return the sign, just beside the point, of a jet that is 0 at it.

        It is the one of the first derivative that is not 0; where there is none, of the value nearby.
        """
        self.special = True
        if self.step == 0:
            raise SidesError
        if jet.a1 is None:
            return 0
        for coefficient in (jet.a1, jet.a2):
            if isinstance(coefficient, arb) and coefficient.is_nan():
                break
            if side := sign(coefficient):
                return side
        at = self.x.a0
        near = Run(self.program, Jet(at + self.step * minute(at)), _fixed(self.numbers))
        try:
            value = again(near)
        except SidesError:  # there is no value
            return 0
        return sign(value.a0)


_UNKNOWN: Any = object()


def _needed(op: Op, args: tuple[int, ...], known: list[Value]) -> tuple[int, ...]:
    """Return the arguments of a step that it is known to need."""
    if op not in (Op.WHERE, Op.AND, Op.OR) or (first := known[args[0]]) is _UNKNOWN:
        return args[:1] if op in (Op.WHERE, Op.AND, Op.OR) else args
    if op is Op.WHERE:
        return args[1:2] if first else args[2:]
    return args[1:] if bool(first) is (op is Op.AND) else ()


def minute(at: Real) -> Real:
    """Return a step beside a point that is small beside all that doubles tell."""
    if not isinstance(at, fmpq):
        return abs(at) * fmpq(2) ** -400
    if not at:
        return fmpq(2) ** -1400
    size = int(at.p).bit_length() - int(at.q).bit_length()
    return fmpq(2) ** (size - 400)


def _fixed(numbers: Mapping[str, Jet]) -> dict[str, Jet]:
    return {name: Jet(jet.a0) for name, jet in numbers.items()}


def sign(value: Real) -> int:
    """Return −1, 0 or 1; see `TIE_BITS`.

    Raises:
        UndecidedError: a ball contains 0 and something else.
    """
    try:
        return balls.sign(value)
    except UndecidedError:
        if ctx.prec >= TIE_BITS and not isinstance(value, Extreme) and abs(ball(value)) < TIE_SIZE:
            return 0
        raise


def _end(value: Real) -> int:
    """Return ±1 for ±∞, 0 for a finite number."""
    if isinstance(value, arb) and not value.is_finite():
        return 1 if value > 0 else -1
    return 0


def _infinite(side: int) -> Jet:
    """Return ±∞."""
    return Jet(arb.pos_inf() if side > 0 else arb.neg_inf(), NAN, NAN)


NAN = arb.nan()


def _check(result: Jet, taken: Sequence[Jet]) -> None:
    """Keep fractions small; what is neither finite nor a limit is an enclosure that tells nothing.

    Raises:
        UndecidedError: so it is.
    """
    a0 = result.a0
    if isinstance(a0, arb):
        if not a0.is_finite() and (a0.is_nan() or not a0.is_exact()):
            raise UndecidedError
        if a0.is_exact() and a0.is_finite() and len(taken) == 1 and isinstance(taken[0].a0, fmpq):
            result.a0 = balls.exact(a0)
        elif ctx.prec >= TIE_BITS and a0.contains(0) and abs(a0) < TIE_SIZE:
            result.a0 = ZERO
    if isinstance(a0, fmpq) and a0.height_bits() > balls.EXACT_BITS:
        result.a0 = arb(a0)
    for name in ("a1", "a2"):
        c = getattr(result, name)
        if isinstance(c, fmpq) and c.height_bits() > balls.EXACT_BITS:
            setattr(result, name, arb(c))


# The rules: what an operation makes of the jets that it takes; None where there is no value.


def _add(run: Run, args: tuple[int, ...], a: Jet, b: Jet) -> Jet | None:  # noqa: ARG001
    ends = _end(a.a0), _end(b.a0)
    if any(ends):
        return None if ends[0] * ends[1] < 0 else _infinite(sum(ends))
    return a + b


def _subtract(run: Run, args: tuple[int, ...], a: Jet, b: Jet) -> Jet | None:
    if args[0] == args[1] and not _end(a.a0):
        return _flat(a, ZERO)
    return _add(run, args, a, -b)


def _multiply(run: Run, args: tuple[int, ...], a: Jet, b: Jet) -> Jet | None:  # noqa: ARG001
    if _end(a.a0) or _end(b.a0):
        side = sign(a.a0) * sign(b.a0)
        return _infinite(side) if side else None
    return a * b


def _divide(run: Run, args: tuple[int, ...], a: Jet, b: Jet) -> Jet | None:
    if _end(b.a0):
        return None if _end(a.a0) else Jet(ZERO, NAN, NAN)
    if _is_zero(b.a0):
        if _is_zero(a.a0):
            return None
        below = run.side(b, lambda again: again.jet(args[1]))
        return _infinite(sign(a.a0) * below) if below else None
    if _end(a.a0):
        return _infinite(_end(a.a0) * sign(b.a0))
    return a / b


def _tan(run: Run, args: tuple[int, ...], a: Jet) -> Jet | None:
    if _end(a.a0):
        return None
    sine, cosine = Namespace.sin(a), Namespace.cos(a)
    _check(cosine, (a,))
    if _is_zero(cosine.a0):
        run.special = True
        side = run.side(cosine, lambda again: Namespace.cos(again.jet(args[0])))
        return _infinite(sign(sine.a0) * side) if side else None
    tangent: Jet = sine / cosine
    return tangent


def _is_zero(value: Real) -> bool:
    if isinstance(value, fmpq):
        return not value
    return isinstance(value, arb) and (value == 0 or (value.contains(0) and sign(value) == 0))


def _negate(run: Run, args: tuple[int, ...], a: Jet) -> Jet:  # noqa: ARG001
    return -a


def _abs(run: Run, args: tuple[int, ...], a: Jet) -> Jet:
    if end := _end(a.a0):
        return _infinite(end * end)
    return -a if run.sign(a, lambda again: again.jet(args[0])) < 0 else a


def _sign(run: Run, args: tuple[int, ...], a: Jet) -> Jet:
    side = _end(a.a0) or run.sign(a, lambda again: again.jet(args[0]))
    return _flat(a, fmpq(side))


def _flat(like: Jet, value: Real) -> Jet:
    return Jet(value) if like.a1 is None else type(like)(value, ZERO, ZERO)


def _maximum(run: Run, args: tuple[int, ...], a: Jet, b: Jet) -> Jet:
    return b if run.order(args, a, b) < 0 else a


def _minimum(run: Run, args: tuple[int, ...], a: Jet, b: Jet) -> Jet:
    return b if run.order(args, a, b) > 0 else a


def _floor(run: Run, args: tuple[int, ...], a: Jet) -> Jet:
    if _end(a.a0) or (isinstance(a.a0, Extreme) and a.a0.is_huge):
        return a if _end(a.a0) else _flat(a, a.a0)
    if _is_vast(a.a0):
        return _flat(a, a.a0 - arb(0.5, 0.5))
    near = _nearest(a.a0)
    side = run.sign(a + -Jet(near), lambda again: again.jet(args[0]) - Jet(near))
    return _flat(a, near - 1 if side < 0 else near)


def _is_vast(value: Real) -> bool:
    """Return whether a ball is so large that no precision tells the last digits of its whole part."""
    return isinstance(value, arb) and bool(abs(value) > VAST)


VAST = arb((1, 1 << 14))


def _nearest(value: Real) -> fmpq:
    """Return the whole number nearest to a number, or one as near as a precision of a few bits tells."""
    if isinstance(value, fmpq):
        return fmpq((value + fmpq(1, 2)).floor())
    middle = ball(value) + fmpq(1, 2)
    if middle.rad() > 0.25:
        raise UndecidedError
    return fmpq(middle.mid().floor().mid().unique_fmpz() or 0)


def _ceil(run: Run, args: tuple[int, ...], a: Jet) -> Jet:
    if _end(a.a0) or (isinstance(a.a0, Extreme) and a.a0.is_huge):
        return a if _end(a.a0) else _flat(a, a.a0)
    if _is_vast(a.a0):
        return _flat(a, a.a0 + arb(0.5, 0.5))
    near = _nearest(a.a0)
    side = run.sign(a + -Jet(near), lambda again: again.jet(args[0]) - Jet(near))
    return _flat(a, near + 1 if side > 0 else near)


def _function(op: Op, rule: Callable[[Jet], Jet]) -> Callable[..., Jet | None]:
    """Return the rule of a function of one argument: inside, at the ends of and outside its domain."""
    edges = _EDGES.get(op, ())

    def apply(run: Run, args: tuple[int, ...], a: Jet) -> Jet | None:
        if end := _end(a.a0):
            return _at_infinity(op, end)
        at_edge = still = False
        for edge, inwards in edges:
            side = sign((a.a0 - edge if edge else a.a0) * inwards)
            if side < 0:
                return None
            if side == 0:
                a = type(a)(fmpq(edge), a.a1, a.a2)
                at_edge = run.special = True
                if run.step:
                    side = run.side((a + -Jet(fmpq(edge))) * inwards, _again(args[0], edge, inwards))
                    if side < 0:
                        return None
                    still = side == 0
        if at_edge and op in _POLES:
            if not run.step and a.a1 is None:
                raise SidesError
            return _infinite(_POLES[op] * (-1 if op is Op.ARCTANH and sign(a.a0) < 0 else 1))
        try:
            return rule(a)
        except ZeroDivisionError:  # a vertical tangent, or a number that does not move
            run.special = True
            still = still or (op is Op.CBRT and run.side(a, lambda again: again.jet(args[0])) == 0)
            value, rest = rule(Jet(a.a0)).a0, ZERO if still else NAN
            return type(a)(value, rest, rest)

    return apply


def _again(step: int, edge: int, inwards: int) -> Callable[[Run], Any]:
    return lambda run: (run.jet(step) - Jet(fmpq(edge))) * inwards


_EDGES: dict[Op, tuple[tuple[int, int], ...]] = {
    Op.SQRT: ((0, 1),),
    Op.LOG: ((0, 1),),
    Op.LOG1P: ((-1, 1),),
    Op.ARCSIN: ((-1, 1), (1, -1)),
    Op.ARCCOS: ((-1, 1), (1, -1)),
    Op.ARCTANH: ((-1, 1), (1, -1)),
    Op.ARCCOSH: ((1, 1),),
}
"""Where the domain of a function ends, and the direction inwards."""

_POLES = {Op.LOG: -1, Op.LOG1P: -1, Op.ARCTANH: 1}
"""The functions that are infinite there, and their sign."""


def _at_infinity(op: Op, end: int) -> Jet | None:
    """Return the limit of a function at ±∞."""
    if op in (Op.SIN, Op.COS, Op.TAN, Op.ARCSIN, Op.ARCCOS, Op.ARCTANH):
        return None
    if op in (Op.LOG, Op.LOG1P, Op.SQRT, Op.ARCCOSH, Op.GAMMA, Op.DIGAMMA, Op.TRIGAMMA) and end < 0:
        return None
    if op in (Op.SECH, Op.NORMAL_PDF, Op.TRIGAMMA):
        return Jet(ZERO, NAN, NAN)
    if op in (Op.TANH, Op.ERF):
        return Jet(fmpq(end), NAN, NAN)
    if op in (Op.EXP, Op.SOFTPLUS) and end < 0:
        return Jet(ZERO, NAN, NAN)
    if op is Op.EXPM1 and end < 0:
        return Jet(fmpq(-1), NAN, NAN)
    if op in (Op.LOGISTIC, Op.NORMAL_CDF):
        return Jet(fmpq(end > 0), NAN, NAN)
    if op is Op.ERFC:
        return Jet(fmpq(1 - end), NAN, NAN)
    if op is Op.ARCTAN:
        return Jet(end * arb.pi() / 2, NAN, NAN)
    return _infinite(1 if op is Op.COSH else end)


def _gamma(op: Op, rule: Callable[[Jet], Jet]) -> Callable[..., Jet | None]:
    """Return the rule of Γ or one of its derivatives, with poles at 0, −1, −2 and so on."""

    def apply(run: Run, args: tuple[int, ...], a: Jet) -> Jet | None:
        if end := _end(a.a0):
            return _at_infinity(op, end)
        if isinstance(a.a0, fmpq) and a.a0.q == 1 and a.a0 <= 0:
            side = run.side(a + -Jet(a.a0), lambda again: again.jet(args[0]) - Jet(a.a0))
            if op is Op.TRIGAMMA:
                side = abs(side)
            elif op is Op.DIGAMMA or int(a.a0.p) % 2:
                side = -side
            return _infinite(side) if side else None
        return rule(a)

    return apply


def _power(run: Run, args: tuple[int, ...], a: Jet, b: Jet) -> Jet | None:
    if _end(a.a0) or _end(b.a0):
        if _is_zero(a.a0) and run.side(a, lambda again: again.jet(args[0])) < 0:
            return None
        return _power_at_infinity(a.a0, b.a0)
    whole = isinstance(b.a0, fmpq) and b.a0.q == 1
    still = b.a1 is None or (_is_zero(b.a1) and _is_zero(b.a2))
    if whole and still:
        return _whole_power(run, args, a, int(b.a0.p))
    base = sign(a.a0)
    if base > 0:
        result: Jet = _exp(_log(a) * b)
        return result
    if base < 0:
        if whole:  # of a moving exponent: a point alone
            return Jet(balls.power(a.a0, b.a0), NAN, NAN) if not run.beside else None
        if isinstance(b.a0, arb) and b.a0.contains_integer():
            raise UndecidedError
        return None
    exponent = sign(b.a0)
    run.special = True
    if exponent == 0:
        return type(a)(ONE, NAN, NAN)
    side = run.side(a, lambda again: again.jet(args[0])) if exponent < 0 or run.step else 0
    if side < 0:
        return None
    if exponent < 0:
        return _infinite(1)
    if a.a1 is None or side == 0:
        return _flat(a, ZERO)
    if isinstance(a, Gradient) and _is_zero(a.a2):
        return Gradient(ZERO, NAN, ZERO)  # a^b·ln a tends to 0 for every b > 0
    if still and run.step and all(isinstance(c, fmpq) for c in (b.a0, a.a1)) and a.a1:
        return type(a)(ZERO, NAN if b.a0 < 1 else ZERO, NAN if b.a0 < 2 else ZERO)  # of (a₁t)^b
    return type(a)(ZERO, NAN, NAN)


def _power_at_infinity(a: Real, b: Real) -> Jet | None:
    """Return the limit of a power where base or exponent is ±∞."""
    if not _end(b):
        side = sign(b)
        if side == 0:
            return Jet(ONE, NAN, NAN)
        if _end(a) < 0 and not (isinstance(b, fmpq) and b.q == 1):
            return None
        odd = _end(a) < 0 and int(b.p) % 2
        return _infinite(-1 if odd else 1) if side > 0 else Jet(ZERO, NAN, NAN)
    beyond = sign(plus(a, fmpq(-1))) if not _end(a) and sign(a) >= 0 else int(_end(a) > 0)
    if not beyond:
        return None
    return _infinite(1) if beyond * _end(b) > 0 else Jet(ZERO, NAN, NAN)


def _whole_power(run: Run, args: tuple[int, ...], a: Jet, n: int) -> Jet | None:
    if n < 0 and _is_zero(a.a0):
        side = run.side(a, lambda again: again.jet(args[0]))
        return _infinite(side if n % 2 else side * side) if side else None
    powers: list[Real] = []
    for k in range(3 if a.a1 is not None else 1):
        if 0 <= n < k:
            powers.append(ZERO)
        else:
            powers.append(balls.power(a.a0, fmpq(n - k)) if n != k else ONE)
    if a.a1 is None:
        return Jet(powers[0])
    g1, g2 = powers[1] * fmpq(n), powers[2] * fmpq(n * (n - 1))
    return type(a)(powers[0], g1 * a.a1, plus(g1 * a.a2, g2 * a.product(a.a1, a.a1) / 2))


_exp, _log = Namespace.exp, Namespace.log

_FUNCTIONS = {
    Op.SQRT: Namespace.sqrt, Op.CBRT: Namespace.cbrt, Op.EXP: Namespace.exp, Op.EXPM1: Namespace.expm1,
    Op.LOG: Namespace.log, Op.LOG1P: Namespace.log1p, Op.SIN: Namespace.sin, Op.COS: Namespace.cos,
    Op.SINH: Namespace.sinh, Op.COSH: Namespace.cosh, Op.TANH: Namespace.tanh,
    Op.SECH: Namespace.sech, Op.ARCSIN: Namespace.asin, Op.ARCCOS: Namespace.acos, Op.ARCTAN: Namespace.atan,
    Op.ARCSINH: Namespace.asinh, Op.ARCCOSH: Namespace.acosh, Op.ARCTANH: Namespace.atanh,
    Op.ERF: Namespace.erf, Op.ERFC: Namespace.erfc, Op.LOGISTIC: Namespace.logistic,
    Op.SOFTPLUS: Namespace.softplus, Op.NORMAL_CDF: Namespace.normal_cdf,
    Op.NORMAL_PDF: Namespace.normal_pdf,
}  # fmt: skip
_GAMMAS = {Op.GAMMA: Namespace.gamma, Op.DIGAMMA: Namespace.digamma, Op.TRIGAMMA: Namespace.trigamma}

_RULES: dict[Op, Callable[..., Jet | None]] = {
    Op.ADD: _add, Op.SUBTRACT: _subtract, Op.MULTIPLY: _multiply, Op.DIVIDE: _divide, Op.NEGATE: _negate,
    Op.POWER: _power, Op.ABS: _abs, Op.SIGN: _sign, Op.FLOOR: _floor, Op.CEIL: _ceil,
    Op.MAXIMUM: _maximum, Op.MINIMUM: _minimum, Op.TAN: _tan,
}  # fmt: skip
_RULES |= {op: _function(op, rule) for op, rule in _FUNCTIONS.items()}
_RULES |= {op: _gamma(op, rule) for op, rule in _GAMMAS.items()}


# What is asked of a formula at a point.


class Place(NamedTuple):
    """A formula at a point: what a question about it needs.

    Attributes:
        program: the formula.
        at: the point.
        numbers: the parameters by name.
        negative: whether the point is −0.
    """

    program: Program
    at: fmpq
    numbers: Mapping[str, Real]
    negative: bool = False


def enclose(
    expression: Expression,
    params: Params,
    x: float | Fraction,
    order: int = 0,
    wrt: str | None = None,
    kink: KinkRule = KinkRule.MIN_NORM,
) -> Real | float:
    """Return f, f′ or f″ (by order) or ∂f/∂parameter at a finite point, at the current precision.

    Returns:
        An enclosure, or a float: NaN where there is no value, ±inf at a pole, −0.0 for f(−0) = 0 where f is
        negative just left of 0.

    Raises:
        UndecidedError: this precision does not tell.
    """
    numbers = {name: real(value) for name, value in params.items()}
    negative = isinstance(x, float) and x == 0 and math.copysign(1.0, x) < 0
    place = Place(program_of(expression), real(x), numbers, negative)
    if wrt:
        value = _sided(place, 1, 2, wrt)
        if value.derivative is None:
            value = _sided(place, -1, 2, wrt)
        result = value.derivative
    else:
        result = _value(place) if order == 0 else _derivative(place, order, kink)
    if result is None:
        return math.nan
    if end := _end(result):
        return end * math.inf
    if negative and isinstance(result, (fmpq, arb)) and result == 0 and _sign_left(place, order, wrt) < 0:
        return -0.0
    return result


def _sign_left(place: Place, order: int, wrt: str | None) -> int:
    """Return the sign of a result at the first double left of 0."""
    left = place._replace(at=real(-5e-324), negative=False)
    if order == 0 and not wrt:
        value = _value(left)
    else:
        value = _sided(left, 1, order, wrt).derivative
        if value is not None and not abs(ball(value)) < arb((1, -500)):
            return 0  # there is a kink at 0
    return 0 if value is None else sign(value)


def _value(place: Place) -> Real | None:
    """Return f as it is written; where it is a limit, the one that both sides have, or the only one."""
    try:
        jet = Run(place.program, Jet(place.at), _jets(place.numbers)).result()
    except SidesError:
        return _common(place, [_beside(place, side) for side in (-1, 1)])
    return None if jet is None else jet.a0


def _beside(place: Place, side: int) -> Real | None:
    """Return the limit of f from a side, with comparisons as they are at the point."""
    moving = Jet(place.at, fmpq(side), ZERO)
    jet = Run(place.program, moving, _jets(place.numbers), side).result()
    return _sided(place, side, 0).value if jet is None else jet.a0  # ln |x| at 0


def _common(place: Place, sides: Sequence[Real | None]) -> Real | None:
    """Return the limit that both sides have, or the only one that there is; that of its side at ±0."""
    left, right = sides
    own = left if place.negative else right
    if left is None and right is None:
        return None
    if not place.at and own is not None:
        return own
    if left is None or right is None:
        if _is_defined(place, -1 if left is None else 1):
            return None  # 0·∞
        return right if left is None else left
    return right if _are_one(left, right) else None


def _is_defined(place: Place, side: int) -> bool:
    """Return whether f has values just beside a point."""
    near = Jet(place.at + side * minute(place.at))
    try:
        return Run(place.program, near, _jets(place.numbers)).result() is not None
    except SidesError:
        return False


def _jets(numbers: Mapping[str, Real]) -> dict[str, Jet]:
    return {name: Jet(value) for name, value in numbers.items()}


class Sided(NamedTuple):
    """What a formula is just beside a point.

    Attributes:
        value: the limit of f, None if it is not defined there.
        derivative: the limit of the derivative asked for.
        tied: whether a comparison ties at the point.
        special: whether the point is a pole, an end of a domain or the like.
    """

    value: Real | None
    derivative: Real | None
    tied: bool
    special: bool


def _sided(place: Place, side: int, order: int, wrt: str | None = None) -> Sided:
    """Return f and a derivative on one side of a point."""
    numbers = _jets(place.numbers)
    if wrt:
        numbers[wrt] = Gradient(place.numbers[wrt], ZERO, ONE)
        x: Jet = Gradient(place.at, fmpq(side), ZERO)
    else:
        x = Jet(place.at, fmpq(side), ZERO)
    run = Run(place.program, x, numbers, side, beside=True)
    jet = run.result()
    if jet is None:
        return Sided(None, None, run.tied, run.special)
    derivative = _coefficient(jet, side, order, wrt)
    if order and isinstance(derivative, arb) and not derivative.is_finite():
        if not run.special:
            raise UndecidedError
        derivative = _approached(place, side, order, wrt)
        if (end := _end(jet.a0)) and not wrt and derivative is not None and not _end(derivative):
            # Where f tends to ±∞ no derivative tends to a number: its growth is too small to be seen.
            derivative = _infinite(end if order == 2 else -end * side).a0
    return Sided(jet.a0, derivative, run.tied, run.special)


def _coefficient(jet: Jet, side: int, order: int, wrt: str | None) -> Real:
    if wrt:
        return jet.coefficient(2)
    if order == 0:
        return jet.a0
    return jet.coefficient(1) * side if order == 1 else jet.coefficient(2) * 2


def _derivative(place: Place, order: int, rule: KinkRule) -> Real | None:
    """Return f′ or f″: where a comparison ties, or the sides differ otherwise, by the rule for kinks."""
    right = _sided(place, 1, order)
    if right.derivative is not None and not right.tied and not right.special:
        return right.derivative
    left, value = _sided(place, -1, order), _value(place)
    left, right = _filled(place, left, -1, order, value), _filled(place, right, 1, order, value)
    left = _met(left, right)
    if left.value is None or right.value is None:
        return None if value is None else left.derivative if right.value is None else right.derivative
    if value is None and not (_end(left.value) and _end(right.value)):
        return None
    if (left.tied or right.tied) and value is not None and not _end(value):
        return _at_kink(value, left, right, rule)
    sides = [left.derivative, right.derivative]
    if any(d is not None and _end(d) for d in sides):
        return _common(place, sides)
    return _chosen(left.derivative, right.derivative, rule)


def _filled(place: Place, found: Sided, side: int, order: int, value: Real | None) -> Sided:
    """Return a side on which the formula has only a limit (0/0), with it if that is the value at the point.

    f of `x == 0 ? 1 : sin(x)/x` is continuous at 0; its derivative there is the limit of (f(x) − f(0))/x.
    """
    if found.value is not None or not found.tied or value is None or _end(value):
        return found
    before, ctx.prec = ctx.prec, max(ctx.prec, FILLED_BITS)
    try:
        value, limit = _value(place), _approached(place, side, 0, None)
        if value is None or limit is None or _end(limit):
            return found
        if not abs(ball(_without_sign(limit)) - ball(value)) < FILLED:
            return found
        derivative = _approached(place, side, order, None, chords=order == 1)
        return Sided(value, None if derivative is None else _without_sign(derivative), True, True)
    finally:
        ctx.prec = before


FILLED_BITS = 512
FILLED = arb((1, -160))
"""A limit that differs from a value by less is that value: √h is read off 2^−800 to 2^−200."""


def _met(left: Sided, right: Sided) -> Sided:
    """Return the left side, with the derivative of the right one where both are read off as the same."""
    a, b = left.derivative, right.derivative
    if not (left.tied and left.special and isinstance(a, (arb, fmpq)) and isinstance(b, (arb, fmpq))):
        return left
    if _end(a) or _end(b) or (isinstance(a, fmpq) and isinstance(b, fmpq)):
        return left
    size = abs(ball(a)) + abs(ball(b))
    same = ball(a).overlaps(ball(b)) or abs(ball(a) - ball(b)) < FILLED * size
    return left._replace(derivative=b) if same else left


def _without_sign(limit: Real) -> Real:
    """Return 0 for a limit of 0 from below, and for what is not told from 0."""
    if isinstance(limit, Extreme):
        return ZERO if limit.is_tiny else limit
    nothing = not _end(limit) and ball(limit).contains(0) and abs(ball(limit)) < FILLED
    return ZERO if nothing else limit


def _at_kink(value: Real, left: Sided, right: Sided, rule: KinkRule) -> Real | None:
    """Return the derivative where comparisons tie, for a finite value there."""
    held = [side for side in (left, right) if _are_one(value, side.value)]
    if len(held) == 2:
        return _chosen(left.derivative, right.derivative, rule)
    if rule in (KinkRule.LEFT, KinkRule.RIGHT):
        return left.derivative if rule is KinkRule.LEFT else right.derivative
    return held[0].derivative if held and rule is KinkRule.MIN_NORM else None


def _chosen(left: Real | None, right: Real | None, rule: KinkRule) -> Real | None:
    """Return the derivative by the rule, from those on both sides of a point where f is continuous."""
    if left is None or right is None:
        return None
    ends = _end(left), _end(right)
    if _are_one(left, right):
        return right
    if rule is not KinkRule.MIN_NORM:
        return None if rule is KinkRule.NAN else left if rule is KinkRule.LEFT else right
    signs = sign(left), sign(right)
    if signs[0] * signs[1] <= 0:
        return ZERO
    if any(ends):
        return right if ends[0] else left
    return left if sign(left * signs[0] - right * signs[1]) < 0 else right


def _are_one(a: Real, b: Real) -> bool:
    """Return whether two numbers are the same, for all that `TIE_BITS` tell."""
    if _end(a) or _end(b):
        return _end(a) == _end(b)
    if isinstance(a, arb) and isinstance(b, arb) and a.mid() == b.mid():
        return True  # the same computation
    return sign(b - a) == 0


def _approached(place: Place, side: int, order: int, wrt: str | None, *, chords: bool = False) -> Real | None:
    """Return the limit of a derivative from a side, read off points ever nearer to the place.

    With chords it is that of the slopes of the lines from the value at the place.
    """
    values: list[Real | None] = []
    before = ctx.prec
    try:
        for k in NEARER:
            ctx.prec = max(before, 3 * k + 200)
            near = place.at + side * fmpq(2) ** -k * (minute(place.at) * fmpq(2) ** 400 if place.at else 1)
            numbers = _jets(place.numbers)
            if wrt:
                numbers[wrt] = Gradient(place.numbers[wrt], ZERO, ONE)
                x: Jet = Gradient(near, fmpq(side), ZERO)
            else:
                x = Jet(near, fmpq(side), ZERO)
            jet = Run(place.program, x, numbers, side, beside=True).result()
            if jet is not None and chords and (value := _value(place)) is not None:
                values.append(plus(jet.a0, -value) / (near - place.at))
            else:
                found = None if jet is None else _coefficient(jet, side, order, wrt)
                values.append(ball(found) if isinstance(found, Offset) else found)  # in as many bits
    finally:
        ctx.prec = before
    return settled(values)


NEARER = (50, 100, 200, 400, 800)
"""A limit at a point is read off its neighbours at a distance of 2 to minus these."""


def settled(values: Sequence[Real | None]) -> Real | None:
    """Return what values at ever farther points, each twice as many powers of two away, tend to.

    They tend to a number if their differences shrink at least as fast as 2^(−distance/8), and to ±∞ if they
    do not shrink at all. Between (1/ln x) nothing is said.

    Returns:
        A fraction, an enclosure, ±∞, or None if there is no limit, or nobody can tell.
    """
    *_, c, d, e = values
    if c is None or d is None or e is None or any(isinstance(v, arb) and v.is_nan() for v in (c, d, e)):
        return None
    if all(isinstance(v, fmpq) for v in (c, d, e)) and c == d == e:
        return e
    if any(_end(v) for v in (c, d, e)):
        return None
    try:
        signs = {balls.sign(c), balls.sign(d), balls.sign(e)}
        logs = [log_size(v) for v in (c, d, e)]
        rises, falls = (all(side * balls.sign(b - a) > 0 for a, b in pairwise(logs)) for side in (1, -1))
        vanishes = falls and all(balls.sign(least - logs[2]) > 0 for least in (NO_LOG, 1.4 * logs[1]))
    except UndecidedError:
        signs, rises, vanishes = set(), False, False
    if len(signs) == 1 and 0 not in signs:
        side = signs.pop()
        if vanishes:
            return ZERO if side > 0 else NEGATIVE_ZERO
    else:
        side = 0
    first, last = abs(_difference(d, c)), abs(_difference(e, d))
    if last < first * arb((1, -SMALL)) or (last < arb((1, -4 * SMALL)) and first < arb((1, -SMALL))):
        return ball(e) + arb(0, last.abs_upper())
    if side and rises and not last < first * arb("0.97") and _grow(values[1:]):
        return arb.pos_inf() if side > 0 else arb.neg_inf()
    return None


def _grow(values: Sequence[Real | None]) -> bool:
    """Return whether all that are known of some values grow from one to the next: three do so by chance."""
    try:
        logs = [log_size(v) for v in values if v is not None and not _end(v)]
        return all(balls.sign(b - a) > 0 for a, b in pairwise(logs))
    except UndecidedError:
        return False


SMALL = 40
NO_LOG = arb(-SMALL) * arb.const_log2()
NEGATIVE_ZERO = Extreme(-1, arb((-1, 70)))
"""A limit of 0 from below."""


def _difference(a: Real, b: Real) -> arb:
    try:
        return ball(a - b)
    except UndecidedError:
        return arb.pos_inf() if isinstance(a, Extreme) and a.is_huge else NAN


def log_size(value: Real) -> Real:
    """Return the logarithm of the size of a number other than 0."""
    return value.log if isinstance(value, Extreme) else abs(ball(value)).log()


def most_bits(expression: Expression) -> int:
    """Return the precision to which a run of an expression takes about half a second, 2^14 at the most.

    Functions take about (bits/1000)^1.6 times what they take at 1,000 bits.
    """
    return min(1 << 14, int(1000 * (500_000 / (program_of(expression).cost + 1)) ** (1 / 1.6)))


def beside(
    expression: Expression, params: Params, x: Real, side: int, order: int = 0, wrt: str | None = None
) -> Real | None:
    """Return f, f′, f″ or ∂f/∂parameter just beside a point, on its right or left, at the current precision.

    Returns:
        An enclosure, ±∞, or None if there is no value.

    Raises:
        UndecidedError: this precision does not tell.
    """
    numbers = {name: real(value) for name, value in params.items()}
    found = _sided(Place(program_of(expression), x, numbers), side, 2 if wrt else order, wrt)
    return found.derivative if order or wrt else found.value


def at_infinity(expression: Expression, params: Params, end: int) -> Real | None:
    """Return what the laws of limits tell of f at −∞ or ∞; None where that is nothing: ∞ − ∞, 0·∞, ties.

    Raises:
        UndecidedError: this precision does not tell.
    """
    numbers = {name: Jet(real(value)) for name, value in params.items()}
    run = Run(program_of(expression), _infinite(end), numbers)
    try:
        jet = run.result()
    except SidesError:
        return None
    return None if jet is None or run.tied else jet.a0


@contextmanager
def precision() -> Iterator[Callable[..., Real | None]]:
    """Hold the precision, which is the whole process's, and give it back in the end.

    Yields:
        `at(bits, function, *arguments)`, which calls a function at a precision; NaN if that does not tell.
    """

    def at(bits: int, function: Callable[..., Real | None], *arguments: Any) -> Real | None:
        ctx.prec = bits
        try:
            return function(*arguments)
        except UndecidedError:
            return NAN

    with ALONE:
        before = ctx.prec
        try:
            yield at
        finally:
            ctx.prec = before


def end_of(value: Real) -> int:
    """Return ±1 for ±∞, 0 for a finite number."""
    return _end(value)


def simplest(value: Real, bits: int = 160) -> Real:
    """Return the fraction of a few digits that an enclosure of so many bits holds, else the enclosure.

    That it is this fraction, and not one next to it, is likely, not proved.
    """
    if isinstance(value, Offset):
        return value.q
    if not isinstance(value, arb) or not value.rad() < arb((1, -bits)):
        return value
    if value.contains(0):
        return ZERO
    if (
        not arb((1, -bits)) < abs(value) < arb((1, bits))
    ):  # FLINT asks for all memory to see whether it is whole
        return value
    for q in (1, 2520, 2**20, 10**6):
        whole = (value * q).unique_fmpz()
        if whole is not None:
            return fmpq(whole, q)
    return value


def doubles_of(op: Op, x: Array) -> Array:
    """Return a function of one argument at doubles, to a double."""
    before, ctx.prec = ctx.prec, 64
    try:
        function = {Op.GAMMA: balls.gamma, Op.DIGAMMA: balls.digamma}.get(op, lambda u: balls.polygamma(1, u))
        found = [function(arb(v)) if math.isfinite(v) else arb(v) for v in np.ravel(x).tolist()]
        return np.array([float(v if isinstance(v, Extreme) else v.mid()) for v in found]).reshape(np.shape(x))
    finally:
        ctx.prec = before


def approach(expression: Expression, at: fmpq, side: int, order: int = 0) -> Real | None:
    """Return what f, f′ or f″ of an expression in x alone tends to at a point from one side.

    Returns:
        An enclosure, ±∞, or None if there is no limit.

    Raises:
        UndecidedError: this precision does not tell.
    """
    place = Place(program_of(expression), at, {})
    found = _sided(place, side, order)
    value = found.derivative if order else found.value
    return _approached(place, side, order, None) if value is None else value


def approached(expression: Expression, at: fmpq, side: int, order: int = 0) -> Real | None:
    """Return what f, f′ or f″ tends to from a side at a point of which the first 900 bits are known."""
    return _approached(Place(program_of(expression), at, {}), side, order, None)
