"""What is measured of typed formulas, which may have poles, gaps, waves and huge values."""

from __future__ import annotations

import math

import pytest

from actcli.core.formula.grammar import parse
from actcli.core.formula.record import record
from actcli.core.measure import Monotone, Properties, Symmetry, properties
from actcli.core.measure.facts import facts
from actcli.core.spec import Break
from actcli.errors import UsageError

pytest.importorskip("flint")


def measured(text: str) -> Properties:
    return properties(record(parse(text)))


def test_a_pole_that_is_not_integrable_has_no_moments() -> None:
    found = measured("1/x")
    assert math.isnan(found.moments.mean)
    assert [(v.low, v.high) for v in found.values] == [(-math.inf, 0.0), (0.0, math.inf)]
    assert (found.poles, found.breaks) == ((0.0,), (Break.VALUE, (0.0,)))
    assert (found.monotone, found.symmetry) == (Monotone.NO, Symmetry.ODD)
    assert facts(found)["smooth"] == "pole at 0"


@pytest.mark.parametrize(
    ("text", "mean", "square"),
    [
        ("log(abs(x))", -(math.log(2) + 0.5772156649015329) / 2, None),
        ("abs(x)^-0.4", 2**-0.2 * math.gamma(0.3) / math.sqrt(math.pi), None),
        (
            "abs(x)^-0.2",
            2**-0.1 * math.gamma(0.4) / math.sqrt(math.pi),
            2**-0.2 * math.gamma(0.3) / 1.7724538509,
        ),
        ("max(0,x)^1.5", 2**0.75 * math.gamma(1.25) / math.sqrt(math.pi) / 2, math.sqrt(2 / math.pi)),
        ("floor(x)", -0.5, None),
    ],
)
def test_moments(text: str, mean: float, square: float | None) -> None:
    found = measured(text).moments
    assert found.mean == pytest.approx(mean, rel=1e-9)
    if square is not None:
        assert found.square == pytest.approx(square, rel=1e-9)


def test_half_a_line_has_no_moments() -> None:
    found = measured("x^1.5")
    assert math.isnan(found.moments.mean)
    assert math.isnan(found.moments.variance)
    assert (found.range.low, found.range.low_closed, found.breaks) == (0.0, True, None)


def test_poles_of_a_wave() -> None:
    found = measured("tan(x)")
    assert (found.range.low, found.range.high, found.lipschitz) == (-math.inf, math.inf, math.inf)
    assert min(abs(z.x - math.pi) for z in found.zeros) < 1e-15
    assert math.isnan(found.moments.mean)


def test_zeros_of_a_wave_at_its_kinks() -> None:
    found = measured("abs(sin(3x))")
    assert facts(found)["zeros"] == "−1.0472, 0, 1.0472, …"
    assert found.moments.slope_square == pytest.approx(4.5 * (1 + math.exp(-18)), rel=1e-9)
    assert found.largest_curvature.value == pytest.approx(9, rel=1e-9)


def test_values_beyond_the_doubles() -> None:
    found = measured("1e300*x^3")
    assert (found.moments.mean, found.moments.variance, found.gain) == (0.0, math.inf, 0.0)
    assert found.largest_curvature.value == math.inf
    assert measured("exp(exp(exp(exp(x))))").lipschitz == math.inf


def test_what_is_too_long_is_not_measured() -> None:
    with pytest.raises(UsageError, match="too long"):
        measured("sin(" * 150 + "x" + ")" * 150)


def test_what_has_no_second_derivative_is_measured_as_far_as_can_be() -> None:
    found = measured("digamma(x)")
    assert math.isnan(found.largest_curvature.value)
    assert facts(found)["largest |f″|"] == "undefined"


def test_a_cube_root_has_its_zero() -> None:
    found = measured("cbrt(x)")
    assert [z.x for z in found.zeros] == [0.0]
    assert (found.monotone, found.breaks) == (Monotone.INCREASING, (Break.SLOPE, (0.0,)))
