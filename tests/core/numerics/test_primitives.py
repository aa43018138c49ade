"""Every primitive of pairs against mpmath, with NumPy's vector instructions and without."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from mpmath import mp, mpf

from actcli.core.numerics import gauss, pair
from actcli.core.numerics.exact import Exact
from actcli.core.numerics.pair import Pair
from tests.core import simd

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array

pytestmark = pytest.mark.core


m = Exact()


def sizes(low: float, high: float, count: int = 300, signs: tuple[float, ...] = (-1.0, 1.0)) -> Array:
    """Return numbers of every size between two powers of two, of the given signs."""
    rng = np.random.default_rng(7)
    return np.asarray(2.0 ** rng.uniform(low, high, count) * rng.choice(signs, count))


def filled(x: Array) -> Pair:
    """Return pairs that use all their bits, close to x."""
    p = pair.split(x)
    return Pair(p.h, p.l + x * 2.0**-54 * np.random.default_rng(8).uniform(-1, 1, x.shape))


def reals(p: Pair) -> list[Any]:
    return [mpf(h) + mpf(low) for h, low in zip(p.h.tolist(), p.l.tolist(), strict=True)]


def worst(result: Pair, truth: list[Any]) -> float:
    """Return the binary logarithm of the largest relative error."""
    errors = [abs(r / t - 1) for r, t in zip(reals(result), truth, strict=True) if t]
    return float(mp.log(max([*errors, mpf(2) ** -200]), 2))


POSITIVE = (1.0,)
QUARTERS = np.array([float(k * mp.pi / 2) for k in np.random.default_rng(3).integers(1, 9000, 300).tolist()])
NEAR_ONE = 1 + sizes(-50, -1)
FUNCTIONS: dict[str, tuple[Callable[[Pair], Pair], Callable[[Any], Any], Array, int]] = {
    "exp": (m.exp, mp.exp, sizes(-40, 9.4), -67),
    "expm1": (m.expm1, mp.expm1, sizes(-300, 9.4), -61),
    "log": (m.log, mp.log, sizes(-900, 900, signs=POSITIVE), -62),
    "log near 1": (m.log, mp.log, NEAR_ONE, -62),
    "log1p": (m.log1p, mp.log1p, sizes(-300, 900, signs=POSITIVE), -62),
    "log1p left": (m.log1p, mp.log1p, -sizes(-300, -0.01, signs=POSITIVE), -62),
    "sqrt": (m.sqrt, mp.sqrt, sizes(-900, 900, signs=POSITIVE), -74),
    "tanh": (m.tanh, mp.tanh, sizes(-300, 8), -61),
    "sinh": (m.sinh, mp.sinh, sizes(-300, 9.4), -61),
    "cosh": (m.cosh, mp.cosh, sizes(-40, 9.4), -68),
    "arcsinh": (m.arcsinh, mp.asinh, sizes(-300, 400), -62),
    "arccosh": (m.arccosh, mp.acosh, 1 + sizes(-40, 40, signs=POSITIVE), -62),
    "arctanh": (m.arctanh, mp.atanh, sizes(-300, -0.001), -62),
    "arctan": (m.arctan, mp.atan, sizes(-300, 300), -64),
    "sin": (m.sin, mp.sin, sizes(-300, 14), -60),
    "sin far": (m.sin, mp.sin, sizes(14, 900), -60),
    "sin at a root": (m.sin, mp.sin, QUARTERS, -60),
    "cos": (m.cos, mp.cos, sizes(-40, 14), -60),
    "cos at a root": (m.cos, mp.cos, QUARTERS, -60),
    "erf": (m.erf, mp.erf, sizes(-300, 3), -64),
    "σ(x)": (lambda x: m.logistic(x)[0], lambda x: 1 / (1 + mp.exp(-x)), sizes(-40, 9.4), -65),
    "σ(−x)": (lambda x: m.logistic(x)[1], lambda x: 1 / (1 + mp.exp(x)), sizes(-40, 9.4), -64),
    "softplus": (m.softplus, lambda x: mp.log1p(mp.exp(x)), sizes(-40, 9.4), -62),
    "Φ": (lambda x: m.normal(x)[0], lambda x: mp.erfc(-x / mp.sqrt(2)) / 2, sizes(-40, 5.1), -62),
    "φ": (lambda x: m.normal(x)[1], mp.npdf, sizes(-40, 5.1), -66),
    "Mills ratio": (
        gauss.mills,
        lambda x: mp.erfc(x / mp.sqrt(2)) * mp.sqrt(mp.pi / 2) * mp.exp(x * x / 2),
        sizes(-10, 8, signs=POSITIVE),
        -62,
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("fill", [pair.split, filled], ids=["doubles", "pairs"])
def test_a_primitive_keeps_the_bound_that_its_docstring_states(
    name: str, fill: Callable[[Array], Pair]
) -> None:
    function, truth, points, bound = FUNCTIONS[name]
    with mp.workprec(2000), np.errstate(all="ignore"):
        x = fill(points)
        assert worst(function(x), [truth(v) for v in reals(x)]) < bound


def test_the_bounds_hold_without_vector_instructions() -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        __file__,
        "-k",
        "bound and pairs",
    ]
    done = subprocess.run(command, env=simd.without(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (m.log, 0.0, -np.inf),
        (m.log, -1.0, np.nan),
        (m.log1p, -1.0, -np.inf),
        (m.log1p, -2.0, np.nan),
        (m.exp, -800.0, 0.0),
        (m.exp, 800.0, np.inf),
        (m.expm1, -800.0, -1.0),
        (m.sqrt, 0.0, 0.0),
    ],
)
def test_the_ends_of_a_domain(function: Callable[[Pair], Pair], x: float, expected: float) -> None:
    with np.errstate(all="ignore"):
        assert np.array_equal(function(pair.split(np.array([x]))).value(), [expected], equal_nan=True)
