"""hardmax and maxout: functions that pick the largest component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.registry import register
from actcli.core.spec import NON_NEGATIVE, Framework, Param, Source, Spelling, VectorActivation
from actcli.errors import UsageError

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic


def first_largest(x: Any) -> Any:
    """Return a mask of the first largest entry along the last axis."""
    return np.arange(x.shape[-1]) == np.argmax(x, axis=-1, keepdims=True)


def _hardmax(m: Arithmetic, x: Any) -> Any:  # noqa: ARG001
    return np.where(first_largest(x), 1.0, 0.0)


def _hardmax_jacobian(m: Arithmetic, x: Any) -> Any:  # noqa: ARG001
    return np.zeros((*x.shape, x.shape[-1]))


def _hardmax_vjp(m: Arithmetic, x: Any, v: Any) -> Any:  # noqa: ARG001
    return np.zeros(x.shape)


def _hardmax_definition(m: Any, x: Any) -> list[Any]:
    largest = list(x).index(max(x))
    return [m.mpf(i == largest) for i in range(len(x))]


register(
    VectorActivation(
        name="hardmax",
        summary="One for the largest component (the first of a tie), zero for the others.",
        formula="1 for i = argmax x (the first), 0 for the others",
        derivative="0",
        latex=r"[\,i = \mathrm{argmax}_j\, x_j\,]",
        value=_hardmax,
        jacobian=_hardmax_jacobian,
        vjp=_hardmax_vjp,
        definition=_hardmax_definition,
        good_for="The decision of a classifier as a one-hot vector; the limit of softmax at temperature 0.",
        goes_wrong="Its derivative is 0 wherever it has one, so nothing can be learned through it.",
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
        raise UsageError(f"maxout with {k} pieces needs a multiple of {k} components, not {n}")
    return k


def _grouped(x: Any, pieces: float) -> Any:
    k = _pieces(x.shape[-1], pieces)
    return x.reshape(*x.shape[:-1], x.shape[-1] // k, k)


def _maxout(m: Arithmetic, x: Any, pieces: float) -> Any:  # noqa: ARG001
    groups = _grouped(x, pieces)
    return np.take_along_axis(groups, np.argmax(groups, axis=-1, keepdims=True), axis=-1)[..., 0]


def _maxout_jacobian(m: Arithmetic, x: Any, pieces: float) -> Any:  # noqa: ARG001
    winners = first_largest(_grouped(x, pieces)).reshape(x.shape)
    width = x.shape[-1] // _pieces(x.shape[-1], pieces)
    group_of = np.repeat(np.arange(width), x.shape[-1] // width)
    return np.where(winners[..., None, :] & (np.arange(width)[:, None] == group_of), 1.0, 0.0)


def _maxout_vjp(m: Arithmetic, x: Any, v: Any, pieces: float) -> Any:  # noqa: ARG001
    winners = first_largest(_grouped(x, pieces))
    return np.where(winners, v[..., None], 0.0).reshape(x.shape)


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
        spellings=(Spelling(Framework.NOTES, "Maxout"),),
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
        width=lambda n, pieces: n // _pieces(n, pieces),
        good_for="Hidden layers that learn their own convex activation; with two pieces (0, x) it is relu, "
        "and no unit dies.",
        goes_wrong="Each piece has weights of its own: k pieces take k times the parameters.",
        sources=(Source("Goodfellow", 2013, "Maxout networks", arxiv="1302.4389"),),
        notes=(
            "Here the pieces w_j·x + b_j are given; `actcli.core.vector.affine` takes weights and biases.",
        ),
    )
)
