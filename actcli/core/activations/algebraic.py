"""Curves without exponentials: softsign, isru, isrlu, bent_identity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import CARLILE, ONE_RIGHT, RISING_RIGHT, smooth
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import POSITIVE, REALS, Activation, Break, Interval, Kink, Param, Side, Source, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _softsign(_m: Arithmetic, x: Number) -> Any:
    return x / (1 + abs(x))


def _softsign_slope(_m: Arithmetic, x: Number) -> Any:
    q = 1 + abs(x)
    return 1 / (q * q)


def _softsign_from_output(_m: Arithmetic, y: Number) -> Any:
    q = 1 - abs(y)
    return q * q


add(
    Activation(
        name="softsign",
        summary="A sigmoid that nears ±1 like a hyperbola.",
        formula="x/(1 + |x|)",
        derivative="1/(1 + |x|)² = (1 − |y|)²",
        aliases=("soft_sign",),
        spellings=found_in(
            "torch: nn.Softsign, nn.functional.softsign; jax: nn.soft_sign; keras: activations.softsign, "
            "ops.softsign; onnx: Softsign; mlx: nn.Softsign, nn.softsign; tinygrad: Tensor.softsign"
        ),
        value=_softsign,
        slope=_softsign_slope,
        definition="x/(1 + |x|)",
        slope_from_output=_softsign_from_output,
        kinks=lambda: (Kink(0.0, Break.CURVATURE),),
        left=lambda: line(0, -1.0, Side.LEFT),
        right=lambda: ONE_RIGHT,
        range=lambda: Interval(-1.0, 1.0),
        good_for="tanh's uses without an exponential; saturates late, so gradients last longer.",
        pitfalls="Its second derivative jumps at 0; values near ±1 take very large inputs.",
        sources=(
            Source(
                "Bergstra, Desjardins, Lamblin & Bengio",
                2009,
                "Quadratic polynomials learn better image features",
            ),
        ),
    )
)


def _isru_from_output(m: Arithmetic, y: Number, alpha: float) -> Any:
    t = 1 - y * y * alpha
    return t * m.sqrt(t)


add(
    Activation(
        name="isru",
        summary="Inverse square root unit: an algebraic sigmoid between ±1/√alpha.",
        formula="x/√(1 + alpha·x²)",
        derivative="(1 + alpha·x²)^(−3/2) = (y/x)³",
        params=(Param("alpha", 1.0, "where it saturates: at ±1/√alpha", r"\alpha", POSITIVE),),
        definition="x/sqrt(1 + alpha*x^2)",
        kinks=smooth,
        slope_from_output=_isru_from_output,
        left=lambda alpha: line(0, -1 / math.sqrt(alpha), Side.LEFT),
        right=lambda alpha: line(0, 1 / math.sqrt(alpha), Side.RIGHT),
        range=lambda alpha: Interval(-1 / math.sqrt(alpha), 1 / math.sqrt(alpha)),
        good_for="tanh's uses in recurrent cells where a square root is cheaper than an exponential.",
        pitfalls="Saturates, if more slowly than tanh.",
        sources=(CARLILE,),
    )
)


def _isrlu_from_output(m: Arithmetic, y: Number, alpha: float) -> Any:
    return m.where(m.above(y, 0.0), 1.0, _isru_from_output(m, m.minimum(y, 0.0), alpha))


add(
    Activation(
        name="isrlu",
        summary="Inverse square root linear unit: the identity on the right, a floor at −1/√alpha on "
        "the left.",
        formula="x for x ≥ 0, x/√(1 + alpha·x²) for x < 0",
        derivative="1 for x ≥ 0, (1 + alpha·x²)^(−3/2) for x < 0",
        latex=r"x \; (x \geq 0), \quad \frac{x}{\sqrt{1 + \alpha x^2}} \; (x < 0)",
        params=(Param("alpha", 1.0, "where it saturates: at −1/√alpha", r"\alpha", POSITIVE),),
        definition="x >= 0 ? x : x/sqrt(1 + alpha*x^2)",
        kinks=smooth,
        slope_from_output=_isrlu_from_output,
        left=lambda alpha: line(0, -1 / math.sqrt(alpha), Side.LEFT),
        right=lambda **_: RISING_RIGHT,
        range=lambda alpha: Interval(-1 / math.sqrt(alpha)),
        good_for="elu's uses where a square root is cheaper than an exponential; smooth up to its "
        "second derivative.",
        pitfalls="Saturates on the left.",
        sources=(CARLILE,),
    )
)


add(
    Activation(
        name="bent_identity",
        summary="The identity, bent: slope 1/2 far left, 3/2 far right.",
        formula="(√(x² + 1) − 1)/2 + x",
        derivative="x/(2·√(x² + 1)) + 1",
        definition="x + x^2/(sqrt(x^2 + 1) + 1)/2",  # the same without the difference that cancels
        kinks=smooth,
        left=lambda: line(0.5, -0.5, Side.LEFT),
        right=lambda: line(1.5, -0.5, Side.RIGHT),
        range=lambda: REALS,
        good_for="A mild nonlinearity that never saturates and has a slope everywhere.",
        pitfalls="Slopes above 1 on the right: activations grow from layer to layer.",
    )
)
