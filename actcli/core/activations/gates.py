"""The argument times a smooth gate: silu, swish, quick_gelu, mish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import (
    HENDRYCKS,
    RAMACHANDRAN,
    RISING_RIGHT,
    SINKING_LEFT,
    smooth,
    wide,
)
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import REALS, Activation, Interval, Param, Side, Source, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _gated(m: Arithmetic, x: Number, z: Number) -> Any:
    s, _ = m.logistic(z)
    return x * s


def _gated_slope(m: Arithmetic, z: Number) -> Any:
    s, c = m.logistic(z)
    return s * (1 + z * c)


def _silu(m: Arithmetic, x: Number) -> Any:
    return _gated(m, x, x)


def _silu_slope(m: Arithmetic, x: Number) -> Any:
    return _gated_slope(m, x)


add(
    Activation(
        name="silu",
        summary="Sigmoid linear unit: the argument, gated by its own sigmoid.",
        formula="x·σ(x)",
        latex=r"x\,\sigma(x)",
        spellings=found_in(
            "torch: nn.SiLU, nn.functional.silu; jax: nn.silu, nn.swish; keras: activations.silu, "
            "activations.swish, ops.silu, ops.swish; mlx: nn.SiLU, nn.silu; tinygrad: Tensor.silu, "
            "Tensor.swish; hf: silu, swish"
        ),
        value=_silu,
        slope=_silu_slope,
        delicate=(1,),
        definition="x/(1 + exp(-x))",
        kinks=smooth,
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.2784645427610738, low_closed=True),
        good_for="Hidden layers of convolutional networks and language models: smooth, with a slope "
        "everywhere.",
        pitfalls="Not monotone: two inputs share a value left of the minimum; saturates on the far left.",
        sources=(
            HENDRYCKS,
            Source(
                "Elfwing, Uchibe & Doya",
                2017,
                "Sigmoid-weighted linear units for neural network function approximation in "
                "reinforcement learning",
                arxiv="1702.03118",
            ),
        ),
        notes=("swish with beta 1 is the same function; many texts call it swish.",),
    )
)


def _swish(m: Arithmetic, x: Number, beta: float) -> Any:
    return _gated(m, x, wide(m, x, beta) * beta)


def _swish_slope(m: Arithmetic, x: Number, beta: float) -> Any:
    return _gated_slope(m, wide(m, x, beta) * beta)


add(
    Activation(
        name="swish",
        summary="silu with a gate of adjustable sharpness: from x/2 (beta 0) to relu (beta → ∞).",
        formula="x·σ(beta·x)",
        derivative="σ(z)·(1 + z·σ(−z)), z = beta·x",
        spellings=found_in("onnx: Swish [calls beta alpha]"),
        params=(Param("beta", 1.0, "sharpness of the gate", r"\beta"),),
        value=_swish,
        slope=_swish_slope,
        delicate=(1,),
        definition="x/(1 + exp(-beta*x))",
        kinks=smooth,
        left=lambda beta: SINKING_LEFT if beta > 0 else line(1 if beta else 0.5, 0.0, Side.LEFT),
        right=lambda beta: (
            RISING_RIGHT if beta > 0 else line(0, 0.0, Side.RIGHT) if beta else line(0.5, 0.0, Side.RIGHT)
        ),
        range=lambda beta: _swish_range(beta),
        good_for="silu's uses where the sharpness is tuned or learnt.",
        pitfalls="Not monotone; a learnt beta is one more thing that can drift.",
        sources=(RAMACHANDRAN,),
        notes=("Where a framework's swish takes no parameter, it is silu.",),
    )
)


def _swish_range(beta: float) -> Interval:
    if beta == 0:
        return REALS
    least = -0.2784645427610738 / abs(beta)
    return Interval(least, low_closed=True) if beta > 0 else Interval(high=-least, high_closed=True)


add(
    Activation(
        name="quick_gelu",
        summary="gelu with its gate replaced by a sigmoid: swish with beta 1.702.",
        formula="x·σ(1.702·x)",
        derivative="σ(z)·(1 + z·σ(−z)), z = 1.702·x",
        aliases=("gelu_sigmoid", "gelu_fast_approx"),
        spellings=found_in("mlx: nn.gelu_fast_approx; tinygrad: Tensor.quick_gelu; hf: quick_gelu"),
        definition="x/(1 + exp(-1.702*x))",
        kinks=smooth,
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.16361018963635358, low_closed=True),
        good_for="Running models that were trained with it (CLIP and its descendants).",
        pitfalls="Off gelu by up to 0.02: weights trained with one are not weights for the other.",
        sources=(HENDRYCKS,),
    )
)


def _mish_parts(m: Arithmetic, x: Number) -> tuple[Any, Any]:
    # tanh(ln(1 + e^x)) = (1 + 2e)/w with e = e^−x, w = 1 + 2e + 2e²: nothing cancels
    e = m.exp(-m.flat_left(x))
    w = 1 + (e + e * e) * 2
    return (1 + e * 2) / w, e / w * ((e + e * e) / w) * 4


def _mish(m: Arithmetic, x: Number) -> Any:
    t, _ = _mish_parts(m, x)
    return x * t


def _mish_slope(m: Arithmetic, x: Number) -> Any:
    t, t1 = _mish_parts(m, x)
    return t + m.flat_left(x) * t1


add(
    Activation(
        name="mish",
        summary="The argument, gated by the tanh of its softplus.",
        formula="x·tanh(ln(1 + e^x))",
        derivative="t + x·σ(x)·(1 − t²), t = tanh(softplus(x))",
        latex=r"x\,\tanh(\ln(1 + e^x))",
        spellings=found_in(
            "torch: nn.Mish, nn.functional.mish; jax: nn.mish; keras: activations.mish; onnx: Mish; "
            "mlx: nn.Mish, nn.mish; tinygrad: Tensor.mish; hf: mish"
        ),
        value=_mish,
        slope=_mish_slope,
        delicate=(1,),
        definition="x*tanh(log1p(exp(x)))",
        kinks=smooth,
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.30884341301725043, low_closed=True),
        good_for="Object detectors and image classifiers that were designed with it.",
        pitfalls="The dearest of the gates, for a gain over silu that few tasks show; not monotone.",
        sources=(
            Source(
                "Misra",
                2019,
                "Mish: a self regularized non-monotonic activation function",
                arxiv="1908.08681",
            ),
        ),
    )
)
