"""Limits and asymptotes at the ends of the line."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from actcli.core.formula import limits
from actcli.core.formula.grammar import parse
from actcli.core.formula.limits import Ending, asymptote, limit, nearest, tail
from actcli.core.spec import Side

INF, NAN = math.inf, math.nan

LIMITS = [  # formula, at −∞, at ∞: a double, or how it ends
    ("x", -INF, INF),
    ("x*sigmoid(x)", -0.0, INF),
    ("atan(x)", -math.pi / 2, math.pi / 2),
    ("tanh(x)", -1.0, 1.0),
    ("sin(x)", Ending.OSCILLATES, Ending.OSCILLATES),
    ("x*sin(x)", Ending.OSCILLATES, Ending.OSCILLATES),
    ("x*(2 + sin(x))", -INF, INF),
    ("sin(x)/x", 0.0, 0.0),
    ("sin(pi*x)", Ending.OSCILLATES, Ending.OSCILLATES),
    ("x - floor(x)", Ending.OSCILLATES, Ending.OSCILLATES),
    ("1/x", -0.0, 0.0),
    ("log(x)", Ending.UNDEFINED, INF),
    ("log(log(x))", Ending.UNDEFINED, INF),
    ("1/log(x)", Ending.UNDEFINED, 0.0),
    ("(1 + log(x))/(2 + log(x))", Ending.UNDEFINED, Ending.UNKNOWN),
    ("x^0.001", Ending.UNDEFINED, INF),
    ("x^-0.001", Ending.UNDEFINED, 0.0),
    ("(1 + 1/x)^x", math.e, math.e),
    ("sqrt(x^2 + x) - x", INF, 0.5),
    ("exp(-1/x)", 1.0, 1.0),
    ("exp(x)/(1 + exp(x))", 0.0, 1.0),
    ("exp(-exp(exp(x)))", math.exp(-1), 0.0),
    ("(x + 1)/(3x - 2)", 1 / 3, 1 / 3),
    ("x*(sqrt(2/pi) + 1/x) - x*sqrt(2/pi)", 1.0, 1.0),
    ("sqrt(2/pi)*tanh(x)", -math.sqrt(2 / math.pi), math.sqrt(2 / math.pi)),
    ("sin(log(x))", Ending.UNDEFINED, Ending.OSCILLATES),
    ("x^x", Ending.UNDEFINED, INF),
    ("x*sigmoid(1e-300*x)", -0.0, INF),
    ("Phi(x)^x + 2*x", INF, INF),
    ("x^(10^400)", INF, INF),
    ("erfc(x)*exp(x^2)", INF, 0.0),
]


def test_limits_of_derivatives_of_what_cancels_farther_out() -> None:
    expression = parse("erfc(x)*exp(x^2)").expression
    ends = [(limit(expression, {}, end, order), due) for order, end, due in DERIVATIVES]
    assert [nearest(found.enclosed()) for found, _ in ends] == [due for _, due in ends]


DERIVATIVES = [(1, -1, -INF), (2, -1, INF), (1, 1, 0.0), (2, 1, 0.0)]


@pytest.mark.parametrize(("text", "left", "right"), LIMITS)
def test_limits(text: str, left: Any, right: Any) -> None:
    for end, due in ((-1, left), (1, right)):
        found = limit(parse(text).expression, {}, end)
        if isinstance(due, Ending):
            assert found.ending is due
            assert math.isnan(found.enclosed())
        else:
            value = nearest(found.enclosed())
            assert math.isclose(value, due, rel_tol=1e-15), end
            assert math.copysign(1, value) == math.copysign(1, due), end


@pytest.mark.parametrize(
    ("text", "proved"),
    [
        ("x*sigmoid(x)", True),
        ("2*atan(x)", True),
        ("1/log(x)", True),
        ("exp(-1/x)", True),
        ("x > 3 ? 1/x : 7", True),
        ("x/(1 + abs(x))", True),
        ("(a*x + 1)/(max(x, 2) - 7) - x^2", True),
        ("x*exp(-x)", False),
        ("sqrt(x^2 + 1) - x", False),
        ("tanh(x) < 1 ? 1 : 2", False),
        ("floor(tanh(x))", False),
    ],
)
def test_what_the_laws_of_limits_prove(text: str, proved: bool) -> None:
    found = limit(parse(text).expression, {"a": 3.0}, 1)
    assert found.proved is proved
    assert found.value is not None


def test_limits_are_not_taken_for_simpler_numbers() -> None:
    root = parse("(b - a)*tanh(x)").expression
    assert nearest(limit(root, {"a": 0.8, "b": 0.5}, 1).enclosed()) == 0.5 - 0.8 != -0.3


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        ("x*sigmoid(x)", (0, 0), (1, 0)),
        ("sqrt(x^2 + x)", (-1, -0.5), (1, 0.5)),
        ("x*atan(x)", (-math.pi / 2, -1), (math.pi / 2, -1)),
        ("x + 1/x", (1, 0), (1, 0)),
        ("tanh(x)", (0, -1), (0, 1)),
        ("x^2", None, None),
        ("log(1 + x^2)", None, None),
        ("x + sin(x)", None, None),
    ],
)
def test_asymptotes(text: str, left: tuple[float, float] | None, right: tuple[float, float] | None) -> None:
    for end, due in ((-1, left), (1, right)):
        found = asymptote(parse(text).expression, {}, end)
        line = (nearest(found.slope), nearest(found.intercept)) if found else None
        assert line == (pytest.approx(due, abs=1e-15) if due else None)


def test_limits_of_derivatives_and_gradients() -> None:
    root = parse("x*sigmoid(b*x)").expression
    assert nearest(limit(root, {"b": 2.0}, 1, 1).enclosed()) == 1
    assert nearest(limit(root, {"b": 2.0}, 1, 2).enclosed()) == 0
    assert nearest(limit(root, {"b": 2.0}, 1, wrt="b").enclosed()) == 0
    assert nearest(limit(parse("a*x").expression, {"a": 2.0}, -1, wrt="a").enclosed()) == -INF


def test_a_limit_next_to_a_short_decimal_is_not_taken_for_it() -> None:
    root = parse("b - a + exp(x)").expression
    assert nearest(limit(root, {"a": 0.8, "b": 0.5}, -1).enclosed()) == 0.5 - 0.8 != -0.3


def test_roots_of_what_has_no_exponent_have_limits() -> None:
    root = parse("sqrt(log1p(exp(x)))").expression
    assert [nearest(limit(root, {}, -1, order).enclosed()) for order in range(3)] == [0, 0, 0]


@pytest.mark.parametrize("flint", [True, False])
def test_tails_with_and_without_flint(flint: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "is_available", lambda: flint)
    root = parse("x*sigmoid(b*x)").expression
    right = tail(root, {"b": 2.0}, Side.RIGHT)
    assert (right.value, right.slope, right.curvature) == (INF, 1, 0)
    assert right.intercept == (0 if flint else None)
    assert tail(root, {"b": 2.0}, Side.LEFT)[:2] == (0, 0)


def test_limits_take_milliseconds() -> None:
    root = parse("x*tanh(log(1 + exp(x)))/(1 + erf(x)^2)").expression
    limit(root, {}, 1)
    start = time.process_time()
    limit(root, {}, 1)
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("text", ["abs(sin(3x))", "cos(34x/7)^2", "sin(43x/3) + 1.5", "cos(55x/7)^2"])
def test_waves_whose_values_grow_by_chance_have_no_limit(text: str) -> None:
    assert limit(parse(text).expression, {}, 1).ending is Ending.OSCILLATES
