"""The argument times a clipped line: hard_swish, hard_mish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import HOWARD, RISING_RIGHT, SINKING_LEFT
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import Activation, Bounds, Break, Interval, Kink, Precision

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _hard_swish(m: Arithmetic, x: Number) -> Any:
    return x * ((m.minimum(m.maximum(x, -3.0), 3.0) + 3) * m.constant("1/6"))


def _hard_swish_slope(m: Arithmetic, x: Number) -> Any:
    inside = (x * 2 + 3) / 6
    return m.where(m.above(x, 3.0), 1.0, m.where(m.above(x, -3.0), inside, 0.0))


add(
    Activation(
        name="hard_swish",
        summary="silu with a gate of three straight pieces.",
        formula="x·min(max(x + 3, 0), 6)/6",
        derivative="0 for x < −3, (2x + 3)/6 between, 1 for x > 3",
        latex=r"x \, \frac{\min(\max(x + 3, 0), 6)}{6}",
        aliases=("hardswish", "hard_silu"),
        spellings=found_in(
            "torch: nn.Hardswish, nn.functional.hardswish; jax: nn.hard_silu, nn.hard_swish; "
            "keras: activations.hard_silu, activations.hard_swish, ops.hard_silu, ops.hard_swish; "
            "onnx: HardSwish; mlx: nn.Hardswish, nn.hardswish; tinygrad: Tensor.hardswish; hf: hardswish"
        ),
        value=_hard_swish,
        slope=_hard_swish_slope,
        precision=Precision.PAIR,
        definition="x*min(max(x + 3, 0), 6)/6",
        kinks=lambda: (Kink(-3.0), Kink(3.0)),
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.375, low_closed=True),
        bounds=Bounds(0.51, 0.51, 0.34),
        good_for="silu's uses in networks for phones, where an exponential is dear.",
        pitfalls="Not monotone, with kinks at ±3 and no gradient below −3.",
        sources=(HOWARD,),
    )
)


def _hard_mish_slope(m: Arithmetic, x: Number) -> Any:
    return m.where(
        m.above(x, 0.0), 1.0, m.where(m.above(x, -2.0), x + 1, 0.0)
    )  # x + 1 is exact, ties and all


add(
    Activation(
        name="hard_mish",
        summary="mish with a gate of three straight pieces: the identity from 0 on.",
        formula="x·min(max(x + 2, 0), 2)/2",
        latex=r"x \, \frac{\min(\max(x + 2, 0), 2)}{2}",
        slope=_hard_mish_slope,
        definition="x*min(max(x + 2, 0), 2)/2",
        kinks=lambda: (Kink(-2.0), Kink(0.0, Break.CURVATURE)),
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.5, low_closed=True),
        bounds=Bounds(0.51, 0.51, 0.0),
        good_for="mish's uses where an exponential is dear.",
        pitfalls="Not monotone, with a kink at −2 and no gradient below it.",
    )
)
