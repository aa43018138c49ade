"""Where a function changes its sign, to the nearest double."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array


PARTS = np.linspace(0, 1, 65)
"""A bracket is cut into 64 at once, which costs hardly more than into two."""

ZOOMS = 12
"""From an eighth of an octave to neighbouring doubles, and room to spare."""

ENOUGH = 128
"""More places than this are a wave's: those nearest to 0 stand for the rest."""

_PLACES = 8  # more sign changes than this far out are a wave


def sign_changes(
    function: Callable[[Array], Array], grid: Array, reach: float, cuts: Array | None = None
) -> Array:
    """Return the points between which, or at which, a function changes its sign on a grid.

    A change across a cut, a place where the function breaks, is none. Beyond the reach a few changes are
    places; many are a wave that the grid there does not resolve.
    """
    if grid.size == 0:
        return grid
    piece = np.zeros(grid.size) if cuts is None else np.searchsorted(cuts, grid)
    sign = np.sign(function(grid))
    keep = np.flatnonzero((sign != 0) & ~np.isnan(sign))
    left, right = keep[:-1], keep[1:]
    turn = (sign[left] != sign[right]) & (piece[left] == piece[right])
    left, right = left[turn], right[turn]
    exact = right - left == 2  # one grid point between the two is the root itself
    left, right, roots = left[(right - left) < 3], right[(right - left) < 3], grid[left[exact] + 1]
    low, high = grid[left[right - left == 1]], grid[right[right - left == 1]]
    rising = sign[right[right - left == 1]] > 0
    far = np.abs(low) > reach
    if far.sum() > _PLACES:
        low, high, rising = low[~far], high[~far], rising[~far]
    near = np.sort(np.argsort(np.abs(low), kind="stable")[:ENOUGH])
    low, high, rising = low[near], high[near], rising[near]
    for _ in range(ZOOMS if low.size else 0):
        inside = low[:, None] + (high - low)[:, None] * PARTS
        value = function(inside.ravel()).reshape(inside.shape)
        last = np.where(rising[:, None], value < 0, value > 0).cumprod(axis=1).sum(axis=1) - 1
        rows = np.arange(low.size)
        low, high = inside[rows, np.maximum(last, 0)], inside[rows, np.minimum(last + 1, PARTS.size - 1)]
    nearer = np.abs(function(low)) < np.abs(function(high))
    return np.sort(np.concatenate([roots, np.where(nearer, low, high)])) + 0.0  # no −0
