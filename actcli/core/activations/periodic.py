"""Functions that repeat: sine, snake."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import NO_LIMIT
from actcli.core.frameworks import found_in
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
        definition=lambda m, x: m.sin(x),
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


def _snake(m: Arithmetic, x: Number, alpha: float) -> Any:
    s = m.sin(m.wide(x) * alpha)
    return x + s * s / alpha


def _snake_slope(m: Arithmetic, x: Number, alpha: float) -> Any:
    w = m.wide(x) * (2 * alpha)
    s, c = m.sin(w), m.cos(w)
    about_root = c * c / (1 - s)  # 1 + sin w = cos² w/(1 − sin w): double roots keep their digits
    return m.where(m.above(s, 0.0), 1 + s, about_root)


def _snake_curvature(m: Arithmetic, x: Number, alpha: float) -> Any:
    return m.cos(m.wide(x) * (2 * alpha)) * (2 * alpha)


def _snake_wrt_alpha(m: Arithmetic, x: Number, alpha: float) -> Any:
    z = m.wide(x) * alpha
    s, c = m.sin(z), m.cos(z)
    return (z * c * 2 - s) * s / alpha / alpha


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
        definition=lambda m, x, alpha: x + m.sin(alpha * x) ** 2 / alpha,
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
