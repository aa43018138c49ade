"""Where a function breaks: at the arguments that make a comparison in its formula tie, and at its poles."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.formula.derive import derivative
from actcli.core.formula.estimates import SAME, tends_to
from actcli.core.formula.expression import Expression, Op, X, apply, constant, depends_on, in_order
from actcli.core.formula.rewrite import recognised, stable
from actcli.core.formula.run import run
from actcli.core.formula.simplify import simplified
from actcli.core.formula.zeros import factors
from actcli.core.numerics.exact import Exact
from actcli.core.roots import sign_changes
from actcli.core.spec import Break, Kink, Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actcli.core.arrays import Array

COMPARED = frozenset({Op.LESS, Op.LESS_EQUAL, Op.EQUAL, Op.MAXIMUM, Op.MINIMUM})
SWITCHED = frozenset({Op.ABS, Op.SIGN, Op.LOG, Op.CBRT, Op.SQRT})
"""Operations of one argument that break, or have a pole, where it is 0."""
STEPS = frozenset({Op.FLOOR, Op.CEIL})

_PI = constant("pi")

OCTAVES = 2.0 ** np.arange(-40, 11, 0.125)
_EVEN = np.arange(-64, 64 + 1 / 128, 1 / 64) + 3 * 2.0**-10  # of which none is among the octaves
GRID = np.sort(np.concatenate([-OCTAVES, [0.0], OCTAVES, _EVEN]))
"""Where a change of sign is looked for: eight points to an octave, and 64 to a unit about 0."""

REACH = 64.0
"""How far from 0 the places of a wave's kinks are followed: they never end."""

STEP = 2.0**-20
"""The first distance from a kink, as a part of its size, at which its sides are looked at; halved twice."""

ERROR = 1e-4
"""A limit is wrong by less than that part of how far the values move on the way to it: by about d of it."""


def kinks(root: Expression) -> tuple[Kink, ...]:
    """Return where f, f′ or f″ breaks, in order, for an expression whose parameters have values."""
    points = sorted({point for e in _switches(root) for factor in factors(e) for point in _zeros(factor)})
    if not points:
        return ()
    slope = recognised(derivative(recognised(root), X))
    programs = [stable(e) for e in (root, slope, derivative(slope, X))]
    found = (_kink(programs, point) for point in points)
    return tuple(kink for kink in found if kink)


def _switches(root: Expression) -> Iterator[Expression]:
    """Yield what is 0 where an operation of the expression breaks."""
    moving = depends_on(X, [root])
    for e in in_order(root):
        if e not in moving:
            continue
        if e.op in COMPARED:
            yield simplified(e.args[0] - e.args[1])
        elif e.op in SWITCHED:
            yield e.args[0]
        elif e.op is Op.DIVIDE or (e.op is Op.POWER and _is_negative(e.args[1])):
            yield e.args[e.op is Op.DIVIDE]
        elif (
            e.op is Op.POWER and e.args[1].op is Op.NUMBER and Fraction(str(e.args[1].value)).denominator > 1
        ):
            yield e.args[0]
        elif e.op in STEPS:
            yield apply(Op.SIN, e.args[0] * _PI)
        elif e.op is Op.TAN:
            yield apply(Op.COS, e.args[0])


def _is_negative(e: Expression) -> bool:
    return e.op is Op.NUMBER and isinstance(e.value, Fraction) and e.value < 0


def _zeros(e: Expression) -> list[float]:
    """Return the doubles nearest to the zeros of an expression: those of a line, else changes of its sign."""
    if (line := _line(e)) is not None:
        slope, intercept = line
        if slope == 0:
            return []
        return [float(-intercept / slope) + 0.0]
    program = stable(simplified(e))
    found: list[float] = (sign_changes(lambda x: _values(program, x), GRID, REACH) + 0.0).tolist()
    return found


def _line(e: Expression) -> tuple[Fraction, Fraction] | None:
    """Return the slope and intercept of an expression that is a line with rational ones."""
    lines: dict[Expression, tuple[Fraction, Fraction] | None] = {}
    for part in in_order(e):
        args = [lines[a] for a in part.args]
        found = None
        if part is X:
            found = Fraction(1), Fraction(0)
        elif isinstance(part.value, Fraction):
            found = Fraction(0), part.value
        elif args and all(args):
            (m, b), *rest = (a for a in args if a)
            n, c = rest[0] if rest else (Fraction(0), Fraction(0))
            if part.op is Op.ADD:
                found = m + n, b + c
            elif part.op is Op.SUBTRACT:
                found = m - n, b - c
            elif part.op is Op.NEGATE:
                found = -m, -b
            elif part.op is Op.MULTIPLY and 0 in (m, n):
                found = m * c + n * b, b * c
            elif part.op is Op.DIVIDE and n == 0 and c:
                found = m / c, b / c
        lines[part] = found
    return lines[e]


def _values(program: Expression, x: Array) -> Array:
    m = Exact()
    with np.errstate(all="ignore"):
        result = run([program], m, m.argument(np.ascontiguousarray(x, np.float64)))[0]
        return np.array(np.broadcast_to(m.value(result), np.shape(x)))


def _kink(programs: list[Expression], point: float) -> Kink | None:
    """Return what breaks at a point, if anything does."""
    d = STEP * max(abs(point), 1.0)
    x = point + np.array([-d, -d / 2, -d / 4, 0.0, d / 4, d / 2, d])
    for order, program in zip(Break, programs, strict=True):
        values = _values(program, x).tolist()
        value, sides = values[3], (tends_to(*values[:3]), tends_to(*values[:3:-1]))
        nothing = SAME * max(map(abs, sides)) + ERROR * (
            abs(values[0] - values[2]) + abs(values[4] - values[6])
        )
        if not abs(sides[0] - sides[1]) <= nothing:
            nearer = abs(sides[0] - value) < abs(sides[1] - value)
            return Kink(point, order, Side.LEFT if order is Break.VALUE and nearer else Side.RIGHT)
        if order is Break.VALUE and not abs(value - sides[0]) <= nothing:
            return Kink(point, order)  # a value of its own, or none
    return None
