"""Curves without exponentials: softsign, isru, isrlu, bent_identity."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import CARLILE, ONE_RIGHT, RISING_RIGHT
from actcli.core.frameworks import found_in
from actcli.core.registry import register
from actcli.core.spec import POSITIVE, REALS, Activation, Break, Interval, Kink, Param, Side, Source, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _softsign(_m: Arithmetic, x: Number) -> Any:
    return x / (1 + abs(x))


def _softsign_slope(_m: Arithmetic, x: Number) -> Any:
    q = 1 + abs(x)
    return 1 / (q * q)


def _softsign_curvature(m: Arithmetic, x: Number) -> Any:
    q = 1 + abs(x)
    return m.where(m.above(x, 0.0), -2.0, 2.0) / (q * q * q)


def _softsign_from_output(_m: Arithmetic, y: Number) -> Any:
    q = 1 - abs(y)
    return q * q


register(
    Activation(
        name="softsign",
        summary="A sigmoid that nears ±1 like a hyperbola.",
        formula="x/(1 + |x|)",
        derivative="1/(1 + |x|)² = (1 − |y|)²",
        latex=r"\frac{x}{1 + |x|}",
        aliases=("soft_sign",),
        spellings=found_in(
            "torch: nn.Softsign, nn.functional.softsign; jax: nn.soft_sign; keras: activations.softsign, "
            "ops.softsign; onnx: Softsign; mlx: nn.Softsign, nn.softsign; tinygrad: Tensor.softsign"
        ),
        value=_softsign,
        slope=_softsign_slope,
        curvature=_softsign_curvature,
        definition="x/(1 + |x|)",
        slope_from_output=_softsign_from_output,
        kinks=lambda: (Kink(0.0, Break.CURVATURE),),
        left=lambda: line(0, -1.0, Side.LEFT),
        right=lambda: ONE_RIGHT,
        range=lambda: Interval(-1.0, 1.0),
        good_for="tanh's uses without an exponential; saturates late, so gradients last longer.",
        goes_wrong="Its second derivative jumps at 0; values near ±1 take very large inputs.",
        sources=(
            Source(
                "Bergstra, Desjardins, Lamblin & Bengio",
                2009,
                "Quadratic polynomials learn better image features",
            ),
        ),
    )
)


def _unit(m: Arithmetic, x: Number, alpha: float) -> tuple[Any, Any]:
    square = 1 + x * x * alpha
    return square, m.sqrt(square)


def _isru(m: Arithmetic, x: Number, alpha: float) -> Any:
    _, root = _unit(m, x, alpha)
    return x / root


def _isru_slope(m: Arithmetic, x: Number, alpha: float) -> Any:
    square, root = _unit(m, x, alpha)
    return 1 / (square * root)


def _isru_curvature(m: Arithmetic, x: Number, alpha: float) -> Any:
    square, root = _unit(m, x, alpha)
    return x * -3 * alpha / (square * square * root)


def _isru_wrt_alpha(m: Arithmetic, x: Number, alpha: float) -> Any:
    square, root = _unit(m, x, alpha)
    return x * x * x * -0.5 / (square * root)


def _isru_from_output(m: Arithmetic, y: Number, alpha: float) -> Any:
    t = 1 - y * y * alpha
    return t * m.sqrt(t)


register(
    Activation(
        name="isru",
        summary="Inverse square root unit: an algebraic sigmoid between ±1/√alpha.",
        formula="x/√(1 + alpha·x²)",
        derivative="(1 + alpha·x²)^(−3/2) = (y/x)³",
        latex=r"\frac{x}{\sqrt{1 + \alpha x^2}}",
        params=(Param("alpha", 1.0, "where it saturates: at ±1/√alpha", r"\alpha", POSITIVE),),
        value=_isru,
        slope=_isru_slope,
        curvature=_isru_curvature,
        wrt={"alpha": _isru_wrt_alpha},
        delicate=(1,),
        definition="x/sqrt(1 + alpha*x^2)",
        slope_from_output=_isru_from_output,
        left=lambda alpha: line(0, -1 / math.sqrt(alpha), Side.LEFT),
        right=lambda alpha: line(0, 1 / math.sqrt(alpha), Side.RIGHT),
        range=lambda alpha: Interval(-1 / math.sqrt(alpha), 1 / math.sqrt(alpha)),
        good_for="tanh's uses in recurrent cells where a square root is cheaper than an exponential.",
        goes_wrong="Saturates, if more slowly than tanh.",
        sources=(CARLILE,),
    )
)


def _isrlu(m: Arithmetic, x: Number, alpha: float) -> Any:
    return m.where(m.above(x, 0.0), x, _isru(m, m.minimum(x, 0.0), alpha))


def _isrlu_slope(m: Arithmetic, x: Number, alpha: float) -> Any:
    return m.where(m.above(x, 0.0), 1.0, _isru_slope(m, m.minimum(x, 0.0), alpha))


def _isrlu_curvature(m: Arithmetic, x: Number, alpha: float) -> Any:
    return m.where(m.above(x, 0.0), 0.0, _isru_curvature(m, m.minimum(x, 0.0), alpha))


def _isrlu_wrt_alpha(m: Arithmetic, x: Number, alpha: float) -> Any:
    return m.where(m.above(x, 0.0), 0.0, _isru_wrt_alpha(m, m.minimum(x, 0.0), alpha))


def _isrlu_from_output(m: Arithmetic, y: Number, alpha: float) -> Any:
    return m.where(m.above(y, 0.0), 1.0, _isru_from_output(m, m.minimum(y, 0.0), alpha))


register(
    Activation(
        name="isrlu",
        summary="Inverse square root linear unit: the identity on the right, a floor at −1/√alpha on "
        "the left.",
        formula="x for x ≥ 0, x/√(1 + alpha·x²) for x < 0",
        derivative="1 for x ≥ 0, (1 + alpha·x²)^(−3/2) for x < 0",
        latex=r"x \; (x \geq 0), \quad \frac{x}{\sqrt{1 + \alpha x^2}} \; (x < 0)",
        params=(Param("alpha", 1.0, "where it saturates: at −1/√alpha", r"\alpha", POSITIVE),),
        value=_isrlu,
        slope=_isrlu_slope,
        curvature=_isrlu_curvature,
        wrt={"alpha": _isrlu_wrt_alpha},
        delicate=(1,),
        definition="x >= 0 ? x : x/sqrt(1 + alpha*x^2)",
        slope_from_output=_isrlu_from_output,
        left=lambda alpha: line(0, -1 / math.sqrt(alpha), Side.LEFT),
        right=lambda **_: RISING_RIGHT,
        range=lambda alpha: Interval(-1 / math.sqrt(alpha)),
        good_for="elu's uses where a square root is cheaper than an exponential; smooth up to its "
        "second derivative.",
        goes_wrong="Saturates on the left.",
        sources=(CARLILE,),
    )
)


def _bent_identity(m: Arithmetic, x: Number) -> Any:
    root = m.sqrt(1 + x * x)
    return x + x * x / (root + 1) * 0.5  # √(x² + 1) − 1 = x²/(√(x² + 1) + 1)


def _bent_identity_slope(m: Arithmetic, x: Number) -> Any:
    return 1 + x / m.sqrt(1 + x * x) * 0.5


def _bent_identity_curvature(m: Arithmetic, x: Number) -> Any:
    square = 1 + x * x
    return 0.5 / (square * m.sqrt(square))


register(
    Activation(
        name="bent_identity",
        summary="The identity, bent: slope 1/2 far left, 3/2 far right.",
        formula="(√(x² + 1) − 1)/2 + x",
        derivative="x/(2·√(x² + 1)) + 1",
        latex=r"\frac{\sqrt{x^2 + 1} - 1}{2} + x",
        value=_bent_identity,
        slope=_bent_identity_slope,
        curvature=_bent_identity_curvature,
        definition="(sqrt(x^2 + 1) - 1)/2 + x",
        left=lambda: line(0.5, -0.5, Side.LEFT),
        right=lambda: line(1.5, -0.5, Side.RIGHT),
        range=lambda: REALS,
        good_for="A mild nonlinearity that never saturates and has a slope everywhere.",
        goes_wrong="Slopes above 1 on the right: activations grow from layer to layer.",
    )
)
