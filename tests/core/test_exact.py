"""Every function and derivative against its definition, on the points where formulas go wrong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.definition import asking
from actcli.core.dtypes import FLOAT64
from actcli.core.evaluate import evaluate, evaluate_from_output, evaluate_wrt
from actcli.core.questions import rounded, side_of
from actcli.core.spec import REALS, Activation, Break, KinkRule, Subject
from tests.core.oracle import SPECIAL, errors, named, points, unusual, wrt_errors

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
        below = asking(Subject(function, {}))(-1e-300, side_of(0.0)) < 0
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
                asking(Subject(function, {}, order, kink=side))(kink.at, rounded(FLOAT64))
                for side in (KinkRule.LEFT, KinkRule.RIGHT)
            )
            if rule is KinkRule.NAN:
                assert math.isnan(got) == (left != right or kink.breaks is Break.VALUE)
            else:
                assert got == asking(Subject(function, {}, order, kink=rule))(kink.at, rounded(FLOAT64))
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


MOST = 1.7976931348623157e308
EXTREME: list[tuple[str, int, float, dict[str, float]]] = [
    ("xielu", 0, 5.000000000000499e289, {"alpha_p": -1e-290}),
    ("xielu", 1, 2.5000000000002494e289, {"alpha_p": -1e-290}),
    ("xielu", 1, 1.6626942228848896e271, {"alpha_p": 1.6856650252522218e-271}),
    ("xielu", 1, 1.0, {"alpha_p": 1e308}),
    ("xielu", 0, -8.897235488924662e-16, {"alpha_p": 1e154, "alpha_n": 1123944624422728.6}),
    ("xielu", 0, -1.7240355924477847e-12, {"alpha_n": 0.14893176696796995, "beta": 1.2838183354945974e-13}),
    ("xielu", 1, -1.6045488424342826e-46, {"alpha_n": -1.124111592165072e46, "beta": 0.8725042081963733}),
    ("xielu", 1, -2.355615718908979e-285, {"alpha_n": 2.1276882853848757e267, "beta": 5.012015919870948e-18}),
    ("hard_sigmoid", 0, MOST, {"alpha": 1e-300}),
    ("hard_sigmoid", 1, 3.8785063711077073e298, {"alpha": 1.2223005119326826e-299}),
    ("hard_sigmoid", 0, 1.0, {"alpha": 1e-310}),
    ("hard_sigmoid", 0, 1.0, {"alpha": 1e-300, "beta": 1e9}),
    ("hard_sigmoid", 1, -5e-324, {"alpha": 0.5, "beta": 1.0}),
    ("scaled_tanh", 0, 5e-324, {"alpha": 1e300}),
    ("scaled_tanh", 2, 5e-324, {"alpha": 1e300}),
    ("scaled_tanh", 0, 1e-310, {"alpha": 1e300}),
    (
        "scaled_tanh",
        0,
        7.095293368627553e-306,
        {"alpha": 2.794745046829853e84, "beta": 8.002016176508394e-06},
    ),
    ("scaled_tanh", 1, 1.0, {"alpha": 1e200, "beta": 1e200}),
    ("swish", 2, 1.0, {"beta": 1e-308}),
    ("swish", 1, 1.0, {"beta": 5e-324}),
    ("swish", 1, -1.7578801468233786e-298, {"beta": 7.272762850592263e297}),
    ("swish", 2, -9.323301965796218e-296, {"beta": -2.573505920239239e295}),
    ("swish", 2, -2.31299165712658e-298, {"beta": 1.0373393579361973e298}),
    ("snake", 1, 1.0, {"alpha": 1e308}),
    ("snake", 2, MOST, {"alpha": MOST}),
    ("selu", 0, -1.0, {"alpha": 1e200, "scale": 1e200}),
    ("selu", 1, -1.0, {"alpha": 1e200, "scale": 1e200}),
    ("selu", 0, -1e-200, {"alpha": 1e200, "scale": 1e200}),
    ("squareplus", 0, -4.753986140212785e-133, {"b": 2e-322}),
    ("clipped_gelu", 1, 2e-200, {"min_val": 1e-200}),
    ("clipped_gelu", 1, 2.0**-80, {"min_val": 2.0**-81}),
    ("clipped_gelu", 1, -5e-324, {"min_val": 0.0}),
]


@pytest.mark.parametrize(("name", "order", "x", "params"), EXTREME)
@pytest.mark.parametrize("fast", [False, True], ids=["exact", "fast"])
def test_extreme_parameters_keep_the_wider_bound(
    name: str, order: int, x: float, params: dict[str, float], *, fast: bool
) -> None:
    assert errors(named(name), order, np.array([x]), params, fast=fast).max() <= UNUSUAL[order]


@pytest.mark.parametrize(
    ("name", "param", "x", "params"),
    [
        ("celu", "alpha", -1.0, {"alpha": 1e-309}),
        ("celu", "alpha", 4.11173316437803e-309, {"alpha": 8.01362e-318}),
        ("softplus", "beta", -3.0880829143632493e22, {"beta": 2.2357307256468704e-20}),
        ("squareplus", "b", -3.6153260441744e-311, {"b": 2.755340455395e-310}),
    ],
)
def test_gradients_in_extreme_parameters_keep_the_wider_bound(
    name: str, param: str, x: float, params: dict[str, float]
) -> None:
    assert wrt_errors(named(name), param, np.array([x]), params).max() <= 4


@pytest.mark.parametrize(
    ("name", "order", "x", "params"),
    [
        ("celu", 0, -70.2726216964317, {"alpha": -0.11891586057715539}),
        ("laplace", 1, 73271790503.06577, {"mu": 73271790502.0482}),
    ],
)
def test_fast_keeps_to_four_ulp_at_other_parameters(
    name: str, order: int, x: float, params: dict[str, float]
) -> None:
    assert errors(named(name), order, np.array([x]), params, fast=True).max() <= 4


@pytest.mark.parametrize(
    ("name", "param", "params", "left", "right"),
    [
        ("scaled_tanh", "alpha", {"beta": 1e-310}, -1.0, 1.0),
        ("softplus", "beta", {"beta": 1e-310}, 0.0, 0.0),
        ("swish", "beta", {"beta": 1e-310}, 0.0, 0.0),
        ("swish", "beta", {"beta": 0.0}, math.inf, math.inf),
        ("celu", "alpha", {"alpha": 1e308}, -1.0, 0.0),
        ("selu", "alpha", {"alpha": 1.0, "scale": 1e-200}, -1e-200, 0.0),
        ("selu", "scale", {"alpha": 1e200}, -1e200, math.inf),
        ("isru", "alpha", {"alpha": 1e200}, 5e-301, -5e-301),
        ("snake", "alpha", {}, math.nan, math.nan),
    ],
)
def test_gradients_in_parameters_have_their_limits(
    name: str, param: str, params: dict[str, float], left: float, right: float
) -> None:
    got = evaluate_wrt(named(name), [-math.inf, math.inf], param, params)
    assert np.array_equal(got, [left, right], equal_nan=True)


@pytest.mark.parametrize("alpha", [1.0, 0.3, -2.2])
def test_the_gradient_of_snake_by_alpha_keeps_its_digits_next_to_its_roots(alpha: float) -> None:
    """w = alpha·x with tan w = 2w: one in every half turn, so that no series can be written down for each."""
    roots = np.array([1.1655611852072114, 4.604216777200577, 10.94994364854116, 94.24247278823885]) / alpha
    x = np.concatenate([roots, np.nextafter(roots, np.inf), np.nextafter(roots, 0), roots * 1.001, -roots])
    assert wrt_errors(named("snake"), "alpha", x, {"alpha": alpha}).max() <= 0.8
