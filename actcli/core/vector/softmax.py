"""softmax and what is made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.registry import register
from actcli.core.spec import POSITIVE, Param, Source, VectorActivation

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic


def _softmax(m: Arithmetic, x: Any, temperature: float) -> Any:
    e = m.exp((x - np.max(x, axis=-1, keepdims=True)) / temperature)
    return e / np.sum(e, axis=-1, keepdims=True)


def _softmax_jacobian(m: Arithmetic, x: Any, temperature: float) -> Any:
    s = _softmax(m, x, temperature)
    return (s[..., :, None] * np.eye(s.shape[-1]) - s[..., :, None] * s[..., None, :]) / temperature


def _softmax_definition(m: Any, x: Any, temperature: Any) -> list[Any]:
    e = [m.exp(v / temperature) for v in x]
    return [v / sum(e) for v in e]


register(
    VectorActivation(
        name="softmax",
        summary="Exponentials of the components over their sum: a probability for each.",
        formula="e^(x_i/T) / Σ_j e^(x_j/T)",
        derivative="(diag(s) − s·sᵀ)/T",
        latex=r"\frac{e^{x_i/T}}{\sum_j e^{x_j/T}}",
        params=(
            Param(
                "temperature", 1.0, "flattens the probabilities above 1, sharpens them below", "T", POSITIVE
            ),
        ),
        value=_softmax,
        jacobian=_softmax_jacobian,
        definition=_softmax_definition,
        good_for="Turning the scores of a classifier into probabilities.",
        goes_wrong="Not scale invariant; saturates when one score leads by far.",
        sources=(
            Source(
                "Bridle",
                1990,
                "Training stochastic model recognition algorithms as networks can lead to maximum mutual information estimation of parameters",
            ),
        ),
    )
)
