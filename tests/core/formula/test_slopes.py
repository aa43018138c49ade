"""Derivatives in pieces, as people write them."""

from __future__ import annotations

import pytest

from actcli.core.formula.derive import derivative
from actcli.core.formula.expression import X
from actcli.core.formula.grammar import parse
from actcli.core.formula.slopes import presentable, slope_of
from actcli.core.formula.write import text

SLOPES = {
    "max(0, x)": "1 for x > 0, 0 otherwise",
    "min(0, x) - 2": "0 for x ≥ 0, 1 otherwise",
    "max(0, x) + a*min(0, x)": "1 for x > 0, a otherwise",
    "max(0, x) + a*(exp(min(0, x)/a) - 1)": "1 for x > 0, e^(x/a) otherwise",
    "x*max(0, min(6, x + 3))/6": "1 for x ≥ 3, (2·x + 3)/6 for x > −3, 0 otherwise",
    "min(max(2x + 1, -1), 1)": "0 for x ≥ 0, 2 for x > −1, 0 otherwise",
    "|x - 1| + |x + 1|": "sign(x − 1) + sign(x + 1)",
    "x/(1 + |x|)": "1/(|x| + 1)²",
    "x == 0 ? 1 : sin(x)/x": "0 for x = 0, (cos(x) − sin(x)/x)/x otherwise",
    "x > a ? x : 0": "1 for x > a, 0 otherwise",
    "log(1 + exp(b*x))/b": "σ(b·x)",
    "x^2.5": "2.5·(√x)³",
    "x^-3": "−3/x⁴",
    "x*log(x)": "ln(x) + 1",
    "x^2*log(x)": "x·(2·ln(x) + 1)",
    "x*sqrt(x)": "1.5·√x",
    "|x|^1.5": "1.5·sign(x)·√|x|",
    "x^x": "x^x·(ln(x) + 1)",
    "x/(1 + x^2)": "(1 − x²)/(x² + 1)²",
    "x^3/(1 + x^2)": "x²·(x² + 3)/(x² + 1)²",
    "x/sqrt(1 + a*x^2)": "1/(√(a·x² + 1)·(a·x² + 1))",
}


@pytest.mark.parametrize("formula", SLOPES)
def test_a_derivative_is_written_as_people_write_it(formula: str) -> None:
    assert text(slope_of(parse(formula).expression)) == SLOPES[formula]


def test_too_many_pieces_are_left_together() -> None:
    steps = " + ".join(f"max(x, {k})" for k in range(40))
    slope = presentable(derivative(parse(steps).expression, X))
    assert text(slope).count("for") == 40
