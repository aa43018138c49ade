"""The tables in files, and functions computed as Taylor polynomials about the nearest point of a grid."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.numerics.pair import ANY, Pair, head
from actcli.core.numerics.program import empty

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array

MAGIC = 1.5 * 2.0**52
"""x + MAGIC rounds x to a whole number, which the low bits of the sum then hold."""


@functools.cache
def table(name: str) -> Array:
    """Return a table of tests/generate/numerics.py: a row per quantity, a column per grid point."""
    return np.ascontiguousarray(np.load(Path(__file__).parent / "tables" / f"{name}.npy"))


def entries(row: Array, index: NDArray[np.int64]) -> Array:
    """Return the entries of a row at places that wrap around it."""
    return np.take(row, index, out=empty(index.shape), mode="wrap")


def expand(name: str, a: Pair, per_unit: float) -> Pair:
    """Return a function of a ≥ 0 by its Taylor series about the nearest of the grid j/per_unit.

    The rows of the table are c₀ and c₁, as head and rest each, then c₂, c₃, …; |c₁d| ≤ |c₀| or c₀ = 0. The
    product of the heads of c₁ and d is exact, so the error is that of c₂d²: below 2⁻⁶⁴ for the grids used.
    """
    rows = table(name)
    n = a.h * per_unit + MAGIC
    low = a.h - (n - MAGIC) * (1 / per_unit)  # exact
    d = low + a.l
    index = n.view(np.int64) & 0xFFFF
    q = entries(rows[-1], index)
    for row in rows[-2:3:-1]:
        q = q * d + entries(row, index)
    q = q * d * d + entries(rows[3], index) * d + entries(rows[1], index)
    h = head(d)
    slope, first = entries(rows[2], index), entries(rows[0], index)
    q = q + ((low - h) + a.l) * slope
    big = h * slope  # exact
    total = first + big
    return Pair(total, q + ((first - total) + big), ANY)
