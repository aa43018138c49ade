"""maxout of a layer: the largest of its affine pieces w_j·x + b_j, with the weights given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.vector.blocks import exactly
from actcli.core.vector.rows import as_vectors
from actcli.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from actcli.core.arrays import Array
    from actcli.core.numerics.protocol import Arithmetic


class AffineMaxout(NamedTuple):
    """The outputs of maxout units, the piece that won in each (the first of a tie), and their Jacobian."""

    value: Array
    winner: NDArray[np.intp]
    jacobian: Array


def maxout(x: ArrayLike, weights: ArrayLike, biases: ArrayLike = 0.0) -> AffineMaxout:
    """Return max_j (w_j·x + b_j) for every vector along the last axis of x.

    Sums are kept to 70 bits of their largest term and rounded once.

    Args:
        x: inputs of shape (…, n).
        weights: of shape (pieces, n) for one unit, or (units, pieces, n).
        biases: of shape (pieces,) or (units, pieces), or one number.

    Returns:
        Value and winner of shape (…) or (…, units); the Jacobian has an axis of length n more, which holds
        the weights of the winning piece.

    Raises:
        UsageError: the shapes do not go together.

    >>> maxout([[-2.0], [3.0]], [[0.0], [1.0]]).value  # the pieces 0 and x: relu
    array([0., 3.])
    """
    vectors, w = as_vectors(x), np.asarray(weights, np.float64)
    if w.ndim not in (2, 3) or w.shape[-1] != vectors.shape[-1] or not w.size:
        raise UsageError(f"maxout: weights of shape {w.shape} for vectors of {vectors.shape[-1]} entries")
    try:
        b = np.broadcast_to(np.asarray(biases, np.float64), w.shape[:-1])
    except ValueError:
        raise UsageError(f"maxout: biases do not fit pieces of shape {w.shape[:-1]}") from None
    units = w.reshape(-1, *w.shape[-2:])

    def pieces(m: Arithmetic, z: Array) -> Any:
        return m.sum(m.wide(z)[..., None, None, :] * units)[..., 0] + b.reshape(units.shape[:-1])

    heights = exactly(pieces, (vectors,), {}, well_scaled=False)
    winner = np.argmax(heights, axis=-1)
    value = np.take_along_axis(heights, winner[..., None], axis=-1)[..., 0]
    jacobian = units[np.arange(len(units)), winner]
    if w.ndim == 2:
        return AffineMaxout(value[..., 0], winner[..., 0], jacobian[..., 0, :])
    return AffineMaxout(value, winner, jacobian)
