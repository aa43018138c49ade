"""Functions that repeat: sine, snake."""

from __future__ import annotations

import math

from actcli.core.activations.common import NO_LIMIT, smooth
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import REALS, Activation, Interval, Param, Source, Tail

add(
    Activation(
        name="sine",
        summary="The sine: bounded, periodic, zero-centred.",
        formula="sin x",
        aliases=("sin",),
        spellings=found_in(
            "torch: sin; jax: numpy.sin; keras: ops.sin; onnx: Sin; mlx: core.sin; tinygrad: Tensor.sin"
        ),
        value=lambda m, x: m.sin(x),
        slope=lambda m, x: m.cos(x),
        definition="sin(x)",
        kinks=smooth,
        left=lambda: NO_LIMIT,
        right=lambda: NO_LIMIT,
        range=lambda: Interval(-1.0, 1.0, low_closed=True, high_closed=True),
        good_for="Coordinate networks that represent images, sounds and solutions of differential equations.",
        pitfalls="Many local minima; needs weights scaled for it; far from 0 it is as good as random.",
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


_NEAR, _FAR = 2.0**-9, 2.0**11
"""Where a product wrong by 2⁻⁷⁸ of itself still gives sin and cos to 2⁻⁵⁷ of themselves."""


add(
    Activation(
        name="snake",
        summary="The identity with a ripple: monotone, and periodic around its line.",
        formula="x + sin²(alpha·x)/alpha",
        derivative="1 + sin(2·alpha·x)",
        params=(Param("alpha", 1.0, "frequency of the ripple", r"\alpha", nonzero=True),),
        definition="x + sin(alpha*x)^2/alpha",
        kinks=smooth,
        left=lambda **_: Tail(-math.inf, math.nan, math.nan),
        right=lambda **_: Tail(math.inf, math.nan, math.nan),
        range=lambda **_: REALS,
        good_for="Periodic signals and series that must extrapolate: audio, seasons, prices.",
        pitfalls="Its slope touches 0 once a period; large inputs meet the ripple at a random phase.",
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
