"""Sigmoids of two halves multiplied: elish, hard_elish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actcli.core.activations.common import BASIRAT, RISING_RIGHT, SINKING_LEFT
from actcli.core.registry import register
from actcli.core.spec import Activation, Break, Interval, Kink

if TYPE_CHECKING:
    from actcli.core.numerics.protocol import Arithmetic, Number


def _elish(m: Arithmetic, x: Number) -> Any:
    s, _ = m.logistic(x)
    return m.where(m.above(x, 0.0), x, m.expm1(m.minimum(x, 0.0))) * s


# On the left, with u = e^x: f = u − 2σ(x), f′ = u − 2σ(x)σ(−x) = σ(x)σ(−x)·(u² + 2u − 1), whose root is
# u = √2 − 1; f″ = σ(x)σ(−x)²·(u³ + 3u² + 5u − 1), whose one root is v. Each is factored there:
# u − e^r = e^r·(e^(x − r) − 1) keeps its digits.
_SLOPE_ROOT = "-0.881373587019543025232609324979792309028160328261635410753296"
_SLOPE_ROOT_EXP = "0.414213562373095048801688724209698078569671875376948073176680"
_CURVATURE_ROOT = "-1.71752979597824709469784997018460927710047761071429212921375"
_CURVATURE_ROOT_EXP = "0.179509024602916768557603494192142724902870346456724144776159"


def _elish_slope(m: Arithmetic, x: Number) -> Any:
    s, c = m.logistic(x)
    z, e = m.minimum(x, 0.0), m.constant(_SLOPE_ROOT_EXP)
    left = m.expm1(m.minus(z, _SLOPE_ROOT)) * e * (m.exp(z) + (e + 2)) * s * c
    return m.where(m.above(x, 0.0), s * (1 + x * c), left)


def _elish_curvature(m: Arithmetic, x: Number) -> Any:
    s, c = m.logistic(x)
    z, v = m.minimum(x, 0.0), m.constant(_CURVATURE_ROOT_EXP)
    u = m.exp(z)
    left = m.expm1(m.minus(z, _CURVATURE_ROOT)) * v * (u * u + u * (v + 3) + 1 / v) * s * c * c
    right = m.near("silu_curvature", x, s * c * (2 - x * m.tanh(x * 0.5)))
    return m.where(m.above(x, 0.0), right, left)


register(
    Activation(
        name="elish",
        summary="silu on the right, elu times the sigmoid on the left.",
        formula="x·σ(x) for x ≥ 0, (e^x − 1)·σ(x) for x < 0",
        derivative="σ(x)·(1 + x·σ(−x)) for x ≥ 0, σ(x)·(e^x + (e^x − 1)·σ(−x)) for x < 0",
        latex=r"x\,\sigma(x) \; (x \geq 0), \quad (e^x - 1)\,\sigma(x) \; (x < 0)",
        value=_elish,
        slope=_elish_slope,
        curvature=_elish_curvature,
        delicate=(1,),
        definition="(x >= 0 ? x : exp(x) - 1)/(1 + exp(-x))",
        kinks=lambda: (Kink(0.0, Break.CURVATURE),),
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.17157287525380990, low_closed=True),
        good_for="Image classifiers; found by genetic search among combinations of known pieces.",
        goes_wrong="Not monotone, dearer than silu, and seldom better.",
        sources=(BASIRAT,),
    )
)


def _half_line(m: Arithmetic, x: Number) -> Any:
    return (m.minimum(m.maximum(x, -1.0), 1.0) + 1) * 0.5


def _hard_elish(m: Arithmetic, x: Number) -> Any:
    return m.where(m.above(x, 0.0), x, m.expm1(m.minimum(x, 0.0))) * _half_line(m, x)


def _hard_elish_slope(m: Arithmetic, x: Number) -> Any:
    z = m.minimum(x, 0.0)
    falling = m.near("hard_elish_slope", z, (m.exp(z) * (z + 1) + m.expm1(z)) * 0.5)
    left = m.where(m.above(x, -1.0), falling, 0.0)
    return m.where(m.above(x, 1.0), 1.0, m.where(m.above(x, 0.0), x + 0.5, left))


def _hard_elish_curvature(m: Arithmetic, x: Number) -> Any:
    z = m.minimum(x, 0.0)
    left = m.where(m.above(x, -1.0), m.exp(z) * (z + 3) * 0.5, 0.0)
    return m.where(m.above(x, 1.0), 0.0, m.where(m.above(x, 0.0), 1.0, left))


register(
    Activation(
        name="hard_elish",
        summary="elish with a gate of three straight pieces.",
        formula="x·h for x ≥ 0, (e^x − 1)·h for x < 0, h = min(max((x + 1)/2, 0), 1)",
        derivative="1 for x > 1, x + 1/2 for 0 ≤ x < 1, (e^x·(x + 2) − 1)/2 for −1 < x < 0, 0 for x < −1",
        latex=r"x\,h \; (x \geq 0), \quad (e^x - 1)\,h \; (x < 0), \quad h = \min(\max(\frac{x+1}{2}, 0), 1)",
        value=_hard_elish,
        slope=_hard_elish_slope,
        curvature=_hard_elish_curvature,
        definition="(x >= 0 ? x : exp(x) - 1)*min(max((x + 1)/2, 0), 1)",
        kinks=lambda: (Kink(-1.0), Kink(0.0, Break.CURVATURE), Kink(1.0)),
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.09967315152874262, low_closed=True),
        good_for="elish's uses where it should be cheaper and exactly 0 on the far left.",
        goes_wrong="Not monotone, with kinks at ±1 and no gradient below −1.",
        sources=(BASIRAT,),
    )
)
