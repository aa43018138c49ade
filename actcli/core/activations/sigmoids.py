"""Curves from one level to another: sigmoid, log_sigmoid, arctan, erf, laplace."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import ONE_RIGHT, UNIT, ZERO_LEFT
from actcli.core.frameworks import found_in
from actcli.core.registry import register
from actcli.core.spec import POSITIVE, Activation, Interval, Param, Side, Source, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _sigmoid(m: Arithmetic, x: Number) -> Any:
    s, _ = m.logistic(x)
    return s


def _sigmoid_slope(m: Arithmetic, x: Number) -> Any:
    s, c = m.logistic(x)
    return s * c


def _sigmoid_curvature(m: Arithmetic, x: Number) -> Any:
    s, c = m.logistic(x)
    plain = -(s * c) * m.tanh(x * 0.5)  # σ(−x) − σ(x) = −tanh(x/2), without its cancellation at 0
    return m.near("sigmoid_curvature", x, plain)


register(
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
        curvature=_sigmoid_curvature,
        delicate=(1,),
        definition="1/(1 + exp(-x))",
        slope_from_output=lambda _m, y: y * (1 - y),
        left=lambda: ZERO_LEFT,
        right=lambda: ONE_RIGHT,
        range=lambda: UNIT,
        good_for="The output of a yes/no classifier, where it is a probability; gates inside "
        "recurrent cells.",
        goes_wrong="Saturates on both sides; its slope is at most 1/4, so gradients vanish layer by layer; "
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


def _log_sigmoid_curvature(m: Arithmetic, x: Number) -> Any:
    s, c = m.logistic(x)
    return -(s * c)


register(
    Activation(
        name="log_sigmoid",
        summary="The logarithm of the sigmoid: a log-probability.",
        formula="−ln(1 + e^(−x))",
        derivative="σ(−x) = 1 − e^y",
        latex=r"-\ln(1 + e^{-x})",
        aliases=("logsigmoid", "log_expit"),
        spellings=found_in(
            "torch: nn.LogSigmoid, nn.functional.logsigmoid; jax: nn.log_sigmoid; "
            "keras: activations.log_sigmoid, ops.log_sigmoid; mlx: nn.LogSigmoid, nn.log_sigmoid; "
            "tinygrad: Tensor.logsigmoid"
        ),
        value=_log_sigmoid,
        slope=_log_sigmoid_slope,
        curvature=_log_sigmoid_curvature,
        definition="-log1p(exp(-x))",
        slope_from_output=lambda m, y: -m.expm1(y),
        left=lambda: line(1, 0.0, Side.LEFT),
        right=lambda: line(0, -0.0, Side.RIGHT),
        range=lambda: Interval(-math.inf, 0.0),
        good_for="Binary cross-entropy from logits, contrastive and preference losses.",
        goes_wrong="Written as log(sigmoid(x)) it is −inf from x ≈ −745 down and 0 from x ≈ 37 up.",
    )
)


def _arctan_slope(_m: Arithmetic, x: Number) -> Any:
    return 1 / (1 + x * x)


def _arctan_curvature(_m: Arithmetic, x: Number) -> Any:
    q = 1 + x * x
    return x * -2 / (q * q)


def _arctan_from_output(m: Arithmetic, y: Number) -> Any:
    c = m.cos(y)
    return c * c


register(
    Activation(
        name="arctan",
        summary="Inverse tangent: zero-centred, and slow to saturate.",
        formula="arctan x",
        derivative="1/(1 + x²) = cos² y",
        latex=r"\arctan x",
        aliases=("atan", "inverse_tangent"),
        spellings=found_in(
            "torch: arctan, atan; jax: numpy.arctan; keras: ops.arctan; onnx: Atan; mlx: core.arctan; "
            "tinygrad: Tensor.atan; notes: Inverse Tangent"
        ),
        value=lambda m, x: m.arctan(x),
        slope=_arctan_slope,
        curvature=_arctan_curvature,
        definition="atan(x)",
        slope_from_output=_arctan_from_output,
        left=lambda: line(0, -math.pi / 2, Side.LEFT),
        right=lambda: line(0, math.pi / 2, Side.RIGHT),
        range=lambda: Interval(-math.pi / 2, math.pi / 2),
        good_for="A bounded, zero-centred unit whose gradient fades like 1/x² and not exponentially.",
        goes_wrong="Still saturates; its range ±π/2 suits few targets.",
    )
)


def _erf_slope(m: Arithmetic, x: Number) -> Any:
    return m.exp(-(m.wide(x) * x)) * m.constant(_TWO_OVER_ROOT_PI)


def _erf_curvature(m: Arithmetic, x: Number) -> Any:
    return x * -2 * _erf_slope(m, x)


_TWO_OVER_ROOT_PI = "1.12837916709551257389615890312154517168810125865799771368817"

register(
    Activation(
        name="erf",
        summary="The error function: the normal distribution's sigmoid, zero-centred.",
        formula="erf x = 2/√π·∫₀ˣ e^(−t²) dt",
        derivative="2/√π·e^(−x²)",
        latex=r"\mathrm{erf}(x)",
        spellings=found_in(
            "torch: erf, special.erf; jax: scipy.special.erf; keras: ops.erf; onnx: Erf; mlx: core.erf; "
            "tinygrad: Tensor.erf"
        ),
        value=lambda m, x: m.erf(x),
        slope=_erf_slope,
        curvature=_erf_curvature,
        definition="erf(x)",
        left=lambda: line(0, -1.0, Side.LEFT),
        right=lambda: ONE_RIGHT,
        range=lambda: Interval(-1.0, 1.0),
        good_for="The building block of gelu; analysis, where Gaussian inputs make its averages closed.",
        goes_wrong="Saturates sooner than any other sigmoid: beyond |x| = 6 it is ±1 to a double.",
    )
)


def _laplace(m: Arithmetic, x: Number, mu: float, sigma: float) -> Any:
    p, _ = m.normal((m.wide(x) - mu) / sigma)
    return p


def _laplace_slope(m: Arithmetic, x: Number, mu: float, sigma: float) -> Any:
    _, density = m.normal((m.wide(x) - mu) / sigma)
    return density / sigma


def _laplace_curvature(m: Arithmetic, x: Number, mu: float, sigma: float) -> Any:
    _, density = m.normal((m.wide(x) - mu) / sigma)
    return (mu - x) / sigma * density / sigma / sigma


def _laplace_wrt_mu(m: Arithmetic, x: Number, mu: float, sigma: float) -> Any:
    return -_laplace_slope(m, x, mu, sigma)


def _laplace_wrt_sigma(m: Arithmetic, x: Number, mu: float, sigma: float) -> Any:
    _, density = m.normal((m.wide(x) - mu) / sigma)
    return (mu - x) / sigma * density / sigma


register(
    Activation(
        name="laplace",
        summary="A normal distribution function, placed and scaled to stand in for squared relu.",
        formula="½·(1 + erf((x − mu)/(sigma·√2)))",
        derivative="the normal density at x with mean mu and deviation sigma",
        latex=r"\frac{1}{2}\left(1 + \mathrm{erf}\frac{x - \mu}{\sigma\sqrt{2}}\right)",
        spellings=found_in("hf: laplace"),
        params=(
            Param("mu", 0.707107, "where it is 1/2", r"\mu"),
            Param("sigma", 0.282095, "how wide the step is", r"\sigma", POSITIVE),
        ),
        value=_laplace,
        slope=_laplace_slope,
        curvature=_laplace_curvature,
        wrt={"mu": _laplace_wrt_mu, "sigma": _laplace_wrt_sigma},
        definition="erfc((mu - x)/(sigma*sqrt(2)))/2",
        left=lambda **_: ZERO_LEFT,
        right=lambda **_: ONE_RIGHT,
        range=lambda **_: UNIT,
        good_for="Attention without softmax (Mega), where squared relu has no bound and no bounded slope.",
        goes_wrong="Narrow: with the defaults it is flat outside (−0.5, 2), and so is its gradient.",
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
