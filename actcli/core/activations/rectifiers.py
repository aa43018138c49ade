"""relu and the rectifiers with a slope on the left: leaky_relu, prelu, rrelu."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import EXACT, RISING_RIGHT, ZERO_LEFT, affine, bent, beyond
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import (
    NON_NEGATIVE,
    REALS,
    Activation,
    Bounds,
    Interval,
    Kink,
    Param,
    Precision,
    Side,
    Source,
    line,
)

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _leaky_range(slope: float) -> Interval:
    return REALS if slope > 0 else NON_NEGATIVE


def _relu(m: Arithmetic, x: Number) -> Any:
    return m.maximum(x, 0.0)


def _relu_slope(m: Arithmetic, x: Number) -> Any:
    return m.where(m.above(x, 0.0), 1.0, 0.0)


add(
    Activation(
        name="relu",
        summary="Rectified linear unit: the positive part of its argument.",
        formula="max(0, x)",
        derivative="1 for x > 0, 0 for x < 0",
        latex=r"\max(0, x)",
        spellings=found_in(
            "torch: nn.ReLU, nn.functional.relu; jax: nn.relu; keras: activations.relu, layers.ReLU, "
            "ops.relu; onnx: Relu; mlx: nn.ReLU, nn.relu; tinygrad: Tensor.relu; hf: relu; notes: ReLU"
        ),
        value=_relu,
        slope=_relu_slope,
        precision=Precision.PLAIN,
        definition="x > 0 ? x : 0",
        slope_from_output=lambda m, y: m.where(m.above(y, beyond(0.0)), 1.0, 0.0),
        kinks=lambda: (Kink(0.0),),
        left=lambda: ZERO_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: NON_NEGATIVE,
        bounds=EXACT,
        good_for="Hidden layers of deep networks: no saturation on the right, sparse outputs, "
        "nothing is cheaper.",
        pitfalls="A unit whose input stays negative has slope 0 and no longer learns; outputs are "
        "not zero-centred.",
        sources=(
            Source(
                "Fukushima",
                1969,
                "Visual feature extraction by a multilayered network of analog threshold elements",
            ),
            Source("Nair & Hinton", 2010, "Rectified linear units improve restricted Boltzmann machines"),
        ),
        notes=("At 0 texts give the slope 0, 1 or none; here it is 0, the subgradient of least magnitude.",),
    )
)


def _leaky_relu(m: Arithmetic, x: Number, negative_slope: float) -> Any:
    return bent(m, x, x * negative_slope, negative_slope)


def _leaky_relu_slope(m: Arithmetic, x: Number, negative_slope: float) -> Any:
    return m.where(m.above(x, 0.0), 1.0, negative_slope)


add(
    Activation(
        name="leaky_relu",
        summary="relu with a small slope on the left.",
        formula="x for x ≥ 0, negative_slope·x for x < 0",
        derivative="1 for x > 0, negative_slope for x < 0",
        latex=r"\max(0, x) + \alpha \min(0, x)",
        aliases=("lrelu",),
        spellings=found_in(
            "torch: nn.LeakyReLU, nn.functional.leaky_relu; jax: nn.leaky_relu; "
            "keras: activations.leaky_relu, ops.leaky_relu (negative_slope=0.2); "
            "keras: layers.LeakyReLU (negative_slope=0.3); onnx: LeakyRelu; mlx: nn.LeakyReLU, "
            "nn.leaky_relu; tinygrad: Tensor.leaky_relu; hf: leaky_relu; notes: LReLU, Leaky ReLU; "
            "notes: Leaky ReLU (negative_slope=0.1) [two of them]"
        ),
        params=(Param("negative_slope", 0.01, "slope for x < 0", r"\alpha", aliases=("alpha",)),),
        value=_leaky_relu,
        slope=_leaky_relu_slope,
        precision=Precision.PLAIN,
        definition="x > 0 ? x : negative_slope*x",
        slope_from_output=_leaky_relu_slope,
        kinks=lambda **_: (Kink(0.0),),
        left=lambda negative_slope: line(negative_slope, 0.0, Side.LEFT),
        right=lambda **_: RISING_RIGHT,
        range=lambda negative_slope: _leaky_range(negative_slope),
        bounds=Bounds(0.51, 0.0, 0.0),
        good_for="Hidden layers where relu units die: a gradient flows on both sides of 0.",
        pitfalls="The best slope is not known beforehand, and sources do not agree on a default.",
        sources=(
            Source(
                "Maas, Hannun & Ng", 2013, "Rectifier nonlinearities improve neural network acoustic models"
            ),
        ),
        notes=(
            "Default slopes differ: 0.01 in most frameworks, 0.1 in some texts, 0.2 or 0.3 in Keras.",
            "The slope from the output takes a positive negative_slope for granted.",
        ),
    )
)


def _prelu(m: Arithmetic, x: Number, alpha: float) -> Any:
    return bent(m, x, x * alpha, alpha)


def _prelu_slope(m: Arithmetic, x: Number, alpha: float) -> Any:
    return m.where(m.above(x, 0.0), 1.0, alpha)


add(
    Activation(
        name="prelu",
        summary="Parametric relu: the slope on the left is learnt with the weights.",
        formula="x for x ≥ 0, alpha·x for x < 0",
        derivative="1 for x > 0, alpha for x < 0; ∂/∂alpha = min(0, x)",
        latex=r"\max(0, x) + \alpha \min(0, x)",
        aliases=("parametric_relu",),
        spellings=found_in(
            "torch: nn.PReLU, nn.functional.prelu; jax: flax.linen.PReLU (alpha=0.01) [flax, "
            "not jax itself]; keras: layers.PReLU (alpha=0); onnx: PRelu [the slope is an input]; "
            "mlx: nn.PReLU, nn.prelu; hf: prelu; notes: PReLU, Parametric ReLU"
        ),
        params=(Param("alpha", 0.25, "slope for x < 0, where learning starts", r"\alpha"),),
        value=_prelu,
        slope=_prelu_slope,
        precision=Precision.PLAIN,
        definition="x > 0 ? x : alpha*x",
        slope_from_output=_prelu_slope,
        kinks=lambda **_: (Kink(0.0),),
        left=lambda alpha: line(alpha, 0.0, Side.LEFT),
        right=lambda **_: RISING_RIGHT,
        range=lambda alpha: _leaky_range(alpha),
        bounds=Bounds(0.51, 0.0, 0.0),
        good_for="Large vision networks that can afford a parameter per channel to find the slope "
        "themselves.",
        pitfalls="Overfits small data; weight decay on alpha pulls it back to relu.",
        sources=(
            Source(
                "He, Zhang, Ren & Sun",
                2015,
                "Delving deep into rectifiers: surpassing human-level performance on ImageNet classification",
                arxiv="1502.01852",
            ),
        ),
        notes=(
            "Learning starts at 0.25 in the paper and in torch, at 0 in Keras, at 0.01 in flax.",
            "max(alpha·x, x), as some texts write it, is the same only for alpha ≤ 1.",
            "The slope from the output takes a positive alpha for granted.",
        ),
    )
)


_LOWER = Param("lower", 0.125, "least slope drawn in training", "l")
_UPPER = Param("upper", 1 / 3, "largest slope drawn in training", "u", exact="1/3")


def _rrelu(m: Arithmetic, x: Number, lower: float, upper: float) -> Any:
    mean = _mean(lower, upper)
    return bent(m, x, affine(m, x, mean, Fraction(0)), mean)


def _rrelu_slope(m: Arithmetic, x: Number, lower: float, upper: float) -> Any:
    return m.where(m.above(x, 0.0), 1.0, m.constant(_mean(lower, upper)))


def _mean(lower: float, upper: float) -> Fraction:
    return (_LOWER.full(lower) + _UPPER.full(upper)) / 2


add(
    Activation(
        name="rrelu",
        summary="Randomized relu: a random slope on the left in training, its mean (shown here) otherwise.",
        formula="x for x ≥ 0, (lower + upper)/2·x for x < 0",
        latex=r"\max(0, x) + \frac{l + u}{2} \min(0, x)",
        aliases=("randomized_relu",),
        spellings=found_in(
            "torch: nn.RReLU, nn.functional.rrelu [draws the slope while training]; notes: RReLU"
        ),
        params=(_LOWER, _UPPER),
        constraint=lambda lower, upper: "" if lower <= upper else "lower must not exceed upper",
        value=_rrelu,
        slope=_rrelu_slope,
        definition="x > 0 ? x : (lower + upper)/2*x",
        slope_from_output=_rrelu_slope,
        kinks=lambda **_: (Kink(0.0),),
        left=lambda lower, upper: line(lower / 2 + upper / 2, 0.0, Side.LEFT),
        right=lambda **_: RISING_RIGHT,
        range=lambda lower, upper: _leaky_range(lower + upper),
        bounds=Bounds(0.51, 0.34, 0.0),
        good_for="Small data sets, where the random slopes act against overfitting.",
        pitfalls="Training is noisy, and training and inference compute different functions.",
        sources=(
            Source(
                "Xu, Wang, Chen & Li",
                2015,
                "Empirical evaluation of rectified activations in convolutional network",
                arxiv="1505.00853",
            ),
        ),
        notes=(
            "In training each negative input is scaled by its own slope, drawn evenly from [lower, upper].",
            "Outside training the slope is the mean: (1/8 + 1/3)/2 = 11/48 by default.",
        ),
    )
)
