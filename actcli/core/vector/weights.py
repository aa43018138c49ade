"""What softmax and its relatives are made of.

All of them stand on the gaps d_i = (z_i − max z)/T, which are never above 0, so that no exponential overflows
and the sum of the exponentials lies between 1 and the length of the vector.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from actcli.core.blocks import BLOCK
from actcli.core.vector.exactly import cancelled, deviations, placed, replaced

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from actcli.core.arrays import Array
    from actcli.core.numerics.protocol import Arithmetic


def first_largest(x: Any) -> NDArray[np.bool_]:
    """Return a mask of the first largest entry of each vector."""
    return np.asarray(np.arange(x.shape[-1]) == np.argmax(x, axis=-1, keepdims=True))


def others(m: Arithmetic, terms: Any, largest: NDArray[np.bool_]) -> Any:
    """Return the sum of all terms but the i-th, for each i, where no term is negative and one is largest.

    Nothing cancels: without the largest the sum is taken anew, without another the largest stays in it.
    """
    rest = m.sum(m.where(largest, 0.0, terms))
    return m.where(largest, rest, m.sum(terms) - terms)


class Scores(NamedTuple):
    """Finite scores as numbers of an arithmetic, and where the vector has −∞ instead."""

    z: Any
    gone: NDArray[np.bool_]


def scores(m: Arithmetic, x: Array) -> Scores:
    """Return an array of doubles, none of them +∞, as scores."""
    gone = x == -np.inf
    return Scores(m.wide(np.where(gone, 0.0, x)), gone)


_LOWEST = -(2.0**20)
"""Nothing that the exponential of a lower gap is multiplied by, doubles and their quotients, makes it count:
its size does not matter, and only its order among its like decides the sign of what underflows."""


class Weights(NamedTuple):
    """The gaps (z_i − max z)/T, their exponentials e, and where the largest entry is."""

    gaps: Any
    e: Any
    largest: NDArray[np.bool_]


def weigh(m: Arithmetic, x: Scores, temperature: float) -> Weights:
    """Return the gaps to the largest entry of each vector and their exponentials."""
    values = m.value(x.z)
    some_gone = bool(x.gone.any())
    if some_gone:
        values = np.where(x.gone, -np.inf, values)
    top = np.argmax(values, axis=-1)[..., None]
    gaps = (x.z - m.take(x.z, top)) / temperature
    if (low := m.value(gaps) < _LOWEST).any():
        e = m.exp(m.where(low, _raised(values, temperature), gaps))
    else:
        e = m.exp(gaps)
    if some_gone:
        e = m.where(x.gone, 0.0, e)
    return Weights(gaps, e, np.asarray(np.arange(x.gone.shape[-1]) == top))


def _raised(values: Array, temperature: float) -> Array:
    """Return the gaps in doubles, falls of more than the lowest cut to that: their exponents do not end."""
    order = np.argsort(-values, axis=-1, kind="stable")
    ranked = np.take_along_axis(values, order, axis=-1)
    falls = (ranked[..., :-1] - ranked[..., 1:]) / temperature
    cut = np.cumsum(np.fmin(falls, -_LOWEST), axis=-1)
    gaps = np.concatenate([np.zeros_like(ranked[..., :1]), -cut], axis=-1)
    return np.take_along_axis(gaps, np.argsort(order, axis=-1), axis=-1)


def probabilities(m: Arithmetic, x: Scores, temperature: float) -> Any:
    """Return e^(z_i/T) over their sum."""
    e = weigh(m, x, temperature).e
    return e / m.sum(e)


def slopes(m: Arithmetic, x: Scores, temperature: float) -> Any:
    """Return the Jacobian of softmax; 1 − s_i is taken as the sum of the other components."""
    w = weigh(m, x, temperature)
    total = m.sum(w.e)
    s = w.e / total
    diagonal = s * (others(m, w.e, w.largest) / total)
    off = -(s[..., :, None] * s[..., None, :])
    return m.where(np.eye(s.shape[-1], dtype=bool), diagonal[..., None], off) / temperature


def pulled_back(m: Arithmetic, x: Scores, v: Array, temperature: float) -> Any:
    """Return s∘(v − s·v)/T."""
    w = weigh(m, x, temperature)
    s = w.e / m.sum(w.e)
    # Adding a constant to v changes nothing; v = 0 at the largest component leaves nothing to cancel there.
    u = m.wide(v) - m.take(v, np.argmax(w.largest, axis=-1)[..., None])
    left, before = u - m.sum(s * u), abs(u) + m.sum(s * abs(u))
    mean = Mean(x, m.value(x.z), m.value(x.z - m.value(x.z)), temperature)

    def exact(row: int, i: int) -> Fraction:
        parts = [Fraction(b) for b in v[row].tolist()]
        return mean.of(row, [parts[i] - b for b in parts])

    return s * replaced(m, left, cancelled(m, left, before) & ~x.gone, exact) / temperature


@dataclass(frozen=True, eq=False)
class Mean:
    """Means of numbers with the weights e^(z_j/T), to all digits however much of them cancels."""

    scores: Scores
    high: Array
    low: Array
    temperature: float
    kept: dict[tuple[int, int], list[Decimal]] = field(default_factory=dict)

    def of(self, row: int, numbers: list[Fraction]) -> Fraction:
        """Return Σ c_j·e^(z_j/T) / Σ e^(z_j/T) to 30 digits; what is 10⁻¹⁹⁷⁰ of its terms is 0.

        Exponentials of different rational numbers are linearly independent (Lindemann and Weierstrass): the
        sum is 0 if and only if the numbers of each score add up to 0.
        """
        z = [Fraction(a) + Fraction(b) for a, b in zip(self.high[row], self.low[row], strict=True)]
        sums: dict[Fraction, Fraction] = {}
        for score, c, gone in zip(z, numbers, self.scores.gone[row], strict=True):
            sums[score] = sums.get(score, Fraction(0)) + (0 if gone else c)
        for digits in (60, 240, 2000) if any(sums.values()) else ():
            with localcontext(prec=digits):
                weights = self._weights(row, z, digits)
                each = dict(zip(z, weights, strict=True))
                terms = [Decimal(c.numerator) / c.denominator * each[score] for score, c in sums.items()]
                total = sum(terms, Decimal(0))
                if abs(total) > sum(map(abs, terms), Decimal(0)).scaleb(30 - digits):
                    return Fraction(total / sum(weights, Decimal(0)))
        return Fraction(0)

    def _weights(self, row: int, z: list[Fraction], digits: int) -> list[Decimal]:
        if (row, digits) not in self.kept:
            gone = self.scores.gone[row]
            top = max(score for score, out in zip(z, gone, strict=True) if not out)
            gaps = [(score - top) / Fraction(self.temperature) for score in z]
            self.kept[row, digits] = [
                Decimal(0) if out or d < _VANISHED else (Decimal(d.numerator) / d.denominator).exp()
                for d, out in zip(gaps, gone, strict=True)
            ]
        return self.kept[row, digits]


_VANISHED = -10_000
"""The exponential of a lower gap is below 10⁻⁴³⁰⁰."""


def warming(m: Arithmetic, x: Scores, temperature: float) -> tuple[Any, Any]:
    """Return softmax, and the derivative of its logarithm by T: −(d_i − s·d)/T, d the gaps over T."""
    w = weigh(m, x, temperature)
    s = w.e / m.sum(w.e)
    mean = m.sum(s * w.gaps)
    above = mean - w.gaps
    close = cancelled(m, above, abs(w.gaps) + abs(mean)) & ~x.gone
    return s, (_above(m, x, temperature, close, above) if close.any() else above) / temperature


def _above(m: Arithmetic, x: Scores, temperature: float, close: NDArray[np.bool_], above: Any) -> Any:
    """Return how far the mean of the gaps lies above each, taken anew at the places that are close to it."""
    values = m.value(x.z)
    row, place = np.nonzero(close)
    known = np.stack([row, values[close], m.value(x.z - values)[close]])
    _, first, back = np.unique(known, axis=1, return_index=True, return_inverse=True)  # equal ones are one
    step = max(1, BLOCK // close.shape[-1])
    groups = [first[start : start + step] for start in range(0, len(first), step)]
    parts = [_mean_from(m, x.z[row[g]], x.gone[row[g]], place[g, None], temperature) for g in groups]
    return placed(m, above, close, m.concatenate([part[..., 0] for part in parts]), back.ravel())


def _mean_from(m: Arithmetic, z: Any, gone: NDArray[np.bool_], place: Any, temperature: float) -> Any:
    """Return the mean of the scores less the one at a place of each vector, over T.

    That is Σ u_j·e^(u_j) / Σ e^(u_j) with u_j = (z_j − z_i)/T. The numerator is Σ u_j, which is added without
    rounding, and Σ u_j·(e^(u_j) − 1), of which no term is negative.
    """
    z = m.where(gone, m.take(z, place), z)
    apart = z - m.take(z, place)
    values = m.value(z)
    rest = z - values
    total = m.sum(rest - m.take(rest, place)) - m.take(deviations(m, values), place) * z.shape[-1]
    growth = m.expm1(apart / temperature)
    weight = m.sum(m.where(gone, 0.0, growth + 1))
    return (total + m.sum(apart * growth)) / weight / temperature


def by_temperature(m: Arithmetic, x: Scores, temperature: float) -> Any:
    """Return ∂softmax/∂T."""
    s, change = warming(m, x, temperature)
    return s * change


def log_total(m: Arithmetic, w: Weights) -> Any:
    """Return ln Σe: the largest of the e is 1, so that is ln(1 + the sum of the others)."""
    return m.log1p(m.sum(m.where(w.largest, 0.0, w.e)))
