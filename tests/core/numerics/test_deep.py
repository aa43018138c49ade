"""The arithmetic of unlimited exponents on compositions of its functions, against Arb balls.

The balls are of the textbook formula, in which nothing is rearranged: they tell what the composition is, and
a composition whose exponents end is NaN, never another number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import flint
import numpy as np
import pytest

from actcli.core.numerics import scaled
from actcli.core.numerics.deep import Deep, limit_at

M = Deep()

POINTS = [0.3, -2.5, 40.3, 700.5, -1399.0, 1401.0, -3000.25, 1e5, -1e5, 12345.678, -3.7e9, 1e12, 2.0**45]
FARTHER = [-(2.0**50), 5.7e17, -5.8e17, 1e18, -1e20, 1e30, -1e100, 1.7e308]


def _sech2(x: Any) -> Any:
    s, c = M.logistic(x * 2)
    return s * c * 4


def _slope(x: Any) -> Any:
    """Return the derivative of x·tanh(e^x)."""
    e = M.exp(x)
    return M.tanh(e) + x * e * _sech2(e)


def _true_slope(x: Any) -> Any:
    """Return the same in balls, where sech² of a huge number would be no number."""
    e = x.exp()
    return 1 + 0 * e if e > 1e4 else e.tanh() + x * e * e.sech() ** 2


Formula = Callable[[Any], Any]

COMPOSITIONS: dict[str, tuple[Formula, Formula]] = {
    "e^x": (M.exp, lambda x: x.exp()),
    "e^x·e^−x": (lambda x: M.exp(x) * M.exp(-x), lambda x: x.exp() * (-x).exp()),
    "e^(x+1)·e^−x": (lambda x: M.exp(x + 1.0) * M.exp(-x), lambda x: (x + 1).exp() * (-x).exp()),
    "e^2x/(e^x)²": (
        lambda x: M.exp(x * 2) / (M.exp(x) * M.exp(x)),
        lambda x: (2 * x).exp() / (x.exp() * x.exp()),
    ),
    "√(e^x)·e^(−x/2)": (
        lambda x: M.sqrt(M.exp(x)) * M.exp(x * -0.5),
        lambda x: x.exp().sqrt() * (-x / 2).exp(),
    ),
    "e^x/(1 + e^x)": (lambda x: M.exp(x) / (1 + M.exp(x)), lambda x: x.exp() / (1 + x.exp())),
    "ln e^x": (lambda x: M.log(M.exp(x)), lambda x: x.exp().log()),
    "ln(1 + e^e^x)": (lambda x: M.log1p(M.exp(M.exp(x))), lambda x: x.exp().exp().log1p()),
    "softplus(e^x)": (lambda x: M.softplus(M.exp(x)), lambda x: x.exp() + (-x.exp()).exp().log1p()),
    "sinh x/cosh x": (lambda x: M.sinh(x) / M.cosh(x), lambda x: x.sinh() / x.cosh()),
    "arsinh(sinh x)": (lambda x: M.arcsinh(M.sinh(x)), lambda x: x.sinh().asinh()),
    "x·tanh e^x": (lambda x: x * M.tanh(M.exp(x)), lambda x: x * x.exp().tanh()),
    "(x·tanh e^x)′": (_slope, _true_slope),
    "σ(x)/σ(−x)·e^−x": (
        lambda x: M.logistic(x)[0] / M.logistic(x)[1] * M.exp(-x),
        lambda x: x.exp() * (-x).exp(),
    ),
}


def _rounded(ball: Any) -> tuple[float, float]:
    """Return the doubles next to both ends of a ball; (−∞, ∞) if it has none."""
    if not ball.is_finite():
        return -math.inf, math.inf
    return float(ball.lower()), float(ball.upper())


def _true(formula: Formula, x: float) -> float:
    """Return the double next to the value of a formula; NaN where balls do not tell it."""
    before = flint.ctx.prec
    try:
        for bits in (200, 1200, 5000):
            flint.ctx.prec = bits
            low, high = _rounded(formula(flint.arb(x)))
            if low == high:
                return low
    finally:
        flint.ctx.prec = before
    return math.nan


@pytest.mark.parametrize("name", COMPOSITIONS)
def test_a_composition_is_right_or_unknown_whatever_its_exponents(name: str) -> None:
    formula, truth = COMPOSITIONS[name]
    for x in POINTS + FARTHER:
        with np.errstate(all="ignore"):
            got = float(scaled.of(formula(M.argument(np.array([x])))).value()[0])
        true = _true(truth, x)
        assert got == true or math.isnan(got) or math.isnan(true), f"{x}: {got}, due {true}"


@pytest.mark.parametrize("name", sorted(COMPOSITIONS.keys() - {"ln(1 + e^e^x)"}))
def test_exponents_are_carried_as_far_as_they_fit(name: str) -> None:
    with np.errstate(all="ignore"):
        got = scaled.of(COMPOSITIONS[name][0](M.argument(np.array(POINTS)))).value()
    assert not np.isnan(got).any()


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (lambda e: e * 3.0, math.inf),
        (lambda e: -e / 3.0, -math.inf),
        (lambda e: 1.0 / e, 0.0),
        (lambda e: e + 1.0, math.inf),
        (lambda e: 1.0 / e + 1.0, 1.0),
        (lambda e: 0.0 * e, 0.0),
        (lambda e: M.maximum(e, 0.0), math.inf),
        (lambda e: e / e, math.nan),
        (lambda e: e - e, math.nan),
        (lambda e: 1.0 / e - 1.0 / (e * e), math.nan),
        (lambda e: M.maximum(e - e, 0.0), math.nan),
        (lambda e: M.minimum(e - e, 0.0), math.nan),
        (M.sqrt, math.inf),
        (lambda e: M.exp(-e), 0.0),
        (M.log, math.nan),
    ],
)
def test_what_has_no_exponent_keeps_its_side_and_comes_back_as_nan(formula: Formula, expected: float) -> None:
    with np.errstate(all="ignore"):
        got = float(scaled.of(formula(M.exp(M.argument(np.array([1e30]))))).value()[0])
    assert got == expected or (math.isnan(got) and math.isnan(expected))


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (lambda m, x: x * m.exp(-x), (-math.inf, 0.0)),
        (lambda m, x: m.logistic(x)[0], (0.0, 1.0)),
        (lambda m, x: m.tanh(m.exp(x)), (0.0, 1.0)),
        (lambda m, x: m.softplus(x) - x, (math.inf, 0.0)),
        (lambda _, x: 3.0 - 1.0 / (1 + x * x), (3.0, 3.0)),
        (lambda m, x: m.sin(x), (math.nan, math.nan)),
    ],
)
def test_limits_are_read_off_far_beyond_all_doubles(formula: Any, expected: tuple[float, float]) -> None:
    with np.errstate(all="ignore"):
        got = limit_at(formula, -math.inf), limit_at(formula, math.inf)
    assert np.array_equal(got, expected, equal_nan=True)
