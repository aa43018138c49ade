"""The argument times the normal distribution function: gelu, gelu_tanh, clipped_gelu."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import HENDRYCKS, RISING_RIGHT, SINKING_LEFT, smooth
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import Activation, Break, Interval, Kink, Param, Side, Source, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _gelu(m: Arithmetic, x: Number) -> Any:
    p, _ = m.normal(x)
    return x * p


def _gelu_slope(m: Arithmetic, x: Number) -> Any:
    z = m.flat_left(x)
    p, density = m.normal(z)
    return p + z * density


add(
    Activation(
        name="gelu",
        summary="Gaussian error linear unit: the argument times the probability that a normal "
        "variable is below it.",
        formula="x·Φ(x)",
        latex=r"x\,\Phi(x)",
        spellings=found_in(
            "torch: nn.GELU, nn.functional.gelu; jax: nn.gelu [the tanh form unless approximate=False]; "
            "keras: activations.gelu; keras: ops.gelu [the tanh form unless approximate=False]; onnx: Gelu; "
            "mlx: nn.GELU, nn.gelu; tinygrad: Tensor.gelu [the tanh form unless approximate='none']; "
            "hf: gelu, gelu_python"
        ),
        value=_gelu,
        slope=_gelu_slope,
        delicate=(1,),
        definition="x*erfc(-x/sqrt(2))/2",
        kinks=smooth,
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.16997120747990366, low_closed=True),
        good_for="Hidden layers of transformers, where it is the usual choice.",
        pitfalls="Not monotone; frameworks differ in whether gelu means this or its tanh approximation.",
        sources=(HENDRYCKS,),
        notes=(
            "The exact form here is gelu in torch, keras.activations, ONNX, MLX and HF; "
            "jax, flax, tinygrad and keras.ops mean gelu_tanh unless told otherwise.",
            "With 1 + erf every digit is lost below −8.3; Φ is taken from its own tail here.",
        ),
    )
)


_ROOT_8_OVER_PI = "1.59576912160573071175978423973752747400344837250893131967265"
_PRODUCT = Fraction("0.044715") * Fraction(_ROOT_8_OVER_PI)


def _argument(m: Arithmetic, x: Number) -> tuple[Any, Any]:
    """Return v = 2·√(2/π)·(x + 0.044715x³) and x² as pairs."""
    w = m.wide(x)
    square = w * w
    return w * (m.constant(_ROOT_8_OVER_PI) + square * m.constant(_PRODUCT)), square


def _gelu_tanh(m: Arithmetic, x: Number) -> Any:
    v, _ = _argument(m, x)
    s, _ = m.logistic(v)
    return x * s


def _gelu_tanh_slope(m: Arithmetic, x: Number) -> Any:
    v, square = _argument(m, x)
    v1 = m.constant(_ROOT_8_OVER_PI) + square * m.constant(_PRODUCT) * 3
    s, c = m.logistic(v)
    return s * (1 + x * v1 * c)


add(
    Activation(
        name="gelu_tanh",
        summary="gelu with Φ replaced by a tanh of a cubic.",
        formula="½x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))",
        derivative="σ(v)·(1 + x·v′·σ(−v)), v = √(8/π)·(x + 0.044715·x³)",
        latex=r"\frac{x}{2}\left(1 + \tanh\left(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\right)\right)",
        aliases=("gelu_new", "gelu_approx", "gelu_pytorch_tanh"),
        spellings=found_in(
            "torch: nn.GELU, nn.functional.gelu [with approximate='tanh']; jax: nn.gelu; keras: ops.gelu; "
            "onnx: Gelu [with approximate='tanh']; mlx: nn.gelu_approx; tinygrad: Tensor.gelu; "
            "hf: gelu_new, gelu_fast, gelu_accurate, gelu_pytorch_tanh, gelu_python_tanh"
        ),
        value=_gelu_tanh,
        slope=_gelu_tanh_slope,
        delicate=(1,),
        definition="x/(1 + exp(-2*sqrt(2/pi)*(x + 0.044715*x^3)))",
        kinks=smooth,
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.17004075057125405, low_closed=True),
        good_for="Running models that were trained with it (GPT-2 and many after it).",
        pitfalls="Off gelu by up to 0.0005, and by any factor in the left tail, where it falls "
        "like e^(−cx³).",
        sources=(HENDRYCKS,),
        notes=("What jax, flax, tinygrad and keras.ops call gelu, unless told otherwise.",),
    )
)


@lru_cache(maxsize=64)
def _crossings(bound: float) -> list[float]:
    """Where gelu takes a value: twice between its minimum and 0, once above, never below."""
    least = -0.7517915246935645

    def bisect(falling: bool, low: float, high: float) -> float:
        while low < (middle := (low + high) / 2) < high:
            below = middle * math.erfc(-middle / math.sqrt(2)) / 2 < bound
            low, high = (low, middle) if below is falling else (middle, high)
        return middle

    if bound >= 0:
        return [bisect(False, 0.0, 2 * bound + 1)] if 0 < bound < 40 else [bound]
    if bound <= -0.16997120747990366:
        return []
    return [bisect(True, -40.0, least), bisect(False, least, 0.0)]


def _clip_kinks(min_val: float, max_val: float) -> tuple[Kink, ...]:
    return tuple(Kink(at, Break.SLOPE) for at in sorted(_crossings(min_val) + _crossings(max_val)))


def _clipped_from_below(min_val: float, max_val: float) -> float:
    """Return what a number just below 0 is clipped to."""
    if min_val >= 0:
        return abs(min_val)
    return max_val if max_val < 0 else -0.0


add(
    Activation(
        name="clipped_gelu",
        summary="gelu with its values clipped, so that they fit a quantized format.",
        formula="min(max(x·Φ(x), min_val), max_val)",
        derivative="Φ(x) + x·φ(x) where gelu is between the bounds, 0 elsewhere",
        latex=r"\min(\max(x\,\Phi(x), v_{min}), v_{max})",
        aliases=("gelu_10",),
        spellings=found_in("hf: gelu_10"),
        params=(
            Param("min_val", -10.0, "least value", r"v_{min}"),
            Param("max_val", 10.0, "largest value", r"v_{max}"),
        ),
        constraint=lambda min_val, max_val: "" if min_val < max_val else "min_val must be below max_val",
        definition="min(max(x*erfc(-x/sqrt(2))/2, min_val), max_val)",
        kinks=_clip_kinks,
        left=lambda min_val, max_val: line(0, _clipped_from_below(min_val, max_val), Side.LEFT),
        right=lambda min_val, max_val: line(0, max_val, Side.RIGHT),  # noqa: ARG005
        range=lambda min_val, max_val: Interval(
            min(max(-0.16997120747990366, min_val), max_val), max_val, low_closed=True, high_closed=True
        ),
        good_for="Transformers that are quantized to few bits, whose rare large activations cost the "
        "others digits.",
        pitfalls="No gradient beyond the bounds.",
        sources=(
            Source(
                "Wu et al.",
                2020,
                "Integer quantization for deep learning inference: principles and empirical evaluation",
                arxiv="2004.09602",
            ),
        ),
    )
)
