"""Sigmoids of two halves multiplied: elish, hard_elish."""

from __future__ import annotations

from actcli.core.activations.common import BASIRAT, RISING_RIGHT, SINKING_LEFT
from actcli.core.derived import add
from actcli.core.spec import Activation, Break, Interval, Kink

add(
    Activation(
        name="elish",
        summary="silu on the right, elu times the sigmoid on the left.",
        formula="x·σ(x) for x ≥ 0, (e^x − 1)·σ(x) for x < 0",
        derivative="σ(x)·(1 + x·σ(−x)) for x ≥ 0, σ(x)·(e^x + (e^x − 1)·σ(−x)) for x < 0",
        latex=r"x\,\sigma(x) \; (x \geq 0), \quad (e^x - 1)\,\sigma(x) \; (x < 0)",
        definition="(x >= 0 ? x : exp(x) - 1)/(1 + exp(-x))",
        kinks=lambda: (Kink(0.0, Break.CURVATURE),),
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.17157287525380990, low_closed=True),
        good_for="Image classifiers; found by genetic search among combinations of known pieces.",
        pitfalls="Not monotone, dearer than silu, and seldom better.",
        sources=(BASIRAT,),
    )
)


add(
    Activation(
        name="hard_elish",
        summary="elish with a gate of three straight pieces.",
        formula="x·h for x ≥ 0, (e^x − 1)·h for x < 0, h = min(max((x + 1)/2, 0), 1)",
        derivative="1 for x > 1, x + 1/2 for 0 ≤ x < 1, (e^x·(x + 2) − 1)/2 for −1 < x < 0, 0 for x < −1",
        latex=r"x\,h \; (x \geq 0), \quad (e^x - 1)\,h \; (x < 0), \quad h = \min(\max(\frac{x+1}{2}, 0), 1)",
        definition="(x >= 0 ? x : exp(x) - 1)*min(max((x + 1)/2, 0), 1)",
        kinks=lambda: (Kink(-1.0), Kink(0.0, Break.CURVATURE), Kink(1.0)),
        left=lambda: SINKING_LEFT,
        right=lambda: RISING_RIGHT,
        range=lambda: Interval(-0.09967315152874262, low_closed=True),
        good_for="elish's uses where it should be cheaper and exactly 0 on the far left.",
        pitfalls="Not monotone, with kinks at ±1 and no gradient below −1.",
        sources=(BASIRAT,),
    )
)
