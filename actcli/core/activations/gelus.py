"""The argument times the normal distribution function: gelu, gelu_tanh, clipped_gelu."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import HENDRYCKS, RISING_RIGHT, SINKING_LEFT
from actcli.core.frameworks import found_in
from actcli.core.registry import register
from actcli.core.spec import Activation, Break, Interval, Kink, Param, Side, Source, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _gelu(m: Arithmetic, x: Number) -> Any:
    p, _ = m.normal(x)
    return m.near("gelu", x, x * p)  # at 0: what Φ(x) has beyond 1/2 decides ties of subnormals


def _gelu_slope(m: Arithmetic, x: Number) -> Any:
    z = m.flat_left(x)
    p, density = m.normal(z)
    return m.near("gelu_slope", x, p + z * density)


def _gelu_curvature(m: Arithmetic, x: Number) -> Any:
    _, density = m.normal(x)
    return -(m.minus(x, _ROOT_2) * m.minus(x, "-" + _ROOT_2) * density)  # φ(x)·(2 − x²)


_ROOT_2 = "1.41421356237309504880168872420969807856967187537694807317668"

register(
    Activation(
        name="gelu",
        summary="Gaussian error linear unit: the argument times the probability that a normal "
        "variable is below it.",
        formula="x·Φ(x)",
        derivative="Φ(x) + x·φ(x)",
        latex=r"x\,\Phi(x)",
        spellings=found_in(
            "torch: nn.GELU, nn.functional.gelu; jax: nn.gelu [the tanh form unless approximate=False]; "
            "keras: activations.gelu; keras: ops.gelu [the tanh form unless approximate=False]; onnx: Gelu; "
            "mlx: nn.GELU, nn.gelu; tinygrad: Tensor.gelu [the tanh form unless approximate='none']; "
            "hf: gelu, gelu_python"
        ),
        value=_gelu,
        slope=_gelu_slope,
        curvature=_gelu_curvature,
        delicate=(1,),
        definition="x*erfc(-x/sqrt(2))/2",
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.16997120747990366, low_closed=True),
        good_for="Hidden layers of transformers, where it is the usual choice.",
        goes_wrong="Not monotone; frameworks differ in whether gelu means this or its tanh approximation.",
        sources=(HENDRYCKS,),
        notes=(
            "The exact form here is gelu in torch, keras.activations, ONNX, MLX and HF; "
            "jax, flax, tinygrad and keras.ops mean gelu_tanh unless told otherwise.",
            "With 1 + erf every digit is lost below −8.3; Φ is taken from its own tail here.",
        ),
    )
)


_CUBIC = "0.044715"
_ROOT_8_OVER_PI = "1.59576912160573071175978423973752747400344837250893131967265"


def _argument(m: Arithmetic, x: Number) -> tuple[Any, Any]:
    """Return v = 2·√(2/π)·(x + 0.044715x³) and x² as pairs."""
    w = m.wide(x)
    square = w * w
    return w * (1 + square * m.constant(_CUBIC)) * m.constant(_ROOT_8_OVER_PI), square


def _gelu_tanh(m: Arithmetic, x: Number) -> Any:
    v, _ = _argument(m, x)
    s, _ = m.logistic(v)
    return x * s


def _gelu_tanh_slope(m: Arithmetic, x: Number) -> Any:
    v, square = _argument(m, x)
    v1 = (1 + square * m.constant(_CUBIC) * 3) * m.constant(_ROOT_8_OVER_PI)
    s, c = m.logistic(v)
    return m.near("gelu_tanh_slope", x, s * (1 + x * v1 * c))


def _gelu_tanh_curvature(m: Arithmetic, x: Number) -> Any:
    v, square = _argument(m, x)
    v1 = (1 + square * m.constant(_CUBIC) * 3) * m.constant(_ROOT_8_OVER_PI)
    x_v2 = square * m.constant(_CUBIC) * m.constant(_ROOT_8_OVER_PI) * 6
    s, c = m.logistic(v)
    return m.near("gelu_tanh_curvature", x, s * c * (v1 * 2 + x_v2 - x * v1 * v1 * m.tanh(v * 0.5)))


register(
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
        curvature=_gelu_tanh_curvature,
        delicate=(1,),
        definition="x/(1 + exp(-2*sqrt(2/pi)*(x + 0.044715*x^3)))",
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.17004075057125405, low_closed=True),
        good_for="Running models that were trained with it (GPT-2 and many after it).",
        goes_wrong="Off gelu by up to 0.0005, and by any factor in the left tail, where it falls "
        "like e^(−cx³).",
        sources=(HENDRYCKS,),
        notes=("What jax, flax, tinygrad and keras.ops call gelu, unless told otherwise.",),
    )
)


_SMALL = 2.0**-30
"""Where gelu(x) is x/2 + x²/√(2π), to all digits that its second term has."""

_PER_ROOT_TAU = "0.398942280401432677939946059934381868475858631164934657666"


def _excess(m: Arithmetic, x: Number, bound: float) -> Any:
    """gelu(x) − bound up to a positive factor, with no cancellation where gelu(x) is close to x, or x/2."""
    if bound == 0:
        return x  # whose sign does not underflow
    p, _ = m.normal(x)
    q, _ = m.normal(-x)
    left = x * p - bound
    if 0 < abs(bound) < _SMALL:
        about_0 = (x * 0.5 - bound) + x * x * m.constant(_PER_ROOT_TAU)
        left = m.where(m.above(abs(x), 4 * _SMALL), left, about_0)
    return m.where(m.above(x, 1.0), (x - bound) - x * q, left)


def _clipped_gelu(m: Arithmetic, x: Number, min_val: float, max_val: float) -> Any:
    return m.minimum(m.maximum(_gelu(m, x), min_val), max_val)


def _inside(m: Arithmetic, x: Number, yes: Any, min_val: float, max_val: float) -> Any:
    low, high = _excess(m, x, min_val), _excess(m, x, max_val)
    return m.where(m.above(high, 0.0), 0.0, m.where(m.above(low, 0.0), yes, 0.0))


def _clipped_gelu_slope(m: Arithmetic, x: Number, **bounds: float) -> Any:
    return _inside(m, x, _gelu_slope(m, x), **bounds)


def _clipped_gelu_curvature(m: Arithmetic, x: Number, **bounds: float) -> Any:
    return _inside(m, x, _gelu_curvature(m, x), **bounds)


def _wrt_min(m: Arithmetic, x: Number, min_val: float, **_: float) -> Any:
    return m.where(m.above(_excess(m, x, min_val), 0.0), 0.0, 1.0)


def _wrt_max(m: Arithmetic, x: Number, max_val: float, **_: float) -> Any:
    return m.where(m.above(_excess(m, x, max_val), 0.0), 1.0, 0.0)


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


register(
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
        value=_clipped_gelu,
        slope=_clipped_gelu_slope,
        curvature=_clipped_gelu_curvature,
        wrt={"min_val": _wrt_min, "max_val": _wrt_max},
        delicate=(1,),
        definition="min(max(x*erfc(-x/sqrt(2))/2, min_val), max_val)",
        kinks=_clip_kinks,
        left=lambda min_val, max_val: line(0, _clipped_from_below(min_val, max_val), Side.LEFT),
        right=lambda min_val, max_val: line(0, max_val, Side.RIGHT),  # noqa: ARG005
        range=lambda min_val, max_val: Interval(
            min(max(-0.16997120747990366, min_val), max_val), max_val, low_closed=True, high_closed=True
        ),
        good_for="Transformers that are quantized to few bits, whose rare large activations cost the "
        "others digits.",
        goes_wrong="No gradient beyond the bounds.",
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
