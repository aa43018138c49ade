"""normalize: a vector brought to unit length."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.arrays import ldexp
from actcli.core.frameworks import found_in
from actcli.core.numerics import pair
from actcli.core.numerics.pair import cut
from actcli.core.registry import register
from actcli.core.spec import POSITIVE, Conditioning, Interval, Param, Source, VectorActivation
from actcli.core.vector.exactly import cancelled, replaced
from actcli.core.vector.row_kernels import buffers, exact_sum, greatest, least, level, scaled, square_sum
from actcli.core.vector.weights import first_largest, others

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from actcli.core.arrays import Array, Mask
    from actcli.core.numerics.protocol import Arithmetic


_NEGLIGIBLE = 2.0**-200
"""What eps is beside an infinite entry, which stands as 1."""


def settled(x: Array, eps: float) -> tuple[Array, Any, NDArray[np.bool_]]:
    """Return x and eps with infinities replaced so that values are limits, and which vectors had some.

    As one entry goes to ±∞ the vector turns into that axis, far out; with several there is no limit.
    """
    infinite = np.isinf(x)
    if not infinite.any():
        return x, eps, np.zeros((*x.shape[:-1], 1), bool)
    count = np.sum(infinite, axis=-1, keepdims=True)
    axis = np.copysign(np.where(infinite, 1.0, 0.0), x)
    x = np.where(count > 0, np.where(count > 1, np.nan, axis), x)
    return x, np.where(count > 0, _NEGLIGIBLE, eps), count > 0


class Norm(NamedTuple):
    """|x_i|^p over its largest, the norm of x, its gradient, and where the norm is too short to divide by."""

    powers: Any
    norm: Any
    gradient: Any
    short: NDArray[np.bool_]


_STEEP = 64
"""From this power on entries differ that all but tie: the logarithm of their quotient needs its digits."""


def _logs(m: Arithmetic, size: Array, unit: Array, p: float) -> Any:
    """Return ln(|x_i|/max|x|), and 0 for x_i = 0."""
    gone = (size == 0) | (size == unit)
    logs = m.log(m.where(gone, 1.0, m.wide(size) / unit))
    if p < _STEEP:
        return logs
    near = (size > unit / 2) & ~gone
    return m.where(near, m.log1p(m.where(near, m.wide(size) - unit, 0.0) / unit), logs)


def _norm(m: Arithmetic, x: Array, p: float, eps: Any) -> Norm:
    size = np.abs(x)
    largest = np.max(size, axis=-1, keepdims=True)
    unit = np.where(largest == 0, 1.0, largest)
    r = m.wide(x) / unit
    if p in (1, 2):
        powers = abs(r) if p == 1 else r * r
    else:
        logs = _logs(m, size, unit, p)
        powers = m.where(size == 0, 0.0, m.exp(logs * p))
    total = m.where(largest == 0, 1.0, m.sum(powers))
    root = total if p == 1 else m.sqrt(total) if p == 2 else m.exp(m.log(total) / p)
    gradient = r / root if p == 2 else m.wide(np.sign(x))
    if p not in (1, 2):
        gradient = gradient * m.exp(logs * (m.number(p) - 1)) * (root / total)
    norm = m.where(largest == 0, eps, root * largest)
    return Norm(powers, norm, gradient, (largest == 0) | _below(m, x, norm, p, eps))


def _below(m: Arithmetic, x: Array, norm: Any, p: float, eps: Any) -> NDArray[np.bool_]:
    """Return which norms are less than eps, though it be by less than the last bit of a double."""
    size = m.value(norm)
    below = size < eps
    close = np.abs(size - eps) <= 2.0**-50 * np.asarray(eps)
    if close.any():
        below = np.where(close, m.value(norm / eps - 1) < 0, below)
    if p == int(p) and p < _STEEP:
        for row in np.flatnonzero(close):
            total = sum(abs(Fraction(v)) ** int(p) for v in x[row].tolist())
            below[row] = total < Fraction(float(np.broadcast_to(eps, size.shape)[row, 0])) ** int(p)
    return np.asarray(below)


def _normalize(m: Arithmetic, x: Array, p: float, eps: float) -> Any:
    x, least, _ = settled(x, eps)
    norm = _norm(m, x, p, least)
    return m.wide(x) / m.where(norm.short, least, norm.norm)


ORDINARY = 2.0**300
"""Sizes below this and, but for 0, above its inverse: squares and their sums are far from the ends there."""


def _kernel(x: Array, out: Array, axis: int, *, p: float, eps: float, narrow: bool) -> Mask | None:
    """Write x/‖x‖ of ordinary rows that are longer than eps, for p = 2."""
    head, rest, *room = buffers(x.shape, 5)
    np.copyto(head, x)
    cut(head)
    np.subtract(x, head, out=rest)
    largest, unit = unit_of(x, axis)
    squares, smallest = square_sum(head, rest, axis, room, unit)
    norm = pair.sqrt(squares)
    scaled(head, rest, 1.0 / norm, out, room[0], narrow=narrow)
    return _not_ordinary(x, axis, p, eps, largest, norm.value(), smallest)


def _fast(x: Array, out: Array, axis: int, *, p: float, eps: float) -> Mask | None:
    square, free = buffers(x.shape, 2)
    np.multiply(x, x, out=square)
    largest, unit = unit_of(x, axis)
    norm = pair.sqrt(exact_sum(square, None, axis, free, unit * unit))
    np.multiply(x, (1.0 / norm).value(), out=out)
    return _not_ordinary(x, axis, p, eps, largest, norm.value(), least(square, axis))


def unit_of(x: Array, axis: int) -> tuple[Array, Array | float]:
    """Return the largest size of each row, and a power of two above it."""
    largest = np.maximum(greatest(x, axis), -least(x, axis))
    return largest, level(ldexp(1.0, np.frexp(largest)[1]))


def _not_ordinary(
    x: Array, axis: int, p: float, eps: float, largest: Array, norm: Array, smallest: Array
) -> Mask:
    """Return the rows whose norm or entries are too small or too large; all of them but for p = 2."""
    undone = ~((largest < ORDINARY) & (norm > max(eps, 1 / ORDINARY) * (1 + 2.0**-40))) | (p != 2)
    if (smallest < ORDINARY**-2).any():  # it may be 0
        undone |= np.any((x != 0) & (np.abs(x) < 1 / ORDINARY), axis=axis, keepdims=True)
    return undone


def _normalize_jacobian(m: Arithmetic, x: Array, p: float, eps: float) -> Any:
    x, least, far = settled(x, eps)
    norm = _norm(m, x, p, least)
    diagonal = np.eye(x.shape[-1], dtype=bool)
    # 1 − n_i·g_i = Σ_{j≠i} |n_j|^p, since the powers of n add up to 1.
    total = m.where(norm.short, 1.0, m.sum(norm.powers))
    on = m.where(norm.short, 1.0, others(m, norm.powers, first_largest(np.abs(x))) / total)
    off = -((m.wide(x) / norm.norm)[..., :, None] * norm.gradient[..., None, :])
    off = m.where(norm.short[..., None], 0.0, off)
    out = m.where(diagonal, on[..., None], off) / m.where(norm.short, least, norm.norm)[..., None]
    return out * np.where(far, 0.0, 1.0)[..., None]


def _normalize_vjp(m: Arithmetic, x: Array, v: Array, p: float, eps: float) -> Any:
    x, least, far = settled(x, eps)
    norm = _norm(m, x, p, least)
    terms = m.wide(x) / norm.norm * v
    out = m.wide(v) - norm.gradient * m.sum(terms)
    before: Any = abs(m.wide(v))
    first = first_largest(np.abs(x))
    if (first & cancelled(m, out, before)).any():
        # v_i − g_i·Σ n_j·v_j is Σ_{j≠i} |n_j|^p·v_i − g_i·n_j·v_j: where g_i·n_i is all but 1, v_i cancels.
        rest = m.sum(m.where(first, 0.0, terms))
        own = m.sum(m.where(first, 0.0, norm.powers)) / m.where(norm.short, 1.0, m.sum(norm.powers)) * v
        out = m.where(first, own - norm.gradient * rest, out)
        before = m.where(first, abs(own), before)
    if p == int(p) and p < _STEEP:
        lost = cancelled(m, out, before) & ~norm.short
        out = replaced(m, out, lost, _pulled(x, v, int(p)))
    out = m.where(norm.short, v, out) / m.where(norm.short, least, norm.norm)
    return out * np.where(far, 0.0, 1.0)


def _pulled(x: Array, v: Array, p: int) -> Callable[[int, int], Fraction]:
    """Return v_i − g_i·Σ n_j·v_j in fractions, for whole p, as a function of row and i."""

    @cache
    def share(row: int) -> Fraction:
        pairs = [(Fraction(a), Fraction(b)) for a, b in zip(x[row].tolist(), v[row].tolist(), strict=True)]
        return sum((a * b for a, b in pairs), Fraction(0)) / sum(abs(a) ** p for a, _ in pairs)

    def of(row: int, i: int) -> Fraction:
        a = Fraction(float(x[row, i]))
        return Fraction(float(v[row, i])) - int(np.sign(x[row, i])) * abs(a) ** (p - 1) * share(row)

    return of


def _normalize_by_p(m: Arithmetic, x: Array, p: float, eps: float) -> Any:
    x, least, far = settled(x, eps)
    norm = _norm(m, x, p, least)
    size = np.abs(x)
    # ln ‖x‖ = ln max|x| + ln(Σq)/p with q = r^p, and ∂q/∂p = q·ln r; the largest q is 1.
    largest = np.max(size, axis=-1, keepdims=True)
    logs = _logs(m, size, np.where(largest == 0, 1.0, largest), p)
    rest = m.sum(m.where(first_largest(size), 0.0, norm.powers))
    growth = (m.sum(norm.powers * logs) / (1 + rest) - m.log1p(rest) / p) / p
    out = m.where(norm.short, 0.0, -(m.wide(x) / norm.norm) * growth)
    return out * np.where(far, 0.0, 1.0)


def _normalize_by_eps(m: Arithmetic, x: Array, p: float, eps: float) -> Any:
    x, least, _ = settled(x, eps)
    short = _norm(m, x, p, least).short
    return m.where(short, -(m.wide(np.where(short, x, 0.0)) / least) / least, 0.0)


def _conditioning(x: Array, _y: Array, p: float, eps: float) -> Conditioning:
    largest = np.max(np.abs(x), axis=-1)
    shares = np.abs(x) / np.where(largest == 0, 1.0, largest)[..., None]
    norm = largest * np.sum(shares**p, axis=-1) ** (1 / p)
    return Conditioning(0.0, 1 / np.maximum(norm, eps))


def _normalize_definition(m: Any, x: Any, p: Any, eps: Any) -> list[Any]:
    # An entry of 0 adds nothing, nor does its slope. It may begin to move: then its cube is still 0.
    sizes, norm = [abs(v) for v in x if v * v * v != 0], 0
    if sizes:
        shares = [v / max(sizes) for v in sizes]
        total = sum(v ** int(p) if p == int(p) else m.exp(m.log(v) * p) for v in shares)
        norm = max(sizes) * (m.sqrt(total) if p == 2 else m.exp(m.log(total) / p))
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
        kernel=_kernel,
        fast=_fast,
        jacobian=_normalize_jacobian,
        vjp=_normalize_vjp,
        wrt={"p": _normalize_by_p, "eps": _normalize_by_eps},
        definition=_normalize_definition,
        conditioning=_conditioning,
        good_for="Embeddings compared by their angle; weights and features of a common size.",
        pitfalls="The length is lost; near the zero vector the slope is as large as 1/‖x‖.",
        sources=(Source("Salimans & Kingma", 2016, "Weight normalization", arxiv="1602.07868"),),
    )
)
