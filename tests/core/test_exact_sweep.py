"""Long proofs in float64: tens of thousands of points a function, with and without other parameters."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from actcli.core import registry
from tests.core.oracle import errors, points, unusual
from tests.core.scan import scan
from tests.core.test_exact import ORDERS, UNUSUAL, by_name, worst

if TYPE_CHECKING:
    from actcli.core.spec import Activation

pytestmark = pytest.mark.exhaustive
ELEMENTWISE = registry.elementwise()


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


@pytest.mark.parametrize("order", range(3), ids=ORDERS)
@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_stated_bound_holds_in_a_dense_scan(function: Activation, order: int) -> None:
    stated = (function.bounds.value, function.bounds.slope, function.bounds.curvature)[order]
    x = scan(function, order, 100_000, seed=9)
    error = errors(function, order, x, {})
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
