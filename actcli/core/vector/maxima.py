"""hardmax and maxout: functions that pick the largest component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.frameworks import found_in
from actcli.core.registry import register
from actcli.core.spec import NON_NEGATIVE, Param, Source, VectorActivation
from actcli.core.vector.softmax import first_largest
from actcli.errors import UsageError

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic


def _hardmax(m: Arithmetic, x: Any) -> Any:
    return m.where(first_largest(m.value(x)), 1.0, 0.0)


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
        spellings=found_in("onnx: Hardmax"),
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


def _winners(m: Arithmetic, x: Any, pieces: float) -> Any:
    """Return the place of the first largest entry of every group in the whole vector."""
    scores, k = m.value(x), _pieces(x.shape[-1], pieces)
    groups = scores.reshape(*scores.shape[:-1], scores.shape[-1] // k, k)
    return np.argmax(groups, axis=-1) + k * np.arange(groups.shape[-2])


def _maxout(m: Arithmetic, x: Any, pieces: float) -> Any:
    return m.take(x, _winners(m, x, pieces))


def _maxout_jacobian(m: Arithmetic, x: Any, pieces: float) -> Any:
    wins = _winners(m, x, pieces)[..., None] == np.arange(x.shape[-1])
    return m.where(wins, 1.0, 0.0)


def _maxout_vjp(m: Arithmetic, x: Any, v: Any, pieces: float) -> Any:
    k = _pieces(x.shape[-1], pieces)
    winners = np.repeat(_winners(m, x, pieces), k, axis=-1)
    group = np.broadcast_to(np.arange(x.shape[-1]) // k, winners.shape)
    return m.where(winners == np.arange(x.shape[-1]), m.take(v, group), 0.0)


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
