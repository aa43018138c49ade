"""What is measured of functions, against what is known of them."""

from __future__ import annotations

import math
from contextlib import suppress

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.measure import (
    Monotone,
    Properties,
    Symmetry,
    factors,
    layers,
    normal_share,
    properties,
    relative_cost,
)
from actcli.core.measure.facts import columns, facts
from actcli.core.spec import Activation, Break
from actcli.errors import UsageError

ELEMENTWISE = registry.elementwise()


def measured(name: str, **params: float) -> Properties:
    function = registry.get(name)
    assert isinstance(function, Activation)
    return properties(function, params)


def close(a: float, b: float) -> bool:
    return a == b or math.isclose(a, b, rel_tol=1e-12, abs_tol=1e-14)


@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda f: f.name)
def test_the_measured_range_is_the_stated_one(function: Activation) -> None:
    found, stated = properties(function).range, function.range(**function.bind({}))
    assert close(found.low, stated.low), f"measured {found.low!r}, the record says {stated.low!r}"
    assert close(found.high, stated.high), f"measured {found.high!r}, the record says {stated.high!r}"
    assert (found.low_closed, found.high_closed) == (stated.low_closed, stated.high_closed)


@pytest.mark.parametrize("function", ELEMENTWISE, ids=lambda f: f.name)
def test_every_function_can_be_measured_at_any_parameters(function: Activation) -> None:
    for param in function.params:
        for value in (-0.7, 4.0):
            with suppress(UsageError):  # a value that the parameter may not have
                found = properties(function, {param.name: value})
                assert all(isinstance(text, str) for text in facts(found).values())
                assert columns(found)
                break


@pytest.mark.parametrize(
    ("name", "x", "value"),
    [
        ("silu", -1.2784645427610738, -0.2784645427610738),
        ("gelu", -0.7517915246935645, -0.1699712074799036),
        ("gelu_tanh", -0.7524614220710163, -0.1700407505712540),
        ("mish", -1.1924312145154952, -0.3088434130172504),
        ("hard_swish", -1.5, -0.375),
    ],
)
def test_minima(name: str, x: float, value: float) -> None:
    (point,) = measured(name).extrema
    assert point.x == pytest.approx(x, abs=3e-16)
    assert point.value == pytest.approx(value, abs=1e-15)


@pytest.mark.parametrize(
    ("name", "x", "slope"),
    [
        ("sigmoid", 0.0, 0.25),
        ("tanh", 0.0, 1.0),
        ("silu", 2.3993572805154677, 1.0998393201288672),
        ("gelu", math.sqrt(2), 1.1289041451851548),
        ("gaussian", -1 / math.sqrt(2), 0.8577638849607068),
    ],
)
def test_largest_slopes(name: str, x: float, slope: float) -> None:
    point = measured(name).largest_slope
    assert abs(point.x) == pytest.approx(abs(x), abs=3e-16)
    assert point.value == pytest.approx(slope, rel=1e-15)


def test_the_largest_slope_of_sigmoid_is_exact() -> None:
    found = measured("sigmoid")
    assert (found.largest_slope.x, found.largest_slope.value, found.lipschitz) == (0.0, 0.25, 0.25)


def test_where_a_largest_slope_is_not_a_point() -> None:
    assert measured("relu").largest_slope.until == math.inf
    softplus = measured("softplus").largest_slope
    assert (softplus.x, softplus.value, softplus.attained) == (math.inf, 1.0, False)
    selu = measured("selu").largest_slope
    assert (selu.x, selu.attained) == (0.0, False)
    assert measured("exponential").lipschitz == math.inf
    assert measured("binary_step").lipschitz == math.inf


