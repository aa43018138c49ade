"""Inverse hyperbolic functions: asinh, acosh, atanh."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import NO_LIMIT, smooth
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import NON_NEGATIVE, REALS, Activation, Interval, Tail

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _asinh_slope(m: Arithmetic, x: Number) -> Any:
    return 1 / m.sqrt(1 + x * x)


add(
    Activation(
        name="asinh",
        summary="Inverse hyperbolic sine: a logarithm on both sides, the identity at 0.",
        formula="ln(x + √(x² + 1))",
        derivative="1/√(1 + x²) = 1/cosh y",
        aliases=("arcsinh",),
        spellings=found_in(
            "torch: asinh, arcsinh; jax: numpy.arcsinh; keras: ops.arcsinh; onnx: Asinh; mlx: core.arcsinh; "
            "tinygrad: Tensor.asinh"
        ),
        value=lambda m, x: m.arcsinh(x),
        slope=_asinh_slope,
        definition="asinh(x)",
        kinks=smooth,
        slope_from_output=lambda m, y: 1 / m.cosh(y),
        left=lambda: Tail(-math.inf, 0.0),
        right=lambda: Tail(math.inf, 0.0),
        range=lambda: REALS,
        good_for="Inputs and targets that span magnitudes and have both signs.",
        pitfalls="Its slope fades like 1/|x|; differences of large values drown.",
    )
)


add(
    Activation(
        name="acosh",
        summary="Inverse hyperbolic cosine, from 1 on.",
        formula="ln(x + √(x² − 1)), x ≥ 1",
        derivative="1/√(x² − 1) = 1/sinh y",
        aliases=("arccosh",),
        spellings=found_in(
            "torch: acosh, arccosh; jax: numpy.arccosh; keras: ops.arccosh; onnx: Acosh; mlx: core.arccosh; "
            "tinygrad: Tensor.acosh"
        ),
        definition="acosh(x)",
        kinks=smooth,
        slope_from_output=lambda m, y: 1 / m.sinh(y),
        left=lambda: NO_LIMIT,
        right=lambda: Tail(math.inf, 0.0),
        range=lambda: NON_NEGATIVE,
        domain=Interval(1.0, math.inf, low_closed=True),
        view=(0.0, 6.0),
        good_for="Distances in hyperbolic embeddings.",
        pitfalls="Undefined below 1; its slope is infinite at 1, where equal points lie.",
    )
)


add(
    Activation(
        name="atanh",
        summary="Inverse hyperbolic tangent, between −1 and 1.",
        formula="½·ln((1 + x)/(1 − x)), |x| < 1",
        derivative="1/(1 − x²) = cosh² y",
        aliases=("arctanh",),
        spellings=found_in(
            "torch: atanh, arctanh; jax: numpy.arctanh; keras: ops.arctanh; onnx: Atanh; mlx: core.arctanh; "
            "tinygrad: Tensor.atanh"
        ),
        definition="atanh(x)",
        kinks=smooth,
        slope_from_output=lambda m, y: m.cosh(y) * m.cosh(y),
        left=lambda: NO_LIMIT,
        right=lambda: NO_LIMIT,
        range=lambda: REALS,
        domain=Interval(-1.0, 1.0, low_closed=True, high_closed=True),
        view=(-1.0, 1.0),
        good_for="Undoing tanh; correlations as unbounded scores.",
        pitfalls="Undefined outside (−1, 1), infinite at its ends.",
        notes=("At ±1 it gives its limits: ±inf, with slope inf.",),
    )
)
