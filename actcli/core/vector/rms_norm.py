"""rms_norm: a vector brought to a mean square of 1."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.frameworks import found_in
from actcli.core.numerics import pair
from actcli.core.numerics.pair import cut
from actcli.core.registry import register
from actcli.core.spec import POSITIVE, Conditioning, Param, Source, VectorActivation
from actcli.core.vector.exactly import cancelled, replaced
from actcli.core.vector.row_kernels import buffers, exact_sum, least, scaled, square_sum
from actcli.core.vector.scaling import ORDINARY, settled, unit_of
from actcli.core.vector.weights import first_largest, others

if TYPE_CHECKING:
    from collections.abc import Callable

    from actcli.core.arrays import Array, Mask
    from actcli.core.numerics.protocol import Arithmetic


class Size(NamedTuple):
    """The squares of entries over n, the mean square plus eps, and its root."""

    shares: Any
    square: Any
    rms: Any


def _size(m: Arithmetic, x: Array, eps: float | Array) -> Size:
    wide = m.wide(x)
    shares = wide * wide / x.shape[-1]
    square = m.sum(shares) + eps
    return Size(shares, square, m.sqrt(square))


def _kernel(x: Array, out: Array, axis: int, *, eps: float, narrow: bool) -> Mask | None:
    """Write x/√(mean(x²) + eps) of ordinary rows."""
    head, rest, *room = buffers(x.shape, 5)
    np.copyto(head, x)
    cut(head)
    np.subtract(x, head, out=rest)
    largest, unit = unit_of(x, axis)
    squares, smallest = square_sum(head, rest, axis, room, unit)
    scaled(head, rest, 1.0 / pair.sqrt(squares / x.shape[axis] + eps), out, room[0], narrow=narrow)
    return _not_ordinary(x, axis, eps, largest, smallest)


def _fast(x: Array, out: Array, axis: int, *, eps: float) -> Mask | None:
    square, free = buffers(x.shape, 2)
    np.multiply(x, x, out=square)
    largest, unit = unit_of(x, axis)
    rms = pair.sqrt(exact_sum(square, None, axis, free, unit * unit) / x.shape[axis] + eps)
    np.multiply(x, (1.0 / rms).value(), out=out)
    return _not_ordinary(x, axis, eps, largest, least(square, axis))


def _not_ordinary(x: Array, axis: int, eps: float, largest: Array, smallest: Array) -> Mask:
    """Return the rows with entries that are too small or too large; all of them for an eps that is."""
    undone = ~(largest < ORDINARY) | (not ORDINARY**-2 < eps < ORDINARY**2)
    if (smallest < ORDINARY**-2).any():  # it may be 0
        undone |= np.any((x != 0) & (np.abs(x) < 1 / ORDINARY), axis=axis, keepdims=True)
    return np.asarray(undone)


def _rms_norm(m: Arithmetic, x: Array, eps: float) -> Any:
    x, least, _ = settled(x, eps)
    return m.wide(x) / _size(m, x, least).rms


def _rms_norm_jacobian(m: Arithmetic, x: Array, eps: float) -> Any:
    x, least, far = settled(x, eps)
    shares, square, rms = _size(m, x, least)
    # 1 − y_i²/n = (eps + Σ_{j≠i} x_j²/n)/rms²
    on = (others(m, shares, first_largest(np.abs(x))) + least) / square
    y = m.wide(x) / rms
    off = -(y[..., :, None] * y[..., None, :]) / x.shape[-1]
    out = m.where(np.eye(x.shape[-1], dtype=bool), on[..., None], off)
    return out * (np.where(far, 0.0, 1.0) / rms)[..., None]


def _rms_norm_vjp(m: Arithmetic, x: Array, v: Array, eps: float) -> Any:
    x, least, far = settled(x, eps)
    shares, square, rms = _size(m, x, least)
    y = m.wide(x) / rms
    first = first_largest(np.abs(x))
    terms = y * v / x.shape[-1]
    # v_i − y_i·mean(y·v), where y_i²/n may be all but 1: then v_i is taken times what 1 − y_i²/n is a sum of.
    total, rest = m.sum(terms), m.sum(m.where(first, 0.0, terms))
    own = m.where(first, (others(m, shares, first) + least) / square * v, m.wide(v))
    less = y * m.where(first, rest, total)
    out = own - less
    out = replaced(m, out, cancelled(m, out, abs(own) + abs(less)), _pulled(x, v, eps))
    return out * (np.where(far, 0.0, 1.0) / rms)


def _pulled(x: Array, v: Array, eps: float) -> Callable[[int, int], Fraction]:
    """Return a component of rms·vᵀJ in fractions, as a function of its place."""

    @cache
    def share(row: int) -> Fraction:
        pairs = [(Fraction(a), Fraction(b)) for a, b in zip(x[row].tolist(), v[row].tolist(), strict=True)]
        squares = sum((a * a for a, _ in pairs), Fraction(0)) + len(pairs) * Fraction(eps)
        return sum((a * b for a, b in pairs), Fraction(0)) / squares

    return lambda row, i: Fraction(float(v[row, i])) - Fraction(float(x[row, i])) * share(row)


def _rms_norm_by_eps(m: Arithmetic, x: Array, eps: float) -> Any:
    x, least, far = settled(x, eps)
    _, square, rms = _size(m, x, least)
    return m.wide(x) * np.where(far, 0.0, -0.5) / (square * rms)


def _rms_norm_definition(m: Any, x: Any, eps: Any) -> list[Any]:
    rms = m.sqrt(sum(v * v for v in x) / len(x) + eps)
    return [v / rms for v in x]


register(
    VectorActivation(
        name="rms_norm",
        summary="A vector scaled to a mean square of 1, its level kept.",
        formula="x / √(mean(x²) + eps)",
        derivative="(I − y·yᵀ/n)/√(mean(x²) + eps) with y the result",
        latex=r"\frac{x}{\sqrt{\overline{x^2} + \epsilon}}",
        aliases=("rms_normalization", "root_mean_square_norm"),
        spellings=found_in(
            "torch: nn.RMSNorm, nn.functional.rms_norm [eps is the spacing of the dtype at 1 unless given]; "
            "keras: layers.RMSNormalization; onnx: RMSNormalization (eps=1e-05); "
            "mlx: nn.RMSNorm (eps=1e-05); tinygrad: nn.RMSNorm"
        ),
        params=(Param("eps", 1e-6, "added to the mean square", r"\epsilon", POSITIVE),),
        value=_rms_norm,
        kernel=_kernel,
        fast=_fast,
        jacobian=_rms_norm_jacobian,
        vjp=_rms_norm_vjp,
        wrt={"eps": _rms_norm_by_eps},
        definition=_rms_norm_definition,
        conditioning=lambda x, _y, eps: Conditioning(0.0, 1 / np.sqrt(np.mean(x * x, axis=-1) + eps)),
        good_for="The layers of today's language models: cheaper than standardize, and as stable.",
        pitfalls="The level of the vector stays in; eps is added inside the root, to the mean square.",
        sources=(
            Source("Zhang & Sennrich", 2019, "Root mean square layer normalization", arxiv="1910.07467"),
        ),
    )
)
