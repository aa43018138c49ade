"""The worked steps of softmax, logsumexp, and the cross-entropy loss of a target class with its gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from actcli.core import registry
from actcli.core.numerics.plain import Array, Plain
from actcli.core.vector.rows import as_vectors, faulty
from actcli.core.vector.softmax import others, weigh
from actcli.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from actcli.core.numerics.protocol import Arithmetic
    from actcli.core.spec import VectorActivation

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


def _softmax() -> VectorActivation:
    return cast("VectorActivation", registry.get("softmax"))


def _logsumexp(m: Arithmetic, x: Any, temperature: float) -> Any:
    w = weigh(m, x, temperature)
    return m.max(x) / temperature + m.log1p(m.sum(m.where(w.largest, 0.0, w.e)))


def _loss(m: Arithmetic, x: Any, target: NDArray[np.intp], temperature: float) -> Any:
    w = weigh(m, x, temperature)
    return m.log1p(m.sum(m.where(w.largest, 0.0, w.e))) - m.take(w.gaps, target)


def _gradient(m: Arithmetic, x: Any, target: NDArray[np.intp], temperature: float) -> Any:
    """Return (S − Y)/T; at the target, s − 1 is minus the sum of the other components."""
    w = weigh(m, x, temperature)
    signed = m.where(np.arange(x.shape[-1]) == target, -others(m, w.e, w.largest), w.e)
    return signed / m.sum(w.e) / temperature


def softmax_steps(
    x: ArrayLike, temperature: float = 1.0, *, axis: int = -1, strict: bool = True
) -> SoftmaxSteps:
    """Return the exponentials of every vector along an axis of x, their sum and the quotients.

    Raises:
        DataError: a vector has no softmax (an entry of +inf, or none above -inf) and `strict` is set;
            without it, and where an entry is NaN, all its steps are NaN.
    """
    vectors = as_vectors(x, axis)
    function = _softmax()
    bound = function.bind({"temperature": temperature})
    bad = faulty(function, vectors, bound, strict=strict)
    vectors = np.where(bad[..., None], 0.0, vectors)
    with np.errstate(all="ignore"):
        largest = np.max(vectors, axis=-1)
        shift = np.where(np.abs(largest / temperature) > _LARGEST_EXPONENT, largest, 0.0)
        exponentials = np.exp((vectors - shift[..., None]) / temperature)
        quotients = np.array(function.value(Plain(), vectors, **bound), np.float64)
    exponentials[bad], quotients[bad] = np.nan, np.nan
    total, shift = np.where(bad, np.nan, np.sum(exponentials, axis=-1)), np.where(bad, np.nan, shift)
    return SoftmaxSteps(np.moveaxis(exponentials, -1, axis), total, np.moveaxis(quotients, -1, axis), shift)


def logsumexp(x: ArrayLike, temperature: float = 1.0, *, axis: int = -1, strict: bool = True) -> Array:
    """Return ln Σ e^(x_i/T) of every vector along an axis of x.

    Raises:
        DataError: a vector has an entry of +inf, or none above -inf, and `strict` is set; without it NaN.
    """
    vectors = as_vectors(x, axis)
    bound = _softmax().bind({"temperature": temperature})
    bad = faulty(_softmax(), vectors, bound, strict=strict)
    vectors = np.where(bad[..., None], 0.0, vectors)
    with np.errstate(all="ignore"):
        out = np.array(_logsumexp(Plain(), vectors, temperature), np.float64)[..., 0]
    return np.where(bad, np.nan, out)


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
    vectors = as_vectors(x, axis)
    n = vectors.shape[-1]
    classes = np.asarray(target)
    if classes.dtype.kind not in "iu" or np.any((classes < 0) | (classes >= n)):
        raise UsageError(f"a target class is a whole number from 0 to {n - 1}, not {target!r}")
    function = _softmax()
    bound = function.bind({"temperature": temperature})
    bad = faulty(function, vectors, bound, strict=strict)
    vectors = np.where(bad[..., None], 0.0, vectors)
    chosen = np.broadcast_to(classes, vectors.shape[:-1])[..., None]
    with np.errstate(all="ignore"):
        loss = np.array(_loss(Plain(), vectors, chosen, temperature), np.float64)[..., 0]
        gradient = np.array(_gradient(Plain(), vectors, chosen, temperature), np.float64)
    gradient[bad] = np.nan
    return CrossEntropy(np.where(bad, np.nan, loss), np.moveaxis(gradient, -1, axis))
