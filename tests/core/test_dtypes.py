"""Formats: names, rounding, halfway points."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import ml_dtypes
import numpy as np
import pytest

from actcli.core import dtypes
from actcli.core.dtypes import DTYPES, FLOAT8_E4M3FN, FLOAT8_E5M2, FLOAT64, DType
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
    if dtype is not FLOAT64:
        assert np.array_equal(found, expected, equal_nan=True)
    assert np.array_equal(dtype.array(x).astype(np.float64), found, equal_nan=True)
    zero = found == 0
    assert np.array_equal(np.signbit(found[zero]), np.signbit(x[zero]))


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
    for x in (1.0, 1.5, 2.0, 2.0**dtype.lowest, 2.0**dtype.lowest / 2, 0.0):
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
