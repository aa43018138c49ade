"""Ziv's test decides what it may, and never wrongly; results are rounded correctly at the hardest points."""

from __future__ import annotations

import math
import subprocess
import sys
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.definition import asking
from actcli.core.dtypes import BFLOAT16, DTYPES, FLOAT16, FLOAT32, FLOAT64, DType
from actcli.core.evaluate import evaluate, evaluate_wrt
from actcli.core.numerics.bounded import Bounded, Enclosed
from actcli.core.numerics.deep import Deep
from actcli.core.numerics.exact import Exact
from actcli.core.numerics.pair import ANY, Pair
from actcli.core.numerics.rounding import rounded, ziv
from actcli.core.numerics.scaled import normal
from actcli.core.questions import Double, split
from actcli.core.questions import rounded as rounding
from actcli.core.spec import Activation, Subject
from actcli.errors import UnsettledError

if TYPE_CHECKING:
    from actcli.core.arrays import Array

M, DEEP = Bounded(Exact()), Bounded(Deep())


def enclosed(h: float, low: float, r: float) -> Enclosed:
    return Enclosed(M, Pair(np.array([h]), np.array([low]), ANY), r)


def scaled(h: float, low: float, e: int, r: float) -> Enclosed:
    return Enclosed(DEEP, normal(Pair(np.array([h]), np.array([low]), ANY), np.array([e])), r)


def tried(number: Enclosed, dtype: DType = FLOAT64) -> float | None:
    """Return what a number rounds to, or None if that is not decided."""
    out = np.empty(1)
    decided = rounded(number, out, dtype)
    return float(dtype.round(out)[0]) if decided[0] else None


HALF = 2.0**-53  # half a unit in the last place of 1


@pytest.mark.parametrize(
    ("low", "r", "result"),
    [
        (0.3 * HALF, 2.0**-60, 1.0),
        (HALF * (1 - 2.0**-4), 2.0**-60, 1.0),
        (HALF * (1 - 2.0**-8), 2.0**-60, None),
        (HALF * (1 + 2.0**-8), 2.0**-60, None),
        (HALF * (1 + 2.0**-4), 2.0**-60, 1 + 2 * HALF),
        (HALF, 2.0**-75, None),
        (HALF, 0.0, 1.0),
        (3 * HALF, 0.0, 1 + 4 * HALF),
        (HALF + 2.0**-100, 0.0, 1 + 2 * HALF),
        (0.0, math.inf, None),
        (0.0, math.nan, None),
    ],
)
def test_both_ends_decide(low: float, r: float, result: float | None) -> None:
    for sign in (1.0, -1.0):
        expected = None if result is None else result * sign
        assert tried(enclosed(sign, sign * low, r)) == expected
        assert tried(scaled(sign, sign * low, 0, r)) == expected
        out, gap = np.empty((2, 1))
        with np.errstate(all="ignore"):
            ziv(enclosed(sign, sign * low, r), out, gap)
        assert (out[0] if gap[0] == 0 else None) == expected


def test_a_rest_greater_than_its_head_is_told_from_it() -> None:
    assert tried(enclosed(0.0, 1.0, 0.0)) == 1.0
    assert tried(enclosed(2.0**-60, 1.0, 2.0**-80)) == 1.0
    assert tried(enclosed(HALF, 1.0, 0.0)) == 1.0
    assert tried(enclosed(HALF, 1.0, 2.0**-75)) is None


