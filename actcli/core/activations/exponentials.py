"""Lines on the right, exponentials on the left: elu, celu, selu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import RISING_RIGHT, wide
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.numerics.pair import nearest
from actcli.core.spec import REALS, Activation, Break, Interval, Kink, Param, Side, Source, Tail, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _decay(m: Arithmetic, x: Number) -> Any:
    return m.exp(m.minimum(x, 0.0))


def _shortfall(m: Arithmetic, x: Number) -> Any:
    return m.expm1(m.minimum(x, 0.0))  # the argument is clamped so that the other branch cannot overflow


def _elu(m: Arithmetic, x: Number, alpha: float) -> Any:
    return m.where(m.above(x, 0.0), x, _shortfall(m, x) * alpha)


def _elu_slope(m: Arithmetic, x: Number, alpha: float) -> Any:
    return m.where(m.above(x, 0.0), 1.0, _decay(m, x) * alpha)


def _elu_from_output(m: Arithmetic, y: Number, alpha: float) -> Any:
    return m.where(m.above(y, 0.0), 1.0, y + alpha)


add(
    Activation(
        name="elu",
        summary="Exponential linear unit: the identity on the right, a smooth floor at −alpha on the left.",
        formula="x for x > 0, alpha·(e^x − 1) for x ≤ 0",
        derivative="1 for x > 0, alpha·e^x = y + alpha for x < 0",
        latex=r"x \; (x > 0), \quad \alpha (e^x - 1) \; (x \leq 0)",
        spellings=found_in(
            "torch: nn.ELU, nn.functional.elu; jax: nn.elu; keras: activations.elu, layers.ELU, ops.elu; "
            "onnx: Elu; mlx: nn.ELU, nn.elu; tinygrad: Tensor.elu; notes: ELU"
        ),
        params=(Param("alpha", 1.0, "how deep the floor lies", r"\alpha"),),
        value=_elu,
        slope=_elu_slope,
        definition="x > 0 ? x : alpha*(exp(x) - 1)",
        slope_from_output=_elu_from_output,
        kinks=lambda alpha: (Kink(0.0, Break.CURVATURE if alpha == 1 else Break.SLOPE),),
        left=lambda alpha: line(0, -alpha, Side.LEFT),
        right=lambda **_: RISING_RIGHT,
        range=lambda alpha: Interval(min(-alpha, 0.0), low_closed=alpha <= 0),
        good_for="Hidden layers whose mean activation should be near 0, without dead units.",
        pitfalls="Saturates on the left; costs an exponential; has a kink at 0 unless alpha is 1.",
        sources=(
            Source(
                "Clevert, Unterthiner & Hochreiter",
                2015,
                "Fast and accurate deep network learning by exponential linear units (ELUs)",
                arxiv="1511.07289",
            ),
        ),
        notes=(
            "y + alpha, the slope in terms of the output y, has no digits left where y is close to −alpha.",
        ),
    )
)


def _celu(m: Arithmetic, x: Number, alpha: float) -> Any:
    return m.where(m.above(x, 0.0), x, m.expm1(_scaled(m, x, alpha)) * alpha)


def _celu_slope(m: Arithmetic, x: Number, alpha: float) -> Any:
    return m.where(m.above(x, 0.0), 1.0, m.exp(_scaled(m, x, alpha)))


def _scaled(m: Arithmetic, x: Number, alpha: float) -> Any:
    return wide(m, m.minimum(x, 0.0), alpha) / alpha


add(
    Activation(
        name="celu",
        summary="elu with its argument scaled too, so that it has no kink for any alpha.",
        formula="max(0, x) + alpha·(e^(min(0, x)/alpha) − 1)",
        latex=r"\max(0, x) + \alpha (e^{\min(0, x)/\alpha} - 1)",
        spellings=found_in(
            "torch: nn.CELU, nn.functional.celu; jax: nn.celu; keras: activations.celu, ops.celu; "
            "onnx: Celu; mlx: nn.CELU, nn.celu; tinygrad: Tensor.celu"
        ),
        params=(Param("alpha", 1.0, "how deep the floor lies", r"\alpha", nonzero=True),),
        value=_celu,
        slope=_celu_slope,
        definition="max(x, 0) + alpha*(exp(min(x, 0)/alpha) - 1)",
        slope_from_output=lambda m, y, alpha: m.where(m.above(y, 0.0), 1.0, 1 + y / alpha),
        kinks=lambda **_: (Kink(0.0, Break.CURVATURE),),
        left=lambda alpha: (
            line(0, -alpha, Side.LEFT) if alpha > 0 else Tail(-float("inf"), float("inf"), -float("inf"))
        ),
        right=lambda **_: RISING_RIGHT,
        range=lambda alpha: Interval(-alpha) if alpha > 0 else REALS,
        good_for="elu's uses where alpha is tuned or learnt: the slope is 1 at 0 whatever alpha is.",
        pitfalls="Saturates on the left; costs an exponential.",
        sources=(
            Source(
                "Barron", 2017, "Continuously differentiable exponential linear units", arxiv="1704.07483"
            ),
        ),
    )
)


_ALPHA = Param(
    "alpha", 1.6732632423543772, "depth before scaling", r"\alpha", exact="1.6732632423543772848170429916717"
)
_SCALE = Param(
    "scale",
    1.0507009873554805,
    "slope on the right",
    r"\lambda",
    exact="1.0507009873554804934193349852946",
    aliases=("gamma", "lambda"),
)


def _selu(m: Arithmetic, x: Number, alpha: float, scale: float) -> Any:
    right, left = _selu_factors(m, alpha, scale)
    return m.where(m.above(x, 0.0), x * right, _shortfall(m, x) * left)


def _selu_slope(m: Arithmetic, x: Number, alpha: float, scale: float) -> Any:
    right, left = _selu_factors(m, alpha, scale)
    return m.where(m.above(x, 0.0), right, _decay(m, x) * left)


def _selu_from_output(m: Arithmetic, y: Number, alpha: float, scale: float) -> Any:
    right, left = _selu_factors(m, alpha, scale)
    return m.where(m.above(y, 0.0), right, y + left)


def _selu_factors(m: Arithmetic, alpha: float, scale: float) -> tuple[Any, Any]:
    return m.constant(_SCALE.full(scale)), m.constant(_SCALE.full(scale) * _ALPHA.full(alpha))


def _floor(alpha: float, scale: float) -> float:
    return -nearest(_SCALE.full(scale) * _ALPHA.full(alpha))


add(
    Activation(
        name="selu",
        summary="Scaled elu, with constants that keep activations at mean 0 and variance 1.",
        formula="scale·(x for x > 0, alpha·(e^x − 1) for x ≤ 0)",
        derivative="scale for x > 0, scale·alpha·e^x = y + scale·alpha for x < 0",
        latex=r"\lambda x \; (x > 0), \quad \lambda\alpha (e^x - 1) \; (x \leq 0)",
        spellings=found_in(
            "torch: nn.SELU, nn.functional.selu; jax: nn.selu; keras: activations.selu, ops.selu; "
            "onnx: Selu [both constants rounded to float32]; mlx: nn.SELU, nn.selu (alpha=1.67326, "
            "scale=1.0507); tinygrad: Tensor.selu (alpha=1.67326, scale=1.0507); notes: SeLU"
        ),
        params=(_ALPHA, _SCALE),
        value=_selu,
        slope=_selu_slope,
        definition="scale*(x > 0 ? x : alpha*(exp(x) - 1))",
        slope_from_output=_selu_from_output,
        kinks=lambda alpha, **_: (Kink(0.0, Break.CURVATURE if alpha == 1 else Break.SLOPE),),
        left=lambda alpha, scale: line(0, _floor(alpha, scale), Side.LEFT),
        right=lambda scale, **_: line(scale, 0.0, Side.RIGHT),
        range=lambda alpha, scale: Interval(_floor(alpha, scale)) if alpha > 0 and scale > 0 else REALS,
        good_for="Deep fully connected networks without normalization layers, with LeCun-normal weights.",
        pitfalls="Loses its self-normalizing effect with other initial weights, plain dropout or "
        "skip connections; "
        "has a kink at 0.",
        sources=(
            Source(
                "Klambauer, Unterthiner, Mayr & Hochreiter",
                2017,
                "Self-normalizing neural networks",
                arxiv="1706.02515",
            ),
        ),
        notes=(
            "Some texts give λ(f + α) for the slope on the left, with f already scaled; it is f + λα.",
            "MLX and tinygrad cut the constants to 1.67326 and 1.0507; here they are in full.",
        ),
    )
)