@pytest.mark.parametrize(
    ("name", "monotone"),
    [
        ("sigmoid", Monotone.INCREASING),
        ("relu", Monotone.NON_DECREASING),
        ("binary_step", Monotone.NON_DECREASING),
        ("hard_shrink", Monotone.NON_DECREASING),
        ("snake", Monotone.INCREASING),
        ("silu", Monotone.NO),
        ("sine", Monotone.NO),
        ("gaussian", Monotone.NO),
    ],
)
def test_monotone(name: str, monotone: Monotone) -> None:
    assert measured(name).monotone is monotone


def test_parameters_change_the_shape() -> None:
    assert measured("leaky_relu", negative_slope=-0.5).monotone is Monotone.NO
    assert measured("leaky_relu", negative_slope=1.0).breaks is None
    assert measured("linear", weight=-2.0).monotone is Monotone.DECREASING
    assert measured("linear", weight=0.0).monotone is Monotone.CONSTANT
    assert measured("elu", alpha=2.0).largest_slope.value == 2.0
    assert measured("swish", beta=2.0).extrema[0].x == pytest.approx(-1.2784645427610738 / 2, abs=1e-15)


@pytest.mark.parametrize(
    ("name", "symmetry"),
    [
        ("tanh", Symmetry.ODD),
        ("erf", Symmetry.ODD),
        ("sine", Symmetry.ODD),
        ("gaussian", Symmetry.EVEN),
        ("logcosh", Symmetry.EVEN),
        ("sigmoid", Symmetry.NONE),
        ("relu", Symmetry.NONE),
    ],
)
def test_symmetry(name: str, symmetry: Symmetry) -> None:
    assert measured(name).symmetry is symmetry


@pytest.mark.parametrize(
    ("name", "breaks"),
    [
        ("relu", (Break.SLOPE, (0.0,))),
        ("hard_tanh", (Break.SLOPE, (-1.0, 1.0))),
        ("elu", (Break.CURVATURE, (0.0,))),
        ("binary_step", (Break.VALUE, (0.0,))),
        ("hard_shrink", (Break.VALUE, (-0.5, 0.5))),
        ("gelu", None),
    ],
)
def test_smooth_or_not(name: str, breaks: tuple[Break, tuple[float, ...]] | None) -> None:
    assert measured(name).breaks == breaks


def test_saturation() -> None:
    sigmoid = measured("sigmoid")
    logit = math.log((1 + math.sqrt(1 - 0.04)) / (1 - math.sqrt(1 - 0.04)))  # σ(1 − σ) = 0.01
    assert sigmoid.saturates_above == pytest.approx(logit, rel=1e-14)
    assert sigmoid.saturates_below == pytest.approx(-logit, rel=1e-14)
    elu = measured("elu")
    assert elu.saturates_below == pytest.approx(math.log(0.01), rel=1e-14)
    assert elu.saturates_above is None
    assert measured("leaky_relu").saturated == ()
    assert measured("tanh_shrink").saturates_below is None


def test_zeros() -> None:
    assert [(z.x, z.until) for z in measured("relu").zeros] == [(-math.inf, 0.0)]
    assert [(z.x, z.until) for z in measured("hard_swish").zeros] == [(-math.inf, -3.0), (0.0, None)]
    assert measured("sigmoid").zeros == ()
    waves = measured("sine")
    assert waves.wavy
    assert min(abs(z.x - math.pi) for z in waves.zeros) < 1e-15


