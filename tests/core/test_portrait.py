"""What pictures show of functions: where they live, their points, breaks and asymptotes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from actcli.core import portrait, registry
from actcli.core.evaluate import evaluate
from actcli.core.spec import Activation, KinkRule, Side

ELEMENTWISE = registry.elementwise()


def get(name: str, **params: float) -> tuple[Activation, dict[str, float]]:
    entry = registry.get(name)
    assert isinstance(entry, Activation)
    return entry, entry.bind(params)


@pytest.mark.parametrize("entry", ELEMENTWISE, ids=lambda entry: entry.name)
def test_a_view_shows_every_break_of_a_function_inside_its_domain(entry: Activation) -> None:
    params = entry.bind({})
    low, high = portrait.view(entry, params)
    assert math.isfinite(low)
    assert math.isfinite(high)
    assert entry.domain.low <= low < high <= entry.domain.high
    assert all(low < kink.at < high for kink in entry.kinks(**params))


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("entry", ELEMENTWISE, ids=lambda entry: entry.name)
def test_the_points_of_a_trace_lie_on_the_curve(entry: Activation, order: int) -> None:
    params = entry.bind({})
    low, high = portrait.view(entry, params)
    trace = portrait.trace(entry, params, order, low, high)
    assert np.all(np.diff(trace.x) > 0)
    assert (trace.x[0], trace.x[-1]) == (low, high)
    drawn = ~np.isnan(trace.y)
    exact = np.asarray(evaluate(entry, trace.x[drawn], order, params))
    np.testing.assert_allclose(trace.y[drawn], exact, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("entry", ELEMENTWISE, ids=lambda entry: entry.name)
def test_between_its_points_a_curve_is_near_its_chords(entry: Activation) -> None:
    params = entry.bind({})
    low, high = portrait.view(entry, params)
    trace = portrait.trace(entry, params, 1, low, high)
    bottom, top = portrait.height([{1: trace}], low, high)
    middle, chord = (trace.x[1:] + trace.x[:-1]) / 2, (trace.y[1:] + trace.y[:-1]) / 2
    seen = np.isfinite(chord) & (chord > bottom) & (chord < top)
    curve = np.asarray(evaluate(entry, middle[seen], 1, params))
    assert float(np.abs(curve - chord[seen]).max(initial=0.0)) < 5e-3 * (top - bottom)


def test_the_derivative_breaks_at_a_kink_and_has_its_value_at_one_end() -> None:
    entry, params = get("leaky_relu", negative_slope=0.25)
    trace = portrait.trace(entry, params, 1, -6.0, 6.0)
    assert np.isnan(trace.y[trace.x == 0]).all()
    assert trace.ends == (portrait.End(0.0, 0.25, held=True), portrait.End(0.0, 1.0, held=False))
    right = portrait.trace(entry, params, 1, -6.0, 6.0, KinkRule.RIGHT)
    assert [end.held for end in right.ends] == [False, True]
    nowhere = portrait.trace(entry, params, 1, -6.0, 6.0, KinkRule.NAN)
    assert [end.held for end in nowhere.ends] == [False, False]


def test_a_kink_at_the_edge_of_a_picture_is_a_break_there() -> None:
    entry, params = get("leaky_relu", negative_slope=0.25)
    right = portrait.trace(entry, params, 1, 0.0, 6.0)
    assert set(right.y[1:].tolist()) == {1.0}
    assert right.ends == (portrait.End(0.0, 0.25, held=True), portrait.End(0.0, 1.0, held=False))
    left = portrait.trace(entry, params, 1, -6.0, 0.0)
    assert set(left.y.tolist()) == {0.25}
    assert left.ends == ()


def test_a_continuous_function_is_one_line() -> None:
    entry, params = get("leaky_relu")
    trace = portrait.trace(entry, params, 0, -6.0, 6.0)
    assert not np.isnan(trace.y).any()
    assert trace.ends == ()


def test_a_jump_has_its_value_on_the_side_it_belongs_to() -> None:
    entry, params = get("binary_step", threshold=1.0)
    trace = portrait.trace(entry, params, 0, -6.0, 6.0)
    assert trace.ends == (portrait.End(1.0, 0.0, held=False), portrait.End(1.0, 1.0, held=True))


def test_a_kink_that_the_parameters_smooth_out_is_no_break() -> None:
    entry, params = get("elu", alpha=1.0)
    assert portrait.trace(entry, params, 1, -6.0, 6.0).ends == ()
    entry, params = get("elu", alpha=0.5)
    assert len(portrait.trace(entry, params, 1, -6.0, 6.0).ends) == 2


@pytest.mark.parametrize(
    ("name", "params", "view"),
    [
        ("relu", {}, (-6.0, 6.0)),
        ("sigmoid", {}, (-6.0, 6.0)),
        ("threshold", {"threshold": 20.0}, (-20.0, 30.0)),
        ("binary_step", {"threshold": 0.01}, (-0.2, 0.2)),
    ],
)
def test_a_view_is_the_usual_one_unless_the_function_lives_elsewhere(
    name: str, params: dict[str, float], view: tuple[float, float]
) -> None:
    assert portrait.view(*get(name, **params)) == pytest.approx(view)


def test_an_exponential_does_not_flatten_the_rest() -> None:
    entry, params = get("exponential")
    traces = {n: portrait.trace(entry, params, n, -6.0, 6.0) for n in (0, 1)}
    low, high = portrait.height([traces], -6.0, 6.0)
    assert low < 0
    assert 6.0 <= high < 7.0


def test_0_is_in_view() -> None:
    for name in ("sigmoid", "softplus", "gelu"):
        entry, params = get(name)
        low, high = portrait.height([{0: portrait.trace(entry, params, 0, 1.0, 6.0)}], 1.0, 6.0)
        assert low < 0 < high


def test_a_function_that_does_not_move_has_limits_still() -> None:
    entry, params = get("relu")
    assert portrait.height([{0: portrait.trace(entry, params, 0, -6.0, -1.0)}], -6.0, -1.0) == (-1.0, 1.0)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("gelu", 0.0, 1e-10),
        ("gelu", 0.0, 1e-279),
        ("gelu", 1e6, 1.000001e6),
        ("relu", -1e-10, 1e-10),
        ("exponential", 100.0, 200.0),
        ("exponential", -1.0, 1000.0),
        ("acosh", 1.0, 1.00001),
        ("relu2", 0.0, 1e300),
    ],
)
def test_of_every_curve_something_is_in_view(name: str, low: float, high: float) -> None:
    entry, params = get(name)
    traces = {n: portrait.trace(entry, params, n, low, high) for n in (0, 1)}
    bottom, top = portrait.height([traces], low, high)
    assert math.isfinite(top - bottom)
    for trace in traces.values():
        assert np.any((bottom <= trace.y) & (trace.y <= top))


def test_what_is_too_low_to_draw_lies_on_the_axis() -> None:
    entry, params = get("exponential")
    trace = portrait.trace(entry, params, 0, -690.0, -650.0)
    assert portrait.height([{0: trace}], -690.0, -650.0) == (-1.0, 1.0)


def test_asymptotes_are_the_lines_that_are_neared_and_not_those_run_along() -> None:
    assert portrait.asymptotes(*get("relu"), -6.0, 6.0) == []
    lines = portrait.asymptotes(*get("sigmoid"), -6.0, 6.0)
    assert {(line.slope, line.intercept, line.side) for line in lines} == {
        (0.0, 0.0, Side.LEFT),
        (0.0, 1.0, Side.RIGHT),
    }


@pytest.mark.parametrize(
    ("name", "low", "high", "sides"),
    [
        ("gelu", 0.0, 1.0, set()),
        ("gelu", 0.0, 1e-10, set()),
        ("gelu", 0.0, 6.0, {Side.RIGHT}),
        ("gelu", -1.0, 6.0, {Side.RIGHT}),
        ("sigmoid", -6.0, -3.0, {Side.LEFT}),
        ("sigmoid", 3.0, 6.0, {Side.RIGHT}),
        ("softsign", -6.0, 6.0, {Side.LEFT, Side.RIGHT}),
    ],
)
def test_an_asymptote_is_shown_where_it_is_neared(
    name: str, low: float, high: float, sides: set[Side]
) -> None:
    assert {line.side for line in portrait.asymptotes(*get(name), low, high)} == sides


def test_the_end_of_a_domain_is_an_upright_asymptote() -> None:
    lines = portrait.asymptotes(*get("atanh"), -1.0, 1.0)
    assert {(line.slope, line.x) for line in lines} == {(math.inf, -1.0), (math.inf, 1.0)}
