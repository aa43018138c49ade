"""normalize and standardize: a vector brought to unit length, or to mean 0 and variance 1."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.frameworks import found_in
from actcli.core.registry import register
from actcli.core.spec import POSITIVE, Interval, Param, Source, VectorActivation
from actcli.core.vector.exactly import deviations
from actcli.core.vector.weights import first_largest, others

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.numerics.protocol import Arithmetic


_FAR = 1e150
"""As good as infinite to a norm or a variance, whose squares stay finite."""


def _tame(x: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return x with infinities replaced so that values come out as their limits, and which vectors had some.

    As one entry goes to ±∞ the vector turns into that axis, far out; with several there is no limit.
    """
    infinite = np.isinf(x)
    count = np.sum(infinite, axis=-1, keepdims=True)
    axis = np.copysign(np.where(infinite, _FAR, 0.0), x)
    return np.where(count > 0, np.where(count > 1, np.nan, axis), x), count > 0


def _power(m: Arithmetic, x: Any, p: float) -> Any:
    """Return |x|^p, 0 for x = 0."""
    if p in (1, 2):
        return abs(x) if p == 1 else x * x
    zero = m.value(x) == 0
    return m.where(zero, 0.0, m.exp(m.log(m.where(zero, 1.0, abs(x))) * p))


class Norm(NamedTuple):
    """|x_i|^p over its largest, the norm of x, its gradient, and where the norm is too short to divide by."""

    powers: Any
    norm: Any
    gradient: Any
    short: NDArray[np.bool_]


def _norm(m: Arithmetic, x: Array, p: float, eps: float) -> Norm:
    largest = np.max(np.abs(x), axis=-1, keepdims=True)
    z = m.wide(x)
    r = z / np.where(largest == 0, 1.0, largest)
    powers = _power(m, r, p)
    total = m.sum(powers)
    total = m.where(largest == 0, 1.0, total)
    root = total if p == 1 else m.sqrt(total) if p == 2 else m.exp(m.log(total) / p)
    gradient = m.wide(np.sign(x))
    if p != 1:
        gradient = gradient * _power(m, r / root, p - 1)
    norm = m.where(largest == 0, eps, root * largest)
    return Norm(powers, norm, gradient, (largest == 0) | (m.value(norm) < eps))


def _normalize(m: Arithmetic, x: Array, p: float, eps: float) -> Any:
    x, _ = _tame(x)
    norm = _norm(m, x, p, eps)
    return m.wide(x) / m.where(norm.short, eps, norm.norm)


def _normalize_jacobian(m: Arithmetic, x: Array, p: float, eps: float) -> Any:
    x, far = _tame(x)
    norm = _norm(m, x, p, eps)
    diagonal = np.eye(x.shape[-1], dtype=bool)
    # 1 − n_i·g_i = Σ_{j≠i} |n_j|^p, since the powers of n add up to 1.
    total = m.where(norm.short, 1.0, m.sum(norm.powers))
    on = m.where(norm.short, 1.0, others(m, norm.powers, first_largest(np.abs(x))) / total)
    off = -((m.wide(x) / norm.norm)[..., :, None] * norm.gradient[..., None, :])
    off = m.where(norm.short[..., None], 0.0, off)
    out = m.where(diagonal, on[..., None], off) / m.where(norm.short, eps, norm.norm)[..., None]
    return out * np.where(far, 0.0, 1.0)[..., None]


def _normalize_vjp(m: Arithmetic, x: Array, v: Array, p: float, eps: float) -> Any:
    x, far = _tame(x)
    norm = _norm(m, x, p, eps)
    along = m.sum((m.wide(x) / norm.norm) * v)
    out = m.where(norm.short, v, m.wide(v) - norm.gradient * along) / m.where(norm.short, eps, norm.norm)
    return out * np.where(far, 0.0, 1.0)


