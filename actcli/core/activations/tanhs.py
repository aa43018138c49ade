"""tanh and what is made of it: scaled_tanh, tanh_shrink, lisht, logcosh."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import ONE_RIGHT, RISING_RIGHT, smooth
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import NON_NEGATIVE, REALS, Activation, Interval, Param, Side, Source, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number

_LECUN = Source(
    "LeCun, Bottou, Orr & Müller",
    1998,
    "Efficient BackProp",
    url="http://yann.lecun.com/exdb/publis/pdf/lecun-98b.pdf",
)


def _sech2(m: Arithmetic, x: Number) -> Any:
    s, c = m.logistic(x * 2)
    return s * c * 4


def _tanh(m: Arithmetic, x: Number) -> Any:
    return m.tanh(x)


def _tanh_slope(m: Arithmetic, x: Number) -> Any:
    return _sech2(m, x)


add(
    Activation(
        name="tanh",
        summary="Hyperbolic tangent: squeezes the line into (−1, 1), centred at 0.",
        formula="(e^x − e^(−x))/(e^x + e^(−x))",
        derivative="sech² x = 1 − y²",
        latex=r"\tanh x",
        spellings=found_in(
            "torch: nn.Tanh, nn.functional.tanh; jax: nn.tanh; keras: activations.tanh, ops.tanh; "
            "onnx: Tanh; mlx: nn.Tanh, nn.tanh; tinygrad: Tensor.tanh; hf: tanh; notes: Tanh"
        ),
        value=_tanh,
        slope=_tanh_slope,
        delicate=(1,),
        definition="tanh(x)",
        kinks=smooth,
        slope_from_output=lambda _m, y: (1 - y) * (1 + y),
        left=lambda: line(0, -1.0, Side.LEFT),
        right=lambda: ONE_RIGHT,
        range=lambda: Interval(-1.0, 1.0),
        good_for="Hidden layers of recurrent networks: zero-centred, with slope 1 at 0.",
        pitfalls="Saturates on both sides, where gradients vanish.",
        sources=(_LECUN,),
        notes=(
            "It is a sigmoid both shifted and scaled: tanh x = 2σ(2x) − 1.",
            "1 − y² is a slope in terms of the output y; given x in its place it is wrong.",
        ),
    )
)


_ALPHA = Param("alpha", 1.7159, "the value at +∞", r"\alpha")
_BETA = Param("beta", 2 / 3, "scale of the argument", r"\beta", exact="2/3")


add(
    Activation(
        name="scaled_tanh",
        summary="tanh stretched so that ±1 map to ±1 and unit variance stays unit variance.",
        formula="alpha·tanh(beta·x)",
        aliases=("lecun_tanh",),
        params=(_ALPHA, _BETA),
        definition="alpha*tanh(beta*x)",
        kinks=smooth,
        left=lambda alpha, beta: line(0, -alpha * math.copysign(beta != 0, beta), Side.LEFT),
        right=lambda alpha, beta: line(0, alpha * math.copysign(beta != 0, beta), Side.RIGHT),
        range=lambda alpha, beta: (
            Interval(-abs(alpha), abs(alpha))
            if alpha * beta
            else Interval(0.0, 0.0, low_closed=True, high_closed=True)
        ),
        good_for="Networks without normalization layers: inputs of unit variance leave with about "
        "unit variance.",
        pitfalls="Saturates like tanh; targets at ±1 are reached, but beyond them gradients fade.",
        sources=(_LECUN,),
    )
)


def _tanh_shrink_slope(m: Arithmetic, x: Number) -> Any:
    t = m.tanh(x)
    return t * t


add(
    Activation(
        name="tanh_shrink",
        summary="What tanh leaves of its argument: small inputs shrink to almost nothing.",
        formula="x − tanh x",
        aliases=("tanhshrink",),
        spellings=found_in(
            "torch: nn.Tanhshrink, nn.functional.tanhshrink; keras: activations.tanh_shrink, ops.tanh_shrink"
        ),
        value=lambda m, x: m.tanh_rest(x),
        slope=_tanh_shrink_slope,
        definition="x - tanh(x)",
        kinks=smooth,
        left=lambda: line(1, 1.0, Side.LEFT),
        right=lambda: line(1, -1.0, Side.RIGHT),
        range=lambda: REALS,
        good_for="Sparse coding, as a smooth shrinkage.",
        pitfalls="Flat at 0 (slope x²), where most activations are; grows without bound outside.",
    )
)


add(
    Activation(
        name="lisht",
        summary="Linearly scaled hyperbolic tangent: a smooth absolute value.",
        formula="x·tanh x",
        definition="x*tanh(x)",
        kinks=smooth,
        left=lambda: line(-1, 0.0, Side.LEFT),
        right=lambda: RISING_RIGHT,
        range=lambda: NON_NEGATIVE,
        good_for="Classification with short networks, where negative evidence should count too.",
        pitfalls="Even: x and −x become the same, and outputs are never negative.",
        sources=(
            Source(
                "Roy, Manna, Dubey & Chaudhuri",
                2019,
                "LiSHT: non-parametric linearly scaled hyperbolic tangent activation function",
                arxiv="1901.05894",
            ),
        ),
    )
)


add(
    Activation(
        name="logcosh",
        summary="The logarithm of the hyperbolic cosine: x²/2 near 0, |x| − ln 2 far away.",
        formula="ln cosh x",
        definition="log(cosh(x))",
        kinks=smooth,
        left=lambda: line(-1, -math.log(2), Side.LEFT),
        right=lambda: line(1, -math.log(2), Side.RIGHT),
        range=lambda: NON_NEGATIVE,
        good_for="A regression loss between squared and absolute error; contrasts in independent "
        "component analysis.",
        pitfalls="Written as log(cosh(x)) it overflows at 711; even, so it forgets the sign.",
    )
)
