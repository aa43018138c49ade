"""The tables in files, and functions computed as Taylor polynomials about the nearest point of a grid."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from actcli.core.numerics.pair import ANY, Pair, cut
from actcli.core.numerics.program import empty

if TYPE_CHECKING:
    from actcli.core.arrays import Array

MAGIC = 1.5 * 2.0**52
"""x + MAGIC rounds x to a whole number, which the low bits of the sum then hold."""


@functools.cache
def table(name: str) -> Array:
    """Return a table of tests/generate/numerics.py: a row per quantity, a column per grid point."""
    return np.ascontiguousarray(np.load(Path(__file__).parent / "tables" / f"{name}.npy"))


def expand(name: str, a: Pair, per_unit: float) -> Pair:
    """Return a function of a ≥ 0 by its Taylor series about the nearest of the grid j/per_unit.

    The rows of the table are c₀ and c₁, as head and rest each, then c₂, c₃, …; |c₁d| ≤ |c₀| or c₀ = 0. The
    product of the heads of c₁ and d is exact, so the error is that of c₂d²: below 2⁻⁶⁴ for the grids used.
    """
    shape = a.shape
    rows = table(name)
    n, d, t, low = empty(shape), empty(shape), empty(shape), empty(shape)
    np.multiply(a.h, per_unit, out=n)
    np.add(n, MAGIC, out=n)
    np.subtract(n, MAGIC, out=t)
    np.multiply(t, 1 / per_unit, out=t)
    np.subtract(a.h, t, out=low)  # exact
    np.add(low, a.l, out=d)
    index = n.view(np.int64) & 0xFFFF
    q, c = empty(shape), empty(shape)
    np.take(rows[-1], index, out=q, mode="wrap")
    for row in rows[-2:3:-1]:
        np.multiply(q, d, out=q)
        np.take(row, index, out=c, mode="wrap")
        np.add(q, c, out=q)
    np.multiply(q, d, out=q)
    np.multiply(q, d, out=q)
    np.take(rows[3], index, out=c, mode="wrap")
    np.multiply(c, d, out=c)
    np.add(q, c, out=q)
    np.take(rows[1], index, out=c, mode="wrap")
    np.add(q, c, out=q)
    cut(d)
    np.subtract(low, d, out=low)
    np.add(low, a.l, out=low)
    np.take(rows[2], index, out=c, mode="wrap")
    np.multiply(low, c, out=low)
    np.add(q, low, out=q)
    np.multiply(d, c, out=d)  # exact
    np.take(rows[0], index, out=c, mode="wrap")
    np.add(c, d, out=t)
    np.subtract(c, t, out=c)
    np.add(c, d, out=c)
    np.add(q, c, out=q)
    return Pair(t, q, ANY)
