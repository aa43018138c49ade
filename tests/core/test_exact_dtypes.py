"""Narrow formats: every result is the true value rounded once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from actcli.core import registry
from actcli.core.dtypes import BFLOAT16, DTYPES, FLOAT8_E4M3FN, FLOAT16, FLOAT32, DType
from actcli.core.evaluate import evaluate_wrt
from actcli.core.verify.inputs import every
from tests.core.judge import misrounded
from tests.core.oracle import named, unusual

if TYPE_CHECKING:
    from actcli.core.spec import Activation

ELEMENTWISE = registry.elementwise()
SMALL = [dtype for dtype in DTYPES if dtype.bits <= 8]
ORDERS = ("value", "slope", "curvature")


def by_name(function: Activation) -> str:
    return function.name


@pytest.mark.parametrize("dtype", SMALL, ids=str)
@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_all_numbers_of_eight_bits(function: Activation, dtype: DType) -> None:
    for order in range(3):
        assert misrounded(function, order, every(dtype), dtype).tolist() == []


@pytest.mark.parametrize("dtype", [FLOAT16, BFLOAT16], ids=str)
@pytest.mark.parametrize("function", ELEMENTWISE, ids=by_name)
def test_some_numbers_of_sixteen_bits(function: Activation, dtype: DType) -> None:
    for order in range(3):
        assert misrounded(function, order, every(dtype)[order::397], dtype).tolist() == []


GRADIENTS = [(function, param.name) for function in ELEMENTWISE for param in function.params]


@pytest.mark.parametrize(("function", "param"), GRADIENTS, ids=lambda part: getattr(part, "name", part))
def test_gradients_in_parameters_of_every_format(function: Activation, param: str) -> None:
    singles = FLOAT32.round(10 ** np.random.default_rng(4).uniform(-45, 38, 40))
    formats = [(FLOAT8_E4M3FN, every(FLOAT8_E4M3FN)), (BFLOAT16, every(BFLOAT16)[::397]), (FLOAT32, singles)]
    for params in ({}, *unusual(function)[:1]):
        for dtype, x in formats:
            assert misrounded(function, 0, x, dtype, params, param).tolist() == []


def test_a_gradient_beside_a_tie_asks_the_definition() -> None:
    snake = named("snake")
    assert evaluate_wrt(snake, np.float32(2**-75), "alpha") == np.float32(0)  # x² − … beside half of 2^-149
    assert misrounded(snake, 0, every(BFLOAT16)[::7], BFLOAT16, wrt="alpha").tolist() == []


@pytest.mark.parametrize("order", range(3), ids=ORDERS)
@pytest.mark.parametrize("function", [f for f in ELEMENTWISE if f.params], ids=by_name)
def test_other_parameters_in_narrow_formats(function: Activation, order: int) -> None:
    for params in unusual(function)[:2]:
        assert misrounded(function, order, every(FLOAT8_E4M3FN), FLOAT8_E4M3FN, params).tolist() == []
        assert misrounded(function, order, every(BFLOAT16)[order::397], BFLOAT16, params).tolist() == []


@pytest.mark.exhaustive
@pytest.mark.parametrize("dtype", [FLOAT16, BFLOAT16], ids=str)
@pytest.mark.parametrize(("function", "param"), GRADIENTS, ids=lambda part: getattr(part, "name", part))
def test_gradients_in_parameters_of_all_numbers_of_sixteen_bits(
    function: Activation, param: str, dtype: DType
) -> None:
    assert misrounded(function, 0, every(dtype), dtype, wrt=param).tolist() == []


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
    assert narrow == {FLOAT32, FLOAT16, BFLOAT16, *SMALL}
