"""Arrays of any size, shape and format through `evaluate`."""

from __future__ import annotations

import os
import threading
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actcli.core import blocks, registry
from actcli.core.dtypes import BFLOAT16, FLOAT16, FLOAT32
from actcli.core.evaluate import evaluate, evaluate_from_output, evaluate_wrt
from actcli.core.spec import Activation, KinkRule
from actcli.errors import UsageError

pytestmark = pytest.mark.core

EVERYWHERE = np.array([0.0, -0.0, 5e-324, -5e-324, 1e-310, 1e300, -1e300, 1.7e308, -745.2, 38.6, -38.6, 0.5])
SPECIAL = np.concatenate([EVERYWHERE, [np.inf, -np.inf, np.nan, -np.nan]])


def function(name: str) -> Activation:
    found = registry.get(name)
    assert isinstance(found, Activation)
    return found


SILU, RELU, GELU = function("silu"), function("relu"), function("gelu")


@pytest.mark.parametrize("entry", registry.elementwise(), ids=lambda f: f.name)
def test_no_warning_escapes_and_only_nan_gives_nan(entry: Activation) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for fast in (False, True):
            for order in range(3):
                y = evaluate(entry, SPECIAL, order, fast=fast)
                assert np.isnan(y[-2:]).all()
                inside = np.array([x in entry.domain for x in EVERYWHERE.tolist()])
                assert not np.isnan(y[: EVERYWHERE.size][inside]).any()


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 4), (2, 0, 3), (5, 1, 2)])
def test_a_result_has_the_shape_of_its_argument(shape: tuple[int, ...]) -> None:
    x: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = np.full(shape, 0.5)
    assert evaluate(SILU, x).shape == shape
    assert np.all(evaluate(SILU, x) == evaluate(SILU, 0.5))


def test_a_large_array_gives_what_its_parts_give() -> None:
    x = np.random.default_rng(1).standard_normal(blocks.THREADED + 3 * blocks.BLOCK + 7) * 100
    y = evaluate(SILU, x, 1)
    parts = [evaluate(SILU, part, 1) for part in np.array_split(x, 17)]
    assert np.array_equal(y, np.concatenate(parts))


def test_a_view_with_gaps_is_an_array_like_any_other() -> None:
    x = np.linspace(-3, 3, 60).reshape(6, 10)
    assert np.array_equal(evaluate(GELU, x.T[::2]), evaluate(GELU, x).T[::2])
    assert np.array_equal(evaluate(GELU, x[:, ::-3]), evaluate(GELU, x)[:, ::-3])


def test_an_output_array_is_filled_and_returned() -> None:
    x = np.linspace(-3, 3, 100)
    out = np.empty(100)
    assert evaluate(SILU, x, out=out) is out
    assert np.array_equal(out, evaluate(SILU, x))
    gaps = np.zeros((100, 2))
    evaluate(SILU, x, out=gaps[:, 1])
    assert np.array_equal(gaps[:, 1], out)
    assert not gaps[:, 0].any()
    assert evaluate(SILU, x, out=x) is x, "the argument may be the output"
    assert np.array_equal(x, out)


