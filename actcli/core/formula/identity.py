"""Whether a formula, or a derivative of it, is 0 for every x: cos(2x) − cos²x + sin²x, tan x·cos x − sin x.

That is 0 at points is no reason that it is 0 between them, except for analytic functions: one that is 0 on a
set with a point of accumulation is 0 all over its connected domain. What is made of functions that are
meromorphic, or analytic at every real argument that they are given, has such a domain: the line without its
poles. Whether it is 0 at a few points that no formula knows of is asked to `truth.TIE_BITS` bits.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from actcli.core.formula.algebra import NOT_NEGATIVE, POSITIVE, facts, whole
from actcli.core.formula.expression import Expression, Op, in_order
from actcli.core.formula.replay import bound

if TYPE_CHECKING:
    from actcli.core.formula.replay import Values

MEROMORPHIC = frozenset(
    (
        *(Op.VARIABLE, Op.NUMBER, Op.CONSTANT, Op.ADD, Op.SUBTRACT, Op.MULTIPLY, Op.DIVIDE, Op.NEGATE),
        *(Op.EXP, Op.EXPM1, Op.SIN, Op.COS, Op.TAN, Op.SINH, Op.COSH, Op.TANH, Op.SECH),
        *(Op.ERF, Op.ERFC, Op.LOGISTIC, Op.NORMAL_CDF, Op.NORMAL_PDF),
    )
)
ON_THE_LINE = frozenset((Op.ARCTAN, Op.ARCSINH, Op.SOFTPLUS))
"""Functions that are analytic at every real number, and have branches elsewhere."""

PROBES = tuple(Fraction(k, 2**61 - 1) * 2 ** (e - 61) for k, e in (
    (0x9E3779B97F4A7C15, -2), (-0xBF58476D1CE4E5B9, 0), (0x94D049BB133111EB, 2), (0xD6E8FEB86659FD93, -1),
))  # fmt: skip
"""Points of all signs and sizes, none of them a double."""
NEEDED = 3
"""At how many of them there must be a value."""


@lru_cache(maxsize=64)
def is_zero(root: Expression, params: Values, order: int, wrt: str | None) -> bool:
    """Return whether f, f′, f″ or ∂f/∂parameter is 0 wherever it has a value; False if nobody knows."""
    from actcli.core.formula.truth import TIE_BITS, enclose, precision, sign
    from actcli.core.jets import ZERO

    if not is_analytic(bound(root, dict(params))):
        return False

    def find(x: Fraction) -> Any:
        value = enclose(root, dict(params), x, order, wrt)
        return None if isinstance(value, float) else ZERO if sign(value) == 0 else value

    with precision() as at:
        sizes = [size for x in PROBES if (size := at(TIE_BITS, find, x)) is not None]
    return len(sizes) >= NEEDED and all(size is ZERO for size in sizes)


def is_analytic(root: Expression) -> bool:
    """Return whether an expression in x is surely an analytic function on a connected domain."""
    return all(map(_is_analytic, in_order(root)))


def _is_analytic(e: Expression) -> bool:
    if e.op in MEROMORPHIC or facts(e).fixed:
        return True
    inner = facts(e.args[0]) if e.args else None
    if inner is None or not inner.total:
        return e.op is Op.POWER and whole(e.args[1]) is not None
    match e.op:
        case Op.POWER:
            return whole(e.args[1]) is not None or (inner.signs == POSITIVE and facts(e.args[1]).total)
        case Op.SQRT | Op.LOG:
            return inner.signs == POSITIVE
        case Op.LOG1P:
            return inner.signs <= NOT_NEGATIVE
    return e.op in ON_THE_LINE
