"""Parameters that are equal, all but equal, opposite, tiny or huge, where differences and products fail.

The truth is a formula in Arb balls, or a value that can be read off.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import flint
import numpy as np
import pytest

from actcli.core import dtypes
from actcli.core.evaluate import evaluate, evaluate_wrt
from tests.core.nearest import nearest
from tests.core.oracle import named

UP, DOWN = 1 + 2.0**-52, 1 - 2.0**-53


XIELU = [
    (0.8, 0.8),
    (0.8, 0.79),
    (0.8 * DOWN, 0.8),
    (0.8 * UP, 0.8),
    (-0.7 * UP, -0.7 * DOWN),
    (1.0 * UP, 1.0),
    (0.5, 0.5 * (1 - 2.0**-40)),
    (0.8, -0.8),
    (1e300, 1e300 * DOWN),
    (5e-324, 5e-324),
]
SIZES = [1e-200, 1e-5, 1 / 3, 1.0, 2.5, 33.27, 79.0, 700.1, 344756544.0, 471234567890123.0, 1e18, 1.1e30]


def xielu(alpha_n: float, beta: float, x: float, order: int = 0) -> Any:
    """Return f or f′ for x < 0 in balls."""
    a, b, z = flint.arb(alpha_n), flint.arb(beta), flint.arb(x)
    return a * z.exp() - (a - b) if order else a * (z.exp() - 1 - z) + b * z


@pytest.mark.parametrize(("alpha_n", "beta"), XIELU)
@pytest.mark.parametrize("dtype", [dtypes.FLOAT64, dtypes.FLOAT32], ids=str)
def test_xielu_keeps_its_digits_where_beta_is_close_to_alpha_n(
    alpha_n: float, beta: float, dtype: dtypes.DType
) -> None:
    x = dtype.round(-np.array(SIZES))
    x = x[x != 0]
    got = evaluate(named("xielu"), x, 0, {"alpha_n": alpha_n, "beta": beta}, dtype=dtype).astype(np.float64)
    due = [nearest(partial(xielu, alpha_n, beta, point), dtype) for point in x.tolist()]
    assert got.tolist() == due
    assert np.signbit(got).tolist() == np.signbit(due).tolist()


@pytest.mark.parametrize(("alpha_n", "beta"), XIELU)
@pytest.mark.parametrize("order", [0, 1])
def test_fast_keeps_to_four_ulp_of_xielu_there(alpha_n: float, beta: float, order: int) -> None:
    x = -np.array(SIZES)
    got = evaluate(named("xielu"), x, order, {"alpha_n": alpha_n, "beta": beta}, fast=True).tolist()
    for point, y in zip(x.tolist(), got, strict=True):
        due = nearest(partial(xielu, alpha_n, beta, point, order))
        assert y == due or abs(y - due) <= 4 * np.spacing(abs(due)), point


def test_xielu_next_to_the_root_of_its_line_is_what_the_exponential_leaves() -> None:
    """At −αₙ/(αₙ − β), a double here, the line is 0: f is αₙe^x, which underflows."""
    got = evaluate(named("xielu"), -3152519739159347.5, 0, {"alpha_n": -0.7 * UP, "beta": -0.7 * DOWN})
    assert got == 0
    assert np.signbit(got)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_a_bound_of_zero_is_never_touched_by_the_tail_of_gelu(zero: float) -> None:
    """gelu(x) < 0 for x < 0, though it underflows to 0 far out."""
    x = [-1e300, -745.2, -40.3, -37.2, -5e-324]
    gelu = named("clipped_gelu")
    assert evaluate_wrt(gelu, x, "max_val", {"max_val": zero}).tolist() == [0.0] * 5
    assert evaluate_wrt(gelu, x, "min_val", {"min_val": zero}).tolist() == [1.0] * 5
    assert evaluate(gelu, x, 1, {"min_val": zero}).tolist() == [0.0] * 5
    assert evaluate(gelu, x, 1, {"max_val": zero})[-1] == 0.5
    assert not np.signbit(evaluate(gelu, [*x, -np.inf], 0, {"min_val": zero})).any()
    assert np.signbit(evaluate(gelu, [*x, -np.inf], 0, {"max_val": zero})).all()


def test_rrelu_compares_its_mean_slope_with_one_before_it_is_rounded() -> None:
    """(1 + (1 + ε))/2 rounds to 1: the right branch is the smaller one all the same."""
    x = np.array([0.1, 3.0, 1.7976931348623157e308])
    for fast in (False, True):
        assert evaluate(named("rrelu"), x, 0, {"lower": 1.0, "upper": UP}, fast=fast).tolist() == x.tolist()


@pytest.mark.parametrize("bias", [1.5, -1.5, 5e-324])
def test_the_middle_of_a_shrinkage_to_nothing_is_zero_itself(bias: float) -> None:
    shrink = named("shrink")
    assert evaluate(shrink, [-1.0, 0.0, 1.0], 0, {"lambd": 0.0, "bias": bias}).tolist() == [
        -1.0 + bias,
        0.0,
        1.0 - bias,
    ]
    just_right = evaluate_wrt(shrink, 5e-324, "bias", {"lambd": 0.0, "bias": bias})
    assert evaluate_wrt(shrink, 0.0, "bias", {"lambd": 0.0, "bias": bias}) == just_right
    assert evaluate_wrt(named("soft_shrink"), 0.0, "lambd", {"lambd": 0.0}) == -1
    assert evaluate(named("soft_shrink"), 0.0, 1, {"lambd": 0.0}) == 1


@pytest.mark.parametrize(
    ("x", "mu", "sigma", "wrt"),
    [
        (0.10000000149011612, 0.1, 0.09999999850988389, True),
        (0.646377444267273, 0.6463774513660062, 0.6463774513660063, False),
    ],
)
def test_narrow_results_keep_their_digits_where_mu_is_close_to_x(
    x: float, mu: float, sigma: float, *, wrt: bool
) -> None:
    laplace, params, format_ = named("laplace"), {"mu": mu, "sigma": sigma}, dtypes.FLOAT32

    def true() -> Any:
        z = (flint.arb(x) - flint.arb(mu)) / flint.arb(sigma)
        density = (-z * z / 2).exp() / (2 * flint.arb.pi()).sqrt()
        return -z * density / (flint.arb(sigma) if wrt else flint.arb(sigma) ** 2)

    got = (
        evaluate_wrt(laplace, x, "sigma", params, dtype=format_)
        if wrt
        else evaluate(laplace, x, 2, params, dtype=format_)
    )
    assert float(got) == nearest(true, format_)


@pytest.mark.parametrize(
    ("name", "order", "x", "params"),
    [
        ("rrelu", 0, -1e-323, {}),
        ("rrelu", 0, -5e-324, {}),
        ("laplace", "mu", 0.0, {"sigma": 5e-324}),
        ("softplus", "beta", 0.0, {"beta": 1.7976931348623157e308}),
        ("gelu", 1, -1e10, {}),
        ("mish", 1, -1e30, {}),
    ],
)
def test_what_underflows_from_below_is_minus_zero(
    name: str, order: int | str, x: float, params: dict[str, float]
) -> None:
    f = named(name)
    got = evaluate_wrt(f, x, order, params) if isinstance(order, str) else evaluate(f, x, order, params)
    assert got == 0
    assert np.signbit(got)


@pytest.mark.parametrize("neighbours", [[], [1.0], [-800.0, 2.0]])
def test_the_subgradient_zero_at_a_kink_has_no_sign_whatever_the_neighbours(neighbours: list[float]) -> None:
    for zero in (0.0, -0.0):
        got = evaluate(named("elu"), [zero, *neighbours], 1, {"alpha": -2.5})
        assert got[0] == 0
        assert not np.signbit(got[0])


def test_zero_lies_between_two_slopes_whose_product_underflows() -> None:
    assert evaluate(named("xielu"), 0.0, 2, {"alpha_p": 5e-324, "alpha_n": -1e-323}) == 0


def test_the_gradient_of_celu_by_a_negative_alpha_soars() -> None:
    got = evaluate_wrt(named("celu"), [-1e300, -1e30, -1.0, -1e-301], "alpha", {"alpha": -1e-300})
    z = flint.arb(-1e-301) / flint.arb(-1e-300)
    assert got[:3].tolist() == [-np.inf] * 3
    assert abs(flint.arb(got[3]) - (z.exp() * (1 - z) - 1)) < 1e-14
