"""Rectifiers with parabolas: relu2, xielu."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import ZERO_LEFT
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import (
    NON_NEGATIVE,
    Activation,
    Bounds,
    Break,
    Interval,
    Kink,
    Param,
    Precision,
    Side,
    Source,
    Tail,
    line,
)

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _relu2(m: Arithmetic, x: Number) -> Any:
    p = m.maximum(x, 0.0)
    return p * p


def _relu2_slope(m: Arithmetic, x: Number) -> Any:
    return m.maximum(x, 0.0) * 2


add(
    Activation(
        name="relu2",
        summary="The square of relu.",
        formula="max(0, x)²",
        derivative="2·max(0, x) = 2·√y",
        latex=r"\max(0, x)^2",
        aliases=("squared_relu", "relu_squared"),
        spellings=found_in("mlx: nn.ReLU2, nn.relu2; hf: relu2"),
        value=_relu2,
        slope=_relu2_slope,
        precision=Precision.PLAIN,
        definition="x > 0 ? x^2 : 0",
        slope_from_output=lambda m, y: m.sqrt(y) * 2,
        kinks=lambda: (Kink(0.0, Break.CURVATURE),),
        left=lambda: ZERO_LEFT,
        right=lambda: Tail(math.inf, math.inf, 2.0),
        range=lambda: NON_NEGATIVE,
        bounds=Bounds(0.51, 0.0, 0.0),
        good_for="Feed-forward layers of transformers, found by search and sparse like relu.",
        pitfalls="Grows with the square: large activations overflow narrow formats; dead units as with relu.",
        sources=(
            Source(
                "So et al.",
                2021,
                "Primer: searching for efficient transformers for language modeling",
                arxiv="2109.08668",
            ),
        ),
    )
)


def _xielu_left(alpha_n: float, beta: float) -> Tail:
    return line(beta - alpha_n, -alpha_n, Side.LEFT)


def _xielu_right(alpha_p: float, beta: float) -> Tail:
    if alpha_p == 0:
        return line(beta, 0.0, Side.RIGHT)
    return Tail(math.copysign(math.inf, alpha_p), math.copysign(math.inf, alpha_p), 2 * alpha_p)


def _xielu_range(alpha_p: float, alpha_n: float, beta: float) -> Interval:
    """From the values at 0, where f turns round, and what it tends to at both ends."""
    held = [0.0]
    if 0 < beta / (alpha_n or math.inf) < 1:
        turn = math.log1p(-beta / alpha_n)
        held.append(alpha_n * (math.expm1(turn) - turn) + beta * turn)
    if alpha_p * beta < 0:
        held.append(-beta * beta / (4 * alpha_p))
    neared = [_xielu_left(alpha_n, beta).value, _xielu_right(alpha_p, beta).value]
    low, high = min(held + neared), max(held + neared)
    return Interval(low, high, low_closed=low in held, high_closed=high in held)


add(
    Activation(
        name="xielu",
        summary="A parabola on the right, an exponential on the left: the integral of a shifted elu.",
        formula="alpha_p·x² + beta·x for x > 0, alpha_n·(e^x − 1 − x) + beta·x for x ≤ 0",
        latex=r"\alpha_p x^2 + \beta x \; (x > 0), \quad \alpha_n (e^x - 1 - x) + \beta x \; (x \leq 0)",
        spellings=found_in("hf: xielu"),
        params=(
            Param("alpha_p", 0.8, "bend on the right", r"\alpha_p"),
            Param("alpha_n", 0.8, "bend on the left", r"\alpha_n"),
            Param("beta", 0.5, "slope at 0", r"\beta"),
        ),
        definition="x > 0 ? alpha_p*x^2 + beta*x : alpha_n*(exp(x) - 1 - x) + beta*x",
        kinks=lambda alpha_p, alpha_n, **_: () if alpha_n == 2 * alpha_p else (Kink(0.0, Break.CURVATURE),),
        left=lambda alpha_n, beta, **_: _xielu_left(alpha_n, beta),
        right=lambda alpha_p, beta, **_: _xielu_right(alpha_p, beta),
        range=_xielu_range,
        good_for="Feed-forward layers of language models, with alpha_p and alpha_n learnt for each layer.",
        pitfalls="Grows with the square on the right, and on the left without bound too.",
        sources=(
            Source(
                "Huang & Schlag", 2024, "Deriving activation functions using integration", arxiv="2411.13010"
            ),
        ),
    )
)
