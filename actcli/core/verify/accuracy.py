"""True values beside a kernel's results: how far results are off, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from actcli.core.dtypes import FLOAT64
from actcli.core.measure.ulp import error_in_ulp, ulp_distance
from actcli.core.questions import TOLD

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType

UNSURE = 0.1
"""An error told to so many ULP is told well enough, and so is one that is told to 2 %."""


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

    def errors(self, got: Array, dtype: DType) -> Errors:
        """Return how far results in a format are off; nothing where inf or NaN came and was due."""
        ulp = error_in_ulp(got, self.value, dtype, self.rest)
        if dtype.precision < 53:  # the correctly rounded result is known for sure: its error is at most ½
            ulp = np.where(got == self.expected, np.minimum(ulp, 0.5), ulp)
        with np.errstate(all="ignore"):
            off = np.abs((got - self.value) - self.rest * FLOAT64.spacing(self.value))
            same = (got == self.expected) & np.isinf(got) | (np.isnan(got) & np.isnan(self.expected))
            off = np.where(same, 0.0, np.where(np.isnan(off), np.inf, off))
            scale, head, rest = self._scaled()
            apart = np.abs((got * scale - head) - rest)
            relative = np.where(same | (apart == 0), 0.0, apart / np.abs(head + rest))
            return Errors(ulp, off, np.where(np.isnan(relative), np.inf, relative))

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
        tie = np.abs(np.abs(self.rest) - 0.5) <= self.doubt
        open_ = self.doubt > TOLD  # else the definition has told the double, however close the tie
        return np.asarray(tie & open_ & (ulp_distance(got, self.expected) <= 1) & (dtype is FLOAT64))

    def unsure(self, ulp: Array) -> NDArray[np.bool_]:
        """Return which errors of that size the kernel's bound leaves open."""
        return np.asarray(self.doubt > np.maximum(UNSURE, 0.02 * ulp))
