"""Formats: names, rounding, halfway points."""

from __future__ import annotations

import sys
from fractions import Fraction
from typing import TYPE_CHECKING

import ml_dtypes
import numpy as np
import pytest

from actcli.core import dtypes
from actcli.core.dtypes import DTYPES, FLOAT8_E4M3FN, FLOAT8_E5M2, FLOAT64, DType
from actcli.core.verify.inputs import every
from actcli.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

pytestmark = pytest.mark.core


def doubles() -> NDArray[np.float64]:
    """Return doubles that float32 holds too, so that no cast rounds twice: all bfloat16, ties, random."""
    bits = np.arange(1 << 16, dtype=np.uint32) << 16
    random = np.random.default_rng(0).integers(0, 1 << 32, 100_000, np.uint32)
    edges = np.array(
        [440, 448, 449, 463, 464, 465, 480, 57344, 61439, 61440, 65504, 65519, 65520], np.float32
    )
    with np.errstate(all="ignore"):
        found = np.concatenate([bits.view(np.float32), random.view(np.float32), edges, -edges])
        return np.asarray(found[~np.isnan(found)], np.float64)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_rounding_agrees_with_numpy_and_ml_dtypes(dtype: DType) -> None:
    x = doubles()
    with np.errstate(all="ignore"):
        expected = x.astype(np.float32).astype(dtype.numpy).astype(np.float64)
    found = dtype.round(x)
    if dtype.precision == 1:  # ml_dtypes rounds these subnormals of float32 up, half a step too far
        expected = np.where((x > 2.0**-127) & (x < 1.5 * 2.0**-127), 2.0**-127, expected)
    if dtype is not FLOAT64:
        assert np.array_equal(found, expected, equal_nan=True)
    assert np.array_equal(dtype.array(x).astype(np.float64), found, equal_nan=True)
    zero = found == 0
    assert np.array_equal(np.signbit(found[zero]), np.signbit(x[zero]) & dtype.negative_zero)


NARROW = [dtype for dtype in DTYPES if dtype.bits <= 16]


