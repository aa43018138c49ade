"""Functions that repeat: sine, snake."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from actcli.core.activations.common import NO_LIMIT
from actcli.core.frameworks import found_in
from actcli.core.numerics.reduction import fold, reduced_product
from actcli.core.registry import register
from actcli.core.spec import REALS, Activation, Interval, Param, Source, Tail

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


register(
    Activation(
        name="sine",
        summary="The sine: bounded, periodic, zero-centred.",
        formula="sin x",
        derivative="cos x",
        latex=r"\sin x",
        aliases=("sin",),
        spellings=found_in(
            "torch: sin; jax: numpy.sin; keras: ops.sin; onnx: Sin; mlx: core.sin; tinygrad: Tensor.sin"
        ),
        value=lambda m, x: m.sin(x),
        slope=lambda m, x: m.cos(x),
        curvature=lambda m, x: -m.sin(x),
        definition="sin(x)",
        left=lambda: NO_LIMIT,
        right=lambda: NO_LIMIT,
        range=lambda: Interval(-1.0, 1.0, low_closed=True, high_closed=True),
        good_for="Coordinate networks that represent images, sounds and solutions of differential equations.",
        goes_wrong="Many local minima; needs weights scaled for it; far from 0 it is as good as random.",
        sources=(
            Source(
                "Sitzmann, Martel, Bergman, Lindell & Wetzstein",
                2020,
                "Implicit neural representations with periodic activation functions",
                arxiv="2006.09661",
            ),
        ),
        notes=("It has no limit at ±inf: NaN.",),
    )
)


def _wave(m: Arithmetic, x: Number, alpha: float, quarters: int = 0, *, twice: bool = False) -> Any:
    """Return sin(alpha·x), or with a quarter turn more cos(alpha·x); or that of twice the angle.

    The product takes up to 106 bits, more than a pair has. Where the last of them matter, next to a root and
    far out, it is reduced exactly to a multiple of π/2 and a rest.
    """
    w = m.wide(x) * alpha * (1 + twice)
    wave = m.cos(w) if quarters else m.sin(w)
    if math.frexp(alpha)[0] in (0.5, -0.5):
        return wave  # a power of two: the product is exact
    points = m.value(x)
    size = np.abs(points * alpha)
    doubtful = ((size > _FAR) | (np.abs(m.value(wave)) < _NEAR) & (size > 0.25)) & np.isfinite(points)
    if not doubtful.any():
        return wave
    high, low, turned = np.zeros_like(points), np.zeros_like(points), np.full(points.shape, quarters)
    q, high[doubtful], low[doubtful] = reduced_product(points[doubtful], alpha, int(twice))
    turned[doubtful] += q
    r = m.number(high) + m.number(low)
    anew = m.where(turned % 2 == 1, m.cos(r), m.sin(r))
    return m.where(doubtful, m.where(turned % 4 >= 2, -anew, anew), wave)


_NEAR, _FAR = 2.0**-9, 2.0**11
"""Where a product wrong by 2⁻⁷⁸ of itself still gives sin and cos to 2⁻⁵⁷ of themselves."""


def _snake(m: Arithmetic, x: Number, alpha: float) -> Any:
    s = _wave(m, x, alpha)
    return x + s * s / alpha


def _snake_slope(m: Arithmetic, x: Number, alpha: float) -> Any:
    s, c = _wave(m, x, alpha, twice=True), _wave(m, x, alpha, 1, twice=True)
    about_root = c * c / (1 - s)  # 1 + sin w = cos² w/(1 − sin w): double roots keep their digits
    return m.where(m.above(s, 0.0), 1 + s, about_root)


def _snake_curvature(m: Arithmetic, x: Number, alpha: float) -> Any:
    return _wave(m, x, alpha, 1, twice=True) * alpha * 2


def _snake_wrt_alpha(m: Arithmetic, x: Number, alpha: float) -> Any:
    s, c = _wave(m, x, alpha), _wave(m, x, alpha, 1)
    rest = m.wide(x) * alpha * c * 2 - s
    points = m.value(x)
    if isinstance(points, np.ndarray):  # next to tan w = 2w, of which there is one in every half turn
        lost = (np.abs(m.value(rest)) < np.abs(m.value(s)) * _CANCELLED) & np.isfinite(points)
        if lost.any():
            high, low = np.zeros_like(points), np.zeros_like(points)
            high[lost], low[lost] = np.transpose([_rest(point, alpha) for point in points[lost].tolist()])
            rest = m.where(lost, m.number(high) + m.number(low), rest)
    return rest * s / alpha / alpha


_CANCELLED = 2.0**-9
"""Of what is less than that a pair has too few digits left."""


def _rest(x: float, alpha: float) -> tuple[float, float]:
    """Return 2w·cos w − sin w for w = alpha·x as two doubles, by Taylor series in 100 decimals."""
    w = Fraction(x) * Fraction(alpha)
    with localcontext(prec=100):
        angle, turns = (Decimal(v.numerator) / v.denominator for v in (fold(w), w))
        waves, term, n = [Decimal(0), Decimal(0)], Decimal(1), 0
        while abs(term) > Decimal("1e-100"):
            waves[n % 2] += term if n % 4 < 2 else -term
            n += 1
            term *= angle / n
        rest = 2 * turns * waves[0] - waves[1]
        high = float(rest)
        return high, float(rest - Decimal(high))


register(
    Activation(
        name="snake",
        summary="The identity with a ripple: monotone, and periodic around its line.",
        formula="x + sin²(alpha·x)/alpha",
        derivative="1 + sin(2·alpha·x)",
        latex=r"x + \frac{\sin^2(\alpha x)}{\alpha}",
        params=(Param("alpha", 1.0, "frequency of the ripple", r"\alpha", nonzero=True),),
        value=_snake,
        slope=_snake_slope,
        curvature=_snake_curvature,
        wrt={"alpha": _snake_wrt_alpha},
        delicate=(0, 1),
        definition="x + sin(alpha*x)^2/alpha",
        left=lambda **_: Tail(-math.inf, math.nan, math.nan),
        right=lambda **_: Tail(math.inf, math.nan, math.nan),
        range=lambda **_: REALS,
        good_for="Periodic signals and series that must extrapolate: audio, seasons, prices.",
        goes_wrong="Its slope touches 0 once a period; large inputs meet the ripple at a random phase.",
        sources=(
            Source(
                "Ziyin, Hartwig & Ueda",
                2020,
                "Neural networks fail to learn periodic functions and how to fix it",
                arxiv="2006.08195",
            ),
        ),
        notes=("Its slope and second derivative have no limit at ±inf: NaN.",),
    )
)