@pytest.mark.parametrize("out", [np.empty(3), np.empty(4, np.float32), np.empty((2, 2))])
def test_an_output_array_that_does_not_fit_is_refused(
    out: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> None:
    with pytest.raises(ValueError, match="out must be"):
        evaluate(SILU, np.zeros(4), out=out)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_a_result_has_the_format_of_its_argument(dtype: type) -> None:
    x: np.ndarray[tuple[int, ...], np.dtype[np.floating]] = np.linspace(-3, 3, 10).astype(dtype)
    assert evaluate(SILU, x).dtype == dtype
    assert evaluate(SILU, [1, 2]).dtype == np.float64
    assert evaluate(SILU, np.array([1, 2], np.int32)).dtype == np.float64


@given(st.floats(width=32, allow_nan=False))
def test_a_narrow_result_is_the_wide_one_rounded_unless_that_is_a_tie(x: float) -> None:
    wide = evaluate(GELU, x)
    narrow = evaluate(GELU, x, dtype=FLOAT32)
    with np.errstate(all="ignore"):
        assert narrow == np.float32(wide) or FLOAT32.halfway(np.atleast_1d(wide)).all()


def test_the_argument_is_rounded_to_the_format_first() -> None:
    assert evaluate(RELU, 1.003, dtype=FLOAT16) == np.float16(1.003)
    assert float(evaluate(RELU, 1.003, dtype=BFLOAT16)) == 1.0


def test_a_result_just_beside_a_tie_goes_to_its_own_side() -> None:
    tiny = 3 * 2.0**-133  # silu is x/2 + x²/4: just above 3/2 of the smallest bfloat16
    assert float(evaluate(SILU, tiny, dtype=BFLOAT16)) == 2 * 2.0**-133
    assert float(evaluate(SILU, -5 * 2.0**-133, dtype=BFLOAT16)) == -2 * 2.0**-133
    shrink = function("tanh_shrink")
    assert float(evaluate(shrink, 258.0, dtype=BFLOAT16)) == 258.0  # 257 + 2e^−516


def test_the_sign_of_zero() -> None:
    for name in ("silu", "gelu", "tanh", "sine", "leaky_relu", "softsign", "tanh_shrink", "mish"):
        y = evaluate(function(name), [0.0, -0.0])
        assert np.signbit(y).tolist() == [False, True], name
    for name in ("relu", "lisht", "logcosh", "relu2"):
        assert not np.signbit(evaluate(function(name), [0.0, -0.0])).any(), name
    assert np.signbit(evaluate(SILU, [-np.inf, -1e5])).all()


@pytest.mark.parametrize(
    ("rule", "slope"),
    [(KinkRule.LEFT, 0.0), (KinkRule.RIGHT, 1.0), (KinkRule.MIN_NORM, 0.0), (KinkRule.NAN, np.nan)],
)
def test_the_rule_at_a_kink(rule: KinkRule, slope: float) -> None:
    y = evaluate(RELU, [-1.0, 0.0, 1.0], 1, kink=rule)
    assert np.array_equal(y, [0.0, slope, 1.0], equal_nan=True)


def test_a_tail_needs_no_doubles_on_the_way() -> None:
    swish = function("swish")
    x, beta = -1e303, 1e-300  # σ(βx) = e^−1000 is no double, x·σ(βx) is
    assert evaluate(swish, x, params={"beta": beta}) == pytest.approx(-5.075958897549457e-132, rel=1e-15)


def test_threads_keep_out_of_each_others_way() -> None:
    x = np.random.default_rng(2).standard_normal(4 * blocks.BLOCK)
    expected = evaluate(GELU, x, 1)
    wrong: list[int] = []

    def work() -> None:
        wrong.extend(i for i in range(5) if not np.array_equal(evaluate(GELU, x, 1), expected))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_child_process_evaluates_with_threads_of_its_own() -> None:
    x = np.ones(blocks.THREADED * 2)
    expected = evaluate(SILU, x)
    with warnings.catch_warnings():  # of threads that the child has not: that is what is tested
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        os._exit(0 if np.array_equal(evaluate(SILU, x), expected) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_the_gradient_in_a_parameter_has_limits_too() -> None:
    leaky = function("leaky_relu")
    assert evaluate_wrt(leaky, [-np.inf, -2.0, 3.0, np.inf, np.nan], "negative_slope").tolist()[:4] == [
        -np.inf,
        -2.0,
        0.0,
        0.0,
    ]


def test_a_slope_that_the_output_does_not_tell_is_refused() -> None:
    with pytest.raises(UsageError):
        evaluate_from_output(SILU, 0.5)
    assert evaluate_from_output(function("sigmoid"), 0.5) == 0.25
