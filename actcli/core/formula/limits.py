"""Limits and asymptotes of a formula at ±∞, read off its enclosures ever farther out.

The values at ±2^40, ±2^80 … ±2^1280 tend to 0, to a number, or to ±∞ as `truth.settled` tells; points between
the last two tell whether they oscillate. That is no proof: a formula may change its mind beyond 2^1280. It is
one where the laws of limits (∞·2 = ∞, 1/∞ = 0) tell the same, or the formula is a fraction of polynomials far
out. What tends to its limit more slowly than a small power of x is left open, unless these tell it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.dtypes import FLOAT64
from actcli.core.formula.expression import Op, X, in_order, parameter
from actcli.core.questions import is_available, load, rounded
from actcli.core.spec import Side, Tail
from actcli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from actcli.core.formula.expression import Expression

    Params = Mapping[str, float | Fraction]
    Named = tuple[tuple[str, float | Fraction], ...]


class Ending(StrEnum):
    """What a function does towards an end of the line."""

    NUMBER = "number"
    INFINITE = "infinite"
    OSCILLATES = "oscillates"
    UNDEFINED = "undefined"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Limit:
    """What a function tends to.

    Attributes:
        ending: whether it tends to anything.
        value: a fraction where it is as simple as one, an enclosure otherwise; ±∞; None if there is no limit.
        proved: whether the laws of limits tell it.
    """

    ending: Ending
    value: Any = None
    proved: bool = False

    def enclosed(self) -> Any:
        """Return the limit as questions take it: NaN where there is none."""
        if self.value is None:
            return math.nan
        if self.ending is Ending.INFINITE:
            return math.inf if self.value > 0 else -math.inf
        return self.value


@dataclass(frozen=True, slots=True)
class Asymptote:
    """A line slope·x + intercept that a function nears."""

    slope: Any
    intercept: Any


def limit(expression: Expression, params: Params, end: int, order: int = 0, wrt: str | None = None) -> Limit:
    """Return what f, f′, f″ (by order) or ∂f/∂parameter tends to at −∞ or ∞ (by the sign of `end`).

    Without python-flint it is what pairs of unlimited exponent give far out.
    """
    if is_available():
        return _limit(expression, tuple(params.items()), end, order, wrt)
    value = _of_pairs(expression, params, end, *([parameter(wrt)] if wrt else [X] * order))
    if math.isnan(value):
        return Limit(Ending.UNKNOWN)
    return Limit(Ending.INFINITE if math.isinf(value) else Ending.NUMBER, value)


@lru_cache(maxsize=256)
def _limit(expression: Expression, named: Named, end: int, order: int, wrt: str | None) -> Limit:
    from actcli.core.formula import truth

    params = dict(named)

    def function(x: Any) -> Any:
        return truth.beside(expression, params, x, 1, order, wrt)

    start = _start(expression, params)
    lawful = None if wrt else _lawful(expression, params, end, order)
    if lawful is not None and truth.end_of(lawful):
        return Limit(Ending.INFINITE, lawful, proved=True)
    if lawful is not None and lawful != 0:
        return Limit(Ending.NUMBER, truth.simplest(lawful), proved=True)
    found = _tends_to(function, end, start)
    if lawful is None:
        return found
    return Limit(Ending.NUMBER, lawful if found.value is None else found.value, proved=True)  # with its sign


def _lawful(expression: Expression, params: Params, end: int, order: int) -> Any:
    """Return what the laws of limits tell of f, f′ or f″; None if they tell nothing."""
    from actcli.core.formula import truth
    from actcli.core.formula.replay import derived

    try:
        form = derived(expression, (X,) * order, params) if order else expression
    except UsageError:  # of trigamma
        return None
    with truth.precision() as at:
        far = end * load().fmpq(2) ** FARTHER[0]
        if at(PROOF_BITS, truth.beside, expression, params, far, 1) is None:
            return None  # 1/x is no derivative of ln x for x < 0
        for law in (truth.at_infinity, _of_polynomials):
            found = at(PROOF_BITS, law, form, {} if order else params, end)
            if found is not None and found is not truth.NAN:
                return found
    return None


def _of_polynomials(expression: Expression, params: Params, end: int) -> Any:
    """Return the limit of a formula that is a fraction of polynomials far out; None if it is none."""
    from actcli.core.formula import truth
    from actcli.core.formula.expression import Op, apply, in_order, number
    from actcli.core.formula.rational import limit_of

    def sign_of(e: Expression) -> int:
        value = truth.at_infinity(e, params, end)
        return 0 if value is None else truth.end_of(value) or int(load().sign(value))

    new: dict[Expression, Expression] = {}
    for e in in_order(expression):
        args = [new[a] for a in e.args]
        if e.op is Op.PARAMETER:
            new[e] = number(Fraction(params[str(e.value)]))
        elif e.op is Op.ABS and (side := sign_of(e.args[0])):
            new[e] = args[0] if side > 0 else -args[0]
        elif e.op in (Op.MAXIMUM, Op.MINIMUM) and (side := sign_of(e.args[0] - e.args[1])):
            new[e] = args[(side > 0) is (e.op is Op.MINIMUM)]
        elif e.op is Op.WHERE and e.args[0].op is Op.LESS:
            a, b = e.args[0].args
            side = sign_of(a - b)
            new[e] = apply(e.op, *args) if side == 0 else args[1] if side < 0 else args[2]
        else:
            new[e] = apply(e.op, *args) if args else e
    return limit_of(new[expression], end)


PROOF_BITS = 256
"""The precision at which the laws of limits are applied."""


def asymptote(expression: Expression, params: Params, end: int) -> Asymptote | None:
    """Return the line that f nears at −∞ or ∞, which may be level; None if there is none or nobody can tell.

    Its slope is the limit of f′, its intercept that of f − x·f′, if x·(f′ − slope) tends to 0.
    """
    slope = limit(expression, params, end, 1)
    if slope.ending is not Ending.NUMBER:
        return None
    level = limit(expression, params, end)
    if level.ending is Ending.NUMBER:
        return Asymptote(0.0, _unsigned(level.value))
    if not is_available():
        return None
    from actcli.core.formula import truth

    def rest(x: Any) -> Any:
        f, slope = (truth.beside(expression, params, x, 1, k) for k in (0, 1))
        return None if f is None or slope is None else f - x * slope

    found = _tends_to(rest, end)
    if found.ending is not Ending.NUMBER:
        return None
    return Asymptote(_unsigned(slope.value), _unsigned(found.value))


def is_negative_zero(value: Any) -> bool:
    """Return whether a limit is 0 from below."""
    if isinstance(value, float):
        return value == 0 and math.copysign(1.0, value) < 0
    return isinstance(value, load().Extreme) and value.sign < 0 and value.is_tiny


def _unsigned(value: Any) -> Any:
    """Return 0 for a limit of 0 from below."""
    return (
        0.0 if isinstance(value, float) and value == 0 else load().ZERO if is_negative_zero(value) else value
    )


def tail(expression: Expression, params: Params, side: Side) -> Tail:
    """Return what f, f′ and f″ tend to at an end of the line, rounded; NaN where that is not known."""
    end = 1 if side is Side.RIGHT else -1
    value, slope, curvature = (nearest(limit(expression, params, end, k).enclosed()) for k in range(3))
    line = asymptote(expression, params, end)
    return Tail(value, slope, curvature, nearest(line.intercept) if line else None)


def gradient(expression: Expression, params: Params, side: Side, wrt: str) -> float:
    """Return what ∂f/∂parameter tends to at an end of the line, as `tail` does f."""
    end = 1 if side is Side.RIGHT else -1
    return nearest(limit(expression, params, end, wrt=wrt).enclosed())


def nearest(value: Any) -> float:
    """Return the double nearest to a limit."""
    if isinstance(value, float):
        return value
    flint = load()
    try:
        return rounded(FLOAT64)(value if isinstance(value, float) else flint.plain(value))
    except flint.UndecidedError:  # beside a halfway point
        return float(flint.ball(value))


def _of_pairs(expression: Expression, params: Params, end: int, *leaves: Expression) -> float:
    from actcli.core.formula.replay import formula
    from actcli.core.numerics.deep import limit_at

    found = formula(expression, *leaves)
    with np.errstate(all="ignore"):
        return limit_at(lambda m, x: found(m, x, **params), end * math.inf)


FARTHER = (40, 80, 160, 320, 640, 1280)
"""A limit at ±∞ is read off values at 2 to these."""

FARTHEST = (1 << 14, 1 << 15, 1 << 16, 1 << 17, 1 << 18)
"""What is still on its way there (x^−0.001), or sets out later (x·σ(1e−300·x)), is read off values at 2 to
these, in few bits."""


def _start(expression: Expression, params: Params) -> int:
    """Return the power of two that makes up for tiny or huge numbers: tanh(1e−310·x) starts late."""
    numbers = [Fraction(str(e.value)) for e in in_order(expression) if e.op is Op.NUMBER]
    sizes = [
        abs(exact.numerator.bit_length() - exact.denominator.bit_length())
        for exact in (*numbers, *(Fraction(value) for value in params.values()))
        if exact
    ]
    return min(sum(size for size in sizes if size > NEAR_ONE), LATEST)


NEAR_ONE, LATEST = 64, 4096
"""Sizes of numbers, as powers of two, that what follows makes up for; and the latest start."""


def _tends_to(function: Callable[[Any], Any], end: int, start: int = 0) -> Limit:
    """Return the limit of a function, of which more may cancel the farther out."""
    found = _read_off(function, end, BITS[0], start)
    again = found.ending in (Ending.UNKNOWN, Ending.OSCILLATES)
    return _read_off(function, end, BITS[1], start) if again else found


BITS = 3, 8
"""The precision that is tried at 2^k: so many times k, and 200."""


def _read_off(function: Callable[[Any], Any], end: int, bits: int, start: int) -> Limit:
    flint, side = load(), 1 if end > 0 else -1
    from actcli.core.formula import truth

    with truth.precision() as at:
        powers = [start + k for k in FARTHER]
        values = [at(bits * k + 200, function, side * flint.fmpq(2) ** k) for k in powers]
        far = flint.fmpq(2) ** powers[-1]
        between = [
            at(bits * powers[-1] + 200, function, side * far * flint.fmpq(64 - j * j, 64) - flint.fmpq(j, 7))
            for j in range(1, 7)
        ]
        if all(v is None for v in values[-2:] + between):
            return Limit(Ending.UNDEFINED)
        found = truth.settled(values)
        if waves := found is not None and not _agree(found, values[-2], between):
            found = None
        elif found is None:
            farthest = [at(600, function, flint.arb(side) * flint.arb((1, k))) for k in FARTHEST]
            found = truth.settled(farthest)
            if not _climbs([*values, *between]):
                waves = not _is_clear(found, farthest[-1])
        if waves:
            return Limit(Ending.OSCILLATES if None not in values[-3:] + between else Ending.UNKNOWN)
        if found is None:
            return Limit(Ending.UNKNOWN)
        if truth.end_of(found):
            return Limit(Ending.INFINITE, found)
        return Limit(Ending.NUMBER, at(bits * powers[-1] + 200, truth.simplest, found))


def _climbs(values: list[Any]) -> bool:
    """Return whether values go one way, the last few, which lie between the two before, as well."""
    flint = load()
    *_, d, e = known = values[1 : len(FARTHER)]
    try:
        way = flint.sign(e - d)
        steps = (flint.sign(b - a) == way for a, b in pairwise(known))
        return way != 0 and all(steps) and all(flint.sign(v - d) == way for v in values[6:])
    except (TypeError, flint.UndecidedError):
        return False


def _is_clear(found: Any, last: Any) -> bool:
    """Return whether values that do not climb all along tell a limit: if it is ∞, by their size."""
    flint = load()
    from actcli.core.formula import truth

    if found is None or not truth.end_of(found):
        return found is not None
    return bool(flint.sign(truth.log_size(last) - truth.SMALL) > 0)


def _agree(found: Any, before: Any, between: list[Any]) -> bool:
    """Return whether values between the last two are such as a limit asks for."""
    flint = load()
    from actcli.core.formula import truth

    if found is None or any(v is None for v in between):
        return False
    try:
        if end := truth.end_of(found):
            return all(flint.sign(v) == end and flint.sign(v - before) == end for v in between)
        if isinstance(found, flint.Extreme) or found == 0:
            return all(abs(flint.ball(v)) < flint.arb((1, -truth.SMALL)) for v in between)
        reach = 2 * abs(flint.ball(before - found)) + flint.arb((1, -truth.SMALL * 8))
        return all(abs(flint.ball(v - found)) < reach for v in between)
    except flint.UndecidedError:
        return False
