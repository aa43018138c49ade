"""sparsemax and entmax15: probabilities with exact zeros.

Both are max(0, z_i − τ)^q with τ such that they add up to 1 (q = 1; q = 2 with z = x/2). Entry i has some
probability if and only if Σ_{z_j > z_i} (z_j − z_i)^q < 1; with S the set of those entries, what is left of
that 1, divided by |S|, gives z_i − τ itself without the difference. It is computed without rounding: the sign
decides what is exactly 0.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.frameworks import found_in
from actcli.core.numerics.pair import two_sum
from actcli.core.registry import register
from actcli.core.spec import Conditioning, Precision, Source, VectorActivation
from actcli.core.vector.exactly import cancelled, deviations, distil, replaced, running_sums, times
from actcli.core.vector.softmax import softmax_faults
from actcli.core.vector.weights import first_largest, others

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.numerics.protocol import Arithmetic

_OUT = -2.0
"""Stands for every gap too wide to count: an entry 1 below the largest has probability 0 in both."""


class Gaps(NamedTuple):
    """z_i − max z as two doubles, in falling order as far as they count, and the way back.

    `back` gives the place of each entry of the vector in that order; those that do not count have the place
    after the last.
    """

    high: Array
    low: Array
    back: NDArray[np.intp]


def _gaps(z: Array) -> Gaps:
    order = np.argsort(-z, axis=-1, kind="stable")
    ranked = np.take_along_axis(z, order, axis=-1)
    high, low = two_sum(ranked, -ranked[..., :1])
    near = high > _OUT
    count = int(np.sum(near, axis=-1).max())
    high, low = (np.where(near, part, out)[..., :count] for part, out in ((high, _OUT), (low, 0.0)))
    return Gaps(high, low, np.minimum(np.argsort(order, axis=-1), count))


def _none(gaps: Gaps) -> Array:
    """Return a column of zeros, which stands after the last of the gaps."""
    return np.zeros((*gaps.high.shape[:-1], 1))


def _sparsemax_left(z: Array) -> tuple[Array, Array, Array]:
    """Return |S|·(z_i − τ) as two doubles, 0 where it is not positive, and |S|."""
    gaps = _gaps(z)
    sums = -running_sums(gaps.high, gaps.low)
    place = np.arange(1.0, gaps.high.shape[-1] + 1)
    left, _ = distil([1.0, *times(gaps.high, place), *times(gaps.low, place), *sums])
    size = np.sum(left > 0, axis=-1, keepdims=True)
    total = np.take_along_axis(sums, np.broadcast_to(size - 1, (3, *size.shape)), axis=-1)
    parts = distil([1.0, *times(gaps.high, size), *times(gaps.low, size), *total])
    inside = place <= size
    high, low = (
        np.take_along_axis(
            np.concatenate([np.where(inside, part, 0.0), _none(gaps)], axis=-1), gaps.back, axis=-1
        )
        for part in parts
    )
    return high, low, size.astype(np.float64)


def _sparsemax(m: Arithmetic, x: Array) -> Any:
    high, low, size = _sparsemax_left(x)
    return m.where(high > 0, m.wide(high) + low, 0.0) / size


def _sparsemax_jacobian(m: Arithmetic, x: Array) -> Any:
    high, _, size = _sparsemax_left(x)
    inside = high > 0
    block = inside[..., :, None] & inside[..., None, :]
    diagonal = np.eye(x.shape[-1], dtype=bool)
    size = size[..., None]
    return m.where(block, np.where(diagonal, size - 1, -1.0), 0.0) / size


def _sparsemax_vjp(m: Arithmetic, x: Array, v: Array) -> Any:
    high, _, size = _sparsemax_left(x)
    return m.where(high > 0, deviations(m, np.where(high > 0, v, 0.0), size), 0.0)


def _sparsemax_definition(_m: Any, x: Any) -> list[Any]:
    ranked = sorted(x, reverse=True)
    size = len(list(takewhile(lambda k: 1 + k * ranked[k - 1] > sum(ranked[:k]), range(1, len(x) + 1))))
    tau = (sum(ranked[:size]) - 1) / size
    return [max(v - tau, 0) for v in x]


MARTINS = Source(
    "Martins & Astudillo",
    2016,
    "From softmax to sparsemax: a sparse model of attention and multi-label classification",
    arxiv="1602.02068",
)

register(
    VectorActivation(
        name="sparsemax",
        summary="The nearest probabilities to the vector: its projection on the simplex, with exact zeros.",
        formula="max(0, x_i − τ), τ such that the sum is 1",
        derivative="diag(1_S) − 1_S·1_Sᵀ/|S| with S the entries above τ",
        latex=r"\max(0, x_i - \tau)",
        spellings=found_in("keras: activations.sparsemax, ops.sparsemax"),
        value=_sparsemax,
        jacobian=_sparsemax_jacobian,
        vjp=_sparsemax_vjp,
        definition=_sparsemax_definition,
        precision=Precision.PAIR,
        faults=softmax_faults,
        probabilities=True,
        conditioning=lambda _x, _y: Conditioning(0.0, 1.0),
        good_for="Attention and labels where most of the probabilities should be 0.",
        pitfalls="An entry outside the support has slope 0 and is not learned from.",
        sources=(MARTINS,),
    )
)


def _left_of(gaps: Gaps, row: tuple[int, ...], place: int, size: int) -> Fraction:
    """Return 1 − Σ (z_j − z_i)² over the `size` largest entries of a vector, i the given place, exactly."""
    d = [Fraction(h) + Fraction(t) for h, t in zip(gaps.high[row][:size], gaps.low[row][:size], strict=True)]
    return 1 - sum(((g - d[place]) ** 2 for g in d), Fraction(0))


def _support(gaps: Gaps) -> NDArray[np.intp]:
    """Return how many entries have some probability under entmax15."""
    place = np.arange(1.0, gaps.high.shape[-1] + 1)
    gap = gaps.high
    left = 1.0 - (np.cumsum(gap * gap, axis=-1) - 2 * gap * np.cumsum(gap, axis=-1) + place * gap * gap)
    # The sums are known to some 1e-15·place; closer to 0, exact fractions decide.
    for *row, i in np.argwhere((np.abs(left) < 1e-12 * place) & (gap > -1.5)).tolist():
        left[(*row, i)] = 1.0 if _left_of(gaps, tuple(row), i, i + 1) > 0 else 0.0
    return np.asarray(np.sum(left > 0, axis=-1, keepdims=True))


def _entmax_roots(m: Arithmetic, x: Array) -> Any:
    """Return the square root of every probability: z_i − τ, or 0."""
    gaps = _gaps(x / 2)
    size = _support(gaps).astype(np.float64)
    inside = np.arange(gaps.high.shape[-1]) < size
    gap = m.where(inside, m.wide(gaps.high) + gaps.low, 0.0)
    below = m.where(inside, m.sum(gap) / size - gap, 0.0)  # mean − z_i
    spread = m.sum(below * below)
    root = m.sqrt((1 - spread) / size)
    left = 1 - (spread + below * below * size)
    high, low = np.zeros(inside.shape), np.zeros(inside.shape)
    close = inside & (m.value(left) < 1e-3)
    for *row, i in np.argwhere(close).tolist():
        exact = _left_of(gaps, tuple(row), i, int(size[(*row, 0)]))
        high[(*row, i)] = float(exact)
        low[(*row, i)] = float(exact - Fraction(float(exact)))
    left = m.where(close, m.wide(high) + low, left)
    # √δ − (mean − z_i) where that is a sum, (δ − (mean − z_i)²)/(√δ + mean − z_i) where it is a difference.
    over = m.value(below) < 0
    roots = m.where(over, root - below, left / size / m.where(over, 1.0, root + below))
    return m.take(m.concatenate([m.where(inside, roots, 0.0), _none(gaps)]), gaps.back)


def _entmax15(m: Arithmetic, x: Array) -> Any:
    roots = _entmax_roots(m, x)
    return roots * roots


def _entmax15_jacobian(m: Arithmetic, x: Array) -> Any:
    u = _entmax_roots(m, x)
    total = m.sum(u)
    on = u * (others(m, u, first_largest(m.value(u))) / total)
    inside = m.value(u) > 0
    block = inside[..., :, None] & inside[..., None, :]
    off = m.where(block, -(u[..., :, None] * (u / total)[..., None, :]), 0.0)
    return m.where(np.eye(x.shape[-1], dtype=bool), on[..., None], off)


def _entmax15_vjp(m: Arithmetic, x: Array, v: Array) -> Any:
    u = _entmax_roots(m, x)
    # Adding a constant to v changes nothing: with v = 0 at the largest component its digits are kept.
    apart = m.wide(v) - m.take(v, np.argmax(m.value(u), axis=-1)[..., None])
    total, inside = m.sum(u), m.value(u) > 0
    left, before = apart - m.sum(u * apart) / total, abs(apart) + m.sum(u * abs(apart)) / total
    return u * replaced(m, left, cancelled(m, left, before) & inside, _less_mean(x, v, inside))


def _less_mean(x: Array, v: Array, inside: NDArray[np.bool_]) -> Callable[[int, int], Fraction]:
    """Return v_i − Σu·v/Σu as a function of row and i, to 50 digits.

    With u_k = r + b_k, r² = q and b_k rational of sum 0, that is (r·A + B)/(r·|S|) for A = Σ (v_i − v_k) and
    B = Σ b_k·(v_i − v_k); a sum of unlike signs is (q·A² − B²)/(r·A − B).
    """

    def of(row: int, i: int) -> Fraction:
        z = [Fraction(a) / 2 for a in x[row, inside[row]].tolist()]
        apart = [Fraction(float(v[row, i])) - Fraction(b) for b in v[row, inside[row]].tolist()]
        mean = sum(z, Fraction(0)) / len(z)
        q = (1 - sum(((a - mean) ** 2 for a in z), Fraction(0))) / len(z)
        with localcontext(prec=60):
            root = Fraction((Decimal(q.numerator) / q.denominator).sqrt())
        a = root * sum(apart, Fraction(0))
        b = sum(((c - mean) * d for c, d in zip(z, apart, strict=True)), Fraction(0))
        total = a + b if a * b >= 0 else (q * sum(apart, Fraction(0)) ** 2 - b * b) / (a - b)
        return total / (root * len(z))

    return of


def _entmax15_definition(m: Any, x: Any) -> list[Any]:
    z = sorted((v / 2 for v in x), reverse=True)
    size = len(list(takewhile(lambda k: sum((v - z[k - 1]) ** 2 for v in z[:k]) < 1, range(1, len(z) + 1))))
    mean = sum(z[:size]) / size
    square = (1 - sum((v - mean) ** 2 for v in z[:size])) / size
    root = m.sqrt(square)  # (z − τ)² with τ = mean − root
    return [(v / 2 - mean) ** 2 + (v - 2 * mean) * root + square if v / 2 >= z[size - 1] else 0 for v in x]


register(
    VectorActivation(
        name="entmax15",
        summary="Between softmax and sparsemax: smooth probabilities that still reach exactly 0.",
        formula="max(0, x_i/2 − τ)², τ such that the sum is 1",
        derivative="diag(u) − u·uᵀ/Σu with u_i = √p_i",
        latex=r"\max(0, \frac{x_i}{2} - \tau)^2",
        aliases=("entmax", "entmax_15"),
        value=_entmax15,
        jacobian=_entmax15_jacobian,
        vjp=_entmax15_vjp,
        definition=_entmax15_definition,
        precision=Precision.PAIR,
        faults=softmax_faults,
        probabilities=True,
        conditioning=lambda _x, y: Conditioning(0.0, np.sqrt(np.max(y, axis=-1))),
        good_for="Sparse attention that trains more smoothly than sparsemax.",
        pitfalls="An entry outside the support has slope 0 and is not learned from.",
        sources=(Source("Peters", 2019, "Sparse sequence-to-sequence models", arxiv="1905.05702"),),
    )
)
