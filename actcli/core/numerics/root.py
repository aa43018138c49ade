"""Square roots of pairs."""

from __future__ import annotations

import numpy as np

from actcli.core.numerics.heads import cut
from actcli.core.numerics.pair import Pair
from actcli.core.numerics.program import empty


def sqrt(a: Pair) -> Pair:
    """Return √a to 2⁻⁷⁴: the head of the root, and the remainder over twice the root; √0 = 0."""
    shape = a.shape
    root, t, r = empty(shape), empty(shape), empty(shape)
    np.add(a.h, a.l, out=root)
    np.sqrt(root, out=root)
    np.copyto(t, root)
    cut(root)
    np.multiply(root, root, out=r)
    np.subtract(a.h, r, out=r)
    np.add(r, a.l, out=r)
    np.add(t, root, out=t)
    np.maximum(t, 1e-300, out=t)
    np.divide(r, t, out=r)
    return Pair(root, r)
