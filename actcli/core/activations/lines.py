"""Lines and steps: identity, linear, binary_step, threshold, thresholded_relu."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import (
    EXACT,
    ONE_RIGHT,
    RISING_RIGHT,
    ZERO_LEFT,
    one,
    smooth,
    zero,
)
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import REALS, Activation, Break, Interval, Kink, Param, Precision, Side, Source, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


add(
    Activation(
        name="identity",
        summary="The argument itself.",
        formula="x",
        spellings=found_in(
            "torch: nn.Identity; jax: nn.identity; onnx: Identity; mlx: nn.Identity; notes: Identity"
        ),
        value=lambda _m, x: x,
        slope=one,
        precision=Precision.PLAIN,
        definition="x",
        kinks=smooth,
        slope_from_output=one,
        left=lambda: line(1, 0.0, Side.LEFT),
        right=lambda: RISING_RIGHT,
        range=lambda: REALS,
        bounds=EXACT,
        good_for="The output layer of a regression; a place holder where no activation is wanted.",
        pitfalls="Layers joined by it collapse into a single linear layer, however many there are.",
    )
)


add(
    Activation(
        name="linear",
        summary="A line with a given slope and intercept.",
        formula="weight·x + bias",
        aliases=("affine",),
        spellings=found_in(
            "keras: activations.linear [the identity: without weights]; "
            "hf: linear [the identity: without weights]; notes: Linear"
        ),
        params=(Param("weight", 1.0, "slope", "w"), Param("bias", 0.0, "value at 0", "b")),
        definition="weight*x + bias",
        kinks=smooth,
        slope_from_output=lambda _m, _y, weight, **_: weight,
        left=lambda weight, bias: line(weight, bias, Side.LEFT),
        right=lambda weight, bias: line(weight, bias, Side.RIGHT),
        range=lambda weight, bias: REALS if weight else Interval(bias, bias, True, True),
        bounds=EXACT,
        good_for="The output layer of a regression.",
        pitfalls="Its slope says nothing about x, and stacked linear layers are no more than one.",
    )
)


def _step(m: Arithmetic, x: Number, threshold: float) -> Any:
    return m.where(m.above(x, threshold), 1.0, 0.0)


add(
    Activation(
        name="binary_step",
        summary="The perceptron's decision: 1 from the threshold on, 0 below.",
        formula="1 for x ≥ threshold, 0 for x < threshold",
        derivative="0",
        latex=r"\mathbf{1}[x \geq \theta]",
        aliases=("perceptron", "heaviside", "step"),
        spellings=found_in(
            "torch: heaviside [the value at 0 is an argument]; mlx: nn.Step, nn.step; notes: Perceptron"
        ),
        params=(Param("threshold", 0.0, "the first argument that gives 1", r"\theta", aliases=("theta",)),),
        value=_step,
        slope=zero,
        precision=Precision.PLAIN,
        definition="x >= threshold ? 1 : 0",
        slope_from_output=zero,
        kinks=lambda threshold: (Kink(threshold, Break.VALUE, Side.RIGHT),),
        left=lambda **_: ZERO_LEFT,
        right=lambda **_: ONE_RIGHT,
        range=lambda **_: Interval(0.0, 1.0, low_closed=True, high_closed=True),
        bounds=EXACT,
        good_for="Hard decisions at the output of a network that is already trained.",
        pitfalls="Its slope is 0 wherever it has one, so gradient descent learns nothing through it.",
        sources=(
            Source(
                "Rosenblatt",
                1958,
                "The perceptron: a probabilistic model for information storage and organization in the brain",
            ),
        ),
        notes=(
            "The only values are 0 and 1; at the threshold itself it is 1.",
            "Some texts leave the slope at the threshold open; here it is 0, as on both sides.",
        ),
    )
)


def _threshold(m: Arithmetic, x: Number, threshold: float, value: float) -> Any:
    return m.where(m.above(x, threshold), x, value)


def _threshold_slope(m: Arithmetic, x: Number, threshold: float, **_: float) -> Any:
    return m.where(m.above(x, threshold), 1.0, 0.0)


add(
    Activation(
        name="threshold",
        summary="The argument where it exceeds the threshold, a fixed value elsewhere.",
        formula="x for x > threshold, value otherwise",
        derivative="1 for x > threshold, 0 for x < threshold",
        latex=r"x \; (x > \theta), \quad v \; (x \leq \theta)",
        spellings=found_in(
            "torch: nn.Threshold, nn.functional.threshold [both parameters must be given]; "
            "keras: activations.threshold, ops.threshold [both parameters must be given]"
        ),
        params=(
            Param("threshold", 0.0, "the largest argument that is replaced", r"\theta", aliases=("theta",)),
            Param("value", 0.0, "what replaces it", "v"),
        ),
        value=_threshold,
        slope=_threshold_slope,
        precision=Precision.PLAIN,
        definition="x > threshold ? x : value",
        kinks=lambda threshold, value: (
            Kink(threshold, Break.SLOPE if threshold == value else Break.VALUE, Side.LEFT),
        ),
        left=lambda value, **_: line(0, value, Side.LEFT),
        right=lambda **_: RISING_RIGHT,
        range=lambda threshold, value: Interval(min(threshold, value), low_closed=value <= threshold),
        bounds=EXACT,
        good_for="Building rectifiers of other shapes: threshold 0 with value 0 is relu.",
        pitfalls="No slope below the threshold, and a jump at it unless value equals the threshold.",
    )
)


def _thresholded(m: Arithmetic, x: Number, threshold: float) -> Any:
    return _threshold(m, x, threshold, 0.0)


add(
    Activation(
        name="thresholded_relu",
        summary="The argument where it exceeds a threshold, 0 elsewhere.",
        formula="x for x > threshold, 0 otherwise",
        derivative="1 for x > threshold, 0 for x < threshold",
        latex=r"x \; \mathbf{1}[x > \theta]",
        aliases=("trelu",),
        spellings=found_in("onnx: ThresholdedRelu"),
        params=(
            Param(
                "threshold", 1.0, "the largest argument that gives 0", r"\theta", aliases=("alpha", "theta")
            ),
        ),
        value=_thresholded,
        slope=_threshold_slope,
        precision=Precision.PLAIN,
        definition="x > threshold ? x : 0",
        kinks=lambda threshold: (Kink(threshold, Break.VALUE if threshold else Break.SLOPE, Side.LEFT),),
        left=lambda **_: ZERO_LEFT,
        right=lambda **_: RISING_RIGHT,
        range=lambda threshold: Interval(min(threshold, 0.0), low_closed=threshold >= 0),
        bounds=EXACT,
        good_for="Autoencoders whose features should be few and large.",
        pitfalls="Jumps at the threshold; small activations are lost and get no gradient.",
        sources=(
            Source(
                "Konda, Memisevic & Krueger",
                2014,
                "Zero-bias autoencoders and the benefits of co-adapting features",
                arxiv="1402.3337",
            ),
        ),
    )
)
