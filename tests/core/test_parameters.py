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
from actcli.core.evaluate import evaluate
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
