"""Smooth positive parts: softplus, sqrt_softplus, squareplus, sparse_plus."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import BLONDEL, RISING_RIGHT, ZERO_LEFT
from actcli.core.frameworks import found_in
from actcli.core.registry import register
from actcli.core.spec import (
    NON_NEGATIVE,
    POSITIVE,
    Activation,
    Bounds,
    Break,
    Kink,
    Param,
    Precision,
    Source,
    Tail,
)

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _softplus(m: Arithmetic, x: Number, beta: float) -> Any:
    return m.softplus(m.wide(x) * beta) / beta


def _softplus_slope(m: Arithmetic, x: Number, beta: float) -> Any:
    s, _ = m.logistic(m.wide(x) * beta)
    return s


def _softplus_curvature(m: Arithmetic, x: Number, beta: float) -> Any:
    s, c = m.logistic(m.wide(x) * beta)
    return s * c * beta


def _softplus_wrt_beta(m: Arithmetic, x: Number, beta: float) -> Any:
    z = -abs(m.wide(x) * beta)
    s, _ = m.logistic(z)
    return -(m.softplus(z) - z * s) / beta / beta  # the entropy of σ(z): even in z, no cancellation for z < 0


register(
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
        curvature=_softplus_curvature,
        wrt={"beta": _softplus_wrt_beta},
        definition="log1p(exp(beta*x))/beta",
        slope_from_output=lambda m, y, beta: -m.expm1(m.wide(y) * -beta),
        left=lambda **_: ZERO_LEFT,
        right=lambda **_: RISING_RIGHT,
        range=lambda **_: POSITIVE,
        good_for="Outputs that must be positive: variances, rates, scales.",
        goes_wrong="Never 0, so nothing is sparse; as a hidden unit seldom better than relu, and dearer.",
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


def _sqrt_softplus(m: Arithmetic, x: Number) -> Any:
    return m.sqrt(m.softplus(x))


def _sqrt_softplus_slope(m: Arithmetic, x: Number) -> Any:
    z = m.flat_left(x)
    s, _ = m.logistic(z)
    return s / (m.sqrt(m.softplus(z)) * 2)


def _sqrt_softplus_curvature(m: Arithmetic, x: Number) -> Any:
    z = m.flat_left(x)
    s, c = m.logistic(z)
    p = m.softplus(z)
    plain = s / p * ((p * c * 2 - s) / (m.sqrt(p) * 4))  # in this order nothing underflows too early
    return m.near("sqrt_softplus_curvature", x, plain)


register(
    Activation(
        name="sqrt_softplus",
        summary="The square root of softplus: positive, and growing like √x.",
        formula="√ln(1 + e^x)",
        derivative="σ(x)/(2·√softplus(x))",
        latex=r"\sqrt{\ln(1 + e^x)}",
        aliases=("sqrtsoftplus",),
        spellings=found_in("hf: sqrtsoftplus"),
        value=_sqrt_softplus,
        slope=_sqrt_softplus_slope,
        curvature=_sqrt_softplus_curvature,
        definition="sqrt(log1p(exp(x)))",
        left=lambda: ZERO_LEFT,
        right=lambda: Tail(math.inf, 0.0, 0.0),
        range=lambda: POSITIVE,
        good_for="Router scores in mixtures of experts, where large scores should not dominate.",
        goes_wrong="Its slope fades like 1/√x on the right and exponentially on the left.",
    )
)


def _root(m: Arithmetic, x: Number, b: float) -> Any:
    return m.sqrt(x * x + b)


def _squareplus(m: Arithmetic, x: Number, b: float) -> Any:
    r = _root(m, x, b)
    total = r + abs(x)  # on the left (x + r)/2 cancels; times (r − x)/(r − x) it is (b/2)/(r − x)
    return m.where(m.above(x, 0.0), total, b / total) * 0.5


def _squareplus_slope(m: Arithmetic, x: Number, b: float) -> Any:
    return _squareplus(m, x, b) / _root(m, x, b)


def _squareplus_curvature(m: Arithmetic, x: Number, b: float) -> Any:
    r = _root(m, x, b)
    return m.constant(Fraction(b) / 2) / (r * r * r)


def _squareplus_wrt_b(m: Arithmetic, x: Number, b: float) -> Any:
    return 0.25 / _root(m, x, b)


register(
    Activation(
        name="squareplus",
        summary="softplus from a square root: a hyperbola that bends from 0 to x.",
        formula="(x + √(x² + b))/2",
        derivative="(1 + x/√(x² + b))/2",
        latex=r"\frac{x + \sqrt{x^2 + b}}{2}",
        spellings=found_in("jax: nn.squareplus; keras: activations.squareplus, ops.squareplus"),
        params=(Param("b", 4.0, "width of the bend; 4·ln²2 gives softplus's value at 0", "b", POSITIVE),),
        value=_squareplus,
        slope=_squareplus_slope,
        curvature=_squareplus_curvature,
        wrt={"b": _squareplus_wrt_b},
        delicate=(1,),
        definition="(x + sqrt(x^2 + b))/2",
        left=lambda **_: ZERO_LEFT,
        right=lambda **_: RISING_RIGHT,
        range=lambda **_: POSITIVE,
        good_for="softplus's uses where exponentials are dear or overflow.",
        goes_wrong="Nears its asymptotes like 1/x and not exponentially: far from exact zeros on the left.",
        sources=(
            Source("Barron", 2021, "Squareplus: a softplus-like algebraic rectifier", arxiv="2112.11687"),
        ),
    )
)


def _sparse_plus(m: Arithmetic, x: Number) -> Any:
    t = m.maximum(x, -1.0) + 1
    return m.where(m.above(x, 1.0), x, t * t * 0.25)


def _sparse_plus_slope(m: Arithmetic, x: Number) -> Any:
    return (m.minimum(m.maximum(x, -1.0), 1.0) + 1) * 0.5


def _sparse_plus_curvature(m: Arithmetic, x: Number) -> Any:
    return m.where(m.above(x, 1.0), 0.0, m.where(m.above(x, -1.0), 0.5, 0.0))


register(
    Activation(
        name="sparse_plus",
        summary="softplus with exact zeros: a parabola joins 0 and x.",
        formula="0 for x ≤ −1, (x + 1)²/4 between, x for x ≥ 1",
        derivative="clip((x + 1)/2, 0, 1)",
        latex=r"0 \; (x \leq -1), \quad \frac{(x+1)^2}{4}, \quad x \; (x \geq 1)",
        spellings=found_in("jax: nn.sparse_plus; keras: activations.sparse_plus, ops.sparse_plus"),
        value=_sparse_plus,
        slope=_sparse_plus_slope,
        curvature=_sparse_plus_curvature,
        precision=Precision.PAIR,
        definition="x <= -1 ? 0 : x >= 1 ? x : (x + 1)^2/4",
        kinks=lambda: (Kink(-1.0, Break.CURVATURE), Kink(1.0, Break.CURVATURE)),
        left=lambda: ZERO_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: NON_NEGATIVE,
        bounds=Bounds(0.51, 0.51, 0.0),
        good_for="softplus's uses where exact zeros are wanted; its slope is sparse_sigmoid.",
        goes_wrong="No gradient at all below −1.",
        sources=(BLONDEL,),
    )
)
