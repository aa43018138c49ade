"""True values beside a kernel's results: how far results are off, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.dtypes import FLOAT64, Quantised
from actcli.core.measure.ulp import error_in_ulp, ulp_distance
from actcli.core.questions import TOLD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType

UNSURE = 0.1
"""An error told to so many ULP is told well enough, and so is one that is told to 2 %."""

HALF = float(np.nextafter(0.5, 1.0))
"""An error of this size at least has what is not the correctly rounded result, unless it is one of two."""


class Errors(NamedTuple):
    """How far results are off: in ULP, absolutely, and beside the true values."""

    ulp: Array
    off: Array
    relative: Array


@dataclass(frozen=True, slots=True)
class TrueValues:
    """True values, and how sure they are.

    Attributes:
        value: a float64 next to each.
        rest: what the true value has beyond it, in units of its last place.
        expected: the true values rounded to the format.
        doubt: how wrong the true values may be, each, in ULP of the format.
    """

    value: Array
    rest: Array
    expected: Array
    doubt: Array

    def at(self, rows: NDArray[np.intp]) -> TrueValues:
        """Return some of them."""
        return TrueValues(self.value[rows], self.rest[rows], self.expected[rows], self.doubt[rows])

    def ulp(self, got: Array, dtype: DType) -> Array:
        """Return how far results in a format are off in ULP.

        Below float64 the correctly rounded result is known for sure: its error is at most ½. That of any
        other is more, unless the true value lies half-way between the two. Where a number came and infinity
        is due, the error is how far the true value itself lies beyond, in units of the largest number.
        """
        if dtype.precision == 53:
            wide = error_in_ulp(got, self.value, dtype, self.rest)
            wide[np.isinf(self.value) & np.isfinite(got)] = np.inf  # nothing tells how far beyond it lies
            return wide
        ulp, wrong = _in_narrow_ulp(got, self.value, dtype), got != self.expected
        np.minimum(ulp, 0.5, out=ulp, where=~wrong)
        if (near := np.flatnonzero(wrong & (ulp < HALF))).size:
            between = self.may_be_between(near, dtype)
            ulp[near] = np.where(between, np.maximum(ulp[near], 0.5), HALF)
        if (odd := np.flatnonzero(np.isnan(got) | np.isnan(self.expected))).size:
            ulp[odd] = np.where(np.isnan(got[odd]) & np.isnan(self.expected[odd]), 0.0, np.inf)
        return ulp

    def may_be_between(self, rows: NDArray[np.intp], dtype: DType) -> NDArray[np.bool_]:
        """Return which true values may lie half-way between two numbers of a narrow format."""
        half = dtype.halfway(self.value[rows]) & ((self.rest[rows] == 0) | (self.doubt[rows] > 0))
        return np.asarray(half)

    def errors(self, got: Array, dtype: DType) -> Errors:
        """Return how far results in a format are off; nothing where inf or NaN came and was due."""
        with np.errstate(all="ignore"):
            if dtype.precision < 53:
                off = np.abs(got - self.value)
                relative = off / np.abs(self.value)
                relative[off == 0] = 0.0
                odd = np.flatnonzero(~np.isfinite(off))
                same = (got[odd] == self.expected[odd]) | (np.isnan(got[odd]) & np.isnan(self.expected[odd]))
                off[odd] = relative[odd] = np.where(same, 0.0, np.inf)
                return Errors(self.ulp(got, dtype), off, relative)
            off = np.abs((got - self.value) - self.rest * FLOAT64.spacing(self.value))
            same = (got == self.expected) & np.isinf(got) | (np.isnan(got) & np.isnan(self.expected))
            off = np.where(same, 0.0, np.where(np.isnan(off), np.inf, off))
            scale, head, rest = self._scaled()
            apart = np.abs((got * scale - head) - rest)
            relative = np.where(same | (apart == 0), 0.0, apart / np.abs(head + rest))
            return Errors(self.ulp(got, dtype), off, np.where(np.isnan(relative), np.inf, relative))

    def ulp_range(self, ulp: Array, got: Array, dtype: DType) -> tuple[Array, Array]:
        """Return between what errors in ULP lie for sure."""
        low, high = ulp - self.doubt, ulp + self.doubt
        if dtype.precision < 53:
            wrong = got != self.expected
            high = np.where(wrong, high, np.minimum(high, 0.5))
            if (near := np.flatnonzero(wrong & (low < HALF) & (ulp > 0))).size:  # 0: it is accepted
                low[near] = np.where(self.may_be_between(near, dtype), np.maximum(low[near], 0.5), HALF)
        return low, high

    def relative_doubt(self, dtype: DType) -> Array:
        """Return how wrong the true values may be, beside themselves."""
        with np.errstate(all="ignore"):
            scale, head, rest = self._scaled()
            doubt = self.doubt * (dtype.spacing(self.value) * scale)
            return np.where(doubt == 0, 0.0, doubt / np.abs(head + rest))

    def _scaled(self) -> tuple[Array, Array, Array]:
        """Return a power of two, and the true values times it as two doubles.

        What a subnormal truth has beyond its double is less than the least double.
        """
        scale = np.where(np.abs(self.value) < 2.0**-900, 2.0**200, 1.0)
        return scale, self.value * scale, self.rest * (FLOAT64.spacing(self.value) * scale)

    def untold(self, got: Array, dtype: DType) -> NDArray[np.bool_]:
        """Return which results may be the correctly rounded one or not, for all that is known."""
        if dtype is not FLOAT64:
            return np.zeros(got.shape, np.bool_)
        tie = np.abs(np.abs(self.rest) - 0.5) <= self.doubt
        open_ = self.doubt > TOLD  # else the definition has told the double, however close the tie
        return np.asarray(tie & open_ & (ulp_distance(got, self.expected) <= 1))

    def unsure(self, ulp: Array) -> NDArray[np.bool_]:
        """Return which errors of that size the kernel's bound leaves open."""
        return np.asarray(self.doubt > np.maximum(UNSURE, 0.02 * ulp))


def _in_narrow_ulp(got: Array, value: Array, dtype: DType) -> Array:
    """Return `error_in_ulp` of results of a narrow format, but for NaN: its units are read from bits."""
    if isinstance(dtype, Quantised):
        with np.errstate(invalid="ignore"):
            return np.abs(got - np.clip(value, dtype.least, dtype.largest)) / dtype.scale
    most = dtype.largest + (float(dtype.spacing(dtype.largest)) if dtype.nan else 0.0)
    top = int(np.frexp(dtype.largest)[1]) - 1
    exponent = ((value.view(np.int64) >> 52) & 0x7FF) - 1023
    exponent = np.clip(exponent, dtype.lowest, top)
    scale = ((1023 + dtype.precision - 1 - exponent) << 52).view(np.float64)
    true = np.clip(value, -most, most)
    if dtype.infinite and (beyond := np.flatnonzero((np.abs(value) > most) & np.isfinite(got))).size:
        true[beyond] = value[beyond]
    with np.errstate(invalid="ignore", over="ignore"):
        ulp: Array = np.abs(np.clip(got, -most, most) - true) * scale
    return ulp
