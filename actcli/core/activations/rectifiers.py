"""Piecewise linear functions: relu and its relatives."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.registry import register
from actcli.core.spec import Activation, Break, Framework, Interval, Kink, Param, Side, Source, Spelling, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _relu(m: Arithmetic, x: Number) -> Any:
    return m.maximum(x, 0.0)


def _relu_slope(m: Arithmetic, x: Number) -> Any:
    return m.where(m.above(x, 0.0), 1.0, 0.0)


def _relu_curvature(m: Arithmetic, x: Number) -> Any:
    return m.where(m.above(x, 0.0), 0.0, 0.0)


register(
    Activation(
        name="relu",
        summary="Rectified linear unit: the positive part of its argument.",
        formula="max(0, x)",
        derivative="1 for x > 0, 0 for x < 0",
        latex=r"\max(0, x)",
        spellings=(Spelling(Framework.TORCH, "relu"), Spelling(Framework.JAX, "relu")),
        value=_relu,
        slope=_relu_slope,
        curvature=_relu_curvature,
        definition=lambda m, x: x if x > 0 else m.mpf(0),
        slope_from_output=lambda m, y: m.where(m.above(y, 0.0), 1.0, 0.0),
        kinks=lambda: (Kink(0.0, Break.SLOPE),),
        left=lambda: line(0, 0.0, Side.LEFT),
        right=lambda: line(1, 0.0, Side.RIGHT),
        range=lambda: Interval(0.0, math.inf, low_closed=True),
        good_for="Hidden layers of deep networks: no saturation on the right, sparse outputs, the cheapest of all.",
        goes_wrong="A unit whose input stays negative has slope 0 and no longer learns; outputs are not zero-centred.",
        sources=(
            Source(
                "Fukushima",
                1969,
                "Visual feature extraction by a multilayered network of analog threshold elements",
            ),
        ),
        notes=(
            "At 0 texts give 0, 1 or nothing for the slope; here it is 0, the subgradient of least magnitude.",
        ),
    )
)


def _leaky_relu(m: Arithmetic, x: Number, negative_slope: float) -> Any:
    return m.where(m.above(x, 0.0), x, x * negative_slope)


def _leaky_relu_slope(m: Arithmetic, x: Number, negative_slope: float) -> Any:
    return m.where(m.above(x, 0.0), 1.0, negative_slope)


def _leaky_relu_curvature(m: Arithmetic, x: Number, negative_slope: float) -> Any:  # noqa: ARG001
    return m.where(m.above(x, 0.0), 0.0, 0.0)


register(
    Activation(
        name="leaky_relu",
        summary="relu with a small slope on the left.",
        formula="x for x ≥ 0, negative_slope·x for x < 0",
        derivative="1 for x > 0, negative_slope for x < 0",
        latex=r"\max(0, x) + \alpha \min(0, x)",
        aliases=("lrelu",),
        spellings=(Spelling(Framework.KERAS, "leaky_relu", {"negative_slope": 0.2}),),
        params=(Param("negative_slope", 0.01, "slope for x < 0", r"\alpha", aliases=("alpha",)),),
        value=_leaky_relu,
        slope=_leaky_relu_slope,
        curvature=_leaky_relu_curvature,
        wrt={"negative_slope": lambda m, x, negative_slope: m.minimum(x, 0.0)},
        definition=lambda m, x, negative_slope: x if x > 0 else m.mpf(negative_slope) * x,
        kinks=lambda negative_slope: (Kink(0.0, Break.SLOPE),),
        left=lambda negative_slope: line(negative_slope, 0.0, Side.LEFT),
        right=lambda negative_slope: line(1, 0.0, Side.RIGHT),
        range=lambda negative_slope: Interval(),
        good_for="Hidden layers where relu units die.",
        goes_wrong="The best slope is not known beforehand, and frameworks do not agree on a default.",
        sources=(Source("Maas", 2013, "Rectifier nonlinearities improve neural network acoustic models"),),
    )
)
