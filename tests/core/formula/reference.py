"""A small evaluator, for what an expression means: exact where everything is rational, else in doubles."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from actcli.core.formula.expression import Expression, Op, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FUNCTIONS: dict[Op, Callable[..., Any]] = {
    Op.ADD: lambda a, b: a + b,
    Op.SUBTRACT: lambda a, b: a - b,
    Op.MULTIPLY: lambda a, b: a * b,
    Op.DIVIDE: lambda a, b: a / b,
    Op.NEGATE: lambda a: -a,
    Op.POWER: lambda a, b: a**b,
    Op.SQRT: math.sqrt,
    Op.CBRT: math.cbrt,
    Op.EXP: math.exp,
    Op.EXPM1: math.expm1,
    Op.LOG: math.log,
    Op.LOG1P: math.log1p,
    Op.SIN: math.sin,
    Op.COS: math.cos,
    Op.TAN: math.tan,
    Op.SINH: math.sinh,
    Op.COSH: math.cosh,
    Op.TANH: math.tanh,
    Op.SECH: lambda a: 1 / math.cosh(a),
    Op.ARCSIN: math.asin,
    Op.ARCCOS: math.acos,
    Op.ARCTAN: math.atan,
    Op.ARCSINH: math.asinh,
    Op.ARCCOSH: math.acosh,
    Op.ARCTANH: math.atanh,
    Op.ERF: math.erf,
    Op.ERFC: math.erfc,
    Op.LOGISTIC: lambda a: 1 / (1 + math.exp(-a)),
    Op.SOFTPLUS: lambda a: math.log1p(math.exp(a)),
    Op.NORMAL_CDF: lambda a: math.erfc(-a / math.sqrt(2)) / 2,
    Op.NORMAL_PDF: lambda a: math.exp(-a * a / 2) / math.sqrt(2 * math.pi),
    Op.GAMMA: math.gamma,
    Op.ABS: abs,
    Op.SIGN: lambda a: (a > 0) - (a < 0),
    Op.FLOOR: math.floor,
    Op.CEIL: math.ceil,
    Op.MAXIMUM: max,
    Op.MINIMUM: min,
    Op.LESS: lambda a, b: a < b,
    Op.LESS_EQUAL: lambda a, b: a <= b,
    Op.EQUAL: lambda a, b: a == b,
    Op.AND: lambda a, b: a and b,
    Op.OR: lambda a, b: a or b,
    Op.NOT: lambda a: not a,
    Op.WHERE: lambda c, a, b: a if c else b,
}


def value(root: Expression, x: Any, parameters: Mapping[str, Any] | None = None) -> Any:
    """Return what an expression is at x; NaN where a function has no value."""
    found: dict[Expression, Any] = {}
    for e in in_order(root):
        if e.op is Op.VARIABLE:
            found[e] = x
        elif e.op is Op.PARAMETER:
            found[e] = (parameters or {})[str(e.value)]
        elif e.op is Op.NUMBER:
            assert isinstance(e.value, Fraction)
            found[e] = e.value
        elif e.op is Op.CONSTANT:
            found[e] = {"pi": math.pi, "e": math.e}[str(e.value)]
        else:
            try:
                found[e] = _FUNCTIONS[e.op](*(found[a] for a in e.args))
            except (ArithmeticError, ValueError):  # in a piece that is not taken
                found[e] = math.nan
    return found[root]