def _normalize_by_p(m: Arithmetic, x: Array, p: float, eps: float) -> Any:
    x, far = _tame(x)
    norm = _norm(m, x, p, eps)
    # ln ‖x‖ = ln max|x| + ln(Σq)/p with q = r^p, and ∂q/∂p = q·ln r.
    largest = np.max(np.abs(x), axis=-1, keepdims=True)
    r = m.where(x == 0, 1.0, abs(m.wide(x)) / np.where(largest == 0, 1.0, largest))
    total = m.where(norm.short, 1.0, m.sum(norm.powers))
    growth = (m.sum(norm.powers * m.log(r)) / total - m.log(total) / p) / p
    out = m.where(norm.short, 0.0, -(m.wide(x) / norm.norm) * growth)
    return out * np.where(far, 0.0, 1.0)


def _normalize_by_eps(m: Arithmetic, x: Array, p: float, eps: float) -> Any:
    x, _ = _tame(x)
    short = _norm(m, x, p, eps).short
    return m.where(short, -(m.wide(np.where(short, x, 0.0)) / eps) / eps, 0.0)


def _normalize_definition(m: Any, x: Any, p: Any, eps: Any) -> list[Any]:
    sizes = [abs(v) for v in x]
    if p == int(p):
        total = sum(v ** int(p) for v in sizes)
    else:
        total = sum(m.exp(m.log(v) * p) for v in sizes if v > 0)
    norm = m.exp(m.log(total) / p) if total > 0 else m.mpf(0)
    return [v / max(norm, eps) for v in x]


register(
    VectorActivation(
        name="normalize",
        summary="A vector over its length, so that its norm is 1.",
        formula="x / max(‖x‖_p, eps)",
        derivative="(I − n·gᵀ)/‖x‖_p with n = x/‖x‖_p, g_j = sign(n_j)·|n_j|^(p−1); I/eps below eps",
        latex=r"\frac{x}{\max(\Vert x \Vert_p, \epsilon)}",
        aliases=("unit_normalization", "l2_normalize"),
        spellings=found_in(
            "torch: nn.functional.normalize; keras: layers.UnitNormalization; "
            "keras: ops.normalize (eps=1e-7); onnx: LpNormalization [without eps]"
        ),
        params=(
            Param("p", 2, "order of the norm", "p", Interval(1, math.inf, low_closed=True)),
            Param("eps", 1e-12, "least norm that is divided by", r"\epsilon", POSITIVE),
        ),
        value=_normalize,
        jacobian=_normalize_jacobian,
        vjp=_normalize_vjp,
        wrt={"p": _normalize_by_p, "eps": _normalize_by_eps},
        definition=_normalize_definition,
        good_for="Embeddings compared by their angle; weights and features of a common size.",
        goes_wrong="The length is lost; near the zero vector the slope is as large as 1/‖x‖.",
        sources=(Source("Salimans & Kingma", 2016, "Weight normalization", arxiv="1602.07868"),),
    )
)


def _standardize(m: Arithmetic, x: Array, eps: float) -> Any:
    d = deviations(m, _tame(x)[0])
    return d / m.sqrt(m.sum(d * d) / x.shape[-1] + eps)


def _standardize_jacobian(m: Arithmetic, x: Array, eps: float) -> Any:
    x, far = _tame(x)
    n = x.shape[-1]
    d = deviations(m, x)
    variance = m.sum(d * d) / n + eps
    # n·J·σ³ is (n−1)·σ² − d_i² on the diagonal, and that is (n−1)·(eps + Σ_{j≠i} (x_j − mean of those)²/n).
    apart = m.where(np.eye(n, dtype=bool), 0.0, d[..., None, :] + d[..., :, None] / max(n - 1, 1))
    on = (m.sum(apart * apart) / n + eps) * (n - 1)
    # n·J·σ³ is −(σ² + d_i·d_j) beside it; the rows of J add up to 0, which settles the case of two.
    off = -on if n == 2 else -(d[..., :, None] * d[..., None, :] + variance[..., None])
    whole = m.where(np.eye(n, dtype=bool), on, off)
    if n > 2:
        whole = _recalculated(
            m, x, whole, np.abs(m.value(whole)) < _CANCELLED * m.value(variance)[..., None], eps
        )
    out = whole / (variance * m.sqrt(variance) * n)[..., None]
    return out * np.where(far, 0.0, 1.0)[..., None]


