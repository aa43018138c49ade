"""Distances and errors in ULP, for every format."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actcli.core.dtypes import DTYPES, FLOAT4_E2M1FN, FLOAT8_E4M3FN, FLOAT16, FLOAT64, DType
from actcli.core.measure import error_in_ulp, ordinal, ulp_distance
from actcli.core.verify.inputs import every, numbers_at

NARROW = [dtype for dtype in DTYPES if dtype.bits <= 16]
doubles = st.floats(allow_nan=False)


@pytest.mark.parametrize("dtype", NARROW, ids=str)
def test_every_pattern_of_a_narrow_format_is_made_once(dtype: DType) -> None:
    patterns = np.arange(1 << dtype.bits, dtype=dtype.patterns)
    with np.errstate(invalid="ignore"):  # signalling NaNs
        native = patterns.view(dtype.numpy).astype(np.float64)
    ours = every(dtype)
    assert np.array_equal(ours, native, equal_nan=True)
    known = ~np.isnan(native)
    assert np.array_equal(np.signbit(ours[known]), np.signbit(native[known]))


@pytest.mark.parametrize("dtype", NARROW, ids=str)
def test_ordinals_are_the_bit_patterns(dtype: DType) -> None:
    half = 1 << (dtype.bits - dtype.signed)
    values = every(dtype)[:half]
    known = ~np.isnan(values)
    places = np.arange(half)[known] + (not dtype.signed)  # without 0, pattern 0 is the first number above it
    assert np.array_equal(ordinal(values[known], dtype), places)
    assert np.array_equal(ordinal(-values[known], dtype), -places)
    assert np.array_equal(numbers_at(places, dtype), values[known])


@given(doubles)
def test_float64_ordinals_are_the_bit_patterns(x: float) -> None:
    bits = int(np.float64(x).view(np.int64))
    assert ordinal(x) == (bits if bits >= 0 else -(bits & 0x7FFF_FFFF_FFFF_FFFF))
    assert numbers_at(ordinal([x]), FLOAT64)[0] == x


@given(doubles, doubles)
def test_distance_is_symmetric_and_zero_only_for_equals(a: float, b: float) -> None:
    assert ulp_distance(a, b) == ulp_distance(b, a)
    assert (ulp_distance(a, b) == 0) == (a == b)


def test_the_odd_ones() -> None:
    largest = FLOAT64.largest
    a = [0.0, 5e-324, math.inf, math.nan, math.nan, -math.inf, 1.0]
    b = [-0.0, -5e-324, largest, math.nan, 1.0, math.inf, np.nextafter(1.0, 2.0)]
    far = 2.0 * 0x7FF0_0000_0000_0000
    assert ulp_distance(a, b).tolist() == [0.0, 2.0, 1.0, 0.0, math.inf, far, 1.0]


def test_error_is_told_in_units_of_the_true_value() -> None:
    assert error_in_ulp(1.0, 1.0 + 2.0**-11, FLOAT16) == 0.5
    assert error_in_ulp(1.0, 1.0, FLOAT64, rest=0.25) == 0.25
    assert error_in_ulp(0.0, 5e-324) == 1.0


@pytest.mark.parametrize(
    ("got", "true", "error"),
    [
        (math.inf, 65520.0, 0.5),  # halfway to the number beyond the largest
        (math.inf, 65519.0, 0.53125),
        (65504.0, 1e300, 1.0),
        (math.inf, 1e300, 0.0),
        (-math.inf, 1e300, 4096.0),
        (math.nan, 1.0, math.inf),
        (1.0, math.nan, math.inf),
        (math.nan, math.nan, 0.0),
    ],
)
def test_errors_at_the_ends_of_float16(got: float, true: float, error: float) -> None:
    assert error_in_ulp(got, true, FLOAT16) == pytest.approx(error, rel=1e-12)


def test_without_infinities_overflow_is_nan() -> None:
    assert error_in_ulp(math.nan, 1e9, FLOAT8_E4M3FN) == 0.0
    assert error_in_ulp(448.0, 1e9, FLOAT8_E4M3FN) == math.inf
    assert error_in_ulp(448.0, 460.0, FLOAT8_E4M3FN) == 0.375


@pytest.mark.parametrize("dtype", NARROW, ids=str)
def test_rounding_is_within_half_a_unit(dtype: DType) -> None:
    x = np.random.default_rng(0).standard_normal(2000) * 10.0 ** np.random.default_rng(1).uniform(
        -9, 1.5, 2000
    )
    x = x if dtype.signed else np.abs(x)
    assert error_in_ulp(dtype.round(x), x, dtype).max() <= 0.5


def test_where_there_is_no_nan_the_largest_stands_for_all_beyond_it() -> None:
    assert error_in_ulp([6.0, 4.0, -6.0, math.nan], [1e9, 1e9, -6.5, 1.0], FLOAT4_E2M1FN).tolist() == [
        0.0,
        1.0,
        0.0,
        math.inf,
    ]
