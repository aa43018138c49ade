"""Plain doubles from tables, against the exact functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from mpmath import mp

from actcli.core.numerics import sampled
from actcli.core.numerics.fast import Constant, Fast

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array


RANDOM = np.random.default_rng(2)


def worst(got: Array, x: Array, exact: Callable[[mp.mpf], mp.mpf]) -> float:
    """Return the largest error in ULP of the true value, where that is a normal double."""
    errors = [0.0]
    with mp.workprec(400):
        for y, point in zip(got.tolist(), x.tolist(), strict=True):
            true = exact(mp.mpf(point))
            if abs(true) > 1e-290:
                errors.append(float(abs(mp.mpf(y) - true)) / float(np.spacing(abs(float(true)))))
    return max(errors)


CASES: dict[str, tuple[Callable[[Array], Array], Callable[[mp.mpf], mp.mpf], float, float]] = {
    "erf": (sampled.erf, mp.erf, 7.0, 2.0),
    "normal": (sampled.normal, mp.ncdf, -sampled.TAIL, 2.0),
    "tanh_rest": (sampled.tanh_rest, lambda x: x - mp.tanh(x), 40.0, 4.0),
}


@pytest.mark.parametrize("name", CASES)
def test_a_function_keeps_its_bound(name: str) -> None:
    function, exact, end, bound = CASES[name]
    x = np.concatenate(
        [
            RANDOM.uniform(-end, end, 300),
            RANDOM.normal(0, 1, 300),
            10 ** RANDOM.uniform(-12, 0, 100) * RANDOM.choice([-1, 1], 100),
        ]
    )
    with np.errstate(all="ignore"):
        got = function(x.copy())
    assert worst(got, x, exact) <= bound


def test_the_sign_of_a_zero_stays() -> None:
    x = np.array([0.0, -0.0])
    for name in ("erf", "tanh_rest"):
        assert np.array_equal(np.signbit(CASES[name][0](x.copy())), np.signbit(x))


@pytest.mark.parametrize(
    "coefficients",
    [("0", "-1.702"), ("0", "0", "-0.5"), ("-1", "2", "-1"), ("0", "-1.5957691216", "0", "-0.0713548162726")],
)
def test_the_exponential_of_a_polynomial_keeps_its_digits(coefficients: tuple[str, ...]) -> None:
    x = np.concatenate([RANDOM.uniform(-30, 30, 400), RANDOM.normal(0, 1, 100), [400.0, -400.0]])
    m = Fast()
    w = m.wide(x)
    *others, last = coefficients
    p = w * Constant(last) + Constant(others.pop())
    while others:
        p = p * w + Constant(others.pop())

    def exact(point: mp.mpf) -> mp.mpf:
        return mp.exp(sum(mp.mpf(c) * point**k for k, c in enumerate(coefficients)))

    with np.errstate(all="ignore"):
        got = m.exp(p)
    finite = np.isfinite(got) & (got > 1e-290)
    assert worst(got[finite], x[finite], exact) <= 3
    with mp.workprec(100):
        for y, point in zip(got[~finite].tolist(), x[~finite].tolist(), strict=True):
            true = exact(mp.mpf(point))
            assert true < 1e-285 if y < 1 else true > 1e307