_CANCELLED = 2.0**-24
"""Less than that is left of what a pair, of some 80 bits, began with: for (a, a, b, b) nothing but eps."""


def _recalculated(m: Arithmetic, x: Array, numbers: Any, where: NDArray[np.bool_], eps: float) -> Any:
    """Return n·J·σ³, in fractions at the places given."""
    exact: dict[tuple[float, ...], tuple[float, float]] = {}
    head, rest = np.zeros(where.shape), np.zeros(where.shape)
    for *row, i, j in np.argwhere(where).tolist():
        vector = x[tuple(row)].tolist()
        key = (*row, i == j, vector[i], vector[j])  # equal entries have equal slopes
        if key not in exact:
            exact[key] = _fractional(vector, i, j, eps)
        head[*row, i, j], rest[*row, i, j] = exact[key]
    return m.where(where, m.wide(head) + rest, numbers) if exact else numbers


def _fractional(vector: list[float], i: int, j: int, eps: float) -> tuple[float, float]:
    n, mean = len(vector), sum(map(Fraction, vector)) / len(vector)
    d = [Fraction(v) - mean for v in vector]
    variance = sum(v * v for v in d) / n + Fraction(eps)
    true = (n * variance if i == j else 0) - variance - d[i] * d[j]
    return float(true), float(true - Fraction(float(true)))


def _standardize_vjp(m: Arithmetic, x: Array, v: Array, eps: float) -> Any:
    x, far = _tame(x)
    n = x.shape[-1]
    d = deviations(m, x)
    variance = m.sum(d * d) / n + eps
    out = (deviations(m, v) - d * (m.sum(d * v) / (variance * n))) / m.sqrt(variance)
    return out * np.where(far, 0.0, 1.0)


def _standardize_by_eps(m: Arithmetic, x: Array, eps: float) -> Any:
    x, far = _tame(x)
    d = deviations(m, x)
    variance = m.sum(d * d) / x.shape[-1] + eps
    return d * np.where(far, 0.0, -0.5) / (variance * m.sqrt(variance))


def _standardize_definition(m: Any, x: Any, eps: Any) -> list[Any]:
    mean = sum(x) / len(x)
    variance = sum((v - mean) ** 2 for v in x) / len(x)
    deviation = m.sqrt(variance + eps)
    return [(v - mean) / deviation for v in x]


register(
    VectorActivation(
        name="standardize",
        summary="A vector shifted to mean 0 and scaled to variance 1.",
        formula="(x − mean(x)) / √(var(x) + eps)",
        derivative="(I − 1·1ᵀ/n − z·zᵀ/n)/√(var(x) + eps) with z the result",
        latex=r"\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}}",
        aliases=("layer_norm", "layer_normalization"),
        spellings=found_in(
            "torch: nn.LayerNorm, nn.functional.layer_norm; jax: nn.standardize; "
            "keras: layers.LayerNormalization (eps=0.001); onnx: LayerNormalization; mlx: nn.LayerNorm; "
            "tinygrad: nn.LayerNorm, Tensor.layernorm"
        ),
        params=(Param("eps", 1e-5, "added to the variance", r"\epsilon", POSITIVE),),
        value=_standardize,
        jacobian=_standardize_jacobian,
        vjp=_standardize_vjp,
        wrt={"eps": _standardize_by_eps},
        definition=_standardize_definition,
        good_for="Layers whose inputs keep one scale however deep the network; features of one size.",
        goes_wrong="The level and the spread of the vector are lost; eps shows where the spread is small.",
        sources=(Source("Ba", 2016, "Layer normalization", arxiv="1607.06450"),),
        notes=("The variance is the mean square (divided by n, not n − 1), as in layer normalisation.",),
    )
)
