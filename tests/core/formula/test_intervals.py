"""Intervals hold all values; zeros are found, every one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from actcli.core.definition import asking
from actcli.core.dtypes import FLOAT64
from actcli.core.formula.derive import derivative
from actcli.core.formula.enclosures import Enclosures
from actcli.core.formula.expression import X
from actcli.core.formula.grammar import parse
from actcli.core.formula.intervals import over
from actcli.core.formula.record import record
from actcli.core.formula.simplify import simplified
from actcli.core.formula.zeros import roots
from actcli.core.questions import rounded
from actcli.core.spec import Subject

FORMULAS = [
    "x*sigmoid(x)", "x*tanh(softplus(x))", "x*(1 + erf(x/sqrt(2)))/2", "sin(x)/x", "x*log(abs(x))", "x^x",
    "exp(-1/x)", "sqrt(x^2 - 1)", "tan(x)", "floor(x) - ceil(x/2)", "max(x, exp(x) - 1)", "x > 0 ? 1 : x^2",
    "asin(x/3) + acosh(x)", "x^-3 + x^5", "cosh(x) - sech(x)", "gamma(x)", "x^2.5 - cbrt(x)",
    "atanh(x)*sign(x)", "min(x, cos(x))*asinh(x)", "ndtr(x)*log1p(x) - expm1(x)",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_values_lie_in_their_intervals(text: str) -> None:
    source = np.random.default_rng(len(text))
    middle, width = source.normal(0, 3, 40), 10.0 ** source.uniform(-6, 2, 40)
    low, high = middle - width * source.random(40), middle + width * source.random(40)
    root = simplified(parse(text).expression)
    f = record(parse(text))
    for order, e in enumerate((root, simplified(derivative(root, X)))):
        (found,) = over([e], low, high)
        ask = asking(Subject(f, {}, order))
        for i, part in enumerate(source.random(40)):
            x = float(np.clip(low[i] + (high[i] - low[i]) * part, low[i], high[i]))
            value = ask(x, rounded(FLOAT64))
            if math.isnan(value):
                assert order or not found.total[i], x  # 1/(1 − x²) is defined where artanh x is not
            else:
                assert found.low[i] <= value <= found.high[i], x
                assert found.partial[i], x


@pytest.mark.parametrize(
    ("text", "due", "complete"),
    [
        ("x^3 - 3x", [-math.sqrt(3), 0, math.sqrt(3)], True),
        ("x^2 - 2", [-math.sqrt(2), math.sqrt(2)], True),
        ("x^4 - 2x^2 + 1", [-1, 1], True),
        ("(x - 1/3)^5*(x + 7)", [-7, 1 / 3], True),
        ("exp(x) - 5", [math.log(5)], True),
        ("x*sigmoid(x)", [0], True),
        ("1/(1 + x^2)", [], True),
        ("x^2 + 1e-12", [], True),
        ("x^2 - 1e-12", [-1e-6, 1e-6], True),
        ("x - 1e9", [1e9], True),
        ("exp(x) - x - 1", [0], None),
        ("log(x)*sqrt(x)", [1], True),
    ],
)
def test_zeros(text: str, due: list[float], complete: bool | None) -> None:
    piece = (5e-324, math.inf) if "log" in text else (-math.inf, math.inf)
    found = roots(simplified(parse(text).expression), [piece], Enclosures())
    assert [r.x for r in found.points] == pytest.approx(due, rel=1e-15)
    assert complete is None or found.complete is complete


def test_where_an_expression_is_0_all_over() -> None:
    found = roots(
        simplified(parse("x > 2 ? x - 2 : 0").expression), [(-math.inf, 1.9), (2.1, math.inf)], Enclosures()
    )
    assert [(b, len(found.points)) for _, b in found.flat] == [(1.9, 0)]
