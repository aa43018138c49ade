"""What follows from the one formula of a function, for a record that says nothing else."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from actcli.core import plan, questions, registry
from actcli.core.derived import completed, derivative_text, formula_of, latex
from actcli.core.evaluate import evaluate, evaluate_wrt
from actcli.core.plan import plan_of
from actcli.core.spec import Activation, Break, Kink, KinkRule, Param, Precision, Side, line, unsaid

ELEMENTWISE = registry.elementwise()

X = np.concatenate([np.linspace(-9, 9, 91), [-0.0, 1e-5, -1e-5, 700.0, -700.0, np.inf, -np.inf, np.nan]])


def bare(function: Activation) -> Activation:
    """Return a function of the catalogue whose record says nothing but its definition."""
    return completed(
        replace(
            function,
            formula="",
            derivative="",
            latex="",
            value=None,
            slope=None,
            curvature=None,
            wrt={},
            kinks=unsaid,
            left=unsaid,
            right=unsaid,
            range=unsaid,
            precision=Precision.DEEP,
        )
    )


TELU = completed(
    Activation(
        name="telu",
        summary="The argument times the tanh of its exponential, a line on the right.",
        params=(Param("alpha", 1.0, "slope on the right", r"\alpha"),),
        definition="x > 0 ? alpha*x : x*tanh(exp(x))",
    )
)
"""A new function, as its author writes it: nothing but the formula."""


def test_values_and_derivatives_follow_from_the_formula() -> None:
    x, t, e = -1.0, math.tanh(math.exp(-1)), math.exp(-1)
    slope = t + x * e * (1 - t * t)
    curvature = e * (1 - t * t) * (2 + x - 2 * x * e * t)
    for order, expected in enumerate((x * t, slope, curvature)):
        assert evaluate(TELU, x, order) == pytest.approx(expected, rel=1e-14)
    assert evaluate(TELU, [3.0, 0.0, -0.0, np.inf, -np.inf], 0, {"alpha": 2}).tolist() == [6, 0, 0, np.inf, 0]
    assert evaluate_wrt(TELU, [-1.0, 2.0], "alpha").tolist() == [0, 2]


def test_kinks_limits_and_texts_follow_from_the_formula() -> None:
    assert TELU.kinks(alpha=1.0) == (Kink(0.0, Break.SLOPE),)
    assert TELU.kinks(alpha=math.tanh(1)) == (Kink(0.0, Break.CURVATURE),)
    assert TELU.left(alpha=2.0)[:2] == (0, 0)
    assert TELU.right(alpha=2.0) == line(2, 0.0, Side.RIGHT)
    assert TELU.formula == "x > 0 ? alpha*x : x*tanh(exp(x))"
    assert derivative_text(TELU) == "α for x > 0, x·e^x·sech²(e^x) + tanh(e^x) otherwise"
    assert latex(TELU).startswith(r"\alpha\,x \; (x > 0)")


def test_at_a_kink_the_slope_is_that_of_the_rule() -> None:
    sides = [
        float(evaluate(TELU, 0.0, 1, kink=KinkRule(rule))) for rule in ("left", "right", "min-norm", "nan")
    ]
    assert sides[:3] == [math.tanh(1), 1.0, math.tanh(1)]
    assert math.isnan(sides[3])


KINKED = [f for f in ELEMENTWISE if f.kinks(**f.defaults) and f.name != "clipped_gelu"]
"""Functions whose kinks are doubles; that of clipped_gelu lies 8e-23 beside 10."""


@pytest.mark.parametrize("function", KINKED, ids=lambda function: function.name)
def test_kinks_are_what_they_are_without_python_flint_too(
    function: Activation, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [kink.at for kink in function.kinks(**function.defaults)]

    def at_kinks() -> list[float]:
        plan_of.cache_clear()  # plans remember what is at a kink
        found = [evaluate(function, at, order, kink=rule) for order in (1, 2) for rule in KinkRule]
        plan_of.cache_clear()
        values: list[float] = np.concatenate(found).tolist()
        return values

    expected = at_kinks()
    for module in (plan, questions):
        monkeypatch.setattr(module, "is_available", lambda: False)
    assert at_kinks() == pytest.approx(expected, rel=1e-15, abs=1e-15, nan_ok=True)


def test_the_catalogue_wants_to_know_what_a_function_is_good_for() -> None:
    with pytest.raises(ValueError, match="telu: good_for is empty"):
        registry.register(TELU)
    with pytest.raises(ValueError, match="telu: pitfalls is empty"):
        registry.register(replace(TELU, good_for="Tests."))
    assert "telu" not in registry.names()


@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda function: function.name)
def test_what_a_record_says_is_what_follows_from_its_formula(function: Activation) -> None:
    found, params = bare(function), function.defaults
    said = [(kink.at, kink.breaks) for kink in function.kinks(**params)]
    assert said == [(kink.at, kink.breaks) for kink in found.kinks(**params)]
    for end in ("left", "right"):
        tails = (getattr(record, end)(**params) for record in (function, found))
        for limit, other in zip(*tails, strict=True):
            assert (
                limit == pytest.approx(other, rel=1e-15, nan_ok=True) if limit is not None else other is None
            )


@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda function: function.name)
def test_a_formula_written_for_speed_gives_the_same_numbers(function: Activation) -> None:
    found, params = bare(function), function.defaults
    x = X[np.isnan(X) | (function.domain.low <= X) & (function.domain.high >= X)]
    for order in range(3):
        if function.override(order):
            own, derived = (evaluate(record, x, order, params) for record in (function, found))
            assert np.array_equal(own, derived, equal_nan=True)
    for name in function.wrt:
        assert formula_of(function, wrt=name) is function.wrt[name]
