"""Curves from one level to another: sigmoid, log_sigmoid, arctan, erf, laplace."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import ONE_RIGHT, UNIT, ZERO_LEFT, smooth
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import POSITIVE, Activation, Interval, Param, Side, Source, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _sigmoid(m: Arithmetic, x: Number) -> Any:
    s, _ = m.logistic(x)
    return s


def _sigmoid_slope(m: Arithmetic, x: Number) -> Any:
    s, c = m.logistic(x)
    return s * c


add(
    Activation(
        name="sigmoid",
        summary="The logistic function: squeezes the line into (0, 1).",
        formula="1/(1 + e^(−x))",
        derivative="σ(x)·σ(−x) = y·(1 − y)",
        latex=r"\frac{1}{1 + e^{-x}}",
        aliases=("logistic", "expit"),
        spellings=found_in(
            "torch: nn.Sigmoid, nn.functional.sigmoid, special.expit; jax: nn.sigmoid, scipy.special.expit; "
            "keras: activations.sigmoid, ops.sigmoid; onnx: Sigmoid; mlx: nn.Sigmoid, nn.sigmoid; "
            "tinygrad: Tensor.sigmoid; hf: sigmoid; notes: Sigmoid, logistic"
        ),
        value=_sigmoid,
        slope=_sigmoid_slope,
        delicate=(1,),
        definition="1/(1 + exp(-x))",
        kinks=smooth,
        slope_from_output=lambda _m, y: y * (1 - y),
        left=lambda: ZERO_LEFT,
        right=lambda: ONE_RIGHT,
        range=lambda: UNIT,
        good_for="The output of a yes/no classifier, where it is a probability; gates inside "
        "recurrent cells.",
        pitfalls="Saturates on both sides; its slope is at most 1/4, so gradients vanish layer by layer; "
        "outputs are never negative, which makes the gradients of a layer share their sign.",
        notes=(
            "y·(1 − y) is a slope in terms of the output y; given x in its place it is wrong.",
            "1 − y is 0 in floating point from x ≈ 37 on; the slope here keeps all its digits there.",
        ),
    )
)


def _log_sigmoid(m: Arithmetic, x: Number) -> Any:
    return -m.softplus(-x)


def _log_sigmoid_slope(m: Arithmetic, x: Number) -> Any:
    _, c = m.logistic(x)
    return c


add(
    Activation(
        name="log_sigmoid",
        summary="The logarithm of the sigmoid: a log-probability.",
        formula="−ln(1 + e^(−x))",
        derivative="σ(−x) = 1 − e^y",
        aliases=("logsigmoid", "log_expit"),
        spellings=found_in(
            "torch: nn.LogSigmoid, nn.functional.logsigmoid; jax: nn.log_sigmoid; "
            "keras: activations.log_sigmoid, ops.log_sigmoid; mlx: nn.LogSigmoid, nn.log_sigmoid; "
            "tinygrad: Tensor.logsigmoid"
        ),
        value=_log_sigmoid,
        slope=_log_sigmoid_slope,
        definition="-log1p(exp(-x))",
        kinks=smooth,
        slope_from_output=lambda m, y: -m.expm1(y),
        left=lambda: line(1, 0.0, Side.LEFT),
        right=lambda: line(0, -0.0, Side.RIGHT),
        range=lambda: Interval(-math.inf, 0.0),
        good_for="Binary cross-entropy from logits, contrastive and preference losses.",
        pitfalls="Written as log(sigmoid(x)) it is −inf from x ≈ −745 down and 0 from x ≈ 37 up.",
    )
)


def _arctan_slope(_m: Arithmetic, x: Number) -> Any:
    return 1 / (1 + x * x)


def _arctan_from_output(m: Arithmetic, y: Number) -> Any:
    c = m.cos(y)
    return c * c


add(
    Activation(
        name="arctan",
        summary="Inverse tangent: zero-centred, and slow to saturate.",
        formula="arctan x",
        derivative="1/(1 + x²) = cos² y",
        aliases=("atan", "inverse_tangent"),
        spellings=found_in(
            "torch: arctan, atan; jax: numpy.arctan; keras: ops.arctan; onnx: Atan; mlx: core.arctan; "
            "tinygrad: Tensor.atan; notes: Inverse Tangent"
        ),
        value=lambda m, x: m.arctan(x),
        slope=_arctan_slope,
        definition="atan(x)",
        kinks=smooth,
        slope_from_output=_arctan_from_output,
        left=lambda: line(0, -math.pi / 2, Side.LEFT),
        right=lambda: line(0, math.pi / 2, Side.RIGHT),
        range=lambda: Interval(-math.pi / 2, math.pi / 2),
        good_for="A bounded, zero-centred unit whose gradient fades like 1/x² and not exponentially.",
        pitfalls="Still saturates; its range ±π/2 suits few targets.",
    )
)


def _erf_slope(m: Arithmetic, x: Number) -> Any:
    return m.exp(-(m.wide(x) * x)) * m.constant(_TWO_OVER_ROOT_PI)


_TWO_OVER_ROOT_PI = "1.12837916709551257389615890312154517168810125865799771368817"

add(
    Activation(
        name="erf",
        summary="The error function: the normal distribution's sigmoid, zero-centred.",
        formula="erf x = 2/√π·∫₀ˣ e^(−t²) dt",
        spellings=found_in(
            "torch: erf, special.erf; jax: scipy.special.erf; keras: ops.erf; onnx: Erf; mlx: core.erf; "
            "tinygrad: Tensor.erf"
        ),
        value=lambda m, x: m.erf(x),
        slope=_erf_slope,
        definition="erf(x)",
        kinks=smooth,
        left=lambda: line(0, -1.0, Side.LEFT),
        right=lambda: ONE_RIGHT,
        range=lambda: Interval(-1.0, 1.0),
        good_for="The building block of gelu; analysis, where Gaussian inputs make its averages closed.",
        pitfalls="Saturates sooner than any other sigmoid: beyond |x| = 6 it is ±1 to a double.",
    )
)


add(
    Activation(
        name="laplace",
        summary="A normal distribution function, placed and scaled to stand in for squared relu.",
        formula="½·(1 + erf((x − mu)/(sigma·√2)))",
        derivative="the normal density at x with mean mu and deviation sigma",
        spellings=found_in("hf: laplace"),
        params=(
            Param("mu", 0.707107, "where it is 1/2", r"\mu"),
            Param("sigma", 0.282095, "how wide the step is", r"\sigma", POSITIVE),
        ),
        definition="erfc((mu - x)/(sigma*sqrt(2)))/2",
        kinks=smooth,
        left=lambda **_: ZERO_LEFT,
        right=lambda **_: ONE_RIGHT,
        range=lambda **_: UNIT,
        good_for="Attention without softmax (Mega), where squared relu has no bound and no bounded slope.",
        pitfalls="Narrow: with the defaults it is flat outside (−0.5, 2), and so is its gradient.",
        sources=(
            Source(
                "Ma et al.",
                2022,
                "Mega: moving average equipped gated attention",
                arxiv="2209.10655",
            ),
        ),
        notes=("The defaults √½ and √(1/4π), cut to six decimals, are those of the paper's code.",),
    )
)
