"""Clipped lines: relu6, hard_tanh, hard_sigmoid, sparse_sigmoid."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import (
    BLONDEL,
    CLOSED_UNIT,
    EXACT,
    HOWARD,
    ONE_RIGHT,
    ZERO_LEFT,
    affine,
    beyond,
)
from actcli.core.derived import add
from actcli.core.frameworks import found_in
from actcli.core.numerics.pair import nearest
from actcli.core.numerics.protocol import SHORT
from actcli.core.spec import Activation, Bounds, Interval, Kink, Param, Precision, Side, Source, line

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _between(m: Arithmetic, x: Number, low: float, high: float, yes: Any) -> Any:
    """`yes` between two points, 0 outside."""
    return m.where(m.above(x, high), 0.0, m.where(m.above(x, low), yes, 0.0))


def _clip(m: Arithmetic, x: Number, low: float, high: float) -> Any:
    return m.minimum(m.maximum(x, low), high)


def _relu6(m: Arithmetic, x: Number) -> Any:
    return _clip(m, x, 0.0, 6.0)


def _relu6_slope(m: Arithmetic, x: Number) -> Any:
    return _between(m, x, 0.0, 6.0, 1.0)


add(
    Activation(
        name="relu6",
        summary="relu capped at 6, so that its values fit few bits.",
        formula="min(max(0, x), 6)",
        derivative="1 for 0 < x < 6, 0 outside",
        latex=r"\min(\max(0, x), 6)",
        spellings=found_in(
            "torch: nn.ReLU6, nn.functional.relu6; jax: nn.relu6; keras: activations.relu6, ops.relu6; "
            "mlx: nn.ReLU6, nn.relu6; tinygrad: Tensor.relu6; hf: relu6"
        ),
        value=_relu6,
        slope=_relu6_slope,
        precision=Precision.PLAIN,
        definition="min(max(x, 0), 6)",
        slope_from_output=lambda m, y: _between(m, y, beyond(0.0), 6.0, 1.0),
        kinks=lambda: (Kink(0.0), Kink(6.0)),
        left=lambda: ZERO_LEFT,
        right=lambda: line(0, 6.0, Side.RIGHT),
        range=lambda: Interval(0.0, 6.0, low_closed=True, high_closed=True),
        bounds=EXACT,
        good_for="Networks for phones and other fixed-point hardware.",
        pitfalls="No gradient outside (0, 6): units die on both sides.",
        sources=(Source("Krizhevsky", 2010, "Convolutional deep belief networks on CIFAR-10"),),
        notes=("Written as relu(x) − relu(x − 6) it loses digits of large x; it is a clip.",),
    )
)


def _hard_tanh(m: Arithmetic, x: Number, min_val: float, max_val: float) -> Any:
    return _clip(m, x, min_val, max_val)


def _hard_tanh_slope(m: Arithmetic, x: Number, min_val: float, max_val: float) -> Any:
    return _between(m, x, min_val, max_val, 1.0)


add(
    Activation(
        name="hard_tanh",
        summary="The argument, clipped: a tanh of three straight pieces.",
        formula="min(max(x, min_val), max_val)",
        derivative="1 for min_val < x < max_val, 0 outside",
        latex=r"\min(\max(x, v_{min}), v_{max})",
        aliases=("hardtanh",),
        spellings=found_in(
            "torch: nn.Hardtanh, nn.functional.hardtanh; jax: nn.hard_tanh; keras: activations.hard_tanh, "
            "ops.hard_tanh; mlx: nn.HardTanh, nn.hard_tanh; tinygrad: Tensor.hardtanh"
        ),
        params=(
            Param("min_val", -1.0, "least value", r"v_{min}"),
            Param("max_val", 1.0, "largest value", r"v_{max}"),
        ),
        constraint=lambda min_val, max_val: "" if min_val < max_val else "min_val must be below max_val",
        value=_hard_tanh,
        slope=_hard_tanh_slope,
        precision=Precision.PLAIN,
        definition="min(max(x, min_val), max_val)",
        slope_from_output=lambda m, y, min_val, max_val: _between(m, y, beyond(min_val), max_val, 1.0),
        kinks=lambda min_val, max_val: (Kink(min_val), Kink(max_val)),
        left=lambda min_val, **_: line(0, min_val, Side.LEFT),
        right=lambda max_val, **_: line(0, max_val, Side.RIGHT),
        range=lambda min_val, max_val: Interval(min_val, max_val, low_closed=True, high_closed=True),
        bounds=EXACT,
        good_for="tanh's uses on hardware without exponentials; bounded actions in control.",
        pitfalls="No gradient at all beyond the bounds, where tanh has a little.",
        sources=(Source("Collobert", 2004, "Large scale machine learning (thesis, Université Paris VI)"),),
    )
)


_ALPHA = Param("alpha", 1 / 6, "slope between the bounds", r"\alpha", nonzero=True, exact="1/6")


def _hard_sigmoid(m: Arithmetic, x: Number, alpha: float, beta: float) -> Any:
    a, b = _ALPHA.full(alpha), Fraction(beta)
    ends = sorted((-b / a, (1 - b) / a)) if a else ()
    if ends and all(abs(end) < SHORT and end == float(end) for end in ends):  # of a double nothing is rounded
        return affine(m, _clip(m, x, *map(float, ends)), a, b)
    return _clip(m, affine(m, x, a, b), 0.0, 1.0)


def _hard_sigmoid_slope(m: Arithmetic, x: Number, alpha: float, beta: float) -> Any:
    return _inside(m, x, alpha, beta, m.constant(_ALPHA.full(alpha)))


def _inside(m: Arithmetic, x: Number, alpha: float, beta: float, yes: Any) -> Any:
    a, b = _ALPHA.full(alpha), Fraction(beta)
    first, last = affine(m, x, a, b), affine(m, x, a, b - 1)
    if a < 0:
        first, last = -last, -first
    return m.where(m.above(last, 0.0), 0.0, m.where(m.above(first, 0.0), yes, 0.0))


def _hard_sigmoid_ends(alpha: float, beta: float) -> tuple[Kink, ...]:
    a, b = _ALPHA.full(alpha), Fraction(beta)
    ends = sorted((nearest(-b / a), nearest((1 - b) / a)))
    return tuple(Kink(at) for at in ends if math.isfinite(at))


add(
    Activation(
        name="hard_sigmoid",
        summary="A sigmoid of three straight pieces.",
        formula="min(max(alpha·x + beta, 0), 1)",
        derivative="alpha where 0 < alpha·x + beta < 1, 0 outside",
        latex=r"\min(\max(\alpha x + \beta, 0), 1)",
        aliases=("hardsigmoid",),
        spellings=found_in(
            "torch: nn.Hardsigmoid, nn.functional.hardsigmoid; jax: nn.hard_sigmoid; "
            "keras: activations.hard_sigmoid, ops.hard_sigmoid [slope 0.2 in keras 2]; "
            "onnx: HardSigmoid (alpha=0.2); tinygrad: Tensor.hardsigmoid"
        ),
        params=(_ALPHA, Param("beta", 0.5, "value at 0", r"\beta")),
        value=_hard_sigmoid,
        slope=_hard_sigmoid_slope,
        precision=Precision.PAIR,
        definition="min(max(alpha*x + beta, 0), 1)",
        kinks=_hard_sigmoid_ends,
        left=lambda alpha, **_: ZERO_LEFT if alpha > 0 else line(0, 1.0, Side.LEFT),
        right=lambda alpha, **_: ONE_RIGHT if alpha > 0 else line(0, 0.0, Side.RIGHT),
        range=lambda **_: CLOSED_UNIT,
        bounds=Bounds(0.51, 0.34, 0.0),
        good_for="Gates in networks for phones, where an exponential is dear.",
        pitfalls="No gradient outside the linear piece; frameworks disagree on its slope.",
        sources=(HOWARD,),
        notes=("The slope is 1/6 in torch, jax, Keras 3 and tinygrad, 0.2 in ONNX and Keras 2.",),
    )
)


def _sparse_sigmoid(m: Arithmetic, x: Number) -> Any:
    return (_clip(m, x, -1.0, 1.0) + 1) * 0.5


def _sparse_sigmoid_slope(m: Arithmetic, x: Number) -> Any:
    return _between(m, x, -1.0, 1.0, 0.5)


add(
    Activation(
        name="sparse_sigmoid",
        summary="A sigmoid of three straight pieces: sparsemax of two scores.",
        formula="min(max((x + 1)/2, 0), 1)",
        derivative="1/2 for −1 < x < 1, 0 outside",
        latex=r"\min(\max((x + 1)/2, 0), 1)",
        spellings=found_in("jax: nn.sparse_sigmoid; keras: activations.sparse_sigmoid, ops.sparse_sigmoid"),
        value=_sparse_sigmoid,
        slope=_sparse_sigmoid_slope,
        precision=Precision.PLAIN,
        definition="min(max((x + 1)/2, 0), 1)",
        kinks=lambda: (Kink(-1.0), Kink(1.0)),
        left=lambda: ZERO_LEFT,
        right=lambda: ONE_RIGHT,
        range=lambda: CLOSED_UNIT,
        bounds=Bounds(0.51, 0.0, 0.0),
        good_for="Probabilities and gates that should be exactly 0 or 1 when the score is clear.",
        pitfalls="No gradient beyond ±1: wrong and sure is never put right.",
        sources=(BLONDEL,),
    )
)
