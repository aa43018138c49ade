"""Functions of the form x·g(x) with a smooth gate g."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.registry import register
from actcli.core.spec import Activation, Interval, Side, Source, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _silu(m: Arithmetic, x: Number) -> Any:
    s, _ = m.logistic(x)
    return x * s


def _silu_slope(m: Arithmetic, x: Number) -> Any:
    s, c = m.logistic(x)
    return s * (1 + x * c)


def _silu_curvature(m: Arithmetic, x: Number) -> Any:
    s, c = m.logistic(x)
    return s * c * (2 + x * (c - s))


register(
    Activation(
        name="silu",
        summary="Sigmoid linear unit: the argument, gated by its own sigmoid.",
        formula="x·σ(x)",
        derivative="σ(x)·(1 + x·σ(−x))",
        latex=r"x\,\sigma(x)",
        value=_silu,
        slope=_silu_slope,
        curvature=_silu_curvature,
        definition=lambda m, x: x / (1 + m.exp(-x)),
        left=lambda: line(0, -0.0, Side.LEFT),
        right=lambda: line(1, 0.0, Side.RIGHT),
        range=lambda: Interval(-0.2784645427610738, math.inf, low_closed=True),
        good_for="Hidden layers of convolutional networks and language models: smooth, with a slope everywhere.",
        goes_wrong="Not monotone: two inputs share a value left of the minimum; saturates on the far left.",
        sources=(Source("Hendrycks & Gimpel", 2016, "Gaussian error linear units", arxiv="1606.08415"),),
    )
)