@pytest.mark.parametrize("dtype", NARROW, ids=str)
def test_the_middle_of_any_two_neighbours_is_a_tie(dtype: DType) -> None:
    numbers = np.unique(every(dtype)[np.isfinite(every(dtype))])
    low, high = numbers[:-1], numbers[1:]
    tie = low + (high - low) / 2
    for i in range(0, low.size, max(1, low.size // 300)):
        assert Fraction(tie[i]) == (Fraction(low[i]) + Fraction(high[i])) / 2, "it is a double"
    even = np.where(dtype.encode(low) & 1 == 0, low, high)
    if dtype.precision == 1:
        even = high
    assert np.array_equal(dtype.round(tie), even)
    assert np.array_equal(dtype.round(np.nextafter(tie, -np.inf)), low)
    assert np.array_equal(dtype.round(np.nextafter(tie, np.inf)), high)
    assert dtype.halfway(tie).all()
    assert dtype.close(tie, 1).all()
    assert dtype.close(np.nextafter(tie, np.inf), 2).all()
    assert not dtype.halfway(np.nextafter(tie, np.inf)).any()
    assert not dtype.halfway(numbers).any()


@pytest.mark.parametrize("dtype", NARROW, ids=str)
def test_every_pattern_comes_back(dtype: DType) -> None:
    patterns = np.arange(1 << dtype.bits, dtype=dtype.patterns)
    values = dtype.decode(patterns)
    numbers = ~np.isnan(values)
    assert np.array_equal(dtype.encode(values)[numbers], patterns[numbers])
    if dtype.nan:
        assert np.isnan(dtype.decode(dtype.encode([np.nan]))).all()
    else:
        assert numbers.all()


@pytest.mark.parametrize(
    ("dtype", "numbers", "least", "largest"),
    [
        (dtypes.FLOAT8_E4M3FNUZ, 255, 2.0**-10, 240.0),
        (dtypes.FLOAT8_E5M2FNUZ, 255, 2.0**-17, 57344.0),
        (dtypes.FLOAT8_E4M3B11FNUZ, 255, 2.0**-13, 30.0),
        (dtypes.FLOAT8_E8M0FNU, 255, 2.0**-127, 2.0**127),
        (dtypes.FLOAT4_E2M1FN, 16, 0.5, 6.0),
    ],
    ids=str,
)
def test_the_numbers_of_a_format(dtype: DType, numbers: int, least: float, largest: float) -> None:
    found = every(dtype)
    assert np.count_nonzero(~np.isnan(found)) == numbers
    assert found[found > 0].min() == least
    assert np.nanmax(found) == dtype.largest == largest


def test_fnuz_has_nan_in_the_place_of_minus_zero() -> None:
    for dtype in (dtypes.FLOAT8_E4M3FNUZ, dtypes.FLOAT8_E5M2FNUZ, dtypes.FLOAT8_E4M3B11FNUZ):
        assert dtype.encode([np.nan, np.inf, -1e9, -0.0, -1e-9, 0.0]).tolist() == [0x80, 0x80, 0x80, 0, 0, 0]
        assert np.isnan(dtype.decode(np.array([0x80], np.uint8))).all()


def test_e8m0_holds_powers_of_two_only() -> None:
    exponents = np.arange(-127.0, 128.0)
    assert np.array_equal(every(dtypes.FLOAT8_E8M0FNU)[:255], 2.0**exponents)
    rounded = dtypes.FLOAT8_E8M0FNU.round([3.0, 2.99, 6.0, 0.75, 1e-300, 0.0, -1.0, np.inf, 1.5 * 2.0**127])
    assert rounded[:5].tolist() == [4.0, 2.0, 8.0, 1.0, 2.0**-127]
    assert np.isnan(rounded[5:]).all()
    assert dtypes.FLOAT8_E8M0FNU.encode([np.nan]).tolist() == [0xFF]


def test_e2m1_saturates() -> None:
    fp4 = dtypes.FLOAT4_E2M1FN
    assert every(fp4)[:8].tolist() == [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0]
    assert fp4.round([7.0, -1e300, np.inf, 5.0, 2.5, 0.25, 0.75]).tolist() == [6, -6, 6, 4, 2, 0, 1]
    assert fp4.round([np.nan]).tolist() == [6]
    assert fp4.encode([np.nan, np.inf, -np.inf]).tolist() == [7, 7, 15]
    assert fp4.decode(np.array([0xF7, 0x1F], np.uint8)).tolist() == [6.0, -6.0], "the upper half is nothing"


@pytest.mark.parametrize("dtype", [d for d in DTYPES if d.bits in (16, 32)], ids=str)
def test_a_double_is_rounded_once(dtype: DType) -> None:
    step = dtype.spacing(np.array([1.0])).item()
    tie = 1 + step / 2
    assert dtype.round(tie).item() == 1.0
    assert dtype.round(np.nextafter(tie, 2.0)).item() == 1 + step
    assert dtype.round(np.nextafter(1 + 1.5 * step, 1.0)).item() == 1 + step
    assert dtype.halfway(np.array([tie, 1.0, np.nextafter(tie, 2.0)])).tolist() == [True, False, False]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_spacing_is_the_distance_to_the_next_number(dtype: DType) -> None:
    for x in dtype.round([1.0, 1.5, 2.0, 2.0**dtype.lowest, 2.0**dtype.lowest / 2, *[0.0] * dtype.signed]):
        step = dtype.spacing(np.array([x])).item()
        assert dtype.round(x + step).item() == x + step
        assert dtype.round(x + step / 4).item() == x


def test_what_exceeds_a_format() -> None:
    assert FLOAT8_E5M2.round([1e6, -1e6, np.nan]).tolist()[:2] == [np.inf, -np.inf]
    assert np.isnan(FLOAT8_E4M3FN.round([1e6, -np.inf, np.nan])).all(), "it has no infinities"


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("f64", "float64"),
        ("FP32", "float32"),
        ("half", "float16"),
        ("bf16", "bfloat16"),
        ("e4m3", "float8_e4m3fn"),
        ("fp8-e4m3fnuz", "float8_e4m3fnuz"),
        ("e5m2fnuz", "float8_e5m2fnuz"),
        ("e4m3b11", "float8_e4m3b11fnuz"),
        ("E8M0", "float8_e8m0fnu"),
        ("fp4", "float4_e2m1fn"),
        ("e2m1", "float4_e2m1fn"),
    ],
)
def test_a_format_is_found_by_its_short_names(name: str, full: str) -> None:
    assert dtypes.parse(name).name == full


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="float32"):
        dtypes.parse("flaot32")


def test_the_format_of_an_array() -> None:
    assert dtypes.of(np.dtype(ml_dtypes.bfloat16)).name == "bfloat16"
    assert dtypes.of(np.dtype(np.int8)) is FLOAT64


def test_an_exotic_array_needs_ml_dtypes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    with pytest.raises(MissingExtraError, match="lowp"):
        dtypes.parse("bfloat16").array([1.0])
    assert dtypes.parse("bfloat16").round([1.003]).tolist() == [1.0]
