"""standardize: a vector brought to mean 0 and variance 1."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.arrays import ldexp
from actcli.core.frameworks import found_in
from actcli.core.numerics import pair
from actcli.core.numerics.pair import cut
from actcli.core.registry import register
from actcli.core.spec import POSITIVE, Conditioning, Param, Source, VectorActivation
from actcli.core.vector.exactly import CANCELLED, cancelled, deviations, replaced
from actcli.core.vector.row_kernels import (
    buffers,
    exact_sum,
    greatest,
    grid_of,
    least,
    level,
    scaled,
    square_sum,
    sum_of,
)
from actcli.core.vector.scaling import settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array, Mask
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


_WIDEST = 2.0**300
"""Ordinary rows have a width below this and, but for 0, above its inverse; eps is below its square."""

_LONG = 1 << 14
"""In rows of more numbers some deviations are so small that the sum of the rests must be exact too."""


class Centre(NamedTuple):
    """The means of ordinary rows.

    Attributes:
        parts: the entries of the rows as two numbers, the first on a grid.
        mean: the means, on that grid: a difference of the two is exact.
        rest: what is to be added to the means.
        unit: a power of two above the size of deviations.
        close: what the square of a deviation must not be below, lest its digits are lost: 0 where it has all.
        undone: the rows that are not ordinary.
    """

    parts: tuple[Array, Array]
    mean: Array
    rest: Array
    unit: Array | float
    close: Array
    undone: Mask


def _mean(x: Array, axis: int, eps: float, room: list[Array]) -> Centre:
    """Return the means of a block of rows, and their entries in the first two of three arrays.

    A row of numbers that are large beside its width w is moved to 0; then all are below 2w. (x + C) − C is on
    a grid of 2⁻ᵖ·w, with n-fold sums that are exact, and so is the mean but for 2⁻ᵖ⁻¹·w. The sum of the rests
    is right to 25·2⁻⁵³ of their size, and a difference of two to 2⁻⁵³; that is a hundredth of the last bit of
    a deviation above 2¹¹⁻ᵖ·w or, if the sum is exact too, above 2⁷⁻ᵖ·w.
    """
    n = x.shape[axis]
    top, bottom = greatest(x, axis), least(x, axis)
    width = top - bottom
    undone = ~(width < _WIDEST) | ((width < 1 / _WIDEST) & (width > 0)) | (eps > _WIDEST**2)
    unit = level(ldexp(1.0, np.frexp(width)[1]))
    far = np.where((np.minimum(np.abs(top), np.abs(bottom)) > width) & ~undone, bottom, 0.0)
    high, low, free = room
    if far.any():
        x = np.subtract(x, far, out=free)  # exact, for neither of the two is more than double the other
    grid = grid_of(n) * unit
    np.add(x, grid, out=high)
    np.subtract(high, grid, out=high)
    np.subtract(x, high, out=low)
    whole = np.add.reduce(high, axis=axis, keepdims=True)
    finer = grid / 1.5 * 2.0**-52  # 2⁻ᵖ·w
    if n > _LONG:
        rest, close = exact_sum(low, None, axis, free, finer).value(), 2.0**7 * finer
    else:
        rest, close = sum_of(low, axis, free), 2.0**11 * finer
    mean = (whole + rest) / n + grid - grid
    less = (whole - n * mean + rest) / n
    limit = np.broadcast_to(close * close, less.shape)
    if not less.all():
        limit = np.where((less == 0) & ~np.any(low, axis=axis, keepdims=True), 0.0, limit)
    return Centre((high, low), mean, less, unit, limit, undone)


def _kernel(x: Array, out: Array, axis: int, *, eps: float, narrow: bool) -> Mask | None:
    high, low, head, *room = buffers(x.shape, 5)
    m = _mean(x, axis, eps, [high, low, head])
    np.subtract(high, m.mean, out=high)
    np.subtract(low, m.rest, out=low)
    np.add(high, low, out=head)
    cut(head)
    np.subtract(high, head, out=high)
    np.add(low, high, out=low)
    squares, smallest = square_sum(head, low, axis, [high, *room], m.unit)
    sigma = pair.sqrt(squares / x.shape[axis] + eps)
    scaled(head, low, 1.0 / sigma, out, high, narrow=narrow)
    return m.undone | (smallest < m.close)


def _fast(x: Array, out: Array, axis: int, *, eps: float) -> Mask | None:
    d, square, free = buffers(x.shape, 3)
    m = _mean(x, axis, eps, [d, square, free])
    np.subtract(d, m.mean, out=d)
    np.subtract(square, m.rest, out=square)
    np.add(d, square, out=d)
    np.multiply(d, d, out=square)
    sigma = pair.sqrt(exact_sum(square, None, axis, free, m.unit * m.unit) / x.shape[axis] + eps)
    np.multiply(d, (1.0 / sigma).value(), out=out)
    return m.undone | (least(square, axis) < m.close)


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


def _conditioning(x: Array, _y: Array, eps: float) -> Conditioning:
    """Return what errors are small beside: a rounding of the entries moves deviations by their digits."""
    sigma = np.sqrt(np.var(x, axis=-1) + eps)
    size = np.max(np.abs(x), axis=-1) / sigma
    return Conditioning(size, (1 + size) / sigma)


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
        kernel=_kernel,
        fast=_fast,
        jacobian=_standardize_jacobian,
        vjp=_standardize_vjp,
        wrt={"eps": _standardize_by_eps},
        definition=_standardize_definition,
        conditioning=_conditioning,
        good_for="Layers whose inputs keep one scale however deep the network; features of one size.",
        pitfalls="The level and the spread of the vector are lost; eps shows where the spread is small.",
        sources=(Source("Ba", 2016, "Layer normalization", arxiv="1607.06450"),),
        notes=("The variance is the mean square (divided by n, not n − 1), as in layer normalisation.",),
    )
)
