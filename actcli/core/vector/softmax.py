"""softmax, its logarithm and softmin: a vector of scores as probabilities."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.frameworks import found_in
from actcli.core.registry import register
from actcli.core.spec import POSITIVE, Conditioning, Param, Source, VectorActivation
from actcli.core.vector.blocks import Limits
from actcli.core.vector.exactly import cancelled, excess, replaced
from actcli.core.vector.softmax_kernels import (
    log_softmax_fast,
    log_softmax_kernel,
    softmax_fast,
    softmax_kernel,
)
from actcli.core.vector.weights import (
    Mean,
    by_temperature,
    log_total,
    others,
    probabilities,
    pulled_back,
    scores,
    slopes,
    warming,
    weigh,
)

if TYPE_CHECKING:
    from actcli.core.arrays import Array
    from actcli.core.numerics.protocol import Arithmetic

TEMPERATURE = Param(
    "temperature", 1.0, "flattens the probabilities above 1, sharpens them below", "T", POSITIVE
)

BRIDLE = Source(
    "Bridle",
    1990,
    "Training stochastic model recognition algorithms as networks can lead to maximum mutual information "
    "estimation of parameters",
)


def softmax_faults(x: Array, **_params: float) -> tuple[tuple[Any, str], ...]:
    """Return the vectors that have no softmax, and why: the quotient is ∞/∞ or 0/0 there."""
    return (
        (np.any(x == np.inf, axis=-1), "has an entry of +inf"),
        (np.all(x == -np.inf, axis=-1), "has no entry above -inf"),
    )


def softmin_faults(x: Array, **_params: float) -> tuple[tuple[Any, str], ...]:
    """Return the vectors that have no softmin, and why."""
    return (
        (np.any(x == -np.inf, axis=-1), "has an entry of -inf"),
        (np.all(x == np.inf, axis=-1), "has no entry below +inf"),
    )


def by_largest(_x: Array, y: Array, temperature: float, **_params: float) -> Conditioning:
    """Return what errors of probabilities are small beside: in vᵀJ, v times the largest of them."""
    return Conditioning(0.0, np.max(y, axis=-1) / temperature)


def _softmax(m: Arithmetic, x: Array, temperature: float) -> Any:
    return probabilities(m, scores(m, x), temperature)


def _softmax_jacobian(m: Arithmetic, x: Array, temperature: float) -> Any:
    return slopes(m, scores(m, x), temperature)


def _softmax_vjp(m: Arithmetic, x: Array, v: Array, temperature: float) -> Any:
    return pulled_back(m, scores(m, x), v, temperature)


def softmax_definition(m: Any, x: Any, temperature: Any) -> list[Any]:
    """Return softmax by the textbook, shifted by the largest component: one class alone has 1 exactly."""
    top = max(x)
    e = [1 if v is top else m.exp((v - top) / temperature) for v in x]
    total = sum(e)
    return [v / total for v in e]


SOFTMAX = register(
    VectorActivation(
        name="softmax",
        summary="Exponentials of the components over their sum: a probability for each.",
        formula="e^(x_i/T) / Σ_j e^(x_j/T)",
        derivative="(diag(s) − s·sᵀ)/T: s_i(1 − s_i)/T on the diagonal, −s_i·s_j/T beside it",
        latex=r"\frac{e^{x_i/T}}{\sum_j e^{x_j/T}}",
        aliases=("softargmax", "normalized_exponential"),
        spellings=found_in(
            "torch: nn.Softmax, nn.Softmax2d, nn.functional.softmax; jax: nn.softmax; "
            "keras: activations.softmax, layers.Softmax, ops.softmax; onnx: Softmax; mlx: nn.Softmax, "
            "nn.softmax; tinygrad: Tensor.softmax; notes: Softmax"
        ),
        params=(TEMPERATURE,),
        value=_softmax,
        kernel=softmax_kernel,
        fast=softmax_fast,
        jacobian=_softmax_jacobian,
        vjp=_softmax_vjp,
        wrt={"temperature": lambda m, x, temperature: by_temperature(m, scores(m, x), temperature)},
        definition=softmax_definition,
        faults=softmax_faults,
        probabilities=True,
        conditioning=by_largest,
        good_for="Turning the scores of a classifier into probabilities; attention weights.",
        pitfalls="Not scale invariant: small scores come out nearly even, large ones nearly one-hot, and "
        "there every slope nears 0. e^x itself overflows above 709.8 (in float32 above 88.7).",
        sources=(BRIDLE,),
        notes=(
            "Some notes call y − p the derivative of softmax: that is the gradient of the log-likelihood "
            "with respect to the scores; with the loss −ln s_y the sign is the other one, S − Y.",
            "In the usual derivation ∂D/∂z_k of the sum D is e^(z_k); it is sometimes printed as e^(z_i).",
            "A vector with an entry of +inf, or of nothing but -inf, has no softmax and is an error; an "
            "entry of -inf gets probability 0.",
        ),
    )
)


def _log_softmax(m: Arithmetic, x: Array, temperature: float) -> Any:
    z = scores(m, x)
    w = weigh(m, z, temperature)
    return Limits(w.gaps - log_total(m, w), z.gone, np.full(x.shape, -np.inf))


def _log_softmax_jacobian(m: Arithmetic, x: Array, temperature: float) -> Any:
    w = weigh(m, scores(m, x), temperature)
    total = m.sum(w.e)
    diagonal = (others(m, w.e, w.largest) / total)[..., None]
    off = -(w.e / total)[..., None, :]
    return m.where(np.eye(x.shape[-1], dtype=bool), diagonal, off) / temperature


def _log_softmax_vjp(m: Arithmetic, x: Array, v: Array, temperature: float) -> Any:
    z = scores(m, x)
    w = weigh(m, z, temperature)
    total = m.sum(w.e)
    # v_j − s_j Σv = v_j (1 − s_j) − s_j Σ_{i≠j} v_i, without the difference that cancels.
    own, rest = others(m, w.e, w.largest) / total * v, w.e / total * excess(m, v, 1)
    left = own + rest
    mean = Mean(z, m.value(z.z), np.zeros(x.shape), temperature)

    def exact(row: int, j: int) -> Fraction:
        parts = [Fraction(b) for b in v[row].tolist()]
        return mean.of(row, [parts[j] - (sum(parts) if i == j else 0) for i in range(len(parts))])

    return replaced(m, left, cancelled(m, left, abs(own) + abs(rest)) & ~z.gone, exact) / temperature


def _log_softmax_by_temperature(m: Arithmetic, x: Array, temperature: float) -> Any:
    z = scores(m, x)
    return Limits(warming(m, z, temperature)[1], z.gone, np.full(x.shape, np.inf))


def _by_sum(_x: Array, y: Array, temperature: float) -> Conditioning:
    """Return what errors are small beside: in v − s·Σv, numbers of either sign that add up to some √n."""
    largest = np.exp(np.max(y, axis=-1))
    return Conditioning(0.0, (1 + largest * np.sqrt(y.shape[-1])) / temperature)


def _log_softmax_definition(m: Any, x: Any, temperature: Any) -> list[Any]:
    top = max(x)
    log_sum = m.log(sum(m.exp((v - top) / temperature) for v in x))
    return [(v - top) / temperature - log_sum for v in x]


LOG_SOFTMAX = register(
    VectorActivation(
        name="log_softmax",
        summary="The logarithm of softmax, taken without leaving log space.",
        formula="x_i/T − ln Σ_j e^(x_j/T)",
        derivative="(I − 1·sᵀ)/T with s = softmax(x/T)",
        latex=r"\frac{x_i}{T} - \ln \sum_j e^{x_j/T}",
        spellings=found_in(
            "torch: nn.LogSoftmax, nn.functional.log_softmax; jax: nn.log_softmax; "
            "keras: activations.log_softmax, ops.log_softmax; onnx: LogSoftmax; mlx: nn.LogSoftmax, "
            "nn.log_softmax; tinygrad: Tensor.log_softmax"
        ),
        params=(TEMPERATURE,),
        value=_log_softmax,
        kernel=log_softmax_kernel,
        fast=log_softmax_fast,
        jacobian=_log_softmax_jacobian,
        vjp=_log_softmax_vjp,
        wrt={"temperature": _log_softmax_by_temperature},
        definition=_log_softmax_definition,
        faults=softmax_faults,
        conditioning=_by_sum,
        good_for="Log-probabilities and the cross-entropy loss −ln s_y: finite where softmax underflows.",
        pitfalls="log(softmax(x)) in two steps is −inf below −745 and loses digits of the largest entry.",
        sources=(BRIDLE,),
    )
)


def _softmin(m: Arithmetic, x: Array, temperature: float) -> Any:
    return probabilities(m, scores(m, -x), temperature)


def _softmin_jacobian(m: Arithmetic, x: Array, temperature: float) -> Any:
    return -slopes(m, scores(m, -x), temperature)


def _softmin_vjp(m: Arithmetic, x: Array, v: Array, temperature: float) -> Any:
    return -pulled_back(m, scores(m, -x), v, temperature)


def _softmin_definition(m: Any, x: Any, temperature: Any) -> list[Any]:
    return softmax_definition(m, [-v for v in x], temperature)


register(
    VectorActivation(
        name="softmin",
        summary="softmax of the negated vector: most weight on the smallest component.",
        formula="e^(−x_i/T) / Σ_j e^(−x_j/T)",
        derivative="−(diag(t) − t·tᵀ)/T with t = softmin(x)",
        latex=r"\frac{e^{-x_i/T}}{\sum_j e^{-x_j/T}}",
        spellings=found_in(
            "torch: nn.Softmin, nn.functional.softmin; mlx: nn.Softmin, nn.softmin; tinygrad: Tensor.softmin"
        ),
        params=(TEMPERATURE,),
        value=_softmin,
        kernel=partial(softmax_kernel, sign=-1),
        fast=partial(softmax_fast, sign=-1),
        jacobian=_softmin_jacobian,
        vjp=_softmin_vjp,
        wrt={"temperature": lambda m, x, temperature: by_temperature(m, scores(m, -x), temperature)},
        definition=_softmin_definition,
        faults=softmin_faults,
        probabilities=True,
        conditioning=by_largest,
        good_for="Weights from distances or energies, where small is good.",
        pitfalls="The same as softmax, mirrored: an entry of -inf has no softmin.",
        sources=(BRIDLE,),
    )
)
