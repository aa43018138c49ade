"""Functions that pull small arguments to 0: soft_shrink, hard_shrink, shrink."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import EXACT, beyond
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.spec import (
    NON_NEGATIVE,
    REALS,
    Activation,
    Bounds,
    Break,
    Kink,
    Param,
    Precision,
    Side,
    Source,
    line,
)

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _three_pieces(m: Arithmetic, x: Number, at: float, left: Any, middle: Any, right: Any) -> Any:
    first_right = at or beyond(at)  # the middle is not empty: with lambd = 0 it is 0 itself
    return m.where(m.above(x, first_right), right, m.where(m.above(x, -at), middle, left))


def _outside(m: Arithmetic, x: Number, lambd: float, **_: float) -> Any:
    return _three_pieces(m, x, lambd, 1.0, 0.0, 1.0) if lambd else 1.0


_LAMBD = Param(
    "lambd",
    0.5,
    "largest magnitude that becomes 0",
    r"\lambda",
    NON_NEGATIVE,
    aliases=("lambda", "threshold"),
)


def _soft_shrink(m: Arithmetic, x: Number, lambd: float) -> Any:
    return m.signed(m.maximum(abs(x) - lambd, 0.0), x)


add(
    Activation(
        name="soft_shrink",
        summary="Moves the argument towards 0 by lambd, and to 0 what is closer.",
        formula="sign(x)·max(|x| − lambd, 0)",
        derivative="1 for |x| > lambd, 0 for |x| < lambd",
        latex=r"\mathrm{sign}(x) \max(|x| - \lambda, 0)",
        aliases=("softshrink", "soft_threshold"),
        spellings=found_in(
            "torch: nn.Softshrink, nn.functional.softshrink; keras: activations.soft_shrink, "
            "ops.soft_shrink; mlx: nn.Softshrink, nn.softshrink"
        ),
        params=(_LAMBD,),
        value=_soft_shrink,
        slope=_outside,
        precision=Precision.PLAIN,
        definition="x > lambd ? x - lambd : x < -lambd ? x + lambd : 0",
        kinks=lambda lambd: (Kink(-lambd), Kink(lambd)) if lambd else (),
        left=lambda lambd: line(1, lambd, Side.LEFT),
        right=lambda lambd: line(1, -lambd, Side.RIGHT),
        range=lambda **_: REALS,
        bounds=Bounds(0.51, 0.0, 0.0),
        good_for="Sparse coding: the proximal step of an absolute-value penalty.",
        pitfalls="Biased: large values shrink too; no gradient where it is 0.",
        sources=(Source("Donoho", 1995, "De-noising by soft-thresholding"),),
    )
)


def _hard_shrink(m: Arithmetic, x: Number, lambd: float) -> Any:
    size = abs(x)
    return m.signed(m.where(m.above(size, beyond(lambd)), size, 0.0), x)


add(
    Activation(
        name="hard_shrink",
        summary="The argument where its magnitude exceeds lambd, 0 elsewhere.",
        formula="x for |x| > lambd, 0 otherwise",
        derivative="1 for |x| > lambd, 0 for |x| < lambd",
        latex=r"x \; \mathbf{1}[|x| > \lambda]",
        aliases=("hardshrink", "hard_threshold"),
        spellings=found_in(
            "torch: nn.Hardshrink, nn.functional.hardshrink; keras: activations.hard_shrink, "
            "ops.hard_shrink; mlx: nn.HardShrink, nn.hard_shrink"
        ),
        params=(_LAMBD,),
        value=_hard_shrink,
        slope=_outside,
        precision=Precision.PLAIN,
        definition="|x| > lambd ? x : 0",
        kinks=lambda lambd: (
            (Kink(-lambd, Break.VALUE, Side.RIGHT), Kink(lambd, Break.VALUE, Side.LEFT)) if lambd else ()
        ),
        left=lambda **_: line(1, 0.0, Side.LEFT),
        right=lambda **_: line(1, 0.0, Side.RIGHT),
        range=lambda **_: REALS,
        bounds=EXACT,
        good_for="Sparse coding without bias: what is kept is kept whole.",
        pitfalls="Jumps at ±lambd, so training is unstable there; no gradient where it is 0.",
        sources=(Source("Donoho & Johnstone", 1994, "Ideal spatial adaptation by wavelet shrinkage"),),
    )
)


def _shrink(m: Arithmetic, x: Number, lambd: float, bias: float) -> Any:
    return _three_pieces(m, x, lambd, x + bias, x * 0.0, x - bias)


def _shrink_kinks(lambd: float, bias: float) -> tuple[Kink, ...]:
    breaks = Break.SLOPE if lambd == bias else Break.VALUE
    return (Kink(-lambd, breaks, Side.RIGHT), Kink(lambd, breaks, Side.LEFT)) if lambd else _shrink_at_0(bias)


def _shrink_at_0(bias: float) -> tuple[Kink, ...]:
    return (Kink(0.0, Break.VALUE),) if bias else ()


add(
    Activation(
        name="shrink",
        summary="soft_shrink and hard_shrink in one: outside ±lambd, moved towards 0 by bias.",
        formula="x + bias for x < −lambd, x − bias for x > lambd, 0 between",
        derivative="1 for |x| > lambd, 0 for |x| < lambd",
        latex=r"x + b \; (x < -\lambda), \quad x - b \; (x > \lambda), \quad 0",
        spellings=found_in("onnx: Shrink"),
        params=(_LAMBD, Param("bias", 0.0, "how far the rest moves towards 0", "b")),
        value=_shrink,
        slope=_outside,
        precision=Precision.PLAIN,
        definition="x < -lambd ? x + bias : x > lambd ? x - bias : 0",
        kinks=_shrink_kinks,
        left=lambda bias, **_: line(1, bias, Side.LEFT),
        right=lambda bias, **_: line(1, -bias, Side.RIGHT),
        range=lambda **_: REALS,
        bounds=EXACT,
        good_for="Models in ONNX, which has this one shrinkage for both.",
        pitfalls="Jumps at ±lambd unless bias equals lambd; no gradient where it is 0.",
    )
)
