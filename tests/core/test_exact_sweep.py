"""Long proofs in float64: tens of thousands of points a function, with and without other parameters."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.evaluate import evaluate
from tests.core.bounds import bounds
from tests.core.oracle import errors, points, unusual
from tests.core.scan import scan
from tests.core.spans import EXTENDED
from tests.core.test_exact import ORDERS, UNUSUAL, by_name, worst

if TYPE_CHECKING:
    from actcli.core.spec import Activation

pytestmark = pytest.mark.exhaustive
ELEMENTWISE = registry.elementwise()
LARGEST = np.finfo(np.float64).max


@pytest.mark.parametrize("order", range(3), ids=ORDERS)
@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_stated_bound_holds_at_many_points(function: Activation, order: int) -> None:
    stated = (function.bounds.value, function.bounds.slope, function.bounds.curvature)[order]
    x = points(function, order, {}, 12_000, seed=7)
    error = errors(function, order, x, {})
    assert error.max() <= stated, worst(error, x)


@pytest.mark.parametrize("order", range(3), ids=ORDERS)
@pytest.mark.parametrize("function", [f for f in ELEMENTWISE if f.params], ids=by_name)
def test_other_parameters_keep_the_wider_bound(function: Activation, order: int) -> None:
    for params in unusual(function):
        x = points(function, order, params, 3_000, seed=8)
        error = errors(function, order, x, params)
        assert error.max() <= UNUSUAL[order], f"{params}: {worst(error, x)}"


@pytest.mark.skipif(not EXTENDED, reason="needs long doubles of 64 bits")
@pytest.mark.parametrize("order", range(3), ids=ORDERS)
@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_no_result_of_a_dense_scan_is_beyond_its_bound(function: Activation, order: int) -> None:
    """Intervals of long doubles tell an error to 1/32 ULP; where they are wider, only gross errors show."""
    stated = (function.bounds.value, function.bounds.slope, function.bounds.curvature)[order]
    x = scan(function, order, 100_000, seed=9)
    got = evaluate(function, x, order)
    low, high = bounds(function, order, x)
    overflown = np.isinf(got) & np.isfinite(x) & (low > -LARGEST) & (high < LARGEST)
    assert not overflown.any(), x[overflown]
    finite = np.isfinite(got) & np.isfinite(low) & np.isfinite(high)
    low, high, got, x = low[finite], high[finite], got[finite], x[finite]
    beyond = np.maximum(np.maximum(low - got, got - high), 0)
    ulp = np.spacing(np.minimum(np.minimum(abs(low), abs(high)), LARGEST).astype(np.float64))
    error = np.minimum(beyond / ulp, 1e300).astype(np.float64)
    assert error.max() <= stated, worst(error, x)


@pytest.mark.parametrize("features", ["AVX512F AVX512CD AVX512_SKX", "AVX512F AVX512CD AVX512_SKX AVX2 FMA3"])
def test_bounds_hold_without_simd(features: str) -> None:
    """NumPy's functions round differently with other instructions; the bounds hold all the same."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-W",
        "ignore",
        "tests/core/test_exact.py",
        "-k",
        "stated_bound",
    ]
    environment = {**os.environ, "NPY_DISABLE_CPU_FEATURES": features}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-3000:]
