"""Derivatives: every rule against differences, and the forms that they take."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from mpmath import mp

from actcli.core.formula.derive import PARTIALS, SLOPES, derivative
from actcli.core.formula.expression import (
    ONE,
    ZERO,
    Expression,
    Op,
    X,
    apply,
    constant,
    in_order,
    number,
    parameter,
)
from actcli.errors import UsageError

A = parameter("a")
DOMAINS = {Op.ARCCOSH: ("1.3", "7.1"), Op.LOG1P: ("-0.7", "2.3")}
ANYWHERE = ("0.3", "0.71")

IN_MPMATH: dict[str, Any] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "negate": lambda a: -a,
    "^": mp.power,
    "arcsin": mp.asin,
    "arccos": mp.acos,
    "arctan": mp.atan,
    "arcsinh": mp.asinh,
    "arccosh": mp.acosh,
    "arctanh": mp.atanh,
    "logistic": lambda u: 1 / (1 + mp.exp(-u)),
    "softplus": lambda u: mp.log1p(mp.exp(u)),
    "normal_cdf": mp.ncdf,
    "normal_pdf": mp.npdf,
    "trigamma": lambda u: mp.psi(1, u),
    "abs": abs,
    "maximum": max,
    "minimum": min,
    "less": lambda a, b: a < b,
    "where": lambda c, a, b: a if c else b,
}


def value(root: Expression, x: str, a: str = "0.4") -> Any:
    """Return the value of an expression in mpmath."""
    values: dict[Expression, Any] = {}
    for e in in_order(root):
        args = [values[part] for part in e.args]
        if e.op is Op.NUMBER and isinstance(e.value, Fraction):
            values[e] = mp.mpf(e.value.numerator) / e.value.denominator
        elif not args:
            values[e] = {
                "x": mp.mpf(x),
                "parameter": mp.mpf(a),
                "constant": +(mp.pi if e.value == "pi" else mp.e),
            }[e.op]
        else:
            values[e] = (IN_MPMATH.get(e.op) or getattr(mp, e.op))(*args)
    return values[root]


def agrees(root: Expression, leaf: Expression, x: str) -> bool:
    """Return whether a derivative is what differences say."""
    with mp.workdps(60):
        h = mp.mpf(10) ** -20
        if leaf is X:
            high, low = (value(root, mp.mpf(x) + step) for step in (h, -h))
        else:
            high, low = (value(root, x, mp.mpf("0.4") + step) for step in (h, -h))
        due = (high - low) / (2 * h)
        return bool(abs(value(derivative(root, leaf), x) - due) <= mp.mpf(10) ** -30 * (1 + abs(due)))


@pytest.mark.parametrize("op", [op for op in SLOPES if op is not Op.TRIGAMMA], ids=str)
def test_the_slopes_are_those_of_the_functions(op: Op) -> None:
    for x in DOMAINS.get(op, ANYWHERE):
        assert agrees(apply(op, X), X, x)
        assert agrees(apply(op, X * A + Fraction(3, 2)) if op in DOMAINS else apply(op, X * A), A, x)


@pytest.mark.parametrize("op", [op for op in PARTIALS if op is not Op.WHERE and op is not Op.ABS], ids=str)
def test_the_partial_derivatives_are_those_of_the_operations(op: Op) -> None:
    for u, v in ((X, A), (A, X), (X * A, X + 2), (X**2, number(Fraction(5, 2)))):
        for leaf in (X, A):
            assert agrees(apply(op, u, v), leaf, "0.7")


def test_a_choice_is_derived_in_its_branches() -> None:
    f = apply(Op.WHERE, apply(Op.LESS, X, A), X**2, apply(Op.EXP, A * X))
    assert all(agrees(f, leaf, x) for leaf in (X, A) for x in ("0.3", "0.5"))
    assert all(agrees(apply(Op.ABS, X), X, x) for x in ("0.3", "-0.3"))


@pytest.mark.parametrize(
    ("root", "leaf", "due"),
    [
        (X, X, ONE),
        (A, X, ZERO),
        (apply(Op.EXP, A), X, ZERO),
        (X**2, X, 2 * X),
        (A * X, A, X),
        (apply(Op.LOGISTIC, X), X, apply(Op.LOGISTIC, X) * apply(Op.LOGISTIC, -X)),
        (apply(Op.TANH, X), X, apply(Op.SECH, X) ** 2),
        (X**A, X, A * X ** (A - 1)),
        (constant("e") ** X, X, constant("e") ** X),
        (apply(Op.SIGN, X), X, ZERO),
        (apply(Op.FLOOR, X) * X, X, apply(Op.FLOOR, X)),
    ],
)
def test_derivatives_stay_small(root: Expression, leaf: Expression, due: Expression) -> None:
    assert derivative(root, leaf) is due


def test_an_exponent_that_does_not_move_gives_no_logarithm() -> None:
    assert not any(e.op is Op.LOG for e in in_order(derivative(X**A, X)))
    assert any(e.op is Op.LOG for e in in_order(derivative(X**A, A)))


def test_what_is_shared_is_derived_once() -> None:
    f: Expression = X
    for _ in range(40):
        f = apply(Op.SIN, f * f + 1)
    assert len(in_order(derivative(f, X))) < 600


def test_a_long_sum_takes_no_recursion() -> None:
    f: Expression = X
    for i in range(5000):
        f = f + apply(Op.SIN, X * i)
    assert len(in_order(derivative(f, X))) > 10_000


def test_trigamma_is_the_end() -> None:
    assert derivative(apply(Op.DIGAMMA, X), X) is apply(Op.TRIGAMMA, X)
    with pytest.raises(UsageError, match="the derivative of trigamma"):
        derivative(apply(Op.TRIGAMMA, X), X)
