"""Bounds hold: no result of bounded numbers is farther from the truth than its bound says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flint
import numpy as np
import pytest

from actcli.core.numerics.bounded import LARGEST, OWN, Bounded, Enclosed
from actcli.core.numerics.deep import Deep
from actcli.core.numerics.exact import Exact
from actcli.core.numerics.rounding import SECOND
from tests.core.numerics import bounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array

FAR = flint.arb((1, 1 << 39))
"""Beyond, `bounds.reals` tells no exponents."""

ARITHMETICS = {
    "unchecked": lambda: Bounded(Exact(moderate=True), checked=False),
    "checked": lambda: Bounded(Exact()),
    "deep": lambda: Bounded(Deep()),
}


def values(count: int, seed: int) -> Array:
    """Return ordinary numbers, few-digit ones, and some of every size."""
    random = np.random.default_rng(seed)
    sizes = random.choice([-1.0, 1.0], count) * 2.0 ** random.uniform(-1074, 1023, count)
    return np.concatenate([random.normal(0, 3, 2 * count), random.integers(-64, 64, count) / 8, sizes])


def broken(
    m: Bounded, formula: Callable[[Any, Any], Any], truth: Callable[[Any], Any], x: Array
) -> list[Any]:
    """Return where a result is farther from the truth than its bound: x, the error, the bound."""
    with np.errstate(all="ignore"):
        result = m.number(formula(m, m.argument(x)))
    numbers = bounds.reals(result.v, x.shape)
    found = []
    flint.ctx.prec = 2500
    for v, r, number in zip(x.tolist(), np.broadcast_to(result.r, x.shape).tolist(), numbers, strict=True):
        if not r <= LARGEST:
            continue
        true = truth(flint.arb(v))
        if not true.is_finite() or abs(true) > FAR or abs(true) < 1 / FAR:
            continue
        error = abs(number - true)
        if error > abs(true) * r * SECOND:
            found.append((v, float((error / abs(true)).mid()), r))
    return found


# Sums that cancel, quotients, roots, exponentials of sums, the ends of the doubles.
FORMULAS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any], Any]]] = {
    "x + 1/2": (lambda _m, x: x + 0.5, lambda x: x + flint.arb("0.5")),
    "3x − 1": (lambda _m, x: 3 * x - 1, lambda x: 3 * x - 1),
    "x³ − x": (lambda _m, x: x * x * x - x, lambda x: x**3 - x),
    "(x² − 2)/(x + 3)": (lambda _m, x: (x * x - 2) / (x + 3), lambda x: (x * x - 2) / (x + 3)),
    "e^x − 1 − x": (lambda m, x: m.exp(x) - 1 - x, lambda x: x.exp() - 1 - x),
    "e^(x² − 1)": (lambda m, x: m.exp(x * x - 1), lambda x: (x * x - 1).exp()),
    "ln(1 + x²)": (lambda m, x: m.log1p(x * x), lambda x: (x * x).log1p()),
    "ln(1.5 + sin x)": (lambda m, x: m.log(m.sin(x) + 1.5), lambda x: (x.sin() + flint.arb("1.5")).log()),
    "√(x² + 1) − |x|": (lambda m, x: m.sqrt(x * x + 1) - abs(x), lambda x: (x * x + 1).sqrt() - abs(x)),
    "sin(x/3) − cos x": (lambda m, x: m.sin(x / 3) - m.cos(x), lambda x: (x / 3).sin() - x.cos()),
    "σ(x)·(1 + x·σ(−x))": (
        lambda m, x: m.logistic(x)[0] * (1 + x * m.logistic(x)[1]),
        lambda x: (1 + x / (1 + x.exp())) / (1 + (-x).exp()),
    ),
    "ln(1 + e^(x − 2)) − σ(x)": (
        lambda m, x: m.softplus(x - 2) - m.logistic(x)[0],
        lambda x: (x - 2).exp().log1p() - 1 / (1 + (-x).exp()),
    ),
    "Φ(x/2) + x·φ(x)": (
        lambda m, x: m.normal(x * 0.5)[0] + x * m.normal(x)[1],
        lambda x: (
            (-x / flint.arb(8).sqrt()).erfc() / 2 + x * (-x * x / 2).exp() / (2 * flint.arb.pi()).sqrt()
        ),
    ),
    "tanh(x − 0.3)": (
        lambda m, x: m.tanh(x - m.constant("0.3")),
        lambda x: (x - flint.arb("0.3")).tanh(),
    ),
    "tanh(0.7x)": (lambda m, x: m.tanh(m.constant("0.7") * x), lambda x: (flint.arb("0.7") * x).tanh()),
    "arsinh(x)·artanh(x/(1 + x²))": (
        lambda m, x: m.arcsinh(x) * m.arctanh(x / (1 + x * x)),
        lambda x: x.asinh() * (x / (1 + x * x)).atanh(),
    ),
    "arctan(x) − x/2": (lambda m, x: m.arctan(x) - x / 2, lambda x: x.atan() - x / 2),
    "erf(x)·cosh(x/9) − sinh(x/9)": (
        lambda m, x: m.erf(x) * m.cosh(x / 9) - m.sinh(x / 9),
        lambda x: x.erf() * (x / 9).cosh() - (x / 9).sinh(),
    ),
    "e^x/(e^x + e^−x)": (
        lambda m, x: m.exp(x) / (m.exp(x) + m.exp(-x)),
        lambda x: 1 / (1 + (-2 * x).exp()),
    ),
}


@pytest.mark.parametrize("arithmetic", ARITHMETICS)
@pytest.mark.parametrize("name", FORMULAS)
def test_no_result_is_farther_off_than_its_bound(name: str, arithmetic: str) -> None:
    formula, truth = FORMULAS[name]
    x = values(60, 1)
    if arithmetic != "deep":
        x = x[(np.abs(x) > 2.0**-900) & (np.abs(x) < 2.0**900)]
    if arithmetic == "unchecked":
        x = x[(np.abs(x) > 2.0**-200) & (np.abs(x) < 30)]
    assert broken(ARITHMETICS[arithmetic](), formula, truth, x) == []


@pytest.mark.parametrize("name", bounds.CASES)
def test_the_stated_error_of_a_function_is_more_than_is_found(name: str) -> None:
    """A small part of the measurement that the bounds were set by."""
    assert max(part for _, part in bounds.measured(name, 300).values()) < 0.6


def test_series_about_roots_keep_their_bound() -> None:
    assert bounds.measured_series(2000) < OWN["series"]


def test_few_digits_stay_exact() -> None:
    m = Bounded(Exact())
    x = m.argument(np.array([0.3, 1 / 3, 1e-5, 12345.678]))
    for exact in (x * 0.5, 3 * x, 1.5 * x, -x, abs(x), x / 4, x + 0.0, m.maximum(x, 0.0)):
        assert exact.r == 0.0
    for inexact in (x * 0.1, x * x, x / 0.3, m.constant("0.1") * x):
        assert 0 < inexact.r < 2.0**-70
    total = x + 0.5
    assert np.all(np.broadcast_to(total.r, x.shape) < 2.0**-100)


def test_quotients_by_short_whole_numbers_are_exact_where_they_are_short() -> None:
    m = Bounded(Exact())
    ties = np.array([(2 * k + 1) * 3 * 2.0**-53 for k in range(2**49, 2**49 + 40)])  # sixths are ties
    assert not np.any((m.argument(ties) / 6).r)
    assert np.all((m.argument(np.array([1.0, 2.0, 5.0, 7.0])) / 3).r > 0)


def test_a_sum_of_inexact_numbers_that_is_0_is_unknown() -> None:
    m = Bounded(Exact())
    one = m.exp(m.argument(np.zeros(1)))
    with np.errstate(all="ignore"):
        assert not (one - 1.0).r[0] < LARGEST
        assert (m.argument(np.ones(1)) - 1.0).r == 0.0


def test_what_over_or_underflows_is_unknown_or_raised() -> None:
    x = np.array([-800.0, 0.5, 800.0])
    formulas: list[Callable[[Any, Any], Any]] = [
        lambda m, a: m.exp(a),
        lambda m, a: 1 / (1 + m.exp(-a)) * m.exp(a),
        lambda m, a: m.cosh(a),
    ]
    for make in formulas:
        m = Bounded(Exact())
        with np.errstate(all="ignore"):
            known = make(m, m.argument(x)).r < LARGEST
        assert known[1]
        assert not known.all()
        unchecked = Bounded(Exact(moderate=True), checked=False)
        with pytest.raises(FloatingPointError), np.errstate(all="raise"):
            make(unchecked, unchecked.argument(x))


def test_a_branch_that_is_not_taken_spoils_nothing() -> None:
    m = Bounded(Exact())
    x = m.argument(np.array([-900.0, 900.0]))
    with np.errstate(all="ignore"):
        result = m.where(m.above(x, 0.0), x, m.exp(x))
    assert (np.broadcast_to(result.r, (2,)) < LARGEST).tolist() == [False, True]


def test_comparisons_know_when_they_are_not_sure() -> None:
    m, ties = Bounded(Exact()), Bounded(Exact(), ties=True)
    x = np.array([0.25, 1.0, 2.0])
    assert m.less(m.argument(x), 1.0).tolist() == [True, False, False]
    assert m.less_equal(m.argument(x), 1.0).tolist() == [True, True, False]
    assert m.equal(m.argument(x), 1.0).tolist() == [False, True, False]
    tied = ties.less(ties.argument(x), 1.0)
    assert (tied.holds.tolist(), tied.unsure.tolist()) == ([True, False, False], [False, True, False])
    with np.errstate(all="ignore"):
        root = m.less(m.sqrt(m.argument(x)) * m.sqrt(m.argument(x)), m.argument(x))
        chosen = m.where(root, 1.0, 2.0)
    assert root.unsure.all()
    assert not np.any(chosen.r < LARGEST)
    both = tied & np.array([True, False, True])
    assert both.unsure.tolist() == [False, False, False]
    either = tied | np.array([False, True, False])
    assert (either.holds.tolist(), either.unsure.tolist()) == ([True, True, False], [False, False, False])


@pytest.mark.parametrize("inner", [Exact(), Deep()], ids=["pairs", "scaled"])
def test_functions_of_what_cancels_are_not_known(inner: Exact | Deep) -> None:
    m = Bounded(inner)
    with np.errstate(all="ignore"):
        x = m.argument(np.array([3.0, 1.7]))
        noise = m.log(m.exp(x)) - x * (1 + 2.0**-40) + x * 2.0**-40
        small = m.constant("1e-30")
        for made in (
            1 / noise,
            m.log(abs(noise)),
            m.exp(noise),
            noise * noise,
            m.sqrt(abs(noise)),
            m.log1p(noise),
        ):
            assert not np.any((made * small + 1).r < LARGEST)
        assert np.any((noise * small + 1).r < LARGEST)  # nothing is known where it is 0
        assert np.all(m.signed(m.number(np.ones(2)), noise).r > LARGEST)


def test_a_side_is_that_of_a_known_number() -> None:
    m = Bounded(Deep())
    with np.errstate(all="ignore"):
        x = m.argument(np.array([2.0**70]))
        e = m.exp(-x)
        rest = x + e - x  # e^−x, or what x lost
    assert np.all(e.r < 1)
    assert not np.any(rest.r < 1)
    assert not np.any(abs(rest).r < 1)


def test_unknown_numbers_stay_unknown() -> None:
    m = Bounded(Exact())
    x = m.argument(np.array([1.0, 2.0]))
    unknown: Enclosed = m.unknown(x) * x + 1
    assert not np.any(unknown.r < LARGEST)
