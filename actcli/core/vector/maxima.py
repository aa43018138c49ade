"""hardmax and maxout: functions that pick the largest component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.frameworks import found_in
from actcli.core.registry import register
from actcli.core.spec import NON_NEGATIVE, Param, Precision, Source, VectorActivation
from actcli.core.vector.weights import first_largest
from actcli.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.numerics.protocol import Arithmetic


def _hardmax(_m: Arithmetic, x: Array) -> Array:
    return np.where(first_largest(x), 1.0, 0.0)


def _hardmax_jacobian(_m: Arithmetic, x: Array) -> Array:
    return np.zeros((*x.shape, x.shape[-1]))


def _hardmax_vjp(_m: Arithmetic, x: Array, v: Array) -> Array:  # noqa: ARG001
    return np.zeros(x.shape)


def _hardmax_definition(_m: Any, x: Any) -> list[Any]:
    largest = list(x).index(max(x))
    return [int(i == largest) for i in range(len(x))]


register(
    VectorActivation(
        name="hardmax",
        summary="One for the largest component (the first of a tie), zero for the others.",
        formula="1 for i = argmax x (the first), 0 for the others",
        derivative="0",
        latex=r"[\,i = \mathrm{argmax}_j\, x_j\,]",
        spellings=found_in("onnx: Hardmax"),
        value=_hardmax,
        jacobian=_hardmax_jacobian,
        vjp=_hardmax_vjp,
        definition=_hardmax_definition,
        precision=Precision.PLAIN,
        probabilities=True,
        good_for="The decision of a classifier as a one-hot vector; the limit of softmax at temperature 0.",
        pitfalls="Its derivative is 0 wherever it has one, so nothing can be learned through it.",
        sources=(
            Source(
                "ONNX",
                2019,
                "Operator Hardmax",
                url="https://onnx.ai/onnx/operators/onnx__Hardmax.html",
            ),
        ),
    )
)


def _pieces(n: int, pieces: float) -> int:
    """Return the number of pieces in a group, the whole vector for 0."""
    k = int(pieces) or n
    if n % k:
        raise UsageError(f"maxout with {k:.6g} pieces needs a multiple of {k:.6g} components, not {n}")
    return k


def _winners(x: Array, pieces: float) -> NDArray[np.intp]:
    """Return the place of the first largest entry of every group in the whole vector."""
    k = _pieces(x.shape[-1], pieces)
    groups = x.reshape(*x.shape[:-1], x.shape[-1] // k, k)
    return np.asarray(np.argmax(groups, axis=-1) + k * np.arange(groups.shape[-2]))


def _maxout(_m: Arithmetic, x: Array, pieces: float) -> Array:
    return np.take_along_axis(x, _winners(x, pieces), axis=-1)


def _maxout_jacobian(_m: Arithmetic, x: Array, pieces: float) -> Array:
    return np.where(_winners(x, pieces)[..., None] == np.arange(x.shape[-1]), 1.0, 0.0)


def _maxout_vjp(_m: Arithmetic, x: Array, v: Array, pieces: float) -> Array:
    out = np.zeros(x.shape)
    np.put_along_axis(out, _winners(x, pieces), v, axis=-1)
    return out


def _maxout_definition(m: Any, x: Any, pieces: Any) -> list[Any]:  # noqa: ARG001
    k = _pieces(len(x), pieces)
    return [max(x[i : i + k]) for i in range(0, len(x), k)]


register(
    VectorActivation(
        name="maxout",
        summary="The largest of its pieces: of the whole vector, or of every k components in a row.",
        formula="max_j x_j",
        derivative="1 for the largest piece (the first of a tie), 0 for the others",
        latex=r"\max_j\, x_j",
        spellings=found_in("notes: Maxout"),
        params=(
            Param(
                "pieces",
                0,
                "components that compete for each output; 0 takes the whole vector",
                "k",
                NON_NEGATIVE,
                integer=True,
            ),
        ),
        value=_maxout,
        jacobian=_maxout_jacobian,
        vjp=_maxout_vjp,
        definition=_maxout_definition,
        precision=Precision.PLAIN,
        width=lambda n, pieces: n // _pieces(n, pieces),
        good_for="Hidden layers that learn their own convex activation; with two pieces (0, x) it is relu, "
        "and no unit dies.",
        pitfalls="Each piece has weights of its own: k pieces take k times the parameters.",
        sources=(Source("Goodfellow", 2013, "Maxout networks", arxiv="1302.4389"),),
        notes=(
            "Here the pieces w_j·x + b_j are given; `actcli.core.vector.affine` takes weights and biases.",
        ),
    )
)
