"""Choices between numbers, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.numerics.pair import Pair, common, of
from actcli.core.numerics.program import empty

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array


def where(mask: Any, yes: Any, no: Any) -> Pair:
    """Return `yes` where the mask holds and `no` elsewhere."""
    a, b = of(yes), of(no)
    if getattr(mask, "shape", ()) == () or common(a, b) not in ((), mask.shape):
        return Pair(np.where(mask, a.h, b.h), np.where(mask, a.l, b.l))
    keep = ones(mask)
    h, low = (blend(keep, yes, no) for yes, no in zip(a.terms(), b.terms(), strict=True))
    return Pair(h, low, max(a.rest, b.rest))


def ones(mask: NDArray[np.bool_]) -> Array:
    """Return a buffer of 64 one bits where the mask holds and 64 zero bits elsewhere."""
    keep = empty(mask.shape)
    np.negative(mask.view(np.int8), out=keep.view(np.int64))
    return keep


def blend(keep: Array, yes: Array, no: Array) -> Array:
    """Return the bits of `yes` or `no`: several times faster than a selection where the mask is irregular."""
    result = empty(keep.shape)
    bits = result.view(np.int64)
    if no.shape == () and no.view(np.int64) == 0:
        np.bitwise_and(yes.view(np.int64), keep.view(np.int64), out=bits)
        return result
    np.bitwise_xor(yes.view(np.int64), no.view(np.int64), out=bits)
    np.bitwise_and(bits, keep.view(np.int64), out=bits)
    np.bitwise_xor(bits, no.view(np.int64), out=bits)
    return result


def select(mask: NDArray[np.bool_], yes: Array, no: Array) -> Array:
    """Return `yes` where the mask holds and `no` elsewhere, all of them doubles."""
    if mask.shape == ():
        return yes if mask else no
    if yes.shape == () and yes.view(np.int64) == 0:
        mask, yes, no = ~mask, no, yes
    keep = ones(mask)
    return blend(keep, yes, no)


def at_least(x: Any, y: Any) -> NDArray[np.bool_]:
    """Return where x ≥ y; False for NaN."""
    a, b = of(x), of(y)
    shape = np.broadcast_shapes(a.shape, b.shape)
    d, t = empty(shape), empty(shape)
    np.subtract(a.h, b.h, out=d)  # exact where it could be as small as the difference of the tails
    np.subtract(a.l, b.l, out=t)
    np.add(d, t, out=d)
    found: NDArray[np.bool_] = d >= 0.0
    return found
