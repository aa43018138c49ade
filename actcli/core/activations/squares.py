"""Rectifiers with parabolas: relu2, xielu."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import DIGITS, ZERO_LEFT, affine
from actcli.core.frameworks import found_in
from actcli.core.registry import register
from actcli.core.spec import (
    NON_NEGATIVE,
    Activation,
    Bounds,
    Break,
    Interval,
    Kink,
    Param,
    Precision,
    Side,
    Source,
    Tail,
    line,
)

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _relu2(m: Arithmetic, x: Number) -> Any:
    p = m.maximum(x, 0.0)
    return p * p


def _relu2_slope(m: Arithmetic, x: Number) -> Any:
    return m.maximum(x, 0.0) * 2


def _relu2_curvature(m: Arithmetic, x: Number) -> Any:
    return m.where(m.above(x, 0.0), 2.0, 0.0)


register(
    Activation(
        name="relu2",
        summary="The square of relu.",
        formula="max(0, x)²",
        derivative="2·max(0, x) = 2·√y",
        latex=r"\max(0, x)^2",
        aliases=("squared_relu", "relu_squared"),
        spellings=found_in("mlx: nn.ReLU2, nn.relu2; hf: relu2"),
        value=_relu2,
        slope=_relu2_slope,
        curvature=_relu2_curvature,
        precision=Precision.PLAIN,
        definition="x > 0 ? x^2 : 0",
        slope_from_output=lambda m, y: m.sqrt(y) * 2,
        kinks=lambda: (Kink(0.0, Break.CURVATURE),),
        left=lambda: ZERO_LEFT,
        right=lambda: Tail(math.inf, math.inf, 2.0),
        range=lambda: NON_NEGATIVE,
        bounds=Bounds(0.51, 0.0, 0.0),
        good_for="Feed-forward layers of transformers, found by search and sparse like relu.",
        goes_wrong="Grows with the square: large activations overflow narrow formats; dead units as "
        "with relu.",
        sources=(
            Source(
                "So et al.",
                2021,
                "Primer: searching for efficient transformers for language modeling",
                arxiv="2109.08668",
            ),
        ),
    )
)


def _xielu(m: Arithmetic, x: Number, alpha_p: float, alpha_n: float, beta: float) -> Any:
    right = x * affine(m, x, Fraction(alpha_p), Fraction(beta))
    return m.where(m.above(x, 0.0), right, _xielu_falling(m, m.minimum(x, 0.0), alpha_n, beta))


def _xielu_falling(m: Arithmetic, z: Number, alpha_n: float, beta: float) -> Any:
    """Return αₙ(e^z − 1) − (αₙ − β)z for z ≤ 0.

    Its terms have one sign where β/αₙ ≥ 1, and lose two bits at the most away from the root where β/αₙ ≥ 1/2.
    Otherwise they cancel next to 0: there it is αₙ(e^z − 1 − z) + βz.
    """
    if _ratio(alpha_n, beta) * 2 >= 1:
        left = m.expm1(z) * alpha_n - z * m.constant(Fraction(alpha_n) - Fraction(beta))
    else:
        left = m.near("expm1_rest", z, m.expm1(z) - z) * alpha_n + z * beta
    if (root := _left_root(alpha_n, beta)) is None:
        return left
    if root < _ALONE:
        about_root = m.exp(z) * alpha_n - affine(m, z, Fraction(alpha_n) - Fraction(beta), Fraction(alpha_n))
    else:
        about_root = _about(m, m.minus(z, root), root, alpha_n, beta)
    return m.where(m.above(z, float(root) / 2), left, about_root)


_ALONE = -120
"""A root r left of here is the one of the line (β − αₙ)z − αₙ to 2⁻¹⁶⁵: no double that is not on that root
comes closer to it than 2⁻¹⁰⁶·r, and so αₙe^r does not count but for a double that is."""


def _about(m: Arithmetic, d: Number, root: Decimal, alpha_n: float, beta: float) -> Any:
    """Return f(r + d) = αₙe^r·(e^d − 1) − (αₙ − β)·d about its root r; next to 0 terms in d would cancel."""
    a, slope = _at_root(alpha_n, beta, root)
    if root < -1:
        return m.expm1(d) * m.constant(a) - d * m.constant(Fraction(alpha_n) - Fraction(beta))
    return m.near("expm1_rest", d, m.expm1(d) - d) * m.constant(a) + d * m.constant(slope)


@lru_cache(maxsize=64)
def _left_root(alpha_n: float, beta: float) -> Decimal | None:
    """The root below 0 of αₙ(e^x − 1 − x) + βx, by Newton's method in decimals; None where there is none.

    With ρ = β/αₙ the function is convex and the start lies left of its minimum at ln(1 − ρ): Newton's steps
    converge. A ρ below 1e-330 puts the root where no double is.
    """
    ratio = _ratio(alpha_n, beta)
    if not Decimal("1e-330") < ratio < 1:
        return None
    with localcontext(prec=120 - 2 * ratio.adjusted()):
        ratio = Decimal(beta) / Decimal(alpha_n)
        x = step = -2 * ratio / (1 - ratio)
        for _ in range(100):
            if abs(step) < Decimal("1e-45") * abs(x):
                break
            step = (x.exp() - 1 - x + ratio * x) / (x.exp() - 1 + ratio)
            x -= step
        return x


def _ratio(alpha_n: float, beta: float) -> Decimal:
    return DIGITS.divide(Decimal(beta), Decimal(alpha_n)) if alpha_n else Decimal("inf")


@lru_cache(maxsize=64)
def _at_root(alpha_n: float, beta: float, root: Decimal) -> tuple[Decimal, Decimal]:
    """Return αₙe^r and the slope at the root."""
    with localcontext(prec=120 - min(root.adjusted(), 0)):
        a = Decimal(alpha_n) * root.exp()
        return DIGITS.plus(a), DIGITS.plus(a - Decimal(alpha_n) + Decimal(beta))


def _xielu_slope(m: Arithmetic, x: Number, alpha_p: float, alpha_n: float, beta: float) -> Any:
    right = affine(m, x, 2 * Fraction(alpha_p), Fraction(beta))
    return m.where(m.above(x, 0.0), right, _xielu_rising(m, m.minimum(x, 0.0), alpha_n, beta))


def _xielu_rising(m: Arithmetic, z: Number, alpha_n: float, beta: float) -> Any:
    """Return αₙe^z − (αₙ − β) for z ≤ 0; about its root r it is (αₙ − β)(e^(z − r) − 1)."""
    apart = m.constant(Fraction(alpha_n) - Fraction(beta))
    if (turn := _turn(alpha_n, beta)) is None:
        return m.exp(z) * alpha_n - apart
    about_turn = m.expm1(m.minus(z, turn)) * apart
    if turn >= -1:
        return about_turn
    # In doubles e^(z − r) is as good as the digits of z − r after the point, which are few far out.
    return m.where(m.above(z, float(turn) + 1), m.exp(z) * alpha_n - apart, about_turn)


@lru_cache(maxsize=64)
def _turn(alpha_n: float, beta: float) -> Decimal | None:
    """Where f′ is 0 on the left, or would be: ln(1 − ρ) with ρ = β/αₙ; None where there is no such place."""
    ratio = _ratio(alpha_n, beta)
    if not ratio < 1:
        return None
    if abs(ratio) < Decimal("1e-400"):
        return -ratio
    with localcontext(prec=120 + max(0, -ratio.adjusted())):
        return (1 - Decimal(beta) / Decimal(alpha_n)).ln()


def _xielu_curvature(m: Arithmetic, x: Number, alpha_p: float, alpha_n: float, **_: float) -> Any:
    return m.where(m.above(x, 0.0), m.constant(2 * Fraction(alpha_p)), m.exp(m.minimum(x, 0.0)) * alpha_n)


def _xielu_wrt_alpha_p(m: Arithmetic, x: Number, **_: float) -> Any:
    p = m.maximum(x, 0.0)
    return p * p


def _xielu_wrt_alpha_n(m: Arithmetic, x: Number, **_: float) -> Any:
    z = m.minimum(x, 0.0)
    return m.near("expm1_rest", z, m.expm1(z) - z)


def _xielu_left(alpha_n: float, beta: float) -> Tail:
    return line(beta - alpha_n, -alpha_n, Side.LEFT)


def _xielu_right(alpha_p: float, beta: float) -> Tail:
    if alpha_p == 0:
        return line(beta, 0.0, Side.RIGHT)
    return Tail(math.copysign(math.inf, alpha_p), math.copysign(math.inf, alpha_p), 2 * alpha_p)


def _xielu_range(alpha_p: float, alpha_n: float, beta: float) -> Interval:
    """From the values at 0, where f turns round, and what it tends to at both ends."""
    held = [0.0]
    if 0 < beta / (alpha_n or math.inf) < 1:
        turn = math.log1p(-beta / alpha_n)
        held.append(alpha_n * (math.expm1(turn) - turn) + beta * turn)
    if alpha_p * beta < 0:
        held.append(-beta * beta / (4 * alpha_p))
    neared = [_xielu_left(alpha_n, beta).value, _xielu_right(alpha_p, beta).value]
    low, high = min(held + neared), max(held + neared)
    return Interval(low, high, low_closed=low in held, high_closed=high in held)


register(
    Activation(
        name="xielu",
        summary="A parabola on the right, an exponential on the left: the integral of a shifted elu.",
        formula="alpha_p·x² + beta·x for x > 0, alpha_n·(e^x − 1 − x) + beta·x for x ≤ 0",
        derivative="2·alpha_p·x + beta for x > 0, alpha_n·(e^x − 1) + beta for x ≤ 0",
        latex=r"\alpha_p x^2 + \beta x \; (x > 0), \quad \alpha_n (e^x - 1 - x) + \beta x \; (x \leq 0)",
        spellings=found_in("hf: xielu"),
        params=(
            Param("alpha_p", 0.8, "bend on the right", r"\alpha_p"),
            Param("alpha_n", 0.8, "bend on the left", r"\alpha_n"),
            Param("beta", 0.5, "slope at 0", r"\beta"),
        ),
        value=_xielu,
        slope=_xielu_slope,
        curvature=_xielu_curvature,
        wrt={"alpha_p": _xielu_wrt_alpha_p, "alpha_n": _xielu_wrt_alpha_n, "beta": lambda _m, x, **_: x},
        delicate=(0,),
        definition="x > 0 ? alpha_p*x^2 + beta*x : alpha_n*(exp(x) - 1 - x) + beta*x",
        kinks=lambda alpha_p, alpha_n, **_: () if alpha_n == 2 * alpha_p else (Kink(0.0, Break.CURVATURE),),
        left=lambda alpha_n, beta, **_: _xielu_left(alpha_n, beta),
        right=lambda alpha_p, beta, **_: _xielu_right(alpha_p, beta),
        range=_xielu_range,
        good_for="Feed-forward layers of language models, with alpha_p and alpha_n learnt for each layer.",
        goes_wrong="Grows with the square on the right, and on the left without bound too.",
        sources=(
            Source(
                "Huang & Schlag", 2024, "Deriving activation functions using integration", arxiv="2411.13010"
            ),
        ),
    )
)
