"""standardize: a vector brought to mean 0 and variance 1."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.frameworks import found_in
from actcli.core.registry import register
from actcli.core.spec import POSITIVE, Param, Source, VectorActivation
from actcli.core.vector.exactly import CANCELLED, cancelled, deviations, replaced
from actcli.core.vector.scaling import settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array
    from actcli.core.numerics.protocol import Arithmetic


class Spread(NamedTuple):
    """The deviations d from the mean, their mean square plus eps, and its root."""

    d: Any
    variance: Any
    sigma: Any


def _spread(m: Arithmetic, x: Array, eps: float | Array) -> Spread:
    d = deviations(m, x)
    variance = m.sum(d * d) / x.shape[-1] + eps
    return Spread(d, variance, m.sqrt(variance))


def _standardize(m: Arithmetic, x: Array, eps: float) -> Any:
    spread = _spread(m, *settled(x, eps)[:2])
    return spread.d / spread.sigma


def _standardize_jacobian(m: Arithmetic, x: Array, eps: float) -> Any:
    x, least, far = settled(x, eps)
    n = x.shape[-1]
    d, variance, sigma = _spread(m, x, least)
    # n·J·σ³ is (n−1)·σ² − d_i² on the diagonal, and that is (n−1)·(eps + Σ_{j≠i} (x_j − mean of those)²/n).
    apart = m.where(np.eye(n, dtype=bool), 0.0, d[..., None, :] + d[..., :, None] / max(n - 1, 1))
    on = (m.sum(apart * apart) / n + np.expand_dims(least, -1)) * (n - 1)
    # n·J·σ³ is −(σ² + d_i·d_j) beside it; the rows of J add up to 0, which settles the case of two.
    off = -on if n == 2 else -(d[..., :, None] * d[..., None, :] + variance[..., None])
    out = m.where(np.eye(n, dtype=bool), on, off) * (1 / variance)[..., None]
    if n > 2:
        out = replaced(m, out, np.abs(m.value(out)) < CANCELLED, _slope(x, eps))
    return out * (np.where(far, 0.0, 1.0) / (sigma * n))[..., None]


def _standardize_vjp(m: Arithmetic, x: Array, v: Array, eps: float) -> Any:
    x, least, far = settled(x, eps)
    n = x.shape[-1]
    d, variance, sigma = _spread(m, x, least)
    u = deviations(m, v)
    if n == 2:  # but for eps nothing is left
        return u * least / variance * (np.where(far, 0.0, 1.0) / sigma)
    z = d / sigma
    terms = z * u
    out = u - z * (m.sum(terms) / n)
    before = abs(u) + abs(z) * (m.sum(abs(terms)) / n)
    out = replaced(m, out, cancelled(m, out, before), _pulled(x, v, eps))
    return out * (np.where(far, 0.0, 1.0) / sigma)


def _moments(x: Array, eps: float) -> Callable[[int], tuple[Fraction, Fraction]]:
    """Return the mean and σ² of a row in fractions, as a function of its number."""

    @cache
    def of(row: int) -> tuple[Fraction, Fraction]:
        entries = [Fraction(v) for v in x[row].tolist()]
        mean = sum(entries, Fraction(0)) / len(entries)
        squares = sum(((v - mean) ** 2 for v in entries), Fraction(0))
        return mean, squares / len(entries) + Fraction(eps)

    return of


def _slope(x: Array, eps: float) -> Callable[[int, int, int], Fraction]:
    """Return an entry of n·σ·J in fractions, as a function of its place."""
    moments = _moments(x, eps)

    @cache  # equal entries have equal slopes
    def of(row: int, same: bool, a: float, b: float) -> Fraction:
        mean, variance = moments(row)
        share = (Fraction(a) - mean) * (Fraction(b) - mean) / variance
        return (x.shape[-1] if same else 0) - 1 - share

    return lambda row, i, j: of(row, i == j, float(x[row, i]), float(x[row, j]))


def _pulled(x: Array, v: Array, eps: float) -> Callable[[int, int], Fraction]:
    """Return a component of σ·vᵀJ in fractions, as a function of its place."""
    moments, level = _moments(x, eps), _moments(v, 0.0)

    @cache
    def share(row: int) -> Fraction:
        mean, variance = moments(row)
        terms = (
            Fraction(b) * (Fraction(a) - mean) for a, b in zip(x[row].tolist(), v[row].tolist(), strict=True)
        )
        return sum(terms, Fraction(0)) / (variance * len(x[row]))

    def of(row: int, i: int) -> Fraction:
        d, u = (Fraction(float(a[row, i])) - mean(row)[0] for a, mean in ((x, moments), (v, level)))
        return u - d * share(row)

    return of


def _standardize_by_eps(m: Arithmetic, x: Array, eps: float) -> Any:
    x, least, far = settled(x, eps)
    d, variance, sigma = _spread(m, x, least)
    return d * np.where(far, 0.0, -0.5) / (variance * sigma)


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
        pitfalls="The level and the spread of the vector are lost; eps shows where the spread is small.",
        sources=(Source("Ba", 2016, "Layer normalization", arxiv="1607.06450"),),
        notes=("The variance is the mean square (divided by n, not n − 1), as in layer normalisation.",),
    )
)
