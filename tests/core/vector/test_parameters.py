"""Vector functions at tiny and huge parameters, and products with the Jacobian that cancel, in Arb balls."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import flint
import numpy as np
import pytest

from actcli.core.vector import rows
from tests.core.nearest import nearest
from tests.core.vector.cases import vector


def soft(x: list[float], temperature: float, sign: int = 1) -> list[Any]:
    """Return softmax in balls; the least of the scores is subtracted, exactly."""
    z = [flint.arb(a) * sign / flint.arb(temperature) for a in x]
    e = [(a - max(z, key=float)).exp() for a in z]
    return [a / sum(e) for a in e]


def jacobian(name: str, x: list[float], temperature: float, i: int, j: int) -> Any:
    sign = -1 if name == "softmin" else 1
    s = soft(x, temperature, sign)
    kept = sum(s[k] for k in range(len(x)) if k != i) if i == j else -s[j]
    return sign * (kept if name == "log_softmax" else kept * s[i]) / flint.arb(temperature)


def by_temperature(name: str, x: list[float], temperature: float, i: int) -> Any:
    sign, t = -1 if name == "softmin" else 1, flint.arb(temperature)
    s = soft(x, temperature, sign)
    change = sum(a * (flint.arb(b) - flint.arb(x[i])) * sign for a, b in zip(s, x, strict=True)) / t / t
    return change if name == "log_softmax" else change * s[i]


def pulled(name: str, x: list[float], v: list[float], j: int) -> Any:
    s, u = soft(x, 1.0), [flint.arb(b) for b in v]
    if name == "log_softmax":
        return u[j] - s[j] * sum(u)
    return s[j] * (u[j] - sum(a * b for a, b in zip(s, u, strict=True)))


def ulps(got: float, due: float) -> float:
    return 0.0 if got == due else abs(got - due) / float(np.spacing(abs(due)))


TEMPERATURES = [1e-20, 1e-50, 1e-300, 5e-324, 1e20, 1e300]


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
@pytest.mark.parametrize("scale", [1.0, 300.0, 460.0])
def test_jacobians_keep_their_digits_at_tiny_and_huge_temperatures(
    name: str, temperature: float, scale: float
) -> None:
    with np.errstate(over="ignore"):
        x = np.nan_to_num(np.array([0.37, -1.25, 1.5]) * scale * temperature, posinf=1e308).tolist()
    got = rows.jacobian(vector(name), x, {"temperature": temperature})
    for (i, j), y in np.ndenumerate(got):
        due = nearest(partial(jacobian, name, x, temperature, i, j))
        assert ulps(float(y), due) <= 1, (i, j)


@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
@pytest.mark.parametrize(
    ("x", "temperature"),
    [
        ([1e-310, 5e-324], 1e-50),
        ([1e-310, -3e-311, 2e-308], 1e-20),
        ([1e-310, -3e-311, 2e-308], 1.0),
        ([3.7e-50, 1e-51, -2e-50], 1e-50),
        ([1.0, 1.0 + 2**-52, 1.0 - 2**-53], 1e-16),
    ],
)
def test_slopes_by_temperature_keep_their_digits_for_subnormal_scores(
    name: str, x: list[float], temperature: float
) -> None:
    got = rows.wrt(vector(name), x, "temperature", {"temperature": temperature})
    for i, y in enumerate(got.tolist()):
        assert ulps(y, nearest(partial(by_temperature, name, x, temperature, i))) <= 1, i


@pytest.mark.parametrize("eps", [1e-20, 1e-50, 1e-160, 1e-300])
@pytest.mark.parametrize("name", ["normalize", "standardize", "rms_norm"])
def test_scalings_keep_their_digits_at_tiny_eps(name: str, eps: float) -> None:
    x = [3.1e-170, -1.7e-171, 2.2e-168]
    value = rows.value(vector("normalize"), [-3.17e-310, 2.9e-306], {"eps": 1e-20})
    assert value.tolist() == [-3.17e-310 / 1e-20, 2.9e-306 / 1e-20]

    def entry(i: int, j: int) -> Any:
        a = [flint.arb(b) for b in x]
        if name == "standardize":
            mean = sum(a) / 3
            a = [b - mean for b in a]
        square: Any = sum(b * b for b in a)
        if name == "standardize":
            square = square / 3 + flint.arb(eps)
            share = ((3 if i == j else 0) - 1 - a[i] * a[j] / square) / 3
            return share / square.sqrt()
        if name == "rms_norm":
            square /= 3
            rest: Any = flint.arb(eps) + sum(a[k] * a[k] for k in range(3) if k != i) / 3
            return (rest if i == j else -a[i] * a[j] / 3) / (square + flint.arb(eps)) ** flint.arb(1.5)
        if square < flint.arb(eps) ** 2:
            return flint.arb(int(i == j)) / flint.arb(eps)
        rest = sum(a[k] * a[k] for k in range(3) if k != i) if i == j else -a[i] * a[j]
        return rest / square / square.sqrt()

    for (i, j), y in np.ndenumerate(rows.jacobian(vector(name), x, {"eps": eps})):
        assert ulps(float(y), nearest(partial(entry, i, j))) <= 1, (i, j)


@pytest.mark.parametrize(
    ("x", "v"),
    [
        ([0.0, 0.0, 0.0], [0.1, 0.2, 0.3]),
        ([0.0, 0.0, 0.0], [1.0, 2.0, 3.0]),
        ([0.0, 1.0, 0.0], [1.0, 2.0, 3.0]),
        ([0.1, 0.1, 0.1, 0.1], [1 + 2**-51, 1 - 2**-51, 1.0, 1 + 2**-51]),
        ([0.3, -1.2, 2.5], [-0.10681157474969205, 0.7, 0.0]),
    ],
)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_products_with_the_jacobian_keep_their_digits_where_they_cancel(
    name: str, x: list[float], v: list[float]
) -> None:
    got = rows.vjp(vector(name), x, v)
    for j, y in enumerate(got.tolist()):
        try:
            due = nearest(partial(pulled, name, x, v, j))
        except ArithmeticError:
            due = 0.0  # the middle of [1, 2, 3], and what is left of that
        assert ulps(y, due) <= 1, j


def projected(name: str, v: list[float], i: int) -> Any:
    """Return (v_i − mean)·dy/dx for three entries of 1/4."""
    exact = [Fraction(b) for b in v]
    apart = exact[i] - sum(exact, Fraction(0)) / 3
    slope = {"sparsemax": flint.arb(1), "entmax15": flint.arb(3).rsqrt(), "standardize": flint.arb(10)}[name]
    return flint.arb(apart.numerator) / apart.denominator * slope


@pytest.mark.parametrize("v", [[0.1, 0.2, 0.3], [1.0, 2.0, 3.0], [1 - 2**-53, 1 - 2**-51, 1.0]])
@pytest.mark.parametrize("name", ["sparsemax", "entmax15", "standardize"])
def test_projections_of_equal_entries_take_the_mean_off_exactly(name: str, v: list[float]) -> None:
    params = {"eps": 0.01} if name == "standardize" else {}
    got = rows.vjp(vector(name), [0.25, 0.25, 0.25], v, params)
    for i, y in enumerate(got.tolist()):
        assert ulps(y, nearest(partial(projected, name, v, i))) <= 1, i


def test_what_is_added_to_itself_leaves_the_others() -> None:
    """−v_1·s_0/T, where Σv − v_0 has lost v_1."""
    v = [288902823743.71094, 1.2537293335599802e-17]
    got = rows.vjp(
        vector("log_softmax"), [2.980752397421569e81, 1.0555440792133821e-51], v, {"temperature": 1e-50}
    )
    assert got[0] == -1.2537293335599801e33


@pytest.mark.parametrize(
    ("x", "v", "temperature", "signs"),
    [
        ([-1.28, -0.54, 0.62], [1 - 2.0**-53, 1 + 2.0**-52, 1.0], 1e-310, [True, False, True]),
        ([1e-38, 5.8e-32, 1e-3], [1.5e-27, -1.7e-115, 0.0], 8e-29, [False, True, True]),
    ],
)
def test_weights_without_an_exponent_still_have_an_order(
    x: list[float], v: list[float], temperature: float, signs: list[bool]
) -> None:
    got = rows.vjp(vector("softmax"), x, v, {"temperature": temperature})
    assert not got.any()
    assert not np.isnan(got).any()
    assert np.signbit(got).tolist() == signs
