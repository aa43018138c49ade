"""crelu: both signs of a vector, rectified."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.registry import register
from actcli.core.spec import Precision, Source, VectorActivation

if TYPE_CHECKING:
    from actcli.core.arrays import Array
    from actcli.core.numerics.protocol import Arithmetic


def _crelu(_m: Arithmetic, x: Array) -> Array:
    return np.concatenate([np.where(x > 0, x, 0.0), np.where(x < 0, -x, 0.0)], axis=-1)


def _crelu_jacobian(_m: Arithmetic, x: Array) -> Array:
    diagonal = np.eye(x.shape[-1])
    up, down = (x > 0)[..., None] * diagonal, (x < 0)[..., None] * -diagonal
    return np.concatenate([up, down], axis=-2) + 0.0


def _crelu_vjp(_m: Arithmetic, x: Array, v: Array) -> Array:
    n = x.shape[-1]
    return np.where(x > 0, v[..., :n], np.where(x < 0, -v[..., n:], 0.0))


def _crelu_definition(_m: Any, x: Any) -> list[Any]:
    return [max(v, 0) for v in x] + [max(-v, 0) for v in x]


register(
    VectorActivation(
        name="crelu",
        summary="Concatenated relu: the positive parts of a vector, then those of its negative.",
        formula="(max(0, x), max(0, −x))",
        derivative="1 for x > 0 in the first half, −1 for x < 0 in the second, 0 elsewhere",
        latex=r"(\max(0, x), \max(0, -x))",
        aliases=("concatenated_relu",),
        value=_crelu,
        jacobian=_crelu_jacobian,
        vjp=_crelu_vjp,
        definition=_crelu_definition,
        precision=Precision.PLAIN,
        width=lambda n: 2 * n,
        pieces=1,
        good_for="Early convolutional layers, whose filters otherwise come in pairs of opposite sign.",
        pitfalls="Doubles the width of what follows.",
        sources=(
            Source(
                "Shang",
                2016,
                "Understanding and improving convolutional neural networks via concatenated rectified "
                "linear units",
                arxiv="1603.05201",
            ),
        ),
    )
)
