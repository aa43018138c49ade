"""Narrow formats: every result is the true value rounded once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.dtypes import BFLOAT16, DTYPES, FLOAT8_E4M3FN, FLOAT8_E5M2, FLOAT16, FLOAT32, DType
from actcli.core.measure.sample import every
from tests.core.judge import misrounded

if TYPE_CHECKING:
    from actcli.core.spec import Activation

ELEMENTWISE = registry.elementwise()
ORDERS = ("value", "slope", "curvature")


def by_name(function: Activation) -> str:
    return function.name


@pytest.mark.parametrize("dtype", [FLOAT8_E4M3FN, FLOAT8_E5M2], ids=str)
@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_all_numbers_of_eight_bits(function: Activation, dtype: DType) -> None:
    for order in range(3):
        assert misrounded(function, order, every(dtype), dtype).tolist() == []


@pytest.mark.parametrize("dtype", [FLOAT16, BFLOAT16], ids=str)
@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_some_numbers_of_sixteen_bits(function: Activation, dtype: DType) -> None:
    for order in range(3):
        assert misrounded(function, order, every(dtype)[order::397], dtype).tolist() == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("order", range(3), ids=ORDERS)
@pytest.mark.parametrize("dtype", [FLOAT16, BFLOAT16], ids=str)
@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_all_numbers_of_sixteen_bits(function: Activation, dtype: DType, order: int) -> None:
    assert misrounded(function, order, every(dtype), dtype).tolist() == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("order", range(3), ids=ORDERS)
@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_a_million_random_patterns_of_float32(function: Activation, order: int) -> None:
    patterns = np.random.default_rng(order).integers(0, 1 << 32, 1_000_000, np.uint32)
    with np.errstate(invalid="ignore"):  # signalling NaNs
        x = patterns.view(np.float32).astype(np.float64)
    assert misrounded(function, order, x, FLOAT32).tolist() == []


def test_every_format_is_held_to_it() -> None:
    narrow = {dtype for dtype in DTYPES if dtype.bits < 64}
    assert narrow == {FLOAT32, FLOAT16, BFLOAT16, FLOAT8_E4M3FN, FLOAT8_E5M2}
