"""The worked steps of softmax, and the cross-entropy loss of a target class with its gradient."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core import dtypes
from actcli.core.arguments import real
from actcli.core.dtypes import FLOAT64
from actcli.core.vector.blocks import Limits, exactly
from actcli.core.vector.rows import as_vectors, faulty
from actcli.core.vector.softmax import SOFTMAX
from actcli.core.vector.weights import log_total, others, scores, weigh
from actcli.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from actcli.core.arrays import Array
    from actcli.core.dtypes import DType
    from actcli.core.numerics.protocol import Arithmetic
    from actcli.core.spec import Formula


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


class _Vectors(NamedTuple):
    """Vectors to be evaluated: zeros stand for those that have no softmax."""

    x: Array
    bad: NDArray[np.bool_]
    params: dict[str, float]
    dtype: DType

    def apply(self, formula: Formula, *more: Array) -> NDArray[Any]:
        """Return a formula of every vector in the dtype, NaN for the bad ones."""
        narrow = self.dtype.precision < FLOAT64.precision
        out = exactly(formula, (self.x, *more), self.params, narrow=narrow)
        out[self.bad] = np.nan
        return self.dtype.array(out)


def _vectors(x: ArrayLike, temperature: float, dtype: DType | None, axis: int, *, strict: bool) -> _Vectors:
    format_ = dtype or dtypes.of(real(x).dtype)
    x = format_.round(as_vectors(x, axis))
    params = SOFTMAX.bind({"temperature": temperature})
    bad = faulty(SOFTMAX, x, params, strict=strict)
    return _Vectors(np.where(bad[..., None], 0.0, x), bad, params, format_)


def softmax_steps(
    x: ArrayLike,
    temperature: float = 1.0,
    *,
    dtype: DType | None = None,
    axis: int = -1,
    strict: bool = True,
) -> SoftmaxSteps:
    """Return the exponentials of every vector along an axis of x, their sum and the quotients.

    Each is rounded to the dtype on its own: the sum is that of the unrounded exponentials.

    Raises:
        NoValueError: a vector has no softmax (an entry of +inf, or none above -inf) and `strict` is set;
            without it, and where an entry is NaN, all its steps are NaN.
    """
    v = _vectors(x, temperature, dtype, axis, strict=strict)
    largest = np.max(v.x, axis=-1, keepdims=True)
    with np.errstate(over="ignore"):
        shift = np.where(np.abs(largest / temperature) > _largest_exponent(v.dtype), largest, 0.0)
    return SoftmaxSteps(
        np.moveaxis(v.apply(_exponentials, shift), -1, axis),
        v.apply(_total, shift)[..., 0],
        np.moveaxis(v.apply(SOFTMAX.value), -1, axis),
        np.where(v.bad, np.nan, shift[..., 0]),
    )


def cross_entropy(
    x: ArrayLike,
    target: ArrayLike,
    temperature: float = 1.0,
    *,
    dtype: DType | None = None,
    axis: int = -1,
    strict: bool = True,
) -> CrossEntropy:
    """Return the loss −ln s_k = ln Σ e^(x_i/T) − x_k/T and its gradient (S − Y)/T for every vector of x.

    Args:
        x: scores, one vector of classes along `axis`.
        target: the class k of each vector, counted from 0: one for all, or one for each.
        temperature: T in softmax(x/T).
        dtype: the format of scores and results; that of x if not given.
        axis: the axis of the classes.
        strict: raise where softmax has no value, rather than give NaN.

    Raises:
        UsageError: a target is not a class of x.
        NoValueError: a vector has no softmax and `strict` is set.
    """
    v = _vectors(x, temperature, dtype, axis, strict=strict)
    n = v.x.shape[-1]
    classes = np.asarray(target)
    if classes.dtype.kind not in "iu" or np.any((classes < 0) | (classes >= n)):
        raise UsageError(f"a target class is a whole number from 0 to {n - 1}, not {target!r}")
    onehot = np.where(np.arange(n) == np.broadcast_to(classes, v.x.shape[:-1])[..., None], 1.0, 0.0)
    return CrossEntropy(v.apply(_loss, onehot)[..., 0], np.moveaxis(v.apply(_gradient, onehot), -1, axis))


def _largest_exponent(dtype: DType) -> float:
    """Return where e^x is about to overflow: alone it does at ln(largest), and sums of thousands before."""
    return math.log(dtype.largest) * 0.986


def _exponentials(m: Arithmetic, x: Array, shift: Array, temperature: float) -> Any:
    z = scores(m, x)
    return m.where(z.gone, 0.0, m.exp((z.z - shift) / temperature))


def _total(m: Arithmetic, x: Array, shift: Array, temperature: float) -> Any:
    return m.sum(_exponentials(m, x, shift, temperature))


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