@pytest.mark.parametrize("dtype", DTYPES[1:], ids=str)
def test_ties_of_a_narrow_format(dtype: DType) -> None:
    unit = float(dtype.spacing(1.0))
    tie, tiny = 1 + unit / 2, unit * 2.0**-60
    even = 1 if dtype.precision > 1 else 1 + unit  # of two powers of two, the larger
    for sign in (1.0, -1.0) if dtype.signed else (1.0,):
        assert tried(enclosed(sign * tie, 0.0, 0.0), dtype) == sign * even
        assert tried(enclosed(sign * tie, sign * tiny, 0.0), dtype) == sign * (1 + unit)
        assert tried(enclosed(sign * tie, -sign * tiny, 0.0), dtype) == sign
        assert tried(enclosed(sign * tie, 0.0, 2.0**-75), dtype) is None
        assert tried(enclosed(sign * tie, sign * tiny, tiny / 4), dtype) == sign * (1 + unit)
        assert tried(enclosed(sign * tie, sign * tiny, tiny * 4), dtype) is None
        assert tried(enclosed(sign * (1 + unit / 4), 0.0, unit * 2.0**-6), dtype) == sign
        least = 2.0 ** (dtype.lowest - dtype.precision + 1)
        assert tried(enclosed(sign * 1.5 * least, -sign * least * 2.0**-70, 0.0), dtype) == sign * least
        top = dtype.largest + float(dtype.spacing(dtype.largest)) / 2
        beyond = tried(enclosed(sign * top, 0.0, 0.0), dtype)
        # Of E4M3 448 is even, and 480 would be NaN; of its kin without −0 240 is odd, and 256 would be.
        odd = dtype.nan and dtype.name != "float8_e4m3fn"
        due = dtype.round(sign * 2 * top).item() if odd else sign * dtype.largest
        assert beyond == due or (beyond is not None and math.isnan(beyond) and math.isnan(due))
        assert tried(enclosed(sign * top, -sign * top * 2.0**-70, 2.0**-75), dtype) == sign * dtype.largest
        undecided = tried(enclosed(sign * top, 0.0, 2.0**-75), dtype)
        assert undecided == (None if dtype.nan else sign * dtype.largest)


def test_the_ends_of_the_doubles() -> None:
    least = 5e-324
    assert tried(scaled(1.0, 0.0, -1075, 0.0)) == 0.0  # a tie, to even
    assert tried(scaled(1.0, 2.0**-70, -1075, 0.0)) == least
    assert tried(scaled(1.0, 2.0**-70, -1075, 2.0**-75)) == least
    assert tried(scaled(1.0, 2.0**-70, -1075, 2.0**-68)) is None
    assert tried(scaled(3.0, 0.0, -1075, 2.0**-75)) is None
    assert tried(scaled(1.0, 0.0, -4000, 2.0**-60)) == 0.0
    negative = np.empty(1)
    assert rounded(scaled(-1.0, 0.0, -4000, 2.0**-60), negative).all()
    assert np.signbit(negative[0])
    assert tried(scaled(1.0, 0.0, 1024, 2.0**-60)) == math.inf
    assert tried(scaled(1.0, -(2.0**-54), 1024, 2.0**-75)) is None
    assert tried(scaled(1.0, -(2.0**-54) * (1 + 2.0**-9), 1024, 2.0**-70)) == FLOAT64.largest


def test_random_numbers_are_decided_as_fractions_are() -> None:
    """Every number that the bound allows rounds to the result, or the number is undecided."""
    random = np.random.default_rng(5)
    for dtype in (dtype for dtype in DTYPES if dtype.signed):
        for _ in range(150):
            h = float(random.uniform(-2, 2))
            if random.random() < 0.7:  # close to a tie of the format
                near = float(dtype.round(h))
                h = near + float(dtype.spacing(near)) / 2
            low = float(random.choice([0.0, 1.0, -1.0]) * 2.0 ** random.uniform(-90, -54))
            r = float(random.choice([0.0, 2.0 ** random.uniform(-90, -54)]))
            got = tried(enclosed(h, low, r), dtype)
            exact = Fraction(h) + Fraction(low)
            both = {nearest(exact * (1 + s * Fraction(r)), dtype) for s in (-1, 1)}
            if got is not None:
                assert both == {got}, (dtype.name, h, low, r)
            elif len(both) == 1:  # then it was close
                wider = {nearest(exact * (1 + s * Fraction(r) * 2), dtype) for s in (-1, 1)}
                assert len(wider) == 2 or dtype is FLOAT64 or r == 0 or dtype.halfway(np.array([h]))[0]


def nearest(x: Fraction, dtype: DType) -> float:
    unit = Fraction(float(dtype.spacing(float(x))))
    return float(round(x / unit) * unit)


NAMES = ("sigmoid", "silu", "gelu", "tanh", "mish", "softplus", "elu", "erf", "logcosh", "squareplus")


