"""The worked steps of softmax, logsumexp, and the cross-entropy loss of a target class with its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.vector.blocks import Limits, exactly
from actcli.core.vector.rows import as_vectors, faulty
from actcli.core.vector.softmax import SOFTMAX, log_total, others, scores, weigh
from actcli.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from actcli.core.numerics.plain import Array
    from actcli.core.numerics.protocol import Arithmetic

_LARGEST_EXPONENT = 700.0
"""e^x of anything larger may overflow, alone or in a sum of thousands; below −700 it nears the subnormals."""


class SoftmaxSteps(NamedTuple):
    """softmax as it is worked out by hand.

    Attributes:
        exponentials: e^((x_i − shift)/T), with the shape of x.
        total: their sum for each vector.
        quotients: the exponentials over their sum: softmax.
        shift: what was subtracted from each vector first: 0, or its largest entry where e^(x/T) would
            overflow or vanish. It cancels in the quotients.
    """

    exponentials: Array
    total: Array
    quotients: Array
    shift: Array


class CrossEntropy(NamedTuple):
    """The loss −ln s_k of a target class k, and its gradient (S − Y)/T with respect to the scores."""

    loss: Array
    gradient: Array


def softmax_steps(
    x: ArrayLike, temperature: float = 1.0, *, axis: int = -1, strict: bool = True
) -> SoftmaxSteps:
    """Return the exponentials of every vector along an axis of x, their sum and the quotients.

    Raises:
        DataError: a vector has no softmax (an entry of +inf, or none above -inf) and `strict` is set;
            without it, and where an entry is NaN, all its steps are NaN.
    """
    vectors, bad, bound = _checked(x, temperature, axis, strict=strict)
    largest = np.max(vectors, axis=-1, keepdims=True)
    with np.errstate(over="ignore"):
        shift = np.where(np.abs(largest / temperature) > _LARGEST_EXPONENT, largest, 0.0)
    exponentials = exactly(_exponentials, (vectors, shift), bound)
    total = exactly(_total, (vectors, shift), bound)[..., 0]
    quotients = exactly(SOFTMAX.value, (vectors,), bound)
    exponentials[bad], quotients[bad] = np.nan, np.nan
    return SoftmaxSteps(
        np.moveaxis(exponentials, -1, axis),
        np.where(bad, np.nan, total),
        np.moveaxis(quotients, -1, axis),
        np.where(bad, np.nan, shift[..., 0]),
    )


def logsumexp(x: ArrayLike, temperature: float = 1.0, *, axis: int = -1, strict: bool = True) -> Array:
    """Return ln Σ e^(x_i/T) of every vector along an axis of x.

    Raises:
        DataError: a vector has an entry of +inf, or none above -inf, and `strict` is set; without it NaN.
    """
    vectors, bad, bound = _checked(x, temperature, axis, strict=strict)
    return np.where(bad, np.nan, exactly(_logsumexp, (vectors,), bound)[..., 0])


def cross_entropy(
    x: ArrayLike, target: ArrayLike, temperature: float = 1.0, *, axis: int = -1, strict: bool = True
) -> CrossEntropy:
    """Return the loss −ln s_k = logsumexp(x/T) − x_k/T and its gradient (S − Y)/T for every vector of x.

    Args:
        x: scores, one vector of classes along `axis`.
        target: the class k of each vector, counted from 0: one for all, or one for each.
        temperature: T in softmax(x/T).
        axis: the axis of the classes.
        strict: raise where softmax has no value, rather than give NaN.

    Raises:
        UsageError: a target is not a class of x.
        DataError: a vector has no softmax and `strict` is set.
    """
    vectors, bad, bound = _checked(x, temperature, axis, strict=strict)
    n = vectors.shape[-1]
    classes = np.asarray(target)
    if classes.dtype.kind not in "iu" or np.any((classes < 0) | (classes >= n)):
        raise UsageError(f"a target class is a whole number from 0 to {n - 1}, not {target!r}")
    onehot = np.where(np.arange(n) == np.broadcast_to(classes, vectors.shape[:-1])[..., None], 1.0, 0.0)
    loss = exactly(_loss, (vectors, onehot), bound)[..., 0]
    gradient = exactly(_gradient, (vectors, onehot), bound)
    gradient[bad] = np.nan
    return CrossEntropy(np.where(bad, np.nan, loss), np.moveaxis(gradient, -1, axis))


def _checked(
    x: ArrayLike, temperature: float, axis: int, *, strict: bool
) -> tuple[Array, NDArray[np.bool_], dict[str, float]]:
    """Return the vectors with zeros for those that have no softmax, which these are, and the parameters."""
    vectors = as_vectors(x, axis)
    bound = SOFTMAX.bind({"temperature": temperature})
    bad = faulty(SOFTMAX, vectors, bound, strict=strict)
    return np.where(bad[..., None], 0.0, vectors), bad, bound


def _exponentials(m: Arithmetic, x: Array, shift: Array, temperature: float) -> Any:
    z = scores(m, x)
    return m.where(z.gone, 0.0, m.exp((z.z - shift) / temperature))


def _total(m: Arithmetic, x: Array, shift: Array, temperature: float) -> Any:
    return m.sum(_exponentials(m, x, shift, temperature))


def _logsumexp(m: Arithmetic, x: Array, temperature: float) -> Any:
    w = weigh(m, scores(m, x), temperature)
    return m.wide(np.max(x, axis=-1, keepdims=True)) / temperature + log_total(m, w)


def _loss(m: Arithmetic, x: Array, onehot: Array, temperature: float) -> Any:
    z = scores(m, x)
    w = weigh(m, z, temperature)
    chosen = np.argmax(onehot, axis=-1)[..., None]
    loss = log_total(m, w) - m.take(w.gaps, chosen)
    gone = np.take_along_axis(z.gone, chosen, axis=-1)
    return Limits(loss, gone, np.full(gone.shape, np.inf))


def _gradient(m: Arithmetic, x: Array, onehot: Array, temperature: float) -> Any:
    """Return (S − Y)/T; at the target, s − 1 is minus the sum of the other components."""
    w = weigh(m, scores(m, x), temperature)
    signed = m.where(onehot == 1, -others(m, w.e, w.largest), w.e)
    return signed / m.sum(w.e) / temperature
