"""Smooth positive parts: softplus, sqrt_softplus, squareplus, sparse_plus."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import BLONDEL, RISING_RIGHT, ZERO_LEFT, smooth, wide
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import (
    NON_NEGATIVE,
    POSITIVE,
    Activation,
    Bounds,
    Break,
    Kink,
    Param,
    Source,
    Tail,
)

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _softplus(m: Arithmetic, x: Number, beta: float) -> Any:
    return m.softplus(wide(m, x, beta) * beta) / beta


def _softplus_slope(m: Arithmetic, x: Number, beta: float) -> Any:
    s, _ = m.logistic(wide(m, x, beta) * beta)
    return s


add(
    Activation(
        name="softplus",
        summary="A smooth relu, whose slope is the sigmoid.",
        formula="ln(1 + e^(beta·x))/beta",
        derivative="σ(beta·x) = 1 − e^(−beta·y)",
        latex=r"\frac{1}{\beta} \ln(1 + e^{\beta x})",
        spellings=found_in(
            "torch: nn.Softplus, nn.functional.softplus [x itself where beta·x > 20]; jax: nn.softplus; "
            "keras: activations.softplus, ops.softplus; onnx: Softplus; mlx: nn.Softplus, nn.softplus; "
            "tinygrad: Tensor.softplus; notes: softplus"
        ),
        params=(Param("beta", 1.0, "sharpness of the bend", r"\beta", POSITIVE),),
        value=_softplus,
        slope=_softplus_slope,
        definition="log1p(exp(beta*x))/beta",
        kinks=smooth,
        slope_from_output=lambda m, y, beta: -m.expm1(m.wide(y) * -beta),
        left=lambda **_: ZERO_LEFT,
        right=lambda **_: RISING_RIGHT,
        range=lambda **_: POSITIVE,
        good_for="Outputs that must be positive: variances, rates, scales.",
        pitfalls="Never 0, so nothing is sparse; as a hidden unit seldom better than relu, and dearer.",
        sources=(
            Source(
                "Dugas, Bengio, Bélisle, Nadeau & Garcia",
                2000,
                "Incorporating second-order functional knowledge for better option pricing",
            ),
        ),
        notes=("torch returns x itself where beta·x > 20, a shortcut that costs digits; not taken here.",),
    )
)


add(
    Activation(
        name="sqrt_softplus",
        summary="The square root of softplus: positive, and growing like √x.",
        formula="√ln(1 + e^x)",
        aliases=("sqrtsoftplus",),
        spellings=found_in("hf: sqrtsoftplus"),
        definition="sqrt(log1p(exp(x)))",
        kinks=smooth,
        left=lambda: ZERO_LEFT,
        right=lambda: Tail(math.inf, 0.0, 0.0),
        range=lambda: POSITIVE,
        good_for="Router scores in mixtures of experts, where large scores should not dominate.",
        pitfalls="Its slope fades like 1/√x on the right and exponentially on the left.",
    )
)


add(
    Activation(
        name="squareplus",
        summary="softplus from a square root: a hyperbola that bends from 0 to x.",
        formula="(x + √(x² + b))/2",
        spellings=found_in("jax: nn.squareplus; keras: activations.squareplus, ops.squareplus"),
        params=(Param("b", 4.0, "width of the bend; 4·ln²2 gives softplus's value at 0", "b", POSITIVE),),
        definition="(x + sqrt(x^2 + b))/2",
        kinks=smooth,
        left=lambda **_: ZERO_LEFT,
        right=lambda **_: RISING_RIGHT,
        range=lambda **_: POSITIVE,
        good_for="softplus's uses where exponentials are dear or overflow.",
        pitfalls="Nears its asymptotes like 1/x and not exponentially: far from exact zeros on the left.",
        sources=(
            Source("Barron", 2021, "Squareplus: a softplus-like algebraic rectifier", arxiv="2112.11687"),
        ),
    )
)


add(
    Activation(
        name="sparse_plus",
        summary="softplus with exact zeros: a parabola joins 0 and x.",
        formula="0 for x ≤ −1, (x + 1)²/4 between, x for x ≥ 1",
        derivative="clip((x + 1)/2, 0, 1)",
        latex=r"0 \; (x \leq -1), \quad \frac{(x+1)^2}{4}, \quad x \; (x \geq 1)",
        spellings=found_in("jax: nn.sparse_plus; keras: activations.sparse_plus, ops.sparse_plus"),
        definition="x <= -1 ? 0 : x >= 1 ? x : (x + 1)^2/4",
        kinks=lambda: (Kink(-1.0, Break.CURVATURE), Kink(1.0, Break.CURVATURE)),
        left=lambda: ZERO_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: NON_NEGATIVE,
        bounds=Bounds(0.51, 0.51, 0.0),
        good_for="softplus's uses where exact zeros are wanted; its slope is sparse_sigmoid.",
        pitfalls="No gradient at all below −1.",
        sources=(BLONDEL,),
    )
)