@pytest.mark.parametrize(
    ("name", "mean", "square", "slope", "slope_square"),
    [
        ("identity", 0.0, 1.0, 1.0, 1.0),
        ("relu", 1 / math.sqrt(2 * math.pi), 0.5, 0.5, 0.5),
        (
            "erf",
            0.0,
            2 / math.pi * math.asin(2 / 3),
            2 / math.sqrt(3 * math.pi),
            4 / (math.pi * math.sqrt(5)),
        ),
        ("gelu", 1 / (2 * math.sqrt(math.pi)), None, 0.5, None),
        ("exponential", math.exp(0.5), math.exp(2), math.exp(0.5), math.exp(2)),
        ("gaussian", 1 / math.sqrt(3), 1 / math.sqrt(5), 0.0, 4 / 5**1.5),
        ("sine", 0.0, (1 - math.exp(-2)) / 2, math.exp(-0.5), (1 + math.exp(-2)) / 2),
        ("binary_step", 0.5, 0.5, 0.0, 0.0),
        ("selu", 0.0, 1.0, None, None),
        ("sigmoid", 0.5, None, 0.2066209641419069, None),
    ],
)
def test_moments(
    name: str, mean: float, square: float | None, slope: float | None, slope_square: float | None
) -> None:
    found = measured(name).moments
    got = (found.mean, found.square, found.slope_mean, found.slope_square)
    for value, known in zip(got, (mean, square, slope, slope_square), strict=True):
        if known is not None:
            assert value == pytest.approx(known, rel=1e-11, abs=1e-13)


def test_moments_of_a_steep_step() -> None:
    found = measured("sigmoid").moments
    steep = measured("scaled_tanh", alpha=1.0, beta=1e6).moments
    assert steep.square == pytest.approx(1 - 2 / 1e6 / math.sqrt(2 * math.pi), abs=1e-11)
    assert found.variance < steep.variance


def test_a_function_that_is_not_defined_everywhere_has_no_moments() -> None:
    found = measured("acosh")
    assert math.isnan(found.moments.mean)
    assert facts(found)["E f(z)"] == "undefined"


def test_selu_hands_on_mean_0_and_variance_1() -> None:
    found = measured("selu")
    assert found.fixed_variance == pytest.approx(1.0, abs=1e-10)
    assert found.fixed_mean == pytest.approx(0.0, abs=1e-10)
    assert found.zero_centred


def test_other_fixed_points() -> None:
    assert measured("tanh").fixed_variance == 0.0
    assert math.isnan(measured("identity").fixed_variance)  # any variance will do
    assert measured("linear", weight=2.0).fixed_variance == math.inf


def test_zero_centred() -> None:
    assert measured("tanh").zero_centred
    assert not measured("sigmoid").zero_centred
    assert not measured("relu").zero_centred


def test_gain_and_dead_share() -> None:
    relu = measured("relu")
    assert relu.gain == pytest.approx(math.sqrt(2), rel=1e-12)
    assert relu.dead_share == 0.5
    assert measured("hard_tanh").dead_share == pytest.approx(math.erfc(1 / math.sqrt(2)), rel=1e-14)
    assert measured("elu").dead_share == 0.0


def test_normal_share_keeps_its_digits_in_the_tails() -> None:
    assert normal_share(10, math.inf) == pytest.approx(7.61985302416052e-24, rel=1e-13)
    assert normal_share(-math.inf, math.inf) == 1.0


def test_what_layers_leave_of_a_gradient() -> None:
    best, usual = factors(measured("sigmoid"), [1, 2, 10])
    assert best == [0.25, 0.0625, 0.25**10]
    assert usual[0] < 0.25
    assert layers(5) == [1, 2, 3, 4, 5]
    assert layers(120) == [1, 2, 5, 10, 20, 50, 100, 120]


def test_no_warning_escapes_from_the_far_ends() -> None:
    with np.errstate(all="raise"):
        measured("exponential")
        measured("cosh")


def test_a_pause_of_the_machine_costs_a_function_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter(range(10**6))

    def seconds(function: Activation, x: np.ndarray[tuple[int], np.dtype[np.float64]], _: object) -> float:
        pause = next(calls) % 3 == 0  # every third call, the first one included, waits for another program
        return (3e-9 if function.name == "silu" else 1e-9) * x.size + pause * 0.5

    monkeypatch.setattr("actcli.core.measure.cost._seconds", seconds)
    silu = registry.get("silu")
    assert isinstance(silu, Activation)
    assert relative_cost(silu) == pytest.approx(3)
