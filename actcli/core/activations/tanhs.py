"""tanh and what is made of it: scaled_tanh, tanh_shrink, lisht, logcosh."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import ONE_RIGHT, RISING_RIGHT
from actcli.core.frameworks import found_in
from actcli.core.registry import register
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


def _tanh_curvature(m: Arithmetic, x: Number) -> Any:
    return m.tanh(x) * -2 * _sech2(m, x)


register(
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
        curvature=_tanh_curvature,
        delicate=(1,),
        definition="tanh(x)",
        slope_from_output=lambda _m, y: (1 - y) * (1 + y),
        left=lambda: line(0, -1.0, Side.LEFT),
        right=lambda: ONE_RIGHT,
        range=lambda: Interval(-1.0, 1.0),
        good_for="Hidden layers of recurrent networks: zero-centred, with slope 1 at 0.",
        goes_wrong="Saturates on both sides, where gradients vanish.",
        sources=(_LECUN,),
        notes=(
            "It is a sigmoid both shifted and scaled: tanh x = 2σ(2x) − 1.",
            "1 − y² is a slope in terms of the output y; given x in its place it is wrong.",
        ),
    )
)


_ALPHA = Param("alpha", 1.7159, "the value at +∞", r"\alpha")
_BETA = Param("beta", 2 / 3, "scale of the argument", r"\beta", exact="2/3")


def _scaled_tanh(m: Arithmetic, x: Number, alpha: float, beta: float) -> Any:
    return m.tanh(x * m.constant(_BETA.full(beta))) * alpha


def _scaled_tanh_slope(m: Arithmetic, x: Number, alpha: float, beta: float) -> Any:
    b = _BETA.full(beta)
    return _sech2(m, m.wide(x) * m.constant(b)) * m.constant(b * Fraction(alpha))


def _scaled_tanh_curvature(m: Arithmetic, x: Number, alpha: float, beta: float) -> Any:
    b = m.constant(_BETA.full(beta))
    z = m.wide(x) * b
    return m.tanh(x * b) * -2 * _sech2(m, z) * b * b * alpha


def _scaled_tanh_wrt_alpha(m: Arithmetic, x: Number, beta: float, **_: float) -> Any:
    return m.tanh(x * m.constant(_BETA.full(beta)))


def _scaled_tanh_wrt_beta(m: Arithmetic, x: Number, alpha: float, beta: float) -> Any:
    return x * _sech2(m, m.wide(x) * m.constant(_BETA.full(beta))) * alpha


register(
    Activation(
        name="scaled_tanh",
        summary="tanh stretched so that ±1 map to ±1 and unit variance stays unit variance.",
        formula="alpha·tanh(beta·x)",
        derivative="alpha·beta·sech²(beta·x)",
        latex=r"\alpha \tanh(\beta x)",
        aliases=("lecun_tanh",),
        params=(_ALPHA, _BETA),
        value=_scaled_tanh,
        slope=_scaled_tanh_slope,
        curvature=_scaled_tanh_curvature,
        wrt={"alpha": _scaled_tanh_wrt_alpha, "beta": _scaled_tanh_wrt_beta},
        delicate=(1,),
        definition="alpha*tanh(beta*x)",
        left=lambda alpha, beta: line(0, -alpha * math.copysign(beta != 0, beta), Side.LEFT),
        right=lambda alpha, beta: line(0, alpha * math.copysign(beta != 0, beta), Side.RIGHT),
        range=lambda alpha, beta: (
            Interval(-abs(alpha), abs(alpha))
            if alpha * beta
            else Interval(0.0, 0.0, low_closed=True, high_closed=True)
        ),
        good_for="Networks without normalization layers: inputs of unit variance leave with about "
        "unit variance.",
        goes_wrong="Saturates like tanh; targets at ±1 are reached, but beyond them gradients fade.",
        sources=(_LECUN,),
    )
)


def _tanh_shrink_slope(m: Arithmetic, x: Number) -> Any:
    t = m.tanh(x)
    return t * t


def _tanh_shrink_curvature(m: Arithmetic, x: Number) -> Any:
    return m.tanh(x) * 2 * _sech2(m, x)


register(
    Activation(
        name="tanh_shrink",
        summary="What tanh leaves of its argument: small inputs shrink to almost nothing.",
        formula="x − tanh x",
        derivative="tanh² x",
        latex=r"x - \tanh x",
        aliases=("tanhshrink",),
        spellings=found_in(
            "torch: nn.Tanhshrink, nn.functional.tanhshrink; keras: activations.tanh_shrink, ops.tanh_shrink"
        ),
        value=lambda m, x: m.tanh_rest(x),
        slope=_tanh_shrink_slope,
        curvature=_tanh_shrink_curvature,
        definition="x - tanh(x)",
        left=lambda: line(1, 1.0, Side.LEFT),
        right=lambda: line(1, -1.0, Side.RIGHT),
        range=lambda: REALS,
        good_for="Sparse coding, as a smooth shrinkage.",
        goes_wrong="Flat at 0 (slope x²), where most activations are; grows without bound outside.",
    )
)


def _lisht(m: Arithmetic, x: Number) -> Any:
    return x * m.tanh(x)


def _lisht_slope(m: Arithmetic, x: Number) -> Any:
    return m.tanh(x) + x * _sech2(m, x)


def _lisht_curvature(m: Arithmetic, x: Number) -> Any:
    return m.near("lisht_curvature", x, _sech2(m, x) * 2 * (1 - x * m.tanh(x)))


register(
    Activation(
        name="lisht",
        summary="Linearly scaled hyperbolic tangent: a smooth absolute value.",
        formula="x·tanh x",
        derivative="tanh x + x·sech² x",
        latex=r"x\,\tanh x",
        value=_lisht,
        slope=_lisht_slope,
        curvature=_lisht_curvature,
        definition="x*tanh(x)",
        left=lambda: line(-1, 0.0, Side.LEFT),
        right=lambda: RISING_RIGHT,
        range=lambda: NON_NEGATIVE,
        good_for="Classification with short networks, where negative evidence should count too.",
        goes_wrong="Even: x and −x become the same, and outputs are never negative.",
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


def _logcosh(m: Arithmetic, x: Number) -> Any:
    a = abs(x)
    far = m.softplus(a * -2) + (a - m.constant(_LN2))
    s = m.sinh(m.minimum(a, 1.0))
    return m.near("logcosh", x, m.where(m.above(a, 1.0), far, m.log1p(s * s) * 0.5))


_LN2 = "0.69314718055994530941723212145817656807550013436025525412068"

register(
    Activation(
        name="logcosh",
        summary="The logarithm of the hyperbolic cosine: x²/2 near 0, |x| − ln 2 far away.",
        formula="ln cosh x",
        derivative="tanh x",
        latex=r"\ln \cosh x",
        value=_logcosh,
        slope=_tanh,
        curvature=_tanh_slope,
        definition="log(cosh(x))",
        left=lambda: line(-1, -math.log(2), Side.LEFT),
        right=lambda: line(1, -math.log(2), Side.RIGHT),
        range=lambda: NON_NEGATIVE,
        good_for="A regression loss between squared and absolute error; contrasts in independent "
        "component analysis.",
        goes_wrong="Written as log(cosh(x)) it overflows at 711; even, so it forgets the sign.",
    )
)
