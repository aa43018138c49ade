"""Every function and derivative against its definition, on the points where formulas go wrong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.definition import definition
from actcli.core.evaluate import evaluate, evaluate_from_output
from actcli.core.spec import REALS, Activation, Break, KinkRule
from tests.core.oracle import SPECIAL, errors, points, unusual, wrt_errors

if TYPE_CHECKING:
    from actcli.core.arrays import Array

ELEMENTWISE = registry.elementwise()
ORDERS = ("value", "slope", "curvature")
UNUSUAL = (2.0, 2.0, 4.0)
"""The bounds of f, f′ and f″ at parameters other than the defaults, and of gradients in a parameter."""


def by_name(function: Activation) -> str:
    return function.name


def worst(error: Array, x: Array) -> str:
    return f"worst {error.max():.3g} ULP at x = {x[error.argmax()].item()!r}"


@pytest.mark.parametrize("order", range(3), ids=ORDERS)
@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_stated_bound_holds(function: Activation, order: int) -> None:
    stated = (function.bounds.value, function.bounds.slope, function.bounds.curvature)[order]
    x = points(function, order, {}, 8)
    error = errors(function, order, x, {})
    assert error.max() <= stated, worst(error, x)


@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_the_bound_holds_where_exponentials_are_the_last_normal_doubles(function: Activation) -> None:
    """There the tail of a pair has lost digits, which shows if the result is larger: √(e^−708) = e^−354."""
    x = np.concatenate([np.linspace(-708.4, -688, 12), [-707.8582460363749, -354.1]])
    x = np.concatenate([x, -x])
    if function.domain != REALS:
        x = x[[v in function.domain for v in x.tolist()]]
    for order in range(3) if x.size else ():
        stated = (function.bounds.value, function.bounds.slope, function.bounds.curvature)[order]
        error = errors(function, order, x, {})
        assert error.max() <= stated, worst(error, x)


@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_fast_keeps_to_four_ulp(function: Activation) -> None:
    for order in (0, 1):
        x = points(function, order, {}, 8)
        error = errors(function, order, x, {}, fast=True)
        assert error.max() <= 4, worst(error, x)


@pytest.mark.parametrize("function", [f for f in ELEMENTWISE if f.params], ids=by_name)
def test_other_parameters_keep_the_wider_bound(function: Activation) -> None:
    for params in unusual(function)[1:2]:
        for order, bound in enumerate(UNUSUAL):
            x = points(function, order, params, 8)
            error = errors(function, order, x, params)
            assert error.max() <= bound, f"{params}: {worst(error, x)}"


@pytest.mark.parametrize("function", [f for f in ELEMENTWISE if f.params], ids=by_name)
def test_gradients_in_parameters_keep_the_wider_bound(function: Activation) -> None:
    kinks = [kink.at for kink in function.kinks(**function.bind({}))]
    x = points(function, 0, {}, 8)
    x = x[~np.isin(x, kinks)]
    for param in function.params:
        error = wrt_errors(function, param.name, x, {})
        assert error.max() <= 4, f"∂/∂{param.name}: {worst(error, x)}"


@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_nan_stays_nan_and_zero_keeps_its_sign(function: Activation) -> None:
    for order in range(3):
        assert math.isnan(evaluate(function, math.nan, order))
    at_zero = evaluate(function, [0.0, -0.0])
    if at_zero[0] == 0:
        below = definition(function, -1e-300, digits=5) < 0
        odd = all(evaluate(function, -x) == -evaluate(function, x) for x in (1e-300, 0.3, 1.7, 5.1))
        assert math.copysign(1, at_zero[0]) == 1
        assert (math.copysign(1, at_zero[1]) == -1) == (below or odd)


@pytest.mark.parametrize("rule", KinkRule, ids=str)
@pytest.mark.parametrize("function", [f for f in ELEMENTWISE if f.kinks(**f.bind({}))], ids=by_name)
def test_kinks_follow_the_rule(function: Activation, rule: KinkRule) -> None:
    for kink in function.kinks(**function.bind({})):
        for order in (1, 2):
            got = float(evaluate(function, kink.at, order, kink=rule))
            left, right = (
                float(definition(function, kink.at, order, kink=side))
                for side in (KinkRule.LEFT, KinkRule.RIGHT)
            )
            if rule is KinkRule.NAN:
                assert math.isnan(got) == (left != right or kink.breaks is Break.VALUE)
            else:
                assert got == float(definition(function, kink.at, order, kink=rule))
            if rule is KinkRule.MIN_NORM and kink.breaks is not Break.VALUE:
                assert abs(got) == (0 if left * right < 0 else min(abs(left), abs(right)))


@pytest.mark.parametrize("function", [f for f in ELEMENTWISE if f.slope_from_output], ids=by_name)
def test_slope_from_output_is_the_slope(function: Activation) -> None:
    x = np.array([p for p in (-3.1, -1.3, -0.4, 0.3, 0.9, 2.2) if p in function.domain])
    from_output = evaluate_from_output(function, evaluate(function, x))
    assert from_output == pytest.approx(evaluate(function, x, 1), rel=1e-11, abs=1e-300)


@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_extreme_arguments_give_no_nan_and_no_warning(function: Activation) -> None:
    x = np.array([*SPECIAL, 1e155, -1e155, 1e200, -1e200, 1.7976931348623157e308, -1.7976931348623157e308])
    x = x[(x >= function.domain.low) & (x <= function.domain.high)]
    for order in range(3):
        assert not np.isnan(evaluate(function, x, order)).any()
