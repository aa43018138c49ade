"""Functions of every pocket calculator: exponential, gaussian, sinh, cosh."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import ZERO_LEFT, smooth
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import POSITIVE, REALS, Activation, Interval, Side, Tail, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number

_SOARING = Tail(math.inf, math.inf, math.inf)


def _exp(m: Arithmetic, x: Number) -> Any:
    return m.exp(x)


add(
    Activation(
        name="exponential",
        summary="The exponential function.",
        formula="e^x",
        derivative="e^x = y",
        aliases=("exp",),
        spellings=found_in(
            "torch: exp; jax: numpy.exp; keras: activations.exponential, ops.exp; onnx: Exp; mlx: core.exp; "
            "tinygrad: Tensor.exp"
        ),
        value=_exp,
        slope=_exp,
        definition="exp(x)",
        kinks=smooth,
        slope_from_output=lambda _m, y: y,
        left=lambda: ZERO_LEFT,
        right=lambda: _SOARING,
        range=lambda: POSITIVE,
        good_for="Outputs that must be positive and span magnitudes: rates, precisions, unnormalized scores.",
        pitfalls="Overflows from x ≈ 709.8 in float64, from 88.7 in float32 and from 11.1 in float16.",
    )
)


add(
    Activation(
        name="gaussian",
        summary="A bell: 1 at 0, falling like e^(−x²).",
        formula="e^(−x²)",
        definition="exp(-x^2)",
        kinks=smooth,
        left=lambda: ZERO_LEFT,
        right=lambda: line(0, 0.0, Side.RIGHT),
        range=lambda: Interval(0.0, 1.0, high_closed=True),
        good_for="Radial basis functions, coordinate networks: a unit that answers to one place.",
        pitfalls="Far from 0 both value and slope vanish: a unit that starts there never learns.",
    )
)


def _sinh(m: Arithmetic, x: Number) -> Any:
    return m.sinh(x)


def _cosh(m: Arithmetic, x: Number) -> Any:
    return m.cosh(x)


add(
    Activation(
        name="sinh",
        summary="Hyperbolic sine.",
        formula="(e^x − e^(−x))/2",
        derivative="cosh x = √(1 + y²)",
        spellings=found_in(
            "torch: sinh; jax: numpy.sinh; keras: ops.sinh; onnx: Sinh; mlx: core.sinh; tinygrad: Tensor.sinh"
        ),
        value=_sinh,
        slope=_cosh,
        definition="sinh(x)",
        kinks=smooth,
        slope_from_output=lambda m, y: m.sqrt(1 + y * y),
        left=lambda: Tail(-math.inf, math.inf, -math.inf),
        right=lambda: _SOARING,
        range=lambda: REALS,
        good_for="Undoing asinh; symbolic regression.",
        pitfalls="Grows exponentially on both sides, and so do gradients.",
    )
)


add(
    Activation(
        name="cosh",
        summary="Hyperbolic cosine.",
        formula="(e^x + e^(−x))/2",
        spellings=found_in(
            "torch: cosh; jax: numpy.cosh; keras: ops.cosh; onnx: Cosh; mlx: core.cosh; tinygrad: Tensor.cosh"
        ),
        value=_cosh,
        slope=_sinh,
        definition="cosh(x)",
        kinks=smooth,
        left=lambda: Tail(math.inf, -math.inf, math.inf),
        right=lambda: _SOARING,
        range=lambda: Interval(1.0, low_closed=True),
        good_for="Symbolic regression; losses that punish outliers hard.",
        pitfalls="Grows exponentially on both sides; even, so it forgets the sign.",
    )
)