def hardest(function: Activation, order: int, count: int, seed: int) -> tuple[Array, Array]:
    """Return arguments whose true value lies closest to a tie of doubles, and how close in ULP.

    Of `count` numbers, by balls. A tie is as close by chance as one over their number.
    """
    x = np.random.default_rng(seed).normal(0, 3, count)
    ask = asking(Subject(function, {}, order))
    doubles: list[Double] = [ask(v, split) for v in x.tolist()]
    away = np.array([abs(abs(d.rest) - 0.5) for d in doubles])
    few = np.argsort(away)[:8]
    return x[few], away[few]


@pytest.mark.parametrize("order", range(3), ids=["value", "slope", "curvature"])
@pytest.mark.parametrize("name", NAMES)
def test_results_closest_to_a_tie_are_rounded_correctly(name: str, order: int) -> None:
    function = named(name)
    x, away = hardest(function, order, 500, seed=order)
    if away.min() > 0.01:
        pytest.skip("it is linear")
    ask = asking(Subject(function, {}, order))
    assert evaluate(function, x, order).tolist() == [ask(v, rounding(FLOAT64)) for v in x.tolist()]


def named(name: str) -> Activation:
    function = registry.get(name)
    assert isinstance(function, Activation)
    return function


@pytest.mark.parametrize("function", registry.elementwise(), ids=lambda f: f.name)
def test_every_function_is_rounded_correctly(function: Activation) -> None:
    """f, f′, f″ and ∂f/∂parameter, at ordinary arguments, at few-digit ones, and of every size."""
    random = np.random.default_rng(4)
    x = np.concatenate([
        random.normal(0, 3, 30),
        random.integers(-40, 40, 10) / 8,
        random.choice([-1.0, 1.0], 20) * 2.0 ** random.uniform(-1074, 300, 20),
        random.uniform(-750, 750, 10),
    ])  # fmt: skip
    kinks = [k.at for k in function.kinks(**function.bind({}))]
    for order in range(3):
        ask = asking(Subject(function, {}, order))
        assert wrong(x, evaluate(function, x, order), ask) == []
    x = x[~np.isin(x, kinks)]
    for param in function.params:
        ask = asking(Subject(function, {}, wrt=param.name))
        assert wrong(x, evaluate_wrt(function, x, param.name), ask) == []


def wrong(x: Array, y: Array, ask: Any, dtype: DType = FLOAT64) -> list[tuple[float, float, float]]:
    """Return where y is not the value of the definition rounded once: x, y and the value."""
    found = []
    for v, got in zip(x.tolist(), np.asarray(y, np.float64).tolist(), strict=True):
        with suppress(UnsettledError):  # some definitions underflow far out
            true = ask(v, rounding(dtype))
            if got != true and not (math.isnan(got) and math.isnan(true)):
                found.append((v, got, true))
    return found


@pytest.mark.exhaustive
@pytest.mark.parametrize("order", range(3), ids=["value", "slope", "curvature"])
@pytest.mark.parametrize("function", registry.elementwise(), ids=lambda f: f.name)
def test_many_results_are_rounded_correctly(function: Activation, order: int) -> None:
    random = np.random.default_rng(order)
    x = np.concatenate([random.normal(0, 3, 20_000), random.uniform(-750, 750, 2000)])
    assert wrong(x, evaluate(function, x, order), asking(Subject(function, {}, order))) == []


def test_without_flint_the_best_pair_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    function = named("silu")
    x, _ = hardest(function, 1, 100, seed=9)
    expected = evaluate(function, x, 1)
    monkeypatch.setattr("actcli.core.questions.is_available", lambda: False)
    got = evaluate(function, x, 1)
    assert np.all(np.abs(got - expected) <= np.spacing(np.abs(expected)))


def test_what_is_decided_loads_no_balls() -> None:
    program = (
        "import sys, actcli; actcli.gelu([0.5, 2.0, -3.0]); actcli.tanh([0.25, 1.5]); "
        "sys.exit(any(name.startswith('flint') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_narrow_results_are_rounded_once() -> None:
    for dtype in (FLOAT32, FLOAT16, BFLOAT16):
        x = dtype.round(np.random.default_rng(6).normal(0, 2, 300))
        for name in ("gelu", "silu", "mish"):
            for order in range(3):
                ask = asking(Subject(named(name), {}, order))
                y = evaluate(named(name), x, order, dtype=dtype)
                assert wrong(x, y, ask, dtype) == []
