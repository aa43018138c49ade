"""The types of the arrays that everything is computed in, and what NumPy does not do alike everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def ldexp(x: ArrayLike, exponent: ArrayLike) -> Array:
    """Return x·2^exponent for exponents of any integer dtype, within ±2³¹.

    NumPy's own takes those of C's type long, which has 32 bits on Windows.
    """
    return np.asarray(np.ldexp(x, np.asarray(exponent).astype(np.int32)))
